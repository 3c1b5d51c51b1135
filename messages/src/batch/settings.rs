//! How the functions of a batch are admitted.

use std::ops::Range;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::gates::BatchGate;
use crate::function::Rollout;
use crate::invalid::{Findings, Invalid};
use crate::requests::{DEADLINE_MAX, DEADLINE_MIN};
use crate::{proto, rules};

/// Maximum length of the name of a batch, in characters.
const NAME_CHARS_MAX: usize = 100;

/// Maximum number of waves: more would be a list of functions, and not of waves.
const WAVES_MAX: usize = 100;

/// How the functions of a batch are admitted. The ledger stores it as JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchSettings {
    /// Name for people, or empty.
    pub name: String,
    pub order: BatchOrder,
    /// Sizes of the waves before the last one, which has all other functions.
    pub waves: Vec<u32>,
    /// How many functions may fail; `None` for any number.
    pub tolerated_failures: Option<u32>,
    /// Maximum number of functions in flight in one project and region; `None` for the fleet's.
    pub window: Option<u32>,
    /// Deadline of each deployment; `None` for the fleet's default.
    pub deadline: Option<Duration>,
    /// What must hold after each wave but the last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gates: Vec<BatchGate>,
    #[serde(default, skip_serializing_if = "BatchTraffic::is_at_once")]
    pub traffic: BatchTraffic,
}

/// When the new revisions of a batch get traffic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BatchTraffic {
    /// As soon as they are ready.
    #[default]
    AtOnce,
    /// After the gates of their wave have passed.
    AfterGate,
}

/// The traffic tag of revisions that wait for the gates of their wave. Short, because Cloud Run limits
/// the length of the tag and the name of the service together.
pub const GATE_TAG: &str = "gate";

impl BatchTraffic {
    /// Serde passes a reference.
    fn is_at_once(&self) -> bool {
        *self == Self::AtOnce
    }

    /// How the traffic moves to the revision of a function whose own setting is `own`.
    #[must_use]
    pub fn rollout(self, own: Option<Rollout>) -> Option<Rollout> {
        match self {
            Self::AfterGate => Some(Rollout { tag: GATE_TAG.to_owned() }),
            // That of a batch with gates that this one retries.
            Self::AtOnce => own.filter(|rollout| rollout.tag != GATE_TAG),
        }
    }

    fn read(number: i32, gates: &[BatchGate], findings: &mut Findings) -> Self {
        match proto::BatchTraffic::try_from(number) {
            Ok(proto::BatchTraffic::Unspecified | proto::BatchTraffic::AtOnce) => Self::AtOnce,
            Ok(after @ proto::BatchTraffic::AfterGate) => {
                let is_error_rate = |gate: &BatchGate| matches!(gate, BatchGate::ErrorRate(_));
                if gates.is_empty() {
                    let rule = "requires gates: without one the traffic would never move";
                    findings.add("traffic", after.as_str_name(), rule);
                } else if gates.iter().any(is_error_rate) {
                    let rule = "must be unset with an errorRate gate: a revision without traffic has \
                                no error rate";
                    findings.add("traffic", after.as_str_name(), rule);
                }
                Self::AfterGate
            }
            Err(_) => {
                findings.unknown_value("traffic", number);
                Self::AtOnce
            }
        }
    }
}

/// In which order functions are admitted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BatchOrder {
    /// Projects and regions take turns.
    #[default]
    Fair,
    /// In the order of the entries.
    Listed,
}

impl BatchSettings {
    /// Validates everything of a batch but its entries.
    ///
    /// # Errors
    /// All problems at once.
    pub fn from_proto(proto: &proto::Batch) -> Result<Self, Invalid> {
        let mut findings = Findings::default();
        if proto.name.chars().count() > NAME_CHARS_MAX || proto.name.contains(char::is_control) {
            findings.add("name", &proto.name, "must have at most 100 characters, in one line");
        }
        let order = match proto::BatchOrder::try_from(proto.order) {
            Ok(proto::BatchOrder::Unspecified | proto::BatchOrder::Fair) => BatchOrder::Fair,
            Ok(proto::BatchOrder::Listed) => BatchOrder::Listed,
            Err(_) => {
                findings.unknown_value("order", proto.order);
                BatchOrder::Fair
            }
        };
        if proto.waves.len() > WAVES_MAX {
            findings.add("waves", &proto.waves.len().to_string(), "must be at most 100 numbers");
        }
        for (index, size) in proto.waves.iter().enumerate() {
            if *size == 0 {
                findings.add(format!("waves[{index}]"), "0", "must be at least 1");
            }
        }
        if proto.window == Some(0) {
            findings.add("window", "0", "must be at least 1");
        }
        let gates = BatchGate::read_all(proto, &mut findings);
        let traffic = BatchTraffic::read(proto.traffic, &gates, &mut findings);
        let deadline =
            rules::duration(proto.deadline, "deadline", DEADLINE_MIN..=DEADLINE_MAX, &mut findings);
        findings.finish(Some(Self {
            name: proto.name.clone(),
            order,
            waves: proto.waves.clone(),
            tolerated_failures: proto.tolerated_failures,
            window: proto.window,
            deadline,
            gates,
            traffic,
        }))
    }

    /// Converts the settings to the message without entries, from which they are read again.
    #[must_use]
    pub fn to_proto(&self) -> proto::Batch {
        let Self { name, order, waves, tolerated_failures, window, deadline, gates, traffic } =
            self;
        let traffic = match traffic {
            BatchTraffic::AtOnce => proto::BatchTraffic::Unspecified,
            BatchTraffic::AfterGate => proto::BatchTraffic::AfterGate,
        };
        let order = match order {
            BatchOrder::Fair => proto::BatchOrder::Fair,
            BatchOrder::Listed => proto::BatchOrder::Listed,
        };
        proto::Batch {
            name: name.clone(),
            order: order.into(),
            waves: waves.clone(),
            tolerated_failures: *tolerated_failures,
            window: *window,
            deadline: deadline.map(Into::into),
            gates: gates.iter().map(BatchGate::to_proto).collect(),
            traffic: traffic.into(),
            ..proto::Batch::default()
        }
    }

    /// The positions of the functions of a wave, from 0, among all functions of the batch.
    #[must_use]
    pub fn wave(&self, number: usize, functions: usize) -> Range<usize> {
        let size = |size: &u32| usize::try_from(*size).unwrap_or(usize::MAX);
        let before = self.waves.iter().take(number).map(size);
        let start = before.fold(0_usize, usize::saturating_add).min(functions);
        let end = self.waves.get(number).map_or(functions, |one| start.saturating_add(size(one)));
        start..end.min(functions)
    }

    /// The number of waves that have functions.
    #[must_use]
    pub fn number_of_waves(&self, functions: usize) -> usize {
        let all = (0..=self.waves.len()).map(|number| self.wave(number, functions));
        all.filter(|wave| !wave.is_empty()).count()
    }

    /// The wave of a function, from 0, by its position among those of the batch.
    #[must_use]
    pub fn wave_of(&self, position: usize) -> usize {
        let mut end = 0;
        let is_before = |size: &&u32| {
            end += usize::try_from(**size).unwrap_or(usize::MAX);
            end <= position
        };
        self.waves.iter().take_while(is_before).count()
    }
}
