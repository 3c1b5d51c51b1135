//! The output that Google's buildpacks write to `$BUILDER_OUTPUT/output` and that Cloud Build
//! returns in `results.buildStepOutputs`.
//! <https://github.com/GoogleCloudPlatform/buildpacks/blob/main/pkg/builderoutput/builderoutput.go>

use serde_json::{Value, json};

use crate::buildpack::contract::BuildError;
use crate::chain::chain;
use crate::image::hex_digest;

/// Maximum length of a message. Of a longer one, the last part is kept, as on Google.
const MESSAGE_LIMIT_BYTES: usize = 49_000;

/// Length of the id of an error, in characters.
const ERROR_ID_LENGTH: usize = 8;

/// The output of a successful build.
pub(super) fn of_success(versions: &[String], warnings: &[String]) -> String {
    output(
        json!({"errorType": "OK", "canonicalCode": "OK", "errorId": "", "errorMessage": ""}),
        versions,
        warnings,
    )
}

/// The output of a build that failed in a buildpack. `INTERNAL` means a fault of the platform; all
/// other errors are the user's.
pub(super) fn of_failure(buildpack: &str, error: &BuildError) -> String {
    let (kind, message) = match error {
        BuildError::User(message) => ("UNKNOWN", message.clone()),
        BuildError::Host { .. } => ("INTERNAL", chain(error)),
    };
    let id: String = hex_digest(message.as_bytes()).chars().take(ERROR_ID_LENGTH).collect();
    let error = json!({
        "buildpackId": buildpack,
        "buildpackVersion": env!("CARGO_PKG_VERSION"),
        "errorType": kind,
        "canonicalCode": kind,
        "errorId": id,
        "errorMessage": tail(&message),
    });
    output(error, &[], &[])
}

fn output(error: Value, versions: &[String], warnings: &[String]) -> String {
    let output = json!({
        "rtVersions": versions,
        "metrics": {},
        "error": error,
        "metadata": {},
        "stats": [],
        "warnings": warnings,
        "customImage": false,
    });
    output.to_string()
}

fn tail(message: &str) -> String {
    let mut from = message.len().saturating_sub(MESSAGE_LIMIT_BYTES);
    while !message.is_char_boundary(from) {
        from += 1;
    }
    if from == 0 { message.to_owned() } else { format!("...{}", &message[from..]) }
}
