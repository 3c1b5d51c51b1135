//! What an error of Google says about a quota.

use std::time::Duration;

use google_cloud_gax::error::Error;
use google_cloud_gax::error::rpc::StatusDetails;

use super::bucket::Refusal;
use crate::CloudError;
use crate::retry::RATE_LIMITED;

/// What an error says about a quota of requests by the minute that is used up. `None` for one of
/// another quota.
pub(super) fn rate_limited(error: &CloudError) -> Option<Refusal> {
    let source = error.source.as_deref().and_then(|source| source.downcast_ref::<Error>());
    let details = source.and_then(Error::status).map(|status| status.details.as_slice());
    let mut refusal = Refusal::default();
    let mut is_rate = error.reason == RATE_LIMITED;
    for detail in details.unwrap_or_default() {
        match detail {
            StatusDetails::ErrorInfo(info) => {
                is_rate |= info.reason == RATE_LIMITED;
                let limit = info.metadata.get("quota_limit_value");
                refusal.limit = limit.and_then(|limit| limit.parse().ok());
            }
            StatusDetails::RetryInfo(info) => {
                is_rate = true;
                let delay = info.retry_delay.as_ref();
                refusal.retry_after = delay.and_then(|delay| {
                    let seconds = u64::try_from(delay.seconds()).ok()?;
                    Some(Duration::new(seconds, u32::try_from(delay.nanos()).ok()?))
                });
            }
            _ => {}
        }
    }
    is_rate.then_some(refusal)
}
