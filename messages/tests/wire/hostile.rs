//! Hostile and misdirected messages: they are rejected with a reason and never crash a worker.

use bytes::Bytes;
use longshore_messages::{
    BuildRetryRequested, BuildSubmitted, DecodeError, Defaults, DeployRequest, DeploymentFinished,
    EventError, ImagePublished, MAX_DATA_BYTES, SourceUploaded, StageMessage, WireMessage, decode,
    encode, encode_request,
};

use crate::samples;

fn on_the_wire<M: StageMessage>(message: &M) -> WireMessage {
    encode(message, "uploader", "longshore", &samples::trace(), samples::time(0))
}

/// The sample with one attribute changed, or removed for an empty value.
fn with(name: &str, value: &str) -> WireMessage {
    let mut wire = on_the_wire(&samples::source_uploaded());
    wire.attributes.insert(name.to_owned(), value.to_owned());
    wire.attributes.retain(|_, value| !value.is_empty());
    wire
}

#[test]
fn a_newer_major_version_is_distinguished_from_another_type() {
    let read = |ty: &str| decode::<SourceUploaded>(&with("ce-type", ty));
    assert!(read("dev.longshore.source-uploaded.v1").is_ok());
    for newer in ["dev.longshore.source-uploaded.v2", "dev.longshore.source-uploaded.v10"] {
        assert!(matches!(read(newer), Err(DecodeError::Version { .. })), "{newer}");
    }
    let others = [
        "dev.longshore.build-submitted.v1",
        "dev.longshore.source-uploaded.v0",
        "dev.longshore.source-uploaded.v",
        "x",
        "dev.longshore.source-uploaded.v1beta",
    ];
    for other in others {
        assert!(matches!(read(other), Err(DecodeError::Type { .. })), "{other}");
    }
}

#[test]
fn a_message_that_is_not_a_cloud_event_is_rejected_by_its_attribute() {
    for name in ["ce-specversion", "ce-type", "ce-source", "ce-id"] {
        let read = decode::<SourceUploaded>(&with(name, ""));
        assert!(
            matches!(read, Err(DecodeError::Event(EventError::Missing(missing))) if missing == name),
            "{name}"
        );
    }
}

#[test]
fn only_requests_and_outcomes_may_be_json_and_other_media_types_are_rejected() {
    for (media, accepted) in [
        ("", true),
        ("application/protobuf", true),
        ("application/json", false),
        ("text/plain", false),
    ] {
        let read = decode::<SourceUploaded>(&with("content-type", media));
        assert_eq!(read.is_ok(), accepted, "{media}");
        assert!(accepted || matches!(read, Err(DecodeError::ContentType { .. })), "{media}");
    }
}

#[test]
fn data_above_the_limit_is_not_parsed() {
    let mut wire = on_the_wire(&samples::source_uploaded());
    wire.data = Bytes::from(vec![0xff; MAX_DATA_BYTES + 1]);
    assert!(
        matches!(decode::<SourceUploaded>(&wire), Err(DecodeError::TooLarge(size)) if size == MAX_DATA_BYTES + 1)
    );
    wire.data = wire.data.slice(1..);
    assert!(matches!(decode::<SourceUploaded>(&wire), Err(DecodeError::Protobuf(_))));
}

#[test]
fn an_empty_message_of_each_stage_lists_its_required_fields() {
    fn problems<M: StageMessage>() -> Vec<String> {
        let invalid = M::from_proto(M::Proto::default()).err().unwrap();
        invalid.problems.into_iter().map(|problem| problem.field).collect()
    }
    assert_eq!(problems::<SourceUploaded>(), ["deployment", "function", "source"]);
    assert_eq!(problems::<BuildSubmitted>(), ["deployment", "function", "source", "sharedBuild"]);
    assert_eq!(problems::<BuildRetryRequested>(), ["submitted", "attempt"]);
    assert_eq!(problems::<ImagePublished>(), ["deployment", "function", "source", "image"]);
    assert_eq!(problems::<DeploymentFinished>(), ["deploymentId", "outcome", "finishedAt"]);
}

#[test]
fn a_stage_message_is_checked_as_strictly_as_a_request() {
    let mut proto = samples::image_published().to_proto();
    let deployment = proto.deployment.as_mut().unwrap();
    deployment.generation = 0;
    deployment.deadline_at = deployment.admitted_at;
    proto.function.as_mut().unwrap().project = String::new();
    let source = proto.source.as_mut().unwrap();
    source.sha256 = "AB".repeat(32);
    source.size_bytes = 0;
    source.object.as_mut().unwrap().generation = 0;
    let image = proto.image.as_mut().unwrap();
    image.name.push_str(":latest");
    image.digest = "latest".to_owned();
    image.build = "1".to_owned();
    image.build_key = "1".to_owned();
    image.build_number = 0;
    let fields: Vec<String> = ImagePublished::from_proto(proto)
        .unwrap_err()
        .problems
        .into_iter()
        .map(|problem| problem.field)
        .collect();
    let deployment = ["deployment.generation", "deployment.deadlineAt"];
    let source = ["source.sha256", "source.sizeBytes", "source.object.generation"];
    let image =
        ["image.name", "image.digest", "image.build", "image.buildNumber", "image.buildKey"];
    assert_eq!(fields, [&deployment[..], &["function.project"], &source, &image].concat());
}

#[test]
fn a_function_operation_is_read_with_all_its_problems() {
    use longshore_messages::OperationStarted;
    use longshore_messages::proto::{FunctionOperation, build_submitted::Work};
    let mut proto = samples::build_submitted().to_proto();
    proto.work = Some(Work::FunctionOperation(FunctionOperation {
        name: "operations/o".to_owned(),
        config: "no digest".to_owned(),
        unchanged: false,
    }));
    assert!(BuildSubmitted::from_proto(proto.clone()).is_err());
    let invalid = OperationStarted::from_proto(proto).unwrap_err();
    let fields: Vec<_> = invalid.problems.iter().map(|problem| problem.field.as_str()).collect();
    let operation = ["functionOperation.config", "functionOperation.name", "function.flavour"];
    assert_eq!(fields, operation);
}

/// xorshift64: random enough to corrupt bytes, and the same in every run.
struct Shaker(u64);

impl Shaker {
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(below).unwrap()).unwrap()
    }

    fn byte(&mut self) -> u8 {
        u8::try_from(self.next(256)).unwrap()
    }

    /// Corrupts `good`: a few bytes changed, some cut off, or all of them replaced.
    fn corrupted(&mut self, good: &Bytes) -> Bytes {
        let mut bytes = good.to_vec();
        match self.next(4) {
            0 => bytes = (0..self.next(200)).map(|_| self.byte()).collect(),
            1 => bytes.truncate(self.next(good.len())),
            _ => {}
        }
        for _ in 0..self.next(4) {
            if !bytes.is_empty() {
                let at = self.next(bytes.len());
                bytes[at] = self.byte();
            }
        }
        Bytes::from(bytes)
    }
}

const ROUNDS: usize = 3000;

/// Any input is rejected with a reason, or is a message that survives being written and read again.
fn shake<M: StageMessage + PartialEq>(seed: u64, sample: &M) {
    let good = on_the_wire(sample);
    let mut shaker = Shaker(seed);
    let mut accepted = 0;
    for _ in 0..ROUNDS {
        let wire = WireMessage { data: shaker.corrupted(&good.data), ..good.clone() };
        match decode::<M>(&wire) {
            Ok(message) => {
                accepted += 1;
                let again = decode::<M>(&on_the_wire(&message));
                assert!(again.is_ok_and(|again| again == message), "{:?}", wire.data);
            }
            Err(DecodeError::Invalid(invalid)) => {
                assert!(!invalid.problems.is_empty(), "{:?}", wire.data)
            }
            Err(_) => {}
        }
    }
    assert!(
        (1..ROUNDS).contains(&accepted),
        "{accepted} accepted: the bytes are corrupted too little or too much"
    );
}

#[test]
fn random_bytes_never_panic_a_stage() {
    shake(1, &samples::source_uploaded());
    shake(2, &samples::build_submitted());
    shake(3, &samples::build_retry_requested());
    shake(4, &samples::image_published());
    shake(5, &samples::deployed());
    shake(6, &samples::refused());
}

#[test]
fn random_bytes_never_panic_the_reader_of_requests() {
    let mut good = encode_request(
        &samples::request().to_proto(),
        "//ci",
        "1",
        &samples::trace(),
        samples::time(0),
    );
    let json = Bytes::from(serde_json::to_vec(&samples::request().to_proto()).unwrap());
    let mut shaker = Shaker(7);
    let mut accepted = 0;
    for (media, data) in [("application/protobuf", good.data.clone()), ("application/json", json)] {
        good.attributes.insert("content-type".to_owned(), media.to_owned());
        for _ in 0..ROUNDS {
            let wire = WireMessage { data: shaker.corrupted(&data), ..good.clone() };
            if let Ok(request) = DeployRequest::read(&wire, &Defaults::default()) {
                accepted += 1;
                assert_eq!(
                    DeployRequest::from_proto(request.to_proto(), &Defaults::default()),
                    Ok(request)
                );
            }
        }
    }
    assert!((1..2 * ROUNDS).contains(&accepted), "{accepted} accepted");
}
