//! The cases of a method, from its document and one valid call.

use serde_json::{Value, json};

use super::document::{Document, Field, Kind, MAP_KEY, Method, Parameter, Step, path_text};
use super::services::Service;

/// A call that differs from the valid one in one place.
#[derive(Clone)]
pub(super) struct Case {
    /// What is tried, such as `labels: wrong type`.
    pub(super) name: String,
    pub(super) body: Value,
    /// Parameters besides those of the valid call, or in their place.
    pub(super) query: Vec<(String, String)>,
    pub(super) expected: Expected,
}

/// What the response must be.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expected {
    Success,
    /// An error of the caller, whatever its text.
    Refused,
    /// An error of the caller that names this.
    RefusedByName(String),
    /// The value at the path is in the response or in the resource, or is refused by name.
    KeptOrRefused {
        path: Vec<Step>,
        value: Value,
    },
    /// The value at the path is in neither.
    NotKept {
        path: Vec<Step>,
        value: Value,
    },
    /// As for the valid call.
    SameAsValid,
}

/// The query and the body of a call.
pub(super) struct Masked {
    pub(super) query: String,
    pub(super) body: Value,
}

impl Case {
    /// The query and the body with a mask that has the field of the case, because what is not in
    /// the mask is ignored on purpose.
    pub(super) fn masked(&self, query: &str) -> Masked {
        let mut body = self.body.clone();
        let (Expected::KeptOrRefused { path, .. } | Expected::NotKept { path, .. }) =
            &self.expected
        else {
            return Masked { query: query.to_owned(), body };
        };
        let mut keys = path.iter().filter_map(|step| match step {
            Step::Key(name) => Some(name),
            Step::Item => None,
        });
        let (first, second) = (keys.next(), keys.next());
        if let (Some(mask), Some(field)) = (body.get_mut("updateMask"), second) {
            *mask = json!(field);
        }
        let pairs = query.split('&').map(|pair| match (pair.strip_prefix("updateMask="), first) {
            (Some(_), Some(field)) => format!("updateMask={field}"),
            _ => pair.to_owned(),
        });
        Masked { query: pairs.collect::<Vec<_>>().join("&"), body }
    }
}

/// All cases of a method whose valid call has this body and these parameters.
pub(super) fn cases(
    document: &Document,
    method: &Method,
    body: &Value,
    given: &[&str],
    service: &Service,
) -> Vec<Case> {
    let valid = |name: &str, expected| Case {
        name: name.to_owned(),
        body: body.clone(),
        query: Vec::new(),
        expected,
    };
    let mut cases = vec![valid("valid", Expected::Success)];
    let unknown = "notAParameter";
    let mut case = valid("unknown parameter", Expected::RefusedByName(unknown.to_owned()));
    case.query.push((unknown.to_owned(), "1".to_owned()));
    cases.push(case);
    for parameter in method.parameters.iter().filter(|known| !given.contains(&&*known.name)) {
        cases.extend(of_parameter(parameter).into_iter().map(|(name, value, expected)| {
            let mut case = valid(&format!("?{}: {name}", parameter.name), expected);
            case.query.push((parameter.name.clone(), value));
            case
        }));
    }
    if given.contains(&"updateMask") {
        for (what, mask) in [("garbage", ")("), ("unknown field", "notAField")] {
            let mut case = valid(&format!("?updateMask: {what}"), Expected::Refused);
            case.query.push(("updateMask".to_owned(), mask.to_owned()));
            cases.push(case);
        }
    }
    let fields = document.fields(method);
    if method.has_body() {
        let unknown = "notAField";
        let mut case = valid("unknown field", Expected::RefusedByName(unknown.to_owned()));
        case.body[unknown] = json!(1);
        cases.push(case);
    }
    for field in &fields {
        of_field(field, body, service, &mut cases);
    }
    cases
}

/// Name, value and expectation of the cases of a parameter.
fn of_parameter(parameter: &Parameter) -> Vec<(&'static str, String, Expected)> {
    let name = parameter.name.clone();
    let garbage = |expected| vec![("garbage", ")(".to_owned(), expected)];
    match (&*parameter.name, &parameter.kind) {
        ("pageSize" | "maxResults", _) => vec![
            ("one", "1".to_owned(), Expected::Success),
            ("zero", "0".to_owned(), Expected::Success),
            ("negative", "-1".to_owned(), Expected::Refused),
            ("wrong type", "x".to_owned(), Expected::Refused),
        ],
        ("pageToken" | "updateMask" | "filter" | "orderBy" | "etag", _) => {
            garbage(Expected::Refused)
        }
        (_, Kind::Integer | Kind::Number | Kind::Boolean | Kind::Enum(_)) => {
            vec![("wrong type", "x".to_owned(), Expected::Refused)]
        }
        (_, Kind::Text { .. } | Kind::Any | Kind::Message | Kind::Map | Kind::Array(_)) => {
            vec![("any text", ")(".to_owned(), Expected::RefusedByName(name))]
        }
    }
}

fn of_field(field: &Field, body: &Value, service: &Service, cases: &mut Vec<Case>) {
    let path = path_text(&field.path);
    let mut add = |what: &str, body: Value, expected: Expected| {
        let (name, query) = (format!("{path}: {what}"), Vec::new());
        cases.push(Case { name, body, query, expected });
    };
    let with = |value: Value| {
        let mut changed = body.clone();
        set(&mut changed, &field.path, value);
        changed
    };
    if let Some(wrong) = wrong(&field.kind) {
        add("wrong type", with(wrong), Expected::Refused);
    }
    if let Some(value) = value(field, service) {
        let (path, changed) = (field.path.clone(), with(value.clone()));
        if field.is_output_only {
            add("output only", changed, Expected::NotKept { path, value });
        } else {
            add("value", changed, Expected::KeptOrRefused { path, value });
        }
    }
    let is_given = get(body, &field.path).cloned();
    if let Some(given) = &is_given
        && let Kind::Enum(_) = &field.kind
        && let Some((_, number)) =
            service.numbers.iter().find(|(name, _)| Some(*name) == given.as_str())
    {
        add("number of the enum", with(json!(number)), Expected::SameAsValid);
    }
    if let Kind::Enum(_) = &field.kind {
        add("unknown name of the enum", with(json!("NO_SUCH_VALUE")), Expected::Refused);
    }
    let is_top = field.path.len() == 1;
    if field.is_required && is_given.is_some() {
        let mut without = body.clone();
        remove(&mut without, &field.path);
        add("missing", without, Expected::Refused);
    } else if is_top && is_given.is_none() {
        add("null", with(Value::Null), Expected::SameAsValid);
    }
}

/// A value that no field of the kind can have.
fn wrong(kind: &Kind) -> Option<Value> {
    match kind {
        Kind::Text { .. } => Some(json!({"not": "a text"})),
        Kind::Integer | Kind::Number | Kind::Boolean => Some(json!("not one")),
        Kind::Enum(_) => Some(json!({"not": "an enum"})),
        Kind::Message | Kind::Map => Some(json!("not an object")),
        Kind::Array(of) => match **of {
            Kind::Message | Kind::Map => Some(json!("not an array")),
            _ => Some(json!({"not": "an array"})),
        },
        Kind::Any => None,
    }
}

/// A valid value of a field that has one by itself: a message has fields.
pub(super) fn value(field: &Field, service: &Service) -> Option<Value> {
    let path = path_text(&field.path);
    let own = service.values.iter().find(|(name, _)| path == *name);
    let last = field.path.iter().rev().find_map(|step| match step {
        Step::Key(name) => Some(name.as_str()),
        Step::Item => None,
    });
    let own = own.or_else(|| service.values.iter().find(|(name, _)| Some(*name) == last));
    match own {
        Some((_, text)) => Some(serde_json::from_str(text).unwrap()),
        // The first name is often the value that a service chooses.
        None => match &field.kind {
            Kind::Enum(names) if field.is_output_only => names.last().map(|name| json!(name)),
            kind => value_of(kind),
        },
    }
}

fn value_of(kind: &Kind) -> Option<Value> {
    Some(match kind {
        Kind::Text { format } => json!(match format.as_str() {
            "google-datetime" | "date-time" => "2031-02-03T04:05:06Z",
            "google-duration" => "70s",
            "google-fieldmask" => "labels",
            "byte" => "dmFsdWU=",
            _ => "value-1",
        }),
        Kind::Integer => json!(7),
        Kind::Number => json!(1.5),
        Kind::Boolean => json!(true),
        Kind::Enum(names) => json!(names.iter().find(|name| !name.ends_with("UNSPECIFIED"))?),
        Kind::Map => json!({MAP_KEY: "value"}),
        Kind::Array(of) => json!([value_of(of)?]),
        Kind::Message | Kind::Any => return None,
    })
}

/// The value at a path.
pub(super) fn get<'a>(body: &'a Value, path: &[Step]) -> Option<&'a Value> {
    path.iter().try_fold(body, |at, step| match step {
        Step::Key(name) => at.get(name),
        Step::Item => at.get(0),
    })
}

pub(super) fn set(body: &mut Value, path: &[Step], value: Value) {
    let mut at = body;
    for step in path {
        at = match step {
            Step::Key(name) => {
                if !at.is_object() {
                    *at = json!({});
                }
                &mut at[name]
            }
            Step::Item => {
                if at.as_array().is_none_or(Vec::is_empty) {
                    *at = json!([null]);
                }
                &mut at[0]
            }
        };
    }
    *at = value;
}

pub(super) fn remove(body: &mut Value, path: &[Step]) {
    let Some((Step::Key(last), parents)) = path.split_last() else { return };
    let parent = parents.iter().try_fold(body, |at, step| match step {
        Step::Key(name) => at.get_mut(name),
        Step::Item => at.get_mut(0),
    });
    if let Some(parent) = parent.and_then(Value::as_object_mut) {
        parent.remove(last);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path() -> Vec<Step> {
        let key = |name: &str| Step::Key(name.to_owned());
        vec![key("a"), Step::Item, key("b")]
    }

    #[test]
    fn a_value_is_set_in_what_is_there_and_in_what_is_not() {
        let mut body = json!({"a": [{"c": 1}, {"c": 2}]});
        set(&mut body, &path(), json!(3));
        assert_eq!(body, json!({"a": [{"b": 3, "c": 1}, {"c": 2}]}));
        assert_eq!(get(&body, &path()), Some(&json!(3)));
        remove(&mut body, &path());
        assert_eq!(body, json!({"a": [{"c": 1}, {"c": 2}]}));
        let mut empty = json!({});
        set(&mut empty, &path(), json!(3));
        assert_eq!(empty, json!({"a": [{"b": 3}]}));
    }
}
