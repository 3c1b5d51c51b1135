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
    let (page, next) = pages::sorted(all, size, call.query("pageToken"), |resource| name(resource))
        .map_err(InvalidPage::into_rest)?;
    Ok((page.into_iter().cloned().collect(), next))
}
