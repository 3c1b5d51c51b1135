//! Pages that no list has: tokens that were never returned, and sizes that are no sizes.

use super::{Target, attack, send};

/// Every list with pages that is served over REST, and the parameter with the size of a page; empty
/// if the list is always empty, and its size is ignored.
const LISTS: [(&str, &str, &str); 29] = [
    ("pubsub", "/v1/projects/local-project/topics", "pageSize"),
    ("pubsub", "/v1/projects/local-project/topics/corpus/subscriptions", "pageSize"),
    ("pubsub", "/v1/projects/local-project/subscriptions", "pageSize"),
    ("pubsub", "/v1/projects/local-project/schemas", "pageSize"),
    ("storage", "/storage/v1/b?project=local-project", "maxResults"),
    ("storage", "/storage/v1/b/corpus/o", "maxResults"),
    ("storage", "/storage/v1/b/corpus/managedFolders", ""),
    ("storage", "/storage/v1/projects/local-project/hmacKeys", "maxResults"),
    ("build", "/v1/projects/local-project/builds", "pageSize"),
    ("build", "/v1/projects/local-project/locations/europe-west1/builds", "pageSize"),
    ("run", "/v2/projects/local-project/locations/europe-west1/services", "pageSize"),
    ("run", "/v2/projects/local-project/locations/europe-west1/services/-/revisions", "pageSize"),
    ("run", "/v2/projects/local-project/locations/europe-west1/operations", "pageSize"),
    ("functions", "/v2/projects/local-project/locations/europe-west1/functions", "pageSize"),
    ("functions", "/v2/projects/local-project/locations/europe-west1/operations", "pageSize"),
    ("eventarc", "/v1/projects/local-project/locations/europe-west1/triggers", "pageSize"),
    ("eventarc", "/v1/projects/local-project/locations/europe-west1/providers", "pageSize"),
    ("eventarc", "/v1/projects/local-project/locations/europe-west1/operations", "pageSize"),
    ("kms", "/v1/projects/local-project/locations/europe-west1/keyRings", "pageSize"),
    ("scheduler", "/v1/projects/local-project/locations/europe-west1/jobs", "pageSize"),
    ("tasks", "/v2/projects/local-project/locations/europe-west1/queues", "pageSize"),
    ("tasks", "/v2/projects/local-project/locations/europe-west1/queues/corpus/tasks", "pageSize"),
    ("secrets", "/v1/projects/local-project/secrets", "pageSize"),
    ("secrets", "/v1/projects/local-project/secrets/corpus/versions", "pageSize"),
    ("artifact_registry", "/v1/projects/local-project/locations", "pageSize"),
    ("artifact_registry", "REPOSITORIES", "pageSize"),
    ("artifact_registry", "REPOSITORIES/corpus/packages", "pageSize"),
    ("artifact_registry", "REPOSITORIES/corpus/dockerImages", "pageSize"),
    ("registry", "/v2/_catalog", "n"),
];

/// Stands for the start of a path.
const REPOSITORIES: (&str, &str) =
    ("REPOSITORIES", "/v1/projects/local-project/locations/europe-west1/repositories");

/// The last two are base64, of a name and of a number.
const TOKENS: [&str; 4] = ["garbage", "%21", "cHJvamVjdHMvcA", "MTc"];

const SIZES: [&str; 4] = ["-1", "99999999999999999999", "1.5", "all"];

fn get(target: Target, service: &str, path: &str) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    send(target.address(service), request.as_bytes())
}

#[tokio::test]
async fn pages_that_no_list_has_are_refused() {
    attack(|target| {
        let mut wrong = Vec::new();
        for (service, path, size) in LISTS {
            let path = &path.replace(REPOSITORIES.0, REPOSITORIES.1);
            target.succeeds(service, "GET", path, "");
            // A page token of the OCI registry is a name, and any name is one.
            let tokens = TOKENS.iter().filter(|_| size != "n");
            let pages = tokens.map(|token| format!("pageToken={token}"));
            let sizes = SIZES.iter().filter(|_| !size.is_empty());
            for page in pages.chain(sizes.map(|number| format!("{size}={number}"))) {
                let separator = if path.contains('?') { '&' } else { '?' };
                let answer = get(target, service, &format!("{path}{separator}{page}"));
                if !answer.starts_with("HTTP/1.1 400 ") {
                    wrong.push(format!("{service} {path} {page}: {answer:.120}"));
                }
            }
            target.still_serves(service);
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    })
    .await;
}
