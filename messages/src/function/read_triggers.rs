//! Validates what calls a function, and who may call it.

mod events;
mod queue;
mod schedule;

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::time::Duration;

use super::triggers::{DeadLetters, Member, Payload, TopicTrigger, Trigger};
use crate::ids::FunctionRef;
use crate::invalid::Findings;
use crate::{proto, rules};

/// Maximum number of triggers of a function. Each needs a request or two in every deployment.
const TRIGGERS_MAX: usize = 100;

/// Maximum number of callers. A policy holds 1,500 principals of all roles
/// (<https://cloud.google.com/iam/quotas>), and each caller has a mark in the ledger.
const CALLERS_MAX: usize = 100;

// The limits of `google.pubsub.v1.Subscription`.
const ACK_DEADLINE: RangeInclusive<Duration> = Duration::from_secs(10)..=Duration::from_secs(600);
const BACKOFF: RangeInclusive<Duration> = Duration::ZERO..=Duration::from_secs(600);
const DELIVERY_ATTEMPTS: RangeInclusive<i32> = 5..=100;

/// The default of `google.pubsub.v1.DeadLetterPolicy`.
const DELIVERY_ATTEMPTS_DEFAULT: i32 = 5;

pub(super) fn read_triggers(
    triggers: Vec<proto::Trigger>,
    function: &FunctionRef,
    findings: &mut Findings,
) -> Vec<Trigger> {
    let field = "function.triggers";
    if triggers.len() > TRIGGERS_MAX {
        let found = format!("{} triggers", triggers.len());
        findings.add(field, &found, "must have at most 100 triggers");
        return Vec::new();
    }
    let mut read: Vec<Trigger> = Vec::new();
    for (index, trigger) in triggers.into_iter().enumerate() {
        let at = format!("{field}[{index}]");
        let Some(trigger) = read_trigger(&at, trigger, &read, function, findings) else { continue };
        if let Some(rule) = read.iter().find_map(|other| same(other, &trigger)) {
            let kind = trigger.kind().as_str();
            findings.add(format!("{at}.{kind}"), &trigger.to_string(), rule);
        }
        read.push(trigger);
    }
    read
}

/// The broken rule if two triggers would be one.
fn same(one: &Trigger, other: &Trigger) -> Option<&'static str> {
    match (one, other) {
        (Trigger::Topic(one), Trigger::Topic(other)) => (one.identity() == other.identity())
            .then_some("must differ from the other triggers in its topic, filter or order"),
        (Trigger::Event(one), Trigger::Event(other)) => (one.identity() == other.identity())
            .then_some(
                "must differ from the other triggers in its type, filters, region, channel or topic",
            ),
        (Trigger::Schedule(one), Trigger::Schedule(other)) => (one.name == other.name)
            .then_some("must differ from the other schedules in its name"),
        (Trigger::Queue(one), Trigger::Queue(other)) => (one.name == other.name)
            .then_some("must differ from the other queues in its name, `queue`"),
        (
            Trigger::Topic(_) | Trigger::Event(_) | Trigger::Schedule(_) | Trigger::Queue(_),
            _,
        ) => None,
    }
}

/// `before` are the triggers before it.
fn read_trigger(
    at: &str,
    trigger: proto::Trigger,
    before: &[Trigger],
    function: &FunctionRef,
    findings: &mut Findings,
) -> Option<Trigger> {
    use proto::trigger::Kind;
    let project = &function.project;
    match trigger.kind {
        Some(Kind::Topic(topic)) => {
            read_topic(&format!("{at}.topic"), topic, project, findings).map(Trigger::Topic)
        }
        Some(Kind::Event(event)) => {
            events::read_event(&format!("{at}.event"), event, function, findings)
                .map(Trigger::Event)
        }
        Some(Kind::Schedule(schedule)) => {
            let is_one = |other: &&Trigger| matches!(other, Trigger::Schedule(_));
            let position = before.iter().filter(is_one).count() + 1;
            let at = format!("{at}.schedule");
            schedule::read_schedule(&at, schedule, position, project, findings)
                .map(Trigger::Schedule)
        }
        Some(Kind::Queue(queue)) => {
            queue::read_queue(&format!("{at}.queue"), queue, project, findings).map(Trigger::Queue)
        }
        None => {
            findings.add(at, "", "must set one kind of trigger, such as topic");
            None
        }
    }
}

fn read_topic(
    at: &str,
    topic: proto::TopicTrigger,
    project: &str,
    findings: &mut Findings,
) -> Option<TopicTrigger> {
    let name = read_topic_name(&format!("{at}.topic"), &topic.topic, project, findings);
    if !rules::is_filter(&topic.filter) {
        findings.add(format!("{at}.filter"), &topic.filter, rules::FILTER);
    }
    let account = read_account(at, topic.service_account, findings);
    let mut duration = |field: &str, value, range: RangeInclusive<Duration>| {
        rules::duration(value, &format!("{at}.{field}"), range, findings)
    };
    let ack_deadline = duration("ackDeadline", topic.ack_deadline, ACK_DEADLINE);
    let minimum_backoff = duration("minimumBackoff", topic.minimum_backoff, BACKOFF);
    let maximum_backoff = duration("maximumBackoff", topic.maximum_backoff, BACKOFF);
    if ack_deadline.is_some_and(|deadline| deadline.subsec_nanos() != 0) {
        findings.add(format!("{at}.ackDeadline"), "", "must be whole seconds");
    }
    check_backoff(at, minimum_backoff, maximum_backoff, findings);
    let dead_letters = read_dead_letters(
        at,
        topic.dead_letter_topic,
        topic.max_delivery_attempts,
        project,
        findings,
    );
    let payload = read_payload(at, topic.payload, findings);
    Some(TopicTrigger {
        topic: name?,
        filter: topic.filter,
        ordered: topic.ordered,
        ack_deadline,
        minimum_backoff,
        maximum_backoff,
        dead_letters,
        account,
        payload: payload?,
    })
}

fn read_account(at: &str, email: String, findings: &mut Findings) -> Option<String> {
    let account = rules::optional(email);
    if let Some(account) = account.as_ref().filter(|email| !rules::is_service_account_email(email))
    {
        findings.add(format!("{at}.serviceAccount"), account, rules::SERVICE_ACCOUNT_EMAIL);
    }
    account
}

fn read_topic_name(
    field: &str,
    topic: &str,
    project: &str,
    findings: &mut Findings,
) -> Option<String> {
    if topic.is_empty() {
        findings.missing(field);
        return None;
    }
    let name = rules::topic_name(topic, project);
    if name.is_none() {
        findings.add(field, topic, rules::TOPIC);
    }
    name
}

fn read_dead_letters(
    at: &str,
    topic: String,
    attempts: Option<i32>,
    project: &str,
    findings: &mut Findings,
) -> Option<DeadLetters> {
    let field = format!("{at}.maxDeliveryAttempts");
    if let Some(attempts) = attempts.filter(|attempts| !DELIVERY_ATTEMPTS.contains(attempts)) {
        findings.add(&field, &attempts.to_string(), "must be between 5 and 100");
    }
    let Some(topic) = rules::optional(topic) else {
        if let Some(attempts) = attempts {
            findings.add(&field, &attempts.to_string(), "requires a deadLetterTopic");
        }
        return None;
    };
    let topic = read_topic_name(&format!("{at}.deadLetterTopic"), &topic, project, findings)?;
    let attempts = attempts.unwrap_or(DELIVERY_ATTEMPTS_DEFAULT);
    Some(DeadLetters { topic, max_delivery_attempts: u32::try_from(attempts).unwrap_or_default() })
}

fn read_payload(at: &str, number: i32, findings: &mut Findings) -> Option<Payload> {
    match proto::TopicPayload::try_from(number) {
        Ok(proto::TopicPayload::Unspecified | proto::TopicPayload::Wrapped) => {
            Some(Payload::Wrapped)
        }
        Ok(proto::TopicPayload::Unwrapped) => Some(Payload::Unwrapped),
        Ok(proto::TopicPayload::UnwrappedWithMetadata) => Some(Payload::UnwrappedWithMetadata),
        Err(_) => {
            findings.unknown_value(format!("{at}.payload"), number);
            None
        }
    }
}

pub(super) fn read_callers(callers: Vec<String>, findings: &mut Findings) -> BTreeSet<Member> {
    let hint = "must name single callers; use service.access for a public function";
    read_members("function.callers", callers, (CALLERS_MAX, "callers"), hint, findings)
}

/// Principals that are named one by one: at most so many.
fn read_members(
    field: &str,
    members: Vec<String>,
    (max, what): (usize, &str),
    everyone: &str,
    findings: &mut Findings,
) -> BTreeSet<Member> {
    if members.len() > max {
        let found = format!("{} {what}", members.len());
        findings.add(field, &found, format!("must have at most {max} {what}"));
        return BTreeSet::new();
    }
    for (index, member) in members.iter().enumerate() {
        let at = format!("{field}[{index}]");
        match member.as_str() {
            "allUsers" | "allAuthenticatedUsers" => findings.add(at, member, everyone),
            named if !rules::is_member(named) => findings.add(at, member, rules::MEMBER),
            _ => {}
        }
    }
    members.into_iter().map(Member::new).collect()
}

/// What distinguishes a trigger from the others of its kind, if its identity is a name.
fn trigger_name(
    at: &str,
    field: &str,
    name: String,
    default: impl FnOnce() -> String,
    findings: &mut Findings,
) -> String {
    let Some(name) = rules::optional(name) else { return default() };
    if !rules::is_trigger_name(&name) {
        findings.add(format!("{at}.{field}"), &name, rules::TRIGGER_NAME);
    }
    name
}

/// The account that Cloud Scheduler or Cloud Tasks calls as. An invalid project is a problem of its own.
fn own_account(at: &str, email: String, project: &str, findings: &mut Findings) -> Option<String> {
    let email = rules::optional(email)?;
    let field = format!("{at}.serviceAccount");
    if !rules::is_service_account_email(&email) {
        findings.add(field, &email, rules::SERVICE_ACCOUNT_EMAIL);
    } else if rules::is_project(project) && !rules::may_be_account_of(&email, project) {
        findings.add(field, &email, rules::OWN_ACCOUNT);
    }
    Some(email)
}

fn check_backoff(
    at: &str,
    minimum: Option<Duration>,
    maximum: Option<Duration>,
    findings: &mut Findings,
) {
    if let (Some(minimum), Some(maximum)) = (minimum, maximum)
        && minimum > maximum
    {
        let rule = "must not be longer than maximumBackoff";
        findings.add(format!("{at}.minimumBackoff"), "", rule);
    }
}

/// The APIs cannot tell 0 from unset.
fn max_doublings(at: &str, doublings: Option<i32>, findings: &mut Findings) -> Option<u32> {
    let doublings = doublings?;
    let read = u32::try_from(doublings).ok().filter(|doublings| *doublings > 0);
    if read.is_none() {
        findings.add(format!("{at}.maxDoublings"), &doublings.to_string(), "must be at least 1");
    }
    read
}

#[cfg(test)]
mod tests;
