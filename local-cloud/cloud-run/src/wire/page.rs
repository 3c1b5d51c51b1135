//! Query parameters that several methods share: pages and flags.

use longshore_local_kit::rest::{Call, RestError};

/// Google's default and upper bound of `pageSize`.
const PAGE_DEFAULT: usize = 100;
const PAGE_MAX: usize = 1000;

pub(super) fn flag(call: &Call, name: &str) -> Result<bool, RestError> {
    match call.query(name) {
        "" | "false" => Ok(false),
        "true" => Ok(true),
        other => Err(RestError::invalid(format!("{name}: '{other}' is neither true nor false"))),
    }
}

/// One page of resources in the order of their names, and the token of the next page. A token is
/// the name of the last resource of a page.
pub(super) fn page<'a, T: Clone + 'a>(
    call: &Call,
    all: impl Iterator<Item = &'a T>,
    name: impl Fn(&T) -> &String,
) -> Result<(Vec<T>, String), RestError> {
    let size = match call.query("pageSize") {
        "" | "0" => PAGE_DEFAULT,
        size => size
            .parse::<usize>()
            .map_err(|_| RestError::invalid(format!("page_size: '{size}' is not a valid number")))?
            .min(PAGE_MAX),
    };
    let token = call.query("pageToken");
    let mut rest = all.filter(|resource| name(resource).as_str() > token).peekable();
    let page: Vec<T> = rest.by_ref().take(size).cloned().collect();
    let next = page.last().filter(|_| rest.peek().is_some()).map(|last| name(last).clone());
    Ok((page, next.unwrap_or_default()))
}
