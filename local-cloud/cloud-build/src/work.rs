//! The work of one build: fetch the source, let a buildpack create layers, write the image, and
//! push it.

mod output;
mod source;
mod steps;

pub(super) use steps::{Worker, run};
