//! The service that a deployment requests. Pure.

use std::collections::BTreeMap;

use longshore_cloud::{BuildRecord, ServiceShape};
use longshore_messages::{
    DEPLOYMENT_ANNOTATION, GENERATION_ANNOTATION, ImagePublished, ServiceSettings,
};

pub(crate) fn wanted(published: &ImagePublished) -> ServiceShape {
    ServiceShape {
        settings: settings(published),
        image: published.image.reference(),
        encryption_key: published.function.kms_key().map(str::to_owned),
        annotations: annotations(published),
        template_annotations: BTreeMap::new(),
        build: Some(build_record(published)),
        traffic: None,
    }
}

/// The requested settings as Cloud Run shows them: secrets of the service's own project by their
/// ids alone, and the variables that the Functions Framework reads in the environment. Those are
/// set on the service and not baked into the image, so that functions of one source share it.
fn settings(published: &ImagePublished) -> ServiceSettings {
    let function = &published.function;
    let mut settings = function.service.clone();
    let own_secrets = format!("projects/{}/secrets/", function.at.project);
    let secrets = settings.secret_environment.values_mut().map(|value| &mut value.secret);
    let mounted = settings.secret_volumes.values_mut().map(|volume| &mut volume.secret);
    for secret in secrets.chain(mounted) {
        if let Some(id) = secret.strip_prefix(&own_secrets) {
            *secret = id.to_owned();
        }
    }
    settings.environment.extend([
        ("FUNCTION_TARGET".to_owned(), function.entry_point.clone()),
        ("FUNCTION_SIGNATURE_TYPE".to_owned(), function.signature.as_str().to_owned()),
    ]);
    settings
}

fn annotations(published: &ImagePublished) -> BTreeMap<String, String> {
    let deployment = &published.deployment;
    BTreeMap::from([
        (GENERATION_ANNOTATION.to_owned(), deployment.generation.to_string()),
        (DEPLOYMENT_ANNOTATION.to_owned(), deployment.id.to_string()),
    ])
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

/// Whether the live service already serves what is requested. The annotations and `build` are not
/// compared: they record who wrote the service and where its image came from, and do not change
/// how it serves.
pub(crate) fn satisfies(live: &ServiceShape, wanted: &ServiceShape) -> bool {
    let has_key = wanted.encryption_key.is_none() || wanted.encryption_key == live.encryption_key;
    live.image == wanted.image && has_key && wanted.settings.are_met_by(&live.settings)
}
