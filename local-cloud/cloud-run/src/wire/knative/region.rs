//! From the host of a request to its region.

use axum::extract::Request;
use axum::http::{HeaderMap, Uri, header};

/// The path of the methods that do not name a region.
const REGIONLESS: &str = "/apis/";

/// Moves the region from the host `REGION-run.…` to the path `/regions/REGION/…`. Other requests stay
/// as they are.
#[must_use]
pub fn with_region(mut request: Request) -> Request {
    if !request.uri().path().starts_with(REGIONLESS) {
        return request;
    }
    let host = host(request.uri(), request.headers());
    if let Some(uri) = host.and_then(region).and_then(|region| moved(request.uri(), region)) {
        *request.uri_mut() = uri;
    }
    request
}

fn host<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> Option<&'a str> {
    uri.host().or_else(|| headers.get(header::HOST)?.to_str().ok())
}

/// The region of a host such as `europe-west1-run.localhost:8080`.
fn region(host: &str) -> Option<&str> {
    let (label, _) = host.split_once('.')?;
    let region = label.strip_suffix("-run")?;
    let is_region = region
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    (is_region && !region.is_empty()).then_some(region)
}

fn moved(uri: &Uri, region: &str) -> Option<Uri> {
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    format!("/regions/{region}{}{query}", uri.path()).parse().ok()
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn path(uri: &str, host: &str) -> String {
        let request = Request::builder().uri(uri).header(header::HOST, host);
        with_region(request.body(Body::empty()).unwrap()).uri().to_string()
    }

    #[test]
    fn the_region_comes_from_the_first_label_of_the_host() {
        let services = "/apis/serving.knative.dev/v1/namespaces/p/services";
        for host in ["europe-west1-run.localhost:80", "europe-west1-run.googleapis.com"] {
            assert_eq!(path(services, host), format!("/regions/europe-west1{services}"));
        }
        let whole = format!("http://us-east1-run.localhost:80{services}?dryRun=all");
        assert_eq!(path(&whole, "x"), format!("/regions/us-east1{services}?dryRun=all"));
        for host in ["127.0.0.1:80", "run.localhost", "-run.localhost", "europe-west1-x.localhost"]
        {
            assert_eq!(path(services, host), services, "{host}");
        }
        let with_location = "/v1/projects/p/locations/l/services";
        assert_eq!(path(with_location, "europe-west1-run.localhost"), with_location);
    }
}
