//! Applies flags to the triggers of a manifest.

use longshore_messages::proto::trigger::Kind;
use longshore_messages::proto::{FunctionSpec, TopicTrigger, Trigger};

use crate::function_args::FunctionArgs;

/// Replaces the triggers of the manifest. Without flags they stay unchanged.
pub(crate) fn apply(flags: &FunctionArgs, spec: &mut FunctionSpec) {
    if flags.trigger_http || !flags.trigger_topics.is_empty() {
        spec.triggers = flags.trigger_topics.iter().map(|topic| of_topic(topic)).collect();
    }
    if let Some(email) = &flags.trigger_service_account {
        for trigger in &mut spec.triggers {
            set_account(trigger, email);
        }
    }
}

fn of_topic(topic: &str) -> Trigger {
    let topic = TopicTrigger { topic: topic.to_owned(), ..TopicTrigger::default() };
    Trigger { kind: Some(Kind::Topic(topic)) }
}

fn set_account(trigger: &mut Trigger, email: &str) {
    let field = match &mut trigger.kind {
        None => return,
        Some(Kind::Event(event)) => &mut event.service_account,
        Some(Kind::Topic(topic)) => &mut topic.service_account,
        Some(Kind::Schedule(schedule)) => &mut schedule.service_account,
        Some(Kind::Queue(queue)) => &mut queue.service_account,
    };
    email.clone_into(field);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(topics: &[&str]) -> FunctionSpec {
        let triggers = topics.iter().map(|topic| of_topic(topic)).collect();
        FunctionSpec { triggers, ..FunctionSpec::default() }
    }

    #[test]
    fn without_flags_the_triggers_of_the_manifest_are_unchanged() {
        let mut manifest = spec(&["a"]);
        apply(&FunctionArgs::default(), &mut manifest);
        assert_eq!(manifest, spec(&["a"]));
    }

    #[test]
    fn flags_replace_the_triggers_of_the_manifest() {
        let mut manifest = spec(&["a", "b"]);
        let trigger_topics = vec!["c".to_owned()];
        apply(&FunctionArgs { trigger_topics, ..FunctionArgs::default() }, &mut manifest);
        assert_eq!(manifest, spec(&["c"]));
        apply(&FunctionArgs { trigger_http: true, ..FunctionArgs::default() }, &mut manifest);
        assert_eq!(manifest, spec(&[]));
    }

    #[test]
    fn the_account_of_all_triggers_can_be_set() {
        let mut manifest = spec(&["a", "b"]);
        let flags = FunctionArgs {
            trigger_service_account: Some("me@p.iam.gserviceaccount.com".to_owned()),
            ..FunctionArgs::default()
        };
        apply(&flags, &mut manifest);
        for trigger in manifest.triggers {
            let Some(Kind::Topic(topic)) = trigger.kind else { panic!("topic") };
            assert_eq!(topic.service_account, "me@p.iam.gserviceaccount.com");
        }
    }
}
