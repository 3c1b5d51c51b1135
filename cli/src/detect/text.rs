//! Searching the text of a program without parsing it.

/// Replaces the comments of a language like C by spaces, so that positions and lines stay. Strings
/// are kept. A regular expression with quotes may confuse it, which costs at most a flag.
pub(super) fn without_comments(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.get(2..).and_then(|inner| inner.find("*/")).map_or(rest.len(), |end| end + 4)
        } else if matches!(c, '"' | '\'' | '`') {
            let string = string_length(rest, c);
            kept.push_str(rest.get(..string).unwrap_or(rest));
            rest = rest.get(string..).unwrap_or_default();
            continue;
        } else {
            kept.push(c);
            rest = rest.get(c.len_utf8()..).unwrap_or_default();
            continue;
        };
        let comment = rest.get(..length).unwrap_or(rest);
        kept.extend(comment.chars().map(|c| if c == '\n' { c } else { ' ' }));
        rest = rest.get(length..).unwrap_or_default();
    }
    kept
}

/// Bytes of the string literal at the start of a text, its quotes included. Only a back quote
/// continues over the end of a line.
fn string_length(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '\n' if quote != '`' => return at,
            c if c == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

pub(super) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

/// The identifier at the start of a text; may be empty.
pub(super) fn identifier(text: &str) -> &str {
    text.split(|c| !is_word(c)).next().unwrap_or_default()
}

/// The string literal at the start of a text, after blanks.
pub(super) fn literal(text: &str) -> Option<&str> {
    let text = text.trim_start();
    let quote = text.chars().next().filter(|c| "'\"`".contains(*c))?;
    text.get(1..)?.split_once(quote).map(|(name, _)| name)
}

/// The line of a position, from 1.
pub(super) fn line_of(text: &str, at: usize) -> usize {
    1 + text.get(..at).unwrap_or_default().matches('\n').count()
}

/// The positions after each occurrence of a word that no other word character precedes or, unless it
/// ends with another character, follows.
pub(super) fn after_each<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    text.match_indices(word).filter_map(move |(at, _)| {
        let end = at + word.len();
        let before = text.get(..at)?.chars().next_back();
        let after = text.get(end..)?.chars().next();
        let is_whole = !before.is_some_and(|c| is_word(c) || c == '.')
            && (!word.ends_with(is_word) || !after.is_some_and(is_word));
        is_whole.then_some(end)
    })
}

/// The names registered by calls such as `http('hello', …)`, with their positions.
pub(super) fn registered<'a>(text: &'a str, call: &'a str) -> Vec<(&'a str, usize)> {
    let calls = after_each(text, call).filter_map(|end| {
        let arguments = text.get(end..)?.trim_start();
        // `typed<Request, Response>('hello', …)`
        let arguments = match arguments.strip_prefix('<') {
            Some(types) => types.split_once(">(").map(|(_, rest)| rest)?,
            None => arguments.strip_prefix('(')?,
        };
        Some((literal(arguments)?, end))
    });
    calls.filter(|(name, _)| !name.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_removed_but_not_from_strings() {
        let text = "a // 'b'\n'c // d' /* e\n */ f `g\n//h` \"i\\\"//\"";
        let expected = "a       \n'c // d'     \n    f `g\n//h` \"i\\\"//\"";
        assert_eq!(without_comments(text), expected);
        assert_eq!(without_comments("/* open"), "       ");
        assert_eq!(without_comments("'open\n// x"), "'open\n    ");
    }

    #[test]
    fn calls_are_found_over_lines() {
        let text = "f.http(\n  'a', h); http('b'); xhttp('c'); http(name); f.typed<A, B>(`d`)";
        let names =
            |call| registered(text, call).into_iter().map(|(name, _)| name).collect::<Vec<_>>();
        assert_eq!(names("http"), ["b"]);
        assert_eq!(names("f.http"), ["a"]);
        assert_eq!(names("f.typed"), ["d"]);
    }
}
