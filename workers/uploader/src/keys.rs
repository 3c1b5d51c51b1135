//! Customer-managed keys: what a requester names must be under the key that it names, before
//! anything is uploaded. A source that was stored once under another key cannot be called back.
//!
//! A key that becomes unusable later makes Google's services refuse what it protects. Their words
//! are in the tables of [`refusals`].

use longshore_cloud::refusals::{self, PROPAGATION_WINDOW, Refusal, Subject};
use longshore_cloud::{Bus, CloudError, Images, Objects};
use longshore_ledger::Ledger;
use longshore_messages::{
    DeploymentId, Failure, FailureClass, Function, SOURCE_REPOSITORY, Source, StorageObject,
};
use longshore_runner::telemetry::chain;

use crate::{NAME, UploadError};

/// Checks keys, for one function.
pub(crate) struct Keys<'a> {
    pub(crate) ledger: &'a Ledger,
    pub(crate) objects: &'a dyn Objects,
    pub(crate) images: &'a dyn Images,
    pub(crate) bus: &'a dyn Bus,
    pub(crate) id: DeploymentId,
    pub(crate) function: &'a Function,
}

impl Keys<'_> {
    /// Checks that the bucket and the repository of a function are under its key.
    pub(crate) async fn check(&self) -> Result<(), UploadError> {
        let Some(encryption) = &self.function.encryption else { return Ok(()) };
        let key = &encryption.kms_key;
        if let Some(bucket) = &encryption.source_bucket {
            let found = self.objects.default_key(bucket).await.map_err(UploadError::Bucket);
            let found = self.judged(found).await?;
            if let Some(failure) = wrong_bucket(bucket, found.as_deref(), key) {
                return Err(refused(failure));
            }
        }
        if let Some(repository) = &self.function.build.repository {
            let found = self.images.repository_key(repository).await;
            let found = self.judged(found.map_err(UploadError::Repository)).await?;
            if let Some(failure) = wrong_repository(repository, found.as_deref(), key) {
                return Err(refused(failure));
            }
        }
        Ok(())
    }

    /// Refuses an archive in a request under a key if the topic of the request or the ledger keeps
    /// it under none.
    pub(crate) async fn check_inline(&self, topic: &str, ledger: &str) -> Result<(), UploadError> {
        let is_inline = matches!(self.function.source, Source::Inline(_));
        if !is_inline || self.function.encryption.is_none() {
            return Ok(());
        }
        let topic_key = self.bus.topic_key(topic).await.map_err(UploadError::Topic);
        let ledger_key = self.objects.default_key(ledger).await.map_err(UploadError::Bucket);
        let (topic_key, ledger_key) =
            (self.judged(topic_key).await?, self.judged(ledger_key).await?);
        match unprotected_inline(topic, topic_key, ledger, ledger_key) {
            Some(failure) => Err(refused(failure)),
            None => Ok(()),
        }
    }

    /// Turns an error into the failure that it means if it is about a key, unless a grant of a
    /// moment ago may still mend it.
    pub(crate) async fn judged<T>(&self, result: Result<T, UploadError>) -> Result<T, UploadError> {
        let error = match result {
            Ok(value) => return Ok(value),
            Err(error) => error,
        };
        let Some((refusal, cause)) = self.refusal(&error) else { return Err(error) };
        if refusal.propagates {
            let since = self.ledger.refused_for(self.id, NAME).await;
            if since.map_err(UploadError::Ledger)? < PROPAGATION_WINDOW {
                return Err(error.into_propagating());
            }
        }
        let failure = Failure::new(NAME, refusal.class, refusal.code, cause, &refusal.advice);
        Err(UploadError::Refused(Box::new(failure)))
    }

    fn refusal(&self, error: &UploadError) -> Option<(Refusal, String)> {
        let at = &self.function.at;
        let mut subject = Subject {
            project: &at.project,
            region: &at.region,
            key: self.function.kms_key().unwrap_or_default(),
            ..Subject::default()
        };
        let (refusal, cause): (_, &CloudError) = match error {
            UploadError::Bucket(cause) | UploadError::Upload(cause) => {
                (refusals::of_key(cause, &subject), cause)
            }
            UploadError::Fetch { source: cause, .. } => {
                // The source may be under any key.
                subject.key = "";
                (refusals::of_key(cause, &subject), cause)
            }
            UploadError::Repository(cause) => {
                let named = self.function.build.repository.as_deref().unwrap_or_default();
                subject.project = named.split('/').nth(1).unwrap_or_default();
                (refusals::of_call(cause, &subject), cause)
            }
            _ => return None,
        };
        refusal.map(|refusal| (refusal, chain(cause)))
    }
}

fn refused(failure: Failure) -> UploadError {
    UploadError::Refused(Box::new(failure))
}

/// The failure of a bucket whose default key is not `key`, or `None` if it is. `found` is `None` if
/// the bucket does not exist, and empty if Google manages its keys. Pure.
#[must_use]
pub fn wrong_bucket(bucket: &str, found: Option<&str>, key: &str) -> Option<Failure> {
    let Some(found) = found else { return Some(no_bucket(bucket, key)) };
    if found == key {
        return None;
    }
    let has = match found {
        "" => "has no default key".to_owned(),
        other => format!("has the default key {other}"),
    };
    let reason = format!(
        "function.encryption.sourceBucket must be a bucket with the default key {key}, but \
         {bucket} {has}"
    );
    let advice = format!(
        "name a bucket of this key, or set the key of this one with `gcloud storage buckets update \
         gs://{bucket} --default-encryption-key {key}`, which leaves its objects as they are"
    );
    Some(user("key-mismatch", reason, &advice))
}

/// The failure of a bucket under a key that does not exist. It is not created: only its owner knows
/// its settings.
pub(crate) fn no_bucket(bucket: &str, key: &str) -> Failure {
    let location = location_of(key);
    let reason = format!("function.encryption.sourceBucket names {bucket}, which does not exist");
    let advice = format!(
        "create the bucket with `gcloud storage buckets create gs://{bucket} --location {location} \
         --default-encryption-key {key} --uniform-bucket-level-access`"
    );
    user("source-bucket-missing", reason, &advice)
}

/// The failure of a stored archive that is not under the key, or `None` if it is. Pure.
pub(crate) fn wrong_object(object: &StorageObject, version: &str, key: &str) -> Option<Failure> {
    let found = version.split_once("/cryptoKeyVersions/").map_or(version, |(key, _)| key);
    if found == key {
        return None;
    }
    let has = match found {
        "" => "is under none".to_owned(),
        other => format!("is under {other}"),
    };
    let reason = format!("the stored source must be under the key {key}, but {object} {has}");
    let StorageObject { bucket, object: name, .. } = object;
    let advice = format!(
        "write the object again with `gcloud storage objects update gs://{bucket}/{name} \
         --encryption-key {key}`, or delete it, and deploy again"
    );
    Some(user("key-mismatch", reason, &advice))
}

/// The failure of a repository that is not under `key`, or `None` if it is. `found` as for
/// [`wrong_bucket`]. Pure.
fn wrong_repository(repository: &str, found: Option<&str>, key: &str) -> Option<Failure> {
    let create = |id: &str| match repository.split('/').collect::<Vec<_>>()[..] {
        ["projects", project, "locations", region, "repositories", _] => format!(
            "gcloud artifacts repositories create {id} --project {project} --location {region} \
             --repository-format docker --kms-key {key}"
        ),
        _ => "gcloud artifacts repositories create".to_owned(),
    };
    let id = repository.rsplit('/').next().unwrap_or(SOURCE_REPOSITORY);
    let Some(found) = found else {
        let reason = format!("the image repository {repository} does not exist");
        let advice = format!("name a repository under the key, or create it with `{}`", create(id));
        return Some(user("repository-missing", reason, &advice));
    };
    if found == key {
        return None;
    }
    let has = match found {
        "" => "is under none".to_owned(),
        other => format!("is under {other}"),
    };
    let reason = format!(
        "function.build.repository must be a repository under the key {key}, but {repository} {has}"
    );
    let advice = format!(
        "the key of a repository cannot be changed: create another one with `{}`, and name it",
        create("NAME")
    );
    Some(user("key-mismatch", reason, &advice))
}

/// The failure of an archive in a request under a key, if the topic of the request or the bucket of
/// the ledger is under none. Each key is `None` if its resource does not exist. Pure.
#[must_use]
pub fn unprotected_inline(
    topic: &str,
    topic_key: Option<String>,
    ledger: &str,
    ledger_key: Option<String>,
) -> Option<Failure> {
    let is_protected = |key: Option<String>| key.is_some_and(|key| !key.is_empty());
    let place = match (is_protected(topic_key), is_protected(ledger_key)) {
        (false, _) => format!("the topic {topic}"),
        (true, false) => format!("the ledger gs://{ledger}"),
        (true, true) => return None,
    };
    let reason = format!(
        "function.source.inline must not be used with function.encryption, because {place}, which \
         keeps the request, is under no key of Cloud KMS"
    );
    let advice = "name a source in a bucket under the key, or let an operator create the fleet's \
                  topics and its ledger under a key with `longshore provision --kms-key KEY`";
    Some(user("inline-source-unprotected", reason, advice))
}

fn user(code: &str, reason: String, advice: &str) -> Failure {
    Failure::new(NAME, FailureClass::User, code, reason, advice)
}

fn location_of(key: &str) -> &str {
    key.split('/').nth(3).unwrap_or("LOCATION")
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "projects/p/locations/europe-west1/keyRings/r/cryptoKeys/k";
    const OTHER: &str = "projects/p/locations/europe-west1/keyRings/r/cryptoKeys/other";
    const REPOSITORY: &str = "projects/p/locations/europe-west1/repositories/images";

    /// The failure must have this code, and name all of these in its reason or advice.
    fn assert_names(failure: Option<Failure>, code: &str, parts: &[&str]) {
        let failure = failure.expect(code);
        assert_eq!((failure.class, failure.code.as_str()), (FailureClass::User, code));
        let text = format!("{} {}", failure.reason, failure.advice);
        for part in parts {
            assert!(text.contains(part), "{part}: {text}");
        }
    }

    #[test]
    fn a_bucket_under_another_key_is_refused_with_both_keys_and_the_command() {
        assert_eq!(wrong_bucket("b", Some(KEY), KEY), None);
        let field = "function.encryption.sourceBucket";
        let update =
            format!("gcloud storage buckets update gs://b --default-encryption-key {KEY}`");
        let found = wrong_bucket("b", Some(OTHER), KEY);
        assert_names(found, "key-mismatch", &[field, KEY, OTHER, &update]);
        let found = wrong_bucket("b", Some(""), KEY);
        assert_names(found, "key-mismatch", &[field, "has no default key", &update]);
        let create = format!(
            "gcloud storage buckets create gs://b --location europe-west1 --default-encryption-key \
             {KEY}"
        );
        assert_names(wrong_bucket("b", None, KEY), "source-bucket-missing", &[field, &create]);
    }

    #[test]
    fn a_repository_under_another_key_is_refused_with_both_keys_and_the_command() {
        assert_eq!(wrong_repository(REPOSITORY, Some(KEY), KEY), None);
        let create = |id: &str| {
            format!(
                "gcloud artifacts repositories create {id} --project p --location europe-west1 \
                 --repository-format docker --kms-key {KEY}`"
            )
        };
        let field = "function.build.repository";
        let found = wrong_repository(REPOSITORY, Some(OTHER), KEY);
        assert_names(found, "key-mismatch", &[field, KEY, OTHER, &create("NAME")]);
        let found = wrong_repository(REPOSITORY, Some(""), KEY);
        assert_names(found, "key-mismatch", &[field, "is under none", &create("NAME")]);
        let found = wrong_repository(REPOSITORY, None, KEY);
        assert_names(found, "repository-missing", &[REPOSITORY, &create("images")]);
    }

    #[test]
    fn an_inline_source_is_accepted_only_if_topic_and_ledger_are_under_a_key() {
        let key = || Some(KEY.to_owned());
        let none = || Some(String::new());
        let found = |topic, ledger| unprotected_inline("t", topic, "l", ledger);
        assert_eq!(found(key(), key()), None);
        let code = "inline-source-unprotected";
        let command = "longshore provision --kms-key";
        assert_names(found(none(), key()), code, &["the topic t", command]);
        assert_names(found(key(), none()), code, &["the ledger gs://l", command]);
        assert_names(found(None, None), code, &["the topic t"]);
    }

    #[test]
    fn an_archive_that_was_stored_under_another_key_is_refused() {
        let object = StorageObject { bucket: "b".into(), object: "o".into(), generation: 1 };
        let version = format!("{KEY}/cryptoKeyVersions/7");
        assert_eq!(wrong_object(&object, &version, KEY), None);
        let update = format!("gcloud storage objects update gs://b/o --encryption-key {KEY}`");
        assert_names(wrong_object(&object, "", KEY), "key-mismatch", &["is under none", &update]);
        let version = format!("{OTHER}/cryptoKeyVersions/1");
        assert_names(wrong_object(&object, &version, KEY), "key-mismatch", &[OTHER, &update]);
    }
}
