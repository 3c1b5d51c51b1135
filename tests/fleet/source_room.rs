//! Sources share the disk of a worker by their size.

use std::collections::BTreeMap;

use crate::support::post::Settled;
use crate::support::stages::{PROJECT, REGION, Stages, words};
use longshore_cloud::{BucketSpec, Objects as _};
use longshore_messages::{TraceContext, WireMessage, encode_request, proto};
use longshore_runner::Settings;
use proto::source::Place;
use time::OffsetDateTime;

/// A small archive takes 16 MiB.
const ROOM_FOR_ONE_SMALL_MIB: u32 = 16;

fn with_room(source_budget_mib: u32) -> Stages {
    Stages::start_with(Settings { source_budget_mib, ..Stages::settings() })
}

/// Stores the source of a function, with a file of random bytes, and returns a request for it.
async fn request(bench: &Stages, name: &str, random_bytes: usize) -> WireMessage {
    let bucket = BucketSpec {
        name: "sources".to_owned(),
        project: PROJECT.to_owned(),
        location: REGION.to_owned(),
        labels: BTreeMap::new(),
        default_key: String::new(),
    };
    bench.objects.ensure_bucket(&bucket).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let directory = crate::support::function(folder.path(), name);
    let random = std::iter::repeat_with(|| uuid::Uuid::new_v4().into_bytes()).flatten();
    let random: Vec<u8> = random.take(random_bytes).collect();
    std::fs::write(directory.join("random"), random).unwrap();
    let limits = longshore_source_archive::Limits::default();
    let packed = longshore_source_archive::pack_directory(&directory, &limits).unwrap();
    let (bucket, object) = (bucket.name, format!("{name}.zip"));
    bench.objects.upload(&bucket, &object, packed.file.path(), BTreeMap::new()).await.unwrap();
    let place = Place::Storage(proto::StorageObject { bucket, object, generation: 0 });
    let function = crate::support::spec(name, proto::Source { place: Some(place) });
    let request =
        proto::DeployRequested { function: Some(function), ..proto::DeployRequested::default() };
    encode_request(&request, "//test", name, &TraceContext::default(), OffsetDateTime::now_utc())
}

#[tokio::test]
async fn sources_wait_for_room_before_they_are_fetched() {
    for (room_mib, concurrent) in [(ROOM_FOR_ONE_SMALL_MIB, 1), (2 * ROOM_FOR_ONE_SMALL_MIB, 2)] {
        let bench = with_room(room_mib);
        let (a, b) = (request(&bench, "a", 0).await, request(&bench, "b", 0).await);
        let (c, d) = (request(&bench, "c", 0).await, request(&bench, "d", 0).await);
        let settled = tokio::join!(
            bench.request(&a),
            bench.request(&b),
            bench.request(&c),
            bench.request(&d)
        );
        assert_eq!(settled, (Settled::Ack, Settled::Ack, Settled::Ack, Settled::Ack));
        let expected = ["a", "b", "c", "d"].map(|name| format!("{name} is uploaded"));
        assert_eq!(words(&bench.take()), expected);
        assert!(bench.objects.concurrent_downloads() <= concurrent, "{room_mib}");
    }
}

#[tokio::test]
async fn a_large_source_is_fetched_alone_if_it_needs_all_room() {
    let bench = with_room(ROOM_FOR_ONE_SMALL_MIB);
    let large = request(&bench, "large", 9 << 20).await;
    let small = request(&bench, "small", 0).await;
    let (one, other) = tokio::join!(bench.request(&large), bench.request(&small));
    assert_eq!((one, other), (Settled::Ack, Settled::Ack));
    assert_eq!(words(&bench.take()), ["large is uploaded", "small is uploaded"]);
    assert_eq!(bench.objects.concurrent_downloads(), 1);
}
