//! Runs one command of a build or a function of the local cloud.

mod limits;
mod output;

pub use limits::{Cgroups, Limits};
pub use output::{Lines, Output, OutputBounds};
