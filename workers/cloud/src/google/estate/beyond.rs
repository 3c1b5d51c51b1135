//! What functions and services have that a specification cannot say. Pure.

use google_cloud_functions_v2::model::build_config::RuntimeUpdatePolicy;
use google_cloud_functions_v2::model::service_config::VpcConnectorEgressSettings;
use google_cloud_functions_v2::model::{Environment, Function};
use google_cloud_run_v2::model::volume::VolumeType;
use google_cloud_run_v2::model::vpc_access::VpcEgress;
use google_cloud_run_v2::model::{Container, RevisionTemplate, Service};
use serde_json::Value;

use crate::Beyond;

/// The port of a container that sets none.
const PORT: i32 = 8080;

/// `document` has what the client of the API does not know.
pub(super) fn of_function(function: &Function, document: &Value) -> Vec<Beyond> {
    let build = function.build_config.clone().unwrap_or_default();
    let service = function.service_config.clone().unwrap_or_default();
    let is_second = function.environment != Environment::Gen1;
    let egress = document["serviceConfig"]["directVpcEgress"].as_str();
    let is_updated =
        matches!(build.runtime_update_policy, Some(RuntimeUpdatePolicy::AutomaticUpdatePolicy(_)));
    only([
        (
            service.vpc_connector_egress_settings == VpcConnectorEgressSettings::AllTraffic
                || egress == Some("VPC_EGRESS_ALL_TRAFFIC"),
            Beyond::AllEgress,
        ),
        (!service.binary_authorization_policy.is_empty(), Beyond::BinaryAuthorization),
        (is_updated, Beyond::BaseImageUpdates),
        (is_second && !service.all_traffic_on_latest_revision, Beyond::PinnedTraffic),
    ])
}

pub(super) fn of_service(service: &Service) -> Vec<Beyond> {
    let template = service.template.clone().unwrap_or_default();
    let called = template.containers.iter().find(|container| !container.ports.is_empty());
    let called = called.or_else(|| template.containers.first());
    let egress = template.vpc_access.as_ref().map(|access| &access.egress);
    let scaling = service.scaling.clone().unwrap_or_default();
    let build = service.build_config.clone().unwrap_or_default();
    let mut beyond = only([
        (egress == Some(&VpcEgress::AllTraffic), Beyond::AllEgress),
        (service.binary_authorization.is_some(), Beyond::BinaryAuthorization),
        (build.enable_automatic_updates, Beyond::BaseImageUpdates),
        (has_pinned_traffic(service), Beyond::PinnedTraffic),
        (template.containers.len() > 1, Beyond::Sidecars),
        (has_other_volumes(&template), Beyond::OtherVolumes),
        (template.node_selector.is_some(), Beyond::Gpu),
        (template.session_affinity, Beyond::SessionAffinity),
        (template.service_mesh.is_some(), Beyond::ServiceMesh),
        (has_custom_audiences(service), Beyond::CustomAudiences),
        (service.iap_enabled, Beyond::IdentityAwareProxy),
        (service.multi_region_settings.is_some(), Beyond::MultiRegion),
        (
            scaling.min_instance_count > 0
                || scaling.max_instance_count > 0
                || scaling.manual_instance_count.is_some(),
            Beyond::ServiceScaling,
        ),
        (service.default_uri_disabled, Beyond::NoDefaultUrl),
        (template.encryption_key_shutdown_duration.is_some(), Beyond::KeyRevocation),
    ]);
    if let Some(container) = called {
        beyond.extend(of_container(container));
    }
    beyond.sort_unstable();
    beyond.dedup();
    beyond
}

fn of_container(container: &Container) -> Vec<Beyond> {
    let port = container.ports.first();
    let idles = container.resources.as_ref().map(|resources| resources.cpu_idle);
    only([
        (has_probes(container), Beyond::Probes),
        (
            !container.command.is_empty()
                || !container.args.is_empty()
                || !container.working_dir.is_empty(),
            Beyond::Command,
        ),
        (port.is_some_and(|port| ![0, PORT].contains(&port.container_port)), Beyond::Port),
        (idles == Some(false), Beyond::AlwaysCpu),
        (!container.base_image_uri.is_empty(), Beyond::BaseImageUpdates),
    ])
}

/// Cloud Run gives every service a startup probe of the port.
fn has_probes(container: &Container) -> bool {
    use google_cloud_run_v2::model::probe::ProbeType;
    let is_own = container.startup_probe.as_ref().is_some_and(|probe| {
        matches!(probe.probe_type, Some(ProbeType::HttpGet(_) | ProbeType::Grpc(_)))
    });
    is_own || container.liveness_probe.is_some() || container.readiness_probe.is_some()
}

fn has_other_volumes(template: &RevisionTemplate) -> bool {
    let kinds = template.volumes.iter().map(|volume| &volume.volume_type);
    kinds.into_iter().any(|kind| !matches!(kind, Some(VolumeType::Secret(_)) | None))
}

/// Whether requests go to revisions by name, or a revision has a tag.
fn has_pinned_traffic(service: &Service) -> bool {
    let is_pinned = |target: &google_cloud_run_v2::model::TrafficTarget| {
        (target.percent > 0 && !target.revision.is_empty()) || !target.tag.is_empty()
    };
    service.traffic.iter().any(is_pinned)
}

/// The audience of a function's service is its URL, which the Cloud Functions API sets.
fn has_custom_audiences(service: &Service) -> bool {
    let mut audiences = service.custom_audiences.iter();
    audiences.any(|audience| !audience.contains(".cloudfunctions.net/"))
}

fn only<const N: usize>(found: [(bool, Beyond); N]) -> Vec<Beyond> {
    found.into_iter().filter(|(is_there, _)| *is_there).map(|(_, what)| what).collect()
}
