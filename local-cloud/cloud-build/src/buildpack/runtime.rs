//! Google's runtimes: which ids exist, which are decommissioned, and how the version of one
//! compares with that of this machine. <https://cloud.google.com/run/docs/runtime-support>

use longshore_local_kit::runtimes::{self, Day, Stage};
use time::OffsetDateTime;

use super::contract::{BuildError, Workspace};

/// Not a Google id, but accepted for any version: the one of this machine is used.
const ANY_VERSION: [&str; 1] = ["python3"];

/// The runtimes of one language.
#[derive(Clone, Copy, Debug)]
pub(super) struct Family {
    /// Prefix of its ids.
    pub(super) language: &'static str,
    /// Display name.
    pub(super) name: &'static str,
    /// Ids that only other products of Google had, or that ended before the second generation.
    earlier: &'static [&'static str],
}

const FAMILIES: [Family; 7] = [
    Family { language: "python", name: "Python", earlier: &[] },
    Family { language: "nodejs", name: "Node.js", earlier: &[] },
    Family { language: "go", name: "Go", earlier: &["go112", "go114", "go115"] },
    Family { language: "java", name: "Java", earlier: &["java8"] },
    Family { language: "ruby", name: "Ruby", earlier: &["ruby25", "ruby26", "ruby30"] },
    Family { language: "php", name: "PHP", earlier: &["php55", "php72", "php73"] },
    Family { language: "dotnet", name: ".NET", earlier: &["dotnet7"] },
];

/// Today, in UTC.
pub(super) fn today() -> Day {
    let (year, month, day) = OffsetDateTime::now_utc().to_calendar_date();
    (year, u8::from(month).into(), day.into())
}

/// The family of a runtime id such as `python312`. A language without a version, such as `python`,
/// is accepted as well.
///
/// # Errors
/// [`BuildError::User`] for an unknown id, and for one that is decommissioned on this day, with the
/// ids that Google offers.
pub(super) fn family_of(runtime: &str, today: Day) -> Result<&'static Family, BuildError> {
    let language = runtime.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    let Some(family) = FAMILIES.iter().find(|family| family.language == language) else {
        let languages = FAMILIES.map(|family| family.language).join(", ");
        return Err(BuildError::User(format!(
            "runtime `{runtime}` is not a Google runtime; runtime ids begin with {languages}"
        )));
    };
    if runtime == language || ANY_VERSION.contains(&runtime) {
        return Ok(family);
    }
    let state = match runtimes::find(runtime).map(|runtime| runtime.stage(today)) {
        Some(Stage::Preview | Stage::Ga | Stage::Deprecated) => return Ok(family),
        Some(Stage::Decommissioned) => "is decommissioned",
        None if family.earlier.contains(&runtime) => "is decommissioned",
        None => "does not exist",
    };
    Err(BuildError::User(format!(
        "runtime `{runtime}` {state}; the runtimes of {} are {}",
        family.name,
        family.ids(today).join(", ")
    )))
}

impl Family {
    /// Ids that can be deployed, oldest first.
    fn ids(&self, today: Day) -> Vec<&'static str> {
        let own = runtimes::all().iter().filter(|runtime| runtime.language() == self.language);
        own.filter(|runtime| runtime.stage(today) != Stage::Decommissioned)
            .map(|runtime| runtime.id)
            .collect()
    }
}

/// A requested version, and where it was requested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RequestedVersion {
    /// A variable such as `GOOGLE_RUNTIME_VERSION`, or a file of the source.
    pub(super) origin: String,
    pub(super) version: String,
}

impl RequestedVersion {
    pub(super) fn new(origin: impl Into<String>, version: impl Into<String>) -> Self {
        Self { origin: origin.into(), version: version.into() }
    }
}

/// The versions that the build's environment requests: by the variables that Google's buildpacks
/// read, and by the runtime. For the buildpacks, the runtime selects the language alone; on Google it
/// also selects their builder, which has that version.
pub(super) fn requested_by_environment(
    workspace: &Workspace,
    language_variable: &str,
) -> Vec<RequestedVersion> {
    let by_runtime = by_runtime(workspace);
    let variables = [language_variable, "GOOGLE_RUNTIME_VERSION"];
    let by_variable = variables
        .into_iter()
        .filter_map(|name| Some(RequestedVersion::new(name, workspace.variable(name)?)));
    // The base image of a runtime sets the variable, too, which the user has not.
    let is_repeated = |variable: &RequestedVersion| {
        by_runtime.as_ref().is_some_and(|runtime| runtime.version == variable.version)
    };
    by_variable.filter(|variable| !is_repeated(variable)).chain(by_runtime.clone()).collect()
}

fn by_runtime(workspace: &Workspace) -> Option<RequestedVersion> {
    let runtime = workspace.variable("GOOGLE_RUNTIME")?;
    let version = version_of(runtime)?;
    Some(RequestedVersion::new(format!("the runtime {runtime}"), version))
}

/// The version in the id of a runtime: `22` of `nodejs22`, `3.12` of `python312`, `1.26` of `go126`.
fn version_of(runtime: &str) -> Option<String> {
    let digits = runtime.trim_start_matches(|c: char| !c.is_ascii_digit());
    let language = runtime.strip_suffix(digits)?;
    let (major, minor) = match language {
        "python" | "go" => (digits.get(..1)?, digits.get(1..)?),
        _ => (digits, ""),
    };
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if major.is_empty() || !is_number(major) || !is_number(minor) {
        return None;
    }
    Some(if minor.is_empty() { major.to_owned() } else { format!("{major}.{minor}") })
}

/// Warnings about the requested versions that this machine's version does not satisfy.
pub(super) fn differences(
    language: &str,
    have: &str,
    requested: &[RequestedVersion],
    satisfies: impl Fn(&str, &str) -> bool,
) -> Vec<String> {
    let differing = requested.iter().filter(|requested| !satisfies(&requested.version, have));
    let text = |RequestedVersion { origin, version }: &RequestedVersion| {
        format!(
            "{origin} requests {language} {version}, but this machine has {have}; the build uses that"
        )
    };
    differing.map(text).collect()
}

/// Whether a version satisfies a request: `3.11`, `3.11.*`, `3.11.x` and `3` are satisfied by
/// 3.11.7.
pub(super) fn is_prefix(requested: &str, have: &str) -> bool {
    let requested = requested
        .trim_start_matches("==")
        .trim_start_matches("~=")
        .trim_end_matches(".*")
        .trim_end_matches(".x");
    requested == "*"
        || have == requested
        || have.strip_prefix(requested).is_some_and(|rest| rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Day = (2026, 11, 28);

    #[test]
    fn runtimes_that_google_builds_have_a_family() {
        for (runtime, language) in [
            ("python312", "python"),
            ("python3", "python"),
            ("nodejs24", "nodejs"),
            ("go126", "go"),
            ("dotnet8", "dotnet"),
            ("java", "java"),
        ] {
            assert_eq!(family_of(runtime, DAY).unwrap().language, language, "{runtime}");
        }
    }

    #[test]
    fn a_runtime_names_a_version() {
        for (runtime, version) in [
            ("nodejs22", Some("22")),
            ("python312", Some("3.12")),
            ("python3", Some("3")),
            ("go126", Some("1.26")),
            ("java17", Some("17")),
            ("nodejs", None),
            ("nodejs22x", None),
        ] {
            assert_eq!(version_of(runtime).as_deref(), version, "{runtime}");
        }
    }

    #[test]
    fn a_version_that_the_runtime_names_is_requested_once() {
        for (version, origins) in [
            ("22", &["the runtime nodejs22"][..]),
            ("22.1.0", &["GOOGLE_RUNTIME_VERSION", "the runtime nodejs22"]),
        ] {
            let environment = [("GOOGLE_RUNTIME", "nodejs22"), ("GOOGLE_RUNTIME_VERSION", version)];
            let environment =
                environment.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
            let workspace = Workspace::new("/nowhere".into(), environment);
            let requested = requested_by_environment(&workspace, "GOOGLE_NODEJS_VERSION");
            let found: Vec<&str> = requested.iter().map(|it| it.origin.as_str()).collect();
            assert_eq!(found, origins, "{version}");
        }
    }

    #[test]
    fn other_runtimes_are_rejected_with_the_supported_ones() {
        let table = [
            (
                "nodejs18",
                "runtime `nodejs18` is decommissioned; the runtimes of Node.js are nodejs22, nodejs24, nodejs26",
            ),
            (
                "go122",
                "runtime `go122` is decommissioned; the runtimes of Go are go124, go125, go126, go127",
            ),
            (
                "ruby32",
                "runtime `ruby32` is decommissioned; the runtimes of Ruby are ruby33, ruby34, ruby40",
            ),
            ("php55", "runtime `php55` is decommissioned; the runtimes of PHP are php82, "),
            (
                "python36",
                "runtime `python36` does not exist; the runtimes of Python are python310, ",
            ),
            (
                "rust1",
                "runtime `rust1` is not a Google runtime; runtime ids begin with python, nodejs, go, java, ruby, php, dotnet",
            ),
        ];
        for (runtime, expected) in table {
            let Err(BuildError::User(text)) = family_of(runtime, DAY) else {
                panic!("{runtime} was accepted")
            };
            assert!(text.starts_with(expected), "{text}");
        }
    }

    #[test]
    fn versions_are_compared_part_by_part() {
        for requested in ["3.11.7", "3.11", "3", "3.11.*", "3.x", "*", "==3.11.7"] {
            assert!(is_prefix(requested, "3.11.7"), "{requested}");
        }
        for requested in ["3.1", "3.12", "3.11.70", "4"] {
            assert!(!is_prefix(requested, "3.11.7"), "{requested}");
        }
    }

    #[test]
    fn a_warning_names_both_versions_and_where_one_was_requested() {
        let requested = [
            RequestedVersion::new("GOOGLE_RUNTIME_VERSION", "24"),
            RequestedVersion::new("package.json", "20"),
        ];
        let warnings = differences("Node.js", "20.20.2", &requested, is_prefix);
        assert_eq!(
            warnings,
            [
                "GOOGLE_RUNTIME_VERSION requests Node.js 24, but this machine has 20.20.2; the build uses that"
            ]
        );
    }
}
