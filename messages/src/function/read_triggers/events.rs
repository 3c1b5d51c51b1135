//! Validates triggers of Eventarc: what is known of events without asking Google. Everything else is
//! for Eventarc to check, which knows the providers of each location.

use std::collections::BTreeSet;

use super::{read_account, read_topic_name};
use crate::function::triggers::{EventEncoding, EventFilter, EventTrigger};
use crate::ids::FunctionRef;
use crate::invalid::Findings;
use crate::{proto, rules};

/// The location of triggers that get events from all regions.
const GLOBAL: &str = "global";

/// The type of the messages of a topic.
const MESSAGE_PUBLISHED: &str = "google.cloud.pubsub.topic.v1.messagePublished";

/// A group of types whose attributes are known.
/// <https://cloud.google.com/eventarc/docs/reference/supported-events>
struct Known {
    /// What the types begin with.
    prefix: &'static str,
    /// What follows the prefix.
    verbs: &'static [&'static str],
    attributes: &'static [Attribute],
    is_regional: bool,
}

struct Attribute {
    name: &'static str,
    is_required: bool,
    has_patterns: bool,
}

const fn required(name: &'static str) -> Attribute {
    Attribute { name, is_required: true, has_patterns: false }
}

static KNOWN: [Known; 3] = [
    Known {
        prefix: "google.cloud.storage.object.v1.",
        verbs: &["archived", "deleted", "finalized", "metadataUpdated"],
        attributes: &[required("bucket")],
        is_regional: true,
    },
    Known {
        prefix: "google.cloud.pubsub.topic.v1.",
        verbs: &["messagePublished"],
        attributes: &[],
        is_regional: false,
    },
    Known {
        prefix: "google.cloud.audit.log.v1.",
        verbs: &["written"],
        attributes: &[
            required("serviceName"),
            required("methodName"),
            Attribute { name: "resourceName", is_required: false, has_patterns: true },
        ],
        is_regional: false,
    },
];

pub(super) fn read_event(
    at: &str,
    event: proto::EventTrigger,
    function: &FunctionRef,
    findings: &mut Findings,
) -> Option<EventTrigger> {
    let known = read_type(at, &event.r#type, findings);
    let region = rules::optional(event.region);
    if let Some(region) = &region {
        check_region(at, region, known, findings);
    }
    let filters = read_filters(at, event.filters, &event.r#type, known, findings);
    let account = read_account(at, event.service_account, findings);
    let channel = rules::optional(event.channel);
    if let Some(channel) = channel.as_ref().filter(|name| !rules::is_channel(name)) {
        findings.add(format!("{at}.channel"), channel, rules::CHANNEL);
    }
    let path = rules::optional(event.path);
    if let Some(path) = path.as_ref().filter(|path| !rules::is_path(path)) {
        findings.add(format!("{at}.path"), path, rules::PATH);
    }
    let topic = read_topic(at, event.topic, &event.r#type, &function.project, findings);
    let encoding = read_encoding(at, &event.content_type, findings);
    Some(EventTrigger {
        event_type: rules::optional(event.r#type)?,
        filters,
        region: region.unwrap_or_else(|| function.region.clone()),
        account,
        channel,
        retries: event.retry,
        path: path.filter(|path| path != "/"),
        topic,
        encoding,
        allows_replacement: event.allow_replacement,
    })
}

fn read_type(at: &str, event_type: &str, findings: &mut Findings) -> Option<&'static Known> {
    let field = format!("{at}.type");
    if event_type.is_empty() {
        findings.missing(&field);
    } else if !rules::is_event_type(event_type) {
        findings.add(&field, event_type, rules::EVENT_TYPE);
    }
    let known = KNOWN.iter().find(|known| event_type.starts_with(known.prefix))?;
    let verb = event_type.strip_prefix(known.prefix).unwrap_or_default();
    if !known.verbs.contains(&verb) {
        let types: Vec<String> =
            known.verbs.iter().map(|verb| format!("{}{verb}", known.prefix)).collect();
        findings.add(&field, event_type, format!("must be {}", types.join(" or ")));
    }
    Some(known)
}

fn check_region(at: &str, region: &str, known: Option<&Known>, findings: &mut Findings) {
    let field = format!("{at}.region");
    if !rules::is_event_location(region) {
        findings.add(&field, region, rules::EVENT_LOCATION);
    } else if region == GLOBAL && known.is_some_and(|known| known.is_regional) {
        findings.add(&field, region, "must be the location of the bucket");
    }
}

fn read_filters(
    at: &str,
    filters: Vec<proto::EventFilter>,
    event_type: &str,
    known: Option<&Known>,
    findings: &mut Findings,
) -> Vec<EventFilter> {
    let mut seen = BTreeSet::new();
    let mut read = Vec::new();
    for (index, filter) in filters.into_iter().enumerate() {
        let at = format!("{at}.filters[{index}]");
        check_filter(&at, &filter, event_type, known, findings);
        if !seen.insert(filter.attribute.clone()) {
            let rule = "must differ from the attributes of the other filters";
            findings.add(format!("{at}.attribute"), &filter.attribute, rule);
        }
        let is_pattern = filter.operator == EventFilter::PATTERN;
        read.push(EventFilter { attribute: filter.attribute, value: filter.value, is_pattern });
    }
    let required = known.into_iter().flat_map(|known| known.attributes);
    for missing in required.filter(|one| one.is_required && !seen.contains(one.name)) {
        let rule = format!("must have a filter for {}, which {event_type} requires", missing.name);
        findings.add(format!("{at}.filters"), "", rule);
    }
    read.sort();
    read
}

fn check_filter(
    at: &str,
    filter: &proto::EventFilter,
    event_type: &str,
    known: Option<&Known>,
    findings: &mut Findings,
) {
    let field = format!("{at}.attribute");
    let attribute = filter.attribute.as_str();
    if attribute.is_empty() {
        findings.missing(&field);
    } else if attribute == "type" {
        findings.add(&field, attribute, "must not be type, which is a field of its own");
    } else if !rules::is_event_attribute(attribute) {
        findings.add(&field, attribute, rules::EVENT_ATTRIBUTE);
    }
    let found = known.map(|known| known.attributes.iter().find(|one| one.name == attribute));
    if matches!(found, Some(None)) && !["", "type"].contains(&attribute) {
        let rule = format!("must be an attribute of {event_type} that can be filtered");
        findings.add(&field, attribute, rule);
    }
    let field = format!("{at}.value");
    if filter.value.is_empty() {
        findings.missing(&field);
    } else if !rules::is_event_value(&filter.value) {
        findings.add(&field, &filter.value, rules::EVENT_VALUE);
    }
    let field = format!("{at}.operator");
    match filter.operator.as_str() {
        "" => {}
        EventFilter::PATTERN => {
            if let Some(Some(Attribute { has_patterns: false, .. })) = found {
                let rule = format!("must be empty: {attribute} has no path patterns");
                findings.add(&field, EventFilter::PATTERN, rule);
            }
        }
        other => findings.add(&field, other, "must be match-path-pattern or empty"),
    }
}

fn read_topic(
    at: &str,
    topic: String,
    event_type: &str,
    project: &str,
    findings: &mut Findings,
) -> Option<String> {
    let field = format!("{at}.topic");
    let topic = rules::optional(topic)?;
    if event_type != MESSAGE_PUBLISHED {
        let rule = format!("must be empty: only {MESSAGE_PUBLISHED} has a topic");
        findings.add(&field, &topic, rule);
        return None;
    }
    read_topic_name(&field, &topic, project, findings)
}

fn read_encoding(at: &str, content_type: &str, findings: &mut Findings) -> EventEncoding {
    let found = EventEncoding::ALL.into_iter().find(|one| one.as_str() == content_type);
    if found.is_none() && !content_type.is_empty() {
        let rule = "must be application/json or application/protobuf";
        findings.add(format!("{at}.contentType"), content_type, rule);
    }
    found.unwrap_or_default()
}
