//! What an operator can do here: each action is a command of the `longshore` program. Pure.
//!
//! The console runs exactly the command that it shows. The parts come from a fixed table, and a
//! target is one argument that was parsed first, so nothing in it can be an option or another
//! command.

use longshore_messages::{BatchId, DeploymentId, FunctionRef};

/// Maximum length of a reason, in characters.
const REASON_MAX: usize = 1_000;

/// The same where the request for a deployment has the reason, too.
const REQUESTED_REASON_MAX: usize = 200;

/// What can be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    Cancel,
    Redeploy,
    Replay,
    Rollback,
    /// A rollback of a function of the Cloud Functions API, which cannot serve an image that exists.
    Rebuild,
    PauseBatch,
    ResumeBatch,
    CancelBatch,
    RetryBatch,
}

impl Act {
    const ALL: [Self; 9] = [
        Self::Cancel,
        Self::Redeploy,
        Self::Replay,
        Self::Rollback,
        Self::Rebuild,
        Self::PauseBatch,
        Self::ResumeBatch,
        Self::CancelBatch,
        Self::RetryBatch,
    ];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Cancel => "cancel",
            Self::Redeploy => "redeploy",
            Self::Replay => "replay",
            Self::Rollback => "rollback",
            Self::Rebuild => "rollback-rebuild",
            Self::PauseBatch => "batch-pause",
            Self::ResumeBatch => "batch-resume",
            Self::CancelBatch => "batch-cancel",
            Self::RetryBatch => "batch-retry",
        }
    }

    /// What happens then, in a sentence.
    pub(crate) fn consequence(self) -> &'static str {
        match self {
            Self::Cancel => {
                "The deployment ends at its next stage. It has no effect once the service is being \
                 written."
            }
            Self::Redeploy => {
                "The same request is published again, as a new deployment with the next generation."
            }
            Self::Replay => {
                "The message is published again to its topic, and removed from the list. Fix the \
                 cause first."
            }
            Self::Rollback => {
                "A new deployment gives the function the image and the settings of this revision. \
                 Nothing is built."
            }
            Self::Rebuild => {
                "The source of this revision is built again, because the Cloud Functions API cannot \
                 serve an image that exists. This takes as long as a deployment."
            }
            Self::PauseBatch => {
                "No more functions are admitted until the batch is resumed. Those in flight continue."
            }
            Self::ResumeBatch => "Functions are admitted again.",
            Self::CancelBatch => {
                "No more functions are admitted, and those in flight are cancelled unless their \
                 services are being written."
            }
            Self::RetryBatch => {
                "What failed, was cancelled or did not start is requested again, as a new batch."
            }
        }
    }

    /// The word on the button.
    pub(crate) fn verb(self) -> &'static str {
        match self {
            Self::Cancel => "Cancel the deployment",
            Self::Redeploy => "Deploy again",
            Self::Replay => "Publish again",
            Self::Rollback => "Roll back",
            Self::Rebuild => "Build again and roll back",
            Self::PauseBatch => "Pause the batch",
            Self::ResumeBatch => "Resume the batch",
            Self::CancelBatch => "Cancel the batch",
            Self::RetryBatch => "Retry the batch",
        }
    }

    /// Maximum length of its reason, in characters.
    pub(crate) fn reason_max(self) -> usize {
        match self {
            Self::Rollback | Self::Rebuild => REQUESTED_REASON_MAX,
            Self::Cancel
            | Self::Redeploy
            | Self::Replay
            | Self::PauseBatch
            | Self::ResumeBatch
            | Self::CancelBatch
            | Self::RetryBatch => REASON_MAX,
        }
    }

    /// Whether it ends something that runs.
    pub(crate) fn is_final(self) -> bool {
        matches!(self, Self::Cancel | Self::CancelBatch)
    }
}

/// A checked action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Planned {
    pub(crate) act: Act,
    pub(crate) target: String,
    /// What it is done to, for people.
    pub(crate) subject: String,
    /// The page to go back to.
    pub(crate) page: String,
    arguments: Vec<String>,
}

/// Why an action is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("there is no such action")]
    Unknown,
    #[error("the action does not apply to this")]
    Target,
    #[error("give a reason, so that others can understand the action later")]
    NoReason,
    #[error("the reason has more than {0} characters")]
    LongReason(usize),
}

/// Checks an action and its target.
pub(crate) fn plan(action: &str, target: &str) -> Result<Planned, Refusal> {
    let act = Act::ALL.into_iter().find(|act| act.as_str() == action).ok_or(Refusal::Unknown)?;
    let own = |arguments: &[&str], subject: String, page: String| Planned {
        act,
        target: target.to_owned(),
        subject,
        page,
        arguments: arguments.iter().map(|&argument| argument.to_owned()).collect(),
    };
    let refuse = |_| Refusal::Target;
    match act {
        Act::Cancel | Act::Redeploy => {
            let id: DeploymentId = target.parse().map_err(refuse)?;
            let subject = format!("deployment {id}");
            Ok(own(&[act.as_str(), target], subject, format!("/deployments/{id}")))
        }
        Act::Replay => {
            if !is_parked_id(target) {
                return Err(Refusal::Target);
            }
            let subject = format!("message {target}");
            Ok(own(&["parked", "replay", target], subject, "/parked".to_owned()))
        }
        Act::Rollback | Act::Rebuild => {
            let (function, revision) = target.split_once('@').ok_or(Refusal::Target)?;
            let at: FunctionRef = function.parse().map_err(refuse)?;
            if !is_name(revision) {
                return Err(Refusal::Target);
            }
            let subject = format!("{at} to revision {revision}");
            let page = format!("/functions/{at}");
            let arguments = ["rollback", function, "--to", revision, "--rebuild"];
            let taken = if act == Act::Rebuild { 5 } else { 4 };
            Ok(own(&arguments[..taken], subject, page))
        }
        Act::PauseBatch | Act::ResumeBatch | Act::CancelBatch | Act::RetryBatch => {
            let id: BatchId = target.parse().map_err(refuse)?;
            let verb = act.as_str().trim_start_matches("batch-");
            Ok(own(&["batch", verb, target], format!("batch {id}"), format!("/batches/{id}")))
        }
    }
}

impl Planned {
    /// The function that it takes back, if it does that without a build.
    pub(crate) fn goes_back(&self) -> Option<FunctionRef> {
        let (function, _) = self.target.split_once('@').filter(|_| self.act == Act::Rollback)?;
        function.parse().ok()
    }

    /// A reason in one line, as commands take it and tables show it.
    pub(crate) fn reason(&self, written: &str) -> Result<String, Refusal> {
        let words = written.split(|char: char| char.is_whitespace() || char.is_control());
        let reason = words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
        if reason.is_empty() {
            return Err(Refusal::NoReason);
        }
        match self.act.reason_max() {
            max if reason.chars().count() > max => Err(Refusal::LongReason(max)),
            _ => Ok(reason),
        }
    }

    /// The arguments of the program for this reason.
    pub(crate) fn arguments(&self, reason: &str) -> Vec<String> {
        let mut arguments = self.arguments.clone();
        // One argument, so that a reason that begins with a hyphen is no option.
        arguments.push(format!("--reason={reason}"));
        arguments
    }

    /// The command as a person would type it.
    pub(crate) fn command(&self, reason: &str) -> String {
        let reason = if reason.is_empty() { "WHY" } else { reason };
        format!("{} {}", self.base(), quoted(reason))
    }

    /// The command up to the reason.
    pub(crate) fn base(&self) -> String {
        let arguments = self.arguments.iter().map(String::as_str).chain(["--reason"]).map(quoted);
        std::iter::once("longshore".to_owned()).chain(arguments).collect::<Vec<_>>().join(" ")
    }
}

/// An argument for a shell.
fn quoted(argument: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:@=,+".contains(&byte);
    if !argument.is_empty() && argument.bytes().all(is_plain) {
        return argument.to_owned();
    }
    format!("'{}'", argument.replace('\'', r"'\''"))
}

/// `HOUR/STAGE/CAUSE/SENDER-MESSAGE`.
fn is_parked_id(id: &str) -> bool {
    let is_part = |part: &str| {
        !part.is_empty()
            && !part.starts_with(['-', '.'])
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    id.len() <= 256 && id.split('/').all(is_part)
}

/// A name of a revision.
fn is_name(name: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=100).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(is_allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0123456789abcdef0123456789abcdef";

    #[test]
    fn each_action_is_one_command() {
        for (action, target, command) in [
            ("cancel", ID, format!("longshore cancel {ID}")),
            ("redeploy", ID, format!("longshore redeploy {ID}")),
            ("replay", "490002/uploader/failed/1f-7", {
                "longshore parked replay 490002/uploader/failed/1f-7".to_owned()
            }),
            ("rollback", "project-a/europe-west1/f@f-00002-abc", {
                "longshore rollback project-a/europe-west1/f --to f-00002-abc".to_owned()
            }),
            ("rollback-rebuild", "project-a/europe-west1/f@f-00002-abc", {
                "longshore rollback project-a/europe-west1/f --to f-00002-abc --rebuild".to_owned()
            }),
            ("batch-pause", ID, format!("longshore batch pause {ID}")),
            ("batch-resume", ID, format!("longshore batch resume {ID}")),
            ("batch-cancel", ID, format!("longshore batch cancel {ID}")),
            ("batch-retry", ID, format!("longshore batch retry {ID}")),
        ] {
            let planned = plan(action, target).unwrap();
            assert_eq!(planned.command("it's old"), format!(r"{command} --reason 'it'\''s old'"));
            let arguments = planned.arguments("--output x");
            assert_eq!(arguments.last().unwrap(), "--reason=--output x");
        }
    }

    #[test]
    fn a_target_that_could_be_anything_else_is_refused() {
        for (action, target) in [
            ("cancel", "--help"),
            ("cancel", ""),
            ("replay", "--help"),
            ("replay", "../deployments/x"),
            ("replay", "a//b"),
            ("replay", "a b"),
            ("rollback", "f@f-1"),
            ("rollback", "project-a/europe-west1/f@--to"),
            ("rollback", "project-a/europe-west1/f"),
            ("batch-pause", "x"),
        ] {
            assert_eq!(plan(action, target), Err(Refusal::Target), "{action} {target}");
        }
        assert_eq!(plan("delete", ID), Err(Refusal::Unknown));
    }

    #[test]
    fn an_action_takes_a_reason() {
        let planned = plan("cancel", ID).unwrap();
        assert_eq!(planned.reason(" \n"), Err(Refusal::NoReason));
        assert_eq!(planned.reason(" it\r\n is\told "), Ok("it is old".to_owned()));
        assert_eq!(planned.reason(&"é".repeat(1_001)), Err(Refusal::LongReason(1_000)));
        // The fleet refuses a request with a longer one.
        let planned = plan("rollback", "project-a/europe-west1/f@f-00002-abc").unwrap();
        assert_eq!(planned.reason(&"é".repeat(201)), Err(Refusal::LongReason(200)));
        assert!(planned.reason(&"é".repeat(200)).is_ok());
    }
}
