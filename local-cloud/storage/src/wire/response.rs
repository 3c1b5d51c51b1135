//! Responses of the JSON API.

use axum::Json;
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;

use super::fields::Fields;
use crate::StorageError;

/// A document with the fields that the parameter `fields` selects, or with all if it is empty.
///
/// # Errors
/// [`StorageError::Invalid`] when the selection is malformed.
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
