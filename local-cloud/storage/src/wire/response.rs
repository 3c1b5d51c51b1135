//! Answers of the JSON API.

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Response};
use serde::Serialize;
use serde_json::json as document;

use super::fields::Fields;
use crate::StorageError;

impl IntoResponse for StorageError {
    fn into_response(self) -> Response {
        let code = self.http_status();
        let status = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        if status == StatusCode::NOT_MODIFIED {
            return status.into_response();
        }
        let message = text(&self);
        let range = if let Self::Range { size_bytes } = &self {
            Some(format!("bytes */{size_bytes}"))
        } else {
            None
        };
        let detail = document!({"domain": "global", "reason": self.reason(), "message": message});
        let headers = AppendHeaders(range.map(|range| (header::CONTENT_RANGE, range)));
        (
            status,
            headers,
            Json(document!({"error": {"code": code, "message": message, "errors": [detail]}})),
        )
            .into_response()
    }
}

/// A document; of its fields those that the parameter `fields` asks for, where it is not empty.
///
/// # Errors
/// [`StorageError::Invalid`] when the parameter has another form.
pub(super) fn json<T: Serialize>(document: &T, fields: &str) -> Result<Response, StorageError> {
    if fields.is_empty() {
        return Ok(Json(document).into_response());
    }
    let fields = Fields::parse(fields)?;
    let mut document =
        serde_json::to_value(document).map_err(|error| StorageError::Content(error.into()))?;
    fields.prune(&mut document);
    Ok(Json(document).into_response())
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
