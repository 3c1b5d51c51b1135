//! Image names of Artifact Registry.

use std::fmt;

/// `HOST/PROJECT/REPOSITORY/IMAGE:TAG`; the image may have several path segments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reference {
    pub(crate) host: String,
    /// `PROJECT/REPOSITORY/IMAGE`.
    pub(crate) repository: String,
    pub(crate) tag: String,
}

/// Maximum length of a tag in OCI distribution.
const TAG_LIMIT_CHARACTERS: usize = 128;

impl Reference {
    /// Parses a name; the default tag is `latest`. Returns `None` for a name that cannot be pushed
    /// to, such as one with a digest.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (host, path) = text.split_once('/')?;
        let (repository, tag) = path.split_once(':').unwrap_or((path, "latest"));
        let segments: Vec<&str> = repository.split('/').collect();
        let valid = !host.is_empty()
            && segments.len() >= 3
            && segments.iter().all(|part| is_segment(part))
            && is_tag(tag);
        valid.then(|| Self {
            host: host.to_owned(),
            repository: repository.to_owned(),
            tag: tag.to_owned(),
        })
    }
}

fn is_segment(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    text.starts_with(plain)
        && text.ends_with(plain)
        && text.chars().all(|c| plain(c) || "._-".contains(c))
}

fn is_tag(text: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.starts_with(word)
        && text.len() <= TAG_LIMIT_CHARACTERS
        && text.chars().all(|c| word(c) || ".-".contains(c))
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}:{}", self.host, self.repository, self.tag)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_and_without_a_tag_are_parsed() {
        let name = Reference::parse("europe-west1-docker.pkg.dev/p/repo/hello:v1-2").unwrap();
        assert_eq!(
            (name.host.as_str(), name.repository.as_str(), name.tag.as_str()),
            ("europe-west1-docker.pkg.dev", "p/repo/hello", "v1-2")
        );
        assert_eq!(
            Reference::parse("host:80/p/repo/a/b").unwrap().to_string(),
            "host:80/p/repo/a/b:latest"
        );
    }

    #[test]
    fn names_that_cannot_be_pushed_to_are_rejected() {
        for text in [
            "",
            "host",
            "host/p/r",
            "host/p/r/i@sha256:00",
            "host/P/r/i",
            "host/p//i",
            "host/p/r/i:",
            "host/p/r/i:a:b",
            "/p/r/i",
        ] {
            assert_eq!(Reference::parse(text), None, "{text}");
        }
    }
}
