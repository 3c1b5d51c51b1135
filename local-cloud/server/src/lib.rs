//! The embedded local cloud: Google's wire protocols, served on loopback by a process that really
//! does the work.
//!
//! Every service is a pure core in a wire shell. A core is a state machine: a command and the
//! present time go in, events come out, and applying the events is the only thing that changes
//! state; it knows no socket, no clock and no thread. The shell speaks the protocol, keeps the
//! journal ([`longshore_local_kit::durable`]) and drives the ports through which work touches the
//! world (processes, files, the registry over HTTP).
//!
//! It shares no code with the fleet: a fake that shares code with its client proves nothing.

mod methods;
mod options;
mod ports;
mod server;

pub use longshore_local_cloud_run::{guard, missing_sandbox};
pub use methods::methods;
pub use options::Options;
pub use ports::Endpoints;
pub use server::{LocalCloud, StartError};
