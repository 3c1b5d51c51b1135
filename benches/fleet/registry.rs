//! Artifact Registry, which has every image.

use async_trait::async_trait;
use longshore_local_kit::rest::{Call, RestApi, RestError};
use serde_json::{Value, json};

pub(crate) struct InstantRegistry;

#[async_trait]
impl RestApi for InstantRegistry {
    async fn answer(&self, call: &Call) -> Option<Result<Value, RestError>> {
        let name = call.path.get(1..)?.join("/");
        match call.segments().as_slice() {
            ["v1", "projects", _, "locations", _, "repositories", _] => {
                Some(Ok(json!({ "name": name, "format": "DOCKER" })))
            }
            [
                "v1",
                "projects",
                _,
                "locations",
                _,
                "repositories",
                _,
                "packages",
                _,
                "versions",
                _,
            ] => Some(Ok(json!({ "name": name }))),
            _ => None,
        }
    }
}
