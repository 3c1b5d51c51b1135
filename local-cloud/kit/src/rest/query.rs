//! The parameters of a query.

use std::collections::BTreeMap;

use super::{percent_decode, snake_case};

/// Decoded parameters by name, each with its values in the order in which they were given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query(BTreeMap<String, Vec<String>>);

impl Query {
    /// Decodes a query. The name of a system parameter keeps its `$`, as in `$alt`. What is not
    /// UTF-8 is left out.
    pub(super) fn parse(query: &str) -> Self {
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        let decoded = pairs.filter_map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Some((
                percent_decode(&name.replace('+', " "))?,
                percent_decode(&value.replace('+', " "))?,
            ))
        });
        decoded.collect()
    }

    /// The values of a parameter. It has a second name, that of the field in its proto:
    /// `repository_id` for `repositoryId`, which Terraform sends.
    #[must_use]
    pub fn values(&self, name: &str) -> &[String] {
        let values = self.0.get(name).or_else(|| self.0.get(&snake_case(name)));
        values.map(Vec::as_slice).unwrap_or_default()
    }

    /// The names, as they were given.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The first parameter that has more than one value. A value that is repeated is one.
    #[must_use]
    pub fn ambiguous(&self) -> Option<&str> {
        let differ = |values: &[String]| values.windows(2).any(|pair| pair[0] != pair[1]);
        self.0.iter().find(|(_, values)| differ(values)).map(|(name, _)| name.as_str())
    }
}

impl FromIterator<(String, String)> for Query {
    fn from_iter<P: IntoIterator<Item = (String, String)>>(pairs: P) -> Self {
        let mut query = Self::default();
        for (name, value) in pairs {
            query.0.entry(name).or_default().push(value);
        }
        query
    }
}

impl<const N: usize> From<[(String, String); N]> for Query {
    fn from(pairs: [(String, String); N]) -> Self {
        pairs.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn query_parameters_are_decoded() {
        let query = Query::parse("%24alt=json%3Benum-encoding%3Dint&filter=a+b&empty");
        assert_eq!(query.values("$alt"), ["json;enum-encoding=int"]);
        assert_eq!(query.values("filter"), ["a b"]);
        assert_eq!(query.values("empty"), [""]);
        assert_eq!(query.names().collect::<Vec<_>>(), ["$alt", "empty", "filter"]);
    }

    #[test]
    fn all_values_of_a_parameter_are_kept_in_order() {
        let query = Query::parse("names=b&names=a&one=1&one=1");
        assert_eq!(query.values("names"), ["b", "a"]);
        assert_eq!(query.ambiguous(), Some("names"));
        assert_eq!(Query::parse("one=1&one=1&other=2").ambiguous(), None);
    }
}
