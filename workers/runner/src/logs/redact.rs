//! Replaces credentials in text that others wrote, such as an error that repeats a URL.
//!
//! Nothing of ours logs a credential; this is for what libraries and Google's errors repeat. It finds
//! the shapes that are certain: a password in a URL, a bearer token, a token of Google's, the
//! signature of a signed URL, a private key.

use std::borrow::Cow;

const REDACTED: &str = "[redacted]";

/// What precedes a credential that ends at the next character that cannot belong to it.
const PREFIXES: [&str; 9] = [
    "Bearer ",
    "bearer ",
    "X-Goog-Signature=",
    "X-Goog-Credential=",
    "Signature=",
    "access_token=",
    "id_token=",
    "ya29.",
    "-----BEGIN ",
];

/// The text without credentials.
pub(super) fn redacted(text: &str) -> Cow<'_, str> {
    let is_suspicious = text.contains("://") || PREFIXES.iter().any(|prefix| text.contains(prefix));
    if !is_suspicious {
        return Cow::Borrowed(text);
    }
    let mut text = without_userinfo(text);
    for prefix in PREFIXES {
        text = without_following(&text, prefix);
    }
    Cow::Owned(text)
}

/// Replaces what is between `://` and `@` in each authority.
fn without_userinfo(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("://") {
        result.push_str(before);
        result.push_str("://");
        let end = after.find(|c: char| c.is_whitespace() || "/?#\"'<>".contains(c));
        let authority = after.get(..end.unwrap_or(after.len())).unwrap_or_default();
        match authority.rfind('@') {
            Some(at) => {
                result.push_str(REDACTED);
                rest = after.get(at..).unwrap_or_default();
            }
            None => rest = after,
        }
    }
    result.push_str(rest);
    result
}

/// Replaces the characters of a credential after each occurrence of a prefix.
fn without_following(text: &str, prefix: &str) -> String {
    // A key has several lines, so all that follows it is taken out.
    let is_key = prefix.starts_with("-----");
    let ends = |c: char| !(is_key || c.is_ascii_alphanumeric() || "-._~+/=%".contains(c));
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(prefix) {
        result.push_str(before);
        result.push_str(prefix);
        let end = after.find(ends).unwrap_or(after.len());
        if end > 0 {
            result.push_str(REDACTED);
        }
        rest = after.get(end..).unwrap_or_default();
    }
    result.push_str(rest);
    result
}
