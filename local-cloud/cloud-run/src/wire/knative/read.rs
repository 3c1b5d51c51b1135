//! From a service of version 1 to one of version 2. What version 2 does not have, or the local cloud
//! does not serve, is refused by name.

use google_cloud_run_v2::model::Service;
use serde_json::{Map, Value, json};

use super::annotations::{self as names, Annotations, INGRESSES, invalid, is_reserved};
use super::fields::SERVICE;
use super::write::API_VERSION;
use longshore_local_kit::rest::RestError;
use longshore_local_kit::shape::{Mismatch, checked};

type Fields = Map<String, Value>;

/// The service that a document of version 1 requests. Its status is ignored.
///
/// # Errors
/// `INVALID_ARGUMENT` for a malformed document; `UNIMPLEMENTED` for a setting that is not served.
pub(super) fn service(body: &Value) -> Result<Service, RestError> {
    let body = checked(body.clone(), SERVICE).map_err(Mismatch::into_rest)?;
    for (field, expected) in [("apiVersion", API_VERSION), ("kind", "Service")] {
        if let Some(other) = text(&body, field).filter(|given| given != expected) {
            return Err(RestError::invalid(format!("{field}: '{other}' is not {expected}")));
        }
    }
    let metadata = body.get("metadata").unwrap_or(&Value::Null);
    let spec = body.get("spec").unwrap_or(&Value::Null);
    let mut annotations = Annotations::of(metadata);
    let mut service = Fields::new();
    set_text(&mut service, "client", annotations.take(names::CLIENT_NAME));
    set_text(&mut service, "clientVersion", annotations.take(names::CLIENT_VERSION));
    set_text(&mut service, "description", annotations.take(names::DESCRIPTION));
    set_text(&mut service, "launchStage", annotations.take(names::LAUNCH_STAGE));
    set_text(&mut service, "etag", text(metadata, "resourceVersion"));
    if let Some(ingress) = annotations.take(names::INGRESS) {
        let field = INGRESSES.iter().find(|(annotation, _)| *annotation == ingress);
        let (_, field) = field.ok_or_else(|| invalid(names::INGRESS, &ingress))?;
        service.insert("ingress".to_owned(), json!(field));
    }
    for (field, annotation) in [
        ("invokerIamDisabled", names::INVOKER_IAM_DISABLED),
        ("defaultUriDisabled", names::DEFAULT_URL_DISABLED),
    ] {
        if let Some(flag) = annotations.take_flag(annotation)? {
            service.insert(field.to_owned(), flag.into());
        }
    }
    if let Some(audiences) = annotations.take_json(names::CUSTOM_AUDIENCES)? {
        service.insert("customAudiences".to_owned(), audiences);
    }
    if let Some(scaling) = service_scaling(&mut annotations)? {
        service.insert("scaling".to_owned(), scaling);
    }
    if let Some(build) = build_config(&mut annotations)? {
        service.insert("buildConfig".to_owned(), build);
    }
    service.insert("labels".to_owned(), labels(metadata));
    service.insert("annotations".to_owned(), annotations.rest()?);
    service.insert("template".to_owned(), template(spec.get("template").unwrap_or(&Value::Null))?);
    service.insert("traffic".to_owned(), traffic(spec)?);
    from_json(service)
}

fn service_scaling(annotations: &mut Annotations) -> Result<Option<Value>, RestError> {
    let mut scaling = Fields::new();
    for (field, annotation) in [
        ("minInstanceCount", names::SERVICE_MIN_SCALE),
        ("maxInstanceCount", names::SERVICE_MAX_SCALE),
    ] {
        if let Some(number) = annotations.take_number(annotation)? {
            scaling.insert(field.to_owned(), number.into());
        }
    }
    if let Some(mode) = annotations.take(names::SCALING_MODE) {
        let mode = match mode.as_str() {
            "automatic" => "AUTOMATIC",
            "manual" => "MANUAL",
            _ => return Err(invalid(names::SCALING_MODE, &mode)),
        };
        scaling.insert("scalingMode".to_owned(), mode.into());
    }
    Ok((!scaling.is_empty()).then(|| scaling.into()))
}

fn build_config(annotations: &mut Annotations) -> Result<Option<Value>, RestError> {
    let mut build = Fields::new();
    for (annotation, field) in names::BUILD {
        let value = annotations.take(annotation).filter(|_| !field.is_empty());
        set_text(&mut build, field, value);
    }
    if let Some(flag) = annotations.take_flag(names::BUILD_UPDATES)? {
        build.insert("enableAutomaticUpdates".to_owned(), flag.into());
    }
    if let Some(variables) = annotations.take_json(names::BUILD_ENVIRONMENT)? {
        build.insert("environmentVariables".to_owned(), variables);
    }
    Ok((!build.is_empty()).then(|| build.into()))
}

fn template(document: &Value) -> Result<Value, RestError> {
    let metadata = document.get("metadata").unwrap_or(&Value::Null);
    let spec = document.get("spec").unwrap_or(&Value::Null);
    if text(spec, "runtimeClassName").is_some_and(|class| class != names::UPDATED_BASE) {
        let field = "the field spec.template.spec.runtimeClassName";
        return Err(RestError::unimplemented(field));
    }
    let mut annotations = Annotations::of(metadata);
    let mut template = Fields::new();
    // They say which client wrote the template, which version 2 knows of the service only.
    annotations.take(names::CLIENT_NAME);
    annotations.take(names::CLIENT_VERSION);
    set_text(&mut template, "revision", text(metadata, "name"));
    set_text(&mut template, "encryptionKey", annotations.take(names::ENCRYPTION_KEY));
    set_text(&mut template, "serviceAccount", text(spec, "serviceAccountName"));
    if let Some(environment) = annotations.take(names::EXECUTION_ENVIRONMENT) {
        let environment = match environment.as_str() {
            "gen1" => "EXECUTION_ENVIRONMENT_GEN1",
            "gen2" => "EXECUTION_ENVIRONMENT_GEN2",
            _ => return Err(invalid(names::EXECUTION_ENVIRONMENT, &environment)),
        };
        template.insert("executionEnvironment".to_owned(), environment.into());
    }
    if let Some(flag) = annotations.take_flag(names::SESSION_AFFINITY)? {
        template.insert("sessionAffinity".to_owned(), flag.into());
    }
    let mut scaling = Fields::new();
    for (field, annotation) in
        [("minInstanceCount", names::MIN_SCALE), ("maxInstanceCount", names::MAX_SCALE)]
    {
        if let Some(number) = annotations.take_number(annotation)? {
            scaling.insert(field.to_owned(), number.into());
        }
    }
    template.insert("scaling".to_owned(), scaling.into());
    if let Some(vpc) = vpc_access(&mut annotations)? {
        template.insert("vpcAccess".to_owned(), vpc);
    }
    if let Some(seconds) = number(spec, "timeoutSeconds")? {
        template.insert("timeout".to_owned(), format!("{seconds}s").into());
    }
    if let Some(concurrency) = number(spec, "containerConcurrency")? {
        template.insert("maxInstanceRequestConcurrency".to_owned(), concurrency.into());
    }
    template.insert("containers".to_owned(), containers(spec, &mut annotations)?);
    let volumes = list(spec, "volumes").iter().map(volume).collect::<Result<Vec<_>, _>>()?;
    template.insert("volumes".to_owned(), volumes.into());
    template.insert("labels".to_owned(), labels(metadata));
    template.insert("annotations".to_owned(), annotations.rest()?);
    Ok(template.into())
}

fn vpc_access(annotations: &mut Annotations) -> Result<Option<Value>, RestError> {
    let mut vpc = Fields::new();
    set_text(&mut vpc, "connector", annotations.take(names::VPC_CONNECTOR));
    if let Some(egress) = annotations.take(names::VPC_EGRESS) {
        let egress = match egress.as_str() {
            "all" | "all-traffic" => "ALL_TRAFFIC",
            "private-ranges-only" => "PRIVATE_RANGES_ONLY",
            _ => return Err(invalid(names::VPC_EGRESS, &egress)),
        };
        vpc.insert("egress".to_owned(), egress.into());
    }
    if let Some(interfaces) = annotations.take_json(names::NETWORK_INTERFACES)? {
        let network = |interface: &Value| {
            json!({
                "network": interface.get("network"),
                "subnetwork": interface.get("subnetwork"),
                "tags": interface.get("tags").unwrap_or(&json!([])),
            })
        };
        let interfaces = interfaces.as_array().into_iter().flatten().map(network);
        vpc.insert("networkInterfaces".to_owned(), interfaces.collect());
    }
    Ok((!vpc.is_empty()).then(|| vpc.into()))
}

fn containers(spec: &Value, annotations: &mut Annotations) -> Result<Value, RestError> {
    let boost = annotations.take_flag(names::CPU_BOOST)?;
    let throttling = annotations.take_flag(names::CPU_THROTTLING)?;
    let bases = annotations.take_json(names::BASE_IMAGES)?.unwrap_or_default();
    let mut containers = Vec::new();
    for given in list(spec, "containers") {
        let name = text(given, "name").unwrap_or_default();
        let mut container = container(given)?;
        let mut resources = Fields::new();
        if let Some(limits) = given.pointer("/resources/limits") {
            resources.insert("limits".to_owned(), limits.clone());
        }
        if let Some(boost) = boost {
            resources.insert("startupCpuBoost".to_owned(), boost.into());
        }
        // A container with any setting of its resources must say when it has a CPU.
        if !resources.is_empty() || throttling.is_some() {
            resources.insert("cpuIdle".to_owned(), throttling.unwrap_or(true).into());
            container.insert("resources".to_owned(), resources.into());
        }
        set_text(&mut container, "baseImageUri", text(&bases, &name));
        containers.push(Value::Object(container));
    }
    Ok(containers.into())
}

fn container(given: &Value) -> Result<Fields, RestError> {
    /// Fields that have the same form in both versions.
    const SAME: [&str; 10] = [
        "name",
        "image",
        "command",
        "args",
        "ports",
        "volumeMounts",
        "workingDir",
        "startupProbe",
        "livenessProbe",
        "readinessProbe",
    ];
    for probe in ["startupProbe", "livenessProbe", "readinessProbe"] {
        let threshold = given.get(probe).and_then(|probe| probe.get("successThreshold"));
        if threshold.is_some_and(|threshold| *threshold != 1 && !threshold.is_null()) {
            return Err(RestError::invalid(format!("{probe}.successThreshold: must be 1")));
        }
    }
    let mut container = Fields::new();
    for field in SAME {
        if let Some(value) = given.get(field).filter(|value| !is_unset(value)) {
            container.insert(field.to_owned(), value.clone());
        }
    }
    let env = list(given, "env").iter().map(variable).collect::<Result<Vec<_>, _>>()?;
    container.insert("env".to_owned(), env.into());
    Ok(container)
}

fn variable(given: &Value) -> Result<Value, RestError> {
    let name = text(given, "name").unwrap_or_default();
    let Some(source) = given.get("valueFrom").filter(|source| !is_unset(source)) else {
        return Ok(json!({"name": name, "value": text(given, "value").unwrap_or_default()}));
    };
    let Some(key) = source.get("secretKeyRef") else {
        return Err(RestError::unimplemented(format!("the source of the variable {name}")));
    };
    let secret = json!({"secret": key.get("name"), "version": key.get("key")});
    Ok(json!({"name": name, "valueSource": {"secretKeyRef": secret}}))
}

fn volume(given: &Value) -> Result<Value, RestError> {
    let name = text(given, "name").unwrap_or_default();
    let Some(secret) = given.get("secret") else {
        return Err(RestError::unimplemented(format!("the volume {name}, which is not a secret")));
    };
    let item = |item: &Value| {
        let mut read = json!({"path": item.get("path"), "version": item.get("key")});
        if let Some(mode) = item.get("mode") {
            read["mode"] = mode.clone();
        }
        read
    };
    let items: Vec<Value> = list(secret, "items").iter().map(item).collect();
    let mut read = json!({"secret": secret.get("secretName"), "items": items});
    if let Some(mode) = secret.get("defaultMode") {
        read["defaultMode"] = mode.clone();
    }
    Ok(json!({"name": name, "secret": read}))
}

fn traffic(spec: &Value) -> Result<Value, RestError> {
    let target = |given: &Value| {
        let mut target = Fields::new();
        match text(given, "revisionName") {
            Some(revision) => {
                target.insert("type".to_owned(), REVISION.into());
                target.insert("revision".to_owned(), revision.into());
            }
            None => {
                target.insert("type".to_owned(), LATEST.into());
            }
        }
        target.insert("percent".to_owned(), number(given, "percent")?.unwrap_or(0).into());
        set_text(&mut target, "tag", text(given, "tag"));
        Ok(Value::Object(target))
    };
    list(spec, "traffic").iter().map(target).collect()
}

const REVISION: &str = "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION";
const LATEST: &str = "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST";

/// The user's own labels. The API adds others, which a client sends back.
fn labels(metadata: &Value) -> Value {
    let labels = metadata.get("labels").and_then(Value::as_object).cloned().unwrap_or_default();
    labels.into_iter().filter(|(name, _)| !is_reserved(name)).collect::<Fields>().into()
}

/// Whether a field has no effect: clients send empty documents for fields that they do not set.
fn is_unset(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(flag) => !flag,
        Value::Number(_) => false,
        Value::String(text) => text.is_empty(),
        Value::Array(values) => values.is_empty(),
        Value::Object(fields) => fields.values().all(is_unset),
    }
}

fn list<'a>(document: &'a Value, field: &str) -> &'a [Value] {
    document.get(field).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn text(document: &Value, field: &str) -> Option<String> {
    let text = document.get(field).and_then(Value::as_str);
    text.filter(|text| !text.is_empty()).map(str::to_owned)
}

fn number(document: &Value, field: &str) -> Result<Option<i64>, RestError> {
    let Some(value) = document.get(field).filter(|value| !value.is_null()) else {
        return Ok(None);
    };
    let number = value.as_i64().or_else(|| value.as_str()?.parse().ok());
    number.map(Some).ok_or_else(|| RestError::invalid(format!("{field}: {value} is not a number")))
}

fn set_text(fields: &mut Fields, name: &str, text: Option<String>) {
    if let Some(text) = text {
        fields.insert(name.to_owned(), text.into());
    }
}

fn from_json(service: Fields) -> Result<Service, RestError> {
    serde_json::from_value(Value::Object(service))
        .map_err(|error| RestError::invalid(format!("request body: {error}")))
}
