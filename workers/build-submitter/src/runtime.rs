//! What makes a build use the requested version of a runtime. Pure.
//!
//! On Google, the variable `GOOGLE_RUNTIME` only selects the language. The version comes from the
//! base image, and from `GOOGLE_RUNTIME_VERSION`, without which the buildpacks take the version
//! that the source names, or the newest one
//! (<https://cloud.google.com/run/docs/configuring/services/runtime-base-images>,
//! <https://cloud.google.com/docs/buildpacks/set-environment-variables>).

use longshore_messages::Function;

/// Languages whose ids hold the major version in one digit, and the minor version after it:
/// `python312`.
const WITH_MINOR: [&str; 4] = ["python", "go", "php", "ruby"];

/// Languages whose buildpacks take a version as the ids have it: `3.12`, `22`. .NET's wants the
/// version of an SDK, and Ruby's rejects one that differs from a patch version in `Gemfile.lock`.
const VERSIONED: [&str; 5] = ["python", "nodejs", "go", "java", "php"];

/// The base image to build on: the requested one, or that of the runtime, which Cloud Run accepts by
/// its id. Empty for a runtime that names no version, such as `python3`.
pub(crate) fn base_image(function: &Function) -> &str {
    match (function.build.base_image.as_str(), &function.runtime) {
        ("", Some(runtime)) if Runtime::of(runtime).is_complete() => runtime,
        (requested, _) => requested,
    }
}

/// The value of `GOOGLE_RUNTIME_VERSION`, unless the requester sets a version for the build.
pub(crate) fn version(function: &Function) -> Option<String> {
    let runtime = Runtime::of(function.runtime.as_deref()?);
    let variables = ["RUNTIME".to_owned(), runtime.language.to_ascii_uppercase()];
    let is_set = variables
        .iter()
        .any(|name| function.build.environment.contains_key(&format!("GOOGLE_{name}_VERSION")));
    if is_set || !runtime.is_complete() || !VERSIONED.contains(&runtime.language) {
        return None;
    }
    Some(match runtime.digits.split_at_checked(1) {
        Some((major, minor)) if runtime.has_minor() => format!("{major}.{minor}"),
        _ => runtime.digits.to_owned(),
    })
}

/// The parts of a runtime's id, such as `python312`.
pub(crate) struct Runtime<'a> {
    pub(crate) language: &'a str,
    pub(crate) digits: &'a str,
}

impl<'a> Runtime<'a> {
    pub(crate) fn of(id: &'a str) -> Self {
        let language = id.trim_end_matches(|c: char| c.is_ascii_digit());
        Self { language, digits: &id[language.len()..] }
    }

    fn has_minor(&self) -> bool {
        WITH_MINOR.contains(&self.language)
    }

    /// Whether the id names one runtime, and not a language or all its minor versions.
    pub(crate) fn is_complete(&self) -> bool {
        self.digits.len() >= if self.has_minor() { 2 } else { 1 }
    }

    /// The major version and the minor one, for comparison.
    pub(crate) fn version(&self) -> (u32, u32) {
        let number = |digits: &str| digits.parse().unwrap_or_default();
        match self.digits.split_at_checked(1) {
            Some((major, minor)) if self.has_minor() => (number(major), number(minor)),
            _ => (number(self.digits), 0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::tests::function;

    #[test]
    fn the_version_of_a_runtime_is_the_version_that_is_built() {
        for (runtime, image, built) in [
            ("python312", "python312", Some("3.12")),
            ("python39", "python39", Some("3.9")),
            ("nodejs22", "nodejs22", Some("22")),
            ("go126", "go126", Some("1.26")),
            ("java21", "java21", Some("21")),
            ("php84", "php84", Some("8.4")),
            ("ruby34", "ruby34", None),
            ("dotnet8", "dotnet8", None),
            ("python3", "", None),
            ("python", "", None),
            ("go", "", None),
        ] {
            let mut function = function();
            function.runtime = Some(runtime.to_owned());
            assert_eq!(base_image(&function), image, "{runtime}");
            assert_eq!(version(&function).as_deref(), built, "{runtime}");
        }
        let mut unset = function();
        unset.runtime = None;
        assert_eq!((base_image(&unset), version(&unset)), ("", None));
    }

    #[test]
    fn what_the_requester_sets_for_the_build_comes_first() {
        let mut function = function();
        function.runtime = Some("python312".to_owned());
        function.build.base_image = "google-22-full/python312".to_owned();
        assert_eq!(base_image(&function), "google-22-full/python312");
        assert_eq!(version(&function).as_deref(), Some("3.12"));
        for variable in ["GOOGLE_RUNTIME_VERSION", "GOOGLE_PYTHON_VERSION"] {
            let mut function = function.clone();
            function.build.environment.insert(variable.to_owned(), "3.12.4".to_owned());
            assert_eq!(version(&function), None, "{variable}");
        }
    }
}
