use std::sync::Arc;

use google_cloud_build_v1::model;
use google_cloud_run_v2::model::SubmitBuildResponse;
use longshore_messages::StorageObject;
use serde_json::json;

use super::{GoogleBuilds, last_lines, log_object, observed, submission, submitted_id, tag_filter};
use crate::endpoints::Cloud;
use crate::google::fake::Fake;
use crate::google::{GoogleObjects, Profile};
use crate::pacing::Pacer;
use crate::{BuildFailure, BuildRequest, BuildStatus, Builds as _, BuiltDigest, Endpoints, Kind};

const NAME: &str = "projects/p/locations/r/builds/b-1";

fn build(fields: serde_json::Value) -> crate::Build {
    observed(NAME.to_owned(), serde_json::from_value::<model::Build>(fields).unwrap())
}

async fn builds(fake: &Fake) -> GoogleBuilds {
    let profile = Profile::of(Cloud::Local).unwrap();
    let endpoint = || Some(fake.endpoint.clone());
    let endpoints = Endpoints { run: endpoint(), build: endpoint(), ..Endpoints::default() };
    let objects = Arc::new(GoogleObjects::connect(&profile, Some(&fake.endpoint)).await.unwrap());
    GoogleBuilds::connect(&profile, &endpoints, objects, Pacer::unlimited()).await.unwrap()
}

fn request() -> BuildRequest {
    BuildRequest {
        project: "p".to_owned(),
        region: "r".to_owned(),
        source: StorageObject {
            bucket: "b".to_owned(),
            object: "o.tar.gz".to_owned(),
            generation: 7,
        },
        image: "r-docker.pkg.dev/p/repo/img:k-1".to_owned(),
        function_target: "hello".to_owned(),
        environment: [("GOOGLE_RUNTIME".to_owned(), "python312".to_owned())].into(),
        base_image: String::new(),
        service_account: "projects/p/serviceAccounts/build@p".to_owned(),
        worker_pool: String::new(),
        machine_type: String::new(),
        tags: vec!["longshore-f".to_owned()],
    }
}

#[test]
fn a_submission_pins_the_source_and_requests_buildpacks() {
    assert_eq!(
        serde_json::to_value(submission(&request())).unwrap(),
        json!({
            "parent": "projects/p/locations/r",
            "imageUri": "r-docker.pkg.dev/p/repo/img:k-1",
            "storageSource": { "bucket": "b", "object": "o.tar.gz", "generation": "7" },
            "buildpackBuild": { "functionTarget": "hello", "environmentVariables": { "GOOGLE_RUNTIME": "python312" } },
            "serviceAccount": "projects/p/serviceAccounts/build@p",
            "tags": ["longshore-f"],
        })
    );
}

#[test]
fn the_id_of_a_submitted_build_is_in_the_operation() {
    let response = |build: serde_json::Value| -> SubmitBuildResponse {
        let kind = "type.googleapis.com/google.devtools.cloudbuild.v1.BuildOperationMetadata";
        serde_json::from_value(json!({ "buildOperation": { "name": "op", "metadata": { "@type": kind, "build": build } } }))
            .unwrap()
    };
    let named = json!({ "id": "b-1", "name": "projects/123/locations/r/builds/b-1" });
    assert_eq!(submitted_id(&response(named)).as_deref(), Some("b-1"));
    assert_eq!(submitted_id(&response(json!({}))), None);
    assert_eq!(submitted_id(&SubmitBuildResponse::new()), None);
}

#[test]
fn an_unknown_status_is_not_terminal() {
    for (status, expected) in [
        ("PENDING", BuildStatus::Queued),
        ("QUEUED", BuildStatus::Queued),
        ("WORKING", BuildStatus::Working),
        ("SUCCESS", BuildStatus::Success),
        ("FAILURE", BuildStatus::Failure),
        ("INTERNAL_ERROR", BuildStatus::InternalError),
        ("TIMEOUT", BuildStatus::Timeout),
        ("CANCELLED", BuildStatus::Cancelled),
        ("EXPIRED", BuildStatus::Expired),
        ("STATUS_UNKNOWN", BuildStatus::Unknown),
        ("SOMETHING_NEW", BuildStatus::Unknown),
    ] {
        let build = build(json!({ "status": status }));
        assert_eq!(build.status, expected, "{status}");
        let failed = expected.is_terminal() && expected != BuildStatus::Success;
        assert_eq!(build.failure.is_some(), failed, "{status}");
    }
}

#[test]
fn a_build_that_succeeded_has_its_digests() {
    let build = build(json!({
        "id": "b-1",
        "name": "projects/123/locations/r/builds/b-1",
        "status": "SUCCESS",
        "tags": ["lsk-k-1"],
        "createTime": "1970-01-01T00:00:05Z",
        "results": { "images": [{ "name": "img:k-1", "digest": "sha256:00" }] },
    }));
    assert_eq!(build.name, NAME);
    assert_eq!(
        build.images,
        [BuiltDigest { name: "img:k-1".to_owned(), digest: "sha256:00".to_owned() }]
    );
    assert_eq!(build.tags, ["lsk-k-1"]);
    assert_eq!(build.created_at.map(time::OffsetDateTime::unix_timestamp), Some(5));
}

#[test]
fn a_failure_has_the_messages_of_cloud_build_and_of_the_buildpacks() {
    for (fields, kind, detail) in [
        (
            // The outputs are base64 of "no such module\n" and of nothing.
            json!({ "failureInfo": { "type": "USER_BUILD_STEP", "detail": "step 0" },
                    "results": { "buildStepOutputs": ["bm8gc3VjaCBtb2R1bGUK", ""] } }),
            "USER_BUILD_STEP",
            "step 0\nno such module",
        ),
        (
            // Of {"error":{"errorMessage":"pip failed"},"stats":[]}, and of the same message in the
            // detail.
            json!({ "failureInfo": { "type": "USER_BUILD_STEP", "detail": "step 0" },
                    "results": { "buildStepOutputs": ["eyJlcnJvciI6eyJlcnJvck1lc3NhZ2UiOiJwaXAgZmFpbGVkIn0sInN0YXRzIjpbXX0="] } }),
            "USER_BUILD_STEP",
            "step 0\npip failed",
        ),
        (
            json!({ "statusDetail": "buildpack: pip failed",
                    "results": { "buildStepOutputs": ["eyJlcnJvciI6eyJlcnJvck1lc3NhZ2UiOiJwaXAgZmFpbGVkIn0sInN0YXRzIjpbXX0="] } }),
            "",
            "buildpack: pip failed",
        ),
        (json!({ "statusDetail": "out of memory" }), "", "out of memory"),
        (json!({ "failureInfo": { "type": "FAILURE_TYPE_UNSPECIFIED" } }), "", ""),
    ] {
        let mut fields = fields;
        fields["status"] = json!("FAILURE");
        let expected = BuildFailure { kind: kind.to_owned(), detail: detail.to_owned() };
        assert_eq!(build(fields.clone()).failure, Some(expected), "{fields}");
    }
}

#[test]
fn only_a_tag_gets_into_the_filter() {
    assert_eq!(tag_filter("lsk-0a1b_c.d-1").as_deref(), Some("tags=\"lsk-0a1b_c.d-1\""));
    for tag in ["", "a\" OR tags=\"b", "a b"] {
        assert_eq!(tag_filter(tag), None, "{tag}");
    }
}

#[test]
fn a_log_is_an_object_in_the_logs_bucket() {
    for (logs_bucket, expected) in [
        ("gs://logs", Some(("logs", "log-b-1.txt"))),
        ("gs://logs/", Some(("logs", "log-b-1.txt"))),
        ("gs://logs/some/folder", Some(("logs", "some/folder/log-b-1.txt"))),
        ("", None),
    ] {
        let found = log_object(&build(json!({ "logsBucket": logs_bucket })));
        assert_eq!(
            found.as_ref().map(|(bucket, object)| (bucket.as_str(), object.as_str())),
            expected,
            "{logs_bucket}"
        );
    }
}

#[test]
fn a_tail_is_the_last_lines_in_order() {
    assert_eq!(last_lines("a\nb\r\nc\n", 2), ["b", "c"]);
    assert_eq!(last_lines("a", 2), ["a"]);
    assert!(last_lines("", 2).is_empty());
    assert_eq!(last_lines("see https://ada:pw@host/x", 1), ["see https://ada:****@host/x"]);
}

#[tokio::test]
async fn a_submitted_build_is_named_by_the_projects_id() {
    let metadata = json!({
        "@type": "type.googleapis.com/google.devtools.cloudbuild.v1.BuildOperationMetadata",
        "build": { "id": "b-1", "name": "projects/123/locations/r/builds/b-1" },
    });
    let answer =
        json!({ "buildOperation": { "name": "operations/build/p/x", "metadata": metadata } });
    let fake =
        Fake::answering([("POST", "/v2/projects/p/locations/r/builds:submit", 200, answer)]).await;
    assert_eq!(builds(&fake).await.submit(&request()).await.unwrap().name, NAME);
}

#[tokio::test]
async fn a_failed_submission_is_not_retried() {
    let busy = json!({ "error": { "code": 503, "message": "busy", "status": "UNAVAILABLE" } });
    let fake =
        Fake::answering([("POST", "/v2/projects/p/locations/r/builds:submit", 503, busy)]).await;
    let error = builds(&fake).await.submit(&request()).await.unwrap_err();
    assert_eq!((error.kind, fake.calls().len()), (Kind::Unavailable, 1));
}

#[tokio::test]
async fn a_missing_build_is_none() {
    let answer =
        json!({ "id": "b-1", "name": "projects/123/locations/r/builds/b-1", "status": "WORKING" });
    let fake =
        Fake::answering([("GET", "/v1/projects/p/locations/r/builds/b-1", 200, answer)]).await;
    let builds = builds(&fake).await;
    let found = builds.get(NAME).await.unwrap().unwrap();
    assert_eq!((found.name.as_str(), found.status), (NAME, BuildStatus::Working));
    assert_eq!(builds.get("projects/p/locations/r/builds/b-2").await.unwrap(), None);
    assert_eq!(builds.get("b-1").await.unwrap_err().kind, Kind::InvalidArgument);
}

#[tokio::test]
async fn builds_with_a_tag_come_newest_first() {
    let answer = json!({ "builds": [
        { "id": "b-0", "createTime": "2024-01-01T00:00:00Z" },
        { "id": "b-1", "createTime": "2024-01-02T00:00:00Z" },
    ] });
    let fake = Fake::answering([("GET", "/v1/projects/p/locations/r/builds", 200, answer)]).await;
    let found = builds(&fake).await.list_by_tag("p", "r", "lsk-k-1").await.unwrap();
    let names: Vec<_> = found.iter().map(|build| build.name.as_str()).collect();
    assert_eq!(names, [NAME, "projects/p/locations/r/builds/b-0"]);
    assert_eq!(fake.requests()[0].query["filter"], "tags=\"lsk-k-1\"");
}

#[tokio::test]
async fn recent_builds_are_filtered_by_tag_and_time_and_their_pages_are_limited() {
    let answer = json!({ "builds": [{ "id": "b-1" }], "nextPageToken": "more" });
    let fake = Fake::answering([("GET", "/v1/projects/p/locations/r/builds", 200, answer)]).await;
    let since = time::OffsetDateTime::UNIX_EPOCH;
    let found = builds(&fake).await.list_recent("p", "r", "longshore-f", since).await.unwrap();
    assert_eq!((found.len(), fake.requests().len()), (10, 10));
    let filter = "tags=\"longshore-f\" AND create_time>\"1970-01-01T00:00:00Z\"";
    assert_eq!(fake.requests()[0].query["filter"], filter);
}

#[test]
fn a_long_line_of_a_log_is_cut() {
    let lines = last_lines(&format!("short\n{}", "x".repeat(1 << 20)), 2);
    assert_eq!((lines[0].as_str(), lines[1].len()), ("short", 4 * 1024));
}

#[test]
fn a_build_names_the_images_that_it_is_to_push_and_when_it_ended() {
    let build = build(json!({ "images": ["img:k-1"], "finishTime": "1970-01-01T00:00:09Z" }));
    assert_eq!(build.targets, ["img:k-1"]);
    assert_eq!(
        build.finished_at,
        Some(time::OffsetDateTime::UNIX_EPOCH + time::Duration::seconds(9))
    );
}
