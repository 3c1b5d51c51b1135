//! Rolling upgrades: workers of two versions in one fleet. All stages here are the older ones; a newer
//! one is a message that says more than they understand.

use bytes::Bytes;

use crate::support::post::Settled;
use crate::support::stages::{REGION, Said, Stages, id, words};
use longshore_cloud::BuildStatus;
use longshore_messages::{BuildRef, SourceUploaded, Topic, WireMessage, decode};

const NEWS: &str = "from the future";

/// Field numbers that no version uses yet, and those of the specification and its build settings.
const NEW_FIELD: u32 = 900;
const SPECIFICATION: u32 = 2;
const BUILD: u32 = 9;

/// A protobuf field with a length.
fn field(number: u32, content: &[u8]) -> Vec<u8> {
    let varint = |mut value: u32| {
        let mut bytes = Vec::new();
        while value >= 0x80 {
            bytes.push(u8::try_from(value & 0x7f).unwrap() | 0x80);
            value >>= 7;
        }
        bytes.push(u8::try_from(value).unwrap());
        bytes
    };
    let length = u32::try_from(content.len()).unwrap();
    [varint(number << 3 | 2), varint(length), content.to_vec()].concat()
}

/// How often a message says what only newer workers understand.
fn news(message: &WireMessage) -> usize {
    message.data.windows(NEWS.len()).filter(|part| *part == NEWS.as_bytes()).count()
}

/// A message of a newer uploader for the function `name`, recorded as its handoff: the specification
/// has a new field, and so have its build settings.
async fn from_newer_uploader(bench: &Stages, name: &str) -> Said {
    bench.admit(name, REGION, 1).await;
    let new = field(NEW_FIELD, NEWS.as_bytes());
    let specification = [new.clone(), field(BUILD, &new)].concat();
    let message = bench
        .record_changed(name, "uploader", |data| {
            [data, &field(SPECIFICATION, &specification)].concat().into()
        })
        .await;
    assert_eq!(news(&message), 2);
    Said { words: String::new(), topic: Topic::SourceUploaded, message }
}

/// Takes a deployment to its build, and returns the message that says so.
async fn submitted(bench: &Stages, uploaded: &Said) -> Said {
    assert_eq!(bench.pass_on(uploaded).await, Settled::Ack);
    let submitted = bench.take().remove(0);
    assert_eq!(bench.pass_on(&submitted).await, Settled::Ack);
    submitted
}

#[tokio::test]
async fn what_a_newer_worker_says_survives_older_workers_on_the_whole_road() {
    let bench = Stages::start();
    let uploaded = from_newer_uploader(&bench, "f").await;
    let submitted = submitted(&bench, &uploaded).await;
    assert_eq!((submitted.words.as_str(), news(&submitted.message)), ("f waits for build 1", 2));

    // A build that the platform lost goes back to build-submitter.
    let lost = bench.builds.latest();
    bench.builds.end(&lost.name, BuildStatus::InternalError);
    let retry = bench.announce(&lost).await.remove(0);
    assert_eq!((retry.words.as_str(), news(&retry.message)), ("build 1 deserves attempt 2", 2));
    assert_eq!(bench.pass_on(&retry).await, Settled::Ack);

    let build = build_of(&bench, &uploaded).await;
    let waiting = bench.waiting(build).await;
    assert_eq!(waiting.len(), 1);
    assert_eq!(news(&waiting[0]), 2);

    let running = bench.builds.latest();
    assert_ne!(running.name, lost.name);
    bench.builds.end(&running.name, BuildStatus::Success);
    let image = bench.announce(&running).await.remove(0);
    assert_eq!(image.topic, Topic::ImagePublished);
    assert_eq!(news(&image.message), 2);
    assert_eq!(bench.pass_on(&image).await, Settled::Ack);
    assert_eq!(words(&bench.take()), ["f ended deployed"]);
    assert!(bench.take_parked().await.is_empty());

    // The ledger has it, too.
    for stage in ["build-submitter", "registry-watcher"] {
        assert_eq!(news(&bench.recorded("f", stage).await), 2, "{stage}");
    }
    let claim = bench.ledger.claim_of(build).await.unwrap().unwrap();
    assert_eq!((claim.deployment, news(&claim.submitted)), (id("f"), 2));
}

async fn build_of(bench: &Stages, uploaded: &Said) -> BuildRef {
    let uploaded: SourceUploaded = decode(&uploaded.message).unwrap();
    assert_eq!(uploaded.deployment.id, id("f"));
    let record = bench.recorded("f", "build-submitter").await;
    decode::<longshore_messages::BuildSubmitted>(&record).unwrap().build.build
}

#[tokio::test]
async fn a_message_that_only_a_newer_worker_understands_is_retried_first_and_then_parked() {
    /// Field 4 of a specification is its flavour, an enumeration.
    const UNKNOWN_FLAVOUR: [u8; 2] = [4 << 3, 9];
    let newer_type = |message: &mut WireMessage| {
        let ty = "dev.longshore.source-uploaded.v2".to_owned();
        message.attributes.insert("ce-type".to_owned(), ty);
    };
    let newer_value = |message: &mut WireMessage| {
        let flavour = field(SPECIFICATION, &UNKNOWN_FLAVOUR);
        message.data = Bytes::from([&message.data[..], &flavour].concat());
    };
    let changes: [&dyn Fn(&mut WireMessage); 2] = [&newer_type, &newer_value];
    for change in changes {
        let bench = Stages::start();
        bench.admit("f", REGION, 1).await;
        let mut message = bench.recorded("f", "uploader").await;
        change(&mut message);
        let said = Said { words: String::new(), topic: Topic::SourceUploaded, message };
        for attempt in 1..12 {
            assert_eq!(bench.pass_on_at(&said, attempt).await, Settled::Nack, "{attempt}");
        }
        assert!(bench.take_parked().await.is_empty());
        assert_eq!(bench.pass_on_at(&said, 12).await, Settled::Ack);
        assert_eq!(bench.take_parked().await, ["build-submitter unreadable"]);
    }
}
