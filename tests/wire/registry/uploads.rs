//! Blobs: uploads of every kind, ranges and mounts.

use reqwest::{StatusCode, header};

use super::server::{Server, digest_of, header_of, refusal};

const APP: &str = "p/r/app";

#[tokio::test]
async fn a_blob_is_uploaded_in_chunks_in_order() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path(), &["r"]).await;
    let begun = server.http.post(server.url(APP, "blobs/uploads/")).send().await.unwrap();
    let session = server.follow(&begun);
    let piece = |range: &'static str, body: &'static str| {
        server.http.patch(&session).header(header::CONTENT_RANGE, range).body(body).send()
    };
    let first = piece("0-3", "abcd").await.unwrap();
    assert_eq!((first.status(), header_of(&first, "range")), (StatusCode::ACCEPTED, "0-3"));
    let out_of_order = piece("6-7", "gh").await.unwrap();
    assert_eq!(
        (out_of_order.status(), header_of(&out_of_order, "range")),
        (StatusCode::RANGE_NOT_SATISFIABLE, "0-3")
    );
    let wrong_length = piece("4-9", "ef").await.unwrap();
    assert_eq!(refusal(wrong_length).await.1, "SIZE_INVALID");
    let second = piece("4-5", "ef").await.unwrap();
    assert_eq!((second.status(), header_of(&second, "range")), (StatusCode::ACCEPTED, "0-5"));
    let status = server.http.get(&session).send().await.unwrap();
    assert_eq!((status.status(), header_of(&status, "range")), (StatusCode::NO_CONTENT, "0-5"));
    let digest = digest_of(b"abcdefgh");
    let done =
        server.http.put(format!("{session}?digest={digest}")).body("gh").send().await.unwrap();
    assert_eq!(
        (done.status(), header_of(&done, "docker-content-digest")),
        (StatusCode::CREATED, &*digest)
    );
    let blob = server.http.get(server.follow(&done)).send().await.unwrap();
    assert_eq!(blob.text().await.unwrap(), "abcdefgh");
    let over = server.http.get(&session).send().await.unwrap();
    assert_eq!(refusal(over).await.1, "BLOB_UPLOAD_UNKNOWN");
}

#[tokio::test]
async fn a_blob_is_uploaded_in_one_request_and_by_sha512() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path(), &["r"]).await;
    let digest = digest_of(b"whole");
    let done = server
        .http
        .post(server.url(APP, &format!("blobs/uploads/?digest={digest}")))
        .body("whole")
        .send()
        .await
        .unwrap();
    assert_eq!(done.status(), StatusCode::CREATED);
    // From `printf abc | sha512sum`.
    let digest = "sha512:ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a\
                  2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f";
    let done = server
        .http
        .post(server.url(APP, &format!("blobs/uploads/?digest={digest}")))
        .body("abc")
        .send()
        .await
        .unwrap();
    assert_eq!(done.status(), StatusCode::CREATED);
    assert_eq!(server.get(APP, &format!("blobs/{digest}")).await.text().await.unwrap(), "abc");
}

#[tokio::test]
async fn bytes_without_the_announced_digest_are_rejected_and_discarded() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path(), &["r"]).await;
    let digest = digest_of(b"promised");
    let begun = server.http.post(server.url(APP, "blobs/uploads/")).send().await.unwrap();
    let session = server.follow(&begun);
    let refused =
        server.http.put(format!("{session}?digest={digest}")).body("sent").send().await.unwrap();
    let (status, code, message) = refusal(refused).await;
    assert_eq!((status, &*code), (StatusCode::BAD_REQUEST, "DIGEST_INVALID"));
    assert!(message.contains(&digest_of(b"sent")), "{message}");
    for unknown in [digest, digest_of(b"sent")] {
        assert_eq!(
            refusal(server.get(APP, &format!("blobs/{unknown}")).await).await.1,
            "BLOB_UNKNOWN"
        );
    }
    assert_eq!(
        refusal(server.http.get(session).send().await.unwrap()).await.1,
        "BLOB_UPLOAD_UNKNOWN"
    );
    assert_eq!(std::fs::read_dir(dir.path().join("incoming")).unwrap().count(), 0);
}

#[tokio::test]
async fn two_concurrent_uploads_of_the_same_blob_succeed() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path(), &["r"]).await;
    let (one, other) =
        tokio::join!(server.push_blob(APP, b"the same"), server.push_blob(APP, b"the same"));
    assert_eq!(one, other);
    assert_eq!(server.get(APP, &format!("blobs/{one}")).await.text().await.unwrap(), "the same");
    assert_eq!(std::fs::read_dir(dir.path().join("contents")).unwrap().count(), 1);
}

#[tokio::test]
async fn a_cancelled_upload_is_gone() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path(), &["r"]).await;
    let begun = server.http.post(server.url(APP, "blobs/uploads/")).send().await.unwrap();
    let session = server.follow(&begun);
    assert_eq!(server.http.delete(&session).send().await.unwrap().status(), StatusCode::NO_CONTENT);
    assert_eq!(server.http.delete(&session).send().await.unwrap().status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_part_of_a_blob_is_pulled() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path(), &["r"]).await;
    let digest = server.push_blob(APP, b"0123456789").await;
    let url = server.url(APP, &format!("blobs/{digest}"));
    for (range, content_range, body) in
        [("bytes=2-4", "bytes 2-4/10", "234"), ("bytes=-3", "bytes 7-9/10", "789")]
    {
        let part = server.http.get(&url).header(header::RANGE, range).send().await.unwrap();
        assert_eq!(
            (part.status(), header_of(&part, "content-range")),
            (StatusCode::PARTIAL_CONTENT, content_range)
        );
        assert_eq!(part.text().await.unwrap(), body);
    }
    let beyond = server.http.get(&url).header(header::RANGE, "bytes=10-").send().await.unwrap();
    assert_eq!(
        (beyond.status(), header_of(&beyond, "content-range")),
        (StatusCode::RANGE_NOT_SATISFIABLE, "bytes */10")
    );
    let head = server.http.head(&url).send().await.unwrap();
    assert_eq!((head.status(), header_of(&head, "content-length")), (StatusCode::OK, "10"));
    assert_eq!(header_of(&head, "docker-content-digest"), digest);
}

#[tokio::test]
async fn a_blob_is_mounted_from_another_image_or_else_uploaded() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path(), &["r", "s"]).await;
    let digest = server.push_blob(APP, b"shared").await;
    let mount = |query: String| {
        server.http.post(server.url("p/s/other", &format!("blobs/uploads/?mount={query}"))).send()
    };
    for (query, expected) in [
        (format!("{digest}&from=p/r/none"), StatusCode::ACCEPTED),
        (format!("{digest}&from=p/none/app"), StatusCode::ACCEPTED),
        (format!("{}&from={APP}", digest_of(b"unknown")), StatusCode::ACCEPTED),
        (format!("{digest}&from={APP}"), StatusCode::CREATED),
        (digest.clone(), StatusCode::CREATED),
    ] {
        assert_eq!(mount(query.clone()).await.unwrap().status(), expected, "{query}");
    }
    assert_eq!(
        server.get("p/s/other", &format!("blobs/{digest}")).await.text().await.unwrap(),
        "shared"
    );
}
