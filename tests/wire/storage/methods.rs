//! Compares the table of methods, from which `COVERAGE.md` is generated, with the server's responses.

use longshore_local_kit::coverage::Support;
use longshore_local_storage::METHODS;

use super::Server;

/// `grpc-status` of an unsupported method.
const UNIMPLEMENTED: &str = "12";

#[tokio::test]
async fn every_method_answers_as_the_table_of_methods_says() {
    let (_dir, server) = Server::with_bucket().await;
    let http = reqwest::Client::new();
    // Without uniform access, because with it Google answers legacy lists with a bad request.
    http.post(format!("{}/storage/v1/b?project=demo", server.base))
        .header("content-type", "application/json")
        .body(r#"{"name":"plain"}"#)
        .send()
        .await
        .unwrap();
    for method in METHODS.iter().filter(|method| !method.rest.is_empty()) {
        let (verb, path) = method.rest.split_once(' ').unwrap();
        let path = filled_in(path);
        let request = http.request(verb.parse().unwrap(), format!("{}{path}", server.base));
        let request = request.header("content-type", "application/json").body("{}");
        let refused = request.send().await.unwrap().status().as_u16() == 501;
        assert_eq!(
            refused,
            matches!(method.support, Support::Unimplemented(_)),
            "{} as {verb} {path}",
            method.name
        );
    }
    for method in METHODS.iter().filter(|method| !method.grpc.is_empty()) {
        let request = http
            .post(format!("{}{}", server.base, method.grpc))
            .header("content-type", "application/grpc");
        let response = request.body(vec![0_u8; 5]).send().await.unwrap();
        let refused =
            response.headers().get("grpc-status").is_some_and(|status| status == UNIMPLEMENTED);
        assert_eq!(refused, matches!(method.support, Support::Unimplemented(_)), "{}", method.grpc);
    }
}

/// A path with names for its variables.
fn filled_in(path: &str) -> String {
    let mut filled = String::new();
    for part in path.replace("{bucket}", "plain").split('{') {
        match part.split_once('}') {
            Some((_, rest)) => filled.push_str(&format!("7{rest}")),
            None => filled.push_str(part),
        }
    }
    filled
}
