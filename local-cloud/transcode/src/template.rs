//! The paths of HTTP rules, such as `/v1/{name=projects/*/secrets/*}:enable`.
//!
//! The grammar is in
//! <https://github.com/googleapis/googleapis/blob/master/google/api/http.proto>.

use std::fmt;
use std::fmt::Write as _;

/// A parsed path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Template {
    parts: Vec<Part>,
    verb: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Segment(Segment),
    /// What a field of the request stands for, with the path of the field: `secret.name`.
    Field(String, Vec<Segment>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    Literal(String),
    /// `*`: one segment.
    One,
    /// `**`: one or more segments.
    Many,
}

/// A field whose value does not fit into the path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: '{value}' does not match {pattern}")]
pub(crate) struct Mismatch {
    field: String,
    value: String,
    pattern: String,
}

impl Template {
    /// Parses a path. Returns `None` for what is no path.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (path, verb) = split_verb(text);
        let verb = verb.map(str::to_owned);
        let mut parts = Vec::new();
        let mut rest = path.strip_prefix('/')?;
        loop {
            if let Some(field) = rest.strip_prefix('{') {
                let (field, after) = field.split_once('}')?;
                let (name, pattern) = field.split_once('=').unwrap_or((field, "*"));
                parts.push(Part::Field(name.to_owned(), pattern.split('/').map(segment).collect()));
                rest = after;
            } else {
                let end = rest.find('/').unwrap_or(rest.len());
                parts.push(Part::Segment(segment(&rest[..end])));
                rest = &rest[end..];
            }
            if rest.is_empty() {
                return Some(Self { parts, verb });
            }
            rest = rest.strip_prefix('/')?;
        }
    }

    /// The fields of the request that are in the path.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Field(field, _) => Some(field.as_str()),
            Part::Segment(_) => None,
        })
    }

    /// How much of a path the template says. Of two templates that a request fits into, the longer
    /// one names the resource.
    pub(crate) fn len(&self) -> usize {
        self.segments().count()
    }

    /// The path with the values of the fields, percent-encoded. A `%2F` in a value stays: it is part
    /// of the name of one resource.
    ///
    /// # Errors
    /// When a value does not have the form that the path requires.
    pub(crate) fn fill(&self, value: impl Fn(&str) -> String) -> Result<String, Mismatch> {
        let mut path = String::new();
        for part in &self.parts {
            path.push('/');
            match part {
                Part::Segment(segment) => path.push_str(&segment.to_string()),
                Part::Field(field, segments) => {
                    let value = value(field);
                    if !fits(segments, &value.split('/').collect::<Vec<_>>()) {
                        let (field, pattern) = (field.clone(), joined(segments));
                        return Err(Mismatch { field, value, pattern });
                    }
                    encode(&value, &mut path);
                }
            }
        }
        if let Some(verb) = &self.verb {
            path.push(':');
            path.push_str(verb);
        }
        Ok(path)
    }

    /// Whether a path of a list of methods, such as `/v1/projects/{project}/secrets/{secret}:enable`,
    /// is one of these.
    pub(crate) fn covers(&self, listed: &str) -> bool {
        let (path, verb) = split_verb(listed);
        let segments: Vec<&str> = path.split('/').skip(1).collect();
        let own: Vec<Segment> = self.segments().cloned().collect();
        verb == self.verb.as_deref() && fits(&own, &segments)
    }

    /// The reverse of [`Template::fill`]: the values of the fields in a path. `None` if it is no such
    /// path.
    pub(crate) fn captured(&self, path: &str) -> Option<Vec<(&str, String)>> {
        let path = match &self.verb {
            Some(verb) => path.strip_suffix(verb.as_str())?.strip_suffix(':')?,
            None => path,
        };
        let mut left: Vec<&str> = path.split('/').skip(1).collect();
        let mut values = Vec::new();
        for part in &self.parts {
            let (field, length) = match part {
                Part::Segment(_) => (None, 1),
                Part::Field(field, segments) if segments.contains(&Segment::Many) => {
                    (Some(field), left.len())
                }
                Part::Field(field, segments) => (Some(field), segments.len()),
            };
            let after = left.split_off(length.min(left.len()));
            values.extend(field.map(|field| (field.as_str(), left.join("/"))));
            left = after;
        }
        Some(values)
    }

    fn segments(&self) -> impl Iterator<Item = &Segment> {
        self.parts.iter().flat_map(|part| match part {
            Part::Segment(segment) => std::slice::from_ref(segment),
            Part::Field(_, segments) => segments.as_slice(),
        })
    }
}

/// The verb follows the colon after the last name.
fn split_verb(text: &str) -> (&str, Option<&str>) {
    let names = text.rfind(['}', '/']).unwrap_or(0);
    match text[names..].rsplit_once(':') {
        Some((before, verb)) => (&text[..names + before.len()], Some(verb)),
        None => (text, None),
    }
}

fn segment(text: &str) -> Segment {
    match text {
        "*" => Segment::One,
        "**" => Segment::Many,
        literal => Segment::Literal(literal.to_owned()),
    }
}

impl fmt::Display for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Literal(text) => text,
            Self::One => "*",
            Self::Many => "**",
        })
    }
}

fn joined(segments: &[Segment]) -> String {
    segments.iter().map(ToString::to_string).collect::<Vec<_>>().join("/")
}

fn fits(pattern: &[Segment], segments: &[&str]) -> bool {
    match (pattern, segments) {
        ([], []) => true,
        ([Segment::Many], [_, ..]) => segments.iter().all(|segment| !segment.is_empty()),
        ([first, pattern @ ..], [segment, segments @ ..]) => {
            let is_first = match first {
                Segment::Literal(text) => text == segment,
                Segment::One => !segment.is_empty(),
                Segment::Many => false,
            };
            is_first && fits(pattern, segments)
        }
        ([], [_, ..]) | ([_, ..], []) => false,
    }
}

fn encode(value: &str, path: &mut String) {
    let mut rest = value;
    while let Some(first) = rest.chars().next() {
        let is_kept = first.is_ascii_alphanumeric() || "-_.~/".contains(first);
        if is_kept || rest.starts_with("%2F") || rest.starts_with("%2f") {
            path.push(first);
        } else {
            for byte in first.to_string().bytes() {
                // Writing to a string does not fail.
                let _ = write!(path, "%{byte:02X}");
            }
        }
        rest = &rest[first.len_utf8()..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(template: &str, value: &str) -> Result<String, String> {
        let template = Template::parse(template).unwrap();
        template.fill(|_| value.to_owned()).map_err(|mismatch| mismatch.to_string())
    }

    #[test]
    fn a_path_is_filled_with_the_names_of_a_request() {
        for (template, value, path) in [
            ("/v1/{name=projects/*/secrets/*}", "projects/p/secrets/s", "/v1/projects/p/secrets/s"),
            ("/v1/{secret.name=projects/*}:x", "projects/p", "/v1/projects/p:x"),
            ("/v1/projects/{project_id}/builds", "p", "/v1/projects/p/builds"),
            ("/v1/{name=operations/**}", "operations/a/b", "/v1/operations/a/b"),
            ("/v1/{name=projects/*}", "projects/example.com:p", "/v1/projects/example.com%3Ap"),
            ("/v1/{name=packages/*}", "packages/a%2Fb", "/v1/packages/a%2Fb"),
            ("/v1/{name=packages/*}", "packages/a%b ä", "/v1/packages/a%25b%20%C3%A4"),
            ("/v2/entries:list", "", "/v2/entries:list"),
        ] {
            assert_eq!(filled(template, value).as_deref(), Ok(path), "{template}");
        }
    }

    #[test]
    fn a_name_of_another_form_does_not_fit() {
        for value in ["", "secrets/s", "projects/p/secrets", "projects//secrets/s"] {
            let told = filled("/v1/{name=projects/*/secrets/*}", value).unwrap_err();
            assert_eq!(told, format!("name: '{value}' does not match projects/*/secrets/*"));
        }
        assert!(filled("/v1/projects/{project_id}/builds", "a/b").is_err());
        assert!(filled("/v1/{name=operations/**}", "operations/").is_err());
    }

    #[test]
    fn the_names_are_found_in_a_filled_path() {
        for (template, path, value) in [
            ("/v1/{name=projects/*/keys/*}", "/v1/projects/p/keys/k:1", "projects/p/keys/k:1"),
            ("/v1/{secret.name=projects/*}/x:go", "/v1/projects/p/x:go", "projects/p"),
            ("/v1/{name=operations/**}:go", "/v1/operations/a/b:go", "operations/a/b"),
        ] {
            let template = Template::parse(template).unwrap();
            assert_eq!(template.captured(path).unwrap()[0].1, value, "{path}");
        }
    }

    #[test]
    fn a_template_covers_the_paths_that_lists_write() {
        for (template, listed, covers) in [
            ("/v1/{parent=projects/*}/secrets", "/v1/projects/{project}/secrets", true),
            ("/v1/{parent=projects/*}/secrets", "/v1/projects/{project}/secrets/{secret}", false),
            ("/v1/{name=projects/*}:get", "/v1/projects/{project}:get", true),
            ("/v1/{name=projects/*}:get", "/v1/projects/{project}:set", false),
            ("/v1/{name=projects/*}", "/v1/projects/{project}:set", false),
            ("/v1/{name=a/*/b/*}:x", "/v1/a/-/b/{b}:x", true),
            ("/v2/entries:list", "/v2/entries:list", true),
            ("/v3/projects:search", "/v3/projects", false),
            ("/v1/{name=operations/**}", "/v1/operations/{operation}", true),
        ] {
            let parsed = Template::parse(template).unwrap();
            assert_eq!(parsed.covers(listed), covers, "{template} {listed}");
        }
    }
}
