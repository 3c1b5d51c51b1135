//! The names of repositories, images, contents (digests) and tags.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Maximum length of a tag, by the OCI distribution specification.
const TAG_LIMIT_CHARS: usize = 128;

/// Maximum length of a repository id, by Artifact Registry.
const REPOSITORY_ID_LIMIT_CHARS: usize = 63;

/// A repository of Artifact Registry: `projects/P/locations/L/repositories/NAME`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RepositoryKey {
    pub project: String,
    /// Region or multi-region.
    pub location: String,
    /// Unique in project and location.
    pub name: String,
}

impl RepositoryKey {
    /// The host and path that names of images in this repository start with:
    /// `LOCATION-docker.pkg.dev/PROJECT/NAME`. The project of a domain is two parts of the path:
    /// <https://cloud.google.com/artifact-registry/docs/docker/names#domain>.
    #[must_use]
    pub fn uri(&self) -> String {
        let project = self.project.replacen(':', "/", 1);
        format!("{}-docker.pkg.dev/{project}/{}", self.location, self.name)
    }
}

impl fmt::Display for RepositoryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "projects/{}/locations/{}/repositories/{}",
            self.project, self.location, self.name
        )
    }
}

/// An image of a repository; Artifact Registry calls it a package.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ImageKey {
    pub repository: RepositoryKey,
    /// May contain slashes.
    pub image: String,
}

impl ImageKey {
    /// The name to pull it by, without tag or digest:
    /// `LOCATION-docker.pkg.dev/PROJECT/REPOSITORY/IMAGE`.
    #[must_use]
    pub fn uri(&self) -> String {
        format!("{}/{}", self.repository.uri(), self.image)
    }
}

/// The hash that identifies content: `sha256:` or `sha512:`, and lowercase hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest(String);

/// The supported hash functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// The usual one.
    Sha256,
    /// Optional, by the specification.
    Sha512,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a digest: expected sha256: or sha512: and lowercase hexadecimal digits")]
pub struct InvalidDigest(String);

impl Digest {
    /// # Errors
    /// When the hash function is unknown or the number of digits does not fit it.
    pub fn parse(text: &str) -> Result<Self, InvalidDigest> {
        let expected = match text.split_once(':') {
            Some(("sha256", _)) => 64,
            Some(("sha512", _)) => 128,
            Some(_) | None => return Err(InvalidDigest(text.to_owned())),
        };
        let digits = &text["sha256:".len()..];
        let lower_hex = digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if digits.len() == expected && lower_hex {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidDigest(text.to_owned()))
        }
    }

    /// The SHA-256 digest with these bytes.
    #[must_use]
    pub fn sha256(hash: &[u8]) -> Self {
        Self(format!("sha256:{}", lower_hex(hash)))
    }

    /// The SHA-512 digest with these bytes.
    #[must_use]
    pub fn sha512(hash: &[u8]) -> Self {
        Self(format!("sha512:{}", lower_hex(hash)))
    }

    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        if self.0.starts_with("sha512:") { Algorithm::Sha512 } else { Algorithm::Sha256 }
    }

    #[must_use]
    pub fn digits(&self) -> &str {
        &self.0["sha256:".len()..]
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Digest {
    type Error = InvalidDigest;

    fn try_from(text: String) -> Result<Self, InvalidDigest> {
        Self::parse(&text)
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.0
    }
}

fn lower_hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |value: u8| char::from(DIGITS[usize::from(value)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// Whether a text is a valid tag: a word character, then word characters, dots and dashes.
#[must_use]
pub fn is_tag(text: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    text.len() <= TAG_LIMIT_CHARS
        && text.bytes().next().is_some_and(word)
        && text.bytes().all(|byte| word(byte) || byte == b'.' || byte == b'-')
}

/// Whether a text is a valid repository id: a lower-case letter, then lower-case letters,
/// digits and dashes, no dash at the end.
#[must_use]
pub fn is_repository_id(text: &str) -> bool {
    text.len() <= REPOSITORY_ID_LIMIT_CHARS
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && !text.ends_with('-')
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// Whether a text is a valid component of a name in a distribution path: lower-case letters and
/// digits, with single dots, or any number of dashes and underscores between them.
///
/// OCI's grammar has at most two underscores in a row, and no dash beside one. The images that Cloud
/// Functions stores in Artifact Registry do not follow it: a capital is `_x` there, an underscore `__`
/// and a dash `--`, so that `Take_Orders` is `t-take___orders`, and `a-B` is `a--_b`.
#[must_use]
pub fn is_path_component(text: &str) -> bool {
    let alphanumeric = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let separators = text.split(alphanumeric).filter(|between| !between.is_empty());
    text.starts_with(alphanumeric)
        && text.ends_with(alphanumeric)
        && separators.into_iter().all(|between| {
            between == "." || between.bytes().all(|byte| matches!(byte, b'-' | b'_'))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_has_a_supported_hash_function_and_its_number_of_digits() {
        for good in [format!("sha256:{}", "0a".repeat(32)), format!("sha512:{}", "f9".repeat(64))] {
            assert_eq!(Digest::parse(&good).unwrap().as_str(), good);
        }
        for bad in [
            "",
            "sha256",
            "sha256:",
            "sha256:0a",
            &format!("sha256:{}", "0A".repeat(32)),
            &format!("md5:{}", "0a".repeat(16)),
        ] {
            assert!(Digest::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn digits_are_lowercase() {
        assert_eq!(lower_hex(&[0x00, 0x9f, 0xff]), "009fff");
    }

    #[test]
    fn tags_repository_ids_and_path_components_follow_their_grammars() {
        type Case<'a> = (fn(&str) -> bool, &'a [&'a str], &'a [&'a str]);
        let cases: [Case<'_>; 3] = [
            (
                is_tag,
                &["latest", "_x", "1.0-rc.1", "A"],
                &["", ".x", "-x", "a/b", "a:b", &"x".repeat(129)],
            ),
            (
                is_repository_id,
                &["a", "cloud-run-source-deploy", "r2"],
                &["", "2r", "R", "a-", "a.b", &"x".repeat(64)],
            ),
            (
                is_path_component,
                &["a", "0", "a.b", "a_b", "a__b", "a---b", "t-take___orders", "a--_b"],
                &["", "A", ".a", "a.", "_a", "a_", "-a", "a-", "a..b", "a._b", "a-.b", "a b"],
            ),
        ];
        for (check, good, bad) in cases {
            for text in good {
                assert!(check(text), "{text}");
            }
            for text in bad {
                assert!(!check(text), "{text}");
            }
        }
    }
}
