//! The work of one build: fetch the source, let a buildpack make layers, write the image, push it.

mod ansi;
mod exec;
mod log;
mod output;
mod source;
mod steps;

pub(crate) use exec::{Command, Exited, run as run_command};
pub(crate) use log::BuildLog;
pub(super) use steps::{Worker, run};
