//! The bytes of a zip around the compressed content. Structures: PKWARE's APPNOTE.TXT, sections
//! 4.3.7 (local header), 4.3.9 (data descriptor), 4.3.12 (central header) and 4.3.16 (end record).
//!
//! No field depends on anything but the files. 64-bit records are never needed, because
//! [`MAX_BYTES`] and [`MAX_ENTRIES`] bound every archive. They are far above the default limits.

/// Maximum size of an archive and of its content. The largest 32-bit number means that a 64-bit
/// record has the size.
pub(super) const MAX_BYTES: u64 = u32::MAX as u64 - 1;

/// Maximum number of files. The largest 16-bit number has that meaning here.
pub(super) const MAX_ENTRIES: usize = u16::MAX as usize - 1;

/// Maximum length of a name: a central header with its name has at most 65,535 bytes.
pub(super) const MAX_NAME_BYTES: usize = u16::MAX as usize - CENTRAL_HEADER_BYTES;

const CENTRAL_HEADER_BYTES: usize = 46;

/// 2.0, the first that has deflate.
const VERSION: u16 = 20;
/// The system in the upper byte: 3 is Unix, whose modes are in the external attributes.
const MADE_BY: u16 = 3 << 8 | VERSION;
/// Sizes and checksum follow the content in a data descriptor.
const FLAG_DESCRIPTOR: u16 = 1 << 3;
const FLAG_UTF_8: u16 = 1 << 11;
const DEFLATED: u16 = 8;
/// 1980-01-01 00:00:00, the earliest that the format can express.
const TIME: u16 = 0;
const DATE: u16 = 1 << 5 | 1;
/// The file type of a regular file in a Unix mode.
const REGULAR: u32 = 0o100_000;

/// A file of the archive.
pub(super) struct Header<'a> {
    pub(super) name: &'a str,
    pub(super) executable: bool,
}

/// What is known of a file after its content was compressed.
#[derive(Clone, Copy)]
pub(super) struct Content {
    pub(super) crc32: u32,
    pub(super) compressed_bytes: u32,
    pub(super) uncompressed_bytes: u32,
}

impl Header<'_> {
    /// Returns the bytes before the content.
    pub(super) fn local(&self) -> Vec<u8> {
        let mut out = Fields::new(b"PK\x03\x04");
        self.common(&mut out);
        let unknown = Content { crc32: 0, compressed_bytes: 0, uncompressed_bytes: 0 };
        unknown.append(&mut out);
        self.lengths(&mut out);
        out.0.extend_from_slice(self.name.as_bytes());
        out.0
    }

    /// Appends the file to the directory at the end of the archive. `offset` is where its local
    /// header begins.
    pub(super) fn central(&self, content: Content, offset: u32, directory: &mut Vec<u8>) {
        let mut out = Fields::new(b"PK\x01\x02");
        out.u16(MADE_BY);
        self.common(&mut out);
        content.append(&mut out);
        self.lengths(&mut out);
        out.u16(0); // length of the comment
        out.u16(0); // disk
        out.u16(0); // internal attributes
        let mode = if self.executable { 0o755 } else { 0o644 };
        out.u32((REGULAR | mode) << 16);
        out.u32(offset);
        directory.extend_from_slice(&out.0);
        directory.extend_from_slice(self.name.as_bytes());
    }

    fn common(&self, out: &mut Fields) {
        out.u16(VERSION);
        let utf_8 = if self.name.is_ascii() { 0 } else { FLAG_UTF_8 };
        out.u16(FLAG_DESCRIPTOR | utf_8);
        out.u16(DEFLATED);
        out.u16(TIME);
        out.u16(DATE);
    }

    fn lengths(&self, out: &mut Fields) {
        out.u16(truncated(self.name.len()));
        out.u16(0); // length of the extra fields
    }
}

impl Content {
    /// Returns the bytes after the content.
    pub(super) fn descriptor(self) -> Vec<u8> {
        let mut out = Fields::new(b"PK\x07\x08");
        self.append(&mut out);
        out.0
    }

    fn append(self, out: &mut Fields) {
        out.u32(self.crc32);
        out.u32(self.compressed_bytes);
        out.u32(self.uncompressed_bytes);
    }
}

/// Returns the last bytes of the archive: `directory_bytes` before them is the directory.
pub(super) fn end_record(entries: usize, directory_bytes: u32, offset: u32) -> Vec<u8> {
    let mut out = Fields::new(b"PK\x05\x06");
    out.u16(0); // disk
    out.u16(0); // disk of the directory
    out.u16(truncated(entries)); // on this disk
    out.u16(truncated(entries));
    out.u32(directory_bytes);
    out.u32(offset);
    out.u16(0); // length of the comment
    out.0
}

/// Converts a number that the maxima bound.
fn truncated(number: usize) -> u16 {
    u16::try_from(number).unwrap_or(u16::MAX)
}

/// Little-endian fields after a signature.
struct Fields(Vec<u8>);

impl Fields {
    fn new(signature: &[u8; 4]) -> Self {
        Self(signature.to_vec())
    }

    fn u16(&mut self, value: u16) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    fn u32(&mut self, value: u32) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }
}
