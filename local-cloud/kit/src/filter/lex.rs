//! The words of a filter.

use super::Operator;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Open,
    Close,
    /// `-` before anything but a value.
    Minus,
    Comma,
    Operator(Operator),
    Word(Word),
    /// The name of a function, before its parenthesis.
    Function(String),
}

/// A field, a value, or `AND`, `OR` or `NOT`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// The text without quotation marks.
    pub text: String,
    /// The same, split at the dots that are not quoted.
    pub parts: Vec<String>,
    pub is_quoted: bool,
}

/// Where in the text something is wrong, in bytes, and what.
pub(super) type Wrong = (usize, String);

/// Signs of comparisons; a prefix comes after what it is the prefix of.
const OPERATORS: [Operator; 9] = [
    Operator::Matches,
    Operator::MatchesNot,
    Operator::Differs,
    Operator::LessOrEqual,
    Operator::GreaterOrEqual,
    Operator::Equals,
    Operator::Less,
    Operator::Greater,
    Operator::Has,
];

/// The tokens, each with its position in bytes.
pub(super) fn tokens(text: &str, has_comments: bool) -> Result<Vec<(usize, Token)>, Wrong> {
    let mut tokens: Vec<(usize, Token)> = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start();
        let Some(first) = rest.chars().next() else { return Ok(tokens) };
        if has_comments && rest.starts_with("--") {
            rest = rest.split_once('\n').map_or("", |(_, after)| after);
            continue;
        }
        let at = text.len() - rest.len();
        let after_operator = matches!(tokens.last(), Some((_, Token::Operator(_))));
        let operator = OPERATORS.iter().find(|operator| rest.starts_with(operator.sign()));
        let (token, length) = match (first, operator) {
            ('(', _) => (Token::Open, 1),
            (')', _) => (Token::Close, 1),
            (',', _) => (Token::Comma, 1),
            ('-', _) if !after_operator => (Token::Minus, 1),
            (_, Some(operator)) => (Token::Operator(*operator), operator.sign().len()),
            _ => {
                // A time has colons, and needs no quotation marks.
                let has_colons = after_operator && first.is_ascii_digit();
                let (word, length) = word(rest, has_colons).map_err(|reason| (at, reason))?;
                let is_function =
                    rest[length..].starts_with('(') && !word.is_quoted && !is_keyword(&word.text);
                let token =
                    if is_function { Token::Function(word.text) } else { Token::Word(word) };
                (token, length)
            }
        };
        tokens.push((at, token));
        rest = &rest[length..];
    }
}

/// The word at the beginning of a text, and its length there.
fn word(text: &str, has_colons: bool) -> Result<(Word, usize), String> {
    let mut word = Word { text: String::new(), parts: vec![String::new()], is_quoted: false };
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if matches!(c, '"' | '\'') {
            let (value, after) = quoted(&rest[1..], c)?;
            word.push(&value);
            word.is_quoted = true;
            rest = after;
        } else if c == '.' && !word.text.is_empty() {
            word.text.push('.');
            word.parts.push(String::new());
            rest = &rest[1..];
        } else if is_plain(c) || (has_colons && c == ':') {
            word.push(c.encode_utf8(&mut [0; 4]));
            rest = &rest[c.len_utf8()..];
        } else {
            break;
        }
    }
    let length = text.len() - rest.len();
    if length == 0 {
        return Err(format!("'{text}' begins with a character that must be quoted"));
    }
    Ok((word, length))
}

impl Word {
    fn push(&mut self, text: &str) {
        self.text.push_str(text);
        if let Some(last) = self.parts.last_mut() {
            last.push_str(text);
        }
    }
}

pub(super) fn is_keyword(text: &str) -> bool {
    matches!(text, "AND" | "OR" | "NOT")
}

/// Characters of words that need no quotation marks.
fn is_plain(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '/' | '*' | '+' | '%' | '@' | '#' | '$' | '&')
}

/// A string after its opening quotation mark, and the text after the closing one.
fn quoted(text: &str, mark: char) -> Result<(String, &str), String> {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            c if c == mark => return Ok((value, &text[at + 1..])),
            '\\' => match chars.next() {
                Some((_, 'n')) => value.push('\n'),
                Some((_, 't')) => value.push('\t'),
                Some((_, 'r')) => value.push('\r'),
                Some((_, other @ ('"' | '\'' | '\\'))) => value.push(other),
                // Part of a regular expression.
                Some((_, other)) => value.extend(['\\', other]),
                None => break,
            },
            c => value.push(c),
        }
    }
    Err("unterminated string".to_owned())
}
