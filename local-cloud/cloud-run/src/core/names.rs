//! Resource names and their syntax.

use std::fmt;

use super::refusal::Refusal;

/// Service ids are shorter than this, so that with the suffix `-00001-abc` they still fit a DNS
/// label (Cloud Run, `service.proto`).
const SERVICE_ID_BELOW_CHARS: usize = 50;

/// A revision's name is a DNS label.
const REVISION_ID_MAX_CHARS: usize = 63;

/// `projects/P/locations/L/services/S`, taken apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ServiceName {
    pub(crate) project: String,
    pub(crate) location: String,
    pub(crate) service: String,
}

impl ServiceName {
    pub(crate) fn new(project: &str, location: &str, service: &str) -> Self {
        Self {
            project: project.to_owned(),
            location: location.to_owned(),
            service: service.to_owned(),
        }
    }

    /// Parses the full name of a service, or of a resource under it.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        let mut parts = name.split('/');
        let mut after =
            |collection| (parts.next() == Some(collection)).then(|| parts.next()).flatten();
        Some(Self::new(after("projects")?, after("locations")?, after("services")?))
    }

    /// `projects/P/locations/L`.
    pub(crate) fn parent(&self) -> String {
        format!("projects/{}/locations/{}", self.project, self.location)
    }

    /// The full name of one of its revisions.
    pub(crate) fn revision(&self, id: &str) -> String {
        format!("{self}/revisions/{id}")
    }

    pub(crate) fn operation(&self, id: &str) -> String {
        format!("{}/operations/{id}", self.parent())
    }
}

impl fmt::Display for ServiceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/services/{}", self.parent(), self.service)
    }
}

/// The project in a resource name.
pub(crate) fn project_of(name: &str) -> &str {
    name.split('/').nth(1).unwrap_or_default()
}

/// The last segment of a resource name.
pub(crate) fn short(name: &str) -> &str {
    name.rsplit_once('/').map_or(name, |(_, id)| id)
}

/// Rejects an id that is invalid for a new service.
pub(crate) fn check_service_id(id: &str) -> Result<(), Refusal> {
    if is_label(id) && id.len() < SERVICE_ID_BELOW_CHARS {
        return Ok(());
    }
    Err(Refusal::invalid(format!(
        "service_id: '{id}' is invalid: it must use only lowercase letters, digits and hyphens, \
         begin with a letter, not end with a hyphen, and be less than {SERVICE_ID_BELOW_CHARS} \
         characters"
    )))
}

/// Rejects a revision id that is invalid for the service.
pub(crate) fn check_revision_id(service: &str, id: &str) -> Result<(), Refusal> {
    let own_part =
        id.strip_prefix(service).and_then(|rest| rest.strip_prefix('-')).unwrap_or_default();
    if !own_part.is_empty() && is_label(id) && id.len() <= REVISION_ID_MAX_CHARS {
        return Ok(());
    }
    Err(Refusal::invalid(format!(
        "template.revision: '{id}' is invalid: it must be prefixed with the service name and a \
         hyphen ('{service}-'), use only lowercase letters, digits and hyphens, and be at most \
         {REVISION_ID_MAX_CHARS} characters"
    )))
}

/// The id that Cloud Run generates for a revision: `NAME-00001-abc`.
pub(crate) fn generated_revision_id(service: &str, generation: i64, random: u128) -> String {
    // Only consonants, as on Google, so that no words appear by chance.
    const LETTERS: [char; 16] =
        ['b', 'c', 'd', 'f', 'g', 'h', 'j', 'k', 'l', 'm', 'n', 'p', 'q', 'r', 's', 't'];
    let suffix: String =
        (0..3).map(|place| LETTERS[(random >> (4 * place) & 0xf) as usize]).collect();
    format!("{service}-{generation:05}-{suffix}")
}

pub(super) fn is_label(id: &str) -> bool {
    id.starts_with(|c: char| c.is_ascii_lowercase())
        && !id.ends_with('-')
        && id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn service_ids_follow_cloud_runs_rules() {
        for good in ["a", "hello", "a-1", &"a".repeat(49)] {
            assert!(check_service_id(good).is_ok(), "{good}");
        }
        for bad in ["", "1a", "a-", "A", "a_b", "a.b", &"a".repeat(50)] {
            assert!(
                matches!(check_service_id(bad).unwrap_err(), Refusal::InvalidArgument(_)),
                "{bad}"
            );
        }
    }

    #[test]
    fn revision_names_begin_with_the_services_name() {
        assert!(check_revision_id("hello", "hello-v1").is_ok());
        for bad in ["hello", "hello-", "other-v1", "hello-V1", &format!("hello-{}", "a".repeat(60))]
        {
            assert!(check_revision_id("hello", bad).is_err(), "{bad}");
        }
        assert!(check_revision_id("hello", &generated_revision_id("hello", 12, 77)).is_ok());
    }

    #[test]
    fn a_name_is_read_from_anything_under_the_service() {
        let name = ServiceName::new("p", "r", "s");
        assert_eq!(ServiceName::parse(&name.revision("s-1")), Some(name.clone()));
        assert_eq!(ServiceName::parse(&name.to_string()), Some(name));
        assert_eq!(ServiceName::parse("projects/p/locations/r"), None);
    }
}
