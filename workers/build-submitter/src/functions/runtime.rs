//! Which runtime is built for a request that names a language. Pure.
//!
//! The Cloud Functions API accepts complete ids only, such as `python313`, where Cloud Run accepts
//! a language as well. The newest generally available runtime is what Cloud Run's builder chooses,
//! too.

use longshore_cloud::{OfferedRuntime, RuntimeStage};
use longshore_messages::{Failure, FailureClass};

use crate::NAME;
use crate::runtime::Runtime;

/// Whether the request names a language or a major version of it, such as `python` or `python3`.
pub(crate) fn is_language(requested: &str) -> bool {
    !Runtime::of(requested).is_complete()
}

/// The newest generally available runtime of a language. `None` if there is none.
pub(crate) fn newest<'a>(language: &str, offered: &'a [OfferedRuntime]) -> Option<&'a str> {
    let available = of_language(language, offered)
        .filter(|runtime| runtime.stage == RuntimeStage::Ga)
        .map(|runtime| runtime.id.as_str());
    available.max_by_key(|id| Runtime::of(id).version())
}

/// The failure of a request whose language has no generally available runtime.
pub(crate) fn not_offered(language: &str, region: &str, offered: &[OfferedRuntime]) -> Failure {
    let ids: Vec<&str> = of_language(language, offered)
        .filter(|runtime| runtime.stage != RuntimeStage::Decommissioned)
        .map(|runtime| runtime.id.as_str())
        .collect();
    let reason = format!(
        "`{language}` names no runtime that is generally available in {region}, where it can be: {}",
        if ids.is_empty() { "none".to_owned() } else { ids.join(", ") }
    );
    let advice = "set `runtime` to an id that `gcloud functions runtimes list` prints";
    Failure::new(NAME, FailureClass::User, "function-refused", reason, advice)
}

fn of_language<'a>(
    language: &str,
    offered: &'a [OfferedRuntime],
) -> impl Iterator<Item = &'a OfferedRuntime> {
    let requested = Runtime::of(language);
    offered.iter().filter(move |runtime| {
        let runtime = Runtime::of(&runtime.id);
        runtime.language == requested.language && runtime.digits.starts_with(requested.digits)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offered() -> Vec<OfferedRuntime> {
        use RuntimeStage::{Decommissioned, Deprecated, Ga, Preview, Unknown};
        let rows = [
            ("python314", Ga),
            ("python39", Ga),
            ("python310", Deprecated),
            ("python315", Preview),
            ("nodejs8", Ga),
            ("nodejs22", Ga),
            ("nodejs26", Unknown),
            ("go127", Ga),
            ("go19", Ga),
            ("php85", Decommissioned),
            ("php84", Ga),
            ("ruby40", Deprecated),
            ("java25", Ga),
            ("java21", Ga),
            ("dotnet8", Ga),
            ("dotnet10", Ga),
        ];
        rows.map(|(id, stage)| OfferedRuntime { id: id.to_owned(), stage }).into()
    }

    #[test]
    fn the_newest_generally_available_runtime_of_the_language_is_chosen() {
        for (language, expected) in [
            ("python3", Some("python314")),
            ("python", Some("python314")),
            ("nodejs", Some("nodejs22")),
            ("go", Some("go127")),
            ("php", Some("php84")),
            ("php8", Some("php84")),
            ("java", Some("java25")),
            ("dotnet", Some("dotnet10")),
            ("ruby", None),
            ("python2", None),
            ("node", None),
            ("rust", None),
        ] {
            assert!(is_language(language), "{language}");
            assert_eq!(newest(language, &offered()), expected, "{language}");
        }
    }

    #[test]
    fn an_id_that_names_a_version_is_left_to_the_api() {
        for id in ["python312", "python39", "nodejs8", "nodejs22", "go126", "java17", "dotnet8"] {
            assert!(!is_language(id), "{id}");
        }
    }

    #[test]
    fn a_language_without_a_runtime_fails_with_those_that_can_be_deployed() {
        let failure = not_offered("ruby", "europe-west1", &offered());
        assert_eq!(
            (failure.class, failure.code.as_str()),
            (FailureClass::User, "function-refused")
        );
        assert!(failure.reason.ends_with("europe-west1, where it can be: ruby40"), "{failure:?}");
        let failure = not_offered("rust", "europe-west1", &offered());
        assert!(failure.reason.ends_with("where it can be: none"), "{failure:?}");
    }
}
