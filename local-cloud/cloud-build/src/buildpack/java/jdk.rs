//! The host's JDK, which replaces a runtime layer.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::buildpack::contract::{BuildError, Tools, Workspace};
use crate::buildpack::host::{Inheritance, ask, missing};
use crate::buildpack::runtime::{self, is_prefix};
use crate::confinement::{RegistryFile, Room};
use crate::process::Command;

/// The environment of Maven, Gradle and the JDK.
pub(super) const INHERITANCE: Inheritance<'_> = Inheritance {
    prefixes: &[
        "MAVEN_HOME",
        "MAVEN_OPTS",
        "MAVEN_USER_HOME",
        "GRADLE_HOME",
        "GRADLE_OPTS",
        "GRADLE_USER_HOME",
        "JAVA_HOME",
        "SDKMAN_",
    ],
    fixed: &[],
    files: &[
        RegistryFile { path: ".m2/settings.xml", variables: &[] },
        RegistryFile { path: ".m2/settings-security.xml", variables: &[] },
    ],
};

/// Variables with options for the JVM of a build tool.
const OPTIONS: [&str; 2] = ["MAVEN_OPTS", "GRADLE_OPTS"];

/// Beginnings of the options of this machine's user that a build gets: how to reach package
/// registries, and how much memory the tool has. With others, such as
/// `-Dmaven.compiler.source=11`, the same source would become another program than on Google.
const OPTIONS_KEPT: [&str; 10] = [
    "-Dhttp.",
    "-Dhttps.",
    "-DsocksProxy",
    "-Djava.net.",
    "-Djavax.net.ssl.",
    "-Dmaven.wagon.",
    "-Dmaven.resolver.",
    "-Daether.",
    "-Xm",
    "-Xss",
];

/// What compilers and build tools say if a project needs a newer JDK.
const NEEDS_NEWER: [&str; 9] = [
    "error: release version ",
    "invalid source release",
    "invalid target release",
    "invalid flag: --release",
    "has wrong version",
    "Could not target platform",
    "Cannot find a Java installation",
    "No matching toolchains",
    "has been compiled by a more recent version",
];

/// What the compiler says of a level that it does not know any more. Old versions of
/// maven-compiler-plugin, which Maven itself chooses, request such a level on their own.
const NO_LONGER_SUPPORTED: &str = " is no longer supported. Use ";

/// A JDK on this machine.
#[derive(Clone, Debug)]
pub(super) struct Jdk {
    pub(super) executable: String,
    pub(super) home: String,
    /// Such as `17.0.15`.
    pub(super) version: String,
    pub(super) environment: BTreeMap<String, String>,
}

impl Jdk {
    /// The JDK of `JAVA_HOME`, or of the `java` on the host's `PATH`.
    ///
    /// # Errors
    /// [`BuildError::User`] if it is missing, which only the user of the local cloud can change.
    pub(super) async fn find(workspace: &Workspace, tools: &Tools) -> Result<Self, BuildError> {
        let mut environment = environment(&tools.room, workspace.environment())?;
        let program = environment
            .get("JAVA_HOME")
            .filter(|home| !home.is_empty())
            .map(|home| Path::new(home).join("bin/java"));
        let program =
            program.filter(|program| program.is_file()).unwrap_or_else(|| PathBuf::from("java"));
        let command = Command::new(program, workspace.root(), &environment)
            .args(["-XshowSettings:properties", "-version"]);
        let exited = ask(&command, tools).await.map_err(BuildError::host("run java"))?;
        let exited = exited.ok_or_else(|| {
            missing("java", "install a JDK, such as openjdk-17-jdk-headless, or set JAVA_HOME")
        })?;
        let settings = settings(&format!("{}{}", exited.stderr, exited.stdout));
        let setting = |name: &str| settings.get(name).cloned();
        let (Some(version), Some(home)) = (setting("java.version"), setting("java.home")) else {
            return Err(BuildError::User(format!(
                "java on this machine does not work: {}",
                exited.stderr.trim()
            )));
        };
        // Maven and Gradle find the JDK through this variable.
        environment.insert("JAVA_HOME".to_owned(), home.clone());
        let jdk = Self { executable: format!("{home}/bin/java"), home, version, environment };
        if !jdk.tool("javac").is_file() {
            return Err(jdk.incomplete("javac"));
        }
        tools.log.line(format!("Using Java {} on this machine ({})", jdk.version, jdk.executable));
        Ok(jdk)
    }

    /// The same JDK for packages that all functions share: no variable of the build applies.
    ///
    /// # Errors
    /// [`BuildError::Host`] if the settings of package registries cannot be copied.
    pub(super) fn without_source(&self, shared: &Tools) -> Result<Self, BuildError> {
        let mut environment = environment(&shared.room, &BTreeMap::new())?;
        environment.insert("JAVA_HOME".to_owned(), self.home.clone());
        Ok(Self { environment, ..self.clone() })
    }

    /// Path of a program of the JDK.
    pub(super) fn tool(&self, name: &str) -> PathBuf {
        Path::new(&self.home).join("bin").join(name)
    }

    pub(super) fn incomplete(&self, tool: &str) -> BuildError {
        BuildError::User(format!(
            "{} has no {tool}: it is a runtime without a compiler. Install a JDK, or set JAVA_HOME to one",
            self.home
        ))
    }

    /// The output of a failed build tool, with advice if it wants a newer or an older JDK than this
    /// one.
    pub(super) fn explained(&self, output: &str) -> String {
        if output.contains(NO_LONGER_SUPPORTED) {
            return format!(
                "{output}\nThis machine has Java {}, which compiles for newer versions only: set maven.compiler.release in pom.xml, \
                 or sourceCompatibility in build.gradle. If maven.compiler.release is set, maven-compiler-plugin is too old for it: \
                 set the version of the plugin in pom.xml to 3.6.0 or later, or set maven.compiler.source and maven.compiler.target",
                self.version
            );
        }
        if !NEEDS_NEWER.iter().any(|part| output.contains(part)) {
            return output.to_owned();
        }
        format!(
            "{output}\nThis machine has Java {}: install the JDK that the project needs and set JAVA_HOME to it, or lower the \
             version in the project, such as maven.compiler.release",
            self.version
        )
    }

    /// Warnings about requested versions that this machine does not have.
    pub(super) fn version_warnings(&self, workspace: &Workspace) -> Vec<String> {
        runtime::differences(
            "Java",
            &self.version,
            &runtime::requested_by_environment(workspace, "GOOGLE_JAVA_VERSION"),
            is_prefix,
        )
    }
}

/// The environment of a build.
///
/// # Errors
/// [`BuildError::Host`] if the settings of package registries cannot be copied.
fn environment(
    room: &Room,
    build: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, BuildError> {
    let environment = INHERITANCE.environment(room, build)?;
    Ok(with_inherited_options(environment, build))
}

/// Without the inherited options that say more than how to get packages. Those of the build's own
/// environment stay.
fn with_inherited_options(
    mut environment: BTreeMap<String, String>,
    build: &BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    for name in OPTIONS.into_iter().filter(|name| !build.contains_key(*name)) {
        let Some(inherited) = environment.remove(name) else { continue };
        let is_kept = |option: &&str| {
            let option = option.trim_start_matches(['"', '\'']);
            OPTIONS_KEPT.iter().any(|start| option.starts_with(start))
        };
        let kept: Vec<&str> = options(&inherited).into_iter().filter(is_kept).collect();
        if !kept.is_empty() {
            environment.insert(name.to_owned(), kept.join(" "));
        }
    }
    environment
}

/// The options of a variable. Gradle's may contain blanks between quotes.
fn options(text: &str) -> Vec<&str> {
    let mut quote = None;
    let separates = move |character: char| {
        match quote {
            Some(open) if open == character => quote = None,
            None if ['"', '\''].contains(&character) => quote = Some(character),
            Some(_) | None => {}
        }
        quote.is_none() && character.is_whitespace()
    };
    text.split(separates).filter(|option| !option.is_empty()).collect()
}

/// Lines such as `    java.home = /usr/lib/jvm/java-17-openjdk-amd64`.
fn settings(text: &str) -> BTreeMap<String, String> {
    let lines = text.lines().filter_map(|line| line.trim().split_once(" = "));
    lines.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_inherited_options_only_the_network_and_memory_reach_a_build() {
        let pairs = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        let inherited = pairs(&[
            (
                "MAVEN_OPTS",
                "-Dmaven.compiler.source=11 -Dhttps.proxyHost=p  -Xmx2g -XX:+UseZGC -Dleak.maven=1 \
                 -Djavax.net.ssl.trustStore=/t",
            ),
            (
                "GRADLE_OPTS",
                "\"-Dhttp.proxyPassword=a b\" '-Dleak=-Xmx1g -Xss1m' \"-Xms64m\" -Dorg.gradle.daemon=true",
            ),
            ("JAVA_HOME", "/jdk"),
        ]);
        let expected = pairs(&[
            ("MAVEN_OPTS", "-Dhttps.proxyHost=p -Xmx2g -Djavax.net.ssl.trustStore=/t"),
            ("GRADLE_OPTS", "\"-Dhttp.proxyPassword=a b\" \"-Xms64m\""),
            ("JAVA_HOME", "/jdk"),
        ]);
        assert_eq!(with_inherited_options(inherited, &pairs(&[])), expected);
        let own = pairs(&[("MAVEN_OPTS", "-Dmaven.compiler.source=11")]);
        assert_eq!(with_inherited_options(own.clone(), &own), own);
        let nothing = pairs(&[("GRADLE_OPTS", "-Dleak=1")]);
        assert_eq!(with_inherited_options(nothing, &pairs(&[])), pairs(&[]));
    }

    #[test]
    fn a_project_for_a_newer_or_an_older_jdk_is_explained() {
        let jdk = Jdk {
            executable: String::new(),
            home: String::new(),
            version: "17.0.15".to_owned(),
            environment: BTreeMap::new(),
        };
        let output = "Fatal error compiling: error: release version 99 not supported";
        let text = jdk.explained(output);
        assert!(text.starts_with(output) && text.contains("has Java 17.0.15: install"), "{text}");
        assert_eq!(jdk.explained("';' expected"), "';' expected");
        let output = "[ERROR] Source option 5 is no longer supported. Use 7 or later.";
        let text = jdk.explained(output);
        assert!(text.starts_with(output) && text.contains("set maven.compiler.release"), "{text}");
        assert!(text.contains("maven-compiler-plugin is too old"), "{text}");
    }

    #[test]
    fn settings_are_read_as_java_prints_them() {
        let text = "Property settings:\n    java.home = /usr/lib/jvm/x\n    java.version = 17.0.15\n    line.separator = \\n \n";
        let settings = settings(text);
        assert_eq!(settings["java.home"], "/usr/lib/jvm/x");
        assert_eq!(settings["java.version"], "17.0.15");
    }
}
