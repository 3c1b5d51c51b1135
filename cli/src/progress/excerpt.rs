//! What a person would cut out of a log: the lines that say why something failed, without the help
//! texts, banners and stack frames around them. Pure.

/// Maximum number of lines. The command that shows the full log is printed after them.
const LINES_MAX: usize = 12;

/// Maximum number of lines before the cause: the code that it refers to, or a traceback.
const CONTEXT_MAX: usize = 4;

/// Maximum number of unrelated lines between two lines of one error, such as quoted code.
const GAP_MAX: usize = 2;

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

/// Lower-case words of lines that report an error.
const WORDS: [&str; 16] = [
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
    "invalid",
    // The local cloud says so about versions that it does not have.
    "this machine has",
    "credentials",
];

/// Parts of lines that name an error.
const NAMED: [&str; 42] = [
    "Cannot find module",
    "Cannot find package",
    "Cannot resolve module",
    "error TS",
    "from lock file",
    "lock file's",
    "404 Not Found",
    "No matching version found",
    "No matching distribution found",
    "Could not find a version that satisfies",
    "ERESOLVE unable to resolve",
    "ERESOLVE could not resolve",
    "because these package versions have conflicting dependencies",
    "No solution found when resolving",
    "no required module provides package",
    "cannot find module providing package",
    "missing go.sum entry",
    ": reading http",
    "unrecognized import path",
    "go.mod requires go >=",
    "Could not find artifact",
    "Could not find or load main class",
    "Unsupported class file major version",
    "found incompatible dependencies",
    "ERR_PNPM_",
    "Your lockfile needs to be updated",
    "no matching function found with name",
    "is not defined in the provided module",
    "Non-parseable POM",
    "Non-readable POM",
    "version solving failed",
    "does not match any versions",
    "class not found: ",
    "requires a different Python",
    "is not allowed by the project",
    "incompatible with the project's Python requirement",
    "lockfile had changes, but lockfile is frozen",
    "No version matching",
    "error: GET http",
    "error: release version ",
    "invalid target release",
    "invalid source release",
];

/// What Python says if it cannot reach a host.
const UNREACHABLE: &str = "Failed to establish a new connection";

/// The causes that Maven names after the goal that failed.
const CAUSES_OF_GOALS: [&str; 4] = [
    "Could not find artifact",
    "release version ",
    "invalid target release",
    "invalid source release",
];

/// Beginnings of lines that explain nothing. Tools print them around every error.
const NOISE: [&str; 46] = [
    "npm error code E",
    "npm error errno",
    "npm error syscall",
    "npm error A complete log",
    "npm error For a full report",
    "npm error /",
    "npm error 404 Note that",
    "npm error 404 tarball",
    "npm error Fix the upstream",
    "npm error this command with",
    "npm error to accept an incorrect",
    "ERROR: ResolutionImpossible: for help",
    "npm error notarget In most cases",
    "npm error notarget a package version",
    "npm error Lifecycle script",
    "npm ERR! A complete log",
    "npm warn",
    "npm notice",
    "npm WARN",
    "[INFO]",
    "[WARNING]",
    "[ERROR] Re-run Maven",
    "[ERROR] To see the full",
    "[ERROR] For more information about",
    "[ERROR] After correcting",
    "[ERROR]   mvn <args>",
    "[ERROR] -> [Help",
    "[ERROR] [Help",
    "* Try:",
    "> Run with --",
    "> Get more help",
    "BUILD FAILED in",
    "FAILURE: Build failed with",
    "note: This error originates",
    "note: This is an issue with the package",
    "hint: See above",
    "hint: This usually indicates",
    "[notice]",
    "Node.js v",
    "Looking in ",
    "Collecting ",
    "Downloading ",
    "Using cached ",
    "Processing ",
    "Getting requirements to build",
    "Installing build dependencies",
];

/// Lines with which npm's help begins.
const NPM_HELP: [&str; 3] =
    ["npm error Clean install a project", "npm error Usage:", "npm error Install a project"];

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
    let lines = relevant(log);
    let best = lines.iter().map(|line| line.weight).max().unwrap_or(Weight::Nothing);
    let Some(last) = lines.iter().rposition(|line| line.weight == best && best > Weight::Nothing)
    else {
        return Excerpt { headline: None, lines: texts(tail(&lines)) };
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
    let is_context =
        |line: &&Line<'_>| line.text.starts_with([' ', '\t']) || line.text.starts_with("Traceback");
    let before = lines.get(..first).unwrap_or_default();
    let context = before.iter().rev().take(CONTEXT_MAX).take_while(is_context).count();
    let shown = lines.get(first - context..end(&lines, last)).unwrap_or_default();
    let shown = shown.get(..shown.len().min(LINES_MAX)).unwrap_or(shown);
    let headline = lines.get(first).filter(|line| line.weight >= Weight::Conclusion);
    Excerpt { headline: headline.map(|line| stripped(line.text).to_owned()), lines: texts(shown) }
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

fn texts(lines: &[Line<'_>]) -> Vec<String> {
    lines.iter().map(|line| line.text.to_owned()).collect()
}

fn tail<T>(lines: &[T]) -> &[T] {
    lines.get(lines.len().saturating_sub(LINES_MAX)..).unwrap_or(lines)
}

/// The lines without those that explain nothing.
fn relevant(log: &[String]) -> Vec<Line<'_>> {
    let mut kept = Vec::new();
    let mut is_help = false;
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
        if is_help || foreign_frame.is_some() || is_noise(text) {
            continue;
        }
        let text = concluded(text).unwrap_or(text);
        let is_conclusion = concluded(line).is_some();
        let weight =
            weight(text).max(if is_conclusion { Weight::Conclusion } else { Weight::Nothing });
        kept.push(Line { text, weight });
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
        || (bare.starts_with("... ") && bare.ends_with(" more"));
    let is_banner = bare.starts_with("> ") && (bare.contains('@') || is_command(bare));
    let is_marker = bare.chars().all(|c| matches!(c, '^' | '~' | '-' | '│' | ' '));
    let is_empty = ["npm error", "npm ERR!", "npm error 404", "[ERROR]", "throw err;", "error:"]
        .contains(&bare);
    bare.is_empty()
        || is_frame
        || is_banner
        || is_marker
        || is_empty
        || bare.starts_with("--> ")
        || NOISE.iter().any(|start| bare.starts_with(start))
}

/// Whether npm has printed the command of a script: `> node build.js`.
fn is_command(banner: &str) -> bool {
    let first = banner.trim_start_matches("> ").split(' ').next().unwrap_or_default();
    ["node", "npm", "npx", "tsc", "sh", "bash", "yarn", "pnpm"].contains(&first)
}

fn weight(text: &str) -> Weight {
    let plain = stripped(text);
    // pip only warns of an index that it cannot reach.
    if plain.starts_with("Caused by: ") || plain.starts_with(UNREACHABLE) {
        return Weight::Cause;
    }
    let is_named = NAMED.iter().any(|part| text.contains(part))
        || is_exception(plain)
        || is_position(plain)
        || plain.starts_with("panic: ")
        || plain.starts_with("* What went wrong:");
    if is_named {
        return Weight::Named;
    }
    let small = text.to_lowercase();
    if WORDS.iter().any(|word| small.contains(word)) { Weight::Word } else { Weight::Nothing }
}

/// Without what tools put in front of a message.
fn stripped(text: &str) -> &str {
    let mut text = text.trim_start_matches(['│', '×', '╰', '─', '>', ' ', '\t']);
    let prefixes = [
        "npm error ",
        "npm ERR! ",
        "[ERROR] ",
        "[FATAL] ",
        "ERROR: ",
        "error: ",
        "Error: ERR_PNPM",
        "notarget ",
        "Detailed stack trace: ",
        "go: ",
        "Exception in thread \"main\" ",
    ];
    while let Some(rest) = prefixes.into_iter().find_map(|prefix| text.strip_prefix(prefix)) {
        text = rest.trim_start();
    }
    if text.starts_with("WARNING: Retrying (") {
        return text.find(UNREACHABLE).and_then(|at| text.get(at..)).unwrap_or(text);
    }
    without_goal(text)
}

/// Without the goal and the project that Maven names before the cause.
fn without_goal(text: &str) -> &str {
    if !text.starts_with("Failed to execute goal") {
        return text;
    }
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
    const ENDINGS: [&str; 8] =
        [".go:", ".java:", ".kt:", ".ts:", ".ts(", ".py:", ".js:", ".gradle:"];
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
