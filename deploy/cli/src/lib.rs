//! The `longshore` program: up, deploy, call, logs, status, trace.
//!
//! Data goes to standard output, everything else to standard error; `--output json` is served everywhere. Exit codes are in
//! [`exit`]. `args` is the command line, and `dispatch` leads from it to one file for each command.

mod args;
mod call;
mod children;
mod cloud;
mod data_dir;
mod deploy;
mod dispatch;
mod error;
pub mod exit;
mod follow;
mod logs;
mod output;
mod place;
mod progress;
mod provision;
mod secrets;
mod service_flags;
mod source;
mod status;
mod stop;
mod trace;
mod up;

pub use dispatch::main;
