//! Names of projects and logs: `google.logging.v2.LogEntry.log_name`.

use longshore_local_kit::rest::percent_decode;

/// Maximum length of the id of a log, decoded. Google's is below 512 characters.
const ID_CHARS: usize = 511;

/// A name that is not one, or one of a kind that is unsupported.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InvalidName {
    #[error("'{0}' is unsupported: use projects/PROJECT_ID")]
    Resource(String),
    #[error("'{0}' is not the name of a log, such as projects/PROJECT_ID/logs/LOG_ID")]
    Log(String),
    #[error(
        "the id of the log '{0}' must have 1 to {ID_CHARS} letters, digits and the characters \
         / _ - . in URL encoding"
    )]
    LogId(String),
}

/// `projects/PROJECT/logs/ID`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LogName {
    pub(crate) project: String,
    /// Decoded.
    id: String,
}

impl LogName {
    /// # Errors
    /// When the text is not the name of a project's log.
    pub(crate) fn parse(text: &str) -> Result<Self, InvalidName> {
        let parts: Vec<&str> = text.splitn(4, '/').collect();
        let ["projects", project, "logs", id] = parts.as_slice() else {
            return Err(InvalidName::Log(text.to_owned()));
        };
        if !is_project(project) {
            return Err(InvalidName::Log(text.to_owned()));
        }
        Self::of(project, &percent_decode(id).unwrap_or_default())
            .ok_or_else(|| InvalidName::LogId(text.to_owned()))
    }

    /// The name of a log with this id, which is decoded. `None` if it is not an id.
    pub(crate) fn of(project: &str, id: &str) -> Option<Self> {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '_' | '-' | '.');
        let is_id = (1..=ID_CHARS).contains(&id.len()) && id.chars().all(is_plain);
        is_id.then(|| Self { project: project.to_owned(), id: id.to_owned() })
    }

    /// The name in the form that entries have.
    pub(crate) fn text(&self) -> String {
        format!("projects/{}/logs/{}", self.project, self.id.replace('/', "%2F"))
    }
}

/// The project of a resource name: the project itself, or one of the views of its only bucket that
/// show all of its logs.
///
/// # Errors
/// When it is another resource.
pub(crate) fn project_of(resource: &str) -> Result<String, InvalidName> {
    let parts: Vec<&str> = resource.split('/').collect();
    let project = match parts.as_slice() {
        ["projects", project] => project,
        [
            "projects",
            project,
            "locations",
            "global",
            "buckets",
            "_Default",
            "views",
            "_Default" | "_AllLogs",
        ] => project,
        _ => return Err(InvalidName::Resource(resource.to_owned())),
    };
    if !is_project(project) {
        return Err(InvalidName::Resource(resource.to_owned()));
    }
    Ok((*project).to_owned())
}

/// Ids of projects name folders, so nothing in them may mean more than a name.
fn is_project(text: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':');
    !text.is_empty() && text.len() <= 128 && !text.starts_with('.') && text.chars().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_logs_are_url_encoded() {
        let name = LogName::parse("projects/p/logs/run.googleapis.com%2fstdout").unwrap();
        assert_eq!(name.text(), "projects/p/logs/run.googleapis.com%2Fstdout");
        assert_eq!(Some(name), LogName::of("p", "run.googleapis.com/stdout"));
        for bad in [
            "",
            "projects/p",
            "projects/p/logs/",
            "projects//logs/a",
            "projects/../logs/a",
            "folders/1/logs/a",
            "projects/p/logs/a b",
            "projects/p/logs/a%20b",
            "projects/p/logs/a%",
            &format!("projects/p/logs/{}", "x".repeat(512)),
        ] {
            assert!(LogName::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_resource_is_a_project_or_a_view_of_all_its_logs() {
        for good in ["projects/p", "projects/p/locations/global/buckets/_Default/views/_AllLogs"] {
            assert_eq!(project_of(good), Ok("p".to_owned()), "{good}");
        }
        for bad in [
            "p",
            "projects/",
            "projects/..",
            "projects/a/b",
            "organizations/1",
            "projects/p/locations/global/buckets/mine/views/_AllLogs",
        ] {
            assert!(project_of(bad).is_err(), "{bad}");
        }
    }
}
