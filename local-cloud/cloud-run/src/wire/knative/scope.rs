//! What the path of a call names.

use longshore_local_kit::rest::RestError;
use serde_json::Value;

use crate::core::ServiceName;

/// The project and the region of a path.
pub(super) struct Scope<'a> {
    pub(super) project: &'a str,
    /// `-` for all.
    pub(super) region: &'a str,
}

impl Scope<'_> {
    /// Checks that the names in a document are those of the path.
    pub(super) fn check(&self, body: &Value, id: &str) -> Result<(), RestError> {
        let given = |field: &str| {
            let given = body.get("metadata").and_then(|metadata| metadata.get(field));
            given.and_then(Value::as_str).filter(|given| !given.is_empty())
        };
        let refused = |field: &str, given: &str| {
            RestError::invalid(format!("metadata.{field}: '{given}' is not that of the path"))
        };
        if let Some(other) = given("name").filter(|name| *name != id) {
            return Err(refused("name", other));
        }
        // A project has a number as well.
        let is_number = |name: &str| name.bytes().all(|byte| byte.is_ascii_digit());
        let namespace = given("namespace").filter(|name| *name != self.project);
        if let Some(other) = namespace.filter(|name| !is_number(name) && !is_number(self.project)) {
            return Err(refused("namespace", other));
        }
        Ok(())
    }

    pub(super) fn service(&self, id: &str) -> ServiceName {
        ServiceName::new(self.project, self.region, id)
    }

    pub(super) fn contains(&self, name: &ServiceName) -> bool {
        name.project == self.project && (self.region == "-" || name.location == self.region)
    }
}
