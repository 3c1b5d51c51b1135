//! Where a field is written, by the path that a rule names.

use crate::yaml::{Node, Position, Value};

/// How much of a path a tree has, in bytes, and where that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Found {
    pub(crate) matched: usize,
    pub(crate) at: Position,
}

/// Finds as much of a path such as `function.triggers[0].topic.topic` as a tree has. Keys of maps may
/// contain dots, and names may be in snake_case.
pub(crate) fn find(node: &Node, path: &str) -> Found {
    find_from(node, node.at, path, 0)
}

fn find_from(node: &Node, at: Position, path: &str, matched: usize) -> Found {
    let here = Found { matched, at };
    let rest = path.get(matched..).unwrap_or_default();
    let deeper = match &node.value {
        Value::Scalar { .. } => None,
        Value::List(items) => rest.strip_prefix('[').and_then(|inside| {
            let (number, _) = inside.split_once(']')?;
            let item = items.get(number.parse::<usize>().ok()?)?;
            Some(find_from(item, item.at, path, matched + number.len() + 2))
        }),
        Value::Map(fields) => {
            let rest = rest.strip_prefix('.').unwrap_or(rest);
            let skipped = path.len() - rest.len();
            let found = fields.iter().filter_map(|field| {
                let key = camel(&field.key);
                let after = rest.strip_prefix(key.as_str())?;
                let ends = after.is_empty() || after.starts_with(['.', '[']);
                ends.then(|| find_from(&field.node, field.at, path, skipped + key.len()))
            });
            found.max_by_key(|found| found.matched)
        }
    };
    deeper.unwrap_or(here)
}

/// The name of a field in proto3's JSON mapping. Keys of maps that are no names of fields are only
/// compared with rules that quote them, which finds the field above them.
fn camel(key: &str) -> String {
    if !key.contains('_') || key.chars().any(char::is_uppercase) {
        return key.to_owned();
    }
    let mut camel = String::with_capacity(key.len());
    for (index, part) in key.split('_').enumerate() {
        let mut chars = part.chars();
        match chars.next() {
            Some(first) if index > 0 => {
                camel.extend(first.to_uppercase());
                camel.push_str(chars.as_str());
            }
            _ => camel.push_str(part),
        }
    }
    camel
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::parse;

    #[test]
    fn a_path_is_found_as_far_as_the_tree_has_it() {
        let text = "function:\n  entry_point: a\n  triggers:\n    - topic:\n        topic: t\n  \
                    service:\n    secretVolumes:\n      - {mountPath: /a}\n    labels:\n      a.b: c\n";
        let tree = parse(text).unwrap().unwrap();
        for (path, line, column) in [
            ("function", 1, 1),
            ("function.entryPoint", 2, 3),
            ("function.triggers[0].topic.topic", 5, 9),
            ("function.triggers[0].topic.filter", 4, 7),
            ("function.triggers[7]", 3, 3),
            ("function.service.labels.a.b", 10, 7),
            ("function.service.memory", 6, 3),
            ("matrix", 1, 1),
        ] {
            assert_eq!(find(&tree, path).at, Position { line, column }, "{path}");
        }
    }
}
