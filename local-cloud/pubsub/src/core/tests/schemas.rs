use super::*;
use crate::core::{DELETED_SCHEMA, Definition, Encoding, Language, Revision, SchemaSettings};

const SCHEMA: &str = "projects/p/schemas/state";
const FIRST: &str = r#"syntax = "proto3"; message State { string name = 1; }"#;
const SECOND_TEXT: &str = r#"syntax = "proto3"; message State { string name = 1; int32 n = 2; }"#;

fn create(bench: &mut Bench) -> Revision {
    bench.ask(|core, now| core.create_schema(SCHEMA, proto(FIRST), now)).unwrap()
}

fn commit(bench: &mut Bench, text: &str) -> Result<Revision, Refusal> {
    bench.ask(|core, now| core.commit_schema(SCHEMA, proto(text), now))
}

fn proto(text: &str) -> Definition {
    Definition { language: Language::ProtocolBuffer, text: text.to_owned() }
}

fn avro(fields: &str) -> Definition {
    let text = format!(r#"{{"type": "record", "name": "State", "fields": [{fields}]}}"#);
    Definition { language: Language::Avro, text }
}

fn settings(encoding: Encoding) -> SchemaSettings {
    SchemaSettings {
        schema: SCHEMA.to_owned(),
        encoding,
        first_revision: String::new(),
        last_revision: String::new(),
    }
}

fn bind(bench: &mut Bench, schema: SchemaSettings) -> Result<(), Refusal> {
    bench.run(|core, _| {
        core.update_topic(Topic {
            name: TOPIC.to_owned(),
            schema: Some(schema),
            ..Topic::default()
        })
    })
}

fn publish(bench: &mut Bench, data: &str) -> Result<(), Refusal> {
    let draft = Draft { data: data.to_owned().into(), ..Draft::default() };
    bench.run(|core, now| Ok(core.publish(TOPIC, vec![draft], now)?.events))
}

#[test]
fn a_topic_accepts_messages_of_its_schema_and_adds_the_revision() {
    let mut bench = Bench::new(subscription());
    let first = create(&mut bench);
    bind(&mut bench, settings(Encoding::Json)).unwrap();
    publish(&mut bench, r#"{"name": "a"}"#).unwrap();
    let refused = publish(&mut bench, r#"{"name": "a", "n": 1}"#);
    assert!(matches!(refused, Err(Refusal::InvalidArgument(_))), "{refused:?}");
    let second = commit(&mut bench, SECOND_TEXT).unwrap();
    publish(&mut bench, r#"{"name": "a", "n": 1}"#).unwrap();
    let holder = bench.connect(client("a"));
    let got = bench.pull(holder);
    let revisions: Vec<&str> = got
        .iter()
        .map(|delivery| delivery.message.attributes["googclient_schemarevisionid"].as_str())
        .collect();
    assert_eq!(revisions, [first.id.as_str(), second.id.as_str()]);
    assert_eq!(got[0].message.attributes["googclient_schemaname"], SCHEMA);
    assert_eq!(got[0].message.attributes["googclient_schemaencoding"], "JSON");
}

#[test]
fn messages_must_match_a_revision_within_the_topics_bounds() {
    let mut bench = Bench::new(subscription());
    let first = create(&mut bench);
    let second = commit(&mut bench, SECOND_TEXT).unwrap();
    bind(
        &mut bench,
        SchemaSettings { last_revision: first.id.clone(), ..settings(Encoding::Json) },
    )
    .unwrap();
    assert!(publish(&mut bench, r#"{"n": 1}"#).is_err());
    bind(&mut bench, SchemaSettings { first_revision: second.id, ..settings(Encoding::Json) })
        .unwrap();
    publish(&mut bench, r#"{"n": 1}"#).unwrap();
    let missing = bind(
        &mut bench,
        SchemaSettings { first_revision: "00000000".to_owned(), ..settings(Encoding::Json) },
    );
    assert!(matches!(missing, Err(Refusal::NotFound(_))), "{missing:?}");
}

#[test]
fn binary_messages_are_validated() {
    let mut bench = Bench::new(subscription());
    create(&mut bench);
    bind(&mut bench, settings(Encoding::Binary)).unwrap();
    publish(&mut bench, "\n\u{1}a").unwrap();
    assert!(publish(&mut bench, "\n\u{5}a").is_err());
}

#[test]
fn revisions_are_committed_rolled_back_and_deleted() {
    let mut bench = Bench::new(subscription());
    let first = create(&mut bench);
    let changed = commit(&mut bench, &FIRST.replace("string", "int64"));
    assert!(matches!(changed, Err(Refusal::InvalidArgument(_))), "{changed:?}");
    let second = commit(&mut bench, SECOND_TEXT).unwrap();
    let third = bench.ask(|core, now| core.rollback_schema(SCHEMA, &first.id, now)).unwrap();
    assert_eq!(third.definition, FIRST);
    let ids = |bench: &Bench| -> Vec<String> {
        bench.core.schema_revisions(SCHEMA).unwrap().map(|revision| revision.id.clone()).collect()
    };
    assert_eq!(ids(&bench), [third.id.clone(), second.id.clone(), first.id.clone()]);
    let left =
        bench.ask(|core, _| core.delete_revision(&format!("{SCHEMA}@{}", third.id))).unwrap();
    assert_eq!(left, second);
    bench.replay_snapshot();
    assert_eq!(ids(&bench), [second.id.clone(), first.id.clone()]);
    assert_eq!(bench.core.schema(SCHEMA), Ok(&second));
    assert_eq!(bench.core.schema(&format!("{SCHEMA}@{}", first.id)), Ok(&first));
    bench.ask(|core, _| core.delete_revision(&format!("{SCHEMA}@{}", second.id))).unwrap();
    let last = bench.ask(|core, _| core.delete_revision(&format!("{SCHEMA}@{}", first.id)));
    assert!(matches!(last, Err(Refusal::FailedPrecondition(_))), "{last:?}");
}

#[test]
fn a_topic_whose_schema_is_missing_rejects_messages() {
    let mut bench = Bench::new(subscription());
    let missing = bind(&mut bench, settings(Encoding::Json));
    assert!(matches!(missing, Err(Refusal::NotFound(_))), "{missing:?}");
    create(&mut bench);
    bind(&mut bench, settings(Encoding::Json)).unwrap();
    bench.run(|core, _| core.delete_schema(SCHEMA)).unwrap();
    bench.replay_snapshot();
    assert_eq!(bench.core.topic(TOPIC).unwrap().schema.as_ref().unwrap().schema, DELETED_SCHEMA);
    let refused = publish(&mut bench, "{}");
    assert!(matches!(refused, Err(Refusal::FailedPrecondition(_))), "{refused:?}");
}

#[test]
fn an_avro_schema_survives_a_restart_and_takes_only_avro_revisions() {
    let mut bench = Bench::new(subscription());
    let name = r#"{"name": "name", "type": "string"}"#;
    bench.ask(|core, now| core.create_schema(SCHEMA, avro(name), now)).unwrap();
    let refused = commit(&mut bench, FIRST);
    assert!(matches!(refused, Err(Refusal::InvalidArgument(_))), "{refused:?}");
    let refused = bench.ask(|core, now| core.commit_schema(SCHEMA, avro(""), now));
    assert!(matches!(refused, Err(Refusal::InvalidArgument(_))), "{refused:?}");
    let more = format!(r#"{name}, {{"name": "n", "type": "int", "default": 0}}"#);
    bench.ask(|core, now| core.commit_schema(SCHEMA, avro(&more), now)).unwrap();
    bench.replay_snapshot();
    assert_eq!(bench.core.schema(SCHEMA).unwrap().language, Language::Avro);
    for (encoding, data, is_valid) in [
        (Encoding::Json, r#"{"name": "a", "n": 1}"#, true),
        (Encoding::Json, r#"{"name": "a"}"#, true),
        (Encoding::Json, r#"{"n": 1}"#, false),
        (Encoding::Binary, "\u{2}a\u{2}", true),
        (Encoding::Binary, "\u{2}a", true),
        (Encoding::Binary, "\u{4}a", false),
    ] {
        bind(&mut bench, settings(encoding)).unwrap();
        assert_eq!(publish(&mut bench, data).is_ok(), is_valid, "{encoding:?} {data}");
    }
}
