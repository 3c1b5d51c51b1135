//! One delivery, start to end: decode, handle, record, publish, acknowledge.
//!
//! A worker provides a [`Stage`]; this crate does the rest. The order never changes, so that
//! nothing is lost: the output is recorded in the ledger, then published and confirmed, and only
//! then is the input acknowledged. After a crash between any two of these, Pub/Sub redelivers the
//! input; the record is found and published again, unchanged.

mod clock;
mod deaths;
mod delivery;
mod events;
mod handoff;
pub mod health;
mod hosts;
mod input;
pub mod launch;
mod limits;
mod logs;
pub mod metrics;
pub mod otlp;
mod output;
mod park;
mod probes;
mod requester_rules;
mod requesters;
mod runner;
pub mod settings;
mod stage;
mod subscription;
mod sweep;
mod sweep_log;
pub mod telemetry;
pub mod traces;
mod waits;
mod wake;

pub use delivery::Delivery;
pub use handoff::{Found, Handoff, Next, Wake};
pub use hosts::{HostRule, HostRuleError};
pub use input::{Incoming, Input, InputError};
pub use limits::Limits;
pub use metrics::{BuildUse, Metrics};
pub use output::Output;
pub use requester_rules::{NameRule, NameRuleError, RequesterRules};
pub use runner::{COPIED_AT_ATTEMPT, Runner, RunnerError};
pub use settings::{Settings, SettingsError};
pub use stage::{Checked, Disposition, Stage, StageError, Step};
pub use sweep::Sweeper;
pub use sweep_log::SweepLog;
pub use wake::wake;
