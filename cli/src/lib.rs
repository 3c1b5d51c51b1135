//! The `longshore` program: up, deploy, call, list, describe, delete, logs, status, trace.
//!
//! Data goes to standard output, everything else to standard error; `--output json` is served
//! everywhere. Exit codes are in [`exit`]. `args` is the command line, and `dispatch` leads from it
//! to one file for each command in `commands`. The other modules are what commands share.

mod args;
mod children;
mod cloud_target;
mod commands;
mod data_dir;
mod deploying;
mod deployment;
mod detect;
mod dispatch;
mod error;
pub mod exit;
mod fleet;
mod follow;
mod function;
mod function_args;
mod function_call;
mod function_name;
mod manifest;
mod output;
mod progress;
mod service_flags;
mod source;
mod stages;
mod stop;
mod time_text;
mod watch;
mod worker;

pub use dispatch::main;
