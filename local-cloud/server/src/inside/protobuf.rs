//! The strings of a protobuf message, by the numbers of their fields, and the first message of a
//! gRPC request.

use axum::body::{Body, Bytes};
use futures::StreamExt as _;
use futures::stream;

use super::DECIDED_ON_MAX_BYTES;
use super::refusal::Refusal;

/// A flag and a length.
const FRAME_HEADER_BYTES: usize = 5;

/// Reads the first message. Returns it, and a body with everything that was read.
pub(super) async fn first_message(body: Body) -> Result<(Bytes, Body), Refusal> {
    let mut chunks = body.into_data_stream();
    let mut read: Vec<u8> = Vec::new();
    loop {
        if let Some(length) = frame_length(&read)? {
            if length > DECIDED_ON_MAX_BYTES {
                return Err(Refusal::Unreadable);
            }
            let end = FRAME_HEADER_BYTES + length;
            if read.len() >= end {
                let read = Bytes::from(read);
                let message = read.slice(FRAME_HEADER_BYTES..end);
                let whole = stream::iter([Ok(read)]).chain(chunks);
                return Ok((message, Body::from_stream(whole)));
            }
        }
        match chunks.next().await {
            Some(Ok(chunk)) => read.extend_from_slice(&chunk),
            Some(Err(_)) | None => return Err(Refusal::Unreadable),
        }
    }
}

/// A compressed message is not read.
fn frame_length(read: &[u8]) -> Result<Option<usize>, Refusal> {
    match read {
        [0, a, b, c, d, ..] => Ok(Some(u32::from_be_bytes([*a, *b, *c, *d]) as usize)),
        [] | [0, ..] => Ok(None),
        _ => Err(Refusal::Unreadable),
    }
}

/// All values of a field, given by the numbers of the fields that lead to it. A field that occurs
/// more than once counts each time, because the last one wins and messages are merged. `None` for
/// what is not a message.
pub(crate) fn values<'a>(message: &'a [u8], path: &[u32]) -> Option<Vec<&'a [u8]>> {
    let Some((first, below)) = path.split_first() else { return Some(vec![message]) };
    let mut found = Vec::new();
    for (field, value) in fields(message)? {
        if field == *first {
            found.extend(values(value, below)?);
        }
    }
    Some(found)
}

/// The fields that have a length.
fn fields(mut rest: &[u8]) -> Option<Vec<(u32, &[u8])>> {
    let mut found = Vec::new();
    while !rest.is_empty() {
        let tag;
        (tag, rest) = varint(rest)?;
        let field = u32::try_from(tag >> 3).ok()?;
        match tag & 7 {
            0 => (_, rest) = varint(rest)?,
            1 => rest = rest.get(8..)?,
            2 => {
                let length;
                (length, rest) = varint(rest)?;
                let value;
                (value, rest) = rest.split_at_checked(usize::try_from(length).ok()?)?;
                found.push((field, value));
            }
            5 => rest = rest.get(4..)?,
            // Groups are not used by these APIs.
            _ => return None,
        }
    }
    Some(found)
}

fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0_u64;
    for (index, byte) in bytes.iter().enumerate().take(10) {
        value |= u64::from(byte & 0x7f).checked_shl(u32::try_from(index * 7).ok()?)?;
        if byte & 0x80 == 0 {
            return Some((value, bytes.get(index + 1..)?));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_found_each_time_that_it_occurs() {
        let message = [0x0a, 1, b'a', 0x10, 0x96, 1, 0x0a, 1, b'b', 0x1a, 3, 0x0a, 1, b'c'];
        assert_eq!(values(&message, &[1]).unwrap(), [b"a", b"b"]);
        assert_eq!(values(&message, &[3, 1]).unwrap(), [b"c"]);
        assert!(values(&message, &[4]).unwrap().is_empty());
        for damaged in [&message[..2], &[0x0b], &[0x0a, 0xff], &[0xff; 11]] {
            assert_eq!(values(damaged, &[1]), None, "{damaged:?}");
        }
    }

    #[tokio::test]
    async fn a_request_keeps_what_was_read_of_it() {
        let whole = [&[0, 0, 0, 0, 2][..], b"ab", &[0, 0, 0, 0, 1], b"c"].concat();
        let (message, body) = first_message(Body::from(whole.clone())).await.unwrap();
        assert_eq!(message, &b"ab"[..]);
        assert_eq!(axum::body::to_bytes(body, 100).await.unwrap(), whole);
        for damaged in [&[1, 0, 0, 0, 0][..], &[0, 0, 0, 0, 9, 1], &[0, 255, 0, 0, 0], &[]] {
            assert!(first_message(Body::from(damaged.to_vec())).await.is_err(), "{damaged:?}");
        }
    }
}
