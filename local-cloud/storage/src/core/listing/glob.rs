//! Globs over object names:
//! <https://cloud.google.com/storage/docs/json_api/v1/objects/list#list-objects-and-prefixes-using-glob>.
//!
//! `*` matches anything within a path segment, `**` anything, `?` one character of a segment,
//! `[a-z]` and `[!a-z]` sets, `{a,b}` alternatives. `**/` as a segment also matches no segment at
//! all, so that `**/x` matches `x`. Matching takes time proportional to at most the
//! product of both lengths.

use crate::StorageError;

/// Maximum number of alternatives of one glob, because braces multiply.
const ALTERNATIVES_LIMIT: usize = 64;

/// A glob, expanded into alternatives without braces.
pub(super) struct Glob(Vec<Vec<Token>>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Char(char),
    /// `?`
    AnyChar,
    /// `[…]`
    Set {
        inverted: bool,
        ranges: Vec<(char, char)>,
    },
    /// `*`
    InSegment,
    /// `**`
    Anything,
    /// `**/` as a segment.
    Folders,
}

impl Glob {
    /// # Errors
    /// [`StorageError::Invalid`] when a bracket is not closed, or the braces have too many
    /// alternatives.
    pub(super) fn parse(text: &str) -> Result<Self, StorageError> {
        let invalid = |why: &str| StorageError::Invalid(format!("matchGlob '{text}': {why}"));
        let mut open = vec![text.to_owned()];
        let mut alternatives = Vec::new();
        while let Some(next) = open.pop() {
            if open.len() + alternatives.len() >= ALTERNATIVES_LIMIT {
                return Err(invalid("too many alternatives"));
            }
            match expand_first_brace(&next) {
                Some(expanded) => open.extend(expanded),
                None => {
                    let tokens = tokens(&next).ok_or_else(|| invalid("a bracket is not closed"))?;
                    alternatives.extend(without_folders(tokens));
                }
            }
        }
        if alternatives.len() > ALTERNATIVES_LIMIT {
            return Err(invalid("too many alternatives"));
        }
        Ok(Self(alternatives))
    }

    pub(super) fn matches(&self, name: &str) -> bool {
        self.0.iter().any(|tokens| matches(tokens, name))
    }
}

/// The expansions of the first innermost `{…}`.
fn expand_first_brace(text: &str) -> Option<Vec<String>> {
    let end = text.find('}')?;
    let start = text.get(..end)?.rfind('{')?;
    let (before, after) = (text.get(..start)?, text.get(end + 1..)?);
    Some(
        text.get(start + 1..end)?
            .split(',')
            .map(|choice| format!("{before}{choice}{after}"))
            .collect(),
    )
}

fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let is_first = matches!(tokens.last(), None | Some(Token::Char('/') | Token::Folders));
        tokens.push(match c {
            '*' if rest.next_if_eq(&'*').is_some() => {
                if is_first && rest.next_if_eq(&'/').is_some() {
                    Token::Folders
                } else {
                    Token::Anything
                }
            }
            '*' => Token::InSegment,
            '?' => Token::AnyChar,
            '[' => set(&mut rest)?,
            '\\' => Token::Char(rest.next()?),
            c => Token::Char(c),
        });
    }
    Some(tokens)
}

/// The alternatives of tokens: each `**/` stands for some folders, or for none.
fn without_folders(tokens: Vec<Token>) -> Vec<Vec<Token>> {
    let mut alternatives = vec![Vec::new()];
    for token in tokens {
        if token != Token::Folders {
            alternatives.iter_mut().for_each(|tokens| tokens.push(token.clone()));
            continue;
        }
        if alternatives.len() > ALTERNATIVES_LIMIT {
            break;
        }
        let mut with = alternatives.clone();
        with.iter_mut().for_each(|tokens| tokens.extend([Token::Anything, Token::Char('/')]));
        alternatives.extend(with);
    }
    alternatives
}

fn set(rest: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<Token> {
    let inverted = rest.next_if(|c| matches!(c, '!' | '^')).is_some();
    let mut ranges = Vec::new();
    loop {
        let first = rest.next()?;
        if first == ']' && !ranges.is_empty() {
            return Some(Token::Set { inverted, ranges });
        }
        let last = if rest.next_if_eq(&'-').is_some() { rest.next()? } else { first };
        ranges.push((first, last));
    }
}

/// Simulates all paths through the tokens at once: `reached[i]` is true when the first i tokens
/// match the characters read so far.
fn matches(tokens: &[Token], name: &str) -> bool {
    let mut reached = vec![false; tokens.len() + 1];
    if let Some(first) = reached.first_mut() {
        *first = true;
    }
    skip_empty(tokens, &mut reached);
    for c in name.chars() {
        let mut next = vec![false; tokens.len() + 1];
        for (index, token) in
            tokens.iter().enumerate().filter(|(index, _)| reached.get(*index) == Some(&true))
        {
            let (stays, advances) = step(token, c);
            next.get_mut(index).into_iter().for_each(|state| *state |= stays);
            next.get_mut(index + 1).into_iter().for_each(|state| *state |= advances);
        }
        skip_empty(tokens, &mut next);
        reached = next;
    }
    reached.last() == Some(&true)
}

/// Stars also match the empty text.
fn skip_empty(tokens: &[Token], reached: &mut [bool]) {
    for (index, token) in tokens.iter().enumerate() {
        if matches!(token, Token::InSegment | Token::Anything) && reached.get(index) == Some(&true)
        {
            reached.get_mut(index + 1).into_iter().for_each(|state| *state = true);
        }
    }
}

/// Whether a token accepts the character and remains active, and whether it accepts it and is done.
fn step(token: &Token, c: char) -> (bool, bool) {
    match token {
        Token::Char(wanted) => (false, *wanted == c),
        Token::AnyChar => (false, c != '/'),
        Token::Set { inverted, ranges } => {
            let within = ranges.iter().any(|(first, last)| (*first..=*last).contains(&c));
            (false, within != *inverted && c != '/')
        }
        Token::InSegment => (c != '/', false),
        // Folders were replaced when the glob was parsed.
        Token::Anything | Token::Folders => (true, false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_match_names() {
        let table: [(&str, &[&str], &[&str]); 12] = [
            ("foo", &["foo"], &["foo/", "fo", "foob"]),
            ("foo*bar", &["foobar", "fooxbar"], &["foo/bar"]),
            ("foo**bar", &["foobar", "foo/x/bar"], &["foo/x/ba"]),
            ("foo?bar", &["fooxbar"], &["foobar", "foo/bar"]),
            ("**/*.txt", &["b.txt", "a/b.txt", "a/b/c.txt"], &["b.txtx", "a/b.md"]),
            ("**/x", &["x", "a/x", "a/b/x"], &["ax", "x/a"]),
            ("a/**/x", &["a/x", "a/b/x", "a/b/c/x"], &["ax", "b/a/x", "a/bx"]),
            ("a**/x", &["a/x", "ab/x", "a/b/x"], &["x", "ax"]),
            ("[a-c]?", &["ax", "cz"], &["dx", "a/"]),
            ("[!a-c]x", &["dx"], &["ax", "/x"]),
            ("{a,b/*}.{txt,md}", &["a.txt", "b/x.md"], &["b.txt", "a.rs"]),
            ("a\\*", &["a*"], &["ab"]),
        ];
        for (glob, matching, other) in table {
            let parsed = Glob::parse(glob).unwrap();
            matching.iter().for_each(|name| assert!(parsed.matches(name), "{glob} {name}"));
            other.iter().for_each(|name| assert!(!parsed.matches(name), "{glob} {name}"));
        }
    }

    #[test]
    fn an_open_bracket_and_too_many_alternatives_are_rejected() {
        assert!(Glob::parse("[a").is_err());
        assert!(Glob::parse(&"{a,b}".repeat(10)).is_err());
        assert!(Glob::parse(&"**/".repeat(10)).is_err());
    }

    #[test]
    fn a_glob_of_many_stars_takes_no_exponential_time() {
        let glob = Glob::parse(&format!("{}b", "*a".repeat(100))).unwrap();
        assert!(!glob.matches(&"a".repeat(1000)));
    }
}
