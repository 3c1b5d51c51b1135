//! Names in a project, and names in a source.

use super::text::is_made_of;

pub(crate) const SERVICE_NAME: &str = "must have 1 to 49 lower-case letters, digits and hyphens, start with a letter, and not end with a hyphen";

/// <https://cloud.google.com/run/docs/reference/rest/v2/projects.locations.services/create>
/// (`serviceId`)
pub(crate) fn is_service_name(name: &str) -> bool {
    name.len() <= 49 && is_label_like(name)
}

/// For a name that the other flavour accepts.
pub(crate) const SERVICE_NAME_OF_RUN: &str = "must have 1 to 49 lower-case letters, digits and hyphens in the Run flavour, where it is the name of the Cloud Run service; the Functions flavour accepts up to 63 characters, capitals and underscores";

pub(crate) const FUNCTION_ID: &str = "must have 1 to 63 letters, digits, hyphens and underscores, start with a letter, and end with a letter or digit";

/// The Functions flavour's rule, which every name of a service fulfils.
///
/// The API's reference states "4-63 characters" and no capitals; gcloud and firebase-tools, which
/// deploy through the same method, accept what is accepted here.
/// <https://cloud.google.com/functions/docs/reference/rest/v2/projects.locations.functions/create>
/// (`functionId`)
pub(crate) fn is_function_id(name: &str) -> bool {
    let holds = |c: char, first: bool| {
        c.is_ascii_alphabetic() || (!first && (c.is_ascii_digit() || "-_".contains(c)))
    };
    name.len() <= 63 && is_made_of(name, holds) && !name.ends_with(['-', '_'])
}

pub(crate) const PROJECT: &str = "must be a project id: 6 to 30 lower-case letters, digits and hyphens, starting with a letter and not \
                                  ending with a hyphen, or such an id after a domain, as in example.com:my-project";

/// <https://cloud.google.com/resource-manager/docs/creating-managing-projects>. Old projects of an
/// organization have its domain in their ids, and shorter ids after it.
pub(crate) fn is_project(project: &str) -> bool {
    match project.split_once(':') {
        Some((domain, id)) => is_domain(domain) && id.len() <= 30 && is_label_like(id),
        None => (6..=30).contains(&project.len()) && is_label_like(project),
    }
}

/// A domain with at least one dot.
fn is_domain(domain: &str) -> bool {
    let is_alphanumeric = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let is_part = |part: &str| {
        part.len() <= 63
            && is_made_of(part, |c, first| is_alphanumeric(c) || (!first && c == '-'))
            && !part.ends_with('-')
    };
    domain.len() <= 253 && domain.contains('.') && domain.split('.').all(is_part)
}

/// Lower-case letters, digits and hyphens, starting with a letter and not ending with a hyphen.
fn is_label_like(name: &str) -> bool {
    is_made_of(name, |c, first| {
        c.is_ascii_lowercase() || (!first && (c.is_ascii_digit() || c == '-'))
    }) && !name.ends_with('-')
}

pub(crate) const TRAFFIC_TAG: &str = "must have at most 46 lower-case letters, digits and hyphens, begin with a letter, and not end with a \
     hyphen";

/// With the name of the service and a suffix of Google's, it is a label of a host name.
/// <https://cloud.google.com/run/docs/rollouts-rollbacks-traffic-migration#tags>
pub(crate) fn is_traffic_tag(tag: &str) -> bool {
    tag.len() <= 46 && is_label_like(tag)
}

pub(crate) const REGION: &str = "must be a region such as europe-west1";

/// Two words and a number. Whether the region exists is for Google to check.
pub(crate) fn is_region(region: &str) -> bool {
    let Some((continent, rest)) = region.split_once('-') else {
        return false;
    };
    let direction = rest.trim_end_matches(|c: char| c.is_ascii_digit());
    let is_word = |word: &str| is_made_of(word, |c, _| c.is_ascii_lowercase());
    region.len() <= 40 && is_word(continent) && is_word(direction) && direction.len() < rest.len()
}

pub(crate) const RUNTIME: &str =
    "must be a runtime id such as python312: lower-case letters, then digits";

/// <https://cloud.google.com/run/docs/runtime-support>
pub(crate) fn is_runtime(runtime: &str) -> bool {
    let language = runtime.trim_end_matches(|c: char| c.is_ascii_digit());
    runtime.len() <= 32 && is_made_of(language, |c, _| c.is_ascii_lowercase())
}

pub(crate) const ENTRY_POINT: &str = "must be the function's name in the source: at most 128 letters, digits, underscores, and dots or \
                                      hyphens between them, starting with a letter or underscore";

/// The union of what the languages need: identifiers, classes in packages (Java, .NET), and
/// registered names with hyphens (Node, Ruby).
pub(crate) fn is_entry_point(name: &str) -> bool {
    name.len() <= 128
        && is_made_of(name, |c, first| {
            c.is_ascii_alphabetic()
                || c == '_'
                || (!first && (c.is_ascii_digit() || ".-".contains(c)))
        })
        && !name.contains("..")
        && !name.ends_with(['.', '-'])
}

pub(crate) const MACHINE_TYPE: &str =
    "must be a machine type such as e2-standard-2 or E2_HIGHCPU_8";

/// <https://cloud.google.com/build/docs/api/reference/rest/v1/projects.builds#machinetype>
pub(crate) fn is_machine_type(name: &str) -> bool {
    name.len() <= 63
        && is_made_of(name, |c, first| c.is_ascii_alphanumeric() || (!first && "-_".contains(c)))
}

pub(crate) const BUCKET: &str = "must be a bucket name: 3 to 222 lower-case letters, digits, hyphens, underscores and dots, with a letter \
                                 or digit at both ends and at most 63 characters between two dots";

/// <https://cloud.google.com/storage/docs/buckets#naming>
pub(crate) fn is_bucket(name: &str) -> bool {
    let is_end = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let is_part =
        |part: &str| part.len() <= 63 && is_made_of(part, |c, _| is_end(c) || "-_".contains(c));
    (3..=222).contains(&name.len())
        && name.starts_with(is_end)
        && name.ends_with(is_end)
        && name.split('.').all(is_part)
}

pub(crate) const OBJECT: &str =
    "must be an object name: 1 to 1024 bytes without line breaks, neither . nor ..";

/// <https://cloud.google.com/storage/docs/objects#naming>
pub(crate) fn is_object(name: &str) -> bool {
    (1..=1024).contains(&name.len())
        && !name.contains(['\r', '\n', '\0'])
        && !matches!(name, "." | "..")
        && !name.starts_with(".well-known/acme-challenge/")
}

pub(crate) const DESCRIPTION: &str = "must have at most 512 characters";

/// <https://cloud.google.com/run/docs/reference/rest/v2/projects.locations.services#resource:-service>
pub(crate) fn is_description(text: &str) -> bool {
    text.chars().count() <= 512
}
