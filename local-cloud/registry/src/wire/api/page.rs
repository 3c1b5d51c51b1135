//! Pages of lists.

use longshore_local_kit::pages::{self, InvalidPage};
use longshore_local_kit::rest::{Call, RestError};

/// Default page size of most lists of Artifact Registry.
const PAGE_DEFAULT: usize = 100;

/// Maximum page size of Artifact Registry.
const PAGE_LIMIT: usize = 1000;

/// One page, and the token of the next one; empty: this is the last one.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Page<T> {
    pub(super) items: Vec<T>,
    pub(super) next_page_token: String,
}

/// Selects the page from a list that is sorted by its keys.
///
/// # Errors
/// `INVALID_ARGUMENT` for a malformed page size or token, `UNIMPLEMENTED` for `filter` and
/// `orderBy`.
pub(super) fn page<T>(
    call: &Call,
    items: impl IntoIterator<Item = (String, T)>,
) -> Result<Page<T>, RestError> {
    for unsupported in ["filter", "orderBy"] {
        if !call.query(unsupported).is_empty() {
            return Err(RestError::unimplemented(format!(
                "the parameter {unsupported} of {}",
                call.name()
            )));
        }
    }
    let size = pages::size(call.query("pageSize"), PAGE_DEFAULT, PAGE_LIMIT)
        .map_err(InvalidPage::into_rest)?;
    let last = pages::key_before(call.query("pageToken")).map_err(InvalidPage::into_rest)?;
    let mut behind =
        items.into_iter().filter(|(key, _)| last.as_ref().is_none_or(|last| key > last)).peekable();
    let mut page = Page { items: Vec::new(), next_page_token: String::new() };
    while let Some((key, item)) = behind.next() {
        page.items.push(item);
        if page.items.len() == size {
            page.next_page_token =
                behind.peek().map(|_| pages::token_after(&key)).unwrap_or_default();
            break;
        }
    }
    Ok(page)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use axum::http::Method;
    use bytes::Bytes;

    use super::*;

    fn call(query: &[(&str, &str)]) -> Call {
        let query: BTreeMap<String, String> =
            query.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        Call { method: Method::GET, path: vec!["v1".into()], verb: None, query, body: Bytes::new() }
    }

    fn letters() -> Vec<(String, char)> {
        ('a'..='e').map(|letter| (letter.to_string(), letter)).collect()
    }

    #[test]
    fn pages_follow_each_other_to_the_end() {
        let (mut token, mut pages) = (String::new(), Vec::new());
        loop {
            let page = page(&call(&[("pageSize", "2"), ("pageToken", &token)]), letters()).unwrap();
            pages.push(page.items);
            token = page.next_page_token;
            if token.is_empty() {
                break;
            }
        }
        assert_eq!(pages, [vec!['a', 'b'], vec!['c', 'd'], vec!['e']]);
        assert_eq!(page(&call(&[("pageSize", "5")]), letters()).unwrap().next_page_token, "");
        assert_eq!(page(&call(&[("pageSize", "0")]), letters()).unwrap().items.len(), 5);
    }

    #[test]
    fn unsupported_and_malformed_parameters_are_rejected() {
        let cases = [
            ("pageSize", "-1", "INVALID_ARGUMENT"),
            ("pageSize", "4294967296", "INVALID_ARGUMENT"),
            ("pageToken", "%", "INVALID_ARGUMENT"),
            ("pageToken", "garbage", "INVALID_ARGUMENT"),
            ("pageToken", "YQ", "INVALID_ARGUMENT"),
            ("filter", "name=x", "UNIMPLEMENTED"),
            ("orderBy", "name", "UNIMPLEMENTED"),
        ];
        for (name, value, status) in cases {
            assert_eq!(
                page(&call(&[(name, value)]), letters()).unwrap_err().status(),
                status,
                "{name}"
            );
        }
    }
}
