//! Selects functions: conditions that all have to hold. Pure.

use std::str::FromStr;

use super::{Deployed, Kind};

/// `KEY=PATTERN`, in which `*` stands for any text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Filter {
    key: Key,
    pattern: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Key {
    Name,
    Runtime,
    Flavour,
    Generation,
    Label(String),
}

impl FromStr for Filter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (key, pattern) =
            text.split_once('=').ok_or("must be KEY=PATTERN, such as runtime=python39")?;
        let key = match key {
            "name" => Key::Name,
            "runtime" => Key::Runtime,
            "flavour" => Key::Flavour,
            "generation" => Key::Generation,
            _ => match key.strip_prefix("label.") {
                Some(label) if !label.is_empty() => Key::Label(label.to_owned()),
                _ => {
                    return Err(format!(
                        "{key:?} is not one of name, runtime, flavour, generation and label.NAME"
                    ));
                }
            },
        };
        Ok(Self { key, pattern: pattern.to_owned() })
    }
}

impl Filter {
    pub(crate) fn selects(&self, one: &Deployed) -> bool {
        let value = match &self.key {
            Key::Name => Some(one.at.name.as_str()),
            Key::Runtime => one.runtime(),
            Key::Flavour => Some(one.flavour().as_str()),
            Key::Generation => match one.kind() {
                Kind::FirstGeneration => Some("1"),
                Kind::Function => Some("2"),
                Kind::RunFunction | Kind::Image => None,
            },
            Key::Label(name) => label(one, name),
        };
        value.is_some_and(|value| matches(&self.pattern, value))
    }
}

fn label<'a>(one: &'a Deployed, name: &str) -> Option<&'a str> {
    let function = one.function.as_ref().and_then(|of| of.live.shape.labels.get(name));
    let service = || one.live().and_then(|live| live.shape.settings.labels.get(name));
    function.or_else(service).map(String::as_str)
}

/// Whether a text has the parts of a pattern, in order and from its start to its end.
fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_matches_from_start_to_end() {
        for (pattern, text, is_match) in [
            ("python39", "python39", true),
            ("python39", "python390", false),
            ("python*", "python39", true),
            ("*-eu", "orders-eu", true),
            ("*-eu", "orders-eu-2", false),
            ("a*b*c", "aXbYc", true),
            ("a*b*b", "ab", false),
            ("*", "", true),
            ("", "x", false),
        ] {
            assert_eq!(matches(pattern, text), is_match, "{pattern} {text}");
        }
    }

    #[test]
    fn an_unknown_key_is_refused() {
        assert!("label.team=a".parse::<Filter>().is_ok());
        for text in ["runtime", "colour=red", "label.=x"] {
            assert!(text.parse::<Filter>().is_err(), "{text}");
        }
    }
}
