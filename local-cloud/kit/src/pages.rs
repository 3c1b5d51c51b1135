//! Sizes and tokens of the pages of lists: <https://google.aip.dev/158>.
//!
//! A token names the last resource of the page before, so that resources that are created or
//! deleted between two calls do not shift the pages. It carries a checksum, so a text that no list
//! has returned is rejected instead of beginning a page somewhere.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use crate::rest::RestError;

const CHECKSUM_BYTES: usize = 4;

/// Why a page cannot be returned. Retrying does not help.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPage {
    /// Google's `page_size` is an int32.
    #[error("page_size: '{0}' is not a number from 0 to 2147483647")]
    Size(String),
    #[error("page_token: '{0}' is not a token that this list has returned")]
    Token(String),
}

impl InvalidPage {
    /// The error of a REST API: `INVALID_ARGUMENT`.
    #[must_use]
    pub fn into_rest(self) -> RestError {
        RestError::invalid(self.to_string())
    }
}

/// The number of entries on a page. Without a size, or with 0, it is the default, and a larger one
/// is reduced to the maximum.
///
/// # Errors
/// [`InvalidPage::Size`] if the text is neither empty nor a number that is not negative.
pub fn size(text: &str, default: usize, maximum: usize) -> Result<usize, InvalidPage> {
    let size: i32 = match text {
        "" => 0,
        text => text.parse().map_err(|_| InvalidPage::Size(text.to_owned()))?,
    };
    size_of(size, default, maximum)
}

/// The same, of a number.
///
/// # Errors
/// [`InvalidPage::Size`] if it is negative.
pub fn size_of(size: i32, default: usize, maximum: usize) -> Result<usize, InvalidPage> {
    match usize::try_from(size) {
        Ok(0) => Ok(default),
        Ok(size) => Ok(size.min(maximum)),
        Err(_) => Err(InvalidPage::Size(size.to_string())),
    }
}

/// The token of the page after the entry with this key.
#[must_use]
pub fn token_after(key: &str) -> String {
    let mut bytes = checksum(key).to_vec();
    bytes.extend_from_slice(key.as_bytes());
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// The key of the entry before the page. `None` for the first page, whose token is empty.
///
/// # Errors
/// [`InvalidPage::Token`] if [`token_after`] has not made the token.
pub fn key_before(token: &str) -> Result<Option<String>, InvalidPage> {
    if token.is_empty() {
        return Ok(None);
    }
    let key = || {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(token).ok()?;
        let (sum, key) = bytes.split_at_checked(CHECKSUM_BYTES)?;
        let key = String::from_utf8(key.to_vec()).ok()?;
        (sum == checksum(&key)).then_some(key)
    };
    key().map(Some).ok_or_else(|| InvalidPage::Token(token.to_owned()))
}

/// One page of a list that is sorted by `key`, and the token of the next one, which is empty on the
/// last page. Entries that are added or removed between two calls do not shift the next page.
///
/// # Errors
/// [`InvalidPage::Token`] if no list has returned the token.
pub fn sorted<T>(
    all: impl Iterator<Item = T>,
    size: usize,
    token: &str,
    key: impl Fn(&T) -> &str,
) -> Result<(Vec<T>, String), InvalidPage> {
    let before = key_before(token)?;
    let mut rest = all.filter(|entry| before.as_deref().is_none_or(|before| key(entry) > before));
    let page: Vec<T> = rest.by_ref().take(size).collect();
    let next = match (rest.next(), page.last()) {
        (Some(_), Some(last)) => token_after(key(last)),
        _ => String::new(),
    };
    Ok((page, next))
}

/// One page of a list in a fixed order, and the token of the next one, which is empty on the last
/// page. The token is a position.
///
/// # Errors
/// [`InvalidPage::Token`] if no list has returned the token.
pub fn positioned<T>(
    all: impl Iterator<Item = T>,
    size: usize,
    token: &str,
) -> Result<(Vec<T>, String), InvalidPage> {
    let start: usize = match key_before(token)? {
        None => 0,
        Some(start) => start.parse().map_err(|_| InvalidPage::Token(token.to_owned()))?,
    };
    let mut all = all.skip(start);
    let page: Vec<T> = all.by_ref().take(size).collect();
    let more = all.next().is_some();
    let end = start.saturating_add(page.len()).to_string();
    Ok((page, if more { token_after(&end) } else { String::new() }))
}

fn checksum(key: &str) -> [u8; CHECKSUM_BYTES] {
    crc32fast::hash(key.as_bytes()).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_tokens_that_were_returned_are_accepted() {
        for key in ["", "projects/p/topics/t", "ä/0"] {
            assert_eq!(key_before(&token_after(key)), Ok(Some(key.to_owned())));
        }
        assert_eq!(key_before(""), Ok(None));
        for garbage in ["garbage", "a", "%", "cHJvamVjdHMvcA", "projects/p/topics/t", "17", "=="] {
            assert_eq!(key_before(garbage), Err(InvalidPage::Token(garbage.to_owned())));
        }
    }

    #[test]
    fn the_pages_of_a_list_hold_each_entry_once() {
        let names = ["a", "b", "c"];
        let (mut by_key, mut by_position) = (Vec::new(), Vec::new());
        let (mut key, mut position) = (String::new(), String::new());
        for _ in 0..2 {
            let (page, next) = sorted(names.into_iter(), 2, &key, |name| name).unwrap();
            by_key.extend(page);
            key = next;
            let (page, next) = positioned(names.into_iter(), 2, &position).unwrap();
            by_position.extend(page);
            position = next;
        }
        assert_eq!((by_key, by_position), (names.to_vec(), names.to_vec()));
        assert_eq!((key.as_str(), position.as_str()), ("", ""));
        let token = token_after("a");
        assert_eq!(sorted(["b"].into_iter(), 2, &token, |name| name).unwrap().0, ["b"]);
        assert!(positioned(names.into_iter(), 2, &token).is_err(), "a key is no position");
    }

    #[test]
    fn a_size_is_an_int32_that_is_not_negative() {
        for (text, expected) in [("", 50), ("0", 50), ("7", 7), ("2147483647", 1000)] {
            assert_eq!(size(text, 50, 1000), Ok(expected), "{text}");
        }
        for text in ["-1", "2147483648", "99999999999999999999", "1.5", "many", " 1"] {
            assert_eq!(size(text, 50, 1000), Err(InvalidPage::Size(text.to_owned())), "{text}");
        }
    }
}
