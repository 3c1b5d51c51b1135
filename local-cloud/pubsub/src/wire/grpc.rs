//! The gRPC services.

mod policies;
mod publisher;
mod schemas;
mod subscriber;

use std::sync::Arc;

use axum::extract::Request;
use axum::http::HeaderValue;
use axum::middleware::{Next, from_fn};
use axum::response::IntoResponse as _;
use axum::routing::any;
use tonic::{Code, Response, Status};

use super::error::status;
use super::iam::iam_policy_server::IamPolicyServer;
use super::proto::publisher_server::PublisherServer;
use super::proto::schema_service_server::SchemaServiceServer;
use super::proto::subscriber_server::SubscriberServer;
use crate::Service;
use crate::core::Refusal;

/// Maximum size of a request, in bytes: twice the maximum publish, so that a publish that is too
/// large gets an error that names the limit.
const REQUEST_LIMIT_BYTES: usize = 20 * 1024 * 1024;

/// A service that clients look for, and that the local cloud does not serve.
const REFLECTION: &str = "/grpc.reflection.v1.ServerReflection/{method}";

pub(super) fn router(service: &Arc<Service>) -> axum::Router {
    let grpc = || Grpc(Arc::clone(service));
    let served = tonic::service::Routes::new(
        PublisherServer::new(grpc()).max_decoding_message_size(REQUEST_LIMIT_BYTES),
    )
    .add_service(SubscriberServer::new(grpc()).max_decoding_message_size(REQUEST_LIMIT_BYTES))
    .add_service(SchemaServiceServer::new(grpc()))
    .add_service(IamPolicyServer::new(grpc()))
    .into_axum_router();
    // The fallback of the REST router answers requests that are not gRPC.
    served.reset_fallback().layer(from_fn(name_method)).route(REFLECTION, any(unserved))
}

/// The generated servers reject a method that they do not know without a message.
async fn name_method(request: Request, next: Next) -> axum::response::Response {
    let uri = request.uri().clone();
    let response = next.run(request).await;
    let headers = response.headers();
    let is_unknown = headers
        .get("grpc-status")
        .is_some_and(|status| status == HeaderValue::from(Code::Unimplemented as i32))
        && !headers.contains_key("grpc-message");
    if is_unknown { unserved(uri).await.into_response() } else { response }
}

async fn unserved(uri: axum::http::Uri) -> axum::http::Response<tonic::body::Body> {
    status(Refusal::Unserved(uri.path().trim_start_matches('/').to_owned())).into_http()
}

fn answer<T>(result: Result<T, Refusal>) -> Result<Response<T>, Status> {
    result.map(Response::new).map_err(status)
}

struct Grpc(Arc<Service>);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Deps;
    use longshore_local_kit::listen::{self, Access};

    #[tokio::test]
    async fn unserved_methods_are_rejected_by_name() {
        // The client needs a crypto provider even without TLS. Another test may have installed it.
        let _installed_before = rustls::crypto::ring::default_provider().install_default();
        let dir = tempfile::tempdir().unwrap();
        let service = Service::open(dir.path(), Deps::default()).unwrap();
        let listener = listen::bind(0).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (router, access) = (crate::router(service), Access::to_apis(&[]));
        let server = tokio::spawn(listen::serve(listener, router, access, std::future::pending()));
        for method in [
            "google.pubsub.v1.Subscriber/CreateMoment",
            "google.pubsub.v1.Publisher/ListTopicMoments",
            "google.pubsub.v1.SchemaService/FoldSchema",
            "grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
        ] {
            let answer = reqwest::Client::new()
                .post(format!("http://{address}/{method}"))
                .header("content-type", "application/grpc")
                .send()
                .await
                .unwrap();
            assert_eq!(answer.headers()["grpc-status"], "12", "{method}");
            let message = answer.headers()["grpc-message"].to_str().unwrap();
            assert!(message.contains(method), "{message}");
        }
        let answer = reqwest::get(format!("http://{address}/v1/projects/p/moments")).await.unwrap();
        assert_eq!(answer.status(), 501);
        server.abort();
    }
}
