//! The kinds of sources, and their guards.
//!
//! | kind | fetched by | guards |
//! |---|---|---|
//! | Cloud Storage | the fleet's client | IAM permissions of the fleet's identity |
//! | HTTPS | one GET request | `guard`: listed hosts, checked addresses, no redirects; the digest |
//! | git | the program `git` | `guard`; `git/program.rs`: no configuration, system limits |
//! | inline | part of the request | its size |
//!
//! The result is an untrusted archive or directory. The crate `longshore-source-archive` makes it
//! canonical.

mod address;
mod fetch;
mod git;
mod guard;
mod https;
mod recent;
mod room;

pub(crate) use fetch::{Fetched, Sources, sha256};
