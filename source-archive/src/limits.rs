//! How much source is too much.

/// What an archive may hold. Every limit is checked while the bytes flow; what a zip declares about
/// itself only makes a refusal come sooner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The archive, in bytes: the zip that comes in, and the canonical one that goes out. Default
    /// 250 MiB.
    pub compressed_bytes: u64,
    /// The content of all files together, in bytes. Default 512 MiB: `gcloud functions deploy`
    /// refuses more.
    pub uncompressed_bytes: u64,
    /// Entries, a zip's folders among them. Default 50 000.
    pub entries: usize,
    /// One path from the root of the source, in bytes of UTF-8. Default 1024.
    pub path_bytes: usize,
    /// Components of one path. Default 64.
    pub depth: usize,
    /// Content divided by archive, from 16 MiB of content on. Default 200.
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

/// Two and a half times what Cloud Functions (1st gen) took, less than half of what may be in it.
/// The 2nd generation publishes no number; an archive on the way is a file on a worker's disk,
/// which is memory on Cloud Run.
const DEFAULT_COMPRESSED_BYTES: u64 = 250 << 20;

/// `size_limit_mb` in gcloud's `command_lib/functions/source_util.py`.
const DEFAULT_UNCOMPRESSED_BYTES: u64 = 512 << 20;

/// More than the largest `node_modules` that anybody should deploy, and below 65,535, where a zip
/// needs its 64-bit records.
const DEFAULT_ENTRIES: usize = 50_000;

/// An object name in Cloud Storage has at most 1024 bytes, and Linux takes 4096 for the whole path
/// where a build extracts.
const DEFAULT_PATH_BYTES: usize = 1024;

/// Deeper than nested `node_modules` go; it bounds the recursion of whoever walks the tree.
const DEFAULT_DEPTH: usize = 64;

/// Source shrinks to a third or a tenth, generated tables to a hundredth; deflate ends at 1:1032,
/// which only a bomb reaches.
const DEFAULT_RATIO: u64 = 200;

/// Below this, a high ratio is a small file of zeros and hurts nobody.
pub(super) const RATIO_FLOOR_BYTES: u64 = 16 << 20;
