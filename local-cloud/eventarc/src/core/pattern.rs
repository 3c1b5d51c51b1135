//! Eventarc's path patterns: <https://cloud.google.com/eventarc/docs/path-patterns>.
//!
//! `*` stands for any text within a segment, and `**`, as a segment of its own, for any number of
//! segments. `{name}`, `{name=*}` and `{name=**}` are the same with a name, which filters ignore.

/// A valid pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pattern(Vec<Segment>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    /// Any number of segments.
    Many,
    /// One segment, as the texts between its stars.
    One(Vec<String>),
}

impl Pattern {
    /// # Errors
    /// What is wrong with the text, for a caller.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let segments = text.split('/').map(segment).collect::<Result<Vec<_>, _>>()?;
        if segments.iter().filter(|segment| **segment == Segment::Many).count() > 1 {
            return Err(format!("path pattern {text:?} has more than one multi-segment wildcard"));
        }
        Ok(Self(segments))
    }

    pub(crate) fn matches(&self, text: &str) -> bool {
        let segments: Vec<&str> = text.split('/').collect();
        match self.0.iter().position(|segment| *segment == Segment::Many) {
            None => are_one_by_one(&self.0, &segments),
            Some(many) => {
                let (before, after) = (&self.0[..many], &self.0[many + 1..]);
                let fits = segments.len() >= before.len() + after.len();
                fits && are_one_by_one(before, &segments[..before.len()])
                    && are_one_by_one(after, &segments[segments.len() - after.len()..])
            }
        }
    }
}

fn are_one_by_one(pattern: &[Segment], segments: &[&str]) -> bool {
    pattern.len() == segments.len()
        && pattern.iter().zip(segments).all(|(pattern, text)| match pattern {
            Segment::Many => true,
            Segment::One(parts) => is_like(parts, text),
        })
}

/// Whether a text consists of the parts, with anything between them.
fn is_like(parts: &[String], text: &str) -> bool {
    let [first, middle @ .., last] = parts else {
        return parts.first().is_some_and(|only| only == text);
    };
    let Some(mut rest) = text.strip_prefix(first.as_str()) else { return false };
    for part in middle {
        let Some(at) = rest.find(part.as_str()) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last.as_str())
}

fn segment(text: &str) -> Result<Segment, String> {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((group, after)) = after.split_once('}') else {
            return Err(format!("path pattern segment {text:?} has an unclosed capture group"));
        };
        let (name, wildcard) = group.split_once('=').unwrap_or((group, "*"));
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if name.is_empty() || !name.chars().all(is_name) || !matches!(wildcard, "*" | "**") {
            return Err(format!("path pattern segment {text:?} has an invalid capture group"));
        }
        plain.push_str(before);
        plain.push_str(wildcard);
        rest = after;
    }
    plain.push_str(rest);
    match plain.as_str() {
        "**" => Ok(Segment::Many),
        other if other.contains("**") || other.contains('}') => {
            Err(format!("path pattern segment {text:?} is invalid"))
        }
        other => Ok(Segment::One(other.split('*').map(str::to_owned).collect())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_within_and_across_segments() {
        let bucket = "/projects/_/buckets/b/objects/photos/2026/a.jpg";
        for (pattern, text, expected) in [
            ("a/b", "a/b", true),
            ("a/b", "a/c", false),
            ("a/*", "a/b", true),
            ("a/*", "a/b/c", false),
            ("a/img-*.jpg", "a/img-1.jpg", true),
            ("a/img-*.jpg", "a/img-1.png", false),
            ("a/x*x", "a/x", false),
            ("a/**", "a", true),
            ("a/**", "a/b/c", true),
            ("**/c", "a/b/c", true),
            ("a/{x}/c", "a/b/c", true),
            ("a/{x=**}/c", "a/b/b/c", true),
            ("a/{x=*}", "a/b/c", false),
            ("/projects/_/buckets/*/objects/**/*.jpg", bucket, true),
            ("/projects/_/buckets/*/objects/*.jpg", bucket, false),
        ] {
            let parsed = Pattern::parse(pattern).unwrap();
            assert_eq!(parsed.matches(text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn malformed_patterns_are_refused() {
        for bad in ["a/{x", "a/{}", "a/{x=y}", "a/b**", "**/a/**", "a}"] {
            assert!(Pattern::parse(bad).is_err(), "{bad}");
        }
    }
}
