//! Environment variables. Their values are never part of a problem, because they may be misplaced
//! secrets.

use std::collections::BTreeMap;

use super::text::is_made_of;
use crate::invalid::{Findings, quoted};

/// Maximum number of variables of one container. <https://cloud.google.com/run/quotas>
const VARIABLES_MAX: usize = 1000;

/// Maximum number of characters of a name or of a value (Cloud Run v2 `k8s.min.proto`, `EnvVar`).
const TEXT_CHARS_MAX: usize = 32_768;

/// Checks the environment of the function.
pub(crate) fn service_environment(
    environment: &BTreeMap<String, String>,
    field: &str,
    findings: &mut Findings,
) {
    check(environment, field, findings, reserved_in_service, |_| None);
}

/// Checks the names of the function's variables whose values are stored elsewhere.
pub(crate) fn variable_names<'a>(
    names: impl Iterator<Item = &'a String>,
    field: &str,
    findings: &mut Findings,
) {
    for name in names {
        check_name(name, field, findings, reserved_in_service);
    }
}

/// Checks the environment of the build.
pub(crate) fn build_environment(
    environment: &BTreeMap<String, String>,
    field: &str,
    findings: &mut Findings,
) {
    check(environment, field, findings, reserved_in_build, |value| {
        if value.contains(['\n', '\r']) {
            return Some("must not have line breaks in its value");
        }
        has_password(value).then_some(NO_PASSWORDS)
    });
}

const NO_PASSWORDS: &str = "must not have a URL with a password or a token: requests are stored and passed on, and Google shows the variables of a build to everyone who can read it. docs/private-packages.md names the ways that need no password";

/// Users of Artifact Registry, whose passwords are elsewhere.
const USERS: [&str; 2] = ["oauth2accesstoken", "_json_key_base64"];

/// Minimum length of a token. Names of people are shorter.
const TOKEN_CHARS_MIN: usize = 16;

/// Whether a URL in the text has a password or, before the host of HTTP, a token alone. A reference
/// to a variable is none.
fn has_password(text: &str) -> bool {
    text.match_indices("://").any(|(at, separator)| {
        let (before, rest) = text.split_at(at);
        let rest = rest.strip_prefix(separator).unwrap_or(rest);
        let authority = rest.split(['/', '?', '#', ' ']).next().unwrap_or_default();
        let user = authority.rsplit_once('@').map_or("", |(user, _)| user);
        let is_http = before.ends_with("http") || before.ends_with("https");
        match user.split_once(':') {
            Some((name, "")) => is_token(name, is_http),
            Some((_, password)) => !password.starts_with('$'),
            None => is_token(user, is_http),
        }
    })
}

fn is_token(user: &str, is_http: bool) -> bool {
    is_http && user.len() >= TOKEN_CHARS_MIN && !user.starts_with('$') && !USERS.contains(&user)
}

/// The reason why the function's environment must not have this name.
/// <https://cloud.google.com/run/docs/configuring/services/environment-variables#reserved>
fn reserved_in_service(name: &str) -> Option<&'static str> {
    match name {
        "FUNCTION_TARGET" => Some("is set by the fleet; use function.entryPoint"),
        "FUNCTION_SIGNATURE_TYPE" => Some("is set by the fleet; use function.signature"),
        "PORT" => Some("is reserved by Cloud Run"),
        _ if name.starts_with("K_") || name.starts_with("X_GOOGLE_") => {
            Some("is reserved by Cloud Run")
        }
        _ => None,
    }
}

/// The reason why the build's environment must not have this name: Google's builder or the Cloud
/// Native Buildpacks lifecycle uses it.
/// <https://github.com/GoogleCloudPlatform/buildpacks/blob/main/pkg/env/env.go>
fn reserved_in_build(name: &str) -> Option<&'static str> {
    match name {
        "GOOGLE_FUNCTION_TARGET" => Some("is set by the fleet; use function.entryPoint"),
        "GOOGLE_FUNCTION_SIGNATURE_TYPE" => Some("is set by the fleet; use function.signature"),
        "GOOGLE_RUNTIME" => Some("is set by the fleet; use function.runtime"),
        _ if ["X_GOOGLE_", "CNB_", "BP_"].iter().any(|prefix| name.starts_with(prefix)) => {
            Some("is reserved by the builder")
        }
        _ => None,
    }
}

fn check(
    environment: &BTreeMap<String, String>,
    field: &str,
    findings: &mut Findings,
    reserved: fn(&str) -> Option<&'static str>,
    forbidden: fn(&str) -> Option<&'static str>,
) {
    variable_count(environment.len(), field, findings);
    for (name, value) in environment {
        check_name(name, field, findings, reserved);
        let mut add = |rule: &str| findings.add(format!("{field}.{}", quoted(name)), "", rule);
        if value.chars().count() > TEXT_CHARS_MAX {
            add("must have at most 32768 characters");
        }
        if value.contains('\0') {
            add("must not have a NUL character in its value");
        }
        if let Some(rule) = forbidden(value) {
            add(rule);
        }
    }
}

/// Checks the number of variables of a container, plain and secret ones together.
pub(crate) fn variable_count(count: usize, field: &str, findings: &mut Findings) {
    if count > VARIABLES_MAX {
        findings.add(field, &format!("{count} variables"), "must have at most 1000 variables");
    }
}

fn check_name(
    name: &str,
    field: &str,
    findings: &mut Findings,
    reserved: fn(&str) -> Option<&'static str>,
) {
    let rule = if is_name(name) { reserved(name) } else { Some(NAME) };
    if let Some(rule) = rule {
        findings.add(format!("{field}.{}", quoted(name)), "", rule);
    }
}

const NAME: &str = "must have a name of at most 32768 letters, digits, underscores, hyphens and dots that does not start with a digit";

/// The names that Kubernetes, and therefore Cloud Run, accepts.
fn is_name(name: &str) -> bool {
    name.len() <= TEXT_CHARS_MAX
        && is_made_of(name, |c, first| {
            c.is_ascii_alphabetic() || "_-.".contains(c) || (!first && c.is_ascii_digit())
        })
}
