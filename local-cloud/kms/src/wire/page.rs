//! Pages of lists.

use longshore_local_kit::filter::Filter;
use longshore_local_kit::pages;
use serde::Serialize;
use serde_json::Value;

use crate::Refusal;

/// Maximum size of a page, and its default, as Google documents both.
const PAGE_MAX: usize = 1000;
const PAGE_DEFAULT: usize = 100;

/// How a list is requested.
pub(super) struct Asked<'a> {
    pub(super) size: i32,
    pub(super) token: &'a str,
    pub(super) filter: &'a str,
    /// The fields by which the resources can be filtered.
    pub(super) fields: &'a [&'a str],
    pub(super) order_by: &'a str,
}

/// A page, the token of the next one, and the number of all that the filter selects.
pub(super) type Page<T> = (Vec<T>, String, i32);

/// One page of a list that is sorted by name, as the API returns its resources. A token is the name
/// of the last resource of the page before, so that resources that come and go do not shift the next
/// one.
///
/// # Errors
/// [`Refusal::Invalid`] for a negative size, for a token that no list has returned, and for an
/// invalid filter; [`Refusal::Unimplemented`] for an order.
pub(super) fn page<T>(
    all: impl Iterator<Item = T>,
    asked: &Asked<'_>,
    is_after: impl Fn(&T, &str) -> bool,
    key: impl Fn(&T) -> String,
    json: impl Fn(&T) -> Value,
) -> Result<Page<T>, Refusal> {
    let filter = Filter::parse(asked.filter, asked.fields)
        .map_err(|error| Refusal::invalid(error.to_string()))?;
    let all: Vec<T> = filter.select(all, json).collect();
    if !asked.order_by.is_empty() {
        return Err(Refusal::Unimplemented("orders of lists (order_by)".to_owned()));
    }
    let invalid = |error: pages::InvalidPage| Refusal::invalid(error.to_string());
    let size = pages::size_of(asked.size, PAGE_DEFAULT, PAGE_MAX).map_err(invalid)?;
    let before = pages::key_before(asked.token).map_err(invalid)?;
    let total = i32::try_from(all.len()).unwrap_or(i32::MAX);
    let mut rest = all
        .into_iter()
        .filter(|entry| before.as_ref().is_none_or(|before| is_after(entry, before)));
    let page: Vec<T> = rest.by_ref().take(size).collect();
    let next = match (rest.next(), page.last()) {
        (Some(_), Some(last)) => pages::token_after(&key(last)),
        _ => String::new(),
    };
    Ok((page, next, total))
}

/// The JSON of a message, by which it is filtered.
pub(super) fn json_of(message: &impl Serialize) -> Value {
    serde_json::to_value(message).unwrap_or_default()
}
