//! Query parameters that several methods share: pages and flags.

use longshore_local_kit::pages::{self, InvalidPage};
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

/// One page of resources in the order of their names, and the token of the next page.
pub(super) fn page<'a, T: Clone + 'a>(
    call: &Call,
    all: impl Iterator<Item = &'a T>,
    name: impl Fn(&T) -> &String,
) -> Result<(Vec<T>, String), RestError> {
    let size = pages::size(call.query("pageSize"), PAGE_DEFAULT, PAGE_MAX)
        .map_err(InvalidPage::into_rest)?;
    let before = pages::key_before(call.query("pageToken")).map_err(InvalidPage::into_rest)?;
    let is_after = |resource: &&T| before.as_ref().is_none_or(|before| name(resource) > before);
    let mut rest = all.filter(is_after).peekable();
    let page: Vec<T> = rest.by_ref().take(size).cloned().collect();
    let next =
        page.last().filter(|_| rest.peek().is_some()).map(|last| pages::token_after(name(last)));
    Ok((page, next.unwrap_or_default()))
}
