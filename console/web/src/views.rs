//! The pages. Each function gets what it shows, and returns HTML; none of them reads or decides.

pub(crate) mod actions;
pub(crate) mod batches;
pub(crate) mod build;
pub(crate) mod deployment;
pub(crate) mod deployments;
pub(crate) mod failures;
pub(crate) mod functions;
pub(crate) mod page;
pub(crate) mod parked;
pub(crate) mod quotas;
pub(crate) mod road;
pub(crate) mod tabs;
pub(crate) mod waterfall;
