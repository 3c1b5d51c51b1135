//! `longshore migrate plan`.

use std::path::PathBuf;

use clap::{Args, ValueHint};
use serde::Serialize;

use crate::cloud_target::CloudTarget;
use crate::error::CliError;
use crate::estate::{self, Filter};
use crate::exit;
use crate::migrate::{Goals, Migration, Needs, manifest, plan};
use crate::output::{self, Output, Text};

#[derive(Debug, Args)]
pub(crate) struct PlanArgs {
    /// What to change: run, functions, region=REGION, runtime=RUNTIME or key=KEY; can be repeated
    #[arg(long = "to", value_name = "GOAL", required = true)]
    to: Vec<String>,
    /// Project to migrate; can be repeated [default: the fleet's project]
    #[arg(long = "project", value_name = "PROJECT")]
    projects: Vec<String>,
    /// Region to migrate; can be repeated [default: the fleet's region]
    #[arg(long = "region", value_name = "REGION")]
    regions: Vec<String>,
    /// Migrate only what matches: name, runtime, flavour, generation or label.NAME, and a pattern
    /// with *; all of them have to match
    #[arg(long = "filter", value_name = "KEY=PATTERN")]
    filters: Vec<Filter>,
    /// File for the manifest [default: standard output]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    out: Option<PathBuf>,
    /// Suffix for the names of functions that change their API within a region [default: -run or
    /// -fn]
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    suffix: Option<String>,
    /// Artifact Registry repository under the key: projects/P/locations/R/repositories/NAME
    #[arg(long, value_name = "REPOSITORY")]
    repository: Option<String>,
    /// Bucket for sources under the key, for functions in Cloud Run
    #[arg(long, value_name = "BUCKET")]
    source_bucket: Option<String>,
}

/// The plan in JSON.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Planned {
    /// The file of the manifest, or `None` if it is `manifest`.
    file: Option<PathBuf>,
    /// The text of the manifest, unless it is in a file.
    manifest: Option<String>,
    #[serde(flatten)]
    migration: Migration,
}

pub(super) async fn run(
    args: PlanArgs,
    data_dir: Option<PathBuf>,
    output: Output,
) -> Result<u8, CliError> {
    let goals = Goals::parse(args.to.iter().map(String::as_str)).map_err(CliError::Goal)?;
    let target = CloudTarget::find(data_dir).await?;
    let defaults = target.defaults();
    let or_default = |named: &[String], default: &str| match named {
        [] => vec![default.to_owned()],
        named => named.to_vec(),
    };
    let projects = or_default(&args.projects, &defaults.project);
    let regions = or_default(&args.regions, &defaults.region);
    let places: Vec<_> = projects
        .iter()
        .flat_map(|project| regions.iter().map(|region| (project.clone(), region.clone())))
        .collect();
    let (mut deployed, runtimes) = estate::read(&*target.clients.estate, &places).await?;
    estate::add_recorded(&target, &mut deployed).await;
    // What is no function is not meant, unless a filter names it.
    deployed.retain(|one| {
        let is_meant = one.kind() != estate::Kind::Image || !args.filters.is_empty();
        is_meant && args.filters.iter().all(|filter| filter.selects(one))
    });
    let needs = Needs {
        suffix: args.suffix,
        repository: args.repository,
        source_bucket: args.source_bucket,
    };
    let migration = plan(&target, &deployed, &runtimes, &goals, &needs).await?;
    let text = manifest(&migration, &format!("migrate to {}", args.to.join(", ")));
    if let Some(file) = &args.out {
        let written = std::fs::write(file, &text);
        written.map_err(|source| CliError::WriteFile { path: file.clone(), source })?;
    }
    say(&migration, args.out.as_ref());
    let code = if migration.is_complete() { exit::OK } else { exit::NOT_DEPLOYED };
    match (output, &args.out) {
        (Output::Human, Some(_)) => {}
        (Output::Human, None) => output::text_result(&text)?,
        (Output::Json, file) => {
            let manifest = file.is_none().then_some(text);
            let planned = Planned { file: file.clone(), manifest, migration };
            output::result(output, &planned, |_| Text::default())?;
        }
    }
    Ok(code)
}

/// Says what is not carried over, function by function.
fn say(migration: &Migration, file: Option<&PathBuf>) {
    for one in &migration.copied {
        for lost in &one.lost {
            let (from, field) = (&one.from, &lost.field);
            output::say(format!("{from}: not carried over: {field}: {}", lost.reason));
            output::say(format!("  {}", lost.advice));
        }
    }
    for left in &migration.left_out {
        output::say(format!("{}: left out: {}", left.function, left.reason));
    }
    let (copied, left) = (migration.copied.len(), migration.left_out.len());
    output::say(format!("{copied} functions in the manifest, {left} left out"));
    let are_beside = migration.copied.iter().any(|one| one.from != one.to);
    if are_beside {
        output::say(
            "the old functions stay, with their triggers, so events reach both: delete each old one \
             with `longshore delete` when the new one serves, and tell callers the new URL",
        );
    }
    if let Some(file) = file.filter(|_| copied > 0) {
        output::say(format!("next: `longshore batch plan {}`", file.display()));
    }
}
