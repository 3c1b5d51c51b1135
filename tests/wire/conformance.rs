//! Conformance with Google's own models: from its discovery documents, cases for every served REST
//! method and every field of its request.
//!
//! **Nothing is taken and silently ignored**: a field that a service accepts is in its response, and
//! every other field is refused with an error that names it. Also tried are wrong types, missing
//! fields, unknown fields and parameters, output-only fields, names and numbers of enums, sizes and
//! tokens of pages, masks, filters and orders.
//!
//! - `document`: the documents. `cases`: the cases of a method. `judge`: whether a response is what a
//!   case expects.
//! - `services/`: for each service, the calls that are valid. `known/`: the differences that are
//!   known, with reasons.
//! - `counts/`: the number of cases, which `local-cloud/COVERAGE.md` has. After a change, run
//!   `LONGSHORE_REGENERATE=1 cargo test --test wire conformance`.

#![expect(clippy::unwrap_used, reason = "helpers of a test fail as the test does")]
#![expect(clippy::print_stdout, reason = "prints the counts, and lines that are no longer needed")]

mod cases;
mod document;
#[path = "../fleet/discovery/documents.rs"]
mod documents;
mod judge;
mod known;
mod run;
mod services;

use std::time::Duration;

use longshore_local_cloud::Options;
use longshore_local_cloud::quotas::latency::Range;
use services::Service;

use crate::clients::{options, start};

/// Tries all cases of a service.
async fn conforms(service: &Service) {
    conforms_in(service, |options| options).await;
}

/// The same in a local cloud with other options.
async fn conforms_in(service: &Service, change: fn(Options) -> Options) {
    let documents = tokio::task::spawn_blocking(documents::documents);
    let Some(folder) = documents.await.unwrap() else { return };
    let dir = tempfile::tempdir().unwrap();
    let cloud = start(change(options(dir.path()))).await;
    let outcome = run::all(service, &folder, cloud.endpoints()).await;
    cloud.stop().await;
    let run::Outcome { methods, cases, differences, unused } = outcome;
    println!("{}: {methods} methods, {cases} cases", service.name);
    for line in unused {
        println!("known/{}.txt: no difference has the line: {line}", service.name);
    }
    assert!(
        differences.is_empty(),
        "{} differences:\n{}",
        differences.len(),
        differences.join("\n")
    );
    run::check_count(service, methods, cases);
}

#[tokio::test(flavor = "multi_thread")]
async fn secret_manager_ignores_nothing() {
    conforms(&services::SECRETS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cloud_kms_ignores_nothing() {
    conforms(&services::KMS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cloud_tasks_ignores_nothing() {
    conforms(&services::TASKS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cloud_scheduler_ignores_nothing() {
    conforms(&services::SCHEDULER).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pubsub_ignores_nothing() {
    conforms(&services::PUBSUB).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cloud_run_ignores_nothing() {
    conforms(&services::RUN).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cloud_functions_ignores_nothing() {
    conforms(&services::FUNCTIONS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn eventarc_ignores_nothing() {
    conforms(&services::EVENTARC).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cloud_storage_ignores_nothing() {
    conforms(&services::STORAGE).await;
}

/// No build ends before it is looked at.
#[tokio::test(flavor = "multi_thread")]
async fn cloud_build_ignores_nothing() {
    let slow = |mut options: Options| {
        let hour = Duration::from_hours(1);
        options.pace.latency.build = Some(Range { shortest: hour, longest: hour });
        options
    };
    conforms_in(&services::CLOUD_BUILD, slow).await;
}
