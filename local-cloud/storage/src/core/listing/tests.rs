use super::*;
use crate::{Digest, ObjectAttributes};
use time::OffsetDateTime;

fn object(name: &str, generation: i64) -> ObjectRecord {
    ObjectRecord {
        bucket: "bucket".to_owned(),
        name: name.to_owned(),
        generation,
        metageneration: 1,
        digest: Digest::default(),
        attributes: ObjectAttributes::default(),
        created_at: OffsetDateTime::UNIX_EPOCH,
        changed_at: None,
        noncurrent_at: None,
        components: None,
        kms_key_version: String::new(),
    }
}

fn bucket_of(names: &[&str]) -> Generations {
    let mut all = Generations::default();
    names.iter().for_each(|name| all.put(object(name, 1), false));
    all
}

/// Name, and the generation unless it is the first.
fn shown(object: &ObjectRecord) -> String {
    if object.generation == 1 {
        object.name.clone()
    } else {
        format!("{}#{}", object.name, object.generation)
    }
}

/// All pages of a list, as `items | prefixes` for each.
fn pages(names: &[&str], query: &ListQuery) -> Vec<String> {
    pages_of(&bucket_of(names), query)
}

fn pages_of(all: &Generations, query: &ListQuery) -> Vec<String> {
    let mut query = query.clone();
    let mut pages = Vec::new();
    loop {
        let page = objects(all, &query).unwrap();
        let items: Vec<String> = page.items.iter().map(shown).collect();
        pages.push(format!("{} | {}", items.join(" "), page.prefixes.join(" ")));
        if page.next_page_token.is_empty() {
            return pages;
        }
        query.page_token = page.next_page_token;
    }
}

const NAMES: [&str; 8] = ["a", "a/", "a/1", "a/2/x", "a/2/y", "b/1", "c", "\u{10FFFF}/z"];

#[test]
fn a_list_is_in_name_order_within_the_prefix_and_the_bounds() {
    let query = |prefix: &str, start: &str, end: &str| ListQuery {
        prefix: prefix.to_owned(),
        start: start.to_owned(),
        end: end.to_owned(),
        ..ListQuery::default()
    };
    assert_eq!(pages(&NAMES, &query("", "", "")), ["a a/ a/1 a/2/x a/2/y b/1 c \u{10FFFF}/z | "]);
    assert_eq!(pages(&NAMES, &query("a/2", "", "")), ["a/2/x a/2/y | "]);
    assert_eq!(pages(&NAMES, &query("", "a/2", "c")), ["a/2/x a/2/y b/1 | "]);
    assert_eq!(pages(&NAMES, &query("zz", "", "")), [" | "]);
}

#[test]
fn a_delimiter_groups_names_into_prefixes() {
    let query = |prefix: &str, trailing: bool| ListQuery {
        prefix: prefix.to_owned(),
        delimiter: "/".to_owned(),
        include_trailing_delimiter: trailing,
        ..ListQuery::default()
    };
    assert_eq!(pages(&NAMES, &query("", false)), ["a c | a/ b/ \u{10FFFF}/"]);
    assert_eq!(pages(&NAMES, &query("", true)), ["a a/ c | a/ b/ \u{10FFFF}/"]);
    assert_eq!(pages(&NAMES, &query("a/", false)), ["a/ a/1 | a/2/"]);
    assert_eq!(pages(&NAMES, &query("a", false)), ["a | a/"]);
}

#[test]
fn pages_of_any_size_contain_every_entry_once() {
    let query = |delimiter: &str, page_size: usize| ListQuery {
        delimiter: delimiter.to_owned(),
        page_size,
        ..ListQuery::default()
    };
    let words = |pages: &[String]| -> Vec<String> {
        let mut words: Vec<String> =
            pages.iter().flat_map(|page| page.split(' ').map(str::to_owned)).collect();
        words.retain(|word| !word.is_empty() && word != "|");
        words.sort();
        words
    };
    for delimiter in ["", "/"] {
        let whole = pages(&NAMES, &query(delimiter, 0));
        for page_size in 1..9 {
            let cut = pages(&NAMES, &query(delimiter, page_size));
            assert_eq!(words(&cut), words(&whole), "delimiter {delimiter:?}, pages of {page_size}");
        }
    }
}

#[test]
fn versions_are_listed_oldest_first_and_pages_may_end_between_them() {
    let mut all = Generations::default();
    for (name, generation) in [("a", 1), ("b", 1), ("a", 2), ("a", 3), ("c", 4)] {
        all.put(object(name, generation), true);
    }
    all.archive("c", OffsetDateTime::UNIX_EPOCH);
    let query = |versions: bool, page_size: usize| ListQuery {
        versions,
        page_size,
        ..ListQuery::default()
    };
    assert_eq!(pages_of(&all, &query(false, 0)), ["a#3 b | "]);
    assert_eq!(pages_of(&all, &query(true, 0)), ["a a#2 a#3 b c#4 | "]);
    assert_eq!(pages_of(&all, &query(true, 2)), ["a a#2 | ", "a#3 b | ", "c#4 | "]);
}

#[test]
fn a_glob_selects_names() {
    let query = |glob: &str, page_size: usize| ListQuery {
        match_glob: glob.to_owned(),
        page_size,
        ..ListQuery::default()
    };
    assert_eq!(pages(&NAMES, &query("a/*", 0)), ["a/ a/1 | "]);
    assert_eq!(pages(&NAMES, &query("**/1", 1)), ["a/1 | ", "b/1 | "]);
}

#[test]
fn an_unknown_page_token_is_rejected() {
    let query = ListQuery { page_token: "!".to_owned(), ..ListQuery::default() };
    assert!(matches!(objects(&Generations::default(), &query), Err(StorageError::Invalid(_))));
}

#[test]
fn the_text_after_a_prefix_is_the_next_one() {
    assert_eq!(after_prefix("a/").as_deref(), Some("a0"));
    assert_eq!(after_prefix("\u{D7FF}").as_deref(), Some("\u{E000}"));
    assert_eq!(after_prefix("a\u{10FFFF}").as_deref(), Some("b"));
    assert_eq!(after_prefix("\u{10FFFF}"), None);
}
