//! The supported part of Cloud Logging's query language: equalities, joined by `AND` or a newline.

/// Why a filter is invalid. Permanent error.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("filter: {0}")]
pub(crate) struct FilterError(String);

/// The requested lines. A field that is `None` matches every line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Filter {
    pub(crate) service: Option<String>,
    pub(crate) revision: Option<String>,
    pub(crate) location: Option<String>,
    /// The filter matches nothing: it names another resource type, or contradicts itself.
    pub(crate) nothing: bool,
}

impl Filter {
    /// # Errors
    /// Fails for the rest of the query language; the error names the comparison.
    pub(crate) fn parse(text: &str) -> Result<Self, FilterError> {
        let mut filter = Self::default();
        for comparison in comparisons(text)? {
            let unknown = || {
                FilterError(format!(
                    "'{comparison}' is unsupported: compare resource.type, \
                     resource.labels.service_name, resource.labels.revision_name or \
                     resource.labels.location with =, and join comparisons with AND"
                ))
            };
            let (field, value) = comparison.split_once('=').ok_or_else(unknown)?;
            let value = unquote(value.trim()).ok_or_else(unknown)?;
            let slot = match field.trim() {
                "resource.type" => {
                    filter.nothing |= value != "cloud_run_revision";
                    continue;
                }
                "resource.labels.service_name" => &mut filter.service,
                "resource.labels.revision_name" => &mut filter.revision,
                "resource.labels.location" => &mut filter.location,
                _ => return Err(unknown()),
            };
            filter.nothing |= slot.as_ref().is_some_and(|earlier| *earlier != value);
            *slot = Some(value);
        }
        Ok(filter)
    }
}

/// Splits at newlines and at the word `AND`, except within quotation marks.
fn comparisons(text: &str) -> Result<Vec<String>, FilterError> {
    let mut all = vec![String::new()];
    let mut quoted = false;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let is_and = !quoted
            && rest.starts_with("AND ")
            && all.last().is_none_or(|last| last.ends_with(char::is_whitespace));
        let taken = if is_and { 4 } else { c.len_utf8() };
        if is_and || (c == '\n' && !quoted) {
            all.push(String::new());
        } else if let Some(last) = all.last_mut() {
            last.push(c);
        }
        quoted ^= c == '"';
        rest = &rest[taken..];
    }
    if quoted {
        return Err(FilterError("unterminated string".to_owned()));
    }
    Ok(all
        .iter()
        .map(|comparison| comparison.trim().to_owned())
        .filter(|comparison| !comparison.is_empty())
        .collect())
}

/// The value without its quotation marks, which are optional.
fn unquote(value: &str) -> Option<String> {
    let bare = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(value);
    let is_valid = !bare.is_empty()
        && bare.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
    is_valid.then(|| bare.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equalities_are_joined_by_and_or_new_lines() {
        let expected = Filter {
            service: Some("a".to_owned()),
            location: Some("r".to_owned()),
            ..Filter::default()
        };
        for text in [
            "resource.type=\"cloud_run_revision\" AND resource.labels.service_name=\"a\" AND resource.labels.location = \"r\"",
            "resource.type = cloud_run_revision\n\n resource.labels.service_name=a\nresource.labels.location=r\n",
        ] {
            assert_eq!(Filter::parse(text).unwrap(), expected, "{text}");
        }
        assert_eq!(Filter::parse("").unwrap(), Filter::default());
    }

    #[test]
    fn another_resource_or_a_contradiction_matches_nothing() {
        assert!(Filter::parse("resource.type=\"gce_instance\"").unwrap().nothing);
        assert!(
            Filter::parse("resource.labels.service_name=a AND resource.labels.service_name=b")
                .unwrap()
                .nothing
        );
    }

    #[test]
    fn the_rest_of_the_query_language_is_rejected() {
        for text in [
            "severity>=ERROR",
            "hello",
            "resource.labels.service_name=\"a\" OR resource.labels.service_name=\"b\"",
            "resource.labels.service_name=~\"a.*\"",
            "NOT resource.labels.service_name=a",
            "resource.labels.service_name!=a",
            "resource.labels.service_name=\"a",
        ] {
            assert!(Filter::parse(text).is_err(), "{text}");
        }
    }
}
