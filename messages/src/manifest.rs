//! `longshore.yaml`: a function's specification in the proto3 JSON names, written as YAML.

use thiserror::Error;

use crate::proto::FunctionSpec;

/// A manifest could not be read. It stays so until somebody edits it.
#[derive(Debug, Error)]
pub enum ManifestError {
    /// A key that the schema does not have, or a value of the wrong type.
    #[error("manifest is not a function's specification, at {path}")]
    Field {
        /// Path of the key or value, in the manifest's own words.
        path: String,
        /// What is wrong there, with line and column.
        source: Box<serde_saphyr::Error>,
    },
    /// Not YAML, or more than one document.
    #[error("manifest is not one YAML document")]
    Yaml(#[source] Box<serde_saphyr::Error>),
}

/// Reads a manifest. Nothing in it is checked but its shape: [`crate::Function::from_proto`] does
/// the rest.
///
/// # Errors
/// When it is not YAML, has an unknown key, or a value of the wrong type.
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
