//! The REST API: <https://cloud.google.com/kms/docs/reference/rest>.

use std::sync::Arc;

use async_trait::async_trait;
use longshore_local_kit::rest::{Call, RestApi, RestError};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::error::rest_error;
use super::location::ListLocationsRequest;
use super::{iam, keys, locations, operations, policies, proto};
use crate::core::Transition;
use crate::{Service, ServiceError};

pub(super) fn router(service: Arc<Service>) -> axum::Router {
    longshore_local_kit::rest::routes(vec![Arc::new(Rest(service))])
}

struct Rest(Arc<Service>);

#[async_trait]
impl RestApi for Rest {
    async fn answer(&self, call: &Call) -> Option<Result<Value, RestError>> {
        let segments = call.segments();
        let ["v1", "projects", _, "locations", rest @ ..] = segments.as_slice() else {
            return None;
        };
        let name = segments[1..].join("/");
        let parent = segments[1..segments.len() - 1].join("/");
        match (call.method.as_str(), rest, call.verb.as_deref()) {
            ("GET", [], None) => Some(self.locations(call, &segments[1..3].join("/"))),
            ("GET", [_], None) => Some(self.location(&name)),
            (
                _,
                [_, "keyRings", ..],
                Some("getIamPolicy" | "setIamPolicy" | "testIamPermissions"),
            ) if matches!(rest.len(), 3 | 5) => self.policy(call, name),
            (_, [_, "keyRings"], None) => self.rings(call, parent),
            ("GET", [_, "keyRings", _], None) => Some(json_of(keys::get_ring(&self.0, &name))),
            (_, [_, "keyRings", _, "cryptoKeys"], None) => self.keys(call, parent),
            (_, [_, "keyRings", _, "cryptoKeys", _], verb) => self.key(call, name, verb),
            (_, [_, "keyRings", _, "cryptoKeys", _, "cryptoKeyVersions"], None) => {
                self.versions(call, parent)
            }
            (_, [_, "keyRings", _, "cryptoKeys", _, "cryptoKeyVersions", _], verb) => {
                self.version(call, name, verb)
            }
            _ => None,
        }
    }
}

impl Rest {
    fn locations(&self, call: &Call, project: &str) -> Result<Value, RestError> {
        let request = ListLocationsRequest {
            name: project.to_owned(),
            filter: call.query("filter").to_owned(),
            page_size: page_size(call)?,
            page_token: call.query("pageToken").to_owned(),
        };
        let page = locations::list(&self.0, &request).map_err(|error| rest_error(&error))?;
        let locations: Vec<Value> = page.locations.iter().map(locations::json).collect();
        let mut json = json!({"locations": locations});
        if !page.next_page_token.is_empty() {
            json["nextPageToken"] = page.next_page_token.into();
        }
        Ok(json)
    }

    fn location(&self, name: &str) -> Result<Value, RestError> {
        let location = locations::get(&self.0, name).map_err(|error| rest_error(&error))?;
        Ok(locations::json(&location))
    }

    fn policy(&self, call: &Call, resource: String) -> Option<Result<Value, RestError>> {
        Some(match (call.method.as_str(), call.verb.as_deref()) {
            ("GET", Some("getIamPolicy")) => call.check_policy_version().and_then(|()| {
                let request = iam::GetIamPolicyRequest { resource, options: None };
                json_of(policies::get(&self.0, &request))
            }),
            ("POST", Some("setIamPolicy")) => call.message::<SetPolicyJson>().and_then(|body| {
                let request = iam::SetIamPolicyRequest {
                    resource,
                    policy: body.policy,
                    update_mask: Some(mask(&body.update_mask)),
                };
                json_of(policies::set(&self.0, request))
            }),
            ("POST", Some("testIamPermissions")) => {
                call.message::<iam::TestIamPermissionsRequest>().and_then(|request| {
                    json_of(policies::test(
                        &self.0,
                        iam::TestIamPermissionsRequest { resource, ..request },
                    ))
                })
            }
            _ => return None,
        })
    }

    fn rings(&self, call: &Call, parent: String) -> Option<Result<Value, RestError>> {
        Some(match call.method.as_str() {
            "GET" => page_size(call).and_then(|page_size| {
                json_of(keys::list_rings(
                    &self.0,
                    &proto::ListKeyRingsRequest {
                        parent,
                        page_size,
                        page_token: call.query("pageToken").to_owned(),
                        filter: call.query("filter").to_owned(),
                        order_by: call.query("orderBy").to_owned(),
                    },
                ))
            }),
            "POST" => call.message().and_then(|ring| {
                json_of(keys::create_ring(
                    &self.0,
                    &proto::CreateKeyRingRequest {
                        parent,
                        key_ring_id: call.query("keyRingId").to_owned(),
                        key_ring: Some(ring),
                    },
                ))
            }),
            _ => return None,
        })
    }

    fn keys(&self, call: &Call, parent: String) -> Option<Result<Value, RestError>> {
        Some(match call.method.as_str() {
            "GET" => page_size(call).and_then(|page_size| {
                let version_view = view(call, "versionView")?;
                json_of(keys::list_keys(
                    &self.0,
                    &proto::ListCryptoKeysRequest {
                        parent,
                        page_size,
                        page_token: call.query("pageToken").to_owned(),
                        filter: call.query("filter").to_owned(),
                        order_by: call.query("orderBy").to_owned(),
                        version_view,
                    },
                ))
            }),
            "POST" => call.message().and_then(|key| {
                json_of(keys::create_key(
                    &self.0,
                    proto::CreateCryptoKeyRequest {
                        parent,
                        crypto_key_id: call.query("cryptoKeyId").to_owned(),
                        crypto_key: Some(key),
                        skip_initial_version_creation: flag(call, "skipInitialVersionCreation")?,
                        trusted_wrapping_enabled: flag(call, "trustedWrappingEnabled")?,
                    },
                ))
            }),
            _ => return None,
        })
    }

    fn key(
        &self,
        call: &Call,
        name: String,
        verb: Option<&str>,
    ) -> Option<Result<Value, RestError>> {
        let service = &*self.0;
        Some(match (call.method.as_str(), verb) {
            ("GET", None) => json_of(keys::get_key(service, &name)),
            ("PATCH", None) => call.message::<proto::CryptoKey>().and_then(|key| {
                let key = proto::CryptoKey { name, ..key };
                let request = proto::UpdateCryptoKeyRequest {
                    crypto_key: Some(key),
                    update_mask: Some(mask(call.query("updateMask"))),
                };
                json_of(keys::update_key(service, request))
            }),
            ("POST", Some("updatePrimaryVersion")) => {
                call.message::<proto::UpdateCryptoKeyPrimaryVersionRequest>().and_then(|request| {
                    let request = proto::UpdateCryptoKeyPrimaryVersionRequest { name, ..request };
                    json_of(keys::set_primary(service, &request))
                })
            }
            ("POST", Some("encrypt")) => self.encrypt(call, name),
            ("POST", Some("decrypt")) => {
                secret::<proto::DecryptRequest>(call).and_then(|request| {
                    let request = proto::DecryptRequest { name, ..request };
                    json_of(operations::decrypt(service, &request))
                })
            }
            _ => return None,
        })
    }

    fn encrypt(&self, call: &Call, name: String) -> Result<Value, RestError> {
        let request = proto::EncryptRequest { name, ..secret(call)? };
        json_of(operations::encrypt(&self.0, &request))
    }

    fn versions(&self, call: &Call, parent: String) -> Option<Result<Value, RestError>> {
        Some(match call.method.as_str() {
            "GET" => page_size(call).and_then(|page_size| {
                let view = view(call, "view")?;
                json_of(keys::list_versions(
                    &self.0,
                    &proto::ListCryptoKeyVersionsRequest {
                        parent,
                        page_size,
                        page_token: call.query("pageToken").to_owned(),
                        filter: call.query("filter").to_owned(),
                        order_by: call.query("orderBy").to_owned(),
                        view,
                    },
                ))
            }),
            "POST" => call.message().and_then(|version| {
                json_of(keys::create_version(
                    &self.0,
                    &proto::CreateCryptoKeyVersionRequest {
                        parent,
                        crypto_key_version: Some(version),
                    },
                ))
            }),
            _ => return None,
        })
    }

    fn version(
        &self,
        call: &Call,
        name: String,
        verb: Option<&str>,
    ) -> Option<Result<Value, RestError>> {
        let service = &*self.0;
        // Google's clients for Go repeat the name, which is all that the request has.
        let change = |transition| {
            call.check_fields(&["name"])?;
            json_of(keys::change_version(service, &name, transition))
        };
        Some(match (call.method.as_str(), verb) {
            ("GET", None) => json_of(keys::get_version(service, &name)),
            ("PATCH", None) => call.message::<proto::CryptoKeyVersion>().and_then(|version| {
                let request = proto::UpdateCryptoKeyVersionRequest {
                    crypto_key_version: Some(proto::CryptoKeyVersion {
                        name: name.clone(),
                        ..version
                    }),
                    update_mask: Some(mask(call.query("updateMask"))),
                };
                json_of(keys::update_version(service, &request))
            }),
            ("POST", Some("destroy")) => change(Transition::Destroy),
            ("POST", Some("restore")) => change(Transition::Restore),
            ("POST", Some("encrypt")) => self.encrypt(call, name),
            _ => return None,
        })
    }
}

/// Parses a body that contains a plaintext. The error does not quote it.
fn secret<T: serde::de::DeserializeOwned>(call: &Call) -> Result<T, RestError> {
    call.message().map_err(|_| {
        RestError::invalid(
            "request body: not a request of this method; byte fields are base64, checksums are \
             numbers",
        )
    })
}

/// The body of `:setIamPolicy`. In JSON, a mask is one text.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
struct SetPolicyJson {
    policy: Option<iam::Policy>,
    #[serde(alias = "update_mask")]
    update_mask: String,
}

fn mask(text: &str) -> pbjson_types::FieldMask {
    let paths = text.split(',').filter(|path| !path.is_empty());
    pbjson_types::FieldMask { paths: paths.map(str::to_owned).collect() }
}

fn flag(call: &Call, name: &str) -> Result<bool, RestError> {
    match call.query(name) {
        "" | "false" | "False" => Ok(false),
        "true" | "True" => Ok(true),
        text => Err(RestError::invalid(format!("{name}: '{text}' is not a boolean"))),
    }
}

/// Which fields of versions a list has. Only attestations of hardware, which there is none of,
/// are not in every view.
fn view(call: &Call, name: &str) -> Result<i32, RestError> {
    match call.query(name) {
        "" | "0" | "CRYPTO_KEY_VERSION_VIEW_UNSPECIFIED" => Ok(0),
        "1" | "FULL" => Ok(1),
        text => Err(RestError::invalid(format!("{name}: {text:?} is not a view"))),
    }
}

fn page_size(call: &Call) -> Result<i32, RestError> {
    match call.query("pageSize") {
        "" => Ok(0),
        text => text
            .parse()
            .map_err(|_| RestError::invalid(format!("pageSize: '{text}' is not a number"))),
    }
}

fn json_of<T: Serialize>(result: Result<T, ServiceError>) -> Result<Value, RestError> {
    let value = result.map_err(|error| rest_error(&error))?;
    serde_json::to_value(&value).map_err(|error| RestError::internal(error.to_string()))
}
