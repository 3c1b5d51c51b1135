//! Flags of what calls a function. Where gcloud has a flag, it is named as there.

use clap::Args;

use super::pair;

/// Flags of triggers. With any that names one, they replace the triggers of the manifest.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Triggers")]
pub(crate) struct TriggerArgs {
    /// Topic whose messages call the function as events, which Eventarc delivers; can be repeated.
    /// The topic must exist
    #[arg(long = "trigger-topic", value_name = "TOPIC")]
    pub(crate) topics: Vec<String>,
    /// Topic whose messages Pub/Sub pushes to the function as HTTP requests, without Eventarc; can be
    /// repeated. The topic must exist
    #[arg(long = "trigger-push-topic", value_name = "TOPIC")]
    pub(crate) pushed_topics: Vec<String>,
    /// Bucket whose new and overwritten objects call the function; can be repeated
    #[arg(long = "trigger-bucket", value_name = "BUCKET", value_parser = bucket)]
    pub(crate) buckets: Vec<String>,
    /// Attributes of the Eventarc events that call the function, separated by commas. The attribute
    /// `type` is required
    #[arg(
        long = "trigger-event-filters",
        value_name = "ATTRIBUTE=VALUE",
        value_delimiter = ',',
        value_parser = filter
    )]
    pub(crate) event_filters: Vec<(String, String)>,
    /// Path patterns for other attributes of these events, separated by commas
    #[arg(
        long = "trigger-event-filters-path-pattern",
        value_name = "ATTRIBUTE=PATTERN",
        value_delimiter = ',',
        value_parser = filter,
        requires = "event_filters"
    )]
    pub(crate) event_patterns: Vec<(String, String)>,
    /// Location of the events, such as a bucket's region, `us` or `global` [default: the region of
    /// the function]
    #[arg(long = "trigger-location", value_name = "LOCATION")]
    pub(crate) location: Option<String>,
    /// Channel for the events of a third party: projects/PROJECT/locations/REGION/channels/CHANNEL
    #[arg(long = "trigger-channel", value_name = "CHANNEL", requires = "event_filters")]
    pub(crate) channel: Option<String>,
    /// Deliver an event again until the function accepts it. Pushed messages are always redelivered
    #[arg(long)]
    pub(crate) retry: bool,
    /// Delete the function and create it again if the Cloud Functions API cannot change its event
    /// trigger in place, as for another topic or location. Requests fail in the meantime
    #[arg(long)]
    pub(crate) allow_replacement: bool,
    /// Schedule on which the function is called, in cron format, such as '*/5 * * * *'
    #[arg(long, value_name = "SCHEDULE")]
    pub(crate) schedule: Option<String>,
    /// Time zone of the schedule, such as Europe/Berlin [default: UTC]
    #[arg(long, value_name = "ZONE", requires = "schedule")]
    pub(crate) schedule_time_zone: Option<String>,
    /// Body of the scheduled requests
    #[arg(long, value_name = "TEXT", requires = "schedule")]
    pub(crate) schedule_message_body: Option<String>,
    /// Path of the scheduled requests [default: /]
    #[arg(long, value_name = "PATH", requires = "schedule")]
    pub(crate) schedule_path: Option<String>,
    /// Timeout of a scheduled request in seconds, 15 to 1800 [default: 180]
    #[arg(long, value_name = "SECONDS", requires = "schedule")]
    pub(crate) schedule_attempt_deadline: Option<u32>,
    /// Maximum number of retries of a scheduled request, 0 to 5 [default: 0]
    #[arg(long, value_name = "COUNT", requires = "schedule")]
    pub(crate) schedule_max_retry_attempts: Option<i32>,
    /// Queue of Cloud Tasks whose tasks call the function
    #[arg(long, value_name = "QUEUE")]
    pub(crate) queue: Option<String>,
    /// Maximum number of tasks sent per second [default: 500]
    #[arg(long, value_name = "RATE", requires = "queue")]
    pub(crate) queue_max_dispatches_per_second: Option<f64>,
    /// Maximum number of tasks that the function handles concurrently [default: 1000]
    #[arg(long, value_name = "COUNT", requires = "queue")]
    pub(crate) queue_max_concurrent_dispatches: Option<i32>,
    /// Maximum number of attempts of a task, or -1 for no limit [default: 100]
    #[arg(long, value_name = "COUNT", requires = "queue", allow_negative_numbers = true)]
    pub(crate) queue_max_attempts: Option<i32>,
    /// Who may add tasks, such as serviceAccount:EMAIL; can be repeated
    #[arg(long = "queue-enqueuer", value_name = "MEMBER", requires = "queue")]
    pub(crate) queue_enqueuers: Vec<String>,
    /// No triggers: only HTTP requests call the function
    #[arg(
        long = "trigger-http",
        conflicts_with_all = ["topics", "pushed_topics", "buckets", "event_filters", "schedule", "queue"]
    )]
    pub(crate) http: bool,
    /// Email address of the service account that triggers use to call the function [default: the
    /// account that the function runs as]
    #[arg(long = "trigger-service-account", value_name = "EMAIL")]
    pub(crate) account: Option<String>,
}

/// The name of a bucket, which gcloud also writes as a URL.
fn bucket(text: &str) -> Result<String, String> {
    let name = text.strip_prefix("gs://").unwrap_or(text).trim_end_matches('/');
    match name {
        "" => Err("expected BUCKET or gs://BUCKET".to_owned()),
        name if name.contains('/') => Err("expected a bucket, not an object".to_owned()),
        name => Ok(name.to_owned()),
    }
}

fn filter(text: &str) -> Result<(String, String), String> {
    match pair(text) {
        Ok((name, value)) if !name.is_empty() && !value.is_empty() => Ok((name, value)),
        Ok(_) | Err(_) => Err("expected ATTRIBUTE=VALUE, such as bucket=pictures".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Program {
        #[command(flatten)]
        triggers: TriggerArgs,
    }

    fn parsed(arguments: &[&str]) -> Result<TriggerArgs, String> {
        let all = std::iter::once("program").chain(arguments.iter().copied());
        let parsed = Program::try_parse_from(all);
        parsed.map(|program| program.triggers).map_err(|error| error.to_string())
    }

    #[test]
    fn the_flags_of_gcloud_are_read_as_gcloud_reads_them() {
        let finalized = "type=google.cloud.storage.object.v1.finalized";
        let read = parsed(&[
            "--trigger-bucket=gs://pictures/",
            &format!("--trigger-event-filters={finalized},bucket=b"),
            "--trigger-event-filters=other=c",
            "--trigger-event-filters-path-pattern=resourceName=/projects/*/x=y",
            "--trigger-location=us",
            "--retry",
        ]);
        let read = read.unwrap();
        let pairs = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect()
        };
        assert_eq!(read.buckets, ["pictures"]);
        let (name, value) = finalized.split_once('=').unwrap();
        assert_eq!(read.event_filters, pairs(&[(name, value), ("bucket", "b"), ("other", "c")]));
        assert_eq!(read.event_patterns, pairs(&[("resourceName", "/projects/*/x=y")]));
        assert_eq!((read.location.as_deref(), read.retry), (Some("us"), true));
        assert_eq!(
            parsed(&["--queue=q", "--queue-max-attempts=-1"]).unwrap().queue_max_attempts,
            Some(-1)
        );
    }

    #[test]
    fn flags_that_do_not_fit_together_are_refused() {
        for (arguments, part) in [
            (vec!["--trigger-bucket=gs://a/b"], "not an object"),
            (vec!["--trigger-event-filters=type"], "expected ATTRIBUTE=VALUE"),
            (vec!["--trigger-event-filters-path-pattern=a=b"], "--trigger-event-filters"),
            (vec!["--schedule-time-zone=UTC"], "--schedule <SCHEDULE>"),
            (vec!["--queue-max-attempts=3"], "--queue <QUEUE>"),
            (vec!["--trigger-http", "--trigger-topic=t"], "cannot be used with"),
            (vec!["--trigger-http", "--schedule=* * * * *"], "cannot be used with"),
        ] {
            let refused = parsed(&arguments).unwrap_err();
            assert!(refused.contains(part), "{arguments:?}: {refused}");
        }
    }
}
