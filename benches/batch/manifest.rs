//! Manifests and sources of batches, and the command line that starts them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::process::Command;

use crate::Failed;

/// A directory with a source that says this.
pub(crate) fn source(folder: &Path, name: &str, text: &str) -> Result<PathBuf, Failed> {
    let directory = folder.join(name);
    fs::create_dir_all(&directory)?;
    let main = format!("# {text}\ndef hello(request):\n    return 'hello'\n");
    fs::write(directory.join("main.py"), main)?;
    Ok(directory)
}

/// Writes a manifest of functions, each with its directory.
pub(crate) fn write(
    folder: &Path,
    batch: &str,
    functions: &[(String, PathBuf)],
) -> Result<PathBuf, Failed> {
    let mut text = format!("name: {batch}\ndefaults:\n  runtime: python312\nentries:\n");
    for (name, directory) in functions {
        writeln!(
            text,
            "- {{directory: {}, function: {{name: {name}, entryPoint: hello}}}}",
            directory.display()
        )?;
    }
    let path = folder.join(format!("{batch}.yaml"));
    fs::write(&path, text)?;
    Ok(path)
}

/// Runs `longshore ARGUMENTS`, and returns whether it succeeded, and what it prints.
pub(crate) async fn longshore(
    environment: &BTreeMap<String, String>,
    arguments: &[&str],
) -> Result<(bool, Value), Failed> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_longshore"));
    let output = command
        .envs(environment)
        .args(["--output", "json"])
        .args(arguments)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await?;
    let printed = serde_json::from_slice(&output.stdout).map_err(|_| {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        format!("longshore {}: {said}", arguments.join(" "))
    })?;
    Ok((output.status.success(), printed))
}

/// Starts a batch, and waits for its end. Fails unless all functions are deployed or unchanged.
pub(crate) async fn run(
    environment: &BTreeMap<String, String>,
    manifest: &Path,
) -> Result<Value, Failed> {
    let manifest = manifest.to_string_lossy();
    match longshore(environment, &["batch", "start", &manifest, "--watch"]).await? {
        (true, status) => Ok(status),
        (false, status) => Err(format!("not all functions are deployed: {status}").into()),
    }
}

/// The seconds from the acceptance of a batch to its end.
pub(crate) fn took(status: &Value) -> Result<f64, Failed> {
    let at =
        |name: &str| OffsetDateTime::parse(status[name].as_str().unwrap_or_default(), &Rfc3339);
    Ok((at("finishedAt")? - at("startedAt")?).as_seconds_f64())
}

/// `longshore provision`.
pub(crate) async fn provision(environment: &BTreeMap<String, String>) -> Result<(), Failed> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_longshore"));
    let output = command.envs(environment).arg("provision").output().await?;
    match output.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned().into()),
    }
}
