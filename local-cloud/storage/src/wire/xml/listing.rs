//! Lists of objects: `GET /BUCKET`.
//!
//! <https://cloud.google.com/storage/docs/xml-api/get-bucket-list>. Version 1 continues after a name
//! (`marker`), version 2 (`list-type=2`) with a token.

use axum::http::StatusCode;
use axum::response::Response;

use super::document::Document;
use super::error::XmlError;
use super::{QueryPairs, Shell, find, number};
use crate::resource::{percent_encode, rfc3339};
use crate::{ListQuery, ObjectRecord, StorageError};

/// The parameters of a list. Those of a signature are checked elsewhere.
const PARAMETERS: [&str; 12] = [
    "prefix",
    "delimiter",
    "marker",
    "max-keys",
    "list-type",
    "start-after",
    "continuation-token",
    "encoding-type",
    "fetch-owner",
    "versions",
    "generation-marker",
    "userProject",
];

pub(super) async fn list(
    shell: &Shell,
    bucket: String,
    query: &QueryPairs,
) -> Result<Response, XmlError> {
    let wanted = Wanted::of(query)?;
    let (name, list_query) = (bucket.clone(), wanted.query.clone());
    let page = shell.with_service(move |service| service.list(&name, &list_query)).await?;
    let mut document = Document::new("ListBucketResult");
    document.element("Name", &bucket);
    document.element("Prefix", &wanted.encoded(&wanted.query.prefix));
    if !wanted.query.delimiter.is_empty() {
        document.element("Delimiter", &wanted.encoded(&wanted.query.delimiter));
    }
    if wanted.is_url_encoded {
        document.element("EncodingType", "url");
    }
    let is_truncated = !page.next_page_token.is_empty();
    if wanted.is_version_2 {
        document.element("KeyCount", &(page.items.len() + page.prefixes.len()).to_string());
        if is_truncated {
            document.element("NextContinuationToken", &page.next_page_token);
        }
    } else {
        document.element("Marker", &wanted.encoded(&wanted.marker));
        let last = page.items.last().map(|object| object.name.as_str());
        let last = last.max(page.prefixes.last().map(String::as_str));
        if let Some(last) = last.filter(|_| is_truncated) {
            document.element("NextMarker", &wanted.encoded(last));
        }
    }
    document.element("IsTruncated", if is_truncated { "true" } else { "false" });
    for object in &page.items {
        document.within("Contents", |document| wanted.object(document, object));
    }
    for prefix in &page.prefixes {
        document.within("CommonPrefixes", |document| {
            document.element("Prefix", &wanted.encoded(prefix));
        });
    }
    Ok(document.into_response(StatusCode::OK))
}

struct Wanted {
    query: ListQuery,
    marker: String,
    is_version_2: bool,
    is_url_encoded: bool,
}

impl Wanted {
    fn of(query: &QueryPairs) -> Result<Self, StorageError> {
        let is_of_signature = |name: &str| {
            let name = name.to_ascii_lowercase();
            name.starts_with("x-goog-")
                || matches!(&*name, "googleaccessid" | "expires" | "signature")
        };
        let unknown = query
            .iter()
            .find(|(name, _)| !PARAMETERS.contains(&name.as_str()) && !is_of_signature(name));
        if let Some((name, _)) = unknown {
            return Err(StorageError::Unimplemented(format!("{name} of a bucket of the XML API")));
        }
        let text = |name: &str| find(query, name).unwrap_or_default().to_owned();
        if ["versions", "generation-marker"].iter().any(|name| find(query, name).is_some()) {
            let text = "noncurrent versions of the XML API; use the JSON API";
            return Err(StorageError::Unimplemented(text.to_owned()));
        }
        let is_version_2 = match text("list-type").as_str() {
            "" | "1" => false,
            "2" => true,
            other => return Err(StorageError::Invalid(format!("list-type: {other}"))),
        };
        let is_url_encoded = match text("encoding-type").as_str() {
            "" => false,
            "url" => true,
            other => return Err(StorageError::Invalid(format!("encoding-type: {other}"))),
        };
        let page_size = match number(find(query, "max-keys"), "max-keys")? {
            None => 0,
            Some(keys) => usize::try_from(keys).ok().filter(|keys| *keys > 0).ok_or_else(|| {
                StorageError::Invalid("max-keys must be a positive number".to_owned())
            })?,
        };
        let marker = if is_version_2 { text("start-after") } else { text("marker") };
        let delimiter = text("delimiter");
        let list = ListQuery {
            prefix: text("prefix"),
            start: after(&marker, &delimiter),
            delimiter,
            page_size,
            page_token: if is_version_2 { text("continuation-token") } else { String::new() },
            ..ListQuery::default()
        };
        Ok(Self { query: list, marker, is_version_2, is_url_encoded })
    }

    fn encoded(&self, text: &str) -> String {
        if self.is_url_encoded { percent_encode(text) } else { text.to_owned() }
    }

    fn object(&self, document: &mut Document, object: &ObjectRecord) {
        document.element("Key", &self.encoded(&object.name));
        document.element("Generation", &object.generation.to_string());
        document.element("MetaGeneration", &object.metageneration.to_string());
        document.element("LastModified", &rfc3339(object.updated_at()));
        document.element("ETag", &format!("\"{}\"", object.content_tag()));
        document.element("Size", &object.digest.size_bytes.to_string());
        if self.is_version_2 {
            let class = crate::resource::storage_class(object.attributes.storage_class.clone());
            document.element("StorageClass", &class);
        }
    }
}

/// The first name behind a marker. One that is a folder stands for everything in it.
fn after(marker: &str, delimiter: &str) -> String {
    if marker.is_empty() {
        String::new()
    } else if !delimiter.is_empty() && marker.ends_with(delimiter) {
        format!("{marker}{}", char::MAX)
    } else {
        format!("{marker}\0")
    }
}
