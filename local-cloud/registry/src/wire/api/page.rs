//! Pages of lists.

use longshore_local_kit::filter::{Filter, FilterError};
use longshore_local_kit::pages::{self, InvalidPage};
use longshore_local_kit::rest::{Call, RestError};
use serde::Serialize;

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

/// Selects the page from a list that is sorted by its keys. `fields` are those by which the items can
/// be filtered.
///
/// # Errors
/// `INVALID_ARGUMENT` for a malformed page size, token or filter, `UNIMPLEMENTED` for `orderBy`.
pub(super) fn page<T: Serialize>(
    call: &Call,
    fields: &[&str],
    items: impl IntoIterator<Item = (String, T)>,
) -> Result<Page<T>, RestError> {
    if !call.query("orderBy").is_empty() {
        let what = format!("the parameter orderBy of {}", call.name());
        return Err(RestError::unimplemented(what));
    }
    let filter = Filter::parse(call.query("filter"), fields).map_err(FilterError::into_rest)?;
    let items = filter
        .select(items.into_iter(), |(_, item)| serde_json::to_value(item).unwrap_or_default());
    let size = pages::size(call.query("pageSize"), PAGE_DEFAULT, PAGE_LIMIT)
        .map_err(InvalidPage::into_rest)?;
    let last = pages::key_before(call.query("pageToken")).map_err(InvalidPage::into_rest)?;
    let mut behind =
        items.filter(|(key, _)| last.as_ref().is_none_or(|last| key > last)).peekable();
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
    use axum::http::Method;
    use bytes::Bytes;

    use super::*;

    fn call(query: &[(&str, &str)]) -> Call {
        let query = query.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        Call { method: Method::GET, path: vec!["v1".into()], verb: None, query, body: Bytes::new() }
    }

    fn letters() -> Vec<(String, char)> {
        ('a'..='e').map(|letter| (letter.to_string(), letter)).collect()
    }

    #[test]
    fn pages_follow_each_other_to_the_end() {
        let (mut token, mut pages) = (String::new(), Vec::new());
        loop {
            let page =
                page(&call(&[("pageSize", "2"), ("pageToken", &token)]), &[], letters()).unwrap();
            pages.push(page.items);
            token = page.next_page_token;
            if token.is_empty() {
                break;
            }
        }
        assert_eq!(pages, [vec!['a', 'b'], vec!['c', 'd'], vec!['e']]);
        assert_eq!(page(&call(&[("pageSize", "5")]), &[], letters()).unwrap().next_page_token, "");
        assert_eq!(page(&call(&[("pageSize", "0")]), &[], letters()).unwrap().items.len(), 5);
    }

    #[test]
    fn a_filter_selects_before_pages_are_made() {
        let items = ["a-1", "b", "a-2", "a-3"];
        let items = items.map(|name| (name.to_owned(), serde_json::json!({"name": name})));
        let call = call(&[("pageSize", "2"), ("filter", "name=a*")]);
        let page = page(&call, &["name"], items).unwrap();
        let names: Vec<_> = page.items.iter().map(|item| item["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["a-1", "a-2"]);
        assert!(!page.next_page_token.is_empty());
    }

    #[test]
    fn unsupported_and_malformed_parameters_are_rejected() {
        let cases = [
            ("pageSize", "-1", "INVALID_ARGUMENT"),
            ("pageSize", "4294967296", "INVALID_ARGUMENT"),
            ("pageToken", "%", "INVALID_ARGUMENT"),
            ("pageToken", "garbage", "INVALID_ARGUMENT"),
            ("pageToken", "YQ", "INVALID_ARGUMENT"),
            ("filter", "name=x", "INVALID_ARGUMENT"),
            ("orderBy", "name", "UNIMPLEMENTED"),
        ];
        for (name, value, status) in cases {
            assert_eq!(
                page(&call(&[(name, value)]), &[], letters()).unwrap_err().status(),
                status,
                "{name}"
            );
        }
    }
}
