//! The embedded local cloud: Google's wire protocols, served on loopback by a process that really does the work.
//!
//! Every service is a pure core in a wire shell. A core is a state machine: a command and the present time go in, events come
//! out, and applying the events is the only thing that changes state; it knows no socket, no clock and no thread. The shell
//! speaks the protocol, keeps the journal ([`durable`]) and drives the ports through which work touches the world (processes,
//! files, the registry over HTTP).
//!
//! It shares no code with the fleet: a fake that shares code with its client proves nothing.

mod announce;
pub mod build;
pub mod coverage;
pub mod durable;
mod http;
pub mod identity;
pub mod listen;
pub mod options;
pub mod pubsub;
pub mod registry;
pub mod rest;
pub mod run;
pub mod secrets;
mod server;
pub mod storage;

pub use announce::Announce;
pub use options::{Endpoints, Options};
pub use server::{LocalCloud, StartError};
