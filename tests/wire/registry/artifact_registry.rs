//! The Artifact Registry API, called by Google's own client.

use google_cloud_artifactregistry_v1::client::ArtifactRegistry;
use google_cloud_artifactregistry_v1::model::repository::{Format, Mode};
use google_cloud_artifactregistry_v1::model::{Repository, VersionView};
use google_cloud_auth::credentials::anonymous;
use google_cloud_lro::Poller as _;
use reqwest::StatusCode;
use serde_json::Value;

use super::server::{Server, digest_of};

const PARENT: &str = "projects/p/locations/europe-west1";

async fn client(server: &Server) -> ArtifactRegistry {
    let builder = ArtifactRegistry::builder().with_endpoint(format!("http://{}", server.api));
    builder.with_credentials(anonymous::Builder::new().build()).build().await.unwrap()
}

#[tokio::test]
async fn a_repository_is_created_once_and_kept() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path(), &[]).await;
    let client = client(&server).await;
    let wanted = Repository::new()
        .set_format(Format::Docker)
        .set_description("for tests")
        .set_labels([("team", "a")]);
    let create = || {
        client
            .create_repository()
            .set_parent(PARENT)
            .set_repository_id("r")
            .set_repository(wanted.clone())
    };
    let created = create().poller().until_done().await.unwrap();
    assert_eq!(created.name, format!("{PARENT}/repositories/r"));
    assert_eq!(
        (&*created.registry_uri, &created.mode),
        ("europe-west1-docker.pkg.dev/p/r", &Mode::StandardRepository)
    );
    let again = create().send().await.unwrap_err();
    assert_eq!(again.status().map(|status| status.code.name()), Some("ALREADY_EXISTS"));
    let found = client.get_repository().set_name(&created.name).send().await.unwrap();
    assert_eq!(found, created);
    let all = client.list_repositories().set_parent(PARENT).send().await.unwrap();
    assert_eq!(all.repositories, [created]);
}

#[tokio::test]
async fn unsupported_features_are_rejected() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path(), &[]).await;
    let client = client(&server).await;
    let docker = || Repository::new().set_format(Format::Docker);
    for (id, repository, expected) in [
        ("r", Repository::new().set_format(Format::Maven), "UNIMPLEMENTED"),
        ("r", docker().set_mode(Mode::RemoteRepository), "UNIMPLEMENTED"),
        ("r", Repository::new(), "INVALID_ARGUMENT"),
        ("R", docker(), "INVALID_ARGUMENT"),
        ("", docker(), "INVALID_ARGUMENT"),
    ] {
        let create = client
            .create_repository()
            .set_parent(PARENT)
            .set_repository_id(id)
            .set_repository(repository);
        let refused = create.send().await.unwrap_err();
        assert_eq!(
            refused.status().map(|status| status.code.name()),
            Some(expected),
            "{id}: {refused}"
        );
    }
}

#[tokio::test]
async fn a_pushed_image_is_found_as_package_version_tag_and_docker_image() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path(), &["r"]).await;
    let manifest = server.push_image("p/r/team/app", "v1", b"layer").await.to_string();
    let digest = digest_of(manifest.as_bytes());
    let client = client(&server).await;
    let package = format!("{PARENT}/repositories/r/packages/team%2Fapp");
    let version = format!("{package}/versions/{digest}");
    assert_eq!(client.get_package().set_name(&package).send().await.unwrap().name, package);
    let tag = client.get_tag().set_name(format!("{package}/tags/v1")).send().await.unwrap();
    assert_eq!((tag.name.clone(), &tag.version), (format!("{package}/tags/v1"), &version));
    let basic = client.get_version().set_name(&version).send().await.unwrap();
    assert_eq!((&basic.name, basic.related_tags.len()), (&version, 0));
    let full =
        client.get_version().set_name(&version).set_view(VersionView::Full).send().await.unwrap();
    assert_eq!(full.related_tags, [tag]);
    let size = manifest.len() + "{}".len() + "layer".len();
    assert_eq!(full.metadata.unwrap()["imageSizeBytes"], size.to_string());
    let name = format!("{PARENT}/repositories/r/dockerImages/team%2Fapp@{digest}");
    let image = client.get_docker_image().set_name(&name).send().await.unwrap();
    assert_eq!((image.name, image.tags), (name, vec!["v1".to_owned()]));
    assert_eq!(image.uri, format!("europe-west1-docker.pkg.dev/p/r/team/app@{digest}"));
    let absent =
        client.get_tag().set_name(format!("{package}/tags/none")).send().await.unwrap_err();
    assert_eq!(absent.status().map(|status| status.code.name()), Some("NOT_FOUND"));
}

#[tokio::test]
async fn a_tagged_version_is_deleted_with_force_only() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path(), &["r"]).await;
    let manifest = server.push_image("p/r/app", "v1", b"layer").await.to_string();
    let client = client(&server).await;
    let package = format!("{PARENT}/repositories/r/packages/app");
    let version = format!("{package}/versions/{}", digest_of(manifest.as_bytes()));
    let refused = client.delete_version().set_name(&version).send().await.unwrap_err();
    assert_eq!(refused.status().map(|status| status.code.name()), Some("FAILED_PRECONDITION"));
    client.delete_version().set_name(&version).set_force(true).poller().until_done().await.unwrap();
    assert_eq!(server.get("p/r/app", "manifests/v1").await.status(), StatusCode::NOT_FOUND);
}

/// gcloud asks for locations in a former version of the API.
#[tokio::test]
async fn locations_are_listed_in_both_versions() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path(), &["r"]).await;
    for version in ["v1", "v1beta2"] {
        let get = async |path: &str| -> Value {
            let url = format!("http://{}/{version}/projects/p/locations{path}", server.api);
            server.http.get(url).send().await.unwrap().json().await.unwrap()
        };
        let list = get("").await;
        let ids: Vec<&str> = list["locations"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|location| location["locationId"].as_str())
            .collect();
        assert!(ids.contains(&"europe-west1") && ids.contains(&"us"), "{list}");
        assert_eq!(get("/us").await["locationId"], "us", "{version}");
    }
}

#[tokio::test]
async fn a_deleted_repository_leaves_no_bytes_and_its_operation_survives_a_kill() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path(), &["r"]).await;
    server.push_image("p/r/app", "v1", b"layer").await;
    let deleted = server
        .http
        .delete(format!("http://{}/v1/{PARENT}/repositories/r", server.api))
        .send()
        .await
        .unwrap();
    let operation: Value = deleted.json().await.unwrap();
    assert_eq!(operation["done"], true);
    assert_eq!(std::fs::read_dir(dir.path().join("contents")).unwrap().count(), 0);
    server.kill().await;
    let server = Server::start(dir.path(), &[]).await;
    let url = format!("http://{}/v1/{}", server.api, operation["name"].as_str().unwrap());
    assert_eq!(
        server.http.get(url).send().await.unwrap().json::<Value>().await.unwrap(),
        operation
    );
}
