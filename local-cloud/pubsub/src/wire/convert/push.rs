//! Push settings.

use crate::core::{Oidc, Push, Wrapper};
use crate::wire::proto::PushConfig;
use crate::wire::proto::push_config::{self, AuthenticationMethod, NoWrapper, OidcToken};

/// Returns `None` without an endpoint, whatever else is set: that is a pull subscription.
pub(crate) fn push_from_wire(wire: PushConfig) -> Option<Push> {
    let wrapper = match wire.wrapper {
        Some(push_config::Wrapper::NoWrapper(NoWrapper { write_metadata })) => {
            Wrapper::Nothing { write_metadata }
        }
        Some(push_config::Wrapper::PubsubWrapper(_)) | None => Wrapper::Pubsub,
    };
    let oidc = wire.authentication_method.map(|AuthenticationMethod::OidcToken(token)| Oidc {
        email: token.service_account_email,
        audience: token.audience,
    });
    let push = Push {
        endpoint: wire.push_endpoint,
        attributes: wire.attributes,
        oidc,
        wrapper,
        once: false,
        service: String::new(),
    };
    Some(push).filter(|push| !push.endpoint.is_empty())
}

pub(super) fn push_to_wire(push: &Push) -> PushConfig {
    let token = push.oidc.as_ref().map(|oidc| OidcToken {
        service_account_email: oidc.email.clone(),
        audience: oidc.audience.clone(),
    });
    PushConfig {
        push_endpoint: push.endpoint.clone(),
        attributes: push.attributes.clone(),
        authentication_method: token.map(AuthenticationMethod::OidcToken),
        wrapper: match push.wrapper {
            Wrapper::Pubsub => None,
            Wrapper::Nothing { write_metadata } => {
                Some(push_config::Wrapper::NoWrapper(NoWrapper { write_metadata }))
            }
        },
    }
}
