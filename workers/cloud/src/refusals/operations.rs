//! The operations that rows of the tables are about, as [`CloudError`](crate::CloudError) names
//! them.

pub(super) const SUBMIT: &[&str] = &["submit build"];
pub(super) const FIND_BUILDS: &[&str] = &["list builds", "get build"];
pub(super) const WRITE: &[&str] = &["write service"];
pub(super) const POLICY: &[&str] = &["set service policy"];
pub(super) const READ: &[&str] = &["get service", "list services"];
pub(super) const REPOSITORY: &[&str] = &["get repository", "create repository"];
pub(super) const IMAGE: &[&str] = &["get tag", "get image"];
pub(super) const FUNCTION_WRITE: &[&str] =
    &["create function", "update function", "delete function"];
pub(super) const GENERATE_UPLOAD_URL: &str = "generate upload URL";
pub(super) const FUNCTION_READ: &[&str] = &[
    "get function",
    "list functions",
    "get operation of function",
    "list operations of functions",
    "list runtimes",
    GENERATE_UPLOAD_URL,
];
pub(super) const UPLOAD: &[&str] = &["upload source"];
pub(super) const ANY: &[&str] = &[];
