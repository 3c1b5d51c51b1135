//! Google's own clients against the two APIs.

use std::sync::Arc;

use google_cloud_auth::credentials::anonymous;
use google_cloud_build_v1::client::CloudBuild;
use google_cloud_build_v1::model::build::Status;
use google_cloud_run_v2::client::Builds;
use google_cloud_run_v2::model::submit_build_request::{BuildType, BuildpacksBuild, DockerBuild};
use google_cloud_run_v2::model::{StorageSource, SubmitBuildRequest};

use super::fakes::{Cloud, REGISTRY_HOST};
use super::sources::{MAIN, OFFLINE, archive};
use longshore_local_kit::listen::{self, Access};
use longshore_local_kit::rest;

const PARENT: &str = "projects/demo/locations/europe-west1";

async fn serve(cloud: &Cloud) -> String {
    let listener = listen::bind(0).await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let router = rest::router(vec![
        crate::submit_api(Arc::clone(&cloud.service)),
        crate::api(Arc::clone(&cloud.service)),
    ]);
    tokio::spawn(listen::serve(listener, router, Access::to_apis(&[]), std::future::pending()));
    endpoint
}

async fn clients(endpoint: &str) -> (Builds, CloudBuild) {
    let credentials = || anonymous::Builder::new().build();
    let run = Builds::builder()
        .with_endpoint(endpoint)
        .with_credentials(credentials())
        .build()
        .await
        .unwrap();
    let build = CloudBuild::builder()
        .with_endpoint(endpoint)
        .with_credentials(credentials())
        .build()
        .await
        .unwrap();
    (run, build)
}

fn request(object: &str, tags: &[&str]) -> SubmitBuildRequest {
    SubmitBuildRequest::new()
        .set_parent(PARENT)
        .set_image_uri(format!("{REGISTRY_HOST}/demo/repo/hello:v1"))
        .set_tags(tags.iter().copied())
        .set_storage_source(StorageSource::new().set_bucket("sources").set_object(object))
        .set_buildpack_build(
            BuildpacksBuild::new().set_function_target("hello").set_base_image("some/base"),
        )
}

#[tokio::test]
async fn googles_clients_submit_find_and_follow_a_build() {
    let dir = tempfile::tempdir().unwrap();
    let mut cloud = Cloud::open(dir.path()).await;
    let (run, build) = clients(&serve(&cloud).await).await;
    let source = archive(dir.path(), "source.zip", &[MAIN, OFFLINE]);
    cloud.store.sources.lock().unwrap().insert("source.zip".to_owned(), source);

    let answer = run
        .submit_build()
        .with_request(request("source.zip", &["lsk-1", "both"]))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.base_image_uri, "some/base");
    assert!(answer.base_image_warning.contains("not used"));
    let operation = answer.build_operation.unwrap();
    let metadata: google_cloud_build_v1::model::BuildOperationMetadata =
        operation.metadata.unwrap().to_msg().unwrap();
    let submitted = metadata.build.unwrap();
    assert_eq!(
        submitted.name,
        format!("projects/42/locations/europe-west1/builds/{}", submitted.id)
    );
    cloud.ended(&submitted.id).await;

    let got = build.get_build().set_name(&submitted.name).send().await.unwrap();
    assert_eq!(got.status, Status::Success);
    let image = &got.results.as_ref().unwrap().images[0];
    assert!(image.digest.starts_with("sha256:") && image.push_timing.is_some());
    let provenance = got.source_provenance.as_ref().unwrap();
    assert_eq!(provenance.resolved_storage_source.as_ref().unwrap().generation, 1);
    assert!(provenance.file_hashes.contains_key("gs://sources/source.zip#1"), "{provenance:?}");
    assert_eq!(got.logs_bucket, "gs://42-europe-west1-cloudbuild-logs");
    let output = &got.results.as_ref().unwrap().build_step_outputs[0];
    assert!(output.starts_with(b"{") && got.finish_time.is_some() && got.timing.len() == 3);

    let by_id =
        build.get_build().set_project_id("demo").set_id(&submitted.id).send().await.unwrap();
    assert_eq!(by_id.id, submitted.id);
    let done = build.get_operation().set_name(&operation.name).send().await.unwrap();
    assert!(done.done);
    let built: google_cloud_build_v1::model::Build = done.response().unwrap().to_msg().unwrap();
    assert_eq!(built.results, got.results);
}

#[tokio::test]
async fn builds_are_listed_newest_first_by_tag_and_in_pages() {
    let dir = tempfile::tempdir().unwrap();
    let mut cloud = Cloud::open(dir.path()).await;
    let (run, build) = clients(&serve(&cloud).await).await;
    let mut ids = Vec::new();
    for tags in [["a", "both"], ["b", "both"], ["c", "both"]] {
        let answer =
            run.submit_build().with_request(request("nowhere", &tags)).send().await.unwrap();
        let name = answer.build_operation.unwrap().name;
        ids.push(name.rsplit('/').next().unwrap().to_owned());
        cloud.ended(ids.last().unwrap()).await;
    }
    let list = |filter: &str| build.list_builds().set_parent(PARENT).set_filter(filter);
    let found = list(r#"tags="b""#).send().await.unwrap();
    assert_eq!(
        found.builds.iter().map(|build| build.id.as_str()).collect::<Vec<_>>(),
        [ids[1].as_str()]
    );
    let first = list("tags=both").set_page_size(2).send().await.unwrap();
    assert_eq!(
        first.builds.iter().map(|build| build.id.as_str()).collect::<Vec<_>>(),
        [ids[2].as_str(), ids[1].as_str()]
    );
    let second = list("tags=both").set_page_token(first.next_page_token).send().await.unwrap();
    assert_eq!(
        second.builds.iter().map(|build| build.id.as_str()).collect::<Vec<_>>(),
        [ids[0].as_str()]
    );
    assert_eq!(second.next_page_token, "");
    let everywhere = build.list_builds().set_project_id("demo").send().await.unwrap();
    assert_eq!(everywhere.builds.len(), 3);
    assert_eq!(
        build
            .list_builds()
            .set_parent("projects/other/locations/europe-west1")
            .send()
            .await
            .unwrap()
            .builds
            .len(),
        0
    );
}

#[tokio::test]
async fn a_url_without_a_region_takes_that_of_its_parent() {
    let dir = tempfile::tempdir().unwrap();
    let mut cloud = Cloud::open(dir.path()).await;
    let (run, _) = clients(&serve(&cloud).await).await;
    let answer = run.submit_build().with_request(request("nowhere", &[])).send().await.unwrap();
    let id = answer.build_operation.unwrap().name.rsplit('/').next().unwrap().to_owned();
    cloud.ended(&id).await;
    let api = crate::api(Arc::clone(&cloud.service));
    let get = async |path: &str, name: &str, value: &str| {
        let path = format!("v1/projects/demo/builds{path}").split('/').map(str::to_owned).collect();
        let query = [(name.to_owned(), value.to_owned())].into();
        let (method, body) = (axum::http::Method::GET, bytes::Bytes::new());
        api.answer(&rest::Call { method, path, verb: None, query, body }).await.unwrap()
    };
    for (region, count) in [("europe-west1", 1), ("us-central1", 0), ("-", 1)] {
        let parent = format!("projects/42/locations/{region}");
        let list = get("", "parent", &parent).await.unwrap();
        assert_eq!(list["builds"].as_array().unwrap().len(), count, "{region}");
        let name = format!("projects/demo/locations/{region}/builds/{id}");
        assert_eq!(get(&format!("/{id}"), "name", &name).await.is_ok(), count == 1, "{region}");
    }
    for parent in ["projects/other/locations/europe-west1", "projects/demo", "x"] {
        assert_eq!(get("", "parent", parent).await.unwrap_err().status(), "INVALID_ARGUMENT");
    }
}

#[tokio::test]
async fn unsupported_and_invalid_requests_are_errors_with_the_reason() {
    let dir = tempfile::tempdir().unwrap();
    let mut cloud = Cloud::open(dir.path()).await;
    let (run, build) = clients(&serve(&cloud).await).await;
    let table = [
        (request("", &[]), "storage_source.object: required"),
        (request("x", &["no spaces"]), "tags: `no spaces`"),
        (request("x", &[]).set_image_uri("hello"), "image_uri: `hello`"),
        (
            request("x", &[]).set_worker_pool("projects/p/locations/r/workerPools/w"),
            "private worker pools",
        ),
        (request("x", &[]).set_docker_build(DockerBuild::new()), "Dockerfile"),
        (request("x", &[]).set_build_type(None::<BuildType>), "buildpack_build is required"),
    ];
    for (request, expected) in table {
        let error = run.submit_build().with_request(request).send().await.unwrap_err();
        assert!(error.status().unwrap().message.contains(expected), "{expected}: {error}");
    }
    let error =
        build.list_builds().set_parent(PARENT).set_filter("colour=x").send().await.unwrap_err();
    assert!(error.status().unwrap().message.contains("`colour` is not a field"), "{error}");
    let error =
        build.get_build().set_name(format!("{PARENT}/builds/missing")).send().await.unwrap_err();
    assert_eq!(error.http_status_code(), Some(404));

    let answer = run.submit_build().with_request(request("nowhere", &[])).send().await.unwrap();
    let id = answer.build_operation.unwrap().name.rsplit('/').next().unwrap().to_owned();
    cloud.ended(&id).await;
    let error = build.cancel_build().set_project_id("demo").set_id(&id).send().await.unwrap_err();
    assert!(error.status().unwrap().message.contains("has already ended"), "{error}");
}

#[tokio::test]
async fn a_build_under_an_id_of_the_callers_choice_is_started_once() {
    let dir = tempfile::tempdir().unwrap();
    let cloud = Cloud::open(dir.path()).await;
    let request = serde_json::to_value(request("source.zip", &["once"])).unwrap();
    let start =
        || crate::submit_as(&cloud.service, "an-id", "demo", "europe-west1", request.clone());
    let (first, second) = (start().unwrap(), start().unwrap());
    assert_eq!(first["name"], second["name"]);
    assert!(first["name"].as_str().unwrap().ends_with("/builds/an-id"), "{first}");
    assert_eq!(cloud.service.newest(None, 10, |_| true).records.len(), 1);
}

#[tokio::test]
async fn googles_client_finds_the_account_of_builds_that_name_none() {
    let dir = tempfile::tempdir().unwrap();
    let cloud = Cloud::open(dir.path()).await;
    let (_, builds) = clients(&serve(&cloud).await).await;
    let name = "projects/p/locations/r/defaultServiceAccount";
    let account = builds.get_default_service_account().set_name(name).send().await.unwrap();
    let email = account.service_account_email;
    assert!(email.starts_with("projects/p/serviceAccounts/"), "{email}");
    assert!(email.ends_with("-compute@developer.gserviceaccount.com"), "{email}");
}
