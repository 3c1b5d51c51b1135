//! Which versions of Python a project supports, as `requires-python` and Poetry say it. Pure.
//! <https://packaging.python.org/en/latest/specifications/version-specifiers/>
//! <https://python-poetry.org/docs/dependency-specification/#version-constraints>

use std::cmp::Ordering;

/// Longest first, because `>` is a part of `>=`.
const OPERATORS: [&str; 10] = ["===", "==", "!=", "~=", ">=", "<=", ">", "<", "^", "~"];

/// Whether a version is supported. Also true for what cannot be parsed: the package manager reports
/// it.
pub(super) fn satisfies(specifiers: &str, version: &str) -> bool {
    let Some(have) = Version::parse(version) else { return true };
    specifiers.split("||").any(|alternative| {
        alternative
            .split(',')
            .map(str::trim)
            .filter(|one| !one.is_empty())
            .all(|one| holds(one, &have).unwrap_or(true))
    })
}

/// `None` if it cannot be parsed.
fn holds(specifier: &str, have: &Version) -> Option<bool> {
    let operator = OPERATORS.into_iter().find(|operator| specifier.starts_with(operator));
    let wanted = Version::parse(specifier.strip_prefix(operator.unwrap_or_default())?.trim())?;
    let is_at_least = have.compare(&wanted) != Ordering::Less;
    Some(match operator {
        Some("==" | "===") | None => have.is_in(&wanted),
        Some("!=") => !have.is_in(&wanted),
        Some(">=") => is_at_least,
        Some("<") => !is_at_least,
        Some("<=") => have.compare(&wanted) != Ordering::Greater,
        Some(">") => have.compare(&wanted) == Ordering::Greater,
        // All parts but the last one, which may be higher.
        Some("~=") => is_at_least && have.begins_as(&wanted, wanted.parts.len().checked_sub(1)?),
        Some("~") => is_at_least && have.begins_as(&wanted, wanted.parts.len().min(2)),
        Some("^") => is_at_least && have.begins_as(&wanted, wanted.first_fixed()),
        Some(_) => return None,
    })
}

struct Version {
    parts: Vec<u64>,
    /// Whether any parts may follow: `3.11.*`.
    is_open: bool,
}

impl Version {
    fn parse(text: &str) -> Option<Self> {
        let (text, is_open) = match text.strip_suffix('*') {
            Some(beginning) => (beginning.trim_end_matches('.'), true),
            None => (text, false),
        };
        let parts = text.split('.').filter(|part| !part.is_empty() || !is_open);
        let parts = parts.map(number).collect::<Option<Vec<u64>>>()?;
        Some(Self { parts, is_open })
    }

    fn part(&self, index: usize) -> u64 {
        self.parts.get(index).copied().unwrap_or(0)
    }

    fn compare(&self, other: &Self) -> Ordering {
        let length = self.parts.len().max(other.parts.len());
        let all = |version: &Self| (0..length).map(|index| version.part(index)).collect::<Vec<_>>();
        all(self).cmp(&all(other))
    }

    fn begins_as(&self, other: &Self, parts: usize) -> bool {
        (0..parts).all(|index| self.part(index) == other.part(index))
    }

    fn is_in(&self, wanted: &Self) -> bool {
        match wanted.is_open {
            true => self.begins_as(wanted, wanted.parts.len()),
            false => self.compare(wanted) == Ordering::Equal,
        }
    }

    /// The number of parts that a caret fixes: up to the first one that is not zero.
    fn first_fixed(&self) -> usize {
        let zeros = self.parts.iter().take_while(|part| **part == 0).count();
        (zeros + 1).min(self.parts.len())
    }
}

/// The number at the beginning of a part: `0` of `0rc1`.
fn number(part: &str) -> Option<u64> {
    let end = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
    part.get(..end)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn specifiers_contain_the_versions_that_they_should() {
        type Case<'a> = (&'a str, &'a [&'a str], &'a [&'a str]);
        let table: [Case<'_>; 13] = [
            (">=3.9", &["3.9.0", "3.11.7", "4.0.0"], &["3.8.18"]),
            (">=3.9, <3.12", &["3.11.7"], &["3.12.0", "3.8.1"]),
            (">3.11", &["3.11.7", "3.12.0"], &["3.11.0", "3.10.0"]),
            ("<=3.11", &["3.11.0", "3.9.1"], &["3.11.7"]),
            ("==3.11.*", &["3.11.7"], &["3.12.0", "3.1.1"]),
            ("==3.11", &["3.11.0"], &["3.11.7"]),
            ("!=3.11.*,>=3", &["3.12.1"], &["3.11.7"]),
            ("~=3.11", &["3.11.7", "3.14.0"], &["3.10.0", "4.0.0"]),
            ("~=3.11.2", &["3.11.7"], &["3.11.1", "3.12.0"]),
            ("^3.9", &["3.11.7"], &["3.8.0", "4.0.0"]),
            ("~3.11", &["3.11.7"], &["3.12.0"]),
            ("3.11.*", &["3.11.7"], &["3.12.0"]),
            ("3.9.* || ^3.13", &["3.9.2", "3.14.1"], &["3.11.7"]),
        ];
        for (specifiers, inside, outside) in table {
            for version in inside {
                assert!(satisfies(specifiers, version), "{version} is in {specifiers:?}");
            }
            for version in outside {
                assert!(!satisfies(specifiers, version), "{version} is not in {specifiers:?}");
            }
        }
        for unclear in ["", "*", "any", ">=three"] {
            assert!(satisfies(unclear, "3.11.7"), "{unclear}");
        }
    }
}
