//! The records of a journal: the length of the payload (u32, little-endian), the payload's CRC-32
//! (u32), and the payload, which is one event as JSON.

use std::io::{self, Read};

use serde::Serialize;

/// A record longer than this counts as damage. The largest event, a 10 MiB Pub/Sub message in
/// base64, is far smaller.
const LIMIT_BYTES: u32 = 64 * 1024 * 1024;

/// Length of what precedes the payload.
pub(super) const HEADER_BYTES: usize = 8;

/// What precedes a payload.
#[derive(Clone, Copy, Debug)]
struct Header {
    length: u32,
    checksum: u32,
}

impl Header {
    /// `None` if no record has this length. An event is never empty: eight zeros, which a crash of
    /// the machine may leave in a file, are not a record.
    fn parse(bytes: [u8; HEADER_BYTES]) -> Option<Self> {
        let [a, b, c, d, e, f, g, h] = bytes;
        let length = u32::from_le_bytes([a, b, c, d]);
        let checksum = u32::from_le_bytes([e, f, g, h]);
        (1..=LIMIT_BYTES).contains(&length).then_some(Self { length, checksum })
    }
}

pub(super) fn encode<E: Serialize>(event: &E, buffer: &mut Vec<u8>) -> io::Result<()> {
    let payload = serde_json::to_vec(event)?;
    let length = u32::try_from(payload.len()).ok().filter(|length| *length <= LIMIT_BYTES);
    let length = length.ok_or_else(|| {
        io::Error::new(io::ErrorKind::InvalidInput, "the event is too large for the journal")
    })?;
    buffer.extend_from_slice(&length.to_le_bytes());
    buffer.extend_from_slice(&crc32fast::hash(&payload).to_le_bytes());
    buffer.extend_from_slice(&payload);
    Ok(())
}

/// Length of the record with this payload.
pub(super) fn length_of(payload: &[u8]) -> u64 {
    (HEADER_BYTES + payload.len()) as u64
}

/// The payload of the next record, or `None` at the end of the file and at anything that is not an
/// intact record.
pub(super) fn read(reader: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut header = [0; HEADER_BYTES];
    if !read_whole(reader, &mut header)? {
        return Ok(None);
    }
    let Some(Header { length, checksum }) = Header::parse(header) else { return Ok(None) };
    let mut payload = vec![0; length as usize];
    let is_intact = read_whole(reader, &mut payload)? && crc32fast::hash(&payload) == checksum;
    Ok(is_intact.then_some(payload))
}

fn read_whole(reader: &mut impl Read, buffer: &mut [u8]) -> io::Result<bool> {
    match reader.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

/// The payload of the record with which `bytes` begin, if it is intact.
pub(super) fn intact(bytes: &[u8]) -> Option<&[u8]> {
    let (header, rest) = bytes.split_first_chunk()?;
    let Header { length, checksum } = Header::parse(*header)?;
    let payload = rest.get(..length as usize)?;
    // Before the checksum, which is expensive: this is called at every offset of damaged bytes.
    (looks_like_json(payload) && crc32fast::hash(payload) == checksum).then_some(payload)
}

/// The payload of a record that is as long as `bytes`, if its checksum matches: a record of which
/// only the length is damaged.
pub(super) fn intact_but_for_its_length(bytes: &[u8]) -> Option<&[u8]> {
    let ([_, _, _, _, e, f, g, h], payload) = bytes.split_first_chunk::<HEADER_BYTES>()?;
    let checksum = u32::from_le_bytes([*e, *f, *g, *h]);
    (!payload.is_empty() && crc32fast::hash(payload) == checksum).then_some(payload)
}

/// Whether `bytes` are the beginning of a record whose end was not written.
pub(super) fn is_torn(bytes: &[u8]) -> bool {
    // A crash of the machine may leave zeros where data was not written. JSON has none.
    if bytes.ends_with(&[0]) {
        return true;
    }
    let Some((header, rest)) = bytes.split_first_chunk() else { return true };
    Header::parse(*header).is_none_or(|header| rest.len() < header.length as usize)
}

fn looks_like_json(payload: &[u8]) -> bool {
    let begins = |byte: &u8| b"{[\"-tfn".contains(byte) || byte.is_ascii_digit();
    let ends = |byte: &u8| b"}]\"el".contains(byte) || byte.is_ascii_digit();
    payload.first().is_some_and(begins) && payload.last().is_some_and(ends)
}
