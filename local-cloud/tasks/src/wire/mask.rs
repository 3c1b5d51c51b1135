//! The fields of a queue that an update changes.

use crate::Refusal;
use crate::proto::v2;

/// Fields that only the service sets. A mask that names them does not change them.
const OUTPUT_ONLY: [&str; 4] = ["name", "state", "purge_time", "rate_limits.max_burst_size"];

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

/// The current queue with the given values of the fields in the mask.
///
/// # Errors
/// [`Refusal::Invalid`] for a field that a queue does not have.
pub(super) fn merge(
    current: v2::Queue,
    given: v2::Queue,
    mask: &[String],
) -> Result<v2::Queue, Refusal> {
    let mut queue = current;
    let given_limits = given.rate_limits.unwrap_or_default();
    let given_retry = given.retry_config.unwrap_or_default();
    for path in mask {
        if OUTPUT_ONLY.contains(&path.as_str()) {
            continue;
        }
        let limits = queue.rate_limits.get_or_insert_default();
        let retry = queue.retry_config.get_or_insert_default();
        match path.as_str() {
            "rate_limits" => *limits = given_limits,
            "rate_limits.max_dispatches_per_second" => {
                limits.max_dispatches_per_second = given_limits.max_dispatches_per_second;
            }
            "rate_limits.max_concurrent_dispatches" => {
                limits.max_concurrent_dispatches = given_limits.max_concurrent_dispatches;
            }
            "retry_config" => *retry = given_retry,
            "retry_config.max_attempts" => retry.max_attempts = given_retry.max_attempts,
            "retry_config.max_retry_duration" => {
                retry.max_retry_duration = given_retry.max_retry_duration;
            }
            "retry_config.min_backoff" => retry.min_backoff = given_retry.min_backoff,
            "retry_config.max_backoff" => retry.max_backoff = given_retry.max_backoff,
            "retry_config.max_doublings" => retry.max_doublings = given_retry.max_doublings,
            "stackdriver_logging_config" | "stackdriver_logging_config.sampling_ratio" => {
                queue.stackdriver_logging_config = given.stackdriver_logging_config;
            }
            path if path.starts_with("http_target") => {
                queue.http_target.clone_from(&given.http_target);
            }
            path if path.starts_with("app_engine_routing_override") => {
                queue.app_engine_routing_override.clone_from(&given.app_engine_routing_override);
            }
            _ => return Err(Refusal::Invalid(format!("Invalid mask for Queue: {path}"))),
        }
    }
    Ok(queue)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(rate: f64, concurrent: i32, attempts: i32) -> v2::Queue {
        v2::Queue {
            rate_limits: Some(v2::RateLimits {
                max_dispatches_per_second: rate,
                max_concurrent_dispatches: concurrent,
                ..v2::RateLimits::default()
            }),
            retry_config: Some(v2::RetryConfig {
                max_attempts: attempts,
                ..v2::RetryConfig::default()
            }),
            ..v2::Queue::default()
        }
    }

    fn merged(mask: &str) -> Result<v2::Queue, Refusal> {
        merge(queue(1.0, 2, 3), queue(4.0, 5, 6), &mask_paths(vec![mask.to_owned()]))
    }

    #[test]
    fn only_the_fields_of_the_mask_change_in_either_case() {
        let changed = merged("rateLimits.maxConcurrentDispatches,state").unwrap();
        assert_eq!(changed, queue(1.0, 5, 3));
        let changed = merged("retry_config,rate_limits.max_dispatches_per_second").unwrap();
        assert_eq!(changed, queue(4.0, 2, 6));
        let refused = merged("rateLimits.color").unwrap_err().to_string();
        assert_eq!(refused, "Invalid mask for Queue: rate_limits.color");
    }
}
