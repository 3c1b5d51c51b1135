//! The conventions of Google's REST APIs: paths with a `:verb`, JSON bodies, and errors in the form
//! of `google.rpc.Status`. [`Front`] does what Google's front end does for all of them.

mod body;
mod code;
mod enums;
mod fields;
mod front;
mod inflate;
mod parameters;
mod query;
mod stream;

use std::sync::Arc;

use async_trait::async_trait;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{Method, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

pub use self::body::{WANTS_JSON, body_error, is_json};
pub use self::code::Code;
pub use self::front::{Front, with_query};
pub use self::query::Query;
pub use self::stream::{Elements, Values, streamed};
use crate::coverage::is_verb;

/// Maximum size of an admin API's request body: well above the largest document that Google's own
/// APIs accept.
pub const BODY_LIMIT_BYTES: usize = 32 * 1024 * 1024;

/// A parsed request to a REST API.
#[derive(Clone, Debug)]
pub struct Call {
    pub method: Method,
    /// Path segments, percent-decoded and without the verb: `["v2", "projects", "p"]` for
    /// `/v2/projects/p:get`.
    pub path: Vec<String>,
    /// The text after the last colon of the last segment.
    pub verb: Option<String>,
    pub query: Query,
    pub body: Bytes,
}

impl Call {
    /// The path's segments, to be matched with a slice pattern.
    #[must_use]
    pub fn segments(&self) -> Vec<&str> {
        self.path.iter().map(String::as_str).collect()
    }

    /// Parses the body as JSON. An empty body counts as `{}`.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT`, with the position in the document, when the body does not match `T`.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, RestError> {
        let body: &[u8] = if self.body.is_empty() { b"{}" } else { &self.body };
        serde_json::from_slice(body)
            .map_err(|error| RestError::invalid(format!("request body: {error}")))
    }

    /// Parses the body as the JSON of a message, in which `null` is as good as no field
    /// (<https://protobuf.dev/programming-guides/json/>). An empty body counts as `{}`.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` when the body does not match `T`.
    pub fn message<T: DeserializeOwned>(&self) -> Result<T, RestError> {
        serde_json::from_value(without_nulls(self.json()?))
            .map_err(|error| RestError::invalid(format!("request body: {error}")))
    }

    /// The value of a query parameter, or the empty string if it is missing. If it was given more
    /// than once, the last value: what can have several is read with [`Query::values`].
    #[must_use]
    pub fn query(&self, name: &str) -> &str {
        self.query.values(name).last().map_or("", String::as_str)
    }

    /// Refuses a body that has a field besides these, which are named as in JSON. For messages whose
    /// types ignore what they do not know.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` with the name of the field.
    pub fn check_fields(&self, known: &[&str]) -> Result<(), RestError> {
        let Value::Object(fields) = self.message()? else { return Ok(()) };
        let is_known =
            |name: &str| known.iter().any(|known| *known == name || snake_case(known) == name);
        match fields.keys().find(|name| !is_known(name)) {
            Some(unknown) => {
                Err(RestError::invalid(format!("request body: unknown field `{unknown}`")))
            }
            None => Ok(()),
        }
    }

    /// Checks `options.requestedPolicyVersion`: 0, 1 or 3
    /// (<https://github.com/googleapis/googleapis/blob/master/google/iam/v1/options.proto>). The
    /// services return a policy in the version in which it was set, whatever is requested.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` for any other version.
    pub fn check_policy_version(&self) -> Result<(), RestError> {
        let name = "options.requestedPolicyVersion";
        match self.query(name) {
            "" | "0" | "1" | "3" => Ok(()),
            other => Err(RestError::invalid(format!("{name}: {other:?} is not 0, 1 or 3"))),
        }
    }

    /// Checks `returnPartialSuccess` of a list of operations. Google's reference: `true` is
    /// `UNIMPLEMENTED`, unless a service documents otherwise.
    ///
    /// # Errors
    /// `UNIMPLEMENTED` for `true`, `INVALID_ARGUMENT` for what is not a boolean.
    pub fn check_partial(&self) -> Result<(), RestError> {
        let name = "returnPartialSuccess";
        match self.query(name) {
            "" | "false" => Ok(()),
            "true" => Err(RestError::unimplemented(format!("partial lists ({name})"))),
            other => {
                Err(RestError::invalid(format!("{name}: {other:?} is neither true nor false")))
            }
        }
    }

    /// `METHOD /path:verb`, as errors name it.
    #[must_use]
    pub fn name(&self) -> String {
        let verb = self.verb.as_ref().map(|verb| format!(":{verb}")).unwrap_or_default();
        format!("{} /{}{verb}", self.method, self.path.join("/"))
    }
}

pub(crate) fn snake_case(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let fields = fields.into_iter().filter(|(_, value)| !value.is_null());
            Value::Object(fields.map(|(name, value)| (name, without_nulls(value))).collect())
        }
        Value::Array(items) => items.into_iter().map(without_nulls).collect(),
        other => other,
    }
}

/// A REST API. Several may share a port; the first that knows a call answers it.
#[async_trait]
pub trait RestApi: Send + Sync {
    /// Answers a call, or returns `None` if the method does not belong to this API.
    async fn answer(&self, call: &Call) -> Option<Result<Value, RestError>>;

    /// The same for a method whose responses stream: each value is one response.
    async fn follow(&self, call: &Call) -> Option<Result<Values, RestError>> {
        let _none = call;
        None
    }
}

/// An error in the form of Google's REST APIs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {message}", code.name())]
pub struct RestError {
    code: Code,
    message: String,
    details: Vec<Value>,
}

impl RestError {
    /// An error with any code.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), details: Vec::new() }
    }

    /// 400, `INVALID_ARGUMENT`.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(Code::InvalidArgument, message)
    }

    /// 400, `FAILED_PRECONDITION`.
    pub fn failed_precondition(message: impl Into<String>) -> Self {
        Self::new(Code::FailedPrecondition, message)
    }

    /// 404, `NOT_FOUND`.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(Code::NotFound, message)
    }

    /// 409, `ALREADY_EXISTS`.
    pub fn already_exists(message: impl Into<String>) -> Self {
        Self::new(Code::AlreadyExists, message)
    }

    /// 409, `ABORTED`: an etag is stale.
    pub fn aborted(message: impl Into<String>) -> Self {
        Self::new(Code::Aborted, message)
    }

    /// 429, `RESOURCE_EXHAUSTED`.
    pub fn resource_exhausted(message: impl Into<String>) -> Self {
        Self::new(Code::ResourceExhausted, message)
    }

    /// 500, `INTERNAL`.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(Code::Internal, message)
    }

    /// 501, `UNIMPLEMENTED`: Google supports it, the local cloud does not.
    pub fn unimplemented(what: impl Into<String>) -> Self {
        Self::new(Code::Unimplemented, format!("the local cloud does not serve {}", what.into()))
    }

    /// Adds a machine-readable detail: one of the types of `google/rpc/error_details.proto`, with
    /// its `@type`.
    #[must_use]
    pub fn with_detail(mut self, detail: Value) -> Self {
        self.details.push(detail);
        self
    }

    /// The canonical code.
    #[must_use]
    pub fn code(&self) -> Code {
        self.code
    }

    /// The text of the error, for the caller.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The canonical status name, such as `NOT_FOUND`.
    #[must_use]
    pub fn status(&self) -> &'static str {
        self.code.name()
    }
}

impl IntoResponse for RestError {
    fn into_response(self) -> Response {
        let code = self.code.http();
        let mut error = json!({
            "code": code.as_u16(), "message": self.message, "status": self.code.name(),
        });
        if !self.details.is_empty() {
            error["details"] = self.details.into();
        }
        let body = json!({"error": error});
        (code, axum::Json(body)).into_response()
    }
}

/// Serves the APIs on one port, behind a front. A call that none of them knows fails with
/// `UNIMPLEMENTED` and its name.
pub fn router(apis: Vec<Arc<dyn RestApi>>) -> Router {
    Front::default().before(routes(apis))
}

/// The APIs without a front, for a router with layers that have to be behind it.
pub fn routes(apis: Vec<Arc<dyn RestApi>>) -> Router {
    Router::new().fallback(dispatch).with_state(Arc::new(apis))
}

async fn dispatch(State(apis): State<Arc<Vec<Arc<dyn RestApi>>>>, request: Request) -> Response {
    let call = match read(request).await {
        Ok(call) => call,
        Err(error) => return error.into_response(),
    };
    for api in apis.iter() {
        if let Some(answer) = api.answer(&call).await {
            return match answer {
                Ok(value) => (
                    [(header::CONTENT_TYPE, "application/json; charset=UTF-8")],
                    Body::from(value.to_string()),
                )
                    .into_response(),
                Err(error) => error.into_response(),
            };
        }
        if let Some(responses) = api.follow(&call).await {
            return responses.map_or_else(RestError::into_response, streamed);
        }
    }
    RestError::unimplemented(call.name()).into_response()
}

async fn read(request: Request) -> Result<Call, RestError> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, BODY_LIMIT_BYTES)
        .await
        .map_err(|error| body_error(&error, BODY_LIMIT_BYTES))?;
    if !body.is_empty() && !is_json(&parts.headers) {
        return Err(RestError::invalid(WANTS_JSON));
    }
    let (path, verb) = split_path(parts.uri.path())?;
    let query = Query::parse(parts.uri.query().unwrap_or_default());
    Ok(Call { method: parts.method, path, verb, query, body })
}

/// Decodes a path into segments, and splits the verb off the last one.
fn split_path(path: &str) -> Result<(Vec<String>, Option<String>), RestError> {
    let mut segments = Vec::new();
    for segment in path.trim_matches('/').split('/') {
        segments.push(
            percent_decode(segment).ok_or_else(|| RestError::invalid("the path is not UTF-8"))?,
        );
    }
    let split = segments.last().and_then(|last| last.rsplit_once(':'));
    let collection = segments.len().checked_sub(2).and_then(|at| segments.get(at));
    let split = split
        .filter(|(name, verb)| is_verb(verb) && !is_domain(name, collection))
        .map(|(name, verb)| (name.to_owned(), verb.to_owned()));
    let verb = split.map(|(name, verb)| {
        segments.pop();
        segments.push(name);
        verb
    });
    Ok((segments, verb))
}

/// Whether what follows the colon is part of the id of a domain's project, `example.com:project`. No
/// other id of a project has a dot.
fn is_domain(name: &str, collection: Option<&String>) -> bool {
    let is_of_project = collection.is_some_and(|of| of == "projects" || of == "namespaces");
    is_of_project && name.contains('.') && !name.contains(':')
}

/// Percent-decodes a text. Returns `None` if the result is not UTF-8 or an escape is malformed.
pub fn percent_decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        match (first, tail) {
            (b'%', [high, low, after @ ..]) => {
                let digit = |byte: &u8| char::from(*byte).to_digit(16);
                bytes.push(u8::try_from(digit(high)? * 16 + digit(low)?).ok()?);
                rest = after;
            }
            (byte, after) => {
                bytes.push(*byte);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests;
