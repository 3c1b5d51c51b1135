//! Several calls in one request: <https://cloud.google.com/storage/docs/batch>.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, Uri, header};
use axum::response::{IntoResponse as _, Response};
use tower::Service as _;
use uuid::Uuid;

use super::content_headers::header_text;
use super::multipart::{self, Multipart};
use crate::StorageError;

/// Maximum number of calls in one batch, as at Google.
const CALLS_LIMIT: usize = 100;

/// Calls carry metadata only.
const CALL_LIMIT_BYTES: usize = 1024 * 1024;

/// Responses are documents; the longest is a page of objects.
const RESPONSE_LIMIT_BYTES: usize = 32 * 1024 * 1024;

struct Call {
    id: String,
    request: Request<Body>,
}

/// Makes the calls one after another, in their order. Each succeeds or fails on its own.
pub(super) async fn answer(
    mut api: Router,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, StorageError> {
    let content_type = header_text(&headers, header::CONTENT_TYPE.as_str());
    let boundary = multipart::boundary(content_type, "multipart/mixed").ok_or_else(|| {
        StorageError::Invalid(format!(
            "a batch request must be multipart/mixed with a boundary, not '{content_type}'"
        ))
    })?;
    let mut parts = Multipart::new(body.into_data_stream(), boundary);
    let mut calls = Vec::new();
    while let Some(part) = parts.next_part().await? {
        let text = parts.document(CALL_LIMIT_BYTES).await?;
        let request = parse(&text).ok_or_else(|| {
            StorageError::Invalid(format!(
                "call {} of the batch is malformed or not allowed in a batch",
                calls.len() + 1
            ))
        })?;
        calls.push(Call { id: part.content_id, request });
        if calls.len() > CALLS_LIMIT {
            return Err(StorageError::Invalid(format!(
                "a batch can have at most {CALLS_LIMIT} calls"
            )));
        }
    }
    parts.drain().await;
    let boundary = format!("batch_{}", Uuid::new_v4().simple());
    let mut answers = Vec::new();
    for call in calls {
        let Ok(response) = api.call(call.request).await;
        write(&mut answers, &boundary, &call.id, response).await?;
    }
    answers.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    Ok(([(header::CONTENT_TYPE, format!("multipart/mixed; boundary={boundary}"))], answers)
        .into_response())
}

/// Parses an HTTP request from text. Only the JSON API can be called, without uploads and
/// downloads.
fn parse(text: &[u8]) -> Option<Request<Body>> {
    let text = std::str::from_utf8(text).ok()?;
    let text = text.trim_start();
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    let mut words = first.split_whitespace();
    let (method, uri) = (words.next()?.parse::<Method>().ok()?, words.next()?.parse::<Uri>().ok()?);
    let path = uri.path_and_query()?.as_str();
    if !path.starts_with("/storage/v1/") || path.contains("alt=media") {
        return None;
    }
    let mut request = Request::builder().method(method).uri(path);
    let mut rest = rest;
    loop {
        let (line, behind) = rest.split_once('\n').unwrap_or((rest, ""));
        rest = behind;
        match line.trim_end().split_once(':') {
            Some((name, value)) => request = request.header(name.trim(), value.trim()),
            None => break,
        }
    }
    request.body(Body::from(rest.to_owned())).ok()
}

async fn write(
    answers: &mut Vec<u8>,
    boundary: &str,
    id: &str,
    response: Response,
) -> Result<(), StorageError> {
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, RESPONSE_LIMIT_BYTES)
        .await
        .map_err(|error| StorageError::Body(error.to_string()))?;
    let mut head = format!("--{boundary}\r\nContent-Type: application/http\r\n");
    if !id.is_empty() {
        head.push_str(&format!("Content-ID: <response-{}>\r\n", id.trim_matches(['<', '>'])));
    }
    let reason = parts.status.canonical_reason().unwrap_or("Unknown");
    head.push_str(&format!("\r\nHTTP/1.1 {} {reason}\r\n", parts.status.as_u16()));
    for (name, value) in parts.headers.iter().filter(|(name, _)| *name != header::CONTENT_LENGTH) {
        head.push_str(&format!("{name}: {}\r\n", value.to_str().unwrap_or_default()));
    }
    answers.extend_from_slice(format!("{head}Content-Length: {}\r\n\r\n", body.len()).as_bytes());
    answers.extend_from_slice(&body);
    answers.extend_from_slice(b"\r\n");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_parsed_with_either_kind_of_line_ending() {
        for newline in ["\n", "\r\n"] {
            let text = [
                "PATCH http://127.0.0.1:1/storage/v1/b/x?fields=name HTTP/1.1",
                "Content-Type: application/json",
                "",
                "{}",
            ];
            let request = parse(text.join(newline).as_bytes()).unwrap();
            assert_eq!(
                (request.method(), request.uri().to_string().as_str()),
                (&Method::PATCH, "/storage/v1/b/x?fields=name")
            );
            assert_eq!(request.headers()["content-type"], "application/json");
        }
        assert!(parse(b"DELETE /storage/v1/b/x HTTP/1.1").is_some());
    }

    #[test]
    fn downloads_and_other_paths_are_rejected_in_batches() {
        for line in
            ["GET /storage/v1/b/x/o/y?alt=media", "POST /upload/storage/v1/b/x/o", "nonsense", ""]
        {
            assert!(parse(format!("{line} HTTP/1.1\r\n\r\n").as_bytes()).is_none(), "{line}");
        }
    }
}
