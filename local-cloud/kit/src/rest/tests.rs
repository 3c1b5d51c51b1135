use std::collections::BTreeMap;

use super::*;

#[test]
fn the_verb_follows_the_last_colon_of_the_last_segment() {
    let (path, verb) = split_path("/v2/projects/p/locations/r/builds:submit").unwrap();
    assert_eq!(path, ["v2", "projects", "p", "locations", "r", "builds"]);
    assert_eq!(verb.as_deref(), Some("submit"));
    assert_eq!(split_path("/v1/projects/p/topics/t").unwrap().1, None);
    let (path, verb) = split_path("/v3/projects/example.com:p").unwrap();
    assert_eq!((path.last().map(String::as_str), verb), (Some("example.com:p"), None));
    let (path, verb) = split_path("/v3/projects/example.com:p:getIamPolicy").unwrap();
    assert_eq!(path, ["v3", "projects", "example.com:p"]);
    assert_eq!(verb.as_deref(), Some("getIamPolicy"));
    assert_eq!(split_path("/v1/versions/sha256:0123abcd").unwrap().1, None);
}

#[test]
fn a_parameter_has_two_names() {
    let query = Query::parse("page_size=7&pageToken=t");
    let path = Vec::new();
    let call = Call { method: Method::GET, path, verb: None, query, body: Bytes::new() };
    assert_eq!((call.query("pageSize"), call.query("pageToken")), ("7", "t"));
    assert_eq!(call.query("filter"), "");
}

fn read_with(content_type: Option<&str>, body: &'static str) -> Result<Call, RestError> {
    let mut request = Request::builder().method("POST").uri("/v1/projects/p/topics/t:publish");
    if let Some(content_type) = content_type {
        request = request.header("content-type", content_type);
    }
    let request = request.body(Body::from(body)).unwrap();
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(read(request))
}

#[test]
fn a_body_must_be_declared_as_json() {
    for json in ["application/json", "Application/JSON; charset=utf-8", "application/x+json"] {
        assert_eq!(read_with(Some(json), "{}").unwrap().body, "{}", "{json}");
    }
    let simple = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""];
    for other in simple.map(Some).into_iter().chain([None, Some("text/plain; application/json")]) {
        let refused = read_with(other, "{}").unwrap_err();
        assert_eq!(refused.status(), "INVALID_ARGUMENT", "{other:?}");
        assert!(refused.to_string().contains("application/json"), "{refused}");
        assert!(read_with(other, "").is_ok(), "an empty body needs no type: {other:?}");
    }
}

#[test]
fn null_in_a_message_is_no_field() {
    #[derive(Debug, PartialEq, serde::Deserialize)]
    #[serde(default)]
    struct Message {
        size: i32,
        parts: Vec<BTreeMap<String, i32>>,
    }
    impl Default for Message {
        fn default() -> Self {
            Self { size: 7, parts: Vec::new() }
        }
    }
    let text = r#"{"size": null, "parts": [{"a": 1, "b": null}]}"#;
    let call = read_with(Some("application/json"), text).unwrap();
    let parts = vec![BTreeMap::from([("a".to_owned(), 1)])];
    assert_eq!(call.message::<Message>().unwrap(), Message { size: 7, parts });
    assert!(call.json::<Message>().is_err());
    let call = read_with(Some("application/json"), "[").unwrap();
    assert_eq!(call.message::<Message>().unwrap_err().status(), "INVALID_ARGUMENT");
}

#[test]
fn a_field_that_a_message_does_not_have_is_refused_by_its_name() {
    let known = ["name", "createTime"];
    let check = |text: &'static str| {
        read_with(Some("application/json"), text).unwrap().check_fields(&known)
    };
    for text in ["", "{}", r#"{"name": "a", "create_time": "b"}"#, r#"{"other": null}"#] {
        assert_eq!(check(text), Ok(()), "{text}");
    }
    let refused = check(r#"{"name": "a", "other": {"name": 1}}"#).unwrap_err();
    assert_eq!(refused.status(), "INVALID_ARGUMENT");
    assert!(refused.message().contains("`other`"), "{refused}");
}

#[test]
fn a_path_that_is_not_utf8_is_rejected() {
    assert_eq!(split_path("/v1/%ff").unwrap_err().status(), "INVALID_ARGUMENT");
}
