//! Topics, events, filters, and who may call.

use super::names::{is_project, is_region};
use super::text::is_made_of;

pub(crate) const TOPIC: &str = "must be projects/PROJECT/topics/TOPIC or the id of a topic: 3 to 255 letters, digits and -_.~+%, starting with a letter and not with goog";

/// The full name of a topic, which may be given by its id alone, or `None` if it is neither.
/// <https://cloud.google.com/pubsub/docs/pubsub-basics#resource_names>
pub(crate) fn topic_name(topic: &str, project: &str) -> Option<String> {
    let full = match topic.contains('/') {
        true => topic.to_owned(),
        false => format!("projects/{project}/topics/{topic}"),
    };
    let is_full = match full.split('/').collect::<Vec<_>>()[..] {
        ["projects", owner, "topics", id] => {
            (is_project(owner) || owner == project) && is_topic_id(id)
        }
        _ => false,
    };
    is_full.then_some(full)
}

fn is_topic_id(id: &str) -> bool {
    (3..=255).contains(&id.len())
        && is_made_of(id, |c, first| {
            c.is_ascii_alphabetic() || (!first && (c.is_ascii_digit() || "-_.~+%".contains(c)))
        })
        && !id.starts_with("goog")
}

pub(crate) const FILTER: &str =
    "must be a filter of Pub/Sub, such as attributes.kind = \"new\", of at most 256 bytes";

/// Pub/Sub checks the syntax.
/// <https://cloud.google.com/pubsub/docs/subscription-message-filter>
pub(crate) fn is_filter(filter: &str) -> bool {
    filter.len() <= 256 && !filter.contains(|c: char| c.is_control())
}

pub(crate) const EVENT_TYPE: &str =
    "must be a CloudEvents type such as google.cloud.storage.object.v1.finalized";

/// Which types there are is for Eventarc to check.
/// <https://github.com/cloudevents/spec/blob/main/cloudevents/spec.md#type>
pub(crate) fn is_event_type(event_type: &str) -> bool {
    event_type.len() <= 255
        && is_made_of(event_type, |c, first| {
            c.is_ascii_alphanumeric() || (!first && "-_./".contains(c))
        })
}

pub(crate) const EVENT_ATTRIBUTE: &str = "must be the name of an attribute of the event";

pub(crate) fn is_event_attribute(name: &str) -> bool {
    name.len() <= 63
        && is_made_of(name, |c, first| c.is_ascii_alphanumeric() || (!first && "-_.".contains(c)))
}

pub(crate) const EVENT_VALUE: &str = "must have at most 2048 bytes, without control characters";

pub(crate) fn is_event_value(value: &str) -> bool {
    value.len() <= 2_048 && !value.contains(|c: char| c.is_control())
}

pub(crate) const EVENT_LOCATION: &str =
    "must be a region such as europe-west1, a multi-region such as eu, or global";

/// Whether the location exists is for Eventarc to check.
/// <https://cloud.google.com/eventarc/docs/locations>
pub(crate) fn is_event_location(location: &str) -> bool {
    is_region(location)
        || (location.len() <= 10
            && is_made_of(location, |c, first| {
                c.is_ascii_lowercase() || (!first && c.is_ascii_digit())
            }))
}

pub(crate) const PATH: &str = "must be a path that starts with a slash, without query or fragment";

/// <https://www.rfc-editor.org/rfc/rfc3986#section-3.3>
pub(crate) fn is_path(path: &str) -> bool {
    path.len() <= 2_048
        && path.starts_with('/')
        && !path.starts_with("//")
        && path.chars().all(|c| c.is_ascii_graphic() && !"?#\"<>\\^`{|}".contains(c))
}

pub(crate) const MEMBER: &str =
    "must be serviceAccount:EMAIL, user:EMAIL, group:EMAIL or domain:DOMAIN";

/// Maximum length of a member, in bytes: an email address has at most 254 characters.
const MEMBER_BYTES_MAX: usize = 300;

/// The principals of IAM that can be named one by one. `allUsers` and `allAuthenticatedUsers` are
/// not among them.
/// <https://cloud.google.com/iam/docs/principal-identifiers>
pub(crate) fn is_member(member: &str) -> bool {
    let Some((kind, name)) = member.split_once(':') else { return false };
    let is_name = |name: &str| {
        name.contains('.')
            && is_made_of(name, |c, first| {
                c.is_ascii_lowercase() || c.is_ascii_digit() || (!first && "-.".contains(c))
            })
    };
    let is_user = |user: &str| {
        is_made_of(user, |c, _| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.+'".contains(c))
    };
    let is_email = |email: &str| {
        email.split_once('@').is_some_and(|(user, host)| is_user(user) && is_name(host))
    };
    member.len() <= MEMBER_BYTES_MAX
        && match kind {
            "serviceAccount" | "user" | "group" => is_email(name),
            "domain" => is_name(name),
            _ => false,
        }
}
