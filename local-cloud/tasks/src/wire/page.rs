//! Pages of lists.

use longshore_local_kit::pages;

use crate::Refusal;

/// Maximum size of a page, and its default (`ListQueuesRequest.page_size, ListTasksRequest.page_size`).
const PAGE_MAX: usize = 1000;

/// One page of a list that is sorted by `key`, and the token of the next one. A token is the key of
/// the last entry of the page before, so that entries that come and go do not shift the next one.
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
    let before = pages::key_before(token).map_err(invalid)?;
    let mut rest = all.filter(|entry| before.as_deref().is_none_or(|before| key(entry) > before));
    let page: Vec<T> = rest.by_ref().take(size).collect();
    let next = match (rest.next(), page.last()) {
        (Some(_), Some(last)) => pages::token_after(key(last)),
        _ => String::new(),
    };
    Ok((page, next))
}
