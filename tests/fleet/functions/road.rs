//! The Functions flavour with the programs of all four workers, and the local cloud's own Cloud
//! Functions API: it really builds and serves.

use longshore_messages::{FailureClass, Outcome, proto};
use serde_json::Value;

use crate::support::{Cloud, function, longshore, spec};

/// Google's id of the runtime that this machine's Python is.
pub(crate) fn python() -> String {
    let program = "import sys; print('python%d%d' % sys.version_info[:2])";
    let version = std::process::Command::new("python3").args(["-c", program]).output().unwrap();
    String::from_utf8(version.stdout).unwrap().trim().to_owned()
}

pub(super) fn of_functions_flavour(name: &str, source: proto::Source) -> proto::FunctionSpec {
    let flavour = proto::Flavour::Functions.into();
    proto::FunctionSpec { flavour, runtime: python(), ..spec(name, source) }
}

/// The JSON that a command prints.
pub(super) fn printed(cloud: &Cloud, arguments: &[&str]) -> Value {
    let output =
        longshore(&cloud.environment).args(["--output", "json"]).args(arguments).output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {error}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_is_built_served_shown_left_alone_updated_and_deleted_by_its_api() {
    let cloud = Cloud::start().await;
    let _fleet = cloud.fleet();
    let source = cloud.stage(&function(cloud.folder(), "one")).await;
    let first = of_functions_flavour("Road_One", source);

    let deployed = cloud.end_of(cloud.request(first.clone()).await).await;
    let Outcome::Deployed(before) = deployed.outcome else {
        panic!("{deployed:?}\n{}", cloud.logs())
    };
    assert!(before.image.contains("__r-road___one@sha256:"), "{before:?}");
    assert_eq!(cloud.call("Road_One"), (true, "one".to_owned()));

    let again = cloud.end_of(cloud.request(first.clone()).await).await;
    assert_eq!(again.outcome, Outcome::Unchanged(before.clone()), "{}", cloud.logs());

    let listed = printed(&cloud, &["list"]);
    assert_eq!(
        (&listed[0]["name"], &listed[0]["flavour"]),
        (&"Road_One".into(), &"functions".into())
    );
    assert_eq!(listed[0]["state"], "serving");
    let described = printed(&cloud, &["describe", "Road_One"]);
    let kept = described["function"]["source"].as_str().unwrap();
    assert!(kept.contains("gcf-v2-sources-") && kept.contains("/Road_One/"), "{kept}");
    assert!(described["source"]["archive"].as_str().unwrap().contains("gcf-v2-uploads-"));
    let log = printed(&cloud, &["logs", "--build", "Road_One"]);
    assert!(!log["build"].as_array().unwrap().is_empty(), "{log}");

    let source = cloud.stage(&function(cloud.folder(), "two")).await;
    let second = proto::FunctionSpec { source: Some(source), ..first.clone() };
    let updated = cloud.end_of(cloud.request(second).await).await;
    let Outcome::Deployed(after) = updated.outcome else { panic!("{updated:?}\n{}", cloud.logs()) };
    assert_ne!((after.revision, after.image), (before.revision, before.image));
    assert_eq!(cloud.call("Road_One"), (true, "two".to_owned()));

    // Its service has the name in lower case, which the other flavour may not take.
    let taken = proto::FunctionSpec {
        name: "road-one".to_owned(),
        flavour: proto::Flavour::Run.into(),
        ..first
    };
    let taken = cloud.end_of(cloud.request(taken).await).await;
    let Outcome::Failed(failure) = taken.outcome else { panic!("{taken:?}") };
    assert_eq!(failure.code, "name-taken");

    let deleted = printed(&cloud, &["delete", "--yes", "Road_One"]);
    assert_eq!(deleted[0]["outcome"], "deleted", "{deleted}");
    assert!(!cloud.call("Road_One").0);
    assert_eq!(printed(&cloud, &["list"]), Value::Array(Vec::new()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_build_that_fails_ends_with_its_log_and_what_served_keeps_serving() {
    let cloud = Cloud::start().await;
    let _fleet = cloud.fleet();
    let source = cloud.stage(&function(cloud.folder(), "good")).await;
    let good = of_functions_flavour("fragile", source);
    let deployed = cloud.end_of(cloud.request(good.clone()).await).await;
    assert_eq!(deployed.outcome.as_str(), "deployed", "{deployed:?}\n{}", cloud.logs());

    let broken = function(cloud.folder(), "broken");
    std::fs::write(broken.join("main.py"), "def hello(request:\n").unwrap();
    let source = cloud.stage(&broken).await;
    let bad = proto::FunctionSpec { source: Some(source), ..good.clone() };
    let failed = cloud.end_of(cloud.request(bad).await).await;
    let Outcome::Failed(failure) = failed.outcome else { panic!("{failed:?}") };
    assert_eq!((failure.stage.as_str(), failure.class), ("registry-watcher", FailureClass::User));
    assert_eq!(failure.code, "build-failed", "{failure:?}");
    assert!(!failure.log_tail.is_empty(), "{failure:?}");
    assert_eq!(cloud.call("fragile"), (true, "good".to_owned()));

    let unknown = proto::FunctionSpec { runtime: "python9".to_owned(), ..good };
    let refused = cloud.end_of(cloud.request(unknown).await).await;
    let Outcome::Failed(failure) = refused.outcome else { panic!("{refused:?}") };
    assert_eq!((failure.code.as_str(), failure.class), ("function-refused", FailureClass::User));
}
