//! Explains a failed deployment: stage, code, advice, and the relevant lines of the log.

use longshore_messages::{Failure, FailureClass};

use super::excerpt::excerpt;

/// Prints a failure line by line.
pub(super) fn failure(failure: &Failure, function: &str, say: &mut dyn FnMut(&str)) {
    let fault = match failure.class {
        FailureClass::User => "the request or its source",
        FailureClass::System => "the platform or the fleet",
    };
    say(&format!("stage   {}", failure.stage));
    say(&format!("code    {} (caused by {fault})", failure.code));
    say(&format!("advice  {}", failure.advice));
    if !failure.log_tail.is_empty() {
        say("log");
        for line in excerpt(&failure.log_tail).lines {
            say(&format!("  {line}"));
        }
    }
    let everything = [whole_log(failure, function), Some(failure.log_url.clone())];
    for source in everything.into_iter().flatten().filter(|source| !source.is_empty()) {
        say(&format!("full    {source}"));
    }
}

/// The command that shows the full log.
fn whole_log(failure: &Failure, function: &str) -> Option<String> {
    let name = function.rsplit('/').next().unwrap_or(function);
    match failure.code.as_str() {
        "build-failed" | "build-timeout" | "build-tool-missing" | "download-failed" => {
            Some(format!("longshore logs --build {name}"))
        }
        "revision-failed" => Some(format!("longshore logs {name}")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_build_names_the_command_that_shows_its_log() {
        let failed =
            Failure::new("registry-watcher", FailureClass::User, "build-failed", "why", "what")
                .with_log(vec!["a".to_owned()], "");
        let mut said = Vec::new();
        failure(&failed, "p/r/hello", &mut |line| said.push(line.to_owned()));
        assert_eq!(said.last().unwrap(), "full    longshore logs --build hello");
    }
}
