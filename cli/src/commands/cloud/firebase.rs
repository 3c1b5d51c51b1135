//! Environment variables that point firebase-tools to the local cloud.

use longshore_local_cloud::Endpoints;

/// firebase-tools sends the word `owner` in place of a token to every URL that begins with `http://`,
/// but refuses to start without credentials. This is none. A command that needs an API which the local
/// cloud does not have tries to exchange it at `FIREBASE_TOKEN_URL`, and fails there, so that it
/// calls Google neither with this word nor with the credentials of the user.
const NO_TOKEN: &str = "local";

pub(super) fn variables(endpoints: Endpoints) -> impl Iterator<Item = (&'static str, String)> {
    let urls = [
        ("ARTIFACT_REGISTRY_DOMAIN", endpoints.artifact_registry),
        ("CLOUD_RUN_API_URL", endpoints.run),
        ("CLOUD_RUN_URL", endpoints.run),
        ("CLOUD_SECRET_MANAGER_URL", endpoints.secrets),
        // There is no Compute Engine. firebase-tools derives the default account by itself if it
        // gets no answer.
        ("COMPUTE_URL", endpoints.projects),
        ("EVENTARC_URL", endpoints.eventarc),
        ("FIREBASE_API_URL", endpoints.firebase),
        ("FIREBASE_CLOUDBILLING_URL", endpoints.projects),
        ("FIREBASE_CLOUDBUILD_URL", endpoints.build),
        ("FIREBASE_CLOUDLOGGING_URL", endpoints.logging),
        ("FIREBASE_CLOUDSCHEDULER_URL", endpoints.scheduler),
        // The name is misspelt in firebase-tools.
        ("FIREBASE_CLOUD_TAKS_URL", endpoints.tasks),
        ("FIREBASE_EXT_URL", endpoints.firebase),
        ("FIREBASE_FUNCTIONS_URL", endpoints.functions),
        ("FIREBASE_FUNCTIONS_V2_URL", endpoints.functions),
        ("FIREBASE_IAM_URL", endpoints.identity),
        ("FIREBASE_PUBSUB_URL", endpoints.pubsub),
        ("FIREBASE_RESOURCEMANAGER_URL", endpoints.projects),
        ("FIREBASE_RUNTIMECONFIG_URL", endpoints.firebase),
        ("FIREBASE_SERVICE_USAGE_URL", endpoints.projects),
        ("FIREBASE_STORAGE_URL", endpoints.storage),
        // If the endpoint of tokens refused the exchange with 400 or 401, firebase-tools would go on.
        // The gateway answers 502.
        ("FIREBASE_TOKEN_URL", endpoints.gateway),
    ];
    let urls = urls.map(|(name, address)| (name, format!("http://{address}")));
    [
        // It asks Google itself about the account of App Engine, whatever the URLs say. Every
        // caller of the local cloud has every permission.
        ("FIREBASE_SKIP_INFORMATIONAL_IAM", "true".to_owned()),
        ("FIREBASE_TOKEN", NO_TOKEN.to_owned()),
    ]
    .into_iter()
    .chain(urls)
}
