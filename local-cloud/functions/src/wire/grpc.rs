//! gRPC: the API itself, and what Google mixes into it: operations, locations and policies.

use std::sync::Arc;

use axum::routing::any;
use tonic::{Request, Response, Status};

use super::error::status;
use crate::calls;
use crate::core::Refusal;
use crate::proto::iam::iam_policy_server::{IamPolicy, IamPolicyServer};
use crate::proto::location::locations_server::{Locations, LocationsServer};
use crate::proto::longrunning::operations_server::{Operations, OperationsServer};
use crate::proto::v2::function_service_server::{FunctionService, FunctionServiceServer};
use crate::proto::{iam, location, longrunning, v2};
use crate::service::Service;

/// Methods of the mixed-in services that Cloud Functions does not have either.
const UNSERVED: [&str; 4] = [
    "/google.longrunning.Operations/DeleteOperation",
    "/google.longrunning.Operations/CancelOperation",
    "/google.longrunning.Operations/WaitOperation",
    "/google.cloud.location.Locations/GetLocation",
];

pub(super) fn router(service: &Arc<Service>) -> axum::Router {
    let grpc = || Grpc(Arc::clone(service));
    let served = tonic::service::Routes::new(FunctionServiceServer::new(grpc()))
        .add_service(OperationsServer::new(grpc()))
        .add_service(LocationsServer::new(grpc()))
        .add_service(IamPolicyServer::new(grpc()))
        .into_axum_router();
    // The fallback of the REST router answers requests that are not gRPC.
    UNSERVED.iter().fold(served.reset_fallback(), |router, path| router.route(path, any(unserved)))
}

async fn unserved(uri: axum::http::Uri) -> axum::http::Response<tonic::body::Body> {
    status(Refusal::Unserved(uri.path().trim_start_matches('/').to_owned())).into_http()
}

fn answer<T>(result: Result<T, Refusal>) -> Result<Response<T>, Status> {
    result.map(Response::new).map_err(status)
}

struct Grpc(Arc<Service>);

#[tonic::async_trait]
impl FunctionService for Grpc {
    async fn get_function(
        &self,
        request: Request<v2::GetFunctionRequest>,
    ) -> Result<Response<v2::Function>, Status> {
        answer(calls::get_requested(&self.0, &request.into_inner()))
    }

    async fn list_functions(
        &self,
        request: Request<v2::ListFunctionsRequest>,
    ) -> Result<Response<v2::ListFunctionsResponse>, Status> {
        answer(calls::list(&self.0, &request.into_inner()))
    }

    async fn create_function(
        &self,
        request: Request<v2::CreateFunctionRequest>,
    ) -> Result<Response<longrunning::Operation>, Status> {
        let v2::CreateFunctionRequest { parent, function, function_id } = request.into_inner();
        answer(calls::create(&self.0, &parent, function, &function_id).await)
    }

    async fn update_function(
        &self,
        request: Request<v2::UpdateFunctionRequest>,
    ) -> Result<Response<longrunning::Operation>, Status> {
        let v2::UpdateFunctionRequest { function, update_mask } = request.into_inner();
        let mask = update_mask.map(|mask| mask.paths).unwrap_or_default();
        answer(calls::update(&self.0, function, &mask).await)
    }

    async fn delete_function(
        &self,
        request: Request<v2::DeleteFunctionRequest>,
    ) -> Result<Response<longrunning::Operation>, Status> {
        answer(calls::delete(&self.0, &request.into_inner().name))
    }

    async fn generate_upload_url(
        &self,
        request: Request<v2::GenerateUploadUrlRequest>,
    ) -> Result<Response<v2::GenerateUploadUrlResponse>, Status> {
        answer(calls::upload_url(&self.0, &request.into_inner()).await)
    }

    async fn generate_download_url(
        &self,
        request: Request<v2::GenerateDownloadUrlRequest>,
    ) -> Result<Response<v2::GenerateDownloadUrlResponse>, Status> {
        answer(calls::download_url(&self.0, &request.into_inner().name).await)
    }

    async fn list_runtimes(
        &self,
        request: Request<v2::ListRuntimesRequest>,
    ) -> Result<Response<v2::ListRuntimesResponse>, Status> {
        let v2::ListRuntimesRequest { parent, filter } = request.into_inner();
        answer(calls::list_runtimes(&self.0, &parent, &filter))
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
        answer(calls::list_locations(&self.0, request.get_ref()))
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
