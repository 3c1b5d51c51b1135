use longshore_messages::{proto, read_manifest};

use super::*;

fn tree(text: &str) -> Node {
    parse(text).unwrap().unwrap()
}

/// Each flaw as `line:column field: text`.
fn flaws(text: &str) -> Vec<String> {
    let (_, flaws) = read_all::<proto::FunctionSpec>(&mut tree(text));
    let shown = flaws.iter().map(|flaw| {
        let Position { line, column } = flaw.at.unwrap();
        format!("{line}:{column} {}: {}", flaw.field(), flaw.text)
    });
    shown.collect()
}

#[test]
fn a_function_is_read_as_the_parser_of_longshore_yaml_reads_it() {
    let golden = include_str!("../../../messages/tests/golden/longshore.yaml");
    let (read, flaws) = read_all::<proto::FunctionSpec>(&mut tree(golden));
    assert_eq!(flaws, []);
    assert_eq!(read, read_manifest(golden).unwrap());
    let json = serde_json::to_string_pretty(&read).unwrap();
    assert_eq!(read_all::<proto::FunctionSpec>(&mut tree(&json)), (read, Vec::new()));
}

#[test]
fn every_flaw_is_reported_with_its_place_and_the_rest_is_read() {
    let text = "name: hello\nentrypoint: hello\nservice:\n  memori: 512Mi\n  concurrency: many\n  \
                cpu: 1\ncallers: [a, {b: c}]\n";
    let (read, found) = read_all::<proto::FunctionSpec>(&mut tree(text));
    assert_eq!(read.name, "hello");
    assert_eq!(read.service.unwrap().cpu, "1");
    assert_eq!(read.callers, ["a"]);
    assert_eq!(found.len(), 4);
    let shown = flaws(text);
    for (place, shown) in [
        "2:1 entrypoint: unknown field",
        "4:3 service.memori: unknown field",
        "5:16 service.concurrency:",
        "7:14 callers[1]:",
    ]
    .into_iter()
    .zip(shown)
    {
        assert!(shown.starts_with(place), "{place}: {shown}");
    }
}

#[test]
fn the_value_of_a_variable_is_not_quoted() {
    for text in ["service: {environment: 4711}", "service: {environment: {A: [4711]}}"] {
        let shown = flaws(text);
        assert!(shown[0].contains("environment") && !shown[0].contains("4711"), "{shown:?}");
    }
}

#[test]
fn what_is_not_one_yaml_document_is_reported_with_its_line() {
    for (text, line) in [
        ("a: [", 1),
        ("a: 1\na: 2\n", 2),
        ("a: 1\n---\nb: 1\n", 3),
        ("a: 1\n? [b]\n: 1\n", 2),
        ("a: !!str 1\nb: !mine x\n", 2),
        ("a: &a [*a]\n", 1),
    ] {
        let flaw = parse(text).unwrap_err();
        assert_eq!(flaw.at.unwrap().line, line, "{text}: {flaw}");
    }
    assert_eq!(parse("# nothing\n"), Ok(None));
}

#[test]
fn aliases_are_repeated_but_not_without_limit() {
    let alias = tree("a: &x {b: 1}\nc: *x\n");
    let Value::Map(fields) = &alias.value else { panic!("{alias:?}") };
    assert_eq!(fields[0].node.value, fields[1].node.value);
    let mut bomb = "a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n".to_owned();
    for level in 1..9 {
        let items = vec![format!("*a{}", level - 1); 10].join(", ");
        bomb.push_str(&format!("a{level}: &a{level} [{items}]\n"));
    }
    assert!(parse(&bomb).unwrap_err().text.contains("too many"));
}
