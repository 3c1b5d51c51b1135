use serde_json::json;

use super::*;

const INNER: &[Field] = &[
    Field::taken("count", Kind::Int32),
    Field::taken("names", Kind::List(&Kind::Text)),
    Field::output("madeAt", Kind::Time),
];

const FIELDS: &[Field] = &[
    Field::taken("name", Kind::Text),
    Field::taken("sizeBytes", Kind::Int64),
    Field::taken("color", Kind::Enum(&[(0, "NONE"), (3, "RED")])),
    Field::taken("labels", Kind::TextMap),
    Field::taken("inner", Kind::List(&Kind::Message(INNER))),
    Field::taken("day", Kind::Date),
    Field::taken("wait", Kind::Duration),
    Field::taken("isOn", Kind::Boolean),
    Field::taken("data", Kind::Bytes),
    Field::output("etag", Kind::Text),
    Field::unserved("acl"),
];

#[test]
fn a_document_is_written_in_one_form() {
    let document = json!({
        "name": "a", "sizeBytes": 7, "color": 3, "labels": {"a": "b", "c": null}, "isOn": true,
        "inner": [{"count": "5", "names": ["x"], "madeAt": "2031-02-03T04:05:06Z"}],
        "day": "2031-02-03", "wait": "1.5s", "data": "-_8", "etag": "e", "acl": [],
    });
    let expected = json!({
        "name": "a", "sizeBytes": "7", "color": "RED", "labels": {"a": "b", "c": null}, "isOn": true,
        "inner": [{"count": 5, "names": ["x"]}], "day": "2031-02-03", "wait": "1.5s", "data": "-_8",
    });
    assert_eq!(checked(document, FIELDS).unwrap(), expected);
    let nulls = json!({"name": null, "inner": [{"count": null}]});
    assert_eq!(checked(nulls.clone(), FIELDS).unwrap(), nulls);
}

#[test]
fn a_field_of_a_proto_has_two_names() {
    let document = json!({"size_bytes": "7", "is_on": false});
    let expected = json!({"sizeBytes": "7", "isOn": false});
    assert_eq!(checked_message(document.clone(), FIELDS).unwrap(), expected);
    assert_eq!(checked(document, FIELDS).unwrap_err().path(), "size_bytes");
}

#[test]
fn a_value_of_another_type_is_refused_with_its_path() {
    for (document, path) in [
        (json!([]), ""),
        (json!({"name": 7}), "name"),
        (json!({"sizeBytes": "many"}), "sizeBytes"),
        (json!({"sizeBytes": 1.5}), "sizeBytes"),
        (json!({"color": "BLUE"}), "color"),
        (json!({"color": 1}), "color"),
        (json!({"labels": {"a": 1}}), "labels[a]"),
        (json!({"inner": {}}), "inner"),
        (json!({"inner": [{"count": 1}, {"count": 2_147_483_648_i64}]}), "inner[1].count"),
        (json!({"inner": [{"names": [["x"]]}]}), "inner[0].names[0]"),
        (json!({"inner": [{"madeAt": "now"}]}), "inner[0].madeAt"),
        (json!({"day": "2031-02-30"}), "day"),
        (json!({"day": "2031-2-3"}), "day"),
        (json!({"wait": "1.5"}), "wait"),
        (json!({"wait": "1.s"}), "wait"),
        (json!({"isOn": "true"}), "isOn"),
        (json!({"data": "no base64!"}), "data"),
        (json!({"etag": {}}), "etag"),
    ] {
        let refused = checked(document.clone(), FIELDS).unwrap_err();
        assert!(matches!(refused, Mismatch::Type { .. }), "{document}: {refused}");
        assert_eq!(refused.path(), path, "{document}");
    }
    let refused = checked(json!({"name": 7}), FIELDS).unwrap_err().into_rest();
    let text = "Invalid JSON payload received. Invalid value at 'name' (TYPE_STRING), 7";
    assert_eq!((refused.status(), refused.message()), ("INVALID_ARGUMENT", text));
}

#[test]
fn a_field_that_is_unknown_or_not_served_is_refused_unless_it_says_nothing() {
    let unknown = checked(json!({"inner": [{"other": 1}]}), FIELDS).unwrap_err();
    assert_eq!(unknown.to_string(), "Unknown name \"other\" at 'inner[0]': Cannot find field.");
    assert_eq!(unknown.path(), "inner[0].other");
    let unserved = checked(json!({"acl": [{"entity": "allUsers"}]}), FIELDS).unwrap_err();
    let refused = unserved.into_rest();
    assert_eq!(refused.message(), "the local cloud does not serve the field acl");
    let nothing = json!({"other": null, "another": {"enabled": false}, "acl": [{}]});
    assert_eq!(checked(nothing, FIELDS).unwrap(), json!({}));
}
