//! The names of what a function consists of, in both flavours, with and without a key of Cloud KMS:
//! those that the fleet computes, and those that the local Cloud Functions API computes as Google
//! does.
//!
//! gcloud names what is of the Run flavour (`googlecloudsdk/command_lib/run/sourcedeploys`), and
//! <https://cloud.google.com/functions/docs/building> and firebase-tools
//! (`src/deploy/functions/containerCleaner.ts`) show the names of the Functions flavour.
#![expect(clippy::unwrap_used, reason = "helpers of a test fail as the test does")]

use longshore_local_functions::names::{self, Location};
use longshore_messages::{
    SOURCE_REPOSITORY, image_name, repository_name, service_id, source_bucket, source_object,
};

const KEY: &str = "projects/p/locations/europe-west1/keyRings/r/cryptoKeys/k";

const SHA256: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// Bucket, object, repository, image and service, in this order.
type Names = [String; 5];

/// With a key, bucket and repository are those that the requester names, and so is the rest.
fn of_run(project: &str, region: &str, id: &str) -> Names {
    [
        source_bucket(project, region),
        source_object(SHA256),
        repository_name(project, region, SOURCE_REPOSITORY),
        image_name(project, region, SOURCE_REPOSITORY, id),
        service_id(id),
    ]
}

fn of_functions(project: &str, region: &str, id: &str, key: &str) -> Names {
    let location = Location { project: project.to_owned(), id: region.to_owned() };
    let function = location.function(id);
    // Under a key, the requester must name a repository.
    let own = repository_name(project, region, "own");
    let repository = if key.is_empty() { names::default_repository(&location) } else { own };
    [
        names::source_bucket(42, region, key),
        names::source_object(id),
        repository.clone(),
        names::image(&function, &repository, 1).unwrap(),
        names::service_id(id),
    ]
}

#[test]
fn each_name_of_both_flavours_is_that_of_google() {
    let long = "a".repeat(63);
    let object = format!("longshore/{SHA256}.zip");
    let long_object = format!("{long}/function-source.zip");
    let long_image =
        format!("europe-west1-docker.pkg.dev/p/gcf-artifacts/p__europe--west1__{long}:version_1");
    let shortened = format!("{}-7d3e74a0", "a".repeat(40));
    for (found, expected) in [
        (
            of_run("my-project", "europe-west1", "hello"),
            [
                "run-sources-my-project-europe-west1",
                &object,
                "projects/my-project/locations/europe-west1/repositories/cloud-run-source-deploy",
                "europe-west1-docker.pkg.dev/my-project/cloud-run-source-deploy/hello",
                "hello",
            ],
        ),
        (
            of_run("my-google-project", "us-east1", "a-b"),
            [
                "run-sources-my-elgoog-project-us-east1",
                &object,
                "projects/my-google-project/locations/us-east1/repositories/cloud-run-source-deploy",
                "us-east1-docker.pkg.dev/my-google-project/cloud-run-source-deploy/a-b",
                "a-b",
            ],
        ),
        (
            of_run("example.com:p", "us-central1", "f"),
            [
                "run-sources-example_com_p-us-central1",
                &object,
                "projects/example.com:p/locations/us-central1/repositories/cloud-run-source-deploy",
                "us-central1-docker.pkg.dev/example.com/p/cloud-run-source-deploy/f",
                "f",
            ],
        ),
        (
            of_run("a-project-id-of-exactly-thirty", "northamerica-northeast1", "f"),
            [
                "run-sources-a-project-id-of-exactly-thirty-na-ne1",
                &object,
                "projects/a-project-id-of-exactly-thirty/locations/northamerica-northeast1/repositories/cloud-run-source-deploy",
                "northamerica-northeast1-docker.pkg.dev/a-project-id-of-exactly-thirty/cloud-run-source-deploy/f",
                "f",
            ],
        ),
        (
            of_functions("my-project", "europe-west1", "helloWorld_2", ""),
            [
                "gcf-v2-sources-42-europe-west1",
                "helloWorld_2/function-source.zip",
                "projects/my-project/locations/europe-west1/repositories/gcf-artifacts",
                "europe-west1-docker.pkg.dev/my-project/gcf-artifacts/my--project__europe--west1__hello_world__2:version_1",
                "helloworld-2",
            ],
        ),
        (
            of_functions("my-project", "europe-west1", "Hello", KEY),
            [
                "gcf-sources-42-europe-west1-b1cf96b8a5cd",
                "Hello/function-source.zip",
                "projects/my-project/locations/europe-west1/repositories/own",
                "europe-west1-docker.pkg.dev/my-project/own/my--project__europe--west1__h-hello:version_1",
                "hello",
            ],
        ),
        (
            of_functions("example.com:p", "us-central1", "f", ""),
            [
                "gcf-v2-sources-42-us-central1",
                "f/function-source.zip",
                "projects/example.com:p/locations/us-central1/repositories/gcf-artifacts",
                "us-central1-docker.pkg.dev/example.com/p/gcf-artifacts/example.com.p__us--central1__f:version_1",
                "f",
            ],
        ),
        (
            of_functions("p", "europe-west1", &long, ""),
            [
                "gcf-v2-sources-42-europe-west1",
                &long_object,
                "projects/p/locations/europe-west1/repositories/gcf-artifacts",
                &long_image,
                &shortened,
            ],
        ),
    ] {
        assert_eq!(found, expected.map(str::to_owned));
        assert!(found[0].len() <= 63, "{}", found[0]);
    }
    let upload = names::upload_bucket(42, "europe-west1", "");
    assert_eq!(upload, "gcf-v2-uploads-42-europe-west1.cloudfunctions.appspot.com");
}

#[test]
fn the_fleet_expects_the_service_that_the_functions_api_makes() {
    for id in ["hello", "helloWorld", "snake_case", "HTTP_Call-2"] {
        assert_eq!(service_id(id), names::service_id(id), "{id}");
    }
}
