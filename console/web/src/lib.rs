//! The page for operators: what the fleet does, why, and what to do about it.
//!
//! `index` knows all deployments, `detail` and `catalogue` read one of them, a function or a batch
//! when its page is opened, and `views` turns that into HTML. `guard` decides who may use the
//! console, and `actions` which commands it runs.
//!
//! The console reads the ledger and the cloud, and writes nothing: what changes something is a
//! command of the `longshore` program, which it runs as it shows it. So no outcome depends on it,
//! and it can be killed at any time.

mod actions;
mod build_log;
mod catalogue;
mod guard;
mod serve;
mod services;
mod site;
mod views;
mod words;

pub use longshore_console_model::index::Ages;
pub use serve::{Console, Options, ServeError};
pub use site::{Fleet, Program};
