//! What a build is made of: the runtime's version, and the repository of the image.

use crate::support::fakes::builder;
use crate::support::post::Settled;
use crate::support::stages::{PROJECT, REGION, Stages, words};
use longshore_messages::{Builder, Function, ImagePublished, decode};

const TEAM: &str = "projects/shared-images/locations/us-central1/repositories/team";

#[tokio::test]
async fn the_version_of_the_runtime_is_requested_and_the_resolved_base_image_is_kept() {
    let bench = Stages::start();
    let a = bench.admit("a", REGION, 1).await;
    let build = bench.wait_for_build(&a).await;
    let request = bench.builds.requests().remove(0);
    assert_eq!(request.base_image, "python312");
    assert_eq!(request.environment["GOOGLE_RUNTIME"], "python312");
    assert_eq!(request.environment["GOOGLE_RUNTIME_VERSION"], "3.12");
    let submission = bench.ledger.submission(build, 1).await.unwrap().unwrap();
    assert_eq!(submission.base_image, "python312", "as the response says");

    let newer = |function: &mut Function| function.runtime = Some("python313".to_owned());
    let b = bench.admit_with("b", REGION, 1, newer).await;
    assert_ne!(bench.wait_for_build(&b).await.key, build.key, "another version, another image");
}

#[tokio::test]
async fn the_message_and_the_result_of_a_build_say_what_built_the_image() {
    let bench = Stages::start();
    let uploaded = bench.admit("a", REGION, 1).await;
    let said = bench.build(&uploaded).await;
    let published: ImagePublished = decode(&said.message).unwrap();
    let built = Builder { base_image: "python312".to_owned(), ..builder() };
    assert_eq!(published.image.builder, built);
    let result = bench.ledger.result(published.image.build).await.unwrap().unwrap();
    assert_eq!(result.builder, built);
}

#[tokio::test]
async fn a_named_repository_is_used_where_it_is_and_never_created() {
    let bench = Stages::start();
    let named = |function: &mut Function| function.build.repository = Some(TEAM.to_owned());
    let a = bench.admit_with("a", REGION, 1, named).await;
    assert_eq!(bench.upload(&a).await, Settled::Ack);
    assert_eq!(words(&bench.take()), ["a failed: user repository-missing"]);
    assert!(bench.images.repositories().is_empty() && bench.builds.requests().is_empty());

    let b = bench.admit_with("b", REGION, 1, named).await;
    bench.images.create_repository(TEAM);
    let build = bench.wait_for_build(&b).await;
    assert_eq!(
        bench.builds.requests()[0].image,
        format!("us-central1-docker.pkg.dev/shared-images/team/b:{build}")
    );
    assert_eq!(bench.images.repositories(), [TEAM]);

    let c = bench.admit("c", REGION, 1).await;
    assert_ne!(bench.wait_for_build(&c).await.key, build.key, "another repository, another image");
    let default =
        format!("projects/{PROJECT}/locations/{REGION}/repositories/cloud-run-source-deploy");
    assert!(bench.images.repositories().contains(&default));
}
