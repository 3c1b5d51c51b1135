//! Lists: name order, prefixes, a delimiter that folds names into folders, and pages.

use std::collections::BTreeMap;
use std::ops::Bound;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use super::{BucketRecord, ObjectRecord, StorageError};

/// Longest page, and the one that is given when none is asked for. Google's limit.
const PAGE_LIMIT: usize = 1000;

/// Which objects are asked for. Empty texts and 0 mean "not said".
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListQuery {
    /// Names that start with this.
    pub prefix: String,
    /// Names that have this behind the prefix are folded into one entry of `prefixes`.
    pub delimiter: String,
    /// A name that ends with its first delimiter is an item as well.
    pub include_trailing_delimiter: bool,
    /// Names from this one on.
    pub start: String,
    /// Names before this one.
    pub end: String,
    /// Most entries of one page, items and prefixes together.
    pub page_size: usize,
    /// Where the page begins: the former page's `next_page_token`.
    pub page_token: String,
}

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// Entries in name order.
    pub items: Vec<T>,
    /// Folders in name order, each ending with the delimiter.
    pub prefixes: Vec<String>,
    /// Token of the next page; empty at the end.
    pub next_page_token: String,
}

/// One page of objects. The time it takes grows with the page, not with the names that are skipped over.
///
/// # Errors
/// [`StorageError::Invalid`] for a page token that no list gave out.
pub(super) fn objects(all: &BTreeMap<String, ObjectRecord>, query: &ListQuery) -> Result<Page<ObjectRecord>, StorageError> {
    let mut page = Page { items: Vec::new(), prefixes: Vec::new(), next_page_token: String::new() };
    let mut position = Some(first_position(query)?);
    while let Some(from) = position {
        let Some((name, object)) = all.range::<str, _>((Bound::Included(from.as_str()), Bound::Unbounded)).next() else { break };
        if !name.starts_with(&query.prefix) || (!query.end.is_empty() && *name >= query.end) {
            break;
        }
        if page.items.len() + page.prefixes.len() >= page_limit(query.page_size) {
            page.next_page_token = BASE64_URL_SAFE_NO_PAD.encode(from);
            break;
        }
        let folder = folder_of(name, query);
        if folder.is_none_or(|folder| folder == name && query.include_trailing_delimiter) {
            page.items.push(object.clone());
        }
        position = match folder {
            Some(folder) => behind_prefix(folder),
            None => Some(format!("{name}\0")),
        };
        page.prefixes.extend(folder.map(str::to_owned));
    }
    Ok(page)
}

/// One page of the buckets of a project.
///
/// # Errors
/// [`StorageError::Invalid`] for a page token that no list gave out.
pub(super) fn buckets<'a>(
    all: impl Iterator<Item = &'a BucketRecord>,
    project_number: u64,
    query: &ListQuery,
) -> Result<Page<BucketRecord>, StorageError> {
    let from = first_position(query)?;
    let mut wanted = all
        .filter(|bucket| bucket.project_number == project_number && bucket.name.starts_with(&query.prefix) && bucket.name >= from);
    let items: Vec<BucketRecord> = wanted.by_ref().take(page_limit(query.page_size)).cloned().collect();
    let next_page_token = wanted.next().map(|next| BASE64_URL_SAFE_NO_PAD.encode(&next.name)).unwrap_or_default();
    Ok(Page { items, prefixes: Vec::new(), next_page_token })
}

fn page_limit(page_size: usize) -> usize {
    if page_size == 0 { PAGE_LIMIT } else { page_size.min(PAGE_LIMIT) }
}

/// The first name that the page may hold.
fn first_position(query: &ListQuery) -> Result<String, StorageError> {
    let invalid = || StorageError::Invalid(format!("invalid page token: {}", query.page_token));
    let token = BASE64_URL_SAFE_NO_PAD.decode(&query.page_token).map_err(|_| invalid())?;
    let token = String::from_utf8(token).map_err(|_| invalid())?;
    Ok(token.max(query.prefix.clone()).max(query.start.clone()))
}

/// The name up to and with the first delimiter behind the prefix.
fn folder_of<'a>(name: &'a str, query: &ListQuery) -> Option<&'a str> {
    if query.delimiter.is_empty() {
        return None;
    }
    let rest = name.get(query.prefix.len()..)?;
    let end = query.prefix.len() + rest.find(&query.delimiter)? + query.delimiter.len();
    name.get(..end)
}

/// The smallest text that is greater than every text with this prefix; `None` when there is none. (UTF-8 sorts by code point.)
fn behind_prefix(prefix: &str) -> Option<String> {
    let mut chars: Vec<char> = prefix.chars().collect();
    while let Some(last) = chars.pop() {
        let next = (last..=char::MAX).nth(1);
        if let Some(next) = next {
            chars.push(next);
            return Some(chars.into_iter().collect());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::{Digest, ObjectAttributes};
    use time::OffsetDateTime;

    fn bucket_of(names: &[&str]) -> BTreeMap<String, ObjectRecord> {
        let object = |name: &str| ObjectRecord {
            bucket: "bucket".to_owned(),
            name: name.to_owned(),
            generation: 1,
            metageneration: 1,
            digest: Digest::default(),
            attributes: ObjectAttributes::default(),
            created_at: OffsetDateTime::UNIX_EPOCH,
        };
        names.iter().map(|name| ((*name).to_owned(), object(name))).collect()
    }

    /// All pages of a list, as `items | prefixes` for each.
    fn pages(names: &[&str], query: &ListQuery) -> Vec<String> {
        let all = bucket_of(names);
        let mut query = query.clone();
        let mut pages = Vec::new();
        loop {
            let page = objects(&all, &query).unwrap();
            let items: Vec<&str> = page.items.iter().map(|object| object.name.as_str()).collect();
            pages.push(format!("{} | {}", items.join(" "), page.prefixes.join(" ")));
            if page.next_page_token.is_empty() {
                return pages;
            }
            query.page_token = page.next_page_token;
        }
    }

    const NAMES: [&str; 8] = ["a", "a/", "a/1", "a/2/x", "a/2/y", "b/1", "c", "\u{10FFFF}/z"];

    #[test]
    fn a_list_is_in_name_order_within_the_prefix_and_the_bounds() {
        let query = |prefix: &str, start: &str, end: &str| ListQuery {
            prefix: prefix.to_owned(),
            start: start.to_owned(),
            end: end.to_owned(),
            ..ListQuery::default()
        };
        assert_eq!(pages(&NAMES, &query("", "", "")), ["a a/ a/1 a/2/x a/2/y b/1 c \u{10FFFF}/z | "]);
        assert_eq!(pages(&NAMES, &query("a/2", "", "")), ["a/2/x a/2/y | "]);
        assert_eq!(pages(&NAMES, &query("", "a/2", "c")), ["a/2/x a/2/y b/1 | "]);
        assert_eq!(pages(&NAMES, &query("zz", "", "")), [" | "]);
    }

    #[test]
    fn a_delimiter_folds_what_is_behind_it() {
        let query = |prefix: &str, trailing: bool| ListQuery {
            prefix: prefix.to_owned(),
            delimiter: "/".to_owned(),
            include_trailing_delimiter: trailing,
            ..ListQuery::default()
        };
        assert_eq!(pages(&NAMES, &query("", false)), ["a c | a/ b/ \u{10FFFF}/"]);
        assert_eq!(pages(&NAMES, &query("", true)), ["a a/ c | a/ b/ \u{10FFFF}/"]);
        assert_eq!(pages(&NAMES, &query("a/", false)), ["a/ a/1 | a/2/"]);
        assert_eq!(pages(&NAMES, &query("a", false)), ["a | a/"]);
    }

    #[test]
    fn pages_of_any_size_hold_every_entry_once() {
        let query =
            |delimiter: &str, page_size: usize| ListQuery { delimiter: delimiter.to_owned(), page_size, ..ListQuery::default() };
        let words = |pages: &[String]| -> Vec<String> {
            let mut words: Vec<String> = pages.iter().flat_map(|page| page.split(' ').map(str::to_owned)).collect();
            words.retain(|word| !word.is_empty() && word != "|");
            words.sort();
            words
        };
        for delimiter in ["", "/"] {
            let whole = pages(&NAMES, &query(delimiter, 0));
            for page_size in 1..9 {
                let cut = pages(&NAMES, &query(delimiter, page_size));
                assert_eq!(words(&cut), words(&whole), "delimiter {delimiter:?}, pages of {page_size}");
            }
        }
    }

    #[test]
    fn a_token_that_no_list_gave_out_is_refused() {
        let query = ListQuery { page_token: "!".to_owned(), ..ListQuery::default() };
        assert!(matches!(objects(&BTreeMap::new(), &query), Err(StorageError::Invalid(_))));
    }

    #[test]
    fn the_text_behind_a_prefix_is_the_next_one() {
        assert_eq!(behind_prefix("a/").as_deref(), Some("a0"));
        assert_eq!(behind_prefix("\u{D7FF}").as_deref(), Some("\u{E000}"));
        assert_eq!(behind_prefix("a\u{10FFFF}").as_deref(), Some("b"));
        assert_eq!(behind_prefix("\u{10FFFF}"), None);
    }
}
