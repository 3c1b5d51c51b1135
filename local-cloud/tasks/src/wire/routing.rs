//! Between the routing of a queue and Google's messages.

use std::collections::BTreeMap;

use longshore_local_kit::targets::{Oidc, Verb};

use crate::Refusal;
use crate::core::{Routing, Scheme, UriParts};
use crate::proto::v2::http_target::{AuthorizationHeader, Header, HeaderOverride};
use crate::proto::v2::uri_override::{self, UriOverrideEnforceMode};
use crate::proto::v2::{self, HttpMethod};

pub(super) fn routing_wire(routing: &Routing) -> v2::HttpTarget {
    let header = |(key, value): (&String, &String)| HeaderOverride {
        header: Some(Header { key: key.clone(), value: value.clone() }),
    };
    v2::HttpTarget {
        uri_override: routing.uri.as_ref().map(uri_wire),
        http_method: routing.verb.map_or(HttpMethod::Unspecified.into(), Verb::number),
        header_overrides: routing.headers.iter().map(header).collect(),
        authorization_header: routing.oidc.as_ref().map(|oidc| {
            AuthorizationHeader::OidcToken(v2::OidcToken {
                service_account_email: oidc.email.clone(),
                audience: oidc.audience.clone(),
            })
        }),
    }
}

fn uri_wire(uri: &UriParts) -> v2::UriOverride {
    let scheme = |scheme| match scheme {
        Scheme::Http => uri_override::Scheme::Http.into(),
        Scheme::Https => uri_override::Scheme::Https.into(),
    };
    let query = |query: &String| v2::QueryOverride { query_params: query.clone() };
    v2::UriOverride {
        scheme: uri.scheme.map(scheme),
        host: uri.host.clone(),
        port: uri.port.map(i64::from),
        path_override: uri.path.as_ref().map(|path| v2::PathOverride { path: path.clone() }),
        query_override: uri.query.as_ref().map(query),
        uri_override_enforce_mode: UriOverrideEnforceMode::Always.into(),
    }
}

/// # Errors
/// [`Refusal::Invalid`] with the name of the field; [`Refusal::Unimplemented`] for what the local
/// cloud does not have.
pub(super) fn routing(wire: v2::HttpTarget) -> Result<Routing, Refusal> {
    let verb = match wire.http_method {
        0 => None,
        number => Some(Verb::of_number(number).ok_or_else(|| {
            Refusal::Invalid(format!("HttpTarget.http_method: {number} is unknown"))
        })?),
    };
    let oidc = match wire.authorization_header {
        None => None,
        Some(AuthorizationHeader::OidcToken(oidc)) => {
            Some(Oidc { email: oidc.service_account_email, audience: oidc.audience })
        }
        Some(AuthorizationHeader::OauthToken(_)) => {
            return Err(Refusal::Unimplemented("OAuth tokens (oauth_token)".to_owned()));
        }
    };
    let headers = wire.header_overrides.into_iter().filter_map(|one| one.header);
    let headers: BTreeMap<_, _> = headers.map(|header| (header.key, header.value)).collect();
    Ok(Routing { uri: wire.uri_override.map(uri).transpose()?, verb, headers, oidc })
}

fn uri(wire: v2::UriOverride) -> Result<UriParts, Refusal> {
    if wire.uri_override_enforce_mode() == UriOverrideEnforceMode::IfNotExists {
        return Err(Refusal::Unimplemented(
            "the mode IF_NOT_EXISTS (uri_override_enforce_mode)".to_owned(),
        ));
    }
    let scheme = wire.scheme.map(|number| match uri_override::Scheme::try_from(number) {
        Ok(uri_override::Scheme::Http) => Ok(Scheme::Http),
        Ok(uri_override::Scheme::Https | uri_override::Scheme::Unspecified) => Ok(Scheme::Https),
        Err(_) => Err(Refusal::Invalid(format!("UriOverride.scheme: {number} is unknown"))),
    });
    let port = wire.port.map(|port| {
        u16::try_from(port)
            .map_err(|_| Refusal::Invalid(format!("UriOverride.port: {port} is no port")))
    });
    Ok(UriParts {
        scheme: scheme.transpose()?,
        host: wire.host,
        port: port.transpose()?,
        path: wire.path_override.map(|path| path.path),
        query: wire.query_override.map(|query| query.query_params),
    })
}
