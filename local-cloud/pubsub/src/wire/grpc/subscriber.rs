//! `google.pubsub.v1.Subscriber`.

use std::sync::Arc;

use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};

use super::{Grpc, answer};
use crate::core::Receipt;
use crate::wire::proto::subscriber_server::Subscriber;
use crate::wire::{operations, proto, stream};

#[tonic::async_trait]
impl Subscriber for Grpc {
    type StreamingPullStream = ReceiverStream<Result<proto::StreamingPullResponse, Status>>;

    async fn create_subscription(
        &self,
        request: Request<proto::Subscription>,
    ) -> Result<Response<proto::Subscription>, Status> {
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
        answer(operations::list_subscriptions(&self.0, &request.into_inner()))
    }

    async fn delete_subscription(
        &self,
        request: Request<proto::DeleteSubscriptionRequest>,
    ) -> Result<Response<()>, Status> {
        answer(operations::delete_subscription(&self.0, &request.into_inner().subscription))
    }

    async fn modify_ack_deadline(
        &self,
        request: Request<proto::ModifyAckDeadlineRequest>,
    ) -> Result<Response<()>, Status> {
        let proto::ModifyAckDeadlineRequest { subscription, ack_deadline_seconds, ack_ids } =
            request.into_inner();
        let receipt =
            operations::modify_ack_deadline(&self.0, &subscription, &ack_ids, ack_deadline_seconds);
        answer(receipt.and_then(Receipt::into_result))
    }

    async fn acknowledge(
        &self,
        request: Request<proto::AcknowledgeRequest>,
    ) -> Result<Response<()>, Status> {
        let proto::AcknowledgeRequest { subscription, ack_ids } = request.into_inner();
        answer(
            operations::acknowledge(&self.0, &subscription, &ack_ids)
                .and_then(Receipt::into_result),
        )
    }

    async fn pull(
        &self,
        request: Request<proto::PullRequest>,
    ) -> Result<Response<proto::PullResponse>, Status> {
        answer(operations::pull(&self.0, &request.into_inner()).await)
    }

    async fn streaming_pull(
        &self,
        request: Request<Streaming<proto::StreamingPullRequest>>,
    ) -> Result<Response<Self::StreamingPullStream>, Status> {
        stream::open(Arc::clone(&self.0), request.into_inner()).await.map(Response::new)
    }

    async fn modify_push_config(
        &self,
        request: Request<proto::ModifyPushConfigRequest>,
    ) -> Result<Response<()>, Status> {
        answer(operations::modify_push_config(&self.0, request.into_inner()))
    }

    async fn get_snapshot(
        &self,
        request: Request<proto::GetSnapshotRequest>,
    ) -> Result<Response<proto::Snapshot>, Status> {
        answer(operations::get_snapshot(&self.0, &request.into_inner().snapshot))
    }

    async fn list_snapshots(
        &self,
        request: Request<proto::ListSnapshotsRequest>,
    ) -> Result<Response<proto::ListSnapshotsResponse>, Status> {
        answer(operations::list_snapshots(&self.0, &request.into_inner()))
    }

    async fn create_snapshot(
        &self,
        request: Request<proto::CreateSnapshotRequest>,
    ) -> Result<Response<proto::Snapshot>, Status> {
        answer(operations::create_snapshot(&self.0, request.into_inner()))
    }

    async fn update_snapshot(
        &self,
        request: Request<proto::UpdateSnapshotRequest>,
    ) -> Result<Response<proto::Snapshot>, Status> {
        answer(operations::update_snapshot(&self.0, request.into_inner()))
    }

    async fn delete_snapshot(
        &self,
        request: Request<proto::DeleteSnapshotRequest>,
    ) -> Result<Response<()>, Status> {
        answer(operations::delete_snapshot(&self.0, &request.into_inner().snapshot))
    }

    async fn seek(
        &self,
        request: Request<proto::SeekRequest>,
    ) -> Result<Response<proto::SeekResponse>, Status> {
        answer(operations::seek(&self.0, &request.into_inner()))
    }
}
