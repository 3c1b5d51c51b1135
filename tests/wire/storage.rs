//! Google's own client against the local cloud's storage, over the loopback interface.
#![expect(clippy::unwrap_used, reason = "a test")]

mod checked;
mod grpc;
mod hostile;
mod methods;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use google_cloud_auth::credentials::anonymous;
use google_cloud_gax::error::rpc::Code;
use google_cloud_gax::paginator::{ItemPaginator as _, Paginator as _};
use google_cloud_storage::client::{Storage, StorageControl};
use google_cloud_storage::model::{Bucket, Object};
use google_cloud_storage::model_ext::ReadRange;
use longshore_local_kit::Announce;
use longshore_local_kit::keys::NoKeys;
use longshore_local_kit::listen::{self, Access};
use longshore_local_storage::{self as local_storage, BucketAttributes, Deps, Service};
use serde_json::Value;
use tempfile::TempDir;
use time::OffsetDateTime;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

const PROJECT: &str = "demo";
const PROJECT_NUMBER: u64 = 123_456_789_012;
const BUCKET: &str = "projects/_/buckets/ledger";

/// Publishes no notices.
struct Unannounced;

impl Announce for Unannounced {
    fn announce(&self, _topic: &str, _attributes: BTreeMap<String, String>, _data: Bytes) {}
}

/// A storage server.
struct Server {
    base: String,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
    service: Arc<Service>,
}

impl Server {
    async fn start(dir: &Path) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let deps = Deps {
            project: PROJECT.to_owned(),
            project_number: PROJECT_NUMBER,
            announce: Arc::new(Unannounced),
            keys: Arc::new(NoKeys),
        };
        let service = Service::open(dir, deps).unwrap();
        let listener = listen::bind(0).await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = local_storage::router(Arc::clone(&service), address);
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = tokio::spawn(async move {
            let stopped = async { stopped.await.unwrap_or_default() };
            listen::serve(listener, router, Access::to_apis(&[]), stopped).await.unwrap();
        });
        Self { base: format!("http://{address}"), stop, serving, service }
    }

    /// A storage in an empty directory, with the bucket `ledger`.
    async fn with_bucket() -> (TempDir, Self) {
        let dir = tempfile::tempdir().unwrap();
        let server = Self::start(dir.path()).await;
        let attributes = BucketAttributes {
            location: "us-central1".to_owned(),
            uniform_access: true,
            ..BucketAttributes::default()
        };
        let now = OffsetDateTime::now_utc();
        server.service.ensure_bucket("ledger", PROJECT, attributes, now).unwrap();
        (dir, server)
    }

    /// Aborts the server, as a kill would: only what is on the disk survives.
    async fn kill(self) {
        self.serving.abort();
        assert!(self.serving.await.unwrap_err().is_cancelled());
        drop(self.stop);
    }

    async fn storage(&self) -> Storage {
        let builder = Storage::builder().with_endpoint(&self.base);
        builder.with_credentials(anonymous::Builder::new().build()).build().await.unwrap()
    }

    async fn control(&self) -> StorageControl {
        let builder = StorageControl::builder().with_endpoint(&self.base);
        builder.with_credentials(anonymous::Builder::new().build()).build().await.unwrap()
    }
}

async fn create(
    storage: &Storage,
    name: &str,
    content: &'static str,
) -> google_cloud_storage::Result<Object> {
    storage.write_object(BUCKET, name, content).set_if_generation_match(0).send_buffered().await
}

async fn read(storage: &Storage, name: &str) -> Vec<u8> {
    let mut response = storage.read_object(BUCKET, name).send().await.unwrap();
    let mut content = Vec::new();
    while let Some(piece) = response.next().await {
        content.extend_from_slice(&piece.unwrap());
    }
    content
}

/// Aperiodic bytes, so that a lost or repeated chunk is noticed.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut noise = Vec::with_capacity(length + 8);
    while noise.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        noise.extend_from_slice(&state.to_le_bytes());
    }
    noise.truncate(length);
    noise
}

#[tokio::test]
async fn a_bucket_is_global_and_has_an_owner() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path()).await;
    let control = server.control().await;
    let create = |project: &str| {
        let bucket =
            Bucket::new().set_project(format!("projects/{project}")).set_location("us-central1");
        let bucket = bucket.set_labels([("used-by", "cloudrun")]);
        control
            .create_bucket()
            .set_parent("projects/_")
            .set_bucket_id("run-sources-demo-us-central1")
            .set_bucket(bucket)
    };
    let missing = control
        .get_bucket()
        .set_name("projects/_/buckets/run-sources-demo-us-central1")
        .send()
        .await
        .unwrap_err();
    assert_eq!(missing.status().unwrap().code, Code::NotFound);

    let made = create(PROJECT).send().await.unwrap();
    assert_eq!(made.project, format!("projects/{PROJECT_NUMBER}"));
    let found = control.get_bucket().set_name(&made.name).send().await.unwrap();
    assert_eq!(found.location, "US-CENTRAL1");
    assert_eq!(found.labels["used-by"], "cloudrun");
    assert!(found.create_time.is_some());

    for project in [PROJECT, "somebody-else"] {
        let taken = create(project).send().await.unwrap_err();
        assert_eq!(taken.status().unwrap().code, Code::AlreadyExists);
    }
    let mine =
        control.list_buckets().set_parent(format!("projects/{PROJECT}")).send().await.unwrap();
    assert_eq!(mine.buckets.len(), 1);
    let theirs = control.list_buckets().set_parent("projects/somebody-else").send().await.unwrap();
    assert!(theirs.buckets.is_empty());
    control.delete_bucket().set_name(&made.name).send().await.unwrap();
}

#[tokio::test]
async fn a_create_only_write_succeeds_once_and_a_swap_needs_the_generation() {
    let (_dir, server) = Server::with_bucket().await;
    let storage = server.storage().await;
    let first = create(&storage, "functions/p/r/f/head", "one").await.unwrap();
    let again = create(&storage, "functions/p/r/f/head", "other").await.unwrap_err();
    assert_eq!(again.http_status_code(), Some(412));

    let swap = |generation: i64, content: &'static str| {
        storage
            .write_object(BUCKET, "functions/p/r/f/head", content)
            .set_if_generation_match(generation)
            .send_buffered()
    };
    let second = swap(first.generation, "two").await.unwrap();
    assert!(second.generation > first.generation);
    assert_eq!(swap(first.generation, "three").await.unwrap_err().http_status_code(), Some(412));
    assert_eq!(read(&storage, "functions/p/r/f/head").await, b"two");

    let control = server.control().await;
    let found = control
        .get_object()
        .set_bucket(BUCKET)
        .set_object("functions/p/r/f/head")
        .send()
        .await
        .unwrap();
    assert_eq!(found.generation, second.generation);
    assert_eq!(found.checksums.unwrap().crc32c, second.checksums.unwrap().crc32c);
    let delete = || control.delete_object().set_bucket(BUCKET).set_object("functions/p/r/f/head");
    let stale = delete().set_if_generation_match(first.generation).send().await.unwrap_err();
    assert_eq!(stale.status().unwrap().code, Code::FailedPrecondition);
    delete().send().await.unwrap();
    assert_eq!(delete().send().await.unwrap_err().status().unwrap().code, Code::NotFound);
}

#[tokio::test]
async fn a_missing_object_and_a_missing_bucket_are_404() {
    let (_dir, server) = Server::with_bucket().await;
    let storage = server.storage().await;
    for bucket in [BUCKET, "projects/_/buckets/none"] {
        let error = storage.read_object(bucket, "a").send().await.unwrap_err();
        assert_eq!(error.http_status_code(), Some(404), "{bucket}");
    }
    let error = storage
        .write_object("projects/_/buckets/none", "a", "x")
        .send_buffered()
        .await
        .unwrap_err();
    assert_eq!(error.http_status_code(), Some(404));
}

#[tokio::test]
async fn names_and_attributes_of_every_kind_survive_a_round_trip() {
    let (_dir, server) = Server::with_bucket().await;
    let storage = server.storage().await;
    for name in ["a b+c%2F#?&=.txt", "日本/ä", "ends/with/"] {
        let write = storage.write_object(BUCKET, name, "content").set_content_type("text/plain");
        let written =
            write.set_metadata([("key", "value")]).compute_md5().send_unbuffered().await.unwrap();
        assert_eq!(written.name, name);
        assert_eq!(written.content_type, "text/plain");
        assert_eq!(read(&storage, name).await, b"content");
        let response = storage
            .read_object(BUCKET, name)
            .set_generation(written.generation)
            .send()
            .await
            .unwrap();
        assert_eq!(response.object().metadata["key"], "value");
        assert_eq!(response.object().generation, written.generation);
        assert_eq!(response.object().content_type, "text/plain");
    }
}

#[tokio::test]
async fn lists_have_pages_and_are_grouped_at_the_delimiter() {
    let (_dir, server) = Server::with_bucket().await;
    let (storage, control) = (server.storage().await, server.control().await);
    let mut names: Vec<String> = (0..25).map(|number| format!("open/{number:02}")).collect();
    for name in &names {
        create(&storage, name, "").await.unwrap();
    }
    create(&storage, "top", "").await.unwrap();

    let mut pages =
        control.list_objects().set_parent(BUCKET).set_prefix("open/").set_page_size(10).by_page();
    let mut sizes = Vec::new();
    while let Some(page) = pages.next().await {
        sizes.push(page.unwrap().objects.len());
    }
    assert_eq!(sizes, [10, 10, 5]);

    let mut items = control.list_objects().set_parent(BUCKET).set_page_size(4).by_item();
    let mut found = Vec::new();
    while let Some(item) = items.next().await {
        found.push(item.unwrap().name);
    }
    names.push("top".to_owned());
    assert_eq!(found, names);

    let folded = control.list_objects().set_parent(BUCKET).set_delimiter("/").send().await.unwrap();
    assert_eq!(folded.prefixes, ["open/"]);
    assert_eq!(folded.objects.len(), 1);
}

#[tokio::test]
async fn forty_megabytes_are_uploaded_from_a_file_and_downloaded_unchanged() {
    const LENGTH: usize = 40_000_000;
    let (dir, server) = Server::with_bucket().await;
    let storage = server.storage().await;
    let content = noise(LENGTH);
    let path = dir.path().join("source.zip");
    tokio::fs::write(&path, &content).await.unwrap();
    for (name, buffered) in [("buffered", true), ("unbuffered", false)] {
        let file = tokio::fs::File::open(&path).await.unwrap();
        let write = storage.write_object(BUCKET, name, file).set_if_generation_match(0);
        let written = if buffered {
            Box::pin(write.send_buffered()).await
        } else {
            Box::pin(write.send_unbuffered()).await
        }
        .unwrap();
        assert_eq!(written.size, i64::try_from(LENGTH).unwrap());
        // Not assert_eq: it would print forty megabytes.
        assert!(read(&storage, name).await == content, "{name}");
    }

    let segment = storage
        .read_object(BUCKET, "buffered")
        .set_read_range(ReadRange::segment(30_000_000, 1_000_000));
    let mut response = segment.send().await.unwrap();
    let mut found = Vec::new();
    while let Some(piece) = response.next().await {
        found.extend_from_slice(&piece.unwrap());
    }
    assert!(found == content[30_000_000..31_000_000]);
}

#[tokio::test]
async fn content_that_was_damaged_in_transit_is_not_stored() {
    let (_dir, server) = Server::with_bucket().await;
    let storage = server.storage().await;
    let write = storage.write_object(BUCKET, "a", "content").with_known_crc32c(1_u32);
    assert_eq!(write.send_unbuffered().await.unwrap_err().http_status_code(), Some(400));
    let error = storage.read_object(BUCKET, "a").send().await.unwrap_err();
    assert_eq!(error.http_status_code(), Some(404));
}

#[tokio::test]
async fn exactly_one_of_many_clients_that_create_an_object_succeeds() {
    let (_dir, server) = Server::with_bucket().await;
    let storage = server.storage().await;
    let attempts: Vec<_> = (0..16)
        .map(|_| {
            let storage = storage.clone();
            tokio::spawn(async move { create(&storage, "claim", "mine").await })
        })
        .collect();
    let mut statuses = Vec::new();
    for attempt in attempts {
        statuses
            .push(attempt.await.unwrap().map_or_else(|error| error.http_status_code(), |_| None));
    }
    assert_eq!(statuses.iter().filter(|status| status.is_none()).count(), 1);
    assert_eq!(statuses.iter().filter(|status| **status == Some(412)).count(), 15);
}

#[tokio::test]
async fn a_restart_keeps_objects_and_buckets() {
    let (dir, server) = Server::with_bucket().await;
    let written = create(&server.storage().await, "kept", "content").await.unwrap();
    server.kill().await;

    let server = Server::start(dir.path()).await;
    let storage = server.storage().await;
    assert_eq!(read(&storage, "kept").await, b"content");
    let again = create(&storage, "kept", "other").await.unwrap_err();
    assert_eq!(again.http_status_code(), Some(412));
    let swapped = storage
        .write_object(BUCKET, "kept", "new")
        .set_if_generation_match(written.generation)
        .send_buffered()
        .await;
    assert!(swapped.unwrap().generation > written.generation);
}

#[tokio::test]
async fn a_resumable_upload_continues_after_a_restart() {
    const PIECE: usize = 256 * 1024;
    let (dir, server) = Server::with_bucket().await;
    let content = Bytes::from(noise(PIECE + 10));
    let http = reqwest::Client::new();
    let start = format!("{}/upload/storage/v1/b/ledger/o?uploadType=resumable&name=a", server.base);
    let start = http.post(start).header("content-type", "application/json");
    let location = start.body(r#"{"contentType":"text/plain"}"#).send().await.unwrap();
    let location = location.headers()["location"].to_str().unwrap().to_owned();
    let put = |location: &str, range: String, body: Bytes| {
        http.put(location).header("content-range", range).body(body).send()
    };
    let whole = content.len();
    let answer = put(&location, format!("bytes 0-{}/{whole}", PIECE - 1), content.slice(..PIECE))
        .await
        .unwrap();
    assert_eq!(
        (answer.status().as_u16(), answer.headers()["range"].to_str().unwrap()),
        (308, "bytes=0-262143")
    );
    let old_base = server.base.clone();
    server.kill().await;

    let server = Server::start(dir.path()).await;
    let location = location.replace(&old_base, &server.base);
    let status = put(&location, "bytes */*".to_owned(), Bytes::new()).await.unwrap();
    assert_eq!(
        (status.status().as_u16(), status.headers()["range"].to_str().unwrap()),
        (308, "bytes=0-262143")
    );
    let rest =
        || put(&location, format!("bytes {PIECE}-{}/{whole}", whole - 1), content.slice(PIECE..));
    let finished: Value = rest().await.unwrap().json().await.unwrap();
    assert_eq!(finished["contentType"], "text/plain");
    let repeated: Value = rest().await.unwrap().json().await.unwrap();
    assert_eq!(repeated["generation"], finished["generation"]);
    assert_eq!(read(&server.storage().await, "a").await, content);

    let cancelled = http.delete(&location).send().await.unwrap();
    assert_eq!(cancelled.status().as_u16(), 499);
    let gone = put(&location, "bytes */*".to_owned(), Bytes::new()).await.unwrap();
    assert_eq!(gone.status().as_u16(), 404);
}

#[tokio::test]
async fn the_json_api_answers_in_googles_words() {
    let (_dir, server) = Server::with_bucket().await;
    let http = reqwest::Client::new();
    let url = |path: &str| format!("{}/{path}", server.base);
    let json = async |request: reqwest::RequestBuilder| {
        let response = request.send().await.unwrap();
        (
            response.status().as_u16(),
            serde_json::from_slice::<Value>(&response.bytes().await.unwrap()).unwrap_or_default(),
        )
    };
    let insert = || {
        http.post(url("storage/v1/b?project=demo"))
            .header("content-type", "application/json")
            .body(r#"{"name":"other-bucket","location":"EU"}"#)
    };
    let (status, bucket) = json(insert()).await;
    assert_eq!((status, bucket["projectNumber"].as_str()), (200, Some("123456789012")));
    let (status, error) = json(insert()).await;
    assert_eq!((status, error["error"]["errors"][0]["reason"].as_str()), (409, Some("conflict")));

    let upload = http
        .post(url("upload/storage/v1/b/ledger/o?uploadType=media&name=a/b"))
        .header("content-type", "text/plain");
    let (status, object) = json(upload.body("content")).await;
    assert_eq!(
        (status, object["size"].as_str(), object["contentType"].as_str()),
        (200, Some("7"), Some("text/plain"))
    );
    let media = http
        .get(object["mediaLink"].as_str().unwrap())
        .header("range", "bytes=-3")
        .send()
        .await
        .unwrap();
    assert_eq!((media.status().as_u16(), media.text().await.unwrap().as_str()), (206, "ent"));
    let (_, list) = json(http.get(url("storage/v1/b/ledger/o?delimiter=/"))).await;
    assert_eq!(list["prefixes"][0], "a/");
    let (status, error) = json(http.get(url("storage/v1/b/ledger/o/none"))).await;
    assert_eq!((status, error["error"]["code"].as_u64()), (404, Some(404)));

    let (status, _) = json(http.delete(url("storage/v1/b/ledger"))).await;
    assert_eq!(status, 409);
    let (status, _) = json(http.delete(url("storage/v1/b/ledger/o/a%2Fb"))).await;
    assert_eq!(status, 204);
    let (status, _) = json(http.delete(url("storage/v1/b/ledger"))).await;
    assert_eq!(status, 204);
}

#[tokio::test]
async fn an_unsupported_method_is_rejected_by_name() {
    let (_dir, server) = Server::with_bucket().await;
    let response = reqwest::Client::new()
        .post(format!("{}/storage/v1/b/ledger/restore", server.base))
        .send()
        .await
        .unwrap();
    assert_eq!(response.status().as_u16(), 501);
    assert!(response.text().await.unwrap().contains("POST /storage/v1/b/ledger/restore"));

    let control = server.control().await;
    let restore = control
        .restore_object()
        .set_bucket(BUCKET)
        .set_object("a")
        .set_generation(1)
        .send()
        .await
        .unwrap_err();
    assert_eq!(restore.status().unwrap().code, Code::Unimplemented);
    assert!(
        restore.status().unwrap().message.contains("/google.storage.v2.Storage/RestoreObject"),
        "{restore}"
    );
    let folder = control
        .get_folder()
        .set_name("projects/_/buckets/ledger/folders/a")
        .send()
        .await
        .unwrap_err();
    assert_eq!(folder.status().unwrap().code, Code::Unimplemented);
    assert!(folder.status().unwrap().message.contains("StorageControl/GetFolder"), "{folder}");
}
