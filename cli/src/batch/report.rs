//! How each function of a batch ended, with failures grouped by their cause.

use std::collections::BTreeMap;

use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use longshore_ledger::{MemberState, Record};
use longshore_messages::{
    BatchId, DeploymentFinished, DeploymentId, Failure, FailureClass, Outcome, decode,
};
use serde::Serialize;

use super::members::{MemberOf, members};
use super::view::{BatchStatus, counts, human, status};
use crate::cloud_target::{CloudTarget, READS_AT_ONCE};
use crate::error::CliError;
use crate::output::{self, Cell, Table, Text, Tone, csv_field};
use crate::time_text::rfc3339;

/// A report in JSON.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Report {
    pub(crate) batch: BatchStatus,
    /// Failures by their cause, the most frequent first.
    pub(crate) causes: Vec<CauseOfFailures>,
    pub(crate) functions: Vec<Row>,
}

/// Failures with one cause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CauseOfFailures {
    pub(crate) stage: String,
    pub(crate) code: String,
    /// `user` or `system`.
    pub(crate) class: &'static str,
    /// The reason of the first function.
    pub(crate) reason: String,
    pub(crate) advice: String,
    pub(crate) functions: Vec<String>,
}

/// A function of a batch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Row {
    /// `PROJECT/REGION/NAME`.
    pub(crate) function: String,
    pub(crate) state: String,
    pub(crate) deployment: Option<DeploymentId>,
    pub(crate) revision: Option<String>,
    pub(crate) url: Option<String>,
    pub(crate) finished_at: Option<String>,
    pub(crate) stage: Option<String>,
    pub(crate) code: Option<String>,
    pub(crate) reason: Option<String>,
    pub(crate) advice: Option<String>,
    pub(crate) log_url: Option<String>,
    #[serde(skip)]
    is_users: bool,
}

impl Report {
    /// Reads the outcome of each function that has ended.
    pub(crate) async fn of(target: &CloudTarget, id: BatchId) -> Result<Self, CliError> {
        let batch = status(target, id).await?;
        let rows = members(target, id).await?.into_iter().map(async |member| {
            let (deployment, outcome) = match member.state {
                MemberState::Waiting | MemberState::NotStarted => (member.deployment, None),
                _ => last_outcome(target, &member).await?,
            };
            let member = MemberOf { deployment, ..member };
            Ok::<_, CliError>(Row::of(&member, outcome.as_ref()))
        });
        let rows: Vec<_> = rows.collect();
        let functions: Vec<Row> = stream::iter(rows).buffered(READS_AT_ONCE).try_collect().await?;
        Ok(Self { batch, causes: causes(&functions), functions })
    }
}

/// The last deployment of a function that has ended, and how; or its first one.
async fn last_outcome(
    target: &CloudTarget,
    member: &MemberOf,
) -> Result<(DeploymentId, Option<Record>), CliError> {
    for id in member.release.into_iter().chain([member.deployment]) {
        let outcome = target.ledger.outcome(id).await.map_err(CliError::ledger)?;
        if outcome.is_some() {
            return Ok((id, outcome));
        }
    }
    Ok((member.deployment, None))
}

impl Row {
    fn of(MemberOf { at, state, deployment, .. }: &MemberOf, outcome: Option<&Record>) -> Self {
        let finished =
            outcome.and_then(|record| decode::<DeploymentFinished>(&record.message).ok());
        let row = Self {
            function: at.to_string(),
            state: state.as_str().to_owned(),
            deployment: match state {
                MemberState::Waiting | MemberState::NotStarted => None,
                _ => Some(*deployment),
            },
            finished_at: outcome.map(|record| rfc3339(record.finished_at)),
            ..Self::default()
        };
        match finished.map(|finished| finished.outcome) {
            Some(Outcome::Deployed(serving) | Outcome::Unchanged(serving)) => {
                Self { revision: Some(serving.revision), url: Some(serving.url), ..row }
            }
            Some(Outcome::TrafficPinned { ready, traffic }) => Self {
                revision: Some(ready.revision),
                url: Some(ready.url),
                reason: Some(format!("traffic is pinned: {}", traffic.distribution())),
                advice: Some(traffic.command),
                ..row
            },
            Some(Outcome::Failed(failure)) => row.failed(failure),
            Some(Outcome::Superseded { by }) => {
                let by = by.map(|by| format!("deployment {by} replaced it"));
                Self { reason: by, ..row }
            }
            Some(Outcome::Cancelled) | None => row,
        }
    }

    fn failed(self, failure: Failure) -> Self {
        let Failure { stage, class, code, reason, advice, log_url, .. } = failure;
        Self {
            stage: Some(stage),
            code: Some(code),
            reason: Some(reason),
            advice: Some(advice),
            log_url: Some(log_url).filter(|url| !url.is_empty()),
            is_users: class == FailureClass::User,
            ..self
        }
    }
}

/// Groups failures. Reasons that differ only in names and numbers have one cause.
fn causes(rows: &[Row]) -> Vec<CauseOfFailures> {
    let mut causes: BTreeMap<(String, String, String), CauseOfFailures> = BTreeMap::new();
    for row in rows {
        let (Some(stage), Some(code), Some(reason)) = (&row.stage, &row.code, &row.reason) else {
            continue;
        };
        let key = (stage.clone(), code.clone(), shape(reason, &row.function));
        let cause = causes.entry(key).or_insert_with(|| CauseOfFailures {
            stage: stage.clone(),
            code: code.clone(),
            class: if row.is_users { "user" } else { "system" },
            reason: reason.clone(),
            advice: row.advice.clone().unwrap_or_default(),
            functions: Vec::new(),
        });
        cause.functions.push(row.function.clone());
    }
    let mut causes: Vec<CauseOfFailures> = causes.into_values().collect();
    causes.sort_by_key(|cause| std::cmp::Reverse(cause.functions.len()));
    causes
}

/// A reason without what is different for each function: its parts of a name, digests and numbers.
fn shape(reason: &str, function: &str) -> String {
    let parts: Vec<&str> = function.split('/').collect();
    let words = reason.split(|c: char| !(c.is_alphanumeric() || c == '-' || c == '_'));
    let kept = words.filter(|word| {
        let is_number = word.chars().any(|c| c.is_ascii_digit());
        !word.is_empty() && !is_number && !parts.contains(word)
    });
    kept.collect::<Vec<_>>().join(" ")
}

/// The report as text: the state of the batch, the causes, and what does not serve.
pub(crate) fn report_text(report: &Report) -> Text {
    let mut text = human(&report.batch);
    for cause in &report.causes {
        text.push("\n\n");
        let count = cause.functions.len();
        let noun = if count == 1 { "function" } else { "functions" };
        let mut table = Table::default();
        let head = format!("{count} {noun}: {} in {}", cause.code, cause.stage);
        table.row([Cell::new(head, Tone::Bad)]);
        table.row([cause.reason.as_str().into()]);
        table.row([cause.advice.as_str().into()]);
        table.row([cause.functions.join(", ").into()]);
        text.push(table.text(output::stdout_is_coloured()));
    }
    text
}

/// A line for each function, as RFC 4180 defines it.
pub(crate) fn csv(report: &Report) -> String {
    let header = "function,state,deployment,revision,url,finished_at,stage,code,reason,advice";
    let mut lines = vec![header.to_owned()];
    for row in &report.functions {
        let deployment = row.deployment.map(|id| id.to_string());
        let fields = [
            Some(&row.function),
            Some(&row.state),
            deployment.as_ref(),
            row.revision.as_ref(),
            row.url.as_ref(),
            row.finished_at.as_ref(),
            row.stage.as_ref(),
            row.code.as_ref(),
            row.reason.as_ref(),
            row.advice.as_ref(),
        ];
        let fields = fields.map(|field| csv_field(field.map_or("", String::as_str)));
        lines.push(fields.join(","));
    }
    lines.join("\r\n")
}

/// One page that loads nothing.
pub(crate) fn html(report: &Report) -> String {
    let batch = &report.batch;
    let title = match batch.name.as_str() {
        "" => format!("Batch {}", batch.batch),
        name => format!("Batch {name}"),
    };
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\">\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src \
         'unsafe-inline'\"><title>{}</title><style>{STYLE}</style></head><body>\n<h1>{}</h1>\n",
        escaped(&title),
        escaped(&title)
    );
    page.push_str(&format!(
        "<p>{}: {}</p>\n<p>Id {}; started {}; finished {}</p>\n",
        escaped(&batch.state),
        escaped(&counts(batch)),
        batch.batch,
        escaped(batch.started_at.as_deref().unwrap_or("-")),
        escaped(batch.finished_at.as_deref().unwrap_or("-")),
    ));
    if let Some(reason) = &batch.reason {
        page.push_str(&format!("<p class=\"failed\">{}</p>\n", escaped(reason)));
    }
    if !report.causes.is_empty() {
        page.push_str("<h2>Failures by cause</h2>\n");
    }
    for cause in &report.causes {
        page.push_str(&format!(
            "<section><h3>{} × {} in {}</h3><p>{}</p><p><b>What to do:</b> {}</p>\
             <details><summary>Functions</summary><p>{}</p></details></section>\n",
            cause.functions.len(),
            escaped(&cause.code),
            escaped(&cause.stage),
            escaped(&cause.reason),
            escaped(&cause.advice),
            escaped(&cause.functions.join(", ")),
        ));
    }
    page.push_str("<h2>Functions</h2>\n<table><thead><tr><th>Function</th><th>State</th>");
    page.push_str("<th>Revision</th><th>Finished</th><th>Reason</th></tr></thead><tbody>\n");
    for row in &report.functions {
        let cell = |text: &Option<String>| escaped(text.as_deref().unwrap_or(""));
        page.push_str(&format!(
            "<tr class=\"{}\"><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
            escaped(&row.state),
            escaped(&row.function),
            escaped(&row.state),
            cell(&row.revision),
            cell(&row.finished_at),
            cell(&row.reason),
        ));
    }
    page.push_str("</tbody></table>\n</body></html>\n");
    page
}

const STYLE: &str = "body{font:15px system-ui,sans-serif;margin:2rem;max-width:75rem}\
    table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.3rem .6rem;\
    border-bottom:1px solid #ccc;vertical-align:top}section{border-left:4px solid #b00;\
    padding:.1rem 1rem;margin:1rem 0}.failed,.failed td{color:#b00}";

/// Text in HTML.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(name: &str, reason: &str) -> Row {
        let function = format!("demo-project/europe-west1/{name}");
        let failure =
            Failure::new("build-submitter", FailureClass::User, "build-failed", reason, "fix it");
        Row { function, state: "failed".to_owned(), ..Row::default() }.failed(failure)
    }

    #[test]
    fn reasons_that_differ_in_names_and_numbers_have_one_cause() {
        let rows = [
            failed("a", "step 1 of a failed after 17 s"),
            failed("b", "step 2 of b failed after 3 s"),
            failed("c", "the source has no function"),
            Row { function: "demo-project/europe-west1/d".to_owned(), ..Row::default() },
        ];
        let causes = causes(&rows);
        let sizes: Vec<usize> = causes.iter().map(|cause| cause.functions.len()).collect();
        assert_eq!(sizes, [2, 1]);
        assert_eq!(causes[0].reason, "step 1 of a failed after 17 s");
        assert_eq!(causes[0].class, "user");
    }

    #[test]
    fn a_field_of_a_table_is_quoted_and_is_no_formula() {
        for (text, field) in [
            ("plain", "plain"),
            ("a,b", "\"a,b\""),
            ("say \"hi\"\n", "\"say \"\"hi\"\"\n\""),
            ("=1+1", "'=1+1"),
            ("@x,y", "\"'@x,y\""),
        ] {
            assert_eq!(csv_field(text), field);
        }
    }

    #[test]
    fn text_in_a_page_is_no_markup() {
        assert_eq!(escaped("<a href='x'>\"&"), "&lt;a href=&#39;x&#39;&gt;&quot;&amp;");
    }
}
