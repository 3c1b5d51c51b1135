//! A REST server for tests: it answers from a table, and remembers what it was asked.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{Method, Response, Uri};
use serde_json::Value;

/// Answers by method and path. What is not in the table is not found.
type Answers = HashMap<(&'static str, &'static str), (u16, Value)>;

/// One request.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) path: String,
    /// Decoded parameters, without the client's own `$alt`.
    pub(crate) query: HashMap<String, String>,
    pub(crate) body: Value,
}

/// The server; it ends with this value.
pub(crate) struct Fake {
    pub(crate) endpoint: String,
    asked: Arc<Mutex<Vec<Asked>>>,
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
        let asked = Arc::new(Mutex::new(Vec::new()));
        let router =
            Router::new().fallback(answer).with_state((Arc::new(answers), Arc::clone(&asked)));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { endpoint, asked, server }
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// What it was asked, as `METHOD path`.
    pub(crate) fn calls(&self) -> Vec<String> {
        self.asked().iter().map(|asked| format!("{} {}", asked.method, asked.path)).collect()
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.server.abort();
    }
}

type Shared = (Arc<Answers>, Arc<Mutex<Vec<Asked>>>);

async fn answer(
    State((answers, asked)): State<Shared>,
    method: Method,
    uri: Uri,
    body: axum::body::Bytes,
) -> Response<Body> {
    let url = reqwest::Url::parse(&format!("http://fake{uri}")).unwrap();
    let query = url.query_pairs().into_owned().filter(|(name, _)| name != "$alt").collect();
    let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
    asked.lock().unwrap().push(Asked {
        method: method.to_string(),
        path: uri.path().to_owned(),
        query,
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
