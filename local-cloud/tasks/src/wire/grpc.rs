//! The gRPC services.

use std::sync::Arc;

use axum::extract::Request as HttpRequest;
use axum::middleware::{self, Next};
use axum::response::Response as HttpResponse;
use pbjson_types::Empty;
use tonic::service::Routes;
use tonic::{Request, Response, Status};

use super::error::status;
use super::{locations, operations, policies};
use crate::proto::location::locations_server::{Locations, LocationsServer};
use crate::proto::location::{
    GetLocationRequest, ListLocationsRequest, ListLocationsResponse, Location,
};
use crate::proto::v2::cloud_tasks_server::{CloudTasks, CloudTasksServer};
use crate::proto::{iam, v2};
use crate::{Service, ServiceError};

pub(super) fn router(service: &Arc<Service>) -> axum::Router {
    let grpc = || Grpc(Arc::clone(service));
    Routes::new(CloudTasksServer::new(grpc()))
        .add_service(LocationsServer::new(grpc()))
        .into_axum_router()
        // The fallback of the REST router answers requests that are not gRPC.
        .reset_fallback()
        .layer(middleware::from_fn(name_the_unimplemented))
}

/// The generated server answers an unknown method with `UNIMPLEMENTED` and no message; this adds
/// one.
async fn name_the_unimplemented(request: HttpRequest, next: Next) -> HttpResponse {
    let path = request.uri().path().to_owned();
    let response = next.run(request).await;
    let silent = Status::from_header_map(response.headers()).is_some_and(|status| {
        status.code() == tonic::Code::Unimplemented && status.message().is_empty()
    });
    if !silent {
        return response;
    }
    Status::unimplemented(format!("the local cloud does not serve {path}")).into_http()
}

fn answer<T>(result: Result<T, ServiceError>) -> Result<Response<T>, Status> {
    result.map(Response::new).map_err(|error| status(&error))
}

struct Grpc(Arc<Service>);

#[tonic::async_trait]
impl CloudTasks for Grpc {
    async fn list_queues(
        &self,
        request: Request<v2::ListQueuesRequest>,
    ) -> Result<Response<v2::ListQueuesResponse>, Status> {
        answer(operations::list_queues(&self.0, request.get_ref()))
    }

    async fn get_queue(
        &self,
        request: Request<v2::GetQueueRequest>,
    ) -> Result<Response<v2::Queue>, Status> {
        answer(operations::get_queue(&self.0, &request.get_ref().name))
    }

    async fn create_queue(
        &self,
        request: Request<v2::CreateQueueRequest>,
    ) -> Result<Response<v2::Queue>, Status> {
        answer(operations::create_queue(&self.0, request.into_inner()))
    }

    async fn update_queue(
        &self,
        request: Request<v2::UpdateQueueRequest>,
    ) -> Result<Response<v2::Queue>, Status> {
        answer(operations::update_queue(&self.0, request.into_inner()))
    }

    async fn delete_queue(
        &self,
        request: Request<v2::DeleteQueueRequest>,
    ) -> Result<Response<Empty>, Status> {
        answer(operations::delete_queue(&self.0, &request.get_ref().name))
    }

    async fn purge_queue(
        &self,
        request: Request<v2::PurgeQueueRequest>,
    ) -> Result<Response<v2::Queue>, Status> {
        answer(operations::purge_queue(&self.0, &request.get_ref().name))
    }

    async fn pause_queue(
        &self,
        request: Request<v2::PauseQueueRequest>,
    ) -> Result<Response<v2::Queue>, Status> {
        answer(operations::pause_queue(&self.0, &request.get_ref().name, true))
    }

    async fn resume_queue(
        &self,
        request: Request<v2::ResumeQueueRequest>,
    ) -> Result<Response<v2::Queue>, Status> {
        answer(operations::pause_queue(&self.0, &request.get_ref().name, false))
    }

    async fn get_iam_policy(
        &self,
        request: Request<iam::GetIamPolicyRequest>,
    ) -> Result<Response<iam::Policy>, Status> {
        answer(policies::get(&self.0, request.get_ref()))
    }

    async fn set_iam_policy(
        &self,
        request: Request<iam::SetIamPolicyRequest>,
    ) -> Result<Response<iam::Policy>, Status> {
        answer(policies::set(&self.0, request.into_inner()))
    }

    async fn test_iam_permissions(
        &self,
        request: Request<iam::TestIamPermissionsRequest>,
    ) -> Result<Response<iam::TestIamPermissionsResponse>, Status> {
        answer(policies::test(&self.0, request.into_inner()))
    }

    async fn list_tasks(
        &self,
        request: Request<v2::ListTasksRequest>,
    ) -> Result<Response<v2::ListTasksResponse>, Status> {
        answer(operations::list_tasks(&self.0, request.get_ref()))
    }

    async fn get_task(
        &self,
        request: Request<v2::GetTaskRequest>,
    ) -> Result<Response<v2::Task>, Status> {
        answer(operations::get_task(
            &self.0,
            &request.get_ref().name,
            request.get_ref().response_view(),
        ))
    }

    async fn create_task(
        &self,
        request: Request<v2::CreateTaskRequest>,
    ) -> Result<Response<v2::Task>, Status> {
        answer(operations::create_task(&self.0, request.into_inner()))
    }

    async fn delete_task(
        &self,
        request: Request<v2::DeleteTaskRequest>,
    ) -> Result<Response<Empty>, Status> {
        answer(operations::delete_task(&self.0, &request.get_ref().name))
    }

    async fn run_task(
        &self,
        request: Request<v2::RunTaskRequest>,
    ) -> Result<Response<v2::Task>, Status> {
        answer(operations::run_task(
            &self.0,
            &request.get_ref().name,
            request.get_ref().response_view(),
        ))
    }
}

#[tonic::async_trait]
impl Locations for Grpc {
    async fn list_locations(
        &self,
        request: Request<ListLocationsRequest>,
    ) -> Result<Response<ListLocationsResponse>, Status> {
        answer(locations::list(&self.0, request.get_ref()))
    }

    async fn get_location(
        &self,
        request: Request<GetLocationRequest>,
    ) -> Result<Response<Location>, Status> {
        answer(locations::get(&self.0, &request.get_ref().name))
    }
}
