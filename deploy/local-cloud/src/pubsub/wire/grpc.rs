//! The gRPC services.

use std::sync::Arc;

use axum::routing::any;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};

use super::proto::publisher_server::{Publisher, PublisherServer};
use super::proto::subscriber_server::{Subscriber, SubscriberServer};
use super::{operations, proto, stream};
use crate::pubsub::Service;
use crate::pubsub::core::Refusal;

/// Largest request: twice the largest publish, so that the refusal of one that is too large can name the limit.
const REQUEST_LIMIT_BYTES: usize = 20 * 1024 * 1024;

/// Google's methods that the local cloud does not serve, to be refused by name.
const UNSERVED: [&str; 12] = [
    "/google.pubsub.v1.Publisher/ListTopicSnapshots",
    "/google.pubsub.v1.Publisher/DetachSubscription",
    "/google.pubsub.v1.Subscriber/ModifyPushConfig",
    "/google.pubsub.v1.Subscriber/GetSnapshot",
    "/google.pubsub.v1.Subscriber/ListSnapshots",
    "/google.pubsub.v1.Subscriber/CreateSnapshot",
    "/google.pubsub.v1.Subscriber/UpdateSnapshot",
    "/google.pubsub.v1.Subscriber/DeleteSnapshot",
    "/google.pubsub.v1.Subscriber/Seek",
    "/google.pubsub.v1.SchemaService/{method}",
    "/google.iam.v1.IAMPolicy/{method}",
    "/grpc.reflection.v1.ServerReflection/{method}",
];

pub(super) fn router(service: &Arc<Service>) -> axum::Router {
    let publisher = PublisherServer::new(Grpc(Arc::clone(service))).max_decoding_message_size(REQUEST_LIMIT_BYTES);
    let subscriber = SubscriberServer::new(Grpc(Arc::clone(service))).max_decoding_message_size(REQUEST_LIMIT_BYTES);
    let served = tonic::service::Routes::new(publisher).add_service(subscriber).into_axum_router();
    // What is not gRPC is answered by the REST side's fallback.
    UNSERVED.iter().fold(served.reset_fallback(), |router, path| router.route(path, any(unserved)))
}

async fn unserved(uri: axum::http::Uri) -> axum::http::Response<tonic::body::Body> {
    status(Refusal::Unserved(uri.path().trim_start_matches('/').to_owned())).into_http()
}

/// The status that a refusal is answered with.
pub(super) fn status(refusal: Refusal) -> Status {
    let message = refusal.to_string();
    match refusal {
        Refusal::InvalidArgument(_) => Status::invalid_argument(message),
        Refusal::NotFound(_) => Status::not_found(message),
        Refusal::AlreadyExists(_) => Status::already_exists(message),
        Refusal::Unserved(_) => Status::unimplemented(message),
        Refusal::Journal(_) => Status::internal(message),
    }
}

fn answer<T>(result: Result<T, Refusal>) -> Result<Response<T>, Status> {
    result.map(Response::new).map_err(status)
}

struct Grpc(Arc<Service>);

#[tonic::async_trait]
impl Publisher for Grpc {
    async fn create_topic(&self, request: Request<proto::Topic>) -> Result<Response<proto::Topic>, Status> {
        answer(operations::create_topic(&self.0, request.into_inner()))
    }

    async fn update_topic(&self, request: Request<proto::UpdateTopicRequest>) -> Result<Response<proto::Topic>, Status> {
        answer(operations::update_topic(&self.0, request.into_inner()))
    }

    async fn publish(&self, request: Request<proto::PublishRequest>) -> Result<Response<proto::PublishResponse>, Status> {
        answer(operations::publish(&self.0, request.into_inner()))
    }

    async fn get_topic(&self, request: Request<proto::GetTopicRequest>) -> Result<Response<proto::Topic>, Status> {
        answer(operations::get_topic(&self.0, &request.into_inner().topic))
    }

    async fn list_topics(&self, request: Request<proto::ListTopicsRequest>) -> Result<Response<proto::ListTopicsResponse>, Status> {
        answer(Ok(operations::list_topics(&self.0, &request.into_inner())))
    }

    async fn list_topic_subscriptions(
        &self,
        request: Request<proto::ListTopicSubscriptionsRequest>,
    ) -> Result<Response<proto::ListTopicSubscriptionsResponse>, Status> {
        answer(operations::list_topic_subscriptions(&self.0, &request.into_inner()))
    }

    async fn delete_topic(&self, request: Request<proto::DeleteTopicRequest>) -> Result<Response<()>, Status> {
        answer(operations::delete_topic(&self.0, &request.into_inner().topic))
    }
}

#[tonic::async_trait]
impl Subscriber for Grpc {
    type StreamingPullStream = ReceiverStream<Result<proto::StreamingPullResponse, Status>>;

    async fn create_subscription(&self, request: Request<proto::Subscription>) -> Result<Response<proto::Subscription>, Status> {
        answer(operations::create_subscription(&self.0, request.into_inner()))
    }

    async fn get_subscription(
        &self,
        request: Request<proto::GetSubscriptionRequest>,
    ) -> Result<Response<proto::Subscription>, Status> {
        answer(operations::get_subscription(&self.0, &request.into_inner().subscription))
    }

    async fn update_subscription(
        &self,
        request: Request<proto::UpdateSubscriptionRequest>,
    ) -> Result<Response<proto::Subscription>, Status> {
        answer(operations::update_subscription(&self.0, request.into_inner()))
    }

    async fn list_subscriptions(
        &self,
        request: Request<proto::ListSubscriptionsRequest>,
    ) -> Result<Response<proto::ListSubscriptionsResponse>, Status> {
        answer(Ok(operations::list_subscriptions(&self.0, &request.into_inner())))
    }

    async fn delete_subscription(&self, request: Request<proto::DeleteSubscriptionRequest>) -> Result<Response<()>, Status> {
        answer(operations::delete_subscription(&self.0, &request.into_inner().subscription))
    }

    async fn modify_ack_deadline(&self, request: Request<proto::ModifyAckDeadlineRequest>) -> Result<Response<()>, Status> {
        answer(operations::modify_ack_deadline(&self.0, &request.into_inner()))
    }

    async fn acknowledge(&self, request: Request<proto::AcknowledgeRequest>) -> Result<Response<()>, Status> {
        answer(operations::acknowledge(&self.0, &request.into_inner()))
    }

    async fn pull(&self, request: Request<proto::PullRequest>) -> Result<Response<proto::PullResponse>, Status> {
        answer(operations::pull(&self.0, &request.into_inner()).await)
    }

    async fn streaming_pull(
        &self,
        request: Request<Streaming<proto::StreamingPullRequest>>,
    ) -> Result<Response<Self::StreamingPullStream>, Status> {
        stream::open(Arc::clone(&self.0), request.into_inner()).await.map(Response::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::listen;

    #[tokio::test]
    async fn methods_that_are_not_served_are_refused_by_name() {
        // The client wants one for the process, also for endpoints without TLS; another test may have installed it.
        let _installed_before = rustls::crypto::ring::default_provider().install_default();
        let dir = tempfile::tempdir().unwrap();
        let service = Service::open(dir.path()).unwrap();
        let listener = listen::bind(0).await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(listen::serve(listener, service.router(), std::future::pending()));
        for method in ["google.pubsub.v1.Subscriber/Seek", "google.pubsub.v1.SchemaService/CreateSchema"] {
            let answer = reqwest::Client::new().post(format!("http://{address}/{method}")).send().await.unwrap();
            assert_eq!(answer.headers()["grpc-status"], "12", "{method}");
            let message = answer.headers()["grpc-message"].to_str().unwrap();
            assert!(message.contains(method), "{message}");
        }
        let answer = reqwest::get(format!("http://{address}/v1/projects/p/snapshots")).await.unwrap();
        assert_eq!(answer.status(), 501);
        server.abort();
    }
}
