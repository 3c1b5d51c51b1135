//! Explains a failed deployment: stage, code, advice, and the relevant lines of the log.

use longshore_messages::{Failure, FailureClass};

/// Maximum number of log lines to show. The command that shows the full log is printed after them.
const LINES_MAX: usize = 12;

/// Maximum number of lines between two lines of one error, such as quoted code.
const GAP_MAX: usize = 2;

/// Minimum length at which a line contained in a later one makes the later one a repetition.
const REPEATED_MIN: usize = 20;

/// Maximum number of indented lines to show above an error: the code that it refers to.
const CONTEXT_MAX: usize = 4;

/// Part of the names of Java's and Python's exceptions. Case-sensitive, because names of packages
/// contain it in lower case.
const CLASS: &str = "Exception";

/// Lower-case markers of lines that report an error, from compilers, pip, npm, Maven and Python
/// tracebacks.
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
        let mut shown: Vec<&str> = Vec::new();
        for line in relevant(&failure.log_tail) {
            // Builders repeat an error in each layer.
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
    for source in everything.into_iter().flatten().filter(|source| !source.is_empty()) {
        say(&format!("full    {source}"));
    }
}

/// The command that shows the full log.
fn whole_log(failure: &Failure, function: &str) -> Option<String> {
    let name = function.rsplit('/').next().unwrap_or(function);
    match failure.code.as_str() {
        "build-failed" | "build-timeout" => Some(format!("longshore logs --build {name}")),
        "revision-failed" => Some(format!("longshore logs {name}")),
        _ => None,
    }
}

/// The relevant lines of a log: the last error with its context, or the end of the log if no line
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
    fn the_last_error_is_shown_with_its_context() {
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
    fn earlier_errors_that_were_recovered_from_are_omitted() {
        let text = format!("error: retrying\n{}npm ERR! 404 Not Found", "fine\n".repeat(9));
        let log = log(&text);
        assert_eq!(relevant(&log), &log[10..]);
        let installed = self::log(
            "Successfully installed exceptiongroup-1.3.0\nLooking\nERROR: No matching distribution",
        );
        assert_eq!(relevant(&installed), &installed[2..], "the name of a package");
    }

    #[test]
    fn a_repeated_error_is_shown_once_with_the_code_that_it_refers_to() {
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
    fn without_an_error_the_end_of_the_log_is_shown() {
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
        assert_eq!(said.last().unwrap(), "full    longshore logs --build hello");
    }
}
