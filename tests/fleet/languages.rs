//! Functions of each language on the whole road: deployed, changed, broken.

mod golang;
mod java;
mod nodejs;
mod python;
