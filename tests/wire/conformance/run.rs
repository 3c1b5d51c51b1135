//! Tries the cases, each in a project of its own.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use longshore_local_cloud::{Endpoints, methods};
use longshore_local_kit::coverage::{Method, Support};
use reqwest::Client;
use serde_json::{Value, json};

use super::cases::{Case, Expected, cases};
use super::document::{Document, Step};
use super::judge::{Response, judge};
use super::known::Known;
use super::services::{Recipe, Service};

const LOCATION: &str = "europe-west1";

/// Time between two looks at an operation, which ends within milliseconds.
const LOOK_EVERY: Duration = Duration::from_millis(5);

const OPERATION_LIMIT: Duration = Duration::from_secs(60);

/// What came of all cases of a service.
pub(super) struct Outcome {
    pub(super) methods: usize,
    pub(super) cases: usize,
    /// Those that are not known.
    pub(super) differences: Vec<String>,
    /// Known differences that none was.
    pub(super) unused: Vec<String>,
}

struct Runner<'a> {
    service: &'a Service,
    client: Client,
    endpoints: Endpoints,
    /// Number of the last case.
    case: usize,
}

pub(super) async fn all(service: &Service, folder: &Path, endpoints: Endpoints) -> Outcome {
    let document =
        Document::read(&folder.join(format!("{}.json", service.document)), service.output_only);
    let client = Client::builder().no_proxy().build().unwrap();
    let mut runner = Runner { service, client, endpoints, case: 0 };
    let mut known = Known::read(service.name);
    let mut outcome = Outcome { methods: 0, cases: 0, differences: Vec::new(), unused: Vec::new() };
    for method in methods().into_iter().filter(|method| method.service == service.api) {
        let is_served = matches!(method.support, Support::Served(_));
        let is_tried = service.only.is_empty() || service.only.contains(&method.rest);
        if !is_served
            || !is_tried
            || method.rest.is_empty()
            || service.undescribed.contains(&method.rest)
        {
            continue;
        }
        let described = document.method(method.rest);
        let described = described.unwrap_or_else(|| panic!("not described: {}", method.rest));
        let recipe = service.recipes.iter().find(|recipe| recipe.rest == method.rest);
        let has_body = !document.fields(described).is_empty() || !method.rest.starts_with("GET");
        let body = match recipe {
            Some(recipe) => serde_json::from_str(recipe.body).unwrap_or(Value::Null),
            None if has_body && !method.rest.starts_with("DELETE") => json!({}),
            None => Value::Null,
        };
        let query = recipe.map_or("", |recipe| recipe.query);
        let given: Vec<&str> = query.split('&').filter_map(|pair| pair.split('=').next()).collect();
        let cases = cases(&document, described, &body, &given, service);
        let short = short(method);
        let mut valid = Response { status: 0, body: Value::Null };
        for case in &cases {
            let (response, expected) = runner.try_case(method, recipe, case).await;
            if case.name == "valid" {
                valid = Response { status: response.status, body: response.body.clone() };
            }
            let difference = judge(&expected, &valid, &response);
            if let Some(difference) = difference
                && !known.has(short, &case.name)
            {
                outcome.differences.push(format!("{short} | {} | {difference}", case.name));
            }
        }
        outcome.methods += 1;
        outcome.cases += cases.len();
    }
    outcome.unused = known.unused().into_iter().map(str::to_owned).collect();
    outcome
}

/// The name of a method without that of its API.
fn short(method: &Method) -> &'static str {
    match method.name.starts_with("google.") {
        true => method.name.rsplit('.').next().unwrap_or_default(),
        false => method.name,
    }
}

impl Runner<'_> {
    /// The names that stand for what is in braces.
    fn names(&self) -> BTreeMap<String, String> {
        let names = self.service.names.iter();
        let mut names: BTreeMap<String, String> =
            names.map(|(name, is)| ((*name).to_owned(), (*is).to_owned())).collect();
        names.insert("location".to_owned(), LOCATION.to_owned());
        names.insert("project".to_owned(), format!("case-{}", self.case));
        names
    }

    /// The response, and what is expected with the names of this call.
    async fn try_case(
        &mut self,
        method: &Method,
        recipe: Option<&Recipe>,
        case: &Case,
    ) -> (Response, Expected) {
        self.case += 1;
        let mut names = self.names();
        let own = recipe.map_or(&[][..], |recipe| recipe.before);
        for step in self.service.before.iter().chain(own) {
            self.prepare(step, &mut names).await;
        }
        let (verb, path) = method.rest.split_once(' ').unwrap();
        let path = recipe.map(|recipe| recipe.path).filter(|own| !own.is_empty()).unwrap_or(path);
        let query = recipe.map_or("", |recipe| recipe.query);
        let mut body = case.body.clone();
        let query = with_mask(query, &mut body, &case.expected);
        let address = (self.service.address)(&self.endpoints);
        let mut url = reqwest::Url::parse(&format!("http://{address}")).unwrap();
        url.set_path(&filled(path, &names));
        let given = query.split('&').filter_map(|pair| pair.split_once('='));
        let is_replaced = |name: &str| case.query.iter().any(|(own, _)| own == name);
        let all: Vec<(String, String)> = given
            .filter(|(name, _)| !is_replaced(name))
            .map(|(name, value)| (name.to_owned(), filled(value, &names)))
            .chain(case.query.iter().cloned())
            .collect();
        if !all.is_empty() {
            url.query_pairs_mut().extend_pairs(all);
        }
        let body = if body.is_null() { None } else { Some(filled(&body.to_string(), &names)) };
        let content = recipe.map_or("", |recipe| recipe.content);
        let body = body.map(|body| Body::of(body, content));
        (self.send(verb, url, body).await, with_names(&case.expected, &names))
    }

    async fn prepare(&self, step: &str, names: &mut BTreeMap<String, String>) {
        let (step, kept) = match step.split_once(" => ") {
            Some((step, kept)) => (step, Some(kept)),
            None => (step, None),
        };
        let mut parts = step.splitn(3, ' ');
        let (verb, path) = (parts.next().unwrap(), parts.next().unwrap());
        let (address, path) = self.place(path);
        let url = format!("http://{address}{}", filled(path, names));
        let url = reqwest::Url::parse(&url).unwrap();
        if verb == "AWAIT" {
            return tokio::time::timeout(OPERATION_LIMIT, self.ended(url)).await.unwrap();
        }
        let body = parts.next().map(|body| Body::of(filled(body, names), ""));
        let response = self.send(verb, url, body).await;
        assert!(response.status < 300, "{step}: {} {:#}", response.status, response.body);
        if let Some((name, pointer)) = kept.and_then(|kept| kept.split_once(' ')) {
            let part = response.body.pointer(pointer).and_then(Value::as_str).unwrap();
            names.insert(name.to_owned(), part.to_owned());
        }
    }

    /// Where a step goes: to the service of the cases, or to the one whose name is before the path.
    fn place<'s>(&self, path: &'s str) -> (SocketAddr, &'s str) {
        let others = [("storage:", self.endpoints.storage), ("run:", self.endpoints.run)];
        let other =
            others.iter().find_map(|(name, address)| Some((*address, path.strip_prefix(name)?)));
        other.unwrap_or_else(|| ((self.service.address)(&self.endpoints), path))
    }

    /// Waits until the operation at a URL has ended, whatever came of it.
    async fn ended(&self, url: reqwest::Url) {
        loop {
            let operation = self.send("GET", url.clone(), None).await;
            assert!(operation.status < 300, "{url}: {:#}", operation.body);
            if operation.body["done"] == true {
                return;
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    async fn send(&self, verb: &str, url: reqwest::Url, body: Option<Body>) -> Response {
        let verb = reqwest::Method::from_bytes(verb.as_bytes()).unwrap();
        let mut request = self.client.request(verb, url);
        if let Some(Body { content_type, text }) = body {
            request = request.header("content-type", content_type).body(text);
        }
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let body = response.bytes().await.unwrap();
        Response { status, body: serde_json::from_slice(&body).unwrap_or_default() }
    }
}

/// The body of a request.
struct Body {
    content_type: &'static str,
    text: String,
}

impl Body {
    /// A document, and the content of which it is the metadata.
    fn of(document: String, content: &str) -> Self {
        if content.is_empty() {
            return Self { content_type: "application/json", text: document };
        }
        let text = format!(
            "--part\r\nContent-Type: application/json\r\n\r\n{document}\r\n\
             --part\r\nContent-Type: text/plain\r\n\r\n{content}\r\n--part--\r\n"
        );
        Self { content_type: "multipart/related; boundary=part", text }
    }
}

/// The query and the body with a mask that has the field of the case, because what is not in the
/// mask is ignored on purpose.
fn with_mask(query: &str, body: &mut Value, expected: &Expected) -> String {
    let path = match expected {
        Expected::KeptOrRefused { path, .. } | Expected::NotKept { path, .. } => path,
        Expected::Success
        | Expected::Refused
        | Expected::RefusedByName(_)
        | Expected::SameAsValid => return query.to_owned(),
    };
    let keys: Vec<&String> = path
        .iter()
        .filter_map(|step| match step {
            Step::Key(name) => Some(name),
            Step::Item => None,
        })
        .collect();
    if let (Some(mask), Some(field)) = (body.get_mut("updateMask"), keys.get(1)) {
        *mask = json!(field);
    }
    let pairs = query.split('&').map(|pair| match pair.strip_prefix("updateMask=") {
        Some(_) => format!("updateMask={}", keys[0]),
        None => pair.to_owned(),
    });
    pairs.collect::<Vec<_>>().join("&")
}

/// What is expected, with names in place of what is in braces.
fn with_names(expected: &Expected, names: &BTreeMap<String, String>) -> Expected {
    let named = |value: &Value| serde_json::from_str(&filled(&value.to_string(), names)).unwrap();
    match expected {
        Expected::KeptOrRefused { path, value } => {
            Expected::KeptOrRefused { path: path.clone(), value: named(value) }
        }
        Expected::NotKept { path, value } => {
            Expected::NotKept { path: path.clone(), value: named(value) }
        }
        Expected::Success
        | Expected::Refused
        | Expected::RefusedByName(_)
        | Expected::SameAsValid => expected.clone(),
    }
}

/// The text with names in place of what is in braces.
fn filled(text: &str, names: &BTreeMap<String, String>) -> String {
    let mut text = text.to_owned();
    for (name, is) in names {
        text = text.replace(&format!("{{{name}}}"), is);
    }
    text
}

/// Compares the count with the committed one.
pub(super) fn check_count(service: &Service, methods: usize, cases: usize) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/wire/conformance/counts");
    let file = folder.join(format!("{}.txt", service.name));
    let fresh = format!("{} | {methods} | {cases}\n", service.api);
    if std::env::var_os("LONGSHORE_REGENERATE").is_some() {
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(&file, &fresh).unwrap();
    }
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(committed, fresh, "run LONGSHORE_REGENERATE=1 cargo test --test wire conformance");
}
