//! Substitutions: built-in ones such as `$PROJECT_ID`, and the caller's own `$_NAME`.
//!
//! <https://docs.cloud.google.com/build/docs/configuring-builds/substitute-variable-values>.
//! Bash-style operations (`${_A:-b}`, `dynamicSubstitutions`) are rejected.

use std::collections::{BTreeMap, BTreeSet};

use google_cloud_build_v1::model::Build;
use google_cloud_build_v1::model::build_options::SubstitutionOption;

use super::new_build::NewBuild;
use longshore_local_kit::rest::RestError;

/// Variables of builds that a trigger starts. In other builds they are empty.
const OF_TRIGGERS: [&str; 14] = [
    "TRIGGER_ID",
    "TRIGGER_NAME",
    "TRIGGER_BUILD_CONFIG_PATH",
    "COMMIT_SHA",
    "REVISION_ID",
    "SHORT_SHA",
    "REPO_NAME",
    "REPO_FULL_NAME",
    "BRANCH_NAME",
    "TAG_NAME",
    "REF_NAME",
    "SERVICE_ACCOUNT_EMAIL",
    "SERVICE_ACCOUNT",
    "_HEAD_BRANCH",
];

/// How Google's errors begin.
const INVALID: &str = "invalid value for 'build.substitutions'";

/// The values of the names in one build.
pub(super) struct Substitutions<'a> {
    known: BTreeMap<&'a str, String>,
    own: BTreeSet<&'a str>,
    used: BTreeSet<String>,
    /// `ALLOW_LOOSE`: unknown and unused names are accepted.
    loose: bool,
}

impl<'a> Substitutions<'a> {
    pub(super) fn new(new_build: &NewBuild<'a>, build: &'a Build) -> Self {
        let own = build.substitutions.iter().map(|(name, value)| (name.as_str(), value.clone()));
        let mut known: BTreeMap<&str, String> =
            OF_TRIGGERS.map(|name| (name, String::new())).into();
        known.extend([
            ("PROJECT_ID", new_build.project.to_owned()),
            ("PROJECT_NUMBER", new_build.project_number.to_string()),
            ("BUILD_ID", new_build.id.to_owned()),
            ("LOCATION", new_build.region.to_owned()),
        ]);
        known.extend(own);
        let loose = build
            .options
            .as_ref()
            .is_some_and(|options| options.substitution_option == SubstitutionOption::AllowLoose);
        Self {
            known,
            own: build.substitutions.keys().map(String::as_str).collect(),
            used: BTreeSet::new(),
            loose,
        }
    }

    /// Replaces `$NAME` and `${NAME}` with their values, and `$$` with a dollar sign.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` for an unknown name.
    pub(super) fn apply(&mut self, text: &str) -> Result<String, RestError> {
        let mut result = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            result.push_str(before);
            let (name, behind) = match after.strip_prefix('$') {
                Some(behind) => {
                    result.push('$');
                    rest = behind;
                    continue;
                }
                None => name_of(after)?,
            };
            match self.known.get(name) {
                Some(value) => result.push_str(value),
                None if name.is_empty() => result.push('$'),
                None if self.loose => {}
                None => {
                    return Err(RestError::invalid(format!(
                        "{INVALID}: key in the template \"{name}\" is not a valid built-in substitution"
                    )));
                }
            }
            self.used.insert(name.to_owned());
            rest = behind;
        }
        result.push_str(rest);
        Ok(result)
    }

    /// # Errors
    /// `INVALID_ARGUMENT` if the caller set a value that is never used, which is usually a
    /// misspelled name.
    pub(super) fn check_all_used(&self) -> Result<(), RestError> {
        match self.own.iter().find(|name| !self.used.contains(**name)) {
            Some(name) if !self.loose => Err(RestError::invalid(format!(
                "{INVALID}: key \"{name}\" in the substitution data is not matched in the template"
            ))),
            Some(_) | None => Ok(()),
        }
    }
}

/// The name after a dollar sign, and the rest. An empty name means a literal dollar sign.
fn name_of(after: &str) -> Result<(&str, &str), RestError> {
    let in_name = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    if let Some(braced) = after.strip_prefix('{') {
        return match braced.split_once('}') {
            Some((name, behind)) if name.chars().all(in_name) => Ok((name, behind)),
            Some((name, _)) => Err(RestError::unimplemented(format!(
                "operations on substitutions (`${{{name}}}`)"
            ))),
            None => Err(RestError::invalid("a substitution `${` is not closed")),
        };
    }
    let end = after.find(|c: char| !in_name(c)).unwrap_or(after.len());
    Ok(after.split_at(end))
}
