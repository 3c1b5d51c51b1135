//! What is missing or different in the topics and subscriptions of a fleet, and the roles that
//! dead-lettering takes. Pure.

use std::fmt::{self, Display, Formatter};
use std::time::Duration;

use longshore_cloud::{Binding, SubscriptionSetting, SubscriptionSpec};
use serde::Serialize;

/// Predefined roles with which Pub/Sub's service agent may forward a dead letter: it publishes to
/// the dead-letter topic and acknowledges in the subscription. Each list starts with the narrowest.
/// A custom role may do as well. <https://cloud.google.com/pubsub/docs/handling-failures>
const MAY_PUBLISH: [&str; 5] = [
    "roles/pubsub.publisher",
    "roles/pubsub.editor",
    "roles/pubsub.admin",
    "roles/editor",
    "roles/owner",
];
const MAY_SUBSCRIBE: [&str; 5] = [
    "roles/pubsub.subscriber",
    "roles/pubsub.editor",
    "roles/pubsub.admin",
    "roles/editor",
    "roles/owner",
];

/// Domain of Pub/Sub's service agents. The agent's name holds the project's number.
const AGENT: &str = "@gcp-sa-pubsub.iam.gserviceaccount.com";

/// Something to mend.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Finding {
    /// Full name of the topic or subscription.
    pub(crate) resource: String,
    pub(crate) problem: Problem,
    pub(crate) detail: String,
    /// The command that mends it.
    pub(crate) command: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Problem {
    /// The resource does not exist.
    Missing,
    /// It has other settings than `deploy/fleet.toml`.
    Different,
    /// A service agent of Google's lacks a role.
    RoleMissing,
}

/// A topic or subscription as it is; `None` if it does not exist.
pub(crate) struct Observed<T> {
    pub(crate) live: Option<T>,
    /// Its own IAM policy.
    pub(crate) policy: Vec<Binding>,
}

/// Topics that do not exist.
pub(crate) fn missing_topics(topics: &[String], exist: &[bool]) -> Vec<Finding> {
    let missing = topics.iter().zip(exist).filter(|(_, exists)| !**exists);
    missing
        .map(|(topic, _)| Finding {
            resource: topic.clone(),
            problem: Problem::Missing,
            detail: "the topic does not exist".to_owned(),
            command: format!("gcloud pubsub topics create {}", id_and_project(topic)),
        })
        .collect()
}

/// What is missing or different in the subscriptions, and the roles of Pub/Sub's service agent on
/// them. `observed` is in the order of `wanted`.
pub(crate) fn findings(
    wanted: &[SubscriptionSpec],
    observed: &[Observed<SubscriptionSpec>],
) -> Vec<Finding> {
    wanted.iter().zip(observed).flat_map(|(wanted, observed)| of_one(wanted, observed)).collect()
}

/// The role of Pub/Sub's service agent on the topic for dead letters.
pub(crate) fn dead_letter_topic(topic: &str, policy: &[Binding]) -> Option<Finding> {
    role_missing("topics", topic, policy, &MAY_PUBLISH)
}

fn of_one(wanted: &SubscriptionSpec, observed: &Observed<SubscriptionSpec>) -> Vec<Finding> {
    let finding = |problem, detail: String, command: String| Finding {
        resource: wanted.name.clone(),
        problem,
        detail,
        command,
    };
    let named = id_and_project(&wanted.name);
    let Some(live) = &observed.live else {
        let topic = &wanted.topic;
        let flags = all_flags(wanted);
        return vec![finding(
            Problem::Missing,
            "the subscription does not exist".to_owned(),
            format!("gcloud pubsub subscriptions create {named} --topic {topic} {flags}"),
        )];
    };
    let mut findings = Vec::new();
    let differences = wanted.differences(live);
    if differences.contains(&SubscriptionSetting::Topic) {
        let detail = format!(
            "it belongs to the topic {}, and a subscription keeps its topic: delete it, with its \
             messages, and run `longshore provision`",
            live.topic
        );
        let command = format!("gcloud pubsub subscriptions delete {named}");
        return vec![finding(Problem::Different, detail, command)];
    }
    if differences.contains(&SubscriptionSetting::Filter) {
        let detail = format!(
            "{}, and a filter cannot be changed: delete the subscription, with its messages, and \
             run `longshore provision`",
            detail(SubscriptionSetting::Filter, live)
        );
        let command = format!("gcloud pubsub subscriptions delete {named}");
        return vec![finding(Problem::Different, detail, command)];
    }
    if !differences.is_empty() {
        let details = differences.iter().map(|setting| detail(*setting, live));
        let flags: Vec<_> = differences.iter().map(|setting| flags(*setting, wanted)).collect();
        findings.push(finding(
            Problem::Different,
            details.collect::<Vec<_>>().join("; "),
            format!("gcloud pubsub subscriptions update {named} {}", flags.join(" ")),
        ));
    }
    if wanted.dead_letter_topic.is_some() {
        let role = role_missing("subscriptions", &wanted.name, &observed.policy, &MAY_SUBSCRIBE);
        findings.extend(role);
    }
    findings
}

/// What a live subscription does instead.
fn detail(setting: SubscriptionSetting, live: &SubscriptionSpec) -> String {
    match setting {
        SubscriptionSetting::Topic => format!("its topic is {}", live.topic),
        SubscriptionSetting::Filter if live.filter.is_empty() => "it has no filter".to_owned(),
        SubscriptionSetting::Filter => format!("its filter is `{}`", live.filter),
        SubscriptionSetting::AckDeadline => {
            format!("its acknowledgement deadline is {}", text(live.ack_deadline))
        }
        SubscriptionSetting::Backoff if live.maximum_backoff.is_zero() => {
            "it redelivers at once".to_owned()
        }
        SubscriptionSetting::Backoff => format!(
            "it redelivers after {} to {}",
            text(live.minimum_backoff),
            text(live.maximum_backoff)
        ),
        SubscriptionSetting::Retention => format!("it keeps messages for {}", text(live.retention)),
        SubscriptionSetting::Expiration => match live.expires_after {
            Some(after) => format!("Pub/Sub deletes it after {} without use", text(after)),
            None => "it never expires".to_owned(),
        },
        SubscriptionSetting::DeadLetters => match &live.dead_letter_topic {
            Some(topic) => {
                format!("messages move to {topic} after {} attempts", live.max_delivery_attempts)
            }
            None => "it has no dead-letter topic".to_owned(),
        },
    }
}

/// The flags of `gcloud pubsub subscriptions create` and `update` for a setting.
/// <https://cloud.google.com/sdk/gcloud/reference/pubsub/subscriptions/update>
fn flags(setting: SubscriptionSetting, wanted: &SubscriptionSpec) -> String {
    match setting {
        SubscriptionSetting::Topic => format!("--topic {}", wanted.topic),
        SubscriptionSetting::Filter => format!("--message-filter '{}'", wanted.filter),
        SubscriptionSetting::AckDeadline => {
            format!("--ack-deadline {}", wanted.ack_deadline.as_secs())
        }
        SubscriptionSetting::Backoff => format!(
            "--min-retry-delay {} --max-retry-delay {}",
            text(wanted.minimum_backoff),
            text(wanted.maximum_backoff)
        ),
        SubscriptionSetting::Retention => {
            format!("--message-retention-duration {}", text(wanted.retention))
        }
        SubscriptionSetting::Expiration => match wanted.expires_after {
            Some(after) => format!("--expiration-period {}", text(after)),
            None => "--expiration-period never".to_owned(),
        },
        SubscriptionSetting::DeadLetters => match &wanted.dead_letter_topic {
            Some(topic) => format!(
                "--dead-letter-topic {topic} --max-delivery-attempts {}",
                wanted.max_delivery_attempts
            ),
            None => "--clear-dead-letter-policy".to_owned(),
        },
    }
}

fn all_flags(wanted: &SubscriptionSpec) -> String {
    use SubscriptionSetting::{AckDeadline, Backoff, DeadLetters, Expiration, Filter, Retention};
    let settings = [AckDeadline, Backoff, Retention, Expiration, DeadLetters, Filter].into_iter();
    let settings = settings.filter(|setting| match setting {
        DeadLetters => wanted.dead_letter_topic.is_some(),
        Filter => !wanted.filter.is_empty(),
        _ => true,
    });
    settings.map(|setting| flags(setting, wanted)).collect::<Vec<_>>().join(" ")
}

fn role_missing(
    kind: &str,
    resource: &str,
    policy: &[Binding],
    roles: &[&str; 5],
) -> Option<Finding> {
    let may = |role: &str| !role.starts_with("roles/") || roles.contains(&role);
    let is_granted = policy.iter().any(|binding| {
        may(&binding.role) && binding.members.iter().any(|member| member.ends_with(AGENT))
    });
    let (role, project) = (roles[0], project_of(resource));
    let command = format!(
        "gcloud pubsub {kind} add-iam-policy-binding {} --member \
         \"serviceAccount:service-$(gcloud projects describe {project} \
         --format='value(projectNumber)'){AGENT}\" --role {role}",
        id_and_project(resource)
    );
    (!is_granted).then(|| Finding {
        resource: resource.to_owned(),
        problem: Problem::RoleMissing,
        detail: format!("Pub/Sub's service agent has no {role}, so dead letters are not forwarded"),
        command,
    })
}

/// `ID --project P` of `projects/P/KIND/ID`.
fn id_and_project(name: &str) -> String {
    let id = name.rsplit('/').next().unwrap_or(name);
    format!("{id} --project {}", project_of(name))
}

fn project_of(name: &str) -> &str {
    name.split('/').nth(1).unwrap_or_default()
}

/// A duration as gcloud reads it.
fn text(duration: Duration) -> String {
    const DAY_S: u64 = 24 * 3600;
    match (duration.as_secs(), duration.subsec_millis()) {
        (seconds, 0) if seconds > 0 && seconds % DAY_S == 0 => format!("{}d", seconds / DAY_S),
        (seconds, 0) => format!("{seconds}s"),
        (seconds, millis) => format!("{seconds}.{millis:03}s"),
    }
}

impl Display for Finding {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { resource, problem, detail, command } = self;
        let problem = match problem {
            Problem::Missing => "missing",
            Problem::Different => "different",
            Problem::RoleMissing => "role missing",
        };
        writeln!(f, "{problem}: {resource}: {detail}")?;
        write!(f, "  {command}")
    }
}

#[cfg(test)]
mod tests;
