//! `longshore secrets`: manages secrets.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use longshore_cloud::{CloudError, SecretValue};
use serde::Serialize;

use crate::cloud_target::CloudTarget;
use crate::error::CliError;
use crate::exit;
use crate::output::{self, Output};
use crate::time_text::rfc3339;

const HELP: &str = "\
Examples:
  longshore secrets set tls-key --data-file key.pem
  printf %s \"$PASSWORD\" | longshore secrets set db-password
  longshore deploy ./hello --set-secrets DB_PASSWORD=db-password:latest,/etc/tls/key=tls-key:1
  longshore secrets list

Exit codes: 0 success; 1 failure, or no such secret; 64 invalid arguments; 69 no
cloud.";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct SecretsArgs {
    #[command(subcommand)]
    command: SecretsCommand,
}

#[derive(Debug, Subcommand)]
enum SecretsCommand {
    /// Add a version to a secret, and create the secret if it does not exist
    Set {
        /// Name of the secret
        name: String,
        /// File with the value [default: standard input]
        #[arg(long, value_name = "FILE")]
        data_file: Option<PathBuf>,
    },
    /// List secrets
    List,
    /// Delete a secret and all its versions
    Delete {
        /// Name of the secret
        name: String,
    },
}

/// A secret in JSON.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    name: String,
    created_at: String,
}

/// A changed or deleted secret in JSON.
#[derive(Debug, Serialize)]
struct Changed {
    name: String,
}

pub(crate) async fn run(
    args: SecretsArgs,
    data_dir: Option<PathBuf>,
    output: Output,
) -> Result<u8, CliError> {
    let target = CloudTarget::find(data_dir).await?;
    match args.command {
        SecretsCommand::Set { name, data_file } => {
            set(&target, &name, data_file.as_deref(), output).await
        }
        SecretsCommand::List => list(&target, output).await,
        SecretsCommand::Delete { name } => delete(&target, &name, output).await,
    }
}

async fn set(
    target: &CloudTarget,
    name: &str,
    data_file: Option<&Path>,
    output: Output,
) -> Result<u8, CliError> {
    let value = read(data_file)?;
    if value.is_empty() {
        return Err(CliError::EmptySecret);
    }
    let added = target
        .clients
        .secrets
        .add(&full_name(target, name), SecretValue::new(value))
        .await
        .map_err(CliError::Secret)?;
    output::result(output, &Changed { name: added }, |added| added.name.clone())?;
    Ok(exit::OK)
}

/// Reads the value unchanged. A trailing newline is part of it, as with gcloud.
fn read(data_file: Option<&Path>) -> Result<Vec<u8>, CliError> {
    let unreadable = |path: &Path, source| CliError::Read { path: path.to_owned(), source };
    match data_file {
        Some(path) => std::fs::read(path).map_err(|source| unreadable(path, source)),
        None => {
            let mut value = Vec::new();
            let read = std::io::stdin().lock().read_to_end(&mut value);
            read.map(|_| value).map_err(|source| unreadable(Path::new("standard input"), source))
        }
    }
}

async fn list(target: &CloudTarget, output: Output) -> Result<u8, CliError> {
    let secrets =
        target.clients.secrets.list(&target.settings.project).await.map_err(CliError::Secret)?;
    let listed: Vec<Listed> = secrets
        .into_iter()
        .map(|secret| Listed {
            name: secret.name.rsplit('/').next().unwrap_or_default().to_owned(),
            created_at: rfc3339(secret.created_at),
        })
        .collect();
    output::result(output, &listed, |listed| {
        let mut table = output::Table::headed(["NAME", "CREATED"]);
        listed.iter().for_each(|secret| {
            table.row([secret.name.as_str().into(), secret.created_at.as_str().into()])
        });
        table.text(output::stdout_is_coloured())
    })?;
    Ok(exit::OK)
}

async fn delete(target: &CloudTarget, name: &str, output: Output) -> Result<u8, CliError> {
    let name = full_name(target, name);
    let deleted: Result<bool, CloudError> = target.clients.secrets.delete(&name).await;
    if !deleted.map_err(CliError::Secret)? {
        return Err(CliError::NoSecret(name));
    }
    output::result(output, &Changed { name }, |_| String::new())?;
    Ok(exit::OK)
}

fn full_name(target: &CloudTarget, name: &str) -> String {
    if name.contains('/') {
        name.to_owned()
    } else {
        format!("projects/{}/secrets/{name}", target.settings.project)
    }
}
