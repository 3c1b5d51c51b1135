//! `longshore.yaml`: a function's specification as YAML, with the names of the proto3 JSON mapping.

use thiserror::Error;

use crate::proto::FunctionSpec;

/// A manifest cannot be read. Permanent: the user has to edit it.
#[derive(Debug, Error)]
pub enum ManifestError {
    /// An unknown key, or a value of the wrong type.
    #[error("manifest is not a valid function specification, at {path}")]
    Field {
        /// Path of the key or value in the manifest.
        path: String,
        /// The problem, with line and column.
        source: Box<serde_saphyr::Error>,
    },
    /// Not YAML, or more than one document.
    #[error("manifest is not one YAML document")]
    Yaml(#[source] Box<serde_saphyr::Error>),
}

/// Reads a manifest. Checks only keys and types; [`crate::Function::from_proto`] validates the
/// values.
///
/// # Errors
/// If it is not YAML, or has an unknown key or a value of the wrong type.
pub fn read_manifest(yaml: &str) -> Result<FunctionSpec, ManifestError> {
    let mut path = String::new();
    let read = serde_saphyr::with_deserializer_from_str(yaml, |deserializer| {
        serde_path_to_error::deserialize(deserializer).map_err(
            |error: serde_path_to_error::Error<serde_saphyr::Error>| {
                path = error.path().to_string();
                error.into_inner()
            },
        )
    });
    read.map_err(|error| {
        let source = Box::new(error);
        match path.as_str() {
            "" | "." | "?" => ManifestError::Yaml(source),
            _ => ManifestError::Field { path, source },
        }
    })
}
