mod directories;
mod gcloud;
mod hostile_tars;
mod hostile_zips;
pub(crate) mod identity;
mod ignoring;

use std::io::{Read, Write};
use std::path::Path;

use ::zip::write::SimpleFileOptions;
use ::zip::{ZipArchive, ZipWriter};
use tempfile::{NamedTempFile, TempDir};

use super::*;

/// A directory with these files. A name that ends in `/` is an empty directory.
fn tree(files: &[(&str, &str)]) -> TempDir {
    let root = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = root.path().join(name);
        if name.ends_with('/') {
            std::fs::create_dir_all(&path).unwrap();
        } else {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, content).unwrap();
        }
    }
    root
}

/// A zip with these files, in this order, with the default options of the library.
fn zip_of(files: &[(&str, &[u8])]) -> NamedTempFile {
    zip_with(|zip| {
        for (name, content) in files {
            zip.start_file(*name, SimpleFileOptions::default()).unwrap();
            zip.write_all(content).unwrap();
        }
    })
}

fn zip_with(fill: impl FnOnce(&mut ZipWriter<&std::fs::File>)) -> NamedTempFile {
    let file = NamedTempFile::new().unwrap();
    let mut zip = ZipWriter::new(file.as_file());
    fill(&mut zip);
    zip.finish().unwrap();
    file
}

fn file_of(bytes: &[u8]) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    file
}

fn repack(zip: &NamedTempFile) -> Result<Packed, PackError> {
    super::repack(zip.path(), "", &Limits::default())
}

fn pack(root: &Path) -> Result<Packed, PackError> {
    pack_directory(root, &Limits::default())
}

fn bytes(packed: &Packed) -> Vec<u8> {
    std::fs::read(packed.file.path()).unwrap()
}

/// Names and contents, in the archive's order.
fn contents(packed: &Packed) -> Vec<(String, String)> {
    let mut archive = ZipArchive::new(packed.file.as_file()).unwrap();
    let mut found = Vec::new();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).unwrap();
        let mut content = String::new();
        entry.read_to_string(&mut content).unwrap();
        found.push((entry.name().unwrap().into_owned(), content));
    }
    found
}

fn names(packed: &Packed) -> Vec<String> {
    contents(packed).into_iter().map(|(name, _)| name).collect()
}
