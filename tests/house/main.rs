//! Rules of this repository that the compiler does not check.

mod alerts;
mod architecture;
mod coverage;
mod file_sizes;
mod import_circles;
mod import_rules;
mod members;
mod one_compilation;
mod schema;
mod tables;
