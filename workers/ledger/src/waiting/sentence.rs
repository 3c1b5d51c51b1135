//! The words for a wait.

use std::fmt::Write as _;

use time::{OffsetDateTime, UtcOffset};

use super::Waiting;

/// Maximum length of an error within a sentence, in characters.
const ERROR_CHARS_MAX: usize = 160;

impl Waiting {
    /// The name of the reason, for programs.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::BatchPaused { .. } => "batch-paused",
            Self::BatchGate { .. } => "batch-gate",
            Self::BatchEnding { .. } => "batch-ending",
            Self::BatchWave { .. } => "batch-wave",
            Self::BatchRoom { .. } => "batch-window",
            Self::BatchPublish { .. } => "batch-publish",
            Self::Parked { .. } => "parked",
            Self::Late { .. } => "deadline",
            Self::LateButWriting { .. } => "deadline-writing",
            Self::Superseded { .. } => "superseded",
            Self::Cancelled { .. } => "cancelled",
            Self::Grant { .. } => "grant",
            Self::Quota { .. } => "quota",
            Self::Backoff { .. } => "backoff",
            Self::Worker { .. } => "worker",
            Self::BuildToBeSubmitted(_) => "build-submission",
            Self::BuildRuns(..) => "build",
            Self::BuildEnded(_) => "build-ended",
            Self::OtherOperation { .. } => "other-operation",
            Self::Operation { .. } => "operation",
            Self::Serving { .. } => "revision",
            Self::Uploading { .. } => "source",
            Self::Queued { .. } => "queue",
        }
    }

    /// When the wait is expected to end, if that is known.
    #[must_use]
    pub fn until(&self) -> Option<OffsetDateTime> {
        match self {
            Self::Grant { until, .. } | Self::Quota { until, .. } => Some(*until),
            Self::Backoff { until, .. } => *until,
            _ => None,
        }
    }

    /// Why the deployment waits at `now`: a fragment in lower case, without a full stop. It may
    /// contain text that others wrote: an error.
    #[must_use]
    pub fn sentence(&self, now: OffsetDateTime) -> String {
        let at = |time: &OffsetDateTime| clock(*time, now);
        match self {
            Self::BatchPaused { batch } => format!(
                "batch {batch} is paused and has not admitted it; `longshore batch resume {batch}` \
                 continues"
            ),
            Self::BatchGate { batch, wave, approval: true } => format!(
                "waiting for the gates of wave {wave} of batch {batch}; `longshore batch approve \
                 {batch}` approves the wave"
            ),
            Self::BatchGate { batch, wave, approval: false } => {
                format!("waiting for the gates of wave {wave} of batch {batch}")
            }
            Self::BatchEnding { batch } => {
                format!("batch {batch} is ending and will not admit it")
            }
            Self::BatchWave { batch, wave, current, unfinished } => format!(
                "waiting for wave {current} of batch {batch}, of which {} not ended; it belongs to \
                 wave {wave}",
                functions(*unfinished)
            ),
            Self::BatchRoom { batch, position, in_flight } => format!(
                "{} in line in batch {batch}, which has {} in flight",
                ordinal(*position),
                count(*in_flight, "function")
            ),
            Self::BatchPublish { batch } => {
                format!("batch {batch} has admitted it and is about to publish its request")
            }
            Self::Parked { stage, message: Some(message) } => format!(
                "parked: {stage} cannot handle its message; `longshore parked replay {message}` \
                 continues it once the cause is fixed"
            ),
            Self::Parked { stage, message: None } => format!(
                "parked: {stage} cannot handle its message, and too many messages are parked to \
                 keep it; deploy again once the cause is fixed"
            ),
            Self::Late { deadline_at } => format!(
                "past its deadline of {}; it ends as failed at the next sweep",
                at(deadline_at)
            ),
            Self::LateButWriting { deadline_at, worker } => format!(
                "past its deadline of {}, but {worker} has begun to write the service, and ends it \
                 as soon as it knows the result",
                at(deadline_at)
            ),
            Self::Superseded { by, stage } => {
                format!("superseded by deployment {by}; it ends when {stage} next checks it")
            }
            Self::Cancelled { stage } => {
                format!("cancelled; it ends when {stage} next checks it")
            }
            Self::Grant { stage, since, until } => format!(
                "waiting for a grant to become effective: {stage} has lacked a role since {} and \
                 tries until {}",
                at(since),
                at(until)
            ),
            Self::Quota { quota, project, region, position, until } => {
                let place = match region.as_str() {
                    "" => format!("project {project}"),
                    region => format!("{region} in project {project}"),
                };
                let position = ordinal(usize::try_from(*position).unwrap_or(usize::MAX));
                format!("{position} in line for the {quota} of {place}, until about {}", at(until))
            }
            Self::Backoff { error, attempt, until } => {
                let mut text = format!("backing off after {}", cut(error));
                if let Some(until) = until {
                    let _ = write!(text, ", until about {}", at(until));
                }
                if let Some(attempt) = attempt {
                    let _ = write!(text, " (delivery {attempt})");
                }
                text
            }
            Self::Worker { stage, awaited, since } => {
                format!("{stage} has waited for {awaited} since {}", at(since))
            }
            Self::BuildToBeSubmitted(build) => match (&build.function, build.is_own) {
                (_, true) => format!("its build {} is about to be submitted", build.build),
                (Some(function), false) => format!(
                    "behind build {} of function {function}, which is not submitted yet",
                    build.build
                ),
                (None, false) => {
                    format!("behind build {}, which no deployment has claimed", build.build)
                }
            },
            Self::BuildRuns(build, since) => {
                let mut text = match (&build.function, build.is_own) {
                    (Some(function), false) => {
                        format!("behind build {} of function {function}", build.build)
                    }
                    (_, true) => format!("waiting for its build {}", build.build),
                    (None, false) => format!("behind build {}", build.build),
                };
                let _ = write!(text, ", submitted at {}", at(since));
                if build.attempts > 1 {
                    let _ = write!(text, " as attempt {}", build.attempts);
                }
                if build.others > 0 {
                    let _ = write!(text, ", with {}", count(build.others, "other deployment"));
                }
                text
            }
            Self::BuildEnded(build) => {
                format!("build {} has ended, and wakes the deployment in a moment", build.build)
            }
            Self::OtherOperation { by } => {
                format!("waiting for another operation of the function, of deployment {by}")
            }
            Self::Operation { operation, since } => format!(
                "waiting for operation {} of the function, begun at {}",
                operation.rsplit('/').next().unwrap_or_default(),
                at(since)
            ),
            Self::Serving { since } => format!(
                "service-deployer has been writing the service, and waiting for its revision, \
                 since {}",
                at(since)
            ),
            Self::Uploading { since } => {
                format!("uploader has been fetching and storing its source since {}", at(since))
            }
            Self::Queued { stage, since: Some(since) } => {
                format!("waiting for {stage}, which was sent its message at {}", at(since))
            }
            Self::Queued { stage, since: None } => {
                format!("waiting for {stage} to take its message")
            }
        }
    }
}

/// A time for people: without the date if that is today's.
fn clock(time: OffsetDateTime, now: OffsetDateTime) -> String {
    let (time, now) = (time.to_offset(UtcOffset::UTC), now.to_offset(UtcOffset::UTC));
    let (hour, minute, second) = time.to_hms();
    match time.date() == now.date() {
        true => format!("{hour:02}:{minute:02}:{second:02} UTC"),
        false => format!("{} {hour:02}:{minute:02} UTC", time.date()),
    }
}

fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

fn functions(number: usize) -> String {
    format!("{} {}", count(number, "function"), if number == 1 { "has" } else { "have" })
}

fn ordinal(number: usize) -> String {
    const WORDS: [&str; 10] = [
        "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth",
        "tenth",
    ];
    if let Some(word) = number.checked_sub(1).and_then(|index| WORDS.get(index)) {
        return (*word).to_owned();
    }
    let suffix = match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{number}{suffix}")
}

fn cut(error: &str) -> String {
    match error.char_indices().nth(ERROR_CHARS_MAX) {
        Some((end, _)) => format!("{}…", error.get(..end).unwrap_or_default()),
        None => error.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_words_up_to_ten_and_numbers_beyond() {
        let of = [1, 3, 10, 11, 12, 13, 21, 22, 23, 24, 101, 111, 0];
        let words = of.map(ordinal);
        let expected = [
            "first", "third", "tenth", "11th", "12th", "13th", "21st", "22nd", "23rd", "24th",
            "101st", "111th", "0th",
        ];
        assert_eq!(words, expected);
    }

    #[test]
    fn a_long_error_is_cut_between_characters() {
        let long = "ü".repeat(ERROR_CHARS_MAX + 1);
        assert_eq!(cut(&long), format!("{}…", "ü".repeat(ERROR_CHARS_MAX)));
        assert_eq!(cut("503"), "503");
    }
}
