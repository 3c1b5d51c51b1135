//! gRPC: the API itself, and what Google mixes into it: operations, locations and policies.

use std::sync::Arc;

use axum::extract::Request as HttpRequest;
use axum::middleware::{self, Next};
use axum::response::Response as HttpResponse;
use tonic::{Request, Response, Status};

use super::error::status;
use crate::calls;
use crate::core::Refusal;
use crate::proto::iam::iam_policy_server::{IamPolicy, IamPolicyServer};
use crate::proto::location::locations_server::{Locations, LocationsServer};
use crate::proto::longrunning::operations_server::{Operations, OperationsServer};
use crate::proto::v1::eventarc_server::{Eventarc, EventarcServer};
use crate::proto::{iam, location, longrunning, v1};
use crate::service::Service;

pub(super) fn router(service: &Arc<Service>) -> axum::Router {
    let grpc = || Grpc(Arc::clone(service));
    tonic::service::Routes::new(EventarcServer::new(grpc()))
        .add_service(OperationsServer::new(grpc()))
        .add_service(LocationsServer::new(grpc()))
        .add_service(IamPolicyServer::new(grpc()))
        .into_axum_router()
        // The fallback of the REST router answers requests that are not gRPC.
        .reset_fallback()
        .layer(middleware::from_fn(name_the_unimplemented))
}

/// The generated server answers an unknown method with `UNIMPLEMENTED` and no message; this adds
/// one.
async fn name_the_unimplemented(request: HttpRequest, next: Next) -> HttpResponse {
    let path = request.uri().path().trim_start_matches('/').to_owned();
    let response = next.run(request).await;
    let silent = Status::from_header_map(response.headers()).is_some_and(|status| {
        status.code() == tonic::Code::Unimplemented && status.message().is_empty()
    });
    if !silent {
        return response;
    }
    status(&Refusal::Unserved(path)).into_http()
}

fn answer<T>(result: Result<T, Refusal>) -> Result<Response<T>, Status> {
    result.map(Response::new).map_err(|refusal| status(&refusal))
}

struct Grpc(Arc<Service>);

#[tonic::async_trait]
impl Eventarc for Grpc {
    async fn get_trigger(
        &self,
        request: Request<v1::GetTriggerRequest>,
    ) -> Result<Response<v1::Trigger>, Status> {
        answer(calls::get(&self.0, &request.into_inner().name))
    }

    async fn list_triggers(
        &self,
        request: Request<v1::ListTriggersRequest>,
    ) -> Result<Response<v1::ListTriggersResponse>, Status> {
        answer(calls::list(&self.0, &request.into_inner()))
    }

    async fn create_trigger(
        &self,
        request: Request<v1::CreateTriggerRequest>,
    ) -> Result<Response<longrunning::Operation>, Status> {
        answer(calls::create(&self.0, request.into_inner()).await)
    }

    async fn update_trigger(
        &self,
        request: Request<v1::UpdateTriggerRequest>,
    ) -> Result<Response<longrunning::Operation>, Status> {
        answer(calls::update(&self.0, request.into_inner()).await)
    }

    async fn delete_trigger(
        &self,
        request: Request<v1::DeleteTriggerRequest>,
    ) -> Result<Response<longrunning::Operation>, Status> {
        answer(calls::delete(&self.0, request.into_inner()).await)
    }

    async fn get_channel(
        &self,
        request: Request<v1::GetChannelRequest>,
    ) -> Result<Response<v1::Channel>, Status> {
        answer(calls::get_channel(&self.0, &request.into_inner().name))
    }

    async fn list_channels(
        &self,
        request: Request<v1::ListChannelsRequest>,
    ) -> Result<Response<v1::ListChannelsResponse>, Status> {
        answer(calls::list_channels(&self.0, &request.into_inner()))
    }

    async fn get_provider(
        &self,
        request: Request<v1::GetProviderRequest>,
    ) -> Result<Response<v1::Provider>, Status> {
        answer(calls::get_provider(&self.0, &request.into_inner().name))
    }

    async fn list_providers(
        &self,
        request: Request<v1::ListProvidersRequest>,
    ) -> Result<Response<v1::ListProvidersResponse>, Status> {
        answer(calls::list_providers(&self.0, &request.into_inner()))
    }
}

#[tonic::async_trait]
impl Operations for Grpc {
    async fn list_operations(
        &self,
        request: Request<longrunning::ListOperationsRequest>,
    ) -> Result<Response<longrunning::ListOperationsResponse>, Status> {
        answer(calls::list_operations(&self.0, &request.into_inner()))
    }

    async fn get_operation(
        &self,
        request: Request<longrunning::GetOperationRequest>,
    ) -> Result<Response<longrunning::Operation>, Status> {
        answer(calls::get_operation(&self.0, &request.into_inner().name))
    }
}

#[tonic::async_trait]
impl Locations for Grpc {
    async fn list_locations(
        &self,
        request: Request<location::ListLocationsRequest>,
    ) -> Result<Response<location::ListLocationsResponse>, Status> {
        answer(calls::list_locations(&self.0, &request.into_inner()))
    }

    async fn get_location(
        &self,
        request: Request<location::GetLocationRequest>,
    ) -> Result<Response<location::Location>, Status> {
        answer(calls::get_location(&self.0, &request.into_inner().name))
    }
}

#[tonic::async_trait]
impl IamPolicy for Grpc {
    async fn set_iam_policy(
        &self,
        request: Request<iam::SetIamPolicyRequest>,
    ) -> Result<Response<iam::Policy>, Status> {
        answer(calls::set_policy(&self.0, request.into_inner()))
    }

    async fn get_iam_policy(
        &self,
        request: Request<iam::GetIamPolicyRequest>,
    ) -> Result<Response<iam::Policy>, Status> {
        answer(calls::get_policy(&self.0, &request.into_inner()))
    }

    async fn test_iam_permissions(
        &self,
        request: Request<iam::TestIamPermissionsRequest>,
    ) -> Result<Response<iam::TestIamPermissionsResponse>, Status> {
        answer(calls::test_permissions(&self.0, request.into_inner()))
    }
}
