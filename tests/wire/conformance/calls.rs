//! Makes the calls, each in a project that is prepared for it. A project is used again if the call
//! before has changed nothing in it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use longshore_local_cloud::{Endpoints, GrpcForm};
use longshore_local_kit::coverage::Method;
use reqwest::Client;
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::cases::{Case, Expected, Masked};
use super::grpc::Grpc;
use super::judge::Response;
use super::messages::Change;
use super::services::{Recipe, Service};

const LOCATION: &str = "europe-west1";

/// Time between two looks at an operation, which ends within milliseconds.
const LOOK_EVERY: Duration = Duration::from_millis(5);

const OPERATION_LIMIT: Duration = Duration::from_secs(60);

/// The names that stand for what is in braces.
type Names = BTreeMap<String, String>;

/// A method and its valid call. Without a recipe, the path is enough.
pub(super) struct Valid<'a> {
    pub(super) method: &'a Method,
    pub(super) recipe: Option<&'a Recipe>,
}

impl Valid<'_> {
    /// The name of the method without that of its API.
    pub(super) fn short(&self) -> &'static str {
        match self.method.name.starts_with("google.") {
            true => self.method.name.rsplit('.').next().unwrap_or_default(),
            false => self.method.name,
        }
    }
}

pub(super) struct Caller<'a> {
    pub(super) service: &'a Service,
    client: Client,
    grpc: Grpc,
    endpoints: Endpoints,
    /// Number of the last project.
    project: usize,
    prepared: Option<Prepared>,
}

/// A project that nothing has changed since these steps.
struct Prepared {
    steps: Vec<&'static str>,
    names: Names,
}

/// A call, with names in place of what is in braces.
struct Call {
    path: String,
    query: Vec<(String, String)>,
    body: Option<Value>,
    expected: Expected,
}

impl<'a> Caller<'a> {
    pub(super) fn new(service: &'a Service, endpoints: Endpoints) -> Self {
        let client = Client::builder().no_proxy().build().unwrap();
        let grpc = Grpc::to((service.address)(&endpoints));
        Self { service, client, grpc, endpoints, project: 0, prepared: None }
    }

    /// The response, and what is expected of it.
    pub(super) async fn rest(&mut self, valid: &Valid<'_>, case: &Case) -> (Response, Expected) {
        let prepared = self.prepared(valid).await;
        let call = call(valid, case, &prepared.names);
        let (verb, _) = valid.method.rest.split_once(' ').unwrap();
        let content = valid.recipe.map_or("", |recipe| recipe.content);
        let mut url = self.url(&call.path);
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&call.query);
        }
        let body = call.body.map(|body| Body::of(body.to_string(), content));
        let streams = valid.recipe.is_some_and(|recipe| recipe.streams);
        let response = self.send(verb, url, body, streams).await;
        (self.completed(valid, prepared, response).await, call.expected)
    }

    /// The same over gRPC. `None` if a message cannot say it.
    pub(super) async fn grpc(
        &mut self,
        valid: &Valid<'_>,
        form: &GrpcForm,
        case: &Case,
        change: Option<&Change>,
    ) -> Option<(Response, Expected)> {
        let prepared = self.prepared(valid).await;
        let call = call(valid, case, &prepared.names);
        let request = form.request(&call.path, &call.query, call.body.as_ref());
        let message = request.ok().and_then(|mut request| match change {
            None => form.encoded(&request).ok(),
            Some(change) => {
                let change = change.with_names(|text| filled(text, &prepared.names));
                change.applied(&mut request, form)
            }
        });
        let Some(message) = message else {
            self.prepared = Some(prepared);
            return None;
        };
        let streams = valid.recipe.is_some_and(|recipe| recipe.streams);
        let response = self.grpc.call(form, message, streams).await;
        Some((self.completed(valid, prepared, response).await, call.expected))
    }

    /// Reads what the response does not have, and keeps the project if nothing has changed.
    async fn completed(
        &mut self,
        valid: &Valid<'_>,
        prepared: Prepared,
        mut response: Response,
    ) -> Response {
        let read = valid.recipe.map(|recipe| recipe.read).filter(|read| !read.is_empty());
        if let Some(read) = read.filter(|_| response.is_success()) {
            response.read = self.step(read, &prepared.names).await;
        }
        if !response.is_success() || valid.method.rest.starts_with("GET ") {
            self.prepared = Some(prepared);
        }
        response
    }

    async fn prepared(&mut self, valid: &Valid<'_>) -> Prepared {
        let own = valid.recipe.map_or(&[][..], |recipe| recipe.before);
        let steps: Vec<&'static str> = self.service.before.iter().chain(own).copied().collect();
        if let Some(prepared) = self.prepared.take_if(|prepared| prepared.steps == steps) {
            return prepared;
        }
        self.project += 1;
        let mut names = self.names();
        for step in &steps {
            self.prepare(step, &mut names).await;
        }
        Prepared { steps, names }
    }

    fn names(&self) -> Names {
        let names = self.service.names.iter();
        let mut names: Names =
            names.map(|(name, is)| ((*name).to_owned(), (*is).to_owned())).collect();
        names.insert("location".to_owned(), LOCATION.to_owned());
        names.insert("project".to_owned(), format!("case-{}", self.project));
        names.insert("now".to_owned(), OffsetDateTime::now_utc().format(&Rfc3339).unwrap());
        names
    }

    async fn prepare(&self, step: &str, names: &mut Names) {
        let (step, kept) = match step.split_once(" => ") {
            Some((step, kept)) => (step, Some(kept)),
            None => (step, None),
        };
        let response = self.step(step, names).await;
        if let Some((name, pointer)) = kept.and_then(|kept| kept.split_once(' ')) {
            let part = response.pointer(pointer).and_then(Value::as_str);
            let part = part.unwrap_or_else(|| panic!("{step}: {pointer}: {response:#}"));
            names.insert(name.to_owned(), part.to_owned());
        }
    }

    /// The response of a step, which must succeed.
    async fn step(&self, step: &str, names: &Names) -> Value {
        let mut parts = step.splitn(3, ' ');
        let (verb, path) = (parts.next().unwrap(), parts.next().unwrap());
        let (address, path) = self.place(path);
        let url = format!("http://{address}{}", filled(path, names));
        let url = reqwest::Url::parse(&url).unwrap();
        if verb == "AWAIT" {
            return tokio::time::timeout(OPERATION_LIMIT, self.ended(url)).await.unwrap();
        }
        let body = parts.next().map(|body| Body::of(filled(body, names), ""));
        let response = self.send(verb, url, body, false).await;
        assert!(response.is_success(), "{step}: {} {:#}", response.status, response.body);
        response.body
    }

    /// Where a step goes: to the service of the cases, or to the one whose name is before the path.
    fn place<'s>(&self, path: &'s str) -> (SocketAddr, &'s str) {
        let Endpoints { storage, run, registry, .. } = self.endpoints;
        let others = [("storage:", storage), ("run:", run), ("registry:", registry)];
        let other =
            others.iter().find_map(|(name, address)| Some((*address, path.strip_prefix(name)?)));
        other.unwrap_or_else(|| ((self.service.address)(&self.endpoints), path))
    }

    /// Waits until the operation at a URL has ended, whatever came of it.
    async fn ended(&self, url: reqwest::Url) -> Value {
        loop {
            let operation = self.send("GET", url.clone(), None, false).await;
            assert!(operation.is_success(), "{url}: {:#}", operation.body);
            if operation.body["done"] == true {
                return operation.body;
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    fn url(&self, path: &str) -> reqwest::Url {
        let address = (self.service.address)(&self.endpoints);
        let mut url = reqwest::Url::parse(&format!("http://{address}")).unwrap();
        url.set_path(path);
        url
    }

    async fn send(
        &self,
        verb: &str,
        url: reqwest::Url,
        body: Option<Body>,
        streams: bool,
    ) -> Response {
        let verb = reqwest::Method::from_bytes(verb.as_bytes()).unwrap();
        let mut request = self.client.request(verb, url);
        if let Some(Body { content_type, text }) = body {
            request = request.header("content-type", content_type).body(text);
        }
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        if streams && status < 300 {
            return Response::of(status, Value::Null);
        }
        let body = response.bytes().await.unwrap();
        Response::of(status, serde_json::from_slice(&body).unwrap_or_default())
    }
}

/// The body of a request.
struct Body {
    content_type: String,
    text: String,
}

impl Body {
    /// A document, and the content of which it is the metadata. A manifest of the registry has its
    /// own type.
    fn of(document: String, content: &str) -> Self {
        if content.is_empty() {
            let parsed: Value = serde_json::from_str(&document).unwrap_or_default();
            let content_type = parsed["mediaType"].as_str().unwrap_or("application/json");
            return Self { content_type: content_type.to_owned(), text: document };
        }
        let text = format!(
            "--part\r\nContent-Type: application/json\r\n\r\n{document}\r\n\
             --part\r\nContent-Type: text/plain\r\n\r\n{content}\r\n--part--\r\n"
        );
        Self { content_type: "multipart/related; boundary=part".to_owned(), text }
    }
}

fn call(valid: &Valid<'_>, case: &Case, names: &Names) -> Call {
    let (_, path) = valid.method.rest.split_once(' ').unwrap();
    let own = valid.recipe.map(|recipe| recipe.path).filter(|own| !own.is_empty());
    let Masked { query, body } = case.masked(valid.recipe.map_or("", |recipe| recipe.query));
    let given = query.split('&').filter_map(|pair| pair.split_once('='));
    let is_replaced = |name: &str| case.query.iter().any(|(own, _)| own == name);
    let query = given
        .filter(|(name, _)| !is_replaced(name))
        .map(|(name, value)| (name.to_owned(), filled(value, names)))
        .chain(case.query.iter().cloned())
        .collect();
    let in_names = |value: &Value| -> Value {
        serde_json::from_str(&filled(&value.to_string(), names)).unwrap()
    };
    Call {
        path: filled(own.unwrap_or(path), names),
        query,
        body: if body.is_null() { None } else { Some(in_names(&body)) },
        expected: match &case.expected {
            Expected::KeptOrRefused { path, value } => {
                Expected::KeptOrRefused { path: path.clone(), value: in_names(value) }
            }
            Expected::NotKept { path, value } => {
                Expected::NotKept { path: path.clone(), value: in_names(value) }
            }
            Expected::Success
            | Expected::Refused
            | Expected::RefusedByName(_)
            | Expected::SameAsValid => case.expected.clone(),
        },
    }
}

/// The text with names in place of what is in braces. A name may contain another one.
fn filled(text: &str, names: &Names) -> String {
    let mut text = text.to_owned();
    for _ in 0..2 {
        for (name, is) in names {
            text = text.replace(&format!("{{{name}}}"), is);
        }
    }
    text
}
