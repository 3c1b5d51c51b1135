//! A rollback: what an earlier deployment recorded takes the place of what its request leaves out. So it
//! does in the request that moves the traffic to an earlier deployment's revision.
//!
//! The request names a deployment, and the ledger says the rest. So nothing is fetched, and what the
//! deployment may name is checked again, because the settings of the fleet may have changed since
//! then.

use longshore_ledger::{Before, Ledger, Left};
use longshore_messages::{
    EarlierDeployment, Failure, FailureClass, Flavour, Function, Published, Source, StoredSource,
};

use crate::{NAME, UploadError};

/// What a request for a rollback means.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Restored {
    /// The function of the earlier deployment. Its source says that it is a rollback.
    pub(crate) function: Function,
    /// Where its source is stored.
    pub(crate) source: StoredSource,
}

/// Reads what a request for a rollback means. The inner error is the requester's.
pub(crate) async fn restored(
    ledger: &Ledger,
    asked: &Function,
    earlier: &EarlierDeployment,
) -> Result<Result<Restored, Box<Failure>>, UploadError> {
    let id = earlier.deployment;
    if earlier.before {
        let (published, before) = tokio::join!(ledger.published(id), ledger.before(id));
        let published = published.map_err(UploadError::Ledger)?;
        let before = before.map_err(UploadError::Ledger)?;
        return Ok(to_before(asked, earlier, published, before.as_ref()));
    }
    let left = ledger.earlier(id).await.map_err(UploadError::Ledger)?;
    Ok(to_deployment(asked, earlier, left))
}

fn to_deployment(
    asked: &Function,
    earlier: &EarlierDeployment,
    left: Left,
) -> Result<Restored, Box<Failure>> {
    let id = earlier.deployment;
    let published = match left {
        Left::Earlier(left) => left.published,
        Left::Unfinished => {
            return Err(unusable(format!("deployment {id} does not exist, or has no image")));
        }
        Left::NotUp { outcome } => {
            let reason = format!("deployment {id} ended as {outcome}: its revision did not serve");
            return Err(unusable(reason));
        }
    };
    of_function(asked, earlier, published)
}

fn to_before(
    asked: &Function,
    earlier: &EarlierDeployment,
    published: Option<Published>,
    before: Option<&Before>,
) -> Result<Restored, Box<Failure>> {
    let id = earlier.deployment;
    let (Some(published), Some(_)) = (published, before) else {
        let reason = format!(
            "the ledger has no revision of another tool from before deployment {id}: it made the \
             service, or an earlier deployment did"
        );
        return Err(unusable(reason));
    };
    let mut restored = of_function(asked, earlier, published)?;
    // What the fleet made beside the service was not there before.
    restored.function.triggers.clear();
    restored.function.callers.clear();
    Ok(restored)
}

fn of_function(
    asked: &Function,
    earlier: &EarlierDeployment,
    published: Published,
) -> Result<Restored, Box<Failure>> {
    let id = earlier.deployment;
    let (mut function, source) = match published {
        Published::Shared(published) => (published.function, published.source),
        Published::Function(published) => (published.function, published.source),
    };
    if function.at != asked.at {
        return Err(unusable(format!("deployment {id} is one of {}", function.at)));
    }
    if function.flavour != asked.flavour {
        let reason = format!(
            "deployment {id} has the flavour {}, but the request has {}",
            function.flavour.as_str(),
            asked.flavour.as_str()
        );
        return Err(unusable(reason));
    }
    match (function.flavour, earlier) {
        (Flavour::Run, EarlierDeployment { rebuild: true, .. }) => {
            return Err(unusable("a rollback in the Run flavour builds nothing".to_owned()));
        }
        (Flavour::Functions, EarlierDeployment { before: true, .. }) => {
            let reason = "the Cloud Functions API has no revisions to go back to";
            return Err(unusable(reason.to_owned()));
        }
        (Flavour::Functions, EarlierDeployment { rebuild: false, .. }) => {
            return Err(needs_build());
        }
        (Flavour::Run, _) | (Flavour::Functions, _) => {}
    }
    function.source = Source::Earlier(earlier.clone());
    // The traffic goes where the rollback or the release says.
    function.rollout = None;
    Ok(Restored { function, source })
}

fn unusable(reason: String) -> Box<Failure> {
    let advice = "`longshore describe FUNCTION` lists the deployments of the function; roll back to \
                  one that ended as deployed, unchanged or traffic-pinned";
    Box::new(Failure::new(NAME, FailureClass::User, "rollback-impossible", reason, advice))
}

fn needs_build() -> Box<Failure> {
    Box::new(Failure::new(
        NAME,
        FailureClass::User,
        "rollback-needs-build",
        "the Cloud Functions API cannot serve an image that exists: a rollback builds the recorded \
         source again",
        "request it with `rebuild` (`longshore rollback --rebuild`), or move the traffic of the \
         function's service to the earlier revision with `gcloud run services update-traffic`",
    ))
}

#[cfg(test)]
mod tests;
