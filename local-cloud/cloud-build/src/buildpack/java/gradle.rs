//! Builds a source with a build.gradle, using its own Gradle wrapper or the host's Gradle.

use std::path::PathBuf;

use super::compiled::Compiled;
use super::jdk::Jdk;
use super::maven::make_executable;
use crate::buildpack::contract::{BuildError, Tools, Workspace};
use crate::buildpack::host::missing;
use crate::confinement::real_file;
use crate::process::Command;

/// The files of a Gradle project.
pub(super) const FILES: [&str; 2] = ["build.gradle", "build.gradle.kts"];

/// Passed as an init script, so that the project's own build file stays unchanged.
const EXTRA_TASKS: &str = include_str!("extra_tasks.gradle");

/// Builds the jar and copies its dependencies.
///
/// # Errors
/// [`BuildError::User`] with the output of Gradle, or if the project produces no jar.
pub(super) async fn build(
    jdk: &Jdk,
    workspace: &Workspace,
    tools: &Tools,
) -> Result<Compiled, BuildError> {
    let script = tools.inputs().join("extra_tasks.gradle");
    std::fs::write(&script, EXTRA_TASKS).map_err(BuildError::host("write an init script"))?;
    let own = workspace
        .variable("GOOGLE_GRADLE_BUILD_ARGS")
        .or(workspace.variable("GOOGLE_BUILD_ARGS"))
        .unwrap_or_default();
    let command = Command::new(program(workspace)?, workspace.root(), &jdk.environment)
        // The builds of a function share the user home. A daemon would outlive the build.
        .env("GRADLE_USER_HOME", &tools.room.caches.join("gradle").display().to_string())
        .args(["--no-daemon", "--quiet", "--console=plain", "--init-script"])
        .args([&script])
        .args(["clean", "assemble", "-x", "test"])
        .args(own.split_whitespace())
        .args(["longshoreCopyDependencies", "longshorePrintJar"]);
    let exited = match tools.run(&command).await {
        Ok(exited) => exited,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(missing(
                "gradle",
                "install Gradle, or add its wrapper to the source (gradle wrapper)",
            ));
        }
        Err(source) => return Err(BuildError::Host { doing: "run Gradle", source }),
    };
    if !exited.status.success() {
        let output = if exited.stderr.trim().is_empty() { exited.stdout } else { exited.stderr };
        return Err(BuildError::User(jdk.explained(&with_wrapper_advice(output.trim()))));
    }
    let jar = PathBuf::from(exited.stdout.lines().last().unwrap_or_default().trim());
    if !jar.is_file() {
        return Err(BuildError::User(format!(
            "expected output jar {} does not exist",
            jar.display()
        )));
    }
    let directory = workspace.root().join("build");
    Ok(Compiled { jar, dependencies: directory.join("longshore-dependencies"), directory })
}

fn program(workspace: &Workspace) -> Result<PathBuf, BuildError> {
    let wrapper = workspace.root().join("gradlew");
    if !wrapper.is_file() {
        return Ok(PathBuf::from("gradle"));
    }
    real_file(workspace.root(), &wrapper)
        .and_then(|wrapper| make_executable(&wrapper))
        .map_err(BuildError::host("make gradlew executable"))?;
    Ok(wrapper)
}

/// Says why the wrapper has no program, if that is so.
fn with_wrapper_advice(output: &str) -> String {
    if !output.contains("org.gradle.wrapper.GradleWrapperMain") {
        return output.to_owned();
    }
    format!(
        "{output}\ngradle/wrapper/gradle-wrapper.jar is not in the source: .gitignore or .gcloudignore may leave out *.jar"
    )
}

/// A warning about a project that Google would not build.
pub(super) fn warning(workspace: &Workspace) -> Option<String> {
    let [groovy, kotlin] = FILES;
    let is_kotlin = !workspace.has("pom.xml") && !workspace.has(groovy) && workspace.has(kotlin);
    is_kotlin.then(|| {
        format!(
            "Google's builder of functions refuses a source with {kotlin} and without {groovy}, although it is built here"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_in_kotlin_is_built_here_only() {
        for (files, is_warned_about) in [
            (&["build.gradle.kts"][..], true),
            (&["build.gradle.kts", "build.gradle"], false),
            (&["build.gradle.kts", "pom.xml"], false),
            (&["build.gradle"], false),
        ] {
            let dir = tempfile::tempdir().unwrap();
            for file in files {
                std::fs::write(dir.path().join(file), "").unwrap();
            }
            let workspace = Workspace::new(dir.path().to_owned(), [].into());
            assert_eq!(warning(&workspace).is_some(), is_warned_about, "{files:?}");
        }
    }

    #[test]
    fn a_wrapper_without_its_program_is_explained() {
        let missing =
            "Error: Could not find or load main class org.gradle.wrapper.GradleWrapperMain";
        assert!(with_wrapper_advice(missing).contains("gradle-wrapper.jar is not in the source"));
        assert_eq!(with_wrapper_advice("other"), "other");
    }
}
