//! One delivery, start to end: decode, handle, record, publish, acknowledge.
//!
//! A worker brings a [`Stage`]; everything else is here. The order is always the same, and is what
//! "nothing is lost" rests on: the output is recorded in the ledger, then published and confirmed,
//! and only then is the input acknowledged. A crash between any two of these brings the input
//! again; the record is found, and exactly that is published again.

mod delivery;
mod handoff;
pub mod health;
mod hosts;
mod input;
pub mod launch;
mod park;
mod runner;
pub mod settings;
mod stage;
pub mod telemetry;
mod wake;

pub use delivery::Delivery;
pub use handoff::{Handoff, Next};
pub use hosts::{HostRule, HostRuleError};
pub use input::{Incoming, Input, InputError};
pub use runner::{Limits, Runner};
pub use settings::{Settings, SettingsError};
pub use stage::{Disposition, Output, Stage, StageError, Step};
pub use wake::wake;
