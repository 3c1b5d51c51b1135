//! Submits builds, and finds builds that were submitted before.

use std::collections::BTreeMap;
use std::time::Duration;

use longshore_cloud::{
    Build, BuildRequest, BuildStatus, Builds, CloudError, Kind, Objects, build_id,
};
use longshore_ledger::{Claim, Ledger, LedgerError, Submission};
use longshore_messages::{BuildRef, BuildSubmitted, FunctionRef, Signature, fleet_tag};
use time::OffsetDateTime;

use crate::{SubmitError, runtime};

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
        Signature::Event => "event",
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
    attempt: u32,
    claimed_at: OffsetDateTime,
) -> Result<Option<Submission>, LedgerError> {
    loop {
        let found = ledger.submission(build, attempt).await?;
        if found.is_some() || ledger.now() >= claimed_at + CLAIM_GRACE {
            return Ok(found);
        }
        tokio::time::sleep(CLAIM_POLL).await;
    }
}

/// The name of a first attempt's build, if Cloud Build has it already. Others may have made builds
/// with the same tag.
pub(crate) async fn find(
    builds: &dyn Builds,
    claim: &Claim,
    build: BuildRef,
    fleet_tag: &str,
) -> Result<Option<String>, CloudError> {
    let found = candidates(builds, claim, build, fleet_tag, &[]).await?;
    Ok(found.into_iter().next().map(|found| found.name))
}

/// Whether a submission was refused because its source was deleted after it was stored. Google
/// reports what is missing in free text, so the bucket is asked.
pub(crate) async fn has_lost_its_source(
    objects: &dyn Objects,
    error: &CloudError,
    submitted: &BuildSubmitted,
) -> Result<bool, SubmitError> {
    if error.kind != Kind::NotFound {
        return Ok(false);
    }
    match objects.has_lost(&submitted.source.object).await {
        Ok(is_lost) => Ok(is_lost),
        Err(error) if error.kind.is_transient() => Err(SubmitError::Stored(error)),
        // This worker may not see the bucket.
        Err(_) => Ok(false),
    }
}

/// A later attempt, as Cloud Build sees it.
pub(crate) enum Attempt {
    /// It was submitted already, as this build.
    Submitted(String),
    /// It was not submitted, and the one before has failed.
    Due,
    /// The one before has not failed.
    NotDue,
}

/// Looks for an attempt that is not noted yet. All attempts carry the same tag.
pub(crate) async fn look_for_attempt(
    builds: &dyn Builds,
    claim: &Claim,
    build: BuildRef,
    fleet_tag: &str,
    attempt: u32,
    noted: &[Submission],
) -> Result<Attempt, CloudError> {
    let found = candidates(builds, claim, build, fleet_tag, noted).await?;
    let has_failed =
        |found: &Build| found.status.is_terminal() && found.status != BuildStatus::Success;
    let is_due = match noted.last() {
        Some(last) => found.iter().any(|found| is_noted_as(found, last) && has_failed(found)),
        None => attempt == 1 || found.iter().any(has_failed),
    };
    if !is_due {
        return Ok(Attempt::NotDue);
    }
    let unnoted = found.into_iter().find(|found| {
        let is_new = noted.iter().all(|noted| !is_noted_as(found, noted));
        is_new && (attempt == 1 || !has_failed(found))
    });
    Ok(unnoted.map_or(Attempt::Due, |unnoted| Attempt::Submitted(unnoted.name)))
}

fn is_noted_as(found: &Build, noted: &Submission) -> bool {
    build_id(&noted.build_name) == found.id()
}

/// The builds in Cloud Build that are noted as attempts of the claim, or may be, newest first.
async fn candidates(
    builds: &dyn Builds,
    claim: &Claim,
    build: BuildRef,
    fleet_tag: &str,
    noted: &[Submission],
) -> Result<Vec<Build>, CloudError> {
    let FunctionRef { project, region, .. } = &claim.function;
    let mut found = builds.list_by_tag(project, region, &build.tag()).await?;
    found.retain(|found| {
        noted.iter().any(|noted| is_noted_as(found, noted))
            || claim.could_be(build, fleet_tag, found)
    });
    Ok(found)
}
