use super::*;

#[derive(Default)]
struct Sum(Vec<u32>);

impl Core for Sum {
    type Event = u32;
    fn apply(&mut self, event: u32) {
        self.0.push(event);
    }
    fn snapshot(&self) -> Vec<u32> {
        self.0.clone()
    }
}

#[test]
fn committed_events_survive_a_reopen() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("journal");
    let mut sum = Durable::open(&path, Sum::default()).unwrap();
    sum.commit(vec![1, 2]).unwrap();
    sum.commit(vec![3]).unwrap();
    drop(sum);
    assert_eq!(Durable::open(&path, Sum::default()).unwrap().0, [1, 2, 3]);
}

#[test]
fn a_torn_tail_is_truncated_and_the_journal_continues() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("journal");
    Durable::open(&path, Sum::default()).unwrap().commit(vec![1, 2]).unwrap();
    let whole = std::fs::read(&path).unwrap();
    for cut in 1..9 {
        std::fs::write(&path, &whole[..whole.len() - cut]).unwrap();
        let mut sum = Durable::open(&path, Sum::default()).unwrap();
        assert_eq!(sum.0, [1], "cut by {cut}");
        sum.commit(vec![7]).unwrap();
        assert_eq!(Durable::open(&path, Sum::default()).unwrap().0, [1, 7], "cut by {cut}");
    }
}

/// Files of damaged journals next to this one.
fn kept_aside(path: &Path) -> Vec<Vec<u8>> {
    let entries = std::fs::read_dir(path.parent().unwrap()).unwrap().map(|entry| entry.unwrap());
    let kept =
        entries.filter(|entry| entry.file_name().to_str().unwrap().starts_with("journal.damaged-"));
    kept.map(|entry| std::fs::read(entry.path()).unwrap()).collect()
}

#[test]
fn a_damaged_byte_loses_at_most_its_own_event_and_the_journal_is_kept() {
    let events = [1, 22, 333, 4444, 55555];
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("journal");
    Durable::open(&path, Sum::default()).unwrap().commit(events.to_vec()).unwrap();
    let whole = std::fs::read(&path).unwrap();
    for (position, flipped) in (0..whole.len()).flat_map(|at| [(at, 1), (at, 0x80), (at, 0xff)]) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("journal");
        let mut damaged = whole.clone();
        damaged[position] ^= flipped;
        std::fs::write(&path, &damaged).unwrap();

        let mut sum = Durable::open(&path, Sum::default()).unwrap();
        let what = format!("byte {position}, {flipped:#x}: {:?}", sum.0);
        let without_one = |lost: &u32| events.iter().filter(|event| *event != lost).eq(&sum.0);
        assert!(sum.0 == events || events.iter().any(without_one), "{what}");
        assert!(!sum.is_complete(), "{what}");
        assert_eq!(kept_aside(&path), [damaged], "{what}");

        let mut expected = sum.0.clone();
        sum.commit(vec![7]).unwrap();
        expected.push(7);
        let reopened = Durable::open(&path, Sum::default()).unwrap();
        assert_eq!(reopened.0, expected, "{what}");
        assert!(!reopened.is_complete(), "{what}");
    }
}

#[test]
fn a_journal_is_complete_again_once_the_damaged_one_is_removed() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("journal");
    let mut sum = Durable::open(&path, Sum::default()).unwrap();
    assert!(sum.is_complete());
    sum.commit(vec![1, 2]).unwrap();
    let mut damaged = std::fs::read(&path).unwrap();
    damaged[8] = b'x';
    std::fs::write(&path, damaged).unwrap();
    assert_eq!(Durable::open(&path, Sum::default()).unwrap().0, [2]);
    for entry in std::fs::read_dir(dir.path()).unwrap() {
        let entry = entry.unwrap();
        if entry.file_name() != "journal" {
            std::fs::remove_file(entry.path()).unwrap();
        }
    }
    assert!(Durable::open(&path, Sum::default()).unwrap().is_complete());
}

#[test]
fn what_a_crash_of_the_machine_leaves_at_the_end_is_cut_off() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("journal");
    Durable::open(&path, Sum::default()).unwrap().commit(vec![1, 2]).unwrap();
    let whole = std::fs::read(&path).unwrap();
    for rest in [&[0; 4096][..], &[0; 3], &[1, 0, 0, 0, 9, 9, 9, 9, 0, 0], b"garbage, not a record"]
    {
        std::fs::write(&path, [&whole, rest].concat()).unwrap();
        let sum = Durable::open(&path, Sum::default()).unwrap();
        assert_eq!(sum.0, [1, 2]);
        assert!(sum.is_complete(), "{rest:?}");
        assert_eq!(std::fs::read(&path).unwrap(), whole);
    }
}

#[test]
fn an_unknown_event_is_an_error_that_names_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("journal");
    let mut buffer = Vec::new();
    record::encode(&"not a number", &mut buffer).unwrap();
    std::fs::write(&path, buffer).unwrap();
    let error = Durable::open(&path, Sum::default()).err().unwrap();
    assert!(error.to_string().contains("journal contains an event"), "{error}");
}

#[derive(Default)]
struct Last(String);

impl Core for Last {
    type Event = String;
    fn apply(&mut self, event: String) {
        self.0 = event;
    }
    fn snapshot(&self) -> Vec<String> {
        vec![self.0.clone()]
    }
}

#[test]
fn a_journal_that_outgrows_its_snapshot_is_rewritten_while_it_runs() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("journal");
    let mut last = Durable::open(&path, Last::default()).unwrap();
    let megabyte = "x".repeat(1024 * 1024);
    for round in 0..40 {
        last.commit(vec![format!("{round} {megabyte}")]).unwrap();
        let length = std::fs::metadata(&path).unwrap().len();
        assert!(length <= COMPACT_ABOVE_BYTES + 2 * 1024 * 1024, "{length} bytes after {round}");
    }
    last.commit(vec!["the end".to_owned()]).unwrap();
    drop(last);
    assert_eq!(Durable::open(&path, Last::default()).unwrap().0, "the end");
}

#[test]
fn a_rewritten_journal_contains_only_the_snapshot() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("journal");
    std::fs::write(&path, "the old one").unwrap();
    let mut journal = rewrite(&path, vec![5_u32, 6]).unwrap();
    journal.append(&[7_u32]).unwrap();
    assert_eq!(Durable::open(&path, Sum::default()).unwrap().0, [5, 6, 7]);
}

#[test]
fn a_saved_state_is_read_and_a_damaged_or_missing_one_is_not() {
    let dir = tempfile::tempdir().unwrap();
    let (path, copy) = (dir.path().join("journal"), dir.path().join("copy"));
    let mut sum = Durable::open(&path, Sum::default()).unwrap();
    sum.save(&copy).unwrap();
    assert_eq!(saved::<u32>(&copy).unwrap(), [0; 0]);
    sum.commit(vec![1, 2]).unwrap();
    sum.save(&copy).unwrap();
    sum.commit(vec![3]).unwrap();
    assert_eq!(saved::<u32>(&copy).unwrap(), [1, 2]);
    let whole = std::fs::read(&copy).unwrap();
    std::fs::write(&copy, &whole[..whole.len() - 1]).unwrap();
    assert!(saved::<u32>(&copy).is_err());
    assert!(saved::<u32>(&dir.path().join("none")).is_err());
}
