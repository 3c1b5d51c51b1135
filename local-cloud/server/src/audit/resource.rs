//! The resource that a call changes, as audit logs name it.

use axum::http::Uri;
use serde_json::Value;

use super::methods::Audited;
use crate::inside::protobuf::values;
use longshore_local_kit::rest::percent_decode;

/// A flag and a length.
const FRAME_HEADER_BYTES: usize = 5;

/// The fields of a create with the id of the new resource, besides the parent.
const ID_FIELDS: [u32; 2] = [3, 2];

/// Where the paths of Cloud Storage name a bucket.
const BUCKETS: &str = "storage/v1/b";

/// From the path of a REST call, and for a new resource its id in the query or the body.
pub(super) fn of_rest(method: &Audited, uri: &Uri, body: &[u8]) -> String {
    let path = percent_decode(uri.path()).unwrap_or_else(|| uri.path().to_owned());
    let path = path.trim_matches('/');
    let mut resource = match path.strip_prefix(BUCKETS) {
        Some(rest) => {
            let bucket = rest.trim_start_matches('/').split('/').next().unwrap_or_default();
            format!("projects/_/buckets/{bucket}")
        }
        None => {
            let start = ["projects/", "namespaces/"].iter().find_map(|start| path.find(start));
            path.get(start.unwrap_or(0)..).unwrap_or(path).to_owned()
        }
    };
    if let Some((name, verb)) = resource.rsplit_once(':')
        && verb.chars().all(|c| c.is_ascii_alphabetic())
    {
        resource = name.to_owned();
    }
    if let Some(id) = new_id(method, uri, body) {
        resource = format!("{}/{id}", resource.trim_end_matches('/'));
    }
    resource
}

fn new_id(method: &Audited, uri: &Uri, body: &[u8]) -> Option<String> {
    if method.collection().is_empty() {
        return None;
    }
    let mut parameters =
        uri.query().unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
    if let Some((_, id)) = parameters.find(|(name, _)| name.ends_with("Id")) {
        return percent_decode(id);
    }
    let document: Value = serde_json::from_slice(body).ok()?;
    let name = document.pointer("/metadata/name").or_else(|| document.get("name"))?.as_str()?;
    name.rsplit('/').next().map(str::to_owned)
}

/// From the first fields of the message of a gRPC call: a name, or a parent and an id. `None` for a
/// message that cannot be read.
pub(super) fn of_grpc(method: &Audited, body: &[u8]) -> Option<String> {
    let message = body.get(FRAME_HEADER_BYTES..).filter(|_| body.first() == Some(&0))?;
    let text = |path: &[u32]| {
        let found = values(message, path)?.pop().map(<[u8]>::to_vec)?;
        String::from_utf8(found).ok()
    };
    let is_name = |text: &String| text.starts_with("projects/");
    let name = text(&[1]).filter(is_name).or_else(|| text(&[1, 1]).filter(is_name))?;
    let collection = method.collection();
    if collection.is_empty() {
        return Some(name);
    }
    let is_id = |text: &String| {
        !text.is_empty()
            && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
    };
    let id = ID_FIELDS.iter().find_map(|field| text(&[*field]).filter(is_id))?;
    // The bucket of a create over gRPC.
    let parent =
        if collection == "b" { format!("{name}/buckets") } else { format!("{name}/{collection}") };
    Some(format!("{parent}/{id}"))
}

#[cfg(test)]
mod tests {
    use super::super::methods::audited;
    use super::*;

    fn method(name: &str) -> Audited {
        let mut all = crate::methods().into_iter().filter_map(audited);
        all.find(|method| method.name == name).unwrap()
    }

    #[test]
    fn a_rest_call_names_its_resource() {
        for (name, uri, body, expected) in [
            (
                "google.pubsub.v1.Publisher.CreateTopic",
                "/v1/projects/p/topics/t",
                "{}",
                "projects/p/topics/t",
            ),
            (
                "google.cloud.eventarc.v1.Eventarc.CreateTrigger",
                "/v1/projects/p/locations/l/triggers?triggerId=t&alt=json",
                "{}",
                "projects/p/locations/l/triggers/t",
            ),
            (
                "google.cloud.run.v2.Services.SetIamPolicy",
                "/v2/projects/p/locations/l/services/s:setIamPolicy",
                "{}",
                "projects/p/locations/l/services/s",
            ),
            (
                "storage.buckets.create",
                "/storage/v1/b?project=p",
                r#"{"name": "b"}"#,
                "projects/_/buckets/b",
            ),
            ("storage.buckets.delete", "/storage/v1/b/b", "", "projects/_/buckets/b"),
            (
                "google.cloud.run.v1.Services.CreateService",
                "/apis/serving.knative.dev/v1/namespaces/p/services",
                r#"{"metadata": {"name": "s"}}"#,
                "namespaces/p/services/s",
            ),
        ] {
            let found = of_rest(&method(name), &uri.parse().unwrap(), body.as_bytes());
            assert_eq!(found, expected, "{uri}");
        }
    }

    fn framed(fields: &[(u8, &str)]) -> Vec<u8> {
        let mut message = Vec::new();
        for (field, text) in fields {
            message.extend([field << 3 | 2, u8::try_from(text.len()).unwrap()]);
            message.extend(text.as_bytes());
        }
        let mut framed = vec![0, 0, 0, 0, u8::try_from(message.len()).unwrap()];
        framed.extend(message);
        framed
    }

    #[test]
    fn a_grpc_call_names_its_resource() {
        let delete = method("google.pubsub.v1.Publisher.DeleteTopic");
        let named = framed(&[(1, "projects/p/topics/t")]);
        assert_eq!(of_grpc(&delete, &named).unwrap(), "projects/p/topics/t");
        let create = method("google.cloud.eventarc.v1.Eventarc.CreateTrigger");
        let parent = "projects/p/locations/l";
        let named = framed(&[(1, parent), (3, "t")]);
        assert_eq!(of_grpc(&create, &named).unwrap(), "projects/p/locations/l/triggers/t");
        for broken in [&b""[..], &[1, 0, 0, 0, 0], &[0, 0, 0, 0, 2, 10, 9]] {
            assert_eq!(of_grpc(&create, broken), None);
        }
    }
}
