//! Lists what is deployed. The number of calls depends on projects, regions and pages alone.

use std::collections::{BTreeMap, BTreeSet};

use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use longshore_cloud::{CloudError, DeployedFunction, DeployedService, Estate, Kind};
use longshore_messages::FunctionRef;

use super::{Deployed, Runtimes};
use crate::error::CliError;
use crate::output;

/// Maximum number of lists that are read at the same time: enough for all regions of a project, and
/// far below the quota of reads for a minute.
const LISTS_AT_ONCE: usize = 32;

/// A project and a region.
pub(crate) type Place = (String, String);

/// The regions of a project: those that were named, or all that the Cloud Functions API offers.
pub(crate) async fn regions(
    estate: &dyn Estate,
    project: &str,
    named: &[String],
    default: &str,
) -> Result<Vec<String>, CliError> {
    if !named.is_empty() {
        return Ok(named.to_vec());
    }
    match estate.regions(project).await {
        Ok(regions) => Ok(regions),
        Err(error) if is_off(&error) => {
            output::say(format!(
                "{project}: the Cloud Functions API is not enabled, so only services in {default} \
                 are listed; name other regions with --region"
            ));
            Ok(vec![default.to_owned()])
        }
        Err(error) => Err(CliError::Estate(error)),
    }
}

/// Everything that is deployed in these places, sorted by project, region and name, and the runtimes
/// of each project.
pub(crate) async fn read(
    estate: &dyn Estate,
    places: &[Place],
) -> Result<(Vec<Deployed>, Runtimes), CliError> {
    let mut projects: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (project, region) in places {
        projects.entry(project).or_default().insert(region);
    }
    let functions = stream::iter(&projects)
        .map(async |(project, regions)| functions(estate, project, regions).await)
        .buffer_unordered(LISTS_AT_ONCE)
        .try_collect::<Vec<_>>();
    let services = stream::iter(places)
        .map(async |(project, region)| optional(estate.services(project, region).await))
        .buffer_unordered(LISTS_AT_ONCE)
        .try_collect::<Vec<_>>();
    let runtimes = stream::iter(&projects)
        .map(async |(project, regions)| {
            // The dates are the same in all regions.
            let region = regions.first().copied().unwrap_or_default();
            optional(estate.runtimes(project, region).await)
        })
        .buffer_unordered(LISTS_AT_ONCE)
        .try_collect::<Vec<_>>();
    let (functions, services, runtimes) = tokio::try_join!(functions, services, runtimes)?;
    let functions = functions.into_iter().flatten().collect();
    let services = services.into_iter().flatten().collect();
    Ok((joined(functions, services), runtimes.into_iter().flatten().collect()))
}

/// The functions of some regions of a project: by one list of all regions, or by one for the only
/// one.
async fn functions(
    estate: &dyn Estate,
    project: &str,
    regions: &BTreeSet<&str>,
) -> Result<Vec<DeployedFunction>, CliError> {
    let only = regions.first().copied().filter(|_| regions.len() == 1);
    let mut listed = optional(estate.functions(project, only.unwrap_or("-")).await)?;
    listed.retain(|function| {
        let region = function.live.name.split('/').nth(3);
        region.is_some_and(|region| regions.contains(region))
    });
    Ok(listed)
}

/// A project may not use an API.
fn optional<T>(listed: Result<Vec<T>, CloudError>) -> Result<Vec<T>, CliError> {
    match listed {
        Err(error) if is_off(&error) => Ok(Vec::new()),
        listed => listed.map_err(CliError::Estate),
    }
}

/// Whether an API is not enabled in a project, or not offered in a region.
fn is_off(error: &CloudError) -> bool {
    error.reason == "SERVICE_DISABLED" || error.kind == Kind::NotFound
}

/// Joins each function with its service.
fn joined(functions: Vec<DeployedFunction>, services: Vec<DeployedService>) -> Vec<Deployed> {
    let mut services: BTreeMap<String, DeployedService> =
        services.into_iter().map(|service| (service.name.clone(), service)).collect();
    let mut all: Vec<Deployed> = functions
        .into_iter()
        .filter_map(|function| {
            let at = at(&function.live.name, "functions")?;
            // What is half made has no service of its own.
            let service = services.remove(&function.live.service);
            Some(Deployed { at, function: Some(function), service, recorded_runtime: None })
        })
        .collect();
    all.extend(services.into_values().filter_map(|service| {
        let at = at(&service.name, "services")?;
        Some(Deployed { at, function: None, service: Some(service), recorded_runtime: None })
    }));
    all.sort_by_cached_key(|one| one.at.to_string());
    all
}

/// The project, region and name in `projects/P/locations/R/COLLECTION/NAME`.
fn at(resource: &str, collection: &str) -> Option<FunctionRef> {
    match resource.split('/').collect::<Vec<_>>()[..] {
        ["projects", project, "locations", region, of, name] if of == collection => {
            let owned = str::to_owned;
            Some(FunctionRef { project: owned(project), region: owned(region), name: owned(name) })
        }
        _ => None,
    }
}
