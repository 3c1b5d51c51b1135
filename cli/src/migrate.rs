//! Migrations: from what is deployed to the manifest of a batch that deploys it elsewhere.
//!
//! `goals` is what is to change. `carry` decides what becomes of one function, and what of it is
//! lost. `plan` reads what that depends on, and `manifest` writes the result.

mod carry;
mod goals;
mod lost;
mod manifest;
mod plan;

pub(crate) use carry::Needs;
pub(crate) use goals::Goals;
pub(crate) use manifest::manifest;
pub(crate) use plan::{Migration, plan};
