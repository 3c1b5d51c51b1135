use std::sync::Arc;

use axum::http::Method;
use longshore_local_kit::projects::LocalProject;
use longshore_local_kit::rest::{Call, Query};
use serde_json::{Value, json};

use super::{Buckets, Deps, api};

struct Existing(&'static [&'static str]);

impl Buckets for Existing {
    fn has(&self, project: &str, bucket: &str) -> bool {
        project == "p" && self.0.contains(&bucket)
    }
}

/// The answer to a call in a cloud with these buckets; `None` if it is not served.
async fn call(buckets: &'static [&'static str], method: Method, path: &str) -> Option<Value> {
    let project = LocalProject { id: "p".to_owned(), number: 42 };
    let (path, verb) =
        path.split_once(':').map_or((path, None), |(path, verb)| (path, Some(verb.to_owned())));
    let path = path.split('/').map(str::to_owned).collect();
    let call = Call { method, path, verb, query: Query::default(), body: "{}".into() };
    let api = api(Deps { project, buckets: Arc::new(Existing(buckets)) });
    api.answer(&call).await.map(Result::unwrap)
}

#[tokio::test]
async fn a_project_is_named_by_id_and_by_number() {
    for name in ["p", "42"] {
        let project = call(&[], Method::GET, &format!("v1beta1/projects/{name}")).await.unwrap();
        assert_eq!((&project["projectId"], &project["projectNumber"]), (&json!("p"), &json!("42")));
    }
    let listed = call(&[], Method::GET, "v1beta1/projects").await.unwrap();
    assert_eq!(listed["results"][0]["name"], "projects/p");
    let other = call(&[], Method::GET, "v1beta1/projects/other").await.unwrap();
    assert_eq!(other["projectId"], "other");
}

#[tokio::test]
async fn the_configuration_names_the_default_bucket_if_it_exists() {
    let cases: [(&'static [&'static str], Value); 4] = [
        (&["pictures"], Value::Null),
        (&["p.appspot.com"], json!("p.appspot.com")),
        (&["p.firebasestorage.app"], json!("p.firebasestorage.app")),
        (&["p.appspot.com", "p.firebasestorage.app"], json!("p.firebasestorage.app")),
    ];
    for (buckets, expected) in cases {
        let config = call(buckets, Method::GET, "v1beta1/projects/42/adminSdkConfig").await;
        let config = config.unwrap();
        assert_eq!((&config["projectId"], &config["storageBucket"]), (&json!("p"), &expected));
    }
}

#[tokio::test]
async fn there_are_no_extensions_and_no_runtime_configurations() {
    for path in ["v1beta/projects/p/instances", "v1beta1/projects/p/configs"] {
        assert_eq!(call(&[], Method::GET, path).await, Some(json!({})), "{path}");
        assert_eq!(call(&[], Method::POST, path).await, None, "{path}");
    }
    assert_eq!(call(&[], Method::GET, "v1beta1/projects/p/webApps").await, None);
    assert_eq!(call(&[], Method::GET, "v1beta1/projects/p:searchApps").await, None);
}
