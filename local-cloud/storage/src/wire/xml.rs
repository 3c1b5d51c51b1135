//! The part of the XML API that signed URLs and clients of other clouds need: one object at
//! `/BUCKET/OBJECT`, multipart uploads, lists, and uploads by forms.
//!
//! <https://cloud.google.com/storage/docs/xml-api/overview>. A request without a
//! signature is anonymous and accepted; one with a signature is only accepted if the signature is
//! valid.

mod authenticate;
mod document;
mod error;
mod form;
mod listing;
mod parts;
mod policy;

use axum::body::Body;
use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcOffset};

use self::authenticate::{authenticate, key_of};
use self::error::XmlError;
use super::conditional::Conditional;
use super::content_headers::{DEFAULT_CONTENT_TYPE, checksums_of, header_text};
use super::media::Api;
use super::object_headers::CUSTOM_TIME;
use super::shell::Shell;
use super::{acl, media, object_headers, resumable, upload};
use crate::{
    ObjectAttributes, ObjectRecord, ObjectReference, Preconditions, StorageError, WriteRequest,
};
use longshore_local_kit::rest::percent_decode;

/// Prefix of the headers with custom metadata.
const METADATA_PREFIX: &str = "x-goog-meta-";

type QueryPairs = Vec<(String, String)>;

pub(super) async fn answer(shell: &Shell, request: Request) -> Response {
    let answered = serve(shell, request).await;
    answered.unwrap_or_else(|error| error.into_response())
}

async fn serve(shell: &Shell, request: Request) -> Result<Response, XmlError> {
    let (parts, body) = request.into_parts();
    let (method, uri, headers) = (parts.method, parts.uri, parts.headers);
    let query = query_of(&uri)?;
    let is_signed = authenticate(shell, &method, &uri, &query, &headers).await?;
    refuse_overrides(is_signed, &query)?;
    let unserved =
        || StorageError::Unimplemented(format!("{method} {} of the XML API", uri.path()));
    let (bucket, object) = names(uri.path())?.ok_or_else(unserved)?;
    if object.is_empty() {
        return of_bucket(shell, &method, bucket, &query, &headers, body).await;
    }
    if find(&query, "upload_id").is_some() && method == Method::PUT {
        return Ok(resumable::put(State(shell.clone()), uri, headers, body).await?);
    }
    let sub_resource = ["acl", "cors", "compose", "tagging", "retention"];
    if headers.contains_key("x-goog-copy-source")
        || query.iter().any(|(name, _)| sub_resource.contains(&name.as_str()))
    {
        return Err(unserved().into());
    }
    let list = [("x-goog-acl", header_text(&headers, "x-goog-acl"))];
    acl::check(shell, &bucket, &list).await?;
    let target = ObjectReference {
        bucket,
        object,
        generation: number(find(&query, "generation"), "generation")?.unwrap_or(0),
        preconditions: preconditions(&headers)?,
    };
    if parts::is_meant(&query) {
        let target = if method == Method::POST { for_a_write(target, &headers)? } else { target };
        return parts::answer(shell, &method, target, &query, &headers, body).await;
    }
    match method {
        Method::GET => read(shell, target, &query, &headers).await,
        Method::HEAD => Ok(without_body(read(shell, target, &query, &headers).await?)),
        Method::PUT => write(shell, for_a_write(target, &headers)?, &headers, body).await,
        Method::POST if header_text(&headers, "x-goog-resumable") == "start" => {
            let target = for_a_write(target, &headers)?;
            let mut started = resumable::start(shell, write_request(target, &headers)?).await?;
            *started.status_mut() = StatusCode::CREATED;
            Ok(started)
        }
        Method::DELETE => {
            let target = for_a_write(target, &headers)?;
            shell
                .with_service(move |service| service.delete(&target, OffsetDateTime::now_utc()))
                .await?;
            Ok(StatusCode::NO_CONTENT.into_response())
        }
        _ => Err(unserved().into()),
    }
}

/// What can be done with a bucket.
async fn of_bucket(
    shell: &Shell,
    method: &Method,
    bucket: String,
    query: &QueryPairs,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, XmlError> {
    match *method {
        Method::GET if find(query, "uploads").is_some() => parts::list_uploads(shell, bucket).await,
        Method::GET => listing::list(shell, bucket, query).await,
        Method::HEAD => Ok(without_body(listing::list(shell, bucket, query).await?)),
        Method::POST => form::answer(shell, bucket, headers, body).await,
        _ => {
            let what = format!("{method} of a bucket of the XML API; use the JSON API");
            Err(StorageError::Unimplemented(what).into())
        }
    }
}

/// `BUCKET` and `OBJECT` of a path, of which the latter is empty if it names a bucket; `None` if it
/// names nothing.
fn names(path: &str) -> Result<Option<(String, String)>, StorageError> {
    let named = path
        .strip_prefix('/')
        .map(|path| path.split_once('/').unwrap_or((path, "")))
        .filter(|(bucket, _)| !bucket.is_empty());
    let decode = |text: &str| {
        percent_decode(text).ok_or_else(|| StorageError::Invalid(format!("{path} is not UTF-8")))
    };
    named.map(|(bucket, object)| Ok((decode(bucket)?, decode(object)?))).transpose()
}

fn query_of(uri: &Uri) -> Result<QueryPairs, StorageError> {
    let pairs = Query::<QueryPairs>::try_from_uri(uri)
        .map_err(|rejection| StorageError::Invalid(rejection.body_text()))?;
    Ok(pairs.0)
}

fn find<'a>(query: &'a QueryPairs, name: &str) -> Option<&'a str> {
    query.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
}

/// Rejects headers for the response in a URL without a signature. The author of such a link could
/// have the content of other users served as another type, such as HTML.
fn refuse_overrides(is_signed: bool, query: &QueryPairs) -> Result<(), StorageError> {
    let found = query.iter().find(|(name, _)| name.starts_with("response-"));
    match found {
        Some((name, _)) if !is_signed => {
            Err(StorageError::Invalid(format!("{name} is only allowed in a signed URL")))
        }
        _ => Ok(()),
    }
}

async fn read(
    shell: &Shell,
    target: ObjectReference,
    query: &QueryPairs,
    headers: &HeaderMap,
) -> Result<Response, XmlError> {
    let mut response = media::content(shell, Api::Xml, target, headers).await?;
    let overrides = [
        ("response-content-type", header::CONTENT_TYPE),
        ("response-content-disposition", header::CONTENT_DISPOSITION),
    ];
    for (parameter, name) in overrides {
        if let Some(value) =
            find(query, parameter).and_then(|value| HeaderValue::from_str(value).ok())
        {
            response.headers_mut().insert(name, value);
        }
    }
    Ok(response)
}

fn without_body(response: Response) -> Response {
    let (parts, _) = response.into_parts();
    Response::from_parts(parts, Body::empty())
}

async fn write(
    shell: &Shell,
    target: ObjectReference,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, XmlError> {
    media::refuse_customer_keys(headers)?;
    let record: ObjectRecord = upload::whole(shell, write_request(target, headers)?, body).await?;
    let mut response = StatusCode::OK.into_response();
    object_headers::describe(&record, &Api::Xml.tag(&record), response.headers_mut());
    for name in [
        header::CONTENT_TYPE,
        header::CONTENT_ENCODING,
        header::ACCEPT_RANGES,
        header::LAST_MODIFIED,
    ] {
        response.headers_mut().remove(name);
    }
    Ok(response)
}

fn write_request(
    target: ObjectReference,
    headers: &HeaderMap,
) -> Result<WriteRequest, StorageError> {
    let text = |name: HeaderName| header_text(headers, name.as_str()).to_owned();
    let custom = headers.iter().filter_map(|(name, value)| {
        let name = name.as_str().strip_prefix(METADATA_PREFIX)?;
        Some((name.to_owned(), value.to_str().ok()?.to_owned()))
    });
    let content_type = Some(text(header::CONTENT_TYPE)).filter(|text| !text.is_empty());
    let attributes = ObjectAttributes {
        content_type: content_type.unwrap_or_else(|| DEFAULT_CONTENT_TYPE.to_owned()),
        content_encoding: text(header::CONTENT_ENCODING),
        content_disposition: text(header::CONTENT_DISPOSITION),
        content_language: text(header::CONTENT_LANGUAGE),
        cache_control: text(header::CACHE_CONTROL),
        storage_class: header_text(headers, "x-goog-storage-class").to_owned(),
        metadata: custom.collect(),
        custom_time: custom_time(headers)?,
        ..ObjectAttributes::default()
    };
    let expected = checksums_of(headers)?;
    Ok(WriteRequest {
        bucket: target.bucket,
        object: target.object,
        attributes,
        preconditions: target.preconditions,
        expected,
        kms_key: header_text(headers, "x-goog-encryption-kms-key-name").to_owned(),
    })
}

fn custom_time(headers: &HeaderMap) -> Result<Option<OffsetDateTime>, StorageError> {
    let text = Some(header_text(headers, CUSTOM_TIME)).filter(|text| !text.is_empty());
    let parse = |text| OffsetDateTime::parse(text, &Rfc3339);
    text.map(|text| parse(text).map(|time| time.to_offset(UtcOffset::UTC)))
        .transpose()
        .map_err(|error| StorageError::Invalid(format!("{CUSTOM_TIME}: {error}")))
}

/// The target with the conditions of HTTP.
fn for_a_write(
    target: ObjectReference,
    headers: &HeaderMap,
) -> Result<ObjectReference, StorageError> {
    let preconditions = Conditional::of(headers).of_object_write(target.preconditions)?;
    Ok(ObjectReference { preconditions, ..target })
}

fn preconditions(headers: &HeaderMap) -> Result<Preconditions, StorageError> {
    let of =
        |name: &str| number(Some(header_text(headers, name)).filter(|text| !text.is_empty()), name);
    Ok(Preconditions {
        generation_match: of("x-goog-if-generation-match")?,
        generation_not_match: of("x-goog-if-generation-not-match")?,
        metageneration_match: of("x-goog-if-metageneration-match")?,
        metageneration_not_match: of("x-goog-if-metageneration-not-match")?,
    })
}

fn number(text: Option<&str>, name: &str) -> Result<Option<i64>, StorageError> {
    text.map(str::parse)
        .transpose()
        .map_err(|_| StorageError::Invalid(format!("{name} is not a number")))
}

#[cfg(test)]
mod tests;
