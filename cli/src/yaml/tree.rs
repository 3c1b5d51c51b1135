//! A YAML document as a tree with positions.

use std::collections::{BTreeMap, BTreeSet};

use granit_parser::{Event, Marker, Parser, ScalarStyle, ScanError};

use super::flaw::{Flaw, Position};

/// Maximum number of values of a document, with what aliases repeat: far more than the largest batch
/// has, and few enough for any machine.
const NODES_MAX: usize = 4_000_000;

impl From<&Marker> for Position {
    fn from(marker: &Marker) -> Self {
        Self { line: marker.line(), column: marker.col() + 1 }
    }
}

/// A value, and where it starts.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    pub(crate) at: Position,
    pub(crate) value: Value,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Scalar {
        text: String,
        /// Without quotes, so that it may be a number, a boolean or null.
        is_plain: bool,
    },
    List(Vec<Node>),
    Map(Vec<Field>),
}

/// A key and its value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Field {
    pub(crate) key: String,
    pub(crate) at: Position,
    pub(crate) node: Node,
}

impl Node {
    /// Number of values in this one, with itself.
    fn size(&self) -> usize {
        1 + match &self.value {
            Value::Scalar { .. } => 0,
            Value::List(items) => items.iter().map(Self::size).sum(),
            Value::Map(fields) => fields.iter().map(|field| field.node.size()).sum(),
        }
    }

    /// Takes a field out of a map, if it is one and has it.
    pub(crate) fn take(&mut self, key: &str) -> Option<Field> {
        let Value::Map(fields) = &mut self.value else { return None };
        let index = fields.iter().position(|field| field.key == key)?;
        Some(fields.remove(index))
    }
}

/// Reads a document, which may be empty.
///
/// # Errors
/// At the first place that is not YAML, or that has what a manifest does not need: a second document,
/// a tag, a key that is not text, or a key twice.
pub(crate) fn parse(text: &str) -> Result<Option<Node>, Flaw> {
    let mut builder = Builder::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event
            .map_err(|error: ScanError| Flaw::at(Position::from(error.marker()), error.info()))?;
        builder.take(event, Position::from(&span.start))?;
    }
    Ok(builder.root)
}

/// A list or a map whose end has not been read.
enum Open {
    List {
        at: Position,
        anchor: usize,
        items: Vec<Node>,
    },
    Map {
        at: Position,
        anchor: usize,
        fields: Vec<Field>,
        keys: BTreeSet<String>,
        key: Option<(String, Position)>,
    },
}

#[derive(Default)]
struct Builder {
    open: Vec<Open>,
    anchors: BTreeMap<usize, Node>,
    nodes: usize,
    root: Option<Node>,
}

impl Builder {
    fn take(&mut self, event: Event<'_>, at: Position) -> Result<(), Flaw> {
        let has_tag = event.tag().is_some_and(|tag| !tag.is_yaml_core_schema());
        if has_tag {
            return Err(Flaw::at(at, "has a tag, which a manifest does not need".to_owned()));
        }
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let is_plain = style == ScalarStyle::Plain && tag.is_none();
                let value = Value::Scalar { text: text.into_owned(), is_plain };
                self.complete(Node { at, value }, anchor)
            }
            Event::SequenceStart(_, anchor, _) => {
                self.open.push(Open::List { at, anchor, items: Vec::new() });
                Ok(())
            }
            Event::MappingStart(_, anchor, _) => {
                let (fields, keys) = (Vec::new(), BTreeSet::new());
                self.open.push(Open::Map { at, anchor, fields, keys, key: None });
                Ok(())
            }
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(Open::List { at, anchor, items }) => {
                    self.complete(Node { at, value: Value::List(items) }, anchor)
                }
                Some(Open::Map { at, anchor, fields, .. }) => {
                    self.complete(Node { at, value: Value::Map(fields) }, anchor)
                }
                None => Ok(()),
            },
            Event::Alias(anchor) => match self.anchors.get(&anchor).map(Node::size) {
                Some(size) => {
                    self.count(size, at)?;
                    match self.anchors.get(&anchor).cloned() {
                        Some(node) => self.complete(node, 0),
                        None => Ok(()),
                    }
                }
                None => Err(Flaw::at(at, "is an alias of a value that contains it".to_owned())),
            },
            _ => Ok(()),
        }
    }

    fn count(&mut self, nodes: usize, at: Position) -> Result<(), Flaw> {
        self.nodes += nodes;
        if self.nodes > NODES_MAX {
            return Err(Flaw::at(at, "is one value too many: split the file".to_owned()));
        }
        Ok(())
    }

    fn complete(&mut self, node: Node, anchor: usize) -> Result<(), Flaw> {
        self.count(1, node.at)?;
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        match self.open.last_mut() {
            None if self.root.is_some() => {
                Err(Flaw::at(node.at, "is a second document".to_owned()))
            }
            None => {
                self.root = Some(node);
                Ok(())
            }
            Some(Open::List { items, .. }) => {
                items.push(node);
                Ok(())
            }
            Some(Open::Map { fields, keys, key, .. }) => match key.take() {
                Some((name, at)) => {
                    fields.push(Field { key: name, at, node });
                    Ok(())
                }
                None => match node.value {
                    Value::Scalar { text, .. } if keys.insert(text.clone()) => {
                        *key = Some((text, node.at));
                        Ok(())
                    }
                    Value::Scalar { text, .. } => {
                        Err(Flaw::at(node.at, format!("the key `{text}` occurs twice")))
                    }
                    Value::List(_) | Value::Map(_) => {
                        Err(Flaw::at(node.at, "is a key that is not text".to_owned()))
                    }
                },
            },
        }
    }
}
