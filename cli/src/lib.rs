//! The `longshore` program.
//!
//! `args` is the command line, and `dispatch` runs the command that was given. Each command has one
//! file or folder in `commands`, with its arguments, its help and its `run`. The other modules are
//! shared by commands.
//!
//! Results go to standard output, everything else to standard error. All commands support
//! `--output json`. Exit codes are in [`exit`].

mod acting;
mod args;
mod batch;
mod build_log;
mod call_body;
mod children;
mod cloud_target;
mod commands;
mod data_dir;
mod deploying;
mod deployment;
mod detect;
mod dispatch;
mod error;
mod estate;
mod event;
pub mod exit;
mod flavour;
mod fleet;
mod follow;
mod function;
mod function_args;
mod function_call;
mod function_name;
mod goal_error;
mod incomplete;
mod key_check;
mod latest_build;
mod manifest;
mod migrate;
mod output;
mod parked_message;
mod parked_search;
mod pinned;
mod preflight;
mod progress;
mod publishers;
mod rollback;
mod service_flags;
mod source;
mod stage_names;
mod stages;
mod stop;
mod subscriptions;
mod time_text;
mod trace_context;
mod traces;
mod trigger_flags;
mod unreadable;
mod watch;
mod worker;
mod yaml;

pub use dispatch::main;
