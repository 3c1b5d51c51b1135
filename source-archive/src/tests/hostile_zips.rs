use super::identity::next;
use super::*;

fn refusal(zip: &NamedTempFile) -> PackError {
    let refused = repack(zip).unwrap_err();
    assert!(!refused.is_transient(), "{refused:?}");
    refused
}

/// The bytes of a zip with every `from` replaced by `to`, which has the same length, in local and
/// central headers.
fn patched(zip: &NamedTempFile, from: &[u8], to: &[u8]) -> NamedTempFile {
    assert_eq!(from.len(), to.len());
    let mut bytes = std::fs::read(zip.path()).unwrap();
    let found: Vec<usize> =
        (0..=bytes.len() - from.len()).filter(|at| bytes[*at..].starts_with(from)).collect();
    assert!(!found.is_empty());
    for at in found {
        bytes[at..at + to.len()].copy_from_slice(to);
    }
    file_of(&bytes)
}

#[test]
fn names_that_escape_are_rejected_by_name() {
    for name in ["/etc/passwd", "../outside", "a/../../outside", "a\\b", "C:/x", "a//b", "./a"] {
        let placeholder = "x".repeat(name.len());
        let zip =
            patched(&zip_of(&[(&placeholder, b"x y")]), placeholder.as_bytes(), name.as_bytes());
        let refused = refusal(&zip);
        assert!(
            matches!(&refused, PackError::Name { name: found, .. } if found == name),
            "{name}: {refused:?}"
        );
    }
    let zip = patched(&zip_of(&[("nul-name", b"")]), b"nul-name", b"nul\0name");
    assert!(matches!(refusal(&zip), PackError::Name { .. }));
}

#[test]
fn a_duplicate_name_is_rejected_by_name() {
    let zip = patched(&zip_of(&[("one.py", b"1"), ("two.py", b"2")]), b"two.py", b"one.py");
    let refused = refusal(&zip);
    assert!(matches!(&refused, PackError::Duplicate { name } if name == "one.py"), "{refused:?}");
}

#[test]
fn a_file_that_is_also_a_folder_is_rejected_by_name() {
    let inside = refusal(&zip_of(&[("a", b""), ("a/b", b"")]));
    assert!(
        matches!(&inside, PackError::FileIsFolder { name, inside } if name == "a" && inside == "a/b"),
        "{inside:?}"
    );
    let folder = zip_with(|zip| {
        zip.add_directory("a/", SimpleFileOptions::default()).unwrap();
        zip.start_file("a", SimpleFileOptions::default()).unwrap();
    });
    assert!(matches!(refusal(&folder), PackError::FileIsFolder { .. }));
}

#[test]
fn links_are_rejected_by_name() {
    let zip = zip_with(|zip| {
        zip.add_symlink("link", "/etc/passwd", SimpleFileOptions::default()).unwrap()
    });
    let refused = refusal(&zip);
    assert!(
        matches!(&refused, PackError::Special { name, kind: "symbolic link" } if name == "link"),
        "{refused:?}"
    );
}

#[test]
fn encrypted_entries_are_rejected_by_name() {
    let mut bytes = std::fs::read(zip_of(&[("a.txt", b"")]).path()).unwrap();
    let central = bytes.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
    bytes[6] |= 1;
    bytes[central + 8] |= 1;
    let refused = refusal(&file_of(&bytes));
    assert!(matches!(&refused, PackError::Encrypted { name } if name == "a.txt"), "{refused:?}");
}

#[test]
fn damaged_content_is_rejected_by_name() {
    let text = "some text that deflate can shorten, some text that deflate can shorten";
    let mut bytes = std::fs::read(zip_of(&[("a.txt", text.as_bytes())]).path()).unwrap();
    // The first byte of the data, after a local header of 30 bytes and the name.
    bytes[30 + 5] ^= 0xff;
    let refused = refusal(&file_of(&bytes));
    assert!(matches!(&refused, PackError::Entry { name, .. } if name == "a.txt"), "{refused:?}");
}

#[test]
fn a_bomb_that_declares_itself_is_rejected_before_it_is_read() {
    let zeros = vec![0; 32 << 20];
    let bomb = zip_of(&[("zeros", &zeros)]);
    assert!(
        matches!(refusal(&bomb), PackError::Ratio { uncompressed, limit: 200, .. } if uncompressed == 32 << 20)
    );
    let small = Limits { uncompressed_bytes: 1 << 20, ..Limits::default() };
    let refused = repack_zip(bomb.path(), "", &small).unwrap_err();
    assert!(
        matches!(&refused, PackError::ContentTooLarge { name, .. } if name == "zeros"),
        "{refused:?}"
    );
}

#[test]
fn a_declared_size_beyond_the_limit_is_enough_to_reject_a_zip() {
    let honest = zip_of(&[("hollow", b"0123456789")]);
    let zip = patched(&honest, &10_u32.to_le_bytes(), &(600_u32 << 20).to_le_bytes());
    let refused = refusal(&zip);
    assert!(
        matches!(&refused, PackError::ContentTooLarge { name, .. } if name == "hollow"),
        "{refused:?}"
    );
}

#[test]
fn an_entry_with_a_wrong_size_is_rejected_by_name() {
    let zeros = vec![0; 1 << 20];
    let declaring = |size: u32| {
        patched(&zip_of(&[("zeros", &zeros)]), &(1_u32 << 20).to_le_bytes(), &size.to_le_bytes())
    };
    let bomb = refusal(&declaring(10));
    assert!(matches!(&bomb, PackError::Entry { name, .. } if name == "zeros"), "{bomb:?}");
    let hollow = refusal(&declaring(0x0010_0001));
    assert!(
        matches!(&hollow, PackError::Size { name, actual: 0x0010_0000, .. } if name == "zeros"),
        "{hollow:?}"
    );
}

#[test]
fn a_directory_of_zeros_is_rejected_like_its_zip() {
    let root = tree(&[("main.py", "")]);
    std::fs::File::create(root.path().join("zeros")).unwrap().set_len(32 << 20).unwrap();
    assert!(matches!(pack(root.path()), Err(PackError::Ratio { .. })));
}

#[test]
fn too_many_entries_are_rejected_before_they_are_read() {
    let zip = zip_of(&[("a", b""), ("b", b""), ("c", b"")]);
    let limits = Limits { entries: 2, ..Limits::default() };
    assert!(matches!(
        repack_zip(zip.path(), "", &limits),
        Err(PackError::TooManyEntries { limit: 2 })
    ));
}

#[test]
fn paths_too_long_or_deep_and_zips_too_large_are_rejected() {
    let zip = zip_of(&[("a/b/c", b"")]);
    let refused = |limits: Limits| repack_zip(zip.path(), "", &limits).unwrap_err();
    assert!(matches!(
        refused(Limits { depth: 2, ..Limits::default() }),
        PackError::PathTooDeep { .. }
    ));
    assert!(matches!(
        refused(Limits { path_bytes: 4, ..Limits::default() }),
        PackError::PathTooLong { .. }
    ));
    assert!(matches!(
        refused(Limits { compressed_bytes: 50, ..Limits::default() }),
        PackError::ArchiveTooLarge { limit: 50 }
    ));
}

#[test]
fn ambiguous_zips_are_rejected() {
    let good = std::fs::read(zip_of(&[("one.py", b"1"), ("two.py", b"2")]).path()).unwrap();
    let end = good.len() - 22;
    let with = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = good.clone();
        change(&mut bytes);
        refusal(&file_of(&bytes))
    };
    let trailing = with(&|bytes| bytes.extend_from_slice(b"trailing"));
    assert!(matches!(trailing, PackError::NotAZip(_)), "{trailing:?}");
    let leading = with(&|bytes| bytes.splice(0..0, *b"#!/bin/sh\n").for_each(drop));
    assert!(matches!(leading, PackError::NotAZip(_)), "{leading:?}");
    let with_64_bit_records = with(&|bytes| {
        let directory_bytes = bytes[end + 12];
        bytes[end + 12] = directory_bytes + 20;
        let locator: Vec<u8> = b"PK\x06\x07".iter().copied().chain([0; 16]).collect();
        bytes.splice(end..end, locator).for_each(drop);
    });
    assert!(with_64_bit_records.to_string().contains("64-bit"), "{with_64_bit_records:?}");
    let uncounted = with(&|bytes| (bytes[end + 8], bytes[end + 10]) = (1, 1));
    assert!(matches!(uncounted, PackError::NotAZip(_)), "{uncounted:?}");
    let renamed = with(&|bytes| bytes[30] = b'x');
    assert!(matches!(renamed, PackError::Zip(_)), "{renamed:?}");
}

#[test]
fn an_empty_zip_is_rejected() {
    let folders = zip_with(|zip| zip.add_directory("a/", SimpleFileOptions::default()).unwrap());
    assert!(matches!(refusal(&folders), PackError::Empty { .. }));
    assert!(matches!(refusal(&file_of(b"")), PackError::NotAZip(_)));
}

#[test]
fn random_bytes_and_damaged_zips_never_panic() {
    let good = bytes(
        &pack(tree(&[("a/b.txt", "some text"), ("c", "c"), ("d/e", "eeeeeeeeeee")]).path())
            .unwrap(),
    );
    let mut seed = 0x2545_F491_4F6C_DD1D;
    let (mut refused, mut taken) = (0, 0);
    for round in 0..3000 {
        let mut bytes = if round % 4 == 0 {
            (0..200).map(|_| next(&mut seed) as u8).collect()
        } else {
            good.clone()
        };
        for _ in 0..=next(&mut seed) % 4 {
            let at = next(&mut seed) as usize % bytes.len();
            bytes[at] = [0, 0xff, next(&mut seed) as u8][next(&mut seed) as usize % 3];
        }
        if round % 5 == 0 {
            bytes.truncate(next(&mut seed) as usize % bytes.len());
        }
        match repack(&file_of(&bytes)) {
            Ok(_) => taken += 1,
            Err(error) => {
                assert!(!error.is_transient(), "round {round}: {error:?}");
                refused += 1;
            }
        }
    }
    // Changed times and versions are harmless; nearly every other change is detected.
    assert!(refused > 2000, "{refused} refused, {taken} taken");
}
