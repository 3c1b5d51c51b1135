//! The Cloud Build API v1: create, get, list, cancel and retry builds, read and cancel their
//! operations, and the default service account.

use std::sync::Arc;

use async_trait::async_trait;
use axum::http::Method;
use serde_json::{Value, json};

use super::create::{self, NewBuild};
use super::error;
use super::named::{ANY_REGION, Named, check_project, mismatch};
use super::operation::operation_json;
use crate::core::{Filter, Record, Spec};
use crate::resource;
use crate::service::{Service, new_id};
use longshore_local_kit::filter::FilterError;
use longshore_local_kit::pages::{self, InvalidPage};
use longshore_local_kit::rest::{Call, RestApi, RestError};

/// Number of builds on a page: default and maximum.
const DEFAULT_PAGE: usize = 50;
const LARGEST_PAGE: usize = 1000;

/// Region of a build that is created without a location.
const GLOBAL: &str = "global";

pub(crate) struct BuildApi(pub(crate) Arc<Service>);

#[async_trait]
impl RestApi for BuildApi {
    async fn answer(&self, call: &Call) -> Option<Result<Value, RestError>> {
        route(&self.0, call)
    }
}

fn route(service: &Arc<Service>, call: &Call) -> Option<Result<Value, RestError>> {
    match call.segments().as_slice() {
        ["v1", "projects", project, "builds", rest @ ..] => {
            let parameter = if rest.is_empty() { "parent" } else { "name" };
            match region_of(service, (parameter, call.query(parameter)), project, rest) {
                Ok(region) => builds(service, &Parent { project, region }, rest, call),
                Err(error) => Some(Err(error)),
            }
        }
        ["v1", "projects", project, "locations", region, "builds", rest @ ..] => {
            builds(service, &Parent { project, region }, rest, call)
        }
        ["v1", "projects", project, "locations", region, "operations", id] => {
            operation(service, || find(service, &Parent { project, region }, id), call)
        }
        ["v1", "projects", project, "locations", region, "defaultServiceAccount"] => {
            let is_read = call.method == Method::GET && call.verb.is_none();
            is_read.then(|| Ok(default_service_account(service, project, region)))
        }
        ["v1", "operations", id] => {
            let missing = || RestError::not_found(format!("operation `{id}` not found"));
            operation(service, || service.get(id).ok_or_else(missing), call)
        }
        _ => None,
    }
}

/// The region of a call on a URL without one: that of the parameter `parent` or `name`, if it is
/// given. <https://cloud.google.com/build/docs/api/reference/rest/v1/projects.builds/list>
fn region_of<'a>(
    service: &Service,
    (parameter, named): (&str, &'a str),
    project: &str,
    rest: &[&str],
) -> Result<&'a str, RestError> {
    let number_of = |project: &str| service.names().projects.number_of(project);
    let (of, region) = match named.split('/').collect::<Vec<_>>()[..] {
        [""] => return Ok(ANY_REGION),
        ["projects", of, "locations", region] if rest.is_empty() => (of, region),
        ["projects", of, "locations", region, "builds", id] if rest.first() == Some(&id) => {
            (of, region)
        }
        _ => ("", ""),
    };
    if region.is_empty() || number_of(of) != number_of(project) {
        return Err(mismatch(parameter, named));
    }
    Ok(region)
}

struct Parent<'a> {
    project: &'a str,
    region: &'a str,
}

fn builds(
    service: &Arc<Service>,
    parent: &Parent<'_>,
    rest: &[&str],
    call: &Call,
) -> Option<Result<Value, RestError>> {
    Some(match (&call.method, rest, call.verb.as_deref()) {
        (&Method::POST, [], None) => {
            check_project(service, parent.project, call.query("projectId"))
                .and_then(|()| create(service, parent, call.message()?))
        }
        (&Method::GET, [], None) => check_project(service, parent.project, call.query("projectId"))
            .and_then(|()| list(service, parent, call)),
        (&Method::GET, [id], None) => named(service, parent, id, Ok(Named::of_query(call)))
            .and_then(|record| build_json(service, &record)),
        (&Method::POST, [id], Some("cancel")) => named(service, parent, id, call.message())
            .and_then(|record| {
                let cancelled = cancel(service, &record)?;
                build_json(service, &cancelled)
            }),
        (&Method::POST, [id], Some("retry")) => {
            named(service, parent, id, call.message()).and_then(|record| retry(service, record))
        }
        _ => return None,
    })
}

fn operation(
    service: &Arc<Service>,
    find: impl FnOnce() -> Result<Record, RestError>,
    call: &Call,
) -> Option<Result<Value, RestError>> {
    Some(match (&call.method, call.verb.as_deref()) {
        (&Method::GET, None) => find().and_then(|record| operation_json(service.names(), &record)),
        (&Method::POST, Some("cancel")) => {
            call.check_fields(&[]).and_then(|()| cancel(service, &find()?)).map(|_| json!({}))
        }
        _ => return None,
    })
}

fn create(service: &Arc<Service>, parent: &Parent<'_>, build: Value) -> Result<Value, RestError> {
    let region = if parent.region == ANY_REGION { GLOBAL } else { parent.region };
    let id = new_id();
    let project_number = service.names().projects.number_of(parent.project);
    let spec = create::spec(
        &NewBuild { project: parent.project, project_number, region, id: &id },
        build,
    )?;
    accept(service, id, spec)
}

/// Creates a new build from an earlier request. Substitutions such as `$BUILD_ID` are applied
/// again, and a source without a generation is read in its newest one, as on Google.
fn retry(service: &Arc<Service>, record: Record) -> Result<Value, RestError> {
    match record.spec.request {
        Some(request) => create(
            service,
            &Parent { project: &record.spec.project, region: &record.spec.region },
            request.build,
        ),
        None => accept(service, new_id(), record.spec),
    }
}

fn accept(service: &Arc<Service>, id: String, spec: Spec) -> Result<Value, RestError> {
    let record = service.submit_as(id, spec).map_err(|error| error::not_recorded(&error))?;
    operation_json(service.names(), &record)
}

/// The account of builds that name none. gcloud asks for it before it deploys a function.
fn default_service_account(service: &Service, project: &str, region: &str) -> Value {
    let number = service.names().projects.number_of(project);
    let email = format!("{number}-compute@developer.gserviceaccount.com");
    json!({
        "name": format!("projects/{number}/locations/{region}/defaultServiceAccount"),
        "serviceAccountEmail": format!("projects/{project}/serviceAccounts/{email}"),
    })
}

fn find(service: &Service, parent: &Parent<'_>, id: &str) -> Result<Record, RestError> {
    let Parent { project, region } = parent;
    let found = service.get(id).filter(|record| service.names().owns(record, project, region));
    found.ok_or_else(|| {
        RestError::not_found(format!(
            "build `{id}` not found in project `{project}`, location `{region}`"
        ))
    })
}

/// The build of the path, if the request names no other one.
fn named(
    service: &Service,
    parent: &Parent<'_>,
    id: &str,
    request: Result<Named, RestError>,
) -> Result<Record, RestError> {
    let record = find(service, parent, id)?;
    request?.check(service, &record)?;
    Ok(record)
}

fn cancel(service: &Arc<Service>, record: &Record) -> Result<Record, RestError> {
    service.cancel(&record.id).map_err(|failure| error::not_cancelled(&record.id, &failure))
}

fn list(service: &Service, parent: &Parent<'_>, call: &Call) -> Result<Value, RestError> {
    let filter = Filter::parse(call.query("filter")).map_err(FilterError::into_rest)?;
    let size = pages::size(call.query("pageSize"), DEFAULT_PAGE, LARGEST_PAGE)
        .map_err(InvalidPage::into_rest)?;
    // Newest first: a token has the position of the last build of a page.
    let token = call.query("pageToken");
    let invalid = |_| InvalidPage::Token(token.to_owned()).into_rest();
    let before = pages::key_before(token).map_err(InvalidPage::into_rest)?;
    let before = before.map(|key| key.parse::<u64>().map_err(invalid)).transpose()?;
    let names = service.names();
    let page = service.newest(before, size, |record| {
        names.owns(record, parent.project, parent.region) && filter.matches(record)
    });
    let builds: Vec<Value> =
        page.records.iter().map(|record| build_json(service, record)).collect::<Result<_, _>>()?;
    let token = page.next.map(|position| pages::token_after(&position.to_string()));
    let token = token.unwrap_or_default();
    Ok(json!({"builds": builds, "nextPageToken": token}))
}

fn build_json(service: &Service, record: &Record) -> Result<Value, RestError> {
    resource::build_json(service.names(), record).map_err(error::unrenderable)
}
