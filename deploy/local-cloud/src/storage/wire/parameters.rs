//! Query parameters of the JSON API. Unknown ones (`fields`, `prettyPrint`, `projection` …) change nothing that is promised.

use axum::extract::Query;
use axum::http::Uri;
use serde::Deserialize;

use crate::storage::{ListQuery, Preconditions, StorageError};

/// The parameters of any call.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Parameters {
    pub(super) alt: String,
    pub(super) project: String,
    pub(super) name: String,
    pub(super) upload_type: String,
    #[serde(rename = "upload_id")]
    pub(super) upload_id: String,
    pub(super) generation: i64,
    pub(super) content_encoding: String,
    if_generation_match: Option<i64>,
    if_generation_not_match: Option<i64>,
    if_metageneration_match: Option<i64>,
    if_metageneration_not_match: Option<i64>,
    prefix: String,
    delimiter: String,
    include_trailing_delimiter: bool,
    start_offset: String,
    end_offset: String,
    max_results: usize,
    page_token: String,
    kms_key_name: String,
    predefined_acl: String,
    match_glob: String,
    filter: String,
    soft_deleted: bool,
}

impl Parameters {
    /// Reads the query of a request.
    ///
    /// # Errors
    /// [`StorageError::Invalid`] when a parameter has another form; [`StorageError::Unimplemented`] when one asks for what is
    /// not done here.
    pub(super) fn of(uri: &Uri) -> Result<Self, StorageError> {
        let Query(parameters) =
            Query::<Self>::try_from_uri(uri).map_err(|rejection| StorageError::Invalid(rejection.body_text()))?;
        let refused = [
            ("kmsKeyName", !parameters.kms_key_name.is_empty()),
            ("predefinedAcl", !parameters.predefined_acl.is_empty()),
            ("matchGlob", !parameters.match_glob.is_empty()),
            ("filter", !parameters.filter.is_empty()),
            ("softDeleted", parameters.soft_deleted),
        ];
        match refused.into_iter().find(|(_, given)| *given) {
            Some((name, _)) => Err(StorageError::Unimplemented(format!("the parameter {name}"))),
            None => Ok(parameters),
        }
    }

    pub(super) fn preconditions(&self) -> Preconditions {
        Preconditions {
            generation_match: self.if_generation_match,
            generation_not_match: self.if_generation_not_match,
            metageneration_match: self.if_metageneration_match,
            metageneration_not_match: self.if_metageneration_not_match,
        }
    }

    pub(super) fn list_query(self) -> ListQuery {
        ListQuery {
            prefix: self.prefix,
            delimiter: self.delimiter,
            include_trailing_delimiter: self.include_trailing_delimiter,
            start: self.start_offset,
            end: self.end_offset,
            page_size: self.max_results,
            page_token: self.page_token,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(query: &str) -> Result<Parameters, StorageError> {
        Parameters::of(&format!("http://x/y?{query}").parse().unwrap())
    }

    #[test]
    fn preconditions_and_names_are_decoded() {
        let parameters = parse("uploadType=multipart&name=a%2Fb+c&ifGenerationMatch=0&prettyPrint=false").unwrap();
        assert_eq!(parameters.name, "a/b c");
        assert_eq!(parameters.preconditions(), Preconditions::ABSENT);
    }

    #[test]
    fn what_is_no_number_is_refused_with_its_place() {
        assert!(matches!(parse("ifGenerationMatch=zero"), Err(StorageError::Invalid(_))));
    }

    #[test]
    fn a_parameter_that_promises_what_is_not_done_is_refused_by_name() {
        for name in ["kmsKeyName=k", "predefinedAcl=publicRead", "matchGlob=*", "filter=x", "softDeleted=true"] {
            let error = parse(name).unwrap_err();
            assert!(error.to_string().contains(name.split('=').next().unwrap()), "{error}");
        }
    }
}
