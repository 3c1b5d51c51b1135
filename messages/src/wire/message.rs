//! A message on the bus, not yet decoded.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};

/// The attributes and the data of a Pub/Sub message. In JSON, which the ledger stores, the data is
/// standard base64, as in Google's JSON of a `PubsubMessage`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WireMessage {
    pub attributes: BTreeMap<String, String>,
    #[serde(serialize_with = "as_base64", deserialize_with = "from_base64")]
    pub data: Bytes,
}

impl WireMessage {
    /// The lower-case hexadecimal SHA-256 of the data.
    #[must_use]
    pub fn sha256(&self) -> String {
        Sha256::digest(&self.data).iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

fn as_base64<S: Serializer>(data: &Bytes, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&BASE64_STANDARD.encode(data))
}

fn from_base64<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Bytes, D::Error> {
    let text = String::deserialize(deserializer)?;
    BASE64_STANDARD.decode(text).map(Bytes::from).map_err(serde::de::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_survives_the_ledgers_json() {
        let attributes = BTreeMap::from([("ce-id".to_owned(), "1".to_owned())]);
        let message = WireMessage { attributes, data: Bytes::from_static(&[0, 255, 62]) };
        let json = serde_json::to_string(&message).unwrap();
        assert_eq!(json, r#"{"attributes":{"ce-id":"1"},"data":"AP8+"}"#);
        assert_eq!(serde_json::from_str::<WireMessage>(&json).unwrap(), message);
    }
}
