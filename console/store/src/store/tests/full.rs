//! A disk that is full.

use std::os::unix::fs::symlink;

use super::*;
use crate::store::file::Size;

/// A journal of three spans of 3,000 bytes.
const LIMITS: Limits = Limits {
    bytes_max: 40_000,
    age_max: Duration::from_secs(3_600),
    trace_bytes_max: 1 << 20,
    traces_max: 100,
};

/// Lets no file of a trace be written.
fn fill(dir: &Path, number: u8) {
    std::fs::create_dir(file::path(dir, id(number))).unwrap();
}

fn free(dir: &Path, number: u8) {
    std::fs::remove_dir(file::path(dir, id(number))).unwrap();
}

fn journal_bytes(dir: &Path) -> u64 {
    std::fs::metadata(dir.join("journal")).unwrap().len()
}

fn send(store: &TraceStore, number: u8) -> Result<Ingested, IngestError> {
    store.ingest(&span(number, 1, 3_000).encode_to_vec())
}

#[test]
fn spans_in_the_journal_are_accepted_and_no_more_are_taken_until_it_has_room() {
    let dir = tempfile::tempdir().unwrap();
    let store = TraceStore::open(dir.path(), LIMITS).unwrap();
    for number in 1..=4 {
        fill(dir.path(), number);
    }
    for number in 1..=3 {
        assert_eq!(send(&store, number).unwrap().accepted, 1);
    }
    let full = journal_bytes(dir.path());
    for _again in 0..20 {
        let refused = send(&store, 4);
        assert!(matches!(refused, Err(IngestError::Store(StoreError::Full))), "{refused:?}");
    }
    assert_eq!(journal_bytes(dir.path()), full);
    assert_eq!(ids(&store.recent(&Filter::default(), all())), [id(3), id(2), id(1)]);
    for number in 1..=3 {
        assert_eq!(store.trace(id(number)).unwrap().spans.len(), 1);
    }

    for number in 1..=4 {
        free(dir.path(), number);
    }
    store.state.lock().retry_at = None;
    assert_eq!(send(&store, 4).unwrap().accepted, 1);
    assert!(journal_bytes(dir.path()) < full);
    assert_eq!(ids(&store.recent(&Filter::default(), all())), [id(4), id(3), id(2), id(1)]);
    for number in 1..=4 {
        assert_eq!(store.trace(id(number)).unwrap().spans.len(), 1);
    }
}

#[test]
fn one_file_that_cannot_be_written_does_not_stop_the_others() {
    let dir = tempfile::tempdir().unwrap();
    let store = TraceStore::open(dir.path(), LIMITS).unwrap();
    fill(dir.path(), 1);
    for number in 1..=9 {
        assert_eq!(send(&store, number).unwrap().accepted, 1);
        assert!(journal_bytes(dir.path()) <= LIMITS.bytes_max / 4);
    }
    assert!(store.flush().is_err());
    assert!(journal_bytes(dir.path()) < 4_000);
    assert_eq!(store.state.lock().pending.len(), 1);
    assert_eq!(store.trace(id(1)).unwrap().spans.len(), 1);
    drop(store);
    free(dir.path(), 1);
    let store = TraceStore::open(dir.path(), LIMITS).unwrap();
    assert_eq!(store.trace(id(1)).unwrap().spans.len(), 1);
    assert_eq!((store.size().0, journal_bytes(dir.path())), (9, 0));
}

#[test]
fn a_store_opens_although_the_journal_cannot_be_written_to_files() {
    let dir = tempfile::tempdir().unwrap();
    {
        let store = TraceStore::open(dir.path(), LIMITS).unwrap();
        send(&store, 1).unwrap();
    }
    fill(dir.path(), 1);
    for _start in 0..2 {
        let store = TraceStore::open(dir.path(), LIMITS).unwrap();
        assert_eq!(store.trace(id(1)).unwrap().spans.len(), 1);
        assert_eq!(store.of_deployment("deployment-1"), Some(id(1)));
    }
    free(dir.path(), 1);
    let store = TraceStore::open(dir.path(), LIMITS).unwrap();
    assert_eq!(store.trace(id(1)).unwrap().spans.len(), 1);
    assert_eq!(journal_bytes(dir.path()), 0);
    assert!(file::path(dir.path(), id(1)).is_file());
}

#[test]
fn a_file_that_the_disk_has_no_room_for_leaves_nothing_behind() {
    let dir = tempfile::tempdir().unwrap();
    let path = file::path(dir.path(), id(1));
    symlink("/dev/full", &path).unwrap();
    let plain = span(1, 1, 0).encode_to_vec();
    assert!(file::append(&path, Size::default(), &plain).is_err());
    assert!(std::fs::symlink_metadata(&path).is_err());

    symlink("/dev/full", dir.path().join("fresh")).unwrap();
    file::replace(&path, b"content").unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), b"content");
}
