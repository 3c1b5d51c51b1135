//! `google.pubsub.v1.Publisher`.

use tonic::{Request, Response, Status};

use super::{Grpc, answer};
use crate::wire::proto::publisher_server::Publisher;
use crate::wire::{operations, proto};

#[tonic::async_trait]
impl Publisher for Grpc {
    async fn create_topic(
        &self,
        request: Request<proto::Topic>,
    ) -> Result<Response<proto::Topic>, Status> {
        answer(operations::create_topic(&self.0, request.into_inner()))
    }

    async fn update_topic(
        &self,
        request: Request<proto::UpdateTopicRequest>,
    ) -> Result<Response<proto::Topic>, Status> {
        answer(operations::update_topic(&self.0, request.into_inner()))
    }

    async fn publish(
        &self,
        request: Request<proto::PublishRequest>,
    ) -> Result<Response<proto::PublishResponse>, Status> {
        answer(operations::publish(&self.0, request.into_inner()))
    }

    async fn get_topic(
        &self,
        request: Request<proto::GetTopicRequest>,
    ) -> Result<Response<proto::Topic>, Status> {
        answer(operations::get_topic(&self.0, &request.into_inner().topic))
    }

    async fn list_topics(
        &self,
        request: Request<proto::ListTopicsRequest>,
    ) -> Result<Response<proto::ListTopicsResponse>, Status> {
        answer(operations::list_topics(&self.0, &request.into_inner()))
    }

    async fn list_topic_subscriptions(
        &self,
        request: Request<proto::ListTopicSubscriptionsRequest>,
    ) -> Result<Response<proto::ListTopicSubscriptionsResponse>, Status> {
        answer(operations::list_topic_subscriptions(&self.0, &request.into_inner()))
    }

    async fn list_topic_snapshots(
        &self,
        request: Request<proto::ListTopicSnapshotsRequest>,
    ) -> Result<Response<proto::ListTopicSnapshotsResponse>, Status> {
        answer(operations::list_topic_snapshots(&self.0, &request.into_inner()))
    }

    async fn delete_topic(
        &self,
        request: Request<proto::DeleteTopicRequest>,
    ) -> Result<Response<()>, Status> {
        answer(operations::delete_topic(&self.0, &request.into_inner().topic))
    }

    async fn detach_subscription(
        &self,
        request: Request<proto::DetachSubscriptionRequest>,
    ) -> Result<Response<proto::DetachSubscriptionResponse>, Status> {
        let detached = operations::detach_subscription(&self.0, &request.into_inner().subscription);
        answer(detached.map(|()| proto::DetachSubscriptionResponse {}))
    }
}
