//! Names that a function can have.

/// Longest name of a function.
const NAME_MAX: usize = 49;

/// A name that a function can have, as near as possible to what somebody wrote.
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
    fn a_name_is_made_valid() {
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
