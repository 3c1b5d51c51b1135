//! Objects in the source bucket that another program put under the digest of a source.

use std::collections::BTreeMap;
use std::fs;

use super::{archive_of, published, request_of};
use crate::support::post::Settled;
use crate::support::sim::SimObjects;
use crate::support::stages::{PROJECT, REGION, Stages, words};
use longshore_cloud::{BucketSpec, Objects as _};
use longshore_messages::{SourceUploaded, decode, proto, source_bucket, source_object};
use sha2::{Digest as _, Sha256};

fn digest(archive: &[u8]) -> String {
    longshore_source_archive::hex(&Sha256::digest(archive))
}

/// Puts an object into the source bucket.
async fn put(objects: &SimObjects, object: &str, content: &[u8]) {
    let bucket = BucketSpec {
        name: source_bucket(PROJECT, REGION),
        project: PROJECT.to_owned(),
        location: REGION.to_owned(),
        labels: BTreeMap::new(),
        default_key: String::new(),
    };
    objects.ensure_bucket(&bucket).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("object");
    fs::write(&file, content).unwrap();
    objects.upload(&bucket.name, object, &file, BTreeMap::new()).await.unwrap();
}

/// A request for a function whose source is an object of the source bucket.
fn staged(name: &str, object: &str) -> proto::DeployRequested {
    let object = proto::StorageObject {
        bucket: source_bucket(PROJECT, REGION),
        object: object.to_owned(),
        generation: 0,
    };
    let source = proto::Source { place: Some(proto::source::Place::Storage(object)) };
    proto::DeployRequested {
        function: Some(crate::support::spec(name, source)),
        ..proto::DeployRequested::default()
    }
}

/// Delivers a request, and returns the summary of what is published.
async fn outcome(bench: &Stages, request: &proto::DeployRequested, id: &str) -> String {
    assert_eq!(bench.request(&published(request, id)).await, Settled::Ack);
    let said = bench.take();
    let [said] = said.as_slice() else { panic!("{:?}", words(&said)) };
    said.words.clone()
}

#[tokio::test]
async fn other_content_under_the_digest_of_a_source_is_not_used() {
    let archive = archive_of("good");
    let name = source_object(&digest(&archive));
    let mut same_size = archive.clone();
    *same_size.last_mut().unwrap() ^= 1;
    for (what, content) in
        [("the same size", same_size), ("another size", archive_of("evil code")), ("none", vec![])]
    {
        let bench = Stages::start();
        put(&bench.objects, &name, &content).await;
        let inline = outcome(&bench, &request_of("inline", "good"), "1").await;
        assert_eq!(inline, "inline failed: system source-conflict", "{what}");
        let referred = outcome(&bench, &staged("staged", &name), "2").await;
        assert_eq!(referred, "staged failed: system source-conflict", "{what}");
    }
}

#[tokio::test]
async fn an_archive_with_the_same_files_is_not_the_object_of_their_digest() {
    let bench = Stages::start();
    // The comment makes it another file with the same entries.
    let mut archive = archive_of("good");
    let name = source_object(&digest(&archive));
    let end = archive.len();
    archive[end - 2..].copy_from_slice(&4_u16.to_le_bytes());
    archive.extend(b"evil");
    put(&bench.objects, &name, &archive).await;
    let failed = outcome(&bench, &staged("staged", &name), "1").await;
    assert_eq!(failed, "staged failed: system source-conflict");
    assert_eq!(outcome(&bench, &request_of("inline", "good"), "2").await, {
        "inline failed: system source-conflict"
    });
}

#[tokio::test]
async fn the_right_object_is_used_and_read_once() {
    let bench = Stages::start();
    let archive = archive_of("good");
    let name = source_object(&digest(&archive));
    put(&bench.objects, &name, &archive).await;
    for id in ["1", "2", "3"] {
        let request = published(&request_of("inline", "good"), id);
        assert_eq!(bench.request(&request).await, Settled::Ack);
        let uploaded: SourceUploaded = decode(&bench.take()[0].message).unwrap();
        assert_eq!(uploaded.source.object.object, name);
        assert!(uploaded.source.is_named_by_digest(&uploaded.function));
        assert_eq!(bench.objects.downloads(), 1, "{id}");
    }
}

#[tokio::test]
async fn an_object_that_the_uploader_stored_or_fetched_is_not_read_again() {
    let bench = Stages::start();
    for id in ["1", "2"] {
        assert_eq!(outcome(&bench, &request_of("a", "good"), id).await, "a is uploaded");
    }
    assert_eq!(bench.objects.downloads(), 0, "it was uploaded");
    let archive = archive_of("other");
    put(&bench.objects, &source_object(&digest(&archive)), &archive).await;
    let staged = staged("b", &source_object(&digest(&archive)));
    assert_eq!(outcome(&bench, &staged, "3").await, "b is uploaded");
    assert_eq!(bench.objects.downloads(), 1, "only as the source");
}

#[tokio::test]
async fn requests_that_name_one_object_download_it_once_for_each_of_its_generations() {
    let bench = Stages::start();
    for (content, downloads) in [("first", 1), ("second", 2)] {
        let bucket = source_bucket(PROJECT, REGION);
        bench.objects.delete(&bucket, "staged/source.zip").await.unwrap_or_default();
        put(&bench.objects, "staged/source.zip", &archive_of(content)).await;
        for name in ["a", "b", "c"] {
            let request = staged(name, "staged/source.zip");
            let id = format!("{content}-{name}");
            assert_eq!(outcome(&bench, &request, &id).await, format!("{name} is uploaded"));
        }
        assert_eq!(bench.objects.downloads(), downloads, "{content}");
    }
}
