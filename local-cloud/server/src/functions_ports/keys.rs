//! The keys of functions, in Cloud KMS.

use std::sync::Arc;

use async_trait::async_trait;

use longshore_local_functions::{Keys, PortError};
use longshore_local_kit::keys::{CustomerKeys, KeyError, KeyUser};
use longshore_local_kit::rest::Code;

pub(super) struct KmsKeys(pub(super) Arc<dyn CustomerKeys>);

#[async_trait]
impl Keys for KmsKeys {
    async fn check(&self, key: &str, agent: &str) -> Result<(), PortError> {
        let user = KeyUser::of_account(agent).ok_or_else(|| {
            PortError::refused(Code::Internal, format!("{agent} is not a service agent"))
        })?;
        self.0.usable_version(key, user).map(drop).map_err(|error| {
            let message = error.to_string();
            match error {
                KeyError::Malformed(_) => PortError::refused(Code::InvalidArgument, message),
                KeyError::NotFound(_) => PortError::refused(Code::NotFound, message),
                KeyError::NotEnabled { .. } | KeyError::NoPrimary(_) => {
                    PortError::refused(Code::FailedPrecondition, message)
                }
                KeyError::Denied(_) => PortError::refused(Code::PermissionDenied, message),
                KeyError::Unavailable(_) => PortError::Unavailable(message),
            }
        })
    }
}
