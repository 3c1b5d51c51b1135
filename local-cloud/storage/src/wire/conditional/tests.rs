use axum::http::HeaderValue;
use time::Duration;

use super::*;

const NOW: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
const EARLIER: &str = "Sun, 06 Nov 1994 08:49:36 GMT";

fn of(fields: &[(&'static str, &'static str)]) -> Conditional {
    let fields = fields
        .iter()
        .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
    Conditional::of(&fields.collect())
}

#[test]
fn a_read_is_decided_in_the_order_of_http() {
    let modified = OffsetDateTime::parse(NOW, &Rfc2822).unwrap() + Duration::milliseconds(300);
    let version = Validators { tags: &["tag", "md5"], modified };
    let (read, known, fails) = (Some(Outcome::Read), Some(Outcome::NotModified), None);
    type Headers = &'static [(&'static str, &'static str)];
    let table: [(Headers, Option<Outcome>); 18] = [
        (&[], read),
        (&[("if-match", "tag")], read),
        (&[("if-match", "\"md5\"")], read),
        (&[("if-match", "*")], read),
        (&[("if-match", "other")], fails),
        (&[("if-match", "other, tag")], read),
        (&[("if-none-match", "tag")], known),
        (&[("if-none-match", "W/\"tag\"")], known),
        (&[("if-none-match", "*")], known),
        (&[("if-none-match", "other")], read),
        (&[("if-modified-since", NOW)], known),
        (&[("if-modified-since", EARLIER)], read),
        (&[("if-modified-since", "yesterday")], read),
        (&[("if-unmodified-since", NOW)], read),
        (&[("if-unmodified-since", EARLIER)], fails),
        // A tag is more exact than a date.
        (&[("if-match", "tag"), ("if-unmodified-since", EARLIER)], read),
        (&[("if-none-match", "other"), ("if-modified-since", NOW)], read),
        (&[("if-match", "other"), ("if-none-match", "tag")], fails),
    ];
    for (fields, expected) in table {
        assert_eq!(of(fields).of_read(&version).ok(), expected, "{fields:?}");
    }
}

#[test]
fn a_range_of_another_version_is_not_wanted() {
    let version =
        Validators { tags: &["tag"], modified: OffsetDateTime::parse(NOW, &Rfc2822).unwrap() };
    assert!(of(&[]).has_range(&version));
    for (given, expected) in
        [("\"tag\"", true), (NOW, true), ("\"other\"", false), (EARLIER, false)]
    {
        assert_eq!(of(&[("if-range", given)]).has_range(&version), expected, "{given}");
    }
}

#[test]
fn the_condition_of_a_write_is_checked_together_with_it() {
    let any = Preconditions::default();
    let tag = BASE64_STANDARD.encode("7/2");
    let fields = HeaderMap::from_iter([(header::IF_MATCH, HeaderValue::from_str(&tag).unwrap())]);
    let written = Conditional::of(&fields).of_object_write(any).unwrap();
    assert_eq!((written.generation_match, written.metageneration_match), (Some(7), Some(2)));
    assert!(matches!(
        Conditional::of(&fields).of_object_write(Preconditions::generation(8)),
        Err(StorageError::Precondition)
    ));
    assert_eq!(of(&[("if-none-match", "*")]).of_object_write(any).unwrap(), Preconditions::ABSENT);
    let bucket = of(&[("if-match", "3")]).of_bucket_write(any).unwrap();
    assert_eq!(bucket.metageneration_match, Some(3));
    assert!(matches!(
        of(&[("if-match", "strange")]).of_object_write(any),
        Err(StorageError::Precondition)
    ));
}

#[test]
fn other_conditions_of_a_write_are_refused_by_name() {
    for (name, value) in [
        ("if-modified-since", NOW),
        ("if-unmodified-since", NOW),
        ("if-none-match", "tag"),
        ("if-match", "*"),
        ("if-match", "a, b"),
    ] {
        let refused = of(&[(name, value)]).of_object_write(Preconditions::default()).unwrap_err();
        assert!(matches!(&refused, StorageError::Unimplemented(_)), "{refused}");
        assert!(refused.to_string().to_lowercase().contains(name), "{refused}");
    }
}
