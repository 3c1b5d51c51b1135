//! The Functions Framework for Go: which one a function gets.
//! <https://github.com/GoogleCloudPlatform/functions-framework-go>

use crate::buildpack::contract::{BuildError, Workspace};

/// The framework's module.
pub(super) const MODULE: &str = "github.com/GoogleCloudPlatform/functions-framework-go";

/// What a function gets that does not ask for a version: what Google's buildpack injects.
/// <https://github.com/GoogleCloudPlatform/buildpacks/blob/main/cmd/go/functions_framework/lib/lib.go>
pub(super) const INJECTED: &str = "v1.9.2";

/// The framework in a binary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Framework {
    /// Such as `v1.9.2`.
    pub(super) version: String,
    /// Whether the build added it.
    pub(super) injected: bool,
}

impl Framework {
    /// The one that the source's `go.mod` or `vendor` has.
    pub(super) fn of_source(version: &str) -> Self {
        Self { version: version.to_owned(), injected: false }
    }

    /// The one that the build adds.
    ///
    /// # Errors
    /// When it must not.
    pub(super) fn inject(workspace: &Workspace) -> Result<Self, BuildError> {
        if workspace.is_on("GOOGLE_SKIP_FRAMEWORK_INJECTION") {
            return Err(BuildError::User(INJECTION_SKIPPED.to_owned()));
        }
        Ok(Self { version: INJECTED.to_owned(), injected: true })
    }

    /// What decides on how it is called.
    pub(super) fn generation(&self) -> Version {
        Version::parse(&self.version)
    }
}

const INJECTION_SKIPPED: &str = "Functions Framework must be set as a dependency when skipping automatic framework injection has \
                                 been enabled via GOOGLE_SKIP_FRAMEWORK_INJECTION";

/// A framework's version, as far as its functions depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version {
    pub(super) major: u32,
    pub(super) minor: u32,
}

impl Version {
    /// `v1.9.2` and `v1.9.3-0.20240101000000-abcdef` are 1.9. What is no version is the oldest one.
    fn parse(text: &str) -> Self {
        let mut numbers =
            text.trim_start_matches('v').split('.').map(|part| part.parse().unwrap_or(0));
        Self { major: numbers.next().unwrap_or(0), minor: numbers.next().unwrap_or(0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_their_numbers() {
        let of = |text| Version::parse(text);
        assert_eq!(of("v1.9.2"), Version { major: 1, minor: 9 });
        assert_eq!(of("v1.9.3-0.20240101000000-abcdef012345"), Version { major: 1, minor: 9 });
        assert!(of("v1.10.0") > of("v1.9.2") && of("v2.0.0") > of("v1.10.0"));
        assert!(of("v1.8.0-rc1") >= of("v1.8.0"));
        assert_eq!(of(""), Version { major: 0, minor: 0 });
    }

    #[test]
    fn nothing_is_injected_where_that_is_forbidden() {
        let workspace = |value: &str| {
            Workspace::new(
                "/x".into(),
                [("GOOGLE_SKIP_FRAMEWORK_INJECTION".to_owned(), value.to_owned())].into(),
            )
        };
        assert_eq!(
            Framework::inject(&workspace("")).unwrap(),
            Framework { version: INJECTED.to_owned(), injected: true }
        );
        let error = Framework::inject(&workspace("True")).unwrap_err().to_string();
        assert!(
            error.contains("skipping automatic framework injection has been enabled"),
            "{error}"
        );
    }
}
