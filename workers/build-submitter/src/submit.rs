//! Submits builds, and finds builds that were submitted before.

use std::collections::BTreeMap;
use std::time::Duration;

use longshore_cloud::{BuildRequest, BuildStatus, Builds, CloudError};
use longshore_ledger::{Ledger, LedgerError, Submission};
use longshore_messages::{BuildRef, BuildSubmitted, Signature, fleet_tag};
use time::OffsetDateTime;

use crate::runtime;

/// How long a duplicate handling waits for the claimant to submit the build, before it looks for
/// the build and submits it itself: well above the few hundred milliseconds of a submission, and
/// short enough not to matter after a crash.
pub(crate) const CLAIM_GRACE: Duration = Duration::from_secs(5);

/// Time between two reads of the ledger while waiting for the other handling's submission.
const CLAIM_POLL: Duration = Duration::from_millis(50);

/// The request to Cloud Run.
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
        base_image: runtime::base_image(function).to_owned(),
        service_account: function.build.service_account.clone(),
        worker_pool: function.build.worker_pool.clone(),
        machine_type: function.build.machine_type.clone(),
        tags: vec![fleet_tag(fleet), build.tag(), format!("service_{}", function.at.name)],
    }
}

/// The requester's build environment, plus the variables that the buildpacks need.
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
    if let Some(version) = runtime::version(function) {
        environment.insert("GOOGLE_RUNTIME_VERSION".to_owned(), version);
    }
    environment
}

/// Waits until the claimant has submitted the build, or until its time to do so has passed.
pub(crate) async fn other_submission(
    ledger: &Ledger,
    build: BuildRef,
    claimed_at: OffsetDateTime,
) -> Result<Option<Submission>, LedgerError> {
    loop {
        let found = ledger.submission(build, 1).await?;
        if found.is_some() || ledger.now() >= claimed_at + CLAIM_GRACE {
            return Ok(found);
        }
        tokio::time::sleep(CLAIM_POLL).await;
    }
}

/// The name of a first attempt's build, if Cloud Build has it already.
pub(crate) async fn find(
    builds: &dyn Builds,
    request: &BuildRequest,
    tag: &str,
) -> Result<Option<String>, CloudError> {
    let found = builds.list_by_tag(&request.project, &request.region, tag).await?;
    Ok(found.into_iter().next().map(|build| build.name))
}

/// A later attempt, as Cloud Build sees it.
pub(crate) enum Attempt {
    /// It was submitted already, as this build.
    Submitted(String),
    /// The one before has failed.
    Due,
    /// The one before is in progress, has succeeded, or was never submitted.
    NotDue,
}

/// Looks for a later attempt. All attempts carry the same tag, and their order distinguishes them.
pub(crate) async fn attempt(
    builds: &dyn Builds,
    request: &BuildRequest,
    tag: &str,
    attempt: u32,
) -> Result<Attempt, CloudError> {
    let found = builds.list_by_tag(&request.project, &request.region, tag).await?;
    let enough = found.len() >= attempt as usize;
    Ok(match found.into_iter().next() {
        Some(latest) if enough => Attempt::Submitted(latest.name),
        Some(latest) if latest.status.is_terminal() && latest.status != BuildStatus::Success => {
            Attempt::Due
        }
        Some(_) | None => Attempt::NotDue,
    })
}
