//! The words and signs of a source file, as far as imports need them.

/// A word, a sign, or the separator of a path. Text, characters, lifetimes, numbers and comments are
/// left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Word(String),
    Separator,
    Sign(char),
}

impl Token {
    pub(super) fn word(&self) -> Option<&str> {
        match self {
            Self::Word(word) => Some(word),
            Self::Separator | Self::Sign(_) => None,
        }
    }

    fn is(&self, word: &str) -> bool {
        self.word() == Some(word)
    }

    pub(super) fn is_sign(&self, sign: char) -> bool {
        *self == Self::Sign(sign)
    }
}

/// The tokens of a file.
pub(super) fn tokens(source: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if let Some(length) = text_length(rest) {
            length
        } else if rest.starts_with("::") {
            tokens.push(Token::Separator);
            2
        } else if first.is_alphanumeric() || first == '_' {
            let length = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
            let word = &rest[..length.unwrap_or(rest.len())];
            if !first.is_numeric() {
                tokens.push(Token::Word(word.to_owned()));
            }
            word.len()
        } else {
            if !first.is_whitespace() {
                tokens.push(Token::Sign(first));
            }
            first.len_utf8()
        };
        rest = &rest[length..];
    }
    tokens
}

/// The length of the literal text, the character or the lifetime that a source begins with.
fn text_length(source: &str) -> Option<usize> {
    let body = source.trim_start_matches(['b', 'c']);
    let prefix = source.len() - body.len();
    if prefix > 1 {
        return None;
    }
    if let Some(raw) = body.strip_prefix('r') {
        let text = raw.trim_start_matches('#');
        let end = format!("\"{}", "#".repeat(raw.len() - text.len()));
        let length = text.strip_prefix('"')?.find(&end)? + end.len();
        return Some(prefix + 2 + raw.len() - text.len() + length);
    }
    let quote = body.chars().next().filter(|first| matches!(first, '"' | '\''))?;
    if quote == '\'' && is_lifetime(body) {
        return Some(prefix + 1 + body[1..].find(|c: char| !c.is_alphanumeric() && c != '_')?);
    }
    let mut is_escaped = false;
    for (index, character) in body.char_indices().skip(1) {
        if character == quote && !is_escaped {
            return Some(prefix + index + 1);
        }
        is_escaped = character == '\\' && !is_escaped;
    }
    Some(source.len())
}

/// `'a` of `&'a str`, and not `'a'`.
fn is_lifetime(source: &str) -> bool {
    let mut characters = source.chars().skip(1);
    let first = characters.next();
    first.is_some_and(|c| c.is_alphabetic() || c == '_') && characters.next() != Some('\'')
}

/// Removes the items that exist only in tests, and returns the modules among them that have files.
pub(super) fn without_tests(tokens: Vec<Token>) -> (Vec<Token>, Vec<String>) {
    let (mut kept, mut modules) = (Vec::new(), Vec::new());
    let mut rest = tokens.as_slice();
    while let Some((first, after)) = rest.split_first() {
        if !is_test_attribute(rest) {
            kept.push(first.clone());
            rest = after;
            continue;
        }
        let length = item_length(rest);
        let item = &rest[..length];
        if let [.., keyword, name, end] = item
            && keyword.is("mod")
            && end.is_sign(';')
        {
            modules.extend(name.word().map(str::to_owned));
        }
        rest = &rest[length..];
    }
    (kept, modules)
}

/// `#[cfg(test)]`, alone or with other conditions.
fn is_test_attribute(tokens: &[Token]) -> bool {
    match tokens {
        [hash, open, cfg, parenthesis, condition, rest @ ..] => {
            hash.is_sign('#')
                && open.is_sign('[')
                && cfg.is("cfg")
                && parenthesis.is_sign('(')
                && (condition.is("test")
                    || (condition.is("all") && rest.get(1).is_some_and(|it| it.is("test"))))
        }
        _ => false,
    }
}

/// The length of an item with its attributes: up to its `;`, `,` or closing brace.
fn item_length(tokens: &[Token]) -> usize {
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate() {
        match token {
            Token::Sign('(' | '[' | '{') => depth += 1,
            // The end of what the item is in.
            Token::Sign(')' | ']' | '}') if depth == 0 => return index,
            Token::Sign('}') if depth == 1 => return index + 1,
            Token::Sign(')' | ']' | '}') => depth -= 1,
            Token::Sign(';' | ',') if depth == 0 => return index + 1,
            Token::Sign(_) | Token::Word(_) | Token::Separator => {}
        }
    }
    tokens.len()
}
