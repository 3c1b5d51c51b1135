//! The build of a function's latest deployment.

use longshore_cloud::Build;
use longshore_messages::{BuildRef, FunctionRef, Submitted};

use crate::cloud_target::CloudTarget;
use crate::error::CliError;
use crate::stages::decode;

/// The build that the function's latest deployment waited for, or `None` if it has none, or if Cloud
/// Build does not know it any more.
pub(crate) async fn latest_build(
    target: &CloudTarget,
    function: &FunctionRef,
) -> Result<Option<Build>, CliError> {
    let builds = &target.clients.builds;
    match reference(target, function).await? {
        None => Ok(None),
        Some(Reference::Shared(build)) => {
            let listed =
                builds.list_by_tag(&function.project, &function.region, &build.tag()).await;
            Ok(listed.map_err(CliError::Logs)?.into_iter().next())
        }
        Some(Reference::Named(name)) => builds.get(&name).await.map_err(CliError::Logs),
    }
}

/// How the build of a deployment is found.
enum Reference {
    /// By the tag that only this build has.
    Shared(BuildRef),
    /// By its resource name in Cloud Build.
    Named(String),
}

async fn reference(
    target: &CloudTarget,
    function: &FunctionRef,
) -> Result<Option<Reference>, CliError> {
    let Some(head) = target.ledger.head(function).await.map_err(CliError::ledger)? else {
        return Ok(None);
    };
    let record = target
        .ledger
        .stage_record(head.deployment, "build-submitter")
        .await
        .map_err(CliError::ledger)?;
    let started = match record.and_then(|record| decode::<Submitted>(&record)) {
        None => return Ok(None),
        Some(Submitted::Shared(submitted)) => {
            return Ok(Some(Reference::Shared(submitted.build.build)));
        }
        Some(Submitted::Function(started)) => started,
    };
    let functions = &target.clients.functions;
    if let Some(name) = &started.operation.name
        && let Some(operation) = functions.operation(name).await.map_err(CliError::Logs)?
        && !operation.build.is_empty()
    {
        return Ok(Some(Reference::Named(operation.build)));
    }
    let live = functions.get(&function.function()).await.map_err(CliError::Logs)?;
    let build = live.map(|live| live.build).filter(|build| !build.is_empty());
    Ok(build.map(Reference::Named))
}
