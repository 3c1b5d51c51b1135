//! `longshore secrets`: what functions need and nobody else may see, and how a flag names it.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use longshore_cloud::{CloudError, SecretValue};
use serde::Serialize;
use time::format_description::well_known::Rfc3339;

use crate::args::Output;
use crate::error::CliError;
use crate::place::Place;
use crate::{exit, output};

#[derive(Debug, Args)]
pub(crate) struct SecretsArgs {
    #[command(subcommand)]
    command: SecretsCommand,
}

#[derive(Debug, Subcommand)]
enum SecretsCommand {
    /// Add a version to a secret, which is made where it is missing
    Set {
        /// Name of the secret
        name: String,
        /// File that holds the value [default: standard input]
        #[arg(long, value_name = "FILE")]
        data_file: Option<PathBuf>,
    },
    /// List the secrets
    List,
    /// Delete a secret with all its versions
    Delete {
        /// Name of the secret
        name: String,
    },
}

/// A secret, as `--output json` writes it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    name: String,
    created_at: String,
}

/// What was set or deleted, as `--output json` writes it.
#[derive(Debug, Serialize)]
struct Changed {
    name: String,
}

pub(crate) async fn secrets(
    args: SecretsArgs,
    data_dir: Option<PathBuf>,
    output: Output,
) -> Result<u8, CliError> {
    let place = Place::find(data_dir).await?;
    match args.command {
        SecretsCommand::Set { name, data_file } => {
            set(&place, &name, data_file.as_deref(), output).await
        }
        SecretsCommand::List => list(&place, output).await,
        SecretsCommand::Delete { name } => delete(&place, &name, output).await,
    }
}

async fn set(
    place: &Place,
    name: &str,
    data_file: Option<&Path>,
    output: Output,
) -> Result<u8, CliError> {
    let value = read(data_file)?;
    if value.is_empty() {
        return Err(CliError::EmptySecret);
    }
    let added = place
        .clients
        .secrets
        .add(&full_name(place, name), SecretValue::new(value))
        .await
        .map_err(CliError::Secret)?;
    output::result(output, &Changed { name: added }, |added| added.name.clone())?;
    Ok(exit::OK)
}

/// The value as it is: a line's end in the file is part of it, as it is with gcloud.
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

async fn list(place: &Place, output: Output) -> Result<u8, CliError> {
    let secrets =
        place.clients.secrets.list(&place.settings.project).await.map_err(CliError::Secret)?;
    let listed: Vec<Listed> = secrets
        .into_iter()
        .map(|secret| Listed {
            name: secret.name.rsplit('/').next().unwrap_or_default().to_owned(),
            created_at: secret.created_at.format(&Rfc3339).unwrap_or_default(),
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

async fn delete(place: &Place, name: &str, output: Output) -> Result<u8, CliError> {
    let name = full_name(place, name);
    let deleted: Result<bool, CloudError> = place.clients.secrets.delete(&name).await;
    if !deleted.map_err(CliError::Secret)? {
        return Err(CliError::NoSecret(name));
    }
    output::result(output, &Changed { name }, |_| String::new())?;
    Ok(exit::OK)
}

fn full_name(place: &Place, name: &str) -> String {
    if name.contains('/') {
        name.to_owned()
    } else {
        format!("projects/{}/secrets/{name}", place.settings.project)
    }
}

/// One part of `--set-secrets`, as gcloud writes it: `NAME=SECRET:VERSION` or
/// `/PATH/FILE=SECRET:VERSION`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SecretFlag {
    Variable { name: String, secret: String, version: String },
    File { directory: String, file: String, secret: String, version: String },
}

impl SecretFlag {
    /// Without a version, the newest one is meant.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let expected = "expected NAME=SECRET:VERSION or /PATH/FILE=SECRET:VERSION";
        let (place, secret) = text.split_once('=').ok_or(expected)?;
        let (secret, version) = secret.rsplit_once(':').unwrap_or((secret, "latest"));
        if [place, secret, version].iter().any(|part| part.is_empty()) {
            return Err(expected.to_owned());
        }
        let (secret, version) = (secret.to_owned(), version.to_owned());
        if !place.starts_with('/') {
            return Ok(Self::Variable { name: place.to_owned(), secret, version });
        }
        match place.rsplit_once('/') {
            Some((directory, file)) if !directory.is_empty() && !file.is_empty() => {
                Ok(Self::File {
                    directory: directory.to_owned(),
                    file: file.to_owned(),
                    secret,
                    version,
                })
            }
            _ => Err(format!("'{place}' is not a file in a directory: {expected}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::SecretFlag;

    #[test]
    fn a_flag_names_a_variable_or_a_file() {
        let variable = |secret: &str, version: &str| SecretFlag::Variable {
            name: "KEY".into(),
            secret: secret.into(),
            version: version.into(),
        };
        assert_eq!(SecretFlag::parse("KEY=s:3"), Ok(variable("s", "3")));
        assert_eq!(SecretFlag::parse("KEY=s"), Ok(variable("s", "latest")));
        assert_eq!(
            SecretFlag::parse("KEY=projects/p/secrets/s:latest"),
            Ok(variable("projects/p/secrets/s", "latest"))
        );
        let file = SecretFlag::File {
            directory: "/etc/keys".into(),
            file: "key.pem".into(),
            secret: "s".into(),
            version: "3".into(),
        };
        assert_eq!(SecretFlag::parse("/etc/keys/key.pem=s:3"), Ok(file));
        for bad in ["", "KEY", "KEY=", "=s", "KEY=s:", "/key=s", "/keys/=s"] {
            assert!(SecretFlag::parse(bad).is_err(), "{bad}");
        }
    }
}
