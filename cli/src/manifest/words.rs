//! The messages of the YAML library in the words of people who write manifests. Pure.

use std::borrow::Cow;

/// Beginnings of messages, and what they mean.
const MEANINGS: [(&str, &str); 13] = [
    ("multiple YAML documents detected", "a second document begins here"),
    ("cannot deserialize null into string", "has no value; write '' for an empty text"),
    ("expected mapping start", "must have keys below it, such as `key: value`"),
    ("expected sequence start", "must be a list, with `- ` before each item"),
    ("expected string scalar", "must be a text"),
    ("expected scalar", "must be a single value"),
    ("invalid digit found in string", "must be a whole number"),
    ("invalid boolean", "must be true or false"),
    ("invalid bool", "must be true or false"),
    ("missing 's' suffix", "must be a number of seconds with an s, such as 60s"),
    ("alias references unknown anchor", "this alias has no anchor (`&NAME`) before it"),
    ("cannot deserialize tagged scalar into string", "must be a text without a tag (`!NAME`)"),
    ("unexpected end of input", "the document ends here, before it is complete"),
];

/// Where the library begins to explain how its callers can change that.
const FOR_CALLERS: [&str; 3] = [", set ", "; use ", " by configured policy"];

/// The meaning of a message. Without its position, which is shown before it.
pub(super) fn reworded(message: &str) -> Cow<'_, str> {
    let message = message.rsplit_once(" at line ").map_or(message, |(message, _)| message);
    if let Some(key) = message.strip_prefix("duplicate mapping key: ") {
        let key = key.split(", set ").next().unwrap_or(key);
        return Cow::Owned(format!("the key `{key}` is there twice"));
    }
    if let Some((_, meaning)) = MEANINGS.iter().find(|(start, _)| message.starts_with(start)) {
        return Cow::Borrowed(meaning);
    }
    let end = FOR_CALLERS.iter().filter_map(|start| message.find(start)).min();
    Cow::Borrowed(end.and_then(|end| message.get(..end)).unwrap_or(message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_message_speaks_to_callers_of_the_library() {
        for (message, expected) in [
            (
                "duplicate mapping key: name, set DuplicateKeyPolicy in Options if acceptable at line 2, column 1",
                "the key `name` is there twice",
            ),
            (
                "multiple YAML documents detected; use from_str_multiple at line 3, column 1",
                "a second document begins here",
            ),
            (
                "expected mapping start at line 1, column 1",
                "must have keys below it, such as `key: value`",
            ),
            (
                "!!binary scalar is not UTF-8, set ignore_binary_tag in Options",
                "!!binary scalar is not UTF-8",
            ),
            ("unclosed quote at line 1, column 7", "unclosed quote"),
        ] {
            assert_eq!(reworded(message), expected);
        }
    }
}
