//! Query parameters of the JSON API, without those of the system, which
//! [`longshore_local_kit::rest::Front`] reads. Unknown ones are ignored.

mod without_effect;

use axum::extract::Query;
use axum::http::Uri;
use serde::{Deserialize, Deserializer};

use crate::{ListQuery, ObjectReference, Preconditions, StorageError};

/// The parameters of all methods.
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
    pub(super) rewrite_token: String,
    pub(super) max_bytes_rewritten_per_call: Option<u64>,
    pub(super) service_account_email: String,
    #[serde(deserialize_with = "flag")]
    pub(super) show_deleted_keys: bool,
    if_generation_match: Option<i64>,
    if_generation_not_match: Option<i64>,
    if_metageneration_match: Option<i64>,
    if_metageneration_not_match: Option<i64>,
    source_generation: i64,
    if_source_generation_match: Option<i64>,
    if_source_generation_not_match: Option<i64>,
    if_source_metageneration_match: Option<i64>,
    if_source_metageneration_not_match: Option<i64>,
    prefix: String,
    delimiter: String,
    #[serde(deserialize_with = "flag")]
    include_trailing_delimiter: bool,
    start_offset: String,
    end_offset: String,
    match_glob: String,
    #[serde(deserialize_with = "flag")]
    versions: bool,
    /// Google's is an unsigned 32-bit number.
    pub(super) max_results: u32,
    pub(super) page_token: String,
    pub(super) kms_key_name: String,
    pub(super) destination_kms_key_name: String,
    predefined_acl: String,
    destination_predefined_acl: String,
    predefined_default_object_acl: String,
    filter: String,
    #[serde(deserialize_with = "flag")]
    soft_deleted: bool,
    #[serde(deserialize_with = "flag")]
    enable_object_retention: bool,
    #[serde(deserialize_with = "flag")]
    override_unlocked_retention: bool,
    restore_token: String,
    drop_context_groups: String,
    pub(super) options_requested_policy_version: Option<u32>,
}

impl Parameters {
    /// Parses the query of a request.
    ///
    /// # Errors
    /// [`StorageError::Invalid`] for a malformed parameter; [`StorageError::Unimplemented`] for an
    /// unsupported one.
    pub(super) fn of(uri: &Uri) -> Result<Self, StorageError> {
        let Query(parameters) = Query::<Self>::try_from_uri(uri)
            .map_err(|rejection| StorageError::Invalid(rejection.body_text()))?;
        without_effect::check(uri)?;
        let refused = [
            ("filter", !parameters.filter.is_empty()),
            ("softDeleted", parameters.soft_deleted),
            ("enableObjectRetention", parameters.enable_object_retention),
            ("overrideUnlockedRetention", parameters.override_unlocked_retention),
            ("restoreToken", !parameters.restore_token.is_empty()),
            ("dropContextGroups", !parameters.drop_context_groups.is_empty()),
        ];
        match refused.into_iter().find(|(_, given)| *given) {
            Some((name, _)) => Err(StorageError::Unimplemented(format!("the parameter {name}"))),
            None => Ok(parameters),
        }
    }

    /// The predefined access control lists, for [`super::acl::check`].
    pub(super) fn predefined_acls(&self) -> [(&'static str, &str); 3] {
        [
            ("predefinedAcl", &self.predefined_acl),
            ("destinationPredefinedAcl", &self.destination_predefined_acl),
            ("predefinedDefaultObjectAcl", &self.predefined_default_object_acl),
        ]
    }

    pub(super) fn preconditions(&self) -> Preconditions {
        Preconditions {
            generation_match: self.if_generation_match,
            generation_not_match: self.if_generation_not_match,
            metageneration_match: self.if_metageneration_match,
            metageneration_not_match: self.if_metageneration_not_match,
        }
    }

    /// The generation that a call addresses.
    pub(super) fn target(&self, bucket: String, object: String) -> ObjectReference {
        ObjectReference {
            bucket,
            object,
            generation: self.generation,
            preconditions: self.preconditions(),
        }
    }

    /// The generation that a call copies from.
    pub(super) fn source(&self, bucket: String, object: String) -> ObjectReference {
        let preconditions = Preconditions {
            generation_match: self.if_source_generation_match,
            generation_not_match: self.if_source_generation_not_match,
            metageneration_match: self.if_source_metageneration_match,
            metageneration_not_match: self.if_source_metageneration_not_match,
        };
        ObjectReference { bucket, object, generation: self.source_generation, preconditions }
    }

    pub(super) fn list_query(self) -> ListQuery {
        ListQuery {
            prefix: self.prefix,
            delimiter: self.delimiter,
            include_trailing_delimiter: self.include_trailing_delimiter,
            start: self.start_offset,
            end: self.end_offset,
            match_glob: self.match_glob,
            versions: self.versions,
            page_size: usize::try_from(self.max_results).unwrap_or(usize::MAX),
            page_token: self.page_token,
        }
    }
}

/// `true` in any case: Google's Python library writes `True`.
fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    let text = String::deserialize(deserializer)?;
    is_true(&text)
        .ok_or_else(|| serde::de::Error::custom(format!("'{text}' is neither true nor false")))
}

fn is_true(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" => Some(true),
        "false" | "0" | "" => Some(false),
        _ => None,
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
        let parameters =
            parse("uploadType=multipart&name=a%2Fb+c&ifGenerationMatch=0&prettyPrint=false")
                .unwrap();
        assert_eq!(parameters.name, "a/b c");
        assert_eq!(parameters.preconditions(), Preconditions::ABSENT);
        let source = parse("sourceGeneration=7&ifSourceMetagenerationMatch=2")
            .unwrap()
            .source("b".to_owned(), "o".to_owned());
        assert_eq!((source.generation, source.preconditions.metageneration_match), (7, Some(2)));
    }

    #[test]
    fn flags_are_true_in_any_case() {
        assert!(parse("versions=True").unwrap().list_query().versions);
        assert!(!parse("versions=false").unwrap().list_query().versions);
        assert!(parse("versions=maybe").is_err());
    }

    #[test]
    fn a_malformed_number_is_rejected() {
        for query in ["ifGenerationMatch=zero", "maxResults=-1", "maxResults=4294967296"] {
            assert!(matches!(parse(query), Err(StorageError::Invalid(_))), "{query}");
        }
    }

    #[test]
    fn an_unsupported_parameter_is_rejected_by_name() {
        for name in ["enableObjectRetention=true", "filter=x", "softDeleted=true"] {
            let error = parse(name).unwrap_err();
            assert!(error.to_string().contains(name.split('=').next().unwrap()), "{error}");
        }
    }
}
