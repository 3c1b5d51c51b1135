//! How far a batch is: a letter for each function, and whether more are admitted.

use longshore_messages::{BatchCounts, BatchSettings, BatchTraffic, Failure};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use time::OffsetDateTime;

/// How far a batch is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchProgress {
    /// State of each function, in the order of their admission; a text with a letter for each.
    #[serde(serialize_with = "as_letters", deserialize_with = "from_letters")]
    pub members: Vec<MemberState>,
    pub control: BatchControl,
    /// Number of waves whose gates have passed.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub passed: usize,
    /// Number of waves that a person has approved.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub approved: usize,
    /// The gate that stopped the batch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate: Option<Failure>,
    /// When the wave at the gate had ended, from when its requests are counted.
    #[serde(
        default,
        with = "time::serde::rfc3339::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub gate_since: Option<OffsetDateTime>,
    /// What gates that passed had found, for people, the newest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gate_notes: Vec<String>,
}

/// Maximum number of notes of gates: the progress is one small object.
const GATE_NOTES_MAX: usize = 20;

/// Serde passes a reference.
fn is_zero(number: &usize) -> bool {
    *number == 0
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
    /// Its request is parked. If an operator publishes it again, the function ends in another state.
    Parked,
    /// Its revision serves under a tag, and gets its traffic after the gates of its wave.
    Staged,
    /// The request to move its traffic is published, or a worker is about to do that.
    Releasing,
    /// Its revision serves under a tag, and the batch ended before it got traffic.
    Held,
}

impl MemberState {
    const ALL: [Self; 13] = [
        Self::Waiting,
        Self::Admitted,
        Self::Deployed,
        Self::Unchanged,
        Self::TrafficPinned,
        Self::Failed,
        Self::Superseded,
        Self::Cancelled,
        Self::NotStarted,
        Self::Parked,
        Self::Staged,
        Self::Releasing,
        Self::Held,
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
            Self::Parked => 'k',
            Self::Staged => 'g',
            Self::Releasing => 'm',
            Self::Held => 'h',
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
            Self::Parked => "parked",
            Self::Staged => "staged",
            Self::Releasing => "releasing",
            Self::Held => "held",
        }
    }

    /// Whether a retry of the batch deploys the function again. One that was superseded has a newer
    /// deployment.
    #[must_use]
    pub fn is_retried(self) -> bool {
        match self {
            Self::Failed | Self::Cancelled | Self::NotStarted | Self::Parked | Self::Held => true,
            Self::Waiting
            | Self::Admitted
            | Self::Staged
            | Self::Releasing
            | Self::Deployed
            | Self::Unchanged
            | Self::TrafficPinned
            | Self::Superseded => false,
        }
    }

    /// Whether a deployment of it is in flight.
    #[must_use]
    pub fn is_in_flight(self) -> bool {
        matches!(self, Self::Admitted | Self::Releasing)
    }

    /// Whether nothing more happens by itself. Only [`MemberState::Parked`] may change again.
    #[must_use]
    pub fn has_ended(self) -> bool {
        match self {
            Self::Waiting | Self::Admitted | Self::Staged | Self::Releasing => false,
            Self::Deployed
            | Self::Held
            | Self::Unchanged
            | Self::TrafficPinned
            | Self::Failed
            | Self::Superseded
            | Self::Cancelled
            | Self::NotStarted
            | Self::Parked => true,
        }
    }
}

impl BatchProgress {
    /// A batch of which nothing is admitted yet.
    #[must_use]
    pub fn new(functions: usize) -> Self {
        Self {
            members: vec![MemberState::Waiting; functions],
            control: BatchControl::Running,
            passed: 0,
            approved: 0,
            gate: None,
            gate_since: None,
            gate_notes: Vec::new(),
        }
    }

    /// The batch after the gates of a wave, from 0, have passed. `notes` say what they found.
    #[must_use]
    pub fn past_gate(&self, wave: usize, notes: &[String]) -> Self {
        let mut gate_notes: Vec<String> = self.gate_notes.iter().chain(notes).cloned().collect();
        gate_notes.drain(..gate_notes.len().saturating_sub(GATE_NOTES_MAX));
        Self { passed: wave + 1, gate_since: None, gate_notes, ..self.clone() }
    }

    /// The wave, from 0, that has ended and whose gates have not passed, so that the next one does not
    /// begin, or its own traffic does not move. `None` if no gate holds the batch up.
    #[must_use]
    pub fn wave_at_gate(&self, settings: &BatchSettings) -> Option<usize> {
        if settings.gates.is_empty() || self.control != BatchControl::Running {
            return None;
        }
        let current = self.wave(settings)?;
        let mut states = self.members[settings.wave(current, self.members.len())].iter();
        let is_staged = settings.traffic == BatchTraffic::AfterGate
            && states.all(|state| state.has_ended() || *state == MemberState::Staged);
        match is_staged {
            true => Some(current).filter(|current| self.passed <= *current),
            false => current.checked_sub(1).filter(|_| self.passed < current),
        }
    }

    /// The first wave, from 0, that has not ended. `None` if all have.
    #[must_use]
    pub fn wave(&self, settings: &BatchSettings) -> Option<usize> {
        let functions = self.members.len();
        let has_ended = |wave: usize| {
            let mut members = self.members[settings.wave(wave, functions)].iter();
            members.all(|member| member.has_ended())
        };
        (0..settings.number_of_waves(functions)).find(|wave| !has_ended(*wave))
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
            traffic_pinned: count(MemberState::TrafficPinned)
                .saturating_add(count(MemberState::Held)),
            failed: count(MemberState::Failed),
            superseded: count(MemberState::Superseded),
            cancelled: count(MemberState::Cancelled),
            not_started: count(MemberState::NotStarted),
            parked: count(MemberState::Parked),
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
        let counts = BatchProgress { members, ..BatchProgress::new(0) }.counts();
        let one = BatchCounts {
            deployed: 1,
            unchanged: 1,
            // One of them is held.
            traffic_pinned: 2,
            failed: 1,
            superseded: 1,
            cancelled: 1,
            not_started: 1,
            parked: 1,
        };
        assert_eq!(counts, one);
    }

    #[test]
    fn what_gates_found_is_noted_and_the_oldest_notes_are_left_out() {
        let mut progress = BatchProgress::new(1);
        progress.gate_since = Some(OffsetDateTime::UNIX_EPOCH);
        for wave in 0..30 {
            progress = progress.past_gate(wave, &[format!("wave {wave}")]);
        }
        assert_eq!((progress.passed, progress.gate_since), (30, None));
        assert_eq!((progress.gate_notes.len(), progress.gate_notes[0].as_str()), (20, "wave 10"));
        let json = serde_json::to_string(&progress).unwrap();
        assert_eq!(serde_json::from_str::<BatchProgress>(&json).unwrap(), progress);
    }

    #[test]
    fn a_gate_holds_up_the_wave_after_it() {
        let settings = BatchSettings {
            waves: vec![1, 2],
            gates: vec![longshore_messages::BatchGate::Approval],
            ..BatchSettings::default()
        };
        let mut progress = BatchProgress::new(5);
        let at =
            |progress: &BatchProgress| (progress.wave(&settings), progress.wave_at_gate(&settings));
        assert_eq!(at(&progress), (Some(0), None));
        progress.members[0] = MemberState::Deployed;
        assert_eq!(at(&progress), (Some(1), Some(0)));
        progress.passed = 1;
        assert_eq!(at(&progress), (Some(1), None));
        progress.members[1..3].fill(MemberState::Failed);
        assert_eq!(at(&progress), (Some(2), Some(1)));
        progress.control = BatchControl::Paused;
        assert_eq!(at(&progress), (Some(2), None));
        progress.members.fill(MemberState::Unchanged);
        assert_eq!(at(&progress), (None, None));
    }

    #[test]
    fn a_gate_holds_up_the_traffic_of_its_own_wave_and_the_last_wave_has_one() {
        use MemberState::{Admitted, Deployed, Failed, Releasing, Staged, Waiting};
        let settings = BatchSettings {
            waves: vec![2],
            gates: vec![longshore_messages::BatchGate::Approval],
            traffic: BatchTraffic::AfterGate,
            ..BatchSettings::default()
        };
        for (members, passed, expected) in [
            ([Admitted, Staged, Waiting], 0, None),
            ([Staged, Staged, Waiting], 0, Some(0)),
            ([Failed, Staged, Waiting], 0, Some(0)),
            // Nothing is staged, as of functions that are new: the gate is before the next wave.
            ([Deployed, Failed, Waiting], 0, Some(0)),
            ([Staged, Staged, Waiting], 1, None),
            ([Releasing, Staged, Waiting], 1, None),
            ([Deployed, Deployed, Waiting], 1, None),
            ([Deployed, Deployed, Staged], 1, Some(1)),
            ([Deployed, Deployed, Staged], 2, None),
            ([Deployed, Deployed, Deployed], 1, None),
        ] {
            let members = members.to_vec();
            let progress = BatchProgress { members, passed, ..BatchProgress::new(0) };
            assert_eq!(progress.wave_at_gate(&settings), expected, "{progress:?}");
        }
    }
}
