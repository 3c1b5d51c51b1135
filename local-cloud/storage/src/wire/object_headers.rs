//! The response headers that describe an object.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use time::{OffsetDateTime, UtcOffset};

use crate::{Digest, ObjectRecord, resource};

/// Header with an object's custom time.
pub(super) const CUSTOM_TIME: &str = "x-goog-custom-time";

/// A browser shows a stored page as one of no origin. Otherwise its scripts could read all buckets, which
/// have the same origin and need no credentials here.
const STORED_PAGE: HeaderValue =
    HeaderValue::from_static("sandbox allow-downloads allow-forms allow-popups allow-scripts");

/// Sets the headers that <https://cloud.google.com/storage/docs/xml-api/reference-headers> lists.
/// Google's clients require `x-goog-generation`. `tag` is the etag, which the two APIs write
/// differently.
pub(super) fn describe(record: &ObjectRecord, tag: &str, headers: &mut HeaderMap) {
    let attributes = &record.attributes;
    let encoding = if attributes.content_encoding.is_empty() {
        "identity"
    } else {
        &attributes.content_encoding
    };
    let named = [
        ("x-goog-generation", record.generation.to_string()),
        ("x-goog-metageneration", record.metageneration.to_string()),
        ("x-goog-stored-content-length", record.digest.size_bytes.to_string()),
        ("x-goog-stored-content-encoding", encoding.to_owned()),
        ("x-goog-storage-class", resource::storage_class(attributes.storage_class.clone())),
        ("x-goog-hash", hashes(&record.digest)),
        ("x-goog-encryption-kms-key-name", record.kms_key_version.clone()),
        (CUSTOM_TIME, attributes.custom_time.map(resource::rfc3339).unwrap_or_default()),
    ];
    for (name, value) in named {
        set(headers, HeaderName::from_static(name), &value);
    }
    if let Some(components) = record.components {
        headers.insert("x-goog-component-count", components.into());
    }
    headers.insert(header::CONTENT_SECURITY_POLICY, STORED_PAGE);
    set(headers, header::ACCEPT_RANGES, "bytes");
    set(headers, header::LAST_MODIFIED, &http_date(record.updated_at()));
    set(headers, header::ETAG, tag);
    set(headers, header::CONTENT_TYPE, &attributes.content_type);
    set(headers, header::CONTENT_ENCODING, &attributes.content_encoding);
    set(headers, header::CONTENT_DISPOSITION, &attributes.content_disposition);
    set(headers, header::CONTENT_LANGUAGE, &attributes.content_language);
    set(headers, header::CACHE_CONTROL, &attributes.cache_control);
    for (name, value) in &attributes.metadata {
        if let Ok(name) = HeaderName::try_from(format!("x-goog-meta-{name}")) {
            set(headers, name, value);
        }
    }
}

fn hashes(digest: &Digest) -> String {
    let crc32c = format!("crc32c={}", digest.crc32c_base64());
    if digest.md5.is_some() { format!("{crc32c},md5={}", digest.md5_base64()) } else { crc32c }
}

/// Sets a header. A value that is empty or not allowed in a header is omitted; clients find it in
/// the object's metadata.
pub(super) fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let (false, Ok(value)) = (value.is_empty(), HeaderValue::from_str(value)) {
        headers.insert(name, value);
    }
}

/// A time in HTTP's format (RFC 9110, section 5.6.7).
pub(super) fn http_date(time: OffsetDateTime) -> String {
    let time = time.to_offset(UtcOffset::UTC);
    let (weekday, month) = (time.weekday().to_string(), time.month().to_string());
    let short = |name: &str| name.get(..3).unwrap_or_default().to_owned();
    let (hour, minute, second) = time.to_hms();
    format!(
        "{}, {:02} {} {} {hour:02}:{minute:02}:{second:02} GMT",
        short(&weekday),
        time.day(),
        short(&month),
        time.year()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_has_the_format_of_http() {
        assert_eq!(http_date(OffsetDateTime::UNIX_EPOCH), "Thu, 01 Jan 1970 00:00:00 GMT");
    }
}
