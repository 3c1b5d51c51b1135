//! The bytes of one field inside an encoded message.
//!
//! The generated types drop fields that they do not know. A worker of an older version works on the
//! fields that it knows, and passes the bytes on as it received them.
//! <https://protobuf.dev/programming-guides/encoding/>

use bytes::{Buf as _, Bytes};
use prost::encoding::{
    DecodeContext, WireType, decode_key, decode_varint, encode_key, encode_varint, skip_field,
};

/// The content of the message at `path`, which consists of field numbers. If a field occurs more
/// than once, the contents are joined, which protobuf defines as the same message. `None` if there
/// is none, or the data is not protobuf.
pub(super) fn find(data: &Bytes, path: &[u32]) -> Option<Bytes> {
    let [number, rest @ ..] = path else { return Some(data.clone()) };
    let mut found: Option<Bytes> = None;
    for field in fields(data)? {
        if let (true, Some(content)) = (field.number == *number, field.content) {
            found = Some(match found {
                None => content,
                Some(before) => [before, content].concat().into(),
            });
        }
    }
    find(&found?, rest)
}

/// The data with other content in the message at `path`. Unchanged if there is no such message.
pub(super) fn replace(data: &Bytes, path: &[u32], content: &Bytes) -> Option<Vec<u8>> {
    let [number, rest @ ..] = path else { return Some(content.to_vec()) };
    let mut replaced = Vec::with_capacity(data.len() + content.len());
    for field in fields(data)? {
        match field.content {
            Some(inner) if field.number == *number => {
                let inner = replace(&inner, rest, content)?;
                encode_key(field.number, WireType::LengthDelimited, &mut replaced);
                encode_varint(inner.len() as u64, &mut replaced);
                replaced.extend(inner);
            }
            _ => replaced.extend(field.whole),
        }
    }
    Some(replaced)
}

struct Field {
    number: u32,
    /// The whole field, with its key.
    whole: Bytes,
    /// The content of a field with a length: a message, a text or bytes.
    content: Option<Bytes>,
}

/// The fields of a message, in order. `None` if the data is not protobuf.
fn fields(data: &Bytes) -> Option<Vec<Field>> {
    let mut fields = Vec::new();
    let mut rest = data.clone();
    while rest.has_remaining() {
        let start = rest.clone();
        let (number, wire_type) = decode_key(&mut rest).ok()?;
        let content = if wire_type == WireType::LengthDelimited {
            let length = usize::try_from(decode_varint(&mut rest).ok()?).ok()?;
            Some((length <= rest.len()).then(|| rest.split_to(length))?)
        } else {
            skip_field(wire_type, number, &mut rest, DecodeContext::default()).ok()?;
            None
        };
        let whole = start.slice(..start.len() - rest.len());
        fields.push(Field { number, whole, content });
    }
    Some(fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A field with a length.
    fn field(number: u8, content: &[u8]) -> Vec<u8> {
        let length = u8::try_from(content.len()).unwrap();
        [&[number << 3 | 2, length], content].concat()
    }

    #[test]
    fn a_message_inside_a_message_is_found_and_replaced() {
        let number = vec![5 << 3, 7];
        let inner = [field(2, b"old"), number.clone()].concat();
        let data = Bytes::from([field(1, &inner), number.clone(), field(3, b"x")].concat());
        assert_eq!(find(&data, &[1, 2]).unwrap(), "old");
        assert_eq!(find(&data, &[3]).unwrap(), "x");
        assert_eq!(find(&data, &[4]), None);
        let new = [field(2, b"newer"), number.clone()].concat();
        let expected = [field(1, &new), number, field(3, b"x")].concat();
        assert_eq!(replace(&data, &[1, 2], &Bytes::from_static(b"newer")).unwrap(), expected);
        assert_eq!(replace(&data, &[4], &Bytes::from_static(b"newer")).unwrap(), data);
    }

    #[test]
    fn the_contents_of_a_repeated_message_are_joined() {
        let data = Bytes::from([field(1, b"ab"), field(2, b"x"), field(1, b"c")].concat());
        assert_eq!(find(&data, &[1]).unwrap(), "abc");
    }

    #[test]
    fn what_is_not_protobuf_has_no_fields() {
        for data in [&[0x0a_u8, 200][..], &[0xff, 0xff], &[0x07]] {
            assert_eq!(find(&Bytes::copy_from_slice(data), &[1]), None, "{data:?}");
        }
    }
}
