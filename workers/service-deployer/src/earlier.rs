//! A rollback: what an earlier deployment made, beyond what its specification says.
//!
//! The revision of that deployment says what it had in fields that its request left unset, and the
//! ledger says how the traffic was. A revision that was deleted since then is not needed: then these
//! fields stay as they are.

use longshore_cloud::{LiveService, ServiceShape, Traffic, TrafficTarget};
use longshore_ledger::{Before, BeforeTarget, Earlier, LedgerError, Left, names};
use longshore_messages::{
    DeploymentId, EarlierDeployment, ImagePublished, RevisionTraffic, ServiceSettings, Source,
};

use crate::DeployError;
use crate::plan::written_by;
use crate::rollout::Moves;
use crate::shape::wanted;
use crate::stage::ServiceDeployer;

impl ServiceDeployer {
    /// The service that a deployment requests, and what it does with the traffic.
    pub(crate) async fn desired(
        &self,
        published: &ImagePublished,
    ) -> Result<(ServiceShape, Moves), DeployError> {
        let (shape, moves) = (wanted(published), Moves::of(&published.function));
        match &published.function.source {
            Source::Earlier(earlier) if earlier.release => {
                let (revision, _) = self.left(earlier.deployment, false).await?;
                Ok((shape, Moves::Released { revision }))
            }
            Source::Earlier(earlier) => {
                Ok((self.rolled_back(published, shape, earlier).await?, moves))
            }
            Source::Storage(_) | Source::Https(_) | Source::Git(_) | Source::Inline(_) => {
                Ok((shape, moves))
            }
        }
    }

    /// The service that a rollback requests.
    async fn rolled_back(
        &self,
        published: &ImagePublished,
        shape: ServiceShape,
        earlier: &EarlierDeployment,
    ) -> Result<ServiceShape, DeployError> {
        let EarlierDeployment { deployment, before, .. } = *earlier;
        let service = published.function.at.service();
        let (revision, traffic) = self.left(deployment, before).await?;
        let found = self.services.revision(&service, &revision).await.map_err(DeployError::Get)?;
        match (found, before) {
            (Some(found), true) => Ok(replaced(shape, found, traffic)),
            (Some(found), false) => Ok(restored(shape, found, traffic)),
            (None, false) => Ok(ServiceShape { traffic: Some(traffic), ..shape }),
            (None, true) => Err(DeployError::NoRevision { revision }),
        }
    }

    /// The revision that a deployment made, or that was there before it, and its traffic.
    async fn left(
        &self,
        deployment: DeploymentId,
        before: bool,
    ) -> Result<(String, Traffic), DeployError> {
        let missing = |name| DeployError::Ledger(LedgerError::Missing { name });
        if before {
            let found = self.ledger.before(deployment).await.map_err(DeployError::Ledger)?;
            let Before { revision, traffic } =
                found.ok_or_else(|| missing(names::before(deployment)))?;
            return Ok((revision, traffic_of_before(traffic)));
        }
        match self.ledger.earlier(deployment).await.map_err(DeployError::Ledger)? {
            Left::Earlier(earlier) => {
                let Earlier { serving, traffic, .. } = *earlier;
                Ok((serving.revision, traffic_of(traffic)))
            }
            // The uploader has read it.
            Left::Unfinished | Left::NotUp { .. } => Err(missing(names::outcome(deployment))),
        }
    }

    /// Notes what serves before the first write of a service that another tool made.
    pub(crate) async fn note_before(
        &self,
        id: DeploymentId,
        live: Option<&LiveService>,
    ) -> Result<(), DeployError> {
        let Some(before) = live.and_then(before) else { return Ok(()) };
        self.ledger.note_before(id, &before).await.map_err(DeployError::Ledger)
    }
}

/// What serves, unless this fleet or another one made it.
fn before(live: &LiveService) -> Option<Before> {
    if written_by(live).is_some() || live.latest_ready_revision.is_empty() {
        return None;
    }
    let target = |share: &longshore_cloud::TrafficShare| BeforeTarget {
        revision: share.revision.clone(),
        percent: share.percent,
        tag: share.tag.clone(),
    };
    let traffic = match Traffic::Newest.is_met_by(live) {
        true => Vec::new(),
        false => live.traffic.iter().map(target).collect(),
    };
    Some(Before { revision: live.latest_ready_revision.clone(), traffic })
}

fn traffic_of(targets: Vec<RevisionTraffic>) -> Traffic {
    let target =
        |RevisionTraffic { revision, percent, tag, .. }| TrafficTarget { revision, percent, tag };
    pinned(targets.into_iter().map(target).collect())
}

fn traffic_of_before(targets: Vec<BeforeTarget>) -> Traffic {
    let target = |BeforeTarget { revision, percent, tag }| TrafficTarget { revision, percent, tag };
    pinned(targets.into_iter().map(target).collect())
}

fn pinned(targets: Vec<TrafficTarget>) -> Traffic {
    match targets.is_empty() {
        true => Traffic::Newest,
        false => Traffic::Pinned(targets),
    }
}

/// What a specification requests, with what its revision had in the fields that it leaves unset.
fn restored(shape: ServiceShape, revision: ServiceShape, traffic: Traffic) -> ServiceShape {
    let settings = filled(shape.settings, revision.settings);
    let encryption_key = shape.encryption_key.or(revision.encryption_key);
    ServiceShape { settings, encryption_key, traffic: Some(traffic), ..shape }
}

/// What another tool's revision had. Of the service itself, its labels, its description and who may
/// call it stay as they are: nothing says what they were.
fn replaced(shape: ServiceShape, revision: ServiceShape, traffic: Traffic) -> ServiceShape {
    let settings = ServiceSettings {
        environment: revision.settings.environment.clone(),
        secret_environment: revision.settings.secret_environment.clone(),
        secret_volumes: revision.settings.secret_volumes.clone(),
        ..filled(ServiceSettings::default(), revision.settings)
    };
    ServiceShape {
        settings,
        image: revision.image,
        encryption_key: revision.encryption_key,
        annotations: shape.annotations,
        template_annotations: shape.template_annotations,
        build: None,
        traffic: Some(traffic),
    }
}

/// Settings whose unset fields are those of a revision. The fields of the service itself are not in a
/// revision.
fn filled(own: ServiceSettings, revision: ServiceSettings) -> ServiceSettings {
    ServiceSettings {
        memory: own.memory.or(revision.memory),
        cpu: own.cpu.or(revision.cpu),
        timeout: own.timeout.or(revision.timeout),
        concurrency: own.concurrency.or(revision.concurrency),
        min_instances: own.min_instances.or(revision.min_instances),
        max_instances: own.max_instances.or(revision.max_instances),
        service_account: own.service_account.or(revision.service_account),
        execution_environment: own.execution_environment.or(revision.execution_environment),
        cpu_boost: own.cpu_boost.or(revision.cpu_boost),
        vpc: own.vpc.or(revision.vpc),
        use_http2: own.use_http2.or(revision.use_http2),
        ..own
    }
}

#[cfg(test)]
mod tests;
