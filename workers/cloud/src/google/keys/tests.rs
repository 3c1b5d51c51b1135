use serde_json::json;

use super::GoogleKeys;
use crate::endpoints::Cloud;
use crate::google::Profile;
use crate::google::fake::Fake;
use crate::{Binding, Keys as _, Kind};

const KEY: &str = "projects/p/locations/r/keyRings/ring/cryptoKeys/k";
const OF_KEY: &str = "/v1/projects/p/locations/r/keyRings/ring/cryptoKeys/k:getIamPolicy";
const OF_RING: &str = "/v1/projects/p/locations/r/keyRings/ring:getIamPolicy";
const OF_PROJECT: &str = "/v3/projects/p:getIamPolicy";

async fn keys(fake: &Fake) -> GoogleKeys {
    let profile = Profile::of(Cloud::Local).unwrap();
    let endpoint = Some(fake.endpoint.as_str());
    GoogleKeys::connect(&profile, endpoint, endpoint).await.unwrap()
}

#[tokio::test]
async fn the_policy_of_each_level_is_read_from_its_service() {
    let policy = |role: &str| json!({"bindings": [{"role": role, "members": ["user:a"]}]});
    let fake = Fake::answering([
        ("GET", OF_KEY, 200, policy("of-key")),
        ("GET", OF_RING, 200, policy("of-ring")),
        ("POST", OF_PROJECT, 200, policy("of-project")),
    ])
    .await;
    let keys = keys(&fake).await;
    let ring = "projects/p/locations/r/keyRings/ring";
    for (resource, role) in [(KEY, "of-key"), (ring, "of-ring"), ("projects/p", "of-project")] {
        let expected = Binding { role: role.to_owned(), members: vec!["user:a".to_owned()] };
        assert_eq!(keys.policy(resource).await.unwrap(), [expected], "{resource}");
    }
}

#[tokio::test]
async fn the_number_of_a_project_is_read_once() {
    let found = json!({"name": "projects/42", "projectId": "p"});
    let fake = Fake::answering([("GET", "/v3/projects/p", 200, found)]).await;
    let keys = keys(&fake).await;
    for _ in 0..2 {
        assert_eq!(keys.project_number("p").await.unwrap(), 42);
    }
    assert_eq!(fake.calls(), ["GET /v3/projects/p"]);
}

#[tokio::test]
async fn what_may_not_be_read_is_refused_by_its_kind() {
    let denied = json!({"error": {"code": 403, "message": "no", "status": "PERMISSION_DENIED"}});
    let fake = Fake::answering([("GET", OF_KEY, 403, denied)]).await;
    let keys = keys(&fake).await;
    assert_eq!(keys.policy(KEY).await.unwrap_err().kind, Kind::PermissionDenied);
    assert_eq!(keys.policy("projects/p").await.unwrap_err().kind, Kind::NotFound);
    assert_eq!(keys.project_number("p").await.unwrap_err().kind, Kind::NotFound);
}
