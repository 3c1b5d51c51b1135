//! Batches on the command line.
//!
//! `manifest` reads the manifest with its includes and directories, and finds everything that is
//! wrong with it. `compare` and `forecast` decide what a plan shows. `upload` and `request` start a
//! batch, `view` and `report` say how far it is and how it ended.

mod compare;
mod directory;
mod files;
mod forecast;
mod found;
mod manifest;
mod members;
mod places;
mod problem;
mod report;
mod request;
mod upload;
mod view;

pub(crate) use compare::{Change, Found, KnownSource, Needed, compare, needed_build};
pub(crate) use forecast::{Expected, Known, Member, minutes, parts};
pub(crate) use found::{found, known_sources};
pub(crate) use manifest::{Manifest, read};
pub(crate) use members::{MemberOf, members};
pub(crate) use problem::{ManifestProblem, say};
pub(crate) use report::{Report, csv, html, report_text};
pub(crate) use request::{BatchToStart, publish, publish_again, request};
pub(crate) use upload::upload;
pub(crate) use view::{BatchStatus, counts, human, status, tone};
