//! The names of triggers, and of the topics and subscriptions that Eventarc makes for them.
//!
//! Pure. Names of subscriptions: <https://cloud.google.com/eventarc/docs/retry-events>. Topics are
//! named the same way, without `sub`.

use std::fmt;

/// Longest id of a trigger, in characters.
const TRIGGER_ID_MAX_CHARS: usize = 63;

/// Numbers that keep the transport of triggers apart which had the same name one after the other.
const TRANSPORT_NUMBERS: u128 = 1000;

/// `projects/P/locations/L`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Location {
    pub(crate) project: String,
    pub(crate) id: String,
}

/// `projects/P/locations/L/triggers/T`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct TriggerName {
    pub(crate) location: Location,
    pub(crate) id: String,
}

impl Location {
    /// `None` for any other form.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        match name.split('/').collect::<Vec<_>>()[..] {
            ["projects", project, "locations", id] if is_plain(project) && is_plain(id) => {
                Some(Self { project: project.to_owned(), id: id.to_owned() })
            }
            _ => None,
        }
    }

    pub(crate) fn trigger(&self, id: &str) -> TriggerName {
        TriggerName { location: self.clone(), id: id.to_owned() }
    }

    pub(crate) fn operation(&self, id: &str) -> String {
        format!("{self}/operations/{id}")
    }

    /// The full name of a Cloud Run service in a region of the same project.
    pub(crate) fn service(&self, region: &str, service: &str) -> String {
        format!("projects/{}/locations/{region}/services/{service}", self.project)
    }
}

impl TriggerName {
    /// `None` for any other form.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        let (location, id) = name.split_once("/triggers/")?;
        Location::parse(location).filter(|_| is_plain(id)).map(|location| location.trigger(id))
    }

    /// The topic that Eventarc makes. `random` chooses its number.
    pub(crate) fn topic(&self, random: u128) -> String {
        format!("projects/{}/topics/{}-{}", self.location.project, self.prefix(), number(random))
    }

    /// The subscription. `random` chooses its number.
    pub(crate) fn subscription(&self, random: u128) -> String {
        let (project, prefix) = (&self.location.project, self.prefix());
        format!("projects/{project}/subscriptions/{prefix}-sub-{}", number(random))
    }

    fn prefix(&self) -> String {
        format!("eventarc-{}-{}", self.location.id, self.id)
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "projects/{}/locations/{}", self.project, self.id)
    }
}

impl fmt::Display for TriggerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/triggers/{}", self.location, self.id)
    }
}

fn number(random: u128) -> String {
    format!("{:03}", random % TRANSPORT_NUMBERS)
}

/// Whether a trigger may have this id: up to 63 lowercase letters, digits and hyphens, beginning with
/// a letter and not ending with a hyphen.
pub(crate) fn is_trigger_id(id: &str) -> bool {
    id.len() <= TRIGGER_ID_MAX_CHARS
        && id.starts_with(|c: char| c.is_ascii_lowercase())
        && !id.ends_with('-')
        && id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

/// Project, location and id become map keys and parts of other names, so nothing in them may mean
/// more than a name.
fn is_plain(part: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':');
    !part.is_empty() && part.len() <= 128 && !part.starts_with('.') && part.chars().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trigger_names_its_topic_and_subscription_as_google_does() {
        let name =
            TriggerName::parse("projects/p/locations/us-central1/triggers/trigger-x").unwrap();
        assert_eq!(name.topic(1_758), "projects/p/topics/eventarc-us-central1-trigger-x-758");
        assert_eq!(
            name.subscription(7),
            "projects/p/subscriptions/eventarc-us-central1-trigger-x-sub-007"
        );
        for bad in ["projects/p/triggers/t", "projects/p/locations/l/triggers/a/b", ""] {
            assert_eq!(TriggerName::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn ids_follow_googles_rules() {
        for good in ["a", "a-1", &"a".repeat(63)] {
            assert!(is_trigger_id(good), "{good}");
        }
        for bad in ["", "A", "1a", "a-", "a_b", &"a".repeat(64)] {
            assert!(!is_trigger_id(bad), "{bad}");
        }
    }
}
