//! Pages of lists. A token is the position of the next page.

use longshore_local_kit::pages;

use super::Refusal;

/// Google's default and maximum of `page_size`.
const PAGE_MAX: usize = 1000;

/// Part of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    /// Empty on the last page.
    pub(crate) next_page_token: String,
}

/// # Errors
/// [`Refusal::Invalid`] for a token that no page had, and a negative size.
pub(crate) fn page<T>(
    all: impl Iterator<Item = T>,
    page_size: i32,
    page_token: &str,
) -> Result<Page<T>, Refusal> {
    let invalid = |error: pages::InvalidPage| Refusal::invalid(error.to_string());
    let size = pages::size_of(page_size, PAGE_MAX, PAGE_MAX).map_err(invalid)?;
    let before = pages::key_before(page_token).map_err(invalid)?;
    let start: usize = match before {
        None => 0,
        Some(start) => {
            start.parse().map_err(|_| invalid(pages::InvalidPage::Token(page_token.to_owned())))?
        }
    };
    let mut all = all.skip(start);
    let items: Vec<T> = all.by_ref().take(size).collect();
    let more = all.next().is_some();
    let end = start.saturating_add(items.len()).to_string();
    let next = if more { pages::token_after(&end) } else { String::new() };
    Ok(Page { items, next_page_token: next })
}
