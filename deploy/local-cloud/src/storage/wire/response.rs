//! Answers of the JSON API.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::storage::StorageError;

impl IntoResponse for StorageError {
    fn into_response(self) -> Response {
        let code = self.http_status();
        let status = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        if status == StatusCode::NOT_MODIFIED {
            return status.into_response();
        }
        let message = text(&self);
        let detail = json!({"domain": "global", "reason": self.reason(), "message": message});
        (status, Json(json!({"error": {"code": code, "message": message, "errors": [detail]}}))).into_response()
    }
}

/// The error with its sources: the client sees no other log.
pub(super) fn text(error: &StorageError) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}
