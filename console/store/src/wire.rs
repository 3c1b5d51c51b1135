//! Reads protobuf without building messages.
//! <https://protobuf.dev/programming-guides/encoding/>

/// Bytes are not a message of the expected shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

/// One field of a message.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field<'a> {
    pub(crate) number: u32,
    pub(crate) value: Value<'a>,
    /// The whole field, with its tag.
    pub(crate) raw: &'a [u8],
}

/// The value of a field, by its wire type. Groups are deprecated, and OTLP has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Value<'a> {
    Varint(u64),
    Fixed64(u64),
    Fixed32(u32),
    /// A text, bytes, or a message.
    Bytes(&'a [u8]),
}

/// The fields of a message, in the order in which they were written. After an error, there are no
/// more.
#[derive(Clone, Debug)]
pub(crate) struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    pub(crate) fn of(message: &'a [u8]) -> Self {
        Self(message)
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<Field<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let begin = self.0;
        let Some((number, value, rest)) = field(begin) else {
            self.0 = &[];
            return Some(Err(Malformed));
        };
        self.0 = rest;
        Some(Ok(Field { number, value, raw: &begin[..begin.len() - rest.len()] }))
    }
}

fn field(bytes: &[u8]) -> Option<(u32, Value<'_>, &[u8])> {
    let (tag, rest) = varint(bytes)?;
    let tag = u32::try_from(tag).ok()?;
    let number = tag >> 3;
    let (value, rest) = match tag & 7 {
        0 => varint(rest).map(|(number, rest)| (Value::Varint(number), rest))?,
        1 => rest
            .split_first_chunk()
            .map(|(bytes, rest)| (Value::Fixed64(u64::from_le_bytes(*bytes)), rest))?,
        2 => {
            let (length, rest) = varint(rest)?;
            let (bytes, rest) = rest.split_at_checked(usize::try_from(length).ok()?)?;
            (Value::Bytes(bytes), rest)
        }
        5 => rest
            .split_first_chunk()
            .map(|(bytes, rest)| (Value::Fixed32(u32::from_le_bytes(*bytes)), rest))?,
        _ => return None,
    };
    (number > 0).then_some((number, value, rest))
}

/// A number in groups of seven bits, the lowest first.
fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut number = 0;
    for (at, byte) in bytes.iter().take(10).enumerate() {
        let bits = u64::from(byte & 0x7f);
        if at == 9 && *byte > 1 {
            return None;
        }
        number |= bits << (7 * at);
        if byte & 0x80 == 0 {
            return Some((number, &bytes[at + 1..]));
        }
    }
    None
}

/// Appends a field that holds bytes or a message.
pub(crate) fn put(to: &mut Vec<u8>, number: u32, content: &[u8]) {
    put_varint(to, u64::from(number << 3 | 2));
    put_varint(to, content.len() as u64);
    to.extend_from_slice(content);
}

fn put_varint(to: &mut Vec<u8>, mut number: u64) {
    while number > 0x7f {
        to.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    to.push(number as u8);
}

/// The shape of a message: its fields, without those that are unknown.
pub(crate) struct Shape(pub(crate) &'static [(u32, Kind)]);

/// The shape of a field.
pub(crate) enum Kind {
    Varint,
    Fixed64,
    Fixed32,
    Text,
    Bytes,
    Message(&'static Shape),
}

/// Maximum depth of messages in messages, below that of other readers.
const DEPTH_MAX: usize = 64;

/// Checks that bytes are a message of a shape, so that every reader can decode them.
pub(crate) fn check(message: &[u8], shape: &Shape) -> Result<(), Malformed> {
    nested(message, shape, 0)
}

fn nested(message: &[u8], Shape(fields): &Shape, depth: usize) -> Result<(), Malformed> {
    if depth > DEPTH_MAX {
        return Err(Malformed);
    }
    for field in Fields::of(message) {
        let field = field?;
        let Some((_, kind)) = fields.iter().find(|(number, _)| *number == field.number) else {
            continue;
        };
        match (kind, field.value) {
            (Kind::Varint, Value::Varint(_))
            | (Kind::Fixed64, Value::Fixed64(_))
            | (Kind::Fixed32, Value::Fixed32(_))
            | (Kind::Bytes, Value::Bytes(_)) => {}
            (Kind::Text, Value::Bytes(text)) => {
                std::str::from_utf8(text).map_err(|_| Malformed)?;
            }
            (Kind::Message(shape), Value::Bytes(message)) => nested(message, shape, depth + 1)?,
            _ => return Err(Malformed),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_as_they_were_written() {
        let mut message = vec![0x08, 0xac, 0x02, 0x11, 1, 0, 0, 0, 0, 0, 0, 0];
        put(&mut message, 3, b"text");
        message.extend([0x25, 2, 0, 0, 0]);
        let fields: Vec<Field<'_>> = Fields::of(&message).map(Result::unwrap).collect();
        let values: Vec<_> = fields.iter().map(|field| (field.number, field.value)).collect();
        let expected = [
            (1, Value::Varint(300)),
            (2, Value::Fixed64(1)),
            (3, Value::Bytes(b"text")),
            (4, Value::Fixed32(2)),
        ];
        assert_eq!(values, expected);
        let raw: Vec<u8> = fields.iter().flat_map(|field| field.raw).copied().collect();
        assert_eq!(raw, message);
    }

    #[test]
    fn a_length_of_many_bytes_is_written() {
        let content = vec![7; 70_000];
        let mut message = Vec::new();
        put(&mut message, 100, &content);
        let fields: Vec<Field<'_>> = Fields::of(&message).map(Result::unwrap).collect();
        let [field] = &fields[..] else { panic!("{fields:?}") };
        assert_eq!((field.number, field.value), (100, Value::Bytes(&content)));
    }

    #[test]
    fn what_is_no_field_is_malformed() {
        let cases: [&[u8]; 8] = [
            &[0x80],
            // A number of more than 64 bits.
            &[0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02],
            // The field 0.
            &[0x02, 0],
            // Less than the length says.
            &[0x0a, 2, 1],
            &[0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
            &[0x09, 1, 2, 3],
            &[0x0d, 1, 2, 3],
            // A group.
            &[0x0b, 0x0c],
        ];
        for bytes in cases {
            let read: Vec<_> = Fields::of(bytes).collect();
            assert!(matches!(read[..], [Err(Malformed)]), "{bytes:?}: {read:?}");
        }
    }
}
