//! Matches one line of a `.gcloudignore` as gcloud does.
//!
//! gcloud documents its syntax as gitignore's, but differs from git: `docs/draft` also matches
//! `a/docs/draft`, `docs/**` also matches `docs` itself, escapes are removed before wildcards are
//! interpreted, and braces are literal. With a gitignore library, other files would be uploaded
//! than with gcloud. The rules follow `googlecloudsdk/command_lib/util/{gcloudignore,glob}.py`.

/// A line that is neither blank nor a comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    /// The line starts with `!`: paths that it matches are included again.
    pub(super) negated: bool,
    /// The line ends in `/`: it matches only directories.
    only_directories: bool,
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    /// `**`: any number of components, including none.
    AnyDepth,
    /// Wildcards within one component. An empty one stands for the root.
    Component(Vec<Token>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Star,
    Any,
    Literal(char),
    Set { negated: bool, ranges: Vec<(char, char)> },
}

impl Pattern {
    /// Parses a line. `None` for a line that gcloud skips, because it is blank or ends in a lone
    /// backslash.
    pub(super) fn parse(line: &str) -> Option<Self> {
        let (negated, line) = line.strip_prefix('!').map_or((false, line), |rest| (true, rest));
        let (only_directories, line) =
            line.strip_suffix('/').map_or((false, line), |rest| (true, rest));
        // Escaped spaces are replaced first and separately: `\\\\ x` has one backslash less than
        // expected.
        let text = unescape(&strip_trailing_spaces(line).replace("\\ ", " "))?;
        if text.is_empty() {
            return None;
        }
        let mut parts: Vec<Part> = text.split('/').map(part).collect();
        let from_root = Part::Component(Vec::new());
        if parts.contains(&Part::AnyDepth) && parts.first() != Some(&from_root) {
            parts.insert(0, from_root);
        }
        Some(Self { negated, only_directories, parts })
    }

    /// Whether the path itself matches. The caller checks its parents.
    pub(super) fn matches(&self, path: &str, is_directory: bool) -> bool {
        let components: Vec<&str> = path.split('/').collect();
        (is_directory || !self.only_directories) && ends_with(&components, &self.parts)
    }
}

/// Matches from the right, because a pattern without a root part may start at any depth.
fn ends_with(path: &[&str], parts: &[Part]) -> bool {
    let Some((part, before)) = parts.split_last() else {
        return true;
    };
    let (last, rest) = path.split_last().map_or(("", None), |(last, rest)| (*last, Some(rest)));
    let tokens = match part {
        Part::AnyDepth => return (0..=path.len()).any(|length| ends_with(&path[..length], before)),
        Part::Component(tokens) => tokens,
    };
    if before.is_empty() && *tokens == [Token::Star] && rest.is_some_and(is_below_a_folder) {
        return false;
    }
    if !component_matches(last, tokens) {
        return false;
    }
    // Beyond the root there is nothing left to match.
    rest.map_or(before.is_empty(), |rest| ends_with(rest, before))
}

/// A leading `*` must not match below a folder. gcloud checks the length of the folder's path and
/// so ignores a folder with a single letter; this reproduces that, to select the same files.
fn is_below_a_folder(rest: &[&str]) -> bool {
    match rest {
        [] => false,
        [folder] => folder.chars().nth(1).is_some(),
        _ => true,
    }
}

/// Matches one component like Python's `fnmatch`.
fn component_matches(text: &str, tokens: &[Token]) -> bool {
    let text: Vec<char> = text.chars().collect();
    let (mut at, mut token) = (0, 0);
    let mut retry = None;
    while at < text.len() {
        match tokens.get(token) {
            Some(Token::Star) => {
                retry = Some((at, token + 1));
                token += 1;
            }
            Some(one) if one_matches(one, text[at]) => {
                at += 1;
                token += 1;
            }
            // Backtracks: the last star matches one more character.
            _ => match &mut retry {
                Some((from, after)) => {
                    *from += 1;
                    (at, token) = (*from, *after);
                }
                None => return false,
            },
        }
    }
    tokens[token..].iter().all(|token| *token == Token::Star)
}

fn one_matches(token: &Token, character: char) -> bool {
    match token {
        Token::Any | Token::Star => true,
        Token::Literal(literal) => *literal == character,
        Token::Set { negated, ranges } => {
            ranges.iter().any(|(low, high)| (*low..=*high).contains(&character)) != *negated
        }
    }
}

fn part(text: &str) -> Part {
    if text == "**" {
        return Part::AnyDepth;
    }
    let text: Vec<char> = text.chars().collect();
    let mut tokens = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(character) = text.get(at) {
        at += 1;
        tokens.push(match character {
            '*' => Token::Star,
            '?' => Token::Any,
            '[' => match set(&text[at..]) {
                Some((token, length)) => {
                    at += length;
                    token
                }
                None => Token::Literal('['),
            },
            literal => Token::Literal(*literal),
        });
    }
    Part::Component(tokens)
}

/// Parses a set after its `[`. Returns it with its length including the `]`. Without a `]` the
/// bracket is literal.
fn set(text: &[char]) -> Option<(Token, usize)> {
    let negated = text.first() == Some(&'!');
    let start = usize::from(negated);
    // A `]` in the first position is a member, not the end.
    let end = text.iter().skip(start + 1).position(|character| *character == ']')? + start + 1;
    let mut members = &text[start..end];
    let mut ranges = Vec::new();
    while let [low, rest @ ..] = members {
        let (high, after) = match rest {
            ['-', high, after @ ..] => (high, after),
            _ => (low, rest),
        };
        ranges.push((*low, *high));
        members = after;
    }
    Some((Token::Set { negated, ranges }, end + 1))
}

/// Strips trailing spaces, except one after a backslash.
fn strip_trailing_spaces(mut line: &str) -> &str {
    while let Some(shorter) = line.strip_suffix(' ') {
        if ends_in_escape(shorter) {
            break;
        }
        line = shorter;
    }
    line
}

/// Removes escaping backslashes. `None` if the last one escapes nothing.
fn unescape(line: &str) -> Option<String> {
    if ends_in_escape(line) {
        return None;
    }
    let mut text = String::with_capacity(line.len());
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        text.push(if character == '\\' { characters.next()? } else { character });
    }
    Some(text)
}

fn ends_in_escape(line: &str) -> bool {
    line.chars().rev().take_while(|character| *character == '\\').count() % 2 == 1
}
