//! Bad input is rejected once, with stage, class, reason and advice. The previous revision keeps
//! serving, and the next deployment works.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{Cloud, function, request, spec};
use longshore_messages::{
    DeploymentFinished, DeploymentId, Failure, FailureClass, Outcome, Topic, TraceContext, decode,
    proto,
};

/// Creates a directory with these files.
fn directory(folder: &Path, files: &[(&str, &str)]) -> PathBuf {
    let directory = folder.join(crate::support::uuid());
    fs::create_dir(&directory).unwrap();
    for (name, text) in files {
        fs::write(directory.join(name), text).unwrap();
    }
    directory
}

/// Waits for a deployment that has to fail, and returns its failure.
async fn failure_of(cloud: &Cloud, id: DeploymentId) -> Failure {
    let finished = cloud.end_of(id).await;
    let Outcome::Failed(failure) = finished.outcome else { panic!("{finished:?}") };
    assert!(!failure.reason.is_empty() && !failure.advice.is_empty(), "{failure:?}");
    failure
}

async fn fails(cloud: &Cloud, files: &[(&str, &str)], code: &str, stage: &str, says: &str) {
    let source = cloud.stage(&directory(cloud.folder(), files)).await;
    let failure = failure_of(cloud, cloud.request(spec("good", source)).await).await;
    assert_eq!(
        (failure.class, failure.code.as_str(), failure.stage.as_str()),
        (FailureClass::User, code, stage),
        "{failure:?}"
    );
    let log = failure.log_tail.join("\n");
    assert!(failure.reason.contains(says) || log.contains(says), "`{says}` is not in {failure:?}");
    assert_eq!(
        cloud.call("good"),
        (true, "still good".to_owned()),
        "the previous revision no longer serves"
    );
}

const FUNCTION: &str = "import functions_framework\n\n\n@functions_framework.http\ndef hello(request):\n    return 'x'\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_source_fails_only_its_own_deployment() {
    let cloud = Cloud::start().await;
    let _fleet = cloud.fleet();
    let good = cloud.stage(&function(cloud.folder(), "still good")).await;
    let first = cloud.end_of(cloud.request(spec("good", good.clone())).await).await;
    assert_eq!(first.outcome.as_str(), "deployed", "{first:?}\n{}", cloud.logs());

    fails(&cloud, &[("readme.txt", "no function")], "build-failed", "registry-watcher", "main.py")
        .await;
    fails(
        &cloud,
        &[("main.py", "def hello(:\n")],
        "build-failed",
        "registry-watcher",
        "SyntaxError",
    )
    .await;
    let broken = [("main.py", FUNCTION), ("requirements.txt", "flask===not=a=version\n")];
    fails(&cloud, &broken, "build-failed", "registry-watcher", "requirement").await;
    let crashes = [("main.py", "raise RuntimeError('not today')\n")];
    fails(&cloud, &crashes, "revision-failed", "service-deployer", "not today").await;

    let next = cloud.stage(&function(cloud.folder(), "better")).await;
    let next = cloud.end_of(cloud.request(spec("good", next)).await).await;
    assert_eq!(next.outcome.as_str(), "deployed", "{next:?}\n{}", cloud.logs());
    assert_eq!(cloud.call("good"), (true, "better".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_request_ends_once_and_names_the_problem() {
    let cloud = Cloud::start().await;
    let mut finished = cloud.listen(Topic::DeploymentFinished).await;
    let _uploader = cloud.worker("uploader");

    let (id, mut garbage) = request(proto::FunctionSpec::default(), TraceContext::default());
    garbage.data = bytes::Bytes::from_static(b"\xff\xff\xff not a protobuf");
    cloud.publish(Topic::DeployRequested, &garbage).await;
    let failure = failure_of(&cloud, id).await;
    assert_eq!((failure.class, failure.code.as_str()), (FailureClass::User, "invalid-request"));

    let long = "a".repeat(50);
    let wrong = proto::FunctionSpec { name: long, ..spec("x", proto::Source::default()) };
    let failure = failure_of(&cloud, cloud.request(wrong).await).await;
    assert!(
        failure.reason.contains("function.name") && failure.reason.contains("49"),
        "{failure:?}"
    );

    let missing = proto::StorageObject {
        bucket: "no-such-bucket".to_owned(),
        object: "x.zip".to_owned(),
        generation: 7,
    };
    let nowhere = proto::Source { place: Some(proto::source::Place::Storage(missing)) };
    let failure = failure_of(&cloud, cloud.request(spec("nowhere", nowhere)).await).await;
    assert_eq!(failure.code, "source-not-found");

    let not_a_zip = cloud.folder().join("not.zip");
    fs::write(&not_a_zip, "certainly not").unwrap();
    let staged = cloud.stage_file(&not_a_zip).await;
    let failure = failure_of(&cloud, cloud.request(spec("not-a-zip", staged)).await).await;
    assert_eq!(failure.code, "source-refused");

    let mut ended = Vec::new();
    for _ in 0..4 {
        let message = finished.next().await;
        assert_eq!(message.attributes["outcome"], "failed");
        ended.push(decode::<DeploymentFinished>(&message).unwrap().id);
    }
    ended.sort();
    ended.dedup();
    assert_eq!(ended.len(), 4, "each ends once");
}
