//! gRPC through the URL of a service: all four kinds of methods.

use std::future::Future;
use std::pin::Pin;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::uri::PathAndQuery;
use axum::response::Response;
use axum::routing::post;
use bytes::Bytes;
use futures::stream::{self, BoxStream, StreamExt as _};
use http_body_util::{BodyExt as _, Full};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::Channel;
use tonic::{Code, Status, Streaming};
use tonic_prost::ProstCodec;

use super::fixture::{Cloud, SERVICE, eventually};
use super::http2::{deployed, sent};
use longshore_local_identity::OWNER;

pub(super) const PREFIX: &str = "/test.Echo";

/// `google.protobuf.StringValue`.
type Text = String;
type Codec = ProstCodec<Text, Text>;
type Texts = BoxStream<'static, Result<Text, Status>>;
type Answered<T> = Pin<Box<dyn Future<Output = Result<tonic::Response<T>, Status>> + Send>>;

/// A service of gRPC. `fail` as a message is refused.
#[derive(Clone, Copy)]
struct Echo;

fn checked(text: Text) -> Result<Text, Status> {
    if text == "fail" { Err(Status::failed_precondition("as asked for")) } else { Ok(text) }
}

impl tonic::server::UnaryService<Text> for Echo {
    type Response = Text;
    type Future = Answered<Text>;

    fn call(&mut self, request: tonic::Request<Text>) -> Self::Future {
        Box::pin(async move { checked(request.into_inner()).map(tonic::Response::new) })
    }
}

impl tonic::server::ServerStreamingService<Text> for Echo {
    type Response = Text;
    type ResponseStream = Texts;
    type Future = Answered<Texts>;

    fn call(&mut self, request: tonic::Request<Text>) -> Self::Future {
        let text = request.into_inner();
        let three =
            [1, 2, 3].map(|number| checked(text.clone()).map(|it| format!("{it} {number}")));
        Box::pin(async move { Ok(tonic::Response::new(stream::iter(three).boxed())) })
    }
}

impl tonic::server::ClientStreamingService<Text> for Echo {
    type Response = Text;
    type Future = Answered<Text>;

    fn call(&mut self, request: tonic::Request<Streaming<Text>>) -> Self::Future {
        Box::pin(async move {
            let texts: Vec<_> = request.into_inner().collect().await;
            let texts: Result<Vec<Text>, Status> =
                texts.into_iter().map(|text| text.and_then(checked)).collect();
            Ok(tonic::Response::new(texts?.join("+")))
        })
    }
}

impl tonic::server::StreamingService<Text> for Echo {
    type Response = Text;
    type ResponseStream = Texts;
    type Future = Answered<Texts>;

    /// Speaks first.
    fn call(&mut self, request: tonic::Request<Streaming<Text>>) -> Self::Future {
        let answers = request.into_inner().map(|text| text.and_then(checked));
        let greeting = stream::iter([Ok("greeting".to_owned())]);
        Box::pin(async move { Ok(tonic::Response::new(greeting.chain(answers).boxed())) })
    }
}

pub(super) fn router() -> Router {
    macro_rules! method {
        ($kind:ident) => {
            post(|request: Request| async {
                let mut server = tonic::server::Grpc::new(Codec::default());
                server.$kind(Echo, request).await.map(Body::new) as Response
            })
        };
    }
    Router::new()
        .route("/Unary", method!(unary))
        .route("/Server", method!(server_streaming))
        .route("/Client", method!(client_streaming))
        .route("/Both", method!(streaming))
}

async fn channel(url: &str) -> tonic::client::Grpc<Channel> {
    let channel = Channel::from_shared(url.to_owned()).unwrap().connect().await.unwrap();
    let mut client = tonic::client::Grpc::new(channel);
    client.ready().await.unwrap();
    client
}

fn path(method: &str) -> PathAndQuery {
    format!("{PREFIX}/{method}").parse().unwrap()
}

async fn unary(url: &str, request: tonic::Request<Text>) -> Result<Text, Status> {
    let mut client = channel(url).await;
    let response = client.unary(request, path("Unary"), Codec::default()).await;
    response.map(tonic::Response::into_inner)
}

fn text(text: &str) -> tonic::Request<Text> {
    tonic::Request::new(text.to_owned())
}

async fn all_kinds_work(port_name: &str) {
    let (cloud, service) = deployed(port_name).await;
    let url = service.uri.as_str();
    assert_eq!(unary(url, text("one")).await.unwrap(), "one");
    let failed = unary(url, text("fail")).await.unwrap_err();
    assert_eq!((failed.code(), failed.message()), (Code::FailedPrecondition, "as asked for"));

    let mut client = channel(url).await;
    let answers =
        client.server_streaming(text("a"), path("Server"), Codec::default()).await.unwrap();
    let answers: Vec<_> = answers.into_inner().map(Result::unwrap).collect().await;
    assert_eq!(answers, ["a 1", "a 2", "a 3"]);

    let mut client = channel(url).await;
    let texts = tonic::Request::new(stream::iter(["a", "b", "c"].map(str::to_owned)));
    let answer = client.client_streaming(texts, path("Client"), Codec::default()).await.unwrap();
    assert_eq!(answer.into_inner(), "a+b+c");

    both_sides_speak_in_turn(&cloud, url).await;
    cloud.service.stop().await;
}

async fn both_sides_speak_in_turn(cloud: &Cloud, url: &str) {
    let mut client = channel(url).await;
    let (texts, received) = mpsc::channel::<Text>(1);
    let request = tonic::Request::new(ReceiverStream::new(received));
    let answers = client.streaming(request, path("Both"), Codec::default()).await.unwrap();
    let mut answers = answers.into_inner();
    let first = answers.next().await.unwrap().unwrap();
    assert_eq!(first, "greeting", "the function speaks before the caller does");
    for said in ["one", "two"] {
        texts.send(said.to_owned()).await.unwrap();
        assert_eq!(answers.next().await.unwrap().unwrap(), said);
    }
    texts.send("fail".to_owned()).await.unwrap();
    let failed = answers.next().await.unwrap().unwrap_err();
    assert_eq!(failed.code(), Code::FailedPrecondition, "in the trailers");
    eventually("no request is in flight", || cloud.pool().in_flight() == 0).await;
}

#[tokio::test]
async fn all_kinds_of_methods_work_with_a_container_of_http2() {
    all_kinds_work("h2c").await;
}

#[tokio::test]
async fn native_grpc_stays_http2_for_other_containers() {
    all_kinds_work("http1").await;
}

#[tokio::test]
async fn a_caller_of_grpc_needs_the_identity_that_a_request_needs() {
    let (cloud, service) = deployed("h2c").await;
    let private = service.clone().set_invoker_iam_disabled(false);
    let service = cloud.deployed(private).await;
    let site = cloud.service.site(SERVICE).unwrap();
    eventually("the URL is private", || !site.front.gate.is_public()).await;
    let url = service.uri.as_str();
    let status = sent(url, Full::new(Bytes::new()).boxed(), &[]).await.status();
    assert_eq!(status, StatusCode::FORBIDDEN, "clients of gRPC map it to a status of theirs");
    assert!(unary(url, text("x")).await.is_err());
    let mut request = text("x");
    let token = format!("Bearer {}", cloud.token(OWNER, url));
    request.metadata_mut().insert("authorization", token.parse().unwrap());
    assert_eq!(unary(url, request).await.unwrap(), "x");
    cloud.service.stop().await;
}
