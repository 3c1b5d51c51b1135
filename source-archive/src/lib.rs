//! One canonical archive of a function's source.
//!
//! The same files give the same bytes on every machine, so the SHA-256 of the archive names the
//! source: it is the object's name in Cloud Storage and a part of the build key. Google's own
//! clients keep times and the order of the disk, so that a second upload of unchanged source looks
//! like new source and is built again.
//!
//! | in the archive | always |
//! |---|---|
//! | entries | files only, sorted by the bytes of their path; a folder is in the paths of its files |
//! | names | UTF-8, `/` between components |
//! | time | 1980-01-01 00:00:00, the first that the format can say |
//! | mode | 0755 when the owner may execute the file, else 0644 |
//! | data | deflate at one level, cut in one way; sizes follow the data (data descriptors) |
//! | the rest | no extra fields, no comments, no bytes before or after |
//!
//! [`pack_directory`], [`repack_zip`] and [`repack_tar_gz`] write through the same writer: packing
//! a directory, and re-packing any archive of the same files, give one digest; re-packing a
//! canonical archive gives it back. The deflate library is pinned by `Cargo.lock`; another version
//! of it may compress in other words, which a test with a fixed digest will notice.
//!
//! All block on the disk and on compression: an async caller moves them to a blocking thread. None
//! holds more than one block of a file's content in memory, and none ever extracts.

mod canonical;
mod directory;
mod end_record;
mod error;
mod glob;
mod ignore;
mod limits;
mod name;
mod repack;
mod sink;
mod tar;
mod zip;

pub use canonical::Packed;
pub use directory::pack_checked_out;
pub use directory::{pack_directory, source_files};
pub use error::PackError;
pub use ignore::IgnoreRules;
pub use limits::Limits;
pub use repack::repack;
pub use sink::hex;
pub use tar::repack_tar_gz;
pub use zip::repack_zip;

#[cfg(test)]
mod tests;
