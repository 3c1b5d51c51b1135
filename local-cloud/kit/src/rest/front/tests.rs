use std::io::Write as _;

use axum::routing::{any, get};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::*;

/// Answers with what it got, or with an error for `/refused` and `/unserved`.
fn echo() -> Router {
    let echo = async |request: Request| {
        let (parts, body) = request.into_parts();
        let body = match to_bytes(body, 1024).await {
            Ok(body) => body,
            Err(error) => return body_error(&error, 1024).into_response(),
        };
        match parts.uri.path() {
            "/refused" => return RestError::not_found("no such thing").into_response(),
            "/unserved" => return RestError::unimplemented("this").into_response(),
            _ => {}
        }
        axum::Json(json!({
            "method": parts.method.as_str(),
            "uri": parts.uri.to_string(),
            "encoding": parts.headers.contains_key("content-encoding"),
            "body": String::from_utf8_lossy(&body),
        }))
        .into_response()
    };
    Front::default().before(Router::new().route("/{*path}", any(echo)))
}

async fn send(
    router: Router,
    request: axum::http::request::Builder,
    body: Vec<u8>,
) -> (u16, String) {
    let response = router.oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
    let status = response.status().as_u16();
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

async fn answer(request: axum::http::request::Builder, body: &[u8]) -> (u16, Value) {
    let (status, text) = send(echo(), request, body.to_vec()).await;
    (status, serde_json::from_str(&text).unwrap())
}

fn post(uri: &str) -> axum::http::request::Builder {
    Request::builder().method("POST").uri(uri)
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn a_body_in_gzip_is_decompressed_once() {
    let request = || post("/v1/x").header("content-encoding", "gzip");
    let (_, got) = answer(request(), &gzip(b"{\"a\":1}")).await;
    assert_eq!((&got["body"], &got["encoding"]), (&json!("{\"a\":1}"), &json!(false)));
    // A layer between two fronts sees what the API sees.
    let (_, text) = send(Front::default().before(echo()), request(), gzip(b"{}")).await;
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap()["body"], "{}");
}

#[tokio::test]
async fn a_body_is_bounded_after_it_is_decompressed() {
    let request = post("/v1/x").header("content-encoding", "gzip");
    let (status, error) = answer(request, &gzip(&[b' '; 2048])).await;
    assert_eq!(status, 400);
    let text = "Request payload size exceeds the limit: 1024 bytes.";
    assert_eq!(error["error"]["message"], text);
    assert_eq!(error["error"]["status"], "INVALID_ARGUMENT");
}

#[tokio::test]
async fn bodies_in_other_encodings_and_bodies_that_are_not_gzip_are_refused() {
    let request = post("/v1/x").header("content-encoding", "br");
    let (status, error) = answer(request, b"x").await;
    assert_eq!(status, 501);
    assert!(error["error"]["message"].as_str().unwrap().contains("Content-Encoding: br"));
    let request = post("/v1/x").header("content-encoding", "gzip");
    let (status, error) = answer(request, b"{}").await;
    assert_eq!(status, 400);
    assert!(error["error"]["message"].as_str().unwrap().contains("not gzip"), "{error}");
}

#[tokio::test]
async fn a_post_can_mean_another_method() {
    for meant in ["PATCH", "PUT", "DELETE", "patch"] {
        let request = post("/v1/x?a=b").header("x-http-method-override", meant);
        let (_, got) = answer(request, b"{}").await;
        assert_eq!(got["method"], meant.to_ascii_uppercase());
        assert_eq!((&got["uri"], &got["body"]), (&json!("/v1/x?a=b"), &json!("{}")));
    }
    let request = post("/v1/x")
        .header("x-http-method-override", "GET")
        .header("content-type", "application/x-www-form-urlencoded");
    let (_, got) = answer(request, b"filter=a%26b&fields=uri").await;
    assert_eq!(got, json!({"uri": "/v1/x?filter=a%26b"}));
}

#[tokio::test]
async fn a_request_is_routed_by_the_method_that_it_means() {
    let routes = Router::new()
        .route("/v1/x", get(async |uri: Uri| uri.to_string()).patch(async || "patched"));
    let router = Front::default().before(routes);
    let patch = post("/v1/x").header("x-http-method-override", "PATCH");
    assert_eq!(send(router.clone(), patch, Vec::new()).await, (200, "patched".to_owned()));
    let read = post("/v1/x").header("x-http-method-override", "GET");
    let answer = send(router.clone(), read, b"a=b".to_vec()).await;
    assert_eq!(answer, (200, "/v1/x?a=b".to_owned()));
    assert_eq!(send(router, post("/v1/x"), Vec::new()).await.0, 405);
}

#[tokio::test]
async fn other_overrides_are_refused() {
    let get = Request::builder().uri("/v1/x").header("x-http-method-override", "DELETE");
    let connect = post("/v1/x").header("x-http-method-override", "CONNECT");
    for request in [get, connect] {
        let (status, error) = answer(request, b"").await;
        assert_eq!(status, 400);
        assert!(error["error"]["message"].as_str().unwrap().contains("X-HTTP-Method-Override"));
    }
}

#[tokio::test]
async fn only_the_selected_fields_of_a_success_are_returned() {
    let (_, got) = answer(post("/v1/x?$fields=method,uri&pageSize=3"), b"").await;
    assert_eq!(got, json!({"method": "POST", "uri": "/v1/x?pageSize=3"}));
    let (status, error) = answer(post("/refused?fields=method"), b"").await;
    assert_eq!((status, &error["error"]["message"]), (404, &json!("no such thing")));
}

#[tokio::test]
async fn a_document_is_indented_on_request() {
    let pretty = send(echo(), post("/v1/x?prettyPrint=true&fields=method"), Vec::new()).await.1;
    assert_eq!(pretty, "{\n  \"method\": \"POST\"\n}");
    let plain = send(echo(), post("/v1/x?prettyPrint=false&fields=method"), Vec::new()).await.1;
    assert_eq!(plain, "{\"method\":\"POST\"}");
}

#[tokio::test]
async fn gcloud_does_not_repeat_what_is_not_served() {
    let agent = "google-cloud-sdk gcloud/531.0.0 command/gcloud.run.deploy";
    let (status, error) = answer(post("/unserved").header("user-agent", agent), b"").await;
    assert_eq!((status, &error["error"]["status"]), (400, &json!("UNIMPLEMENTED")));
    let (status, _) = answer(post("/unserved").header("user-agent", "terraform"), b"").await;
    assert_eq!(status, 501);
}

#[tokio::test]
async fn other_protocols_pass_as_they_are() {
    let gzip = gzip(b"x");
    let request = post("/v1/x?fields=method")
        .header("content-type", "application/grpc")
        .header("content-encoding", "gzip");
    let (_, got) = answer(request, &gzip).await;
    assert_eq!((&got["encoding"], &got["uri"]), (&json!(true), &json!("/v1/x?fields=method")));
    let front =
        Front::of_media(&["storage"]).before(Router::new().fallback(async |request: Request| {
            request.headers().contains_key("content-encoding").to_string()
        }));
    for (path, has_encoding) in [("/bucket/object", "true"), ("/storage/v1/b?alt=media", "false")] {
        let request = post(path).header("content-encoding", "gzip");
        assert_eq!(
            send(front.clone(), request, gzip.clone()).await,
            (200, has_encoding.to_owned())
        );
    }
}

/// An API whose responses stream: the number of each, and then none for ever.
struct Counts;

#[async_trait::async_trait]
impl crate::rest::RestApi for Counts {
    async fn answer(&self, _: &crate::rest::Call) -> Option<Result<Value, RestError>> {
        None
    }

    async fn follow(
        &self,
        call: &crate::rest::Call,
    ) -> Option<Result<crate::rest::Values, RestError>> {
        use futures::stream::{StreamExt as _, iter, pending};
        match call.verb.as_deref()? {
            "count" => {
                let counted = iter([1, 2]).map(|number| json!({"number": number, "text": "n"}));
                Some(Ok(counted.chain(pending()).boxed()))
            }
            "refuse" => Some(Err(RestError::not_found("nothing to count"))),
            _ => None,
        }
    }
}

#[tokio::test]
async fn responses_that_stream_are_shown_as_they_come() {
    use http_body_util::BodyExt as _;
    let api = crate::rest::router(vec![Arc::new(Counts)]);
    for (query, expected) in [
        ("", r#"[{"number":1,"text":"n"},{"number":2,"text":"n"}"#),
        ("?fields=number", r#"[{"number":1},{"number":2}"#),
        ("?prettyPrint=true&fields=text", "[{\"text\":\"n\"},{\"text\":\"n\"}"),
    ] {
        let request = post(&format!("/v1/things:count{query}")).body(Body::empty()).unwrap();
        let mut body = api.clone().oneshot(request).await.unwrap().into_body();
        let mut text = String::new();
        while text.split_whitespace().collect::<String>() != expected {
            let frame = body.frame().await.unwrap().unwrap();
            text.push_str(std::str::from_utf8(&frame.into_data().unwrap()).unwrap());
        }
        assert_eq!(text.lines().count() > 3, query.contains("pretty"), "{query}: {text}");
    }
}

#[tokio::test]
async fn a_call_that_would_stream_may_be_refused() {
    let api = crate::rest::router(vec![Arc::new(Counts)]);
    let (status, text) = send(api.clone(), post("/v1/things:refuse"), Vec::new()).await;
    assert_eq!(status, 404, "{text}");
    let (status, text) = send(api, post("/v1/things:other"), Vec::new()).await;
    assert_eq!(status, 501, "{text}");
}
