//! The text of steps and outcomes.

use longshore_messages::{BuildSubmitted, Failure, ImagePublished, Outcome, SourceUploaded};

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

pub(super) fn building(submitted: &BuildSubmitted) -> String {
    format!("waiting for build {}", short(&submitted.build.build.to_string()))
}

pub(super) fn published(published: &ImagePublished) -> String {
    format!("image {} published; waiting for the service", short(&published.image.digest))
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

/// The first line of the reason if a log follows, which contains the others.
fn reason(failure: &Failure) -> &str {
    let first = failure.reason.lines().next().unwrap_or_default();
    if failure.log_tail.is_empty() { &failure.reason } else { first }
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
