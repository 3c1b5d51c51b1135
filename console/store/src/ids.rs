//! Ids of traces and spans, as W3C and OpenTelemetry define them.

use std::fmt::{self, Debug, Display, Formatter};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

/// A text or a byte string is not an id.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum IdError {
    /// Not a [`TraceId`].
    #[error("not 32 hexadecimal characters that are not all zero")]
    Trace,
    /// Not a [`SpanId`].
    #[error("not 16 hexadecimal characters that are not all zero")]
    Span,
}

/// Id of a trace: 16 bytes that are not all zero. As text, 32 lower-case hexadecimal characters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TraceId([u8; 16]);

/// Id of a span: 8 bytes that are not all zero. As text, 16 lower-case hexadecimal characters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SpanId([u8; 8]);

macro_rules! id {
    ($name:ident, $length:literal, $error:expr) => {
        impl $name {
            /// `None` unless there are exactly as many bytes as an id has, and one is not zero.
            #[must_use]
            pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
                let bytes: [u8; $length] = bytes.try_into().ok()?;
                (bytes != [0; $length]).then_some(Self(bytes))
            }

            #[must_use]
            pub fn as_bytes(&self) -> &[u8] {
                &self.0
            }
        }

        impl Display for $name {
            fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
            }
        }

        impl Debug for $name {
            fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
                Display::fmt(self, formatter)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                let bytes: Option<Vec<u8>> = text.as_bytes().chunks(2).map(hex_byte).collect();
                bytes.and_then(|bytes| Self::from_bytes(&bytes)).ok_or($error)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

id!(TraceId, 16, IdError::Trace);
id!(SpanId, 8, IdError::Span);

fn hex_byte(pair: &[u8]) -> Option<u8> {
    let [high, low] = pair else { return None };
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(*high)? * 16 + digit(*low)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_back_from_its_text() {
        let text = "4bf92f3577b34da6a3ce929d0e0e4736";
        assert_eq!(text.parse::<TraceId>().unwrap().to_string(), text);
        assert_eq!("00F067AA0BA902B7".parse::<SpanId>().unwrap().to_string(), "00f067aa0ba902b7");
    }

    #[test]
    fn zeros_other_lengths_and_other_characters_are_no_id() {
        for text in
            ["", "00", "4bf92f3577b34da6a3ce929d0e0e473", "ü", &"0".repeat(32), &"g".repeat(32)]
        {
            assert_eq!(text.parse::<TraceId>(), Err(IdError::Trace), "{text:?}");
        }
        assert_eq!("0000000000000000".parse::<SpanId>(), Err(IdError::Span));
    }
}
