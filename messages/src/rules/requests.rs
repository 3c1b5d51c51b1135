//! Requests that Cloud Scheduler sends: paths, headers and sizes.

use std::collections::BTreeMap;

use super::sources::is_url_path;

pub(crate) const REQUEST_PATH: &str =
    "must be the path of a URL, such as /jobs?kind=daily, of at most 1024 characters";

/// Maximum length of a path with its query. A whole URL has at most 2083 characters
/// (`google.cloud.scheduler.v1.HttpTarget.uri`), and that of a service fewer than 200.
const PATH_CHARS_MAX: usize = 1_024;

/// A path that starts with `/`, and maybe a query.
pub(crate) fn is_request_path(path: &str) -> bool {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let is_path = path.strip_prefix('/').is_some_and(|rest| rest.is_empty() || is_url_path(rest));
    // A query may have what a path has, and question marks.
    let is_query = query.is_empty() || is_url_path(&query.replace(['?', '/', '.'], "-"));
    path.len() + query.len() < PATH_CHARS_MAX && is_path && is_query
}

/// Headers that Cloud Scheduler computes, ignores or replaces, and those of a connection
/// (`google.cloud.scheduler.v1.HttpTarget.headers`).
const COMPUTED: [&str; 11] = [
    "authorization",
    "connection",
    "content-length",
    "host",
    "keep-alive",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
];
const COMPUTED_PREFIXES: [&str; 3] = ["x-appengine-", "x-cloudscheduler", "x-google-"];

/// The size of all headers is less than this.
const HEADERS_BYTES_MAX: usize = 80 * 1024;

/// The maximum size of a job is 1 MB; the rest of it is small.
const BODY_BYTES_MAX: usize = 900 * 1024;

/// Each broken rule of headers, with the name of the header.
pub(crate) fn header_problems(headers: &BTreeMap<String, String>) -> Vec<(&str, &'static str)> {
    let mut problems = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    for (name, value) in headers {
        let (name, lower) = (name.as_str(), name.to_ascii_lowercase());
        if !is_token(name) {
            problems.push((name, "must be the name of an HTTP header"));
        } else if COMPUTED.contains(&lower.as_str())
            || COMPUTED_PREFIXES.iter().any(|prefix| lower.starts_with(prefix))
        {
            problems.push((name, "must not be set: Cloud Scheduler sets it itself"));
        } else if !value.chars().all(|c| c == ' ' || c == '\t' || c.is_ascii_graphic()) {
            problems.push((name, "must have a value of printable ASCII characters"));
        } else if !seen.insert(lower) {
            problems.push((name, "must differ from the other headers by more than case"));
        }
    }
    let bytes: usize = headers.iter().map(|(name, value)| name.len() + value.len()).sum();
    if bytes >= HEADERS_BYTES_MAX {
        problems.push(("", "must have less than 80 KiB in all"));
    }
    problems
}

/// <https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2>
fn is_token(name: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    !name.is_empty() && name.chars().all(is_part)
}

pub(crate) const BODY: &str = "must have at most 900 KiB";

pub(crate) fn is_body(body: &[u8]) -> bool {
    body.len() <= BODY_BYTES_MAX
}

pub(crate) const OWN_ACCOUNT: &str = "must be a service account of the function's project";

/// Cloud Scheduler and Cloud Tasks only call as accounts of the project that they belong to. The
/// addresses of Google's default accounts contain a number instead of the id.
pub(crate) fn may_be_account_of(email: &str, project: &str) -> bool {
    let (name, owner) = email.split_once('@').unwrap_or((email, ""));
    match owner.strip_suffix(".gserviceaccount.com") {
        Some("appspot") => name == project,
        Some(owner) => owner.strip_suffix(".iam").is_none_or(|owner| owner == project),
        None => false,
    }
}
