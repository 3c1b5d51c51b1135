//! Errors in a `longshore.yaml`: the line, the problem, and what was probably meant.

mod words;

use std::path::PathBuf;

use longshore_messages::ManifestError;

use crate::error::CliError;
use words::reworded;

/// Maximum edit distance at which an unknown key is taken for a misspelled one.
const TYPOS_MAX: usize = 3;

/// The error for an invalid manifest, in one line.
pub(crate) fn unusable(path: PathBuf, error: &ManifestError) -> CliError {
    let (key, source) = match error {
        ManifestError::Field { path, source } => (Some(path.as_str()), source),
        ManifestError::Yaml(source) => (None, source),
    };
    let position = source
        .location()
        .map(|at| format!(", line {} column {}", at.line(), at.column()))
        .unwrap_or_default();
    let text = source.without_snippet().to_string();
    let (text, advice) = match (key, unknown(&text)) {
        (Some(key), Some((field, known))) => {
            (format!("`{key}` is not a known key"), meant(field, &known))
        }
        (Some(key), None) => {
            (format!("`{key}`: {}", reworded(first_line(&text))), VALUE.to_owned())
        }
        (None, _) => (reworded(first_line(&text)).into_owned(), YAML.to_owned()),
    };
    CliError::Manifest { path, position, text, advice }
}

const VALUE: &str = "the type of each key is in messages/proto/longshore/v1/function.proto";

const YAML: &str = "a manifest is one YAML document; strings that contain `: ` or ` #` need quotes";

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

/// The unknown key and the known keys from serde's message. Keys in snake_case are dropped, because
/// they are aliases.
pub(crate) fn unknown(text: &str) -> Option<(&str, Vec<&str>)> {
    let (_, rest) = text.split_once("unknown field `")?;
    let (field, rest) = rest.split_once('`')?;
    let (_, known) = first_line(rest)
        .split_once("expected one of ")
        .or_else(|| first_line(rest).split_once("expected "))?;
    let names = known
        .split(", ")
        .map(|name| name.trim_matches(|c: char| !c.is_ascii_alphanumeric() && c != '_'));
    // The parser can append text of its own to the list.
    let is_key = |name: &&str| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric());
    Some((field, names.filter(is_key).collect()))
}

pub(crate) fn meant(field: &str, known: &[&str]) -> String {
    let distance = |name: &&&str| changes(&field.to_lowercase(), &name.to_lowercase());
    let nearest = known
        .iter()
        .min_by_key(distance)
        .filter(|name| distance(name) <= TYPOS_MAX.min(field.len() / 2));
    let guess = nearest.map(|name| format!("did you mean `{name}`? ")).unwrap_or_default();
    format!("{guess}known keys: {}", known.join(", "))
}

/// The Levenshtein distance: letters to add, remove or replace.
fn changes(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (above, c) in one.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], above + 1);
        for (index, &d) in other.iter().enumerate() {
            let replaced = diagonal + usize::from(c != d);
            diagonal = row[index + 1];
            row[index + 1] = replaced.min(row[index] + 1).min(diagonal + 1);
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error_and_advice(yaml: &str) -> (String, String) {
        let error = unusable(
            "f/longshore.yaml".into(),
            &longshore_messages::read_manifest(yaml).unwrap_err(),
        );
        (error.to_string(), error.advice().unwrap_or_default())
    }

    #[test]
    fn an_unknown_key_is_reported_with_its_line_and_a_suggestion() {
        let (text, advice) = error_and_advice("name: a\nservice:\n  memori: 512Mi\n");
        assert_eq!(text, "f/longshore.yaml, line 3 column 3: `service.memori` is not a known key");
        assert!(
            advice.starts_with("did you mean `memory`? known keys: environment, memory, cpu"),
            "{advice}"
        );
        assert!(!advice.contains('_'), "{advice}");
        let (text, advice) = error_and_advice("entrypoint: hello\n");
        assert!(text.contains("line 1 column 1: `entrypoint`"), "{text}");
        assert!(advice.starts_with("did you mean `entryPoint`?"), "{advice}");
    }

    #[test]
    fn an_invalid_value_and_invalid_yaml_are_reported_with_their_line() {
        let (text, _) = error_and_advice("name: a\nservice:\n  minInstances: lots\n");
        assert!(
            text.starts_with("f/longshore.yaml, line 3 column 17: `service.minInstances`: "),
            "{text}"
        );
        let (text, advice) = error_and_advice("name: a: b\n");
        assert!(text.starts_with("f/longshore.yaml, line 1 column 8: "), "{text}");
        assert!(!text.contains('\n') && advice.contains("quotes"), "{text}");
        for (yaml, expected) in [
            ("name: a\nname: b\n", "line 2 column 1: the key `name` is there twice"),
            ("name: a\n---\nname: b\n", "line 3 column 1: a second document begins here"),
            ("service:\n  environment:\n    A:\n", "`service.environment.A`: has no value"),
            ("service:\n  concurrency: many\n", "`service.concurrency`: must be a whole number"),
            ("service:\n  timeout: 60\n", "`service.timeout`: must be a number of seconds"),
            ("service:\n  environment:\n    - A\n", "`service.environment`: must have keys"),
            ("- a\n", "line 1 column 1: must have keys"),
        ] {
            let (text, _) = error_and_advice(yaml);
            assert!(text.contains(expected), "{text}");
        }
    }

    #[test]
    fn the_edit_distance_is_counted() {
        for (one, other, count) in [
            ("", "", 0),
            ("a", "", 1),
            ("", "ab", 2),
            ("memori", "memory", 1),
            ("kitten", "sitting", 3),
        ] {
            assert_eq!(changes(one, other), count, "{one} {other}");
        }
    }
}
