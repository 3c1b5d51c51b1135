use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;

use super::*;

#[test]
fn links_inside_the_source_are_followed() {
    let root = tree(&[("lib/code.py", "code"), ("main.py", "main")]);
    symlink("lib/code.py", root.path().join("alias.py")).unwrap();
    symlink("lib", root.path().join("vendor")).unwrap();
    let packed = pack(root.path()).unwrap();
    assert_eq!(names(&packed), ["alias.py", "lib/code.py", "main.py", "vendor/code.py"]);
    assert_eq!(contents(&packed)[0].1, "code");
}

#[test]
fn a_link_out_of_the_source_is_rejected_by_name() {
    let outside = tree(&[("secret", "")]);
    for target in [outside.path().join("secret"), outside.path().to_owned()] {
        let root = tree(&[("a/main.py", "")]);
        symlink(&target, root.path().join("a/link")).unwrap();
        let refused = pack(root.path()).unwrap_err();
        assert!(
            matches!(&refused, PackError::LinkLeaves { path, .. } if path.ends_with("a/link")),
            "{refused:?}"
        );
    }
}

#[test]
fn a_root_that_is_a_link_is_its_target() {
    let root = tree(&[("main.py", "")]);
    let elsewhere = tempfile::tempdir().unwrap();
    let link = elsewhere.path().join("source");
    symlink(root.path(), &link).unwrap();
    assert_eq!(names(&pack(&link).unwrap()), ["main.py"]);
}

#[test]
fn links_that_loop_are_rejected_by_name() {
    for (link, target) in [
        ("a/up", ".."),
        ("a/here", "."),
        ("a/self", "self"),
        ("a/b/mutual", "../../c"),
        ("gone", "nowhere"),
    ] {
        let root = tree(&[("a/b/main.py", ""), ("c/", "")]);
        symlink("../a", root.path().join("c/back")).unwrap();
        symlink(target, root.path().join(link)).unwrap();
        let refused = pack(root.path()).unwrap_err();
        assert!(
            matches!(refused, PackError::LinkLoops { .. } | PackError::Read { .. }),
            "{link} to {target}: {refused:?}"
        );
    }
}

#[test]
fn ignored_files_are_not_read() {
    let root = tree(&[(".gcloudignore", "s\nlink\n.gcloudignore\n"), ("main.py", "")]);
    let socket = UnixListener::bind(root.path().join("s")).unwrap();
    symlink("/", root.path().join("link")).unwrap();
    assert_eq!(names(&pack(root.path()).unwrap()), ["main.py"]);
    drop(socket);
}

#[test]
fn sockets_are_rejected_by_name() {
    let root = tree(&[("main.py", "")]);
    let socket = UnixListener::bind(root.path().join("s")).unwrap();
    let refused = pack(root.path()).unwrap_err();
    assert!(
        matches!(&refused, PackError::NotAFile { path, kind: "socket" } if path.ends_with("s")),
        "{refused:?}"
    );
    drop(socket);
}

#[test]
fn a_directory_without_files_is_rejected() {
    for files in [&[("a/", "")][..], &[(".gcloudignore", "*\n"), ("main.py", "")]] {
        let refused = pack(tree(files).path()).unwrap_err();
        assert!(matches!(refused, PackError::Empty { .. }), "{refused:?}");
        assert!(refused.to_string().contains("no file"), "{refused}");
    }
}

#[test]
fn a_root_that_is_missing_or_a_file_is_reported_by_name() {
    let root = tree(&[("file", "")]);
    for name in ["missing", "file"] {
        let refused = pack(&root.path().join(name)).unwrap_err();
        assert!(
            matches!(&refused, PackError::Read { path, .. } if path.starts_with(root.path().join(name))),
            "{refused:?}"
        );
    }
}

#[test]
fn an_unreadable_file_is_reported_by_name() {
    let root = tree(&[("main.py", ""), ("secret.txt", "")]);
    let secret = root.path().join("secret.txt");
    std::fs::set_permissions(&secret, PermissionsExt::from_mode(0o000)).unwrap();
    if std::fs::File::open(&secret).is_ok() {
        println!("skipped: this user reads every file (root), so none is unreadable");
        return;
    }
    let refused = pack(root.path()).unwrap_err();
    assert!(
        matches!(&refused, PackError::Read { path, .. } if path.ends_with("secret.txt")),
        "{refused:?}"
    );
}

#[test]
fn names_that_a_zip_cannot_store_are_rejected() {
    use std::os::unix::ffi::OsStrExt;
    for name in [&b"back\\slash"[..], b"not-utf8-\xff"] {
        let root = tree(&[("main.py", "")]);
        std::fs::write(root.path().join(std::ffi::OsStr::from_bytes(name)), "").unwrap();
        assert!(matches!(pack(root.path()), Err(PackError::Name { .. })));
    }
}

#[test]
fn every_exceeded_limit_is_reported() {
    let root = tree(&[("a/b/c.txt", "0123456789"), ("d.txt", "0123456789")]);
    let refused = |limits: Limits| pack_directory(root.path(), &limits).unwrap_err().to_string();
    let limits = Limits::default;
    assert_eq!(refused(Limits { entries: 1, ..limits() }), "more than 1 entries");
    assert_eq!(
        refused(Limits { depth: 2, ..limits() }),
        "path \"a/b/c.txt\" has more than 2 levels"
    );
    assert_eq!(
        refused(Limits { path_bytes: 8, ..limits() }),
        "path \"a/b/c.txt…\" is longer than 8 bytes"
    );
    assert_eq!(
        refused(Limits { uncompressed_bytes: 19, ..limits() }),
        "source is larger than 19 bytes uncompressed; file \"d.txt\" exceeds the limit"
    );
    assert_eq!(
        refused(Limits { compressed_bytes: 100, ..limits() }),
        "archive is larger than 100 bytes"
    );
    let size = pack(root.path()).unwrap().size_bytes;
    assert!(
        pack_directory(
            root.path(),
            &Limits { compressed_bytes: size, uncompressed_bytes: 20, entries: 2, ..limits() }
        )
        .is_ok()
    );
}

#[test]
fn errors_of_a_checked_out_directory_name_only_paths_inside_it() {
    let outside = tree(&[("secret", "")]);
    for target in
        [outside.path().join("secret"), outside.path().join("missing"), "..".into(), "self".into()]
    {
        let root = tree(&[("a/main.py", "")]);
        symlink(&target, root.path().join("a/self")).unwrap();
        let refused = super::super::pack_checked_out(root.path(), &Limits::default()).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "link \"a/self\" does not lead to a file or folder of the source",
            "{}",
            target.display()
        );
    }
    let root = tree(&[(".gcloudignore", "#!include:gone\n"), ("main.py", "")]);
    let refused = super::super::pack_checked_out(root.path(), &Limits::default()).unwrap_err();
    assert_eq!(refused.to_string(), "cannot read gone");
    let empty = tree(&[("a/", "")]);
    let refused = super::super::pack_checked_out(empty.path(), &Limits::default()).unwrap_err();
    assert!(refused.to_string().starts_with("the directory contains no files"), "{refused}");
}

#[test]
fn the_manifest_of_the_command_line_is_not_source() {
    let files = [("longshore.yaml", "name: a\n"), ("main.py", ""), ("a/longshore.yaml", "own\n")];
    let root = tree(&files);
    let packed = pack(root.path()).unwrap();
    assert_eq!(names(&packed), ["a/longshore.yaml", "main.py"]);
    let zip = zip_of(&files.map(|(name, text)| (name, text.as_bytes())));
    assert_eq!(repack(&zip).unwrap().sha256, packed.sha256);
    let only_manifest = zip_of(&[("longshore.yaml", b"name: a\n")]);
    assert!(matches!(repack(&only_manifest), Err(PackError::Empty { .. })));
    std::fs::write(root.path().join("longshore.yaml"), "name: b\n").unwrap();
    assert_eq!(pack(root.path()).unwrap().sha256, packed.sha256);
}

#[test]
fn the_state_of_a_local_cloud_is_never_packed() {
    let state = |at: &str| {
        ["VERSION", "lock", "cloud/secrets/journal", "logs/cloud.log"]
            .map(|name| (format!("{at}{name}"), ""))
    };
    for at in ["", ".local/state/longshore/"] {
        let root = tree(&[("main.py", "")]);
        for (name, text) in state(at) {
            let path = root.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let refused = pack(root.path()).unwrap_err();
        assert!(matches!(refused, PackError::State { .. }), "{refused:?}");
        let refused = super::super::pack_checked_out(root.path(), &Limits::default()).unwrap_err();
        let begin = if at.is_empty() { "./" } else { "./.local/state/longshore" };
        assert!(refused.to_string().starts_with(&format!("{begin} is the state")), "{refused}");
        std::fs::write(root.path().join(".gcloudignore"), ".local\ncloud\nlogs\nlock\n").unwrap();
        assert_eq!(pack(root.path()).is_ok(), !at.is_empty());
    }
}
