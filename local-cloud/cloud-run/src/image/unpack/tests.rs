use super::*;

/// Path, kind, content or link target.
type Entry<'a> = (&'a str, EntryType, &'a str);

/// An archive of these entries. Writes names verbatim, including those that `tar` would reject.
fn layer(dir: &Path, name: &str, entries: &[Entry<'_>]) -> PathBuf {
    let mut builder = tar::Builder::new(Vec::new());
    for (path, kind, content) in entries {
        let mut header = tar::Header::new_gnu();
        header.as_gnu_mut().unwrap().name[..path.len()].copy_from_slice(path.as_bytes());
        header.set_entry_type(*kind);
        header.set_mode(if kind.is_dir() { 0o755 } else { 0o644 });
        let is_file = *kind == EntryType::Regular;
        if !is_file && !kind.is_dir() {
            header.set_link_name_literal(content).unwrap();
        }
        header.set_size(if is_file { content.len() as u64 } else { 0 });
        header.set_cksum();
        builder.append(&header, if is_file { content.as_bytes() } else { b"" }).unwrap();
    }
    let file = dir.join(name);
    fs::write(&file, builder.into_inner().unwrap()).unwrap();
    file
}

fn unpacked(layers: &[&[Entry<'_>]]) -> (tempfile::TempDir, io::Result<()>) {
    let dir = tempfile::tempdir().unwrap();
    let work = dir.path().join("work");
    fs::create_dir(&work).unwrap();
    let files: Vec<_> = layers
        .iter()
        .enumerate()
        .map(|(i, entries)| layer(dir.path(), &format!("{i}.tar"), entries))
        .collect();
    let result = unpack(&work, &files, b"{}", &dir.path().join("home"));
    (dir, result)
}

/// A compressed layer with one file of zeros, of which the archive contains `stored` bytes.
fn zeros(dir: &Path, path: &str, stored: usize) -> PathBuf {
    let gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let mut builder = tar::Builder::new(gzip);
    let mut header = tar::Header::new_gnu();
    header.set_size(stored as u64);
    header.set_mode(0o644);
    builder.append_data(&mut header, path, vec![0; stored].as_slice()).unwrap();
    let file = dir.join(format!("{path}.tar.gz"));
    fs::write(&file, builder.into_inner().unwrap().finish().unwrap()).unwrap();
    file
}

fn unpacked_within(budget: Budget, dir: &Path, layers: &[PathBuf]) -> io::Result<()> {
    let work = dir.join("work");
    fs::create_dir(&work).unwrap();
    unpack_within(budget, &work, layers, b"{}", &dir.join("home"))
}

#[test]
fn entries_that_no_directory_can_hold_are_the_fault_of_the_image() {
    let (long, deep) = ("n".repeat(300), format!("{}file", "d/".repeat(250)));
    for (path, link) in [
        (long.as_str(), None),
        (deep.as_str(), None),
        ("shadow", Some("/etc/shadow")),
        ("shadow", Some("missing")),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let mut builder = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_gnu();
        header.set_mode(0o644);
        header.set_size(0);
        match link {
            None => builder.append_data(&mut header, path, io::empty()).unwrap(),
            Some(target) => {
                header.set_entry_type(EntryType::Link);
                builder.append_link(&mut header, path, target).unwrap();
            }
        }
        let layer = dir.path().join("layer.tar");
        fs::write(&layer, builder.into_inner().unwrap()).unwrap();
        let error = unpacked_within(Budget::default(), dir.path(), &[layer]).unwrap_err();
        let kind = error.kind();
        let is_refused = [io::ErrorKind::InvalidData, io::ErrorKind::InvalidFilename];
        assert!(is_refused.contains(&kind), "{path}: {kind:?}: {error}");
    }
}

#[test]
fn a_small_layer_does_not_unpack_to_a_large_one() {
    let dir = tempfile::tempdir().unwrap();
    let bomb = zeros(dir.path(), "bomb", 65 << 20);
    assert!(fs::metadata(&bomb).unwrap().len() < 1 << 20);
    let error = unpacked_within(Budget::default(), dir.path(), &[bomb]).unwrap_err();
    assert!(error.to_string().contains("100 times its size"), "{error}");
    assert!(!dir.path().join("work").exists() && !dir.path().join("home").exists());
    let honest = zeros(dir.path(), "honest", 1 << 20);
    unpacked_within(Budget::default(), dir.path(), &[honest]).unwrap();
}

#[test]
fn a_complete_image_is_a_success_and_stays_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    for round in ["first", "second"] {
        let layers = [layer(dir.path(), "layer", &[("a", FILE, round)])];
        let work = dir.path().join("work");
        fs::create_dir(&work).unwrap();
        unpack(&work, &layers, b"{}", &dir.path().join("home")).unwrap();
        assert!(!work.exists());
    }
    assert_eq!(fs::read_to_string(dir.path().join("home/rootfs/a")).unwrap(), "first");
}

#[test]
fn layers_are_limited_together() {
    let over = [Budget { bytes: 2000, entries: 10 }, Budget { bytes: 10_000, entries: 1 }];
    for budget in over {
        let dir = tempfile::tempdir().unwrap();
        let layers = ["one", "two"].map(|name| zeros(dir.path(), name, 1001));
        let error = unpacked_within(budget, dir.path(), &layers).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge, "{budget:?}");
        assert!(!dir.path().join("work").exists() && !dir.path().join("home").exists());
    }
    let dir = tempfile::tempdir().unwrap();
    let layers = ["one", "two"].map(|name| zeros(dir.path(), name, 1000));
    unpacked_within(Budget { bytes: 2000, entries: 2 }, dir.path(), &layers).unwrap();
}

#[test]
fn a_sparse_file_counts_with_its_whole_size() {
    let dir = tempfile::tempdir().unwrap();
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(EntryType::GNUSparse);
    header.set_path("sparse").unwrap();
    header.set_mode(0o644);
    header.set_size(0);
    let gnu = header.as_gnu_mut().unwrap();
    gnu.set_real_size(1 << 30);
    // One empty region at the end.
    gnu.sparse[0].set_offset(1 << 30);
    gnu.sparse[0].set_length(0);
    header.set_cksum();
    let mut builder = tar::Builder::new(Vec::new());
    builder.append(&header, io::empty()).unwrap();
    let file = dir.path().join("sparse.tar");
    fs::write(&file, builder.into_inner().unwrap()).unwrap();
    let error = unpacked_within(Budget::default(), dir.path(), &[file]).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::FileTooLarge, "{error}");
    assert!(!dir.path().join("work").exists());
}

const DIR: EntryType = EntryType::Directory;
const FILE: EntryType = EntryType::Regular;
const LINK: EntryType = EntryType::Symlink;

#[test]
fn whiteouts_hide_what_lower_layers_have_and_nothing_else() {
    let (dir, result) = unpacked(&[
        &[
            ("a/", DIR, ""),
            ("a/one", FILE, "1"),
            ("a/two", FILE, "2"),
            ("b/", DIR, ""),
            ("b/old", FILE, "x"),
        ],
        &[("a/.wh.one", FILE, ""), ("b/new", FILE, "y"), ("b/.wh..wh..opq", FILE, "")],
    ]);
    result.unwrap();
    let root = dir.path().join("home/rootfs");
    assert!(!root.join("a/one").exists() && root.join("a/two").exists());
    assert!(!root.join("b/old").exists() && root.join("b/new").exists());
    assert!(!root.join("a/.wh.one").exists() && dir.path().join("home/config.json").exists());
}

#[test]
fn a_later_layer_replaces_a_directory_by_a_file_and_back() {
    let (dir, result) = unpacked(&[
        &[("a/", DIR, ""), ("a/one", FILE, "1"), ("b", FILE, "b")],
        &[("a", FILE, "now a file"), ("b/", DIR, ""), ("b/c", FILE, "c")],
    ]);
    result.unwrap();
    let root = dir.path().join("home/rootfs");
    assert_eq!(fs::read_to_string(root.join("a")).unwrap(), "now a file");
    assert_eq!(fs::read_to_string(root.join("b/c")).unwrap(), "c");
}

#[test]
fn entries_outside_of_the_image_are_rejected_and_leave_nothing_behind() {
    let cases: [&[&[Entry<'_>]]; 4] = [
        &[&[("../evil", FILE, "x")]],
        &[&[("a/../../evil", FILE, "x")]],
        &[&[("out", LINK, "../.."), ("out/evil", FILE, "x")]],
        &[&[("out", LINK, "/")], &[("out/.wh.nothing-of-this-name", FILE, "")]],
    ];
    for case in cases {
        let (dir, result) = unpacked(case);
        assert_eq!(result.unwrap_err().kind(), io::ErrorKind::InvalidData, "{case:?}");
        assert!(
            !dir.path().join("evil").exists()
                && !dir.path().join("home").exists()
                && !dir.path().join("work").exists()
        );
    }
}
