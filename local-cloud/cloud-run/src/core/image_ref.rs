//! Image references: `HOST/PATH[:TAG][@DIGEST]`.

use std::fmt;

/// A registry host, a repository path, and a tag or digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ImageRef {
    /// Registry host, such as `europe-west1-docker.pkg.dev`.
    pub(crate) host: String,
    /// Repository path below the host, such as `project/repository/image`.
    pub(crate) path: String,
    /// A tag, or `sha256:…`.
    pub(crate) reference: String,
}

impl ImageRef {
    /// Parses a reference. The default tag is `latest`, the default host is Docker Hub. A digest
    /// takes precedence over a tag.
    ///
    /// `None` if this is not an image reference.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (name, digest) = match text.split_once('@') {
            Some((name, digest)) => (name, Some(digest)),
            None => (text, None),
        };
        let (host, rest) = match name.split_once('/') {
            Some((host, rest)) if host.contains(['.', ':']) || host == "localhost" => (host, rest),
            _ => ("docker.io", name),
        };
        let (path, tag) = match rest.rsplit_once(':') {
            Some((path, tag)) => (path, tag),
            None => (rest, "latest"),
        };
        let reference = digest.unwrap_or(tag);
        let is_valid = is_path(path) && digest.map_or_else(|| is_tag(tag), is_digest);
        is_valid.then(|| Self {
            host: host.to_owned(),
            path: path.to_owned(),
            reference: reference.to_owned(),
        })
    }

    /// The same image, named by its digest.
    pub(crate) fn pinned(&self, digest: &str) -> Self {
        Self { reference: digest.to_owned(), ..self.clone() }
    }

    /// The digest, if the reference has one.
    pub(crate) fn digest(&self) -> Option<&str> {
        Some(self.reference.as_str()).filter(|reference| is_digest(reference))
    }
}

impl fmt::Display for ImageRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let separator = if self.digest().is_some() { '@' } else { ':' };
        write!(f, "{}/{}{separator}{}", self.host, self.path, self.reference)
    }
}

fn is_path(path: &str) -> bool {
    let allowed =
        |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_' | '-');
    path.split('/').all(|part| {
        part.starts_with(|c: char| c.is_ascii_alphanumeric()) && part.chars().all(allowed)
    })
}

fn is_tag(tag: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    (1..=128).contains(&tag.len()) && tag.chars().all(allowed)
}

fn is_digest(digest: &str) -> bool {
    digest.strip_prefix("sha256:").is_some_and(|hex| {
        hex.len() == 64 && hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_parsed_as_docker_parses_them() {
        let digest = format!("sha256:{}", "0a".repeat(32));
        for (text, whole) in [
            (
                "r-docker.pkg.dev/p/repo/img:v1".to_owned(),
                "r-docker.pkg.dev/p/repo/img:v1".to_owned(),
            ),
            (
                "r-docker.pkg.dev/p/repo/img".to_owned(),
                "r-docker.pkg.dev/p/repo/img:latest".to_owned(),
            ),
            (format!("127.0.0.1:5000/img:v1@{digest}"), format!("127.0.0.1:5000/img@{digest}")),
            ("nginx".to_owned(), "docker.io/nginx:latest".to_owned()),
        ] {
            assert_eq!(ImageRef::parse(&text).unwrap().to_string(), whole);
        }
        for bad in [
            "",
            "host.dev/",
            "host.dev/A",
            "host.dev/a/../b",
            "host.dev/a@sha256:1",
            "host.dev/a:",
            "host.dev/a b",
        ] {
            assert_eq!(ImageRef::parse(bad), None, "{bad}");
        }
    }
}
