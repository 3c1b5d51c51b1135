//! Searching the text of a program without parsing it.

/// How a language writes strings over several lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    /// Between back quotes, with escapes.
    JavaScript,
    /// Between back quotes, without escapes.
    Go,
    /// Between three quotes. Kotlin is read like Java.
    Java,
}

/// Delimits text blocks of Java, and raw strings of Kotlin.
const BLOCK: &str = "\"\"\"";

/// Replaces the comments of JavaScript by blanks, so that positions and lines stay. Strings are
/// kept. A regular expression with quotes may confuse it, which costs at most a flag.
pub(super) fn without_comments(text: &str) -> String {
    blanked(text, Language::JavaScript, false)
}

/// Replaces comments and strings by blanks, so that positions and lines stay: what is left is no
/// text that only looks like a declaration.
pub(super) fn code(text: &str, language: Language) -> String {
    blanked(text, language, true)
}

fn blanked(text: &str, language: Language, with_strings: bool) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let (length, is_blank) = if rest.starts_with("//") {
            (rest.find('\n').unwrap_or(rest.len()), true)
        } else if rest.starts_with("/*") {
            let end = rest.get(2..).and_then(|inner| inner.find("*/"));
            (end.map_or(rest.len(), |end| end + 4), true)
        } else if matches!(c, '"' | '\'' | '`') {
            (string_length(rest, c, language), with_strings)
        } else {
            (c.len_utf8(), false)
        };
        let (part, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
        if is_blank {
            // One blank for each byte, not for each character: positions are those of bytes.
            kept.extend(part.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }));
        } else {
            kept.push_str(part);
        }
        rest = after;
    }
    kept
}

/// Bytes of the string literal at the start of a text, its quotes included. Only a back quote and a
/// text block continue over the end of a line.
fn string_length(text: &str, quote: char, language: Language) -> usize {
    let is_block = language == Language::Java && text.starts_with(BLOCK);
    let delimiter = if is_block { BLOCK.len() } else { quote.len_utf8() };
    let is_raw = language == Language::Go && quote == '`';
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(delimiter) {
        let is_end = || !is_block || text.get(at..).is_some_and(|rest| rest.starts_with(BLOCK));
        match c {
            _ if escaped => escaped = false,
            '\\' if !is_raw => escaped = true,
            '\n' if quote != '`' && !is_block => return at,
            c if c == quote && is_end() => return at + delimiter,
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
    fn code_is_left_at_its_positions_without_comments_and_strings() {
        for (language, text, expected) in [
            (Language::Java, "a(\"é//\"); // é\nb", "a(      );      \nb"),
            (Language::Java, "a \"\"\"\n\"b\" \\\"\"\" c\n\"\"\" d", "a    \n          \n    d"),
            (Language::Java, "a(\"\", '\"', b)", "a(  ,    , b)"),
            (Language::JavaScript, "a \"\"\"b\" c", "a       c"),
            (Language::JavaScript, "a `\\` b` c", "a        c"),
            (Language::Go, "a `\\` b `c\n\\`d", "a     b   \n  d"),
        ] {
            assert_eq!(code(text, language), expected, "{text}");
        }
        assert_eq!(without_comments("é /* é */ a"), "é          a");
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
