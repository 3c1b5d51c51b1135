//! IAM policies of services that store and return them, without effect, and checks of the calls about
//! them.

mod requests;

use serde::{Deserialize, Serialize};

pub use self::requests::{Given, check_get, tested};
use crate::rest::RestError;

/// Versions of the format of a policy.
const VERSIONS: [i32; 3] = [0, 1, 3];

/// The fields of a policy. Google has `audit_configs` as well.
const FIELDS: [&str; 3] = ["bindings", "etag", "version"];

/// The etag that Google returns for a policy that was never set: `ACAB`.
const UNSET_ETAG: [u8; 3] = [0x00, 0x20, 0x01];

/// An IAM policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Version of the format: 0, 1 or 3.
    pub version: i32,
    pub bindings: Vec<Binding>,
    /// Changes whenever the policy changes.
    pub etag: Vec<u8>,
}

/// The members that have a role.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Binding {
    /// Such as `roles/pubsub.publisher`.
    pub role: String,
    /// Such as `allUsers`.
    pub members: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition: Option<Condition>,
}

/// A condition in the Common Expression Language (`google.type.Expr`). Stored and returned; has no
/// effect.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Condition {
    pub expression: String,
    pub title: String,
    pub description: String,
    /// Source location of the expression, for error messages.
    pub location: String,
}

/// Why a policy cannot be replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The given policy has the etag of an earlier one. The caller reads it again and retries.
    Stale,
    /// A binding has no role. Retrying does not help.
    NoRole,
    /// The format has no such version. Retrying does not help.
    Version(i32),
}

/// A policy that was never set, as Google returns it: `{"etag": "ACAB"}`.
impl Default for Policy {
    fn default() -> Self {
        Self { version: 0, bindings: Vec::new(), etag: UNSET_ETAG.to_vec() }
    }
}

impl Policy {
    /// Replaces this policy by the given one, which gets a new etag. A given policy without an etag
    /// replaces any other one.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn replaced_by(
        &self,
        given: Self,
        etag: impl FnOnce() -> Vec<u8>,
    ) -> Result<Self, Refused> {
        if !given.etag.is_empty() && given.etag != self.etag {
            return Err(Refused::Stale);
        }
        if given.bindings.iter().any(|binding| binding.role.is_empty()) {
            return Err(Refused::NoRole);
        }
        if !VERSIONS.contains(&given.version) {
            return Err(Refused::Version(given.version));
        }
        // Google's default of a policy that is set.
        let version = given.version.max(1);
        Ok(Self { etag: etag(), version, ..given })
    }
}

/// Checks a version that a caller sets or requests.
///
/// # Errors
/// `INVALID_ARGUMENT` with the field.
pub fn check_version(field: &str, version: i32) -> Result<(), RestError> {
    if VERSIONS.contains(&version) {
        return Ok(());
    }
    Err(RestError::invalid(format!("{field}: {version} is not 0, 1 or 3")))
}

/// Checks the mask of a new policy, which always replaces the bindings.
///
/// # Errors
/// `UNIMPLEMENTED` for a mask with another field, and for one without the bindings.
pub fn check_mask(paths: &[String]) -> Result<(), RestError> {
    if let Some(path) = paths.iter().find(|path| !FIELDS.contains(&path.as_str())) {
        let what = format!("the field {path} of a policy (update_mask)");
        return Err(RestError::unimplemented(what));
    }
    // The default mask is `bindings, etag`.
    if !paths.is_empty() && !paths.iter().any(|path| path == "bindings") {
        let what = "policies that are set without their bindings (update_mask)";
        return Err(RestError::unimplemented(what));
    }
    Ok(())
}

/// Checks the name of the resource of a policy: something in a project. Over REST, the path has one.
///
/// # Errors
/// `INVALID_ARGUMENT` for any other name.
pub fn check_resource(name: &str) -> Result<(), RestError> {
    let parts: Vec<&str> = name.split('/').collect();
    let is_in_project = matches!(parts[..], ["projects", _, _, _, ..]);
    if is_in_project && parts.iter().all(|part| !part.is_empty()) {
        return Ok(());
    }
    Err(RestError::invalid(format!("resource: '{name}' is not the name of a resource")))
}

/// Checks the permissions of a test.
///
/// # Errors
/// `INVALID_ARGUMENT` for a wildcard, which Google does not allow there.
pub fn check_permissions(permissions: &[String]) -> Result<(), RestError> {
    match permissions.iter().find(|permission| permission.contains('*')) {
        Some(pattern) => {
            Err(RestError::invalid(format!("permissions: '{pattern}' has a wildcard")))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rest::Code;

    #[test]
    fn what_a_policy_does_not_have_is_refused_by_name() {
        check_version("policy.version", 3).unwrap();
        let refused = check_version("policy.version", 2).unwrap_err();
        assert!(refused.message().contains("policy.version"), "{refused}");
        let mask = |paths: &[&str]| {
            check_mask(&paths.iter().map(|path| (*path).to_owned()).collect::<Vec<_>>())
        };
        mask(&[]).unwrap();
        mask(&["bindings", "etag"]).unwrap();
        for (refused, text) in [
            (mask(&["bindings", "audit_configs"]), "audit_configs"),
            (mask(&["etag"]), "update_mask"),
        ] {
            let refused = refused.unwrap_err();
            assert_eq!(refused.code(), Code::Unimplemented);
            assert!(refused.message().contains(text), "{refused}");
        }
        let given = |version| Policy { version, bindings: Vec::new(), etag: Vec::new() };
        let replaced = |version| Policy::default().replaced_by(given(version), Vec::new);
        assert_eq!(replaced(2), Err(Refused::Version(2)));
        assert_eq!(replaced(3).map(|policy| policy.version), Ok(3));
        check_resource("projects/p/topics/t").unwrap();
        for name in ["", "t", "projects/p", "projects//topics/t"] {
            assert!(check_resource(name).unwrap_err().message().contains("resource"), "{name}");
        }
        let permissions = |name: &str| check_permissions(&[name.to_owned()]);
        permissions("eventarc.triggers.get").unwrap();
        assert!(permissions("eventarc.*").unwrap_err().message().contains("permissions"));
    }
}
