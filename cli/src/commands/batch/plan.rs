//! `longshore batch plan`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use serde::Serialize;

use super::ManifestArgs;
use crate::batch::{
    self, Assumptions, Bound, Change, Found, KnownSource, Manifest, Needed, Work, compare,
    forecast, needed_build,
};
use crate::cloud_target::CloudTarget;
use crate::error::CliError;
use crate::exit;
use crate::output::{self, Cell, Output, Table, Text, Tone};

#[derive(Debug, Args)]
pub(crate) struct PlanArgs {
    #[command(flatten)]
    manifest: ManifestArgs,
    /// Builds that may run at the same time in one project and region
    #[arg(long, value_name = "NUMBER", default_value_t = 10)]
    concurrent_builds: u32,
    /// Time of a build, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 90)]
    build_time: u64,
    /// Writes of services that a project and region may have in a minute
    #[arg(long, value_name = "NUMBER", default_value_t = 60)]
    writes_per_minute: u32,
}

/// Time until a revision is ready.
const READY: Duration = Duration::from_secs(20);

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
    forecast: Forecast,
}

#[derive(Debug, Serialize)]
struct Planned {
    function: String,
    #[serde(flatten)]
    change: Change,
}

/// The least time that the batch takes.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Forecast {
    seconds: u64,
    /// What binds the slowest wave.
    bound: Bound,
    waves: usize,
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
    let (found, sources) =
        tokio::try_join!(batch::found(&target, &manifest), batch::known_sources(&manifest))?;
    let plan = Plan::of(&args, &target, &manifest, &found, &sources);
    output::result(output, &plan, human)?;
    Ok(exit::OK)
}

impl Plan {
    fn of(
        args: &PlanArgs,
        target: &CloudTarget,
        manifest: &Manifest,
        found: &[Found],
        sources: &[KnownSource],
    ) -> Self {
        let mut functions = Vec::new();
        let mut builds: BTreeSet<Needed> = BTreeSet::new();
        let mut waves: BTreeMap<usize, BTreeMap<(&str, &str), Work>> = BTreeMap::new();
        let all = manifest.functions.iter().zip(found).zip(sources).enumerate();
        for (position, ((one, found), source)) in all {
            let function = &one.function;
            let change = compare(function, source, found);
            let needed = needed_build(function, source, &change, found);
            let is_first = needed.is_some_and(|needed| builds.insert(needed));
            if !matches!(change, Change::Unchanged | Change::Refused { .. }) {
                let place = (function.at.project.as_str(), function.at.region.as_str());
                let wave = waves.entry(manifest.settings.wave_of(position)).or_default();
                let work = wave.entry(place).or_default();
                work.functions += 1;
                work.builds += u32::from(is_first);
                work.writes += 1 + u32::from(!function.callers.is_empty());
            }
            functions.push(Planned { function: function.at.to_string(), change });
        }
        let own = manifest.settings.window.and_then(|window| usize::try_from(window).ok());
        let window = own.unwrap_or(usize::MAX).min(target.settings.batch_window);
        let assumed = Assumptions {
            concurrent_builds: args.concurrent_builds,
            build: Duration::from_secs(args.build_time),
            writes_per_minute: args.writes_per_minute,
            ready: READY,
            window: u32::try_from(window).unwrap_or(u32::MAX),
        };
        let times: Vec<(Duration, Bound)> = waves
            .values()
            .map(|wave| forecast(&wave.values().copied().collect::<Vec<_>>(), &assumed))
            .collect();
        let slowest = times.iter().max_by_key(|(time, _)| *time);
        let forecast = Forecast {
            seconds: times.iter().map(|(time, _)| *time).sum::<Duration>().as_secs(),
            bound: slowest.map_or(Bound::Nothing, |(_, bound)| *bound),
            waves: times.len(),
        };
        let count = |what: &str| functions.iter().filter(|one| one.change.as_str() == what).count();
        Self {
            new: count("new"),
            changed: count("changed"),
            unknown: count("unknown"),
            unchanged: count("unchanged"),
            refused: count("refused"),
            builds: builds.len(),
            forecast,
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
                let what = "the service exists, and the ledger does not know what it is made of";
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
         refused; {builds} distinct builds\nat least {} with Google's usual quotas, bound by {}",
        minutes(forecast.seconds),
        forecast.bound.words()
    ));
    text
}

/// A time for people.
fn minutes(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds.div_ceil(60)),
        _ => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
    }
}
