//! Validates the end of a zip before the zip library trusts it.
//!
//! The library reserves memory for as many entries as the end record claims, searches for older end
//! records if one does not fit, and keeps the last of two entries with the same name. So an end
//! record is accepted only if it is unambiguous: it is the last thing in the file, the directory
//! ends where it begins, and the directory has exactly the number of entries that it states.
//! Structures: PKWARE's APPNOTE.TXT, sections 4.3.12, 4.3.15 and 4.3.16.

use std::collections::HashSet;
use std::io::{BufReader, Read, Seek, SeekFrom};

use crate::{Limits, PackError, name};

const END_SIGNATURE: &[u8] = b"PK\x05\x06";
const END_BYTES: usize = 22;
const LOCATOR_64_SIGNATURE: &[u8] = b"PK\x06\x07";
const LOCATOR_64_BYTES: usize = 20;
const HEADER_SIGNATURE: &[u8] = b"PK\x01\x02";
const HEADER_BYTES: usize = 46;
/// The length of a comment has 16 bits.
const TAIL_BYTES: usize = LOCATOR_64_BYTES + END_BYTES + u16::MAX as usize;

/// The library holds several copies of the whole directory in memory. 50 000 entries of real source
/// trees need about 6 MB.
const DIRECTORY_LIMIT_BYTES: u64 = 32 << 20;

/// Location of the directory, and its number of headers.
#[derive(Debug)]
struct Directory {
    entries: usize,
    offset: u64,
    size_bytes: u64,
}

/// Checks the end record and every header of the directory.
///
/// # Errors
/// [`PackError::NotAZip`], [`PackError::TooManyEntries`], [`PackError::Duplicate`],
/// [`PackError::PathTooLong`], and [`PackError::Scratch`] if the file cannot be read.
pub(super) fn check(zip: &mut (impl Read + Seek), limits: &Limits) -> Result<(), PackError> {
    let length = zip.seek(SeekFrom::End(0)).map_err(PackError::Scratch)?;
    let start = length.saturating_sub(TAIL_BYTES as u64);
    zip.seek(SeekFrom::Start(start)).map_err(PackError::Scratch)?;
    let mut tail = Vec::new();
    zip.take(TAIL_BYTES as u64).read_to_end(&mut tail).map_err(PackError::Scratch)?;
    let directory = end_record(&tail, start)?;
    if directory.entries > limits.entries {
        return Err(PackError::TooManyEntries { limit: limits.entries });
    }
    zip.seek(SeekFrom::Start(directory.offset)).map_err(PackError::Scratch)?;
    check_headers(&mut BufReader::new(zip.take(directory.size_bytes)), &directory, limits)
}

/// Reads the end record from the last bytes of a file, which begin at `start`.
fn end_record(tail: &[u8], start: u64) -> Result<Directory, PackError> {
    let rejected = |reason| Err(PackError::NotAZip(reason));
    let Some(at) = tail.windows(END_SIGNATURE.len()).rposition(|window| window == END_SIGNATURE)
    else {
        return rejected("it has no end record");
    };
    let (before, record) = tail.split_at(at);
    if record.len() < END_BYTES || record.len() != END_BYTES + usize::from(u16_at(record, 20)) {
        return rejected("its end record is not the last thing in it");
    }
    if before.len() >= LOCATOR_64_BYTES
        && before[before.len() - LOCATOR_64_BYTES..].starts_with(LOCATOR_64_SIGNATURE)
    {
        return rejected("it has 64-bit records, which a source within the limits does not need");
    }
    let (this_disk, directory_disk, on_this_disk, entries) =
        (u16_at(record, 4), u16_at(record, 6), u16_at(record, 8), u16_at(record, 10));
    if this_disk != 0 || directory_disk != 0 || on_this_disk != entries {
        return rejected("it is one part of a multi-part archive");
    }
    let (size_bytes, offset) = (u64::from(u32_at(record, 12)), u64::from(u32_at(record, 16)));
    if offset + size_bytes != start + at as u64 {
        return rejected("its directory does not end where its end record begins");
    }
    if size_bytes > DIRECTORY_LIMIT_BYTES {
        return rejected("its directory is larger than 32 MiB");
    }
    Ok(Directory { entries: usize::from(entries), offset, size_bytes })
}

/// Checks that there are exactly as many headers as stated, and no duplicate names.
fn check_headers(
    headers: &mut impl Read,
    directory: &Directory,
    limits: &Limits,
) -> Result<(), PackError> {
    let mut names = HashSet::with_capacity(directory.entries);
    let mut left = directory.size_bytes;
    for _ in 0..directory.entries {
        let header: [u8; HEADER_BYTES] = take(headers, HEADER_BYTES, &mut left)?
            .try_into()
            .map_err(|_| PackError::NotAZip("its directory ends in the middle of an entry"))?;
        if !header.starts_with(HEADER_SIGNATURE) {
            return Err(PackError::NotAZip("its directory contains data other than entries"));
        }
        let name_bytes = usize::from(u16_at(&header, 28));
        let name = take(headers, name_bytes, &mut left)?;
        if name.len() > limits.path_bytes {
            name::check(&name, limits)?;
        }
        take(
            headers,
            usize::from(u16_at(&header, 30)) + usize::from(u16_at(&header, 32)),
            &mut left,
        )?;
        if let Some(name) = names.replace(name) {
            return Err(PackError::Duplicate { name: String::from_utf8_lossy(&name).into_owned() });
        }
    }
    if left != 0 {
        return Err(PackError::NotAZip("its directory has more entries than it states"));
    }
    Ok(())
}

fn take(from: &mut impl Read, length: usize, left: &mut u64) -> Result<Vec<u8>, PackError> {
    let mut bytes = Vec::with_capacity(length);
    from.take(length as u64).read_to_end(&mut bytes).map_err(PackError::Scratch)?;
    if bytes.len() != length {
        return Err(PackError::NotAZip("its directory ends in the middle of an entry"));
    }
    *left -= length as u64;
    Ok(bytes)
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}
