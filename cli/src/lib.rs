//! The `longshore` program: up, deploy, call, list, describe, delete, logs, status, trace.
//!
//! Data goes to standard output, everything else to standard error; `--output json` is served
//! everywhere. Exit codes are in [`exit`]. `args` is the command line, and `dispatch` leads from it
//! to one file for each command.

mod args;
mod call;
mod children;
mod cloud;
mod completion;
mod data_dir;
mod delete;
mod deploy;
mod describe;
mod detect;
mod dispatch;
mod error;
pub mod exit;
mod follow;
mod function;
mod list;
mod logs;
mod manifest;
mod output;
mod parked;
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
mod watch;

pub use dispatch::main;
