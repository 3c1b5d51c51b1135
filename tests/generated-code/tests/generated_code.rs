//! The generated code that is committed is what the committed protos generate.
//!
//! It is committed so that a first build needs no code generator. After a change of a `.proto`
//! file, run `LONGSHORE_REGENERATE=1 cargo test --test generated_code`.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails like the test itself")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// All `.proto` files below a folder, as paths relative to it, sorted.
fn protos_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                folders.push(entry);
            } else if entry.extension().is_some_and(|extension| extension == "proto") {
                found.push(entry.strip_prefix(folder).unwrap().to_owned());
            }
        }
    }
    found.sort();
    found
}

/// Compares the files of `fresh` with those in `committed`, or writes them there when the
/// environment asks for it.
fn compare(fresh: &Path, committed: &Path) {
    let read = |folder: &Path| -> BTreeMap<String, String> {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
        let files = entries
            .filter(|entry| entry.path().extension().is_some_and(|extension| extension == "rs"));
        files
            .map(|entry| {
                (
                    entry.file_name().into_string().unwrap(),
                    fs::read_to_string(entry.path()).unwrap(),
                )
            })
            .collect()
    };
    let fresh = read(fresh);
    if std::env::var_os("LONGSHORE_REGENERATE").is_some() {
        fs::create_dir_all(committed).unwrap();
        for (name, text) in &fresh {
            fs::write(committed.join(name), text).unwrap();
        }
    }
    let found = read(committed);
    for (name, text) in &fresh {
        assert!(
            found.get(name) == Some(text),
            "{name} is not what the protos generate: LONGSHORE_REGENERATE=1 cargo test --test generated_code"
        );
    }
    let stale: Vec<&String> = found.keys().filter(|name| !fresh.contains_key(*name)).collect();
    assert!(stale.is_empty(), "no proto generates {stale:?} any more");
}

#[test]
fn the_messages_are_what_their_protos_generate() {
    let protos = root("messages/proto");
    let descriptors = protox::compile(protos_below(&protos), [&protos]).unwrap();
    let fresh = tempfile::tempdir().unwrap();
    prost_build::Config::new()
        .out_dir(fresh.path())
        .btree_map(["."])
        .compile_well_known_types()
        .extern_path(".google.protobuf", "::pbjson_types")
        .compile_fds(descriptors.clone())
        .unwrap();
    let mut json = pbjson_build::Builder::new();
    for file in descriptors.file {
        json.register_file_descriptor(file);
    }
    json.btree_map(["."]).out_dir(fresh.path()).build(&[".longshore"]).unwrap();
    compare(fresh.path(), &root("messages/src/generated"));
}

#[test]
fn the_local_clouds_services_are_what_their_protos_generate() {
    for service in ["pubsub", "storage"] {
        let protos = root(&format!("local-cloud/{service}/proto"));
        let descriptors = protox::compile(protos_below(&protos), [&protos]).unwrap();
        let fresh = tempfile::tempdir().unwrap();
        tonic_prost_build::configure()
            .build_client(false)
            .out_dir(fresh.path())
            .btree_map(".")
            .bytes(".")
            .compile_fds(descriptors)
            .unwrap();
        compare(fresh.path(), &root(&format!("local-cloud/{service}/src/generated")));
    }
}
