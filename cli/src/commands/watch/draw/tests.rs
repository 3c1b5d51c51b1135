//! Whole screens, as text in `frames/`. `LONGSHORE_REGENERATE=1` regenerates them; review the
//! difference.

use std::path::PathBuf;

use longshore_console_model::index::entry::State;
use longshore_console_model::index::snapshot::{ParkedEntry, Snapshot};
use longshore_ledger::Cause;
use longshore_messages::BatchId;
use longshore_trace_store::{Trace, from_json};
use ratatui_core::backend::TestBackend;
use ratatui_core::buffer::Cell;
use ratatui_core::terminal::Terminal;

use super::*;
use crate::batch::BatchStatus;
use crate::commands::watch::app::Key;
use crate::commands::watch::samples::{at, deployment, ended};

const SIZES: [(u16, u16); 2] = [(80, 24), (120, 40)];
const NOW: i64 = 600;

/// A fleet with work at each stage, failures, and a message that is parked.
fn busy() -> Seen {
    let good = (0..30).map(|n| ended(n, i64::from(n) * 10, State::Deployed, 20 + i64::from(n)));
    let failed = (30..33).map(|n| ended(n, i64::from(n) * 10, State::Failed, 8));
    let open = (40..52).map(|n| deployment(n, 540 + i64::from(n), (n % 4) as usize));
    let slow = deployment(60, 450, 3);
    let mut entries: Vec<Entry> = good.chain(failed).chain(open).chain([slow.clone()]).collect();
    let quota = entries.iter_mut().find(|entry| entry.name() == "function-41").unwrap();
    quota.has_noted_wait = true;
    let quota = quota.id;
    let writing = entries.iter_mut().find(|entry| entry.name() == "function-47").unwrap();
    writing.writing_since = Some(at(595));
    let held = entries.iter().find(|entry| entry.name() == "function-43").unwrap();
    let parked = ParkedEntry {
        id: "1".to_owned(),
        at: at(590),
        cause: Some(Cause::Failed),
        stage: "service-deployer".to_owned(),
        subscription: "projects/p/subscriptions/f.service-deployer.f.image-published".to_owned(),
        reason: "no permission".to_owned(),
        deployment: Some(held.id),
        sender: String::new(),
    };
    let entries = entries.into_iter().map(Arc::new);
    let mut snapshot = Snapshot::empty(at(NOW)).with_entries(entries, vec![parked], 1_000);
    snapshot.loaded = PARTS.len();
    let mut seen = Seen::of(Arc::new(snapshot));
    let sentence = "Waiting for the quota of build submissions of project-a, third in line.";
    seen.reasons.insert(quota, sentence.to_owned());
    let sentence = "Waiting for revision function-60-00002-abc to become ready since 15:15:00.";
    seen.reasons.insert(slow.id, sentence.to_owned());
    seen
}

fn batch(name: &str, done: usize, failed: usize, state: &str) -> Arc<BatchStatus> {
    Arc::new(BatchStatus {
        batch: BatchId::requested_by("default", "//samples", name),
        name: name.to_owned(),
        state: state.to_owned(),
        ended: false,
        functions: 420,
        waiting: 420 - done - 24,
        in_flight: 24,
        staged: 0,
        deployed: done - failed,
        unchanged: 0,
        traffic_pinned: 0,
        failed,
        superseded: 0,
        cancelled: 0,
        not_started: 0,
        parked: 0,
        waves: 3,
        wave: Some(2),
        at_gate: None,
        needs_approval: false,
        gate_notes: Vec::new(),
        requester: "default".to_owned(),
        started_at: Some("2025-06-15T15:06:40Z".to_owned()),
        finished_at: None,
        retry_of: None,
        forecast: None,
        takes_seconds: Some(1_800),
        reason: None,
        advice: None,
        actions: Vec::new(),
    })
}

/// A minute of waiting between two stages.
fn trace() -> Trace {
    let span = |id: u64, parent: &str, name: &str, from: u64, until: u64, rest: &str| {
        format!(
            r#"{{"traceId":"4bf92f3577b34da6a3ce929d0e0e4736","spanId":"{id:016x}",
            "parentSpanId":"{parent}","name":"{name}","startTimeUnixNano":"{}",
            "endTimeUnixNano":"{}"{rest}}}"#,
            from * 1_000_000,
            until * 1_000_000,
        )
    };
    let waits = r#","attributes":[{"key":"longshore.waits_for","value":{"stringValue":"it"}}]"#;
    let root = format!("{:016x}", 1);
    let spans = [
        span(1, "", "deploy function-60", 0, 62_000, waits),
        span(2, &root, "process deploy-requested", 0, 900, ""),
        span(3, &root, "build", 900, 61_000, waits),
        span(4, &root, "process image-published", 61_000, 62_000, ""),
    ];
    let json = format!(
        r#"{{"resourceSpans":[{{"resource":{{"attributes":[{{"key":"service.name",
        "value":{{"stringValue":"longshore-uploader"}}}}]}},"scopeSpans":[{{"spans":[{}]}}]}}]}}"#,
        spans.join(",")
    );
    Trace::from_otlp(from_json(json.as_bytes()).unwrap())
}

fn screen(
    app: &App,
    seen: &Seen,
    (columns, rows): (u16, u16),
    paint: Paint,
) -> Terminal<TestBackend> {
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
    let entries = app.filter.select(&seen.snapshot, at(NOW));
    terminal.draw(|frame| draw(frame, app, seen, &entries, paint, at(NOW))).unwrap();
    terminal
}

/// The screen as text, without spaces at the ends of its lines.
fn text(terminal: &Terminal<TestBackend>) -> String {
    let buffer = terminal.backend().buffer();
    let width = usize::from(buffer.area.width);
    let rows = buffer.content.chunks(width).map(|row| {
        let row: String = row.iter().map(Cell::symbol).collect();
        format!("{}\n", row.trim_end())
    });
    rows.collect()
}

#[track_caller]
fn assert_frame(name: &str, app: &App, seen: &Seen) {
    for size in SIZES {
        let drawn = text(&screen(app, seen, size, Paint::Plain));
        let (columns, rows) = size;
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/commands/watch/frames");
        let file = folder.join(format!("{name}-{columns}x{rows}.txt"));
        if std::env::var_os("LONGSHORE_REGENERATE").is_some() {
            std::fs::write(&file, &drawn).unwrap();
        }
        let expected = std::fs::read_to_string(&file).unwrap_or_default();
        assert_eq!(drawn, expected, "{}", file.display());
    }
}

fn app(keys: &[Key], seen: &Seen) -> App {
    let mut app = App::new("longshore in project-a".to_owned(), "");
    for key in keys {
        let entries = app.filter.select(&seen.snapshot, at(NOW));
        app.press(*key, &entries, 10);
    }
    app
}

fn typed(text: &str) -> Vec<Key> {
    text.chars().map(Key::Char).collect()
}

#[test]
fn a_fleet_that_works() {
    let seen = busy();
    assert_frame("busy", &app(&[], &seen), &seen);
}

#[test]
fn a_fleet_with_batches() {
    let mut seen = busy();
    seen.batches = vec![
        batch("runtime upgrade", 120, 3, "running"),
        batch("a name that is too long for it", 390, 40, "paused"),
    ];
    assert_frame("batches", &app(&[Key::Down, Key::Down], &seen), &seen);
}

#[test]
fn an_empty_fleet() {
    let seen = Seen::of(Arc::new(Snapshot::empty(at(0))));
    assert_frame("empty", &app(&[], &seen), &seen);
}

#[test]
fn a_ledger_that_cannot_be_read() {
    let mut seen = busy();
    let mut snapshot = (*seen.snapshot).clone();
    snapshot.problem = Some("cannot list objects: \x1b[2Jconnection refused".to_owned());
    seen.snapshot = Arc::new(snapshot);
    assert_frame("unreadable", &app(&[], &seen), &seen);
}

#[test]
fn a_filter_that_is_typed() {
    let seen = busy();
    assert_frame("search", &app(&typed("/state=failed"), &seen), &seen);
}

#[test]
fn the_keys() {
    let seen = busy();
    assert_frame("help", &app(&typed("?"), &seen), &seen);
}

#[test]
fn a_waterfall() {
    let mut seen = busy();
    let keys = typed("/function-60").into_iter().chain([Key::Enter, Key::Enter]);
    let app = app(&keys.collect::<Vec<_>>(), &seen);
    let Mode::One(id) = app.mode else { panic!("{:?}", app.mode) };
    seen.opened = Some((id, Arc::new(trace())));
    assert_frame("waterfall", &app, &seen);
}

#[test]
fn a_terminal_of_any_size_can_be_drawn_on() {
    let mut seen = busy();
    seen.batches = vec![batch("runtime upgrade", 120, 3, "running")];
    for keys in [&[][..], &[Key::Char('?')], &[Key::Enter], &[Key::Char('/')]] {
        let app = app(keys, &seen);
        for columns in (1..12).chain([40, 79, 300]) {
            for rows in 1..30 {
                screen(&app, &seen, (columns, rows), Paint::Coloured);
            }
        }
    }
}

#[test]
fn colours_add_to_the_text_and_do_not_change_it() {
    let seen = busy();
    let app = app(&[], &seen);
    let [plain, coloured] =
        [Paint::Plain, Paint::Coloured].map(|paint| screen(&app, &seen, (80, 24), paint));
    assert_eq!(text(&plain), text(&coloured));
    let is_plain = |cell: &Cell| cell.style() == Cell::default().style();
    assert!(plain.backend().buffer().content.iter().all(is_plain));
    assert!(!coloured.backend().buffer().content.iter().all(is_plain));
}
