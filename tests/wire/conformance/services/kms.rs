//! Cloud KMS.

use super::{Service, recipe};

pub(in super::super) const KMS: Service = Service {
    name: "kms",
    api: "Cloud KMS",
    documents: &["cloudkms.v1"],
    address: |endpoints| endpoints.kms,
    names: &[("keyRing", "r"), ("cryptoKey", "k"), ("cryptoKeyVersion", "1")],
    before: &[
        "POST /v1/projects/{project}/locations/{location}/keyRings?keyRingId=r {}",
        r#"POST /v1/projects/{project}/locations/{location}/keyRings/r/cryptoKeys?cryptoKeyId=k {"purpose": "ENCRYPT_DECRYPT"}"#,
    ],
    recipes: &[
        recipe("POST /v1/projects/{project}/locations/{location}/keyRings", "keyRingId=new", "{}"),
        recipe(
            "POST /v1/projects/{project}/locations/{location}/keyRings/{keyRing}/cryptoKeys",
            "cryptoKeyId=new",
            r#"{"purpose": "ENCRYPT_DECRYPT"}"#,
        ),
        recipe(
            "PATCH /v1/projects/{project}/locations/{location}/keyRings/{keyRing}/cryptoKeys/{cryptoKey}",
            "updateMask=labels",
            r#"{"labels": {"a": "b"}}"#,
        ),
        recipe(
            "PATCH /v1/projects/{project}/locations/{location}/keyRings/{keyRing}/cryptoKeys/{cryptoKey}/cryptoKeyVersions/{cryptoKeyVersion}",
            "updateMask=state",
            r#"{"state": "DISABLED"}"#,
        ),
        recipe(
            "POST /v1/projects/{project}/locations/{location}/keyRings/{keyRing}/cryptoKeys/{cryptoKey}:updatePrimaryVersion",
            "",
            r#"{"cryptoKeyVersionId": "1"}"#,
        ),
        recipe(
            "POST /v1/projects/{project}/locations/{location}/keyRings/{keyRing}/cryptoKeys/{cryptoKey}/cryptoKeyVersions/{cryptoKeyVersion}:restore",
            "",
            "{}",
        )
        .after(&[
            "POST /v1/projects/{project}/locations/{location}/keyRings/r/cryptoKeys/k/cryptoKeyVersions/1:destroy {}",
        ]),
        recipe(
            "POST /v1/projects/{project}/locations/{location}/keyRings/{keyRing}/cryptoKeys/{cryptoKey}:encrypt",
            "",
            r#"{"plaintext": "dmFsdWU="}"#,
        ),
        recipe(
            "POST /v1/projects/{project}/locations/{location}/keyRings/{keyRing}/cryptoKeys/{cryptoKey}:decrypt",
            "",
            r#"{"ciphertext": "{ciphertext}"}"#,
        )
        .after(&[
            r#"POST /v1/projects/{project}/locations/{location}/keyRings/r/cryptoKeys/k:encrypt {"plaintext": "dmFsdWU="} => ciphertext /ciphertext"#,
        ]),
        recipe(
            "POST /v1/projects/{project}/locations/{location}/keyRings/{keyRing}:setIamPolicy",
            "",
            r#"{"policy": {"bindings": []}}"#,
        ),
        recipe(
            "POST /v1/projects/{project}/locations/{location}/keyRings/{keyRing}:testIamPermissions",
            "",
            r#"{"permissions": ["cloudkms.keyRings.get"]}"#,
        ),
        recipe(
            "POST /v1/projects/{project}/locations/{location}/keyRings/{keyRing}/cryptoKeys/{cryptoKey}:setIamPolicy",
            "",
            r#"{"policy": {"bindings": []}}"#,
        ),
        recipe(
            "POST /v1/projects/{project}/locations/{location}/keyRings/{keyRing}/cryptoKeys/{cryptoKey}:testIamPermissions",
            "",
            r#"{"permissions": ["cloudkms.cryptoKeys.get"]}"#,
        ),
    ],
    values: &[
        ("purpose", "\"ENCRYPT_DECRYPT\""),
        ("rotationPeriod", "\"86400s\""),
        ("destroyScheduledDuration", "\"86400s\""),
    ],
    output_only: &[],
    changing: &[],
    numbers: &[("ENCRYPT_DECRYPT", 1), ("DISABLED", 2)],
    only: &[],
    undescribed: &[],
};
