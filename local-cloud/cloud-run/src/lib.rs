//! Cloud Run: the Admin API v2 and v1, services that run as processes behind real URLs, and their
//! logs.
//!
//! - `core`: services, revisions, operations, policies; a pure state machine.
//! - `wire`: the REST APIs, over <https://cloud.google.com/run/docs/reference/rest>.
//! - `service`, `reconcile`: the journal, the listeners, and the task that starts the revisions
//!   that the core waits for.
//! - `image`: pulls images from the registry and unpacks them.
//! - `instance`, `pool`, `traffic_table`, `front`: one process, the processes of a revision, the
//!   revisions behind a URL, and the URL.
//! - `machine`: how many instances and URLs this machine has room for.
//! - `inside`: what an instance reaches from its own network.
//! - `routes`, `tags`: which revision gets a request, and the URLs of tags.
//! - `logs`: what instances write, as entries of Cloud Logging.
//!
//! Secrets are read when an instance starts. This includes mounted files, which on Google follow
//! the newest version. Internal requests are recognized by their token (`gate`).
//!
//! Other differences from Google, in addition to the requests that the API rejects as unsupported:
//! a tag's URL is a port of its own. A request whose body stalls ends with 408 if another request
//! waits for its slot, or for a response. Sandboxed functions see `/workspace` and `/layers` read-only.
//! Without bubblewrap a function is a plain process of this user; its log and the revision's
//! `ContainerHealthy` condition say so. Where this user may not create control groups, memory is
//! polled four times a second instead of being limited by the kernel, and CPU is not limited.
//! In a sandbox an instance has a network of its own (`inside`), unless the user shares this
//! machine's. Where it has none, it has no metadata server either, and `PORT` is a free port of this
//! machine instead of the container's, which is 8080 by default.
//!
//! What the sandbox promises, and what it does not: [`longshore_local_sandbox`]. Of the toolchains
//! of this machine it shows those that both the local cloud has found in its own `PATH` and the
//! builder has written into the image; a service's `PATH` shows nothing.

mod chain;
mod core;
mod front;
mod gate;
mod gone;
mod image;
mod inside;
mod instance;
mod logs;
mod machine;
mod methods;
mod pool;
mod reconcile;
mod routes;
mod service;
mod shared;
mod sharing;
mod site;
mod tags;
#[cfg(test)]
mod tests;
mod traffic_table;
mod tuning;
mod wire;

pub use gate::ProjectGrants;
pub use inside::{Caller, InsideApi, Reach, RouterOf};
pub use logs::Follower;
pub use methods::{KNATIVE_METHODS, METHODS};
pub use service::{Deps, Service};
pub use wire::{api, knative_api, with_region};
