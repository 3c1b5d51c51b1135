use std::os::unix::fs::PermissionsExt;

use super::*;

const FILES: [(&str, &str); 5] = [
    ("b.txt", "second"),
    ("a/z.py", "print('hello')\n"),
    ("a.txt", ""),
    ("run.sh", "#!/bin/sh\n"),
    ("ü/ñ.txt", "not ascii"),
];

fn source() -> TempDir {
    let root = tree(&FILES);
    std::fs::set_permissions(root.path().join("run.sh"), PermissionsExt::from_mode(0o750)).unwrap();
    root
}

/// The digest is in the object names and build keys of running fleets: if it changes, every
/// function is built again. Change it only together with a note in the changelog.
#[test]
fn the_bytes_of_an_archive_never_change() {
    let packed = pack(source().path()).unwrap();
    assert_eq!(packed.sha256, "6a246dbf071b06d17ca65af1c3820cf8b69cbcc4338c7082a5bffa97aabdf438");
}

#[test]
fn files_are_sorted_by_bytes_and_dated_1980() {
    let packed = pack(source().path()).unwrap();
    assert_eq!(names(&packed), ["a.txt", "a/z.py", "b.txt", "run.sh", "ü/ñ.txt"]);
    assert_eq!(packed.files, 5);
    let mut archive = ZipArchive::new(packed.file.as_file()).unwrap();
    for index in 0..archive.len() {
        let entry = archive.by_index(index).unwrap();
        let expected = if entry.name_raw() == b"run.sh" { 0o100_755 } else { 0o100_644 };
        assert_eq!(entry.unix_mode(), Some(expected));
        assert_eq!(entry.last_modified().unwrap().to_string(), "1980-01-01 00:00:00");
        assert_eq!(entry.extra_data(), None);
    }
}

#[test]
fn digest_and_size_are_those_of_the_file() {
    use sha2::Digest;
    let packed = pack(source().path()).unwrap();
    let bytes = bytes(&packed);
    let digest: String =
        sha2::Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!((packed.sha256.as_str(), packed.size_bytes), (digest.as_str(), bytes.len() as u64));
}

#[test]
fn timestamps_and_the_order_of_the_disk_do_not_matter() {
    let one = pack(source().path()).unwrap();
    let root = tempfile::tempdir().unwrap();
    let mut files = FILES;
    files.reverse();
    for (name, content) in files {
        let path = root.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        let long_ago = std::time::SystemTime::UNIX_EPOCH;
        std::fs::File::options().write(true).open(&path).unwrap().set_modified(long_ago).unwrap();
    }
    std::fs::set_permissions(root.path().join("run.sh"), PermissionsExt::from_mode(0o700)).unwrap();
    assert_eq!(bytes(&one), bytes(&pack(root.path()).unwrap()));
}

#[test]
fn a_canonical_archive_is_repacked_to_itself() {
    let packed = pack(source().path()).unwrap();
    let again = repack(&packed.file).unwrap();
    assert_eq!((again.sha256.as_str(), again.files), (packed.sha256.as_str(), packed.files));
    assert_eq!(bytes(&again), bytes(&packed));
}

#[test]
fn a_zip_of_the_same_files_has_the_same_digest() {
    let zip = zip_with(|zip| {
        zip.add_directory("a/", SimpleFileOptions::default()).unwrap();
        for (name, content) in FILES {
            let mode = if name == "run.sh" { 0o555 } else { 0o600 };
            let stored = SimpleFileOptions::default()
                .compression_method(::zip::CompressionMethod::Stored)
                .unix_permissions(mode);
            zip.start_file(name, stored).unwrap();
            zip.write_all(content.as_bytes()).unwrap();
        }
    });
    assert_eq!(repack(&zip).unwrap().sha256, pack(source().path()).unwrap().sha256);
}

#[test]
fn a_change_outside_of_a_directory_does_not_change_its_archive() {
    let digest = |of_b: &[u8]| {
        let zip = zip_of(&[("a/main.py", &b"a"[..]), ("b/main.py", of_b), ("README", of_b)]);
        repack_zip(zip.path(), "a", &Limits::default()).unwrap().sha256
    };
    assert_eq!(digest(b"one"), digest(b"two"));
    assert_eq!(digest(b"one"), pack(tree(&[("main.py", "a")]).path()).unwrap().sha256);
}

/// Larger than a block, with matches across block boundaries: the compressor must not depend on the
/// sizes of reads.
#[test]
fn large_files_have_the_same_digest_from_every_source() {
    let mut seed = 7_u64;
    let text: String = (0..60_000)
        .map(|_| ["alpha ", "beta\n", "gamma ", "0123456789"][next(&mut seed) as usize % 4])
        .collect();
    assert!(text.len() > 4 * (64 << 10));
    let packed = pack(tree(&[("large.txt", &text)]).path()).unwrap();
    assert_eq!(repack(&packed.file).unwrap().sha256, packed.sha256);
    assert_eq!(repack(&zip_of(&[("large.txt", text.as_bytes())])).unwrap().sha256, packed.sha256);
    assert_eq!(contents(&packed), [("large.txt".to_owned(), text)]);
}

/// A xorshift generator, with the same numbers in every run.
pub(crate) fn next(seed: &mut u64) -> u64 {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    *seed
}
