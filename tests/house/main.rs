//! Rules of this repository that the compiler does not check.

mod alerts;
mod architecture;
mod coverage;
mod import_rules;
mod one_compilation;
mod schema;
mod tables;
