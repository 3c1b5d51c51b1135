//! The wire as other systems meet it: fixed bytes, one schema in three notations, and whatever else may arrive.

mod golden;
mod hostile;
mod one_schema;
mod samples;
