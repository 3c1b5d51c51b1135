//! `longshore logs`: shows a function's build log and output.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use longshore_cloud::LogLine;
use longshore_messages::FunctionRef;
use serde::Serialize;

use crate::build_log::build_log;
use crate::cloud_target::CloudTarget;
use crate::error::CliError;
use crate::flavour::found_service_name;
use crate::incomplete::{self, noted};
use crate::output::{self, Output};
use crate::time_text::rfc3339;
use crate::{exit, stop};

const HELP: &str = "\
Examples:
  longshore logs hello                       latest build log and output
  longshore logs hello --build               full log of the latest build
  longshore logs hello --follow --lines 10   last ten lines, then new ones

Exit codes: 0 success; 1 no such function, no log yet, or the ledger entry that
names the build is unreadable, and the output is shown; 69 no cloud.";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct LogsArgs {
    /// Name of the function
    pub(crate) function: String,
    /// Maximum number of lines from each log [default: 100; with --build: all]
    #[arg(long)]
    pub(crate) lines: Option<usize>,
    /// Show only the log of the latest build
    #[arg(long, conflicts_with = "follow")]
    pub(crate) build: bool,
    /// Stream new output until Ctrl-C
    #[arg(long, short)]
    pub(crate) follow: bool,
}

/// Default number of lines from each log.
const LINES: usize = 100;

/// Lines that each read fetches to find new ones.
const FOLLOWED_LINES: usize = 1_000;

/// Time between two reads of a followed log.
const LOCAL_POLL: Duration = Duration::from_millis(250);
/// Cloud Logging allows sixty reads a minute.
const GOOGLE_POLL: Duration = Duration::from_secs(2);

/// Both logs in JSON.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Logs {
    function: String,
    build: Vec<String>,
    run: Vec<RunLine>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct RunLine {
    at: String,
    revision: String,
    severity: String,
    text: String,
}

pub(crate) async fn run(
    args: LogsArgs,
    data_dir: Option<PathBuf>,
    output: Output,
) -> Result<u8, CliError> {
    let target = CloudTarget::find(data_dir).await?;
    let function = target.function(&args.function);
    if args.follow {
        return follow(&target, &function, args.lines.unwrap_or(LINES), output).await;
    }
    let build_lines = args.lines.unwrap_or(if args.build { usize::MAX } else { LINES });
    let mut unreadable = Vec::new();
    let build = build_log(&target, &function, build_lines).await;
    let build = noted(build, &mut unreadable)?.unwrap_or_default();
    let printed = if args.build {
        Vec::new()
    } else {
        printed(&target, &function, args.lines.unwrap_or(LINES)).await?
    };
    if build.is_empty() && printed.is_empty() && unreadable.is_empty() {
        return Err(nothing(&target, &function).await);
    }
    let logs = Logs {
        function: function.to_string(),
        build,
        run: printed.into_iter().map(RunLine::of).collect(),
    };
    output::result(
        output,
        &logs,
        |logs| if args.build { logs.build.join("\n") } else { human(logs) },
    )?;
    Ok(incomplete::say(&unreadable))
}

/// The error for an empty log: either the function does not exist, or it printed nothing yet.
async fn nothing(target: &CloudTarget, function: &FunctionRef) -> CliError {
    match target.ledger.head(function).await {
        Ok(Some(_)) => CliError::NoLog(function.to_string()),
        Ok(None) => CliError::NoFunction(function.to_string()),
        Err(error) => CliError::ledger(error),
    }
}

async fn printed(
    target: &CloudTarget,
    at: &FunctionRef,
    lines: usize,
) -> Result<Vec<LogLine>, CliError> {
    let service = found_service_name(target, at).await?;
    let service = service.rsplit('/').next().unwrap_or_default();
    target
        .clients
        .logs
        .service_tail(&at.project, &at.region, service, None, lines)
        .await
        .map_err(CliError::Logs)
}

/// Shows the last lines of output, then new ones until Ctrl-C.
async fn follow(
    target: &CloudTarget,
    function: &FunctionRef,
    lines: usize,
    output: Output,
) -> Result<u8, CliError> {
    let shown = async {
        let mut seen: Vec<LogLine> = Vec::new();
        let mut first = true;
        loop {
            let tail =
                printed(target, function, if first { lines } else { lines.max(FOLLOWED_LINES) })
                    .await?;
            for line in fresh(&seen, &tail) {
                output::result(output, &RunLine::of(line.clone()), run_line)?;
            }
            (seen, first) = (tail, false);
            tokio::time::sleep(if target.local { LOCAL_POLL } else { GOOGLE_POLL }).await;
        }
    };
    tokio::select! {
        ended = shown => ended,
        () = stop::asked() => Ok(exit::OK),
    }
}

/// The lines in `tail` that come after those seen before. Lines are sorted by time; several can
/// have the same time.
fn fresh<'a>(seen: &[LogLine], tail: &'a [LogLine]) -> &'a [LogLine] {
    let Some(last) = seen.last() else { return tail };
    let begin = tail.iter().rposition(|line| line == last).map_or_else(
        || tail.iter().position(|line| line.at > last.at).unwrap_or(tail.len()),
        |index| index + 1,
    );
    tail.get(begin..).unwrap_or_default()
}

impl RunLine {
    fn of(line: LogLine) -> Self {
        let at = rfc3339(line.at);
        Self { at, revision: line.revision, severity: line.severity, text: line.text }
    }
}

fn run_line(line: &RunLine) -> String {
    format!("{}  {}  {}", line.at, line.revision, line.text)
}

fn human(logs: &Logs) -> String {
    let build = logs.build.iter().map(|line| format!("build  {line}"));
    build.chain(logs.run.iter().map(run_line)).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(at: i64, text: &str) -> LogLine {
        let at = time::OffsetDateTime::from_unix_timestamp(at).unwrap();
        LogLine { at, revision: "r".into(), severity: "DEFAULT".into(), text: text.into() }
    }

    #[test]
    fn lines_that_were_shown_are_not_repeated() {
        let (a, b, c) = (line(1, "a"), line(1, "b"), line(2, "c"));
        let cases: [(&[&LogLine], &[&LogLine], &[&LogLine]); 5] = [
            (&[], &[&a, &b], &[&a, &b]),
            (&[&a], &[&a, &b], &[&b]),
            (&[&a, &b], &[&a, &b], &[]),
            (&[&a, &b], &[&b, &c], &[&c]),
            (&[&a], &[&c], &[&c]),
        ];
        for (seen, tail, expected) in cases {
            let owned =
                |lines: &[&LogLine]| lines.iter().map(|line| (*line).clone()).collect::<Vec<_>>();
            assert_eq!(fresh(&owned(seen), &owned(tail)), owned(expected));
        }
    }
}
