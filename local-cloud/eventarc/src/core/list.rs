//! Pages of lists. A token is the position of the next page.

use longshore_local_kit::pages;

use super::Refusal;

/// Google's default and maximum of `page_size`.
const PAGE_MAX: usize = 1000;

/// One page of a list, and the token of the next one, which is empty on the last page.
///
/// # Errors
/// [`Refusal::Invalid`] for a token that no page had, and a negative size.
pub(crate) fn page<T>(
    all: impl Iterator<Item = T>,
    page_size: i32,
    page_token: &str,
) -> Result<(Vec<T>, String), Refusal> {
    let invalid = |error: pages::InvalidPage| Refusal::invalid(error.to_string());
    let size = pages::size_of(page_size, PAGE_MAX, PAGE_MAX).map_err(invalid)?;
    pages::positioned(all, size, page_token).map_err(invalid)
}
