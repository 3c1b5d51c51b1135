//! What the services of the local cloud share.
//!
//! - [`durable`]: state that survives kill -9: the events of a pure core, in a journal.
//! - [`rest`]: the conventions of Google's REST APIs: paths with verbs, JSON bodies, errors.
//! - [`pages`]: the pages of lists, with their sizes and tokens. [`filter`]: which resources are on
//!   them. [`policy`]: IAM policies.
//! - [`listen`], [`http`]: HTTP servers and clients.
//! - [`targets`]: calls of URLs that users have named. [`clock`]: when they are made.
//! - [`quotas`]: Google's quotas of requests, and the time that Google takes.
//! - [`private`]: directories that other users of the machine cannot read.
//! - [`projects`]: the numbers of projects.
//! - [`runtimes`]: the runtimes of functions, and when Google ends them.
//! - [`Announce`]: how one service notifies others over Pub/Sub.
//! - [`keys`]: how a service uses the keys of Cloud KMS.
//! - [`as_base64`]: bytes in a journal.
//! - [`lineage`]: how far an event is from its first cause.
//! - [`disk`]: a full disk, in the log. [`trees`]: removing what other programs have left.
//! - [`Seldom`]: log lines that must not fill the log.
//! - [`shape`]: which fields the documents of a service have.
//! - [`coverage`]: how a service lists the methods that it serves.
//! - [`state`]: how tests reset, save and restore a service. [`in_progress`]: the work that a reset
//!   ends.

mod announce;
pub mod as_base64;
pub mod clock;
pub mod coverage;
pub mod disk;
pub mod durable;
pub mod filter;
pub mod http;
pub mod in_progress;
pub mod keys;
pub mod lineage;
pub mod listen;
pub mod pages;
pub mod policy;
pub mod private;
pub mod projects;
pub mod quotas;
pub mod rest;
pub mod runtimes;
mod seldom;
pub mod severity;
pub mod shape;
pub mod state;
pub mod targets;
pub mod trees;

pub use announce::Announce;
pub use seldom::Seldom;
