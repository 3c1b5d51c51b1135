use futures::FutureExt as _;
use serde_json::json;

use super::*;

const WINDOW: Duration = Duration::from_secs(2);

fn entry(second: u32, text: &str) -> Value {
    json!({"timestamp": format!("2026-01-01T00:00:{second:02}Z"), "textPayload": text})
}

fn texts(batch: Batch) -> Vec<String> {
    let entries = batch.entries;
    entries.iter().map(|entry| entry["textPayload"].as_str().unwrap().to_owned()).collect()
}

/// A tail of project `p` that holds nothing back.
fn tail(tails: &Arc<Tails>, filter: &str) -> Tail {
    let filter = Filter::parse(filter).unwrap();
    tails.open(BTreeSet::from(["p".to_owned()]), filter, Duration::ZERO).unwrap()
}

#[test]
fn an_entry_waits_for_older_ones_that_arrive_after_it() {
    let (mut waiting, begun) = (Waiting::default(), Instant::now());
    let after = |seconds| begun + Duration::from_secs(seconds);
    waiting.push(entry(5, "second"), begun);
    waiting.push(entry(3, "first"), after(1));
    waiting.push(entry(9, "third"), after(1));
    assert_eq!(waiting.take(WINDOW, after(1)), Err(Some(after(2))));
    assert_eq!(texts(waiting.take(WINDOW, after(2)).unwrap()), ["first", "second"]);
    assert_eq!(waiting.take(WINDOW, after(2)), Err(Some(after(3))));
    assert_eq!(texts(waiting.take(WINDOW, after(3)).unwrap()), ["third"]);
    assert_eq!(waiting.take(WINDOW, after(9)), Err(None));
}

#[test]
fn what_a_client_does_not_read_is_dropped_and_counted() {
    let (mut waiting, now) = (Waiting::default(), Instant::now());
    for _ in 0..100 {
        waiting.push(entry(1, &"x".repeat(100_000)), now);
    }
    let first = waiting.take(Duration::ZERO, now).unwrap();
    let (dropped, mut received) = (usize::try_from(first.dropped).unwrap(), first.entries.len());
    assert!((10..=11).contains(&received), "{received} entries of 100 kB in a batch");
    while let Ok(batch) = waiting.take(Duration::ZERO, now) {
        assert_eq!(batch.dropped, 0);
        received += batch.entries.len();
    }
    assert_eq!(received + dropped, 100);
    assert_eq!(received, 83, "eight mebibytes of them");
    waiting.push(entry(1, "short"), now);
    assert_eq!(texts(waiting.take(Duration::ZERO, now).unwrap()), ["short"]);
}

#[tokio::test]
async fn a_tail_has_what_matches_in_its_projects_and_nothing_older() {
    let tails = Arc::<Tails>::default();
    tails.offer("p", &|| entry(1, "a before"));
    let tail = tail(&tails, "textPayload:a");
    tails.offer("q", &|| unreachable!("no tail follows this project"));
    assert_eq!(tail.next().now_or_never(), None);
    for text in ["a", "b", "ab"] {
        tails.offer("p", &|| entry(1, text));
    }
    assert_eq!(texts(tail.next().await.unwrap()), ["a", "ab"]);
}

#[tokio::test]
async fn a_project_has_ten_tails_and_all_end_with_the_service() {
    let tails = Arc::<Tails>::default();
    let open: Vec<Tail> = (0..TAILS_MAX).map(|_| tail(&tails, "")).collect();
    let projects = BTreeSet::from(["o".to_owned(), "p".to_owned()]);
    let refused = tails.open(projects.clone(), Filter::default(), WINDOW);
    assert_eq!(refused.err(), Some(TooMany("p".to_owned())));
    let next = open[0].next();
    tails.stop();
    assert_eq!(next.await, None);
    drop(open);
    assert!(tails.open(projects, Filter::default(), WINDOW).is_ok());
}
