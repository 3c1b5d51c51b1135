//! `longshore build`: shows how a function was built.

use std::path::PathBuf;

use clap::Args;
use longshore_cloud::{Build, BuildPart, BuildStatus, BuildWork, ImageLayer};
use serde::Serialize;
use time::OffsetDateTime;

use crate::cloud_target::CloudTarget;
use crate::error::CliError;
use crate::exit;
use crate::latest_build::latest_build;
use crate::output::{self, Output, Table, Text};
use crate::time_text::rfc3339;

const HELP: &str = "\
Examples:
  longshore build hello                     the build of the latest deployment
  longshore --output json build hello       every download and layer
  longshore logs hello --build              its log

Times are those of Cloud Build. Cache hits and downloads are read from the log,
as far as the tools print them. Layers are as the registry stores them.

Exit codes: 0 success; 1 no such function, or no build yet; 69 no cloud.";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct BuildArgs {
    /// Name of the function
    pub(crate) function: String,
}

/// A build in JSON.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Picture {
    function: String,
    build: String,
    status: &'static str,
    created_at: Option<String>,
    /// Time until a worker of Cloud Build took it.
    queued_ms: Option<u64>,
    /// From then until its end.
    took_ms: Option<u64>,
    phases: Vec<Part>,
    steps: Vec<Part>,
    cache_hits: Vec<String>,
    cache_misses: Vec<String>,
    downloads: Vec<Download>,
    /// The image with its digest; `None` until it is pushed.
    image: Option<String>,
    /// From the bottom.
    layers: Vec<Layer>,
    log_url: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Part {
    name: String,
    begun_at: Option<String>,
    ended_at: Option<String>,
    took_ms: Option<u64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Download {
    what: String,
    size_bytes: Option<u64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Layer {
    digest: String,
    size_bytes: u64,
}

pub(crate) async fn run(
    args: BuildArgs,
    data_dir: Option<PathBuf>,
    output: Output,
) -> Result<u8, CliError> {
    let target = CloudTarget::find(data_dir).await?;
    let function = target.function(&args.function);
    let Some(build) = latest_build(&target, &function).await? else {
        let head = target.ledger.head(&function).await.map_err(CliError::ledger)?;
        return Err(match head {
            Some(_) => CliError::NoLog(function.to_string()),
            None => CliError::NoFunction(function.to_string()),
        });
    };
    let (builds, images) = (&target.clients.builds, &target.clients.images);
    let layers = async {
        let Some(pushed) = build.images.first() else { return Ok(None) };
        let (name, _) = longshore_cloud::without_tag(&pushed.name);
        images.layers(name, &pushed.digest).await
    };
    let (log, layers) = tokio::join!(builds.log_tail(&build, usize::MAX), layers);
    let log = log.map_err(CliError::Logs)?;
    let work = BuildWork::of(log.iter().map(String::as_str));
    let layers = layers.map_err(CliError::Logs)?.unwrap_or_default();
    let picture = Picture::of(function.to_string(), &build, work, layers);
    output::result(output, &picture, |picture| human(picture, output::stdout_is_coloured()))?;
    Ok(exit::OK)
}

impl Picture {
    fn of(function: String, build: &Build, work: BuildWork, layers: Vec<ImageLayer>) -> Self {
        let pushed = build.images.first();
        let layer = |ImageLayer { digest, size_bytes }: ImageLayer| Layer { digest, size_bytes };
        let downloads = work.downloads.into_iter();
        Self {
            function,
            build: build.name.clone(),
            status: status(build.status),
            created_at: build.created_at.map(rfc3339),
            queued_ms: between(build.created_at, build.started_at),
            took_ms: between(build.started_at, build.finished_at),
            phases: build.phases.iter().map(Part::of).collect(),
            steps: build.steps.iter().map(Part::of).collect(),
            cache_hits: work.cache_hits,
            cache_misses: work.cache_misses,
            downloads: downloads
                .map(|one| Download { what: one.what, size_bytes: one.size_bytes })
                .collect(),
            image: pushed.map(|pushed| {
                format!("{}@{}", longshore_cloud::without_tag(&pushed.name).0, pushed.digest)
            }),
            layers: layers.into_iter().map(layer).collect(),
            log_url: build.log_url.clone(),
        }
    }
}

impl Part {
    fn of(part: &BuildPart) -> Self {
        Self {
            took_ms: between(part.begun_at, part.ended_at),
            begun_at: part.begun_at.map(rfc3339),
            ended_at: part.ended_at.map(rfc3339),
            name: part.name.clone(),
        }
    }
}

fn status(status: BuildStatus) -> &'static str {
    match status {
        BuildStatus::Queued => "queued",
        BuildStatus::Working => "working",
        BuildStatus::Success => "success",
        BuildStatus::Failure => "failure",
        BuildStatus::InternalError => "internal-error",
        BuildStatus::Timeout => "timeout",
        BuildStatus::Cancelled => "cancelled",
        BuildStatus::Expired => "expired",
        BuildStatus::Unknown => "unknown",
    }
}

fn between(from: Option<OffsetDateTime>, to: Option<OffsetDateTime>) -> Option<u64> {
    u64::try_from((to? - from?).whole_milliseconds()).ok()
}

fn human(picture: &Picture, coloured: bool) -> Text {
    let mut table = Table::default();
    table.row(["function".into(), picture.function.as_str().into()]);
    table.row(["build".into(), picture.build.as_str().into()]);
    table.row(["status".into(), picture.status.into()]);
    let seconds = |ms: Option<u64>| match ms {
        Some(ms) => format!("{}.{:03} s", ms / 1_000, ms % 1_000),
        None => "-".to_owned(),
    };
    table.row(["queued".into(), seconds(picture.queued_ms).into()]);
    table.row(["took".into(), seconds(picture.took_ms).into()]);
    for phase in &picture.phases {
        let name = format!("  {}", phase.name.to_lowercase());
        table.row([name.into(), seconds(phase.took_ms).into()]);
    }
    // A single step is the phase of the build.
    for step in picture.steps.iter().filter(|_| picture.steps.len() > 1) {
        table.row([format!("  step {}", step.name).into(), seconds(step.took_ms).into()]);
    }
    let cached = picture.cache_hits.len();
    let all = cached + picture.cache_misses.len();
    table.row(["cached".into(), format!("{cached} of {all}").into()]);
    let known: u64 = picture.downloads.iter().filter_map(|one| one.size_bytes).sum();
    let downloads = match (picture.downloads.len(), known) {
        (0, _) => "none".to_owned(),
        (number, 0) => number.to_string(),
        (number, known) => format!("{number}, {} of known size", bytes(known)),
    };
    table.row(["downloads".into(), downloads.into()]);
    if let Some(image) = &picture.image {
        table.row(["image".into(), image.as_str().into()]);
    }
    let total: u64 = picture.layers.iter().map(|layer| layer.size_bytes).sum();
    if !picture.layers.is_empty() {
        let summary = format!("{}, {}", picture.layers.len(), bytes(total));
        table.row(["layers".into(), summary.into()]);
    }
    for layer in &picture.layers {
        let line = format!("{:>9}  {}", bytes(layer.size_bytes), layer.digest);
        table.row(["".into(), line.into()]);
    }
    table.text(coloured)
}

/// A size in the largest unit of which there is at least one, with one digit after the point.
fn bytes(size: u64) -> String {
    const UNITS: [(&str, u64); 3] = [("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000)];
    match UNITS.into_iter().find(|(_, unit)| size >= *unit) {
        Some((name, unit)) => format!("{}.{} {name}", size / unit, size % unit * 10 / unit),
        None => format!("{size} B"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_has_the_unit_that_fits() {
        let sizes = [0, 999, 1_000, 1_550, 2_000_000, 3_900_000_000].map(bytes);
        assert_eq!(sizes, ["0 B", "999 B", "1.0 kB", "1.5 kB", "2.0 MB", "3.9 GB"]);
    }
}
