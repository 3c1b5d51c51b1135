//! Pages of lists.

use longshore_local_kit::pages;

use crate::Refusal;

/// Maximum size of a page, and its default (`ListJobsRequest.page_size`).
const PAGE_MAX: usize = 500;

/// One page of a list that is sorted by `key`, and the token of the next one.
///
/// # Errors
/// [`Refusal::Invalid`] for a negative size and for a token that no list has returned.
pub(super) fn page<T>(
    all: impl Iterator<Item = T>,
    size: i32,
    token: &str,
    key: impl Fn(&T) -> &str,
) -> Result<(Vec<T>, String), Refusal> {
    let invalid = |error: pages::InvalidPage| Refusal::Invalid(error.to_string());
    let size = pages::size_of(size, PAGE_MAX, PAGE_MAX).map_err(invalid)?;
    pages::sorted(all, size, token, key).map_err(invalid)
}
