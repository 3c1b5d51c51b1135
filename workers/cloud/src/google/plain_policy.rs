//! IAM policies of REST responses.

use google_cloud_iam_v1::model::Policy;
use serde_json::Value;

use super::call::Call;
use crate::{Binding, CloudError, Kind};

/// The policy of a response.
pub(crate) fn policy_of(call: Call<'_>, response: Value) -> Result<Policy, CloudError> {
    serde_json::from_value(response).map_err(|error| call.caused(Kind::Internal, error))
}

/// Who has which role.
pub(crate) fn bindings(policy: Policy) -> Vec<Binding> {
    let bindings = policy.bindings.into_iter();
    bindings.map(|one| Binding { role: one.role, members: one.members }).collect()
}
