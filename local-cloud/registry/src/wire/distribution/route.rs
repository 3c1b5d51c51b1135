//! Parsing of paths, and of the location in the host name.

use axum::http::{HeaderMap, Uri, header};

use super::error::DistributionError;
use crate::core::is_path_component;

/// Maximum length of a name in a path: the limit that clients observe.
const NAME_LIMIT_CHARS: usize = 255;

/// A path of the API.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Route {
    /// `/v2/`, which clients request first.
    Base,
    /// `/v2/_catalog`: the names of all images.
    Catalog,
    /// A part of an image.
    Image(Name, Part),
}

/// The part of an image that a path addresses.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// `…/blobs/DIGEST`
    Blob(String),
    /// `…/blobs/uploads/`
    Uploads,
    /// `…/blobs/uploads/ID`
    Upload(String),
    /// `…/manifests/TAG-OR-DIGEST`
    Manifest(String),
    /// `…/tags/list`
    Tags,
    /// `…/referrers/DIGEST`
    Referrers(String),
}

/// The name of an image in a path, which has no location.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) project: String,
    pub(super) repository: String,
    pub(super) image: String,
}

impl Route {
    /// # Errors
    /// `NAME_INVALID` when the name is malformed or too short, `UNSUPPORTED` when it is not a path
    /// of this API.
    pub(super) fn parse(path: &str) -> Result<Self, DistributionError> {
        let unsupported = || DistributionError::unsupported(path);
        let rest = path.strip_prefix("/v2").ok_or_else(unsupported)?;
        if rest.is_empty() || rest == "/" {
            return Ok(Self::Base);
        }
        if rest == "/_catalog" {
            return Ok(Self::Catalog);
        }
        let segments: Vec<&str> =
            rest.strip_prefix('/').ok_or_else(unsupported)?.split('/').collect();
        // From the end: an image may itself be called `blobs` or `manifests`.
        let (name, part) = match segments.as_slice() {
            [name @ .., "blobs", "uploads"] | [name @ .., "blobs", "uploads", ""] => {
                (name, Part::Uploads)
            }
            [name @ .., "blobs", "uploads", id] => (name, Part::Upload((*id).to_owned())),
            [name @ .., "blobs", digest] => (name, Part::Blob((*digest).to_owned())),
            [name @ .., "manifests", reference] => (name, Part::Manifest((*reference).to_owned())),
            [name @ .., "tags", "list"] => (name, Part::Tags),
            [name @ .., "referrers", digest] => (name, Part::Referrers((*digest).to_owned())),
            _ => return Err(unsupported()),
        };
        Ok(Self::Image(Name::parse(name)?, part))
    }
}

impl Name {
    fn parse(segments: &[&str]) -> Result<Self, DistributionError> {
        if let Some(bad) = segments.iter().find(|segment| !is_path_component(segment)) {
            let message = format!(
                "{bad:?} is not a valid component of an image name: it can contain lowercase letters, digits, and . _ - between them"
            );
            return Err(DistributionError::name_invalid(message));
        }
        let name = Self::of_text(&segments.join("/"));
        name.ok_or_else(|| {
            DistributionError::name_invalid(
                "Missing image name. Pushes should be of the form docker push HOST-NAME/PROJECT-ID/REPOSITORY/IMAGE",
            )
        })
    }

    /// Parses a text like `PROJECT/REPOSITORY/IMAGE…`; `None` if it is too short or too long. The
    /// project of a domain, `example.com:p`, is two parts of it, and no other project has a dot.
    pub(super) fn of_text(text: &str) -> Option<Self> {
        let (first, rest) = text.split_once('/')?;
        let (project, rest) = match first.contains('.') {
            true => {
                let (project, rest) = rest.split_once('/')?;
                (format!("{first}:{project}"), rest)
            }
            false => (first.to_owned(), rest),
        };
        let (repository, image) = rest.split_once('/')?;
        let (repository, image) = (repository.to_owned(), image.to_owned());
        (text.len() <= NAME_LIMIT_CHARS).then_some(Self { project, repository, image })
    }

    /// The path prefix of everything in the image.
    pub(super) fn path(&self) -> String {
        format!("/v2/{self}")
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let project = self.project.replacen(':', "/", 1);
        write!(f, "{project}/{}/{}", self.repository, self.image)
    }
}

/// The location that a caller requests by the host `LOCATION-docker.pkg.dev`; `None` for other
/// hosts.
pub(super) fn requested_location(uri: &Uri, headers: &HeaderMap) -> Option<String> {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    // HTTP/2 has no `Host` header.
    let host = host.or_else(|| uri.authority().map(axum::http::uri::Authority::as_str))?;
    let host = host.split(':').next().unwrap_or_default();
    host.strip_suffix("-docker.pkg.dev").map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(name: &str, part: Part) -> Route {
        Route::Image(Name::of_text(name).unwrap(), part)
    }

    #[test]
    fn paths_are_parsed_from_their_end() {
        let cases = [
            ("/v2", Route::Base),
            ("/v2/", Route::Base),
            ("/v2/_catalog", Route::Catalog),
            ("/v2/p/r/i/manifests/latest", image("p/r/i", Part::Manifest("latest".into()))),
            ("/v2/p/r/a/b/blobs/sha256:0", image("p/r/a/b", Part::Blob("sha256:0".into()))),
            ("/v2/p/r/i/blobs/uploads/", image("p/r/i", Part::Uploads)),
            ("/v2/p/r/i/blobs/uploads", image("p/r/i", Part::Uploads)),
            ("/v2/p/r/i/blobs/uploads/7", image("p/r/i", Part::Upload("7".into()))),
            ("/v2/p/r/manifests/manifests/x", image("p/r/manifests", Part::Manifest("x".into()))),
            ("/v2/p/r/tags/tags/list", image("p/r/tags", Part::Tags)),
            ("/v2/p/r/i/referrers/sha256:0", image("p/r/i", Part::Referrers("sha256:0".into()))),
        ];
        for (path, route) in cases {
            assert_eq!(Route::parse(path).unwrap(), route, "{path}");
        }
    }

    #[test]
    fn the_project_of_a_domain_is_two_components() {
        let name = Name::of_text("example.com/p/r/a/b").unwrap();
        let (project, repository, image) = ("example.com:p", "r", "a/b");
        let expected = [project, repository, image].map(str::to_owned);
        assert_eq!([name.project.clone(), name.repository.clone(), name.image.clone()], expected);
        assert_eq!(name.path(), "/v2/example.com/p/r/a/b");
        assert!(Route::parse("/v2/example.com/p/r/tags/list").is_err());
        assert!(Route::parse("/v2/example.com:p/r/a/tags/list").is_err());
    }

    #[test]
    fn a_name_needs_project_repository_and_image() {
        for path in [
            "/v2/p/r/manifests/latest",
            "/v2/p//i/manifests/latest",
            "/v2/P/r/i/tags/list",
            "/v2/p/r/../x/tags/list",
        ] {
            let error = format!("{:?}", Route::parse(path).unwrap_err());
            assert!(error.contains("NAME_INVALID"), "{path}: {error}");
        }
        for path in ["/", "/v1/p", "/v2/_other", "/v2x"] {
            let error = format!("{:?}", Route::parse(path).unwrap_err());
            assert!(error.contains("UNSUPPORTED"), "{path}: {error}");
        }
    }

    #[test]
    fn the_host_names_the_location() {
        let cases = [
            ("europe-west1-docker.pkg.dev", Some("europe-west1")),
            ("us-docker.pkg.dev:5000", Some("us")),
            ("127.0.0.1:5000", None),
            ("localhost", None),
        ];
        for (host, location) in cases {
            let headers = HeaderMap::from_iter([(header::HOST, host.parse().unwrap())]);
            assert_eq!(
                requested_location(&Uri::from_static("/v2/"), &headers).as_deref(),
                location,
                "{host}"
            );
        }
    }
}
