//! Conversions between gRPC messages and the types of the core.

mod objects;
mod settings;

use time::OffsetDateTime;

use super::acl;
use super::bucket_document::{BucketDocument, location_type};
use crate::{
    BucketAttributes, BucketRecord, ListQuery, ObjectRecord, ObjectReference, Preconditions,
    StorageError, resource,
};

pub(super) use self::objects::*;

/// Generated from `proto/google/storage/v2/storage.proto`.
#[expect(
    unreachable_pub,
    clippy::allow_attributes,
    clippy::derive_partial_eq_without_eq,
    clippy::large_enum_variant,
    reason = "generated"
)]
pub(super) mod proto {
    include!("../generated/google.storage.v2.rs");
}

/// The prefix of bucket names in every message.
const BUCKET_PREFIX: &str = "projects/_/buckets/";

/// The name of a bucket without its prefix.
pub(super) fn bucket_id(name: &str) -> Result<String, StorageError> {
    let id = name.strip_prefix(BUCKET_PREFIX);
    id.map(str::to_owned).ok_or_else(|| {
        StorageError::Invalid(format!("a bucket name must be {BUCKET_PREFIX}NAME, not '{name}'"))
    })
}

/// The project and the attributes of a bucket to create.
///
/// # Errors
/// [`StorageError::Unimplemented`] for a field that the local cloud does not serve;
/// [`StorageError::Invalid`] for a value that no bucket can have.
pub(super) fn new_bucket(
    request: proto::CreateBucketRequest,
) -> Result<(String, BucketAttributes), StorageError> {
    refuse_given(&[("enable_object_retention", request.enable_object_retention)])?;
    let bucket = request.bucket.unwrap_or_default();
    let named = if bucket.project.is_empty() { &request.parent } else { &bucket.project };
    let project = named.clone();
    let document = settings::document(bucket)?.to_string();
    let attributes = BucketDocument::whole(document.as_bytes())?.into_attributes();
    let lists = [
        ("predefined_acl", request.predefined_acl.as_str()),
        ("predefined_default_object_acl", request.predefined_default_object_acl.as_str()),
    ];
    acl::check_where(attributes.uniform_access, &lists)?;
    Ok((project, attributes))
}

/// The attributes of a bucket after an update.
///
/// # Errors
/// As for [`new_bucket`], and [`StorageError::Invalid`] for a mask that cannot be applied.
pub(super) fn updated_bucket(
    record: &BucketRecord,
    request: proto::UpdateBucketRequest,
) -> Result<BucketAttributes, StorageError> {
    let document = settings::document(request.bucket.unwrap_or_default())?;
    let changed = BucketDocument::masked(record, &document, request.update_mask.as_ref())?;
    Ok(changed.into_attributes())
}

/// Refuses the fields that were given.
pub(super) fn refuse_given(fields: &[(&str, bool)]) -> Result<(), StorageError> {
    match fields.iter().find(|(_, is_given)| *is_given) {
        Some((name, _)) => Err(StorageError::Unimplemented(format!("the field {name}"))),
        None => Ok(()),
    }
}

/// Refuses a mask that leaves something out of the response.
pub(super) fn check_read_mask(mask: Option<&prost_types::FieldMask>) -> Result<(), StorageError> {
    let leaves_out = |mask: &prost_types::FieldMask| {
        !mask.paths.is_empty() && !mask.paths.iter().any(|path| path == "*")
    };
    refuse_given(&[("read_mask", mask.is_some_and(leaves_out))])
}

pub(super) fn bucket(record: BucketRecord) -> proto::Bucket {
    let updated = record.updated_at();
    let attributes = record.attributes;
    let recorded = settings::recorded(&attributes);
    let location_type = location_type(&attributes).to_owned();
    let default_kms_key = attributes.default_kms_key;
    let encryption = (!default_kms_key.is_empty())
        .then(|| proto::bucket::Encryption { default_kms_key, ..Default::default() });
    let uniform = proto::bucket::iam_config::UniformBucketLevelAccess {
        enabled: attributes.uniform_access,
        lock_time: None,
    };
    proto::Bucket {
        name: format!("{BUCKET_PREFIX}{}", record.name),
        bucket_id: record.name,
        project: format!("projects/{}", record.project_number),
        metageneration: record.metageneration,
        etag: record.metageneration.to_string(),
        location_type,
        location: attributes.location,
        storage_class: attributes.storage_class,
        create_time: Some(timestamp(record.created_at)),
        update_time: Some(timestamp(updated)),
        labels: attributes.labels,
        iam_config: Some(proto::bucket::IamConfig {
            uniform_bucket_level_access: Some(uniform),
            public_access_prevention: attributes.public_access_prevention,
        }),
        versioning: Some(proto::bucket::Versioning { enabled: attributes.versioning }),
        default_event_based_hold: attributes.default_event_based_hold,
        encryption,
        // Deletion is permanent.
        soft_delete_policy: Some(proto::bucket::SoftDeletePolicy {
            retention_duration: Some(prost_types::Duration::default()),
            effective_time: None,
        }),
        ..recorded
    }
}

pub(super) fn object(record: ObjectRecord) -> proto::Object {
    let checksums = proto::ObjectChecksums {
        crc32c: Some(record.digest.crc32c),
        md5_hash: record.digest.md5.map(|md5| md5.to_vec()).unwrap_or_default().into(),
    };
    let (created, updated) = (Some(timestamp(record.created_at)), record.updated_at());
    proto::Object {
        etag: record.etag(),
        name: record.name,
        bucket: format!("{BUCKET_PREFIX}{}", record.bucket),
        generation: record.generation,
        metageneration: record.metageneration,
        storage_class: resource::storage_class(record.attributes.storage_class),
        size: signed(record.digest.size_bytes),
        content_encoding: record.attributes.content_encoding,
        content_disposition: record.attributes.content_disposition,
        cache_control: record.attributes.cache_control,
        content_language: record.attributes.content_language,
        content_type: record.attributes.content_type,
        delete_time: record.noncurrent_at.map(timestamp),
        create_time: created,
        component_count: record
            .components
            .map_or(0, |count| i32::try_from(count).unwrap_or(i32::MAX)),
        checksums: Some(checksums),
        update_time: Some(timestamp(updated)),
        update_storage_class_time: created,
        temporary_hold: record.attributes.temporary_hold.unwrap_or_default(),
        event_based_hold: record.attributes.event_based_hold,
        custom_time: record.attributes.custom_time.map(timestamp),
        metadata: record.attributes.metadata,
        kms_key: record.kms_key_version,
        finalize_time: created,
        ..proto::Object::default()
    }
}

/// The preconditions of a request: a match and no match of the generation, then of the metageneration.
fn preconditions(given: [Option<i64>; 4]) -> Preconditions {
    let [generation_match, generation_not_match, metageneration_match, metageneration_not_match] =
        given;
    Preconditions {
        generation_match,
        generation_not_match,
        metageneration_match,
        metageneration_not_match,
    }
}

pub(super) fn bucket_preconditions(
    matches: Option<i64>,
    not_matches: Option<i64>,
) -> Preconditions {
    Preconditions {
        metageneration_match: matches,
        metageneration_not_match: not_matches,
        ..Preconditions::default()
    }
}

/// Generation and preconditions of a read.
pub(super) fn get_conditions(
    request: &proto::GetObjectRequest,
) -> Result<(i64, Preconditions), StorageError> {
    check_read_mask(request.read_mask.as_ref())?;
    refuse_given(&[
        ("soft_deleted", request.soft_deleted()),
        ("restore_token", !request.restore_token.is_empty()),
        ("common_object_request_params", request.common_object_request_params.is_some()),
    ])?;
    let preconditions = preconditions([
        request.if_generation_match,
        request.if_generation_not_match,
        request.if_metageneration_match,
        request.if_metageneration_not_match,
    ]);
    Ok((request.generation, preconditions))
}

pub(super) fn delete_target(
    bucket: String,
    request: proto::DeleteObjectRequest,
) -> Result<ObjectReference, StorageError> {
    let has_key = request.common_object_request_params.is_some();
    refuse_given(&[("common_object_request_params", has_key)])?;
    let preconditions = preconditions([
        request.if_generation_match,
        request.if_generation_not_match,
        request.if_metageneration_match,
        request.if_metageneration_not_match,
    ]);
    Ok(ObjectReference {
        bucket,
        object: request.object,
        generation: request.generation,
        preconditions,
    })
}

pub(super) fn bucket_query(request: proto::ListBucketsRequest) -> Result<ListQuery, StorageError> {
    check_read_mask(request.read_mask.as_ref())?;
    let page_size = page_size(request.page_size)?;
    Ok(ListQuery {
        prefix: request.prefix,
        page_size,
        page_token: request.page_token,
        ..ListQuery::default()
    })
}

pub(super) fn object_query(request: proto::ListObjectsRequest) -> Result<ListQuery, StorageError> {
    check_read_mask(request.read_mask.as_ref())?;
    let has_filter = !request.filter.is_empty();
    refuse_given(&[("soft_deleted", request.soft_deleted), ("filter", has_filter)])?;
    Ok(ListQuery {
        page_size: page_size(request.page_size)?,
        prefix: request.prefix,
        delimiter: request.delimiter,
        include_trailing_delimiter: request.include_trailing_delimiter,
        start: request.lexicographic_start,
        end: request.lexicographic_end,
        match_glob: request.match_glob,
        versions: request.versions,
        page_token: request.page_token,
    })
}

fn page_size(page_size: i32) -> Result<usize, StorageError> {
    usize::try_from(page_size)
        .map_err(|_| StorageError::Invalid(format!("page_size must not be negative: {page_size}")))
}

/// A number of bytes, as messages have it.
pub(super) fn signed(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

fn timestamp(time: OffsetDateTime) -> prost_types::Timestamp {
    prost_types::Timestamp {
        seconds: time.unix_timestamp(),
        nanos: i32::try_from(time.nanosecond()).unwrap_or_default(),
    }
}
