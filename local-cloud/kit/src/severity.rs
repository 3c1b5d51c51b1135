//! The severities of log entries: `google/logging/type/log_severity.proto`.

const SEVERITIES: [(&str, i32); 9] = [
    ("DEFAULT", 0),
    ("DEBUG", 100),
    ("INFO", 200),
    ("NOTICE", 300),
    ("WARNING", 400),
    ("ERROR", 500),
    ("CRITICAL", 600),
    ("ALERT", 700),
    ("EMERGENCY", 800),
];

/// The name of a severity. A number between two of them has none.
#[must_use]
pub fn name(number: i32) -> Option<&'static str> {
    SEVERITIES.iter().find(|(_, known)| *known == number).map(|(name, _)| *name)
}

/// The number of a severity, whose name may be in lower case.
#[must_use]
pub fn number(name: &str) -> Option<i32> {
    let name = name.to_ascii_uppercase();
    SEVERITIES.iter().find(|(known, _)| *known == name).map(|(_, number)| *number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_belong_together() {
        assert_eq!(number("warning"), Some(400));
        assert_eq!(name(400), Some("WARNING"));
        assert_eq!((number("LOUD"), name(450)), (None, None));
    }
}
