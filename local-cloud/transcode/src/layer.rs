//! The layer before an API.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use bytes::Bytes;
use futures::stream::StreamExt as _;
use longshore_local_kit::coverage::{Method, is_grpc};
use prost::Message as _;
use prost_reflect::DynamicMessage;
use tonic::server::{Grpc, StreamingService};
use tonic::{Status, Streaming};

use crate::codec::Undecoded;
use crate::request::RestCall;
use crate::response;
use crate::skipped;
use crate::stream::{self, Messages};
use crate::table::{Found, Rpc, Table};

/// Maximum size of a request: that of a REST API's body.
const REQUEST_MAX_BYTES: usize = 32 << 20;

/// Maximum size of a response in JSON: a page of the largest documents.
const RESPONSE_MAX_BYTES: usize = 64 << 20;

/// Headers that are about the gRPC call, and not about what it says.
const OF_GRPC: [header::HeaderName; 4] =
    [header::CONTENT_TYPE, header::CONTENT_LENGTH, header::CONTENT_ENCODING, header::TE];

/// Serves gRPC before a router that serves the listed methods over REST. Lists are those of all APIs
/// on the listener.
pub fn over(router: Router, lists: &[&'static [Method]]) -> Router {
    router.layer(from_fn_with_state(Arc::new(Table::new(lists)), transcode))
}

async fn transcode(State(table): State<Arc<Table>>, request: Request, next: Next) -> Response {
    if !is_grpc(request.headers()) {
        return next.run(request).await;
    }
    match table.find(request.uri().path()) {
        Ok(Found::Native) => match skipped::checked(request).await {
            Ok(request) => next.run(request).await,
            Err(refused) => refused.into_http(),
        },
        Ok(Found::Rpc(rpc)) => {
            let (parts, body) = request.into_parts();
            let rest = Rest { rpc, parts: parts.clone(), next };
            let mut grpc = Grpc::new(Undecoded).max_decoding_message_size(REQUEST_MAX_BYTES);
            grpc.streaming(rest, Request::from_parts(parts, body)).await.map(Body::new)
        }
        Err(refused) => response::refusal(&refused).into_http(),
    }
}

/// One call of a method.
struct Rest<'a> {
    rpc: &'a Rpc,
    /// The head of the gRPC request.
    parts: Parts,
    next: Next,
}

type Answer = Result<tonic::Response<Messages>, Status>;

// On the wire, one message is a stream of one message.
impl<'a> StreamingService<Bytes> for Rest<'a> {
    type Response = Bytes;
    type ResponseStream = Messages;
    type Future = Pin<Box<dyn Future<Output = Answer> + Send + 'a>>;

    fn call(&mut self, request: tonic::Request<Streaming<Bytes>>) -> Self::Future {
        let (rpc, parts, next) = (self.rpc, self.parts.clone(), self.next.clone());
        Box::pin(call(rpc, parts, request.into_inner(), next))
    }
}

async fn call(rpc: &Rpc, parts: Parts, mut sent: Streaming<Bytes>, next: Next) -> Answer {
    let missing = || Status::invalid_argument("the call has no request");
    let message = sent.message().await?.ok_or_else(missing)?;
    if !rpc.streams && sent.message().await?.is_some() {
        return Err(Status::invalid_argument("the call has more than one request"));
    }
    let message = DynamicMessage::decode(rpc.input.clone(), message).map_err(|error| {
        Status::invalid_argument(format!("the request is no {}: {error}", rpc.input.full_name()))
    })?;
    skipped::check(&message)?;
    let rest = rpc.rest(&message).map_err(|refused| response::refusal(&refused))?;
    let answer = next.run(request(parts, rest)?).await;
    let status = answer.status();
    if status.is_success() && rpc.streams {
        let messages = stream::messages(rpc.output.clone(), answer.into_body());
        return Ok(tonic::Response::new(messages));
    }
    let body = to_bytes(answer.into_body(), RESPONSE_MAX_BYTES)
        .await
        .map_err(|error| Status::internal(format!("the response cannot be read: {error}")))?;
    if !status.is_success() {
        return Err(response::status(status, &body));
    }
    let message = response::message(&rpc.output, &body)?.encode_to_vec();
    let only = futures::stream::once(futures::future::ready(Ok(message.into())));
    Ok(tonic::Response::new(only.boxed()))
}

/// The REST request, with the headers and the authority of the gRPC request.
fn request(parts: Parts, rest: RestCall) -> Result<Request, Status> {
    let internal = |error: axum::http::Error| Status::internal(error.to_string());
    let path =
        PathAndQuery::try_from(rest.path_and_query).map_err(|error| internal(error.into()))?;
    let mut uri = parts.uri.into_parts();
    uri.path_and_query = Some(path);
    let uri = Uri::from_parts(uri).map_err(|error| internal(error.into()))?;
    let mut headers = without_grpc(parts.headers);
    let body = match rest.body {
        Some(body) => {
            let json = HeaderValue::from_static("application/json");
            headers.insert(header::CONTENT_TYPE, json);
            Body::from(body.to_string())
        }
        None => Body::empty(),
    };
    let mut request = Request::new(body);
    *request.method_mut() = rest.verb;
    *request.uri_mut() = uri;
    *request.version_mut() = parts.version;
    *request.headers_mut() = headers;
    *request.extensions_mut() = parts.extensions;
    Ok(request)
}

fn without_grpc(headers: HeaderMap) -> HeaderMap {
    let mut kept = HeaderMap::new();
    for (name, value) in &headers {
        if !OF_GRPC.contains(name) && !name.as_str().starts_with("grpc-") {
            kept.append(name, value.clone());
        }
    }
    kept
}
