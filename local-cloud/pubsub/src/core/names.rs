//! The rules for resource names:
//! <https://cloud.google.com/pubsub/docs/pubsub-basics#resource_names>.

use super::refusal::Refusal;

/// Bounds of an id's length, in characters.
const ID_LENGTH: std::ops::RangeInclusive<usize> = 3..=255;

/// Accepts `projects/P/topics/T`.
pub(super) fn check_topic(name: &str) -> Result<(), Refusal> {
    check(name, "topics")
}

/// Accepts `projects/P/subscriptions/S`.
pub(super) fn check_subscription(name: &str) -> Result<(), Refusal> {
    check(name, "subscriptions")
}

/// Accepts `projects/P/snapshots/S`.
pub(super) fn check_snapshot(name: &str) -> Result<(), Refusal> {
    check(name, "snapshots")
}

/// Accepts `projects/P/schemas/S`.
pub(super) fn check_schema(name: &str) -> Result<(), Refusal> {
    check(name, "schemas")
}

/// Accepts `projects/P`.
pub(super) fn check_project(name: &str) -> Result<(), Refusal> {
    match name.split('/').collect::<Vec<_>>()[..] {
        ["projects", project] if !project.is_empty() => Ok(()),
        _ => Err(Refusal::invalid(format!(
            "Invalid [projects] name: (name={name}): it is not projects/PROJECT"
        ))),
    }
}

/// The project and the id in `projects/PROJECT/COLLECTION/ID`. Both are empty if the name has
/// another form.
pub(super) fn project_and_id(name: &str) -> (&str, &str) {
    match name.split('/').collect::<Vec<_>>()[..] {
        [_, project, _, id] => (project, id),
        _ => ("", ""),
    }
}

fn check(name: &str, collection: &str) -> Result<(), Refusal> {
    let invalid =
        |why: &str| Refusal::invalid(format!("Invalid [{collection}] name: (name={name}): {why}"));
    let segments: Vec<&str> = name.split('/').collect();
    let ["projects", project, found, id] = segments[..] else {
        return Err(invalid(&format!("it is not projects/PROJECT/{collection}/ID")));
    };
    if project.is_empty() || found != collection {
        return Err(invalid(&format!("it is not projects/PROJECT/{collection}/ID")));
    }
    if !ID_LENGTH.contains(&id.len()) {
        return Err(invalid("the id must have 3 to 255 characters"));
    }
    if !id.starts_with(|first: char| first.is_ascii_alphabetic()) {
        return Err(invalid("the id must start with a letter"));
    }
    if !id.chars().all(|c| c.is_ascii_alphanumeric() || "-_.~+%".contains(c)) {
        return Err(invalid("the id may contain letters, digits and -_.~+% only"));
    }
    if id.starts_with("goog") {
        return Err(invalid("the id must not start with goog"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_googles_rules() {
        let longest = format!("projects/p/topics/t{}", "x".repeat(254));
        for good in ["projects/p/topics/abc", "projects/p/topics/a-_.~+%9", &longest] {
            assert_eq!(check_topic(good), Ok(()), "{good}");
        }
        let too_long = format!("{longest}x");
        for bad in [
            "abc",
            "projects/p/topics/ab",
            "projects/p/topics/1bc",
            "projects/p/topics/google-events",
            "projects/p/topics/a b",
            "projects/p/topics/abc/d",
            "projects//topics/abc",
            "projects/p/subscriptions/abc",
            &too_long,
        ] {
            assert!(matches!(check_topic(bad), Err(Refusal::InvalidArgument(_))), "{bad}");
        }
        assert_eq!(check_subscription("projects/p/subscriptions/abc"), Ok(()));
    }
}
