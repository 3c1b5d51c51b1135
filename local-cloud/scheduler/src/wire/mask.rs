//! The fields that an update changes.

use crate::Refusal;
use crate::proto::v1::{self, http_target::AuthorizationHeader, job};

/// Fields that only the service sets. A mask that names them does not change them.
const OUTPUT_ONLY: [&str; 6] =
    ["name", "user_update_time", "state", "status", "schedule_time", "last_attempt_time"];

/// The paths of an update mask, in snake case.
pub(super) fn mask_paths(paths: Vec<String>) -> Vec<String> {
    let parts = paths.iter().flat_map(|path| path.split(','));
    parts.map(snake_case).filter(|path| !path.is_empty()).collect()
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

/// The current job with the given values of the fields in the mask.
///
/// # Errors
/// [`Refusal::Invalid`] for a field that a job does not have.
pub(super) fn merge(current: v1::Job, given: v1::Job, mask: &[String]) -> Result<v1::Job, Refusal> {
    let mut job = current;
    let (given_http, given_pubsub) = match &given.target {
        Some(job::Target::HttpTarget(http)) => (http.clone(), v1::PubsubTarget::default()),
        Some(job::Target::PubsubTarget(pubsub)) => (v1::HttpTarget::default(), pubsub.clone()),
        _ => Default::default(),
    };
    let given_retry = given.retry_config.unwrap_or_default();
    for path in mask {
        let (field, rest) = path.split_once('.').unwrap_or((path, ""));
        match (field, rest) {
            ("description", "") => job.description.clone_from(&given.description),
            ("schedule", "") => job.schedule.clone_from(&given.schedule),
            ("time_zone", "") => job.time_zone.clone_from(&given.time_zone),
            ("attempt_deadline", "") => job.attempt_deadline = given.attempt_deadline,
            ("retry_config", "") => job.retry_config = given.retry_config,
            ("http_target" | "pubsub_target" | "app_engine_http_target", "") => {
                job.target.clone_from(&given.target);
            }
            ("app_engine_http_target", _) => {
                return Err(Refusal::Unimplemented(
                    "App Engine targets (app_engine_http_target)".to_owned(),
                ));
            }
            ("http_target", rest) => {
                let target = match &mut job.target {
                    Some(job::Target::HttpTarget(http)) => http,
                    _ => return Err(invalid(path)),
                };
                merge_http(target, &given_http, rest).ok_or_else(|| invalid(path))?;
            }
            ("pubsub_target", rest) => {
                let target = match &mut job.target {
                    Some(job::Target::PubsubTarget(pubsub)) => pubsub,
                    _ => return Err(invalid(path)),
                };
                match rest {
                    "topic_name" => target.topic_name.clone_from(&given_pubsub.topic_name),
                    "data" => target.data.clone_from(&given_pubsub.data),
                    "attributes" => target.attributes.clone_from(&given_pubsub.attributes),
                    _ => return Err(invalid(path)),
                }
            }
            ("retry_config", rest) => {
                let retry = job.retry_config.get_or_insert_default();
                match rest {
                    "retry_count" => retry.retry_count = given_retry.retry_count,
                    "max_doublings" => retry.max_doublings = given_retry.max_doublings,
                    "max_retry_duration" => {
                        retry.max_retry_duration = given_retry.max_retry_duration;
                    }
                    "min_backoff_duration" => {
                        retry.min_backoff_duration = given_retry.min_backoff_duration;
                    }
                    "max_backoff_duration" => {
                        retry.max_backoff_duration = given_retry.max_backoff_duration;
                    }
                    _ => return Err(invalid(path)),
                }
            }
            (field, "") if OUTPUT_ONLY.contains(&field) => {}
            _ => return Err(invalid(path)),
        }
    }
    Ok(job)
}

fn merge_http(target: &mut v1::HttpTarget, given: &v1::HttpTarget, rest: &str) -> Option<()> {
    match rest {
        "uri" => target.uri.clone_from(&given.uri),
        "http_method" => target.http_method = given.http_method,
        "headers" => target.headers.clone_from(&given.headers),
        "body" => target.body.clone_from(&given.body),
        _ => {
            let (token, field) = rest.split_once('.').unwrap_or((rest, ""));
            let wanted = match (token, &given.authorization_header) {
                ("oidc_token", Some(AuthorizationHeader::OidcToken(given))) => {
                    AuthorizationHeader::OidcToken(given.clone())
                }
                ("oauth_token", Some(AuthorizationHeader::OauthToken(given))) => {
                    AuthorizationHeader::OauthToken(given.clone())
                }
                // A token that is not given is removed, unless the other kind is given.
                ("oidc_token" | "oauth_token", None) => {
                    target.authorization_header = None;
                    return Some(());
                }
                ("oidc_token" | "oauth_token", Some(_)) => return Some(()),
                _ => return None,
            };
            match (field, wanted, &mut target.authorization_header) {
                ("", wanted, header) => *header = Some(wanted),
                (
                    "service_account_email",
                    AuthorizationHeader::OidcToken(given),
                    Some(AuthorizationHeader::OidcToken(current)),
                ) => current.service_account_email = given.service_account_email,
                (
                    "audience",
                    AuthorizationHeader::OidcToken(given),
                    Some(AuthorizationHeader::OidcToken(current)),
                ) => current.audience = given.audience,
                ("service_account_email" | "audience" | "scope", wanted, header) => {
                    *header = Some(wanted);
                }
                _ => return None,
            }
        }
    }
    Some(())
}

/// The text is Google's.
fn invalid(path: &str) -> Refusal {
    Refusal::Invalid(format!("Invalid mask for Job: {path}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn http(uri: &str, oidc: Option<(&str, &str)>) -> v1::Job {
        let token = oidc.map(|(email, audience)| {
            AuthorizationHeader::OidcToken(v1::OidcToken {
                service_account_email: email.to_owned(),
                audience: audience.to_owned(),
            })
        });
        v1::Job {
            schedule: "* * * * *".to_owned(),
            target: Some(job::Target::HttpTarget(v1::HttpTarget {
                uri: uri.to_owned(),
                authorization_header: token,
                ..v1::HttpTarget::default()
            })),
            ..v1::Job::default()
        }
    }

    fn merged(current: v1::Job, given: v1::Job, mask: &str) -> Result<v1::Job, Refusal> {
        merge(current, given, &mask_paths(vec![mask.to_owned()]))
    }

    #[test]
    fn only_the_fields_of_the_mask_change_in_either_case() {
        let given = v1::Job { schedule: "0 0 * * *".to_owned(), ..http("http://b", None) };
        let uri = merged(http("http://a", Some(("x", "y"))), given.clone(), "httpTarget.uri");
        assert_eq!(uri.unwrap(), http("http://b", Some(("x", "y"))));
        let schedule = merged(http("http://a", None), given, "schedule,state").unwrap();
        let expected = v1::Job { schedule: "0 0 * * *".to_owned(), ..http("http://a", None) };
        assert_eq!(schedule, expected);
    }

    #[test]
    fn a_token_is_changed_in_part_and_removed() {
        let current = || http("http://a", Some(("x", "y")));
        let email = "httpTarget.oidcToken.serviceAccountEmail";
        let changed = merged(current(), http("", Some(("z", ""))), email).unwrap();
        assert_eq!(changed, http("http://a", Some(("z", "y"))));
        let all = "httpTarget.oidcToken.serviceAccountEmail,httpTarget.oidcToken.audience,\
                   httpTarget.oauthToken.serviceAccountEmail,httpTarget.oauthToken.scope";
        assert_eq!(merged(current(), http("", None), all).unwrap(), http("http://a", None));
        let added = merged(http("http://a", None), http("", Some(("z", "w"))), email).unwrap();
        assert_eq!(added, http("http://a", Some(("z", "w"))));
    }

    #[test]
    fn unknown_fields_are_refused_by_name() {
        for bad in ["color", "http_target.color", "pubsub_target.data", "retry_config.color"] {
            let refused = merged(http("http://a", None), http("", None), bad).unwrap_err();
            assert_eq!(refused.to_string(), format!("Invalid mask for Job: {bad}"));
        }
    }
}
