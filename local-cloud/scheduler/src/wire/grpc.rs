//! The gRPC services.

use std::sync::Arc;

use axum::extract::Request as HttpRequest;
use axum::middleware::{self, Next};
use axum::response::Response as HttpResponse;
use pbjson_types::Empty;
use tonic::service::Routes;
use tonic::{Request, Response, Status};

use super::error::status;
use super::{locations, operations};
use crate::proto::location::locations_server::{Locations, LocationsServer};
use crate::proto::location::{
    GetLocationRequest, ListLocationsRequest, ListLocationsResponse, Location,
};
use crate::proto::v1;
use crate::proto::v1::cloud_scheduler_server::{CloudScheduler, CloudSchedulerServer};
use crate::{Service, ServiceError};

pub(super) fn router(service: &Arc<Service>) -> axum::Router {
    let grpc = || Grpc(Arc::clone(service));
    Routes::new(CloudSchedulerServer::new(grpc()))
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
impl CloudScheduler for Grpc {
    async fn list_jobs(
        &self,
        request: Request<v1::ListJobsRequest>,
    ) -> Result<Response<v1::ListJobsResponse>, Status> {
        answer(operations::list(&self.0, request.get_ref()))
    }

    async fn get_job(
        &self,
        request: Request<v1::GetJobRequest>,
    ) -> Result<Response<v1::Job>, Status> {
        answer(operations::get(&self.0, &request.get_ref().name))
    }

    async fn create_job(
        &self,
        request: Request<v1::CreateJobRequest>,
    ) -> Result<Response<v1::Job>, Status> {
        answer(operations::create(&self.0, request.into_inner()))
    }

    async fn update_job(
        &self,
        request: Request<v1::UpdateJobRequest>,
    ) -> Result<Response<v1::Job>, Status> {
        answer(operations::update(&self.0, request.into_inner()))
    }

    async fn delete_job(
        &self,
        request: Request<v1::DeleteJobRequest>,
    ) -> Result<Response<Empty>, Status> {
        answer(operations::delete(&self.0, &request.get_ref().name))
    }

    async fn pause_job(
        &self,
        request: Request<v1::PauseJobRequest>,
    ) -> Result<Response<v1::Job>, Status> {
        answer(operations::pause(&self.0, &request.get_ref().name))
    }

    async fn resume_job(
        &self,
        request: Request<v1::ResumeJobRequest>,
    ) -> Result<Response<v1::Job>, Status> {
        answer(operations::resume(&self.0, &request.get_ref().name))
    }

    async fn run_job(
        &self,
        request: Request<v1::RunJobRequest>,
    ) -> Result<Response<v1::Job>, Status> {
        answer(operations::run(&self.0, &request.get_ref().name))
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
