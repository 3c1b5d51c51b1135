//! What built an image.

use serde::{Deserialize, Serialize};

use crate::proto;

/// What built an image, as far as Google says it. The ledger stores it as JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Builder {
    /// The image that runs the buildpacks, with its digest if Cloud Build reports it, or empty.
    pub image: String,
    /// The base image, as Cloud Run resolved it, or empty.
    pub base_image: String,
    /// The versions of the runtime that the buildpacks installed, such as `3.12.4`.
    pub runtime_versions: Vec<String>,
}

impl Builder {
    /// Whether nothing is known of it.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        *self == Self::default()
    }

    pub(super) fn to_proto(&self) -> Option<proto::Builder> {
        (!self.is_unknown()).then(|| proto::Builder {
            image: self.image.clone(),
            base_image: self.base_image.clone(),
            runtime_versions: self.runtime_versions.clone(),
        })
    }
}

pub(super) fn read(proto: Option<proto::Builder>) -> Builder {
    proto.map_or_else(Builder::default, |proto| {
        let proto::Builder { image, base_image, runtime_versions } = proto;
        Builder { image, base_image, runtime_versions }
    })
}
