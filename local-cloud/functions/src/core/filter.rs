//! Filters of lists, as far as clients use them: comparisons joined with `AND`
//! (<https://google.aip.dev/160>), such as `environment="GEN_2" AND labels.team=a`.

use serde_json::Value;

use super::Refusal;

/// A conjunction of comparisons. The empty one matches everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Filter(Vec<Comparison>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Comparison {
    /// Path of the field, in camel case.
    path: Vec<String>,
    operator: Operator,
    value: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equals,
    Differs,
    /// `:`. A map has the key; anything else is equal, or is set in case of `*`.
    Has,
}

impl Filter {
    /// # Errors
    /// [`Refusal::Invalid`] for anything but comparisons with `=`, `:` or `!=` joined with `AND`.
    pub(crate) fn parse(text: &str) -> Result<Self, Refusal> {
        let mut comparisons = Vec::new();
        let mut rest = text.trim();
        while !rest.is_empty() {
            let (comparison, after) = comparison(rest).ok_or_else(|| {
                Refusal::invalid(format!(
                    "filter: '{rest}' is unsupported: use FIELD=VALUE, FIELD:VALUE or \
                     FIELD!=VALUE, joined with AND"
                ))
            })?;
            comparisons.push(comparison);
            rest = after.trim_start();
            let joined = rest.get(..4).is_some_and(|word| word.eq_ignore_ascii_case("and "));
            match rest.get(4..).filter(|_| joined) {
                Some(after) => rest = after.trim_start(),
                None if rest.is_empty() => {}
                None => {
                    return Err(Refusal::invalid(format!("filter: expected AND before '{rest}'")));
                }
            }
        }
        Ok(Self(comparisons))
    }

    /// Whether everything matches.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a resource matches, which is given as its JSON.
    pub(crate) fn matches(&self, document: &Value) -> bool {
        self.0.iter().all(|comparison| comparison.matches(document))
    }
}

impl Comparison {
    fn matches(&self, document: &Value) -> bool {
        let found = find(document, &self.path);
        let equals = found.is_some_and(|value| text(value) == self.value)
            // Proto3 leaves out fields with default values.
            || (found.is_none() && matches!(self.value.as_str(), "false" | "" | "0"));
        match self.operator {
            Operator::Equals => equals,
            Operator::Differs => !equals,
            Operator::Has if self.value == "*" => found.is_some(),
            Operator::Has => match found {
                Some(Value::Object(map)) => map.contains_key(&self.value),
                Some(Value::Array(items)) => items.iter().any(|item| text(item) == self.value),
                _ => equals,
            },
        }
    }
}

/// Keys of labels may have dots.
fn find<'a>(document: &'a Value, path: &[String]) -> Option<&'a Value> {
    let Some((name, deeper)) = path.split_first() else { return Some(document) };
    match document.get(name) {
        Some(value) => find(value, deeper),
        None => document.get(path.join(".")),
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn comparison(text: &str) -> Option<(Comparison, &str)> {
    let end =
        text.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | '/')))?;
    let (path, rest) = text.split_at(end);
    let rest = rest.trim_start();
    let (operator, rest) =
        [("!=", Operator::Differs), ("=", Operator::Equals), (":", Operator::Has)]
            .into_iter()
            .find_map(|(sign, operator)| Some((operator, rest.strip_prefix(sign)?)))?;
    let (value, rest) = value(rest.trim_start())?;
    if path.is_empty() {
        return None;
    }
    let mut names = path.split('.');
    let is_label = path.starts_with("labels.");
    let path = names
        .by_ref()
        .enumerate()
        .map(|(depth, name)| if is_label && depth > 0 { name.to_owned() } else { camel_case(name) })
        .collect();
    Some((Comparison { path, operator, value }, rest))
}

fn value(text: &str) -> Option<(String, &str)> {
    for quote in ['"', '\''] {
        if let Some(rest) = text.strip_prefix(quote) {
            let (value, rest) = rest.split_once(quote)?;
            return Some((value.to_owned(), rest));
        }
    }
    let end = text.find(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | '<' | '>'));
    let (value, rest) = text.split_at(end.unwrap_or(text.len()));
    (!value.is_empty()).then(|| (value.to_owned(), rest))
}

fn camel_case(name: &str) -> String {
    let mut upper = false;
    let mut camel = String::new();
    for c in name.chars() {
        match c {
            '_' => upper = true,
            c if upper => {
                camel.push(c.to_ascii_uppercase());
                upper = false;
            }
            c => camel.push(c),
        }
    }
    camel
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn filters_of_googles_tools_select_what_they_mean() {
        let document = json!({
            "environment": "GEN_2", "state": "ACTIVE", "labels": {"team": "a", "x.y": "z"},
            "buildConfig": {"runtime": "python312"}, "metadata": {"target": "projects/p/f"},
        });
        for (filter, expected) in [
            ("", true),
            (r#"environment="GEN_2""#, true),
            ("environment=GEN_1", false),
            ("environment!=GEN_1", true),
            ("labels.team=a AND state=ACTIVE", true),
            ("labels.team=a and state=FAILED", false),
            ("labels.x.y=z", true),
            ("labels:team", true),
            ("labels:other", false),
            ("labels.team:*", true),
            ("build_config.runtime = 'python312'", true),
            ("done=false", true),
            ("done:true", false),
            ("metadata.target=projects/p/f AND done=false", true),
        ] {
            assert_eq!(Filter::parse(filter).unwrap().matches(&document), expected, "{filter}");
        }
    }

    #[test]
    fn what_is_unsupported_is_refused() {
        for bad in ["a", "a=", "=b", "a=b OR c=d", "NOT a=b", "(a=b)", "a>b", "a=b c=d", "a=\"b"] {
            assert!(matches!(Filter::parse(bad), Err(Refusal::Invalid(_))), "{bad}");
        }
    }
}
