//! The service that a deployment wants. Pure.

use std::collections::BTreeMap;

use longshore_cloud::{Access, BuildRecord, ServiceShape};
use longshore_messages::{
    DEPLOYMENT_ANNOTATION, GENERATION_ANNOTATION, ImagePublished, SecretVersion, SecretVolume,
    VpcAccess,
};

/// The service that `published` asks for.
pub(crate) fn wanted(published: &ImagePublished) -> ServiceShape {
    let function = &published.function;
    let service = &function.service;
    let project = &function.at.project;
    ServiceShape {
        annotations: annotations(published),
        template_annotations: BTreeMap::new(),
        labels: service.labels.clone(),
        description: service.description.clone(),
        access: service.access.map(|access| match access {
            longshore_messages::Access::Authenticated => Access::Authenticated,
            longshore_messages::Access::Public => Access::Public,
        }),
        image: published.image.reference(),
        environment: environment(published),
        memory: service.memory.clone(),
        cpu: service.cpu.clone(),
        timeout: service.timeout,
        concurrency: service.concurrency,
        min_instances: service.min_instances,
        max_instances: service.max_instances,
        service_account: service.service_account.clone(),
        secret_environment: service
            .secret_environment
            .iter()
            .map(|(name, value)| {
                let secret = in_project(&value.secret, project);
                (name.clone(), SecretVersion { secret, version: value.version.clone() })
            })
            .collect(),
        secret_volumes: service
            .secret_volumes
            .iter()
            .map(|(path, volume)| {
                let secret = in_project(&volume.secret, project);
                (path.clone(), SecretVolume { secret, files: volume.files.clone() })
            })
            .collect(),
        ingress: service.ingress,
        execution_environment: service.execution_environment,
        cpu_boost: service.cpu_boost,
        vpc: service.vpc.clone(),
        build: Some(build_record(published)),
    }
}

/// The secret as Cloud Run names it: by its id alone when it is the service's own project's.
fn in_project(secret: &str, project: &str) -> String {
    secret.strip_prefix(&format!("projects/{project}/secrets/")).unwrap_or(secret).to_owned()
}

fn annotations(published: &ImagePublished) -> BTreeMap<String, String> {
    let deployment = &published.deployment;
    BTreeMap::from([
        (GENERATION_ANNOTATION.to_owned(), deployment.generation.to_string()),
        (DEPLOYMENT_ANNOTATION.to_owned(), deployment.id.to_string()),
    ])
}

/// The requester's environment, and what the Functions Framework needs to know. Set on the service,
/// not baked into the image, so that functions of one source share it.
fn environment(published: &ImagePublished) -> BTreeMap<String, String> {
    let function = &published.function;
    let mut environment = function.service.environment.clone();
    environment.insert("FUNCTION_TARGET".to_owned(), function.entry_point.clone());
    environment
        .insert("FUNCTION_SIGNATURE_TYPE".to_owned(), function.signature.as_str().to_owned());
    environment
}

fn build_record(published: &ImagePublished) -> BuildRecord {
    let function = &published.function;
    BuildRecord {
        source_location: published.source.object.to_string(),
        function_target: function.entry_point.clone(),
        image: format!("{}:{}", published.image.name, published.image.build),
        base_image: function.build.base_image.clone(),
        environment: function.build.environment.clone(),
        service_account: function.build.service_account.clone(),
        worker_pool: function.build.worker_pool.clone(),
    }
}

/// Whether the live service is already what is wanted: everything that the wish sets, and nothing
/// else of what the fleet owns. Annotations say who wrote it, and `build` where the image came
/// from; neither changes how it serves.
pub(crate) fn satisfies(live: &ServiceShape, wanted: &ServiceShape) -> bool {
    fn unset_or_same<T: PartialEq>(wanted: Option<&T>, live: Option<&T>) -> bool {
        wanted.is_none() || wanted == live
    }
    let labels = wanted.labels.iter().all(|(name, value)| live.labels.get(name) == Some(value));
    labels
        && live.image == wanted.image
        && live.environment == wanted.environment
        && live.secret_environment == wanted.secret_environment
        && live.secret_volumes == wanted.secret_volumes
        && unset_or_same(wanted.ingress.as_ref(), live.ingress.as_ref())
        && unset_or_same(wanted.execution_environment.as_ref(), live.execution_environment.as_ref())
        && unset_or_same(wanted.cpu_boost.as_ref(), live.cpu_boost.as_ref())
        && wanted
            .vpc
            .as_ref()
            .is_none_or(|wanted| live.vpc.as_ref().is_some_and(|live| leads_there(live, wanted)))
        && unset_or_same(wanted.description.as_ref(), live.description.as_ref())
        && unset_or_same(wanted.access.as_ref(), live.access.as_ref())
        && unset_or_same(wanted.memory.as_ref(), live.memory.as_ref())
        && unset_or_same(wanted.cpu.as_ref(), live.cpu.as_ref())
        && unset_or_same(wanted.timeout.as_ref(), live.timeout.as_ref())
        && unset_or_same(wanted.concurrency.as_ref(), live.concurrency.as_ref())
        && unset_or_same(wanted.min_instances.as_ref(), live.min_instances.as_ref())
        && unset_or_same(wanted.max_instances.as_ref(), live.max_instances.as_ref())
        && unset_or_same(wanted.service_account.as_ref(), live.service_account.as_ref())
}

/// Whether the way into a VPC is the wanted one. What the wish leaves open, Cloud Run has filled
/// in.
fn leads_there(live: &VpcAccess, wanted: &VpcAccess) -> bool {
    match (live, wanted) {
        (VpcAccess::Connector(live), VpcAccess::Connector(wanted)) => live == wanted,
        (
            VpcAccess::Direct { network, subnetwork },
            VpcAccess::Direct { network: wanted_network, subnetwork: wanted_subnetwork },
        ) => {
            let same = |live: &str, wanted: &str| wanted.is_empty() || live == wanted;
            same(network, wanted_network) && same(subnetwork, wanted_subnetwork)
        }
        (VpcAccess::Connector(_), VpcAccess::Direct { .. })
        | (VpcAccess::Direct { .. }, VpcAccess::Connector(_)) => false,
    }
}
