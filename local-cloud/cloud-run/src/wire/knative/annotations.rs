//! The annotations that stand for fields of version 2.
//! <https://cloud.google.com/run/docs/reference/rest/v1/ObjectMeta>

use serde_json::{Map, Value, json};

use longshore_local_kit::rest::RestError;

pub(super) const INGRESS: &str = "run.googleapis.com/ingress";
pub(super) const CLIENT_NAME: &str = "run.googleapis.com/client-name";
pub(super) const CLIENT_VERSION: &str = "run.googleapis.com/client-version";
pub(super) const DESCRIPTION: &str = "run.googleapis.com/description";
pub(super) const LAUNCH_STAGE: &str = "run.googleapis.com/launch-stage";
pub(super) const INVOKER_IAM_DISABLED: &str = "run.googleapis.com/invoker-iam-disabled";
pub(super) const DEFAULT_URL_DISABLED: &str = "run.googleapis.com/default-url-disabled";
pub(super) const SERVICE_MIN_SCALE: &str = "run.googleapis.com/minScale";
pub(super) const SERVICE_MAX_SCALE: &str = "run.googleapis.com/maxScale";
pub(super) const SCALING_MODE: &str = "run.googleapis.com/scalingMode";
pub(super) const CUSTOM_AUDIENCES: &str = "run.googleapis.com/custom-audiences";

pub(super) const MIN_SCALE: &str = "autoscaling.knative.dev/minScale";
pub(super) const MAX_SCALE: &str = "autoscaling.knative.dev/maxScale";
pub(super) const CPU_BOOST: &str = "run.googleapis.com/startup-cpu-boost";
pub(super) const CPU_THROTTLING: &str = "run.googleapis.com/cpu-throttling";
pub(super) const EXECUTION_ENVIRONMENT: &str = "run.googleapis.com/execution-environment";
pub(super) const ENCRYPTION_KEY: &str = "run.googleapis.com/encryption-key";
pub(super) const SESSION_AFFINITY: &str = "run.googleapis.com/sessionAffinity";
pub(super) const VPC_CONNECTOR: &str = "run.googleapis.com/vpc-access-connector";
pub(super) const VPC_EGRESS: &str = "run.googleapis.com/vpc-access-egress";
pub(super) const NETWORK_INTERFACES: &str = "run.googleapis.com/network-interfaces";
pub(super) const BASE_IMAGES: &str = "run.googleapis.com/base-images";

/// The runtime class of a template whose base images are updated, which version 2 knows of its
/// containers.
pub(super) const UPDATED_BASE: &str = "run.googleapis.com/linux-base-image-update";

/// Fields of `buildConfig`, by annotation.
pub(super) const BUILD: [(&str, &str); 8] = [
    ("run.googleapis.com/build-name", "name"),
    ("run.googleapis.com/build-source-location", "sourceLocation"),
    ("run.googleapis.com/build-function-target", "functionTarget"),
    ("run.googleapis.com/build-image-uri", "imageUri"),
    ("run.googleapis.com/build-base-image", "baseImage"),
    ("run.googleapis.com/build-worker-pool", "workerPool"),
    ("run.googleapis.com/build-service-account", "serviceAccount"),
    ("run.googleapis.com/build-id", ""),
];
pub(super) const BUILD_UPDATES: &str = "run.googleapis.com/build-enable-automatic-updates";
pub(super) const BUILD_ENVIRONMENT: &str = "run.googleapis.com/build-environment-variables";

/// Values of [`INGRESS`], and of the field.
pub(super) const INGRESSES: [(&str, &str); 3] = [
    ("all", "INGRESS_TRAFFIC_ALL"),
    ("internal", "INGRESS_TRAFFIC_INTERNAL_ONLY"),
    ("internal-and-cloud-load-balancing", "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER"),
];

/// Annotations that the API writes. A client sends back what it has read; they are ignored.
const OUTPUT: [&str; 7] = [
    "run.googleapis.com/ingress-status",
    "run.googleapis.com/operation-id",
    "run.googleapis.com/urls",
    "serving.knative.dev/creator",
    "serving.knative.dev/lastModifier",
    "run.googleapis.com/creator",
    "run.googleapis.com/lastModifier",
];

/// Namespaces of annotations that stand for settings.
const RESERVED: [&str; 4] = [
    "run.googleapis.com",
    "cloud.googleapis.com",
    "serving.knative.dev",
    "autoscaling.knative.dev",
];

/// The annotations of a resource, which are taken out one by one.
pub(super) struct Annotations(Map<String, Value>);

impl Annotations {
    pub(super) fn of(metadata: &Value) -> Self {
        Self(metadata.get("annotations").and_then(Value::as_object).cloned().unwrap_or_default())
    }

    /// Takes an annotation; `None` if it is missing or empty.
    pub(super) fn take(&mut self, name: &str) -> Option<String> {
        let value = self.0.remove(name)?;
        value.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
    }

    /// Takes a boolean. gcloud writes `True` and `true`.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` for another text.
    pub(super) fn take_flag(&mut self, name: &str) -> Result<Option<bool>, RestError> {
        let Some(text) = self.take(name) else { return Ok(None) };
        match text.to_ascii_lowercase().as_str() {
            "true" => Ok(Some(true)),
            "false" => Ok(Some(false)),
            _ => Err(invalid(name, &text)),
        }
    }

    /// Takes a number.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` for another text.
    pub(super) fn take_number(&mut self, name: &str) -> Result<Option<i32>, RestError> {
        self.take(name).map(|text| text.parse().map_err(|_| invalid(name, &text))).transpose()
    }

    /// Takes a JSON document.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` for another text.
    pub(super) fn take_json(&mut self, name: &str) -> Result<Option<Value>, RestError> {
        self.take(name)
            .map(|text| serde_json::from_str(&text).map_err(|_| invalid(name, &text)))
            .transpose()
    }

    /// The user's own annotations, which are left after every known one was taken.
    ///
    /// # Errors
    /// `UNIMPLEMENTED` for the annotation of a setting that is not served.
    pub(super) fn rest(self) -> Result<Value, RestError> {
        let mut own = Map::new();
        for (name, value) in self.0 {
            if OUTPUT.contains(&name.as_str()) {
                continue;
            }
            if is_reserved(&name) {
                return Err(RestError::unimplemented(format!("the annotation {name}")));
            }
            own.insert(name, value);
        }
        Ok(json!(own))
    }
}

pub(super) fn is_reserved(name: &str) -> bool {
    name.split_once('/').is_some_and(|(namespace, _)| RESERVED.contains(&namespace))
}

pub(super) fn invalid(name: &str, text: &str) -> RestError {
    RestError::invalid(format!("metadata.annotations[{name}]: '{text}' is not valid"))
}
