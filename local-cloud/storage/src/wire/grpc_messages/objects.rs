//! Objects in requests: what a caller writes, changes, composes, copies and moves.

use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use super::proto::{self, Object, ObjectChecksums, WriteObjectSpec};
use super::{bucket_id, check_read_mask, preconditions, refuse_given};
use crate::resource::rfc3339;
use crate::wire::content_headers::DEFAULT_CONTENT_TYPE;
use crate::wire::mask::{self, Name};
use crate::wire::metadata;
use crate::wire::object_document::{self, ObjectDocument};
use crate::{
    Composition, CopyRequest, ExpectedChecksums, ObjectAttributes, ObjectRecord, ObjectReference,
    Preconditions, StorageError, WriteRequest,
};

/// What can be changed without a rewrite.
const CHANGEABLE: &[Name] = &[
    ("cache_control", "cacheControl"),
    ("content_disposition", "contentDisposition"),
    ("content_encoding", "contentEncoding"),
    ("content_language", "contentLanguage"),
    ("content_type", "contentType"),
    ("custom_time", "customTime"),
    ("event_based_hold", "eventBasedHold"),
    ("metadata", "metadata"),
    ("temporary_hold", "temporaryHold"),
];

/// What is not served.
const REFUSED: [&str; 3] = ["acl", "contexts", "retention"];

/// The request of a write, the predefined list that it names, and the size that its content must have.
///
/// # Errors
/// [`StorageError::Invalid`] for a value that no object can have, [`StorageError::Unimplemented`] for
/// a field that is not served.
pub(crate) fn write_request(
    spec: WriteObjectSpec,
    checksums: Option<&ObjectChecksums>,
) -> Result<(WriteRequest, String, Option<u64>), StorageError> {
    refuse_given(&[("appendable", spec.appendable())])?;
    let object = spec.resource.unwrap_or_default();
    let mut attributes = attributes(&object)?;
    if attributes.content_type.is_empty() {
        DEFAULT_CONTENT_TYPE.clone_into(&mut attributes.content_type);
    }
    let request = WriteRequest {
        bucket: bucket_id(&object.bucket)?,
        object: object.name,
        attributes,
        preconditions: preconditions([
            spec.if_generation_match,
            spec.if_generation_not_match,
            spec.if_metageneration_match,
            spec.if_metageneration_not_match,
        ]),
        expected: expected(checksums)?,
        kms_key: object.kms_key,
    };
    let size = spec.object_size.map(|size| positive("object_size", size)).transpose()?;
    Ok((request, spec.predefined_acl, size))
}

/// Checksums of a whole object. An empty MD5 is none.
///
/// # Errors
/// [`StorageError::Invalid`] for an MD5 of another length.
pub(crate) fn expected(
    checksums: Option<&ObjectChecksums>,
) -> Result<ExpectedChecksums, StorageError> {
    let Some(checksums) = checksums else { return Ok(ExpectedChecksums::default()) };
    let md5 = (!checksums.md5_hash.is_empty()).then(|| {
        <[u8; 16]>::try_from(checksums.md5_hash.as_ref())
            .map_err(|_| StorageError::Invalid("md5_hash: it must have 16 bytes".to_owned()))
    });
    Ok(ExpectedChecksums { crc32c: checksums.crc32c, md5: md5.transpose()? })
}

/// The attributes of an object to create.
fn attributes(object: &Object) -> Result<ObjectAttributes, StorageError> {
    let mut fields = fields(object)?;
    // A proto cannot tell a hold that was never set from one that was released.
    if !object.temporary_hold {
        fields.remove("temporaryHold");
    }
    read(fields)
}

fn read(fields: Map<String, Value>) -> Result<ObjectAttributes, StorageError> {
    let document: ObjectDocument = metadata::patched(json!({}), Value::Object(fields))?;
    Ok(document.into_parts()?.0)
}

/// The attributes of an object as the fields of the JSON document that the JSON API takes.
fn fields(object: &Object) -> Result<Map<String, Value>, StorageError> {
    refuse_given(&[
        ("acl", !object.acl.is_empty()),
        ("contexts", object.contexts.is_some()),
        ("retention", object.retention.is_some()),
    ])?;
    let texts = [
        ("cacheControl", &object.cache_control),
        ("contentDisposition", &object.content_disposition),
        ("contentEncoding", &object.content_encoding),
        ("contentLanguage", &object.content_language),
        ("contentType", &object.content_type),
        ("storageClass", &object.storage_class),
    ];
    let texts = texts.into_iter().filter(|(_, text)| !text.is_empty());
    let mut fields: Map<String, Value> =
        texts.map(|(name, text)| (name.to_owned(), json!(text))).collect();
    fields.insert("metadata".to_owned(), json!(object.metadata));
    fields.insert("temporaryHold".to_owned(), json!(object.temporary_hold));
    if let Some(hold) = object.event_based_hold {
        fields.insert("eventBasedHold".to_owned(), json!(hold));
    }
    if let Some(time) = object.custom_time {
        fields.insert("customTime".to_owned(), rfc3339(moment(time)?).into());
    }
    Ok(fields)
}

fn moment(time: prost_types::Timestamp) -> Result<OffsetDateTime, StorageError> {
    let nanos = i128::from(time.seconds) * 1_000_000_000 + i128::from(time.nanos);
    OffsetDateTime::from_unix_timestamp_nanos(nanos)
        .map_err(|error| StorageError::Invalid(format!("custom_time: {error}")))
}

/// The object that an update changes.
///
/// # Errors
/// As for [`write_request`].
pub(crate) fn update_target(
    request: &proto::UpdateObjectRequest,
) -> Result<ObjectReference, StorageError> {
    refuse_given(&[
        ("common_object_request_params", request.common_object_request_params.is_some()),
        ("override_unlocked_retention", request.override_unlocked_retention),
    ])?;
    let object = request.object.clone().unwrap_or_default();
    Ok(ObjectReference {
        bucket: bucket_id(&object.bucket)?,
        object: object.name,
        generation: object.generation,
        preconditions: preconditions([
            request.if_generation_match,
            request.if_generation_not_match,
            request.if_metageneration_match,
            request.if_metageneration_not_match,
        ]),
    })
}

/// The attributes of an object after an update.
///
/// # Errors
/// As for [`write_request`], and [`StorageError::Invalid`] for a mask that cannot be applied.
pub(crate) fn updated(
    record: &ObjectRecord,
    request: &proto::UpdateObjectRequest,
) -> Result<ObjectAttributes, StorageError> {
    let given = Value::Object(fields(&request.object.clone().unwrap_or_default())?);
    let mut changed = object_document::changeable(record);
    mask::apply(&mut changed, &given, request.update_mask.as_ref(), CHANGEABLE, &REFUSED)?;
    let document: ObjectDocument = metadata::patched(json!({}), changed)?;
    let storage_class = record.attributes.storage_class.clone();
    Ok(ObjectAttributes { storage_class, ..document.into_parts()?.0 })
}

/// A composition.
///
/// # Errors
/// As for [`write_request`].
pub(crate) fn composition(
    request: proto::ComposeObjectRequest,
) -> Result<Composition, StorageError> {
    refuse_given(&[
        ("common_object_request_params", request.common_object_request_params.is_some()),
        ("delete_source_objects", request.delete_source_objects()),
    ])?;
    let object = request.destination.unwrap_or_default();
    let bucket = bucket_id(&object.bucket)?;
    let sources = request.source_objects.into_iter().map(|source| ObjectReference {
        bucket: bucket.clone(),
        object: source.name,
        generation: source.generation,
        preconditions: Preconditions {
            generation_match: source
                .object_preconditions
                .and_then(|conditions| conditions.if_generation_match),
            ..Preconditions::default()
        },
    });
    let sources = sources.collect();
    let kms_key = if request.kms_key.is_empty() { &object.kms_key } else { &request.kms_key };
    let destination = WriteRequest {
        attributes: attributes(&object)?,
        preconditions: preconditions([
            request.if_generation_match,
            None,
            request.if_metageneration_match,
            None,
        ]),
        expected: expected(request.object_checksums.as_ref())?,
        kms_key: kms_key.clone(),
        bucket,
        object: object.name,
    };
    Ok(Composition { destination, sources })
}

/// A rewrite, and the number of bytes that one call of it may copy.
///
/// # Errors
/// As for [`write_request`].
pub(crate) fn rewrite(
    request: &proto::RewriteObjectRequest,
) -> Result<(CopyRequest, Option<u64>), StorageError> {
    let has_key = !request.copy_source_encryption_algorithm.is_empty()
        || !request.copy_source_encryption_key_bytes.is_empty()
        || !request.copy_source_encryption_key_sha256_bytes.is_empty();
    refuse_given(&[
        ("common_object_request_params", request.common_object_request_params.is_some()),
        ("copy_source_encryption_key_bytes", has_key),
        ("object_checksums", request.object_checksums.is_some()),
    ])?;
    let limit = positive("max_bytes_rewritten_per_call", request.max_bytes_rewritten_per_call)?;
    let copied = CopyRequest {
        source: ObjectReference {
            bucket: bucket_id(&request.source_bucket)?,
            object: request.source_object.clone(),
            generation: request.source_generation,
            preconditions: preconditions([
                request.if_source_generation_match,
                request.if_source_generation_not_match,
                request.if_source_metageneration_match,
                request.if_source_metageneration_not_match,
            ]),
        },
        destination: WriteRequest {
            bucket: bucket_id(&request.destination_bucket)?,
            object: request.destination_name.clone(),
            preconditions: preconditions([
                request.if_generation_match,
                request.if_generation_not_match,
                request.if_metageneration_match,
                request.if_metageneration_not_match,
            ]),
            kms_key: request.destination_kms_key.clone(),
            ..WriteRequest::default()
        },
        attributes: request.destination.as_ref().map(attributes).transpose()?,
    };
    Ok((copied, (limit > 0).then_some(limit)))
}

/// A move within a bucket.
///
/// # Errors
/// [`StorageError::Invalid`] for a malformed name of the bucket.
pub(crate) fn moved(request: proto::MoveObjectRequest) -> Result<CopyRequest, StorageError> {
    let bucket = bucket_id(&request.bucket)?;
    Ok(CopyRequest {
        source: ObjectReference {
            bucket: bucket.clone(),
            object: request.source_object,
            generation: 0,
            preconditions: preconditions([
                request.if_source_generation_match,
                request.if_source_generation_not_match,
                request.if_source_metageneration_match,
                request.if_source_metageneration_not_match,
            ]),
        },
        destination: WriteRequest {
            bucket,
            object: request.destination_object,
            preconditions: preconditions([
                request.if_generation_match,
                request.if_generation_not_match,
                request.if_metageneration_match,
                request.if_metageneration_not_match,
            ]),
            ..WriteRequest::default()
        },
        attributes: None,
    })
}

/// What a read addresses.
///
/// # Errors
/// As for [`write_request`].
pub(crate) fn read_target(
    request: &proto::ReadObjectRequest,
) -> Result<ObjectReference, StorageError> {
    check_read_mask(request.read_mask.as_ref())?;
    let has_key = request.common_object_request_params.is_some();
    refuse_given(&[("common_object_request_params", has_key)])?;
    Ok(ObjectReference {
        bucket: bucket_id(&request.bucket)?,
        object: request.object.clone(),
        generation: request.generation,
        preconditions: preconditions([
            request.if_generation_match,
            request.if_generation_not_match,
            request.if_metageneration_match,
            request.if_metageneration_not_match,
        ]),
    })
}

/// What a stream of reads addresses.
///
/// # Errors
/// As for [`write_request`].
pub(crate) fn spec_target(
    spec: proto::BidiReadObjectSpec,
) -> Result<ObjectReference, StorageError> {
    check_read_mask(spec.read_mask.as_ref())?;
    let has_key = spec.common_object_request_params.is_some();
    refuse_given(&[("common_object_request_params", has_key)])?;
    Ok(ObjectReference {
        bucket: bucket_id(&spec.bucket)?,
        object: spec.object,
        generation: spec.generation,
        preconditions: preconditions([
            spec.if_generation_match,
            spec.if_generation_not_match,
            spec.if_metageneration_match,
            spec.if_metageneration_not_match,
        ]),
    })
}

fn positive(field: &str, number: i64) -> Result<u64, StorageError> {
    u64::try_from(number)
        .map_err(|_| StorageError::Invalid(format!("{field} must not be negative: {number}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(object: Object) -> WriteObjectSpec {
        WriteObjectSpec { resource: Some(object), ..WriteObjectSpec::default() }
    }

    fn object() -> Object {
        Object {
            bucket: "projects/_/buckets/b".to_owned(),
            name: "o".to_owned(),
            ..Object::default()
        }
    }

    #[test]
    fn a_write_has_the_attributes_of_its_resource() {
        let resource = Object {
            content_type: "text/plain".to_owned(),
            metadata: [("a".to_owned(), "1".to_owned())].into(),
            custom_time: Some(prost_types::Timestamp { seconds: 7, nanos: 0 }),
            event_based_hold: Some(false),
            ..object()
        };
        let (request, list, size) = write_request(spec(resource), None).unwrap();
        assert_eq!((request.bucket.as_str(), request.object.as_str()), ("b", "o"));
        let attributes = request.attributes;
        assert_eq!(attributes.content_type, "text/plain");
        assert_eq!(attributes.metadata["a"], "1");
        assert_eq!(attributes.custom_time.unwrap().unix_timestamp(), 7);
        assert_eq!((attributes.event_based_hold, attributes.temporary_hold), (Some(false), None));
        assert_eq!((list.as_str(), size), ("", None));
        let (request, ..) = write_request(spec(object()), None).unwrap();
        assert_eq!(request.attributes.content_type, DEFAULT_CONTENT_TYPE);
    }

    #[test]
    fn what_is_not_served_is_refused_by_its_name_in_the_proto() {
        let some = || Some(bytes::Bytes::new());
        let named = |spec: WriteObjectSpec| write_request(spec, None).unwrap_err().to_string();
        for (spec, name) in [
            (spec(Object { retention: some(), ..object() }), "retention"),
            (spec(Object { contexts: some(), ..object() }), "contexts"),
            (spec(Object { acl: vec![bytes::Bytes::new()], ..object() }), "acl"),
            (WriteObjectSpec { appendable: Some(true), ..spec(object()) }, "appendable"),
        ] {
            let text = named(spec);
            assert!(text.ends_with(&format!("the field {name}")), "{name}: {text}");
        }
        let text = named(WriteObjectSpec { object_size: Some(-1), ..spec(object()) });
        assert!(text.contains("object_size"), "{text}");
        let short = ObjectChecksums { md5_hash: "short".into(), crc32c: None };
        assert!(expected(Some(&short)).unwrap_err().to_string().contains("md5_hash"));
    }
}
