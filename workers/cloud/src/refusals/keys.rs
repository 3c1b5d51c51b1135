//! What Google says about a key of Cloud KMS that a service cannot use. Its services say it in
//! their own words, and most of them name neither the key nor the command that mends it.

use longshore_messages::FailureClass::{self, System, User};

use super::operations::{
    FUNCTION_READ, FUNCTION_WRITE, GENERATE_UPLOAD_URL, IMAGE, READ, REPOSITORY, WRITE,
};
use super::{Refusal, Subject, contains};
use crate::{Agent, CloudError, Kind};

/// The narrowest predefined role with which an agent may use a key.
pub const KEY_ROLE: &str = "roles/cloudkms.cryptoKeyEncrypterDecrypter";

/// One meaning of words.
struct Row {
    /// Part of Google's message, in lower case.
    message: &'static str,
    class: FailureClass,
    code: &'static str,
    mends: Mends,
    propagates: bool,
}

/// What mends it.
enum Mends {
    /// Another state of the key's version.
    State,
    /// A role of a service agent on the key.
    Role,
    /// Another key.
    Key,
}

/// Words of Cloud KMS, which most services pass on (`FAILED_PRECONDITION`):
/// <https://cloud.google.com/kms/docs/key-states>. Words of Cloud Storage:
/// <https://cloud.google.com/storage/docs/json_api/v1/status-codes>.
const ROWS: &[Row] = &[
    Row {
        message: "is not enabled, current state is",
        class: System,
        code: "key-unusable",
        mends: Mends::State,
        propagates: false,
    },
    Row {
        message: "cloud kms key is disabled, destroyed",
        class: System,
        code: "key-unusable",
        mends: Mends::State,
        propagates: false,
    },
    Row {
        message: "permission denied on cloud kms key",
        class: System,
        code: "key-role",
        mends: Mends::Role,
        propagates: true,
    },
    Row {
        message: "cloudkms.cryptokeyversions.useto",
        class: System,
        code: "key-role",
        mends: Mends::Role,
        propagates: true,
    },
    Row {
        message: "cloud kms encryption key not found",
        class: User,
        code: "key-not-found",
        mends: Mends::Key,
        propagates: false,
    },
    Row {
        message: "cloud kms decryption key not found",
        class: User,
        code: "key-not-found",
        mends: Mends::Key,
        propagates: false,
    },
];

/// The meaning of words about a key, or `None` if they are not about one. `agent` is the service
/// agent that was refused, unless the words name another one.
#[must_use]
pub fn of_words(words: &str, agent: Agent, subject: &Subject<'_>) -> Option<Refusal> {
    let row = ROWS.iter().find(|row| contains(words, row.message))?;
    let found = state_in(words);
    let key = found.map_or(subject.key, |found| found.key);
    let advice = match row.mends {
        Mends::State => state_advice(key, found),
        Mends::Role => role_advice(key, Agent::named_in(words).unwrap_or(agent), subject.project),
        Mends::Key => missing_advice(key),
    };
    Some(Refusal {
        class: row.class,
        code: row.code,
        advice,
        propagates: row.propagates,
        is_platforms: false,
    })
}

/// The meaning of a key that does not exist.
#[must_use]
pub fn of_missing(key: &str) -> Refusal {
    Refusal {
        class: User,
        code: "key-not-found",
        advice: missing_advice(key),
        propagates: false,
        is_platforms: false,
    }
}

/// The meaning of a call's error that is about a key of Cloud KMS, or `None` if it is not.
#[must_use]
pub fn of_call(error: &CloudError, subject: &Subject<'_>) -> Option<Refusal> {
    let agent_of = |operations: &[&str]| operations.contains(&error.operation);
    let agent = if agent_of(FUNCTION_WRITE) || agent_of(FUNCTION_READ) {
        Agent::Functions
    } else if agent_of(REPOSITORY) || agent_of(IMAGE) {
        Agent::Registry
    } else if agent_of(WRITE) || agent_of(READ) {
        Agent::Run
    } else {
        Agent::Storage
    };
    // The API answers a missing grant on the key with a bare internal error, which gcloud reads in
    // the same way (`api_lib/functions/cmek_util.py`).
    if error.operation == GENERATE_UPLOAD_URL
        && error.kind == Kind::Internal
        && !subject.key.is_empty()
    {
        return Some(Refusal {
            class: System,
            code: "key-role",
            advice: role_advice(subject.key, Agent::Functions, subject.project),
            propagates: true,
            is_platforms: false,
        });
    }
    if error.kind.is_transient() {
        return None;
    }
    of_words(&error.message(), agent, subject)
}

fn missing_advice(key: &str) -> String {
    format!(
        "name a key that exists; `gcloud kms keys list {}` lists those beside {}",
        ring_flags(key),
        known(key)
    )
}

/// The grant that a service agent needs on a key.
pub(super) fn role_advice(key: &str, agent: Agent, project: &str) -> String {
    let project = if project.is_empty() { "PROJECT" } else { project };
    let number = format!("$(gcloud projects describe {project} --format='value(projectNumber)')");
    let command = grant_command(key, &format!("\"{}\"", agent.member(number)));
    format!("let {} use the key with `{command}`", agent.title())
}

/// The command that lets a member use a key.
pub(crate) fn grant_command(key: &str, member: &str) -> String {
    format!(
        "gcloud kms keys add-iam-policy-binding {} {} --member {member} --role {KEY_ROLE}",
        id(key),
        ring_flags(key)
    )
}

/// A version of a key and its state, as Cloud KMS names them.
#[derive(Clone, Copy)]
struct StateOf<'a> {
    key: &'a str,
    version: &'a str,
    state: &'a str,
}

/// `projects/…/cryptoKeys/K/cryptoKeyVersions/N is not enabled, current state is: STATE.`
fn state_in(words: &str) -> Option<StateOf<'_>> {
    let (before, after) = words.split_once(" is not enabled, current state is: ")?;
    let name = before.rsplit([' ', '"', '\'', '(']).next()?;
    let (key, version) = name.split_once("/cryptoKeyVersions/")?;
    let is_state = |c: char| c.is_ascii_uppercase() || c == '_';
    let state = after.split(|c: char| !is_state(c)).next()?;
    Some(StateOf { key, version, state })
}

fn state_advice(key: &str, found: Option<StateOf<'_>>) -> String {
    let flags = key_flags(key);
    let enable = |version: &str| format!("`gcloud kms keys versions enable {version} {flags}`");
    let restore = |version: &str| format!("`gcloud kms keys versions restore {version} {flags}`");
    let key = known(key);
    match found.map(|found| (found.state, found.version)) {
        Some(("DISABLED", version)) => {
            format!(
                "enable the version of the key {key} with {}, and deploy again",
                enable(version)
            )
        }
        Some(("DESTROY_SCHEDULED", version)) => format!(
            "the version of the key {key} is about to be destroyed: restore it with {} and enable \
             it with {}, and deploy again",
            restore(version),
            enable(version)
        ),
        Some(("DESTROYED", version)) => format!(
            "version {version} of the key {key} is destroyed, and what it protects is lost: name \
             another key, with a bucket and a repository under it"
        ),
        Some(_) | None => format!(
            "the key {key} is disabled, destroyed or scheduled to be destroyed: `gcloud kms keys \
             versions list {flags}` shows the states of its versions; enable a disabled one with \
             {}, restore one that is about to be destroyed with {}, and deploy again",
            enable("VERSION"),
            restore("VERSION")
        ),
    }
}

fn known(key: &str) -> &str {
    if key.is_empty() { "KEY" } else { key }
}

/// The flags of `gcloud kms` that name the ring of a key.
fn ring_flags(key: &str) -> String {
    let [project, location, ring, _] = parts(key);
    format!("--keyring {ring} --location {location} --project {project}")
}

/// The flags of `gcloud kms` that name a key.
fn key_flags(key: &str) -> String {
    format!("--key {} {}", id(key), ring_flags(key))
}

fn id(key: &str) -> &str {
    let [.., id] = parts(key);
    id
}

/// Project, location, ring and id of a key.
fn parts(key: &str) -> [&str; 4] {
    match key.split('/').collect::<Vec<_>>()[..] {
        ["projects", project, "locations", location, "keyRings", ring, "cryptoKeys", id] => {
            [project, location, ring, id]
        }
        _ => ["KEY_PROJECT", "LOCATION", "RING", "KEY"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "projects/kp/locations/r1/keyRings/ring/cryptoKeys/k";
    const FLAGS: &str = "--key k --keyring ring --location r1 --project kp";

    fn meaning(words: &str) -> Option<Refusal> {
        let subject = Subject { project: "p", key: KEY, ..Subject::default() };
        of_words(words, Agent::Storage, &subject)
    }

    #[test]
    fn a_key_in_each_state_is_named_with_the_command_that_mends_it() {
        let in_state = |state: &str| {
            format!("failed: {KEY}/cryptoKeyVersions/3 is not enabled, current state is: {state}.")
        };
        let enable = |version: &str| format!("gcloud kms keys versions enable {version} {FLAGS}`");
        let restore = format!("gcloud kms keys versions restore 3 {FLAGS}`");
        let list = format!("gcloud kms keys versions list {FLAGS}`");
        for (words, parts) in [
            (in_state("DISABLED"), vec![enable("3")]),
            (in_state("DESTROY_SCHEDULED"), vec![restore, enable("3")]),
            (in_state("DESTROYED"), vec!["name another key".to_owned()]),
            (in_state("PENDING_GENERATION"), vec![list.clone()]),
            (
                "Cloud KMS key is disabled, destroyed, or scheduled to be destroyed.".to_owned(),
                vec![list, enable("VERSION")],
            ),
        ] {
            let refusal = meaning(&words).unwrap();
            assert_eq!((refusal.class, refusal.code), (System, "key-unusable"), "{words}");
            assert!(!refusal.propagates, "{words}");
            assert!(refusal.advice.contains(KEY), "{}", refusal.advice);
            for part in parts {
                assert!(refusal.advice.contains(&part), "{words}: {}", refusal.advice);
            }
        }
    }

    #[test]
    fn a_missing_grant_is_named_with_its_agent_and_its_command() {
        let denied = "Permission 'cloudkms.cryptoKeyVersions.useToEncrypt' denied";
        for (words, agent) in [
            ("Permission denied on Cloud KMS key. Please ensure that".to_owned(), Agent::Storage),
            (format!("{denied} for {}", Agent::Registry.member(1)), Agent::Registry),
            (format!("{denied} for {}", Agent::Run.member(1)), Agent::Run),
            (format!("{denied} for {}", Agent::Functions.member(1)), Agent::Functions),
            (denied.to_owned(), Agent::Storage),
        ] {
            let refusal = meaning(&words).unwrap();
            assert_eq!((refusal.class, refusal.code), (System, "key-role"), "{words}");
            assert!(refusal.propagates, "{words}");
            let command = "gcloud kms keys add-iam-policy-binding k --keyring ring --location r1 \
                           --project kp --member";
            assert!(refusal.advice.contains(command), "{}", refusal.advice);
            let member = format!("@{}.iam.gserviceaccount.com", agent.domain());
            assert!(refusal.advice.contains(&member), "{words}: {}", refusal.advice);
        }
    }

    #[test]
    fn a_key_that_does_not_exist_is_the_requesters_mistake() {
        for words in [
            "Cloud KMS encryption key not found.",
            "Resource's Cloud KMS decryption key not found.",
        ] {
            let refusal = meaning(words).unwrap();
            assert_eq!((refusal.class, refusal.code), (User, "key-not-found"));
            assert!(refusal.advice.contains("gcloud kms keys list --keyring ring"));
        }
        assert_eq!(meaning("Permission denied on secret"), None);
    }

    #[test]
    fn what_is_not_known_is_named_in_capitals() {
        let words = "Cloud KMS key is disabled, destroyed, or scheduled to be destroyed.";
        let refusal = of_words(words, Agent::Storage, &Subject::default()).unwrap();
        assert!(refusal.advice.contains("--key KEY --keyring RING"), "{}", refusal.advice);
    }
}
