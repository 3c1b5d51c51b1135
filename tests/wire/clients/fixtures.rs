//! Fixtures that the scripts find in the local cloud: a repository, images that respond to
//! requests, and a source to build.

use std::io::Write as _;

use longshore_local_cloud::Endpoints;
use reqwest::{Client, StatusCode, header};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

const LOCATION: &str = "europe-west1";
const PROJECT: &str = "local-project";
const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// Responds with the value of the variable `VERSION`.
const SERVER: &str = r#"
import http.server, os
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(os.environ.get("VERSION", "none").encode())
http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
"#;

/// Creates a repository for images.
pub(crate) async fn create_repository(cloud: &Endpoints, name: &str) {
    create_repository_under(cloud, name, "").await;
}

/// The same, with a key of Cloud KMS.
pub(crate) async fn create_repository_under(cloud: &Endpoints, name: &str, key: &str) {
    let parent = format!("projects/{PROJECT}/locations/{LOCATION}");
    let url =
        format!("http://{}/v1/{parent}/repositories?repositoryId={name}", cloud.artifact_registry);
    let repository = json!({"format": "DOCKER", "kmsKeyName": key});
    let created = Client::new().post(url).json(&repository).send().await.unwrap();
    assert_eq!(created.status(), StatusCode::OK);
}

/// Pushes an image, tagged `v1`, whose program responds to requests. Returns its reference by
/// digest.
pub(crate) async fn push_image(cloud: &Endpoints, repository: &str, image: &str) -> String {
    push_program(cloud, repository, image, SERVER).await
}

/// The same for this Python script.
pub(super) async fn push_program(
    cloud: &Endpoints,
    repository: &str,
    image: &str,
    script: &str,
) -> String {
    let path = format!("{PROJECT}/{repository}/{image}");
    let mut layer =
        tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
    let mut header = tar::Header::new_gnu();
    header.set_size(script.len() as u64);
    header.set_mode(0o644);
    layer.append_data(&mut header, "workspace/main.py", script.as_bytes()).unwrap();
    let layer = push_blob(cloud, &path, layer.into_inner().unwrap().finish().unwrap()).await;
    let config = json!({"config": {"Entrypoint": ["/usr/bin/python3", "/workspace/main.py"], "WorkingDir": "/workspace"}});
    let config = push_blob(cloud, &path, config.to_string().into_bytes()).await;
    let descriptor = |(digest, size): &(String, usize), kind: &str| json!({"mediaType": kind, "digest": digest, "size": size});
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": descriptor(&config, "application/vnd.oci.image.config.v1+json"),
        "layers": [descriptor(&layer, "application/vnd.oci.image.layer.v1.tar+gzip")],
    })
    .to_string();
    let digest = digest_of(manifest.as_bytes());
    let put = Client::new().put(format!("http://{}/v2/{path}/manifests/v1", cloud.registry));
    let pushed =
        put.header(header::CONTENT_TYPE, OCI_MANIFEST).body(manifest).send().await.unwrap();
    assert_eq!(pushed.status(), StatusCode::CREATED);
    format!("{LOCATION}-docker.pkg.dev/{path}@{digest}")
}

/// Returns the digest and the length of the blob.
async fn push_blob(cloud: &Endpoints, path: &str, bytes: Vec<u8>) -> (String, usize) {
    let blob = (digest_of(&bytes), bytes.len());
    let url = format!("http://{}/v2/{path}/blobs/uploads/?digest={}", cloud.registry, blob.0);
    assert_eq!(
        Client::new().post(url).body(bytes).send().await.unwrap().status(),
        StatusCode::CREATED
    );
    blob
}

fn digest_of(bytes: &[u8]) -> String {
    let digits: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{digits}")
}

/// Stores the source of a Python function `hello` as `gs://sources/hello.zip`. It contains a wheel
/// that stands in for the framework, so that its build needs no package registry.
pub(super) async fn store_source(cloud: &Endpoints) {
    let storage = format!("http://{}", cloud.storage);
    let bucket = Client::new()
        .post(format!("{storage}/storage/v1/b?project={PROJECT}"))
        .json(&json!({"name": "sources"}));
    assert_eq!(bucket.send().await.unwrap().status(), StatusCode::OK);
    let info = "functions_framework-3.0.0.dist-info";
    let wheel = zip_of(&[
        ("functions_framework/__init__.py", b""),
        (
            &format!("{info}/METADATA"),
            b"Metadata-Version: 2.1\nName: functions-framework\nVersion: 3.0.0\n",
        ),
        (
            &format!("{info}/WHEEL"),
            b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        ),
        (&format!("{info}/RECORD"), b""),
    ]);
    let source = zip_of(&[
        ("main.py", b"def hello(request):\n    return 'hello'\n"),
        ("requirements.txt", b"--no-index\n--find-links wheels\nfunctions-framework\n"),
        ("wheels/functions_framework-3.0.0-py3-none-any.whl", &wheel),
    ]);
    let upload = format!("{storage}/upload/storage/v1/b/sources/o?uploadType=media&name=hello.zip");
    let stored = Client::new().post(upload).body(source).send().await.unwrap();
    assert_eq!(stored.json::<Value>().await.unwrap()["name"], "hello.zip");
}

fn zip_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in files {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}
