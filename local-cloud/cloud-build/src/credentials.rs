//! Credentials of package registries, which are never shown: not in logs, and not in errors. Pure.
//!
//! What looks like a credential is masked wherever it appears. What a build was given as a
//! credential, in a variable or in a file of settings, is masked even where it does not look like
//! one, such as in the output of a script.

mod find;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use parking_lot::RwLock;

use find::{found, is_secret_name};

/// What stands in for a credential. pip uses it, too.
const MASK: &str = "****";

/// Shorter values are not looked for: they would also mask what has nothing to do with them.
const LENGTH_MIN: usize = 6;

/// Names of files of a source, or of a home directory, that can have credentials.
pub(crate) const FILES: [&str; 13] = [
    ".npmrc",
    ".yarnrc",
    ".yarnrc.yml",
    ".netrc",
    "bunfig.toml",
    "package.json",
    "package-lock.json",
    "pip.conf",
    "poetry.toml",
    "pyproject.toml",
    "requirements.txt",
    "settings.xml",
    "uv.toml",
];

/// The credentials that one build was given. Clones share them.
#[derive(Clone, Default)]
pub(crate) struct Credentials(Arc<RwLock<Vec<String>>>);

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

impl Credentials {
    /// Learns a credential.
    pub(crate) fn learn_secret(&self, value: &str) {
        self.add(value);
        // Files have a line end that tools do not show.
        self.add(value.trim());
        // What looks like a credential in it is one.
        self.learn(value);
    }

    /// Learns the credentials in the variables of a build.
    pub(crate) fn learn_variables(&self, environment: &BTreeMap<String, String>) {
        for (name, value) in environment {
            match is_secret_name(name) {
                true => self.add(value),
                false => _ = self.learn(value),
            }
        }
    }

    /// Learns the credentials in a file of settings. Returns whether there are any.
    pub(crate) fn learn(&self, text: &str) -> bool {
        let all: Vec<&str> = found(text).into_iter().filter_map(|range| text.get(range)).collect();
        for value in &all {
            self.add(value);
        }
        !all.is_empty()
    }

    fn add(&self, value: &str) {
        let mut known = self.0.write();
        // Tools decode what a URL has encoded before they show it.
        for value in [value.to_owned(), decoded(value)] {
            if value.len() >= LENGTH_MIN && !known.contains(&value) {
                known.push(value);
            }
        }
        // A value may contain another one.
        known.sort_by_key(|value| std::cmp::Reverse(value.len()));
    }

    /// The text without credentials.
    pub(crate) fn masked<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut masked = Cow::Borrowed(text);
        for value in self.0.read().iter() {
            if masked.contains(value.as_str()) {
                masked = Cow::Owned(masked.replace(value.as_str(), MASK));
            }
        }
        let ranges = found(&masked);
        if ranges.is_empty() {
            return masked;
        }
        let mut owned = masked.into_owned();
        for range in ranges.into_iter().rev() {
            owned.replace_range(range, MASK);
        }
        Cow::Owned(owned)
    }
}

/// Without the encoding of URLs (RFC 3986, 2.1). What is not valid stays.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let number = match (first, after) {
            (b'%', [high, low, ..]) => std::str::from_utf8(&[*high, *low])
                .ok()
                .and_then(|digits| u8::from_str_radix(digits, 16).ok()),
            _ => None,
        };
        bytes.push(number.unwrap_or(*first));
        rest = after.get(if number.is_some() { 2 } else { 0 }..).unwrap_or_default();
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_build_was_given_is_masked_wherever_it_appears() {
        let credentials = Credentials::default();
        let pairs = [
            ("NPM_TOKEN", "npm_abcdef"),
            ("PIP_INDEX_URL", "https://ada:p%40ssword@pypi.example.com/simple"),
            ("UV_INDEX_INNER_PASSWORD", "hunter22"),
            ("NODE_ENV", "production"),
            ("SHORT_TOKEN", "abc"),
        ];
        let pairs = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
        credentials.learn_variables(&pairs.into());
        assert!(credentials.learn("//npm.example.com/:_authToken=inner-token\n"));
        assert!(!credentials.learn("save-exact=true\n"));
        for (text, shown) in [
            ("token npm_abcdef, and npm_abcdef", "token ****, and ****"),
            ("p%40ssword or p@ssword", "**** or ****"),
            ("hunter22inner-token", "********"),
            ("production abc", "production abc"),
            ("https://x:y@z/ is unknown", "https://x:****@z/ is unknown"),
        ] {
            assert_eq!(credentials.masked(text), shown);
        }
    }

    #[test]
    fn encoded_characters_are_decoded() {
        for (text, plain) in
            [("a%40b", "a@b"), ("100%", "100%"), ("%zz%4", "%zz%4"), ("%ff", "%ff")]
        {
            assert_eq!(decoded(text), plain);
        }
    }
}
