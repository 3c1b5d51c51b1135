//! A proxy in front of one API of the local cloud, which records what it forwards.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::Response;
use parking_lot::Mutex;
use serde_json::Value;

/// Maximum size of a body: that of a request with an inline source.
const BODY_MAX_BYTES: usize = 16 * 1024 * 1024;

/// A call to an API.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) method: String,
    pub(crate) path: String,
    /// Decoded.
    pub(crate) query: Vec<(String, String)>,
    /// `Null` without a body.
    pub(crate) body: Value,
}

pub(crate) struct Recorder {
    url: String,
    shared: Arc<Shared>,
    serving: tokio::task::JoinHandle<()>,
}

struct Shared {
    upstream: String,
    client: reqwest::Client,
    calls: Mutex<Vec<Call>>,
}

impl Recorder {
    pub(crate) async fn start(upstream: &str) -> Self {
        let shared = Arc::new(Shared {
            upstream: upstream.to_owned(),
            client: reqwest::Client::builder().no_proxy().build().unwrap(),
            calls: Mutex::default(),
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(forward).with_state(Arc::clone(&shared));
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, shared, serving }
    }

    pub(crate) fn url(&self) -> String {
        self.url.clone()
    }

    pub(crate) fn calls(&self) -> Vec<Call> {
        self.shared.calls.lock().clone()
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn forward(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, BODY_MAX_BYTES).await.unwrap();
    let target = parts.uri.path_and_query().map(ToString::to_string).unwrap_or_default();
    let url: reqwest::Url = format!("{}{target}", shared.upstream).parse().unwrap();
    let json = if body.is_empty() { Some(Value::Null) } else { serde_json::from_slice(&body).ok() };
    shared.calls.lock().push(Call {
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: url.query_pairs().into_owned().collect(),
        body: json.unwrap_or_else(|| Value::String("not JSON".to_owned())),
    });
    let mut headers = parts.headers;
    headers.remove(header::HOST);
    let sent = shared.client.request(parts.method, url).headers(headers).body(body).send().await;
    match sent {
        Ok(response) => {
            let mut answer = Response::builder().status(response.status());
            if let Some(headers) = answer.headers_mut() {
                *headers = response.headers().clone();
                headers.remove(header::TRANSFER_ENCODING);
            }
            answer.body(Body::from(response.bytes().await.unwrap())).unwrap()
        }
        Err(error) => {
            let answer = Response::builder().status(StatusCode::BAD_GATEWAY);
            answer.body(Body::from(error.to_string())).unwrap()
        }
    }
}
