//! uploader

pub mod archive;
