use serde_json::json;

use super::{GoogleImages, package};
use crate::endpoints::Cloud;
use crate::google::Profile;
use crate::google::fake::Fake;
use crate::{Images as _, Kind};

const IMAGE: &str = "r-docker.pkg.dev/p/repo/team/hello";
const REPOSITORIES: &str = "/v1/projects/p/locations/r/repositories";
const REPOSITORY: &str = "/v1/projects/p/locations/r/repositories/repo";

async fn images(fake: &Fake) -> GoogleImages {
    let profile = Profile::of(Cloud::Local).unwrap();
    GoogleImages::connect(&profile, Some(&fake.endpoint), None).await.unwrap()
}

#[test]
fn an_image_is_a_package_of_a_repository() {
    for (image, name) in [
        ("us-central1-docker.pkg.dev/p/cloud-run-source-deploy/hello", "hello"),
        ("us-central1-docker.pkg.dev/p/cloud-run-source-deploy/team/hello.v2", "team%2Fhello.v2"),
    ] {
        let expected = format!(
            "projects/p/locations/us-central1/repositories/cloud-run-source-deploy/packages/{name}"
        );
        assert_eq!(package(image), Some(expected), "{image}");
    }
}

#[test]
fn the_project_of_a_domain_is_two_parts_of_the_name_of_an_image() {
    let image = "us-central1-docker.pkg.dev/example.com/p/cloud-run-source-deploy/team/hello";
    let expected = "projects/example.com:p/locations/us-central1/repositories/\
                    cloud-run-source-deploy/packages/team%2Fhello";
    assert_eq!(package(image).as_deref(), Some(expected));
}

#[test]
fn an_invalid_image_name_is_rejected() {
    for image in [
        "",
        "hello",
        "gcr.io/p/hello",
        "us-docker.pkg.dev/p/repository",
        "us-docker.pkg.dev/p/repository/",
        "us-docker.pkg.dev//repository/hello",
        "-docker.pkg.dev/p/repository/hello",
        "us-docker.pkg.dev/p/repository/hello:tag",
        "us-docker.pkg.dev/p/repository/hello@sha256:00",
        "us-docker.pkg.dev/p/repository/a//b",
        "us-docker.pkg.dev/p/repository/a%2Fb",
        "us-docker.pkg.dev/p/repository/a?b",
        "us-docker.pkg.dev/example.com/p/repository",
        "us-docker.pkg.dev/example.com:p/repository/a",
    ] {
        assert_eq!(package(image), None, "{image}");
    }
}

#[tokio::test]
async fn a_tag_points_to_a_digest_or_does_not_exist() {
    let path = "/v1/projects/p/locations/r/repositories/repo/packages/team%2Fhello/tags/k-1";
    let package = "projects/p/locations/r/repositories/repo/packages/team%2Fhello";
    let answer = json!({ "name": format!("{package}/tags/k-1"), "version": format!("{package}/versions/sha256:00") });
    let fake = Fake::answering([("GET", path, 200, answer)]).await;
    let images = images(&fake).await;
    assert_eq!(images.digest_of_tag(IMAGE, "k-1").await.unwrap().as_deref(), Some("sha256:00"));
    assert_eq!(images.digest_of_tag(IMAGE, "k-2").await.unwrap(), None);
}

#[tokio::test]
async fn a_tag_that_does_not_point_to_a_digest_is_an_internal_error() {
    let path = "/v1/projects/p/locations/r/repositories/repo/packages/team%2Fhello/tags/k-1";
    let fake = Fake::answering([("GET", path, 200, json!({ "version": "latest" }))]).await;
    assert_eq!(
        images(&fake).await.digest_of_tag(IMAGE, "k-1").await.unwrap_err().kind,
        Kind::Internal
    );
}

#[tokio::test]
async fn a_digest_exists_or_not() {
    let path =
        "/v1/projects/p/locations/r/repositories/repo/packages/team%2Fhello/versions/sha256:00";
    let fake = Fake::answering([("GET", path, 200, json!({}))]).await;
    let images = images(&fake).await;
    assert!(images.has_digest(IMAGE, "sha256:00").await.unwrap());
    assert!(!images.has_digest(IMAGE, "sha256:01").await.unwrap());
}

#[tokio::test]
async fn a_repository_is_created_only_if_it_is_missing() {
    let existing = Fake::answering([("GET", REPOSITORY, 200, json!({ "format": "DOCKER" }))]).await;
    images(&existing).await.ensure_repository("p", "r", "repo").await.unwrap();
    assert_eq!(existing.calls(), [format!("GET {REPOSITORY}")]);

    let created = json!({ "@type": "type.googleapis.com/google.devtools.artifactregistry.v1.Repository", "name": "repo" });
    let operation = |done: bool| {
        let mut operation = json!({ "name": "projects/p/locations/r/operations/o", "done": done });
        if done {
            operation["response"] = created.clone();
        }
        operation
    };
    let missing = Fake::answering([
        ("POST", REPOSITORIES, 200, operation(false)),
        ("GET", "/v1/projects/p/locations/r/operations/o", 200, operation(true)),
    ])
    .await;
    images(&missing).await.ensure_repository("p", "r", "repo").await.unwrap();
    let requests = missing.requests();
    assert_eq!(missing.calls().len(), 3, "got, created, waited: {:?}", missing.calls());
    assert_eq!(
        (requests[1].query["repositoryId"].as_str(), &requests[1].body["format"]),
        ("repo", &json!(1))
    );
}

#[tokio::test]
async fn a_repository_that_was_created_concurrently_is_accepted() {
    let exists =
        json!({ "error": { "code": 409, "message": "it exists", "status": "ALREADY_EXISTS" } });
    let fake = Fake::answering([("POST", REPOSITORIES, 409, exists)]).await;
    images(&fake).await.ensure_repository("p", "r", "repo").await.unwrap();
    assert_eq!(fake.calls().len(), 2);
}
