impl serde::Serialize for CreateCryptoKeyRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.parent.is_empty() {
            len += 1;
        }
        if !self.crypto_key_id.is_empty() {
            len += 1;
        }
        if self.crypto_key.is_some() {
            len += 1;
        }
        if self.skip_initial_version_creation {
            len += 1;
        }
        if self.trusted_wrapping_enabled {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("google.cloud.kms.v1.CreateCryptoKeyRequest", len)?;
        if !self.parent.is_empty() {
            struct_ser.serialize_field("parent", &self.parent)?;
        }
        if !self.crypto_key_id.is_empty() {
            struct_ser.serialize_field("cryptoKeyId", &self.crypto_key_id)?;
        }
        if let Some(v) = self.crypto_key.as_ref() {
            struct_ser.serialize_field("cryptoKey", v)?;
        }
        if self.skip_initial_version_creation {
            struct_ser.serialize_field("skipInitialVersionCreation", &self.skip_initial_version_creation)?;
        }
        if self.trusted_wrapping_enabled {
            struct_ser.serialize_field("trustedWrappingEnabled", &self.trusted_wrapping_enabled)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for CreateCryptoKeyRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "parent",
            "crypto_key_id",
            "cryptoKeyId",
            "crypto_key",
            "cryptoKey",
            "skip_initial_version_creation",
            "skipInitialVersionCreation",
            "trusted_wrapping_enabled",
            "trustedWrappingEnabled",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Parent,
            CryptoKeyId,
            CryptoKey,
            SkipInitialVersionCreation,
            TrustedWrappingEnabled,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "parent" => Ok(GeneratedField::Parent),
                            "cryptoKeyId" | "crypto_key_id" => Ok(GeneratedField::CryptoKeyId),
                            "cryptoKey" | "crypto_key" => Ok(GeneratedField::CryptoKey),
                            "skipInitialVersionCreation" | "skip_initial_version_creation" => Ok(GeneratedField::SkipInitialVersionCreation),
                            "trustedWrappingEnabled" | "trusted_wrapping_enabled" => Ok(GeneratedField::TrustedWrappingEnabled),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = CreateCryptoKeyRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct google.cloud.kms.v1.CreateCryptoKeyRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<CreateCryptoKeyRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut parent__ = None;
                let mut crypto_key_id__ = None;
                let mut crypto_key__ = None;
                let mut skip_initial_version_creation__ = None;
                let mut trusted_wrapping_enabled__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Parent => {
                            if parent__.is_some() {
                                return Err(serde::de::Error::duplicate_field("parent"));
                            }
                            parent__ = Some(map_.next_value()?);
                        }
                        GeneratedField::CryptoKeyId => {
                            if crypto_key_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("cryptoKeyId"));
                            }
                            crypto_key_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::CryptoKey => {
                            if crypto_key__.is_some() {
                                return Err(serde::de::Error::duplicate_field("cryptoKey"));
                            }
                            crypto_key__ = map_.next_value()?;
                        }
                        GeneratedField::SkipInitialVersionCreation => {
                            if skip_initial_version_creation__.is_some() {
                                return Err(serde::de::Error::duplicate_field("skipInitialVersionCreation"));
                            }
                            skip_initial_version_creation__ = Some(map_.next_value()?);
                        }
                        GeneratedField::TrustedWrappingEnabled => {
                            if trusted_wrapping_enabled__.is_some() {
                                return Err(serde::de::Error::duplicate_field("trustedWrappingEnabled"));
                            }
                            trusted_wrapping_enabled__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(CreateCryptoKeyRequest {
                    parent: parent__.unwrap_or_default(),
                    crypto_key_id: crypto_key_id__.unwrap_or_default(),
                    crypto_key: crypto_key__,
                    skip_initial_version_creation: skip_initial_version_creation__.unwrap_or_default(),
                    trusted_wrapping_enabled: trusted_wrapping_enabled__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("google.cloud.kms.v1.CreateCryptoKeyRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for CreateCryptoKeyVersionRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.parent.is_empty() {
            len += 1;
        }
        if self.crypto_key_version.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("google.cloud.kms.v1.CreateCryptoKeyVersionRequest", len)?;
        if !self.parent.is_empty() {
            struct_ser.serialize_field("parent", &self.parent)?;
        }
        if let Some(v) = self.crypto_key_version.as_ref() {
            struct_ser.serialize_field("cryptoKeyVersion", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for CreateCryptoKeyVersionRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "parent",
            "crypto_key_version",
            "cryptoKeyVersion",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Parent,
            CryptoKeyVersion,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "parent" => Ok(GeneratedField::Parent),
                            "cryptoKeyVersion" | "crypto_key_version" => Ok(GeneratedField::CryptoKeyVersion),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = CreateCryptoKeyVersionRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct google.cloud.kms.v1.CreateCryptoKeyVersionRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<CreateCryptoKeyVersionRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut parent__ = None;
                let mut crypto_key_version__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Parent => {
                            if parent__.is_some() {
                                return Err(serde::de::Error::duplicate_field("parent"));
                            }
                            parent__ = Some(map_.next_value()?);
                        }
                        GeneratedField::CryptoKeyVersion => {
                            if crypto_key_version__.is_some() {
                                return Err(serde::de::Error::duplicate_field("cryptoKeyVersion"));
                            }
                            crypto_key_version__ = map_.next_value()?;
                        }
                    }
                }
                Ok(CreateCryptoKeyVersionRequest {
                    parent: parent__.unwrap_or_default(),
                    crypto_key_version: crypto_key_version__,
                })
            }
        }
        deserializer.deserialize_struct("google.cloud.kms.v1.CreateCryptoKeyVersionRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for CreateKeyRingRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.parent.is_empty() {
            len += 1;
        }
        if !self.key_ring_id.is_empty() {
            len += 1;
        }
        if self.key_ring.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("google.cloud.kms.v1.CreateKeyRingRequest", len)?;
        if !self.parent.is_empty() {
            struct_ser.serialize_field("parent", &self.parent)?;
        }
        if !self.key_ring_id.is_empty() {
            struct_ser.serialize_field("keyRingId", &self.key_ring_id)?;
        }
        if let Some(v) = self.key_ring.as_ref() {
            struct_ser.serialize_field("keyRing", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for CreateKeyRingRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "parent",
            "key_ring_id",
            "keyRingId",
            "key_ring",
            "keyRing",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Parent,
            KeyRingId,
            KeyRing,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "parent" => Ok(GeneratedField::Parent),
                            "keyRingId" | "key_ring_id" => Ok(GeneratedField::KeyRingId),
                            "keyRing" | "key_ring" => Ok(GeneratedField::KeyRing),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = CreateKeyRingRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct google.cloud.kms.v1.CreateKeyRingRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<CreateKeyRingRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut parent__ = None;
                let mut key_ring_id__ = None;
                let mut key_ring__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Parent => {
                            if parent__.is_some() {
                                return Err(serde::de::Error::duplicate_field("parent"));
                            }
                            parent__ = Some(map_.next_value()?);
                        }
                        GeneratedField::KeyRingId => {
                            if key_ring_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("keyRingId"));
                            }
                            key_ring_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::KeyRing => {
                            if key_ring__.is_some() {
                                return Err(serde::de::Error::duplicate_field("keyRing"));
                            }
                            key_ring__ = map_.next_value()?;
                        }
                    }
                }
                Ok(CreateKeyRingRequest {
                    parent: parent__.unwrap_or_default(),
                    key_ring_id: key_ring_id__.unwrap_or_default(),
                    key_ring: key_ring__,
                })
            }
        }
        deserializer.deserialize_struct("google.cloud.kms.v1.CreateKeyRingRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for CryptoKey {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.name.is_empty() {
            len += 1;
        }
        if self.primary.is_some() {
            len += 1;
        }
        if self.purpose != 0 {
            len += 1;
        }
        if self.create_time.is_some() {
            len += 1;
        }
        if self.next_rotation_time.is_some() {
            len += 1;
        }
        if !self.labels.is_empty() {
            len += 1;
        }
        if self.version_template.is_some() {
            len += 1;
        }
        if self.import_only {
            len += 1;
        }
        if self.destroy_scheduled_duration.is_some() {
            len += 1;
        }
        if !self.crypto_key_backend.is_empty() {
            len += 1;
        }
        if self.key_access_justifications_policy.is_some() {
            len += 1;
        }
        if self.rotation_schedule.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("google.cloud.kms.v1.CryptoKey", len)?;
        if !self.name.is_empty() {
            struct_ser.serialize_field("name", &self.name)?;
        }
        if let Some(v) = self.primary.as_ref() {
            struct_ser.serialize_field("primary", v)?;
        }
        if self.purpose != 0 {
            let v = crypto_key::CryptoKeyPurpose::try_from(self.purpose)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.purpose)))?;
            struct_ser.serialize_field("purpose", &v)?;
        }
        if let Some(v) = self.create_time.as_ref() {
            struct_ser.serialize_field("createTime", v)?;
        }
        if let Some(v) = self.next_rotation_time.as_ref() {
            struct_ser.serialize_field("nextRotationTime", v)?;
        }
        if !self.labels.is_empty() {
            struct_ser.serialize_field("labels", &self.labels)?;
        }
        if let Some(v) = self.version_template.as_ref() {
            struct_ser.serialize_field("versionTemplate", v)?;
        }
        if self.import_only {
            struct_ser.serialize_field("importOnly", &self.import_only)?;
        }
        if let Some(v) = self.destroy_scheduled_duration.as_ref() {
            struct_ser.serialize_field("destroyScheduledDuration", v)?;
        }
        if !self.crypto_key_backend.is_empty() {
            struct_ser.serialize_field("cryptoKeyBackend", &self.crypto_key_backend)?;
        }
        if let Some(v) = self.key_access_justifications_policy.as_ref() {
            struct_ser.serialize_field("keyAccessJustificationsPolicy", v)?;
        }
        if let Some(v) = self.rotation_schedule.as_ref() {
            match v {
                crypto_key::RotationSchedule::RotationPeriod(v) => {
                    struct_ser.serialize_field("rotationPeriod", v)?;
                }
            }
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for CryptoKey {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "name",
            "primary",
            "purpose",
            "create_time",
            "createTime",
            "next_rotation_time",
            "nextRotationTime",
            "labels",
            "version_template",
            "versionTemplate",
            "import_only",
            "importOnly",
            "destroy_scheduled_duration",
            "destroyScheduledDuration",
            "crypto_key_backend",
            "cryptoKeyBackend",
            "key_access_justifications_policy",
            "keyAccessJustificationsPolicy",
            "rotation_period",
            "rotationPeriod",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Name,
            Primary,
            Purpose,
            CreateTime,
            NextRotationTime,
            Labels,
            VersionTemplate,
            ImportOnly,
            DestroyScheduledDuration,
            CryptoKeyBackend,
            KeyAccessJustificationsPolicy,
            RotationPeriod,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "name" => Ok(GeneratedField::Name),
                            "primary" => Ok(GeneratedField::Primary),
                            "purpose" => Ok(GeneratedField::Purpose),
                            "createTime" | "create_time" => Ok(GeneratedField::CreateTime),
                            "nextRotationTime" | "next_rotation_time" => Ok(GeneratedField::NextRotationTime),
                            "labels" => Ok(GeneratedField::Labels),
                            "versionTemplate" | "version_template" => Ok(GeneratedField::VersionTemplate),
                            "importOnly" | "import_only" => Ok(GeneratedField::ImportOnly),
                            "destroyScheduledDuration" | "destroy_scheduled_duration" => Ok(GeneratedField::DestroyScheduledDuration),
                            "cryptoKeyBackend" | "crypto_key_backend" => Ok(GeneratedField::CryptoKeyBackend),
                            "keyAccessJustificationsPolicy" | "key_access_justifications_policy" => Ok(GeneratedField::KeyAccessJustificationsPolicy),
                            "rotationPeriod" | "rotation_period" => Ok(GeneratedField::RotationPeriod),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = CryptoKey;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct google.cloud.kms.v1.CryptoKey")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<CryptoKey, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut name__ = None;
                let mut primary__ = None;
                let mut purpose__ = None;
                let mut create_time__ = None;
                let mut next_rotation_time__ = None;
                let mut labels__ = None;
                let mut version_template__ = None;
                let mut import_only__ = None;
                let mut destroy_scheduled_duration__ = None;
                let mut crypto_key_backend__ = None;
                let mut key_access_justifications_policy__ = None;
                let mut rotation_schedule__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Name => {
                            if name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("name"));
                            }
                            name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Primary => {
                            if primary__.is_some() {
                                return Err(serde::de::Error::duplicate_field("primary"));
                            }
                            primary__ = map_.next_value()?;
                        }
                        GeneratedField::Purpose => {
                            if purpose__.is_some() {
                                return Err(serde::de::Error::duplicate_field("purpose"));
                            }
                            purpose__ = Some(map_.next_value::<crypto_key::CryptoKeyPurpose>()? as i32);
                        }
                        GeneratedField::CreateTime => {
                            if create_time__.is_some() {
                                return Err(serde::de::Error::duplicate_field("createTime"));
                            }
                            create_time__ = map_.next_value()?;
                        }
                        GeneratedField::NextRotationTime => {
                            if next_rotation_time__.is_some() {
                                return Err(serde::de::Error::duplicate_field("nextRotationTime"));
                            }
                            next_rotation_time__ = map_.next_value()?;
                        }
                        GeneratedField::Labels => {
                            if labels__.is_some() {
                                return Err(serde::de::Error::duplicate_field("labels"));
                            }
                            labels__ = Some(
                                map_.next_value::<std::collections::BTreeMap<_, _>>()?
                            );
                        }
                        GeneratedField::VersionTemplate => {
                            if version_template__.is_some() {
                                return Err(serde::de::Error::duplicate_field("versionTemplate"));
                            }
                            version_template__ = map_.next_value()?;
                        }
                        GeneratedField::ImportOnly => {
                            if import_only__.is_some() {
                                return Err(serde::de::Error::duplicate_field("importOnly"));
                            }
                            import_only__ = Some(map_.next_value()?);
                        }
                        GeneratedField::DestroyScheduledDuration => {
                            if destroy_scheduled_duration__.is_some() {
                                return Err(serde::de::Error::duplicate_field("destroyScheduledDuration"));
                            }
                            destroy_scheduled_duration__ = map_.next_value()?;
                        }
                        GeneratedField::CryptoKeyBackend => {
                            if crypto_key_backend__.is_some() {
                                return Err(serde::de::Error::duplicate_field("cryptoKeyBackend"));
                            }
                            crypto_key_backend__ = Some(map_.next_value()?);
                        }
                        GeneratedField::KeyAccessJustificationsPolicy => {
                            if key_access_justifications_policy__.is_some() {
                                return Err(serde::de::Error::duplicate_field("keyAccessJustificationsPolicy"));
                            }
                            key_access_justifications_policy__ = map_.next_value()?;
                        }
                        GeneratedField::RotationPeriod => {
                            if rotation_schedule__.is_some() {
                                return Err(serde::de::Error::duplicate_field("rotationPeriod"));
                            }
                            rotation_schedule__ = map_.next_value::<::std::option::Option<_>>()?.map(crypto_key::RotationSchedule::RotationPeriod)
;
                        }
                    }
                }
                Ok(CryptoKey {
                    name: name__.unwrap_or_default(),
                    primary: primary__,
                    purpose: purpose__.unwrap_or_default(),
                    create_time: create_time__,
                    next_rotation_time: next_rotation_time__,
                    labels: labels__.unwrap_or_default(),
                    version_template: version_template__,
                    import_only: import_only__.unwrap_or_default(),
                    destroy_scheduled_duration: destroy_scheduled_duration__,
                    crypto_key_backend: crypto_key_backend__.unwrap_or_default(),
                    key_access_justifications_policy: key_access_justifications_policy__,
                    rotation_schedule: rotation_schedule__,
                })
            }
        }
        deserializer.deserialize_struct("google.cloud.kms.v1.CryptoKey", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for crypto_key::CryptoKeyPurpose {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        let variant = match self {
            Self::Unspecified => "CRYPTO_KEY_PURPOSE_UNSPECIFIED",
            Self::EncryptDecrypt => "ENCRYPT_DECRYPT",
            Self::AsymmetricSign => "ASYMMETRIC_SIGN",
            Self::AsymmetricDecrypt => "ASYMMETRIC_DECRYPT",
            Self::RawEncryptDecrypt => "RAW_ENCRYPT_DECRYPT",
            Self::Mac => "MAC",
            Self::KeyEncapsulation => "KEY_ENCAPSULATION",
            Self::AesWrapping => "AES_WRAPPING",
        };
        serializer.serialize_str(variant)
    }
}
impl<'de> serde::Deserialize<'de> for crypto_key::CryptoKeyPurpose {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "CRYPTO_KEY_PURPOSE_UNSPECIFIED",
            "ENCRYPT_DECRYPT",
            "ASYMMETRIC_SIGN",
            "ASYMMETRIC_DECRYPT",
            "RAW_ENCRYPT_DECRYPT",
            "MAC",
            "KEY_ENCAPSULATION",
            "AES_WRAPPING",
        ];

        struct GeneratedVisitor;

        impl serde::de::Visitor<'_> for GeneratedVisitor {
            type Value = crypto_key::CryptoKeyPurpose;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(formatter, "expected one of: {:?}", &FIELDS)
            }

            fn visit_i64<E>(self, v: i64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Signed(v), &self)
                    })
            }

            fn visit_u64<E>(self, v: u64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Unsigned(v), &self)
                    })
            }

            fn visit_str<E>(self, value: &str) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                match value {
                    "CRYPTO_KEY_PURPOSE_UNSPECIFIED" => Ok(crypto_key::CryptoKeyPurpose::Unspecified),
                    "ENCRYPT_DECRYPT" => Ok(crypto_key::CryptoKeyPurpose::EncryptDecrypt),
                    "ASYMMETRIC_SIGN" => Ok(crypto_key::CryptoKeyPurpose::AsymmetricSign),
                    "ASYMMETRIC_DECRYPT" => Ok(crypto_key::CryptoKeyPurpose::AsymmetricDecrypt),
                    "RAW_ENCRYPT_DECRYPT" => Ok(crypto_key::CryptoKeyPurpose::RawEncryptDecrypt),
                    "MAC" => Ok(crypto_key::CryptoKeyPurpose::Mac),
                    "KEY_ENCAPSULATION" => Ok(crypto_key::CryptoKeyPurpose::KeyEncapsulation),
                    "AES_WRAPPING" => Ok(crypto_key::CryptoKeyPurpose::AesWrapping),
                    _ => Err(serde::de::Error::unknown_variant(value, FIELDS)),
                }
            }
        }
        deserializer.deserialize_any(GeneratedVisitor)
    }
}
impl serde::Serialize for CryptoKeyVersion {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.name.is_empty() {
            len += 1;
        }
        if self.state != 0 {
            len += 1;
        }
        if self.create_time.is_some() {
            len += 1;
        }
        if self.destroy_time.is_some() {
            len += 1;
        }
        if self.destroy_event_time.is_some() {
            len += 1;
        }
        if self.protection_level != 0 {
            len += 1;
        }
        if self.algorithm != 0 {
            len += 1;
        }
        if self.generate_time.is_some() {
            len += 1;
        }
        if self.external_protection_level_options.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("google.cloud.kms.v1.CryptoKeyVersion", len)?;
        if !self.name.is_empty() {
            struct_ser.serialize_field("name", &self.name)?;
        }
        if self.state != 0 {
            let v = crypto_key_version::CryptoKeyVersionState::try_from(self.state)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.state)))?;
            struct_ser.serialize_field("state", &v)?;
        }
        if let Some(v) = self.create_time.as_ref() {
            struct_ser.serialize_field("createTime", v)?;
        }
        if let Some(v) = self.destroy_time.as_ref() {
            struct_ser.serialize_field("destroyTime", v)?;
        }
        if let Some(v) = self.destroy_event_time.as_ref() {
            struct_ser.serialize_field("destroyEventTime", v)?;
        }
        if self.protection_level != 0 {
            let v = ProtectionLevel::try_from(self.protection_level)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.protection_level)))?;
            struct_ser.serialize_field("protectionLevel", &v)?;
        }
        if self.algorithm != 0 {
            let v = crypto_key_version::CryptoKeyVersionAlgorithm::try_from(self.algorithm)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.algorithm)))?;
            struct_ser.serialize_field("algorithm", &v)?;
        }
        if let Some(v) = self.generate_time.as_ref() {
            struct_ser.serialize_field("generateTime", v)?;
        }
        if let Some(v) = self.external_protection_level_options.as_ref() {
            struct_ser.serialize_field("externalProtectionLevelOptions", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for CryptoKeyVersion {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "name",
            "state",
            "create_time",
            "createTime",
            "destroy_time",
            "destroyTime",
            "destroy_event_time",
            "destroyEventTime",
            "protection_level",
            "protectionLevel",
            "algorithm",
            "generate_time",
            "generateTime",
            "external_protection_level_options",
            "externalProtectionLevelOptions",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Name,
            State,
            CreateTime,
            DestroyTime,
            DestroyEventTime,
            ProtectionLevel,
            Algorithm,
            GenerateTime,
            ExternalProtectionLevelOptions,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "name" => Ok(GeneratedField::Name),
                            "state" => Ok(GeneratedField::State),
                            "createTime" | "create_time" => Ok(GeneratedField::CreateTime),
                            "destroyTime" | "destroy_time" => Ok(GeneratedField::DestroyTime),
                            "destroyEventTime" | "destroy_event_time" => Ok(GeneratedField::DestroyEventTime),
                            "protectionLevel" | "protection_level" => Ok(GeneratedField::ProtectionLevel),
                            "algorithm" => Ok(GeneratedField::Algorithm),
                            "generateTime" | "generate_time" => Ok(GeneratedField::GenerateTime),
                            "externalProtectionLevelOptions" | "external_protection_level_options" => Ok(GeneratedField::ExternalProtectionLevelOptions),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = CryptoKeyVersion;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct google.cloud.kms.v1.CryptoKeyVersion")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<CryptoKeyVersion, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut name__ = None;
                let mut state__ = None;
                let mut create_time__ = None;
                let mut destroy_time__ = None;
                let mut destroy_event_time__ = None;
                let mut protection_level__ = None;
                let mut algorithm__ = None;
                let mut generate_time__ = None;
                let mut external_protection_level_options__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Name => {
                            if name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("name"));
                            }
                            name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::State => {
                            if state__.is_some() {
                                return Err(serde::de::Error::duplicate_field("state"));
                            }
                            state__ = Some(map_.next_value::<crypto_key_version::CryptoKeyVersionState>()? as i32);
                        }
                        GeneratedField::CreateTime => {
                            if create_time__.is_some() {
                                return Err(serde::de::Error::duplicate_field("createTime"));
                            }
                            create_time__ = map_.next_value()?;
                        }
                        GeneratedField::DestroyTime => {
                            if destroy_time__.is_some() {
                                return Err(serde::de::Error::duplicate_field("destroyTime"));
                            }
                            destroy_time__ = map_.next_value()?;
                        }
                        GeneratedField::DestroyEventTime => {
                            if destroy_event_time__.is_some() {
                                return Err(serde::de::Error::duplicate_field("destroyEventTime"));
                            }
                            destroy_event_time__ = map_.next_value()?;
                        }
                        GeneratedField::ProtectionLevel => {
                            if protection_level__.is_some() {
                                return Err(serde::de::Error::duplicate_field("protectionLevel"));
                            }
                            protection_level__ = Some(map_.next_value::<ProtectionLevel>()? as i32);
                        }
                        GeneratedField::Algorithm => {
                            if algorithm__.is_some() {
                                return Err(serde::de::Error::duplicate_field("algorithm"));
                            }
                            algorithm__ = Some(map_.next_value::<crypto_key_version::CryptoKeyVersionAlgorithm>()? as i32);
                        }
                        GeneratedField::GenerateTime => {
                            if generate_time__.is_some() {
                                return Err(serde::de::Error::duplicate_field("generateTime"));
                            }
                            generate_time__ = map_.next_value()?;
                        }
                        GeneratedField::ExternalProtectionLevelOptions => {
                            if external_protection_level_options__.is_some() {
                                return Err(serde::de::Error::duplicate_field("externalProtectionLevelOptions"));
                            }
                            external_protection_level_options__ = map_.next_value()?;
                        }
                    }
                }
                Ok(CryptoKeyVersion {
                    name: name__.unwrap_or_default(),
                    state: state__.unwrap_or_default(),
                    create_time: create_time__,
                    destroy_time: destroy_time__,
                    destroy_event_time: destroy_event_time__,
                    protection_level: protection_level__.unwrap_or_default(),
                    algorithm: algorithm__.unwrap_or_default(),
                    generate_time: generate_time__,
                    external_protection_level_options: external_protection_level_options__,
                })
            }
        }
        deserializer.deserialize_struct("google.cloud.kms.v1.CryptoKeyVersion", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for crypto_key_version::CryptoKeyVersionAlgorithm {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        let variant = match self {
            Self::Unspecified => "CRYPTO_KEY_VERSION_ALGORITHM_UNSPECIFIED",
            Self::GoogleSymmetricEncryption => "GOOGLE_SYMMETRIC_ENCRYPTION",
            Self::ExternalSymmetricEncryption => "EXTERNAL_SYMMETRIC_ENCRYPTION",
            Self::RsaSignPss2048Sha256 => "RSA_SIGN_PSS_2048_SHA256",
            Self::RsaSignPss3072Sha256 => "RSA_SIGN_PSS_3072_SHA256",
            Self::RsaSignPss4096Sha256 => "RSA_SIGN_PSS_4096_SHA256",
            Self::RsaSignPkcs12048Sha256 => "RSA_SIGN_PKCS1_2048_SHA256",
            Self::RsaSignPkcs13072Sha256 => "RSA_SIGN_PKCS1_3072_SHA256",
            Self::RsaSignPkcs14096Sha256 => "RSA_SIGN_PKCS1_4096_SHA256",
            Self::RsaDecryptOaep2048Sha256 => "RSA_DECRYPT_OAEP_2048_SHA256",
            Self::RsaDecryptOaep3072Sha256 => "RSA_DECRYPT_OAEP_3072_SHA256",
            Self::RsaDecryptOaep4096Sha256 => "RSA_DECRYPT_OAEP_4096_SHA256",
            Self::EcSignP256Sha256 => "EC_SIGN_P256_SHA256",
            Self::EcSignP384Sha384 => "EC_SIGN_P384_SHA384",
            Self::Aes256Gcm => "AES_256_GCM",
            Self::HmacSha256 => "HMAC_SHA256",
            Self::EcSignEd25519 => "EC_SIGN_ED25519",
            Self::Aes128Gcm => "AES_128_GCM",
        };
        serializer.serialize_str(variant)
    }
}
impl<'de> serde::Deserialize<'de> for crypto_key_version::CryptoKeyVersionAlgorithm {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "CRYPTO_KEY_VERSION_ALGORITHM_UNSPECIFIED",
            "GOOGLE_SYMMETRIC_ENCRYPTION",
            "EXTERNAL_SYMMETRIC_ENCRYPTION",
            "RSA_SIGN_PSS_2048_SHA256",
            "RSA_SIGN_PSS_3072_SHA256",
            "RSA_SIGN_PSS_4096_SHA256",
            "RSA_SIGN_PKCS1_2048_SHA256",
            "RSA_SIGN_PKCS1_3072_SHA256",
            "RSA_SIGN_PKCS1_4096_SHA256",
            "RSA_DECRYPT_OAEP_2048_SHA256",
            "RSA_DECRYPT_OAEP_3072_SHA256",
            "RSA_DECRYPT_OAEP_4096_SHA256",
            "EC_SIGN_P256_SHA256",
            "EC_SIGN_P384_SHA384",
            "AES_256_GCM",
            "HMAC_SHA256",
            "EC_SIGN_ED25519",
            "AES_128_GCM",
        ];

        struct GeneratedVisitor;

        impl serde::de::Visitor<'_> for GeneratedVisitor {
            type Value = crypto_key_version::CryptoKeyVersionAlgorithm;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(formatter, "expected one of: {:?}", &FIELDS)
            }

            fn visit_i64<E>(self, v: i64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Signed(v), &self)
                    })
            }

            fn visit_u64<E>(self, v: u64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Unsigned(v), &self)
                    })
            }

            fn visit_str<E>(self, value: &str) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                match value {
                    "CRYPTO_KEY_VERSION_ALGORITHM_UNSPECIFIED" => Ok(crypto_key_version::CryptoKeyVersionAlgorithm::Unspecified),
                    "GOOGLE_SYMMETRIC_ENCRYPTION" => Ok(crypto_key_version::CryptoKeyVersionAlgorithm::GoogleSymmetricEncryption),
                    "EXTERNAL_SYMMETRIC_ENCRYPTION" => Ok(crypto_key_version::CryptoKeyVersionAlgorithm::ExternalSymmetricEncryption),
                    "RSA_SIGN_PSS_2048_SHA256" => Ok(crypto_key_version::CryptoKeyVersionAlgorithm::RsaSignPss2048Sha256),
                    "RSA_SIGN_PSS_3072_SHA256" => Ok(crypto_key_version::CryptoKeyVersionAlgorithm::RsaSignPss3072Sha256),
                    "RSA_SIGN_PSS_4096_SHA256" => Ok(crypto_key_version::CryptoKeyVersionAlgorithm::RsaSignPss4096Sha256),
                    "RSA_SIGN_PKCS1_2048_SHA256" => Ok(crypto_key_version::CryptoKeyVersionAlgorithm::RsaSignPkcs12048Sha256),
                    "RSA_SIGN_PKCS1_3072_SHA256" => Ok(crypto_key_version::CryptoKeyVersionAlgorithm::RsaSignPkcs13072Sha256),
                    "RSA_SIGN_PKCS1_4096_SHA256" => Ok(crypto_key_version::CryptoKeyVersionAlgorithm::RsaSignPkcs14096Sha256),
                    "RSA_DECRYPT_OAEP_2048_SHA256" => Ok(crypto_key_version::CryptoKeyVersionAlgorithm::RsaDecryptOaep2048Sha256),
                    "RSA_DECRYPT_OAEP_3072_SHA256" => Ok(crypto_key_version::CryptoKeyVersionAlgorithm::RsaDecryptOaep3072Sha256),
                    "RSA_DECRYPT_OAEP_4096_SHA256" => Ok(crypto_key_version::CryptoKeyVersionAlgorithm::RsaDecryptOaep4096Sha256),
                    "EC_SIGN_P256_SHA256" => Ok(crypto_key_version::CryptoKeyVersionAlgorithm::EcSignP256Sha256),
                    "EC_SIGN_P384_SHA384" => Ok(crypto_key_version::CryptoKeyVersionAlgorithm::EcSignP384Sha384),
                    "AES_256_GCM" => Ok(crypto_key_version::CryptoKeyVersionAlgorithm::Aes256Gcm),
                    "HMAC_SHA256" => Ok(crypto_key_version::CryptoKeyVersionAlgorithm::HmacSha256),
                    "EC_SIGN_ED25519" => Ok(crypto_key_version::CryptoKeyVersionAlgorithm::EcSignEd25519),
                    "AES_128_GCM" => Ok(crypto_key_version::CryptoKeyVersionAlgorithm::Aes128Gcm),
                    _ => Err(serde::de::Error::unknown_variant(value, FIELDS)),
                }
            }
        }
        deserializer.deserialize_any(GeneratedVisitor)
    }
}
impl serde::Serialize for crypto_key_version::CryptoKeyVersionState {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        let variant = match self {
            Self::Unspecified => "CRYPTO_KEY_VERSION_STATE_UNSPECIFIED",
            Self::Enabled => "ENABLED",
            Self::Disabled => "DISABLED",
            Self::Destroyed => "DESTROYED",
            Self::DestroyScheduled => "DESTROY_SCHEDULED",
            Self::PendingGeneration => "PENDING_GENERATION",
            Self::PendingImport => "PENDING_IMPORT",
            Self::ImportFailed => "IMPORT_FAILED",
            Self::GenerationFailed => "GENERATION_FAILED",
            Self::PendingExternalDestruction => "PENDING_EXTERNAL_DESTRUCTION",
            Self::ExternalDestructionFailed => "EXTERNAL_DESTRUCTION_FAILED",
        };
        serializer.serialize_str(variant)
    }
}
impl<'de> serde::Deserialize<'de> for crypto_key_version::CryptoKeyVersionState {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "CRYPTO_KEY_VERSION_STATE_UNSPECIFIED",
            "ENABLED",
            "DISABLED",
            "DESTROYED",
            "DESTROY_SCHEDULED",
            "PENDING_GENERATION",
            "PENDING_IMPORT",
            "IMPORT_FAILED",
            "GENERATION_FAILED",
            "PENDING_EXTERNAL_DESTRUCTION",
            "EXTERNAL_DESTRUCTION_FAILED",
        ];

        struct GeneratedVisitor;

        impl serde::de::Visitor<'_> for GeneratedVisitor {
            type Value = crypto_key_version::CryptoKeyVersionState;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(formatter, "expected one of: {:?}", &FIELDS)
            }

            fn visit_i64<E>(self, v: i64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Signed(v), &self)
                    })
            }

            fn visit_u64<E>(self, v: u64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Unsigned(v), &self)
                    })
            }

            fn visit_str<E>(self, value: &str) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                match value {
                    "CRYPTO_KEY_VERSION_STATE_UNSPECIFIED" => Ok(crypto_key_version::CryptoKeyVersionState::Unspecified),
                    "ENABLED" => Ok(crypto_key_version::CryptoKeyVersionState::Enabled),
                    "DISABLED" => Ok(crypto_key_version::CryptoKeyVersionState::Disabled),
                    "DESTROYED" => Ok(crypto_key_version::CryptoKeyVersionState::Destroyed),
                    "DESTROY_SCHEDULED" => Ok(crypto_key_version::CryptoKeyVersionState::DestroyScheduled),
                    "PENDING_GENERATION" => Ok(crypto_key_version::CryptoKeyVersionState::PendingGeneration),
                    "PENDING_IMPORT" => Ok(crypto_key_version::CryptoKeyVersionState::PendingImport),
                    "IMPORT_FAILED" => Ok(crypto_key_version::CryptoKeyVersionState::ImportFailed),
                    "GENERATION_FAILED" => Ok(crypto_key_version::CryptoKeyVersionState::GenerationFailed),
                    "PENDING_EXTERNAL_DESTRUCTION" => Ok(crypto_key_version::CryptoKeyVersionState::PendingExternalDestruction),
                    "EXTERNAL_DESTRUCTION_FAILED" => Ok(crypto_key_version::CryptoKeyVersionState::ExternalDestructionFailed),
                    _ => Err(serde::de::Error::unknown_variant(value, FIELDS)),
                }
            }
        }
        deserializer.deserialize_any(GeneratedVisitor)
    }
}
impl serde::Serialize for crypto_key_version::CryptoKeyVersionView {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        let variant = match self {
            Self::Unspecified => "CRYPTO_KEY_VERSION_VIEW_UNSPECIFIED",
            Self::Full => "FULL",
        };
        serializer.serialize_str(variant)
    }
}
impl<'de> serde::Deserialize<'de> for crypto_key_version::CryptoKeyVersionView {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "CRYPTO_KEY_VERSION_VIEW_UNSPECIFIED",
            "FULL",
        ];

        struct GeneratedVisitor;

        impl serde::de::Visitor<'_> for GeneratedVisitor {
            type Value = crypto_key_version::CryptoKeyVersionView;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(formatter, "expected one of: {:?}", &FIELDS)
            }

            fn visit_i64<E>(self, v: i64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Signed(v), &self)
                    })
            }

            fn visit_u64<E>(self, v: u64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Unsigned(v), &self)
                    })
            }

            fn visit_str<E>(self, value: &str) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                match value {
                    "CRYPTO_KEY_VERSION_VIEW_UNSPECIFIED" => Ok(crypto_key_version::CryptoKeyVersionView::Unspecified),
                    "FULL" => Ok(crypto_key_version::CryptoKeyVersionView::Full),
                    _ => Err(serde::de::Error::unknown_variant(value, FIELDS)),
                }
            }
        }
        deserializer.deserialize_any(GeneratedVisitor)
    }
}
impl serde::Serialize for CryptoKeyVersionTemplate {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.protection_level != 0 {
            len += 1;
        }
        if self.algorithm != 0 {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("google.cloud.kms.v1.CryptoKeyVersionTemplate", len)?;
        if self.protection_level != 0 {
            let v = ProtectionLevel::try_from(self.protection_level)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.protection_level)))?;
            struct_ser.serialize_field("protectionLevel", &v)?;
        }
        if self.algorithm != 0 {
            let v = crypto_key_version::CryptoKeyVersionAlgorithm::try_from(self.algorithm)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.algorithm)))?;
            struct_ser.serialize_field("algorithm", &v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for CryptoKeyVersionTemplate {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "protection_level",
            "protectionLevel",
            "algorithm",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            ProtectionLevel,
            Algorithm,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "protectionLevel" | "protection_level" => Ok(GeneratedField::ProtectionLevel),
                            "algorithm" => Ok(GeneratedField::Algorithm),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = CryptoKeyVersionTemplate;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct google.cloud.kms.v1.CryptoKeyVersionTemplate")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<CryptoKeyVersionTemplate, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut protection_level__ = None;
                let mut algorithm__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::ProtectionLevel => {
                            if protection_level__.is_some() {
                                return Err(serde::de::Error::duplicate_field("protectionLevel"));
                            }
                            protection_level__ = Some(map_.next_value::<ProtectionLevel>()? as i32);
                        }
                        GeneratedField::Algorithm => {
                            if algorithm__.is_some() {
                                return Err(serde::de::Error::duplicate_field("algorithm"));
                            }
                            algorithm__ = Some(map_.next_value::<crypto_key_version::CryptoKeyVersionAlgorithm>()? as i32);
                        }
                    }
                }
                Ok(CryptoKeyVersionTemplate {
                    protection_level: protection_level__.unwrap_or_default(),
                    algorithm: algorithm__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("google.cloud.kms.v1.CryptoKeyVersionTemplate", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for DecryptRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.name.is_empty() {
            len += 1;
        }
        if !self.ciphertext.is_empty() {
            len += 1;
        }
        if !self.additional_authenticated_data.is_empty() {
            len += 1;
        }
        if self.ciphertext_crc32c.is_some() {
            len += 1;
        }
        if self.additional_authenticated_data_crc32c.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("google.cloud.kms.v1.DecryptRequest", len)?;
        if !self.name.is_empty() {
            struct_ser.serialize_field("name", &self.name)?;
        }
        if !self.ciphertext.is_empty() {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("ciphertext", pbjson::private::base64::encode(&self.ciphertext).as_str())?;
        }
        if !self.additional_authenticated_data.is_empty() {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("additionalAuthenticatedData", pbjson::private::base64::encode(&self.additional_authenticated_data).as_str())?;
        }
        if let Some(v) = self.ciphertext_crc32c.as_ref() {
            struct_ser.serialize_field("ciphertextCrc32c", v)?;
        }
        if let Some(v) = self.additional_authenticated_data_crc32c.as_ref() {
            struct_ser.serialize_field("additionalAuthenticatedDataCrc32c", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for DecryptRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "name",
            "ciphertext",
            "additional_authenticated_data",
            "additionalAuthenticatedData",
            "ciphertext_crc32c",
            "ciphertextCrc32c",
            "additional_authenticated_data_crc32c",
            "additionalAuthenticatedDataCrc32c",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Name,
            Ciphertext,
            AdditionalAuthenticatedData,
            CiphertextCrc32c,
            AdditionalAuthenticatedDataCrc32c,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "name" => Ok(GeneratedField::Name),
                            "ciphertext" => Ok(GeneratedField::Ciphertext),
                            "additionalAuthenticatedData" | "additional_authenticated_data" => Ok(GeneratedField::AdditionalAuthenticatedData),
                            "ciphertextCrc32c" | "ciphertext_crc32c" => Ok(GeneratedField::CiphertextCrc32c),
                            "additionalAuthenticatedDataCrc32c" | "additional_authenticated_data_crc32c" => Ok(GeneratedField::AdditionalAuthenticatedDataCrc32c),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = DecryptRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct google.cloud.kms.v1.DecryptRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<DecryptRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut name__ = None;
                let mut ciphertext__ = None;
                let mut additional_authenticated_data__ = None;
                let mut ciphertext_crc32c__ = None;
                let mut additional_authenticated_data_crc32c__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Name => {
                            if name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("name"));
                            }
                            name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Ciphertext => {
                            if ciphertext__.is_some() {
                                return Err(serde::de::Error::duplicate_field("ciphertext"));
                            }
                            ciphertext__ = 
                                Some(map_.next_value::<::pbjson::private::BytesDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::AdditionalAuthenticatedData => {
                            if additional_authenticated_data__.is_some() {
                                return Err(serde::de::Error::duplicate_field("additionalAuthenticatedData"));
                            }
                            additional_authenticated_data__ = 
                                Some(map_.next_value::<::pbjson::private::BytesDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::CiphertextCrc32c => {
                            if ciphertext_crc32c__.is_some() {
                                return Err(serde::de::Error::duplicate_field("ciphertextCrc32c"));
                            }
                            ciphertext_crc32c__ = map_.next_value()?;
                        }
                        GeneratedField::AdditionalAuthenticatedDataCrc32c => {
                            if additional_authenticated_data_crc32c__.is_some() {
                                return Err(serde::de::Error::duplicate_field("additionalAuthenticatedDataCrc32c"));
                            }
                            additional_authenticated_data_crc32c__ = map_.next_value()?;
                        }
                    }
                }
                Ok(DecryptRequest {
                    name: name__.unwrap_or_default(),
                    ciphertext: ciphertext__.unwrap_or_default(),
                    additional_authenticated_data: additional_authenticated_data__.unwrap_or_default(),
                    ciphertext_crc32c: ciphertext_crc32c__,
                    additional_authenticated_data_crc32c: additional_authenticated_data_crc32c__,
                })
            }
        }
        deserializer.deserialize_struct("google.cloud.kms.v1.DecryptRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for DecryptResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.plaintext.is_empty() {
            len += 1;
        }
        if self.plaintext_crc32c.is_some() {
            len += 1;
        }
        if self.used_primary {
            len += 1;
        }
        if self.protection_level != 0 {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("google.cloud.kms.v1.DecryptResponse", len)?;
        if !self.plaintext.is_empty() {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("plaintext", pbjson::private::base64::encode(&self.plaintext).as_str())?;
        }
        if let Some(v) = self.plaintext_crc32c.as_ref() {
            struct_ser.serialize_field("plaintextCrc32c", v)?;
        }
        if self.used_primary {
            struct_ser.serialize_field("usedPrimary", &self.used_primary)?;
        }
        if self.protection_level != 0 {
            let v = ProtectionLevel::try_from(self.protection_level)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.protection_level)))?;
            struct_ser.serialize_field("protectionLevel", &v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for DecryptResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "plaintext",
            "plaintext_crc32c",
            "plaintextCrc32c",
            "used_primary",
            "usedPrimary",
            "protection_level",
            "protectionLevel",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Plaintext,
            PlaintextCrc32c,
            UsedPrimary,
            ProtectionLevel,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "plaintext" => Ok(GeneratedField::Plaintext),
                            "plaintextCrc32c" | "plaintext_crc32c" => Ok(GeneratedField::PlaintextCrc32c),
                            "usedPrimary" | "used_primary" => Ok(GeneratedField::UsedPrimary),
                            "protectionLevel" | "protection_level" => Ok(GeneratedField::ProtectionLevel),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = DecryptResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct google.cloud.kms.v1.DecryptResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<DecryptResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut plaintext__ = None;
                let mut plaintext_crc32c__ = None;
                let mut used_primary__ = None;
                let mut protection_level__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Plaintext => {
                            if plaintext__.is_some() {
                                return Err(serde::de::Error::duplicate_field("plaintext"));
                            }
                            plaintext__ = 
                                Some(map_.next_value::<::pbjson::private::BytesDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::PlaintextCrc32c => {
                            if plaintext_crc32c__.is_some() {
                                return Err(serde::de::Error::duplicate_field("plaintextCrc32c"));
                            }
                            plaintext_crc32c__ = map_.next_value()?;
                        }
                        GeneratedField::UsedPrimary => {
                            if used_primary__.is_some() {
                                return Err(serde::de::Error::duplicate_field("usedPrimary"));
                            }
                            used_primary__ = Some(map_.next_value()?);
                        }
                        GeneratedField::ProtectionLevel => {
                            if protection_level__.is_some() {
                                return Err(serde::de::Error::duplicate_field("protectionLevel"));
                            }
                            protection_level__ = Some(map_.next_value::<ProtectionLevel>()? as i32);
                        }
                    }
                }
                Ok(DecryptResponse {
                    plaintext: plaintext__.unwrap_or_default(),
                    plaintext_crc32c: plaintext_crc32c__,
                    used_primary: used_primary__.unwrap_or_default(),
                    protection_level: protection_level__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("google.cloud.kms.v1.DecryptResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for DestroyCryptoKeyVersionRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.name.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("google.cloud.kms.v1.DestroyCryptoKeyVersionRequest", len)?;
        if !self.name.is_empty() {
            struct_ser.serialize_field("name", &self.name)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for DestroyCryptoKeyVersionRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "name",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Name,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "name" => Ok(GeneratedField::Name),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = DestroyCryptoKeyVersionRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct google.cloud.kms.v1.DestroyCryptoKeyVersionRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<DestroyCryptoKeyVersionRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut name__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Name => {
                            if name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("name"));
                            }
                            name__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(DestroyCryptoKeyVersionRequest {
                    name: name__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("google.cloud.kms.v1.DestroyCryptoKeyVersionRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for EncryptRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.name.is_empty() {
            len += 1;
        }
        if !self.plaintext.is_empty() {
            len += 1;
        }
        if !self.additional_authenticated_data.is_empty() {
            len += 1;
        }
        if self.plaintext_crc32c.is_some() {
            len += 1;
        }
        if self.additional_authenticated_data_crc32c.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("google.cloud.kms.v1.EncryptRequest", len)?;
        if !self.name.is_empty() {
            struct_ser.serialize_field("name", &self.name)?;
        }
        if !self.plaintext.is_empty() {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("plaintext", pbjson::private::base64::encode(&self.plaintext).as_str())?;
        }
        if !self.additional_authenticated_data.is_empty() {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("additionalAuthenticatedData", pbjson::private::base64::encode(&self.additional_authenticated_data).as_str())?;
        }
        if let Some(v) = self.plaintext_crc32c.as_ref() {
            struct_ser.serialize_field("plaintextCrc32c", v)?;
        }
        if let Some(v) = self.additional_authenticated_data_crc32c.as_ref() {
            struct_ser.serialize_field("additionalAuthenticatedDataCrc32c", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for EncryptRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "name",
            "plaintext",
            "additional_authenticated_data",
            "additionalAuthenticatedData",
            "plaintext_crc32c",
            "plaintextCrc32c",
            "additional_authenticated_data_crc32c",
            "additionalAuthenticatedDataCrc32c",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Name,
            Plaintext,
            AdditionalAuthenticatedData,
            PlaintextCrc32c,
            AdditionalAuthenticatedDataCrc32c,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "name" => Ok(GeneratedField::Name),
                            "plaintext" => Ok(GeneratedField::Plaintext),
                            "additionalAuthenticatedData" | "additional_authenticated_data" => Ok(GeneratedField::AdditionalAuthenticatedData),
                            "plaintextCrc32c" | "plaintext_crc32c" => Ok(GeneratedField::PlaintextCrc32c),
                            "additionalAuthenticatedDataCrc32c" | "additional_authenticated_data_crc32c" => Ok(GeneratedField::AdditionalAuthenticatedDataCrc32c),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = EncryptRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct google.cloud.kms.v1.EncryptRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<EncryptRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut name__ = None;
                let mut plaintext__ = None;
                let mut additional_authenticated_data__ = None;
                let mut plaintext_crc32c__ = None;
                let mut additional_authenticated_data_crc32c__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Name => {
                            if name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("name"));
                            }
                            name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Plaintext => {
                            if plaintext__.is_some() {
                                return Err(serde::de::Error::duplicate_field("plaintext"));
                            }
                            plaintext__ = 
                                Some(map_.next_value::<::pbjson::private::BytesDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::AdditionalAuthenticatedData => {
                            if additional_authenticated_data__.is_some() {
                                return Err(serde::de::Error::duplicate_field("additionalAuthenticatedData"));
                            }
                            additional_authenticated_data__ = 
                                Some(map_.next_value::<::pbjson::private::BytesDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::PlaintextCrc32c => {
                            if plaintext_crc32c__.is_some() {
                                return Err(serde::de::Error::duplicate_field("plaintextCrc32c"));
                            }
                            plaintext_crc32c__ = map_.next_value()?;
                        }
                        GeneratedField::AdditionalAuthenticatedDataCrc32c => {
                            if additional_authenticated_data_crc32c__.is_some() {
                                return Err(serde::de::Error::duplicate_field("additionalAuthenticatedDataCrc32c"));
                            }
                            additional_authenticated_data_crc32c__ = map_.next_value()?;
                        }
                    }
                }
                Ok(EncryptRequest {
                    name: name__.unwrap_or_default(),
                    plaintext: plaintext__.unwrap_or_default(),
                    additional_authenticated_data: additional_authenticated_data__.unwrap_or_default(),
                    plaintext_crc32c: plaintext_crc32c__,
                    additional_authenticated_data_crc32c: additional_authenticated_data_crc32c__,
                })
            }
        }
        deserializer.deserialize_struct("google.cloud.kms.v1.EncryptRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for EncryptResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.name.is_empty() {
            len += 1;
        }
        if !self.ciphertext.is_empty() {
            len += 1;
        }
        if self.ciphertext_crc32c.is_some() {
            len += 1;
        }
        if self.verified_plaintext_crc32c {
            len += 1;
        }
        if self.verified_additional_authenticated_data_crc32c {
            len += 1;
        }
        if self.protection_level != 0 {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("google.cloud.kms.v1.EncryptResponse", len)?;
        if !self.name.is_empty() {
            struct_ser.serialize_field("name", &self.name)?;
        }
        if !self.ciphertext.is_empty() {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("ciphertext", pbjson::private::base64::encode(&self.ciphertext).as_str())?;
        }
        if let Some(v) = self.ciphertext_crc32c.as_ref() {
            struct_ser.serialize_field("ciphertextCrc32c", v)?;
        }
        if self.verified_plaintext_crc32c {
            struct_ser.serialize_field("verifiedPlaintextCrc32c", &self.verified_plaintext_crc32c)?;
        }
        if self.verified_additional_authenticated_data_crc32c {
            struct_ser.serialize_field("verifiedAdditionalAuthenticatedDataCrc32c", &self.verified_additional_authenticated_data_crc32c)?;
        }
        if self.protection_level != 0 {
            let v = ProtectionLevel::try_from(self.protection_level)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.protection_level)))?;
            struct_ser.serialize_field("protectionLevel", &v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for EncryptResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "name",
            "ciphertext",
            "ciphertext_crc32c",
            "ciphertextCrc32c",
            "verified_plaintext_crc32c",
            "verifiedPlaintextCrc32c",
            "verified_additional_authenticated_data_crc32c",
            "verifiedAdditionalAuthenticatedDataCrc32c",
            "protection_level",
            "protectionLevel",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Name,
            Ciphertext,
            CiphertextCrc32c,
            VerifiedPlaintextCrc32c,
            VerifiedAdditionalAuthenticatedDataCrc32c,
            ProtectionLevel,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "name" => Ok(GeneratedField::Name),
                            "ciphertext" => Ok(GeneratedField::Ciphertext),
                            "ciphertextCrc32c" | "ciphertext_crc32c" => Ok(GeneratedField::CiphertextCrc32c),
                            "verifiedPlaintextCrc32c" | "verified_plaintext_crc32c" => Ok(GeneratedField::VerifiedPlaintextCrc32c),
                            "verifiedAdditionalAuthenticatedDataCrc32c" | "verified_additional_authenticated_data_crc32c" => Ok(GeneratedField::VerifiedAdditionalAuthenticatedDataCrc32c),
                            "protectionLevel" | "protection_level" => Ok(GeneratedField::ProtectionLevel),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = EncryptResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct google.cloud.kms.v1.EncryptResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<EncryptResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut name__ = None;
                let mut ciphertext__ = None;
                let mut ciphertext_crc32c__ = None;
                let mut verified_plaintext_crc32c__ = None;
                let mut verified_additional_authenticated_data_crc32c__ = None;
                let mut protection_level__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Name => {
                            if name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("name"));
                            }
                            name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Ciphertext => {
                            if ciphertext__.is_some() {
                                return Err(serde::de::Error::duplicate_field("ciphertext"));
                            }
                            ciphertext__ = 
                                Some(map_.next_value::<::pbjson::private::BytesDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::CiphertextCrc32c => {
                            if ciphertext_crc32c__.is_some() {
                                return Err(serde::de::Error::duplicate_field("ciphertextCrc32c"));
                            }
                            ciphertext_crc32c__ = map_.next_value()?;
                        }
                        GeneratedField::VerifiedPlaintextCrc32c => {
                            if verified_plaintext_crc32c__.is_some() {
                                return Err(serde::de::Error::duplicate_field("verifiedPlaintextCrc32c"));
                            }
                            verified_plaintext_crc32c__ = Some(map_.next_value()?);
                        }
                        GeneratedField::VerifiedAdditionalAuthenticatedDataCrc32c => {
                            if verified_additional_authenticated_data_crc32c__.is_some() {
                                return Err(serde::de::Error::duplicate_field("verifiedAdditionalAuthenticatedDataCrc32c"));
                            }
                            verified_additional_authenticated_data_crc32c__ = Some(map_.next_value()?);
                        }
                        GeneratedField::ProtectionLevel => {
                            if protection_level__.is_some() {
                                return Err(serde::de::Error::duplicate_field("protectionLevel"));
                            }
                            protection_level__ = Some(map_.next_value::<ProtectionLevel>()? as i32);
                        }
                    }
                }
                Ok(EncryptResponse {
                    name: name__.unwrap_or_default(),
                    ciphertext: ciphertext__.unwrap_or_default(),
                    ciphertext_crc32c: ciphertext_crc32c__,
                    verified_plaintext_crc32c: verified_plaintext_crc32c__.unwrap_or_default(),
                    verified_additional_authenticated_data_crc32c: verified_additional_authenticated_data_crc32c__.unwrap_or_default(),
                    protection_level: protection_level__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("google.cloud.kms.v1.EncryptResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ExternalProtectionLevelOptions {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.external_key_uri.is_empty() {
            len += 1;
        }
        if !self.ekm_connection_key_path.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("google.cloud.kms.v1.ExternalProtectionLevelOptions", len)?;
        if !self.external_key_uri.is_empty() {
            struct_ser.serialize_field("externalKeyUri", &self.external_key_uri)?;
        }
        if !self.ekm_connection_key_path.is_empty() {
            struct_ser.serialize_field("ekmConnectionKeyPath", &self.ekm_connection_key_path)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ExternalProtectionLevelOptions {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "external_key_uri",
            "externalKeyUri",
            "ekm_connection_key_path",
            "ekmConnectionKeyPath",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            ExternalKeyUri,
            EkmConnectionKeyPath,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "externalKeyUri" | "external_key_uri" => Ok(GeneratedField::ExternalKeyUri),
                            "ekmConnectionKeyPath" | "ekm_connection_key_path" => Ok(GeneratedField::EkmConnectionKeyPath),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = ExternalProtectionLevelOptions;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct google.cloud.kms.v1.ExternalProtectionLevelOptions")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ExternalProtectionLevelOptions, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut external_key_uri__ = None;
                let mut ekm_connection_key_path__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::ExternalKeyUri => {
                            if external_key_uri__.is_some() {
                                return Err(serde::de::Error::duplicate_field("externalKeyUri"));
                            }
                            external_key_uri__ = Some(map_.next_value()?);
                        }
                        GeneratedField::EkmConnectionKeyPath => {
                            if ekm_connection_key_path__.is_some() {
                                return Err(serde::de::Error::duplicate_field("ekmConnectionKeyPath"));
                            }
                            ekm_connection_key_path__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(ExternalProtectionLevelOptions {
                    external_key_uri: external_key_uri__.unwrap_or_default(),
                    ekm_connection_key_path: ekm_connection_key_path__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("google.cloud.kms.v1.ExternalProtectionLevelOptions", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for GetCryptoKeyRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.name.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("google.cloud.kms.v1.GetCryptoKeyRequest", len)?;
        if !self.name.is_empty() {
            struct_ser.serialize_field("name", &self.name)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for GetCryptoKeyRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "name",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Name,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "name" => Ok(GeneratedField::Name),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = GetCryptoKeyRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct google.cloud.kms.v1.GetCryptoKeyRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<GetCryptoKeyRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut name__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Name => {
                            if name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("name"));
                            }
                            name__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(GetCryptoKeyRequest {
                    name: name__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("google.cloud.kms.v1.GetCryptoKeyRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for GetCryptoKeyVersionRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.name.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("google.cloud.kms.v1.GetCryptoKeyVersionRequest", len)?;
        if !self.name.is_empty() {
            struct_ser.serialize_field("name", &self.name)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for GetCryptoKeyVersionRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "name",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Name,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "name" => Ok(GeneratedField::Name),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = GetCryptoKeyVersionRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct google.cloud.kms.v1.GetCryptoKeyVersionRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<GetCryptoKeyVersionRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut name__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Name => {
                            if name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("name"));
                            }
                            name__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(GetCryptoKeyVersionRequest {
                    name: name__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("google.cloud.kms.v1.GetCryptoKeyVersionRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for GetKeyRingRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.name.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("google.cloud.kms.v1.GetKeyRingRequest", len)?;
        if !self.name.is_empty() {
            struct_ser.serialize_field("name", &self.name)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for GetKeyRingRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "name",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Name,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "name" => Ok(GeneratedField::Name),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = GetKeyRingRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct google.cloud.kms.v1.GetKeyRingRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<GetKeyRingRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut name__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Name => {
                            if name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("name"));
                            }
                            name__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(GetKeyRingRequest {
                    name: name__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("google.cloud.kms.v1.GetKeyRingRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for KeyAccessJustificationsPolicy {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.allowed_access_reasons.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("google.cloud.kms.v1.KeyAccessJustificationsPolicy", len)?;
        if !self.allowed_access_reasons.is_empty() {
            struct_ser.serialize_field("allowedAccessReasons", &self.allowed_access_reasons)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for KeyAccessJustificationsPolicy {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "allowed_access_reasons",
            "allowedAccessReasons",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            AllowedAccessReasons,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "allowedAccessReasons" | "allowed_access_reasons" => Ok(GeneratedField::AllowedAccessReasons),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = KeyAccessJustificationsPolicy;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct google.cloud.kms.v1.KeyAccessJustificationsPolicy")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<KeyAccessJustificationsPolicy, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut allowed_access_reasons__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::AllowedAccessReasons => {
                            if allowed_access_reasons__.is_some() {
                                return Err(serde::de::Error::duplicate_field("allowedAccessReasons"));
                            }
                            allowed_access_reasons__ = 
                                Some(map_.next_value::<Vec<::pbjson::private::NumberDeserialize<_>>>()?
                                    .into_iter().map(|x| x.0).collect())
                            ;
                        }
                    }
                }
                Ok(KeyAccessJustificationsPolicy {
                    allowed_access_reasons: allowed_access_reasons__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("google.cloud.kms.v1.KeyAccessJustificationsPolicy", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for KeyRing {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.name.is_empty() {
            len += 1;
        }
        if self.create_time.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("google.cloud.kms.v1.KeyRing", len)?;
        if !self.name.is_empty() {
            struct_ser.serialize_field("name", &self.name)?;
        }
        if let Some(v) = self.create_time.as_ref() {
            struct_ser.serialize_field("createTime", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for KeyRing {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "name",
            "create_time",
            "createTime",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Name,
            CreateTime,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "name" => Ok(GeneratedField::Name),
                            "createTime" | "create_time" => Ok(GeneratedField::CreateTime),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = KeyRing;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct google.cloud.kms.v1.KeyRing")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<KeyRing, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut name__ = None;
                let mut create_time__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Name => {
                            if name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("name"));
                            }
                            name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::CreateTime => {
                            if create_time__.is_some() {
                                return Err(serde::de::Error::duplicate_field("createTime"));
                            }
                            create_time__ = map_.next_value()?;
                        }
                    }
                }
                Ok(KeyRing {
                    name: name__.unwrap_or_default(),
                    create_time: create_time__,
                })
            }
        }
        deserializer.deserialize_struct("google.cloud.kms.v1.KeyRing", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ListCryptoKeyVersionsRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.parent.is_empty() {
            len += 1;
        }
        if self.page_size != 0 {
            len += 1;
        }
        if !self.page_token.is_empty() {
            len += 1;
        }
        if self.view != 0 {
            len += 1;
        }
        if !self.filter.is_empty() {
            len += 1;
        }
        if !self.order_by.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("google.cloud.kms.v1.ListCryptoKeyVersionsRequest", len)?;
        if !self.parent.is_empty() {
            struct_ser.serialize_field("parent", &self.parent)?;
        }
        if self.page_size != 0 {
            struct_ser.serialize_field("pageSize", &self.page_size)?;
        }
        if !self.page_token.is_empty() {
            struct_ser.serialize_field("pageToken", &self.page_token)?;
        }
        if self.view != 0 {
            let v = crypto_key_version::CryptoKeyVersionView::try_from(self.view)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.view)))?;
            struct_ser.serialize_field("view", &v)?;
        }
        if !self.filter.is_empty() {
            struct_ser.serialize_field("filter", &self.filter)?;
        }
        if !self.order_by.is_empty() {
            struct_ser.serialize_field("orderBy", &self.order_by)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ListCryptoKeyVersionsRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "parent",
            "page_size",
            "pageSize",
            "page_token",
            "pageToken",
            "view",
            "filter",
            "order_by",
            "orderBy",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Parent,
            PageSize,
            PageToken,
            View,
            Filter,
            OrderBy,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "parent" => Ok(GeneratedField::Parent),
                            "pageSize" | "page_size" => Ok(GeneratedField::PageSize),
                            "pageToken" | "page_token" => Ok(GeneratedField::PageToken),
                            "view" => Ok(GeneratedField::View),
                            "filter" => Ok(GeneratedField::Filter),
                            "orderBy" | "order_by" => Ok(GeneratedField::OrderBy),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = ListCryptoKeyVersionsRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct google.cloud.kms.v1.ListCryptoKeyVersionsRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ListCryptoKeyVersionsRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut parent__ = None;
                let mut page_size__ = None;
                let mut page_token__ = None;
                let mut view__ = None;
                let mut filter__ = None;
                let mut order_by__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Parent => {
                            if parent__.is_some() {
                                return Err(serde::de::Error::duplicate_field("parent"));
                            }
                            parent__ = Some(map_.next_value()?);
                        }
                        GeneratedField::PageSize => {
                            if page_size__.is_some() {
                                return Err(serde::de::Error::duplicate_field("pageSize"));
                            }
                            page_size__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::PageToken => {
                            if page_token__.is_some() {
                                return Err(serde::de::Error::duplicate_field("pageToken"));
                            }
                            page_token__ = Some(map_.next_value()?);
                        }
                        GeneratedField::View => {
                            if view__.is_some() {
                                return Err(serde::de::Error::duplicate_field("view"));
                            }
                            view__ = Some(map_.next_value::<crypto_key_version::CryptoKeyVersionView>()? as i32);
                        }
                        GeneratedField::Filter => {
                            if filter__.is_some() {
                                return Err(serde::de::Error::duplicate_field("filter"));
                            }
                            filter__ = Some(map_.next_value()?);
                        }
                        GeneratedField::OrderBy => {
                            if order_by__.is_some() {
                                return Err(serde::de::Error::duplicate_field("orderBy"));
                            }
                            order_by__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(ListCryptoKeyVersionsRequest {
                    parent: parent__.unwrap_or_default(),
                    page_size: page_size__.unwrap_or_default(),
                    page_token: page_token__.unwrap_or_default(),
                    view: view__.unwrap_or_default(),
                    filter: filter__.unwrap_or_default(),
                    order_by: order_by__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("google.cloud.kms.v1.ListCryptoKeyVersionsRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ListCryptoKeyVersionsResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.crypto_key_versions.is_empty() {
            len += 1;
        }
        if !self.next_page_token.is_empty() {
            len += 1;
        }
        if self.total_size != 0 {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("google.cloud.kms.v1.ListCryptoKeyVersionsResponse", len)?;
        if !self.crypto_key_versions.is_empty() {
            struct_ser.serialize_field("cryptoKeyVersions", &self.crypto_key_versions)?;
        }
        if !self.next_page_token.is_empty() {
            struct_ser.serialize_field("nextPageToken", &self.next_page_token)?;
        }
        if self.total_size != 0 {
            struct_ser.serialize_field("totalSize", &self.total_size)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ListCryptoKeyVersionsResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "crypto_key_versions",
            "cryptoKeyVersions",
            "next_page_token",
            "nextPageToken",
            "total_size",
            "totalSize",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            CryptoKeyVersions,
            NextPageToken,
            TotalSize,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "cryptoKeyVersions" | "crypto_key_versions" => Ok(GeneratedField::CryptoKeyVersions),
                            "nextPageToken" | "next_page_token" => Ok(GeneratedField::NextPageToken),
                            "totalSize" | "total_size" => Ok(GeneratedField::TotalSize),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = ListCryptoKeyVersionsResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct google.cloud.kms.v1.ListCryptoKeyVersionsResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ListCryptoKeyVersionsResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut crypto_key_versions__ = None;
                let mut next_page_token__ = None;
                let mut total_size__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::CryptoKeyVersions => {
                            if crypto_key_versions__.is_some() {
                                return Err(serde::de::Error::duplicate_field("cryptoKeyVersions"));
                            }
                            crypto_key_versions__ = Some(map_.next_value()?);
                        }
                        GeneratedField::NextPageToken => {
                            if next_page_token__.is_some() {
                                return Err(serde::de::Error::duplicate_field("nextPageToken"));
                            }
                            next_page_token__ = Some(map_.next_value()?);
                        }
                        GeneratedField::TotalSize => {
                            if total_size__.is_some() {
                                return Err(serde::de::Error::duplicate_field("totalSize"));
                            }
                            total_size__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(ListCryptoKeyVersionsResponse {
                    crypto_key_versions: crypto_key_versions__.unwrap_or_default(),
                    next_page_token: next_page_token__.unwrap_or_default(),
                    total_size: total_size__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("google.cloud.kms.v1.ListCryptoKeyVersionsResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ListCryptoKeysRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.parent.is_empty() {
            len += 1;
        }
        if self.page_size != 0 {
            len += 1;
        }
        if !self.page_token.is_empty() {
            len += 1;
        }
        if self.version_view != 0 {
            len += 1;
        }
        if !self.filter.is_empty() {
            len += 1;
        }
        if !self.order_by.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("google.cloud.kms.v1.ListCryptoKeysRequest", len)?;
        if !self.parent.is_empty() {
            struct_ser.serialize_field("parent", &self.parent)?;
        }
        if self.page_size != 0 {
            struct_ser.serialize_field("pageSize", &self.page_size)?;
        }
        if !self.page_token.is_empty() {
            struct_ser.serialize_field("pageToken", &self.page_token)?;
        }
        if self.version_view != 0 {
            let v = crypto_key_version::CryptoKeyVersionView::try_from(self.version_view)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.version_view)))?;
            struct_ser.serialize_field("versionView", &v)?;
        }
        if !self.filter.is_empty() {
            struct_ser.serialize_field("filter", &self.filter)?;
        }
        if !self.order_by.is_empty() {
            struct_ser.serialize_field("orderBy", &self.order_by)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ListCryptoKeysRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "parent",
            "page_size",
            "pageSize",
            "page_token",
            "pageToken",
            "version_view",
            "versionView",
            "filter",
            "order_by",
            "orderBy",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Parent,
            PageSize,
            PageToken,
            VersionView,
            Filter,
            OrderBy,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "parent" => Ok(GeneratedField::Parent),
                            "pageSize" | "page_size" => Ok(GeneratedField::PageSize),
                            "pageToken" | "page_token" => Ok(GeneratedField::PageToken),
                            "versionView" | "version_view" => Ok(GeneratedField::VersionView),
                            "filter" => Ok(GeneratedField::Filter),
                            "orderBy" | "order_by" => Ok(GeneratedField::OrderBy),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = ListCryptoKeysRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct google.cloud.kms.v1.ListCryptoKeysRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ListCryptoKeysRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut parent__ = None;
                let mut page_size__ = None;
                let mut page_token__ = None;
                let mut version_view__ = None;
                let mut filter__ = None;
                let mut order_by__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Parent => {
                            if parent__.is_some() {
                                return Err(serde::de::Error::duplicate_field("parent"));
                            }
                            parent__ = Some(map_.next_value()?);
                        }
                        GeneratedField::PageSize => {
                            if page_size__.is_some() {
                                return Err(serde::de::Error::duplicate_field("pageSize"));
                            }
                            page_size__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::PageToken => {
                            if page_token__.is_some() {
                                return Err(serde::de::Error::duplicate_field("pageToken"));
                            }
                            page_token__ = Some(map_.next_value()?);
                        }
                        GeneratedField::VersionView => {
                            if version_view__.is_some() {
                                return Err(serde::de::Error::duplicate_field("versionView"));
                            }
                            version_view__ = Some(map_.next_value::<crypto_key_version::CryptoKeyVersionView>()? as i32);
                        }
                        GeneratedField::Filter => {
                            if filter__.is_some() {
                                return Err(serde::de::Error::duplicate_field("filter"));
                            }
                            filter__ = Some(map_.next_value()?);
                        }
                        GeneratedField::OrderBy => {
                            if order_by__.is_some() {
                                return Err(serde::de::Error::duplicate_field("orderBy"));
                            }
                            order_by__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(ListCryptoKeysRequest {
                    parent: parent__.unwrap_or_default(),
                    page_size: page_size__.unwrap_or_default(),
                    page_token: page_token__.unwrap_or_default(),
                    version_view: version_view__.unwrap_or_default(),
                    filter: filter__.unwrap_or_default(),
                    order_by: order_by__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("google.cloud.kms.v1.ListCryptoKeysRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ListCryptoKeysResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.crypto_keys.is_empty() {
            len += 1;
        }
        if !self.next_page_token.is_empty() {
            len += 1;
        }
        if self.total_size != 0 {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("google.cloud.kms.v1.ListCryptoKeysResponse", len)?;
        if !self.crypto_keys.is_empty() {
            struct_ser.serialize_field("cryptoKeys", &self.crypto_keys)?;
        }
        if !self.next_page_token.is_empty() {
            struct_ser.serialize_field("nextPageToken", &self.next_page_token)?;
        }
        if self.total_size != 0 {
            struct_ser.serialize_field("totalSize", &self.total_size)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ListCryptoKeysResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "crypto_keys",
            "cryptoKeys",
            "next_page_token",
            "nextPageToken",
            "total_size",
            "totalSize",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            CryptoKeys,
            NextPageToken,
            TotalSize,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "cryptoKeys" | "crypto_keys" => Ok(GeneratedField::CryptoKeys),
                            "nextPageToken" | "next_page_token" => Ok(GeneratedField::NextPageToken),
                            "totalSize" | "total_size" => Ok(GeneratedField::TotalSize),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = ListCryptoKeysResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct google.cloud.kms.v1.ListCryptoKeysResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ListCryptoKeysResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut crypto_keys__ = None;
                let mut next_page_token__ = None;
                let mut total_size__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::CryptoKeys => {
                            if crypto_keys__.is_some() {
                                return Err(serde::de::Error::duplicate_field("cryptoKeys"));
                            }
                            crypto_keys__ = Some(map_.next_value()?);
                        }
                        GeneratedField::NextPageToken => {
                            if next_page_token__.is_some() {
                                return Err(serde::de::Error::duplicate_field("nextPageToken"));
                            }
                            next_page_token__ = Some(map_.next_value()?);
                        }
                        GeneratedField::TotalSize => {
                            if total_size__.is_some() {
                                return Err(serde::de::Error::duplicate_field("totalSize"));
                            }
                            total_size__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(ListCryptoKeysResponse {
                    crypto_keys: crypto_keys__.unwrap_or_default(),
                    next_page_token: next_page_token__.unwrap_or_default(),
                    total_size: total_size__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("google.cloud.kms.v1.ListCryptoKeysResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ListKeyRingsRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.parent.is_empty() {
            len += 1;
        }
        if self.page_size != 0 {
            len += 1;
        }
        if !self.page_token.is_empty() {
            len += 1;
        }
        if !self.filter.is_empty() {
            len += 1;
        }
        if !self.order_by.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("google.cloud.kms.v1.ListKeyRingsRequest", len)?;
        if !self.parent.is_empty() {
            struct_ser.serialize_field("parent", &self.parent)?;
        }
        if self.page_size != 0 {
            struct_ser.serialize_field("pageSize", &self.page_size)?;
        }
        if !self.page_token.is_empty() {
            struct_ser.serialize_field("pageToken", &self.page_token)?;
        }
        if !self.filter.is_empty() {
            struct_ser.serialize_field("filter", &self.filter)?;
        }
        if !self.order_by.is_empty() {
            struct_ser.serialize_field("orderBy", &self.order_by)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ListKeyRingsRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "parent",
            "page_size",
            "pageSize",
            "page_token",
            "pageToken",
            "filter",
            "order_by",
            "orderBy",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Parent,
            PageSize,
            PageToken,
            Filter,
            OrderBy,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "parent" => Ok(GeneratedField::Parent),
                            "pageSize" | "page_size" => Ok(GeneratedField::PageSize),
                            "pageToken" | "page_token" => Ok(GeneratedField::PageToken),
                            "filter" => Ok(GeneratedField::Filter),
                            "orderBy" | "order_by" => Ok(GeneratedField::OrderBy),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = ListKeyRingsRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct google.cloud.kms.v1.ListKeyRingsRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ListKeyRingsRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut parent__ = None;
                let mut page_size__ = None;
                let mut page_token__ = None;
                let mut filter__ = None;
                let mut order_by__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Parent => {
                            if parent__.is_some() {
                                return Err(serde::de::Error::duplicate_field("parent"));
                            }
                            parent__ = Some(map_.next_value()?);
                        }
                        GeneratedField::PageSize => {
                            if page_size__.is_some() {
                                return Err(serde::de::Error::duplicate_field("pageSize"));
                            }
                            page_size__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::PageToken => {
                            if page_token__.is_some() {
                                return Err(serde::de::Error::duplicate_field("pageToken"));
                            }
                            page_token__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Filter => {
                            if filter__.is_some() {
                                return Err(serde::de::Error::duplicate_field("filter"));
                            }
                            filter__ = Some(map_.next_value()?);
                        }
                        GeneratedField::OrderBy => {
                            if order_by__.is_some() {
                                return Err(serde::de::Error::duplicate_field("orderBy"));
                            }
                            order_by__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(ListKeyRingsRequest {
                    parent: parent__.unwrap_or_default(),
                    page_size: page_size__.unwrap_or_default(),
                    page_token: page_token__.unwrap_or_default(),
                    filter: filter__.unwrap_or_default(),
                    order_by: order_by__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("google.cloud.kms.v1.ListKeyRingsRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ListKeyRingsResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.key_rings.is_empty() {
            len += 1;
        }
        if !self.next_page_token.is_empty() {
            len += 1;
        }
        if self.total_size != 0 {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("google.cloud.kms.v1.ListKeyRingsResponse", len)?;
        if !self.key_rings.is_empty() {
            struct_ser.serialize_field("keyRings", &self.key_rings)?;
        }
        if !self.next_page_token.is_empty() {
            struct_ser.serialize_field("nextPageToken", &self.next_page_token)?;
        }
        if self.total_size != 0 {
            struct_ser.serialize_field("totalSize", &self.total_size)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ListKeyRingsResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "key_rings",
            "keyRings",
            "next_page_token",
            "nextPageToken",
            "total_size",
            "totalSize",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            KeyRings,
            NextPageToken,
            TotalSize,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "keyRings" | "key_rings" => Ok(GeneratedField::KeyRings),
                            "nextPageToken" | "next_page_token" => Ok(GeneratedField::NextPageToken),
                            "totalSize" | "total_size" => Ok(GeneratedField::TotalSize),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = ListKeyRingsResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct google.cloud.kms.v1.ListKeyRingsResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ListKeyRingsResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut key_rings__ = None;
                let mut next_page_token__ = None;
                let mut total_size__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::KeyRings => {
                            if key_rings__.is_some() {
                                return Err(serde::de::Error::duplicate_field("keyRings"));
                            }
                            key_rings__ = Some(map_.next_value()?);
                        }
                        GeneratedField::NextPageToken => {
                            if next_page_token__.is_some() {
                                return Err(serde::de::Error::duplicate_field("nextPageToken"));
                            }
                            next_page_token__ = Some(map_.next_value()?);
                        }
                        GeneratedField::TotalSize => {
                            if total_size__.is_some() {
                                return Err(serde::de::Error::duplicate_field("totalSize"));
                            }
                            total_size__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(ListKeyRingsResponse {
                    key_rings: key_rings__.unwrap_or_default(),
                    next_page_token: next_page_token__.unwrap_or_default(),
                    total_size: total_size__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("google.cloud.kms.v1.ListKeyRingsResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for LocationMetadata {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.hsm_available {
            len += 1;
        }
        if self.ekm_available {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("google.cloud.kms.v1.LocationMetadata", len)?;
        if self.hsm_available {
            struct_ser.serialize_field("hsmAvailable", &self.hsm_available)?;
        }
        if self.ekm_available {
            struct_ser.serialize_field("ekmAvailable", &self.ekm_available)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for LocationMetadata {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "hsm_available",
            "hsmAvailable",
            "ekm_available",
            "ekmAvailable",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            HsmAvailable,
            EkmAvailable,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "hsmAvailable" | "hsm_available" => Ok(GeneratedField::HsmAvailable),
                            "ekmAvailable" | "ekm_available" => Ok(GeneratedField::EkmAvailable),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = LocationMetadata;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct google.cloud.kms.v1.LocationMetadata")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<LocationMetadata, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut hsm_available__ = None;
                let mut ekm_available__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::HsmAvailable => {
                            if hsm_available__.is_some() {
                                return Err(serde::de::Error::duplicate_field("hsmAvailable"));
                            }
                            hsm_available__ = Some(map_.next_value()?);
                        }
                        GeneratedField::EkmAvailable => {
                            if ekm_available__.is_some() {
                                return Err(serde::de::Error::duplicate_field("ekmAvailable"));
                            }
                            ekm_available__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(LocationMetadata {
                    hsm_available: hsm_available__.unwrap_or_default(),
                    ekm_available: ekm_available__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("google.cloud.kms.v1.LocationMetadata", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ProtectionLevel {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        let variant = match self {
            Self::Unspecified => "PROTECTION_LEVEL_UNSPECIFIED",
            Self::Software => "SOFTWARE",
            Self::Hsm => "HSM",
            Self::External => "EXTERNAL",
            Self::ExternalVpc => "EXTERNAL_VPC",
            Self::HsmSingleTenant => "HSM_SINGLE_TENANT",
        };
        serializer.serialize_str(variant)
    }
}
impl<'de> serde::Deserialize<'de> for ProtectionLevel {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "PROTECTION_LEVEL_UNSPECIFIED",
            "SOFTWARE",
            "HSM",
            "EXTERNAL",
            "EXTERNAL_VPC",
            "HSM_SINGLE_TENANT",
        ];

        struct GeneratedVisitor;

        impl serde::de::Visitor<'_> for GeneratedVisitor {
            type Value = ProtectionLevel;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(formatter, "expected one of: {:?}", &FIELDS)
            }

            fn visit_i64<E>(self, v: i64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Signed(v), &self)
                    })
            }

            fn visit_u64<E>(self, v: u64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Unsigned(v), &self)
                    })
            }

            fn visit_str<E>(self, value: &str) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                match value {
                    "PROTECTION_LEVEL_UNSPECIFIED" => Ok(ProtectionLevel::Unspecified),
                    "SOFTWARE" => Ok(ProtectionLevel::Software),
                    "HSM" => Ok(ProtectionLevel::Hsm),
                    "EXTERNAL" => Ok(ProtectionLevel::External),
                    "EXTERNAL_VPC" => Ok(ProtectionLevel::ExternalVpc),
                    "HSM_SINGLE_TENANT" => Ok(ProtectionLevel::HsmSingleTenant),
                    _ => Err(serde::de::Error::unknown_variant(value, FIELDS)),
                }
            }
        }
        deserializer.deserialize_any(GeneratedVisitor)
    }
}
impl serde::Serialize for RestoreCryptoKeyVersionRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.name.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("google.cloud.kms.v1.RestoreCryptoKeyVersionRequest", len)?;
        if !self.name.is_empty() {
            struct_ser.serialize_field("name", &self.name)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for RestoreCryptoKeyVersionRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "name",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Name,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "name" => Ok(GeneratedField::Name),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = RestoreCryptoKeyVersionRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct google.cloud.kms.v1.RestoreCryptoKeyVersionRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<RestoreCryptoKeyVersionRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut name__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Name => {
                            if name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("name"));
                            }
                            name__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(RestoreCryptoKeyVersionRequest {
                    name: name__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("google.cloud.kms.v1.RestoreCryptoKeyVersionRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for UpdateCryptoKeyPrimaryVersionRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.name.is_empty() {
            len += 1;
        }
        if !self.crypto_key_version_id.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("google.cloud.kms.v1.UpdateCryptoKeyPrimaryVersionRequest", len)?;
        if !self.name.is_empty() {
            struct_ser.serialize_field("name", &self.name)?;
        }
        if !self.crypto_key_version_id.is_empty() {
            struct_ser.serialize_field("cryptoKeyVersionId", &self.crypto_key_version_id)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for UpdateCryptoKeyPrimaryVersionRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "name",
            "crypto_key_version_id",
            "cryptoKeyVersionId",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Name,
            CryptoKeyVersionId,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "name" => Ok(GeneratedField::Name),
                            "cryptoKeyVersionId" | "crypto_key_version_id" => Ok(GeneratedField::CryptoKeyVersionId),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = UpdateCryptoKeyPrimaryVersionRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct google.cloud.kms.v1.UpdateCryptoKeyPrimaryVersionRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<UpdateCryptoKeyPrimaryVersionRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut name__ = None;
                let mut crypto_key_version_id__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Name => {
                            if name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("name"));
                            }
                            name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::CryptoKeyVersionId => {
                            if crypto_key_version_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("cryptoKeyVersionId"));
                            }
                            crypto_key_version_id__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(UpdateCryptoKeyPrimaryVersionRequest {
                    name: name__.unwrap_or_default(),
                    crypto_key_version_id: crypto_key_version_id__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("google.cloud.kms.v1.UpdateCryptoKeyPrimaryVersionRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for UpdateCryptoKeyRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.crypto_key.is_some() {
            len += 1;
        }
        if self.update_mask.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("google.cloud.kms.v1.UpdateCryptoKeyRequest", len)?;
        if let Some(v) = self.crypto_key.as_ref() {
            struct_ser.serialize_field("cryptoKey", v)?;
        }
        if let Some(v) = self.update_mask.as_ref() {
            struct_ser.serialize_field("updateMask", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for UpdateCryptoKeyRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "crypto_key",
            "cryptoKey",
            "update_mask",
            "updateMask",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            CryptoKey,
            UpdateMask,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "cryptoKey" | "crypto_key" => Ok(GeneratedField::CryptoKey),
                            "updateMask" | "update_mask" => Ok(GeneratedField::UpdateMask),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = UpdateCryptoKeyRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct google.cloud.kms.v1.UpdateCryptoKeyRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<UpdateCryptoKeyRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut crypto_key__ = None;
                let mut update_mask__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::CryptoKey => {
                            if crypto_key__.is_some() {
                                return Err(serde::de::Error::duplicate_field("cryptoKey"));
                            }
                            crypto_key__ = map_.next_value()?;
                        }
                        GeneratedField::UpdateMask => {
                            if update_mask__.is_some() {
                                return Err(serde::de::Error::duplicate_field("updateMask"));
                            }
                            update_mask__ = map_.next_value()?;
                        }
                    }
                }
                Ok(UpdateCryptoKeyRequest {
                    crypto_key: crypto_key__,
                    update_mask: update_mask__,
                })
            }
        }
        deserializer.deserialize_struct("google.cloud.kms.v1.UpdateCryptoKeyRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for UpdateCryptoKeyVersionRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.crypto_key_version.is_some() {
            len += 1;
        }
        if self.update_mask.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("google.cloud.kms.v1.UpdateCryptoKeyVersionRequest", len)?;
        if let Some(v) = self.crypto_key_version.as_ref() {
            struct_ser.serialize_field("cryptoKeyVersion", v)?;
        }
        if let Some(v) = self.update_mask.as_ref() {
            struct_ser.serialize_field("updateMask", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for UpdateCryptoKeyVersionRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "crypto_key_version",
            "cryptoKeyVersion",
            "update_mask",
            "updateMask",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            CryptoKeyVersion,
            UpdateMask,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "cryptoKeyVersion" | "crypto_key_version" => Ok(GeneratedField::CryptoKeyVersion),
                            "updateMask" | "update_mask" => Ok(GeneratedField::UpdateMask),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = UpdateCryptoKeyVersionRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct google.cloud.kms.v1.UpdateCryptoKeyVersionRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<UpdateCryptoKeyVersionRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut crypto_key_version__ = None;
                let mut update_mask__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::CryptoKeyVersion => {
                            if crypto_key_version__.is_some() {
                                return Err(serde::de::Error::duplicate_field("cryptoKeyVersion"));
                            }
                            crypto_key_version__ = map_.next_value()?;
                        }
                        GeneratedField::UpdateMask => {
                            if update_mask__.is_some() {
                                return Err(serde::de::Error::duplicate_field("updateMask"));
                            }
                            update_mask__ = map_.next_value()?;
                        }
                    }
                }
                Ok(UpdateCryptoKeyVersionRequest {
                    crypto_key_version: crypto_key_version__,
                    update_mask: update_mask__,
                })
            }
        }
        deserializer.deserialize_struct("google.cloud.kms.v1.UpdateCryptoKeyVersionRequest", FIELDS, GeneratedVisitor)
    }
}
