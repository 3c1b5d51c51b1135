//! Functions of each language from end to end: deployed, changed, and broken.

mod differences;
mod examples;
pub(crate) mod golang;
pub(crate) mod java;
pub(crate) mod nodejs;
mod python;
