//! Builds a source with a pom.xml, using its own Maven wrapper or the host's Maven.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::compiled::Compiled;
use super::jdk::Jdk;
use crate::buildpack::contract::{BuildError, Tools, Workspace};
use crate::buildpack::host::missing;
use crate::confinement::{read_text, real_file};
use crate::process::Command;

/// Goals with pinned versions, because Maven would otherwise query the newest ones in every build.
/// These run on every Maven since 3.2.5, which old wrappers use.
const COPY_DEPENDENCIES: &str =
    "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies";
const COPY: &str = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy";
const EVALUATE: &str = "org.apache.maven.plugins:maven-help-plugin:3.4.0:evaluate";

/// Modification time of the entries of a jar, so that the same source produces the same jar.
const OUTPUT_TIMESTAMP: &str = "-Dproject.build.outputTimestamp=1980-01-01T00:00:02Z";

/// Silences a warning about reflection that Maven's dependency injection causes, as Google's
/// buildpacks do.
const REFLECTION: &str = "--add-opens java.base/java.lang=ALL-UNNAMED";

/// Output directory of Maven.
const TARGET: &str = "target";

/// Builds the jar and copies its dependencies.
///
/// # Errors
/// [`BuildError::User`] with the output of Maven, or if the project produces no jar where Google's
/// buildpacks expect one.
pub(super) async fn build(
    jdk: &Jdk,
    workspace: &Workspace,
    tools: &Tools,
) -> Result<Compiled, BuildError> {
    let maven = Maven::of(jdk, workspace, tools)?;
    let name_file = tools.scratch().join("final-name");
    let dependencies = workspace.root().join(TARGET).join("dependency");
    let arguments = match workspace.variable("GOOGLE_MAVEN_BUILD_ARGS") {
        Some(own) => own.split_whitespace().map(str::to_owned).collect(),
        None => package_arguments(workspace),
    };
    let command = maven.command().args(arguments).args([
        COPY_DEPENDENCIES.to_owned(),
        "-Dmdep.prependGroupId".to_owned(),
        "-DincludeScope=runtime".to_owned(),
        format!("-DoutputDirectory={}", dependencies.display()),
        EVALUATE.to_owned(),
        "-Dexpression=project.build.finalName".to_owned(),
        format!("-Doutput={}", name_file.display()),
        "--quiet".to_owned(),
    ]);
    maven.run(&command).await?;
    let name =
        read_text(&name_file).map_err(BuildError::host("read the name of the jar from Maven"))?;
    let jar = workspace.root().join(TARGET).join(format!("{}.jar", name.trim()));
    if !jar.is_file() {
        let modules = if has_modules(workspace) { MODULES } else { "" };
        return Err(BuildError::User(format!(
            "expected output jar {TARGET}/{}.jar does not exist{modules}",
            name.trim()
        )));
    }
    Ok(Compiled { jar, dependencies, directory: workspace.root().join(TARGET) })
}

const MODULES: &str = "\npom.xml has modules, and Google's builder takes the jar of the project at the root: deploy the directory of the module, \
     or make the project at the root the function's own";

fn has_modules(workspace: &Workspace) -> bool {
    read_text(&workspace.root().join("pom.xml")).is_ok_and(|text| text.contains("<modules>"))
}

/// Copies an artifact from the repositories into a directory.
///
/// # Errors
/// [`BuildError::User`] if Maven is missing or cannot fetch it.
pub(super) async fn copy(
    jdk: &Jdk,
    workspace: &Workspace,
    tools: &Tools,
    artifact: &str,
    dir: &Path,
) -> Result<(), BuildError> {
    let maven = Maven { program: "mvn".into(), directory: tools.scratch(), jdk, workspace, tools };
    let command = maven.command().args([
        COPY.to_owned(),
        "--batch-mode".to_owned(),
        "--quiet".to_owned(),
        format!("-Dartifact={artifact}"),
        format!("-DoutputDirectory={}", dir.display()),
    ]);
    maven.run(&command).await
}

struct Maven<'a> {
    program: PathBuf,
    directory: &'a Path,
    jdk: &'a Jdk,
    workspace: &'a Workspace,
    tools: &'a Tools,
}

impl<'a> Maven<'a> {
    fn of(jdk: &'a Jdk, workspace: &'a Workspace, tools: &'a Tools) -> Result<Self, BuildError> {
        let directory = workspace.root();
        let wrapper = directory.join("mvnw");
        let program = if wrapper.is_file() {
            let executable =
                real_file(directory, &wrapper).and_then(|wrapper| make_executable(&wrapper));
            executable.map_err(BuildError::host("make mvnw executable"))?;
            wrapper
        } else {
            PathBuf::from("mvn")
        };
        Ok(Self { program, directory, jdk, workspace, tools })
    }

    /// The builds of a function share the local repository and the Maven installations that
    /// wrappers download. Parallel builds do not interfere there.
    fn command(&self) -> Command {
        let own_cache = self.tools.room.caches.join("maven");
        let command = Command::new(&self.program, self.directory, &self.jdk.environment);
        let command = command.env("MAVEN_USER_HOME", &own_cache.display().to_string());
        let own = self.jdk.environment.get("MAVEN_OPTS").map(String::as_str).unwrap_or_default();
        // Java takes the home directory, where settings.xml is, from the user's account.
        let home = self.tools.room.home();
        let home = home.map_or_else(String::new, |home| format!("-Duser.home={}", home.display()));
        let command = command.env("MAVEN_OPTS", format!("{own} {REFLECTION} {home}").trim());
        if self
            .workspace
            .variable("GOOGLE_BUILD_ARGS")
            .is_some_and(|own| own.contains("maven.repo.local"))
        {
            return command;
        }
        command.args([format!("-Dmaven.repo.local={}", own_cache.join("repository").display())])
    }

    async fn run(&self, command: &Command) -> Result<(), BuildError> {
        let exited = self.tools.run(command).await;
        let exited = match exited {
            Ok(exited) => exited,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(missing(
                    "mvn",
                    "install Maven, or add its wrapper to the source (mvn wrapper:wrapper)",
                ));
            }
            Err(source) => return Err(BuildError::Host { doing: "run Maven", source }),
        };
        if exited.status.success() {
            return Ok(());
        }
        let errors = errors(&format!("{}{}", exited.stdout, exited.stderr));
        Err(BuildError::User(self.jdk.explained(&errors)))
    }
}

fn package_arguments(workspace: &Workspace) -> Vec<String> {
    let fixed = [
        "clean",
        "package",
        "--batch-mode",
        "-DskipTests",
        "-Dhttp.keepAlive=false",
        OUTPUT_TIMESTAMP,
        "-f=pom.xml",
    ];
    let own = workspace.variable("GOOGLE_BUILD_ARGS").unwrap_or_default().split_whitespace();
    fixed.into_iter().chain(own).map(str::to_owned).collect()
}

/// A wrapper from Windows has line endings that break its first line, and an archive may have lost
/// its mode.
pub(super) fn make_executable(wrapper: &Path) -> std::io::Result<()> {
    let text = std::fs::read_to_string(wrapper)?;
    if text.contains("\r\n") {
        std::fs::write(wrapper, text.replace("\r\n", "\n"))?;
    }
    std::fs::set_permissions(wrapper, std::fs::Permissions::from_mode(0o755))
}

/// Maven's error lines, without their titles and the advice about more output that follows them: a
/// list of deployments shows the first line.
fn errors(output: &str) -> String {
    let advice = [
        "[ERROR] COMPILATION ERROR",
        "[ERROR] [ERROR] Some problems were encountered",
        "[ERROR] To see the full stack trace",
        "[ERROR] Re-run Maven using",
        "[ERROR] For more information about",
        "[Help ",
    ];
    let is_advice = |line: &str| {
        line.trim_end() == "[ERROR]"
            || advice.iter().any(|start| line.contains(start) && line.contains("ERROR"))
    };
    let lines: Vec<&str> = output
        .lines()
        .filter(|line| ["[ERROR]", "[FATAL]", "Error"].iter().any(|start| line.starts_with(start)))
        .collect();
    let kept: Vec<&str> = lines.iter().copied().filter(|line| !is_advice(line)).collect();
    if kept.is_empty() { output.trim().to_owned() } else { kept.join("\n") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_has_mavens_error_lines_without_its_title_and_advice() {
        let output = "[ERROR] COMPILATION ERROR : \n[ERROR] /w/Hello.java:[7,3] ';' expected\n[INFO] 1 error\n[ERROR] \n\
                    [ERROR] To see the full stack trace of the errors, re-run Maven with the -e switch.\n\
                    [ERROR] [Help 1] http://cwiki.apache.org/x\n";
        assert_eq!(errors(output), "[ERROR] /w/Hello.java:[7,3] ';' expected");
        let old = "[ERROR] Source option 5 is no longer supported. Use 7 or later.";
        assert_eq!(errors(&format!("[ERROR] COMPILATION ERROR : \n{old}\n")), old);
        let broken = "[FATAL] Non-parseable POM /w/pom.xml: x @";
        let title = "[ERROR] [ERROR] Some problems were encountered while processing the POMs:";
        assert_eq!(errors(&format!("{title}\n{broken}\n @ \n")), broken);
        assert_eq!(errors("mvnw: cannot fetch\n"), "mvnw: cannot fetch");
    }

    #[test]
    fn a_wrapper_from_windows_becomes_executable() {
        let dir = tempfile::tempdir().unwrap();
        let wrapper = dir.path().join("mvnw");
        std::fs::write(&wrapper, "#!/bin/sh\r\necho\r\n").unwrap();
        make_executable(&wrapper).unwrap();
        assert_eq!(std::fs::read_to_string(&wrapper).unwrap(), "#!/bin/sh\necho\n");
        assert_eq!(wrapper.metadata().unwrap().permissions().mode() & 0o111, 0o111);
    }
}
