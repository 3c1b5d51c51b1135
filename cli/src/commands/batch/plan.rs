//! `longshore batch plan`.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Args;
use longshore_messages::Function;
use serde::Serialize;

use super::ManifestArgs;
use crate::batch::{
    self, Change, Expected, Found, Known, KnownSource, Manifest, Member, Needed, compare,
    needed_build,
};
use crate::cloud_target::CloudTarget;
use crate::error::CliError;
use crate::exit;
use crate::output::{self, Cell, Output, Table, Text, Tone};
use crate::preflight::{self, Finding, preflight};

#[derive(Debug, Args)]
pub(crate) struct PlanArgs {
    #[command(flatten)]
    manifest: ManifestArgs,
    /// Maximum number of concurrent builds in one project and region [default: 10]
    #[arg(long, value_name = "NUMBER")]
    concurrent_builds: Option<u32>,
    /// Duration of a build in seconds [default: 90]
    #[arg(long, value_name = "SECONDS")]
    build_time: Option<u64>,
    /// Maximum number of service writes per minute in one project and region [default: from the
    /// settings or Service Usage, or else 60]
    #[arg(long, value_name = "NUMBER")]
    writes_per_minute: Option<u32>,
}

/// The plan in JSON.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Plan {
    functions: Vec<Planned>,
    new: usize,
    changed: usize,
    unknown: usize,
    unchanged: usize,
    refused: usize,
    /// Number of distinct builds.
    builds: usize,
    forecast: Expected,
    /// What would make deployments fail, the worst first.
    preflight: Vec<Finding>,
}

#[derive(Debug, Serialize)]
struct Planned {
    function: String,
    #[serde(flatten)]
    change: Change,
}

pub(super) async fn run(
    args: PlanArgs,
    data_dir: Option<PathBuf>,
    output: Output,
) -> Result<u8, CliError> {
    let target = CloudTarget::find(data_dir).await?;
    let manifest = match batch::read(&args.manifest.manifest, &target.defaults()) {
        Ok(manifest) => manifest,
        Err(problems) => {
            batch::say(&problems);
            return Ok(exit::USAGE);
        }
    };
    let functions = manifest.specifications();
    let (found, sources, preflight) = tokio::try_join!(
        batch::found(&target, &manifest),
        batch::known_sources(&manifest),
        preflight(&target, &manifest.settings, &functions),
    )?;
    let mut plan = Plan::of(&args, &target, &manifest, &found, &sources).await;
    plan.preflight = preflight;
    output::result(output, &plan, human)?;
    preflight::say(&plan.preflight);
    Ok(if preflight::is_refused(&plan.preflight) { exit::NOT_DEPLOYED } else { exit::OK })
}

/// What becomes of each function, and whether it is the first one of its build.
pub(super) fn changes<'a>(
    functions: impl Iterator<Item = &'a Function>,
    found: &[Found],
    sources: &[KnownSource],
) -> Vec<(Change, bool)> {
    let mut builds: BTreeSet<Needed> = BTreeSet::new();
    let all = functions.zip(found).zip(sources);
    let changes = all.map(|((function, found), source)| {
        let change = compare(function, source, found);
        let needed = needed_build(function, source, &change, found);
        let is_built = needed.is_some_and(|needed| builds.insert(needed));
        (change, is_built)
    });
    changes.collect()
}

impl PlanArgs {
    fn known(&self) -> Known {
        Known {
            concurrent_builds: self.concurrent_builds,
            build_seconds: self.build_time,
            writes_per_minute: self.writes_per_minute,
        }
    }
}

impl Plan {
    async fn of(
        args: &PlanArgs,
        target: &CloudTarget,
        manifest: &Manifest,
        found: &[Found],
        sources: &[KnownSource],
    ) -> Self {
        let changes = changes(manifest.functions.iter().map(|one| &one.function), found, sources);
        let members = manifest.functions.iter().zip(&changes).map(|(one, (change, is_built))| {
            Member { function: &one.function, change, is_built: *is_built }
        });
        let parts = batch::parts(target, &manifest.settings, members, args.known()).await;
        let builds = changes.iter().filter(|(_, is_built)| *is_built).count();
        let functions: Vec<_> = manifest
            .functions
            .iter()
            .zip(changes)
            .map(|(one, (change, _))| Planned { function: one.function.at.to_string(), change })
            .collect();
        let count = |what: &str| functions.iter().filter(|one| one.change.as_str() == what).count();
        Self {
            new: count("new"),
            changed: count("changed"),
            unknown: count("unknown"),
            unchanged: count("unchanged"),
            refused: count("refused"),
            builds,
            forecast: Expected::of(&parts),
            preflight: Vec::new(),
            functions,
        }
    }
}

fn human(plan: &Plan) -> Text {
    let mut table = Table::headed(["FUNCTION", "CHANGE", "WHAT"]);
    for one in &plan.functions {
        let (tone, what) = match &one.change {
            Change::New => (Tone::Good, String::new()),
            Change::Changed { fields } => (Tone::Busy, fields.join(", ")),
            Change::Unknown => {
                let what = "the service exists, but the ledger has no record of its source";
                (Tone::Busy, what.to_owned())
            }
            Change::Refused { reason } => (Tone::Bad, reason.clone()),
            Change::Unchanged => continue,
        };
        let change = Cell::new(one.change.as_str(), tone);
        table.row([one.function.as_str().into(), change, what.into()]);
    }
    let mut text = table.text(output::stdout_is_coloured());
    let Plan { new, changed, unknown, unchanged, refused, builds, forecast, .. } = plan;
    text.push(format!(
        "\n\n{new} new, {changed} changed, {unknown} unknown, {unchanged} unchanged, {refused} \
         refused; {builds} distinct builds\nforecast: {}",
        forecast.text()
    ));
    text
}
