//! Push settings.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::wire::proto;
use crate::wire::proto::push_config::{
    AuthenticationMethod, NoWrapper, OidcToken, PubsubWrapper, Wrapper,
};

#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct PushConfigJson {
    #[serde(skip_serializing_if = "String::is_empty", alias = "push_endpoint")]
    push_endpoint: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    attributes: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none", alias = "oidc_token")]
    oidc_token: Option<OidcTokenJson>,
    #[serde(skip_serializing_if = "Option::is_none", alias = "pubsub_wrapper")]
    pubsub_wrapper: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none", alias = "no_wrapper")]
    no_wrapper: Option<NoWrapperJson>,
}

#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
struct OidcTokenJson {
    #[serde(alias = "service_account_email")]
    service_account_email: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    audience: String,
}

#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
struct NoWrapperJson {
    #[serde(alias = "write_metadata")]
    write_metadata: bool,
}

/// The body of `:modifyPushConfig`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(crate) struct ModifyPushJson {
    #[serde(alias = "push_config")]
    push_config: PushConfigJson,
}

impl ModifyPushJson {
    pub(crate) fn into_wire(self, subscription: String) -> proto::ModifyPushConfigRequest {
        proto::ModifyPushConfigRequest {
            subscription,
            push_config: Some(self.push_config.into_wire()),
        }
    }
}

impl PushConfigJson {
    pub(super) fn into_wire(self) -> proto::PushConfig {
        let token = self.oidc_token.map(|token| OidcToken {
            service_account_email: token.service_account_email,
            audience: token.audience,
        });
        let unwrapped = self.no_wrapper.map(|wrapper| {
            Wrapper::NoWrapper(NoWrapper { write_metadata: wrapper.write_metadata })
        });
        proto::PushConfig {
            push_endpoint: self.push_endpoint,
            attributes: self.attributes,
            authentication_method: token.map(AuthenticationMethod::OidcToken),
            wrapper: unwrapped
                .or(self.pubsub_wrapper.map(|_| Wrapper::PubsubWrapper(PubsubWrapper {}))),
        }
    }

    pub(super) fn from_wire(push: proto::PushConfig) -> Self {
        let oidc_token =
            push.authentication_method.map(|AuthenticationMethod::OidcToken(token)| {
                OidcTokenJson {
                    service_account_email: token.service_account_email,
                    audience: token.audience,
                }
            });
        let no_wrapper = match push.wrapper {
            Some(Wrapper::NoWrapper(NoWrapper { write_metadata })) => {
                Some(NoWrapperJson { write_metadata })
            }
            Some(Wrapper::PubsubWrapper(_)) | None => None,
        };
        Self {
            push_endpoint: push.push_endpoint,
            attributes: push.attributes,
            oidc_token,
            pubsub_wrapper: None,
            no_wrapper,
        }
    }
}
