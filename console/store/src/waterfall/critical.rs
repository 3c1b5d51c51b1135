//! What decided how long a trace took.

use super::Period;
use super::tree::Tree;

/// For each span, the periods in which the trace waited for it and for nothing below it. The path
/// goes back from the end: at each time it is in the span that ended last.
///
/// A child may begin after its parent has ended, because a message is handled after it was sent. So
/// a subtree counts from its first start to its last end.
pub(super) fn path(tree: &Tree<'_>) -> Vec<Vec<Period>> {
    let mut found: Vec<Vec<Period>> = vec![Vec::new(); tree.trace.spans.len()];
    let mut open: Vec<(Option<usize>, Period)> = Vec::new();
    let start = tree.extents.iter().map(|(from, _)| *from).min().unwrap_or(0);
    let end = tree.extents.iter().map(|(_, until)| *until).max().unwrap_or(0);
    open.push((None, (start, end)));
    while let Some((node, (from, until))) = open.pop() {
        let mut children: Vec<usize> =
            node.map_or(&tree.roots, |node| &tree.children[node]).clone();
        children.sort_by_key(|child| std::cmp::Reverse(tree.extents[*child].1));
        let mut at = until;
        for child in children {
            let (child_from, child_until) = tree.extents[child];
            let part = (child_from.max(from), child_until.min(at));
            // It began after what was found before it, or was over before this part of the path.
            if part.0 >= part.1 {
                continue;
            }
            own(tree, node, (part.1, at), &mut found);
            open.push((Some(child), part));
            at = part.0;
        }
        own(tree, node, (from, at), &mut found);
    }
    for periods in &mut found {
        periods.sort_unstable();
    }
    found
}

/// The part of a period in which the span itself was under way.
fn own(tree: &Tree<'_>, node: Option<usize>, period: Period, found: &mut [Vec<Period>]) {
    let Some(node) = node else { return };
    let span = &tree.trace.spans[node];
    let part = (period.0.max(span.start_ns), period.1.min(span.end_ns));
    if part.0 < part.1 {
        found[node].push(part);
    }
}
