use std::collections::BTreeMap;
use std::io::Read as _;
use std::sync::Barrier;
use std::thread;

use bytes::Bytes;

use super::*;
use crate::{BucketAttributes, ListQuery, ObjectReference, Preconditions, Verdict};

mod copies;
mod customer_keys;
mod parts;

const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH.saturating_add(time::Duration::days(20_000));

fn request(object: &str, preconditions: Preconditions) -> WriteRequest {
    WriteRequest {
        bucket: "bucket".to_owned(),
        object: object.to_owned(),
        preconditions,
        ..WriteRequest::default()
    }
}

fn in_memory() -> Service<Memory> {
    let service = Service::in_memory(Core::new("demo", 42));
    service.create_bucket("bucket", "demo", BucketAttributes::default(), NOW).unwrap();
    service
}

struct Unannounced;

impl Announce for Unannounced {
    fn announce(&self, _topic: &str, _attributes: BTreeMap<String, String>, _data: Bytes) {}
}

fn deps(announce: Arc<dyn Announce>) -> Deps {
    Deps { project: "demo".to_owned(), project_number: 42, announce, keys: Arc::new(NoKeys) }
}

fn on_disk(dir: &Path) -> Arc<Service<Files>> {
    let service = Service::open(dir, deps(Arc::new(Unannounced))).unwrap();
    service.ensure_bucket("bucket", "demo", BucketAttributes::default(), NOW).unwrap();
    service
}

fn write(
    service: &Service<Files>,
    object: &str,
    content: &[u8],
    preconditions: Preconditions,
) -> Result<i64, StorageError> {
    let mut staged = service.stage()?;
    staged.append(content).map_err(StorageError::Content)?;
    Ok(service.write(&request(object, preconditions), staged, NOW)?.generation)
}

fn text<C: Contents>(service: &Service<C>, object: &str) -> String {
    let (_, mut content) = service.read("bucket", object, 0, &Preconditions::default()).unwrap();
    let mut text = String::new();
    content.read_to_string(&mut text).unwrap();
    text
}

fn files_in(dir: &Path) -> usize {
    std::fs::read_dir(dir).unwrap().count()
}

#[test]
fn exactly_one_of_many_concurrent_create_only_writes_wins() {
    const WRITERS: usize = 16;
    let dir = tempfile::tempdir().unwrap();
    let service = on_disk(dir.path());
    for round in 0..20 {
        let barrier = Barrier::new(WRITERS);
        let name = format!("claim/{round}");
        let create = |writer: usize| {
            barrier.wait();
            write(&service, &name, writer.to_string().as_bytes(), Preconditions::ABSENT)
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
        assert_eq!(text(&service, &name), winners[0].to_string());
    }
    assert_eq!(files_in(&dir.path().join("contents")), 20);
    assert_eq!(files_in(&dir.path().join("staging")), 0);
}

#[test]
fn compare_and_swap_loses_no_increment() {
    const THREADS: usize = 8;
    const INCREMENTS: usize = 25;
    let service = in_memory();
    service.put(&request("counter", Preconditions::ABSENT), b"0", NOW).unwrap();
    let increment = || loop {
        let (object, mut content) =
            service.read("bucket", "counter", 0, &Preconditions::default()).unwrap();
        let mut value = String::new();
        content.read_to_string(&mut value).unwrap();
        let next = (value.parse::<usize>().unwrap() + 1).to_string();
        match service.put(
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
    assert_eq!(text(&service, "counter"), (THREADS * INCREMENTS).to_string());
}

#[test]
fn everything_survives_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let service = on_disk(dir.path());
    write(&service, "gone", b"gone", Preconditions::ABSENT).unwrap();
    let first = write(&service, "kept", b"first", Preconditions::ABSENT).unwrap();
    let second = write(&service, "kept", b"second", Preconditions::generation(first)).unwrap();
    service.delete(&ObjectReference::live("bucket", "gone"), NOW).unwrap();
    drop(service);

    let service = on_disk(dir.path());
    assert_eq!(text(&service, "kept"), "second");
    let page = service.list("bucket", &ListQuery::default()).unwrap();
    assert_eq!(page.items.iter().map(|object| object.name.as_str()).collect::<Vec<_>>(), ["kept"]);
    assert_eq!(page.items[0].generation, second);
    assert_eq!(
        Preconditions::generation(second).judge(Some(page.items[0].version())),
        Verdict::Holds
    );
    assert_eq!(files_in(&dir.path().join("contents")), 1);
}

#[test]
fn a_journal_under_its_former_name_is_read() {
    let dir = tempfile::tempdir().unwrap();
    write(&on_disk(dir.path()), "kept", b"kept", Preconditions::ABSENT).unwrap();
    std::fs::rename(dir.path().join("journal"), dir.path().join("storage.journal")).unwrap();
    assert_eq!(text(&on_disk(dir.path()), "kept"), "kept");
}

#[test]
fn leftovers_of_a_crash_are_removed_at_the_next_open() {
    let dir = tempfile::tempdir().unwrap();
    let generation = write(&on_disk(dir.path()), "kept", b"kept", Preconditions::ABSENT).unwrap();
    for orphan in ["contents/7", "staging/0", "uploads/old"] {
        std::fs::write(dir.path().join(orphan), "orphan").unwrap();
    }
    let service = on_disk(dir.path());
    assert_eq!(text(&service, "kept"), "kept");
    assert!(dir.path().join(format!("contents/{generation}")).exists());
    for orphan in ["contents/7", "staging/0", "uploads/old"] {
        assert!(!dir.path().join(orphan).exists(), "{orphan}");
    }
}

#[test]
fn a_rejected_write_changes_nothing_and_leaves_no_file() {
    let dir = tempfile::tempdir().unwrap();
    let service = on_disk(dir.path());
    write(&service, "a", b"first", Preconditions::ABSENT).unwrap();
    assert!(matches!(
        write(&service, "a", b"second", Preconditions::ABSENT),
        Err(StorageError::Precondition)
    ));
    assert_eq!(text(&service, "a"), "first");
    assert_eq!(files_in(&dir.path().join("contents")), 1);
    assert_eq!(files_in(&dir.path().join("staging")), 0);
}

#[test]
fn a_reader_keeps_its_content_when_the_object_is_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let service = on_disk(dir.path());
    write(&service, "a", b"first", Preconditions::ABSENT).unwrap();
    let (_, mut content) = service.read("bucket", "a", 0, &Preconditions::default()).unwrap();
    write(&service, "a", b"second", Preconditions::default()).unwrap();
    let mut text = String::new();
    content.read_to_string(&mut text).unwrap();
    assert_eq!(text, "first");
}

#[test]
fn an_upload_survives_the_process_and_finishes_once() {
    let dir = tempfile::tempdir().unwrap();
    let service = on_disk(dir.path());
    service.start_upload("id", request("a", Preconditions::ABSENT), NOW).unwrap();
    service.resume_upload("id").unwrap().append(b"first ").unwrap();
    drop(service);

    let service = on_disk(dir.path());
    let upload = service.upload("id", NOW).unwrap();
    let mut staged = service.resume_upload("id").unwrap();
    assert_eq!(staged.size_bytes(), 6);
    staged.append(b"second").unwrap();
    let object = service.finish_upload(&upload, staged, NOW).unwrap();
    assert_eq!(text(&service, "a"), "first second");
    drop(service);

    let service = on_disk(dir.path());
    assert_eq!(service.upload("id", NOW).unwrap().finished, Some(object));
}

#[test]
fn an_upload_ends_when_another_write_created_its_object() {
    let dir = tempfile::tempdir().unwrap();
    let service = on_disk(dir.path());
    service.start_upload("id", request("a", Preconditions::ABSENT), NOW).unwrap();
    write(&service, "a", b"faster", Preconditions::ABSENT).unwrap();
    let upload = service.upload("id", NOW).unwrap();
    let staged = service.resume_upload("id").unwrap();
    assert!(matches!(service.finish_upload(&upload, staged, NOW), Err(StorageError::Precondition)));
    assert!(matches!(service.upload("id", NOW), Err(StorageError::NoUpload(_))));
    assert_eq!(files_in(&dir.path().join("uploads")), 0);
    assert_eq!(text(&service, "a"), "faster");
}

#[test]
fn expired_uploads_are_removed_when_a_new_one_starts() {
    let dir = tempfile::tempdir().unwrap();
    let service = on_disk(dir.path());
    service.start_upload("old", request("a", Preconditions::ABSENT), NOW).unwrap();
    service.resume_upload("old").unwrap();
    let later = NOW + time::Duration::days(8);
    assert_eq!(
        service.start_upload("new", request("b", Preconditions::ABSENT), later).unwrap(),
        ["old"]
    );
    assert!(matches!(service.upload("old", NOW), Err(StorageError::NoUpload(_))));
    assert_eq!(files_in(&dir.path().join("uploads")), 0);
}

#[test]
fn a_bucket_of_another_project_is_never_taken_over() {
    let service = in_memory();
    let ensure =
        |project| service.ensure_bucket("bucket", project, BucketAttributes::default(), NOW);
    assert_eq!(ensure("demo").unwrap().project_number, 42);
    assert!(matches!(ensure("other"), Err(StorageError::ForeignBucket { owner: 42, .. })));
}

#[test]
fn a_damaged_byte_of_the_journal_deletes_no_content() {
    let original = tempfile::tempdir().unwrap();
    let service = on_disk(original.path());
    for object in ["a", "b", "c"] {
        write(&service, object, object.as_bytes(), Preconditions::ABSENT).unwrap();
    }
    drop(service);
    let whole = std::fs::read(original.path().join("journal")).unwrap();
    // Each start writes the journal to the disk, so not every byte is tried here.
    for position in (0..whole.len()).step_by(29) {
        let dir = tempfile::tempdir().unwrap();
        let contents = dir.path().join("contents");
        std::fs::create_dir(&contents).unwrap();
        for entry in std::fs::read_dir(original.path().join("contents")).unwrap() {
            let entry = entry.unwrap();
            std::fs::hard_link(entry.path(), contents.join(entry.file_name())).unwrap();
        }
        let mut damaged = whole.clone();
        damaged[position] ^= 1;
        std::fs::write(dir.path().join("journal"), damaged).unwrap();
        for start in ["first", "second"] {
            let service = Service::open(dir.path(), deps(Arc::new(Unannounced))).unwrap();
            assert_eq!(files_in(&contents), 3, "{start} start, byte {position}");
            let reads = |object: &&str| {
                service.read("bucket", object, 0, &Preconditions::default()).is_ok()
            };
            let left = ["a", "b", "c"].iter().filter(|object| reads(object)).count();
            assert!(left >= 2, "{start} start, byte {position}: {left} objects");
        }
    }
}
