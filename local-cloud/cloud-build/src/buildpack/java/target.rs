//! The class that the function's target names.

use std::path::Path;

use super::jdk::Jdk;
use super::output::Output;
use crate::buildpack::contract::{BuildError, Tools, Workspace};
use crate::buildpack::found::first_file;
use crate::buildpack::host::ask;
use crate::confinement::read_text;
use crate::process::Command;

/// The interfaces of functions that take events, and the signature that each requires.
const OF_EVENTS: [(&str, &str); 3] = [
    ("CloudEventsFunction", "cloudevent"),
    ("BackgroundFunction", "event"),
    ("RawBackgroundFunction", "event"),
];

/// The interfaces of functions that take requests.
const OF_REQUESTS: [&str; 2] = ["HttpFunction", "TypedFunction"];

/// Where the interfaces are.
const PACKAGE: &str = "com.google.cloud.functions.";

/// Checks the target class, so that a missing one fails the build and not the first request. Returns
/// a warning about one that cannot serve as it is deployed.
///
/// # Errors
/// [`BuildError::User`] if the build has not produced the class.
pub(super) async fn check(
    jdk: &Jdk,
    workspace: &Workspace,
    tools: &Tools,
    output: &Output,
    target: &str,
) -> Result<Option<String>, BuildError> {
    let class_path = output.build_class_path(workspace);
    let command = Command::new(jdk.tool("javap"), workspace.root(), &jdk.environment).args([
        "-classpath",
        &class_path,
        target,
    ]);
    let exited = ask(&command, tools).await.map_err(BuildError::host("run javap"))?;
    let Some(exited) = exited else { return Err(jdk.incomplete("javap")) };
    if exited.status.success() {
        let signature = workspace.variable("GOOGLE_FUNCTION_SIGNATURE_TYPE");
        return Ok(warning(target, signature, &exited.stdout));
    }
    let javap_output = format!("{}{}", exited.stdout, exited.stderr);
    Err(missing(target, javap_output.trim(), workspace.root()))
}

/// A warning about a class that takes events where the function gets requests. It is no error: the
/// same image may also be deployed with another signature.
fn warning(target: &str, signature: Option<&str>, declaration: &str) -> Option<String> {
    if signature.is_some_and(|signature| signature != "http") {
        return None;
    }
    let (_, interfaces) = declaration.lines().find_map(|line| line.split_once(" implements "))?;
    // `{` is the end, and `<` begins the type of the event.
    let is_separator = |c: char| matches!(c, ',' | ' ' | '<' | '>' | '{');
    let implemented: Vec<&str> =
        interfaces.split(is_separator).filter_map(|name| name.strip_prefix(PACKAGE)).collect();
    if OF_REQUESTS.iter().any(|name| implemented.contains(name)) {
        return None;
    }
    let (interface, required) = OF_EVENTS.iter().find(|(name, _)| implemented.contains(name))?;
    Some(format!(
        "{target} takes events, but is deployed for HTTP requests, with which it starts neither here nor on Google: add \
         --signature {required} (it is a {interface}) or a trigger"
    ))
}

fn missing(target: &str, javap_output: &str, root: &Path) -> BuildError {
    let error = format!(
        "build succeeded but did not produce the class {target:?} specified as the function target: {javap_output}"
    );
    let sources = root.join("src/main/kotlin");
    let is_compiled = || {
        read_text(&root.join("pom.xml"))
            .map_or(true, |project| project.contains("kotlin-maven-plugin"))
    };
    if first_file(&sources, ".kt").is_none() || is_compiled() {
        return BuildError::User(error);
    }
    BuildError::User(format!(
        "pom.xml does not compile src/main/kotlin: add kotlin-maven-plugin; {error}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_for_events_that_is_deployed_for_requests_is_a_warning() {
        let of = |interfaces: &str| {
            format!(
                "Compiled from \"Ev.java\"\npublic class ce.Ev {interfaces} {{\n  public ce.Ev();\n}}\n"
            )
        };
        let cloud_event = of("implements com.google.cloud.functions.CloudEventsFunction");
        let event = of(
            "extends ce.Base implements java.io.Serializable, com.google.cloud.functions.BackgroundFunction<ce.Msg>",
        );
        let raw = of("implements com.google.cloud.functions.RawBackgroundFunction");
        let both = of(
            "implements com.google.cloud.functions.HttpFunction, com.google.cloud.functions.RawBackgroundFunction",
        );
        for (signature, declaration, flag) in [
            (
                Some("http"),
                &cloud_event,
                Some("--signature cloudevent (it is a CloudEventsFunction)"),
            ),
            (None, &cloud_event, Some("--signature cloudevent (it is a CloudEventsFunction)")),
            (Some("http"), &event, Some("--signature event (it is a BackgroundFunction)")),
            (Some("http"), &raw, Some("--signature event (it is a RawBackgroundFunction)")),
            (Some("http"), &both, None),
            (Some("cloudevent"), &cloud_event, None),
            (Some("event"), &event, None),
            (Some("http"), &of("implements com.google.cloud.functions.HttpFunction"), None),
            (Some("http"), &of("implements my.CloudEventsFunction"), None),
            (Some("http"), &of("extends ce.Base"), None),
        ] {
            let found = warning("ce.Ev", signature, declaration);
            match flag {
                Some(flag) => {
                    let found = found.unwrap_or_default();
                    let start = "ce.Ev takes events, but is deployed for HTTP requests, ";
                    assert!(found.starts_with(start) && found.contains(flag), "{found}");
                    // `deploy` and `describe` show the warnings that speak of Google.
                    assert!(found.contains("Google: add "), "{found}");
                    assert!(found.ends_with(" or a trigger"), "{found}");
                }
                None => assert_eq!(found, None, "{declaration}"),
            }
        }
    }

    #[test]
    fn kotlin_that_no_plugin_compiles_is_the_cause_of_a_missing_class() {
        let cause = "pom.xml does not compile src/main/kotlin: add kotlin-maven-plugin; build succeeded but";
        let plugin = "<project><artifactId>kotlin-maven-plugin</artifactId></project>";
        for (files, is_named) in [
            (&[("pom.xml", "<project/>"), ("src/main/kotlin/k/Hi.kt", "")][..], true),
            (&[("pom.xml", plugin), ("src/main/kotlin/k/Hi.kt", "")], false),
            (&[("build.gradle", ""), ("src/main/kotlin/k/Hi.kt", "")], false),
            (&[("pom.xml", "<project/>"), ("src/main/java/k/Hi.java", "")], false),
        ] {
            let dir = tempfile::tempdir().unwrap();
            let root = dir.path().canonicalize().unwrap();
            for (name, text) in files {
                let path = root.join(name);
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(path, text).unwrap();
            }
            let error = missing("k.Hi", "Error: class not found: k.Hi", &root).to_string();
            assert_eq!(error.starts_with(cause), is_named, "{files:?}: {error}");
            assert!(error.ends_with("function target: Error: class not found: k.Hi"), "{error}");
        }
    }
}
