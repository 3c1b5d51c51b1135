//! Rules of the house that no compiler checks.

mod architecture;
mod coverage;
mod import_rules;
mod one_compilation;
mod schema;
