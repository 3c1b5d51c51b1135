//! The canonical archive of a function's source.
//!
//! The same files give the same bytes on every machine, so the SHA-256 of the archive identifies
//! the source: it is the name of the object in Cloud Storage and a part of the build key. Google's
//! clients keep timestamps and the order of the disk, so a second upload of unchanged source looks
//! new and is built again.
//!
//! | in the archive | always |
//! |---|---|
//! | entries | only files, sorted by the bytes of their paths; folders are implied by the paths |
//! | names | UTF-8, `/` between components |
//! | time | 1980-01-01 00:00:00, the earliest that the format can express |
//! | mode | 0755 if the owner may execute the file, otherwise 0644 |
//! | data | deflate at a fixed level and block size; sizes follow the data (data descriptors) |
//! | other | no extra fields, no comments, no bytes before or after |
//! | left out | `longshore.yaml` at the root, which says how the source is deployed |
//!
//! [`pack_directory`], [`repack_zip`] and [`repack_tar_gz`] use the same writer: packing a
//! directory and repacking any archive of the same files give the same digest, and repacking a
//! canonical archive does not change it. `Cargo.lock` pins the deflate library; another version may
//! compress differently, which a test with a fixed digest detects.
//!
//! All three block on the disk and on compression, so an async caller runs them on a blocking
//! thread. They compress on all cores, hold at most some MiB of content in memory whatever the size
//! of the source, and never extract an archive.

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
mod state;
mod tar;
mod zip;

pub use canonical::Packed;
pub use directory::pack_checked_out;
pub use directory::{MANIFEST, pack_directory, source_files};
pub use error::PackError;
pub use ignore::IgnoreRules;
pub use limits::Limits;
pub use repack::repack;
pub use sink::hex;
pub use state::is_local_cloud_state;
pub use tar::repack_tar_gz;
pub use zip::repack_zip;

#[cfg(test)]
mod tests;
