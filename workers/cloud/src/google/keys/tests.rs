use serde_json::json;

use super::GoogleKeys;
use crate::endpoints::Cloud;
use crate::google::Profile;
use crate::google::fake::Fake;
use crate::{Binding, Keys as _, Kind, ProjectRole, ProjectRoles as _};

const KEY: &str = "projects/p/locations/r/keyRings/ring/cryptoKeys/k";
const OF_KEY: &str = "/v1/projects/p/locations/r/keyRings/ring/cryptoKeys/k:getIamPolicy";
const OF_RING: &str = "/v1/projects/p/locations/r/keyRings/ring:getIamPolicy";
const OF_PROJECT: &str = "/v3/projects/p:getIamPolicy";

fn keys(fake: &Fake) -> GoogleKeys {
    let profile = Profile::of(Cloud::Local).unwrap();
    let endpoint = Some(fake.endpoint.as_str());
    GoogleKeys::new(&profile, endpoint, endpoint).unwrap()
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
    let keys = keys(&fake);
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
    let keys = keys(&fake);
    for _ in 0..2 {
        assert_eq!(keys.project_number("p").await.unwrap(), 42);
    }
    assert_eq!(fake.calls(), ["GET /v3/projects/p"]);
}

#[tokio::test]
async fn what_may_not_be_read_is_refused_by_its_kind() {
    let denied = json!({"error": {"code": 403, "message": "no", "status": "PERMISSION_DENIED"}});
    let fake = Fake::answering([("GET", OF_KEY, 403, denied)]).await;
    let keys = keys(&fake);
    assert_eq!(keys.policy(KEY).await.unwrap_err().kind, Kind::PermissionDenied);
    assert_eq!(keys.policy("projects/p").await.unwrap_err().kind, Kind::NotFound);
    assert_eq!(keys.project_number("p").await.unwrap_err().kind, Kind::NotFound);
}

fn roles() -> [ProjectRole; 2] {
    let role = |role, member: &str| ProjectRole { role, member: member.to_owned() };
    [role("roles/b", "user:x"), role("roles/c", "user:y")]
}

#[tokio::test]
async fn roles_are_added_under_the_etag_and_the_bindings_of_others_stay() {
    let conditional =
        json!({"role": "roles/b", "members": ["user:x"], "condition": {"title": "t"}});
    let of_others = json!({"role": "roles/a", "members": ["user:a"]});
    let present = json!({"role": "roles/c", "members": ["user:y"]});
    let before = json!({
        "version": 3, "etag": "ZTE=", "bindings": [of_others, conditional, present],
    });
    let written = "/v3/projects/p:setIamPolicy";
    let fake =
        Fake::answering([("POST", OF_PROJECT, 200, before), ("POST", written, 200, json!({}))])
            .await;
    keys(&fake).grant("p", &roles()).await.unwrap();
    let requests = fake.requests();
    let [read, write] = requests.as_slice() else { panic!("{:?}", fake.calls()) };
    assert_eq!(read.body["options"]["requestedPolicyVersion"], 3, "{}", read.body);
    let added = json!({"role": "roles/b", "members": ["user:x"]});
    let policy = &write.body["policy"];
    assert_eq!(policy["etag"], "ZTE=");
    assert_eq!(policy["bindings"][3], added, "{policy}");
    let kept = policy["bindings"].as_array().unwrap();
    assert_eq!((kept[0]["role"].as_str(), kept.len()), (Some("roles/a"), 4));
    assert_eq!(kept[1]["condition"]["title"], "t", "{policy}");
}

#[tokio::test]
async fn roles_that_are_there_are_not_written() {
    let binding =
        |role: &ProjectRole| json!({"role": role.role, "members": ["user:z", role.member]});
    let policy = json!({"etag": "ZTE=", "bindings": roles().each_ref().map(binding)});
    let fake = Fake::answering([("POST", OF_PROJECT, 200, policy)]).await;
    keys(&fake).grant("p", &roles()).await.unwrap();
    assert_eq!(fake.calls(), [format!("POST {OF_PROJECT}")]);
}
