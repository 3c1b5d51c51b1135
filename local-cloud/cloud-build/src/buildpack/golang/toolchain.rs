//! The host's Go, which replaces a runtime layer, and its settings.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::Path;

use serde_json::Value;

use crate::buildpack::contract::{BuildError, Tools, Workspace};
use crate::buildpack::host::{Inheritance, ask, missing};
use crate::buildpack::runtime;
use crate::confinement::{RegistryFile, Room};
use crate::process::Command;

/// Go's names for this system. A host may be configured to build for another one.
const GOOS: &str = if cfg!(target_os = "macos") { "darwin" } else { std::env::consts::OS };
const GOARCH: &str = if cfg!(target_arch = "x86_64") {
    "amd64"
} else if cfg!(target_arch = "aarch64") {
    "arm64"
} else {
    std::env::consts::ARCH
};

/// Directory of the `go.mod` and `go.sum` that a build completes, as Go names it: both it and the
/// source are in the directory of the build. In errors it would hide that the user's file is meant.
pub(super) const COMPLETED: &str = "../../scratch/module/";

/// The environment of Go. The host decides where modules come from, by its variables and by what
/// `go env -w` has written, which is found through `HOME`. What is built, and where, is fixed. CGO
/// has Go's default, as on Google: it is enabled if there is a C compiler.
pub(super) const INHERITANCE: Inheritance<'_> = Inheritance {
    prefixes: &[
        "GOPROXY",
        "GOPRIVATE",
        "GONOPROXY",
        "GOSUMDB",
        "GONOSUMDB",
        "GOINSECURE",
        "GOAUTH",
        "GOVCS",
        "GOENV",
        "GOROOT",
        "GIT_SSH",
        "GIT_CONFIG",
        "SSH_AUTH_SOCK",
    ],
    files: &[
        RegistryFile { path: ".config/go/env", variables: &["GOENV"] },
        RegistryFile { path: ".netrc", variables: &["NETRC"] },
    ],
    fixed: &[
        ("GOOS", GOOS),
        ("GOARCH", GOARCH),
        // Otherwise another toolchain of 250 MB would be downloaded silently.
        ("GOTOOLCHAIN", "local"),
        // Otherwise a workspace file above the build would be used.
        ("GOWORK", "off"),
        ("GO111MODULE", "on"),
        ("GIT_TERMINAL_PROMPT", "0"),
    ],
};

/// Flags of every build. Without the path of the build and the state of a repository, a binary
/// depends on its source only, and compiled packages can be reused. The module cache stays
/// deletable.
const FLAGS: &str = "-trimpath -buildvcs=false -modcacherw";

/// Settings of Go that affect a binary and are not part of its source.
const DETERMINING_SETTINGS: [&str; 15] = [
    "GOVERSION",
    "GOROOT",
    "GOFLAGS",
    "GOOS",
    "GOARCH",
    "GOAMD64",
    "GOARM64",
    "GOEXPERIMENT",
    "GOPROXY",
    "CGO_ENABLED",
    "CGO_CFLAGS",
    "CGO_LDFLAGS",
    "CC",
    "CXX",
    "GOFIPS140",
];

/// A Go on this machine.
#[derive(Clone, Debug)]
pub(super) struct Toolchain {
    /// Such as `1.26.8`.
    pub(super) version: String,
    /// The settings that affect a binary, by name.
    pub(super) settings: Value,
    /// The environment of every process of this build.
    pub(super) environment: BTreeMap<String, String>,
}

impl Toolchain {
    /// The `go` on the host's `PATH`, queried in the directory of the source, where it may select
    /// another version.
    ///
    /// # Errors
    /// [`BuildError::User`] if it is missing, which only the user of the local cloud can change.
    pub(super) async fn find(
        source: &Path,
        workspace: &Workspace,
        tools: &Tools,
    ) -> Result<Self, BuildError> {
        let environment = environment(workspace, &tools.room)?;
        let found = Self::probe(source, environment, tools).await?;
        let root = found.settings["GOROOT"].as_str().unwrap_or_default();
        tools.log.line(format!("Using Go {} on this machine ({root})", found.version));
        Ok(found)
    }

    /// The Go of this machine for packages that all functions share: of the variables of the build,
    /// only those of the module proxy apply.
    ///
    /// # Errors
    /// [`BuildError::User`] if it is missing.
    pub(super) async fn without_source(
        settings: &BTreeMap<String, String>,
        shared: &Tools,
    ) -> Result<Self, BuildError> {
        let workspace = Workspace::new(shared.scratch().to_owned(), settings.clone());
        let environment = environment(&workspace, &shared.room)?;
        Self::probe(shared.scratch(), environment, shared).await
    }

    async fn probe(
        directory: &Path,
        environment: BTreeMap<String, String>,
        tools: &Tools,
    ) -> Result<Self, BuildError> {
        let question = ["env", "-json"].into_iter().chain(DETERMINING_SETTINGS);
        // `go env` writes to the compile cache, whose absence says that it can be seeded.
        let compiled = tools.scratch().join("go-env").display().to_string();
        let command =
            Command::new("go", directory, &environment).args(question).env("GOCACHE", &compiled);
        let asked = ask(&command, tools).await.map_err(BuildError::host("run go"))?;
        let exited = asked.ok_or_else(|| {
            missing("go", "install Go (https://go.dev/dl), or put its bin directory on the PATH")
        })?;
        if !exited.status.success() {
            return Err(BuildError::User(format!(
                "go on this machine does not work: {}",
                exited.stderr.trim()
            )));
        }
        let settings: Value = serde_json::from_str(&exited.stdout).map_err(|error| {
            BuildError::Host { doing: "parse the output of go env", source: error.into() }
        })?;
        let of = |name: &str| settings[name].as_str().unwrap_or_default();
        let version = of("GOVERSION").trim_start_matches("go").to_owned();
        Ok(Self { version, settings, environment })
    }

    /// Warnings about requested versions that this machine does not have. The `go` line of a
    /// `go.mod` is a lower bound that Go itself checks.
    pub(super) fn version_warnings(&self, workspace: &Workspace) -> Vec<String> {
        let requested = runtime::requested_by_environment(workspace, "GOOGLE_GO_VERSION");
        runtime::differences("Go", &self.version, &requested, runtime::is_prefix)
    }

    /// Runs Go with its output in the build's log, and returns its standard output.
    ///
    /// # Errors
    /// [`BuildError::User`] with the output of Go if it fails; [`BuildError::Host`] if the disk is
    /// full.
    pub(super) async fn run(&self, command: &Command, tools: &Tools) -> Result<String, BuildError> {
        let exited = tools.run(command).await.map_err(BuildError::host("run go"))?;
        if exited.status.success() {
            return Ok(exited.stdout.trim().to_owned());
        }
        let subcommand = command
            .arguments
            .first()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        let output = without_progress(&exited.stderr).replace(COMPLETED, "");
        let error = failure(&subcommand, &output, &self.version);
        Err(with_workspace_advice(error, &command.directory))
    }

    /// Runs a query that Go may reject. Its output does not appear in the build's log.
    ///
    /// # Errors
    /// If Go cannot be run.
    pub(super) async fn ask(
        &self,
        command: &Command,
        tools: &Tools,
    ) -> Result<Option<String>, BuildError> {
        let exited = ask(command, tools).await.map_err(BuildError::host("run go"))?;
        Ok(exited
            .filter(|exited| exited.status.success())
            .map(|exited| exited.stdout.trim().to_owned()))
    }

    pub(super) fn command<A: Into<OsString>>(
        &self,
        directory: &Path,
        arguments: impl IntoIterator<Item = A>,
    ) -> Command {
        Command::new("go", directory, &self.environment).args(arguments)
    }
}

/// The variables of the build that say where modules come from.
pub(super) fn proxy_settings(workspace: &Workspace) -> BTreeMap<String, String> {
    const SETTINGS: [&str; 6] =
        ["GOPROXY", "GOPRIVATE", "GONOPROXY", "GOSUMDB", "GONOSUMDB", "GOINSECURE"];
    let variables = workspace.environment().iter();
    variables
        .filter(|(name, _)| SETTINGS.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// The builds of a function share the caches, which Go locks, unless a build configures its own.
/// The flags of the build's environment are added to those of the buildpack.
fn environment(workspace: &Workspace, room: &Room) -> Result<BTreeMap<String, String>, BuildError> {
    let environment = INHERITANCE.environment(room, workspace.environment())?;
    Ok(with_defaults(environment, workspace, &room.caches))
}

fn with_defaults(
    mut environment: BTreeMap<String, String>,
    workspace: &Workspace,
    cache: &Path,
) -> BTreeMap<String, String> {
    let flags = workspace.variable("GOFLAGS").map(|more| format!("{FLAGS} {more}"));
    environment.insert("GOFLAGS".to_owned(), flags.unwrap_or_else(|| FLAGS.to_owned()));
    let home = cache.join("go");
    for (name, directory) in [
        ("GOPATH", home.clone()),
        ("GOMODCACHE", home.join("modules")),
        ("GOCACHE", home.join("compiled")),
    ] {
        environment.entry(name.to_owned()).or_insert_with(|| directory.display().to_string());
    }
    environment
}

/// The output of Go without its progress messages.
fn without_progress(stderr: &str) -> String {
    let said = stderr.lines().filter(|line| {
        !line.starts_with("go: downloading ") && !line.starts_with("go: finding module ")
    });
    said.collect::<Vec<_>>().join("\n").trim().to_owned()
}

/// The error of a failed run of Go: the fault of this machine if the disk is full, otherwise of the
/// source.
fn failure(subcommand: &str, output: &str, version: &str) -> BuildError {
    if output.contains("no space left on device") {
        return BuildError::Host { doing: "run go", source: io::ErrorKind::StorageFull.into() };
    }
    let advice = advice(output, version);
    BuildError::User(format!("go {subcommand} failed: {}{advice}", without_titles(output)))
}

/// The output of Go from its first error on, because a list of deployments shows one line of it.
fn without_titles(output: &str) -> &str {
    let mut rest = output;
    while let Some((title, after)) = rest.split_once('\n')
        && (title.starts_with("# ") || title == "go: errors parsing go.mod:")
    {
        rest = after;
    }
    rest.strip_prefix("go: ").unwrap_or(rest)
}

/// Advice for errors that Go itself explains poorly.
fn advice(output: &str, version: &str) -> String {
    if output.contains("requires go >=") && output.contains("GOTOOLCHAIN=") {
        return format!(
            "\nThis machine has Go {version}: install the version that is required, lower the go line in go.mod, or let Go fetch it \
             with the build variable GOTOOLCHAIN=auto"
        );
    }
    if output.contains("(replaced by ../") || output.contains("replacement directory ../") {
        return "\nA replace directive of go.mod names a directory outside of the source, which is not uploaded: move it into \
                the source, or vendor the dependencies with `go mod vendor`"
            .to_owned();
    }
    if UNREACHABLE.iter().any(|sign| output.contains(sign)) {
        return "\nThe module proxy cannot be reached: check the network and GOPROXY, or vendor the dependencies with `go mod vendor`"
            .to_owned();
    }
    String::new()
}

/// What Go says if it cannot reach a host.
const UNREACHABLE: [&str; 5] = [
    "no such host",
    "connection refused",
    "i/o timeout",
    "network is unreachable",
    "TLS handshake timeout",
];

/// What Go says about a module that it cannot find.
const MISSING_MODULE: [&str; 5] = [
    "cannot find module",
    "no required module",
    "unrecognized import path",
    "invalid version",
    // A proxy refuses the list of its versions.
    "/@v/list: 4",
];

/// Says that `go.work` is not used, if a module cannot be found.
fn with_workspace_advice(error: BuildError, directory: &Path) -> BuildError {
    match error {
        BuildError::User(text)
            if directory.join("go.work").is_file()
                && MISSING_MODULE.iter().any(|sign| text.contains(sign)) =>
        {
            BuildError::User(format!(
                "{text}\ngo.work is not used: Google's builder runs `go mod tidy`, which ignores it. Name the other modules of \
                 the source in go.mod, with `replace`"
            ))
        }
        BuildError::User(_) | BuildError::Host { .. } => error,
    }
}

#[cfg(test)]
mod tests;
