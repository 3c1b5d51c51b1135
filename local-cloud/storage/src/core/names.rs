//! The naming rules of buckets and objects, and the numbers of projects.

use longshore_local_kit::projects::LocalProject;

use crate::StorageError;

/// Checks a bucket name against <https://cloud.google.com/storage/docs/buckets#naming>.
///
/// # Errors
/// [`StorageError::Invalid`] with the rule that the name breaks.
pub(super) fn check_bucket(name: &str) -> Result<(), StorageError> {
    let broken =
        |rule: &str| Err(StorageError::Invalid(format!("invalid bucket name '{name}': {rule}")));
    let alphanumeric = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let length_limit = if name.contains('.') { 222 } else { 63 };
    if name.len() < 3
        || name.len() > length_limit
        || name.split('.').any(|part| part.is_empty() || part.len() > 63)
    {
        return broken(
            "a name must have 3 to 63 characters, or up to 222 in dot-separated components of 1 to 63",
        );
    }
    if !name.chars().all(|c| alphanumeric(c) || matches!(c, '-' | '_' | '.')) {
        return broken(
            "a name can only contain lowercase letters, digits, dashes, underscores and dots",
        );
    }
    if !name.starts_with(alphanumeric) || !name.ends_with(alphanumeric) {
        return broken("a name must start and end with a letter or a digit");
    }
    if name.parse::<std::net::Ipv4Addr>().is_ok() {
        return broken("a name must not be an IP address");
    }
    if name.starts_with("goog") || name.contains("google") || name.contains("g00gle") {
        return broken("a name must not start with 'goog' or contain 'google'");
    }
    Ok(())
}

/// Checks an object name against <https://cloud.google.com/storage/docs/objects#naming>.
///
/// # Errors
/// [`StorageError::Invalid`] with the rule that the name breaks.
pub(super) fn check_object(name: &str) -> Result<(), StorageError> {
    let broken =
        |rule: &str| Err(StorageError::Invalid(format!("invalid object name '{name}': {rule}")));
    if name.is_empty() || name.len() > 1024 {
        return broken("a name must have 1 to 1024 bytes");
    }
    if name.contains(['\r', '\n']) {
        return broken("a name must not contain line breaks");
    }
    if matches!(name, "." | "..") || name.starts_with(".well-known/acme-challenge/") {
        return broken("the name is reserved");
    }
    Ok(())
}

/// The number of a project that is named by its id or its number, with or without the prefix
/// `projects/`.
///
/// # Errors
/// [`StorageError::Invalid`] when the name is empty or `_`.
pub(super) fn project_number(local: &LocalProject, project: &str) -> Result<u64, StorageError> {
    if ["", "_"].contains(&project.strip_prefix("projects/").unwrap_or(project)) {
        return Err(StorageError::Invalid("required parameter: project".to_owned()));
    }
    Ok(local.number_of(project))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bucket_names_follow_googles_rules() {
        let longest = "a".repeat(63);
        let in_parts = format!("{longest}.{longest}.com");
        for good in
            ["run-sources-demo-us-central1", "abc", "a_b.c-d", "1.2.3.x", &longest, &in_parts]
        {
            assert!(check_bucket(good).is_ok(), "{good}");
        }
        let too_long = "a".repeat(64);
        for bad in [
            "",
            "ab",
            "Abc",
            "-abc",
            "abc-",
            "a..b",
            "1.2.3.4",
            "googly",
            "my-google-x",
            "my g",
            "a/b",
            "äbc",
            &too_long,
        ] {
            assert!(matches!(check_bucket(bad), Err(StorageError::Invalid(_))), "{bad}");
        }
    }

    #[test]
    fn object_names_follow_googles_rules() {
        let longest = "ä".repeat(512);
        for good in ["a", "functions/p/r/f/head", " ", "a//b/", "日本", &longest] {
            assert!(check_object(good).is_ok(), "{good}");
        }
        let too_long = "a".repeat(1025);
        for bad in ["", ".", "..", "a\nb", "a\rb", ".well-known/acme-challenge/x", &too_long] {
            assert!(matches!(check_object(bad), Err(StorageError::Invalid(_))), "{bad}");
        }
    }

    #[test]
    fn a_request_names_a_project() {
        let local = LocalProject { id: "demo".to_owned(), number: 42 };
        assert_eq!(project_number(&local, "projects/demo").unwrap(), 42);
        for none in ["", "projects/", "projects/_"] {
            assert!(project_number(&local, none).is_err(), "{none}");
        }
    }
}
