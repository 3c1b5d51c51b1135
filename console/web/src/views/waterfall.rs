//! A trace as a waterfall.
//!
//! Bars are SVG with positions in percent, because the page allows no inline styles.

use longshore_trace_store::{Row, Span, Trace, Value, Waterfall, attributes};
use maud::{Markup, html};
use time::Duration;

use crate::words::{count, span};

/// Rows that are drawn. More are counted.
const ROWS_MAX: usize = 400;

/// Marks of the time axis.
const TICKS: [f64; 5] = [0.0, 0.25, 0.5, 0.75, 1.0];

/// Services that have a colour of their own; others share one.
const COLOURS: [&str; 5] =
    ["uploader", "build-submitter", "registry-watcher", "service-deployer", "Cloud Build"];

/// What is drawn beside a trace.
pub(crate) struct Beside<'a> {
    pub(crate) trace: &'a Trace,
    pub(crate) label: Markup,
}

/// A trace, and how it compares with another one.
pub(crate) fn picture(trace: &Trace, drawn: &Waterfall, beside: Option<&Beside<'_>>) -> Markup {
    if trace.spans.is_empty() {
        return super::page::nothing("There is no span yet.");
    }
    let total = nanos(drawn.duration_ns());
    html! {
        @if let Some(beside) = beside {
            p class="beside-note" { i class="swatch ghost" {} (beside.label) }
        }
        div class="scroll" tabindex="0" role="region" aria-label="Waterfall of spans" {
            table class="waterfall" {
                caption class="sr" { "Spans, parents before their children. Total " (span(total)) }
                thead { tr {
                    th scope="col" { "Span" }
                    th scope="col" class="num" { "Took" }
                    @if beside.is_some() { th scope="col" class="num" { "Before" } }
                    th scope="col" class="bars" { span class="sr" { "Time" } (axis(drawn)) }
                } }
                tbody {
                    @for row in drawn.rows.iter().take(ROWS_MAX) {
                        (line(trace, drawn, row, beside))
                    }
                }
            }
        }
        @if drawn.rows.len() > ROWS_MAX {
            p class="sub" {
                (count(drawn.rows.len() - ROWS_MAX)) " more spans are in the exported trace."
            }
        }
    }
}

/// The times at some places, and the folds between them.
fn axis(drawn: &Waterfall) -> Markup {
    html! {
        svg class="axis-row" width="100%" height="20" role="presentation" {
            @for fold in &drawn.folds {
                rect class="fold" x=(percent(fold.offset)) width=(percent(fold.width)) y="0"
                    height="20" {}
            }
            @for tick in TICKS {
                text class="tick" x=(percent(tick)) y="14"
                    text-anchor=(anchor_of(tick))
                        {
                    (tick_words(drawn, tick))
                }
            }
        }
    }
}

/// How a label at a place is aligned, so that it stays within the picture.
fn anchor_of(tick: f64) -> &'static str {
    if tick <= 0.0 {
        "start"
    } else if tick >= 1.0 {
        "end"
    } else {
        "middle"
    }
}

/// The time at a place: found by halving, because the axis only places times.
fn tick_words(drawn: &Waterfall, tick: f64) -> String {
    let (mut low, mut high) = (drawn.start_ns, drawn.end_ns);
    for _ in 0..50 {
        let middle = low.midpoint(high);
        if drawn.place(middle) < tick { low = middle } else { high = middle }
    }
    if tick == 0.0 { "0".to_owned() } else { span(nanos(high.saturating_sub(drawn.start_ns))) }
}

fn line(trace: &Trace, drawn: &Waterfall, row: &Row, beside: Option<&Beside<'_>>) -> Markup {
    let own = &trace.spans[row.span];
    let before = beside.and_then(|beside| like(beside.trace, own));
    let depth = row.depth.min(8);
    let class = if own.is_waiting() { "wait" } else { colour(&own.service) };
    let state = if own.has_failed() { ", failed" } else { "" };
    html! {
        tr class={ @if own.has_failed() { "failed" } } {
            th scope="row" class={ "d" (depth) } {
                details data-key=(own.span_id) {
                    summary {
                        i class={ "swatch " (class) } aria-hidden="true" {}
                        span class="span-name" { (own.name) }
                        @if own.has_failed() { " " span class="tag bad" { "failed" } }
                        @if row.critical_ns > 0 { span class="sr" { ", on the critical path" } }
                    }
                    (attributes_of(own))
                }
            }
            td class="num" { (span(nanos(own.duration_ns()))) span class="sr" { (state) } }
            @if beside.is_some() {
                td class="num sub" {
                    @if let Some(other) = before { (span(nanos(other.duration_ns()))) }
                }
            }
            td class="bars" {
                svg width="100%" height="22" role="presentation" {
                    @for fold in &drawn.folds {
                        rect class="fold" x=(percent(fold.offset)) width=(percent(fold.width)) y="0"
                            height="22" {
                            title {
                                (span(nanos(fold.until_ns - fold.from_ns)))
                                    " of idle time"
                            }
                        }
                    }
                    @if let Some(other) = before { (ghost(drawn, own, other)) }
                    rect class={ "bar " (class) @if own.has_failed() { " failed" } }
                        x=(percent(row.offset)) width=(percent(row.width.max(0.002)))
                        y="6" height="10" rx="2" {
                        title { (own.name) ": " (span(nanos(own.duration_ns()))) (state) }
                    }
                    @for (offset, width) in &row.critical {
                        rect class="critical" x=(percent(*offset)) width=(percent(*width)) y="18"
                            height="2" {}
                    }
                }
            }
        }
    }
}

/// How long the same span took in the other trace, from where this one begins.
fn ghost(drawn: &Waterfall, own: &Span, other: &Span) -> Markup {
    let from = drawn.place(own.start_ns);
    let until = drawn.place(own.start_ns.saturating_add(other.duration_ns()));
    html! {
        rect class="ghost" x=(percent(from)) width=(percent((until - from).max(0.002))) y="3"
            height="16" rx="2" {}
    }
}

/// The span of another trace with the same service and a name that differs only in numbers.
fn like<'a>(other: &'a Trace, own: &Span) -> Option<&'a Span> {
    let name = without_numbers(&own.name);
    other
        .spans
        .iter()
        .find(|span| span.service == own.service && without_numbers(&span.name) == name)
}

fn without_numbers(name: &str) -> String {
    let words = name.split(' ').filter(|word| !word.chars().any(|c| c.is_ascii_digit()));
    words.collect::<Vec<_>>().join(" ")
}

fn attributes_of(own: &Span) -> Markup {
    html! {
        dl class="span-attributes" {
            @if !own.service.is_empty() { div { dt { "service" } dd { (own.service) } } }
            @if !own.status.message.is_empty() {
                div { dt { "status" } dd { (own.status.message) } }
            }
            @for (name, value) in
                own.attributes.iter().filter(|(name, _)| *name != attributes::FUNCTION) {
                div { dt { (name) } dd { (value_words(value)) } }
            }
            @for event in &own.events { div { dt { "event" } dd {
                (event.name) " after " (span(nanos(event.at_ns.saturating_sub(own.start_ns))))
                @for (name, value) in &event.attributes { " · " (name) " " (value_words(value)) }
            } } }
            @for link in &own.links { div { dt { "link" } dd { code { (link.trace_id) } } } }
        }
    }
}

fn value_words(value: &Value) -> String {
    match value {
        Value::Text(text) | Value::Bytes(text) => text.clone(),
        other => serde_json::to_string(other).unwrap_or_default(),
    }
}

fn colour(service: &str) -> &'static str {
    // Workers send their names with the prefix of all of them, and the ledger has them without it.
    let service = service.trim_start_matches("longshore-");
    let known = COLOURS.iter().position(|colour| *colour == service);
    match known {
        Some(0) => "s0",
        Some(1) => "s1",
        Some(2) => "s2",
        Some(3) => "s3",
        Some(_) => "s4",
        None => "s5",
    }
}

fn percent(fraction: f64) -> String {
    format!("{:.2}%", fraction * 100.0)
}

fn nanos(nanos: u64) -> Duration {
    Duration::nanoseconds(i64::try_from(nanos).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_has_the_same_color_in_its_spans_and_in_the_ledger() {
        for (worker, expected) in COLOURS.iter().zip(["s0", "s1", "s2", "s3", "s4"]) {
            assert_eq!(colour(worker), expected);
            assert_eq!(colour(&format!("longshore-{worker}")), expected);
        }
        assert_eq!(colour("a-requester"), "s5");
    }
}
