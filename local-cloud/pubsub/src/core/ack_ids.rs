//! Acknowledgement ids: the numbers of message and lease, in one opaque text.

use super::refusal::Refusal;

/// Maximum size of all ids in a request, in bytes:
/// <https://cloud.google.com/pubsub/quotas#resource_limits>.
const REQUEST_BYTES: usize = 512 * 1024;

pub(super) fn ack_id(message: u64, lease: u64) -> String {
    format!("{message:x}-{lease:x}")
}

/// The message and the lease of an id, or `None` if the id is malformed.
pub(super) fn parse(ack_id: &str) -> Option<(u64, u64)> {
    let (message, lease) = ack_id.split_once('-')?;
    Some((u64::from_str_radix(message, 16).ok()?, u64::from_str_radix(lease, 16).ok()?))
}

/// Checks the limits on the ids of a request as a whole.
pub(super) fn check_request(ack_ids: &[String]) -> Result<(), Refusal> {
    if ack_ids.is_empty() {
        return Err(Refusal::invalid("No ack ids specified."));
    }
    let bytes: usize = ack_ids.iter().map(String::len).sum();
    if bytes > REQUEST_BYTES {
        return Err(Refusal::invalid(format!(
            "the ack ids of the request have {bytes} bytes, the maximum is {REQUEST_BYTES}"
        )));
    }
    Ok(())
}
