//! Secrets, topics, buckets, keys and grants that functions need. Pure.

use longshore_cloud::KEY_ROLE;
use longshore_messages::Function;

use super::{Check, Facts, Findings, is_missing};
use crate::preflight::facts::{buckets_of, key_of, receivers_of, secrets_of, topics_of};

pub(super) fn check(functions: &[&Function], facts: &Facts, findings: &mut Findings) {
    for function in functions {
        secrets(function, facts, findings);
        triggers(function, facts, findings);
        grants(function, facts, findings);
    }
}

fn secrets(function: &Function, facts: &Facts, findings: &mut Findings) {
    for (project, secret) in secrets_of(function) {
        match facts.secrets.get(&project) {
            Some(Ok(existing)) if !existing.contains(&secret) => {
                let id = secret.rsplit('/').next().unwrap_or_default();
                let reason = format!("the secret {secret} does not exist");
                let advice = format!("create it with `longshore secrets set {id}`");
                findings.refuse(Check::Secret, function.at.to_string(), reason, advice);
            }
            Some(Err(why)) => findings.unchecked(Check::Secret, &project, "its secrets", why),
            Some(Ok(_)) | None => {}
        }
    }
}

fn triggers(function: &Function, facts: &Facts, findings: &mut Findings) {
    for topic in topics_of(function) {
        let found = facts.topics.get(&topic);
        if is_missing(found, Check::Trigger, &topic, "whether the topic exists", findings) {
            let reason = format!("the topic {topic} of its trigger does not exist");
            let advice = format!("`gcloud pubsub topics create {topic}`");
            findings.refuse(Check::Trigger, function.at.to_string(), reason, advice);
        }
    }
    for bucket in buckets_of(function) {
        let found = facts.buckets.get(&bucket);
        if is_missing(found, Check::Trigger, &bucket, "whether the bucket exists", findings) {
            let reason = format!("the bucket {bucket} of its trigger does not exist");
            let advice = format!("`gcloud storage buckets create gs://{bucket}`");
            findings.refuse(Check::Trigger, function.at.to_string(), reason, advice);
        }
    }
}

fn grants(function: &Function, facts: &Facts, findings: &mut Findings) {
    if let Some(key) = key_of(function) {
        match facts.keys.get(&key) {
            Some(Ok(missing)) if !missing.is_empty() => {
                let agents: Vec<String> = missing.iter().map(ToString::to_string).collect();
                let commands: Vec<String> =
                    missing.iter().map(|one| format!("`{}`", one.command())).collect();
                let key = &key.key;
                let agents = agents.join(", ");
                let reason = format!("{KEY_ROLE} on the key {key} is not granted to: {agents}");
                let advice = commands.join(", ");
                findings.refuse(Check::Grant, function.at.to_string(), reason, advice);
            }
            Some(Err(why)) => {
                findings.unchecked(Check::Grant, &key.key, "who may use the key", why);
            }
            Some(Ok(_)) | None => {}
        }
    }
    for (project, account) in receivers_of(function) {
        match facts.receivers.get(&(project.clone(), account.clone())) {
            Some(Ok(false)) => {
                let reason = format!("{account}, which receives its events, may not do so");
                let advice = format!(
                    "`gcloud projects add-iam-policy-binding {project} --member \
                     serviceAccount:{account} --role roles/eventarc.eventReceiver`"
                );
                findings.refuse(Check::Grant, function.at.to_string(), reason, advice);
            }
            Some(Err(why)) => {
                findings.unchecked(Check::Grant, &project, "who may receive events", why);
            }
            Some(Ok(true)) | None => {}
        }
    }
}
