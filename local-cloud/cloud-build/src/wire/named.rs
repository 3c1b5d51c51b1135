//! What names a build besides the path: fields of a request, or parameters of its query.

use longshore_local_kit::rest::{Call, RestError};
use serde::Deserialize;

use crate::core::Record;
use crate::service::Service;

/// Region of a path without a location: any region.
pub(super) const ANY_REGION: &str = "-";

/// The request to cancel or to retry a build.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Named {
    #[serde(alias = "project_id")]
    project_id: String,
    id: String,
    name: String,
}

impl Named {
    pub(super) fn of_query(call: &Call) -> Self {
        let text = |name: &str| call.query(name).to_owned();
        Self { project_id: text("projectId"), id: text("id"), name: text("name") }
    }

    /// Checks that everything that is given names this build.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` with the field.
    pub(super) fn check(&self, service: &Service, record: &Record) -> Result<(), RestError> {
        let project = &record.spec.project;
        check_project(service, project, &self.project_id)?;
        if !self.id.is_empty() && self.id != record.id {
            return Err(mismatch("id", &self.id));
        }
        let is_own = |given: &str, id: &str| {
            id == record.id && check_project(service, project, given).is_ok()
        };
        let is_name = match self.name.split('/').collect::<Vec<_>>()[..] {
            [""] => true,
            ["projects", project, "builds", id] => is_own(project, id),
            ["projects", project, "locations", region, "builds", id] => {
                is_own(project, id) && (region == ANY_REGION || region == record.spec.region)
            }
            _ => false,
        };
        if is_name { Ok(()) } else { Err(mismatch("name", &self.name)) }
    }
}

/// Checks that `projectId`, if it is given, is the project of the path.
///
/// # Errors
/// `INVALID_ARGUMENT` with the field.
pub(super) fn check_project(
    service: &Service,
    project: &str,
    given: &str,
) -> Result<(), RestError> {
    let number_of = |project: &str| service.names().projects.number_of(project);
    if given.is_empty() || number_of(given) == number_of(project) {
        return Ok(());
    }
    Err(mismatch("projectId", given))
}

/// The error for a field or a parameter.
pub(super) fn mismatch(name: &str, given: &str) -> RestError {
    RestError::invalid(format!("{name}: '{given}' does not name what the URL names"))
}
