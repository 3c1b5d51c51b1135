//! The work of one build: fetch the source, let a buildpack make layers, write the image, push it.

mod output;
mod source;
mod steps;

pub(super) use steps::{Worker, run};
