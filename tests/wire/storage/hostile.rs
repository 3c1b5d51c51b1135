//! Requests that no client of Google's would send: each is rejected, and the next one succeeds.

use super::Server;

#[tokio::test]
async fn odd_requests_are_rejected_and_the_next_one_succeeds() {
    let (_dir, server) = Server::with_bucket().await;
    let http = reqwest::Client::new();
    let mixed = "multipart/mixed; boundary=x";
    let related = "multipart/related; boundary=x";
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
        ("PATCH", "/storage/v1/b/ledger", "", "[]", 400),
        ("PATCH", "/storage/v1/b/ledger", "", r#"{"labels": 7}"#, 400),
        ("PUT", "/storage/v1/b/ledger/iam", "", r#"{"bindings": 7}"#, 400),
        ("POST", "/storage/v1/b/ledger/o/a/compose", "", r#"{"sourceObjects": "all"}"#, 400),
        ("POST", "/storage/v1/b/ledger/o/a/rewriteTo/b/ledger/o/b?rewriteToken=%21", "", "", 404),
        (
            "POST",
            "/storage/v1/b/ledger/notificationConfigs",
            "",
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
