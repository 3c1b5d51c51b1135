//! Resource names, service accounts and images.

use super::names::{is_project, is_region};
use super::text::{is_lower_hex, is_made_of};

/// Maximum length of a resource name, in bytes. Google's names are far shorter, and they all appear
/// in logs.
const NAME_BYTES_MAX: usize = 512;

/// Whether `name` is `projects/P/locations/R/KIND/ID`. The project may be an id or a number.
fn is_regional(name: &str, kind: &str) -> bool {
    let parts: Vec<&str> = name.split('/').collect();
    match parts[..] {
        ["projects", project, "locations", region, found, id] => {
            found == kind
                && is_project_or_number(project)
                && (is_region(region) || region == "global")
                && is_id(id)
        }
        _ => false,
    }
}

fn is_project_or_number(project: &str) -> bool {
    is_project(project) || is_made_of(project, |c, _| c.is_ascii_digit())
}

fn is_id(id: &str) -> bool {
    id.len() <= 255
        && is_made_of(id, |c, first| c.is_ascii_alphanumeric() || (!first && "-_.".contains(c)))
}

pub(crate) const WORKER_POOL: &str = "must be projects/PROJECT/locations/REGION/workerPools/POOL";

pub(crate) fn is_worker_pool(name: &str) -> bool {
    is_regional(name, "workerPools")
}

pub(crate) const CONNECTOR: &str = "must be projects/PROJECT/locations/REGION/connectors/CONNECTOR";

pub(crate) fn is_connector(name: &str) -> bool {
    is_regional(name, "connectors")
}

pub(crate) const NETWORK: &str =
    "must be the name of a network or subnetwork, short or starting with projects/PROJECT/";

/// Short or full name. Whether the network exists is for Google to check.
pub(crate) fn is_network(name: &str) -> bool {
    name.len() <= NAME_BYTES_MAX && name.split('/').all(is_id)
}

pub(crate) const REPOSITORY: &str = "must be projects/PROJECT/locations/REGION/repositories/NAME, \
     or the NAME of a repository in the project and region of the function";

pub(crate) fn is_repository(name: &str) -> bool {
    is_regional(name, "repositories")
}

/// The last part of the name of a repository: lower-case letters, digits and hyphens.
/// <https://cloud.google.com/artifact-registry/docs/repositories/create-repos>
pub(crate) fn is_repository_id(id: &str) -> bool {
    id.len() <= 63
        && !id.ends_with('-')
        && is_made_of(id, |c, first| {
            c.is_ascii_lowercase() || (!first && (c.is_ascii_digit() || c == '-'))
        })
}

pub(crate) const KMS_KEY: &str =
    "must be projects/PROJECT/locations/REGION/keyRings/RING/cryptoKeys/KEY, without a version";

/// The location of a key, from its name; `None` if it is not the name of a key.
/// <https://cloud.google.com/kms/docs/getting-resource-ids>
pub(crate) fn kms_key_location(name: &str) -> Option<&str> {
    let parts: Vec<&str> = name.split('/').collect();
    let is_part = |id: &str| {
        id.len() <= 63 && is_made_of(id, |c, _| c.is_ascii_alphanumeric() || "-_".contains(c))
    };
    match parts[..] {
        ["projects", project, "locations", location, "keyRings", ring, "cryptoKeys", key]
            if is_project_or_number(project) && [location, ring, key].into_iter().all(is_part) =>
        {
            Some(location)
        }
        _ => None,
    }
}

pub(crate) const CHANNEL: &str = "must be projects/PROJECT/locations/REGION/channels/CHANNEL";

pub(crate) fn is_channel(name: &str) -> bool {
    is_regional(name, "channels")
}

pub(crate) const OPERATION_NAME: &str =
    "must be projects/PROJECT/locations/REGION/operations/OPERATION";

pub(crate) fn is_operation_name(name: &str) -> bool {
    is_regional(name, "operations")
}

pub(crate) const BUILD_NAME: &str =
    "must be projects/PROJECT/locations/REGION/builds/BUILD or projects/PROJECT/builds/BUILD";

/// Cloud Build omits the location of builds in the global region.
pub(crate) fn is_build_name(name: &str) -> bool {
    let parts: Vec<&str> = name.split('/').collect();
    match parts[..] {
        ["projects", project, "builds", id] => is_project_or_number(project) && is_id(id),
        _ => is_regional(name, "builds"),
    }
}

pub(crate) const SERVICE_ACCOUNT_EMAIL: &str =
    "must be the email address of a service account, NAME@….gserviceaccount.com";

/// User-managed, Compute Engine default and App Engine default accounts.
/// <https://cloud.google.com/iam/docs/service-account-types>
pub(crate) fn is_service_account_email(email: &str) -> bool {
    let is_part = |part: &str| {
        is_made_of(part, |c, _| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.".contains(c))
    };
    let parts = email.strip_suffix(".gserviceaccount.com").and_then(|stem| stem.split_once('@'));
    email.len() <= NAME_BYTES_MAX
        && parts.is_some_and(|(name, owner)| is_part(name) && is_part(owner))
}

pub(crate) const SERVICE_ACCOUNT_NAME: &str =
    "must be projects/PROJECT/serviceAccounts/NAME@….gserviceaccount.com";

/// `-` stands for the project of the account.
pub(crate) fn is_service_account_name(name: &str) -> bool {
    let parts: Vec<&str> = name.split('/').collect();
    match parts[..] {
        ["projects", project, "serviceAccounts", email] => {
            (project == "-" || is_project(project)) && is_service_account_email(email)
        }
        _ => false,
    }
}

pub(crate) const BASE_IMAGE: &str =
    "must be an image without spaces, such as nodejs22 or HOST/PATH:TAG";

/// Cloud Run also accepts short names, and completes them.
pub(crate) fn is_base_image(image: &str) -> bool {
    let name = image.split_once('@').map_or(image, |(name, _)| name);
    let (path, tag) =
        name.rsplit_once(':').filter(|(_, tag)| !tag.contains('/')).unwrap_or((name, "latest"));
    image.len() <= NAME_BYTES_MAX
        && is_image_path(path)
        && is_tag(tag)
        && image.split_once('@').is_none_or(|(_, digest)| is_digest(digest))
}

pub(crate) const IMAGE_NAME: &str =
    "must be an image name HOST/PROJECT/REPOSITORY/IMAGE, without tag or digest";

pub(crate) fn is_image_name(name: &str) -> bool {
    name.len() <= NAME_BYTES_MAX && name.contains('/') && is_image_path(name)
}

pub(crate) const DIGEST: &str = "must be sha256: followed by 64 lower-case hexadecimal characters";

pub(crate) fn is_digest(digest: &str) -> bool {
    digest.strip_prefix("sha256:").is_some_and(|hex| is_lower_hex(hex, 64))
}

/// The host may have a port; the path has no upper-case letters.
/// <https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests>
fn is_image_path(path: &str) -> bool {
    let is_part = |part: &str| {
        is_made_of(part, |c, first| {
            c.is_ascii_lowercase() || c.is_ascii_digit() || (!first && "-_.".contains(c))
        })
    };
    let (host, rest) = path.split_once('/').unwrap_or((path, ""));
    let (host, port) = host.split_once(':').unwrap_or((host, "443"));
    let is_rest = rest.is_empty() || rest.split('/').all(is_part);
    is_part(host) && port.parse::<u16>().is_ok() && is_rest && !path.ends_with('/')
}

fn is_tag(tag: &str) -> bool {
    tag.len() <= 128
        && is_made_of(tag, |c, first| {
            c.is_ascii_alphanumeric() || c == '_' || (!first && "-.".contains(c))
        })
}
