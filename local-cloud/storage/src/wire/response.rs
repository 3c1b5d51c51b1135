//! Documents of the JSON API, with their etags as headers.

use axum::Json;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;

use super::bucket_document;
use super::object_headers::set;
use crate::{BucketRecord, ObjectRecord, resource};

pub(super) fn object(record: ObjectRecord, base: &str) -> Response {
    let tag = record.etag();
    tagged(&resource::object(record, base), &tag)
}

pub(super) fn bucket(record: &BucketRecord, base: &str) -> Response {
    tagged(&bucket_document::resource(record, base), &record.etag())
}

fn tagged<T: Serialize>(document: &T, tag: &str) -> Response {
    let mut response = Json(document).into_response();
    set(response.headers_mut(), header::ETAG, tag);
    response
}
