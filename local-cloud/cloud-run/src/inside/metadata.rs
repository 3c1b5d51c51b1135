//! The metadata server of one instance, as Cloud Run documents it:
//! <https://cloud.google.com/run/docs/container-contract#metadata-server>, and
//! <https://cloud.google.com/compute/docs/metadata/querying-metadata> for the protocol.
//!
//! Only the paths are served that Cloud Run documents, and those that Google's libraries read.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::SystemTime;

use axum::Router;
use axum::extract::{Query, Request, State};
use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use longshore_local_identity::{ACCESS_TOKEN_LIFETIME, Signer};
use serde_json::json;

use super::Caller;

/// Required of every request, so that a page or a URL that a function fetches for others cannot
/// read tokens; returned with every response, by which libraries recognize the server.
const FLAVOR: HeaderName = HeaderName::from_static("metadata-flavor");
const GOOGLE: HeaderValue = HeaderValue::from_static("Google");

/// The scope of Cloud Run's access tokens.
const SCOPE: &str = "https://www.googleapis.com/auth/cloud-platform";

struct Server {
    signer: Arc<Signer>,
    caller: Caller,
}

enum Answer {
    Text(String),
    Json(serde_json::Value),
    Refused(StatusCode, &'static str),
}

pub(super) fn router(signer: Arc<Signer>, caller: Caller) -> Router {
    Router::new().fallback(handle).with_state(Arc::new(Server { signer, caller }))
}

async fn handle(
    State(server): State<Arc<Server>>,
    Query(query): Query<BTreeMap<String, String>>,
    request: Request,
) -> Response {
    let answer = match check(request.method(), request.headers()) {
        Ok(()) => server.answer(request.uri().path(), &query, SystemTime::now()),
        Err(refused) => refused,
    };
    let (status, content_type, body) = match answer {
        Answer::Text(text) => (StatusCode::OK, "application/text", text),
        Answer::Json(value) => (StatusCode::OK, "application/json", value.to_string()),
        Answer::Refused(status, why) => (status, "text/plain; charset=utf-8", format!("{why}\n")),
    };
    let content_type = (header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    (status, [content_type, (FLAVOR, GOOGLE)], body).into_response()
}

fn check(method: &Method, headers: &HeaderMap) -> Result<(), Answer> {
    if headers.contains_key("x-forwarded-for") {
        let why = "requests with X-Forwarded-For are refused";
        return Err(Answer::Refused(StatusCode::FORBIDDEN, why));
    }
    if headers.get(FLAVOR) != Some(&GOOGLE) {
        let why = "the header `Metadata-Flavor: Google` is required";
        return Err(Answer::Refused(StatusCode::FORBIDDEN, why));
    }
    if method != Method::GET {
        return Err(Answer::Refused(StatusCode::METHOD_NOT_ALLOWED, "only GET is supported"));
    }
    Ok(())
}

impl Server {
    fn answer(&self, path: &str, query: &BTreeMap<String, String>, now: SystemTime) -> Answer {
        let Caller { project, project_number, region, account, instance, service: _ } =
            &self.caller;
        let text = |text: &str| Answer::Text(text.to_owned());
        let is_recursive = query.get("recursive").is_some_and(|value| value == "true");
        let mut segments: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        if segments.is_empty() {
            return text("computeMetadata/\n");
        }
        if segments.len() < 2 || segments.drain(..2).ne(["computeMetadata", "v1"]) {
            return Answer::Refused(StatusCode::NOT_FOUND, "not found");
        }
        match segments.as_slice() {
            [] => text("instance/\nproject/\nuniverse/\n"),
            ["project", "project-id"] => text(project),
            ["project", "numeric-project-id"] => text(&project_number.to_string()),
            ["universe", "universe-domain" | "universe_domain"] => text("googleapis.com"),
            ["instance", "id"] => text(instance),
            ["instance", "region"] => {
                Answer::Text(format!("projects/{project_number}/regions/{region}"))
            }
            // Cloud Run's instances are in no single zone.
            ["instance", "zone"] => {
                Answer::Text(format!("projects/{project_number}/zones/{region}-1"))
            }
            ["instance", "service-accounts"] if !is_recursive => {
                Answer::Text(format!("default/\n{account}/\n"))
            }
            ["instance", "service-accounts"] => {
                Answer::Json(json!({"default": self.account(), account: self.account()}))
            }
            ["instance", "service-accounts", name, rest @ ..]
                if *name == "default" || name == account =>
            {
                match rest {
                    [] if is_recursive => Answer::Json(self.account()),
                    [] => text("aliases\nemail\nidentity\nscopes\ntoken\n"),
                    ["email"] => text(account),
                    ["scopes"] => Answer::Text(format!("{SCOPE}\n")),
                    ["aliases"] => text("default\n"),
                    ["token"] => self.access_token(now),
                    ["identity"] => {
                        self.identity_token(query.get("audience").map_or("", String::as_str), now)
                    }
                    _ => Answer::Refused(StatusCode::NOT_FOUND, "not found"),
                }
            }
            _ => Answer::Refused(StatusCode::NOT_FOUND, "not found"),
        }
    }

    fn account(&self) -> serde_json::Value {
        json!({"aliases": ["default"], "email": self.caller.account, "scopes": [SCOPE]})
    }

    fn access_token(&self, now: SystemTime) -> Answer {
        match self.signer.access_token(&self.caller.account, now) {
            Ok(token) => Answer::Json(json!({
                "access_token": token,
                "expires_in": ACCESS_TOKEN_LIFETIME.as_secs(),
                "token_type": "Bearer",
            })),
            Err(_) => Answer::Refused(StatusCode::INTERNAL_SERVER_ERROR, "no randomness"),
        }
    }

    fn identity_token(&self, audience: &str, now: SystemTime) -> Answer {
        if audience.is_empty() {
            let why = "non-empty audience parameter required";
            return Answer::Refused(StatusCode::BAD_REQUEST, why);
        }
        match self.signer.id_token(&self.caller.account, audience, now) {
            Ok(token) => Answer::Text(token),
            Err(_) => Answer::Refused(StatusCode::INTERNAL_SERVER_ERROR, "no randomness"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCOUNT: &str = "run@p.iam.gserviceaccount.com";

    fn server() -> Server {
        let caller = Caller {
            project: "p".to_owned(),
            project_number: 42,
            region: "europe-west1".to_owned(),
            service: "projects/p/locations/r/services/s".to_owned(),
            account: ACCOUNT.to_owned(),
            instance: "abc".to_owned(),
        };
        Server { signer: Arc::new(Signer::in_memory().unwrap()), caller }
    }

    fn text(path: &str, query: &[(&str, &str)]) -> String {
        let query = query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        match server().answer(path, &query.collect(), SystemTime::now()) {
            Answer::Text(text) => text,
            Answer::Json(value) => value.to_string(),
            Answer::Refused(status, _) => status.as_u16().to_string(),
        }
    }

    #[test]
    fn what_cloud_run_documents_is_at_googles_paths() {
        for (path, expected) in [
            ("project/project-id", "p"),
            ("project/numeric-project-id", "42"),
            ("instance/region", "projects/42/regions/europe-west1"),
            ("instance/zone", "projects/42/zones/europe-west1-1"),
            ("instance/id", "abc"),
            ("instance/service-accounts/default/email", ACCOUNT),
            ("instance/service-accounts/run@p.iam.gserviceaccount.com/email", ACCOUNT),
            ("instance/service-accounts/other@p.iam.gserviceaccount.com/email", "404"),
            ("instance/service-accounts/other@p.iam.gserviceaccount.com/token", "404"),
            ("instance/service-accounts/default/identity", "400"),
            ("instance/attributes/ssh-keys", "404"),
        ] {
            assert_eq!(text(&format!("/computeMetadata/v1/{path}"), &[]), expected, "{path}");
        }
        assert_eq!(text("/computeMetadata/v2/project/project-id", &[]), "404");
        let account = text(
            "/computeMetadata/v1/instance/service-accounts/default/",
            &[("recursive", "true")],
        );
        assert!(account.contains(ACCOUNT) && account.contains(SCOPE), "{account}");
    }

    #[test]
    fn tokens_are_those_of_the_instances_account() {
        let server = server();
        let query = BTreeMap::from([("audience".to_owned(), "https://hello".to_owned())]);
        let path = "/computeMetadata/v1/instance/service-accounts/default/";
        let now = SystemTime::now();
        let Answer::Text(token) = server.answer(&format!("{path}identity"), &query, now) else {
            panic!("an identity token is text");
        };
        let claims = server.signer.verify(&token, &["https://hello"], now).unwrap();
        assert_eq!(claims.email, ACCOUNT);
        let Answer::Json(token) = server.answer(&format!("{path}token"), &query, now) else {
            panic!("an access token is JSON");
        };
        let access = token["access_token"].as_str().unwrap();
        assert_eq!((&token["token_type"], &token["expires_in"]), (&json!("Bearer"), &json!(3600)));
        assert!(server.signer.verify(access, &["https://hello"], now).is_err(), "no identity");
    }

    #[test]
    fn the_flavor_is_required_and_forwarded_requests_are_refused() {
        let mut headers = HeaderMap::new();
        assert!(check(&Method::GET, &headers).is_err());
        headers.insert(FLAVOR, GOOGLE);
        assert!(check(&Method::GET, &headers).is_ok());
        assert!(check(&Method::POST, &headers).is_err());
        headers.insert("x-forwarded-for", HeaderValue::from_static("10.0.0.1"));
        assert!(check(&Method::GET, &headers).is_err());
    }
}
