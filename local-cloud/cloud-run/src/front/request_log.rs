//! The request log: an entry for each request that a revision answered, once its response has ended.
//!
//! Unlike Google's, it has no entry for a request that is refused before a revision is chosen, or whose
//! caller leaves before the response begins, and its entries name neither the trace nor the instance.
//! <https://cloud.google.com/run/docs/logging#request-logs>

use std::sync::Arc;
use std::task::Poll;

use axum::extract::Request;
use axum::http::header::{self, HeaderName};
use axum::response::Response;
use bytes::Bytes;
use tokio::time::Instant;

use crate::logs::{HttpRequest, LogStore, Source};
use crate::pool::Pool;
use longshore_local_kit::listen::{Observer, Polled, observed};

/// A request that is being answered.
pub(super) struct RequestLog {
    logs: Arc<LogStore>,
    source: Source,
    request: HttpRequest,
    begun: Instant,
    response_bytes: usize,
}

impl RequestLog {
    pub(super) fn begin(pool: &Pool, request: &Request) -> Self {
        let (logs, source) = pool.log();
        let header = |name: HeaderName| {
            let value = request.headers().get(name).and_then(|value| value.to_str().ok());
            value.unwrap_or_default().to_owned()
        };
        let uri = request.uri();
        let host = uri.authority().map_or_else(|| header(header::HOST), ToString::to_string);
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let http = HttpRequest {
            request_method: request.method().to_string(),
            request_url: format!("http://{host}{path}"),
            status: 0,
            response_size: String::new(),
            user_agent: header(header::USER_AGENT),
            // Every caller is on this machine.
            remote_ip: "127.0.0.1".to_owned(),
            latency: String::new(),
            protocol: format!("{:?}", request.version()),
        };
        Self { logs, source, request: http, begun: Instant::now(), response_bytes: 0 }
    }

    /// The same response. Its entry is written when its body ends or is dropped.
    pub(super) fn ended(mut self, response: Response) -> Response {
        self.request.status = response.status().as_u16();
        response.map(|body| observed(body, self))
    }
}

impl Observer for RequestLog {
    fn polled(&mut self, polled: &Polled) {
        if let Poll::Ready(Some(Ok(frame))) = polled {
            self.response_bytes += frame.data_ref().map_or(0, Bytes::len);
        }
    }
}

impl Drop for RequestLog {
    fn drop(&mut self) {
        if self.request.status == 0 {
            return;
        }
        let latency = self.begun.elapsed();
        let request = HttpRequest {
            response_size: self.response_bytes.to_string(),
            latency: format!("{}.{:09}s", latency.as_secs(), latency.subsec_nanos()),
            ..self.request.clone()
        };
        self.logs.write_request(&self.source, request);
    }
}
