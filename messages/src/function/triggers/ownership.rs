//! Names of what has no labels. They say whose it is.

use super::{HASH_CHARS, TriggerOwner, hex};
use crate::ids::{FunctionRef, short_hash};

/// Characters of the hash of a fleet. It only narrows lists down: that of a function contains the
/// fleet as well.
const FLEET_HASH_CHARS: usize = 8;

/// Characters of the function's name, for people. An id has at most 100 characters
/// (`google.cloud.tasks.v2.Queue`).
const FUNCTION_CHARS_MAX: usize = 32;

impl TriggerOwner<'_> {
    /// Whether this is the resource name of one of its triggers,
    /// `projects/P/locations/R/COLLECTION/ID`.
    #[must_use]
    pub fn has_name(&self, name: &str, collection: &str) -> bool {
        let parts: Vec<&str> = name.split('/').collect();
        let ["projects", project, "locations", region, found, id] = parts[..] else { return false };
        let is_there =
            project == self.project && self.region.is_none_or(|expected| expected == region);
        let prefix = match self.function {
            Some(at) => prefix(self.fleet, at),
            None => fleet_prefix(self.fleet),
        };
        is_there && found == collection && id.starts_with(&prefix)
    }
}

/// The id of a function's trigger with this name: at most 100 letters, digits and hyphens. The same
/// trigger of the same function has the same id in every deployment.
pub(super) fn owned_id(fleet: &str, at: &FunctionRef, name: &str) -> String {
    let service = at.service_id();
    let shown = service.get(..FUNCTION_CHARS_MAX).unwrap_or(&service).trim_end_matches('-');
    format!("{}{shown}-{name}", prefix(fleet, at))
}

/// How the ids of a function's triggers start. No other function's do.
fn prefix(fleet: &str, at: &FunctionRef) -> String {
    let service = at.service_id();
    format!("{}{}-", fleet_prefix(fleet), hash(&[fleet, &at.region, &service], HASH_CHARS))
}

fn fleet_prefix(fleet: &str) -> String {
    format!("longshore-{}-", hash(&["fleet", fleet], FLEET_HASH_CHARS))
}

fn hash(parts: &[&str], chars: usize) -> String {
    hex(&short_hash(parts)).chars().take(chars).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(name: &str, region: &str) -> FunctionRef {
        FunctionRef { project: "p".into(), region: region.into(), name: name.into() }
    }

    fn name(fleet: &str, at: &FunctionRef, trigger: &str) -> String {
        let id = owned_id(fleet, at, trigger);
        format!("projects/{}/locations/{}/jobs/{id}", at.project, at.region)
    }

    #[test]
    fn the_name_of_a_trigger_says_whose_it_is() {
        let (hello, r) = (at("hello", "r"), "longshore");
        let ours = name(r, &hello, "1");
        assert!(TriggerOwner::function(r, &hello).has_name(&ours, "jobs"), "{ours}");
        assert!(TriggerOwner::fleet(r, "p").has_name(&ours, "jobs"));
        assert!(!TriggerOwner::function(r, &hello).has_name(&ours, "queues"));
        assert!(!TriggerOwner::fleet(r, "q").has_name(&ours, "jobs"));
        assert!(!TriggerOwner::fleet("other", "p").has_name(&ours, "jobs"));
        for foreign in [
            name("other", &hello, "1"),
            name(r, &at("hell", "r"), "1"),
            name(r, &at("hello-1", "r"), "1"),
            name(r, &at("hello", "s"), "1"),
            ours.replace("/locations/r/", "/locations/s/"),
            ours.replace("projects/p/", "projects/q/"),
            "projects/p/locations/r/jobs/by-hand".to_owned(),
            "by-hand".to_owned(),
        ] {
            assert!(!TriggerOwner::function(r, &hello).has_name(&foreign, "jobs"), "{foreign}");
        }
    }

    #[test]
    fn the_longest_id_is_one_of_cloud_tasks() {
        let long = at(&"a-".repeat(32)[..63], "northamerica-northeast1");
        let id = owned_id(&"fleet.".repeat(20), &long, &"n".repeat(30));
        assert!(id.len() <= 100, "{} {id}", id.len());
        assert!(id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'), "{id}");
        assert!(!id.contains("--"), "{id}");
    }
}
