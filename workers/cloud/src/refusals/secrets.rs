//! What it means that a secret of a revision does not exist.

use longshore_messages::{FailureClass, ServiceSettings};

use super::{Refusal, Subject};

/// A secret in the words of Cloud Run: `Secret projects/P/secrets/S/versions/V was not found`.
/// <https://cloud.google.com/run/docs/troubleshooting>
struct Missing<'a> {
    project: &'a str,
    secret: &'a str,
    version: &'a str,
}

/// The meaning of a message that names a secret that does not exist. The advice names what needs
/// it, and the command that creates it.
pub(super) fn missing(message: &str, subject: &Subject<'_>) -> Option<Refusal> {
    let Missing { project, secret, version } = missing_in(message)?;
    let users = subject.settings.map(|settings| users(settings, secret)).unwrap_or_default();
    let who = if users.is_empty() { "the function".to_owned() } else { users.join(" and ") };
    let needs = if users.len() > 1 { "need" } else { "needs" };
    let what = match version {
        "latest" => format!("the secret {secret}"),
        version => format!("version {version} of the secret {secret}"),
    };
    let create = if subject.project.is_empty() || project == subject.project {
        format!("`printf %s VALUE | longshore secrets set {secret}`")
    } else {
        format!(
            "`printf %s VALUE | gcloud secrets create {secret} --project {project} --data-file=-`"
        )
    };
    let others = if version.parse::<u64>().is_ok_and(|version| version > 1) {
        ", which adds the next version, or name a version that exists"
    } else {
        ""
    };
    Some(Refusal {
        class: FailureClass::User,
        code: "secret-not-found",
        advice: format!("{who} {needs} {what}: create it with {create}{others}, and deploy again"),
        propagates: false,
        is_platforms: false,
    })
}

fn missing_in(message: &str) -> Option<Missing<'_>> {
    let (_, rest) = message.split_once("Secret projects/")?;
    let (name, _) = rest.split_once(" was not found")?;
    let (project, rest) = name.split_once("/secrets/")?;
    let (secret, version) = rest.split_once("/versions/").unwrap_or((rest, "latest"));
    let is_name = |part: &str| !part.is_empty() && !part.contains(['/', ' ']);
    [project, secret, version].into_iter().all(is_name).then_some(Missing {
        project,
        secret,
        version,
    })
}

/// The variables and directories that are made from a secret.
fn users(settings: &ServiceSettings, secret: &str) -> Vec<String> {
    let is_it = |named: &str| named.rsplit('/').next() == Some(secret);
    let variables = settings
        .secret_environment
        .iter()
        .filter(|(_, value)| is_it(&value.secret))
        .map(|(name, _)| format!("the variable {name}"));
    let volumes = settings
        .secret_volumes
        .iter()
        .filter(|(_, volume)| is_it(&volume.secret))
        .map(|(path, _)| format!("the directory {path}"));
    variables.chain(volumes).collect()
}

#[cfg(test)]
mod tests {
    use longshore_messages::{SecretVersion, SecretVolume};

    use super::*;

    #[test]
    fn the_advice_names_what_needs_the_secret_and_the_command_that_creates_it() {
        let version = |secret: &str| SecretVersion { secret: secret.into(), version: "1".into() };
        let settings = ServiceSettings {
            secret_environment: [
                ("DB_PASSWORD".to_owned(), version("db")),
                ("OTHER".to_owned(), version("projects/q/secrets/other")),
            ]
            .into(),
            secret_volumes: [(
                "/etc/db".to_owned(),
                SecretVolume { secret: "db".into(), files: [("p".into(), "1".into())].into() },
            )]
            .into(),
            ..ServiceSettings::default()
        };
        let subject = Subject { project: "p", settings: Some(&settings), ..Subject::default() };
        for (message, advice) in [
            (
                "spec.x: Secret projects/p/secrets/db/versions/latest was not found",
                Some(
                    "the variable DB_PASSWORD and the directory /etc/db need the secret db: create \
                     it with `printf %s VALUE | longshore secrets set db`, and deploy again",
                ),
            ),
            (
                "Secret projects/q/secrets/other/versions/2 was not found",
                Some(
                    "the variable OTHER needs version 2 of the secret other: create it with `printf \
                     %s VALUE | gcloud secrets create other --project q --data-file=-`, which adds \
                     the next version, or name a version that exists, and deploy again",
                ),
            ),
            (
                "Secret projects/p/secrets/x was not found",
                Some(
                    "the function needs the secret x: create it with `printf %s VALUE | longshore \
                     secrets set x`, and deploy again",
                ),
            ),
            ("Secret of projects/p/secrets/x was not found", None),
            ("Secret projects/p/secrets/x/y/versions/1 was not found", None),
            ("Permission denied on secret: projects/p/secrets/x", None),
        ] {
            let found = missing(message, &subject).map(|refusal| refusal.advice);
            assert_eq!(found.as_deref(), advice, "{message}");
        }
    }
}
