use std::io::{Cursor, Write};

use ::zip::write::SimpleFileOptions;
use ::zip::{CompressionMethod, DateTime, System, ZipWriter};

use super::*;
use crate::tests::identity::next;

/// More files than the queues hold, most of them small, some larger than what one file may have in
/// the queues.
fn sources() -> Vec<(String, Vec<u8>)> {
    let mut seed = 11_u64;
    let sizes = [0, 1, 700, BLOCK_BYTES - 1, BLOCK_BYTES, BLOCK_BYTES + 1, 9_000, 3 << 20];
    (0..96_usize)
        .map(|number| {
            let size = sizes[number % sizes.len()];
            let mut content = Vec::with_capacity(size + 16);
            while content.len() < size {
                let random = next(&mut seed);
                content.extend_from_slice(b"return value;\n");
                content.extend_from_slice(&random.to_le_bytes()[..(random % 9) as usize]);
            }
            content.truncate(size);
            (format!("folder/{number:03}-ü.js"), content)
        })
        .collect()
}

fn pack(threads: usize, files: &[(String, Vec<u8>)], limits: &Limits) -> Result<Packed, PackError> {
    let mut writer = CanonicalWriter::with_threads(threads, limits)?;
    for (index, (name, content)) in files.iter().enumerate() {
        writer.add(name, index % 3 == 0, &mut content.as_slice(), PackError::Scratch)?;
    }
    writer.finish()
}

/// What the zip library writes with one thread.
fn reference(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut zip = ZipWriter::new_stream(Cursor::new(Vec::new()));
    for (index, (name, content)) in files.iter().enumerate() {
        let options = SimpleFileOptions::default()
            .system(System::Unix)
            .compression_method(CompressionMethod::Deflated)
            .compression_level(Some(3))
            .last_modified_time(DateTime::default())
            .unix_permissions(if index % 3 == 0 { 0o755 } else { 0o644 });
        zip.start_file(name.as_str(), options).unwrap();
        for block in content.chunks(BLOCK_BYTES) {
            zip.write_all(block).unwrap();
        }
    }
    zip.finish().unwrap().into_inner().into_inner()
}

#[test]
fn any_number_of_threads_writes_the_bytes_of_the_zip_library() {
    let files = sources();
    let expected = reference(&files);
    for threads in [1, 2, 8] {
        let packed = pack(threads, &files, &Limits::default()).unwrap();
        assert!(std::fs::read(packed.file.path()).unwrap() == expected, "{threads} threads");
    }
}

#[test]
fn an_archive_without_files_has_the_bytes_of_the_zip_library() {
    let packed = pack(2, &[], &Limits::default()).unwrap();
    assert_eq!(std::fs::read(packed.file.path()).unwrap(), reference(&[]));
}

#[test]
fn the_first_error_in_the_order_of_the_files_is_reported() {
    let files = sources();
    let limits = Limits { compressed_bytes: 40_000, ..Limits::default() };
    for threads in [1, 8] {
        let mut writer = CanonicalWriter::with_threads(threads, &limits).unwrap();
        let mut errors = Vec::new();
        for (name, content) in &files {
            let added = writer.add(name, false, &mut content.as_slice(), PackError::Scratch);
            errors.extend(added.err());
        }
        assert!(
            matches!(errors.first(), Some(PackError::ArchiveTooLarge { limit: 40_000 })),
            "{errors:?}"
        );
    }
}

/// The file before the unreadable one exceeds the limit, but only the threads know.
#[test]
fn an_unreadable_file_does_not_hide_an_earlier_error() {
    struct Unreadable;
    impl Read for Unreadable {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("unreadable"))
        }
    }
    let limits = Limits { compressed_bytes: 100, ..Limits::default() };
    let mut writer = CanonicalWriter::with_threads(8, &limits).unwrap();
    let mut seed = 5_u64;
    let noise: Vec<u8> = (0..100).flat_map(|_| next(&mut seed).to_le_bytes()).collect();
    writer.add("a", false, &mut noise.as_slice(), PackError::Scratch).unwrap();
    let error = writer.add("b", false, &mut Unreadable, PackError::Scratch).unwrap_err();
    assert!(matches!(error, PackError::ArchiveTooLarge { limit: 100 }), "{error:?}");
}

#[test]
fn a_writer_that_is_dropped_in_the_middle_of_a_file_ends_its_threads() {
    struct Failing(u32);
    impl Read for Failing {
        fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
            self.0 = self.0.checked_sub(1).ok_or_else(|| std::io::Error::other("gone"))?;
            into.fill(7);
            Ok(into.len())
        }
    }
    let limits = Limits::default();
    let mut writer = CanonicalWriter::with_threads(2, &limits).unwrap();
    let error = writer.add("a", false, &mut Failing(40), PackError::Scratch).unwrap_err();
    assert!(matches!(&error, PackError::Scratch(source) if source.to_string() == "gone"));
    drop(writer);
}

#[test]
fn a_name_that_is_added_twice_is_rejected() {
    let limits = Limits::default();
    let mut writer = CanonicalWriter::with_threads(1, &limits).unwrap();
    writer.add("a", false, &mut &b"1"[..], PackError::Scratch).unwrap();
    let error = writer.add("a", false, &mut &b"2"[..], PackError::Scratch).unwrap_err();
    assert!(matches!(error, PackError::Duplicate { name } if name == "a"));
}
