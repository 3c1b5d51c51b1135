//! The REST calls of served methods, checked against the requests of these methods.
//!
//! Google's front end binds each parameter of a query to a field of the request. It refuses a call
//! with a parameter that it cannot bind, so a misspelled `fitler` does not return everything. This
//! layer does the same for all methods that are served, and passes each parameter on in one form: the
//! JSON name of the field, the name of an enum's value, `true` or `false`, and a mask in one text. In a
//! body, it refuses fields that no message has, unless the service checks them itself, and names the
//! values of enums.
//!
//! The front of the kit stands before it, and has taken the parameters of all methods out of the
//! query. Cloud Storage and the OCI registry have other front ends, and ignore what they do not know.
//!
//! - `parameters`: from the query to the parameters. `known`: those of a method. `value`: what they
//!   may be. `body`: what is in a body.

mod body;
mod known;
mod parameters;
mod value;

use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::body::{Body, HttpBody as _, to_bytes};
use axum::extract::{Request, State};
use axum::http::{Method as Verb, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use longshore_local_kit::coverage::{Method, Support, is_grpc};
use longshore_local_kit::rest::{BODY_LIMIT_BYTES, RestError, body_error, is_json, with_query};
use serde_json::{Value, json};

use self::body::Document;
use self::known::Known;

/// Services that refuse or store the fields that they do not know, and so do all that speak gRPC
/// themselves.
const CHECK_FIELDS: [&str; 3] = ["Cloud Build", "Cloud Run", "Secret Manager"];

/// Checks the calls of the listed methods before they reach a router.
pub fn checked(router: Router, lists: &[&'static [Method]]) -> Router {
    router.layer(from_fn_with_state(Arc::new(Methods::new(lists)), check))
}

async fn check(State(methods): State<Arc<Methods>>, request: Request, next: Next) -> Response {
    let has_own = parameters::has_own(request.uri().query().unwrap_or_default());
    let is_checked = has_own || !request.body().is_end_stream();
    if !is_checked || is_grpc(request.headers()) {
        return next.run(request).await;
    }
    let checks = methods.checks(request.method(), request.uri().path());
    let Some(checks) = checks else { return next.run(request).await };
    match checks.apply(request).await {
        Ok(request) => next.run(request).await,
        Err(refused) => refused.into_response(),
    }
}

/// The methods of a listener that are served over REST, with what is checked from the first call that
/// needs it.
struct Methods(Vec<(&'static Method, OnceLock<Option<Checks>>)>);

impl Methods {
    fn new(lists: &[&'static [Method]]) -> Self {
        let methods = lists.iter().copied().flatten();
        let served = methods.filter(|method| matches!(method.support, Support::Served(_)));
        Self(served.map(|method| (method, OnceLock::new())).collect())
    }

    fn checks(&self, verb: &Verb, path: &str) -> Option<&Checks> {
        let (method, checks) = self.0.iter().find(|(method, _)| method.is_rest(verb, path))?;
        checks.get_or_init(|| Checks::of(method)).as_ref()
    }
}

/// What is checked of the calls of a method.
struct Checks {
    known: Known,
    /// `None` if there is nothing to check in a body of the method.
    body: Option<Document>,
}

impl Checks {
    fn of(method: &Method) -> Option<Self> {
        let known = Known::of(method)?;
        let has_fields_checked = method.grpc.is_empty() && !CHECK_FIELDS.contains(&method.service);
        let body = known.body();
        let body = body.and_then(|(request, of)| Document::of(request, of, has_fields_checked));
        Some(Self { known, body })
    }

    /// The call as the API gets it.
    async fn apply(&self, request: Request) -> Result<Request, RestError> {
        let (mut parts, mut body) = request.into_parts();
        if let Some(query) = parameters::bind(&self.known, parts.uri.query().unwrap_or_default())? {
            parts.uri = with_query(&parts.uri, &query)?;
        }
        if let Some(document) = self.body.as_ref().filter(|_| is_json(&parts.headers)) {
            let bytes = to_bytes(body, BODY_LIMIT_BYTES)
                .await
                .map_err(|error| body_error(&error, BODY_LIMIT_BYTES))?;
            body = match document.checked(&bytes)? {
                Some(named) => {
                    parts.headers.remove(header::CONTENT_LENGTH);
                    Body::from(named)
                }
                None => Body::from(bytes),
            };
        }
        Ok(Request::from_parts(parts, body))
    }
}

/// The refusal of a request, in the form of Google's front end.
fn refused(violations: Vec<Value>) -> RestError {
    let texts: Vec<&str> =
        violations.iter().filter_map(|violation| violation["description"].as_str()).collect();
    RestError::invalid(texts.join("\n")).with_detail(json!({
        "@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": violations,
    }))
}

/// The field violation of a value that its kind does not have.
fn invalid_value(path: &str, kind: &prost_reflect::Kind, text: &str) -> Value {
    let text = format!("Invalid value at '{path}' ({}), \"{text}\"", value::kind_name(kind));
    json!({"field": path, "description": text})
}

#[cfg(test)]
mod tests;
