//! Acknowledgement ids: message and lease in one opaque text.

use super::refusal::Refusal;

/// Most ids in one request: Google's limit is 512 KiB of them
/// (<https://cloud.google.com/pubsub/quotas#resource_limits>), ours are much shorter.
const REQUEST_BYTES: usize = 512 * 1024;

pub(super) fn ack_id(message: u64, lease: u64) -> String {
    format!("{message:x}-{lease:x}")
}

/// Message and lease of an id; `None`: it is not one of ours.
pub(super) fn parse(ack_id: &str) -> Option<(u64, u64)> {
    let (message, lease) = ack_id.split_once('-')?;
    Some((u64::from_str_radix(message, 16).ok()?, u64::from_str_radix(lease, 16).ok()?))
}

/// Checks what holds for all ids of a request together.
pub(super) fn check_request(ack_ids: &[String]) -> Result<(), Refusal> {
    if ack_ids.is_empty() {
        return Err(Refusal::invalid("No ack ids specified."));
    }
    let bytes: usize = ack_ids.iter().map(String::len).sum();
    if bytes > REQUEST_BYTES {
        return Err(Refusal::invalid(format!(
            "{bytes} bytes of ack ids in a request, at most {REQUEST_BYTES} are allowed"
        )));
    }
    Ok(())
}
