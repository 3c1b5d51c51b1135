//! What a person would cut out of a log: the lines that say why something failed, without the help
//! texts, banners and stack frames around them. Pure.

mod go_time;
mod signs;

use go_time::after_time;
use signs::{
    CAUSES_OF_GOALS, CONTEXT, ENDED_ITSELF, NAMED, NOISE, NOT_STARTED, NPM_HELP, PREFIXES, REFUSED,
    SUBJECTS, UNREACHABLE, WORDS,
};

/// Maximum number of lines. The command that shows the full log is printed after them.
const LINES_MAX: usize = 12;

/// Maximum number of lines before the cause: the code that it refers to, or a traceback.
const CONTEXT_MAX: usize = 4;

/// Maximum number of unrelated lines between two lines of one error, such as quoted code.
const GAP_MAX: usize = 2;

/// Maximum length of a line, in characters. Bundlers write a whole program into one line, which
/// Node.js prints as the code at fault.
const LINE_MAX: usize = 400;

/// Minimum length at which a line contained in a later one makes the later one a repetition.
const REPEATED_MIN: usize = 20;

/// Where compilers find the source. The builder's conclusion leaves it out.
const WORKSPACE: &str = "/workspace/";

/// What tools draw before a message.
const MARKS: [char; 13] = ['│', '×', '╰', '├', '─', '▶', '✘', '✖', '➤', '→', '>', ' ', '\t'];

/// How much a line says about the cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Weight {
    Nothing,
    /// A word of errors is in it.
    Word,
    /// The conclusion of the builder.
    Conclusion,
    /// A compiler, package manager or runtime names the error.
    Named,
    /// The cause of a named error.
    Cause,
}

/// The cause in one line, if the log names it, and the lines to show.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Excerpt {
    pub(super) headline: Option<String>,
    pub(super) lines: Vec<String>,
}

struct Line<'a> {
    text: &'a str,
    weight: Weight,
}

/// The excerpt of a log.
pub(super) fn excerpt(log: &[String]) -> Excerpt {
    let mut lines = relevant(log);
    raise_last_words(&mut lines);
    let best = lines.iter().map(|line| line.weight).max().unwrap_or(Weight::Nothing);
    let Some(last) = lines.iter().rposition(|line| line.weight == best && best > Weight::Nothing)
    else {
        return Excerpt { headline: None, lines: without_repetitions(tail(&lines).iter()) };
    };
    // The first line of the error: a compiler reports several, and the first one causes the others.
    let (mut first, mut gap) = (last, 0);
    for (index, line) in lines.iter().enumerate().take(last).rev() {
        if best == Weight::Cause || gap > GAP_MAX {
            break;
        }
        if line.weight == best {
            (first, gap) = (index, 0);
        } else if !line.text.starts_with([' ', '\t']) {
            gap += 1;
        }
    }
    let is_context = |line: &&Line<'_>| {
        line.text.starts_with([' ', '\t'])
            || CONTEXT.iter().any(|start| line.text.starts_with(start))
            // Whatever the program has said last may be the reason for its end.
            || lines.get(first).is_some_and(|line| line.text.starts_with(NOT_STARTED))
    };
    let before = lines.get(..first).unwrap_or_default();
    let context = before.iter().rev().take(CONTEXT_MAX).take_while(is_context).count();
    let from = first - context;
    let subject = lines.get(..from).unwrap_or_default().iter().rfind(|line| is_subject(line.text));
    let shown = lines.get(from..end(&lines, last)).unwrap_or_default();
    let shown = without_repetitions(subject.into_iter().chain(shown));
    Excerpt { headline: headline(lines.get(first..).unwrap_or_default()), lines: shown }
}

/// A Go program that ends itself says why in the last line of its log.
fn raise_last_words(lines: &mut [Line<'_>]) {
    let has_ended = |line: &Line<'_>| {
        line.text.strip_prefix(NOT_STARTED).is_some_and(|why| why.starts_with(ENDED_ITSELF))
    };
    let Some(end) = lines.iter().rposition(has_ended) else { return };
    let before = lines.iter_mut().take(end);
    if let Some(last) = before.rev().find(|line| after_time(line.text).is_some()) {
        last.weight = last.weight.max(Weight::Conclusion);
    }
}

/// Whether a line names the package whose installation fails further down.
fn is_subject(text: &str) -> bool {
    let plain = stripped(text);
    SUBJECTS.iter().any(|start| plain.starts_with(start))
        || (text.starts_with("npm error path ") && text.contains("/node_modules/"))
}

/// The lines to show. Builders repeat an error in each layer, and Maven with more details each time,
/// so the last one of equal lines is shown.
fn without_repetitions<'a>(lines: impl Iterator<Item = &'a Line<'a>>) -> Vec<String> {
    let all: Vec<&str> = lines.map(|line| line.text).collect();
    let mut shown: Vec<&str> = Vec::new();
    let messages: Vec<String> = all.iter().map(|line| message(line)).collect();
    for (index, (line, said)) in all.iter().zip(&messages).enumerate() {
        let is_repeated = messages.iter().skip(index + 1).any(|later| later == said);
        let (before, _) = messages.split_at(index);
        let repeats = |before: &String| {
            before != said && before.len() >= REPEATED_MIN && said.contains(before)
        };
        if !is_repeated && !before.iter().any(repeats) {
            shown.push(line);
        }
    }
    shown.into_iter().take(LINES_MAX).map(cut).collect()
}

/// What tools repeat of a line in another form: Maven with and without its level, and the builder
/// without the place of the source.
fn message(line: &str) -> String {
    let bare = line.trim_start();
    let levels = ["[ERROR]", "[FATAL]", "go: "];
    let bare = levels.iter().find_map(|level| bare.strip_prefix(level)).unwrap_or(bare);
    bare.trim_start().trim_end_matches([' ', '@']).replace(WORKSPACE, "")
}

/// A line without the end of one that is too long.
fn cut(text: &str) -> String {
    match text.char_indices().nth(LINE_MAX) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or(text)),
        None => text.to_owned(),
    }
}

/// The first line of an error; with the next one, if it only announces that.
fn headline(error: &[Line<'_>]) -> Option<String> {
    let (first, rest) = error.split_first()?;
    if first.weight < Weight::Conclusion {
        return None;
    }
    let text = stripped(after_time(first.text).unwrap_or(first.text));
    match rest.first().map(|next| stripped(next.text)) {
        Some(next) if text.is_empty() => Some(cut(next)),
        Some(next) if text.ends_with(':') && !next.is_empty() => {
            Some(cut(&format!("{text} {next}")))
        }
        Some(_) | None => Some(cut(text)),
    }
}

/// The end of the error whose last weighty line is `last`: what follows may belong to it.
fn end(lines: &[Line<'_>], last: usize) -> usize {
    let after = lines.get(last + 1..).unwrap_or_default();
    let mut gap = 0;
    let mut end = last + 1;
    // npm marks every line of an error.
    let is_npms = |line: &Line<'_>| line.text.starts_with("npm error");
    let is_of_npm = lines.get(last).is_some_and(is_npms);
    for (index, line) in after.iter().enumerate() {
        let belongs = line.weight > Weight::Nothing
            || line.text.starts_with([' ', '\t', '-'])
            || (is_of_npm && is_npms(line));
        gap = if belongs { 0 } else { gap + 1 };
        if gap > GAP_MAX {
            break;
        }
        if belongs {
            end = last + 2 + index;
        }
    }
    end
}

fn tail<T>(lines: &[T]) -> &[T] {
    lines.get(lines.len().saturating_sub(LINES_MAX)..).unwrap_or(lines)
}

/// The lines without those that explain nothing.
fn relevant(log: &[String]) -> Vec<Line<'_>> {
    let mut kept = Vec::new();
    let (mut is_help, mut is_gradles) = (false, false);
    // The indentation of a frame of others, whose code is indented further.
    let mut foreign_frame: Option<usize> = None;
    for line in log {
        let text = line.trim_end();
        is_help = NPM_HELP.iter().any(|start| text.starts_with(start))
            || (is_help && text.starts_with("npm error"));
        let trimmed = text.trim_start();
        let indentation = text.len() - trimmed.len();
        if let Some(file) = trimmed.strip_prefix("File \"") {
            foreign_frame = is_foreign(file).then_some(indentation);
        } else if foreign_frame.is_some_and(|frame| indentation <= frame) {
            foreign_frame = None;
        }
        // Gradle marks each cause of a cause.
        is_gradles = text.ends_with("* What went wrong:") || (is_gradles && trimmed != "* Try:");
        let is_cause = is_gradles && trimmed.starts_with("> ");
        if is_help
            || foreign_frame.is_some()
            || (is_noise(text) && !is_cause)
            || is_announced(trimmed)
        {
            continue;
        }
        let conclusion = concluded(text);
        if conclusion.is_some_and(is_noise) {
            continue;
        }
        let is_conclusion = conclusion.is_some() || text.starts_with(NOT_STARTED);
        let text = conclusion.unwrap_or(text);
        let least = match (is_cause, is_conclusion) {
            (true, _) => Weight::Cause,
            (false, true) => Weight::Conclusion,
            (false, false) => Weight::Nothing,
        };
        kept.push(Line { text, weight: weight(text).max(least) });
    }
    kept
}

/// Whether a file of a traceback, by its path and what follows, is not of the source. Builds name
/// those of the source by relative paths.
fn is_foreign(file: &str) -> bool {
    let is_of_source = !file.starts_with(['/', '<']) || file.contains("/workspace/");
    let is_evaluated = file.starts_with('<') && !file.starts_with("<frozen ");
    !is_of_source && !is_evaluated
}

/// The text of the builder's conclusion: `ERROR: buildpack ID failed: TEXT`.
fn concluded(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("ERROR: ").unwrap_or(line).strip_prefix("buildpack ")?;
    rest.split_once(" failed: ").map(|(_, text)| text)
}

fn is_noise(text: &str) -> bool {
    let bare = text.trim();
    let is_frame = bare.starts_with("npm error     at ")
        || bare.starts_with("goroutine ")
        || text.starts_with("    at ")
        || text.starts_with("\tat ")
        || bare.starts_with("at java.")
        || is_native_frame(bare)
        || (bare.starts_with("... ") && bare.ends_with(" more"));
    let is_banner = (bare.starts_with("> ") && (bare.contains('@') || is_command(bare)))
        || (bare.starts_with("$ ") && is_command(bare));
    // Go names the package before the errors of its files.
    let is_package = bare.strip_prefix("# ").is_some_and(|package| !package.contains(' '));
    let is_marker = bare.chars().all(|c| matches!(c, '^' | '~' | '-' | '│' | ' '));
    let is_empty =
        ["npm error", "npm ERR!", "npm error 404", "[ERROR]", "throw err;", "error:", "@"]
            .contains(&bare);
    bare.is_empty()
        || is_frame
        || is_banner
        || is_package
        || is_marker
        || is_empty
        || bare.starts_with("--> ")
        || NOISE.iter().any(|start| bare.starts_with(start))
        || bare.starts_with("npm error Node.js v")
        || (bare.starts_with("[ERROR] Failed to execute goal ")
            && bare.trim_end_matches([':', ' ']).ends_with(": Compilation failure"))
}

/// Whether it is a frame of Node.js itself: `12: 0x1113088 v8::internal::Heap::CollectGarbage(…)`.
fn is_native_frame(text: &str) -> bool {
    let number = text.split_once(": 0x").map(|(number, _)| number);
    number.is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Whether a cause of Gradle's only refers to other errors.
fn is_announced(text: &str) -> bool {
    ["> Compilation failed; see", "> Compilation error. See", "> There are ", "> There is "]
        .into_iter()
        .any(|start| text.starts_with(start))
}

/// Whether a package manager has printed the command of a script: `> node build.js`.
fn is_command(banner: &str) -> bool {
    let first = banner.trim_start_matches(['>', '$', ' ']).split(' ').next().unwrap_or_default();
    ["node", "npm", "npx", "tsc", "sh", "bash", "yarn", "pnpm"].contains(&first)
}

fn weight(text: &str) -> Weight {
    let plain = stripped(text);
    // pip only warns of an index that it cannot reach, or that refuses it.
    if plain.starts_with("Caused by: ")
        || plain.starts_with(UNREACHABLE)
        || REFUSED.iter().any(|part| plain.contains(part))
        || broken_connection(text.trim_start()).is_some()
    {
        return Weight::Cause;
    }
    let is_named = NAMED.iter().any(|part| text.contains(part))
        || is_exception(plain)
        || is_position(plain)
        || plain.starts_with("panic: ")
        || text.starts_with("* What went wrong:")
        || text.starts_with("✘ [ERROR]");
    if is_named {
        return Weight::Named;
    }
    let small = text.to_lowercase();
    if WORDS.iter().any(|word| small.contains(word)) { Weight::Word } else { Weight::Nothing }
}

/// Without what tools put in front of a message.
fn stripped(text: &str) -> &str {
    let mut text = text.trim_start_matches(MARKS);
    while let Some(rest) = PREFIXES.iter().find_map(|prefix| text.strip_prefix(prefix)) {
        text = rest.trim_start();
    }
    if let Some(broken) = broken_connection(text) {
        return broken.find(UNREACHABLE).and_then(|at| broken.get(at..)).unwrap_or(broken);
    }
    // Yarn 1 writes `error MESSAGE`, and Yarn 2 `YN0028: │ MESSAGE`.
    if let Some(message) = text.strip_prefix("error ").filter(|message| !message.starts_with("TS"))
    {
        return message;
    }
    if let Some((_, message)) = text.split_once("│ ").filter(|_| text.starts_with("YN")) {
        return message;
    }
    without_goal(text)
}

/// What pip says about a connection, with the last of its retries or as far as it could not be
/// opened.
fn broken_connection(text: &str) -> Option<&str> {
    let (retry, reason) =
        text.strip_prefix("WARNING: Retrying (")?.split_once(" after connection broken by '")?;
    (retry.contains("total=0") || reason.contains(UNREACHABLE)).then_some(reason)
}

/// Without the goal and the project that Maven names before the cause.
fn without_goal(text: &str) -> &str {
    if !text.starts_with("Failed to execute goal") {
        return text;
    }
    let after = text.split_once(" on project ").and_then(|(_, rest)| rest.split_once(": "));
    let text = after.map_or(text, |(_, cause)| cause);
    let cause = CAUSES_OF_GOALS.iter().find_map(|cause| text.find(cause));
    let text = cause.and_then(|at| text.get(at..)).unwrap_or(text);
    text.trim_end_matches(" -> [Help 1]")
}

/// `ModuleNotFoundError: …`, `java.lang.IllegalStateException: …`, `Error: …`.
fn is_exception(text: &str) -> bool {
    let name = text.split([':', ' ']).next().unwrap_or_default();
    let is_name = name.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '$'));
    let ends = ["Error", "Exception", "Impossible", "Exit", "Interrupt"];
    let follows = text.get(name.len()..).unwrap_or_default();
    is_name
        && ends.into_iter().any(|end| name.ends_with(end))
        && (follows.is_empty() || follows.starts_with(": ") || follows.starts_with(" ["))
}

/// A message of a compiler: `./a.go:6:14: …`, `/src/A.java:[3,5] …`, `A.java:3: error: …`,
/// `src/a.ts(1,7): error …`.
fn is_position(text: &str) -> bool {
    const ENDINGS: [&str; 19] = [
        ".go:", ".java:", ".kt:", ".kts:", ".ts:", ".ts(", ".tsx:", ".tsx(", ".mts(", ".py:",
        ".js:", ".mjs:", ".gradle:", ".mod:", ".c:", ".cc:", ".cpp:", ".h:", ".rs:",
    ];
    let start = ENDINGS.into_iter().find_map(|ending| {
        let (file, rest) = text.split_once(ending)?;
        (!file.contains(' ')).then_some(rest)
    });
    start.is_some_and(|rest| {
        let number = rest.trim_start_matches('[');
        number.starts_with(|c: char| c.is_ascii_digit()) && number.contains([':', ']', ')'])
    })
}

#[cfg(test)]
mod tests;
