//! The messages, the ledger's entries and the log of a deployment.

use longshore_cloud::ObjectMeta;
use longshore_console_model::detail::{Detail, full_name, message_json};
use longshore_ledger::Record;
use longshore_messages::DeploymentId;
use maud::{Markup, html};
use time::Duration;

use super::page::nothing;
use crate::words::{bytes, clock, count, moment, span};

/// The messages that moved a deployment, in their order.
pub(crate) fn messages(detail: &Detail) -> Markup {
    if detail.request.is_none() && detail.records.is_empty() {
        return nothing("The ledger has no message of this deployment.");
    }
    html! {
        ol class="messages" {
            @if let Some(request) = &detail.request {
                li class="card" {
                    div class="card-head" {
                        h2 { "deploy-requested" }
                        span class="sub" {
                            "from " (request.requester) ", published "
                                (moment(request.published_at))
                        }
                    }
                    (attributes("deploy-requested", &request.message))
                    (content("deploy-requested", &request.message))
                }
            }
            @for record in &detail.records {
                @let topic = record.topic.rsplit('.').next().unwrap_or(&record.topic);
                li class="card" {
                    div class="card-head" {
                        h2 { (topic) }
                        span class="sub" {
                            "from " (record.stage) ", recorded " (moment(record.finished_at))
                            @if let Some(attempt) = record.attempt { ", delivery " (attempt) }
                        }
                    }
                    dl class="facts" {
                        div { dt { "Input accepted" } dd { (clock(record.published_at)) } }
                        div {
                            dt { "Queued" }
                            dd { (span(record.started_at - record.published_at)) }
                        }
                        div {
                            dt { "Handled in" }
                            dd { (span(record.finished_at - record.started_at)) }
                        }
                        @if record.waited_ms > 0 {
                            div { dt { "Of which waited" } dd {
                                (span(waited(record)))
                                @if let Some(what) = &record.waited_for { " for " (what) }
                            } }
                        }
                    }
                    (attributes(topic, &record.message))
                    (content(topic, &record.message))
                }
            }
        }
    }
}

/// How long a stage only waited.
fn waited(record: &Record) -> Duration {
    Duration::milliseconds(i64::try_from(record.waited_ms).unwrap_or(i64::MAX))
}

fn attributes(of: &str, message: &longshore_messages::WireMessage) -> Markup {
    html! {
        details data-key={ "attributes of " (of) } {
            summary { (count(message.attributes.len())) " attributes" }
            div class="scroll" tabindex="0" role="region" aria-label={ "Attributes of " (of) } { table class="plain" {
                caption class="sr" { "Attributes" }
                thead class="sr" { tr { th scope="col" { "Name" } th scope="col" { "Value" } } }
                tbody {
                    @for (name, value) in &message.attributes {
                        tr { th scope="row" { code { (name) } } td { code { (value) } } }
                    }
                }
            } }
        }
    }
}

fn content(of: &str, message: &longshore_messages::WireMessage) -> Markup {
    html! {
        details data-key={ "content of " (of) } {
            summary { "Content, " (bytes(message.data.len() as u64)) }
            pre class="code" tabindex="0" { (message_json(message)) }
        }
    }
}

/// The ledger's objects of a deployment.
pub(crate) fn ledger(id: DeploymentId, objects: &[ObjectMeta]) -> Markup {
    if objects.is_empty() {
        return nothing("The ledger has nothing of this deployment.");
    }
    let prefix = full_name(id, "");
    let mut objects: Vec<&ObjectMeta> = objects.iter().collect();
    objects.sort_by_key(|object| object.created_at);
    html! {
        section class="card" {
            div class="scroll" tabindex="0" role="region" aria-label="Table of objects" { table class="plain wide-rows" {
                caption class="sr" { "Objects of the ledger, oldest first" }
                thead { tr {
                    th scope="col" { "Object" } th scope="col" { "Created" }
                    th scope="col" class="num" { "Size" } th scope="col" { "Metadata" }
                } }
                tbody { @for object in objects {
                    @let name = object.name.strip_prefix(&prefix).unwrap_or(&object.name);
                    tr {
                        th scope="row" {
                            a href={ "/deployments/" (id) "/ledger/" (name) } { code { (name) } }
                        }
                        td { (moment(object.created_at)) }
                        td class="num" { (bytes(object.size_bytes)) }
                        td class="meta" {
                            @for (key, value) in &object.metadata {
                                span class="pair" {
                                    span class="sub" { (key) }
                                    " " code { (value) }
                                }
                                " "
                            }
                        }
                    }
                } }
            } }
        }
    }
}

/// One of them.
pub(crate) fn object(id: DeploymentId, name: &str, content: &serde_json::Value) -> Markup {
    html! {
        section class="card" {
            div class="card-head" {
                h2 { code { (full_name(id, name)) } }
                a href={ "/deployments/" (id) "/ledger" } { "All entries" }
            }
            pre class="code" tabindex="0" {
                (serde_json::to_string_pretty(content).unwrap_or_default())
            }
        }
    }
}

/// A line of a log, as it came.
pub(crate) struct Line {
    pub(crate) at: Option<time::OffsetDateTime>,
    pub(crate) is_error: bool,
    pub(crate) text: String,
}

/// The log of the build, and what the function printed.
pub(crate) fn logs(
    build: &Result<Vec<String>, String>,
    printed: &Result<Vec<Line>, String>,
) -> Markup {
    html! {
        section class="card" {
            div class="card-head" { h2 { "Build" } }
            @match build {
                Err(problem) => p class="notice bad" { "The log cannot be read: " (problem) },
                Ok(lines) if lines.is_empty() => (nothing("There is no log of a build.")),
                Ok(lines) =>
                    (log(lines.iter().map(|line| (None, is_complaint(line), line.as_str())))),
            }
        }
        section class="card" {
            div class="card-head" { h2 { "Output of the revision" } }
            @match printed {
                Err(problem) => p class="notice bad" { "The output cannot be read: " (problem) },
                Ok(lines) if lines.is_empty() =>
                    (nothing("The revision has not printed anything.")),
                Ok(lines) =>
                    (log(lines.iter().map(|line| (line.at, line.is_error, line.text.as_str())))),
            }
        }
    }
}

/// Lines with their numbers.
pub(crate) fn log<'a>(
    lines: impl Iterator<Item = (Option<time::OffsetDateTime>, bool, &'a str)>,
) -> Markup {
    html! {
        ol class="log" tabindex="0" {
            @for (at, is_error, text) in lines {
                li class={ @if is_error { "bad" } } {
                    @if let Some(at) = at { (clock(at)) " " }
                    (text)
                }
            }
        }
    }
}

/// Whether a line of a build's log tells of a failure.
pub(crate) fn is_complaint(line: &str) -> bool {
    let lower = line.to_lowercase();
    ["error", "failed", "fatal", "traceback", "exception"].iter().any(|word| lower.contains(word))
}
