//! Sources that answer for the toolchain, because a variable of the build leads to their own program.
//! What it leaves must not lead this process, which is outside of the sandbox, to files of the
//! machine.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::fakes::Cloud;
use super::sandbox::sandbox;
use crate::core::{Record, Status};

const SECRET: &str = "SECRET-3b7e";

/// Instead of `go`. The first question is `go env`, before anything is read from the source.
const GO: &str = r#"#!/bin/sh
if [ "$1" = env ]; then
    if [ -n "$READ" ]; then rm go.mod; ln -s "$READ" go.mod; fi
    generated=$(dirname "$GOCACHE")/module
    if [ -n "$WRITE" ]; then mkdir "$generated"; ln -s "$WRITE" "$generated/go.sum"; fi
    if [ -n "$ENTER" ]; then ln -s "$ENTER" "$generated"; fi
    echo '{"GOVERSION": "go1.26.8"}'
    exit
fi
for argument in "$@"; do
    case "$argument" in -modfile=*) cat "${argument#-modfile=}" >&2;; esac
done
echo the attack ends >&2
exit 1
"#;

/// A source whose `go` is executable.
fn source(dir: &Path) -> PathBuf {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content, mode) in [
        ("go.mod", "module example.com/hello\n", 0o644),
        ("go.sum", "written by the source\n", 0o644),
        ("hello.go", "package hello\nfunc Hello() {}\n", 0o644),
        ("go", GO, 0o755),
    ] {
        let options = zip::write::SimpleFileOptions::default().unix_permissions(mode);
        writer.start_file(name, options).unwrap();
        writer.write_all(content.as_bytes()).unwrap();
    }
    let path = dir.join("source.zip");
    std::fs::write(&path, writer.finish().unwrap().into_inner()).unwrap();
    path
}

/// Builds the source with this variable, and returns the log.
async fn attack(outside: &Path, variable: &str, target: &Path) -> Option<(Record, String)> {
    let launcher = sandbox()?;
    let dir = tempfile::Builder::new().prefix("longshore-test-").tempdir_in("/var/tmp").unwrap();
    std::fs::write(outside.join("key"), SECRET).unwrap();
    let mut cloud = Cloud::open_with(dir.path(), Some(launcher)).await;
    let target = target.display().to_string();
    let environment = [
        ("GOOGLE_FUNCTION_TARGET", "Hello"),
        ("PATH", ".:/usr/bin:/bin"),
        ("GOPROXY", "off"),
        (variable, &target),
    ];
    let record = cloud.submit(&source(dir.path()), &environment);
    let record = cloud.ended(&record.id).await;
    let log = cloud.log_of(&record.id);
    assert_eq!(record.status, Status::Failure, "{log}");
    let left: Vec<_> = std::fs::read_dir(outside).unwrap().flatten().collect();
    assert_eq!(left.len(), 1, "{left:?}");
    assert_eq!(std::fs::read_to_string(outside.join("key")).unwrap(), SECRET, "{log}");
    assert!(!log.contains(SECRET), "{log}");
    cloud.service.stop().await;
    Some((record, log))
}

fn outside() -> tempfile::TempDir {
    tempfile::Builder::new().prefix("longshore-test-").tempdir_in("/var/tmp").unwrap()
}

#[tokio::test]
async fn a_file_of_the_source_that_has_become_a_link_is_not_copied() {
    let outside = outside();
    let key = outside.path().join("key");
    let Some((_, log)) = attack(outside.path(), "READ", &key).await else { return };
    assert!(log.contains("leads out of the source"), "{log}");
}

#[tokio::test]
async fn a_link_in_a_directory_of_the_build_is_not_written_through() {
    for target in ["key", "new"] {
        let outside = outside();
        let target = outside.path().join(target);
        let Some((_, log)) = attack(outside.path(), "WRITE", &target).await else { return };
        assert!(log.contains("the attack ends"), "{log}");
    }
}

#[tokio::test]
async fn a_directory_of_the_build_that_has_become_a_link_is_not_entered() {
    let outside = outside();
    let Some((_, log)) = attack(outside.path(), "ENTER", outside.path()).await else { return };
    assert!(log.contains("is not a directory"), "{log}");
}
