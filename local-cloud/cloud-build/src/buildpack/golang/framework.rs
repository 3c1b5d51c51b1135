//! The Functions Framework for Go, and the version that a function gets.

use crate::buildpack::contract::{BuildError, Workspace};

pub(super) const MODULE: &str = "github.com/GoogleCloudPlatform/functions-framework-go";

/// The version for a function that requests none, as injected by Google's buildpack.
pub(super) const INJECTED: &str = "v1.9.2";

/// The framework of a binary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Framework {
    /// Such as `v1.9.2`.
    pub(super) version: String,
    /// Whether the build injected it.
    pub(super) injected: bool,
}

impl Framework {
    /// The one in the source's `go.mod` or `vendor`.
    pub(super) fn of_source(version: &str) -> Self {
        Self { version: version.to_owned(), injected: false }
    }

    /// The one that the build injects.
    ///
    /// # Errors
    /// If injection is disabled.
    pub(super) fn inject(workspace: &Workspace) -> Result<Self, BuildError> {
        if workspace.is_on("GOOGLE_SKIP_FRAMEWORK_INJECTION") {
            return Err(BuildError::User(INJECTION_SKIPPED.to_owned()));
        }
        Ok(Self { version: INJECTED.to_owned(), injected: true })
    }

    /// The part of the version that determines how the framework is called.
    pub(super) fn generation(&self) -> Version {
        Version::parse(&self.version)
    }
}

const INJECTION_SKIPPED: &str = "Functions Framework must be set as a dependency when skipping automatic framework injection has \
                                 been enabled via GOOGLE_SKIP_FRAMEWORK_INJECTION";

/// The part of a framework's version that affects generated code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version {
    pub(super) major: u32,
    pub(super) minor: u32,
}

impl Version {
    /// `v1.9.2` and `v1.9.3-0.20240101000000-abcdef` are 1.9. Invalid text is the oldest version.
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
    fn versions_are_compared_numerically() {
        let of = |text| Version::parse(text);
        assert_eq!(of("v1.9.2"), Version { major: 1, minor: 9 });
        assert_eq!(of("v1.9.3-0.20240101000000-abcdef012345"), Version { major: 1, minor: 9 });
        assert!(of("v1.10.0") > of("v1.9.2") && of("v2.0.0") > of("v1.10.0"));
        assert!(of("v1.8.0-rc1") >= of("v1.8.0"));
        assert_eq!(of(""), Version { major: 0, minor: 0 });
    }

    #[test]
    fn nothing_is_injected_if_injection_is_disabled() {
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
