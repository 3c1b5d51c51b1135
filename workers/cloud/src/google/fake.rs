//! A REST server for tests that responds from a table and records its requests.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Method, Response, Uri};
use serde_json::Value;

/// Responses by method and path. Anything else is not found.
type Answers = HashMap<(&'static str, &'static str), (u16, Value)>;

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Recorded {
    pub(crate) method: String,
    pub(crate) path: String,
    /// Decoded parameters, without the client's own `$alt`.
    pub(crate) query: HashMap<String, String>,
    /// The project that is charged for the call.
    pub(crate) quota_project: Option<String>,
    pub(crate) body: Value,
}

/// The server, which stops when this is dropped.
pub(crate) struct Fake {
    pub(crate) endpoint: String,
    requests: Arc<Mutex<Vec<Recorded>>>,
    server: tokio::task::JoinHandle<()>,
}

impl Fake {
    pub(crate) async fn answering<const N: usize>(
        answers: [(&'static str, &'static str, u16, Value); N],
    ) -> Self {
        let answers: Answers = answers
            .into_iter()
            .map(|(method, path, status, body)| ((method, path), (status, body)))
            .collect();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let router =
            Router::new().fallback(answer).with_state((Arc::new(answers), Arc::clone(&requests)));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { endpoint, requests, server }
    }

    pub(crate) fn requests(&self) -> Vec<Recorded> {
        self.requests.lock().unwrap().clone()
    }

    /// The recorded requests, as `METHOD path`.
    pub(crate) fn calls(&self) -> Vec<String> {
        self.requests()
            .iter()
            .map(|requests| format!("{} {}", requests.method, requests.path))
            .collect()
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.server.abort();
    }
}

type Shared = (Arc<Answers>, Arc<Mutex<Vec<Recorded>>>);

async fn answer(
    State((answers, requests)): State<Shared>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Response<Body> {
    let url = reqwest::Url::parse(&format!("http://fake{uri}")).unwrap();
    let query = url.query_pairs().into_owned().filter(|(name, _)| name != "$alt").collect();
    // That of a stream never ends.
    let is_grpc = headers.get("content-type").is_some_and(|kind| kind == "application/grpc");
    let body = match is_grpc {
        true => Value::Null,
        false => {
            let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
            serde_json::from_slice(&body).unwrap_or(Value::Null)
        }
    };
    requests.lock().unwrap().push(Recorded {
        method: method.to_string(),
        path: uri.path().to_owned(),
        query,
        quota_project: headers
            .get("x-goog-user-project")
            .map(|project| project.to_str().unwrap().to_owned()),
        body,
    });
    let not_found = (
        404,
        serde_json::json!({ "error": { "code": 404, "message": "not here", "status": "NOT_FOUND" } }),
    );
    let (status, body) = answers.get(&(method.as_str(), uri.path())).cloned().unwrap_or(not_found);
    Response::builder()
        .status(status)
        .header("content-type", "application/json")
        .body(Body::from(body.to_string()))
        .unwrap()
}
