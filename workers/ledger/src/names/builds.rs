//! Names of the objects of builds.

use longshore_messages::{BuildKey, BuildRef, DeploymentId};

/// Prefix of the marks of builds in progress.
pub const PENDING: &str = "pending/";

/// Prefix of all builds of a key.
#[must_use]
pub fn builds(key: BuildKey) -> String {
    format!("builds/{key}/")
}

#[must_use]
pub fn claim(build: BuildRef) -> String {
    format!("builds/{}/{}/claim", build.key, build.number)
}

/// Prefix of everything about a build, except its waiters: there may be thousands of them, and the
/// state of a build is found by listing.
#[must_use]
pub fn build(build: BuildRef) -> String {
    format!("builds/{}/{}/", build.key, build.number)
}

#[must_use]
pub fn submission(build: BuildRef, attempt: u32) -> String {
    format!("builds/{}/{}/submitted/{attempt}", build.key, build.number)
}

#[must_use]
pub fn retry(build: BuildRef, attempt: u32) -> String {
    format!("builds/{}/{}/retry/{attempt}", build.key, build.number)
}

#[must_use]
pub fn result(build: BuildRef) -> String {
    format!("builds/{}/{}/result", build.key, build.number)
}

#[must_use]
pub fn woken(build: BuildRef) -> String {
    format!("builds/{}/{}/woken", build.key, build.number)
}

/// Prefix of all waiters of a build.
#[must_use]
pub fn waiters(build: BuildRef) -> String {
    format!("waiters/{build}/")
}

#[must_use]
pub fn waiter(build: BuildRef, id: DeploymentId) -> String {
    format!("{}{id}", waiters(build))
}

#[must_use]
pub fn pending(project: &str, region: &str, build: BuildRef) -> String {
    format!("{PENDING}{project}/{region}/{build}")
}
