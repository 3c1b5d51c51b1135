//! Why a deployment failed: where, whose fault, what to do, and the lines of the log that say it.

use longshore_messages::{Failure, FailureClass};

/// Lines of a log that are shown: an error with what led to it. The command that shows all is named
/// beside them.
const LINES_MAX: usize = 12;

/// Lines between two lines of one error, such as the code that it quotes.
const GAP_MAX: usize = 2;

/// Characters from which a line that is part of a later one makes that one a repetition.
const REPEATED_MIN: usize = 20;

/// Lines of context, set in from the left, that are shown above an error: the code that it is
/// about.
const CONTEXT_MAX: usize = 4;

/// What the names of Java's and Python's exceptions have in common; in small letters it is part of
/// packages' names, too.
const CLASS: &str = "Exception";

/// What lines that report an error have in common, in small letters: compilers, pip, npm, Maven and
/// Python's tracebacks.
const MARKS: [&str; 13] = [
    "error",
    "err!",
    "fatal",
    "traceback",
    "cannot ",
    "can't ",
    "could not",
    "not found",
    "no matching",
    "failed",
    "denied",
    "undefined",
    "panic",
];

/// Tells everything about a failure, line by line.
pub(super) fn failure(failure: &Failure, function: &str, say: &mut dyn FnMut(&str)) {
    let fault = match failure.class {
        FailureClass::User => "the request or its source",
        FailureClass::System => "the platform or the fleet",
    };
    say(&format!("stage   {}", failure.stage));
    say(&format!("code    {} (the fault lies with {fault})", failure.code));
    say(&format!("advice  {}", failure.advice));
    if !failure.log_tail.is_empty() {
        say("log");
        let mut shown: Vec<&str> = Vec::new();
        for line in relevant(&failure.log_tail) {
            // Builders repeat an error in each of their layers.
            let repeats = |before: &&str| {
                before == line || (before.len() >= REPEATED_MIN && line.contains(before))
            };
            if !shown.iter().any(repeats) {
                say(&format!("  {line}"));
                shown.push(line);
            }
        }
    }
    let everything = [whole_log(failure, function), Some(failure.log_url.clone())];
    for place in everything.into_iter().flatten().filter(|place| !place.is_empty()) {
        say(&format!("all     {place}"));
    }
}

/// The command that shows the log that the failure quotes.
fn whole_log(failure: &Failure, function: &str) -> Option<String> {
    let name = function.rsplit('/').next().unwrap_or(function);
    match failure.code.as_str() {
        "build-failed" | "build-timeout" => Some(format!("longshore logs --build {name}")),
        "revision-failed" => Some(format!("longshore logs {name}")),
        _ => None,
    }
}

/// The lines of a log that matter: its last error with what belongs to it, or its end where nothing
/// looks like an error.
fn relevant(log: &[String]) -> &[String] {
    let is_error = |line: &String| {
        let small = line.to_lowercase();
        line.contains(CLASS) || MARKS.iter().any(|mark| small.contains(mark))
    };
    let Some(last) = log.iter().rposition(is_error) else { return tail(log) };
    let mut first = last;
    let mut gap = 0;
    for (index, line) in log.iter().enumerate().take(last).rev() {
        if is_error(line) {
            (first, gap) = (index, 0);
        } else if !line.starts_with([' ', '\t']) {
            gap += 1;
        }
        if gap > GAP_MAX {
            break;
        }
    }
    let context = log
        .iter()
        .take(first)
        .rev()
        .take(CONTEXT_MAX)
        .take_while(|line| line.starts_with([' ', '\t']))
        .count();
    tail(log.get(first - context..=last).unwrap_or(log))
}

fn tail(lines: &[String]) -> &[String] {
    lines.get(lines.len().saturating_sub(LINES_MAX)..).unwrap_or(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(text: &str) -> Vec<String> {
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn the_last_error_is_shown_with_what_belongs_to_it() {
        let pip = log(
            "Collecting nope\nDownloading x\nCollecting y\nERROR: Could not find a version\n\nERROR: No matching distribution\nnotice",
        );
        assert_eq!(relevant(&pip), &pip[3..6]);
        let python = log(
            "checking\nTraceback (most recent call last):\n  File \"main.py\", line 1\n    def hello(:\n        ^\nSyntaxError: invalid syntax",
        );
        assert_eq!(relevant(&python), &python[1..]);
    }

    #[test]
    fn errors_that_were_recovered_from_long_before_are_left_out() {
        let text = format!("error: retrying\n{}npm ERR! 404 Not Found", "fine\n".repeat(9));
        let log = log(&text);
        assert_eq!(relevant(&log), &log[10..]);
        let installed = self::log(
            "Successfully installed exceptiongroup-1.3.0\nLooking\nERROR: No matching distribution",
        );
        assert_eq!(relevant(&installed), &installed[2..], "the name of a package");
    }

    #[test]
    fn an_error_that_is_repeated_is_shown_once_and_the_code_that_it_is_about_with_it() {
        let text = "fine\n  File \"main.py\", line 1\n    import nothere\nModuleNotFoundError: No module named 'nothere'\n\
                    ERROR: step failed: ModuleNotFoundError: No module named 'nothere'";
        let failed = Failure::new("s", FailureClass::User, "build-failed", "why", "what")
            .with_log(log(text), "");
        let mut said = Vec::new();
        failure(&failed, "p/r/f", &mut |line| said.push(line.trim().to_owned()));
        let begin = said.iter().position(|line| line == "log").unwrap() + 1;
        assert_eq!(
            said[begin..said.len() - 1],
            [
                "File \"main.py\", line 1",
                "import nothere",
                "ModuleNotFoundError: No module named 'nothere'"
            ]
        );
    }

    #[test]
    fn without_anything_that_looks_like_an_error_the_end_is_shown() {
        let log = log(&"quiet\n".repeat(40));
        assert_eq!(relevant(&log).len(), LINES_MAX);
        assert_eq!(relevant(&[]), Vec::<String>::new().as_slice());
    }

    #[test]
    fn a_failed_build_names_the_command_that_shows_its_log() {
        let failed =
            Failure::new("registry-watcher", FailureClass::User, "build-failed", "why", "what")
                .with_log(log("a"), "");
        let mut said = Vec::new();
        failure(&failed, "p/r/hello", &mut |line| said.push(line.to_owned()));
        assert_eq!(said.last().unwrap(), "all     longshore logs --build hello");
    }
}
