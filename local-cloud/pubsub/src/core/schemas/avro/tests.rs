use super::*;

const STATE: &str = r#"{
    "type": "record", "name": "State", "namespace": "example", "fields": [
        {"name": "name", "type": "string"},
        {"name": "number", "type": "int", "default": 7},
        {"name": "kind", "type": {"type": "enum", "name": "Kind", "symbols": ["A", "B"]}},
        {"name": "note", "type": ["null", "string", "Kind"], "default": null},
        {"name": "tags", "type": {"type": "array", "items": "string"}},
        {"name": "key", "type": {"type": "fixed", "name": "Key", "size": 2}},
        {"name": "parts", "type": {"type": "map", "values": "double"}},
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-micros"}}
    ]}"#;

fn parse(definition: &str) -> AvroType {
    AvroType::parse(definition).unwrap()
}

#[test]
fn json_messages_are_checked_field_by_field() {
    let state = parse(STATE);
    let good = r#"{"name": "a", "number": 1, "kind": "A", "note": {"string": "x"}, "tags": ["t"],
        "key": "\u00ff0", "parts": {"p": 1.5}, "at": 1}"#;
    for (from, to, is_valid) in [
        ("", "", true),
        (r#"{"string": "x"}"#, "null", true),
        (r#"{"string": "x"}"#, r#"{"example.Kind": "B"}"#, true),
        (r#"{"string": "x"}"#, r#""x""#, false),
        (r#"{"string": "x"}"#, r#"{"int": 1}"#, false),
        (r#""number": 1"#, r#""number": 2147483648"#, false),
        (r#""number": 1"#, r#""number": 1.5"#, false),
        (r#""number": 1, "#, "", false),
        (r#""kind": "A""#, r#""kind": "C""#, false),
        (r#"["t"]"#, "[7]", false),
        (r#"\u00ff0"#, "123", false),
        (r#"\u00ff0"#, "1ā", false),
        ("1.5", r#""NaN""#, true),
        ("1.5", r#""much""#, false),
        (r#""at": 1"#, r#""at": 1, "more": 2"#, false),
        (r#""at": 1}"#, r#""at": 1} {}"#, false),
    ] {
        let message = good.replacen(from, to, 1);
        let checked = state.validate(Encoding::Json, message.as_bytes());
        assert_eq!(checked.is_ok(), is_valid, "{message}: {checked:?}");
    }
}

#[test]
fn binary_messages_are_read_to_their_end() {
    let state = parse(STATE);
    // name "a", number 1, kind B, note "x", tags ["t"], key, parts {"p": 0.0}, at -1
    let good =
        [2, b'a', 2, 2, 2, 2, b'x', 2, 2, b't', 0, 9, 9, 2, 2, b'p', 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
    assert_eq!(state.validate(Encoding::Binary, &good), Ok(()));
    for end in 0..good.len() {
        assert!(state.validate(Encoding::Binary, &good[..end]).is_err(), "{end}");
    }
    assert!(state.validate(Encoding::Binary, &[&good[..], &[0]].concat()).is_err());
    for (at, byte) in [(3, 4), (4, 6), (4, 1), (0, 1)] {
        let mut bad = good;
        bad[at] = byte;
        assert!(state.validate(Encoding::Binary, &bad).is_err(), "{at}: {byte}");
    }
    let block = [1, 4, 2, b't', 0];
    let tags = parse(r#"{"type": "array", "items": "string"}"#);
    assert_eq!(tags.validate(Encoding::Binary, &block), Ok(()), "a block with its size");
    let eleven_bytes = [0xff; 11];
    assert!(parse(r#""long""#).validate(Encoding::Binary, &eleven_bytes).is_err());
}

#[test]
fn hostile_messages_cost_neither_the_stack_nor_much_time() {
    let list = r#"{"type": "record", "name": "Node", "fields": [
        {"name": "next", "type": ["null", "Node"]}]}"#;
    let deep = vec![2; 1_000_000];
    let error = parse(list).validate(Encoding::Binary, &deep).unwrap_err();
    assert!(error.to_string().contains("nested"), "{error}");
    let nulls = parse(r#"{"type": "array", "items": "null"}"#);
    let many = [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01, 0];
    let error = nulls.validate(Encoding::Binary, &many).unwrap_err();
    assert!(error.to_string().contains("values"), "{error}");
}

#[test]
fn definitions_follow_the_rules_of_the_specification() {
    let record =
        |fields: &str| format!(r#"{{"type": "record", "name": "R", "fields": [{fields}]}}"#);
    for (definition, complaint) in [
        ("nonsense".to_owned(), "expected"),
        (r#""text""#.to_owned(), "unknown"),
        ("[]".to_owned(), "no types"),
        (r#"["null", "null"]"#.to_owned(), "twice"),
        (r#"["null", ["string"]]"#.to_owned(), "contains a union"),
        (r#"{"type": "enum", "name": "E", "symbols": ["A", "A"]}"#.to_owned(), "twice"),
        (r#"{"type": "enum", "name": "E", "symbols": ["1"]}"#.to_owned(), "not a symbol"),
        (
            r#"{"type": "enum", "name": "E", "symbols": ["A"], "default": "B"}"#.to_owned(),
            "default",
        ),
        (r#"{"type": "fixed", "name": "F"}"#.to_owned(), "size"),
        (r#"{"type": "record", "fields": []}"#.to_owned(), "name"),
        (r#"{"type": "record", "name": "a-b", "fields": []}"#.to_owned(), "not a name"),
        (record(r#"{"name": "f"}"#), "type of R.f"),
        (record(r#"{"name": "f", "type": "int"}, {"name": "f", "type": "int"}"#), "twice"),
        (record(r#"{"name": "f", "type": "int", "default": "x"}"#), "default of R.f"),
        (record(r#"{"name": "f", "type": ["null", "int"], "default": 1}"#), "default of R.f"),
        (
            record(r#"{"name": "f", "type": {"type": "fixed", "name": "R", "size": 1}}"#),
            "defined twice",
        ),
    ] {
        let error = AvroType::parse(&definition).unwrap_err().to_string();
        assert!(error.contains(complaint), "{definition}: {error}");
    }
    for good in [
        record(r#"{"name": "f", "type": ["int", "null"], "default": 1}"#),
        record(r#"{"name": "f", "type": ["null", "R"], "doc": "itself", "order": "ignore"}"#),
        r#""string""#.to_owned(),
        r#"{"type": {"type": "string"}}"#.to_owned(),
    ] {
        parse(&good);
    }
}

#[test]
fn a_revision_and_the_last_one_must_read_each_other() {
    let old = parse(STATE);
    for (from, to, is_compatible) in [
        ("", "", true),
        (r#"{"name": "number", "type": "int", "default": 7},"#, "", true),
        (r#"{"name": "name", "type": "string"},"#, "", false),
        (
            r#"{"name": "name", "type": "string"},"#,
            r#"{"name": "name", "type": "string"}, {"name": "z", "type": "int", "default": 0},"#,
            true,
        ),
        (
            r#"{"name": "name", "type": "string"},"#,
            r#"{"name": "name", "type": "string"}, {"name": "z", "type": "int"},"#,
            false,
        ),
        (r#""type": "int""#, r#""type": "long""#, false),
        (r#""type": "string"}"#, r#""type": "bytes"}"#, true),
        (r#"["A", "B"]"#, r#"["A", "B", "C"]"#, false),
        (r#""size": 2"#, r#""size": 3"#, false),
        (r#""State""#, r#""Other""#, false),
        (r#"["null", "string", "Kind"]"#, r#"["null", "Kind", "string"]"#, true),
        (r#"["null", "string", "Kind"]"#, r#"["null", "string"]"#, false),
    ] {
        let next = parse(&STATE.replacen(from, to, 1));
        let why = old.incompatibility(&next);
        assert_eq!(why.is_none(), is_compatible, "{from} -> {to}: {why:?}");
    }
}
