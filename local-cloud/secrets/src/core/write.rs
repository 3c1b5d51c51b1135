//! Creating, changing and deleting secrets, and adding versions.

use google_cloud_secretmanager_v1::model::secret::SecretType;
use google_cloud_secretmanager_v1::model::secret_version::State;
use google_cloud_secretmanager_v1::model::{Replication, Secret, SecretVersion};
use uuid::Uuid;

use longshore_local_kit::policy::{Policy, Refused};

use super::names::is_secret_id;
use super::{Event, Moment, Payload, Refusal, SecretName, Secrets, Version, expiry};

/// Maximum size of a value: <https://cloud.google.com/secret-manager/quotas#content_limits>
const PAYLOAD_MAX_BYTES: usize = 64 * 1024;

/// The fields that an update mask may name.
const CHANGEABLE: [&str; 5] = ["labels", "annotations", "version_aliases", "expire_time", "ttl"];

/// Maximum number of aliases of a secret, and their maximum length.
const ALIASES_MAX: usize = 50;
const ALIAS_MAX_CHARS: usize = 63;

impl Secrets {
    /// # Errors
    /// [`Refusal::SecretExists`]; [`Refusal::Invalid`] for a malformed id and for a secret without
    /// replication; [`Refusal::Unimplemented`] for a field that the local cloud does not serve.
    pub(crate) fn create(
        &self,
        name: &SecretName,
        given: Secret,
        moment: &Moment,
    ) -> Result<(Secret, Vec<Event>), Refusal> {
        if !is_secret_id(&name.id) {
            return Err(Refusal::invalid(
                "secret_id: must be 1 to 255 letters, digits, hyphens and underscores",
            ));
        }
        if self.entry(name).is_ok() {
            return Err(Refusal::SecretExists(name.to_string()));
        }
        check_replication(given.replication.as_ref())?;
        check_aliases(&given)?;
        refuse_unsupported(&given)?;
        let expiration = expiry::of(&given, moment)?;
        let secret = Secret::new()
            .set_name(name.to_string())
            .set_create_time(moment.now)
            .set_labels(given.labels)
            .set_annotations(given.annotations)
            .set_version_aliases(given.version_aliases)
            .set_or_clear_replication(given.replication)
            .set_expiration(expiration)
            .set_etag(etag(moment));
        Ok((secret.clone(), vec![Event::Secret(Box::new(secret))]))
    }

    /// # Errors
    /// [`Refusal::NoSecret`]; [`Refusal::Etag`]; [`Refusal::Invalid`] for an empty mask;
    /// [`Refusal::Unimplemented`] for a field that cannot be changed here.
    pub(crate) fn update(
        &self,
        name: &SecretName,
        given: Secret,
        mask: &str,
        moment: &Moment,
    ) -> Result<(Secret, Vec<Event>), Refusal> {
        let mut secret = self.entry(name)?.secret.clone();
        check_etag(&secret, &given.etag)?;
        let fields: Vec<String> =
            mask.split(',').map(snake_case).filter(|field| !field.is_empty()).collect();
        if fields.is_empty() {
            return Err(Refusal::invalid("update_mask: required"));
        }
        if let Some(other) = fields.iter().find(|field| !CHANGEABLE.contains(&field.as_str())) {
            return Err(Refusal::Unimplemented(format!("changes of a secret's field '{other}'")));
        }
        check_aliases(&given)?;
        for field in fields {
            match field.as_str() {
                "labels" => secret.labels.clone_from(&given.labels),
                "annotations" => secret.annotations.clone_from(&given.annotations),
                "version_aliases" => secret.version_aliases.clone_from(&given.version_aliases),
                _ => secret.expiration = expiry::of(&given, moment)?,
            }
        }
        secret.etag = etag(moment);
        Ok((secret.clone(), vec![Event::Secret(Box::new(secret))]))
    }

    /// Deletes the secret with all its versions.
    ///
    /// # Errors
    /// [`Refusal::NoSecret`], [`Refusal::Etag`].
    pub(crate) fn delete(&self, name: &SecretName, etag: &str) -> Result<Vec<Event>, Refusal> {
        check_etag(&self.entry(name)?.secret, etag)?;
        Ok(vec![Event::SecretDeleted(name.to_string())])
    }

    /// Replaces the policy of a secret, and returns it with its new etag.
    ///
    /// # Errors
    /// [`Refusal::NoSecret`], [`Refusal::StalePolicy`], and [`Refusal::Invalid`] for a binding without
    /// a role.
    pub(crate) fn set_policy(
        &self,
        name: &SecretName,
        given: Policy,
        moment: &Moment,
    ) -> Result<(Policy, Vec<Event>), Refusal> {
        let etag = || moment.random.to_be_bytes()[..8].to_vec();
        let replaced = self.entry(name)?.policy.replaced_by(given, etag);
        let policy = replaced.map_err(|refused| match refused {
            Refused::Stale => Refusal::StalePolicy,
            Refused::NoRole => Refusal::invalid("policy.bindings.role: required"),
            Refused::Version(version) => {
                Refusal::invalid(format!("policy.version: {version} is not 0, 1 or 3"))
            }
        })?;
        let event = Event::Policy { secret: name.to_string(), policy: policy.clone() };
        Ok((policy, vec![event]))
    }

    /// The secret's next version. The caller must write its value `data` to the payload's file
    /// before it writes the events.
    ///
    /// # Errors
    /// [`Refusal::NoSecret`]; [`Refusal::Invalid`] when the value is empty, too large, or does not
    /// have the given checksum.
    pub(crate) fn add_version(
        &self,
        name: &SecretName,
        data: &[u8],
        checksum: Option<i64>,
        moment: &Moment,
    ) -> Result<(Version, Vec<Event>), Refusal> {
        let entry = self.entry(name)?;
        if data.is_empty() {
            return Err(Refusal::invalid("payload.data: required"));
        }
        if data.len() > PAYLOAD_MAX_BYTES {
            return Err(Refusal::invalid(format!(
                "payload.data: must be at most {PAYLOAD_MAX_BYTES} bytes"
            )));
        }
        let crc32c = crc32c::crc32c(data);
        if checksum.is_some_and(|checksum| checksum != i64::from(crc32c)) {
            return Err(Refusal::invalid(
                "payload.data_crc32c: does not match the checksum of payload.data",
            ));
        }
        let number = entry.versions.keys().next_back().map_or(1, |newest| newest + 1);
        let resource = SecretVersion::new()
            .set_name(name.version(&number.to_string()).to_string())
            .set_create_time(moment.now)
            .set_state(State::Enabled)
            .set_client_specified_payload_checksum(checksum.is_some())
            .set_etag(etag(moment));
        let payload = Some(Payload { file: Uuid::from_u128(moment.random).to_string(), crc32c });
        let version = Version { resource, payload };
        Ok((version.clone(), vec![Event::Version(Box::new(version))]))
    }
}

fn refuse_unsupported(secret: &Secret) -> Result<(), Refusal> {
    let unsupported = [
        (!secret.topics.is_empty(), "topics of secrets (topics)"),
        (!secret.tags.is_empty(), "tags of Resource Manager on secrets (tags)"),
        (secret.secret_type != SecretType::default(), "types of secrets (secret_type)"),
        (secret.rotation.is_some(), "rotation of secrets (rotation)"),
        (secret.version_destroy_ttl.is_some(), "delayed destruction (version_destroy_ttl)"),
        (
            secret.customer_managed_encryption.is_some(),
            "customer-managed encryption of secrets (customer_managed_encryption)",
        ),
    ];
    match unsupported.iter().find(|(given, _)| *given) {
        Some((_, what)) => Err(Refusal::Unimplemented((*what).to_owned())),
        None => Ok(()),
    }
}

/// A replication that says nothing is as bad as none.
fn check_replication(given: Option<&Replication>) -> Result<(), Refusal> {
    use google_cloud_secretmanager_v1::model::replication::Replication as Kind;
    let customer_managed = || {
        let what = "customer-managed encryption of secrets (customer_managed_encryption)";
        Err(Refusal::Unimplemented(what.to_owned()))
    };
    match given.and_then(|given| given.replication.as_ref()) {
        Some(Kind::Automatic(automatic)) if automatic.customer_managed_encryption.is_some() => {
            customer_managed()
        }
        Some(Kind::Automatic(_)) => Ok(()),
        Some(Kind::UserManaged(managed)) => {
            let replicas = &managed.replicas;
            if replicas.is_empty() || replicas.iter().any(|replica| replica.location.is_empty()) {
                let text =
                    "secret.replication.user_managed.replicas: at least one location is required";
                return Err(Refusal::invalid(text));
            }
            if replicas.iter().any(|replica| replica.customer_managed_encryption.is_some()) {
                return customer_managed();
            }
            Ok(())
        }
        Some(_) | None => {
            Err(Refusal::invalid("secret.replication: required, such as {\"automatic\": {}}"))
        }
    }
}

/// `Secret.version_aliases`: an alias starts with a letter, and is not a name that a version has
/// without it.
fn check_aliases(secret: &Secret) -> Result<(), Refusal> {
    let aliases = &secret.version_aliases;
    if aliases.len() > ALIASES_MAX {
        return Err(Refusal::invalid(format!("version_aliases: at most {ALIASES_MAX}")));
    }
    let is_alias = |alias: &str| {
        alias.len() <= ALIAS_MAX_CHARS
            && alias.starts_with(|c: char| c.is_ascii_alphabetic())
            && alias.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
            && !["latest", "NEW"].contains(&alias)
    };
    if let Some(alias) = aliases.keys().find(|alias| !is_alias(alias)) {
        return Err(Refusal::invalid(format!(
            "version_aliases: '{alias}' must start with a letter, have at most {ALIAS_MAX_CHARS} \
             letters, digits, hyphens and underscores, and not be 'latest' or 'NEW'"
        )));
    }
    match aliases.iter().find(|(_, number)| **number < 1) {
        Some((alias, number)) => Err(Refusal::invalid(format!(
            "version_aliases.{alias}: {number} is not the number of a version"
        ))),
        None => Ok(()),
    }
}

fn check_etag(secret: &Secret, given: &str) -> Result<(), Refusal> {
    if given.is_empty() || given == secret.etag {
        return Ok(());
    }
    Err(Refusal::Etag(format!("Secret [{}]", secret.name)))
}

pub(super) fn etag(moment: &Moment) -> String {
    format!("\"{:014x}\"", moment.random >> 72)
}

fn snake_case(field: &str) -> String {
    let mut snake = String::new();
    for c in field.trim().chars() {
        if c.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
    }
    snake
}
