//! Cloud Functions, which has no function, and offers every runtime.

use async_trait::async_trait;
use axum::http::Method;
use longshore_local_kit::rest::{Call, RestApi, RestError};
use longshore_local_kit::runtimes;
use serde_json::{Value, json};

pub(crate) struct NoFunctions;

#[async_trait]
impl RestApi for NoFunctions {
    async fn answer(&self, call: &Call) -> Option<Result<Value, RestError>> {
        let ["v2", "projects", _, "locations", _, collection] = call.segments()[..] else {
            return None;
        };
        match (&call.method, collection) {
            (&Method::GET, "functions") => Some(Ok(json!({}))),
            (&Method::GET, "runtimes") => Some(Ok(json!({ "runtimes": offered() }))),
            _ => None,
        }
    }
}

fn offered() -> Vec<Value> {
    let runtime = |runtime: &runtimes::Runtime| json!({ "name": runtime.id, "stage": "GA", "environment": "GEN_2" });
    runtimes::all().iter().map(runtime).collect()
}
