//! Conformance with Google's own models: from its discovery documents and its protos, cases for every
//! served method and every field of its request, over REST and over gRPC.
//!
//! **Nothing is taken and silently ignored**: a field that a service accepts is in its response, and
//! every other field is refused with an error that names it. Also tried are wrong types, missing
//! fields, unknown fields and parameters, output-only fields, names and numbers of enums, sizes and
//! tokens of pages, masks, filters and orders. Every case that a message can say is called over gRPC
//! as well: **both transports respond with the same code and the same fields**.
//!
//! - `document`: the documents. `cases`: the cases of a method. `judge`: whether a response is what a
//!   case expects. `messages`: the cases that only gRPC has. `both`: what two responses to the same
//!   call have in common.
//! - `run`: all cases of a service. `calls`, `grpc`: the calls.
//! - `services/`: for each service, the calls that are valid. `known/`: the differences that are
//!   known, with reasons.
//! - `counts/`: the number of cases, which `local-cloud/COVERAGE.md` has. After a change, run
//!   `LONGSHORE_REGENERATE=1 cargo test --test wire conformance`.

#![expect(clippy::unwrap_used, reason = "helpers of a test fail as the test does")]
#![expect(clippy::print_stdout, reason = "prints the counts")]

mod both;
mod calls;
mod cases;
mod document;
#[path = "../fleet/discovery/documents.rs"]
mod documents;
mod grpc;
mod judge;
mod known;
mod messages;
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
    let run::Outcome { counts, differences, unused } = outcome;
    println!("{}: {counts:?}", service.name);
    assert!(
        unused.is_empty(),
        "known/{}.txt: no difference has these lines:\n{}",
        service.name,
        unused.join("\n")
    );
    assert!(
        differences.is_empty(),
        "{} differences:\n{}",
        differences.len(),
        differences.join("\n")
    );
    run::check_counts(service, counts);
}

#[tokio::test(flavor = "multi_thread")]
async fn artifact_registry_ignores_nothing() {
    conforms(&services::ARTIFACT_REGISTRY).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cloud_logging_ignores_nothing() {
    conforms(&services::LOGGING).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn iam_and_its_credentials_ignore_nothing() {
    conforms(&services::IAM).await;
    conforms(&services::CREDENTIALS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_belongs_to_a_project_ignores_nothing() {
    conforms(&services::RESOURCE_MANAGER).await;
    conforms(&services::SERVICE_USAGE).await;
    conforms(&services::BILLING).await;
    conforms(&services::FIREBASE).await;
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
async fn version_1_of_cloud_run_ignores_nothing() {
    conforms(&services::RUN_V1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cloud_functions_ignores_nothing() {
    conforms(&services::FUNCTIONS).await;
    conforms(&services::FUNCTIONS_V1).await;
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
