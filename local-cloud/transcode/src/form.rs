//! The gRPC form of REST calls, for tests that make the same call over both transports.

use longshore_local_kit::coverage::Method;
use prost::Message as _;
use prost_reflect::{DeserializeOptions, DynamicMessage, FieldDescriptor, Kind, MessageDescriptor};
use serde_json::{Map, Value};

use crate::descriptors::{Body, pool};
use crate::table::{grpc_path, path_of, rest_binding_of};
use crate::template::Template;

/// A mixin that the lists name, at paths that each API chooses.
const POLICIES: &str = "google.iam.v1.IAMPolicy.";

/// The gRPC method that a listed REST method stands for, whether its service speaks gRPC itself or
/// not.
#[derive(Clone, Debug)]
pub struct GrpcForm {
    path: String,
    request: MessageDescriptor,
    response: MessageDescriptor,
    template: Template,
    body: Body,
}

/// Why no gRPC call is the same as a REST call.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoForm {
    #[error("the path is not one of the method")]
    Path,
    /// The path and the body say different things about one field.
    #[error("the field {0} is in the path and in the body")]
    Twice(String),
    #[error("the method has no such body")]
    Body,
    #[error("the parameter {0} has no such value")]
    Parameter(String),
    #[error("the message has no such fields: {0}")]
    Message(String),
}

impl GrpcForm {
    /// `None` if the method exists over REST only, or if its proto has no HTTP rules.
    #[must_use]
    pub fn of(method: &Method) -> Option<Self> {
        grpc_path(method)?;
        if let Some((rpc, rule)) = rest_binding_of(method) {
            let (request, response) = (rpc.input(), rpc.output());
            let (path, template, body) = (path_of(rpc), rule.template, rule.body);
            return Some(Self { path, request, response, template, body });
        }
        let name = method.name.strip_prefix(POLICIES)?;
        let (verb, path) = method.rest.split_once(' ')?;
        let (version, action) = (path.split('/').nth(1)?, path.rsplit_once(':')?.1);
        let template = Template::parse(&format!("/{version}/{{resource=**}}:{action}"))?;
        let response =
            if name == "TestIamPermissions" { "TestIamPermissionsResponse" } else { "Policy" };
        let message = |name: &str| pool().get_message_by_name(&format!("google.iam.v1.{name}"));
        Some(Self {
            path: method.grpc.to_owned(),
            request: message(&format!("{name}Request"))?,
            response: message(response)?,
            template,
            body: if verb == "GET" { Body::None } else { Body::Whole },
        })
    }

    /// Such as `/google.cloud.run.v2.Services/GetService`.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The type of the request.
    #[must_use]
    pub fn request_type(&self) -> &MessageDescriptor {
        &self.request
    }

    /// The fields of the request that are in the path of a REST call, such as `secret.name`. The
    /// names are those in JSON.
    #[must_use]
    pub fn fields_in_path(&self) -> Vec<String> {
        self.template.fields().map(|path| json_path(&self.request, path)).collect()
    }

    /// The field of the request that is the body of a REST call: empty for the whole request, and
    /// `None` if calls have no body.
    #[must_use]
    pub fn field_in_body(&self) -> Option<String> {
        match &self.body {
            Body::None => None,
            Body::Whole => Some(String::new()),
            Body::Field(name) => Some(json_path(&self.request, name)),
        }
    }

    /// The JSON of the request that is the same as a REST call.
    ///
    /// # Errors
    /// [`NoForm`].
    pub fn request(
        &self,
        path: &str,
        query: &[(String, String)],
        body: Option<&Value>,
    ) -> Result<Value, NoForm> {
        let mut request = self.with_body(body)?;
        for (name, text) in query {
            self.set_parameter(&mut request, name, text)
                .ok_or_else(|| NoForm::Parameter(name.clone()))?;
        }
        for (field, value) in self.template.captured(path).ok_or(NoForm::Path)? {
            let field = json_path(&self.request, field);
            let place = place(&mut request, &field).ok_or(NoForm::Body)?;
            if !place.is_null() && *place != value {
                return Err(NoForm::Twice(field));
            }
            *place = value.into();
        }
        self.encoded(&request).map(|_| request)
    }

    /// The bytes of a request.
    ///
    /// # Errors
    /// [`NoForm::Message`].
    pub fn encoded(&self, request: &Value) -> Result<Vec<u8>, NoForm> {
        let options = DeserializeOptions::new().deny_unknown_fields(true);
        DynamicMessage::deserialize_with_options(self.request.clone(), request, &options)
            .map(|message| message.encode_to_vec())
            .map_err(|error| NoForm::Message(error.to_string()))
    }

    /// The JSON of a response.
    ///
    /// # Errors
    /// If the bytes are not the response, or if it has no JSON, with the reason.
    pub fn decoded(&self, response: &[u8]) -> Result<Value, String> {
        let message = DynamicMessage::decode(self.response.clone(), response);
        let message = message.map_err(|error| error.to_string())?;
        serde_json::to_value(message).map_err(|error| error.to_string())
    }

    fn with_body(&self, body: Option<&Value>) -> Result<Value, NoForm> {
        let empty = Value::Object(Map::new());
        match (&self.body, body) {
            (Body::None, Some(body)) if *body != empty => Err(NoForm::Body),
            (Body::None, _) | (Body::Whole, None) => Ok(empty),
            (Body::Whole, Some(body)) => {
                Some(body.clone()).filter(Value::is_object).ok_or(NoForm::Body)
            }
            (Body::Field(name), body) => {
                let mut request = empty;
                request[json_path(&self.request, name)] =
                    body.cloned().unwrap_or_else(|| Value::Object(Map::new()));
                Ok(request)
            }
        }
    }

    /// `None` if the request has no such field, or the field no such value.
    fn set_parameter(&self, request: &mut Value, name: &str, text: &str) -> Option<()> {
        let (path, field) = field_at(&self.request, name)?;
        let value = value_of(&field.kind(), text)?;
        let place = place(request, &path)?;
        match place {
            Value::Array(items) => items.push(value),
            place if field.is_list() => *place = vec![value].into(),
            place => *place = value,
        }
        Some(())
    }
}

/// The JSON of a parameter. `None` if the kind has no such value.
fn value_of(kind: &Kind, text: &str) -> Option<Value> {
    let is_valid = match kind {
        Kind::Bool => return text.parse().ok().map(Value::Bool),
        Kind::Message(of) if of.full_name() == "google.protobuf.FieldMask" => {
            return Some(Value::String(in_camel_case(text)));
        }
        Kind::String | Kind::Bytes | Kind::Message(_) => true,
        Kind::Float | Kind::Double => text.parse::<f64>().is_ok(),
        Kind::Enum(of) => of.get_value_by_name(text).is_some(),
        Kind::Int32
        | Kind::Int64
        | Kind::Uint32
        | Kind::Uint64
        | Kind::Sint32
        | Kind::Sint64
        | Kind::Fixed32
        | Kind::Fixed64
        | Kind::Sfixed32
        | Kind::Sfixed64 => text.parse::<i128>().is_ok(),
    };
    is_valid.then(|| Value::String(text.to_owned()))
}

/// A field at a path, whose names are those in JSON or in the proto. The path is returned with the
/// names in JSON.
fn field_at(of: &MessageDescriptor, path: &str) -> Option<(String, FieldDescriptor)> {
    let mut message = Some(of.clone());
    let (mut names, mut last) = (Vec::new(), None);
    for name in path.split('.') {
        let message_of_name = message.take()?;
        let field = message_of_name.get_field_by_json_name(name);
        let field = field.or_else(|| message_of_name.get_field_by_name(name))?;
        names.push(field.json_name().to_owned());
        message = field.kind().as_message().filter(|_| !field.is_list()).cloned();
        last = Some(field);
    }
    Some((names.join("."), last?))
}

fn json_path(of: &MessageDescriptor, path: &str) -> String {
    field_at(of, path).map_or_else(|| path.to_owned(), |(path, _)| path)
}

/// The value at a path. `None` if there is something else than a message on the way.
fn place<'a>(request: &'a mut Value, path: &str) -> Option<&'a mut Value> {
    path.split('.').try_fold(request, |at, name| {
        if at.is_null() {
            *at = Value::Object(Map::new());
        }
        Some(at.as_object_mut()?.entry(name).or_insert(Value::Null))
    })
}

/// The paths of a mask as JSON has them.
fn in_camel_case(mask: &str) -> String {
    let mut camel = String::new();
    let mut is_start = false;
    for letter in mask.chars() {
        match letter {
            '_' => is_start = true,
            letter if is_start => {
                camel.push(letter.to_ascii_uppercase());
                is_start = false;
            }
            letter => camel.push(letter),
        }
    }
    camel
}

#[cfg(test)]
mod tests {
    use longshore_local_kit::coverage::Api;
    use serde_json::json;

    use super::*;

    const API: Api = Api("Example");

    fn form(name: &'static str, rest: &'static str) -> GrpcForm {
        GrpcForm::of(&API.served(name, rest, "")).unwrap()
    }

    fn query(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_rest_call_is_the_message_of_its_path_its_query_and_its_body() {
        let form = form(
            "google.cloud.secretmanager.v1.SecretManagerService.UpdateSecret",
            "PATCH /v1/projects/{project}/secrets/{secret}",
        );
        assert_eq!(form.path(), "/google.cloud.secretmanager.v1.SecretManagerService/UpdateSecret");
        assert_eq!(
            (form.fields_in_path(), form.field_in_body()),
            (vec!["secret.name".to_owned()], Some("secret".to_owned()))
        );
        let mask = query(&[("updateMask", "labels,version_aliases")]);
        let body = json!({"labels": {"a": "b"}});
        let request = form.request("/v1/projects/p/secrets/s", &mask, Some(&body)).unwrap();
        let expected = json!({
            "secret": {"name": "projects/p/secrets/s", "labels": {"a": "b"}},
            "updateMask": "labels,versionAliases",
        });
        assert_eq!(request, expected);
        let secret =
            pool().get_message_by_name("google.cloud.secretmanager.v1.UpdateSecretRequest");
        let sent = DynamicMessage::decode(secret.unwrap(), &*form.encoded(&request).unwrap());
        assert_eq!(serde_json::to_value(sent.unwrap()).unwrap(), expected);
        assert_eq!(form.decoded(&[]), Ok(json!({})));
        assert!(form.decoded(&[7]).is_err());
    }

    #[test]
    fn parameters_have_the_types_of_their_fields() {
        let form = form(
            "google.cloud.secretmanager.v1.SecretManagerService.ListSecrets",
            "GET /v1/projects/{project}/secrets",
        );
        let request =
            |pairs: &[(&str, &str)]| form.request("/v1/projects/p/secrets", &query(pairs), None);
        let sized = request(&[("page_size", "7"), ("filter", "a")]);
        assert_eq!(sized, Ok(json!({"parent": "projects/p", "pageSize": "7", "filter": "a"})));
        for unknown in [("pageSize", "x"), ("colour", "blue")] {
            assert_eq!(request(&[unknown]), Err(NoForm::Parameter(unknown.0.to_owned())));
        }
    }

    #[test]
    fn what_messages_cannot_say_has_no_grpc_form() {
        let form = form(
            "google.cloud.secretmanager.v1.SecretManagerService.UpdateSecret",
            "PATCH /v1/projects/{project}/secrets/{secret}",
        );
        let request = |body: Value| form.request("/v1/projects/p/secrets/s", &[], Some(&body));
        assert_eq!(request(json!({"name": "other"})), Err(NoForm::Twice("secret.name".to_owned())));
        for wrong in [json!({"labels": 1}), json!({"colour": "blue"}), json!([])] {
            assert!(
                matches!(request(wrong.clone()), Err(NoForm::Message(_) | NoForm::Body)),
                "{wrong}"
            );
        }
    }

    #[test]
    fn policies_have_a_form_at_the_paths_of_each_service() {
        let method = API
            .served(
                "google.iam.v1.IAMPolicy.SetIamPolicy",
                "POST /v1/projects/{project}/topics/{topic}:setIamPolicy",
                "",
            )
            .with_grpc("/google.iam.v1.IAMPolicy/SetIamPolicy");
        let form = GrpcForm::of(&method).unwrap();
        let body = json!({"policy": {"version": 1}});
        let request = form.request("/v1/projects/p/topics/t:setIamPolicy", &[], Some(&body));
        let expected = json!({"resource": "projects/p/topics/t", "policy": {"version": 1}});
        assert_eq!(request, Ok(expected));
        assert!(GrpcForm::of(&API.served("example.rest", "GET /v1/rest", "")).is_none());
    }
}
