//! The gRPC services.

use std::sync::Arc;

use axum::extract::Request as HttpRequest;
use axum::middleware::{self, Next};
use axum::response::Response as HttpResponse;
use tonic::service::Routes;
use tonic::{Request, Response, Status};

use super::error::status;
use super::iam::iam_policy_server::{IamPolicy, IamPolicyServer};
use super::location::locations_server::{Locations, LocationsServer};
use super::location::{GetLocationRequest, ListLocationsRequest, ListLocationsResponse, Location};
use super::proto::key_management_service_server::{
    KeyManagementService, KeyManagementServiceServer,
};
use super::{iam, keys, locations, operations, policies, proto};
use crate::core::Transition;
use crate::{Service, ServiceError};

pub(super) fn router(service: &Arc<Service>) -> axum::Router {
    let grpc = || Grpc(Arc::clone(service));
    Routes::new(KeyManagementServiceServer::new(grpc()))
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
impl KeyManagementService for Grpc {
    async fn list_key_rings(
        &self,
        request: Request<proto::ListKeyRingsRequest>,
    ) -> Result<Response<proto::ListKeyRingsResponse>, Status> {
        answer(keys::list_rings(&self.0, request.get_ref()))
    }

    async fn list_crypto_keys(
        &self,
        request: Request<proto::ListCryptoKeysRequest>,
    ) -> Result<Response<proto::ListCryptoKeysResponse>, Status> {
        answer(keys::list_keys(&self.0, request.get_ref()))
    }

    async fn list_crypto_key_versions(
        &self,
        request: Request<proto::ListCryptoKeyVersionsRequest>,
    ) -> Result<Response<proto::ListCryptoKeyVersionsResponse>, Status> {
        answer(keys::list_versions(&self.0, request.get_ref()))
    }

    async fn get_key_ring(
        &self,
        request: Request<proto::GetKeyRingRequest>,
    ) -> Result<Response<proto::KeyRing>, Status> {
        answer(keys::get_ring(&self.0, &request.get_ref().name))
    }

    async fn get_crypto_key(
        &self,
        request: Request<proto::GetCryptoKeyRequest>,
    ) -> Result<Response<proto::CryptoKey>, Status> {
        answer(keys::get_key(&self.0, &request.get_ref().name))
    }

    async fn get_crypto_key_version(
        &self,
        request: Request<proto::GetCryptoKeyVersionRequest>,
    ) -> Result<Response<proto::CryptoKeyVersion>, Status> {
        answer(keys::get_version(&self.0, &request.get_ref().name))
    }

    async fn create_key_ring(
        &self,
        request: Request<proto::CreateKeyRingRequest>,
    ) -> Result<Response<proto::KeyRing>, Status> {
        answer(keys::create_ring(&self.0, request.get_ref()))
    }

    async fn create_crypto_key(
        &self,
        request: Request<proto::CreateCryptoKeyRequest>,
    ) -> Result<Response<proto::CryptoKey>, Status> {
        answer(keys::create_key(&self.0, request.into_inner()))
    }

    async fn create_crypto_key_version(
        &self,
        request: Request<proto::CreateCryptoKeyVersionRequest>,
    ) -> Result<Response<proto::CryptoKeyVersion>, Status> {
        answer(keys::create_version(&self.0, request.get_ref()))
    }

    async fn update_crypto_key(
        &self,
        request: Request<proto::UpdateCryptoKeyRequest>,
    ) -> Result<Response<proto::CryptoKey>, Status> {
        answer(keys::update_key(&self.0, request.into_inner()))
    }

    async fn update_crypto_key_version(
        &self,
        request: Request<proto::UpdateCryptoKeyVersionRequest>,
    ) -> Result<Response<proto::CryptoKeyVersion>, Status> {
        answer(keys::update_version(&self.0, request.get_ref()))
    }

    async fn update_crypto_key_primary_version(
        &self,
        request: Request<proto::UpdateCryptoKeyPrimaryVersionRequest>,
    ) -> Result<Response<proto::CryptoKey>, Status> {
        answer(keys::set_primary(&self.0, request.get_ref()))
    }

    async fn destroy_crypto_key_version(
        &self,
        request: Request<proto::DestroyCryptoKeyVersionRequest>,
    ) -> Result<Response<proto::CryptoKeyVersion>, Status> {
        answer(keys::change_version(&self.0, &request.get_ref().name, Transition::Destroy))
    }

    async fn restore_crypto_key_version(
        &self,
        request: Request<proto::RestoreCryptoKeyVersionRequest>,
    ) -> Result<Response<proto::CryptoKeyVersion>, Status> {
        answer(keys::change_version(&self.0, &request.get_ref().name, Transition::Restore))
    }

    async fn encrypt(
        &self,
        request: Request<proto::EncryptRequest>,
    ) -> Result<Response<proto::EncryptResponse>, Status> {
        answer(operations::encrypt(&self.0, request.get_ref()))
    }

    async fn decrypt(
        &self,
        request: Request<proto::DecryptRequest>,
    ) -> Result<Response<proto::DecryptResponse>, Status> {
        answer(operations::decrypt(&self.0, request.get_ref()))
    }
}

#[tonic::async_trait]
impl IamPolicy for Grpc {
    async fn set_iam_policy(
        &self,
        request: Request<iam::SetIamPolicyRequest>,
    ) -> Result<Response<iam::Policy>, Status> {
        answer(policies::set(&self.0, request.into_inner()))
    }

    async fn get_iam_policy(
        &self,
        request: Request<iam::GetIamPolicyRequest>,
    ) -> Result<Response<iam::Policy>, Status> {
        answer(policies::get(&self.0, request.get_ref()))
    }

    async fn test_iam_permissions(
        &self,
        request: Request<iam::TestIamPermissionsRequest>,
    ) -> Result<Response<iam::TestIamPermissionsResponse>, Status> {
        answer(policies::test(&self.0, request.into_inner()))
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
