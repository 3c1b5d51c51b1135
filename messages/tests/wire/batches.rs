//! The messages of batches, whose bytes must not change either.

use longshore_messages::{
    BatchCounts, BatchFinished, BatchOutcome, BatchRequest, BatchSettings, Defaults, Outcome,
    encode_batch, expand, proto,
};

use crate::golden::{check, compare};
use crate::samples;

/// A batch with every field of a message, in the JSON that systems publish.
const BATCH: &str = r#"{
  "batch": {
    "name": "to python 3.12",
    "defaults": {"runtime": "python312", "entryPoint": "hello", "project": "demo-project"},
    "entries": [
      {
        "function": {"name": "shop", "source": {"storage": {"bucket": "demo-sources", "object": "shop.zip"}}},
        "matrix": {
          "regions": ["europe-west1", "us-central1"],
          "variants": [{"suffix": "a"}, {"suffix": "b", "function": {"entryPoint": "other"}}]
        }
      }
    ],
    "order": "BATCH_ORDER_LISTED",
    "waves": [1, 10],
    "toleratedFailures": 2,
    "window": 8,
    "deadline": "1800s",
    "gates": [
      {"request": {"path": "/healthz?full=1", "function": "shop-a", "status": 204,
                   "bodyContains": "ok", "within": "30s"}},
      {"approval": {}}
    ]
  }
}"#;

fn requested(json: &str) -> proto::BatchRequested {
    serde_json::from_str(json).unwrap()
}

#[test]
fn a_request_for_a_batch() {
    let request = requested(BATCH);
    let (trace, now) = (samples::trace(), samples::time(-1));
    let fresh = encode_batch(&request, "//ci.example.com/pipelines", "nightly", &trace, now);
    let read = BatchRequest::read(&compare("batch-requested", &fresh)).unwrap();
    let settings = BatchSettings::from_proto(&read.batch).unwrap();
    assert_eq!(BatchSettings::from_proto(&settings.to_proto()).unwrap(), settings);
    assert_eq!(settings.gates.len(), 2);
    assert_eq!(expand(&read.batch, &Defaults::default()).members.len(), 4);
}

#[test]
fn a_request_for_what_is_left_of_a_batch_whose_entries_are_stored() {
    let request = proto::BatchRequested {
        batch: Some(proto::Batch { name: "again".into(), ..proto::Batch::default() }),
        entries: Some(proto::StorageObject {
            bucket: "demo-sources".into(),
            object: "entries.jsonl".into(),
            generation: 1,
        }),
        entries_sha256: "ab".repeat(32),
        retry_of: samples::batch().to_string(),
    };
    let (trace, now) = (samples::trace(), samples::time(-1));
    let fresh = encode_batch(&request, "//ci.example.com/pipelines", "again", &trace, now);
    let read = BatchRequest::read(&compare("batch-requested.stored", &fresh)).unwrap();
    assert_eq!(read.retry_of, Some(samples::batch()));
    assert!(read.stored.is_some());
}

#[test]
fn each_end_of_a_batch() {
    let counts = BatchCounts {
        deployed: 1,
        unchanged: 2,
        traffic_pinned: 3,
        failed: 4,
        superseded: 5,
        cancelled: 6,
        not_started: 7,
        parked: 8,
    };
    let Outcome::Failed(failure) = samples::refused().outcome else {
        unreachable!("the sample is a failure")
    };
    for (name, outcome) in [
        ("completed", BatchOutcome::Completed),
        ("stopped", BatchOutcome::Stopped(None)),
        ("stopped-by-gate", BatchOutcome::Stopped(Some(failure.clone()))),
        ("cancelled", BatchOutcome::Cancelled),
        ("rejected", BatchOutcome::Rejected(failure)),
    ] {
        let finished = BatchFinished {
            id: samples::batch(),
            name: "nightly".into(),
            outcome,
            counts,
            started_at: samples::time(0),
            finished_at: samples::time(90),
        };
        check(&format!("batch-finished.{name}"), "batch-feeder", &finished);
    }
}

#[test]
fn each_problem_of_a_gate_is_named() {
    let batch = |json: &str| {
        let batch: proto::Batch = serde_json::from_str(json).unwrap();
        let invalid = BatchSettings::from_proto(&batch).unwrap_err();
        invalid.problems.into_iter().map(|problem| problem.field).collect::<Vec<_>>()
    };
    let wrong = r#"{"traffic": "BATCH_TRAFFIC_AFTER_GATE", "gates": [
        {"request": {"path": "no-slash", "function": "-", "status": 1, "within": "0s"}},
        {"errorRate": {"maxPercent": 101}},
        {}
    ]}"#;
    let fields = [
        "gates[0].request.path",
        "gates[0].request.function",
        "gates[0].request.status",
        "gates[0].request.within",
        "gates[1].errorRate.maxPercent",
        "gates[2]",
        "traffic",
    ];
    assert_eq!(batch(wrong), fields);
}
