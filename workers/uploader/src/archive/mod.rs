//! Stub.
#[derive(Clone, Default)]
pub struct Limits {
    pub compressed_bytes: u64,
}
pub struct Packed {
    pub file: tempfile::NamedTempFile,
    pub sha256: String,
    pub size_bytes: u64,
    pub files: usize,
}
#[derive(Debug, thiserror::Error)]
pub enum PackError {}
pub fn repack_zip(_zip: &std::path::Path, _limits: &Limits) -> Result<Packed, PackError> {
    loop {}
}
pub fn pack_directory(_zip: &std::path::Path, _limits: &Limits) -> Result<Packed, PackError> {
    loop {}
}
