//! The Cloud Run service of a function, and its build. Labels, annotations and the shape of the
//! container are those of real functions, as recorded in the comments of `runv2.ts` of
//! <https://github.com/firebase/firebase-tools>.

use serde_json::{Map, Value, json};

use super::step::Serving;
use crate::names::{self, FunctionName};
use crate::ports::{BuildOrder, Object};
use crate::proto::v2::service_config::{IngressSettings, VpcConnectorEgressSettings};
use crate::proto::v2::{BuildConfig, Function, ServiceConfig};

/// What an update replaces. Other fields are left to other tools.
pub(crate) const UPDATE_MASK: &str =
    "labels,annotations,template,ingress,buildConfig,customAudiences";

/// The annotation that says which function a service belongs to.
pub(crate) const FUNCTION_ID: &str = "cloudfunctions.googleapis.com/function-id";

const TRIGGER_TYPE: &str = "cloudfunctions.googleapis.com/trigger-type";
const CONTAINER: &str = "worker";
const PORT: i32 = 8080;
/// One attempt of four minutes to start.
const STARTUP_SECONDS: i32 = 240;
/// How a function is called.
fn signature(function: &Function) -> &'static str {
    if function.event_trigger.is_some() { "cloudevent" } else { "http" }
}

/// The service of a function whose image has this version. `None` if the function's repository is
/// not one.
pub(super) fn serving(name: &FunctionName, function: &Function, version: u64) -> Option<Serving> {
    let build = function.build_config.clone().unwrap_or_default();
    let service = function.service_config.clone().unwrap_or_default();
    let image = names::image(name, &build.docker_repository, version)?;
    let mut labels = labels(function);
    labels.insert("goog-managed-by".to_owned(), json!("cloudfunctions"));
    labels.insert("goog-cloudfunctions-runtime".to_owned(), json!(build.runtime));
    labels.insert("goog-drz-cloudfunctions-id".to_owned(), json!(name.id.to_ascii_lowercase()));
    labels.insert("goog-drz-cloudfunctions-location".to_owned(), json!(name.location.id));
    let document = json!({
        "labels": labels,
        "annotations": {(FUNCTION_ID): name.id},
        "ingress": ingress(&service),
        "customAudiences": [name.audience()],
        "template": template(name, function, &labels, &build, &service, &image),
        "buildConfig": build_config(&build, &image),
    });
    Some(Serving { name: name.service(), function: name.id.clone(), document })
}

fn labels(function: &Function) -> Map<String, Value> {
    function.labels.iter().map(|(key, value)| (key.clone(), json!(value))).collect()
}

fn template(
    name: &FunctionName,
    function: &Function,
    labels: &Map<String, Value>,
    build: &BuildConfig,
    service: &ServiceConfig,
    image: &str,
) -> Value {
    let (volumes, mounts) = volumes(name, service);
    let mut template = json!({
        "labels": labels,
        "annotations": {(TRIGGER_TYPE): trigger_type(function)},
        "timeout": format!("{}s", service.timeout_seconds),
        "serviceAccount": service.service_account_email,
        "maxInstanceRequestConcurrency": service.max_instance_request_concurrency,
        "scaling": {
            "minInstanceCount": service.min_instance_count,
            "maxInstanceCount": service.max_instance_count,
        },
        "containers": [{
            "name": CONTAINER,
            "image": image,
            "env": environment(name, function, build, service),
            "resources": {
                "limits": {"cpu": service.available_cpu, "memory": service.available_memory},
                "cpuIdle": true,
                "startupCpuBoost": true,
            },
            "ports": [{"name": "http1", "containerPort": PORT}],
            "startupProbe": {
                "timeoutSeconds": STARTUP_SECONDS,
                "periodSeconds": STARTUP_SECONDS,
                "failureThreshold": 1,
                "tcpSocket": {"port": PORT},
            },
            "volumeMounts": mounts,
        }],
        "volumes": volumes,
    });
    if !function.kms_key_name.is_empty() {
        template["encryptionKey"] = json!(function.kms_key_name);
    }
    if !service.vpc_connector.is_empty() {
        let egress = match service.vpc_connector_egress_settings() {
            VpcConnectorEgressSettings::AllTraffic => "ALL_TRAFFIC",
            VpcConnectorEgressSettings::PrivateRangesOnly
            | VpcConnectorEgressSettings::Unspecified => "PRIVATE_RANGES_ONLY",
        };
        template["vpcAccess"] = json!({"connector": service.vpc_connector, "egress": egress});
    }
    template
}

/// The event type, or what stands for HTTP.
fn trigger_type(function: &Function) -> &str {
    function.event_trigger.as_ref().map_or("HTTP_TRIGGER", |trigger| trigger.event_type.as_str())
}

/// The caller's variables come last, so they win, as on Google.
fn environment(
    name: &FunctionName,
    function: &Function,
    build: &BuildConfig,
    service: &ServiceConfig,
) -> Vec<Value> {
    let mut platform = vec![
        ("FUNCTION_TARGET", build.entry_point.clone()),
        ("FUNCTION_SIGNATURE_TYPE", signature(function).to_owned()),
    ];
    if function.event_trigger.is_some() {
        platform.push(("EVENTARC_CLOUD_EVENT_SOURCE", name.service()));
    }
    let secret = |secret: &crate::proto::v2::SecretEnvVar| {
        json!({"name": secret.key, "valueSource": {"secretKeyRef": {
            "secret": secret_name(name, &secret.project_id, &secret.secret),
            "version": secret.version,
        }}})
    };
    let given = |name: &str| service.environment_variables.contains_key(name);
    let mut variables: Vec<Value> = platform
        .iter()
        .filter(|(name, _)| !given(name))
        .map(|(name, value)| json!({"name": name, "value": value}))
        .collect();
    let own = service.environment_variables.iter();
    variables.extend(own.map(|(name, value)| json!({"name": name, "value": value})));
    variables.extend(service.secret_environment_variables.iter().map(secret));
    variables
}

/// Secrets as files: a volume for each, and where it is mounted.
fn volumes(name: &FunctionName, service: &ServiceConfig) -> (Vec<Value>, Vec<Value>) {
    let volumes = service.secret_volumes.iter().enumerate().map(|(position, volume)| {
        let id = format!("secret-{position}");
        let versions = volume.versions.iter();
        let items: Vec<Value> = versions
            .map(|version| json!({"version": version.version, "path": version.path}))
            .collect();
        let secret = secret_name(name, &volume.project_id, &volume.secret);
        (
            json!({"name": id, "secret": {"secret": secret, "items": items}}),
            json!({"name": id, "mountPath": volume.mount_path}),
        )
    });
    volumes.unzip()
}

/// A secret of another project is named in full.
fn secret_name(name: &FunctionName, project: &str, secret: &str) -> String {
    if project.is_empty() || project == name.location.project || secret.contains('/') {
        secret.to_owned()
    } else {
        format!("projects/{project}/secrets/{secret}")
    }
}

fn ingress(service: &ServiceConfig) -> &'static str {
    match service.ingress_settings() {
        IngressSettings::AllowAll | IngressSettings::Unspecified => "INGRESS_TRAFFIC_ALL",
        IngressSettings::AllowInternalOnly => "INGRESS_TRAFFIC_INTERNAL_ONLY",
        IngressSettings::AllowInternalAndGclb => "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER",
    }
}

fn build_config(build: &BuildConfig, image: &str) -> Value {
    let source = source_of(build);
    json!({
        "name": build.build,
        "sourceLocation": format!("gs://{}/{}#{}", source.bucket, source.name, source.generation),
        "functionTarget": build.entry_point,
        "imageUri": image,
        "environmentVariables": build.environment_variables,
        "serviceAccount": build.service_account,
    })
}

/// The object that is built.
pub(super) fn source_of(build: &BuildConfig) -> Object {
    let provenance = build.source_provenance.as_ref();
    let resolved = provenance.and_then(|source| source.resolved_storage_source.clone());
    let source = resolved.unwrap_or_default();
    Object { bucket: source.bucket, name: source.object, generation: source.generation }
}

/// The build of an image with this version.
pub(super) fn build_order(
    name: &FunctionName,
    function: &Function,
    id: &str,
    version: u64,
) -> Option<BuildOrder> {
    let build = function.build_config.clone().unwrap_or_default();
    let mut environment = build.environment_variables.clone();
    environment.insert("GOOGLE_FUNCTION_SIGNATURE_TYPE".to_owned(), signature(function).to_owned());
    Some(BuildOrder {
        id: id.to_owned(),
        project: name.location.project.clone(),
        location: name.location.id.clone(),
        source: source_of(&build),
        image: names::image(name, &build.docker_repository, version)?,
        runtime: build.runtime.clone(),
        entry_point: build.entry_point.clone(),
        environment,
        service_account: build.service_account,
        worker_pool: build.worker_pool,
        tags: vec![
            format!("service_{}", names::service_id(&name.id)),
            format!("location_{}", name.location.id),
        ],
    })
}
