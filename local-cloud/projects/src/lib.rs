//! Resource Manager, Service Usage and Cloud Billing, as far as gcloud and firebase-tools ask for a
//! project before they deploy to it.
//!
//! - `core`: the IAM policies of projects.
//! - `service`, `wire`: the core with its journal, and the REST APIs
//!   (<https://cloud.google.com/resource-manager/reference/rest>,
//!   <https://cloud.google.com/service-usage/docs/reference/rest>,
//!   <https://cloud.google.com/billing/docs/reference/rest>).
//!
//! Every project exists, and every API is enabled in it: enabling one is a no-op, and disabling one is
//! unsupported. The quotas are those of requests that the local cloud is started with, and nothing is
//! billed. IAM policies are stored and returned, and the only thing that they decide is who may call
//! Cloud Run's services: [`Service::members_with`].
//! Folders, organizations, tags and liens are unsupported.

mod core;
mod methods;
mod service;
#[cfg(test)]
mod tests;
mod wire;

pub use methods::METHODS;
pub use service::{Deps, ProjectNumbers, Service};
pub use wire::api;
