//! Bytes as base64, in a journal and in documents: `#[serde(with =
//! "longshore_local_kit::as_base64")]`.

use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, Engine as _, GeneralPurpose, GeneralPurposeConfig};
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use serde::de::Error as _;
use serde::{Deserialize as _, Deserializer, Serializer};

/// Padding is optional, and so are zero bits behind the last byte.
const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);

/// Decodes either alphabet, with or without padding, as the JSON form of protobuf's messages
/// allows: <https://protobuf.dev/programming-guides/json/>.
///
/// # Errors
/// When the text is not base64.
pub fn decode(text: &str) -> Result<Vec<u8>, base64::DecodeError> {
    let alphabet = if text.contains(['-', '_']) { &URL_SAFE } else { &STANDARD };
    GeneralPurpose::new(alphabet, LENIENT).decode(text)
}

/// Replaces a text in a document by the same bytes in the standard alphabet, which the types of
/// Google's Rust clients read. What is not base64 is left for them to refuse.
pub fn normalize(value: &mut serde_json::Value) {
    if let Some(Ok(bytes)) = value.as_str().map(decode) {
        *value = BASE64_STANDARD.encode(bytes).into();
    }
}

/// # Errors
/// Those of the serializer.
pub fn serialize<S: Serializer>(bytes: &Bytes, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&BASE64_STANDARD.encode(bytes))
}

/// # Errors
/// When the value is not a text in base64.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Bytes, D::Error> {
    let text = String::deserialize(deserializer)?;
    decode(&text).map(Bytes::from).map_err(D::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn either_alphabet_is_read_with_or_without_padding() {
        for text in ["+/8=", "+/8", "-_8=", "-_8"] {
            assert_eq!(decode(text).unwrap(), [0xfb, 0xff], "{text}");
        }
        assert!(decode("+_8=").is_err() && decode("not base64!").is_err());
    }
}
