//! Requests that no client of Google's would send: each is rejected, and the next one succeeds.

use super::Server;

#[tokio::test]
async fn odd_requests_are_rejected_and_the_next_one_succeeds() {
    let (_dir, server) = Server::with_bucket().await;
    let http = reqwest::Client::new();
    let mixed = "multipart/mixed; boundary=x";
    let related = "multipart/related; boundary=x";
    let json = "application/json";
    let table: [(&str, &str, &str, &str, u16); 18] = [
        ("POST", "/batch/storage/v1", "text/plain", "", 400),
        ("POST", "/batch/storage/v1", mixed, "--x", 400),
        (
            "POST",
            "/batch/storage/v1",
            mixed,
            "--x\r\n\r\nGET /storage/v1/b/ledger/o/a?alt=media HTTP/1.1\r\n--x--",
            400,
        ),
        ("POST", "/batch/storage/v1", mixed, "--x\r\n\r\n\u{0}\r\n--x--", 400),
        (
            "POST",
            "/upload/storage/v1/b/ledger/o?uploadType=multipart",
            related,
            "--x\r\n\r\n{\r\n--x--",
            400,
        ),
        ("POST", "/upload/storage/v1/b/ledger/o?uploadType=other", "", "", 400),
        ("PUT", "/upload/storage/v1/b/ledger/o?upload_id=none", "", "content", 404),
        ("PATCH", "/storage/v1/b/ledger", json, "[]", 400),
        ("PATCH", "/storage/v1/b/ledger", json, r#"{"labels": 7}"#, 400),
        ("PUT", "/storage/v1/b/ledger/iam", json, r#"{"bindings": 7}"#, 400),
        ("POST", "/storage/v1/b/ledger/o/a/compose", json, r#"{"sourceObjects": "all"}"#, 400),
        ("POST", "/storage/v1/b/ledger/o/a/rewriteTo/b/ledger/o/b?rewriteToken=%21", "", "", 404),
        (
            "POST",
            "/storage/v1/b/ledger/notificationConfigs",
            json,
            r#"{"topic": "t", "payload_format": "NONE"}"#,
            400,
        ),
        ("GET", "/storage/v1/b/ledger/o?matchGlob=%5Ba", "", "", 400),
        ("GET", "/storage/v1/b/ledger/o?fields=items(", "", "", 400),
        ("GET", "/storage/v1/b/%FF", "", "", 400),
        ("GET", "/ledger/%FF", "", "", 400),
        ("GET", "/ledger/a?X-Goog-Signature=zz", "", "", 400),
    ];
    for (method, path, content_type, body, expected) in table {
        let request = http.request(method.parse().unwrap(), format!("{}{path}", server.base));
        let response =
            request.header("content-type", content_type).body(body).send().await.unwrap();
        assert_eq!(response.status().as_u16(), expected, "{method} {path} {body}");
    }
    let bucket = http.get(format!("{}/storage/v1/b/ledger", server.base)).send().await.unwrap();
    assert_eq!(bucket.status().as_u16(), 200);
}

#[tokio::test]
async fn documents_must_be_declared_as_json() {
    let (_dir, server) = Server::with_bucket().await;
    let http = reqwest::Client::new();
    for (path, body) in [
        ("/storage/v1/b?project=demo", r#"{"name": "made-by-a-page"}"#),
        ("/b?project=demo", r#"{"name": "made-by-a-page"}"#),
        ("/upload/storage/v1/b/ledger/o?uploadType=resumable", r#"{"name": "a"}"#),
    ] {
        for content_type in [Some("text/plain"), Some("application/x-www-form-urlencoded"), None] {
            let mut request = http.post(format!("{}{path}", server.base)).body(body);
            if let Some(content_type) = content_type {
                request = request.header("content-type", content_type);
            }
            let response = request.send().await.unwrap();
            assert_eq!(response.status().as_u16(), 400, "{path} {content_type:?}");
            assert!(response.text().await.unwrap().contains("application/json"), "{path}");
        }
    }
    let made = http.get(format!("{}/storage/v1/b/made-by-a-page", server.base)).send();
    assert_eq!(made.await.unwrap().status().as_u16(), 404);
}

#[tokio::test]
async fn only_a_signature_may_choose_headers_of_the_response() {
    let (_dir, server) = Server::with_bucket().await;
    let http = reqwest::Client::new();
    let object = format!("{}/ledger/page", server.base);
    let put = http.put(&object).header("content-type", "text/plain").body("<script></script>");
    assert_eq!(put.send().await.unwrap().status().as_u16(), 200);
    for query in ["response-content-type=text/html", "response-content-disposition=inline"] {
        let refused = http.get(format!("{object}?{query}")).send().await.unwrap();
        assert_eq!(refused.status().as_u16(), 400, "{query}");
        assert_ne!(refused.headers()["content-type"], "text/html", "{query}");
    }
    let read = http.get(&object).send().await.unwrap();
    assert_eq!(read.headers()["content-type"], "text/plain");
    assert_eq!(read.headers()["x-content-type-options"], "nosniff");
}
