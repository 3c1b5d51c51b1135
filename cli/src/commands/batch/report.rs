//! `longshore batch report`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::parse;
use crate::batch::{self, Report};
use crate::cloud_target::CloudTarget;
use crate::error::CliError;
use crate::exit;
use crate::output::{self, Output};

#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    /// Id of the batch
    batch: String,
    /// Format of the report [default: text, or JSON with --output json]
    #[arg(long, value_enum)]
    format: Option<Format>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// One JSON document
    Json,
    /// A line for each function, with a header
    Csv,
    /// One self-contained page
    Html,
}

pub(super) async fn run(
    args: ReportArgs,
    data_dir: Option<PathBuf>,
    output: Output,
) -> Result<u8, CliError> {
    let target = CloudTarget::find(data_dir).await?;
    let report = Report::of(&target, parse(&args.batch)?).await?;
    match args.format {
        None => output::result(output, &report, batch::report_text)?,
        Some(Format::Json) => output::result(Output::Json, &report, batch::report_text)?,
        Some(Format::Csv) => output::text_result(&batch::csv(&report))?,
        Some(Format::Html) => output::text_result(&batch::html(&report))?,
    }
    Ok(exit::OK)
}
