//! `longshore batch validate`.

use longshore_messages::Defaults;
use serde::Serialize;

use super::ManifestArgs;
use crate::batch::{self, Manifest, ManifestProblem};
use crate::error::CliError;
use crate::exit;
use crate::output::{self, Output};

/// The result in JSON.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Validated {
    valid: bool,
    /// Number of entries, before matrices are expanded. 0 if the manifest is invalid.
    entries: usize,
    /// Number of functions. 0 if the manifest is invalid.
    functions: usize,
    problems: Vec<ManifestProblem>,
}

pub(super) fn run(args: &ManifestArgs, output: Output) -> Result<u8, CliError> {
    let validated = match batch::read(&args.manifest, &anywhere()) {
        Ok(Manifest { entries, functions, .. }) => {
            Validated { valid: true, entries, functions: functions.len(), problems: Vec::new() }
        }
        Err(problems) => Validated { valid: false, entries: 0, functions: 0, problems },
    };
    output::result(output, &validated, |validated| match validated.valid {
        true => {
            format!("valid: {} functions of {} entries", validated.functions, validated.entries)
        }
        false => String::new(),
    })?;
    if validated.valid {
        return Ok(exit::OK);
    }
    batch::say(&validated.problems);
    Ok(exit::USAGE)
}

/// Stands in for the fleet's project and region, which only a cloud knows.
fn anywhere() -> Defaults {
    Defaults { project: "some-project".to_owned(), region: "some-region1".to_owned() }
}
