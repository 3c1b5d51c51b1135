//! Manifests, lists, names, announcements and restarts.

use reqwest::{StatusCode, header};
use serde_json::{Value, json};

use super::server::{OCI_MANIFEST, Server, digest_of, header_of, refusal};

const APP: &str = "p/r/app";

#[tokio::test]
async fn an_image_is_pulled_by_tag_and_by_digest_as_it_was_pushed() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path(), &["r"]).await;
    let base = server.http.get(format!("http://{}/v2/", server.distribution)).send().await.unwrap();
    assert_eq!(
        (base.status(), header_of(&base, "docker-distribution-api-version")),
        (StatusCode::OK, "registry/2.0")
    );
    let manifest = server.push_image("p/r/team/app", "v1", b"layer").await.to_string();
    let digest = digest_of(manifest.as_bytes());
    for reference in ["v1", &digest] {
        let pulled = server.get("p/r/team/app", &format!("manifests/{reference}")).await;
        assert_eq!(
            (header_of(&pulled, "content-type"), header_of(&pulled, "docker-content-digest")),
            (OCI_MANIFEST, &*digest)
        );
        assert_eq!(pulled.text().await.unwrap(), manifest);
        let head = server
            .http
            .head(server.url("p/r/team/app", &format!("manifests/{reference}")))
            .send()
            .await
            .unwrap();
        assert_eq!(
            (head.status(), header_of(&head, "content-length")),
            (StatusCode::OK, &*manifest.len().to_string())
        );
    }
    for (reference, expected) in [
        ("none", "MANIFEST_UNKNOWN"),
        (".bad", "MANIFEST_UNKNOWN"),
        (&digest_of(b""), "MANIFEST_UNKNOWN"),
    ] {
        let refused = server.get("p/r/team/app", &format!("manifests/{reference}")).await;
        assert_eq!(refusal(refused).await.1, expected, "{reference}");
    }
}

#[tokio::test]
async fn a_manifest_with_missing_content_is_rejected() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path(), &["r"]).await;
    let missing = digest_of(b"missing");
    let of_missing =
        json!({"mediaType": OCI_MANIFEST, "config": {"digest": missing, "size": 7}, "layers": []});
    let (status, code, message) = refusal(server.push_manifest(APP, "v1", &of_missing).await).await;
    assert_eq!((status, &*code), (StatusCode::NOT_FOUND, "MANIFEST_BLOB_UNKNOWN"));
    assert!(message.contains(&missing), "{message}");
    let harmless = json!({"mediaType": OCI_MANIFEST});
    for (reference, manifest, expected) in [
        (&*missing, &harmless, "DIGEST_INVALID"),
        (".bad", &harmless, "MANIFEST_INVALID"),
        ("v1", &json!({"mediaType": "text/plain"}), "MANIFEST_INVALID"),
    ] {
        assert_eq!(
            refusal(server.push_manifest(APP, reference, manifest).await).await.1,
            expected,
            "{reference}"
        );
    }
    assert_eq!(server.notices.take(), []);
}

#[tokio::test]
async fn a_push_into_a_repository_that_does_not_exist_says_how_to_create_it() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path(), &[]).await;
    let post = server.http.post(server.url("p/absent/app", "blobs/uploads/"));
    let (status, code, message) =
        refusal(post.header(header::HOST, "us-docker.pkg.dev").send().await.unwrap()).await;
    assert_eq!((status, &*code), (StatusCode::NOT_FOUND, "NAME_UNKNOWN"));
    for part in [
        "\"absent\" not found",
        "gcloud artifacts repositories create absent",
        "--location=us",
        "--project=p",
    ] {
        assert!(message.contains(part), "{message}");
    }
    let (status, code, message) = refusal(server.get("p/app", "manifests/v1").await).await;
    assert_eq!((status, &*code), (StatusCode::BAD_REQUEST, "NAME_INVALID"));
    assert!(message.contains("Missing image name"), "{message}");
}

#[tokio::test]
async fn the_host_selects_between_repositories_with_the_same_name() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path(), &["r"]).await;
    let url =
        format!("http://{}/v1/projects/p/locations/us/repositories?repositoryId=r", server.api);
    server.http.post(url).json(&json!({"format": 1})).send().await.unwrap();
    let push = |host: &'static str| {
        let put = server.http.put(server.url(APP, "manifests/v1")).header(header::HOST, host);
        put.header(header::CONTENT_TYPE, OCI_MANIFEST).body("{}").send()
    };
    for (host, status, announced) in [
        ("us-docker.pkg.dev", StatusCode::CREATED, Some("us-docker.pkg.dev/p/r/app:v1")),
        ("localhost:5000", StatusCode::CREATED, Some("europe-west1-docker.pkg.dev/p/r/app:v1")),
        ("asia-docker.pkg.dev", StatusCode::NOT_FOUND, None),
    ] {
        assert_eq!(push(host).await.unwrap().status(), status, "{host}");
        let notices = server.notices.take();
        assert_eq!(
            notices.first().map(|(_, data)| data["tag"].as_str().unwrap()),
            announced,
            "{host}"
        );
    }
}

#[tokio::test]
async fn every_push_and_deletion_is_announced_on_gcr() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path(), &["r"]).await;
    let manifest = server.push_image(APP, "v1", b"layer").await;
    let digest = digest_of(manifest.to_string().as_bytes());
    let by_digest = format!("europe-west1-docker.pkg.dev/p/r/app@{digest}");
    let by_tag = "europe-west1-docker.pkg.dev/p/r/app:v1";
    let on_gcr = |data: Value| ("projects/p/topics/gcr".to_owned(), data);
    assert_eq!(
        server.notices.take(),
        [on_gcr(json!({"action": "INSERT", "digest": by_digest, "tag": by_tag}))]
    );
    server.push_manifest(APP, &digest, &manifest).await;
    assert_eq!(server.notices.take(), [on_gcr(json!({"action": "INSERT", "digest": by_digest}))]);
    for (reference, data) in [
        ("v1", json!({"action": "DELETE", "tag": by_tag})),
        (&*digest, json!({"action": "DELETE", "digest": by_digest})),
    ] {
        let url = server.url(APP, &format!("manifests/{reference}"));
        assert_eq!(server.http.delete(&url).send().await.unwrap().status(), StatusCode::ACCEPTED);
        assert_eq!(server.notices.take(), [on_gcr(data)]);
        assert_eq!(server.http.delete(&url).send().await.unwrap().status(), StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn a_manifest_is_not_deleted_by_digest_while_tags_point_to_it() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path(), &["r"]).await;
    let manifest = server.push_image(APP, "v1", b"layer").await;
    let digest = digest_of(manifest.to_string().as_bytes());
    let by_digest = server.url(APP, &format!("manifests/{digest}"));
    let refused = server.http.delete(&by_digest).send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
    let error: Value = refused.json().await.unwrap();
    assert_eq!(error["errors"][0]["code"], "GOOGLE_MANIFEST_DANGLING_TAG");
    assert!(error["errors"][0]["message"].as_str().unwrap().contains("v1"), "{error}");
    let by_tag = server.url(APP, "manifests/v1");
    assert_eq!(server.http.delete(&by_tag).send().await.unwrap().status(), StatusCode::ACCEPTED);
    assert_eq!(server.http.delete(&by_digest).send().await.unwrap().status(), StatusCode::ACCEPTED);
}

#[tokio::test]
async fn tags_are_listed_in_pages_that_link_to_the_next() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path(), &["r"]).await;
    for tag in ["c", "a", "B", "d", "e"] {
        server.push_image(APP, tag, b"layer").await;
    }
    let all: Value = server.get(APP, "tags/list").await.json().await.unwrap();
    assert_eq!(all, json!({"name": APP, "tags": ["a", "B", "c", "d", "e"]}));
    let (mut url, mut pages) = (server.url(APP, "tags/list?n=2"), Vec::new());
    loop {
        let page = server.http.get(&url).send().await.unwrap();
        let next = header_of(&page, "link")
            .strip_prefix('<')
            .and_then(|link| link.strip_suffix(">; rel=\"next\""));
        let next = next.map(|path| format!("http://{}{path}", server.distribution));
        pages.push(page.json::<Value>().await.unwrap()["tags"].clone());
        match next {
            Some(next) => url = next,
            None => break,
        }
    }
    assert_eq!(pages, [json!(["a", "B"]), json!(["c", "d"]), json!(["e"])]);
    assert_eq!(refusal(server.get("p/r/none", "tags/list").await).await.1, "NAME_UNKNOWN");
}

#[tokio::test]
async fn the_catalog_lists_every_image_that_can_be_pulled() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path(), &["r", "s"]).await;
    for image in ["p/r/b", "p/r/a/deep", "p/s/a"] {
        server.push_image(image, "v1", b"layer").await;
    }
    server.push_blob("p/r/only-a-blob", b"blob").await;
    let mut url = format!("http://{}/v2/_catalog?n=2", server.distribution);
    let mut pages = Vec::new();
    loop {
        let page = server.http.get(&url).send().await.unwrap();
        let link = header_of(&page, "link").to_owned();
        pages.push(page.json::<Value>().await.unwrap()["repositories"].clone());
        let Some(next) = link.strip_prefix('<').and_then(|link| link.split_once('>')) else {
            break;
        };
        url = format!("http://{}{}", server.distribution, next.0);
    }
    assert_eq!(pages, [json!(["p/r/a/deep", "p/r/b"]), json!(["p/s/a"])]);
}

#[tokio::test]
async fn referrers_are_listed_by_type_even_before_their_subject_exists() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path(), &["r"]).await;
    let subject = digest_of(b"not pushed");
    for (tag, artifact_type) in [("sig", "test/signature"), ("sbom", "test/sbom")] {
        let about = json!({"mediaType": OCI_MANIFEST, "digest": subject, "size": 10});
        let manifest = json!({
            "mediaType": OCI_MANIFEST, "artifactType": artifact_type, "subject": about, "annotations": {"tag": tag},
        });
        let pushed = server.push_manifest(APP, tag, &manifest).await;
        assert_eq!(
            (pushed.status(), header_of(&pushed, "oci-subject")),
            (StatusCode::CREATED, &*subject)
        );
    }
    let all: Value = server.get(APP, &format!("referrers/{subject}")).await.json().await.unwrap();
    assert_eq!(all["manifests"].as_array().unwrap().len(), 2);
    let filtered = server.get(APP, &format!("referrers/{subject}?artifactType=test/sbom")).await;
    assert_eq!(header_of(&filtered, "oci-filters-applied"), "artifactType");
    assert_eq!(header_of(&filtered, "content-type"), "application/vnd.oci.image.index.v1+json");
    let filtered: Value = filtered.json().await.unwrap();
    let [descriptor] = filtered["manifests"].as_array().unwrap().as_slice() else {
        panic!("{filtered}")
    };
    assert_eq!(
        (&descriptor["artifactType"], &descriptor["annotations"]["tag"]),
        (&json!("test/sbom"), &json!("sbom"))
    );
    let none: Value =
        server.get("p/r/none", &format!("referrers/{subject}")).await.json().await.unwrap();
    assert_eq!(none["manifests"], json!([]));
}

#[tokio::test]
async fn everything_acknowledged_survives_a_kill() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path(), &["r"]).await;
    let manifest = server.push_image(APP, "v1", b"layer").await;
    let lonely = server.push_blob(APP, b"its manifest comes later").await;
    let begun = server.http.post(server.url(APP, "blobs/uploads/")).send().await.unwrap();
    let session = header_of(&begun, "location").to_owned();
    server.kill().await;
    let server = Server::start(dir.path(), &[]).await;
    assert_eq!(server.get(APP, "manifests/v1").await.text().await.unwrap(), manifest.to_string());
    let layer = manifest["layers"][0]["digest"].as_str().unwrap();
    assert_eq!(server.get(APP, &format!("blobs/{layer}")).await.text().await.unwrap(), "layer");
    assert_eq!(server.get(APP, &format!("blobs/{lonely}")).await.status(), StatusCode::OK);
    let gone =
        server.http.get(format!("http://{}{session}", server.distribution)).send().await.unwrap();
    assert_eq!(refusal(gone).await.1, "BLOB_UPLOAD_UNKNOWN");
}
