//! `google.iam.v1.IAMPolicy`.

use tonic::{Request, Response, Status};

use super::{Grpc, answer};
use crate::wire::iam::iam_policy_server::IamPolicy;
use crate::wire::{iam, operations};

#[tonic::async_trait]
impl IamPolicy for Grpc {
    async fn set_iam_policy(
        &self,
        request: Request<iam::SetIamPolicyRequest>,
    ) -> Result<Response<iam::Policy>, Status> {
        answer(operations::set_policy(&self.0, request.into_inner()))
    }

    async fn get_iam_policy(
        &self,
        request: Request<iam::GetIamPolicyRequest>,
    ) -> Result<Response<iam::Policy>, Status> {
        answer(operations::get_policy(&self.0, &request.into_inner()))
    }

    async fn test_iam_permissions(
        &self,
        request: Request<iam::TestIamPermissionsRequest>,
    ) -> Result<Response<iam::TestIamPermissionsResponse>, Status> {
        answer(operations::test_permissions(&self.0, request.into_inner()))
    }
}
