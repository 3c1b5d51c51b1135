//! Traffic: which share of the requests a revision gets, and which revisions have a URL of their
//! own.
//!
//! `Service.traffic` is what the caller wants, `Service.traffic_statuses` is what is in effect. The
//! second follows the first as soon as every revision that is named is ready; until then everything
//! stays as it was. <https://cloud.google.com/run/docs/rollouts-rollbacks-traffic-migration>

use std::collections::{BTreeMap, BTreeSet};

use google_cloud_run_v2::model::condition::State;
use google_cloud_run_v2::model::{
    Revision, Service, TrafficTarget, TrafficTargetAllocationType, TrafficTargetStatus,
};

use super::names::{is_label, short};
use super::refusal::Refusal;
use super::{Entry, ServiceName};

/// `TAG---SERVICE` is one DNS label on Google.
const TAGGED_NAME_MAX_CHARS: usize = 63 - "---".len();

/// Everything to the latest ready revision, where the caller says nothing; and the kind of each
/// target, where its revision says it.
pub(super) fn fill_defaults(traffic: &mut Vec<TrafficTarget>) {
    if traffic.is_empty() {
        traffic.push(
            TrafficTarget::new().set_type(TrafficTargetAllocationType::Latest).set_percent(100),
        );
    }
    for target in traffic
        .iter_mut()
        .filter(|target| target.r#type == TrafficTargetAllocationType::Unspecified)
    {
        target.r#type = match target.revision.as_str() {
            "" => TrafficTargetAllocationType::Latest,
            _ => TrafficTargetAllocationType::Revision,
        };
    }
}

/// Refuses traffic that cannot come into effect: shares that are no whole, tags that are no names,
/// revisions that are not there. `creates` is the revision that the same write names as its new
/// one.
pub(super) fn check(
    name: &ServiceName,
    service: &Service,
    entry: Option<&Entry>,
    creates: &str,
) -> Result<(), Refusal> {
    check_shares(&service.traffic)?;
    let mut tags = BTreeSet::new();
    for (index, target) in service.traffic.iter().enumerate() {
        check_tag(index, &target.tag, &name.service)?;
        if !target.tag.is_empty() && !tags.insert(&target.tag) {
            return Err(Refusal::invalid(format!(
                "traffic[{index}].tag: '{}' is used more than once",
                target.tag
            )));
        }
        check_revision(index, target, name, entry, creates)?;
    }
    Ok(())
}

fn check_shares(traffic: &[TrafficTarget]) -> Result<(), Refusal> {
    if let Some(target) = traffic.iter().find(|target| !(0..=100).contains(&target.percent)) {
        return Err(Refusal::invalid(format!("traffic: {} is not a percentage", target.percent)));
    }
    match traffic.iter().map(|target| target.percent).sum::<i32>() {
        100 => Ok(()),
        sum => Err(Refusal::invalid(format!("traffic: percentages must sum to 100, not {sum}"))),
    }
}

fn check_tag(index: usize, tag: &str, service: &str) -> Result<(), Refusal> {
    if tag.is_empty() || (is_label(tag) && tag.len() + service.len() <= TAGGED_NAME_MAX_CHARS) {
        return Ok(());
    }
    Err(Refusal::invalid(format!(
        "traffic[{index}].tag: '{tag}' is invalid: it must use only lowercase letters, digits and \
         hyphens, begin with a letter, not end with a hyphen, and together with the service name \
         be at most {TAGGED_NAME_MAX_CHARS} characters"
    )))
}

fn check_revision(
    index: usize,
    target: &TrafficTarget,
    name: &ServiceName,
    entry: Option<&Entry>,
    creates: &str,
) -> Result<(), Refusal> {
    let id = target.revision.as_str();
    match (&target.r#type, id) {
        (TrafficTargetAllocationType::Latest, "") => return Ok(()),
        (TrafficTargetAllocationType::Latest, _) => {
            return Err(Refusal::invalid(format!(
                "traffic[{index}].revision: must be empty for the latest revision"
            )));
        }
        (TrafficTargetAllocationType::Revision, "") => {
            return Err(Refusal::invalid(format!("traffic[{index}].revision: required")));
        }
        (TrafficTargetAllocationType::Revision, id) if id == creates => return Ok(()),
        (TrafficTargetAllocationType::Revision, _) => {}
        (other, _) => {
            return Err(Refusal::unsupported(format!(
                "traffic of type {other} (traffic[{index}].type)"
            )));
        }
    }
    match entry.and_then(|entry| entry.revisions.get(&name.revision(id))) {
        None => Err(Refusal::invalid(format!(
            "traffic[{index}].revision: revision '{id}' of this service does not exist"
        ))),
        Some(revision) if revision.reconciling || is_ready(revision) => Ok(()),
        Some(_) => Err(Refusal::FailedPrecondition(format!(
            "Revision '{id}' is not ready and cannot serve traffic."
        ))),
    }
}

pub(super) fn is_ready(revision: &Revision) -> bool {
    revision.conditions.iter().any(|condition| {
        condition.r#type == "Ready" && condition.state == State::ConditionSucceeded
    })
}

/// Whether the wanted or the present traffic names this revision.
pub(super) fn names(service: &Service, revision: &str) -> bool {
    service.traffic.iter().any(|target| target.revision == revision)
        || service.traffic_statuses.iter().any(|target| target.revision == revision)
}

/// Puts the wanted traffic into effect, if all that it names is ready.
pub(super) fn route(
    service: &mut Service,
    is_ready: impl Fn(&str) -> bool,
    tag_ports: &BTreeMap<String, u16>,
) {
    let has_latest = !service.latest_ready_revision.is_empty();
    let can_serve = |target: &TrafficTarget| {
        if target.revision.is_empty() { has_latest } else { is_ready(&target.revision) }
    };
    if service.traffic.iter().all(can_serve) {
        service.traffic_statuses =
            service.traffic.iter().map(|target| in_effect(target, tag_ports)).collect();
    }
}

fn in_effect(target: &TrafficTarget, tag_ports: &BTreeMap<String, u16>) -> TrafficTargetStatus {
    let port = tag_ports.get(&target.tag);
    TrafficTargetStatus::new()
        .set_type(target.r#type.clone())
        .set_revision(&target.revision)
        .set_percent(target.percent)
        .set_tag(&target.tag)
        .set_uri(port.map(|port| url(*port)).unwrap_or_default())
}

/// Where something of a service answers.
pub(super) fn url(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}

impl Entry {
    /// Tags that the service wants, each with the port on which it answered before, if it did.
    pub(crate) fn tags(&self) -> BTreeMap<String, Option<u16>> {
        let tags = self
            .service
            .traffic
            .iter()
            .map(|target| target.tag.clone())
            .filter(|tag| !tag.is_empty());
        tags.map(|tag| (tag.clone(), self.tag_ports.get(&tag).copied())).collect()
    }

    /// The revisions that get requests, by full name, each with its percentage; and those behind a
    /// tag.
    pub(crate) fn in_effect(&self) -> impl Iterator<Item = (String, &TrafficTargetStatus)> {
        self.service.traffic_statuses.iter().map(|target| match target.revision.as_str() {
            "" => (self.service.latest_ready_revision.clone(), target),
            id => (format!("{}/revisions/{id}", self.service.name), target),
        })
    }

    pub(super) fn is_ready(&self, id: &str) -> bool {
        self.revisions.values().any(|revision| short(&revision.name) == id && is_ready(revision))
    }
}

#[cfg(test)]
mod tests;
