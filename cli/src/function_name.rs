//! Names of functions.

/// Maximum length of a name.
const NAME_MAX: usize = 49;

/// A valid name that is as close as possible to the given text.
pub(crate) fn name_like(text: &str) -> String {
    let mut name = String::new();
    let mut before = None;
    for c in text.chars() {
        if c.is_ascii_uppercase()
            && before
                .is_some_and(|before: char| before.is_ascii_lowercase() || before.is_ascii_digit())
        {
            name.push('-');
        }
        name.push(if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' });
        before = Some(c);
    }
    let name = name.trim_start_matches(|c: char| !c.is_ascii_alphabetic());
    name.get(..NAME_MAX).unwrap_or(name).trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invalid_name_is_turned_into_a_valid_one() {
        for (text, name) in [
            ("My Function_2", "my-function-2"),
            ("myFunc", "my-func"),
            ("HTTPServer", "httpserver"),
            ("2nd", "nd"),
            ("-x-", "x"),
            ("über", "ber"),
            (&"a".repeat(60), &"a".repeat(49)),
        ] {
            assert_eq!(name_like(text), name, "{text}");
        }
    }
}
