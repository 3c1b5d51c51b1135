//! npm's version ranges, limited to released versions, as used by `engines` and `packageManager`.
//! <https://github.com/npm/node-semver#ranges>

type Version = [u64; 3];

/// The versions from the first, inclusive, to the second, exclusive.
type Interval = (Version, Version);

const LOWEST: Version = [0; 3];
const HIGHEST: Version = [u64::MAX; 3];

/// Whether a version is in a range. A range that cannot be parsed, such as `lts/*`, contains no
/// version.
pub(super) fn satisfies(range: &str, version: &str) -> bool {
    let Some(Partial { parts: [Some(major), Some(minor), Some(patch)] }) = Partial::parse(version)
    else {
        return false;
    };
    let version = [major, minor, patch];
    let holds = |intervals: Vec<Interval>| {
        intervals.iter().all(|(from, to)| *from <= version && version < *to)
    };
    range.split("||").any(|alternative| intervals(alternative).is_some_and(holds))
}

/// The intervals that a version must be in for this alternative.
fn intervals(alternative: &str) -> Option<Vec<Interval>> {
    if let Some((from, to)) = alternative.split_once(" - ") {
        return Some(vec![
            (Partial::parse(from)?.first(), HIGHEST),
            (LOWEST, Partial::parse(to)?.after()),
        ]);
    }
    let mut words: Vec<String> = Vec::new();
    for word in alternative.split_whitespace() {
        // `>= 20` is one comparator.
        match words.last_mut() {
            Some(operator) if is_operator(operator) => operator.push_str(word),
            _ => words.push(word.to_owned()),
        }
    }
    words.iter().map(|word| interval(word)).collect()
}

fn is_operator(word: &str) -> bool {
    !word.is_empty() && word.chars().all(|c| "<>=~^".contains(c))
}

fn interval(comparator: &str) -> Option<Interval> {
    let version = comparator.trim_start_matches(['<', '>', '=', '~', '^']);
    let partial = Partial::parse(version)?;
    let interval = match &comparator[..comparator.len() - version.len()] {
        "" | "=" => (partial.first(), partial.after()),
        ">=" => (partial.first(), HIGHEST),
        ">" => (partial.after(), HIGHEST),
        "<" => (LOWEST, partial.first()),
        "<=" => (LOWEST, partial.after()),
        "~" | "~>" => (partial.first(), partial.up_to_part(1)),
        "^" => (partial.first(), partial.up_to_part(partial.leading_zeros())),
        _ => return None,
    };
    Some(interval)
}

/// A version whose last parts may be missing or `x`.
struct Partial {
    parts: [Option<u64>; 3],
}

impl Partial {
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim().trim_start_matches(['v', '=']);
        // Prerelease and build metadata are ignored.
        let text = text.split(['-', '+']).next()?;
        let mut parts = [None; 3];
        for (index, part) in text.split('.').enumerate() {
            let slot = parts.get_mut(index)?;
            *slot =
                if matches!(part, "x" | "X" | "*" | "") { None } else { Some(part.parse().ok()?) };
        }
        Some(Self { parts })
    }

    /// The lowest matching version.
    fn first(&self) -> Version {
        self.parts.map(Option::unwrap_or_default)
    }

    /// The lowest version above all matching ones.
    fn after(&self) -> Version {
        match self.parts.iter().take_while(|part| part.is_some()).count() {
            0 => HIGHEST,
            known => self.raised(known - 1),
        }
    }

    /// The lowest version that differs in this part or an earlier one, limited to the parts that
    /// are present.
    fn up_to_part(&self, part: usize) -> Version {
        match self.parts.iter().take_while(|part| part.is_some()).count() {
            0 => HIGHEST,
            known => self.raised(part.min(known - 1)),
        }
    }

    /// `^0.2.3` fixes the 2, and `^0.0.3` the 3.
    fn leading_zeros(&self) -> usize {
        self.parts.iter().take_while(|part| **part == Some(0)).count().min(2)
    }

    fn raised(&self, part: usize) -> Version {
        let mut version = [0; 3];
        for (index, (slot, known)) in
            version.iter_mut().zip(self.first()).enumerate().take(part + 1)
        {
            *slot = if index == part { known.saturating_add(1) } else { known };
        }
        version
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_contain_the_versions_that_npm_documents() {
        let table: [(&str, &[&str], &[&str]); 18] = [
            ("", &["0.0.1", "20.20.2"], &[]),
            ("*", &["0.0.1", "20.20.2"], &[]),
            ("20", &["20.0.0", "20.20.2"], &["19.9.9", "21.0.0", "2.0.0"]),
            ("20.x", &["20.20.2"], &["21.0.0"]),
            ("20.20.2", &["20.20.2"], &["20.20.3", "20.20.1"]),
            ("v20.20.*", &["20.20.2"], &["20.21.0"]),
            (">=18", &["18.0.0", "20.20.2"], &["17.9.9"]),
            (">= 18.12.0", &["18.12.0"], &["18.11.9"]),
            (">20", &["21.0.0"], &["20.20.2"]),
            (">20.1.0", &["20.1.1"], &["20.1.0"]),
            ("<=20", &["20.20.2", "4.0.0"], &["21.0.0"]),
            ("<20", &["19.9.9"], &["20.0.0"]),
            ("^20.1", &["20.1.0", "20.20.2"], &["20.0.9", "21.0.0"]),
            ("^0.2.3", &["0.2.9"], &["0.3.0", "0.2.2"]),
            ("~20.20.1", &["20.20.2"], &["20.21.0", "20.20.0"]),
            ("~20", &["20.20.2"], &["21.0.0"]),
            (
                ">=16 <21 || ^22.3.0",
                &["16.0.0", "20.20.2", "22.4.0"],
                &["21.0.0", "22.2.9", "15.0.0"],
            ),
            ("18.1 - 20.2", &["18.1.0", "20.2.9"], &["18.0.9", "20.3.0"]),
        ];
        for (range, inside, outside) in table {
            for version in inside {
                assert!(satisfies(range, version), "{version} is in {range:?}");
            }
            for version in outside {
                assert!(!satisfies(range, version), "{version} is not in {range:?}");
            }
        }
        for unknown in ["lts/*", "latest", "1.2.3.4", "=>20", "node 20"] {
            assert!(!satisfies(unknown, "20.20.2"), "{unknown}");
        }
    }
}
