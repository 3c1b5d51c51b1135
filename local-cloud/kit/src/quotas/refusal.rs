//! What a caller gets whose call exceeds a quota, over REST and over gRPC.
//!
//! The body is Google's: a message, an `ErrorInfo` that names the quota, and a `Help`
//! (`google/rpc/error_details.proto`).

use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde_json::json;

use super::Exceeded;
use crate::rest::{Code, RestError};

const REASON: &str = "RATE_LIMIT_EXCEEDED";
const DOMAIN: &str = "googleapis.com";
const HELP: (&str, &str) =
    ("Request a higher quota limit.", "https://cloud.google.com/docs/quotas/help/request_increase");
const TYPES: &str = "type.googleapis.com/google.rpc.";

impl Exceeded {
    /// Google's message.
    #[must_use]
    pub fn message(&self) -> String {
        let Self { quota, project_number, .. } = self;
        format!(
            "Quota exceeded for quota metric '{}' and limit '{}' of service '{}' for consumer \
             'project_number:{project_number}'.",
            quota.metric_name, quota.limit_name, quota.service
        )
    }

    fn metadata(&self) -> [(&'static str, String); 7] {
        let location = if self.region.is_empty() { "global" } else { &self.region };
        [
            ("consumer", format!("projects/{}", self.project_number)),
            ("quota_limit", self.quota.limit.to_owned()),
            ("quota_limit_value", self.limit.to_string()),
            ("quota_location", location.to_owned()),
            ("quota_metric", self.quota.metric.to_owned()),
            ("quota_unit", self.quota.unit().to_owned()),
            ("service", self.quota.service.to_owned()),
        ]
    }

    /// At least a second, so that a caller that waits for it is allowed.
    fn retry_seconds(&self) -> Option<u64> {
        let seconds = self.retry_after.as_secs() + u64::from(self.retry_after.subsec_nanos() > 0);
        self.tells_retry.then_some(seconds.max(1))
    }

    /// The response to a REST call.
    #[must_use]
    pub fn rest(&self) -> Response {
        let metadata: serde_json::Map<_, _> = self
            .metadata()
            .into_iter()
            .map(|(name, value)| (name.to_owned(), json!(value)))
            .collect();
        let mut error = RestError::resource_exhausted(self.message())
            .with_detail(json!({
                "@type": format!("{TYPES}ErrorInfo"),
                "reason": REASON, "domain": DOMAIN, "metadata": metadata,
            }))
            .with_detail(json!({
                "@type": format!("{TYPES}Help"),
                "links": [{"description": HELP.0, "url": HELP.1}],
            }));
        let seconds = self.retry_seconds();
        if let Some(seconds) = seconds {
            error = error.with_detail(json!({
                "@type": format!("{TYPES}RetryInfo"), "retryDelay": format!("{seconds}s"),
            }));
        }
        let mut response = error.into_response();
        if let Some(seconds) = seconds {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }

    /// The response to a gRPC call: headers without a message.
    #[must_use]
    pub fn grpc(&self) -> Response {
        let mut response = Response::new(Body::empty());
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
        headers.insert("grpc-status", Code::ResourceExhausted.number().into());
        let details = STANDARD_NO_PAD.encode(self.status());
        // Both are ASCII.
        let values = [("grpc-message", self.message()), ("grpc-status-details-bin", details)];
        for (name, value) in values {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(name, value);
            }
        }
        response
    }

    /// `google.rpc.Status`, encoded.
    fn status(&self) -> Vec<u8> {
        let mut info = field(1, REASON.as_bytes());
        info.extend(field(2, DOMAIN.as_bytes()));
        for (name, value) in self.metadata() {
            let entry = [field(1, name.as_bytes()), field(2, value.as_bytes())].concat();
            info.extend(field(3, &entry));
        }
        let link = [field(1, HELP.0.as_bytes()), field(2, HELP.1.as_bytes())].concat();
        let mut status = vec![1 << 3];
        status.extend(varint(Code::ResourceExhausted.number().unsigned_abs().into()));
        status.extend(field(2, self.message().as_bytes()));
        status.extend(field(3, &any("ErrorInfo", &info)));
        status.extend(field(3, &any("Help", &field(1, &link))));
        if let Some(seconds) = self.retry_seconds() {
            let delay = [vec![1 << 3], varint(seconds)].concat();
            status.extend(field(3, &any("RetryInfo", &field(1, &delay))));
        }
        status
    }
}

fn any(name: &str, value: &[u8]) -> Vec<u8> {
    [field(1, format!("{TYPES}{name}").as_bytes()), field(2, value)].concat()
}

/// A field of text, bytes or a message.
fn field(number: u8, value: &[u8]) -> Vec<u8> {
    let mut field = vec![number << 3 | 2];
    field.extend(varint(value.len() as u64));
    field.extend(value);
    field
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = value.to_le_bytes()[0] & 0x7f;
        value >>= 7;
        if value == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}
