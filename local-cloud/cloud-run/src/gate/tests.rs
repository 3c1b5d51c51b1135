use std::time::{Duration, UNIX_EPOCH};

use super::*;

const URL: &str = "http://127.0.0.1:4711";
const PUSH: &str = "push@p.iam.gserviceaccount.com";

fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_000_000)
}

fn admission(outside: bool, public: bool, invokers: &[&str]) -> Admission {
    let invokers = invokers.iter().map(|member| (*member).to_owned()).collect();
    Admission { outside, public, invokers, audiences: vec![URL.to_owned(), "custom".to_owned()] }
}

fn gate(admission: Admission) -> Gate {
    let gate = Gate::new(Arc::new(Signer::in_memory().unwrap()), None);
    gate.set(admission);
    gate
}

fn headers(name: HeaderName, token: &str) -> HeaderMap {
    HeaderMap::from_iter([(name, HeaderValue::from_str(&format!("Bearer {token}")).unwrap())])
}

fn with_token(gate: &Gate, token: &str) -> Result<(), Rejection> {
    gate.admit(&mut headers(AUTHORIZATION, token), now())
}

#[test]
fn only_invokers_and_the_owner_may_call_a_private_service() {
    let (invoker, user) = (format!("serviceAccount:{PUSH}"), format!("user:{PUSH}"));
    let (invoker, user) = (invoker.as_str(), user.as_str());
    for (email, audience, invokers, expected) in [
        (OWNER, URL, &[][..], Ok(())),
        (OWNER, "custom", &[], Ok(())),
        (PUSH, URL, &[invoker], Ok(())),
        (PUSH, URL, &[user], Err(Rejection::Forbidden)),
        (PUSH, URL, &["allAuthenticatedUsers"], Ok(())),
        ("ada@example.com", URL, &["domain:example.com"], Ok(())),
        ("ada@example.com", URL, &[invoker], Err(Rejection::Forbidden)),
        (OWNER, "http://127.0.0.1:1", &[], Err(Rejection::Unauthorized)),
    ] {
        let gate = gate(admission(true, false, invokers));
        let token = gate.signer.id_token(email, audience, now()).unwrap();
        assert_eq!(with_token(&gate, &token), expected, "{email} {audience} {invokers:?}");
    }
}

/// One project, with one member that may call.
struct Granted;

impl ProjectGrants for Granted {
    fn members_with(&self, project: &str, roles: &[&str]) -> BTreeSet<String> {
        let has_role = project == "p" && roles.contains(&"roles/run.invoker");
        has_role.then(|| format!("serviceAccount:{PUSH}")).into_iter().collect()
    }
}

#[test]
fn an_invoker_of_the_project_may_call_its_services_only() {
    for (project, expected) in [("p", Ok(())), ("other", Err(Rejection::Forbidden))] {
        let on_project = OnProject { project: project.to_owned(), grants: Arc::new(Granted) };
        let gate = Gate::new(Arc::new(Signer::in_memory().unwrap()), Some(on_project));
        gate.set(admission(true, false, &[]));
        let token = gate.signer.id_token(PUSH, URL, now()).unwrap();
        assert_eq!(with_token(&gate, &token), expected, "{project}");
        assert_eq!(gate.admit(&mut HeaderMap::new(), now()), Err(Rejection::Forbidden));
    }
}

#[test]
fn no_token_is_forbidden_and_a_bad_one_unauthorized() {
    let gate = gate(admission(true, false, &["allAuthenticatedUsers"]));
    assert_eq!(gate.admit(&mut HeaderMap::new(), now()), Err(Rejection::Forbidden));
    let basic = HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::from_static("Basic abc"))]);
    assert_eq!(gate.admit(&mut basic.clone(), now()), Err(Rejection::Forbidden));
    assert_eq!(with_token(&gate, "any"), Err(Rejection::Unauthorized));
    let expired = gate.signer.id_token(OWNER, URL, now() - Duration::from_secs(4000)).unwrap();
    assert_eq!(with_token(&gate, &expired), Err(Rejection::Unauthorized));
    let foreign = Signer::in_memory().unwrap().id_token(OWNER, URL, now()).unwrap();
    assert_eq!(with_token(&gate, &foreign), Err(Rejection::Unauthorized));
}

#[test]
fn a_public_service_requires_no_token() {
    let gate = gate(admission(true, true, &[]));
    assert_eq!(gate.admit(&mut HeaderMap::new(), now()), Ok(()));
    let mut own = headers(AUTHORIZATION, "the.function's.own");
    assert_eq!(gate.admit(&mut own, now()), Ok(()));
    assert_eq!(own[AUTHORIZATION], "Bearer the.function's.own");
}

#[test]
fn an_internal_service_is_not_found_from_outside() {
    for public in [false, true] {
        let gate = gate(admission(false, public, &["allAuthenticatedUsers"]));
        let token = |email: &str| gate.signer.id_token(email, URL, now()).unwrap();
        assert_eq!(gate.admit(&mut HeaderMap::new(), now()), Err(Rejection::Outside));
        assert_eq!(with_token(&gate, &token(OWNER)), Err(Rejection::Outside));
        assert_eq!(with_token(&gate, &token(PUSH)), Ok(()));
    }
}

#[test]
fn the_function_sees_the_caller_and_cannot_impersonate_them() {
    let gate = gate(admission(true, false, &[]));
    let token = gate.signer.id_token(OWNER, URL, now()).unwrap();
    let mut seen = headers(OWN_AUTHORIZATION, &token);
    seen.insert(AUTHORIZATION, HeaderValue::from_static("Bearer the.function's.own"));
    assert_eq!(gate.admit(&mut seen, now()), Ok(()), "the header for Cloud Run takes precedence");
    let (claims, _) = token.rsplit_once('.').unwrap();
    assert_eq!(seen[OWN_AUTHORIZATION], format!("Bearer {claims}.SIGNATURE_REMOVED_BY_GOOGLE"));
    assert_eq!(seen[AUTHORIZATION], "Bearer the.function's.own");
    let mut seen = headers(AUTHORIZATION, &token);
    assert_eq!(gate.admit(&mut seen, now()), Ok(()));
    assert_eq!(seen[AUTHORIZATION], format!("Bearer {claims}.SIGNATURE_REMOVED_BY_GOOGLE"));
}

#[tokio::test]
async fn a_rejection_escapes_the_html_of_the_caller() {
    let response = Rejection::Outside
        .response(&"/<b>".parse().unwrap_or_else(|_| Uri::from_static("/%3Cb%3E&x")));
    let body = axum::body::to_bytes(response.into_body(), 4096).await.unwrap();
    let text = String::from_utf8_lossy(&body);
    assert!(text.contains("404 Page not found") && text.contains("%3Cb%3E&amp;x"), "{text}");
}
