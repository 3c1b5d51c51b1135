//! Tries all cases of a service, over REST and over gRPC.

use std::path::{Path, PathBuf};

use longshore_local_cloud::{Endpoints, GrpcForm, methods};
use longshore_local_kit::coverage::{Method, Support};
use serde_json::{Value, json};

use super::both::differences;
use super::calls::{Caller, Valid};
use super::cases::{Case, Expected, cases};
use super::document::Document;
use super::judge::{Response, judge};
use super::known::Known;
use super::messages;
use super::services::Service;

/// What came of all cases of a service.
pub(super) struct Outcome {
    pub(super) counts: Counts,
    /// Those that are not known.
    pub(super) differences: Vec<String>,
    /// Known differences that none was.
    pub(super) unused: Vec<String>,
}

/// Methods, and cases by transport.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    pub(super) methods: usize,
    pub(super) rest: usize,
    pub(super) grpc: usize,
}

struct Run<'a> {
    caller: Caller<'a>,
    known: Known,
    counts: Counts,
    differences: Vec<String>,
}

pub(super) async fn all(service: &Service, folder: &Path, endpoints: Endpoints) -> Outcome {
    let read =
        |name: &&str| Document::read(&folder.join(format!("{name}.json")), service.output_only);
    let documents: Vec<Document> = service.documents.iter().map(read).collect();
    let mut run = Run {
        caller: Caller::new(service, endpoints),
        known: Known::read(service.name),
        counts: Counts::default(),
        differences: Vec::new(),
    };
    for method in methods().into_iter().filter(|method| is_tried(service, method)) {
        let found =
            documents.iter().find_map(|document| Some((document, document.method(method.rest)?)));
        let (document, described) =
            found.unwrap_or_else(|| panic!("not described: {}", method.rest));
        let recipe = service.recipes.iter().find(|recipe| recipe.rest == method.rest);
        let has_body = !document.fields(described).is_empty() || !method.rest.starts_with("GET");
        let body = match recipe {
            Some(recipe) => serde_json::from_str(recipe.body).unwrap_or(Value::Null),
            None if has_body && !method.rest.starts_with("DELETE") => json!({}),
            None => Value::Null,
        };
        let query = recipe.map_or("", |recipe| recipe.query);
        let given: Vec<&str> = query.split('&').filter_map(|pair| pair.split('=').next()).collect();
        let cases = cases(document, described, &body, &given, service);
        let valid = Valid { method, recipe };
        run.counts.methods += 1;
        match GrpcForm::of(method) {
            None => drop(run.over_rest(&valid, &cases).await),
            Some(form) => {
                let answers = run.over_rest(&valid, &cases).await;
                let of_valid = run.over_grpc(&valid, &form, &cases, &answers).await;
                let own = messages::cases(&form, document, described, service);
                run.messages(&valid, &form, &cases[0], of_valid.as_ref(), &own).await;
            }
        }
    }
    let unused = run.known.unused().into_iter().map(str::to_owned).collect();
    Outcome { counts: run.counts, differences: run.differences, unused }
}

fn is_tried(service: &Service, method: &Method) -> bool {
    method.service == service.api
        && matches!(method.support, Support::Served(_))
        && !method.rest.is_empty()
        && (service.only.is_empty() || service.only.contains(&method.rest))
        && !service.undescribed.contains(&method.rest)
}

impl Run<'_> {
    /// The responses. The first case is the valid call.
    async fn over_rest(&mut self, valid: &Valid<'_>, cases: &[Case]) -> Vec<Response> {
        let mut answers: Vec<Response> = Vec::new();
        for case in cases {
            let (response, expected) = self.caller.rest(valid, case).await;
            self.judge(valid, &case.name, &[], &expected, answers.first(), &response);
            self.counts.rest += 1;
            answers.push(response);
        }
        answers
    }

    /// Makes the same calls over gRPC, and returns the response to the valid one. Calls that messages
    /// cannot say have no other form.
    async fn over_grpc(
        &mut self,
        valid: &Valid<'_>,
        form: &GrpcForm,
        cases: &[Case],
        answers: &[Response],
    ) -> Option<Response> {
        let mut of_valid = None;
        for (case, rest) in cases.iter().zip(answers) {
            // `null` and the number of an enum are the same message as the valid call.
            if case.expected == Expected::SameAsValid {
                continue;
            }
            let called = self.caller.grpc(valid, form, case, None).await;
            let Some((response, expected)) = called else { continue };
            self.counts.grpc += 1;
            let name = format!("gRPC {}", case.name);
            self.judge(valid, &name, &[&case.name], &expected, of_valid.as_ref(), &response);
            let changing = self.caller.service.changing;
            for (name, why) in differences(&case.name, rest, &response, changing) {
                self.note(valid.short(), &name, &[], &why);
            }
            if of_valid.is_none() {
                of_valid = Some(response);
            }
        }
        of_valid
    }

    /// Cases that only messages have.
    async fn messages(
        &mut self,
        valid: &Valid<'_>,
        form: &GrpcForm,
        base: &Case,
        of_valid: Option<&Response>,
        own: &[messages::Case],
    ) {
        for case in own {
            let base = Case { expected: case.expected.clone(), ..base.clone() };
            let called = self.caller.grpc(valid, form, &base, Some(&case.change)).await;
            let Some((response, expected)) = called else { continue };
            self.counts.grpc += 1;
            let name = format!("gRPC {}", case.name);
            self.judge(valid, &name, &[&case.name], &expected, of_valid, &response);
        }
    }

    fn judge(
        &mut self,
        valid: &Valid<'_>,
        name: &str,
        other_names: &[&str],
        expected: &Expected,
        of_valid: Option<&Response>,
        response: &Response,
    ) {
        if let Some(difference) = judge(expected, of_valid.unwrap_or(response), response) {
            self.note(valid.short(), name, other_names, &difference);
        }
    }

    /// Notes a difference, unless it is known under one of its names, or noted already.
    fn note(&mut self, short: &str, name: &str, other_names: &[&str], difference: &str) {
        let mut names = std::iter::once(&name).chain(other_names);
        let is_known = names.any(|name| self.known.has(short, name));
        let line = format!("{short} | {name} | {difference}");
        if !is_known && !self.differences.contains(&line) {
            self.differences.push(line);
        }
    }
}

/// Compares the counts with the committed ones.
pub(super) fn check_counts(service: &Service, counts: Counts) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/wire/conformance/counts");
    let file = folder.join(format!("{}.txt", service.name));
    let Counts { methods, rest, grpc } = counts;
    let fresh = format!("{} | {methods} | {rest} | {grpc}\n", service.api);
    if std::env::var_os("LONGSHORE_REGENERATE").is_some() {
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(&file, &fresh).unwrap();
    }
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(committed, fresh, "run LONGSHORE_REGENERATE=1 cargo test --test wire conformance");
}
