//! What Google's front end does for every method, before the API sees a request and after it has
//! answered.
//!
//! - A body in gzip is decompressed. Google's Java library sends all of its bodies so. Other
//!   encodings are refused.
//! - `X-HTTP-Method-Override` on a POST names the method that is meant. Java's HTTP client has no
//!   PATCH, and sends a GET with a long query as a form.
//! - System parameters are read: partial responses, indentation, formats ([`System`]).
//! - `gcloud` repeats every 5xx for half a minute. What the local cloud does not serve will not be
//!   served then either, so to gcloud it is a 400, with the same document.
//!
//! A request that has passed has none of these any more, so a layer before the API sees it like the
//! API does if the front stands before both: to pass it twice changes nothing.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, Uri, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};

use super::inflate::Inflated;
use super::parameters::System;
use super::stream::{is_streamed, rewritten};
use super::{Code, RestError, body_error, is_json};
use crate::coverage::is_grpc;

const METHOD_OVERRIDE: HeaderName = HeaderName::from_static("x-http-method-override");

/// Maximum size of a query that is sent as a form.
const FORM_LIMIT_BYTES: usize = 64 * 1024;

/// Maximum size of a document whose fields are selected, or that is indented: above that of a page
/// of any list.
const DOCUMENT_LIMIT_BYTES: usize = 64 * 1024 * 1024;

/// Which requests of a port are Google's REST.
#[derive(Clone, Debug, Default)]
pub struct Front {
    /// First segments of paths; empty: all paths.
    segments: &'static [&'static str],
    has_media: bool,
}

impl Front {
    /// For a port that serves `alt=media`, and another protocol beside REST: the paths of REST have
    /// one of `segments` first.
    #[must_use]
    pub const fn of_media(segments: &'static [&'static str]) -> Self {
        Self { segments, has_media: true }
    }

    /// Stands before an API: a request is routed by the method that it means. Requests of gRPC pass
    /// as they are.
    pub fn before(&self, router: Router) -> Router {
        // A layer of the router itself would be called after routing.
        let router = Router::new().fallback_service(router);
        router.layer(from_fn_with_state(Arc::new(self.clone()), pass))
    }

    fn covers(&self, request: &Request) -> bool {
        let segment = request.uri().path().split('/').nth(1).unwrap_or_default();
        !is_grpc(request.headers())
            && (self.segments.is_empty() || self.segments.contains(&segment))
    }
}

async fn pass(State(front): State<Arc<Front>>, request: Request, next: Next) -> Response {
    if !front.covers(&request) {
        return next.run(request).await;
    }
    let is_from_gcloud = is_gcloud(request.headers());
    let answered = match plain(&front, request).await {
        Ok((request, system)) => shown(next.run(request).await, system).await,
        Err(error) => Err(error),
    };
    let mut response = answered.unwrap_or_else(|error| error.into_response());
    if is_from_gcloud && response.status() == StatusCode::NOT_IMPLEMENTED {
        *response.status_mut() = StatusCode::BAD_REQUEST;
    }
    response
}

/// The request as the API gets it, and what it says about the response.
async fn plain(front: &Front, request: Request) -> Result<(Request, System), RestError> {
    let request = overridden(decoded(request)?).await?;
    let (mut parts, body) = request.into_parts();
    let query = parts.uri.query().unwrap_or_default();
    let system = System::of(query, &parts.headers, front.has_media)?;
    if system.query != query {
        parts.uri = with_query(&parts.uri, &system.query)?;
    }
    Ok((Request::from_parts(parts, body), system))
}

/// Decompresses the body.
fn decoded(mut request: Request) -> Result<Request, RestError> {
    let given = request.headers_mut().remove(header::CONTENT_ENCODING);
    let Some(given) = given else { return Ok(request) };
    match given.to_str().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
        "" | "identity" => Ok(request),
        "gzip" | "x-gzip" => {
            request.headers_mut().remove(header::CONTENT_LENGTH);
            Ok(request.map(|body| Body::new(Inflated::new(body))))
        }
        other => {
            Err(RestError::unimplemented(format!("a request body with Content-Encoding: {other}")))
        }
    }
}

/// The request with the method that is meant.
async fn overridden(mut request: Request) -> Result<Request, RestError> {
    let Some(given) = request.headers_mut().remove(METHOD_OVERRIDE) else { return Ok(request) };
    let meant = match given.as_bytes().to_ascii_uppercase().as_slice() {
        b"GET" => Method::GET,
        b"POST" => Method::POST,
        b"PUT" => Method::PUT,
        b"PATCH" => Method::PATCH,
        b"DELETE" => Method::DELETE,
        _ => {
            return Err(RestError::invalid("X-HTTP-Method-Override: not a method of these APIs"));
        }
    };
    if meant == *request.method() {
        return Ok(request);
    }
    if request.method() != Method::POST {
        return Err(RestError::invalid(
            "X-HTTP-Method-Override: only a POST can mean another method",
        ));
    }
    *request.method_mut() = meant;
    if request.method() == Method::GET { with_form(request).await } else { Ok(request) }
}

/// Moves a form into the query.
async fn with_form(request: Request) -> Result<Request, RestError> {
    let (mut parts, body) = request.into_parts();
    let form = to_bytes(body, FORM_LIMIT_BYTES)
        .await
        .map_err(|error| body_error(&error, FORM_LIMIT_BYTES))?;
    let form = std::str::from_utf8(&form)
        .map_err(|_| RestError::invalid("request body: a form must be UTF-8"))?;
    let queries = [parts.uri.query().unwrap_or_default(), form.trim()];
    let queries: Vec<&str> = queries.into_iter().filter(|query| !query.is_empty()).collect();
    parts.uri = with_query(&parts.uri, &queries.join("&"))?;
    parts.headers.remove(header::CONTENT_TYPE);
    parts.headers.remove(header::CONTENT_LENGTH);
    Ok(Request::from_parts(parts, Body::empty()))
}

/// The URI with another query. It may be empty.
///
/// # Errors
/// `INVALID_ARGUMENT` if no URI can have this query.
pub fn with_query(uri: &Uri, query: &str) -> Result<Uri, RestError> {
    let path = uri.path();
    let text = if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") };
    let malformed = || RestError::invalid("the query is malformed");
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(text.parse::<PathAndQuery>().map_err(|_| malformed())?);
    Uri::from_parts(parts).map_err(|_| malformed())
}

/// The response as the system parameters ask for it: of one that streams, each element. Errors and
/// media are not changed.
async fn shown(response: Response, system: System) -> Result<Response, RestError> {
    let is_unchanged = system.fields.is_none() && !system.is_pretty;
    let is_error = !response.status().is_success() && system.fields.is_some();
    if is_unchanged || is_error || !is_json(response.headers()) {
        return Ok(response);
    }
    if is_streamed(&response) {
        return Ok(rewritten(response, move |element| system.written(element)));
    }
    let (mut parts, body) = response.into_parts();
    let internal = |error: &dyn std::error::Error| {
        RestError::new(Code::Internal, format!("cannot change the response: {error}"))
    };
    let body = to_bytes(body, DOCUMENT_LIMIT_BYTES).await.map_err(|error| internal(&error))?;
    let document = serde_json::from_slice(&body).map_err(|error| internal(&error))?;
    parts.headers.remove(header::CONTENT_LENGTH);
    Ok(Response::from_parts(parts, Body::from(system.written(document))))
}

/// Whether the caller is gcloud: `google-cloud-sdk gcloud/531.0.0 command/…`.
fn is_gcloud(headers: &HeaderMap) -> bool {
    let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    agent.is_some_and(|agent| agent.contains("google-cloud-sdk gcloud/"))
}

#[cfg(test)]
mod tests;
