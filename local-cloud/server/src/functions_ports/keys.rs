//! The keys of functions, in Cloud KMS.

use std::sync::Arc;

use async_trait::async_trait;

use longshore_local_functions::{Keys, PortError};
use longshore_local_kit::keys::{CustomerKeys, KeyError};
use longshore_local_kit::rest::Code;

pub(super) struct KmsKeys(pub(super) Arc<dyn CustomerKeys>);

#[async_trait]
impl Keys for KmsKeys {
    /// IAM policies of keys have no effect here, so every agent may use every key.
    async fn check(&self, key: &str, _agent: &str) -> Result<(), PortError> {
        self.0.usable_version(key).map(drop).map_err(|error| {
            let message = error.to_string();
            match error {
                KeyError::Malformed(_) => PortError::refused(Code::InvalidArgument, message),
                KeyError::NotFound(_) => PortError::refused(Code::NotFound, message),
                KeyError::NotEnabled { .. } | KeyError::NoPrimary(_) => {
                    PortError::refused(Code::FailedPrecondition, message)
                }
                KeyError::Unavailable(_) => PortError::Unavailable(message),
            }
        })
    }
}
