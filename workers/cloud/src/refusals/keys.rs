//! What Google says about a key of Cloud KMS that a service cannot use. Its services say it in
//! their own words, and most of them name neither the key nor the command that mends it.

use longshore_messages::FailureClass::{self, System, User};

use super::calls::{
    FUNCTION_READ, FUNCTION_WRITE, GENERATE_UPLOAD_URL, IMAGE, READ, REPOSITORY, WRITE,
};
use super::{Refusal, Subject, contains};
use crate::{CloudError, Kind};

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

/// The service agents that use keys, as the domains of their accounts, and what they are called.
/// <https://cloud.google.com/functions/docs/securing/cmek#granting_service_accounts_access_to_the_key>
const AGENTS: &[(&str, &str)] = &[
    (STORAGE, "Cloud Storage's service agent"),
    (REGISTRY, "Artifact Registry's service agent"),
    (RUN, "Cloud Run's service agent"),
    (FUNCTIONS, "the service agent of Cloud Functions"),
    ("gcp-sa-eventarc", "Eventarc's service agent"),
];

/// The service agent of Cloud Storage.
pub const STORAGE: &str = "gs-project-accounts";
/// The service agent of Artifact Registry.
pub const REGISTRY: &str = "gcp-sa-artifactregistry";
/// The service agent of Cloud Run.
pub const RUN: &str = "serverless-robot-prod";
/// The service agent of Cloud Functions.
pub const FUNCTIONS: &str = "gcf-admin-robot";

/// The meaning of words about a key, or `None` if they are not about one. `agent` is the service
/// agent that was refused, as one of the constants, unless the words name another one.
#[must_use]
pub fn of_words(words: &str, agent: &str, subject: &Subject<'_>) -> Option<Refusal> {
    let row = ROWS.iter().find(|row| contains(words, row.message))?;
    let found = state_in(words);
    let key = found.map_or(subject.key, |found| found.key);
    let advice = match row.mends {
        Mends::State => state_advice(key, found),
        Mends::Role => role_advice(key, named_in(words).unwrap_or(agent), subject.project),
        Mends::Key => format!(
            "name a key that exists; `gcloud kms keys list {}` lists those beside {}",
            ring_flags(key),
            known(key)
        ),
    };
    Some(Refusal {
        class: row.class,
        code: row.code,
        advice,
        propagates: row.propagates,
        is_platforms: false,
    })
}

/// The meaning of a call's error that is about a key of Cloud KMS, or `None` if it is not.
#[must_use]
pub fn of_call(error: &CloudError, subject: &Subject<'_>) -> Option<Refusal> {
    let agent_of = |operations: &[&str]| operations.contains(&error.operation);
    let agent = if agent_of(FUNCTION_WRITE) || agent_of(FUNCTION_READ) {
        FUNCTIONS
    } else if agent_of(REPOSITORY) || agent_of(IMAGE) {
        REGISTRY
    } else if agent_of(WRITE) || agent_of(READ) {
        RUN
    } else {
        STORAGE
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
            advice: role_advice(subject.key, FUNCTIONS, subject.project),
            propagates: true,
            is_platforms: false,
        });
    }
    if error.kind.is_transient() {
        return None;
    }
    of_words(&error.message(), agent, subject)
}

/// The grant that a service agent needs on a key.
pub(super) fn role_advice(key: &str, agent: &str, project: &str) -> String {
    let named = AGENTS.iter().find(|(domain, _)| *domain == agent);
    let name = named.map_or("the service agent", |(_, name)| name);
    let project = if project.is_empty() { "PROJECT" } else { project };
    format!(
        "let {name} use the key with `gcloud kms keys add-iam-policy-binding {} {} --member \
         \"serviceAccount:service-$(gcloud projects describe {project} \
         --format='value(projectNumber)')@{agent}.iam.gserviceaccount.com\" --role \
         roles/cloudkms.cryptoKeyEncrypterDecrypter`",
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

/// The service agent that words name.
fn named_in(words: &str) -> Option<&'static str> {
    let named = AGENTS.iter().find(|(domain, _)| words.contains(&format!("@{domain}.")));
    named.map(|(domain, _)| *domain)
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
        of_words(words, STORAGE, &subject)
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
            ("Permission denied on Cloud KMS key. Please ensure that".to_owned(), STORAGE),
            (format!("{denied} for service-1@{REGISTRY}.iam.gserviceaccount.com"), REGISTRY),
            (format!("{denied} for service-1@{RUN}.iam.gserviceaccount.com"), RUN),
            (format!("{denied} for service-1@{FUNCTIONS}.iam.gserviceaccount.com"), FUNCTIONS),
            (denied.to_owned(), STORAGE),
        ] {
            let refusal = meaning(&words).unwrap();
            assert_eq!((refusal.class, refusal.code), (System, "key-role"), "{words}");
            assert!(refusal.propagates, "{words}");
            let command = "gcloud kms keys add-iam-policy-binding k --keyring ring --location r1 \
                           --project kp --member";
            assert!(refusal.advice.contains(command), "{}", refusal.advice);
            let member = format!("@{agent}.iam.gserviceaccount.com");
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
        let refusal = of_words(words, STORAGE, &Subject::default()).unwrap();
        assert!(refusal.advice.contains("--key KEY --keyring RING"), "{}", refusal.advice);
    }
}
