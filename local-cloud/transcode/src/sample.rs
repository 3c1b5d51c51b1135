//! Calls of listed methods, for the test that calls every method over both transports.

use longshore_local_kit::coverage::Method;
use prost::Message as _;
use prost_reflect::{DynamicMessage, MessageDescriptor, Value};

use crate::table::binding_of;

/// The path and the message of the gRPC call that stands for the REST call of a listed method. `path`
/// is the REST path with names instead of placeholders. Fields that are not in the path are not set.
///
/// Returns `None` if the method exists over REST only, or its service speaks gRPC itself.
#[must_use]
pub fn sample(method: &Method, path: &str) -> Option<(String, Vec<u8>)> {
    let (rpc, rule) = binding_of(method)?;
    let mut message = DynamicMessage::new(rpc.input());
    for (field, value) in rule.template.captured(path)? {
        set(&mut message, &rpc.input(), field, value)?;
    }
    Some((crate::table::path_of(rpc), message.encode_to_vec()))
}

fn set(
    message: &mut DynamicMessage,
    kind: &MessageDescriptor,
    path: &str,
    value: String,
) -> Option<()> {
    let (first, rest) = path.split_once('.').map_or((path, None), |(a, b)| (a, Some(b)));
    let field = kind.get_field_by_name(first)?;
    match rest {
        None => message.set_field(&field, Value::String(value)),
        Some(rest) => {
            let kind = field.kind().as_message()?.clone();
            set(message.get_field_mut(&field).as_message_mut()?, &kind, rest, value)?;
        }
    }
    Some(())
}
