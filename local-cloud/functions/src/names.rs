//! The names of everything that this API creates: buckets, objects, repositories, images, services.
//!
//! Pure. A client must read these names from the API's responses and never compute them: Google
//! documents some of them and changes them without notice. What is not documented is marked so.
//!
//! Sources: <https://cloud.google.com/functions/docs/building>, and for the encoding of images
//! `containerCleaner.ts` of <https://github.com/firebase/firebase-tools>.

use std::fmt;

use sha2::{Digest as _, Sha256};

/// The repository that Google creates in each region for the images of functions.
pub const DEFAULT_REPOSITORY: &str = "gcf-artifacts";

/// The name of the archive of a function's source, below the function's id.
const ARCHIVE: &str = "function-source.zip";

/// `function_id`: the pattern that gcloud checks, too. A service's name is shorter (see
/// [`service_id`]).
const FUNCTION_ID_MAX_CHARS: usize = 63;

/// Cloud Run's limit of a service's id (`service.proto`: less than 50 characters).
const SERVICE_ID_MAX_CHARS: usize = 49;

/// Digits of the hash that keeps shortened service ids apart.
const SERVICE_HASH_DIGITS: usize = 8;

/// Digits of the hash of a key in a bucket's name. With the longest region, the name has 61 of the
/// 63 characters that a bucket's name may have.
const KEY_HASH_DIGITS: usize = 12;

/// `projects/P/locations/L`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Location {
    pub project: String,
    pub id: String,
}

/// `projects/P/locations/L/functions/F`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FunctionName {
    pub location: Location,
    pub id: String,
}

impl Location {
    /// `None` for any other form.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        match name.split('/').collect::<Vec<_>>()[..] {
            ["projects", project, "locations", id] if is_plain(project) && is_plain(id) => {
                Some(Self { project: project.to_owned(), id: id.to_owned() })
            }
            _ => None,
        }
    }

    #[must_use]
    pub fn function(&self, id: &str) -> FunctionName {
        FunctionName { location: self.clone(), id: id.to_owned() }
    }

    #[must_use]
    pub fn operation(&self, id: &str) -> String {
        format!("{self}/operations/{id}")
    }
}

impl FunctionName {
    /// `None` for any other form.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let (location, id) = name.split_once("/functions/")?;
        Location::parse(location).filter(|_| is_plain(id)).map(|location| location.function(id))
    }

    /// The full name of the Cloud Run service that runs the function.
    #[must_use]
    pub fn service(&self) -> String {
        format!("{}/services/{}", self.location, service_id(&self.id))
    }

    /// The audience of identity tokens that Google accepts besides the service's own URL.
    #[must_use]
    pub fn audience(&self) -> String {
        format!(
            "https://{}-{}.cloudfunctions.net/{}",
            self.location.id, self.location.project, self.id
        )
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "projects/{}/locations/{}", self.project, self.id)
    }
}

impl fmt::Display for FunctionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/functions/{}", self.location, self.id)
    }
}

/// Project, location and id become map keys and parts of other names, so nothing in them may mean
/// more than a name.
fn is_plain(part: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':');
    !part.is_empty() && part.len() <= 128 && !part.starts_with('.') && part.chars().all(allowed)
}

/// Whether a function may have this id: 1 to 63 letters, digits, hyphens and underscores, beginning
/// with a letter and not ending with a hyphen or underscore.
#[must_use]
pub fn is_function_id(id: &str) -> bool {
    id.len() <= FUNCTION_ID_MAX_CHARS
        && id.starts_with(|c: char| c.is_ascii_alphabetic())
        && id.ends_with(|c: char| c.is_ascii_alphanumeric())
        && id.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
}

/// The id of the Cloud Run service of a function: in lower case, with hyphens instead of
/// underscores. What Google does with an id that is too long for a service is not documented; here
/// it is shortened, and a hash keeps it apart from others.
#[must_use]
pub fn service_id(function: &str) -> String {
    let id = function.to_ascii_lowercase().replace('_', "-");
    if id.len() <= SERVICE_ID_MAX_CHARS {
        return id;
    }
    let kept: String = id.chars().take(SERVICE_ID_MAX_CHARS - SERVICE_HASH_DIGITS - 1).collect();
    format!("{}-{}", kept.trim_end_matches('-'), hash(function, SERVICE_HASH_DIGITS))
}

/// The bucket that clients upload sources to. Real projects also have names with other separators.
/// Google does not document how uploads under a customer-managed key are protected: here, each key
/// has a bucket of its own.
#[must_use]
pub fn upload_bucket(project_number: u64, location: &str, kms_key: &str) -> String {
    let of_key = match kms_key {
        "" => String::new(),
        key => format!("-{}", hash(key, KEY_HASH_DIGITS)),
    };
    format!("gcf-v2-uploads-{project_number}-{location}{of_key}.cloudfunctions.appspot.com")
}

/// The object of an upload. `random` makes it unique.
#[must_use]
pub fn upload_object(random: &str) -> String {
    format!("{random}.zip")
}

/// The bucket of the sources of deployed functions. Under a customer-managed key it is another one
/// for each key; how Google computes the hash in its name is not documented.
#[must_use]
pub fn source_bucket(project_number: u64, location: &str, kms_key: &str) -> String {
    match kms_key {
        "" => format!("gcf-v2-sources-{project_number}-{location}"),
        key => format!("gcf-sources-{project_number}-{location}-{}", hash(key, KEY_HASH_DIGITS)),
    }
}

/// The object of a function's source. The case of the id is kept.
#[must_use]
pub fn source_object(function: &str) -> String {
    format!("{function}/{ARCHIVE}")
}

/// `projects/P/locations/L/repositories/gcf-artifacts`.
#[must_use]
pub fn default_repository(location: &Location) -> String {
    format!("{location}/repositories/{DEFAULT_REPOSITORY}")
}

/// The last part of an image's path, which names project, location and function.
#[must_use]
pub fn package(name: &FunctionName) -> String {
    let parts = [&name.location.project, &name.location.id, &name.id];
    parts.map(|part| encode(part)).join("__")
}

/// The image of a version of a function, in `repository` (`projects/P/locations/L/repositories/R`).
/// `None` if that is not the name of a repository.
#[must_use]
pub fn image(name: &FunctionName, repository: &str, version: u64) -> Option<String> {
    match repository.split('/').collect::<Vec<_>>()[..] {
        ["projects", project, "locations", location, "repositories", id]
            if [project, location, id].into_iter().all(is_plain) =>
        {
            // The project of a domain, `example.com:project`, is two parts of a path.
            let project = project.replace(':', "/");
            let package = package(name);
            Some(format!("{location}-docker.pkg.dev/{project}/{id}/{package}:version_{version}"))
        }
        _ => None,
    }
}

/// Docker's names have no capitals, and `__` separates the parts. Each character is replaced by itself,
/// whatever is beside it, so the result may have more separators in a row than OCI's grammar permits.
fn encode(part: &str) -> String {
    let mut encoded = String::new();
    for (position, c) in part.chars().enumerate() {
        match c {
            '_' => encoded.push_str("__"),
            '-' => encoded.push_str("--"),
            // Not documented: the colon of a domain's project cannot be part of an image's name.
            ':' => encoded.push('.'),
            c if c.is_ascii_uppercase() => {
                let lower = c.to_ascii_lowercase();
                if position == 0 {
                    encoded.extend([lower, '-', lower]);
                } else {
                    encoded.extend(['_', lower]);
                }
            }
            c => encoded.push(c),
        }
    }
    encoded
}

/// The account that acts for Cloud Functions.
#[must_use]
pub fn service_agent(project_number: u64) -> String {
    format!("service-{project_number}@gcf-admin-robot.iam.gserviceaccount.com")
}

/// The account that functions run as by default.
#[must_use]
pub fn default_account(project_number: u64) -> String {
    format!("{project_number}-compute@developer.gserviceaccount.com")
}

fn hash(text: &str, digits: usize) -> String {
    let hex: String = Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect();
    hex.chars().take(digits).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "projects/p/locations/europe-west1/keyRings/r/cryptoKeys/k";

    fn name(project: &str, location: &str, id: &str) -> FunctionName {
        Location { project: project.to_owned(), id: location.to_owned() }.function(id)
    }

    #[test]
    fn names_are_those_of_google_with_and_without_a_key() {
        let hello = name("my-project", "europe-west1", "helloWorld");
        let custom = "projects/other/locations/europe-west1/repositories/mine";
        for (what, found, expected) in [
            (
                "upload bucket",
                upload_bucket(42, "europe-west1", ""),
                "gcf-v2-uploads-42-europe-west1.cloudfunctions.appspot.com",
            ),
            (
                "upload bucket under a key",
                upload_bucket(42, "europe-west1", KEY),
                "gcf-v2-uploads-42-europe-west1-b1cf96b8a5cd.cloudfunctions.appspot.com",
            ),
            ("upload object", upload_object("0b1c"), "0b1c.zip"),
            (
                "source bucket",
                source_bucket(42, "us-central1", ""),
                "gcf-v2-sources-42-us-central1",
            ),
            (
                "source bucket under a key",
                source_bucket(42, "europe-west1", KEY),
                "gcf-sources-42-europe-west1-b1cf96b8a5cd",
            ),
            ("source object", source_object("helloWorld"), "helloWorld/function-source.zip"),
            (
                "repository",
                default_repository(&hello.location),
                "projects/my-project/locations/europe-west1/repositories/gcf-artifacts",
            ),
            (
                "image",
                image(&hello, &default_repository(&hello.location), 1).unwrap(),
                "europe-west1-docker.pkg.dev/my-project/gcf-artifacts/my--project__europe--west1__hello_world:version_1",
            ),
            (
                "image in another repository",
                image(&hello, custom, 12).unwrap(),
                "europe-west1-docker.pkg.dev/other/mine/my--project__europe--west1__hello_world:version_12",
            ),
            (
                "service",
                hello.service(),
                "projects/my-project/locations/europe-west1/services/helloworld",
            ),
            (
                "audience",
                hello.audience(),
                "https://europe-west1-my-project.cloudfunctions.net/helloWorld",
            ),
            ("agent", service_agent(42), "service-42@gcf-admin-robot.iam.gserviceaccount.com"),
            ("account", default_account(42), "42-compute@developer.gserviceaccount.com"),
        ] {
            assert_eq!(found, expected, "{what}");
        }
        let longest = source_bucket(999_999_999_999, "northamerica-northeast1", KEY);
        assert!(longest.len() <= 63, "{longest}");
        assert_ne!(source_bucket(1, "r", "a"), source_bucket(1, "r", "b"));
    }

    #[test]
    fn images_are_encoded_as_googles_tools_expect() {
        // The first is from a live project, in the comments of firebase-tools.
        for (project, location, id, package_name) in [
            (
                "inlined-junkdrawer",
                "us-central1",
                "ejectRequest",
                "inlined--junkdrawer__us--central1__eject_request",
            ),
            ("p", "r", "Hello", "p__r__h-hello"),
            ("p", "r", "snake_case", "p__r__snake__case"),
            ("p", "r", "a-b", "p__r__a--b"),
            ("p", "r", "HTTPCall", "p__r__h-h_t_t_p_call"),
            ("p", "r", "Take_Orders", "p__r__t-take___orders"),
            ("p", "r", "a-B", "p__r__a--_b"),
            ("example.com:p", "r", "f", "example.com.p__r__f"),
        ] {
            assert_eq!(package(&name(project, location, id)), package_name);
        }
        assert_eq!(image(&name("p", "r", "f"), "gcf-artifacts", 1), None);
        let of_domain = image(
            &name("example.com:p", "r", "f"),
            "projects/example.com:p/locations/r/repositories/x",
            1,
        );
        assert_eq!(
            of_domain.unwrap(),
            "r-docker.pkg.dev/example.com/p/x/example.com.p__r__f:version_1"
        );
    }

    #[test]
    fn a_function_may_have_names_that_its_service_may_not() {
        for (id, service) in [
            ("hello", "hello".to_owned()),
            ("helloWorld_2", "helloworld-2".to_owned()),
            (&"a".repeat(49), "a".repeat(49)),
            (&"a".repeat(63), format!("{}-7d3e74a0", "a".repeat(40))),
        ] {
            assert!(is_function_id(id), "{id}");
            assert_eq!(service_id(id), service, "{id}");
            assert!(service_id(id).len() <= 49);
        }
        let apart = [format!("{}x", "a".repeat(50)), format!("{}y", "a".repeat(50))];
        assert_ne!(service_id(&apart[0]), service_id(&apart[1]));
        for bad in ["", "1a", "-a", "a-", "a_", "a.b", "a/b", "ä", &"a".repeat(64)] {
            assert!(!is_function_id(bad), "{bad}");
        }
    }

    #[test]
    fn names_are_parsed_and_written() {
        let text = "projects/p/locations/r/functions/f";
        assert_eq!(FunctionName::parse(text).unwrap().to_string(), text);
        for bad in [
            "",
            "projects/p/locations/r",
            "projects/p/locations/r/functions/",
            "projects/p/locations/r/functions/f/g",
            "projects//locations/r/functions/f",
            "projects/p/locations/../functions/f",
        ] {
            assert_eq!(FunctionName::parse(bad), None, "{bad}");
        }
    }
}
