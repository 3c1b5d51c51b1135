//! Validation of a trigger: fills in defaults, and rejects what Google rejects and what the local
//! cloud does not support.
//!
//! The sentences about attributes, locations and buckets are Google's. Where no error of Google's is
//! known, the sentence has the same form and names the field.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Pattern, Refusal};
use crate::catalogue::{self, Kind, Source, TYPE};
use crate::names::{TriggerName, is_trigger_id};
use crate::proto::v1::destination::Descriptor;
use crate::proto::v1::{CloudRun, EventFilter, Trigger};

/// The location of triggers that get events from all regions.
const GLOBAL: &str = "global";

/// The operator of a filter with a path pattern.
const MATCH_PATH_PATTERN: &str = "match-path-pattern";

/// The only format of the events that the local cloud fires.
const JSON: &str = "application/json";

/// Where the events go.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Target {
    /// Full name of the Cloud Run service.
    pub(crate) service: String,
    /// Begins with a slash, or is empty.
    pub(crate) path: String,
}

/// A valid trigger.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Desired {
    pub(crate) name: TriggerName,
    pub(crate) trigger: Trigger,
    pub(crate) kind: &'static Kind,
    pub(crate) target: Target,
    /// The topic that the caller names.
    pub(crate) topic: Option<String>,
}

impl Desired {
    /// Validates what a caller of Eventarc's API wants the trigger to be.
    ///
    /// # Errors
    /// [`Refusal::Invalid`], [`Refusal::Unserved`].
    pub(crate) fn new(name: &TriggerName, trigger: Trigger) -> Result<Self, Refusal> {
        let target = target(name, &trigger)?;
        Self::to(name, trigger, target)
    }

    /// Validates a trigger whose destination is already decided.
    ///
    /// # Errors
    /// [`Refusal::Invalid`], [`Refusal::Unserved`].
    pub(crate) fn to(
        name: &TriggerName,
        mut trigger: Trigger,
        target: Target,
    ) -> Result<Self, Refusal> {
        if !is_trigger_id(&name.id) {
            return Err(Refusal::invalid(format!("invalid trigger id: {}", name.id)));
        }
        trigger.name = name.to_string();
        let kind = check_filters(&trigger, &name.location.id)?;
        check_labels(&trigger)?;
        if !trigger.channel.is_empty() {
            return Err(Refusal::Unserved("channels (trigger.channel)".to_owned()));
        }
        match trigger.event_data_content_type.as_str() {
            "" => trigger.event_data_content_type = JSON.to_owned(),
            JSON => {}
            other => {
                return Err(Refusal::invalid(format!(
                    "event type {} does not support event data content type {other}",
                    kind.name
                )));
            }
        }
        match trigger.retry_policy.as_ref().map(|policy| policy.max_attempts) {
            None | Some(1) => {}
            Some(0) => trigger.retry_policy = None,
            Some(_) => {
                return Err(Refusal::invalid(
                    "trigger.retry_policy.max_attempts: the only valid value is 1",
                ));
            }
        }
        fill_account(&mut trigger, kind)?;
        let topic = given_topic(&trigger, kind)?;
        Ok(Self { name: name.clone(), trigger, kind, target, topic })
    }

    /// The bucket whose events the trigger gets.
    pub(crate) fn bucket(&self) -> Option<&str> {
        let filters = &self.trigger.event_filters;
        let found = filters.iter().find(|filter| filter.attribute == catalogue::BUCKET);
        found.map(|filter| filter.value.as_str())
    }
}

/// The event type that a trigger filters. Empty without one.
pub(crate) fn trigger_type(trigger: &Trigger) -> &str {
    let found = trigger.event_filters.iter().find(|filter| filter.attribute == TYPE);
    found.map_or("", |filter| filter.value.as_str())
}

/// A trigger for a bucket must be where the bucket is. `location`: that of the bucket, if it exists.
///
/// # Errors
/// [`Refusal::NoBucket`], [`Refusal::BucketElsewhere`].
pub(crate) fn check_bucket(
    name: &TriggerName,
    bucket: &str,
    location: Option<&str>,
) -> Result<(), Refusal> {
    match location {
        None => Err(Refusal::NoBucket(bucket.to_owned())),
        Some(location) if location == name.location.id => Ok(()),
        Some(location) => Err(Refusal::BucketElsewhere {
            bucket: bucket.to_owned(),
            location: location.to_owned(),
            trigger: name.location.id.clone(),
        }),
    }
}

fn check_filters(trigger: &Trigger, location: &str) -> Result<&'static Kind, Refusal> {
    let event_type = trigger_type(trigger);
    if event_type.is_empty() {
        return Err(Refusal::invalid("missing attribute 'type' in trigger.event_filters"));
    }
    let of_type = |problem: &str| {
        Refusal::invalid(format!(
            "invalid value for attribute 'type' in trigger.event_filters: {problem}"
        ))
    };
    let kind = catalogue::kind(event_type)
        .ok_or_else(|| of_type(&format!("type \"{event_type}\" is not supported")))?;
    if location == GLOBAL && matches!(kind.source, Source::Storage(_)) {
        return Err(of_type(&format!("type \"{event_type}\" is not allowed in global location")));
    }
    let mut seen = BTreeSet::new();
    for filter in &trigger.event_filters {
        if !seen.insert(filter.attribute.as_str()) {
            return Err(Refusal::invalid(format!(
                "duplicate attribute '{}' in trigger.event_filters",
                filter.attribute
            )));
        }
        check_filter(filter, kind)?;
    }
    match kind.attributes.iter().find(|known| known.is_required && !seen.contains(known.name)) {
        Some(missing) => Err(Refusal::invalid(format!(
            "missing attribute '{}' in trigger.event_filters, which event type {} requires",
            missing.name, kind.name
        ))),
        None => Ok(kind),
    }
}

fn check_filter(filter: &EventFilter, kind: &Kind) -> Result<(), Refusal> {
    let EventFilter { attribute, value, operator } = filter;
    let unsupported = |why: &str| {
        Refusal::invalid(format!(
            "invalid argument: event type {} not supported: attribute {attribute} {why}",
            kind.name
        ))
    };
    let known = kind.attributes.iter().find(|known| known.name == *attribute);
    if attribute != TYPE && known.is_none() {
        return Err(unsupported("not found within event type"));
    }
    if value.is_empty() {
        return Err(Refusal::invalid(format!(
            "invalid value for attribute '{attribute}' in trigger.event_filters: it is empty"
        )));
    }
    match operator.as_str() {
        "" => Ok(()),
        MATCH_PATH_PATTERN if known.is_some_and(|known| known.has_patterns) => {
            Pattern::parse(value).map(drop).map_err(|problem| {
                Refusal::invalid(format!(
                    "invalid value for attribute '{attribute}' in trigger.event_filters: {problem}"
                ))
            })
        }
        MATCH_PATH_PATTERN => Err(unsupported("does not support path patterns")),
        other => Err(Refusal::invalid(format!(
            "invalid operator '{other}' in trigger.event_filters: the only operator is \
             {MATCH_PATH_PATTERN}"
        ))),
    }
}

/// Whether a filter lets a value pass.
pub(super) fn passes(filter: &EventFilter, value: &str) -> bool {
    if filter.operator == MATCH_PATH_PATTERN {
        return Pattern::parse(&filter.value).is_ok_and(|pattern| pattern.matches(value));
    }
    filter.value == value
}

fn check_labels(trigger: &Trigger) -> Result<(), Refusal> {
    let part = |text: &str| {
        text.len() <= 63
            && text.chars().all(|c| c.is_lowercase() || c.is_numeric() || matches!(c, '_' | '-'))
    };
    let valid = |key: &str, value: &str| {
        !key.is_empty() && part(key) && part(value) && key.starts_with(char::is_lowercase)
    };
    match trigger.labels.iter().find(|(key, value)| !valid(key, value)) {
        Some((key, value)) => Err(Refusal::invalid(format!(
            "trigger.labels: '{key}={value}' is not valid: keys and values have at most 63 \
             lowercase letters, digits, underscores and hyphens, and keys begin with a letter"
        ))),
        None => Ok(()),
    }
}

/// An account by its email, or as `projects/P/serviceAccounts/EMAIL`. The events of a bucket and of
/// audit logs need one, which holds the role of an event receiver.
fn fill_account(trigger: &mut Trigger, kind: &Kind) -> Result<(), Refusal> {
    if trigger.service_account.is_empty() {
        return match kind.source {
            Source::Topic => Ok(()),
            Source::Storage(_) | Source::Audit => Err(Refusal::invalid(format!(
                "missing trigger.service_account, which event type {} requires",
                kind.name
            ))),
        };
    }
    let email = match trigger.service_account.split('/').collect::<Vec<_>>()[..] {
        [email] | ["projects", _, "serviceAccounts", email] => email,
        _ => "",
    };
    let is_email = email.split_once('@').is_some_and(|(user, domain)| {
        !user.is_empty() && domain.contains('.') && !domain.contains('@')
    });
    if !is_email || email.contains(char::is_whitespace) {
        return Err(Refusal::invalid(format!(
            "invalid trigger.service_account: '{}' is not the email of a service account",
            trigger.service_account
        )));
    }
    trigger.service_account = email.to_owned();
    Ok(())
}

fn given_topic(trigger: &Trigger, kind: &Kind) -> Result<Option<String>, Refusal> {
    use crate::proto::v1::transport::Intermediary;
    let transport = trigger.transport.clone().unwrap_or_default();
    let Some(Intermediary::Pubsub(pubsub)) = transport.intermediary else { return Ok(None) };
    if pubsub.topic.is_empty() {
        return Ok(None);
    }
    if kind.source != Source::Topic {
        return Err(Refusal::invalid(format!(
            "trigger.transport.pubsub.topic can be set only for event type {}",
            catalogue::MESSAGE_PUBLISHED
        )));
    }
    match pubsub.topic.split('/').collect::<Vec<_>>()[..] {
        ["projects", project, "topics", id] if !project.is_empty() && !id.is_empty() => {
            Ok(Some(pubsub.topic))
        }
        _ => Err(Refusal::invalid(format!(
            "invalid trigger.transport.pubsub.topic: '{}' does not match projects/*/topics/*",
            pubsub.topic
        ))),
    }
}

fn target(name: &TriggerName, trigger: &Trigger) -> Result<Target, Refusal> {
    let destination = trigger.destination.clone().unwrap_or_default();
    if destination.network_config.is_some() {
        return Err(Refusal::Unserved(
            "network attachments (trigger.destination.network_config)".to_owned(),
        ));
    }
    match destination.descriptor {
        Some(Descriptor::CloudRun(run)) => of_run(name, run),
        Some(Descriptor::CloudFunction(_)) => Err(Refusal::invalid(
            "trigger.destination.cloud_function is read-only: create the trigger with the Cloud \
             Functions API, as the event trigger of the function",
        )),
        Some(Descriptor::Gke(_)) => {
            Err(Refusal::Unserved("GKE destinations (trigger.destination.gke)".to_owned()))
        }
        Some(Descriptor::Workflow(_)) => {
            Err(Refusal::Unserved("Workflows (trigger.destination.workflow)".to_owned()))
        }
        Some(Descriptor::HttpEndpoint(_)) => {
            Err(Refusal::Unserved("HTTP endpoints (trigger.destination.http_endpoint)".to_owned()))
        }
        None => Err(Refusal::invalid("missing trigger.destination")),
    }
}

fn of_run(name: &TriggerName, run: CloudRun) -> Result<Target, Refusal> {
    for (field, value) in [("service", &run.service), ("region", &run.region)] {
        let is_id = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if value.is_empty() {
            return Err(Refusal::invalid(format!("missing trigger.destination.cloud_run.{field}")));
        }
        if !value.chars().all(is_id) {
            return Err(Refusal::invalid(format!(
                "invalid trigger.destination.cloud_run.{field}: '{value}'"
            )));
        }
    }
    let is_path = |c: char| c.is_ascii_graphic() && !"?#\"<>\\^`{|}".contains(c);
    if !run.path.chars().all(is_path) || run.path.starts_with("//") {
        return Err(Refusal::invalid(format!(
            "invalid trigger.destination.cloud_run.path: '{}' is not a relative path of a URI",
            run.path
        )));
    }
    let path = match run.path.trim_start_matches('/') {
        "" => String::new(),
        path => format!("/{path}"),
    };
    Ok(Target { service: name.location.service(&run.region, &run.service), path })
}
