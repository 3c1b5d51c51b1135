//! Submitting a build, and finding one that was submitted before.

use std::collections::BTreeMap;
use std::time::Duration;

use longshore_cloud::{BuildRequest, Builds, CloudError};
use longshore_ledger::{Ledger, LedgerError, Submission};
use longshore_messages::{BuildRef, BuildSubmitted, Signature, fleet_tag};
use time::OffsetDateTime;

/// Time that a handling which claimed a build is given to submit it, before a duplicate of it looks
/// for the build and submits in its place: well above the few hundred milliseconds of a submission,
/// short enough not to be felt after a crash.
pub(crate) const CLAIM_GRACE: Duration = Duration::from_secs(5);

/// Time between two looks for somebody else's submission.
const CLAIM_POLL: Duration = Duration::from_millis(50);

/// What Cloud Run is asked to build.
pub(crate) fn request(submitted: &BuildSubmitted, fleet: &str) -> BuildRequest {
    let function = &submitted.function;
    let build = submitted.build.build;
    BuildRequest {
        project: function.at.project.clone(),
        region: function.at.region.clone(),
        source: submitted.source.object.clone(),
        image: format!("{}:{build}", submitted.build.image),
        function_target: function.entry_point.clone(),
        environment: environment(submitted),
        base_image: function.build.base_image.clone(),
        service_account: function.build.service_account.clone(),
        worker_pool: function.build.worker_pool.clone(),
        machine_type: function.build.machine_type.clone(),
        tags: vec![fleet_tag(fleet), build.tag(), format!("service_{}", function.at.name)],
    }
}

/// The requester's build environment, and what the buildpacks need to know of the function.
fn environment(submitted: &BuildSubmitted) -> BTreeMap<String, String> {
    let function = &submitted.function;
    let signature = match function.signature {
        Signature::Http | Signature::Typed => "http",
        Signature::CloudEvent => "cloudevent",
    };
    let mut environment = function.build.environment.clone();
    environment.insert("GOOGLE_FUNCTION_SIGNATURE_TYPE".to_owned(), signature.to_owned());
    if let Some(runtime) = &function.runtime {
        environment.entry("GOOGLE_RUNTIME".to_owned()).or_insert_with(|| runtime.clone());
    }
    environment
}

/// Waits until whoever claimed the build has submitted it, or had the time to.
pub(crate) async fn somebody_elses_submission(
    ledger: &Ledger,
    build: BuildRef,
    claimed_at: OffsetDateTime,
) -> Result<Option<Submission>, LedgerError> {
    loop {
        let found = ledger.submission(build, 1).await?;
        if found.is_some() || OffsetDateTime::now_utc() >= claimed_at + CLAIM_GRACE {
            return Ok(found);
        }
        tokio::time::sleep(CLAIM_POLL).await;
    }
}

/// The name of the attempt's build when Cloud Build has it already. Attempts carry the same tag;
/// they are told apart by order.
pub(crate) async fn find(
    builds: &dyn Builds,
    request: &BuildRequest,
    tag: &str,
    attempt: u32,
) -> Result<Option<String>, CloudError> {
    let found = builds.list_by_tag(&request.project, &request.region, tag).await?;
    let enough = found.len() >= attempt as usize;
    Ok(found.into_iter().next().filter(|_| enough).map(|build| build.name))
}
