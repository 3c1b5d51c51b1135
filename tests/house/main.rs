//! Rules of the house that no compiler checks.

mod coverage;
mod generated_code;
mod import_rules;
mod schema;
