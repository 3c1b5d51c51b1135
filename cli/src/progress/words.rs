//! The text of steps and outcomes.

use longshore_messages::{Failure, Outcome, Published, SourceUploaded, Submitted};

use super::excerpt::excerpt;
use crate::output::Tone;
use crate::pinned;

pub(super) fn uploaded(uploaded: &SourceUploaded) -> String {
    let (generation, source) = (uploaded.deployment.generation, &uploaded.source);
    let digest = source.sha256.get(..12).unwrap_or(&source.sha256);
    format!(
        "admitted as generation {generation}; source {digest} stored ({} bytes)",
        source.size_bytes
    )
}

pub(super) fn building(submitted: &Submitted, runtime: Option<&str>) -> String {
    let runtime = runtime.map(|runtime| format!("runtime {runtime}; ")).unwrap_or_default();
    match submitted {
        Submitted::Shared(submitted) => {
            format!("waiting for build {}", short(&submitted.build.build.to_string()))
        }
        Submitted::Function(started) if started.operation.unchanged => {
            format!("{runtime}the function is as requested; no operation is needed")
        }
        Submitted::Function(started) => match &started.operation.name {
            Some(name) => {
                let name = name.rsplit('/').next().unwrap_or(name);
                format!("{runtime}waiting for operation {name}")
            }
            None => format!("{runtime}waiting for the operation of the function"),
        },
    }
}

pub(super) fn published(published: &Published) -> String {
    let digest = match published {
        Published::Shared(published) => &published.image.digest,
        Published::Function(published) => &published.image.digest,
    };
    format!("image {} published; waiting for the service", short(digest))
}

/// The text after the name of the outcome.
pub(super) fn outcome(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Deployed(serving) => format!(" revision {} at {}", serving.revision, serving.url),
        Outcome::Unchanged(serving) => {
            format!(": revision {} serves at {}", serving.revision, serving.url)
        }
        Outcome::Failed(failure) => format!(" in {}: {}", failure.stage, reason(failure)),
        Outcome::Superseded { by: Some(by) } => format!(" by {by}"),
        Outcome::Superseded { by: None } => " by a newer deployment".to_owned(),
        Outcome::Cancelled => String::new(),
        Outcome::TrafficPinned { ready, traffic } => {
            format!(": revision {} is ready, but {}", ready.revision, pinned::words(traffic))
        }
    }
}

/// What failed and why, in one line if a log follows. The log names the cause where the reason only
/// says what it led to.
pub(crate) fn reason(failure: &Failure) -> String {
    if failure.log_tail.is_empty() {
        return failure.reason.clone();
    }
    let first = failure.reason.lines().next().unwrap_or_default();
    match excerpt(&failure.log_tail).headline {
        Some(cause) => {
            let what = first.split(": ").next().unwrap_or(first);
            format!("{what}: {cause}")
        }
        None => first.to_owned(),
    }
}

pub(super) fn tone(outcome: &Outcome) -> Tone {
    match outcome {
        Outcome::Deployed(_) | Outcome::Unchanged(_) => Tone::Good,
        Outcome::Failed(_) | Outcome::TrafficPinned { .. } => Tone::Bad,
        Outcome::Superseded { .. } | Outcome::Cancelled => Tone::Busy,
    }
}

/// The first twelve digits of a digest.
fn short(digest: &str) -> &str {
    let digits = digest.strip_prefix("sha256:").unwrap_or(digest);
    digits.get(..12).unwrap_or(digits)
}
