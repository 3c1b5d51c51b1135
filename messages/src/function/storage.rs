//! Objects in Cloud Storage.

use std::fmt::{self, Display, Formatter};

use serde::{Deserialize, Serialize};

use crate::invalid::Findings;
use crate::{proto, rules};

/// An object in Cloud Storage. As text, `gs://BUCKET/OBJECT#GENERATION`, which is Google's
/// notation.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct StorageObject {
    /// Bucket name, without `gs://`.
    pub bucket: String,
    pub object: String,
    /// 0 for the newest.
    pub generation: i64,
}

impl Display for StorageObject {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "gs://{}/{}", self.bucket, self.object)?;
        if self.generation == 0 { Ok(()) } else { write!(f, "#{}", self.generation) }
    }
}

impl StorageObject {
    pub(crate) fn to_proto(&self) -> proto::StorageObject {
        proto::StorageObject {
            bucket: self.bucket.clone(),
            object: self.object.clone(),
            generation: self.generation,
        }
    }

    pub(crate) fn from_proto(
        proto: proto::StorageObject,
        at: &str,
        findings: &mut Findings,
    ) -> Self {
        if !rules::is_bucket(&proto.bucket) {
            findings.add(format!("{at}.bucket"), &proto.bucket, rules::BUCKET);
        }
        if !rules::is_object(&proto.object) {
            findings.add(format!("{at}.object"), &proto.object, rules::OBJECT);
        }
        if proto.generation < 0 {
            findings.add(
                format!("{at}.generation"),
                &proto.generation.to_string(),
                "must not be negative",
            );
        }
        Self { bucket: proto.bucket, object: proto.object, generation: proto.generation }
    }
}
