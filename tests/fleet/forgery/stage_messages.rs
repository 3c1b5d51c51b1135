//! Messages between stages: each must be what the stage before recorded.

use std::time::Duration;

use crate::support::fakes::{DIGEST, Fault};
use crate::support::post::Settled;
use crate::support::stages::{PROJECT, REGION, Stages, function, id, words};
use longshore_build_submitter::BuildSubmitter;
use longshore_cloud::Kind;
use longshore_ledger::{BuildResult, Concluded};
use longshore_messages::{
    BuildKey, BuildRef, BuildSubmitted, Builder, Deployment, Failure, FailureClass, Function,
    ImagePublished, SourceUploaded, StageMessage, StoredSource, Topic, decode, source_object,
};
use longshore_registry_watcher::RegistryWatcher;
use longshore_runner::Stage;
use longshore_uploader::Uploader;
use time::OffsetDateTime;

const NOTHING: [&str; 0] = [];

/// Another digest than [`DIGEST`].
const OTHER_DIGEST: &str =
    "sha256:6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b";

/// A forgery of a part of a message, with its name.
type Forgery<T> = (&'static str, fn(&mut T));

/// Forgeries of the deployment, the function and the source, which all stage messages have.
fn of_deployment() -> Vec<Forgery<Deployment>> {
    vec![
        ("an unknown deployment", |deployment| deployment.id = id("unknown")),
        ("the id of another deployment", |deployment| deployment.id = id("victim")),
        ("a generation that locks everyone out", |deployment| deployment.generation = 1_000_000),
        ("the next generation", |deployment| deployment.generation += 1),
        ("a deadline that never passes", |deployment| {
            deployment.deadline_at += Duration::from_secs(1_000_000);
        }),
        ("a deadline that has passed", |deployment| {
            deployment.admitted_at -= Duration::from_secs(1_000_000);
            deployment.deadline_at = deployment.admitted_at + Duration::from_secs(60);
        }),
    ]
}

fn of_function() -> Vec<Forgery<Function>> {
    vec![
        ("the function of somebody else", |of| of.at = function("victim", REGION)),
        ("another region", |of| of.at.region = "us-central1".to_owned()),
        ("another project", |of| of.at.project = "other-project".to_owned()),
        ("another identity of the function", |of| {
            of.service.service_account = Some("admin@demo-project.iam.gserviceaccount.com".into());
        }),
        ("another environment", |of| {
            of.service.environment.insert("EVIL".to_owned(), "1".to_owned());
        }),
        ("another identity of the build", |of| {
            of.build.service_account = format!(
                "projects/{PROJECT}/serviceAccounts/admin@demo-project.iam.gserviceaccount.com"
            );
        }),
        ("another entry point", |of| of.entry_point = "evil".to_owned()),
    ]
}

fn of_source() -> Vec<Forgery<StoredSource>> {
    vec![
        ("another object", |source| source.object.object = "evil.zip".to_owned()),
        ("another bucket", |source| source.object.bucket = "evil-bucket".to_owned()),
        ("another generation", |source| source.object.generation += 1),
        ("the digest of somebody else's source", |source| source.sha256 = format!("{:064x}", 2)),
        ("somebody else's source", |source| {
            source.sha256 = format!("{:064x}", 2);
            source.object.object = source_object(&source.sha256);
        }),
        ("another size", |source| source.size_bytes += 1),
    ]
}

/// Every forgery of a message, as one that takes the whole message.
macro_rules! forgeries {
    ($message:ty, $genuine:expr) => {{
        let genuine: &$message = $genuine;
        let mut forged: Vec<(&'static str, $message)> = Vec::new();
        let mut add = |what: &'static str, forge: &dyn Fn(&mut $message)| {
            let mut message = genuine.clone();
            forge(&mut message);
            forged.push((what, message));
        };
        for (what, forge) in of_deployment() {
            add(what, &|message| forge(&mut message.deployment));
        }
        for (what, forge) in of_function() {
            add(what, &|message| forge(&mut message.function));
        }
        for (what, forge) in of_source() {
            add(what, &|message| forge(&mut message.source));
        }
        forged
    }};
}

/// Sends a forged message, which must be parked without an effect.
async fn is_parked<M: StageMessage>(bench: &Stages, stage: &str, what: &str, forged: &M) {
    let before = (bench.builds.submissions(), bench.ledger.list_open().await.unwrap().len());
    assert_eq!(bench.send(forged).await, Settled::Ack, "{what}");
    assert_eq!(words(&bench.take()), NOTHING, "{what}");
    assert_eq!(bench.take_parked().await, [format!("{stage} unverified")], "{what}");
    let after = (bench.builds.submissions(), bench.ledger.list_open().await.unwrap().len());
    assert_eq!(before, after, "{what}");
}

#[tokio::test]
async fn a_forged_source_is_parked_and_not_built() {
    let bench = Stages::start();
    bench.admit("victim", REGION, 2).await;
    let genuine = bench.admit("a", REGION, 1).await;
    for (what, forged) in forgeries!(SourceUploaded, &genuine) {
        is_parked(&bench, "build-submitter", what, &forged).await;
    }
    assert_eq!(bench.builds.submissions(), 0);
    assert_eq!(bench.upload(&genuine).await, Settled::Ack);
    assert_eq!(words(&bench.take()), ["a waits for build 1"], "after the forgeries");
}

#[tokio::test]
async fn a_forged_build_is_parked_and_has_no_waiter() {
    let bench = Stages::start();
    let victim = bench.admit("victim", REGION, 2).await;
    let build_of_victim = bench.wait_for_build(&victim).await;
    let uploaded = bench.admit("a", REGION, 1).await;
    assert_eq!(bench.upload(&uploaded).await, Settled::Ack);
    let said = bench.take();
    let genuine: BuildSubmitted = decode(&said[0].message).unwrap();
    let mut forged = forgeries!(BuildSubmitted, &genuine);
    let mut add = |what, forge: &dyn Fn(&mut BuildSubmitted)| {
        let mut message = genuine.clone();
        forge(&mut message);
        forged.push((what, message));
    };
    add("the build of somebody else", &|message| message.build.build = build_of_victim);
    add("a build that does not exist", &|message| {
        message.build.build = BuildRef { key: BuildKey::of(&["evil"]), number: 1 };
    });
    add("another number", &|message| message.build.build.number += 1);
    add("another image", &|message| message.build.image = format!("{}-evil", message.build.image));
    for (what, forged) in forged {
        let waiting = bench.waiting(forged.build.build).await;
        is_parked(&bench, "registry-watcher", what, &forged).await;
        assert_eq!(bench.waiting(forged.build.build).await, waiting, "{what}");
    }
    assert_eq!(bench.pass_on(&said[0]).await, Settled::Ack);
    assert!(bench.take_parked().await.is_empty());
    assert_eq!(bench.waiting(genuine.build.build).await.len(), 1);
}

#[tokio::test]
async fn a_forged_image_is_parked_and_not_deployed() {
    let bench = Stages::start();
    let victim = bench.admit("victim", REGION, 2).await;
    let said = bench.build(&victim).await;
    assert_eq!(bench.pass_on(&said).await, Settled::Ack);
    assert_eq!(words(&bench.take()), ["victim ended deployed"]);
    let service = function("victim", REGION).service();
    let live = bench.services.live(&service).unwrap();

    let uploaded = bench.admit("a", REGION, 1).await;
    let said = bench.build(&uploaded).await;
    let genuine: ImagePublished = decode(&said.message).unwrap();
    let mut forged = forgeries!(ImagePublished, &genuine);
    let mut add = |what, forge: &dyn Fn(&mut ImagePublished)| {
        let mut message = genuine.clone();
        forge(&mut message);
        forged.push((what, message));
    };
    add("the function of somebody else in a generation that locks it out", &|message| {
        message.function.at = function("victim", REGION);
        message.deployment.generation = 1_000_000;
    });
    add("another digest", &|message| message.image.digest = OTHER_DIGEST.to_owned());
    add("another name", &|message| message.image.name = "evil.example/p/r/i".to_owned());
    add("another build", &|message| message.image.build.number += 1);
    add("another build in Cloud Build", &|message| message.image.build_name += "0");
    for (what, forged) in forged {
        is_parked(&bench, "service-deployer", what, &forged).await;
    }
    assert_eq!(bench.services.live(&service), Some(live), "the victim's service is untouched");
    assert_eq!(bench.services.live(&function("a", REGION).service()), None);
    assert_eq!(bench.pass_on(&said).await, Settled::Ack);
    assert_eq!(words(&bench.take()), ["a ended deployed"], "after the forgeries");
}

#[tokio::test]
async fn a_forged_message_of_a_finished_deployment_publishes_nothing_again() {
    let bench = Stages::start();
    let genuine = bench.admit("a", REGION, 1).await;
    let said = bench.build(&genuine).await;
    assert_eq!(bench.pass_on(&said).await, Settled::Ack);
    assert_eq!(words(&bench.take()), ["a ended deployed"]);
    let mut forged = genuine.clone();
    forged.deployment.generation += 1;
    is_parked(&bench, "build-submitter", "another generation", &forged).await;
    assert_eq!(bench.upload(&genuine).await, Settled::Ack);
    assert_eq!(words(&bench.take()), ["a ended deployed"], "a redelivery");
}

#[tokio::test]
async fn a_message_that_would_be_rejected_does_not_end_a_deployment_if_it_is_forged() {
    let bench = Stages::start();
    let genuine = bench.admit("a", REGION, 1).await;
    let mut forged = genuine.clone();
    forged.function.build.machine_type = "no-such-machine".to_owned();
    bench.builds.fail_next(Fault::Refused(Kind::InvalidArgument));
    is_parked(&bench, "build-submitter", "a build that is rejected", &forged).await;
    assert_eq!(bench.ledger.outcome(genuine.deployment.id).await.unwrap(), None);
}

#[tokio::test]
async fn a_source_is_built_only_as_the_object_of_its_digest_even_if_the_record_says_otherwise() {
    for (name, (what, forge)) in ["a", "b"].into_iter().zip(of_source()) {
        let bench = Stages::start();
        let mut uploaded = bench.admit("template", REGION, 1).await;
        uploaded.deployment.id = id(name);
        forge(&mut uploaded.source);
        bench.record("uploader", &uploaded).await;
        is_parked(&bench, "build-submitter", what, &uploaded).await;
    }
}

#[tokio::test]
async fn an_image_is_deployed_only_if_the_result_of_its_build_is_that_image() {
    let failed = Failure::new("test", FailureClass::User, "build-failed", "no", "none");
    let results = [
        ("no result", None),
        ("another image", Some(Concluded::Image { digest: OTHER_DIGEST.to_owned() })),
        ("a failure", Some(Concluded::Failed(Box::new(failed)))),
    ];
    for (what, concluded) in results {
        let bench = Stages::start();
        let uploaded = bench.admit("template", REGION, 1).await;
        let said = bench.build(&uploaded).await;
        let mut published: ImagePublished = decode(&said.message).unwrap();
        published.deployment.id = id("a");
        published.image.build = BuildRef { key: BuildKey::of(&["other"]), number: 1 };
        assert_eq!(published.image.digest, DIGEST);
        bench.record("registry-watcher", &published).await;
        if let Some(concluded) = concluded {
            let build_name = published.image.build_name.clone();
            let concluded_at = OffsetDateTime::now_utc();
            let builder = Builder::default();
            let result = BuildResult { build_name, concluded, builder, concluded_at };
            bench.ledger.write_result(published.image.build, &result).await.unwrap();
        }
        is_parked(&bench, "service-deployer", what, &published).await;
        assert_eq!(bench.services.live(&function("template", REGION).service()), None, "{what}");
    }
}

#[test]
fn each_topic_names_the_worker_that_records_its_messages() {
    assert_eq!(Topic::SourceUploaded.recorded_by(), Some(<Uploader as Stage>::NAME));
    assert_eq!(Topic::BuildSubmitted.recorded_by(), Some(<BuildSubmitter as Stage>::NAME));
    assert_eq!(Topic::ImagePublished.recorded_by(), Some(<RegistryWatcher as Stage>::NAME));
}
