//! What must hold after a wave before the next one begins.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::invalid::Findings;
use crate::proto::batch_gate::Kind;
use crate::{proto, rules};

/// Maximum number of gates: all of them are checked after each wave.
const GATES_MAX: usize = 20;

/// Maximum length of the path of a request, and of the text that a body must contain, in characters.
const TEXT_CHARS_MAX: usize = 1_000;

/// Default time until a function must have responded as expected: enough for a cold start.
const WITHIN_DEFAULT: Duration = Duration::from_mins(1);
const WITHIN_MIN: Duration = Duration::from_secs(1);
const WITHIN_MAX: Duration = Duration::from_mins(10);

/// Default time in which requests are counted: functions that are called every few minutes are called
/// in it.
const OVER_DEFAULT: Duration = Duration::from_mins(10);
const OVER_MIN: Duration = Duration::from_secs(1);
const OVER_MAX: Duration = Duration::from_hours(24);

/// Thousandths of a percent in a percent, and in the whole.
const MILLI: f64 = 1_000.0;
const MILLI_MAX: u32 = 100_000;

/// Maximum difference of a number with three decimal digits from its representation.
const ROUNDING: f64 = 1e-9;

/// A condition between two waves. The ledger stores it as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BatchGate {
    /// Functions of the wave respond as expected.
    Request(RequestGate),
    /// A person approves.
    Approval,
    /// Few requests to the functions of the wave fail.
    ErrorRate(ErrorRateGate),
}

/// An HTTP GET request to functions of a wave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestGate {
    /// Path, and maybe a query. Begins with a slash.
    pub path: String,
    /// Name of the one function that is requested; `None` for each function of the wave.
    pub function: Option<String>,
    /// Expected HTTP status; `None` for any from 200 to 299.
    pub status: Option<u16>,
    /// Text that the body must contain, or empty.
    pub body_contains: String,
    /// Time until the function must have responded as expected.
    pub within: Duration,
}

/// The share of the requests to a wave that fail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorRateGate {
    /// Maximum share of failed requests, in thousandths of a percent.
    pub max_milli_percent: u32,
    /// Time after the wave in which requests are counted.
    pub over: Duration,
    /// Minimum number of requests to decide by.
    pub min_requests: u32,
    /// Whether the gate passes if there are fewer.
    pub pass_with_fewer: bool,
}

/// What the counts of requests mean for a gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorRate {
    /// No more than the maximum failed.
    Low,
    /// More than the maximum failed.
    High,
    /// There are too few requests to decide by.
    TooFew,
}

impl BatchGate {
    pub(super) fn read_all(proto: &proto::Batch, findings: &mut Findings) -> Vec<Self> {
        if proto.gates.len() > GATES_MAX {
            findings.add("gates", &proto.gates.len().to_string(), "must be at most 20");
        }
        // Traffic that moves after a gate makes one of the last wave as well.
        let is_after_gate = proto.traffic == i32::from(proto::BatchTraffic::AfterGate);
        if !proto.gates.is_empty() && proto.waves.is_empty() && !is_after_gate {
            findings.add("gates", "", "requires waves: a gate is between two waves");
        }
        let gates = proto.gates.iter().take(GATES_MAX).enumerate();
        gates.filter_map(|(index, gate)| Self::read(index, gate, findings)).collect()
    }

    fn read(index: usize, gate: &proto::BatchGate, findings: &mut Findings) -> Option<Self> {
        match &gate.kind {
            Some(Kind::Request(gate)) => Some(Self::Request(RequestGate::read(
                &format!("gates[{index}].request"),
                gate,
                findings,
            ))),
            Some(Kind::Approval(proto::ApprovalGate {})) => Some(Self::Approval),
            Some(Kind::ErrorRate(gate)) => Some(Self::ErrorRate(ErrorRateGate::read(
                &format!("gates[{index}].errorRate"),
                gate,
                findings,
            ))),
            None => {
                findings.missing(format!("gates[{index}]"));
                None
            }
        }
    }

    /// Converts the gate to protobuf, from which it is read again.
    #[must_use]
    pub fn to_proto(&self) -> proto::BatchGate {
        let kind = match self {
            Self::Approval => Kind::Approval(proto::ApprovalGate {}),
            Self::Request(RequestGate { path, function, status, body_contains, within }) => {
                Kind::Request(proto::RequestGate {
                    path: path.clone(),
                    function: function.clone().unwrap_or_default(),
                    status: status.map(u32::from),
                    body_contains: body_contains.clone(),
                    within: Some((*within).into()),
                })
            }
            Self::ErrorRate(gate) => Kind::ErrorRate(proto::ErrorRateGate {
                max_percent: gate.max_percent(),
                over: Some(gate.over.into()),
                min_requests: Some(gate.min_requests),
                pass_with_fewer: gate.pass_with_fewer,
            }),
        };
        proto::BatchGate { kind: Some(kind) }
    }
}

impl RequestGate {
    fn read(at: &str, gate: &proto::RequestGate, findings: &mut Findings) -> Self {
        let path = if gate.path.is_empty() { "/" } else { gate.path.as_str() };
        let is_path = path.starts_with('/') && path.bytes().all(|byte| byte.is_ascii_graphic());
        if !is_path || path.contains('#') || path.len() > TEXT_CHARS_MAX {
            let rule = "must begin with `/`, and have at most 1,000 printable ASCII characters without \
                        spaces and `#`";
            findings.add(format!("{at}.path"), path, rule);
        }
        let function = rules::optional(gate.function.clone());
        if let Some(name) = function.as_ref().filter(|name| !rules::is_function_id(name)) {
            findings.add(format!("{at}.function"), name, rules::FUNCTION_ID);
        }
        let status = gate.status.and_then(|status| u16::try_from(status).ok());
        if gate.status.is_some() && !status.is_some_and(|status| (100..=599).contains(&status)) {
            let given = gate.status.unwrap_or_default().to_string();
            findings.add(format!("{at}.status"), &given, "must be from 100 to 599");
        }
        if gate.body_contains.chars().count() > TEXT_CHARS_MAX {
            findings.add(format!("{at}.bodyContains"), "", "must have at most 1,000 characters");
        }
        let within = rules::duration(
            gate.within,
            &format!("{at}.within"),
            WITHIN_MIN..=WITHIN_MAX,
            findings,
        );
        Self {
            path: path.to_owned(),
            function,
            status,
            body_contains: gate.body_contains.clone(),
            within: within.unwrap_or(WITHIN_DEFAULT),
        }
    }

    /// Whether a response is the expected one.
    #[must_use]
    pub fn accepts(&self, status: u16, body: &str) -> bool {
        let is_expected = match self.status {
            Some(expected) => status == expected,
            None => (200..300).contains(&status),
        };
        is_expected && body.contains(&self.body_contains)
    }
}

impl ErrorRateGate {
    fn read(at: &str, gate: &proto::ErrorRateGate, findings: &mut Findings) -> Self {
        let given = gate.max_percent;
        let milli = (given * MILLI).round();
        let is_exact = (given - milli / MILLI).abs() < ROUNDING;
        if !(0.0..=100.0).contains(&given) || !is_exact {
            let rule = "must be from 0 to 100, with at most three decimal digits";
            findings.add(format!("{at}.maxPercent"), &given.to_string(), rule);
        }
        let over = rules::duration(gate.over, &format!("{at}.over"), OVER_MIN..=OVER_MAX, findings);
        if gate.min_requests == Some(0) {
            findings.add(format!("{at}.minRequests"), "0", "must be at least 1");
        }
        Self {
            max_milli_percent: format!("{milli:.0}").parse().unwrap_or(MILLI_MAX),
            over: over.unwrap_or(OVER_DEFAULT),
            min_requests: gate.min_requests.unwrap_or(1),
            pass_with_fewer: gate.pass_with_fewer,
        }
    }

    /// The maximum share, in percent.
    #[must_use]
    pub fn max_percent(&self) -> f64 {
        f64::from(self.max_milli_percent) / MILLI
    }

    /// Decides by the number of all requests and of those that failed.
    #[must_use]
    pub fn judge(&self, all: u64, failed: u64) -> ErrorRate {
        if all < u64::from(self.min_requests).max(1) {
            return ErrorRate::TooFew;
        }
        let share = u128::from(failed) * u128::from(MILLI_MAX);
        match share <= u128::from(self.max_milli_percent) * u128::from(all) {
            true => ErrorRate::Low,
            false => ErrorRate::High,
        }
    }
}
