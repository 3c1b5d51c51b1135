//! Which span is whose child.

use std::collections::HashMap;

use super::{Period, union, without};
use crate::ids::SpanId;
use crate::model::Trace;

/// The spans of a trace as trees. Nodes are the indexes of spans.
pub(super) struct Tree<'a> {
    pub(super) trace: &'a Trace,
    pub(super) roots: Vec<usize>,
    /// In the order of their starts.
    pub(super) children: Vec<Vec<usize>>,
    /// From the first start to the last end of a span and everything below it.
    pub(super) extents: Vec<Period>,
    /// Parents before children.
    order: Vec<Node>,
}

#[derive(Clone, Copy)]
pub(super) struct Node {
    pub(super) span: usize,
    pub(super) depth: usize,
    pub(super) is_orphan: bool,
}

impl<'a> Tree<'a> {
    pub(super) fn of(trace: &'a Trace) -> Self {
        let spans = &trace.spans;
        let by_id: HashMap<SpanId, usize> =
            spans.iter().enumerate().map(|(index, span)| (span.span_id, index)).collect();
        let mut children: Vec<Vec<usize>> = vec![Vec::new(); spans.len()];
        let parents: Vec<Option<usize>> =
            spans.iter().map(|span| by_id.get(&span.parent?).copied()).collect();
        for (index, parent) in parents.iter().enumerate() {
            if let Some(parent) = parent {
                children[*parent].push(index);
            }
        }
        let extents = spans.iter().map(|span| (span.start_ns, span.end_ns)).collect();
        let mut tree = Self { trace, roots: Vec::new(), children, extents, order: Vec::new() };
        tree.visit(&parents);
        tree
    }

    /// Computes the order and the extents. What no root reaches is a cycle: it is cut at its first
    /// span, which becomes a root.
    fn visit(&mut self, parents: &[Option<usize>]) {
        let spans = &self.trace.spans;
        let mut is_placed = vec![false; spans.len()];
        let real = (0..spans.len()).filter(|span| parents[*span].is_none());
        for root in real.chain(0..spans.len()) {
            if is_placed[root] {
                continue;
            }
            if let Some(parent) = parents[root] {
                self.children[parent].retain(|child| *child != root);
            }
            self.roots.push(root);
            is_placed[root] = true;
            let is_orphan = spans[root].parent.is_some();
            let mut next = vec![Node { span: root, depth: 0, is_orphan }];
            while let Some(node) = next.pop() {
                self.order.push(node);
                for child in self.children[node.span].iter().rev() {
                    is_placed[*child] = true;
                    next.push(Node { span: *child, depth: node.depth + 1, is_orphan: false });
                }
            }
        }
        for node in self.order.iter().rev() {
            for child in &self.children[node.span] {
                let (from, until) = self.extents[*child];
                let extent = &mut self.extents[node.span];
                *extent = (extent.0.min(from), extent.1.max(until));
            }
        }
    }

    pub(super) fn order(&self) -> impl Iterator<Item = Node> {
        self.order.iter().copied()
    }

    /// The time in which something works, as a union of periods.
    pub(super) fn work(&self) -> Vec<Period> {
        let spans = &self.trace.spans;
        let own = spans.iter().enumerate().filter(|(_, span)| !span.is_waiting());
        let own = own.flat_map(|(index, span)| {
            let below = self.children[index].iter().map(|child| {
                let child = &spans[*child];
                (child.start_ns, child.end_ns)
            });
            without((span.start_ns, span.end_ns), &union(below.collect()))
        });
        union(own.collect())
    }
}
