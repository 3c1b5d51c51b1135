//! From the entries of a batch to its functions.

use std::collections::BTreeMap;

use prost::Message as _;

use super::settings::GATE_TAG;
use crate::function::{Defaults, Flavour, Function, Source};
use crate::invalid::{Problem, quoted};
use crate::requests::rollback_problems;
use crate::{FunctionRef, proto};

/// Maximum number of functions of a batch: the state of all of them is one small object of the
/// ledger.
pub const BATCH_MEMBERS_MAX: usize = 10_000;

/// Maximum size of the specification of one function of a batch, as protobuf.
const FUNCTION_BYTES_MAX: usize = 1024 * 1024;

/// Maximum size of all of them together: a matrix repeats its entry.
const BATCH_BYTES_MAX: usize = 64 * 1024 * 1024;

/// What the entries of a batch are.
#[derive(Clone, Debug, Default)]
pub struct Expansion {
    /// The valid functions, in the order of the entries, each with the position of its entry.
    pub members: Vec<(usize, Function)>,
    /// Everything that is wrong, in the order of the entries.
    pub problems: Vec<EntryProblem>,
}

/// A problem of one entry, or of all of them together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryProblem {
    /// Position of the entry, or `None` if the problem is not that of one.
    pub entry: Option<usize>,
    /// Its field is that of the entry, such as `function.service.memory`.
    pub problem: Problem,
}

/// Expands the entries of a batch, and validates each function. `defaults` fills in the project and
/// the region.
#[must_use]
pub fn expand(batch: &proto::Batch, defaults: &Defaults) -> Expansion {
    let common = batch.defaults.clone().unwrap_or_default();
    let mut expansion = Expansion::default();
    let mut seen: BTreeMap<FunctionRef, usize> = BTreeMap::new();
    let mut bytes = 0;
    for (position, entry) in batch.entries.iter().enumerate() {
        if entry.function.is_none() && entry.matrix.is_none() {
            expansion.add(Some(position), "function", "", "is required");
            continue;
        }
        if number_of_combinations(entry) > BATCH_MEMBERS_MAX {
            expansion.add(Some(position), "matrix", "", "must have at most 10,000 combinations");
            continue;
        }
        for spec in combinations(&common, entry) {
            if let Some((field, rule)) = unfit(&spec) {
                expansion.add_once(EntryProblem::new(Some(position), field, "", rule));
                continue;
            }
            let beside = rollback_problems(&spec);
            if !beside.is_empty() {
                for problem in beside {
                    expansion.add_once(EntryProblem { entry: Some(position), problem });
                }
                continue;
            }
            bytes += size_of(&spec);
            let function = match Function::from_proto(spec, defaults) {
                Ok(function) => function,
                Err(invalid) => {
                    for problem in invalid.problems {
                        expansion.add_once(EntryProblem { entry: Some(position), problem });
                    }
                    continue;
                }
            };
            if let Some((field, rule)) = unfit_for_gates(batch, &function) {
                expansion.add_once(EntryProblem::new(Some(position), field, "", rule));
                continue;
            }
            if let Some(first) = seen.get(&function.at) {
                let rule = match *first == position {
                    true => "must be another function in each combination of the matrix".to_owned(),
                    false => format!("must be another function than that of entry {}", first + 1),
                };
                expansion.add(Some(position), "function.name", &function.at.to_string(), &rule);
                continue;
            }
            seen.insert(function.at.clone(), position);
            expansion.members.push((position, function));
        }
        if expansion.members.len() > BATCH_MEMBERS_MAX || bytes > BATCH_BYTES_MAX {
            let rule = "must be at most 10,000 functions of 64 MiB together; split the batch";
            expansion.add(None, "entries", "", rule);
            return expansion;
        }
    }
    if batch.entries.is_empty() {
        expansion.add(None, "entries", "", "must have at least one entry");
    }
    expansion
}

impl Expansion {
    fn add(&mut self, entry: Option<usize>, field: &str, value: &str, rule: &str) {
        self.problems.push(EntryProblem::new(entry, field, value, rule));
    }

    /// The combinations of a matrix mostly have the same problems.
    fn add_once(&mut self, problem: EntryProblem) {
        let of_entry = self.problems.iter().rev().take_while(|one| one.entry == problem.entry);
        if !of_entry.into_iter().any(|one| *one == problem) {
            self.problems.push(problem);
        }
    }
}

impl EntryProblem {
    fn new(entry: Option<usize>, field: &str, value: &str, rule: &str) -> Self {
        let problem =
            Problem { field: field.to_owned(), value: quoted(value), rule: rule.to_owned() };
        Self { entry, problem }
    }
}

/// The field and the rule that keep a function out of a batch, although a request of its own may have
/// it: a batch is stored as a whole.
fn unfit(spec: &proto::FunctionSpec) -> Option<(&'static str, &'static str)> {
    let place = spec.source.as_ref().and_then(|source| source.place.as_ref());
    if matches!(place, Some(proto::source::Place::Inline(_))) {
        return Some(("function.source.inline", "must be in a bucket in a batch"));
    }
    let is_large = size_of(spec) > FUNCTION_BYTES_MAX;
    is_large.then_some(("function", "must be at most 1 MiB in a batch"))
}

/// The field and the rule that keep a function out of a batch whose traffic moves after a gate.
fn unfit_for_gates(
    batch: &proto::Batch,
    function: &Function,
) -> Option<(&'static str, &'static str)> {
    if batch.traffic != i32::from(proto::BatchTraffic::AfterGate) {
        return None;
    }
    let own_tag = function.rollout.as_ref().map(|rollout| rollout.tag.as_str());
    if function.flavour == Flavour::Functions {
        let rule = "must be FLAVOUR_RUN if the traffic of the batch moves after a gate: the Cloud \
                    Functions API moves it at once";
        Some(("function.flavour", rule))
    } else if matches!(function.source, Source::Earlier(_)) {
        let rule =
            "must not be an earlier deployment if the traffic of the batch moves after a gate";
        Some(("function.source.earlier", rule))
    } else if own_tag.is_some_and(|tag| tag != GATE_TAG) {
        Some(("function.rollout", "must be unset if the traffic of the batch moves after a gate"))
    } else {
        None
    }
}

/// Size of a specification as protobuf, in bytes.
#[must_use]
pub fn size_of(spec: &proto::FunctionSpec) -> usize {
    spec.encoded_len()
}

fn number_of_combinations(entry: &proto::BatchEntry) -> usize {
    let Some(matrix) = &entry.matrix else { return 1 };
    let lists = [matrix.projects.len(), matrix.regions.len(), matrix.variants.len()];
    lists.into_iter().fold(1, |product, list| product.saturating_mul(list.max(1)))
}

/// The specifications of an entry: one, or one for each combination of its matrix.
fn combinations(
    common: &proto::FunctionSpec,
    entry: &proto::BatchEntry,
) -> Vec<proto::FunctionSpec> {
    let own = entry.function.clone().unwrap_or_default();
    let base = merged(common, &own);
    let Some(matrix) = &entry.matrix else { return vec![base] };
    let or_one = |names: &[String]| match names {
        [] => vec![None],
        names => names.iter().cloned().map(Some).collect(),
    };
    let variants = match matrix.variants.as_slice() {
        [] => vec![None],
        variants => variants.iter().map(Some).collect(),
    };
    let mut all = Vec::new();
    for project in or_one(&matrix.projects) {
        for region in or_one(&matrix.regions) {
            for variant in &variants {
                let mut spec = base.clone();
                if let Some(variant) = variant {
                    let changes = variant.function.clone().unwrap_or_default();
                    spec = merged(&spec, &changes);
                    if !variant.suffix.is_empty() {
                        spec.name = format!("{}-{}", spec.name, variant.suffix);
                    }
                }
                spec.project = project.clone().unwrap_or(spec.project);
                spec.region = region.clone().unwrap_or(spec.region);
                all.push(spec);
            }
        }
    }
    all
}

/// `below` with what `over` sets: protobuf defines the fields of two encodings in a row as those of
/// one message, in which messages and maps are merged, lists are joined, and the last value of any
/// other field counts. <https://protobuf.dev/programming-guides/encoding/#last-one-wins>
#[must_use]
pub fn merged(below: &proto::FunctionSpec, over: &proto::FunctionSpec) -> proto::FunctionSpec {
    let mut merged = below.clone();
    // Cannot fail: this is the encoding of the same type.
    let _ = merged.merge(over.encode_to_vec().as_slice());
    merged
}
