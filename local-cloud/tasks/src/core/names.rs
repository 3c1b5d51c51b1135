//! `projects/P/locations/L/queues/Q/tasks/T`, and its parts.

use std::fmt;

use super::Refusal;

/// Maximum lengths of ids (`Queue.name`, `Task.name`).
const QUEUE_ID_MAX: usize = 100;
const TASK_ID_MAX: usize = 500;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LocationName {
    pub(crate) project: String,
    pub(crate) location: String,
}

impl LocationName {
    /// # Errors
    /// [`Refusal::Invalid`].
    pub(crate) fn parse(name: &str) -> Result<Self, Refusal> {
        let is_id = |id: &str| {
            let is_allowed = |c: char| c.is_ascii_alphanumeric() || "-:.".contains(c);
            !id.is_empty() && id.chars().all(is_allowed)
        };
        match name.split('/').collect::<Vec<_>>()[..] {
            ["projects", project, "locations", location] if is_id(project) && is_id(location) => {
                Ok(Self { project: project.to_owned(), location: location.to_owned() })
            }
            _ => Err(Refusal::invalid("Invalid resource field value in the request.")),
        }
    }
}

impl fmt::Display for LocationName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "projects/{}/locations/{}", self.project, self.location)
    }
}

/// Checks the full name of a queue.
///
/// # Errors
/// [`Refusal::Invalid`], with Google's text.
pub(crate) fn check_queue(name: &str) -> Result<(), Refusal> {
    let is_queue = name.split_once("/queues/").is_some_and(|(location, id)| {
        LocationName::parse(location).is_ok() && is_id(id, QUEUE_ID_MAX, "-")
    });
    if is_queue {
        return Ok(());
    }
    Err(Refusal::invalid(
        "Queue name must be formatted: \
         \"projects/<PROJECT_ID>/locations/<LOCATION_ID>/queues/<QUEUE_ID>\".",
    ))
}

/// Checks the full name of a task, and returns that of its queue.
///
/// # Errors
/// [`Refusal::Invalid`], with Google's text.
pub(crate) fn queue_of(task: &str) -> Result<&str, Refusal> {
    let malformed = || {
        Refusal::invalid(
            "Task name must be formatted: \"projects/<PROJECT_ID>/locations/<LOCATION_ID>/queues/\
             <QUEUE_ID>/tasks/<TASK_ID>\"",
        )
    };
    let (queue, id) = task.split_once("/tasks/").ok_or_else(malformed)?;
    check_queue(queue).map_err(|_| malformed())?;
    if !is_id(id, TASK_ID_MAX, "-_") {
        return Err(Refusal::Invalid(format!(
            "Task ID \"{id}\" can contain only letters ([A-Za-z]), numbers ([0-9]), hyphens (-), or \
             underscores (_). Task ID must between 1 and 500 characters."
        )));
    }
    Ok(queue)
}

fn is_id(id: &str, max: usize, punctuation: &str) -> bool {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || punctuation.contains(c);
    (1..=max).contains(&id.len()) && id.chars().all(is_allowed)
}
