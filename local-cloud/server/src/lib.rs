//! The embedded local cloud: it serves Google's wire protocols on loopback, and really does the
//! work.
//!
//! Every service is a pure core in a shell. The core is a state machine without sockets, clock or
//! threads: it takes a command and the current time, and returns events. Applying events is the
//! only thing that changes recorded state. Some cores also change transient state while they run a
//! command, such as Pub/Sub's leases and serial numbers; a restart may lose it. The shell speaks
//! the protocol, keeps the journal ([`longshore_local_kit::durable`]) and has the side effects:
//! processes, files, the registry over HTTP.
//!
//! The local cloud shares no code with the fleet: a fake that shares code with its client proves
//! nothing.

mod audit;
mod before;
mod build_ports;
mod error;
mod eventarc_ports;
mod functions_ports;
mod gateway;
pub mod guard;
mod inside;
mod lead;
mod logging_ports;
mod loops;
mod methods;
mod open_files;
mod options;
mod ports;
mod project_ports;
mod sandbox;
mod scheduling;
mod server;
mod testing;

pub use error::StartError;
pub use longshore_local_kit::clock;
pub use longshore_local_kit::private;
pub use longshore_local_kit::quotas;
pub use longshore_local_transcode::{GrpcForm, NoForm, grpc_path, sample};
pub use methods::methods;
pub use options::{Options, Reserved};
pub use ports::Endpoints;
pub use sandbox::sandbox_of;
pub use server::LocalCloud;
