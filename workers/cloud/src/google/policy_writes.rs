//! Writes of IAM policies that others change at the same time.

use std::future::Future;

use google_cloud_gax::error::Error;
use google_cloud_iam_v1::model::{GetPolicyOptions, Policy};

use super::call::Call;
use super::policy_members::VERSION;
use super::profile::REQUEST_LIMIT;
use super::status;
use crate::{CloudError, Kind};

/// Maximum number of writes of a policy that others change at the same time: each of them succeeds
/// for one of the writers.
const ATTEMPTS_MAX: u32 = 4;

/// The options with which a policy is read, so that its conditions are not lost when it is written.
pub(crate) fn options() -> GetPolicyOptions {
    GetPolicyOptions::new().set_requested_policy_version(VERSION)
}

/// Sends a write of a policy once. `PreconditionFailed` if the policy has changed since it was read.
pub(crate) async fn written(
    call: Call<'_>,
    request: impl Future<Output = Result<Policy, Error>>,
) -> Result<(), CloudError> {
    let failed = |error| {
        let reason = status::reason(&error);
        let kind = status::conditional_write_kind(&error);
        CloudError { reason, ..call.caused(kind, error) }
    };
    call.once_or(REQUEST_LIMIT, request, failed).await.map(drop)
}

/// Reads a policy, and writes what `change` makes of it, unless that is `None`. Starts again if the
/// policy has changed in between.
pub(crate) async fn change_policy<R, W>(
    read: impl Fn() -> R,
    change: impl Fn(Policy) -> Option<Policy>,
    write: impl Fn(Policy) -> W,
) -> Result<(), CloudError>
where
    R: Future<Output = Result<Policy, CloudError>>,
    W: Future<Output = Result<(), CloudError>>,
{
    let mut attempts_left = ATTEMPTS_MAX;
    loop {
        let Some(policy) = change(read().await?) else { return Ok(()) };
        attempts_left -= 1;
        match write(policy).await {
            Err(error) if error.kind == Kind::PreconditionFailed && attempts_left > 0 => {}
            written => return written,
        }
    }
}
