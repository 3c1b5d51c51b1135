use axum::http::Version;

use super::*;

fn request(headers: &[(&str, &str)]) -> Request {
    let mut request = Request::builder().uri("/v1/projects");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Body::empty()).unwrap()
}

fn to_apis(headers: &[(&str, &str)]) -> Result<(), Refused> {
    Access::to_apis(&["http://localhost:3000".to_owned()]).check(&request(headers)).map(drop)
}

#[test]
fn hosts_that_only_this_machine_or_google_answers_for_are_accepted() {
    for host in [
        "localhost",
        "localhost:8085",
        "LOCALHOST.:80",
        "api.localhost:1",
        "127.0.0.1",
        "127.0.0.1:4000",
        "127.8.8.8:4000",
        "[::1]:4000",
        "[::1]",
        "storage.googleapis.com",
        "europe-west1-run.googleapis.com",
        "europe-west1-docker.pkg.dev",
        "us-docker.pkg.dev:443",
    ] {
        assert_eq!(to_apis(&[("host", host)]), Ok(()), "{host}");
    }
}

#[test]
fn a_host_that_a_page_could_point_at_this_machine_is_refused() {
    for host in [
        "evil.example",
        "evil.example:8085",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "notlocalhost",
        "evilgoogleapis.com",
        "evil.googleapis.com",
        "storage.googleapis.com.evil.example",
        "evil.storage.googleapis.com",
        "evil.pkg.dev",
        "-docker.pkg.dev",
        "0.0.0.0:8085",
        "192.168.1.4",
        "2130706433",
        "127.1",
        "[::ffff:127.0.0.1]",
        "",
        ":8085",
        "127.0.0.1:80:80",
        "127.0.0.1@evil.example",
    ] {
        let refused = to_apis(&[("host", host)]).unwrap_err();
        assert_eq!(refused.status(), StatusCode::MISDIRECTED_REQUEST, "{host}");
        let function = Access::to_a_function().check(&request(&[("host", host)]));
        assert_eq!(function, Err(refused), "{host}");
    }
}

#[test]
fn a_request_with_no_host_or_with_two_is_malformed() {
    assert_eq!(to_apis(&[]), Err(Refused::NoHost));
    assert_eq!(to_apis(&[("host", "localhost"), ("host", "evil")]), Err(Refused::NoHost));
    for version in [Version::HTTP_11, Version::HTTP_2] {
        let mut two = request(&[("host", "localhost")]);
        *two.version_mut() = version;
        *two.uri_mut() = "http://evil.example/v1/projects".parse().unwrap();
        assert_eq!(Access::to_apis(&[]).check(&two), Err(Refused::NoHost));
    }
}

#[test]
fn the_authority_of_http2_is_its_host() {
    let mut http2 = request(&[]);
    *http2.version_mut() = Version::HTTP_2;
    *http2.uri_mut() = "http://127.0.0.1:8085/v1/projects".parse().unwrap();
    assert_eq!(Access::to_apis(&[]).check(&http2), Ok(None));
    *http2.uri_mut() = "http://evil.example/v1/projects".parse().unwrap();
    let refused = Access::to_apis(&[]).check(&http2).unwrap_err();
    assert_eq!(refused, Refused::Host("evil.example".to_owned()));
}

#[test]
fn a_page_may_not_use_the_apis_unless_its_origin_is_allowed() {
    let from = |name, value| to_apis(&[("host", "localhost"), (name, value)]);
    assert_eq!(from("origin", "http://localhost:3000"), Ok(()));
    for origin in ["https://evil.example", "null", "http://localhost:3001", "http://localhost"] {
        let refused = from("origin", origin).unwrap_err();
        assert_eq!(refused.status(), StatusCode::FORBIDDEN, "{origin}");
    }
    for site in ["cross-site", "same-site"] {
        let refused = from("sec-fetch-site", site).unwrap_err();
        assert_eq!(refused.status(), StatusCode::FORBIDDEN, "{site}");
    }
    for site in ["none", "same-origin"] {
        assert_eq!(from("sec-fetch-site", site), Ok(()), "{site}");
    }
}

#[test]
fn every_origin_of_a_request_must_be_allowed() {
    let origins = ["http://localhost:3000", "https://evil.example"].map(|value| ("origin", value));
    let refused = to_apis(&[("host", "localhost"), origins[0], origins[1]]).unwrap_err();
    assert_eq!(refused, Refused::Origin("https://evil.example".to_owned()));
    let empty = request(&[("host", "localhost"), ("origin", "")]);
    assert!(Access::to_apis(&[String::new()]).check(&empty).is_err());
}

#[test]
fn a_target_that_is_no_path_is_malformed() {
    for (method, target) in [("OPTIONS", "*"), ("CONNECT", "localhost:80")] {
        let mut odd = request(&[("host", "localhost")]);
        *odd.method_mut() = method.parse().unwrap();
        *odd.uri_mut() = target.parse().unwrap();
        for access in [Access::to_apis(&[]), Access::to_a_function()] {
            assert_eq!(access.check(&odd), Err(Refused::Target), "{method}");
        }
    }
}

#[test]
fn a_method_of_grpc_wants_the_type_of_grpc() {
    let with = |access: Access, path: &str, content_type: &[(&str, &str)]| {
        let mut call = request(&[&[("host", "localhost")], content_type].concat());
        *call.uri_mut() = path.parse().unwrap();
        access.check(&call).map(drop)
    };
    let method = "/google.storage.v2.Storage/DeleteObject";
    for content_type in ["text/plain", "application/json", "Application/gRPC", ""] {
        for access in [Access::to_apis(&[]), Access::of_an_instance()] {
            let answered = with(access, method, &[("content-type", content_type)]);
            assert_eq!(answered, Err(Refused::NotGrpc), "{content_type}");
        }
    }
    assert_eq!(with(Access::to_apis(&[]), method, &[]), Err(Refused::NotGrpc));
    for content_type in ["application/grpc", "application/grpc+proto"] {
        let answered = with(Access::to_apis(&[]), method, &[("content-type", content_type)]);
        assert_eq!(answered, Ok(()), "{content_type}");
    }
    assert_eq!(with(Access::to_apis(&[]), "/my.bucket/google.txt", &[]), Ok(()));
    assert_eq!(with(Access::to_a_function(), method, &[]), Ok(()));
}

#[test]
fn names_of_google_lead_to_apis_and_not_to_functions() {
    let host = request(&[("host", "run.googleapis.com")]);
    assert_eq!(Access::to_apis(&[]).check(&host), Ok(None));
    assert!(Access::to_a_function().check(&host).is_err());
}

#[test]
fn a_function_decides_itself_about_pages() {
    let headers = [("host", "localhost"), ("origin", "https://shop.example")];
    assert_eq!(Access::to_a_function().check(&request(&headers)), Ok(None));
}
