//! Google's quota of writes of the Cloud Functions API, which the local cloud enforces on request.

use longshore_messages::Outcome;
use reqwest::StatusCode;

use super::road::of_functions_flavour;
use crate::support::rest::client;
use crate::support::{Cloud, function};

/// As `--functions-quota` says.
const WRITES_PER_MINUTE: usize = 60;

/// Makes a write that fails for another reason than the quota, unless it is used up. Both count.
async fn write(cloud: &Cloud) -> StatusCode {
    let (project, region) = (&cloud.settings.project, &cloud.settings.region);
    let endpoint = &cloud.environment["LONGSHORE_FUNCTIONS_ENDPOINT"];
    let name = format!("projects/{project}/locations/{region}/functions/nothing");
    client().delete(format!("{endpoint}/v2/{name}")).send().await.unwrap().status()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_waits_for_the_quota_of_writes_that_others_have_used_up() {
    let cloud = Cloud::start_with(&["--functions-quota"]).await;
    let _fleet = cloud.fleet();
    let source = cloud.stage(&function(cloud.folder(), "in time")).await;
    for number in 0..WRITES_PER_MINUTE {
        assert_eq!(write(&cloud).await, StatusCode::NOT_FOUND, "write {number}");
    }
    assert_eq!(write(&cloud).await, StatusCode::TOO_MANY_REQUESTS);

    let id = cloud.request(of_functions_flavour("waits", source)).await;
    let finished = cloud.end_of(id).await;
    assert!(matches!(finished.outcome, Outcome::Deployed(_)), "{finished:?}\n{}", cloud.logs());
    assert_eq!(cloud.call("waits"), (true, "in time".to_owned()));
    assert!(cloud.logs().contains("Quota exceeded for quota metric"), "no write was refused");
    assert_eq!(cloud.ledger.operations(id).await.unwrap().len(), 1, "one operation was begun");
}
