//! Traffic: the percentage of requests that each revision gets, and the revisions that have a URL
//! of their own.
//!
//! `Service.traffic` is the requested traffic, `Service.traffic_statuses` the traffic in effect.
//! Requested traffic takes effect once every revision that it names is ready.
//! <https://cloud.google.com/run/docs/rollouts-rollbacks-traffic-migration>

use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, SocketAddrV4};

use google_cloud_run_v2::model::condition::State;
use google_cloud_run_v2::model::{
    Revision, Service, TrafficTarget, TrafficTargetAllocationType, TrafficTargetStatus,
};

use super::names::{is_label, short};
use super::refusal::Refusal;
use super::{Entry, ServiceName};

/// On Google, `TAG---SERVICE` is one DNS label.
const TAGGED_NAME_MAX_CHARS: usize = 63 - "---".len();

/// By default, all traffic goes to the latest ready revision. The default type of a target follows
/// from whether it names a revision.
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

/// Rejects traffic that cannot take effect: percentages that do not sum to 100, invalid tags,
/// revisions that have failed. `creates` is the id of the new revision that the same write names.
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
        // The operation fails.
        None => Ok(()),
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

/// Whether the requested or the effective traffic names this revision.
pub(super) fn names(service: &Service, revision: &str) -> bool {
    service.traffic.iter().any(|target| target.revision == revision)
        || service.traffic_statuses.iter().any(|target| target.revision == revision)
}

/// Puts the requested traffic into effect if every revision that it names is ready.
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
        .set_uri(port.map(|port| url(own(*port))).unwrap_or_default())
}

fn own(port: u16) -> SocketAddrV4 {
    SocketAddrV4::new(Ipv4Addr::LOCALHOST, port)
}

/// The URL of a loopback address.
pub(super) fn url(address: SocketAddrV4) -> String {
    format!("http://{address}")
}

impl Entry {
    /// The tags in the requested traffic, each with the port that its URL had before, if any.
    pub(crate) fn tags(&self) -> BTreeMap<String, Option<u16>> {
        let tags = self
            .service
            .traffic
            .iter()
            .map(|target| target.tag.clone())
            .filter(|tag| !tag.is_empty());
        tags.map(|tag| (tag.clone(), self.tag_ports.get(&tag).copied())).collect()
    }

    /// The targets in effect, each with the full name of its revision.
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
