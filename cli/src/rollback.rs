//! Finds what a function can go back to, in the history of its deployments, and requests it.

use longshore_ledger::{Admission, Earlier, Left};
use longshore_messages::{
    DeploymentId, EarlierDeployment, Flavour, FunctionRef, Published, Source, proto,
};

use crate::cloud_target::CloudTarget;
use crate::error::CliError;

/// Maximum number of deployments of a function that are looked at: each takes three reads.
const HISTORY_MAX: usize = 1_000;

/// What a function is to go back to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum To {
    /// The newest earlier deployment that made another revision; if there is none, what another tool
    /// had deployed.
    Previous,
    /// The deployment that made this revision.
    Revision(String),
    Deployment(DeploymentId),
}

/// Something to go back to.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) flavour: Flavour,
    pub(crate) earlier: EarlierDeployment,
    /// The revision that it made, or that was there before it.
    pub(crate) revision: String,
}

/// Finds what a function can go back to from a deployment of it.
///
/// # Errors
/// [`CliError::NothingEarlier`] if nothing in its history is that.
pub(crate) async fn find(
    target: &CloudTarget,
    at: &FunctionRef,
    from: DeploymentId,
    to: &To,
) -> Result<Found, CliError> {
    let ledger = &target.ledger;
    let mut history = Vec::new();
    let (mut next, mut current) = (Some(from), None);
    while let Some(id) = next.take().filter(|_| history.len() < HISTORY_MAX) {
        let (left, admission) = tokio::join!(ledger.earlier(id), ledger.admission(id));
        let admission = admission.map_err(CliError::ledger)?;
        history.push(id);
        next = admission.and_then(|Admission { previous, .. }| previous);
        let Left::Earlier(left) = left.map_err(CliError::ledger)? else { continue };
        let Earlier { published, serving, .. } = *left;
        let is_found = match to {
            To::Deployment(wanted) => id == *wanted,
            To::Revision(wanted) => serving.revision == *wanted,
            To::Previous => current.as_ref().is_some_and(|current| *current != serving.revision),
        };
        // The revision of a deployment that failed never served.
        let is_earlier = id != from && (is_found || (current.is_none() && *to == To::Previous));
        if is_earlier || (is_found && *to != To::Previous) {
            let flavour = flavour_of(&published);
            return Ok(Found { flavour, earlier: earlier(id), revision: serving.revision });
        }
        current.get_or_insert(serving.revision);
    }
    match to {
        To::Previous => before(target, at, history).await,
        To::Revision(_) | To::Deployment(_) => Err(CliError::NothingEarlier(at.to_string())),
    }
}

/// What another tool had deployed before the first deployment of the fleet.
async fn before(
    target: &CloudTarget,
    at: &FunctionRef,
    history: Vec<DeploymentId>,
) -> Result<Found, CliError> {
    for id in history.into_iter().rev() {
        if let Some(before) = target.ledger.before(id).await.map_err(CliError::ledger)? {
            let earlier = EarlierDeployment { before: true, ..earlier(id) };
            return Ok(Found { flavour: Flavour::Run, earlier, revision: before.revision });
        }
    }
    Err(CliError::NothingEarlier(at.to_string()))
}

fn earlier(deployment: DeploymentId) -> EarlierDeployment {
    EarlierDeployment {
        deployment,
        reason: String::new(),
        rebuild: false,
        before: false,
        release: false,
    }
}

fn flavour_of(published: &Published) -> Flavour {
    match published {
        Published::Shared(_) => Flavour::Run,
        Published::Function(_) => Flavour::Functions,
    }
}

/// The specification of a request to go back.
pub(crate) fn specification(at: &FunctionRef, found: &Found) -> proto::FunctionSpec {
    let flavour = match found.flavour {
        Flavour::Run => proto::Flavour::Run,
        Flavour::Functions => proto::Flavour::Functions,
    };
    proto::FunctionSpec {
        name: at.name.clone(),
        project: at.project.clone(),
        region: at.region.clone(),
        flavour: flavour.into(),
        source: Some(Source::Earlier(found.earlier.clone()).to_proto()),
        ..proto::FunctionSpec::default()
    }
}
