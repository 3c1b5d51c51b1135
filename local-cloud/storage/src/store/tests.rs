use std::io::Read as _;
use std::sync::Barrier;
use std::thread;

use super::*;
use crate::{BucketAttributes, ListQuery, ObjectReference, Preconditions, Verdict};

mod copies;

const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH.saturating_add(time::Duration::days(20_000));

fn request(object: &str, preconditions: Preconditions) -> WriteRequest {
    WriteRequest {
        bucket: "bucket".to_owned(),
        object: object.to_owned(),
        preconditions,
        ..WriteRequest::default()
    }
}

fn in_memory() -> Store<Memory> {
    let store = Store::in_memory(Core::new("demo", 42));
    store.create_bucket("bucket", "demo", BucketAttributes::default(), NOW).unwrap();
    store
}

fn on_disk(dir: &Path) -> Store<Files> {
    let store = Store::open(dir, Core::new("demo", 42), drop).unwrap();
    store.ensure_bucket("bucket", "demo", BucketAttributes::default(), NOW).unwrap();
    store
}

fn write(
    store: &Store<Files>,
    object: &str,
    content: &[u8],
    preconditions: Preconditions,
) -> Result<i64, StorageError> {
    let mut staged = store.stage()?;
    staged.append(content).map_err(StorageError::Content)?;
    Ok(store.write(&request(object, preconditions), staged, NOW)?.generation)
}

fn text<C: Contents>(store: &Store<C>, object: &str) -> String {
    let (_, mut content) = store.read("bucket", object, 0, &Preconditions::default()).unwrap();
    let mut text = String::new();
    content.read_to_string(&mut text).unwrap();
    text
}

fn files_in(dir: &Path) -> usize {
    std::fs::read_dir(dir).unwrap().count()
}

#[test]
fn of_many_create_only_writes_at_once_exactly_one_wins() {
    const WRITERS: usize = 16;
    let dir = tempfile::tempdir().unwrap();
    let store = on_disk(dir.path());
    for round in 0..20 {
        let barrier = Barrier::new(WRITERS);
        let name = format!("claim/{round}");
        let create = |writer: usize| {
            barrier.wait();
            write(&store, &name, writer.to_string().as_bytes(), Preconditions::ABSENT)
                .is_ok()
                .then_some(writer)
        };
        let winners: Vec<usize> = thread::scope(|scope| {
            let create = &create;
            let threads: Vec<_> =
                (0..WRITERS).map(|writer| scope.spawn(move || create(writer))).collect();
            threads.into_iter().filter_map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(winners.len(), 1, "round {round}");
        assert_eq!(text(&store, &name), winners[0].to_string());
    }
    assert_eq!(files_in(&dir.path().join("contents")), 20);
    assert_eq!(files_in(&dir.path().join("staging")), 0);
}

#[test]
fn compare_and_swap_loses_no_increment() {
    const THREADS: usize = 8;
    const INCREMENTS: usize = 25;
    let store = in_memory();
    store.put(&request("counter", Preconditions::ABSENT), b"0", NOW).unwrap();
    let increment = || loop {
        let (object, mut content) =
            store.read("bucket", "counter", 0, &Preconditions::default()).unwrap();
        let mut value = String::new();
        content.read_to_string(&mut value).unwrap();
        let next = (value.parse::<usize>().unwrap() + 1).to_string();
        match store.put(
            &request("counter", Preconditions::generation(object.generation)),
            next.as_bytes(),
            NOW,
        ) {
            Ok(_) => return,
            Err(StorageError::Precondition) => {}
            Err(error) => panic!("{error}"),
        }
    };
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| (0..INCREMENTS).for_each(|_| increment()));
        }
    });
    assert_eq!(text(&store, "counter"), (THREADS * INCREMENTS).to_string());
}

#[test]
fn everything_is_there_at_the_next_open() {
    let dir = tempfile::tempdir().unwrap();
    let store = on_disk(dir.path());
    write(&store, "gone", b"gone", Preconditions::ABSENT).unwrap();
    let first = write(&store, "kept", b"first", Preconditions::ABSENT).unwrap();
    let second = write(&store, "kept", b"second", Preconditions::generation(first)).unwrap();
    store.delete(&ObjectReference::live("bucket", "gone"), NOW).unwrap();
    drop(store);

    let store = on_disk(dir.path());
    assert_eq!(text(&store, "kept"), "second");
    let page = store.list("bucket", &ListQuery::default()).unwrap();
    assert_eq!(page.items.iter().map(|object| object.name.as_str()).collect::<Vec<_>>(), ["kept"]);
    assert_eq!(page.items[0].generation, second);
    assert_eq!(
        Preconditions::generation(second).judge(Some(page.items[0].version())),
        Verdict::Holds
    );
    assert_eq!(files_in(&dir.path().join("contents")), 1);
}

#[test]
fn what_a_crash_left_behind_is_removed_at_the_next_open() {
    let dir = tempfile::tempdir().unwrap();
    let generation = write(&on_disk(dir.path()), "kept", b"kept", Preconditions::ABSENT).unwrap();
    for orphan in ["contents/7", "staging/0", "uploads/old"] {
        std::fs::write(dir.path().join(orphan), "orphan").unwrap();
    }
    let store = on_disk(dir.path());
    assert_eq!(text(&store, "kept"), "kept");
    assert!(dir.path().join(format!("contents/{generation}")).exists());
    for orphan in ["contents/7", "staging/0", "uploads/old"] {
        assert!(!dir.path().join(orphan).exists(), "{orphan}");
    }
}

#[test]
fn a_refused_write_changes_nothing_and_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let store = on_disk(dir.path());
    write(&store, "a", b"first", Preconditions::ABSENT).unwrap();
    assert!(matches!(
        write(&store, "a", b"second", Preconditions::ABSENT),
        Err(StorageError::Precondition)
    ));
    assert_eq!(text(&store, "a"), "first");
    assert_eq!(files_in(&dir.path().join("contents")), 1);
    assert_eq!(files_in(&dir.path().join("staging")), 0);
}

#[test]
fn a_reader_keeps_its_content_when_the_object_is_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let store = on_disk(dir.path());
    write(&store, "a", b"first", Preconditions::ABSENT).unwrap();
    let (_, mut content) = store.read("bucket", "a", 0, &Preconditions::default()).unwrap();
    write(&store, "a", b"second", Preconditions::default()).unwrap();
    let mut text = String::new();
    content.read_to_string(&mut text).unwrap();
    assert_eq!(text, "first");
}

#[test]
fn an_upload_survives_the_process_and_finishes_once() {
    let dir = tempfile::tempdir().unwrap();
    let store = on_disk(dir.path());
    store.start_upload("id", request("a", Preconditions::ABSENT), NOW).unwrap();
    store.resume_upload("id").unwrap().append(b"first ").unwrap();
    drop(store);

    let store = on_disk(dir.path());
    let upload = store.upload("id", NOW).unwrap();
    let mut staged = store.resume_upload("id").unwrap();
    assert_eq!(staged.size_bytes(), 6);
    staged.append(b"second").unwrap();
    let object = store.finish_upload(&upload, staged, NOW).unwrap();
    assert_eq!(text(&store, "a"), "first second");
    drop(store);

    let store = on_disk(dir.path());
    assert_eq!(store.upload("id", NOW).unwrap().finished, Some(object));
}

#[test]
fn an_upload_whose_object_came_from_elsewhere_ends() {
    let dir = tempfile::tempdir().unwrap();
    let store = on_disk(dir.path());
    store.start_upload("id", request("a", Preconditions::ABSENT), NOW).unwrap();
    write(&store, "a", b"faster", Preconditions::ABSENT).unwrap();
    let upload = store.upload("id", NOW).unwrap();
    let staged = store.resume_upload("id").unwrap();
    assert!(matches!(store.finish_upload(&upload, staged, NOW), Err(StorageError::Precondition)));
    assert!(matches!(store.upload("id", NOW), Err(StorageError::NoUpload(_))));
    assert_eq!(files_in(&dir.path().join("uploads")), 0);
    assert_eq!(text(&store, "a"), "faster");
}

#[test]
fn uploads_that_are_too_old_go_when_a_new_one_starts() {
    let dir = tempfile::tempdir().unwrap();
    let store = on_disk(dir.path());
    store.start_upload("old", request("a", Preconditions::ABSENT), NOW).unwrap();
    store.resume_upload("old").unwrap();
    let later = NOW + time::Duration::days(8);
    assert_eq!(
        store.start_upload("new", request("b", Preconditions::ABSENT), later).unwrap(),
        ["old"]
    );
    assert!(matches!(store.upload("old", NOW), Err(StorageError::NoUpload(_))));
    assert_eq!(files_in(&dir.path().join("uploads")), 0);
}

#[test]
fn a_bucket_of_another_project_is_never_taken_over() {
    let store = in_memory();
    let ensure = |project| store.ensure_bucket("bucket", project, BucketAttributes::default(), NOW);
    assert_eq!(ensure("demo").unwrap().project_number, 42);
    assert!(matches!(ensure("other"), Err(StorageError::ForeignBucket { owner: 42, .. })));
}
