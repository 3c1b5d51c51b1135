//! How far a batch is: a letter for each function, and whether more are admitted.

use longshore_messages::BatchCounts;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// How far a batch is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchProgress {
    /// State of each function, in the order of their admission; a text with a letter for each.
    #[serde(serialize_with = "as_letters", deserialize_with = "from_letters")]
    pub members: Vec<MemberState>,
    pub control: BatchControl,
}

/// Whether more functions of a batch are admitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BatchControl {
    Running,
    /// None until it is resumed.
    Paused,
    /// None, and those that were admitted are cancelled.
    Cancelled,
    /// None, because too many have failed. Those that were admitted run to their end.
    Stopped,
}

impl BatchControl {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Cancelled => "cancelled",
            Self::Stopped => "stopped",
        }
    }
}

/// State of a function of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MemberState {
    /// Not admitted yet.
    Waiting,
    /// Its request is published, or a worker is about to do that.
    Admitted,
    Deployed,
    Unchanged,
    TrafficPinned,
    Failed,
    Superseded,
    Cancelled,
    /// The batch ended before it was admitted.
    NotStarted,
}

impl MemberState {
    const ALL: [Self; 9] = [
        Self::Waiting,
        Self::Admitted,
        Self::Deployed,
        Self::Unchanged,
        Self::TrafficPinned,
        Self::Failed,
        Self::Superseded,
        Self::Cancelled,
        Self::NotStarted,
    ];

    fn letter(self) -> char {
        match self {
            Self::Waiting => '.',
            Self::Admitted => 'a',
            Self::Deployed => 'd',
            Self::Unchanged => 'u',
            Self::TrafficPinned => 'p',
            Self::Failed => 'f',
            Self::Superseded => 's',
            Self::Cancelled => 'c',
            Self::NotStarted => 'n',
        }
    }

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Admitted => "admitted",
            Self::Deployed => "deployed",
            Self::Unchanged => "unchanged",
            Self::TrafficPinned => "traffic-pinned",
            Self::Failed => "failed",
            Self::Superseded => "superseded",
            Self::Cancelled => "cancelled",
            Self::NotStarted => "not-started",
        }
    }

    /// Whether it never changes again.
    #[must_use]
    pub fn has_ended(self) -> bool {
        match self {
            Self::Waiting | Self::Admitted => false,
            Self::Deployed
            | Self::Unchanged
            | Self::TrafficPinned
            | Self::Failed
            | Self::Superseded
            | Self::Cancelled
            | Self::NotStarted => true,
        }
    }
}

impl BatchProgress {
    /// A batch of which nothing is admitted yet.
    #[must_use]
    pub fn new(functions: usize) -> Self {
        Self { members: vec![MemberState::Waiting; functions], control: BatchControl::Running }
    }

    #[must_use]
    pub fn count(&self, state: MemberState) -> usize {
        self.members.iter().filter(|member| **member == state).count()
    }

    /// How its functions ended.
    #[must_use]
    pub fn counts(&self) -> BatchCounts {
        let count = |state| u32::try_from(self.count(state)).unwrap_or(u32::MAX);
        BatchCounts {
            deployed: count(MemberState::Deployed),
            unchanged: count(MemberState::Unchanged),
            traffic_pinned: count(MemberState::TrafficPinned),
            failed: count(MemberState::Failed),
            superseded: count(MemberState::Superseded),
            cancelled: count(MemberState::Cancelled),
            not_started: count(MemberState::NotStarted),
        }
    }
}

fn as_letters<S: Serializer>(members: &[MemberState], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&members.iter().map(|member| member.letter()).collect::<String>())
}

fn from_letters<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<MemberState>, D::Error> {
    let letters = String::deserialize(deserializer)?;
    let state = |letter: char| {
        let known = MemberState::ALL.into_iter().find(|state| state.letter() == letter);
        known.ok_or_else(|| serde::de::Error::custom(format!("`{letter}` is not a known state")))
    };
    letters.chars().map(state).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_progress_of_ten_thousand_functions_is_ten_thousand_letters() {
        let mut progress = BatchProgress::new(3);
        progress.members[1] = MemberState::Admitted;
        progress.members[2] = MemberState::Failed;
        let json = serde_json::to_string(&progress).unwrap();
        assert_eq!(json, r#"{"members":".af","control":"running"}"#);
        assert_eq!(serde_json::from_str::<BatchProgress>(&json).unwrap(), progress);
        let whole = serde_json::to_string(&BatchProgress::new(10_000)).unwrap();
        assert!(whole.len() < 10_100, "{}", whole.len());
        let unknown =
            serde_json::from_str::<BatchProgress>(r#"{"members":"?","control":"running"}"#);
        assert!(unknown.unwrap_err().to_string().contains("not a known state"));
    }

    #[test]
    fn every_state_has_a_letter_and_a_word_of_its_own() {
        let of = |text: fn(MemberState) -> String| {
            MemberState::ALL.into_iter().map(text).collect::<std::collections::BTreeSet<_>>()
        };
        assert_eq!(of(|state| state.letter().to_string()).len(), MemberState::ALL.len());
        assert_eq!(of(|state| state.as_str().to_owned()).len(), MemberState::ALL.len());
    }

    #[test]
    fn functions_are_counted_by_how_they_ended() {
        let members = MemberState::ALL.to_vec();
        let counts = BatchProgress { members, control: BatchControl::Running }.counts();
        let one = BatchCounts {
            deployed: 1,
            unchanged: 1,
            traffic_pinned: 1,
            failed: 1,
            superseded: 1,
            cancelled: 1,
            not_started: 1,
        };
        assert_eq!(counts, one);
    }
}
