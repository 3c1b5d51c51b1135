//! Functions of each language from end to end: deployed, changed, and broken.

mod examples;
mod golang;
mod java;
mod nodejs;
mod python;
