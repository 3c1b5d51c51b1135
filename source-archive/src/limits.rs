//! Limits on the size of source.

/// Limits of an archive. All are checked while the content is read; the sizes that a zip declares
/// only lead to an earlier rejection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Size of the archive, both the received and the canonical one, in bytes. Default 250 MiB.
    pub compressed_bytes: u64,
    /// Total content of all files, in bytes. Default 512 MiB: `gcloud functions deploy` rejects
    /// more.
    pub uncompressed_bytes: u64,
    /// Number of entries, including the folders of an archive. Default 50 000.
    pub entries: usize,
    /// Length of a path relative to the root, in bytes of UTF-8. Default 1024.
    pub path_bytes: usize,
    /// Number of components of a path. Default 64.
    pub depth: usize,
    /// Ratio of content to archive, checked from 16 MiB of content. Default 200.
    pub ratio: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            compressed_bytes: DEFAULT_COMPRESSED_BYTES,
            uncompressed_bytes: DEFAULT_UNCOMPRESSED_BYTES,
            entries: DEFAULT_ENTRIES,
            path_bytes: DEFAULT_PATH_BYTES,
            depth: DEFAULT_DEPTH,
            ratio: DEFAULT_RATIO,
        }
    }
}

/// Two and a half times the limit of Cloud Functions (1st gen), and less than half of the
/// uncompressed limit. The 2nd generation documents no limit. An archive is stored on the disk of a
/// worker, which is memory on Cloud Run.
const DEFAULT_COMPRESSED_BYTES: u64 = 250 << 20;

/// `size_limit_mb` in gcloud's `command_lib/functions/source_util.py`.
const DEFAULT_UNCOMPRESSED_BYTES: u64 = 512 << 20;

/// More than the largest reasonable `node_modules`, and below 65,535, from which on a zip needs
/// 64-bit records.
const DEFAULT_ENTRIES: usize = 50_000;

/// An object name in Cloud Storage has at most 1024 bytes, and Linux accepts 4096 for the whole
/// path where a build extracts the file.
const DEFAULT_PATH_BYTES: usize = 1024;

/// Deeper than nested `node_modules`. It bounds the recursion of programs that walk the tree.
const DEFAULT_DEPTH: usize = 64;

/// Source shrinks to a third or a tenth, generated tables to a hundredth. Deflate reaches at most
/// 1:1032, and only with a bomb.
const DEFAULT_RATIO: u64 = 200;

/// Below this, a high ratio is a small file of zeros and harmless.
pub(super) const RATIO_FLOOR_BYTES: u64 = 16 << 20;
