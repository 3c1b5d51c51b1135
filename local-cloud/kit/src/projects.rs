//! Numbers of projects. On Google every project has one, and names of builds, buckets and service
//! accounts contain it.

use sha2::{Digest as _, Sha256};

/// Derived project numbers have twelve digits, as Google's do.
const SMALLEST_DERIVED_NUMBER: u64 = 100_000_000_000;

/// The one project whose number is configured; the number of every other one is derived from its
/// id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LocalProject {
    pub id: String,
    pub number: u64,
}

impl LocalProject {
    /// The number of a project that is named by its id or its number, with or without the prefix
    /// `projects/`. The same name always has the same number.
    #[must_use]
    pub fn number_of(&self, project: &str) -> u64 {
        let id = project.strip_prefix("projects/").unwrap_or(project);
        if id == self.id {
            return self.number;
        }
        id.parse().unwrap_or_else(|_| derived_number(id))
    }
}

fn derived_number(id: &str) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = <[u8; 32]>::from(Sha256::digest(id));
    SMALLEST_DERIVED_NUMBER
        + u64::from_be_bytes([a, b, c, d, e, f, g, h]) % (9 * SMALLEST_DERIVED_NUMBER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_has_one_number_whichever_way_it_is_named() {
        let local = LocalProject { id: "demo".to_owned(), number: 42 };
        assert_eq!(local.number_of("demo"), 42);
        assert_eq!(local.number_of("projects/demo"), 42);
        assert_eq!(local.number_of("projects/42"), 42);
        let other = local.number_of("other");
        assert_eq!(other.to_string().len(), 12);
        assert_eq!(local.number_of("projects/other"), other);
        assert_eq!(local.number_of(&other.to_string()), other);
        assert_ne!(local.number_of("another"), other);
    }
}
