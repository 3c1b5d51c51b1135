use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::to_bytes;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use longshore_local_kit::Announce;
use longshore_local_kit::keys::NoKeys;
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::Service as _;

use super::*;
use crate::signing::{Signing, form as signing_form, sign};
use crate::{BucketAttributes, Deps, Service};

struct Unannounced;

impl Announce for Unannounced {
    fn announce(&self, _topic: &str, _attributes: BTreeMap<String, String>, _data: Bytes) {}
}

/// The router over a bucket.
struct Bench {
    router: Router,
    _dir: TempDir,
}

struct Answer {
    status: u16,
    headers: HeaderMap,
    text: String,
}

impl Bench {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let deps = Deps {
            project: "demo".to_owned(),
            project_number: 42,
            announce: Arc::new(Unannounced),
            keys: Arc::new(NoKeys),
        };
        let service = Service::open(dir.path(), deps).unwrap();
        let (attributes, now) = (BucketAttributes::default(), OffsetDateTime::now_utc());
        service.create_bucket("bucket", "demo", attributes, now).unwrap();
        let address = "127.0.0.1:80".parse().unwrap();
        Self { router: crate::router(service, address), _dir: dir }
    }

    async fn send(&self, method: &str, uri: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let mut request = Request::builder().method(method).uri(uri).header("host", "127.0.0.1:80");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body.to_vec())).unwrap();
        let Ok(response) = self.router.clone().call(request).await;
        let (parts, body) = response.into_parts();
        let text = to_bytes(body, usize::MAX).await.unwrap();
        let text = String::from_utf8_lossy(&text).into_owned();
        Answer { status: parts.status.as_u16(), headers: parts.headers, text }
    }

    async fn put(&self, object: &str, content: &[u8]) -> Answer {
        let answer = self.send("PUT", &format!("/bucket/{object}"), &[], content).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer
    }

    /// The id and the secret of a new HMAC key.
    async fn hmac_key(&self) -> (String, String) {
        let uri =
            "/storage/v1/projects/demo/hmacKeys?serviceAccountEmail=a@demo.iam.gserviceaccount.com";
        let answer = self.send("POST", uri, &[], b"").await;
        let key: Value = serde_json::from_str(&answer.text).unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        (text(&key["metadata"]["accessId"]), text(&key["secret"]))
    }
}

fn texts(document: &str, name: &str) -> Vec<String> {
    let found = document::elements(document, name).unwrap();
    found.into_iter().map(document::unescape).collect()
}

#[tokio::test]
async fn objects_are_listed_in_pages_in_both_versions() {
    let bench = Bench::new();
    for name in ["a/1", "a/2", "b", "c%26d"] {
        bench.put(name, b"x").await;
    }
    let first = bench.send("GET", "/bucket?delimiter=/&max-keys=2", &[], b"").await;
    assert_eq!(
        (texts(&first.text, "Key"), texts(&first.text, "NextMarker")),
        (vec!["b".into()], vec!["b".into()])
    );
    assert_eq!(texts(&first.text, "IsTruncated"), ["true"]);
    assert!(first.text.contains("<CommonPrefixes><Prefix>a/</Prefix></CommonPrefixes>"));
    let rest = bench.send("GET", "/bucket/?delimiter=/&marker=b", &[], b"").await;
    assert_eq!(texts(&rest.text, "Key"), ["c&d"]);
    let folder = bench.send("GET", "/bucket?delimiter=/&marker=a/", &[], b"").await;
    assert_eq!(texts(&folder.text, "Key"), ["b", "c&d"]);

    let mut names = Vec::new();
    let mut token = String::new();
    loop {
        let uri = format!("/bucket?list-type=2&max-keys=3&continuation-token={token}");
        let page = bench.send("GET", &uri, &[], b"").await;
        names.extend(texts(&page.text, "Key"));
        match texts(&page.text, "NextContinuationToken").pop() {
            Some(next) => token = next,
            None => break,
        }
    }
    assert_eq!(names, ["a/1", "a/2", "b", "c&d"]);
    let missing = bench.send("GET", "/none", &[], b"").await;
    assert_eq!((missing.status, texts(&missing.text, "Code")), (404, vec!["NoSuchBucket".into()]));
    let other = bench.send("GET", "/bucket?lifecycle", &[], b"").await;
    assert!(other.status == 501 && other.text.contains("lifecycle"), "{}", other.text);
}

#[tokio::test]
async fn a_signed_list_is_returned_and_a_changed_one_is_not() {
    let bench = Bench::new();
    bench.put("a", b"x").await;
    let (signer, secret) = bench.hmac_key().await;
    let headers = HeaderMap::from_iter([(header::HOST, "127.0.0.1:80".parse().unwrap())]);
    let signing = Signing {
        method: "GET",
        bucket: "bucket",
        object: "",
        generation: 0,
        headers: &headers,
        signer: &signer,
        lifetime_seconds: 60,
    };
    let uri = sign(&signing, &secret, OffsetDateTime::now_utc());
    let listed = bench.send("GET", &uri, &[], b"").await;
    assert_eq!((listed.status, texts(&listed.text, "Key")), (200, vec!["a".to_owned()]));
    let changed = bench.send("GET", &format!("{uri}&prefix=x"), &[], b"").await;
    assert_eq!(texts(&changed.text, "Code"), ["SignatureDoesNotMatch"]);
}

#[tokio::test]
async fn a_multipart_upload_makes_one_object() {
    let bench = Bench::new();
    let meta = [("content-type", "text/plain"), ("x-goog-meta-a", "1")];
    let started = bench.send("POST", "/bucket/o?uploads", &meta, b"").await;
    let upload = texts(&started.text, "UploadId").pop().unwrap();
    let listed = bench.send("GET", "/bucket?uploads", &[], b"").await;
    assert_eq!(texts(&listed.text, "UploadId"), std::slice::from_ref(&upload));

    let large = vec![b'x'; 5 << 20];
    let mut list = "<CompleteMultipartUpload>".to_owned();
    for (number, content) in [(1, &large[..]), (2, b"end")] {
        let uri = format!("/bucket/o?partNumber={number}&uploadId={upload}");
        let part = bench.send("PUT", &uri, &[], content).await;
        let tag = part.headers["etag"].to_str().unwrap();
        assert_eq!(tag, format!("\"{:x}\"", md5::compute(content)));
        list += &format!("<Part><PartNumber>{number}</PartNumber><ETag>{tag}</ETag></Part>");
    }
    list += "</CompleteMultipartUpload>";
    let parts = bench.send("GET", &format!("/bucket/o?uploadId={upload}"), &[], b"").await;
    assert_eq!(texts(&parts.text, "Size"), ["5242880", "3"]);
    let uri = format!("/bucket/o?uploadId={upload}");
    let done = bench.send("POST", &uri, &[], list.as_bytes()).await;
    assert_eq!(
        (done.status, texts(&done.text, "Key")),
        (200, vec!["o".to_owned()]),
        "{}",
        done.text
    );

    let read = bench.send("GET", "/bucket/o", &[("range", "bytes=-4")], b"").await;
    assert_eq!(read.text, "xend");
    assert_eq!(read.headers["content-type"], "text/plain");
    assert_eq!(read.headers["x-goog-meta-a"], "1");
    assert_eq!(read.headers["x-goog-component-count"], "2");
    let again = bench.send("POST", &uri, &[], list.as_bytes()).await;
    assert_eq!(texts(&again.text, "Code"), ["NoSuchUpload"]);
}

#[tokio::test]
async fn a_custom_time_is_set_by_a_header() {
    const NAME: &str = "x-goog-custom-time";
    let bench = Bench::new();
    let given = [(NAME, "2026-01-02T03:04:05.678+01:00")];
    assert_eq!(bench.send("PUT", "/bucket/o", &given, b"1").await.status, 200);
    let read = bench.send("GET", "/bucket/o", &[], b"").await;
    assert_eq!(read.headers[NAME], "2026-01-02T02:04:05.678Z");

    let started = bench.send("POST", "/bucket/parts?uploads", &given, b"").await;
    let upload = texts(&started.text, "UploadId").pop().unwrap();
    let uri = format!("/bucket/parts?partNumber=1&uploadId={upload}");
    let part = bench.send("PUT", &uri, &[], b"1").await;
    let tag = part.headers["etag"].to_str().unwrap();
    let list = format!(
        "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{tag}</ETag></Part>\
         </CompleteMultipartUpload>"
    );
    let uri = format!("/bucket/parts?uploadId={upload}");
    assert_eq!(bench.send("POST", &uri, &[], list.as_bytes()).await.status, 200);
    let read = bench.send("HEAD", "/bucket/parts", &[], b"").await;
    assert_eq!(read.headers[NAME], "2026-01-02T02:04:05.678Z");

    let malformed = bench.send("PUT", "/bucket/o", &[(NAME, "soon")], b"2").await;
    assert_eq!(texts(&malformed.text, "Code"), ["InvalidArgument"]);
}

#[tokio::test]
async fn a_multipart_upload_reports_what_is_wrong() {
    let bench = Bench::new();
    let started = bench.send("POST", "/bucket/o?uploads", &[], b"").await;
    let upload = texts(&started.text, "UploadId").pop().unwrap();
    let part = |number: &str| format!("/bucket/o?partNumber={number}&uploadId={upload}");
    let digest =
        bench.send("PUT", &part("1"), &[("content-md5", "AAAAAAAAAAAAAAAAAAAAAA==")], b"x").await;
    assert_eq!(texts(&digest.text, "Code"), ["BadDigest"]);
    for number in ["0", "10001", "x"] {
        assert_eq!(bench.send("PUT", &part(number), &[], b"x").await.status, 400, "{number}");
    }
    let uri = format!("/bucket/o?uploadId={upload}");
    let missing = b"<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>a</ETag></Part></CompleteMultipartUpload>";
    let refused = bench.send("POST", &uri, &[], missing).await;
    assert_eq!((refused.status, texts(&refused.text, "Code")), (400, vec!["InvalidPart".into()]));
    assert_eq!(bench.send("POST", &uri, &[], b"{}").await.status, 400);
    let other = bench
        .send("PUT", &format!("/bucket/other?partNumber=1&uploadId={upload}"), &[], b"x")
        .await;
    assert_eq!(texts(&other.text, "Code"), ["NoSuchUpload"]);
    assert_eq!(bench.send("DELETE", &uri, &[], b"").await.status, 204);
    assert_eq!(bench.send("DELETE", &uri, &[], b"").await.status, 404);
}

const FORM: [(&str, &str); 1] = [("content-type", "multipart/form-data; boundary=b1")];

fn form(fields: &[(&str, &str)], content: &str) -> Vec<u8> {
    let fields: String = fields
        .iter()
        .map(|(name, value)| {
            format!("--b1\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
        })
        .collect();
    format!(
        "{fields}--b1\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f.txt\"\r\n\
         Content-Type: text/plain\r\n\r\n{content}\r\n--b1--\r\n"
    )
    .into_bytes()
}

#[tokio::test]
async fn a_form_uploads_what_its_policy_allows() {
    let bench = Bench::new();
    let (signer, secret) = bench.hmac_key().await;
    let policy = json!({"expiration": "2100-01-01T00:00:00Z", "conditions": [
        {"bucket": "bucket"},
        ["starts-with", "$key", "in/"],
        ["starts-with", "$Content-Type", "text/"],
        {"success_action_status": "201"},
        {"x-goog-algorithm": "GOOG4-HMAC-SHA256"},
        ["starts-with", "$x-goog-credential", ""],
        ["starts-with", "$x-goog-date", ""],
        ["content-length-range", 1, 5],
    ]});
    let policy = BASE64_STANDARD.encode(policy.to_string());
    let scope = "20260102/auto/storage/goog4_request";
    let signature = signing_form::signed(&secret, scope, &policy);
    let credential = format!("{signer}/{scope}");
    let fields = [
        ("key", "in/${filename}"),
        ("Content-Type", "text/html"),
        ("success_action_status", "201"),
        ("x-goog-algorithm", "GOOG4-HMAC-SHA256"),
        ("x-goog-credential", &credential),
        ("x-goog-date", "20260102T030405Z"),
        ("x-goog-signature", &signature),
        ("policy", &policy),
    ];
    let stored = bench.send("POST", "/bucket", &FORM, &form(&fields, "hello")).await;
    assert_eq!(
        (stored.status, texts(&stored.text, "Key")),
        (201, vec!["in/f.txt".into()]),
        "{}",
        stored.text
    );
    let read = bench.send("GET", "/bucket/in/f.txt", &[], b"").await;
    assert_eq!(
        (read.text.as_str(), &read.headers["content-type"]),
        ("hello", &HeaderValue::from_static("text/html"))
    );

    let refused = async |at: usize, value: &str, content: &str| {
        let mut fields = fields;
        fields[at].1 = value;
        let answer = bench.send("POST", "/bucket", &FORM, &form(&fields, content)).await;
        (answer.status, texts(&answer.text, "Code").pop().unwrap_or_default())
    };
    assert_eq!(refused(0, "out/a", "x").await, (403, "AccessDenied".to_owned()));
    assert_eq!(refused(6, "00", "x").await, (403, "SignatureDoesNotMatch".to_owned()));
    assert_eq!(refused(4, "GOOGNONE/20260102/auto/storage/goog4_request", "x").await.0, 403);
    assert_eq!(refused(0, "in/a", "longer").await, (400, "EntityTooLarge".to_owned()));
    assert_eq!(refused(0, "in/a", "").await, (400, "EntityTooSmall".to_owned()));
    assert_eq!(bench.send("GET", "/bucket/in/a", &[], b"").await.status, 404);
}

#[tokio::test]
async fn a_form_without_a_policy_is_anonymous_and_may_redirect() {
    let bench = Bench::new();
    let fields = [("key", "a b"), ("success_action_redirect", "http://localhost/done?x=1")];
    let stored = bench.send("POST", "/bucket", &FORM, &form(&fields, "hello")).await;
    assert_eq!(stored.status, 303);
    let target = stored.headers["location"].to_str().unwrap();
    assert!(
        target.starts_with("http://localhost/done?x=1&bucket=bucket&key=a%20b&etag="),
        "{target}"
    );
    let stored = bench.send("POST", "/bucket", &FORM, &form(&[("key", "k")], "hello")).await;
    assert_eq!(stored.status, 204);
    for (headers, body) in [
        (&FORM[..], form(&[("key", "")], "x")),
        (&FORM[..], form(&[("key", "k"), ("bucket", "other")], "x")),
        (
            &FORM[..],
            b"--b1\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\nk\r\n--b1--".to_vec(),
        ),
        (&[("content-type", "text/plain")][..], b"x".to_vec()),
    ] {
        assert_eq!(bench.send("POST", "/bucket", headers, &body).await.status, 400);
    }
}

#[tokio::test]
async fn reads_are_conditional_and_have_the_tag_of_the_content() {
    let bench = Bench::new();
    let tag = bench.put("o", b"hello").await.headers["etag"].to_str().unwrap().to_owned();
    assert_eq!(tag, format!("\"{:x}\"", md5::compute(b"hello")));
    let read = async |name: &str, value: &str| {
        let answer = bench.send("GET", "/bucket/o", &[(name, value)], b"").await;
        (answer.status, answer.headers.get("etag").cloned())
    };
    let tagged = Some(HeaderValue::from_str(&tag).unwrap());
    assert_eq!(read("if-none-match", &tag).await, (304, tagged.clone()));
    assert_eq!(read("if-match", &tag).await, (200, tagged));
    assert_eq!(read("if-match", "\"other\"").await.0, 412);
    let modified = bench.send("HEAD", "/bucket/o", &[], b"").await.headers["last-modified"].clone();
    assert_eq!(read("if-modified-since", modified.to_str().unwrap()).await.0, 304);
    assert_eq!(read("if-unmodified-since", "Sun, 06 Nov 1994 08:49:37 GMT").await.0, 412);
    let create = [("if-none-match", "*")];
    assert_eq!(bench.send("PUT", "/bucket/o", &create, b"x").await.status, 412);
    assert_eq!(bench.send("PUT", "/bucket/new", &create, b"x").await.status, 200);
}
