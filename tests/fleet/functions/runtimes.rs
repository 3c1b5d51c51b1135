//! Requests that name a language: the Cloud Functions API accepts complete ids of runtimes only.

use longshore_cloud::{Kind, StageName};
use longshore_messages::SourceUploaded;

use super::{admit_with, deploy, go_on, resource, road};
use crate::support::fake_functions::{Defeat, Fault};
use crate::support::post::Settled;
use crate::support::stages::Stages;

async fn admit_language(stages: &Stages, name: &str, source: u32) -> SourceUploaded {
    admit_with(stages, name, source, |function| function.runtime = Some("python3".to_owned())).await
}

fn runtime(stages: &Stages) -> String {
    stages.functions.live(&resource()).unwrap().shape.runtime
}

#[tokio::test]
async fn a_language_is_its_newest_runtime_and_a_retry_of_the_deployment_chooses_the_same() {
    let stages = Stages::start();
    stages.functions.offer(["python39", "python313", "python312", "nodejs24"]);
    let first = admit_language(&stages, "a", 1).await;
    stages.functions.fail_next(Fault::Refused(Kind::Unavailable));
    assert_eq!(stages.upload(&first).await, Settled::Nack);
    stages.functions.offer(["python313", "python314"]);
    assert_eq!(deploy(&stages, &first).await, road("My_Function ended deployed"));
    assert_eq!((runtime(&stages).as_str(), stages.functions.runtime_lists()), ("python313", 1));

    let second = admit_language(&stages, "b", 1).await;
    assert_eq!(deploy(&stages, &second).await, road("My_Function ended deployed"));
    assert_eq!(runtime(&stages), "python314");
    let third = deploy(&stages, &admit_language(&stages, "c", 1).await).await;
    assert_eq!(third.last().unwrap(), "My_Function ended unchanged");
    assert_eq!(stages.functions.operations_begun(), 2);
}

#[tokio::test]
async fn a_function_that_is_made_again_keeps_the_runtime_of_its_deployment() {
    let stages = Stages::start();
    stages.functions.offer(["python313"]);
    stages.functions.defeat_next(Defeat {
        kind: Kind::ResourceExhausted,
        stage: StageName::Service,
        message: "quota of services",
    });
    assert_eq!(stages.upload(&admit_language(&stages, "a", 1).await).await, Settled::Ack);
    stages.functions.offer(["python314"]);
    go_on(&stages, stages.take()).await;
    let calls: Vec<_> = stages.functions.writes().into_iter().map(|(_, call, _)| call).collect();
    assert_eq!(calls, ["create function", "delete function", "create function"]);
    assert_eq!(runtime(&stages), "python313");
}

#[tokio::test]
async fn a_language_without_a_runtime_is_refused_before_anything_is_written() {
    let stages = Stages::start();
    stages.functions.offer(["nodejs24"]);
    let all = deploy(&stages, &admit_language(&stages, "a", 1).await).await;
    assert_eq!(all, ["My_Function failed: user function-refused"]);
    assert_eq!(stages.functions.writes(), []);
}
