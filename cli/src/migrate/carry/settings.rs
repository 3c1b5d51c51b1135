//! How the new function is served. Pure.

use longshore_messages::{
    Access, CONFIG_LABEL, DEPLOYMENT_LABEL, ExecutionEnvironment, Flavour, FunctionRef,
    GENERATION_LABEL, SOURCE_LABEL, ServiceSettings, VpcAccess,
};

use super::place::own_account;
use super::{Known, Lossy};
use crate::estate::{Deployed, Kind, PLATFORM_VARIABLES};

/// Everyone, in a policy of IAM.
pub(super) const EVERYONE: &str = "allUsers";

/// Labels of the fleet.
const MARKS: [&str; 4] = [GENERATION_LABEL, DEPLOYMENT_LABEL, SOURCE_LABEL, CONFIG_LABEL];

/// Labels that Google's tools set for themselves.
const GOOGLES: [&str; 4] = ["goog-", "run.googleapis.com/", "cloud.googleapis.com/", "deployment-"];

pub(super) fn settings(
    one: &Deployed,
    known: &Known,
    flavour: Flavour,
    to: &FunctionRef,
    lost: &mut Lossy,
) -> ServiceSettings {
    let mut settings = live(one);
    settings.labels.retain(|name, _| !is_set_by_tools(name));
    settings.environment.retain(|name, _| !PLATFORM_VARIABLES.contains(&name.as_str()));
    settings.service_account =
        settings.service_account.as_deref().and_then(own_account).map(str::to_owned);
    // Unset and zero are the same for a new function.
    settings.min_instances = settings.min_instances.filter(|number| *number > 0);
    settings.use_http2 = settings.use_http2.filter(|is_on| *is_on);
    settings.memory = settings.memory.map(|memory| quantity(&memory));
    settings.access = Some(access(one, known));
    if to.region != one.at.region {
        leave_region(&mut settings, to, lost);
    }
    match flavour {
        Flavour::Functions => fit_functions(&mut settings, lost),
        Flavour::Run => fit_run(&mut settings, one),
    }
    settings
}

/// The settings of the function, or else those of the service.
fn live(one: &Deployed) -> ServiceSettings {
    match (&one.function, one.live()) {
        (Some(function), _) => {
            let shape = &function.live.shape;
            let labels = shape.labels.clone();
            ServiceSettings { labels, access: None, ..shape.settings.clone() }
        }
        (None, Some(live)) => live.shape.settings.clone(),
        (None, None) => ServiceSettings::default(),
    }
}

fn is_set_by_tools(label: &str) -> bool {
    MARKS.contains(&label) || GOOGLES.iter().any(|prefix| label.starts_with(prefix))
}

/// The smallest memory of the Cloud Functions API is a little less than that of Cloud Run.
fn quantity(memory: &str) -> String {
    if memory == "128M" { "128Mi".to_owned() } else { memory.to_owned() }
}

/// A service may be public because it does not check who calls it, or because its policy names
/// everyone.
fn access(one: &Deployed, known: &Known) -> Access {
    let unchecked =
        one.live().is_some_and(|live| live.shape.settings.access == Some(Access::Public));
    let by_policy = known.invokers.as_ref().is_some_and(|all| all.contains(EVERYONE));
    if unchecked || by_policy { Access::Public } else { Access::Authenticated }
}

/// Connectors and subnetworks belong to a region.
fn leave_region(settings: &mut ServiceSettings, to: &FunctionRef, lost: &mut Lossy) {
    let advice = format!("name one in {}, or its requests to the network fail", to.region);
    match settings.vpc.take() {
        None => {}
        Some(VpcAccess::Connector(connector)) => {
            let reason = format!("{connector} is in another region");
            lost.add("service.vpc.connector", reason, advice);
        }
        Some(VpcAccess::Direct { network, subnetwork }) => {
            if !subnetwork.is_empty() {
                let reason = format!("{subnetwork} is in another region");
                lost.add("service.vpc.subnetwork", reason, advice);
            }
            let subnetwork = String::new();
            settings.vpc =
                (!network.is_empty()).then_some(VpcAccess::Direct { network, subnetwork });
        }
    }
}

/// What the Cloud Functions API does not have.
fn fit_functions(settings: &mut ServiceSettings, lost: &mut Lossy) {
    // The API always sets it.
    settings.cpu_boost = None;
    if settings.use_http2.take() == Some(true) {
        lost.add(
            "service.useHttp2",
            "its container gets HTTP/2, and the Cloud Functions API has no such setting",
            "keep the function in Cloud Run, or serve HTTP/1; gRPC is HTTP/2 in any case",
        );
    }
    if settings.execution_environment.take() == Some(ExecutionEnvironment::Gen2) {
        lost.add(
            "service.executionEnvironment",
            "it is the second generation, and the Cloud Functions API has no such setting",
            "keep the function in Cloud Run if it needs a full Linux kernel",
        );
    }
}

/// Less than one CPU, which small functions have, requires the first execution environment.
fn fit_run(settings: &mut ServiceSettings, one: &Deployed) {
    let cpu = settings.cpu.as_deref().and_then(|cpu| cpu.parse::<f64>().ok());
    if one.flavour() == Flavour::Functions
        && settings.execution_environment.is_none()
        && cpu.is_some_and(|cpu| cpu < 1.0)
    {
        settings.execution_environment = Some(ExecutionEnvironment::Gen1);
    }
    // Functions of the first generation have one request at a time, and CPU that Cloud Run does not
    // offer.
    if one.kind() == Kind::FirstGeneration {
        settings.concurrency = Some(1);
    }
}
