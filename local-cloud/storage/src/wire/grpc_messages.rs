//! Conversions between gRPC messages and the types of the core.

use time::OffsetDateTime;

use super::bucket_document::location_type;
use crate::{
    BucketAttributes, BucketRecord, ListQuery, ObjectRecord, ObjectReference, Preconditions,
    StorageError, resource,
};

/// Generated from `proto/google/storage/v2/storage.proto`.
#[expect(
    unreachable_pub,
    clippy::allow_attributes,
    clippy::derive_partial_eq_without_eq,
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
pub(super) fn new_bucket(
    parent: &str,
    bucket: proto::Bucket,
) -> Result<(String, BucketAttributes), StorageError> {
    let refused = [
        ("lifecycle", bucket.lifecycle.is_some()),
        ("cors", bucket.cors.is_some()),
        ("website", bucket.website.is_some()),
        ("logging", bucket.logging.is_some()),
        ("retention_policy", bucket.retention_policy.is_some()),
        ("autoclass", bucket.autoclass.is_some()),
        ("soft_delete_policy", bucket.soft_delete_policy.is_some()),
        ("hierarchical_namespace", bucket.hierarchical_namespace.is_some()),
    ];
    if let Some((name, _)) = refused.into_iter().find(|(_, given)| *given) {
        return Err(StorageError::Unimplemented(format!("the field {name}")));
    }
    let default_kms_key = default_key(bucket.encryption.unwrap_or_default())?;
    let project = if bucket.project.is_empty() { parent.to_owned() } else { bucket.project };
    let access = bucket.iam_config.unwrap_or_default();
    let attributes = BucketAttributes {
        location: bucket.location,
        storage_class: bucket.storage_class,
        labels: bucket.labels,
        uniform_access: access.uniform_bucket_level_access.is_some_and(|uniform| uniform.enabled),
        public_access_prevention: access.public_access_prevention,
        versioning: bucket.versioning.is_some_and(|versioning| versioning.enabled),
        default_kms_key,
        ..BucketAttributes::default()
    };
    Ok((project, attributes))
}

fn default_key(encryption: proto::bucket::Encryption) -> Result<String, StorageError> {
    let refused = [
        (
            "google_managed_encryption_enforcement_config",
            encryption.google_managed_encryption_enforcement_config.is_some(),
        ),
        (
            "customer_managed_encryption_enforcement_config",
            encryption.customer_managed_encryption_enforcement_config.is_some(),
        ),
        (
            "customer_supplied_encryption_enforcement_config",
            encryption.customer_supplied_encryption_enforcement_config.is_some(),
        ),
    ];
    if let Some((name, _)) = refused.into_iter().find(|(_, given)| *given) {
        return Err(StorageError::Unimplemented(format!("the field encryption.{name}")));
    }
    Ok(encryption.default_kms_key)
}

pub(super) fn bucket(record: BucketRecord) -> proto::Bucket {
    let updated = record.updated_at();
    let attributes = record.attributes;
    let location_type = location_type(&attributes).to_owned();
    let default_kms_key = attributes.default_kms_key;
    let encryption = (!default_kms_key.is_empty())
        .then(|| proto::bucket::Encryption { default_kms_key, ..Default::default() });
    let uniform =
        proto::bucket::iam_config::UniformBucketLevelAccess { enabled: attributes.uniform_access };
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
        encryption,
        ..proto::Bucket::default()
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
        size: i64::try_from(record.digest.size_bytes).unwrap_or(i64::MAX),
        content_encoding: record.attributes.content_encoding,
        content_disposition: record.attributes.content_disposition,
        cache_control: record.attributes.cache_control,
        content_language: record.attributes.content_language,
        content_type: record.attributes.content_type,
        create_time: created,
        checksums: Some(checksums),
        update_time: Some(timestamp(updated)),
        metadata: record.attributes.metadata,
        kms_key: record.kms_key_version,
        finalize_time: created,
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
    if request.soft_deleted() {
        return Err(StorageError::Unimplemented("the field soft_deleted".to_owned()));
    }
    let preconditions = Preconditions {
        generation_match: request.if_generation_match,
        generation_not_match: request.if_generation_not_match,
        metageneration_match: request.if_metageneration_match,
        metageneration_not_match: request.if_metageneration_not_match,
    };
    Ok((request.generation, preconditions))
}

pub(super) fn delete_target(
    bucket: String,
    request: proto::DeleteObjectRequest,
) -> ObjectReference {
    let preconditions = Preconditions {
        generation_match: request.if_generation_match,
        generation_not_match: request.if_generation_not_match,
        metageneration_match: request.if_metageneration_match,
        metageneration_not_match: request.if_metageneration_not_match,
    };
    ObjectReference {
        bucket,
        object: request.object,
        generation: request.generation,
        preconditions,
    }
}

pub(super) fn bucket_query(request: proto::ListBucketsRequest) -> Result<ListQuery, StorageError> {
    let page_size = page_size(request.page_size)?;
    Ok(ListQuery {
        prefix: request.prefix,
        page_size,
        page_token: request.page_token,
        ..ListQuery::default()
    })
}

pub(super) fn object_query(request: proto::ListObjectsRequest) -> Result<ListQuery, StorageError> {
    let refused = [("soft_deleted", request.soft_deleted), ("filter", !request.filter.is_empty())];
    if let Some((name, _)) = refused.into_iter().find(|(_, given)| *given) {
        return Err(StorageError::Unimplemented(format!("the field {name}")));
    }
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

fn timestamp(time: OffsetDateTime) -> prost_types::Timestamp {
    prost_types::Timestamp {
        seconds: time.unix_timestamp(),
        nanos: i32::try_from(time.nanosecond()).unwrap_or_default(),
    }
}
