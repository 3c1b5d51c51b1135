//! Content and changes over gRPC, by Google's client for Rust.

use google_cloud_storage::read_object::ReadObjectResponse;
use google_cloud_wkt::FieldMask;

use super::*;

async fn content(mut response: ReadObjectResponse) -> Vec<u8> {
    let mut content = Vec::new();
    while let Some(piece) = response.next().await {
        content.extend_from_slice(&piece.unwrap());
    }
    content
}

#[tokio::test]
async fn ranges_of_an_open_object_are_read_side_by_side() {
    let (_dir, server) = Server::with_bucket().await;
    let storage = server.storage().await;
    let written = noise(5 * 1024 * 1024 + 7);
    let whole = Bytes::from(written.clone());
    let object = storage.write_object(BUCKET, "a", whole).send_buffered().await.unwrap();
    let opened = storage.open_object(BUCKET, "a").send().await.unwrap();
    assert_eq!(opened.object().generation, object.generation);
    let (all, part, end) = tokio::join!(
        async { content(opened.read_range(ReadRange::all()).await).await },
        async { content(opened.read_range(ReadRange::segment(100, 50)).await).await },
        async { content(opened.read_range(ReadRange::tail(3)).await).await },
    );
    assert!(all == written, "the content differs");
    assert_eq!((part, end), (written[100..150].to_vec(), written[written.len() - 3..].to_vec()));
    // What is open stays readable.
    create(&storage, "a", "other").await.unwrap_err();
    storage.write_object(BUCKET, "a", "other").send_buffered().await.unwrap();
    let start = content(opened.read_range(ReadRange::head(9)).await).await;
    assert_eq!(start, written[..9]);
    let missing = storage.open_object(BUCKET, "none").send().await.unwrap_err();
    assert_eq!(missing.status().unwrap().code, Code::NotFound);
}

#[tokio::test]
async fn an_update_changes_what_its_mask_names() {
    let (_dir, server) = Server::with_bucket().await;
    let control = server.control().await;
    create(&server.storage().await, "a", "content").await.unwrap();
    let changed = Object::new()
        .set_bucket(BUCKET)
        .set_name("a")
        .set_content_type("ignored")
        .set_temporary_hold(true);
    let update = control.update_object().set_object(changed);
    let mask = FieldMask::default().set_paths(["temporary_hold"]);
    let object = update.set_update_mask(mask).send().await.unwrap();
    assert_eq!((object.temporary_hold, object.metageneration), (true, 2));
    assert_eq!(object.content_type, "application/octet-stream");
    let held = control.delete_object().set_bucket(BUCKET).set_object("a").send().await;
    assert_eq!(held.unwrap_err().status().unwrap().code, Code::FailedPrecondition);

    let bucket = Bucket::new().set_name(BUCKET).set_labels([("a", "1")]);
    let update = control.update_bucket().set_bucket(bucket);
    let late = update.clone().set_if_metageneration_match(7_i64);
    let mask = || FieldMask::default().set_paths(["labels"]);
    let refused = late.set_update_mask(mask()).send().await.unwrap_err();
    assert_eq!(refused.status().unwrap().code, Code::FailedPrecondition);
    let bucket = update.set_update_mask(mask()).send().await.unwrap();
    assert_eq!(bucket.labels["a"], "1");
    assert_eq!(bucket.location, "US-CENTRAL1");
}
