//! What the reconciler reports: a new revision serves or has failed (then the previous one keeps
//! serving), or a URL has a port.

use std::fmt;
use std::net::SocketAddrV4;

use google_cloud_run_v2::model::condition::{CommonReason, RevisionReason, State};
use google_cloud_run_v2::model::{Revision, Service};

use super::names::short;
use super::operation::Outcome;
use super::routes::{self, condition};
use super::write::{all_tags_have_urls, current_outcome};
use super::{Event, ImageRef, Moment, ServiceName, Services, traffic};

/// Whether the first instance of a revision started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It listens on its port.
    Serves {
        /// Digest of its image.
        digest: String,
        /// Message of the `ContainerHealthy` condition: how the revision runs differently from
        /// Google. May be empty.
        note: String,
    },
    Failed {
        reason: FailureReason,
        message: String,
    },
}

/// Why a revision cannot serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FailureReason {
    /// The registry does not have the image.
    ContainerMissing,
    /// A secret that it names does not exist or is not enabled.
    Secrets,
    /// The customer's key that protects it cannot be used.
    EncryptionKey,
    /// Cloud Run's service agent may not use the customer's key.
    EncryptionKeyPermission,
    /// The container did not start, or did not listen on its port.
    HealthCheck,
    /// The local cloud failed.
    Internal,
}

impl fmt::Display for FailureReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ContainerMissing => "CONTAINER_MISSING",
            Self::Secrets => "SECRETS_ACCESS_CHECK_FAILED",
            Self::EncryptionKey => "ENCRYPTION_KEY_CHECK_FAILED",
            Self::EncryptionKeyPermission => "ENCRYPTION_KEY_PERMISSION_DENIED",
            Self::HealthCheck => "HEALTH_CHECK_CONTAINER_ERROR",
            Self::Internal => "INTERNAL",
        })
    }
}

impl Services {
    /// The revision of this service that is to be started.
    pub(crate) fn pending_revision(&self, service: &str) -> Option<&Revision> {
        let entry = self.entry(service).filter(|entry| entry.service.reconciling)?;
        entry.revisions.get(&entry.service.latest_created_revision)
    }

    /// Records the verdict. Returns no events if the service no longer waits for that revision.
    pub(crate) fn record_verdict(
        &self,
        revision: &str,
        verdict: &Verdict,
        moment: &Moment,
    ) -> Vec<Event> {
        let Some(parsed) = ServiceName::parse(revision) else { return Vec::new() };
        let name = parsed.to_string();
        let Some(pending) = self.pending_revision(&name).filter(|pending| pending.name == revision)
        else {
            return Vec::new();
        };
        let Some(entry) = self.entry(&name) else { return Vec::new() };
        let mut service = entry.service.clone();
        service.reconciling = false;
        service.observed_generation = service.generation;
        let mut revised = pending.clone().set_reconciling(false).set_update_time(moment.now);
        revised.observed_generation = revised.generation;
        let outcome = match verdict {
            Verdict::Serves { digest, note } => {
                serves(&mut service, &mut revised, (digest, note), moment)
            }
            Verdict::Failed { reason, message } => {
                failed(&mut service, &mut revised, *reason, message, moment)
            }
        };
        let missing = routes::missing(&parsed, &service, Some(entry), "");
        if missing.is_some() {
            routes::judge(&mut service, missing.as_deref(), moment);
        }
        let outcome = if outcome.is_done() { current_outcome(&service) } else { outcome };
        let is_ready = |id: &str| {
            if id == short(&revised.name) {
                traffic::is_ready(&revised)
            } else {
                entry.is_ready(id)
            }
        };
        traffic::route(&mut service, is_ready, &entry.tag_ports);
        let mut events = self.end_pending(&service, |_| Some(outcome.clone()));
        events.push(Event::Service(Box::new(service)));
        events.push(Event::Revision(Box::new(revised)));
        events
    }

    /// Records the loopback address of the service's URL. Returns no events if it is unchanged.
    pub(crate) fn record_address(&self, service: &str, address: SocketAddrV4) -> Vec<Event> {
        let Some(entry) = self.entry(service).filter(|entry| entry.address != Some(address)) else {
            return Vec::new();
        };
        let uri = traffic::url(address);
        let updated = entry.service.clone().set_uri(uri.clone()).set_urls([uri]);
        vec![Event::at(service, address), Event::Service(Box::new(updated))]
    }

    /// Records the port of a tag's URL. Returns no events if it is unchanged, or if the service no
    /// longer has the tag.
    pub(crate) fn record_tag_port(&self, service: &str, tag: &str, port: u16) -> Vec<Event> {
        let Some(entry) = self.entry(service) else { return Vec::new() };
        if entry.tags().get(tag).is_none_or(|known| *known == Some(port)) {
            return Vec::new();
        }
        let mut ports = entry.tag_ports.clone();
        ports.insert(tag.to_owned(), port);
        let mut updated = entry.service.clone();
        traffic::route(&mut updated, |id| entry.is_ready(id), &ports);
        let mut events =
            vec![Event::TagPort { service: service.to_owned(), tag: tag.to_owned(), port }];
        if !updated.reconciling && all_tags_have_urls(&updated, Some(&ports)) {
            updated.observed_generation = updated.generation;
            let outcome = current_outcome(&updated);
            events.extend(self.end_pending(&updated, |_| Some(outcome.clone())));
        }
        events.push(Event::Service(Box::new(updated)));
        events
    }
}

fn serves(
    service: &mut Service,
    revision: &mut Revision,
    (digest, note): (&str, &str),
    moment: &Moment,
) -> Outcome {
    service.latest_ready_revision.clone_from(&revision.name);
    service.terminal_condition = Some(condition("Ready", State::ConditionSucceeded, moment));
    service.conditions = ["ConfigurationsReady", "RoutesReady"]
        .map(|kind| condition(kind, State::ConditionSucceeded, moment))
        .into();
    revision.conditions = ["Ready", "ContainerHealthy", "ContainerReady", "ResourcesAvailable"]
        .map(|kind| {
            condition(kind, State::ConditionSucceeded, moment)
                .set_message(if kind == "ContainerHealthy" { note } else { "" })
        })
        .into();
    for container in &mut revision.containers {
        if let Some(image) = ImageRef::parse(&container.image) {
            container.image = image.pinned(digest).to_string();
        }
    }
    Outcome::Done
}

fn failed(
    service: &mut Service,
    revision: &mut Revision,
    reason: FailureReason,
    text: &str,
    moment: &Moment,
) -> Outcome {
    let message = format!(
        "Revision '{}' is not ready and cannot serve traffic. {text}",
        short(&revision.name)
    );
    let failure =
        |kind: &str| condition(kind, State::ConditionFailed, moment).set_message(message.clone());
    service.terminal_condition = Some(failure("Ready").set_reason(match reason {
        FailureReason::ContainerMissing => CommonReason::ContainerMissing,
        FailureReason::Secrets => CommonReason::SecretsAccessCheckFailed,
        FailureReason::EncryptionKey => CommonReason::EncryptionKeyCheckFailed,
        FailureReason::EncryptionKeyPermission => CommonReason::EncryptionKeyPermissionDenied,
        FailureReason::HealthCheck => CommonReason::RevisionFailed,
        FailureReason::Internal => CommonReason::Internal,
    }));
    service.conditions = vec![
        failure("ConfigurationsReady").set_reason(CommonReason::RevisionFailed),
        condition("RoutesReady", State::ConditionSucceeded, moment),
    ];
    if service.latest_ready_revision.is_empty() {
        service.conditions.truncate(1);
        service.conditions.push(failure("RoutesReady").set_reason(CommonReason::RevisionFailed));
    }
    revision.conditions = ["Ready", "ContainerHealthy"]
        .map(|kind| match reason {
            FailureReason::ContainerMissing => {
                failure(kind).set_reason(CommonReason::ContainerMissing)
            }
            FailureReason::Secrets => {
                failure(kind).set_reason(CommonReason::SecretsAccessCheckFailed)
            }
            FailureReason::EncryptionKey => {
                failure(kind).set_reason(CommonReason::EncryptionKeyCheckFailed)
            }
            FailureReason::EncryptionKeyPermission => {
                failure(kind).set_reason(CommonReason::EncryptionKeyPermissionDenied)
            }
            FailureReason::HealthCheck => {
                failure(kind).set_revision_reason(RevisionReason::HealthCheckContainerError)
            }
            FailureReason::Internal => failure(kind).set_reason(CommonReason::Internal),
        })
        .into();
    Outcome::not_ready(&message)
}
