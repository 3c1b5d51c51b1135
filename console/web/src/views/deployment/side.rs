//! The facts beside a deployment.

use longshore_console_model::filter::Filter;
use longshore_console_model::index::entry::Entry;
use maud::{Markup, html};
use time::OffsetDateTime;

use super::Overview;
use crate::words::{ago, clock, moment, short};

pub(super) fn facts(page: &Overview<'_>) -> Markup {
    let Overview { entry, detail, id, now, .. } = page;
    let request = detail.request.as_ref();
    html! {
        dl class="side-facts" {
            div { dt { "Deployment" } dd { code class="break" { (id) } } }
            @if let Some(at) = entry.and_then(|entry| entry.function.as_ref()) {
                div { dt { "Function" } dd { a href={ "/functions/" (at) } { (at.name) }
                    span class="sub block" { (at.region) " · " (at.project) } } }
            }
            @if let Some(request) = request {
                div {
                    dt { "Requested" }
                    dd {
                        (moment(request.published_at))
                        span class="sub block" { (ago(request.published_at, *now)) }
                    }
                }
                div { dt { "By" } dd { (request.requester)
                    @if let Some(source) = request.message.attributes.get("ce-source") {
                            span class="sub block break" { (source) }
                        }
                    } }
            }
            @if let Some(batch) = entry.and_then(|entry| entry.batch) {
                div {
                    dt { "Batch" }
                    dd { a href={ "/batches/" (batch) } { code { (short(&batch.to_string())) } } }
                }
            }
            @if let Some(admission) = &detail.admission {
                div {
                    dt { "Admitted" }
                    dd { (clock(admission.admitted_at)) " as generation " (admission.generation) }
                }
                @if detail.finished.is_none() {
                    div { dt { "Deadline" } dd { (clock(admission.deadline_at)) } }
                }
                @if let Some(previous) = admission.previous {
                    div {
                        dt { "Before it" }
                        dd {
                            a href={ "/deployments/" (previous) } {
                                code { (short(&previous.to_string())) }
                            }
                        }
                    }
                }
            }
            @if let Some(good) = page.last_good {
                div {
                    dt { "Last good one" }
                    dd { a href={ "/deployments/" (good.id) } { (ago(good.requested_at, *now)) } }
                }
            }
            @if let Some(build) = detail.build.as_ref().and_then(|build| build.build) {
                div {
                    dt { "Build" }
                    dd {
                        a href={ "/deployments/" (id) "/build" } {
                            code { (short(&build.key.to_string())) "-" (build.number) }
                        }
                    }
                }
            }
            @if let Some(trace) = detail.trace_id() {
                div { dt { "Trace" } dd { code class="break" { (trace) } } }
            }
            @if let Some(delay) = &detail.delay {
                div {
                    dt { "Last delay" }
                    dd { (delay.reason) span class="sub block" { (ago(delay.at, *now)) } }
                }
            }
            @if let Some(at) = entry.and_then(|entry| entry.function.as_ref()) {
                div {
                    dt { "Same function" }
                    dd {
                        a href=(Filter::default().with("function", &at.to_string()).url()) {
                            "All its deployments"
                        }
                    }
                }
            }
            @if let Some(entry) = entry {
                div {
                    dt { "At that time" }
                    dd { a href=(around(entry)) { "What else was deployed" } }
                }
            }
        }
        @for problem in &detail.problems { p class="notice bad" { (problem) } }
    }
}

/// The deployments of the hour before one: who deployed what before an incident.
fn around(entry: &Entry) -> String {
    let time = |at: OffsetDateTime| {
        at.format(&time::format_description::well_known::Rfc3339).unwrap_or_default()
    };
    let from = entry.requested_at - time::Duration::HOUR;
    let until = entry.requested_at + time::Duration::MINUTE;
    Filter::default().with("since", &time(from)).with("until", &time(until)).url()
}
