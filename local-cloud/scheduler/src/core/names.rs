//! `projects/P/locations/L/jobs/J`.

use std::fmt;

use super::Refusal;

/// Maximum length of a job's id (`Job.name`).
const ID_MAX: usize = 500;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LocationName {
    pub(crate) project: String,
    pub(crate) location: String,
}

impl LocationName {
    /// # Errors
    /// [`Refusal::Invalid`].
    pub(crate) fn parse(name: &str) -> Result<Self, Refusal> {
        let is_id = |id: &str| {
            let is_allowed = |c: char| c.is_ascii_alphanumeric() || "-:.".contains(c);
            !id.is_empty() && id.chars().all(is_allowed)
        };
        match name.split('/').collect::<Vec<_>>()[..] {
            ["projects", project, "locations", location] if is_id(project) && is_id(location) => {
                Ok(Self { project: project.to_owned(), location: location.to_owned() })
            }
            _ => Err(Refusal::Invalid(format!(
                "{name:?}: must be formatted projects/PROJECT_ID/locations/LOCATION_ID"
            ))),
        }
    }
}

impl fmt::Display for LocationName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "projects/{}/locations/{}", self.project, self.location)
    }
}

/// Checks the full name of a job.
///
/// # Errors
/// [`Refusal::Invalid`].
pub(crate) fn check_job(name: &str) -> Result<(), Refusal> {
    let parts = name.split_once("/jobs/");
    let is_job = parts.is_some_and(|(location, id)| {
        let is_allowed = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
        LocationName::parse(location).is_ok()
            && (1..=ID_MAX).contains(&id.len())
            && id.chars().all(is_allowed)
    });
    if is_job {
        return Ok(());
    }
    Err(Refusal::Invalid(format!(
        "Job.name {name:?}: must be formatted projects/PROJECT_ID/locations/LOCATION_ID/jobs/JOB_ID, \
         with at most 500 letters, digits, hyphens and underscores in JOB_ID"
    )))
}
