//! A waterfall in the terminal.
//!
//! One row is one span: its name, its bar and its duration. Bars on the critical path are thick, and
//! waits are dashed. Folded time is one mark in each bar that it cuts.

use longshore_trace_store::{Idle, Row, Span, Trace, Waterfall};

use crate::output::{Text, Tone, paint};

/// Width of a terminal whose width is not known.
const DEFAULT_COLUMNS: usize = 100;

/// The narrowest drawing. A narrower terminal wraps its lines.
const COLUMNS_MIN: usize = 60;

/// Share of the width for names, in percent, and its limits.
const NAME_PERCENT: usize = 42;
const NAME_MIN: usize = 24;
const NAME_MAX: usize = 64;

/// Depth from which rows are not indented further.
const DEPTH_MAX: usize = 10;

/// Columns of a duration, such as ` 12 min 30 s`.
const DURATION_COLUMNS: usize = 11;

/// Maximum number of errors under the drawing.
const ERRORS_MAX: usize = 8;

/// Prefix of the services of the fleet, which says nothing to its users.
const OUR_SERVICES: &str = "longshore-";

const WORK: char = '─';
const CRITICAL: char = '━';
const WAIT: char = '┄';
const CRITICAL_WAIT: char = '┅';
const FOLDED: char = '⋯';

pub(super) fn waterfall(trace: &Trace, idle: Idle, columns: usize, coloured: bool) -> Text {
    Text::join(lines(trace, idle, columns, coloured), "\n")
}

/// The drawing for a terminal of this width, line by line.
pub(super) fn lines(trace: &Trace, idle: Idle, columns: usize, coloured: bool) -> Vec<Text> {
    let painted = |(tone, text)| paint(tone, text, coloured);
    let drawn = drawing(trace, idle, columns, "--expand").into_iter();
    let drawn = drawn.map(|parts| Text::join(parts.into_iter().map(painted), ""));
    let headline = (!trace.spans.is_empty()).then(|| headline(trace, idle));
    headline.into_iter().chain(drawn).collect()
}

/// The same without colours and without a headline: the parts of each line, and what they mean. `expands`
/// is what shows folded time.
pub(crate) fn drawing(
    trace: &Trace,
    idle: Idle,
    columns: usize,
    expands: &str,
) -> Vec<Vec<(Tone, Text)>> {
    if trace.spans.is_empty() {
        return vec![vec![(Tone::Plain, Text::from("no span has arrived yet"))]];
    }
    let columns = if columns == 0 { DEFAULT_COLUMNS } else { columns.max(COLUMNS_MIN) };
    let names = (columns * NAME_PERCENT / 100).clamp(NAME_MIN, NAME_MAX);
    let bars = columns - names - DURATION_COLUMNS - 2;
    let drawn = Waterfall::of(trace, idle);
    let mut lines = Vec::new();
    let mut services: Vec<&str> = Vec::new();
    for row in &drawn.rows {
        let span = &trace.spans[row.span];
        services.truncate(row.depth);
        let above = services.last().copied().unwrap_or_default();
        let name = fitted(&name(span, row, above), names);
        services.push(&span.service);
        let took = format!(" {:>DURATION_COLUMNS$}", duration(span.duration_ns()));
        lines.push(vec![
            (name_tone(span), Text::line(&name)),
            (Tone::Plain, Text::from(" ")),
            (bar_tone(span, row), Text::from(bar(&drawn, span, row, bars))),
            (bar_tone(span, row), Text::from(took)),
        ]);
    }
    lines.extend(folds(&drawn, expands).map(|text| vec![(Tone::Quiet, Text::from(text))]));
    lines.extend(errors(trace).map(|text| vec![(Tone::Bad, Text::line(&text))]));
    lines
}

fn headline(trace: &Trace, idle: Idle) -> Text {
    let drawn = Waterfall::of(trace, idle);
    let spans = trace.spans.len();
    let id = trace.spans.first().map(|span| span.trace_id.to_string()).unwrap_or_default();
    let (took, idle) = (duration(drawn.duration_ns()), duration(drawn.idle_ns));
    Text::from(format!("trace {id}: {took}, idle for {idle}; {spans} spans"))
}

/// A span's name, after its service if that is not the one of the row above it in the tree.
fn name(span: &Span, row: &Row, above: &str) -> String {
    let indent = "  ".repeat(row.depth.min(DEPTH_MAX));
    let service = span.service.strip_prefix(OUR_SERVICES).unwrap_or(&span.service);
    if service.is_empty() || span.service == above {
        format!("{indent}{}", span.name)
    } else {
        format!("{indent}{service}: {}", span.name)
    }
}

/// The text in exactly this many columns.
fn fitted(text: &str, columns: usize) -> String {
    if text.chars().count() <= columns {
        return format!("{text:<columns$}");
    }
    let start: String = text.chars().take(columns - 1).collect();
    format!("{start}…")
}

fn name_tone(span: &Span) -> Tone {
    if span.has_failed() { Tone::Bad } else { Tone::Plain }
}

fn bar_tone(span: &Span, row: &Row) -> Tone {
    match (span.has_failed(), span.is_waiting(), row.critical.is_empty()) {
        (true, _, _) => Tone::Bad,
        (false, true, _) | (false, false, true) => Tone::Quiet,
        (false, false, false) => Tone::Good,
    }
}

fn bar(drawn: &Waterfall, span: &Span, row: &Row, columns: usize) -> String {
    let is_within = |column: usize, offset: f64, width: f64| {
        let (first, last) = cells(offset, width, columns);
        (first..=last).contains(&column)
    };
    let cell = |column: usize| {
        if !is_within(column, row.offset, row.width) {
            return ' ';
        }
        // The middle of a fold stands for all of it.
        let is_fold = drawn.folds.iter().any(|fold| {
            let middle = fold.offset + fold.width / 2.0;
            cells(middle, 0.0, columns).0 == column
                && row.offset <= middle
                && middle <= row.offset + row.width
        });
        if is_fold {
            return FOLDED;
        }
        let is_critical =
            row.critical.iter().any(|(offset, width)| is_within(column, *offset, *width));
        match (span.is_waiting(), is_critical) {
            (false, false) => WORK,
            (false, true) => CRITICAL,
            (true, false) => WAIT,
            (true, true) => CRITICAL_WAIT,
        }
    };
    (0..columns).map(cell).collect()
}

/// The first and the last cell of a part of the width. Something short still has a cell.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "positions are from 0 to 1, and a terminal has few columns"
)]
fn cells(offset: f64, width: f64, columns: usize) -> (usize, usize) {
    let whole = columns as f64;
    let first = ((offset * whole) as usize).min(columns - 1);
    let end = ((offset + width) * whole).ceil() as usize;
    (first, end.clamp(first + 1, columns) - 1)
}

fn folds(drawn: &Waterfall, expands: &str) -> impl Iterator<Item = String> + use<> {
    let folded: u64 = drawn.folds.iter().map(|fold| fold.until_ns - fold.from_ns).sum();
    let text = format!("{FOLDED} {} of idle time; {expands} shows it", duration(folded));
    (folded > 0).then_some(text).into_iter()
}

fn errors(trace: &Trace) -> impl Iterator<Item = String> {
    let failed = trace.spans.iter().filter(|span| span.has_failed()).take(ERRORS_MAX);
    failed.map(|span| format!("failed: {}: {}", span.name, span.status.message))
}

/// A duration for people, with three digits or in two units.
pub(super) fn duration(nanos: u64) -> String {
    let micros = nanos / 1_000;
    let (millis, seconds) = (micros / 1_000, micros / 1_000_000);
    match seconds {
        0 if millis < 10 => format!("{}.{} ms", millis, micros % 1_000 / 100),
        0 => format!("{millis} ms"),
        1..60 => format!("{seconds}.{} s", millis % 1_000 / 100),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use longshore_trace_store::from_json;

    use super::*;

    /// A deployment with a wait of a minute for its build, which failed.
    fn trace() -> Trace {
        let span = |id: u64, parent: u64, name: &str, from: u64, until: u64, rest: &str| {
            format!(
                r#"{{"traceId":"4bf92f3577b34da6a3ce929d0e0e4736","spanId":"{id:016x}",
                "parentSpanId":"{}","name":"{name}","startTimeUnixNano":"{}",
                "endTimeUnixNano":"{}"{rest}}}"#,
                if parent == 0 { String::new() } else { format!("{parent:016x}") },
                from * 1_000_000,
                until * 1_000_000,
            )
        };
        let waits = r#","attributes":[{"key":"longshore.waits_for","value":{"stringValue":"it"}}]"#;
        let failed = r#","status":{"code":2,"message":"step\u001b 3 failed"}"#;
        let spans = [
            span(1, 0, "process deploy-requested", 0, 400, ""),
            span(2, 1, "queue", 500, 60_500, waits),
            span(3, 1, "build", 60_500, 61_000, failed),
        ];
        let json = format!(
            r#"{{"resourceSpans":[{{"resource":{{"attributes":[{{"key":"service.name",
            "value":{{"stringValue":"longshore-uploader"}}}}]}},
            "scopeSpans":[{{"spans":[{}]}}]}}]}}"#,
            spans.join(",")
        );
        Trace::from_otlp(from_json(json.as_bytes()).unwrap())
    }

    fn drawn(idle: Idle, columns: usize) -> Vec<String> {
        lines(&trace(), idle, columns, false).iter().map(|line| line.as_str().to_owned()).collect()
    }

    #[test]
    fn a_waterfall_has_a_row_for_each_span_and_fits_the_terminal() {
        for columns in [60, 80, 133, 300] {
            let lines = drawn(Idle::Folded, columns);
            assert!(lines[1].starts_with("uploader: process"), "{lines:#?}");
            assert!(lines[2].starts_with("  queue"), "{lines:#?}");
            for row in &lines[1..=3] {
                assert_eq!(row.chars().count(), columns, "{row}");
            }
        }
    }

    #[test]
    fn waiting_is_folded_unless_it_is_to_be_shown() {
        let folded = drawn(Idle::Folded, 100);
        assert!(folded[2].contains(FOLDED), "{folded:#?}");
        assert!(folded[4].starts_with("⋯ 1 min 0 s"), "{folded:#?}");
        let shown = drawn(Idle::Shown, 100);
        assert!(shown[2].contains("┅┅┅┅┅┅┅┅┅┅"), "{shown:#?}");
        assert!(!shown.iter().any(|line| line.contains(FOLDED)), "{shown:#?}");
    }

    #[test]
    fn errors_are_named_and_cannot_act_on_the_terminal() {
        let lines = drawn(Idle::Folded, 100);
        let last = lines.last().unwrap();
        assert!(last.starts_with("failed: build: step") && !last.contains('\x1b'), "{last}");
    }

    #[test]
    fn a_trace_without_spans_says_so() {
        let lines = lines(&Trace::default(), Idle::Folded, 80, true);
        assert_eq!(lines, [Text::from("no span has arrived yet")]);
    }

    #[test]
    fn durations_have_few_digits() {
        let cases = [
            (0, "0.0 ms"),
            (1_260_000, "1.2 ms"),
            (340_000_000, "340 ms"),
            (3_210_000_000, "3.2 s"),
            (61_000_000_000, "1 min 1 s"),
            (7_500_000_000_000, "2 h 5 min"),
        ];
        for (nanos, text) in cases {
            assert_eq!(duration(nanos), text);
        }
    }
}
