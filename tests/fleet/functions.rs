//! The Functions flavour, against a Cloud Functions API in memory: one operation builds and deploys a
//! function, and the stages begin it, follow it, and verify what it made. `road` uses the real
//! programs.

mod overtaken;
mod proofs;
mod quota;
pub(crate) mod road;
mod runtimes;
mod triggered;
mod uploaded;

use longshore_cloud::{
    Condition, ConditionState, FunctionField, FunctionState, Functions as _, Kind, LiveFunction,
    LiveService, ServiceShape, StageName,
};
use longshore_messages::{Access, Flavour, Function, Outcome, SourceUploaded, decode};

use crate::support::fake_functions::{Defeat, Fault};
use crate::support::post::Settled;
use crate::support::stages::{REGION, Said, Stages, function, words};

/// Admits a deployment of the function `f`. `name` is that of the deployment.
async fn admit(stages: &Stages, name: &str, source: u32) -> SourceUploaded {
    admit_with(stages, name, source, |_| {}).await
}

async fn admit_with(
    stages: &Stages,
    name: &str,
    source: u32,
    change: impl FnOnce(&mut Function),
) -> SourceUploaded {
    stages
        .admit_named(name, "My_Function", REGION, source, |function| {
            function.flavour = Flavour::Functions;
            change(function);
        })
        .await
}

fn resource() -> String {
    function("My_Function", REGION).function()
}

/// Delivers what the stages say until they say nothing, and returns all of it.
async fn go_on(stages: &Stages, mut said: Vec<Said>) -> Vec<String> {
    let owned = |said: &[Said]| words(said).into_iter().map(str::to_owned).collect::<Vec<_>>();
    let mut all = owned(&said);
    while let Some(next) = said.pop() {
        if next.topic == longshore_messages::Topic::DeploymentFinished {
            continue;
        }
        assert_eq!(stages.pass_on(&next).await, Settled::Ack, "{}", next.words);
        let more = stages.take();
        all.extend(owned(&more));
        said.extend(more);
    }
    all
}

/// Takes a deployment through all stages.
async fn deploy(stages: &Stages, uploaded: &SourceUploaded) -> Vec<String> {
    assert_eq!(stages.upload(uploaded).await, Settled::Ack);
    go_on(stages, stages.take()).await
}

/// A service that this API manages, or none if the name is empty.
fn deployed_service(managed_by: &str) -> LiveService {
    let mut shape = ServiceShape::default();
    shape.settings.labels.insert("goog-managed-by".to_owned(), managed_by.to_owned());
    LiveService {
        shape,
        etag: "1".to_owned(),
        generation: 1,
        url: String::new(),
        reconciled: true,
        condition: Condition {
            state: ConditionState::Succeeded,
            reason: String::new(),
            message: String::new(),
        },
        latest_created_revision: String::new(),
        latest_ready_revision: String::new(),
        traffic: Vec::new(),
    }
}

fn road(ending: &str) -> [String; 3] {
    ["My_Function waits for its operation", "My_Function is built", ending].map(str::to_owned)
}

#[tokio::test]
async fn a_function_is_created_and_serves_the_image_of_its_build() {
    let stages = Stages::start();
    let uploaded = admit_with(&stages, "a", 1, |function| {
        function.service.access = Some(Access::Public);
    })
    .await;
    assert_eq!(stages.upload(&uploaded).await, Settled::Ack);
    let said = stages.take();
    assert_eq!(words(&said), ["My_Function waits for its operation"]);
    let all = go_on(&stages, said).await;
    assert_eq!(all, road("My_Function ended deployed"));
    let live = stages.functions.live(&resource()).unwrap();
    assert_eq!(live.shape.labels["longshore-generation"], "1");
    assert_eq!(live.shape.labels["longshore-deployment"], uploaded.deployment.id.to_string());
    assert_eq!(live.shape.source, uploaded.source.object);
    let service = stages.services.live(&live.service).unwrap();
    assert_eq!(service.shape.settings.access, Some(Access::Public));
    let outcome = stages.outcome("a").await;
    let Outcome::Deployed(serving) = outcome else { panic!("{outcome:?}") };
    assert!(serving.image.ends_with(crate::support::fakes::DIGEST), "{}", serving.image);
    assert_eq!(serving.url, live.url);
    assert_eq!(serving.builder, crate::support::fakes::builder());
}

#[tokio::test]
async fn what_already_serves_starts_no_operation() {
    let stages = Stages::start();
    deploy(&stages, &admit(&stages, "a", 1).await).await;
    let again = deploy(&stages, &admit(&stages, "b", 1).await).await;
    let unchanged =
        ["My_Function is unchanged", "My_Function is built", "My_Function ended unchanged"];
    assert_eq!(again, unchanged);
    assert_eq!(stages.functions.operations_begun(), 1);
    // Who may call the function is a setting of its service.
    let uploaded = admit_with(&stages, "c", 1, |function| {
        function.service.access = Some(Access::Public);
    })
    .await;
    let opened = deploy(&stages, &uploaded).await;
    assert_eq!(opened.last().unwrap(), "My_Function ended deployed");
    assert_eq!(stages.functions.operations_begun(), 1);
}

#[tokio::test]
async fn an_update_names_only_the_fields_that_changed() {
    let stages = Stages::start();
    deploy(&stages, &admit(&stages, "a", 1).await).await;
    stages.functions.change(&resource(), |live| {
        live.shape.labels.insert("other-tool".to_owned(), "1".to_owned());
        live.shape.settings.max_instances = Some(7);
    });
    let changed = admit_with(&stages, "b", 1, |function| {
        function.service.memory = Some("512Mi".to_owned());
        function.entry_point = "other".to_owned();
    })
    .await;
    assert_eq!(deploy(&stages, &changed).await, road("My_Function ended deployed"));
    let (_, call, fields) = stages.functions.writes().pop().unwrap();
    assert_eq!(call, "update function");
    let expected = [
        FunctionField::Labels,
        FunctionField::EntryPoint,
        FunctionField::Source,
        FunctionField::Memory,
    ];
    assert_eq!(fields, expected);
    let live = stages.functions.live(&resource()).unwrap();
    assert_eq!(live.shape.labels["other-tool"], "1");
    assert_eq!(deploy(&stages, &admit(&stages, "c", 2).await).await.len(), 3);
}

#[tokio::test]
async fn a_lost_response_is_adopted_and_not_repeated() {
    let stages = Stages::start();
    let uploaded = admit(&stages, "a", 1).await;
    stages.functions.be_slow();
    stages.functions.fail_next(Fault::Unanswered);
    assert_eq!(stages.upload(&uploaded).await, Settled::Nack);
    assert_eq!(stages.upload(&uploaded).await, Settled::Ack);
    let said = stages.take();
    assert_eq!(words(&said), ["My_Function waits for its operation"]);
    assert_eq!(stages.functions.operations_begun(), 1);
    stages.functions.be_fast();
    assert_eq!(go_on(&stages, said).await, road("My_Function ended deployed"));
}

#[tokio::test]
async fn the_same_source_delivered_twice_at_once_begins_one_operation() {
    let stages = Stages::start();
    let uploaded = admit(&stages, "a", 1).await;
    let both = tokio::join!(stages.upload(&uploaded), stages.upload(&uploaded));
    assert_eq!(both, (Settled::Ack, Settled::Ack));
    assert_eq!(stages.functions.operations_begun(), 1);
    for said in stages.take() {
        assert_eq!(said.words, "My_Function waits for its operation");
        assert_eq!(stages.pass_on(&said).await, Settled::Ack);
    }
    let built = stages.take();
    assert_eq!(built.first().unwrap().words, "My_Function is built");
}

#[tokio::test]
async fn a_deployment_waits_for_the_operation_in_flight_and_looks_again() {
    let stages = Stages::start();
    stages.functions.be_slow();
    let first = admit(&stages, "a", 1).await;
    assert_eq!(stages.upload(&first).await, Settled::Ack);
    let waiting = stages.take();
    let second = admit(&stages, "b", 2).await;
    let uploading = stages.upload(&second);
    let finish = async {
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        stages.functions.be_fast();
    };
    let (settled, ()) = tokio::join!(uploading, finish);
    assert_eq!(settled, Settled::Ack);
    assert_eq!(go_on(&stages, stages.take()).await, road("My_Function ended deployed"));
    assert_eq!(go_on(&stages, waiting).await[1..], ["My_Function ended superseded"]);
    let calls: Vec<_> = stages.functions.writes().into_iter().map(|(_, call, _)| call).collect();
    assert_eq!(calls, ["create function", "update function"]);
}

#[tokio::test]
async fn each_failed_stage_has_its_own_failure() {
    for (stage, message, ending) in [
        (StageName::Build, "step 2 failed", "My_Function failed: user build-failed"),
        (
            StageName::ArtifactRegistry,
            "no repository",
            "My_Function failed: system repository-failed",
        ),
        (StageName::Trigger, "no topic", "My_Function failed: system trigger-failed"),
        (StageName::Unknown, "no idea", "My_Function failed: system function-failed"),
    ] {
        let stages = Stages::start();
        let kind = Kind::PreconditionFailed;
        stages.functions.defeat_next(Defeat { kind, stage, message });
        let all = deploy(&stages, &admit(&stages, "a", 1).await).await;
        assert_eq!(all.last().unwrap(), ending);
        let Outcome::Failed(failure) = stages.outcome("a").await else { panic!("it failed") };
        assert!(failure.reason.contains(message), "{}", failure.reason);
        assert!(
            failure.reason.contains("created only partly, and serves no requests"),
            "{}",
            failure.reason
        );
        assert_eq!(failure.stage, "registry-watcher");
        // The next deployment replaces what was never made.
        let all = deploy(&stages, &admit(&stages, "b", 2).await).await;
        assert_eq!(all.last().unwrap(), "My_Function ended deployed");
    }
}

#[tokio::test]
async fn an_update_that_fails_says_what_serves() {
    let stages = Stages::start();
    deploy(&stages, &admit(&stages, "a", 1).await).await;
    let serving = stages.functions.live(&resource()).unwrap().revision;
    stages.functions.defeat_next(Defeat {
        kind: Kind::Internal,
        stage: StageName::Service,
        message: "the user-provided container failed to start and listen on the port",
    });
    let all = deploy(&stages, &admit(&stages, "b", 2).await).await;
    assert!(all.last().unwrap().starts_with("My_Function failed"), "{all:?}");
    let Outcome::Failed(failure) = stages.outcome("b").await else { panic!("it failed") };
    assert!(failure.reason.contains(&format!("revision {serving} serves as before")));
}

#[tokio::test]
async fn a_creation_without_quota_is_deleted_and_made_again() {
    let stages = Stages::start();
    stages.functions.defeat_next(Defeat {
        kind: Kind::ResourceExhausted,
        stage: StageName::Service,
        message: "quota of services",
    });
    let all = deploy(&stages, &admit(&stages, "a", 1).await).await;
    assert_eq!(all, ["My_Function waits for its operation", "My_Function is to be deployed again"]);
    let calls: Vec<_> = stages.functions.writes().into_iter().map(|(_, call, _)| call).collect();
    assert_eq!(calls, ["create function", "delete function", "create function"]);
    let all = go_on(&stages, stages.sweep().await).await;
    assert_eq!(all, ["My_Function is built", "My_Function ended deployed"]);
}

#[tokio::test]
async fn a_name_of_the_other_flavour_is_refused_before_anything_is_written() {
    let stages = Stages::start();
    let service = function("My_Function", REGION).service();
    stages.services.put(&service, deployed_service(""));
    let all = deploy(&stages, &admit(&stages, "a", 1).await).await;
    assert_eq!(all, ["My_Function failed: user name-taken"]);
    assert_eq!(stages.functions.writes(), []);
    assert!(stages.services.live(&service).is_some());
}

#[tokio::test]
async fn an_operation_is_followed_by_the_sweep_with_one_list_for_each_place() {
    let stages = Stages::start();
    stages.functions.be_slow();
    let mut uploaded = Vec::new();
    for name in ["a", "b", "c"] {
        let change = |function: &mut Function| function.flavour = Flavour::Functions;
        uploaded.push(stages.admit_named(name, name, REGION, 1, change).await);
    }
    for uploaded in &uploaded {
        assert_eq!(stages.upload(uploaded).await, Settled::Ack);
    }
    stages.take();
    let before = stages.functions.lists();
    assert!(stages.sweep().await.is_empty());
    assert_eq!(stages.functions.lists(), before + 1);
    stages.functions.be_fast();
    let said = stages.sweep().await;
    assert_eq!(words(&said), ["a is built", "b is built", "c is built"]);
    let ended = go_on(&stages, said).await;
    assert_eq!(ended.iter().filter(|words| words.ends_with("ended deployed")).count(), 3);
    // The marks go once the deployments have ended.
    assert!(stages.sweep().await.is_empty());
    assert_eq!(stages.ledger.list_operating().await.unwrap(), []);
    let lists = stages.functions.lists();
    assert!(stages.sweep().await.is_empty());
    assert_eq!(stages.functions.lists(), lists);
}

#[tokio::test]
async fn an_operation_that_never_ends_ends_the_deployment_at_its_deadline() {
    let stages = Stages::start();
    stages.functions.be_slow();
    let mut uploaded = admit(&stages, "a", 1).await;
    uploaded.deployment.deadline_at = time::OffsetDateTime::now_utc() + time::Duration::seconds(1);
    stages.record_again("uploader", &uploaded).await;
    assert_eq!(stages.upload(&uploaded).await, Settled::Ack);
    stages.take();
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    let said = stages.sweep().await;
    assert_eq!(words(&said), ["My_Function failed: system deadline-exceeded"]);
}

#[tokio::test]
async fn a_refused_write_ends_the_deployment_with_its_meaning() {
    for (kind, ending) in [
        (Kind::InvalidArgument, Some("My_Function failed: user function-refused")),
        // A grant may take minutes to become effective.
        (Kind::PermissionDenied, None),
        (Kind::Unavailable, None),
    ] {
        let stages = Stages::start();
        stages.functions.fail_next(Fault::Refused(kind));
        let uploaded = admit(&stages, "a", 1).await;
        let settled = stages.upload(&uploaded).await;
        match ending {
            Some(ending) => assert_eq!(words(&stages.take()), [ending]),
            None => {
                assert_eq!(settled, Settled::Nack, "{kind}");
                let all = deploy(&stages, &uploaded).await;
                assert_eq!(all, road("My_Function ended deployed"), "{kind}");
            }
        }
    }
}

#[tokio::test]
async fn a_function_whose_service_serves_another_image_is_not_deployed() {
    let stages = Stages::start();
    let uploaded = admit(&stages, "a", 1).await;
    assert_eq!(stages.upload(&uploaded).await, Settled::Ack);
    let said = stages.take();
    assert_eq!(stages.pass_on(&said[0]).await, Settled::Ack);
    let built = stages.take();
    let live = stages.functions.live(&resource()).unwrap();
    stages.services.change(&live.service, |service| {
        service.shape.image = "elsewhere/image@sha256:0".to_owned();
    });
    let all = go_on(&stages, built).await;
    assert_eq!(all.last().unwrap(), "My_Function failed: system service-overwritten");
}

#[tokio::test]
async fn a_forged_request_to_deploy_again_has_no_effect() {
    let stages = Stages::start();
    let uploaded = admit(&stages, "a", 1).await;
    assert_eq!(stages.upload(&uploaded).await, Settled::Ack);
    let said = stages.take();
    let started = decode(&said[0].message).unwrap();
    let mut retry = longshore_messages::FunctionRetryRequested {
        started,
        attempt: 1,
        reason: "forged".to_owned(),
    };
    retry.started.function.entry_point = "evil".to_owned();
    assert_eq!(stages.send(&retry).await, Settled::Ack);
    assert_eq!(stages.functions.operations_begun(), 1);
    assert_eq!(stages.take_parked().await, ["build-submitter unverified"]);
    // One that the ledger confirms finds that there is nothing to do.
    retry.started.function.entry_point = uploaded.function.entry_point.clone();
    assert_eq!(stages.send(&retry).await, Settled::Ack);
    assert_eq!(stages.functions.operations_begun(), 1);
}

#[tokio::test]
async fn a_broken_function_of_another_tool_is_updated_and_not_deleted() {
    let stages = Stages::start();
    let broken =
        LiveFunction { name: resource(), state: FunctionState::Failed, ..LiveFunction::default() };
    stages.functions.put(broken);
    deploy(&stages, &admit(&stages, "a", 1).await).await;
    let calls: Vec<_> = stages.functions.writes().into_iter().map(|(_, call, _)| call).collect();
    assert_eq!(calls, ["update function"]);
    assert!(stages.functions.get(&resource()).await.unwrap().is_some());
}

/// Delivers what the stages say until one of them fails, as before a crash.
async fn go_as_far_as_possible(stages: &Stages, uploaded: &SourceUploaded) {
    if stages.upload(uploaded).await != Settled::Ack {
        return;
    }
    let mut said = stages.take();
    while let Some(next) = said.pop() {
        let is_end = next.topic == longshore_messages::Topic::DeploymentFinished;
        if is_end || stages.pass_on(&next).await != Settled::Ack {
            continue;
        }
        said.extend(stages.take());
    }
}

/// Sweeps and delivers until nothing happens any more.
async fn come_to_rest(stages: &Stages) {
    for _ in 0..8 {
        let said = stages.sweep().await;
        if said.is_empty() && stages.sweep().await.is_empty() {
            return;
        }
        go_on(stages, said).await;
    }
    panic!("the stages do not come to rest");
}

#[tokio::test]
async fn a_crash_after_any_write_to_the_ledger_deploys_the_function_once() {
    for writes in 0..16 {
        let stages = Stages::start();
        stages.functions.offer(["python313"]);
        let language = |function: &mut Function| function.runtime = Some("python3".to_owned());
        let uploaded = admit_with(&stages, "a", 1, language).await;
        let dying = stages.start_beside(stages.objects.dying_after(writes));
        go_as_far_as_possible(&dying, &uploaded).await;
        assert_eq!(stages.upload(&uploaded).await, Settled::Ack, "after {writes} writes");
        go_on(&stages, stages.take()).await;
        come_to_rest(&stages).await;
        assert_eq!(stages.outcome("a").await.as_str(), "deployed", "after {writes} writes");
        assert_eq!(stages.functions.operations_begun(), 1, "after {writes} writes");
    }
}

#[tokio::test]
async fn deliveries_that_follow_share_one_list_for_each_tick() {
    let stages = Stages::start();
    stages.functions.be_slow();
    for name in ["a", "b", "c"] {
        let change = |function: &mut Function| function.flavour = Flavour::Functions;
        let uploaded = stages.admit_named(name, name, REGION, 1, change).await;
        assert_eq!(stages.upload(&uploaded).await, Settled::Ack);
    }
    let said = stages.take();
    let finish = async {
        tokio::time::sleep(std::time::Duration::from_secs(3)).await;
        stages.functions.be_fast();
    };
    let [a, b, c] = said.as_slice() else { panic!("{:?}", words(&said)) };
    tokio::join!(stages.pass_on(a), stages.pass_on(b), stages.pass_on(c), finish);
    let lists = stages.functions.lists();
    assert!((1..=4).contains(&lists), "{lists}");
    assert_eq!(words(&stages.take()), ["a is built", "b is built", "c is built"]);
}
