//! What calls a function, as a deployment requests it, and what has to be changed for that. Pure.
//!
//! The name of a trigger is computed from the fleet, the function and the trigger's identity, so a
//! deployment that is repeated makes nothing twice. A field that Pub/Sub cannot change is part of the
//! identity: changing it makes another trigger, and the old one is deleted after that. Only triggers
//! with the labels of the fleet and the function are ever changed or deleted.

use std::collections::BTreeSet;
use std::time::Duration;

use longshore_cloud::{
    CloudError, Kind, LiveService, LiveTrigger, PushBody, PushField, TopicPush, TriggerState,
};
use longshore_messages::{
    FailureClass, Function, Member, Payload, TopicTrigger, Trigger, trigger_labels,
};
use longshore_runner::telemetry::chain;

/// Time that a function has to answer a push if its trigger does not say: Pub/Sub's maximum. Its
/// default of 10 s is shorter than the start of many functions.
const ACK_DEADLINE_DEFAULT: Duration = Duration::from_secs(600);

/// What Pub/Sub does where a retry policy does not say (`google.pubsub.v1.RetryPolicy`).
const MINIMUM_BACKOFF_DEFAULT: Duration = Duration::from_secs(10);
const MAXIMUM_BACKOFF_DEFAULT: Duration = Duration::from_secs(600);

/// What a deployment requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) pushes: Vec<TopicPush>,
    /// Who may call the service, as IAM names them.
    pub(crate) invokers: BTreeSet<String>,
}

/// A trigger has no account: neither the request nor the service names one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NoAccount {
    pub(crate) trigger: String,
}

/// What a function requests of what calls its service.
pub(crate) fn wanted(
    fleet: &str,
    function: &Function,
    live: &LiveService,
) -> Result<Wanted, NoAccount> {
    let mut invokers: BTreeSet<String> = function.callers.iter().map(ToString::to_string).collect();
    let mut pushes = Vec::new();
    for trigger in &function.triggers {
        let own = function.service.service_account.as_deref();
        let account = trigger.account().or(own).or(live.shape.settings.service_account.as_deref());
        let account = account.ok_or_else(|| NoAccount { trigger: trigger.to_string() })?;
        invokers.insert(Member::service_account(account).to_string());
        match trigger {
            Trigger::Topic(topic) => pushes.push(push(fleet, function, topic, account, &live.url)),
        }
    }
    Ok(Wanted { pushes, invokers })
}

fn push(
    fleet: &str,
    function: &Function,
    topic: &TopicTrigger,
    account: &str,
    url: &str,
) -> TopicPush {
    let backoff = match (topic.minimum_backoff, topic.maximum_backoff) {
        (None, None) => None,
        (minimum, maximum) => {
            let maximum = maximum.unwrap_or(MAXIMUM_BACKOFF_DEFAULT);
            Some((minimum.unwrap_or(MINIMUM_BACKOFF_DEFAULT.min(maximum)), maximum))
        }
    };
    TopicPush {
        name: topic.subscription(fleet, &function.at),
        topic: topic.topic.clone(),
        filter: topic.filter.clone(),
        ordered: topic.ordered,
        labels: trigger_labels(fleet, &function.at),
        endpoint: url.to_owned(),
        account: account.to_owned(),
        audience: url.to_owned(),
        body: match topic.payload {
            Payload::Wrapped => PushBody::Wrapped,
            Payload::Unwrapped => PushBody::Unwrapped { with_metadata: false },
            Payload::UnwrappedWithMetadata => PushBody::Unwrapped { with_metadata: true },
        },
        ack_deadline: topic.ack_deadline.unwrap_or(ACK_DEADLINE_DEFAULT),
        backoff,
        dead_letters: topic
            .dead_letters
            .as_ref()
            .map(|dead| (dead.topic.clone(), dead.max_delivery_attempts)),
    }
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    Create(TopicPush),
    /// Change these fields in place.
    Update(TopicPush, Vec<PushField>),
    /// Delete the trigger and create it again: it has lost its topic, or another tool made one of the
    /// same name with other fixed fields.
    Recreate(TopicPush),
    Delete(TopicPush),
}

impl Change {
    /// The word for the change in logs.
    pub(crate) fn as_str(&self) -> &'static str {
        match self {
            Self::Create(_) => "create",
            Self::Update(..) => "update",
            Self::Recreate(_) => "recreate",
            Self::Delete(_) => "delete",
        }
    }

    /// The trigger, as errors name it.
    pub(crate) fn trigger(&self) -> String {
        let (Self::Create(push)
        | Self::Update(push, _)
        | Self::Recreate(push)
        | Self::Delete(push)) = self;
        format!("topic {}", push.topic)
    }
}

/// The changes that lead from what is there to what is wanted, in their order: nothing is deleted
/// before what replaces it exists. `live` are the triggers with the labels of the fleet and the
/// function.
pub(crate) fn plan(wanted: &[TopicPush], live: &[LiveTrigger]) -> Vec<Change> {
    let made = wanted.iter().filter_map(|push| {
        let Some(found) = live.iter().find(|live| live.shape.name == push.name) else {
            return Some(Change::Create(push.clone()));
        };
        let differences = push.differences(&found.shape);
        if differences.iter().any(|field| !field.is_mutable())
            || found.state == TriggerState::Detached
        {
            return Some(Change::Recreate(push.clone()));
        }
        (!differences.is_empty()).then(|| Change::Update(push.clone(), differences))
    });
    let is_wanted = |live: &LiveTrigger| wanted.iter().any(|push| push.name == live.shape.name);
    let vanished = live.iter().filter(|live| !is_wanted(live));
    let deleted = vanished.map(|live| Change::Delete(live.shape.clone()));
    made.chain(deleted).collect()
}

/// Changes of who may call a service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Grants {
    /// Principals that need the role.
    pub(crate) add: BTreeSet<String>,
    /// Principals that lose it.
    pub(crate) remove: BTreeSet<String>,
    /// Principals whose mark is removed.
    pub(crate) forget: BTreeSet<String>,
}

/// What has to change if `present` may call the service, and the fleet gave the role to `marked`. A
/// role that others granted stays, even if a deployment once requested the same.
pub(crate) fn grants(
    wanted: &BTreeSet<String>,
    present: &BTreeSet<String>,
    marked: &BTreeSet<String>,
) -> Grants {
    let forget: BTreeSet<String> = marked.difference(wanted).cloned().collect();
    Grants {
        add: wanted.difference(present).cloned().collect(),
        remove: forget.intersection(present).cloned().collect(),
        forget,
    }
}

/// What a failed call for a trigger means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The next delivery tries again.
    Retry,
    /// A role is missing, or its grant is not effective yet; with advice.
    Propagates(String),
    /// It never succeeds; with advice.
    Refused(FailureClass, String),
}

/// What the error of a call means. `trigger` is what was to be changed.
pub(crate) fn refusal(trigger: &str, error: &CloudError, function: &Function) -> Verdict {
    let project = &function.at.project;
    let words = chain(error).to_lowercase();
    if ["constraints/", "permitted customer"].iter().any(|policy| words.contains(policy)) {
        let advice = format!(
            "change what the organization policy forbids, or let an administrator exempt the \
             project; `gcloud org-policies list --project {project}` lists its policies"
        );
        return Verdict::Refused(FailureClass::System, advice);
    }
    match error.kind {
        Kind::ResourceExhausted
        | Kind::Unavailable
        | Kind::DeadlineExceeded
        | Kind::Cancelled
        | Kind::Internal
        | Kind::PreconditionFailed
        | Kind::AlreadyExists => Verdict::Retry,
        Kind::NotFound => {
            let topic = trigger.strip_prefix("topic ").unwrap_or("projects/PROJECT/topics/TOPIC");
            let advice = format!(
                "create the topic, and the dead-letter topic if there is one, with `gcloud pubsub \
                 topics create {topic}`, and deploy again"
            );
            Verdict::Refused(FailureClass::User, advice)
        }
        Kind::InvalidArgument => Verdict::Refused(
            FailureClass::User,
            "fix what the reason names in `triggers` or `callers`, and deploy again".to_owned(),
        ),
        Kind::PermissionDenied | Kind::Unauthenticated => {
            let (service, region) = (function.at.service_id(), &function.at.region);
            Verdict::Propagates(format!(
                "let the fleet manage subscriptions with `gcloud projects add-iam-policy-binding \
                 {project} --member serviceAccount:FLEET --role roles/pubsub.editor`, call as the \
                 trigger's account with `gcloud iam service-accounts add-iam-policy-binding ACCOUNT \
                 --project {project} --member serviceAccount:FLEET --role \
                 roles/iam.serviceAccountUser`, and grant callers with `gcloud run services \
                 add-iam-policy-binding {service} --project {project} --region {region} --member \
                 serviceAccount:FLEET --role roles/run.admin`, and deploy again"
            ))
        }
        Kind::Unimplemented => Verdict::Refused(
            FailureClass::System,
            "omit the trigger: the cloud does not support it".to_owned(),
        ),
    }
}

#[cfg(test)]
mod tests;
