use std::sync::Mutex;

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;

use super::*;
use crate::listen::{self, Access};

/// Tokens that name their account and audience.
struct Readable;

impl IdTokens for Readable {
    fn id_token(&self, email: &str, audience: &str, _: SystemTime) -> Result<String, String> {
        match email {
            "" => Err("no account".to_owned()),
            email => Ok(format!("{email}-for-{audience}")),
        }
    }
}

fn request(url: &str) -> TargetRequest {
    TargetRequest {
        verb: Verb::Put,
        url: url.to_owned(),
        headers: HeaderMap::new(),
        body: "text".into(),
        oidc: None,
        deadline: Duration::from_secs(20),
    }
}

/// A server that answers as `answer` says. Returns its address.
async fn server(router: Router) -> String {
    let listener = listen::bind(0).await.unwrap();
    let address = listener.local_addr().unwrap();
    let served = listen::serve(listener, router, Access::to_apis(&[]), std::future::pending());
    tokio::spawn(served);
    format!("http://{address}")
}

#[tokio::test]
async fn a_call_has_its_method_its_body_and_a_token_for_the_url() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let recorded = Arc::clone(&seen);
    let router = Router::new().fallback(move |request: Request| async move {
        let bearer = request.headers().get("authorization");
        let bearer = bearer.map(|value| value.to_str().unwrap().to_owned());
        recorded.lock().unwrap().push((request.method().to_string(), bearer));
        StatusCode::NO_CONTENT
    });
    let url = format!("{}/work", server(router).await);
    let targets = Targets::new(Arc::new(Readable));
    let oidc = |audience: &str| Some(Oidc { email: "a@b".into(), audience: audience.into() });
    for request in [
        request(&url),
        TargetRequest { oidc: oidc(""), ..request(&url) },
        TargetRequest { oidc: oidc("other"), ..request(&url) },
    ] {
        let outcome = targets.call(request, SystemTime::UNIX_EPOCH).await;
        assert!(outcome.is_success(), "{outcome:?}");
    }
    let unsigned = TargetRequest {
        oidc: Some(Oidc { email: String::new(), audience: String::new() }),
        ..request(&url)
    };
    let outcome = targets.call(unsigned, SystemTime::UNIX_EPOCH).await;
    assert_eq!(outcome, Outcome::Unreachable("no account".to_owned()));
    let bearers =
        [None, Some(format!("Bearer a@b-for-{url}")), Some("Bearer a@b-for-other".into())];
    assert_eq!(*seen.lock().unwrap(), bearers.map(|bearer| ("PUT".to_owned(), bearer)));
}

#[tokio::test]
async fn a_redirect_is_a_failure_and_is_not_followed() {
    let followed = Arc::new(Mutex::new(false));
    let recorded = Arc::clone(&followed);
    let secret = Router::new().fallback(move || async move {
        *recorded.lock().unwrap() = true;
        StatusCode::OK
    });
    let secret = server(secret).await;
    let router = Router::new().fallback(move || async move {
        (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, secret)])
    });
    let url = server(router).await;
    let targets = Targets::new(Arc::new(Readable));
    let outcome = targets.call(request(&url), SystemTime::UNIX_EPOCH).await;
    assert_eq!(outcome, Outcome::Answered(307));
    assert!(!outcome.is_success());
    assert!(!*followed.lock().unwrap());
}

#[tokio::test]
async fn a_target_that_does_not_answer_fails() {
    let never = Router::new().fallback(std::future::pending::<StatusCode>);
    let url = server(never).await;
    let targets = Targets::new(Arc::new(Readable));
    let hurried = TargetRequest { deadline: Duration::from_millis(20), ..request(&url) };
    assert_eq!(targets.call(hurried, SystemTime::UNIX_EPOCH).await, Outcome::TimedOut);
    let outcome = targets.call(request("http://127.0.0.1:1/"), SystemTime::UNIX_EPOCH).await;
    assert_eq!(outcome.code(), 14, "{outcome:?}");
}

#[test]
fn urls_have_a_scheme_and_a_host() {
    for good in ["http://127.0.0.1:1/", "https://example.com", "https://example.com/a?b=c#d"] {
        assert_eq!(check_url(good), Ok(()), "{good}");
    }
    for bad in
        ["", "/work", "example.com", "ftp://example.com", "http://", "http:///a", "http://a b"]
    {
        assert_eq!(check_url(bad), Err(InvalidTarget::Url), "{bad}");
    }
    let long = format!("http://example.com/{}", "x".repeat(URL_MAX_BYTES));
    assert_eq!(check_url(&long), Err(InvalidTarget::LongUrl));
}

#[test]
fn headers_that_google_computes_are_ignored() {
    let named = [
        ("Content-Type", "text/plain"),
        ("Host", "elsewhere"),
        ("User-Agent", "me"),
        ("content-length", "7"),
        ("X-Google-Secret", "a"),
        ("X-AppEngine-QueueName", "a"),
        ("X-Own-Name", "a"),
        ("X-Mine", "b"),
    ];
    let named = named.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let headers = headers(&named, "x-own").unwrap();
    let mut names: Vec<&str> = headers.keys().map(HeaderName::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["content-type", "x-mine"]);
    let bad = [("bad name".to_owned(), String::new())].into();
    assert_eq!(super::headers(&bad, "x"), Err(InvalidTarget::Header("bad name".to_owned())));
    let large = [("a".to_owned(), "x".repeat(HEADERS_MAX_BYTES))].into();
    assert_eq!(super::headers(&large, "x"), Err(InvalidTarget::LargeHeaders));
}

#[test]
fn the_backoff_is_that_of_googles_example() {
    let seconds = |failures| {
        let (min, max) = (Duration::from_secs(10), Duration::from_secs(300));
        backoff(min, max, 3, failures).as_secs()
    };
    let pauses: Vec<u64> = (1..=8).map(seconds).collect();
    assert_eq!(pauses, [10, 20, 40, 80, 160, 240, 300, 300]);
    let hour = Duration::from_secs(3600);
    assert_eq!(backoff(Duration::from_millis(100), hour, 16, u32::MAX), hour);
}
