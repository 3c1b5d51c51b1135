use std::collections::BTreeMap;

use super::*;
use crate::attributes::WAITS_FOR;
use crate::ids::{SpanId, TraceId};
use crate::model::{Kind, Span, Status, Value};

fn span(id: u8, parent: u8, start_ns: u64, end_ns: u64) -> Span {
    Span {
        trace_id: TraceId::from_bytes(&[1; 16]).unwrap(),
        span_id: SpanId::from_bytes(&[id; 8]).unwrap(),
        parent: SpanId::from_bytes(&[parent; 8]),
        links: Vec::new(),
        name: id.to_string(),
        kind: Kind::Internal,
        service: String::new(),
        start_ns,
        end_ns,
        status: Status::default(),
        attributes: BTreeMap::new(),
        events: Vec::new(),
    }
}

fn waiting(id: u8, parent: u8, start_ns: u64, end_ns: u64) -> Span {
    let mut span = span(id, parent, start_ns, end_ns);
    span.attributes.insert(WAITS_FOR.to_owned(), Value::Text("a build".to_owned()));
    span
}

fn trace(spans: Vec<Span>) -> Trace {
    Trace { spans }
}

fn rows(waterfall: &Waterfall, trace: &Trace) -> Vec<(String, usize)> {
    waterfall.rows.iter().map(|row| (trace.spans[row.span].name.clone(), row.depth)).collect()
}

/// For each span that is on the critical path, how many nanoseconds of it are.
fn critical(trace: &Trace) -> Vec<(String, u64)> {
    let waterfall = Waterfall::of(trace, Idle::Shown);
    let rows = waterfall.rows.iter().filter(|row| row.critical_ns > 0);
    rows.map(|row| (trace.spans[row.span].name.clone(), row.critical_ns)).collect()
}

fn names(pairs: &[(&str, u64)]) -> Vec<(String, u64)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect()
}

#[test]
fn parents_stand_before_children_and_siblings_in_the_order_of_their_starts() {
    let trace = trace(vec![
        span(1, 0, 0, 100),
        span(2, 1, 10, 20),
        span(3, 2, 12, 15),
        span(4, 1, 30, 90),
        span(5, 9, 40, 50),
    ]);
    let drawn = Waterfall::of(&trace, Idle::Shown);
    let expected = [("1", 0), ("2", 1), ("3", 2), ("4", 1), ("5", 0)];
    assert_eq!(rows(&drawn, &trace), expected.map(|(name, depth)| (name.to_owned(), depth)));
    let orphans: Vec<bool> = drawn.rows.iter().map(|row| row.is_orphan).collect();
    assert_eq!(orphans, [false, false, false, false, true]);
    assert_eq!((drawn.rows[1].offset, drawn.rows[1].width), (0.1, 0.1));
    assert_eq!((drawn.duration_ns(), drawn.idle_ns), (100, 0));
}

#[test]
fn a_circle_of_parents_is_cut_and_drawn() {
    let trace = trace(vec![span(1, 2, 0, 10), span(2, 1, 1, 5), span(3, 3, 6, 7)]);
    let drawn = Waterfall::of(&trace, Idle::Folded);
    let expected = [("1", 0), ("2", 1), ("3", 0)];
    assert_eq!(rows(&drawn, &trace), expected.map(|(name, depth)| (name.to_owned(), depth)));
}

#[test]
fn nothing_and_a_trace_without_duration_can_be_drawn() {
    assert_eq!(Waterfall::of(&Trace::default(), Idle::Folded).rows, []);
    let drawn = Waterfall::of(&trace(vec![span(1, 0, 5, 5)]), Idle::Folded);
    assert_eq!((drawn.rows[0].offset, drawn.rows[0].width), (0.0, 0.0));
}

#[test]
fn the_critical_path_goes_through_what_ended_last() {
    let parallel = trace(vec![span(1, 0, 0, 100), span(2, 1, 10, 40), span(3, 1, 10, 80)]);
    assert_eq!(critical(&parallel), names(&[("1", 30), ("3", 70)]));
    let sequential = trace(vec![span(1, 0, 0, 100), span(2, 1, 10, 40), span(3, 1, 50, 100)]);
    assert_eq!(critical(&sequential), names(&[("1", 20), ("2", 30), ("3", 50)]));
}

#[test]
fn the_critical_path_follows_messages_to_handlers_that_begin_later() {
    let handed_over = trace(vec![
        span(1, 0, 0, 10),
        span(2, 1, 8, 9),
        span(3, 2, 20, 60),
        span(4, 3, 70, 100),
        span(5, 1, 2, 4),
    ]);
    assert_eq!(
        critical(&handed_over),
        names(&[("1", 6), ("2", 1), ("3", 40), ("4", 30), ("5", 2)])
    );
}

#[test]
fn long_idle_time_is_folded_and_short_gaps_are_not() {
    let trace = trace(vec![
        span(1, 0, 0, 10),
        waiting(2, 1, 10, 900),
        span(3, 1, 900, 910),
        span(4, 1, 912, 1000),
    ]);
    let folded = Waterfall::of(&trace, Idle::Folded);
    let folds: Vec<(u64, u64)> =
        folded.folds.iter().map(|fold| (fold.from_ns, fold.until_ns)).collect();
    assert_eq!(folds, [(10, 900)]);
    assert_eq!(folded.idle_ns, 892);
    assert!(folded.rows[3].width > 0.7, "{:?}", folded.rows);
    assert_eq!((folded.place(0), folded.place(1000)), (0.0, 1.0));
    assert_eq!((folded.place(0), folded.place(5000)), (0.0, 1.0));

    let shown = Waterfall::of(&trace, Idle::Shown);
    assert_eq!(shown.folds, []);
    assert_eq!(shown.rows[1].width, 0.89);
}

#[test]
fn a_trace_that_only_waits_is_not_folded() {
    let trace = trace(vec![waiting(1, 0, 0, 100)]);
    let drawn = Waterfall::of(&trace, Idle::Folded);
    assert_eq!((drawn.folds.len(), drawn.rows[0].width, drawn.idle_ns), (0, 1.0, 100));
}

#[test]
fn positions_never_go_back_in_time() {
    let trace = trace(vec![span(1, 0, 0, 10), span(2, 0, 500, 510), span(3, 0, 900, 1000)]);
    for idle in [Idle::Shown, Idle::Folded] {
        let drawn = Waterfall::of(&trace, idle);
        let places: Vec<f64> = (0..=1000).map(|at| drawn.place(at)).collect();
        assert!(places.is_sorted(), "{idle:?}");
    }
}

#[test]
fn a_deployment_of_a_shared_trace_can_be_looked_at_alone() {
    let mut first = span(2, 1, 0, 5);
    let mut second = span(4, 1, 0, 5);
    for (span, deployment) in [(&mut first, "a"), (&mut second, "b")] {
        let value = Value::Text(deployment.to_owned());
        span.attributes.insert(crate::attributes::DEPLOYMENT.to_owned(), value);
    }
    let trace = trace(vec![span(1, 0, 0, 10), first, span(3, 2, 1, 2), second]);
    let names: Vec<String> =
        trace.of_deployment("a").spans.into_iter().map(|span| span.name).collect();
    assert_eq!(names, ["2", "3"]);
}
