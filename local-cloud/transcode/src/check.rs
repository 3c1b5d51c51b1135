//! The REST calls of served methods, checked against the requests of these methods.
//!
//! Google's front end binds each parameter of a query to a field of the request. It refuses a call
//! with a parameter that it cannot bind, so a misspelled `fitler` does not return everything. This
//! layer does the same for all methods that are served, and passes each parameter on in one form: the
//! JSON name of the field, the name of an enum's value, `true` or `false`, and a mask in one text.
//!
//! The front of the kit stands before it, and has taken the parameters of all methods out of the
//! query. Cloud Storage and the OCI registry have other front ends, and ignore what they do not know.
//!
//! - `parameters`: from the query to the parameters. `known`: those of a method. `value`: what they
//!   may be.

mod known;
mod parameters;
mod value;

use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::Method as Verb;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use longshore_local_kit::coverage::{Method, Support, is_grpc};
use longshore_local_kit::rest::{RestError, with_query};
use serde_json::{Value, json};

use self::known::Known;

/// Checks the calls of the listed methods before they reach a router.
pub fn checked(router: Router, lists: &[&'static [Method]]) -> Router {
    router.layer(from_fn_with_state(Arc::new(Methods::new(lists)), check))
}

async fn check(State(methods): State<Arc<Methods>>, mut request: Request, next: Next) -> Response {
    if is_grpc(request.headers()) {
        return next.run(request).await;
    }
    let uri = request.uri();
    let bound = methods.bind(request.method(), uri.path(), uri.query().unwrap_or_default());
    match bound.and_then(|query| query.map(|query| with_query(uri, &query)).transpose()) {
        Ok(None) => {}
        Ok(Some(uri)) => *request.uri_mut() = uri,
        Err(refused) => return refused.into_response(),
    }
    next.run(request).await
}

/// The methods of a listener that are served over REST, with what is known of them from the first
/// call that needs it.
struct Methods(Vec<(&'static Method, OnceLock<Option<Known>>)>);

impl Methods {
    fn new(lists: &[&'static [Method]]) -> Self {
        let methods = lists.iter().copied().flatten();
        let served = methods.filter(|method| matches!(method.support, Support::Served(_)));
        Self(served.map(|method| (method, OnceLock::new())).collect())
    }

    /// The query as the API gets it. `None`: as it is.
    fn bind(&self, verb: &Verb, path: &str, query: &str) -> Result<Option<String>, RestError> {
        if !parameters::has_own(query) {
            return Ok(None);
        }
        let found = self.0.iter().find(|(method, _)| method.is_rest(verb, path));
        let known =
            found.and_then(|(method, known)| known.get_or_init(|| Known::of(method)).as_ref());
        known.map_or(Ok(None), |known| parameters::bind(known, query))
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
