//! `longshore inventory`: lists everything that is deployed, and what it can be migrated to.

mod row;

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use time::OffsetDateTime;

use crate::cloud_target::CloudTarget;
use crate::error::CliError;
use crate::estate::{self, Filter};
use crate::exit;
use crate::output::{self, Output};

use row::{Row, csv, human};

const HELP: &str = "\
Examples:
  longshore inventory
  longshore inventory --project shop --project billing --region europe-west1
  longshore inventory --filter 'runtime=python3*' --filter label.team=orders
  longshore inventory --ending-within 90
  longshore inventory --format csv > inventory.csv
  longshore --output json inventory | jq '.[] | select(.daysUntilDecommissioned < 30)'

Lists functions of both generations and services of Cloud Run, whatever tool
deployed them. Days are negative once they have passed; `-` means that Google
has set no date, or that the runtime is unknown. MIGRATE TO names what
`longshore migrate plan --to` accepts. JSON and CSV also contain the reasons why the
other goals are impossible.

The number of calls depends on projects, regions and pages, not on functions.
Without --region, every region that the Cloud Functions API offers is listed.

Exit codes: 0 success; 1 failure; 64 invalid filter; 69 no cloud.";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct InventoryArgs {
    /// Project to list; can be repeated [default: the fleet's project]
    #[arg(long = "project", value_name = "PROJECT")]
    projects: Vec<String>,
    /// Region to list; can be repeated [default: all regions]
    #[arg(long = "region", value_name = "REGION")]
    regions: Vec<String>,
    /// List only what matches: name, runtime, flavour, generation or label.NAME, and a pattern with *
    #[arg(long = "filter", value_name = "KEY=PATTERN")]
    filters: Vec<Filter>,
    /// List only functions whose runtime is decommissioned within this number of days
    #[arg(long, value_name = "DAYS", allow_hyphen_values = true)]
    ending_within: Option<i64>,
    /// Format of the list
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A table for people, or JSON with `--output json`
    Table,
    /// Comma-separated values, for spreadsheets
    Csv,
}

pub(crate) async fn run(
    args: InventoryArgs,
    data_dir: Option<PathBuf>,
    output: Output,
) -> Result<u8, CliError> {
    let target = CloudTarget::find(data_dir).await?;
    let rows = rows(&args, &target).await?;
    match args.format {
        Format::Csv => output::text_result(&csv(&rows))?,
        Format::Table => output::result(output, &rows, |rows| human(rows))?,
    }
    if rows.is_empty() {
        output::say("nothing that matches is deployed there");
    }
    Ok(exit::OK)
}

async fn rows(args: &InventoryArgs, target: &CloudTarget) -> Result<Vec<Row>, CliError> {
    let estate = &*target.clients.estate;
    let defaults = target.defaults();
    let projects = match args.projects.as_slice() {
        [] => std::slice::from_ref(&defaults.project),
        named => named,
    };
    let mut places = Vec::new();
    for project in projects {
        let regions = estate::regions(estate, project, &args.regions, &defaults.region).await?;
        places.extend(regions.into_iter().map(|region| (project.clone(), region)));
    }
    let (mut deployed, runtimes) = estate::read(estate, &places).await?;
    estate::add_recorded(target, &mut deployed).await;
    deployed.retain(|one| args.filters.iter().all(|filter| filter.selects(one)));
    let today = OffsetDateTime::now_utc().date();
    let mut rows: Vec<Row> = deployed.iter().map(|one| Row::of(one, &runtimes, today)).collect();
    if let Some(days) = args.ending_within {
        rows.retain(|row| row.days_until_decommissioned.is_some_and(|left| left <= days));
    }
    Ok(rows)
}
