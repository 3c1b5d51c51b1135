use std::process::Command;

use ::tar::{Builder, EntryType, Header};
use flate2::Compression;
use flate2::write::GzEncoder;

use super::identity::next;
use super::*;

fn gz(bytes: &[u8]) -> NamedTempFile {
    let mut encoder = GzEncoder::new(NamedTempFile::new().unwrap(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// One tar entry with any name, bypassing the checks of the library.
fn entry(kind: EntryType, name: &[u8], content: &[u8]) -> Vec<u8> {
    let mut header = Header::new_ustar();
    header.as_mut_bytes()[..name.len()].copy_from_slice(name);
    header.set_entry_type(kind);
    header.set_mode(0o644);
    header.set_size(content.len() as u64);
    header.set_cksum();
    let padding = content.len().next_multiple_of(512) - content.len();
    [header.as_bytes(), content, &vec![0; padding]].concat()
}

fn file(name: &str, content: &[u8]) -> Vec<u8> {
    entry(EntryType::Regular, name.as_bytes(), content)
}

fn pax(records: &[(&str, &str)]) -> Vec<u8> {
    entry(EntryType::XHeader, b"pax", &pax_records(records))
}

fn pax_records(records: &[(&str, &str)]) -> Vec<u8> {
    let record = |(key, value): &(&str, &str)| {
        let rest = format!(" {key}={value}\n");
        let length = (1..=rest.len() + 9)
            .find(|length| rest.len() + length.to_string().len() == *length)
            .unwrap();
        format!("{length}{rest}")
    };
    records.iter().map(record).collect::<String>().into_bytes()
}

fn tar_gz(entries: &[Vec<u8>]) -> NamedTempFile {
    gz(&[&entries.concat()[..], &[0; 1024]].concat())
}

fn taken(entries: &[Vec<u8>]) -> Vec<(String, String)> {
    contents(&repack(&tar_gz(entries)).unwrap())
}

fn refusal(entries: &[Vec<u8>]) -> PackError {
    let refused = repack(&tar_gz(entries)).unwrap_err();
    assert!(!refused.is_transient(), "{refused:?}");
    refused
}

#[test]
fn a_tar_of_the_same_files_in_any_order_has_the_digest_of_the_directory() {
    let root = tree(&[("b.txt", "second"), ("a/z.py", "print()\n"), ("a.txt", "")]);
    let packed = pack(root.path()).unwrap();
    let own = taken_from(&[
        file("b.txt", b"second"),
        entry(EntryType::Directory, b"a/", b""),
        file("a.txt", b""),
        file("a/z.py", b"print()\n"),
    ]);
    assert_eq!(own.sha256, packed.sha256);
    for form in ["--format=gnu", "--format=posix", "--format=ustar"] {
        let archive = NamedTempFile::new().unwrap();
        let run = Command::new("tar")
            .args([form, "-czf"])
            .arg(archive.path())
            .arg("-C")
            .arg(root.path())
            .arg(".")
            .status();
        let Ok(status) = run else {
            println!("skipped: there is no program `tar`");
            return;
        };
        assert!(status.success());
        assert_eq!(repack(&archive).unwrap().sha256, packed.sha256, "{form}");
    }
}

fn taken_from(entries: &[Vec<u8>]) -> Packed {
    repack(&tar_gz(entries)).unwrap()
}

#[test]
fn the_owners_execute_bit_is_kept() {
    let mut script = Header::new_gnu();
    script.set_mode(0o755);
    script.set_size(0);
    let mut builder = Builder::new(Vec::new());
    builder.append_data(&mut script, "run.sh", &b""[..]).unwrap();
    let packed = repack(&gz(&builder.into_inner().unwrap())).unwrap();
    let mut archive = ZipArchive::new(packed.file.as_file()).unwrap();
    assert_eq!(archive.by_index(0).unwrap().unix_mode(), Some(0o100_755));
}

#[test]
fn long_names_of_both_kinds_are_accepted() {
    let long = format!("{}/x.py", "folder/".repeat(30).trim_end_matches('/'));
    let gnu = [
        entry(EntryType::GNULongName, b"././@LongLink", format!("{long}\0").as_bytes()),
        file("cut", b"1"),
    ];
    assert_eq!(taken(&gnu), [(long.clone(), "1".to_owned())]);
    let posix = [pax(&[("mtime", "1.5"), ("path", &long)]), file("cut", b"1")];
    assert_eq!(taken(&posix), [(long, "1".to_owned())]);
}

#[test]
fn a_global_comment_is_ignored_and_a_global_name_is_rejected() {
    let global = |records: &[(&str, &str)]| {
        entry(EntryType::XGlobalHeader, b"pax_global_header", &pax_records(records))
    };
    assert_eq!(taken(&[global(&[("comment", "c0ffee")]), file("a", b"")]).len(), 1);
    assert!(matches!(
        refusal(&[global(&[("path", "/etc/passwd")]), file("a", b"")]),
        PackError::NotATar(_)
    ));
}

#[test]
fn only_the_requested_directory_is_packed() {
    let entries = [
        file("repo-1/functions/hello/main.py", b"1"),
        file("repo-1/functions/hello2/main.py", b"2"),
        entry(EntryType::Symlink, b"repo-1/link", b""),
        file("repo-1/readme", b""),
    ];
    let archive = tar_gz(&entries);
    let inside =
        repack_tar_gz(archive.path(), "repo-1/functions/hello", &Limits::default()).unwrap();
    assert_eq!(contents(&inside), [("main.py".to_owned(), "1".to_owned())]);
    let manifest = [file("a.py", b"a"), file("longshore.yaml", b"name: a\n")];
    assert_eq!(names(&repack(&tar_gz(&manifest)).unwrap()), ["a.py"], "it is no source");
    let nowhere = repack_tar_gz(archive.path(), "repo-1/func", &Limits::default()).unwrap_err();
    assert_eq!(
        nowhere.to_string().split(" contains").next(),
        Some("directory \"repo-1/func\" of the archive")
    );
    let zip = zip_of(&[("a/main.py", b"1"), ("ab/main.py", b"2")]);
    assert_eq!(
        contents(&repack_zip(zip.path(), "a", &Limits::default()).unwrap()),
        [("main.py".to_owned(), "1".to_owned())]
    );
}

#[test]
fn names_that_escape_are_rejected_by_name() {
    for name in [
        "/etc/passwd",
        "../outside",
        "a/../../outside",
        "a\\b",
        "C:/x",
        "a//b",
        "././a",
        "..",
        "./../a",
    ] {
        let bare = name.strip_prefix("./").unwrap_or(name);
        for entries in [vec![file(name, b"x")], vec![pax(&[("path", name)]), file("good", b"x")]] {
            let refused = refusal(&entries);
            assert!(
                matches!(&refused, PackError::Name { name: found, .. } if found == bare),
                "{name}: {refused:?}"
            );
        }
    }
    assert!(matches!(
        refusal(&[pax(&[("path", "a\0b")]), file("good", b"x")]),
        PackError::Name { .. }
    ));
    assert!(matches!(refusal(&[entry(EntryType::Regular, b"\xff", b"")]), PackError::Name { .. }));
}

#[test]
fn links_devices_and_other_special_entries_are_rejected_by_name() {
    for (kind, what) in [
        (EntryType::Symlink, "symbolic link"),
        (EntryType::Link, "hard link"),
        (EntryType::Char, "device"),
        (EntryType::Block, "device"),
        (EntryType::Fifo, "named pipe"),
        (EntryType::GNUSparse, "sparse file"),
        (EntryType::new(b'V'), "entry of a vendor-specific type"),
    ] {
        let refused = refusal(&[file("a", b""), entry(kind, b"folder/odd", b"")]);
        assert!(
            matches!(&refused, PackError::Special { name, kind } if name == "folder/odd" && *kind == what),
            "{refused:?}"
        );
    }
    let sparse = refusal(&[pax(&[("GNU.sparse.major", "1")]), file("odd", b"0\n")]);
    assert!(matches!(sparse, PackError::Special { kind: "sparse file", .. }), "{sparse:?}");
}

#[test]
fn duplicate_names_and_a_file_that_is_a_folder_are_rejected_by_name() {
    for second in ["a", "./a"] {
        let refused = refusal(&[file("a", b"1"), file(second, b"2")]);
        assert!(matches!(&refused, PackError::Duplicate { name } if name == "a"), "{refused:?}");
    }
    for entries in [
        [file("a", b""), file("a/b", b"")],
        [file("a", b""), entry(EntryType::Directory, b"a/", b"")],
    ] {
        assert!(matches!(refusal(&entries), PackError::FileIsFolder { .. }));
    }
}

#[test]
fn an_ambiguous_tar_is_rejected() {
    let two_sizes = refusal(&[pax(&[("size", "0")]), file("a", b"not nothing")]);
    let two_names = refusal(&[
        pax(&[("path", "a")]),
        entry(EntryType::GNULongName, b"x", b"b\0"),
        file("c", b""),
    ]);
    let of_nothing = refusal(&[file("a", b""), pax(&[("path", "b")])]);
    let damaged = refusal(&[entry(EntryType::XHeader, b"pax", b"99 path=a\n"), file("a", b"")]);
    let large = refusal(&[entry(EntryType::XHeader, b"pax", &[b'x'; 70 << 10]), file("a", b"")]);
    let folder = refusal(&[file("a", b""), entry(EntryType::Directory, b"b/", b"content")]);
    for refused in [two_sizes, two_names, of_nothing, damaged, large, folder] {
        assert!(matches!(refused, PackError::NotATar(_)), "{refused:?}");
    }
    let hidden = gz(&[&file("a", b"")[..], &[0; 1024], &file("b", b"")[..], &[0; 1024]].concat());
    assert!(repack(&hidden).unwrap_err().to_string().contains("has data after its end"));
    let endless_padding = gz(&[&file("a", b"")[..], &vec![0; 2 << 20]].concat());
    assert!(matches!(repack(&endless_padding), Err(PackError::NotATar(_))));
    let mut trailing = std::fs::read(tar_gz(&[file("a", b"")]).path()).unwrap();
    trailing.extend_from_slice(b"trailing");
    assert!(matches!(repack(&file_of(&trailing)), Err(PackError::Tar(_))));
}

#[test]
fn truncated_and_damaged_tars_are_rejected_permanently() {
    let whole =
        std::fs::read(tar_gz(&[file("a.txt", &[b'x'; 3000]), file("b.txt", b"y")]).path()).unwrap();
    for length in [0, 2, 10, whole.len() / 2, whole.len() - 1] {
        let refused = repack(&file_of(&whole[..length])).unwrap_err();
        assert!(!refused.is_transient(), "{length}: {refused:?}");
    }
    let mut seed = 11_u64;
    let mut refused = 0;
    for _ in 0..1000 {
        let mut bytes = whole.clone();
        let at = next(&mut seed) as usize % bytes.len();
        bytes[at] = next(&mut seed) as u8;
        refused += repack(&file_of(&bytes)).is_err_and(|error| !error.is_transient()) as usize;
    }
    assert!(refused > 900, "{refused}");
}

#[test]
fn bombs_are_rejected_before_they_are_unpacked() {
    let zeros = tar_gz(&[file("small", b"1"), file("zeros", &vec![0; 32 << 20])]);
    assert!(matches!(repack(&zeros), Err(PackError::Ratio { limit: 200, .. })));
    let small = Limits { uncompressed_bytes: 1 << 20, ..Limits::default() };
    let refused = repack_tar_gz(zeros.path(), "", &small).unwrap_err();
    assert!(
        matches!(&refused, PackError::ContentTooLarge { name, .. } if name == "zeros"),
        "{refused:?}"
    );
    // Content outside the requested directory has to be read as well.
    assert!(matches!(
        repack_tar_gz(zeros.path(), "elsewhere", &small),
        Err(PackError::ContentTooLarge { .. })
    ));
    // A header that declares petabytes, with nothing after it.
    let mut header = Header::new_gnu();
    header.set_path("hollow").unwrap();
    header.set_size(1 << 50);
    header.set_cksum();
    let hollow = repack(&gz(header.as_bytes())).unwrap_err();
    assert!(
        matches!(&hollow, PackError::ContentTooLarge { name, .. } if name == "hollow"),
        "{hollow:?}"
    );
}

#[test]
fn too_many_entries_long_and_deep_paths_and_large_archives_are_rejected() {
    let archive = tar_gz(&[file("a/b/c", b""), file("b", b""), file("c", b"")]);
    let refused = |limits: Limits| repack_tar_gz(archive.path(), "", &limits).unwrap_err();
    let limits = Limits::default;
    assert!(matches!(
        refused(Limits { entries: 2, ..limits() }),
        PackError::TooManyEntries { limit: 2 }
    ));
    assert!(matches!(refused(Limits { depth: 2, ..limits() }), PackError::PathTooDeep { .. }));
    assert!(matches!(refused(Limits { path_bytes: 4, ..limits() }), PackError::PathTooLong { .. }));
    assert!(matches!(
        refused(Limits { compressed_bytes: 50, ..limits() }),
        PackError::ArchiveTooLarge { limit: 50 }
    ));
    let extensions: Vec<Vec<u8>> =
        (0..10).map(|_| pax(&[("mtime", "1")])).chain([file("a", b"")]).collect();
    let limits = Limits { entries: 2, ..Limits::default() };
    assert!(matches!(
        repack_tar_gz(tar_gz(&extensions).path(), "", &limits),
        Err(PackError::TooManyEntries { .. })
    ));
}

#[test]
fn an_archive_without_files_is_rejected() {
    let refused = refusal(&[
        entry(EntryType::Directory, b"./", b""),
        entry(EntryType::Directory, b"a/", b""),
    ]);
    assert!(refused.to_string().starts_with("the archive contains no files"), "{refused}");
}
