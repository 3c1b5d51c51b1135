use super::*;

fn zip_of(entries: &[(&str, &str, bool)]) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    let mut writer = zip::ZipWriter::new(file.reopen().unwrap());
    let options = zip::write::SimpleFileOptions::default();
    for (name, content, link) in entries {
        if *link {
            writer.add_symlink(*name, *content, options).unwrap();
        } else {
            writer.start_file(*name, options).unwrap();
            writer.write_all(content.as_bytes()).unwrap();
        }
    }
    writer.finish().unwrap();
    file
}

fn tar_of(entries: &[(&str, &str)]) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    let gzip = flate2::write::GzEncoder::new(file.reopen().unwrap(), flate2::Compression::fast());
    let mut builder = tar::Builder::new(gzip);
    for (name, content) in entries {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o755);
        builder.append_data(&mut header, name, content.as_bytes()).unwrap();
    }
    builder.into_inner().unwrap().finish().unwrap();
    file
}

#[test]
fn zip_and_tar_archives_are_unpacked() {
    let dir = tempfile::tempdir().unwrap();
    unpack(
        zip_of(&[("a/main.py", "zip", false), ("link", "a/main.py", true)]).path(),
        &dir.path().join("zip"),
    )
    .unwrap();
    assert_eq!(fs::read_to_string(dir.path().join("zip/link")).unwrap(), "zip");
    unpack(tar_of(&[("a/main.py", "tar")]).path(), &dir.path().join("tar")).unwrap();
    assert_eq!(fs::read_to_string(dir.path().join("tar/a/main.py")).unwrap(), "tar");
}

#[test]
fn no_entry_leaves_the_directory() {
    let cases: [&[(&str, &str, bool)]; 5] = [
        &[("../evil", "x", false)],
        &[("/evil", "x", false)],
        &[("link", "/etc", true)],
        &[("a/link", "../../up", true)],
        &[("here", ".", true), ("here/through", "x", false)],
    ];
    for entries in cases {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("root");
        let error = unpack(zip_of(entries).path(), &root).unwrap_err();
        assert!(matches!(error, UnpackError::Outside(_)), "{entries:?}: {error}");
    }
}

#[test]
fn a_chain_of_links_does_not_leave_the_directory() {
    let up = "d/x/d/x/d/x/../../outside/f";
    let cases: [&[(&str, &str, bool)]; 6] = [
        // By counting, each of these ends inside.
        &[("d/x", "..", true), ("requirements.txt", up, true)],
        &[("requirements.txt", up, true), ("d/x", "..", true)],
        &[("a/b/c/f", "", false), ("l", "a/b/c", true), ("m", "l/../../../..", true)],
        &[("l", "..", true)],
        &[("a/l", "../m", true), ("m", "a/../..", true)],
        &[("missing/l", "gone/../../../f", true)],
    ];
    for entries in cases {
        let dir = tempfile::tempdir().unwrap();
        let error = unpack(zip_of(entries).path(), &dir.path().join("root")).unwrap_err();
        assert!(matches!(error, UnpackError::Outside(_)), "{entries:?}: {error}");
    }
    let dir = tempfile::tempdir().unwrap();
    let error = unpack(zip_of(&[("a", "b", true), ("b", "a", true)]).path(), dir.path());
    assert!(matches!(error, Err(UnpackError::Chain(_))), "{error:?}");
}

#[test]
fn links_between_files_of_the_source_stay() {
    let dir = tempfile::tempdir().unwrap();
    let entries = [
        ("packages/a/index.js", "a", false),
        ("node_modules/a", "../packages/a", true),
        ("node_modules/.bin/a", "../a/index.js", true),
        ("here", ".", true),
        ("later", "./here/packages/../later.txt", true),
        ("later.txt", "later", false),
        ("dangling", "packages/gone", true),
    ];
    unpack(zip_of(&entries).path(), dir.path()).unwrap();
    for (path, content) in [("node_modules/.bin/a", "a"), ("later", "later")] {
        assert_eq!(fs::read_to_string(dir.path().join(path)).unwrap(), content, "{path}");
    }
    assert!(dir.path().join("dangling").is_symlink());
}

#[test]
fn a_name_that_no_file_can_have_is_the_archives_fault() {
    let (longest, too_long) = ("x".repeat(255), "x".repeat(256));
    let (deep, wide) = ("d/".repeat(3000) + "f", format!("a/{}/f", "\u{e9}".repeat(128)));
    let dir = tempfile::tempdir().unwrap();
    unpack(zip_of(&[(&longest, "x", false)]).path(), dir.path()).unwrap();
    for name in [&too_long, &deep, &wide] {
        for is_link in [false, true] {
            let archive = zip_of(&[(name, "to", is_link)]);
            let error = unpack(archive.path(), &dir.path().join("zip")).unwrap_err();
            assert!(matches!(error, UnpackError::Name(_)), "{name}: {error}");
        }
    }
    let error = unpack(tar_of(&[(&too_long, "x")]).path(), &dir.path().join("tar"));
    assert!(matches!(error, Err(UnpackError::Name(_))), "{error:?}");
    let long_link = zip_of(&[("l", &"a/".repeat(5000), true)]);
    let error = unpack(long_link.path(), &dir.path().join("link"));
    assert!(matches!(error, Err(UnpackError::Name(_))), "{error:?}");
}

#[test]
fn contradicting_entries_are_the_archives_fault() {
    for entries in
        [&[("a", "x"), ("a", "y")][..], &[("a", "x"), ("a/b", "y")], &[("a/b", "x"), ("a", "y")]]
    {
        let dir = tempfile::tempdir().unwrap();
        let error = unpack(tar_of(entries).path(), dir.path());
        assert!(matches!(error, Err(UnpackError::Duplicate(_))), "{entries:?}: {error:?}");
    }
}

#[test]
fn a_long_name_of_many_megabytes_is_rejected_before_it_is_read() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let gzip = flate2::write::GzEncoder::new(file.reopen().unwrap(), flate2::Compression::fast());
    let mut builder = tar::Builder::new(gzip);
    let size = 64 * DESCRIPTION_LIMIT_BYTES;
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::GNULongName);
    header.set_size(size);
    header.set_cksum();
    builder.append(&header, io::repeat(b'x').take(size)).unwrap();
    builder.into_inner().unwrap().finish().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let error = unpack(file.path(), dir.path());
    assert!(matches!(error, Err(UnpackError::Large)), "{error:?}");
}

#[test]
fn other_files_are_rejected() {
    let file = tempfile::NamedTempFile::new().unwrap();
    for content in ["", "P", "hello"] {
        fs::write(file.path(), content).unwrap();
        assert!(
            matches!(unpack(file.path(), Path::new("/nowhere")), Err(UnpackError::Format)),
            "{content}"
        );
    }
}
