impl serde::Serialize for Access {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        let variant = match self {
            Self::Unspecified => "ACCESS_UNSPECIFIED",
            Self::Authenticated => "ACCESS_AUTHENTICATED",
            Self::Public => "ACCESS_PUBLIC",
        };
        serializer.serialize_str(variant)
    }
}
impl<'de> serde::Deserialize<'de> for Access {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "ACCESS_UNSPECIFIED",
            "ACCESS_AUTHENTICATED",
            "ACCESS_PUBLIC",
        ];

        struct GeneratedVisitor;

        impl serde::de::Visitor<'_> for GeneratedVisitor {
            type Value = Access;

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
                    "ACCESS_UNSPECIFIED" => Ok(Access::Unspecified),
                    "ACCESS_AUTHENTICATED" => Ok(Access::Authenticated),
                    "ACCESS_PUBLIC" => Ok(Access::Public),
                    _ => Err(serde::de::Error::unknown_variant(value, FIELDS)),
                }
            }
        }
        deserializer.deserialize_any(GeneratedVisitor)
    }
}
impl serde::Serialize for ApprovalGate {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let len = 0;
        let struct_ser = serializer.serialize_struct("longshore.v1.ApprovalGate", len)?;
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ApprovalGate {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
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
                            Err(serde::de::Error::unknown_field(value, FIELDS))
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = ApprovalGate;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct longshore.v1.ApprovalGate")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ApprovalGate, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                while map_.next_key::<GeneratedField>()?.is_some() {
                    let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                }
                Ok(ApprovalGate {
                })
            }
        }
        deserializer.deserialize_struct("longshore.v1.ApprovalGate", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for Batch {
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
        if self.defaults.is_some() {
            len += 1;
        }
        if !self.entries.is_empty() {
            len += 1;
        }
        if !self.includes.is_empty() {
            len += 1;
        }
        if self.order != 0 {
            len += 1;
        }
        if !self.waves.is_empty() {
            len += 1;
        }
        if self.tolerated_failures.is_some() {
            len += 1;
        }
        if self.window.is_some() {
            len += 1;
        }
        if self.deadline.is_some() {
            len += 1;
        }
        if !self.gates.is_empty() {
            len += 1;
        }
        if self.traffic != 0 {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("longshore.v1.Batch", len)?;
        if !self.name.is_empty() {
            struct_ser.serialize_field("name", &self.name)?;
        }
        if let Some(v) = self.defaults.as_ref() {
            struct_ser.serialize_field("defaults", v)?;
        }
        if !self.entries.is_empty() {
            struct_ser.serialize_field("entries", &self.entries)?;
        }
        if !self.includes.is_empty() {
            struct_ser.serialize_field("includes", &self.includes)?;
        }
        if self.order != 0 {
            let v = BatchOrder::try_from(self.order)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.order)))?;
            struct_ser.serialize_field("order", &v)?;
        }
        if !self.waves.is_empty() {
            struct_ser.serialize_field("waves", &self.waves)?;
        }
        if let Some(v) = self.tolerated_failures.as_ref() {
            struct_ser.serialize_field("toleratedFailures", v)?;
        }
        if let Some(v) = self.window.as_ref() {
            struct_ser.serialize_field("window", v)?;
        }
        if let Some(v) = self.deadline.as_ref() {
            struct_ser.serialize_field("deadline", v)?;
        }
        if !self.gates.is_empty() {
            struct_ser.serialize_field("gates", &self.gates)?;
        }
        if self.traffic != 0 {
            let v = BatchTraffic::try_from(self.traffic)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.traffic)))?;
            struct_ser.serialize_field("traffic", &v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for Batch {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "name",
            "defaults",
            "entries",
            "includes",
            "order",
            "waves",
            "tolerated_failures",
            "toleratedFailures",
            "window",
            "deadline",
            "gates",
            "traffic",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Name,
            Defaults,
            Entries,
            Includes,
            Order,
            Waves,
            ToleratedFailures,
            Window,
            Deadline,
            Gates,
            Traffic,
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
                            "defaults" => Ok(GeneratedField::Defaults),
                            "entries" => Ok(GeneratedField::Entries),
                            "includes" => Ok(GeneratedField::Includes),
                            "order" => Ok(GeneratedField::Order),
                            "waves" => Ok(GeneratedField::Waves),
                            "toleratedFailures" | "tolerated_failures" => Ok(GeneratedField::ToleratedFailures),
                            "window" => Ok(GeneratedField::Window),
                            "deadline" => Ok(GeneratedField::Deadline),
                            "gates" => Ok(GeneratedField::Gates),
                            "traffic" => Ok(GeneratedField::Traffic),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = Batch;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct longshore.v1.Batch")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<Batch, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut name__ = None;
                let mut defaults__ = None;
                let mut entries__ = None;
                let mut includes__ = None;
                let mut order__ = None;
                let mut waves__ = None;
                let mut tolerated_failures__ = None;
                let mut window__ = None;
                let mut deadline__ = None;
                let mut gates__ = None;
                let mut traffic__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Name => {
                            if name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("name"));
                            }
                            name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Defaults => {
                            if defaults__.is_some() {
                                return Err(serde::de::Error::duplicate_field("defaults"));
                            }
                            defaults__ = map_.next_value()?;
                        }
                        GeneratedField::Entries => {
                            if entries__.is_some() {
                                return Err(serde::de::Error::duplicate_field("entries"));
                            }
                            entries__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Includes => {
                            if includes__.is_some() {
                                return Err(serde::de::Error::duplicate_field("includes"));
                            }
                            includes__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Order => {
                            if order__.is_some() {
                                return Err(serde::de::Error::duplicate_field("order"));
                            }
                            order__ = Some(map_.next_value::<BatchOrder>()? as i32);
                        }
                        GeneratedField::Waves => {
                            if waves__.is_some() {
                                return Err(serde::de::Error::duplicate_field("waves"));
                            }
                            waves__ = 
                                Some(map_.next_value::<Vec<::pbjson::private::NumberDeserialize<_>>>()?
                                    .into_iter().map(|x| x.0).collect())
                            ;
                        }
                        GeneratedField::ToleratedFailures => {
                            if tolerated_failures__.is_some() {
                                return Err(serde::de::Error::duplicate_field("toleratedFailures"));
                            }
                            tolerated_failures__ = 
                                map_.next_value::<::std::option::Option<::pbjson::private::NumberDeserialize<_>>>()?.map(|x| x.0)
                            ;
                        }
                        GeneratedField::Window => {
                            if window__.is_some() {
                                return Err(serde::de::Error::duplicate_field("window"));
                            }
                            window__ = 
                                map_.next_value::<::std::option::Option<::pbjson::private::NumberDeserialize<_>>>()?.map(|x| x.0)
                            ;
                        }
                        GeneratedField::Deadline => {
                            if deadline__.is_some() {
                                return Err(serde::de::Error::duplicate_field("deadline"));
                            }
                            deadline__ = map_.next_value()?;
                        }
                        GeneratedField::Gates => {
                            if gates__.is_some() {
                                return Err(serde::de::Error::duplicate_field("gates"));
                            }
                            gates__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Traffic => {
                            if traffic__.is_some() {
                                return Err(serde::de::Error::duplicate_field("traffic"));
                            }
                            traffic__ = Some(map_.next_value::<BatchTraffic>()? as i32);
                        }
                    }
                }
                Ok(Batch {
                    name: name__.unwrap_or_default(),
                    defaults: defaults__,
                    entries: entries__.unwrap_or_default(),
                    includes: includes__.unwrap_or_default(),
                    order: order__.unwrap_or_default(),
                    waves: waves__.unwrap_or_default(),
                    tolerated_failures: tolerated_failures__,
                    window: window__,
                    deadline: deadline__,
                    gates: gates__.unwrap_or_default(),
                    traffic: traffic__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("longshore.v1.Batch", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for BatchCounts {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.deployed != 0 {
            len += 1;
        }
        if self.unchanged != 0 {
            len += 1;
        }
        if self.traffic_pinned != 0 {
            len += 1;
        }
        if self.failed != 0 {
            len += 1;
        }
        if self.superseded != 0 {
            len += 1;
        }
        if self.cancelled != 0 {
            len += 1;
        }
        if self.not_started != 0 {
            len += 1;
        }
        if self.parked != 0 {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("longshore.v1.BatchCounts", len)?;
        if self.deployed != 0 {
            struct_ser.serialize_field("deployed", &self.deployed)?;
        }
        if self.unchanged != 0 {
            struct_ser.serialize_field("unchanged", &self.unchanged)?;
        }
        if self.traffic_pinned != 0 {
            struct_ser.serialize_field("trafficPinned", &self.traffic_pinned)?;
        }
        if self.failed != 0 {
            struct_ser.serialize_field("failed", &self.failed)?;
        }
        if self.superseded != 0 {
            struct_ser.serialize_field("superseded", &self.superseded)?;
        }
        if self.cancelled != 0 {
            struct_ser.serialize_field("cancelled", &self.cancelled)?;
        }
        if self.not_started != 0 {
            struct_ser.serialize_field("notStarted", &self.not_started)?;
        }
        if self.parked != 0 {
            struct_ser.serialize_field("parked", &self.parked)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for BatchCounts {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "deployed",
            "unchanged",
            "traffic_pinned",
            "trafficPinned",
            "failed",
            "superseded",
            "cancelled",
            "not_started",
            "notStarted",
            "parked",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Deployed,
            Unchanged,
            TrafficPinned,
            Failed,
            Superseded,
            Cancelled,
            NotStarted,
            Parked,
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
                            "deployed" => Ok(GeneratedField::Deployed),
                            "unchanged" => Ok(GeneratedField::Unchanged),
                            "trafficPinned" | "traffic_pinned" => Ok(GeneratedField::TrafficPinned),
                            "failed" => Ok(GeneratedField::Failed),
                            "superseded" => Ok(GeneratedField::Superseded),
                            "cancelled" => Ok(GeneratedField::Cancelled),
                            "notStarted" | "not_started" => Ok(GeneratedField::NotStarted),
                            "parked" => Ok(GeneratedField::Parked),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = BatchCounts;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct longshore.v1.BatchCounts")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<BatchCounts, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut deployed__ = None;
                let mut unchanged__ = None;
                let mut traffic_pinned__ = None;
                let mut failed__ = None;
                let mut superseded__ = None;
                let mut cancelled__ = None;
                let mut not_started__ = None;
                let mut parked__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Deployed => {
                            if deployed__.is_some() {
                                return Err(serde::de::Error::duplicate_field("deployed"));
                            }
                            deployed__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Unchanged => {
                            if unchanged__.is_some() {
                                return Err(serde::de::Error::duplicate_field("unchanged"));
                            }
                            unchanged__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::TrafficPinned => {
                            if traffic_pinned__.is_some() {
                                return Err(serde::de::Error::duplicate_field("trafficPinned"));
                            }
                            traffic_pinned__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Failed => {
                            if failed__.is_some() {
                                return Err(serde::de::Error::duplicate_field("failed"));
                            }
                            failed__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Superseded => {
                            if superseded__.is_some() {
                                return Err(serde::de::Error::duplicate_field("superseded"));
                            }
                            superseded__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Cancelled => {
                            if cancelled__.is_some() {
                                return Err(serde::de::Error::duplicate_field("cancelled"));
                            }
                            cancelled__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::NotStarted => {
                            if not_started__.is_some() {
                                return Err(serde::de::Error::duplicate_field("notStarted"));
                            }
                            not_started__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Parked => {
                            if parked__.is_some() {
                                return Err(serde::de::Error::duplicate_field("parked"));
                            }
                            parked__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(BatchCounts {
                    deployed: deployed__.unwrap_or_default(),
                    unchanged: unchanged__.unwrap_or_default(),
                    traffic_pinned: traffic_pinned__.unwrap_or_default(),
                    failed: failed__.unwrap_or_default(),
                    superseded: superseded__.unwrap_or_default(),
                    cancelled: cancelled__.unwrap_or_default(),
                    not_started: not_started__.unwrap_or_default(),
                    parked: parked__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("longshore.v1.BatchCounts", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for BatchEntry {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.function.is_some() {
            len += 1;
        }
        if !self.directory.is_empty() {
            len += 1;
        }
        if self.matrix.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("longshore.v1.BatchEntry", len)?;
        if let Some(v) = self.function.as_ref() {
            struct_ser.serialize_field("function", v)?;
        }
        if !self.directory.is_empty() {
            struct_ser.serialize_field("directory", &self.directory)?;
        }
        if let Some(v) = self.matrix.as_ref() {
            struct_ser.serialize_field("matrix", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for BatchEntry {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "function",
            "directory",
            "matrix",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Function,
            Directory,
            Matrix,
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
                            "function" => Ok(GeneratedField::Function),
                            "directory" => Ok(GeneratedField::Directory),
                            "matrix" => Ok(GeneratedField::Matrix),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = BatchEntry;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct longshore.v1.BatchEntry")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<BatchEntry, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut function__ = None;
                let mut directory__ = None;
                let mut matrix__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Function => {
                            if function__.is_some() {
                                return Err(serde::de::Error::duplicate_field("function"));
                            }
                            function__ = map_.next_value()?;
                        }
                        GeneratedField::Directory => {
                            if directory__.is_some() {
                                return Err(serde::de::Error::duplicate_field("directory"));
                            }
                            directory__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Matrix => {
                            if matrix__.is_some() {
                                return Err(serde::de::Error::duplicate_field("matrix"));
                            }
                            matrix__ = map_.next_value()?;
                        }
                    }
                }
                Ok(BatchEntry {
                    function: function__,
                    directory: directory__.unwrap_or_default(),
                    matrix: matrix__,
                })
            }
        }
        deserializer.deserialize_struct("longshore.v1.BatchEntry", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for BatchFinished {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.batch_id.is_empty() {
            len += 1;
        }
        if !self.name.is_empty() {
            len += 1;
        }
        if self.outcome != 0 {
            len += 1;
        }
        if self.counts.is_some() {
            len += 1;
        }
        if self.failure.is_some() {
            len += 1;
        }
        if self.started_at.is_some() {
            len += 1;
        }
        if self.finished_at.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("longshore.v1.BatchFinished", len)?;
        if !self.batch_id.is_empty() {
            struct_ser.serialize_field("batchId", &self.batch_id)?;
        }
        if !self.name.is_empty() {
            struct_ser.serialize_field("name", &self.name)?;
        }
        if self.outcome != 0 {
            let v = BatchOutcome::try_from(self.outcome)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.outcome)))?;
            struct_ser.serialize_field("outcome", &v)?;
        }
        if let Some(v) = self.counts.as_ref() {
            struct_ser.serialize_field("counts", v)?;
        }
        if let Some(v) = self.failure.as_ref() {
            struct_ser.serialize_field("failure", v)?;
        }
        if let Some(v) = self.started_at.as_ref() {
            struct_ser.serialize_field("startedAt", v)?;
        }
        if let Some(v) = self.finished_at.as_ref() {
            struct_ser.serialize_field("finishedAt", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for BatchFinished {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "batch_id",
            "batchId",
            "name",
            "outcome",
            "counts",
            "failure",
            "started_at",
            "startedAt",
            "finished_at",
            "finishedAt",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            BatchId,
            Name,
            Outcome,
            Counts,
            Failure,
            StartedAt,
            FinishedAt,
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
                            "batchId" | "batch_id" => Ok(GeneratedField::BatchId),
                            "name" => Ok(GeneratedField::Name),
                            "outcome" => Ok(GeneratedField::Outcome),
                            "counts" => Ok(GeneratedField::Counts),
                            "failure" => Ok(GeneratedField::Failure),
                            "startedAt" | "started_at" => Ok(GeneratedField::StartedAt),
                            "finishedAt" | "finished_at" => Ok(GeneratedField::FinishedAt),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = BatchFinished;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct longshore.v1.BatchFinished")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<BatchFinished, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut batch_id__ = None;
                let mut name__ = None;
                let mut outcome__ = None;
                let mut counts__ = None;
                let mut failure__ = None;
                let mut started_at__ = None;
                let mut finished_at__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::BatchId => {
                            if batch_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("batchId"));
                            }
                            batch_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Name => {
                            if name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("name"));
                            }
                            name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Outcome => {
                            if outcome__.is_some() {
                                return Err(serde::de::Error::duplicate_field("outcome"));
                            }
                            outcome__ = Some(map_.next_value::<BatchOutcome>()? as i32);
                        }
                        GeneratedField::Counts => {
                            if counts__.is_some() {
                                return Err(serde::de::Error::duplicate_field("counts"));
                            }
                            counts__ = map_.next_value()?;
                        }
                        GeneratedField::Failure => {
                            if failure__.is_some() {
                                return Err(serde::de::Error::duplicate_field("failure"));
                            }
                            failure__ = map_.next_value()?;
                        }
                        GeneratedField::StartedAt => {
                            if started_at__.is_some() {
                                return Err(serde::de::Error::duplicate_field("startedAt"));
                            }
                            started_at__ = map_.next_value()?;
                        }
                        GeneratedField::FinishedAt => {
                            if finished_at__.is_some() {
                                return Err(serde::de::Error::duplicate_field("finishedAt"));
                            }
                            finished_at__ = map_.next_value()?;
                        }
                    }
                }
                Ok(BatchFinished {
                    batch_id: batch_id__.unwrap_or_default(),
                    name: name__.unwrap_or_default(),
                    outcome: outcome__.unwrap_or_default(),
                    counts: counts__,
                    failure: failure__,
                    started_at: started_at__,
                    finished_at: finished_at__,
                })
            }
        }
        deserializer.deserialize_struct("longshore.v1.BatchFinished", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for BatchGate {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.kind.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("longshore.v1.BatchGate", len)?;
        if let Some(v) = self.kind.as_ref() {
            match v {
                batch_gate::Kind::Request(v) => {
                    struct_ser.serialize_field("request", v)?;
                }
                batch_gate::Kind::Approval(v) => {
                    struct_ser.serialize_field("approval", v)?;
                }
                batch_gate::Kind::ErrorRate(v) => {
                    struct_ser.serialize_field("errorRate", v)?;
                }
            }
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for BatchGate {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "request",
            "approval",
            "error_rate",
            "errorRate",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Request,
            Approval,
            ErrorRate,
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
                            "request" => Ok(GeneratedField::Request),
                            "approval" => Ok(GeneratedField::Approval),
                            "errorRate" | "error_rate" => Ok(GeneratedField::ErrorRate),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = BatchGate;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct longshore.v1.BatchGate")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<BatchGate, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut kind__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Request => {
                            if kind__.is_some() {
                                return Err(serde::de::Error::duplicate_field("request"));
                            }
                            kind__ = map_.next_value::<::std::option::Option<_>>()?.map(batch_gate::Kind::Request)
;
                        }
                        GeneratedField::Approval => {
                            if kind__.is_some() {
                                return Err(serde::de::Error::duplicate_field("approval"));
                            }
                            kind__ = map_.next_value::<::std::option::Option<_>>()?.map(batch_gate::Kind::Approval)
;
                        }
                        GeneratedField::ErrorRate => {
                            if kind__.is_some() {
                                return Err(serde::de::Error::duplicate_field("errorRate"));
                            }
                            kind__ = map_.next_value::<::std::option::Option<_>>()?.map(batch_gate::Kind::ErrorRate)
;
                        }
                    }
                }
                Ok(BatchGate {
                    kind: kind__,
                })
            }
        }
        deserializer.deserialize_struct("longshore.v1.BatchGate", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for BatchMatrix {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.projects.is_empty() {
            len += 1;
        }
        if !self.regions.is_empty() {
            len += 1;
        }
        if !self.variants.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("longshore.v1.BatchMatrix", len)?;
        if !self.projects.is_empty() {
            struct_ser.serialize_field("projects", &self.projects)?;
        }
        if !self.regions.is_empty() {
            struct_ser.serialize_field("regions", &self.regions)?;
        }
        if !self.variants.is_empty() {
            struct_ser.serialize_field("variants", &self.variants)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for BatchMatrix {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "projects",
            "regions",
            "variants",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Projects,
            Regions,
            Variants,
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
                            "projects" => Ok(GeneratedField::Projects),
                            "regions" => Ok(GeneratedField::Regions),
                            "variants" => Ok(GeneratedField::Variants),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = BatchMatrix;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct longshore.v1.BatchMatrix")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<BatchMatrix, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut projects__ = None;
                let mut regions__ = None;
                let mut variants__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Projects => {
                            if projects__.is_some() {
                                return Err(serde::de::Error::duplicate_field("projects"));
                            }
                            projects__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Regions => {
                            if regions__.is_some() {
                                return Err(serde::de::Error::duplicate_field("regions"));
                            }
                            regions__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Variants => {
                            if variants__.is_some() {
                                return Err(serde::de::Error::duplicate_field("variants"));
                            }
                            variants__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(BatchMatrix {
                    projects: projects__.unwrap_or_default(),
                    regions: regions__.unwrap_or_default(),
                    variants: variants__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("longshore.v1.BatchMatrix", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for BatchOrder {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        let variant = match self {
            Self::Unspecified => "BATCH_ORDER_UNSPECIFIED",
            Self::Fair => "BATCH_ORDER_FAIR",
            Self::Listed => "BATCH_ORDER_LISTED",
        };
        serializer.serialize_str(variant)
    }
}
impl<'de> serde::Deserialize<'de> for BatchOrder {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "BATCH_ORDER_UNSPECIFIED",
            "BATCH_ORDER_FAIR",
            "BATCH_ORDER_LISTED",
        ];

        struct GeneratedVisitor;

        impl serde::de::Visitor<'_> for GeneratedVisitor {
            type Value = BatchOrder;

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
                    "BATCH_ORDER_UNSPECIFIED" => Ok(BatchOrder::Unspecified),
                    "BATCH_ORDER_FAIR" => Ok(BatchOrder::Fair),
                    "BATCH_ORDER_LISTED" => Ok(BatchOrder::Listed),
                    _ => Err(serde::de::Error::unknown_variant(value, FIELDS)),
                }
            }
        }
        deserializer.deserialize_any(GeneratedVisitor)
    }
}
impl serde::Serialize for BatchOutcome {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        let variant = match self {
            Self::Unspecified => "BATCH_OUTCOME_UNSPECIFIED",
            Self::Completed => "BATCH_OUTCOME_COMPLETED",
            Self::Stopped => "BATCH_OUTCOME_STOPPED",
            Self::Cancelled => "BATCH_OUTCOME_CANCELLED",
            Self::Rejected => "BATCH_OUTCOME_REJECTED",
        };
        serializer.serialize_str(variant)
    }
}
impl<'de> serde::Deserialize<'de> for BatchOutcome {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "BATCH_OUTCOME_UNSPECIFIED",
            "BATCH_OUTCOME_COMPLETED",
            "BATCH_OUTCOME_STOPPED",
            "BATCH_OUTCOME_CANCELLED",
            "BATCH_OUTCOME_REJECTED",
        ];

        struct GeneratedVisitor;

        impl serde::de::Visitor<'_> for GeneratedVisitor {
            type Value = BatchOutcome;

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
                    "BATCH_OUTCOME_UNSPECIFIED" => Ok(BatchOutcome::Unspecified),
                    "BATCH_OUTCOME_COMPLETED" => Ok(BatchOutcome::Completed),
                    "BATCH_OUTCOME_STOPPED" => Ok(BatchOutcome::Stopped),
                    "BATCH_OUTCOME_CANCELLED" => Ok(BatchOutcome::Cancelled),
                    "BATCH_OUTCOME_REJECTED" => Ok(BatchOutcome::Rejected),
                    _ => Err(serde::de::Error::unknown_variant(value, FIELDS)),
                }
            }
        }
        deserializer.deserialize_any(GeneratedVisitor)
    }
}
impl serde::Serialize for BatchRequested {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.batch.is_some() {
            len += 1;
        }
        if self.entries.is_some() {
            len += 1;
        }
        if !self.entries_sha256.is_empty() {
            len += 1;
        }
        if !self.retry_of.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("longshore.v1.BatchRequested", len)?;
        if let Some(v) = self.batch.as_ref() {
            struct_ser.serialize_field("batch", v)?;
        }
        if let Some(v) = self.entries.as_ref() {
            struct_ser.serialize_field("entries", v)?;
        }
        if !self.entries_sha256.is_empty() {
            struct_ser.serialize_field("entriesSha256", &self.entries_sha256)?;
        }
        if !self.retry_of.is_empty() {
            struct_ser.serialize_field("retryOf", &self.retry_of)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for BatchRequested {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "batch",
            "entries",
            "entries_sha256",
            "entriesSha256",
            "retry_of",
            "retryOf",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Batch,
            Entries,
            EntriesSha256,
            RetryOf,
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
                            "batch" => Ok(GeneratedField::Batch),
                            "entries" => Ok(GeneratedField::Entries),
                            "entriesSha256" | "entries_sha256" => Ok(GeneratedField::EntriesSha256),
                            "retryOf" | "retry_of" => Ok(GeneratedField::RetryOf),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = BatchRequested;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct longshore.v1.BatchRequested")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<BatchRequested, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut batch__ = None;
                let mut entries__ = None;
                let mut entries_sha256__ = None;
                let mut retry_of__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Batch => {
                            if batch__.is_some() {
                                return Err(serde::de::Error::duplicate_field("batch"));
                            }
                            batch__ = map_.next_value()?;
                        }
                        GeneratedField::Entries => {
                            if entries__.is_some() {
                                return Err(serde::de::Error::duplicate_field("entries"));
                            }
                            entries__ = map_.next_value()?;
                        }
                        GeneratedField::EntriesSha256 => {
                            if entries_sha256__.is_some() {
                                return Err(serde::de::Error::duplicate_field("entriesSha256"));
                            }
                            entries_sha256__ = Some(map_.next_value()?);
                        }
                        GeneratedField::RetryOf => {
                            if retry_of__.is_some() {
                                return Err(serde::de::Error::duplicate_field("retryOf"));
                            }
                            retry_of__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(BatchRequested {
                    batch: batch__,
                    entries: entries__,
                    entries_sha256: entries_sha256__.unwrap_or_default(),
                    retry_of: retry_of__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("longshore.v1.BatchRequested", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for BatchTraffic {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        let variant = match self {
            Self::Unspecified => "BATCH_TRAFFIC_UNSPECIFIED",
            Self::AtOnce => "BATCH_TRAFFIC_AT_ONCE",
            Self::AfterGate => "BATCH_TRAFFIC_AFTER_GATE",
        };
        serializer.serialize_str(variant)
    }
}
impl<'de> serde::Deserialize<'de> for BatchTraffic {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "BATCH_TRAFFIC_UNSPECIFIED",
            "BATCH_TRAFFIC_AT_ONCE",
            "BATCH_TRAFFIC_AFTER_GATE",
        ];

        struct GeneratedVisitor;

        impl serde::de::Visitor<'_> for GeneratedVisitor {
            type Value = BatchTraffic;

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
                    "BATCH_TRAFFIC_UNSPECIFIED" => Ok(BatchTraffic::Unspecified),
                    "BATCH_TRAFFIC_AT_ONCE" => Ok(BatchTraffic::AtOnce),
                    "BATCH_TRAFFIC_AFTER_GATE" => Ok(BatchTraffic::AfterGate),
                    _ => Err(serde::de::Error::unknown_variant(value, FIELDS)),
                }
            }
        }
        deserializer.deserialize_any(GeneratedVisitor)
    }
}
impl serde::Serialize for BatchVariant {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.suffix.is_empty() {
            len += 1;
        }
        if self.function.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("longshore.v1.BatchVariant", len)?;
        if !self.suffix.is_empty() {
            struct_ser.serialize_field("suffix", &self.suffix)?;
        }
        if let Some(v) = self.function.as_ref() {
            struct_ser.serialize_field("function", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for BatchVariant {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "suffix",
            "function",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Suffix,
            Function,
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
                            "suffix" => Ok(GeneratedField::Suffix),
                            "function" => Ok(GeneratedField::Function),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = BatchVariant;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct longshore.v1.BatchVariant")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<BatchVariant, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut suffix__ = None;
                let mut function__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Suffix => {
                            if suffix__.is_some() {
                                return Err(serde::de::Error::duplicate_field("suffix"));
                            }
                            suffix__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Function => {
                            if function__.is_some() {
                                return Err(serde::de::Error::duplicate_field("function"));
                            }
                            function__ = map_.next_value()?;
                        }
                    }
                }
                Ok(BatchVariant {
                    suffix: suffix__.unwrap_or_default(),
                    function: function__,
                })
            }
        }
        deserializer.deserialize_struct("longshore.v1.BatchVariant", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for BuildRetryRequested {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.submitted.is_some() {
            len += 1;
        }
        if self.attempt != 0 {
            len += 1;
        }
        if !self.reason.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("longshore.v1.BuildRetryRequested", len)?;
        if let Some(v) = self.submitted.as_ref() {
            struct_ser.serialize_field("submitted", v)?;
        }
        if self.attempt != 0 {
            struct_ser.serialize_field("attempt", &self.attempt)?;
        }
        if !self.reason.is_empty() {
            struct_ser.serialize_field("reason", &self.reason)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for BuildRetryRequested {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "submitted",
            "attempt",
            "reason",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Submitted,
            Attempt,
            Reason,
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
                            "submitted" => Ok(GeneratedField::Submitted),
                            "attempt" => Ok(GeneratedField::Attempt),
                            "reason" => Ok(GeneratedField::Reason),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = BuildRetryRequested;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct longshore.v1.BuildRetryRequested")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<BuildRetryRequested, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut submitted__ = None;
                let mut attempt__ = None;
                let mut reason__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Submitted => {
                            if submitted__.is_some() {
                                return Err(serde::de::Error::duplicate_field("submitted"));
                            }
                            submitted__ = map_.next_value()?;
                        }
                        GeneratedField::Attempt => {
                            if attempt__.is_some() {
                                return Err(serde::de::Error::duplicate_field("attempt"));
                            }
                            attempt__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Reason => {
                            if reason__.is_some() {
                                return Err(serde::de::Error::duplicate_field("reason"));
                            }
                            reason__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(BuildRetryRequested {
                    submitted: submitted__,
                    attempt: attempt__.unwrap_or_default(),
                    reason: reason__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("longshore.v1.BuildRetryRequested", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for BuildSettings {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.environment.is_empty() {
            len += 1;
        }
        if !self.service_account.is_empty() {
            len += 1;
        }
        if !self.worker_pool.is_empty() {
            len += 1;
        }
        if !self.machine_type.is_empty() {
            len += 1;
        }
        if !self.base_image.is_empty() {
            len += 1;
        }
        if self.automatic_base_image_updates {
            len += 1;
        }
        if !self.repository.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("longshore.v1.BuildSettings", len)?;
        if !self.environment.is_empty() {
            struct_ser.serialize_field("environment", &self.environment)?;
        }
        if !self.service_account.is_empty() {
            struct_ser.serialize_field("serviceAccount", &self.service_account)?;
        }
        if !self.worker_pool.is_empty() {
            struct_ser.serialize_field("workerPool", &self.worker_pool)?;
        }
        if !self.machine_type.is_empty() {
            struct_ser.serialize_field("machineType", &self.machine_type)?;
        }
        if !self.base_image.is_empty() {
            struct_ser.serialize_field("baseImage", &self.base_image)?;
        }
        if self.automatic_base_image_updates {
            struct_ser.serialize_field("automaticBaseImageUpdates", &self.automatic_base_image_updates)?;
        }
        if !self.repository.is_empty() {
            struct_ser.serialize_field("repository", &self.repository)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for BuildSettings {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "environment",
            "service_account",
            "serviceAccount",
            "worker_pool",
            "workerPool",
            "machine_type",
            "machineType",
            "base_image",
            "baseImage",
            "automatic_base_image_updates",
            "automaticBaseImageUpdates",
            "repository",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Environment,
            ServiceAccount,
            WorkerPool,
            MachineType,
            BaseImage,
            AutomaticBaseImageUpdates,
            Repository,
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
                            "environment" => Ok(GeneratedField::Environment),
                            "serviceAccount" | "service_account" => Ok(GeneratedField::ServiceAccount),
                            "workerPool" | "worker_pool" => Ok(GeneratedField::WorkerPool),
                            "machineType" | "machine_type" => Ok(GeneratedField::MachineType),
                            "baseImage" | "base_image" => Ok(GeneratedField::BaseImage),
                            "automaticBaseImageUpdates" | "automatic_base_image_updates" => Ok(GeneratedField::AutomaticBaseImageUpdates),
                            "repository" => Ok(GeneratedField::Repository),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = BuildSettings;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct longshore.v1.BuildSettings")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<BuildSettings, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut environment__ = None;
                let mut service_account__ = None;
                let mut worker_pool__ = None;
                let mut machine_type__ = None;
                let mut base_image__ = None;
                let mut automatic_base_image_updates__ = None;
                let mut repository__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Environment => {
                            if environment__.is_some() {
                                return Err(serde::de::Error::duplicate_field("environment"));
                            }
                            environment__ = Some(
                                map_.next_value::<std::collections::BTreeMap<_, _>>()?
                            );
                        }
                        GeneratedField::ServiceAccount => {
                            if service_account__.is_some() {
                                return Err(serde::de::Error::duplicate_field("serviceAccount"));
                            }
                            service_account__ = Some(map_.next_value()?);
                        }
                        GeneratedField::WorkerPool => {
                            if worker_pool__.is_some() {
                                return Err(serde::de::Error::duplicate_field("workerPool"));
                            }
                            worker_pool__ = Some(map_.next_value()?);
                        }
                        GeneratedField::MachineType => {
                            if machine_type__.is_some() {
                                return Err(serde::de::Error::duplicate_field("machineType"));
                            }
                            machine_type__ = Some(map_.next_value()?);
                        }
                        GeneratedField::BaseImage => {
                            if base_image__.is_some() {
                                return Err(serde::de::Error::duplicate_field("baseImage"));
                            }
                            base_image__ = Some(map_.next_value()?);
                        }
                        GeneratedField::AutomaticBaseImageUpdates => {
                            if automatic_base_image_updates__.is_some() {
                                return Err(serde::de::Error::duplicate_field("automaticBaseImageUpdates"));
                            }
                            automatic_base_image_updates__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Repository => {
                            if repository__.is_some() {
                                return Err(serde::de::Error::duplicate_field("repository"));
                            }
                            repository__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(BuildSettings {
                    environment: environment__.unwrap_or_default(),
                    service_account: service_account__.unwrap_or_default(),
                    worker_pool: worker_pool__.unwrap_or_default(),
                    machine_type: machine_type__.unwrap_or_default(),
                    base_image: base_image__.unwrap_or_default(),
                    automatic_base_image_updates: automatic_base_image_updates__.unwrap_or_default(),
                    repository: repository__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("longshore.v1.BuildSettings", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for BuildSubmitted {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.deployment.is_some() {
            len += 1;
        }
        if self.function.is_some() {
            len += 1;
        }
        if self.source.is_some() {
            len += 1;
        }
        if self.work.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("longshore.v1.BuildSubmitted", len)?;
        if let Some(v) = self.deployment.as_ref() {
            struct_ser.serialize_field("deployment", v)?;
        }
        if let Some(v) = self.function.as_ref() {
            struct_ser.serialize_field("function", v)?;
        }
        if let Some(v) = self.source.as_ref() {
            struct_ser.serialize_field("source", v)?;
        }
        if let Some(v) = self.work.as_ref() {
            match v {
                build_submitted::Work::SharedBuild(v) => {
                    struct_ser.serialize_field("sharedBuild", v)?;
                }
                build_submitted::Work::FunctionOperation(v) => {
                    struct_ser.serialize_field("functionOperation", v)?;
                }
            }
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for BuildSubmitted {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "deployment",
            "function",
            "source",
            "shared_build",
            "sharedBuild",
            "function_operation",
            "functionOperation",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Deployment,
            Function,
            Source,
            SharedBuild,
            FunctionOperation,
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
                            "deployment" => Ok(GeneratedField::Deployment),
                            "function" => Ok(GeneratedField::Function),
                            "source" => Ok(GeneratedField::Source),
                            "sharedBuild" | "shared_build" => Ok(GeneratedField::SharedBuild),
                            "functionOperation" | "function_operation" => Ok(GeneratedField::FunctionOperation),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = BuildSubmitted;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct longshore.v1.BuildSubmitted")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<BuildSubmitted, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut deployment__ = None;
                let mut function__ = None;
                let mut source__ = None;
                let mut work__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Deployment => {
                            if deployment__.is_some() {
                                return Err(serde::de::Error::duplicate_field("deployment"));
                            }
                            deployment__ = map_.next_value()?;
                        }
                        GeneratedField::Function => {
                            if function__.is_some() {
                                return Err(serde::de::Error::duplicate_field("function"));
                            }
                            function__ = map_.next_value()?;
                        }
                        GeneratedField::Source => {
                            if source__.is_some() {
                                return Err(serde::de::Error::duplicate_field("source"));
                            }
                            source__ = map_.next_value()?;
                        }
                        GeneratedField::SharedBuild => {
                            if work__.is_some() {
                                return Err(serde::de::Error::duplicate_field("sharedBuild"));
                            }
                            work__ = map_.next_value::<::std::option::Option<_>>()?.map(build_submitted::Work::SharedBuild)
;
                        }
                        GeneratedField::FunctionOperation => {
                            if work__.is_some() {
                                return Err(serde::de::Error::duplicate_field("functionOperation"));
                            }
                            work__ = map_.next_value::<::std::option::Option<_>>()?.map(build_submitted::Work::FunctionOperation)
;
                        }
                    }
                }
                Ok(BuildSubmitted {
                    deployment: deployment__,
                    function: function__,
                    source: source__,
                    work: work__,
                })
            }
        }
        deserializer.deserialize_struct("longshore.v1.BuildSubmitted", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for Builder {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.image.is_empty() {
            len += 1;
        }
        if !self.base_image.is_empty() {
            len += 1;
        }
        if !self.runtime_versions.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("longshore.v1.Builder", len)?;
        if !self.image.is_empty() {
            struct_ser.serialize_field("image", &self.image)?;
        }
        if !self.base_image.is_empty() {
            struct_ser.serialize_field("baseImage", &self.base_image)?;
        }
        if !self.runtime_versions.is_empty() {
            struct_ser.serialize_field("runtimeVersions", &self.runtime_versions)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for Builder {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "image",
            "base_image",
            "baseImage",
            "runtime_versions",
            "runtimeVersions",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Image,
            BaseImage,
            RuntimeVersions,
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
                            "image" => Ok(GeneratedField::Image),
                            "baseImage" | "base_image" => Ok(GeneratedField::BaseImage),
                            "runtimeVersions" | "runtime_versions" => Ok(GeneratedField::RuntimeVersions),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = Builder;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct longshore.v1.Builder")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<Builder, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut image__ = None;
                let mut base_image__ = None;
                let mut runtime_versions__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Image => {
                            if image__.is_some() {
                                return Err(serde::de::Error::duplicate_field("image"));
                            }
                            image__ = Some(map_.next_value()?);
                        }
                        GeneratedField::BaseImage => {
                            if base_image__.is_some() {
                                return Err(serde::de::Error::duplicate_field("baseImage"));
                            }
                            base_image__ = Some(map_.next_value()?);
                        }
                        GeneratedField::RuntimeVersions => {
                            if runtime_versions__.is_some() {
                                return Err(serde::de::Error::duplicate_field("runtimeVersions"));
                            }
                            runtime_versions__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(Builder {
                    image: image__.unwrap_or_default(),
                    base_image: base_image__.unwrap_or_default(),
                    runtime_versions: runtime_versions__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("longshore.v1.Builder", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for BuiltImage {
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
        if !self.digest.is_empty() {
            len += 1;
        }
        if !self.build.is_empty() {
            len += 1;
        }
        if !self.build_key.is_empty() {
            len += 1;
        }
        if self.build_number != 0 {
            len += 1;
        }
        if self.function_operation.is_some() {
            len += 1;
        }
        if self.builder.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("longshore.v1.BuiltImage", len)?;
        if !self.name.is_empty() {
            struct_ser.serialize_field("name", &self.name)?;
        }
        if !self.digest.is_empty() {
            struct_ser.serialize_field("digest", &self.digest)?;
        }
        if !self.build.is_empty() {
            struct_ser.serialize_field("build", &self.build)?;
        }
        if !self.build_key.is_empty() {
            struct_ser.serialize_field("buildKey", &self.build_key)?;
        }
        if self.build_number != 0 {
            struct_ser.serialize_field("buildNumber", &self.build_number)?;
        }
        if let Some(v) = self.function_operation.as_ref() {
            struct_ser.serialize_field("functionOperation", v)?;
        }
        if let Some(v) = self.builder.as_ref() {
            struct_ser.serialize_field("builder", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for BuiltImage {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "name",
            "digest",
            "build",
            "build_key",
            "buildKey",
            "build_number",
            "buildNumber",
            "function_operation",
            "functionOperation",
            "builder",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Name,
            Digest,
            Build,
            BuildKey,
            BuildNumber,
            FunctionOperation,
            Builder,
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
                            "digest" => Ok(GeneratedField::Digest),
                            "build" => Ok(GeneratedField::Build),
                            "buildKey" | "build_key" => Ok(GeneratedField::BuildKey),
                            "buildNumber" | "build_number" => Ok(GeneratedField::BuildNumber),
                            "functionOperation" | "function_operation" => Ok(GeneratedField::FunctionOperation),
                            "builder" => Ok(GeneratedField::Builder),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = BuiltImage;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct longshore.v1.BuiltImage")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<BuiltImage, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut name__ = None;
                let mut digest__ = None;
                let mut build__ = None;
                let mut build_key__ = None;
                let mut build_number__ = None;
                let mut function_operation__ = None;
                let mut builder__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Name => {
                            if name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("name"));
                            }
                            name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Digest => {
                            if digest__.is_some() {
                                return Err(serde::de::Error::duplicate_field("digest"));
                            }
                            digest__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Build => {
                            if build__.is_some() {
                                return Err(serde::de::Error::duplicate_field("build"));
                            }
                            build__ = Some(map_.next_value()?);
                        }
                        GeneratedField::BuildKey => {
                            if build_key__.is_some() {
                                return Err(serde::de::Error::duplicate_field("buildKey"));
                            }
                            build_key__ = Some(map_.next_value()?);
                        }
                        GeneratedField::BuildNumber => {
                            if build_number__.is_some() {
                                return Err(serde::de::Error::duplicate_field("buildNumber"));
                            }
                            build_number__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::FunctionOperation => {
                            if function_operation__.is_some() {
                                return Err(serde::de::Error::duplicate_field("functionOperation"));
                            }
                            function_operation__ = map_.next_value()?;
                        }
                        GeneratedField::Builder => {
                            if builder__.is_some() {
                                return Err(serde::de::Error::duplicate_field("builder"));
                            }
                            builder__ = map_.next_value()?;
                        }
                    }
                }
                Ok(BuiltImage {
                    name: name__.unwrap_or_default(),
                    digest: digest__.unwrap_or_default(),
                    build: build__.unwrap_or_default(),
                    build_key: build_key__.unwrap_or_default(),
                    build_number: build_number__.unwrap_or_default(),
                    function_operation: function_operation__,
                    builder: builder__,
                })
            }
        }
        deserializer.deserialize_struct("longshore.v1.BuiltImage", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for CancelRequested {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.request_id.is_empty() {
            len += 1;
        }
        if !self.deployment_id.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("longshore.v1.CancelRequested", len)?;
        if !self.request_id.is_empty() {
            struct_ser.serialize_field("requestId", &self.request_id)?;
        }
        if !self.deployment_id.is_empty() {
            struct_ser.serialize_field("deploymentId", &self.deployment_id)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for CancelRequested {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "request_id",
            "requestId",
            "deployment_id",
            "deploymentId",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            RequestId,
            DeploymentId,
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
                            "requestId" | "request_id" => Ok(GeneratedField::RequestId),
                            "deploymentId" | "deployment_id" => Ok(GeneratedField::DeploymentId),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = CancelRequested;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct longshore.v1.CancelRequested")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<CancelRequested, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut request_id__ = None;
                let mut deployment_id__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::RequestId => {
                            if request_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("requestId"));
                            }
                            request_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::DeploymentId => {
                            if deployment_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("deploymentId"));
                            }
                            deployment_id__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(CancelRequested {
                    request_id: request_id__.unwrap_or_default(),
                    deployment_id: deployment_id__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("longshore.v1.CancelRequested", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for DeployRequested {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.function.is_some() {
            len += 1;
        }
        if self.deadline.is_some() {
            len += 1;
        }
        if self.sequence.is_some() {
            len += 1;
        }
        if !self.retry_of.is_empty() {
            len += 1;
        }
        if !self.batch.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("longshore.v1.DeployRequested", len)?;
        if let Some(v) = self.function.as_ref() {
            struct_ser.serialize_field("function", v)?;
        }
        if let Some(v) = self.deadline.as_ref() {
            struct_ser.serialize_field("deadline", v)?;
        }
        if let Some(v) = self.sequence.as_ref() {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("sequence", ToString::to_string(&v).as_str())?;
        }
        if !self.retry_of.is_empty() {
            struct_ser.serialize_field("retryOf", &self.retry_of)?;
        }
        if !self.batch.is_empty() {
            struct_ser.serialize_field("batch", &self.batch)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for DeployRequested {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "function",
            "deadline",
            "sequence",
            "retry_of",
            "retryOf",
            "batch",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Function,
            Deadline,
            Sequence,
            RetryOf,
            Batch,
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
                            "function" => Ok(GeneratedField::Function),
                            "deadline" => Ok(GeneratedField::Deadline),
                            "sequence" => Ok(GeneratedField::Sequence),
                            "retryOf" | "retry_of" => Ok(GeneratedField::RetryOf),
                            "batch" => Ok(GeneratedField::Batch),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = DeployRequested;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct longshore.v1.DeployRequested")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<DeployRequested, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut function__ = None;
                let mut deadline__ = None;
                let mut sequence__ = None;
                let mut retry_of__ = None;
                let mut batch__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Function => {
                            if function__.is_some() {
                                return Err(serde::de::Error::duplicate_field("function"));
                            }
                            function__ = map_.next_value()?;
                        }
                        GeneratedField::Deadline => {
                            if deadline__.is_some() {
                                return Err(serde::de::Error::duplicate_field("deadline"));
                            }
                            deadline__ = map_.next_value()?;
                        }
                        GeneratedField::Sequence => {
                            if sequence__.is_some() {
                                return Err(serde::de::Error::duplicate_field("sequence"));
                            }
                            sequence__ = 
                                map_.next_value::<::std::option::Option<::pbjson::private::NumberDeserialize<_>>>()?.map(|x| x.0)
                            ;
                        }
                        GeneratedField::RetryOf => {
                            if retry_of__.is_some() {
                                return Err(serde::de::Error::duplicate_field("retryOf"));
                            }
                            retry_of__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Batch => {
                            if batch__.is_some() {
                                return Err(serde::de::Error::duplicate_field("batch"));
                            }
                            batch__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(DeployRequested {
                    function: function__,
                    deadline: deadline__,
                    sequence: sequence__,
                    retry_of: retry_of__.unwrap_or_default(),
                    batch: batch__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("longshore.v1.DeployRequested", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for Deployment {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.id.is_empty() {
            len += 1;
        }
        if self.generation != 0 {
            len += 1;
        }
        if self.admitted_at.is_some() {
            len += 1;
        }
        if self.deadline_at.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("longshore.v1.Deployment", len)?;
        if !self.id.is_empty() {
            struct_ser.serialize_field("id", &self.id)?;
        }
        if self.generation != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("generation", ToString::to_string(&self.generation).as_str())?;
        }
        if let Some(v) = self.admitted_at.as_ref() {
            struct_ser.serialize_field("admittedAt", v)?;
        }
        if let Some(v) = self.deadline_at.as_ref() {
            struct_ser.serialize_field("deadlineAt", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for Deployment {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "id",
            "generation",
            "admitted_at",
            "admittedAt",
            "deadline_at",
            "deadlineAt",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Id,
            Generation,
            AdmittedAt,
            DeadlineAt,
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
                            "id" => Ok(GeneratedField::Id),
                            "generation" => Ok(GeneratedField::Generation),
                            "admittedAt" | "admitted_at" => Ok(GeneratedField::AdmittedAt),
                            "deadlineAt" | "deadline_at" => Ok(GeneratedField::DeadlineAt),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = Deployment;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct longshore.v1.Deployment")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<Deployment, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut id__ = None;
                let mut generation__ = None;
                let mut admitted_at__ = None;
                let mut deadline_at__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Id => {
                            if id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("id"));
                            }
                            id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Generation => {
                            if generation__.is_some() {
                                return Err(serde::de::Error::duplicate_field("generation"));
                            }
                            generation__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::AdmittedAt => {
                            if admitted_at__.is_some() {
                                return Err(serde::de::Error::duplicate_field("admittedAt"));
                            }
                            admitted_at__ = map_.next_value()?;
                        }
                        GeneratedField::DeadlineAt => {
                            if deadline_at__.is_some() {
                                return Err(serde::de::Error::duplicate_field("deadlineAt"));
                            }
                            deadline_at__ = map_.next_value()?;
                        }
                    }
                }
                Ok(Deployment {
                    id: id__.unwrap_or_default(),
                    generation: generation__.unwrap_or_default(),
                    admitted_at: admitted_at__,
                    deadline_at: deadline_at__,
                })
            }
        }
        deserializer.deserialize_struct("longshore.v1.Deployment", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for DeploymentFinished {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.deployment.is_some() {
            len += 1;
        }
        if !self.deployment_id.is_empty() {
            len += 1;
        }
        if !self.function.is_empty() {
            len += 1;
        }
        if self.outcome != 0 {
            len += 1;
        }
        if self.serving.is_some() {
            len += 1;
        }
        if self.failure.is_some() {
            len += 1;
        }
        if !self.superseded_by.is_empty() {
            len += 1;
        }
        if self.finished_at.is_some() {
            len += 1;
        }
        if self.pinned_traffic.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("longshore.v1.DeploymentFinished", len)?;
        if let Some(v) = self.deployment.as_ref() {
            struct_ser.serialize_field("deployment", v)?;
        }
        if !self.deployment_id.is_empty() {
            struct_ser.serialize_field("deploymentId", &self.deployment_id)?;
        }
        if !self.function.is_empty() {
            struct_ser.serialize_field("function", &self.function)?;
        }
        if self.outcome != 0 {
            let v = Outcome::try_from(self.outcome)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.outcome)))?;
            struct_ser.serialize_field("outcome", &v)?;
        }
        if let Some(v) = self.serving.as_ref() {
            struct_ser.serialize_field("serving", v)?;
        }
        if let Some(v) = self.failure.as_ref() {
            struct_ser.serialize_field("failure", v)?;
        }
        if !self.superseded_by.is_empty() {
            struct_ser.serialize_field("supersededBy", &self.superseded_by)?;
        }
        if let Some(v) = self.finished_at.as_ref() {
            struct_ser.serialize_field("finishedAt", v)?;
        }
        if let Some(v) = self.pinned_traffic.as_ref() {
            struct_ser.serialize_field("pinnedTraffic", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for DeploymentFinished {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "deployment",
            "deployment_id",
            "deploymentId",
            "function",
            "outcome",
            "serving",
            "failure",
            "superseded_by",
            "supersededBy",
            "finished_at",
            "finishedAt",
            "pinned_traffic",
            "pinnedTraffic",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Deployment,
            DeploymentId,
            Function,
            Outcome,
            Serving,
            Failure,
            SupersededBy,
            FinishedAt,
            PinnedTraffic,
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
                            "deployment" => Ok(GeneratedField::Deployment),
                            "deploymentId" | "deployment_id" => Ok(GeneratedField::DeploymentId),
                            "function" => Ok(GeneratedField::Function),
                            "outcome" => Ok(GeneratedField::Outcome),
                            "serving" => Ok(GeneratedField::Serving),
                            "failure" => Ok(GeneratedField::Failure),
                            "supersededBy" | "superseded_by" => Ok(GeneratedField::SupersededBy),
                            "finishedAt" | "finished_at" => Ok(GeneratedField::FinishedAt),
                            "pinnedTraffic" | "pinned_traffic" => Ok(GeneratedField::PinnedTraffic),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = DeploymentFinished;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct longshore.v1.DeploymentFinished")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<DeploymentFinished, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut deployment__ = None;
                let mut deployment_id__ = None;
                let mut function__ = None;
                let mut outcome__ = None;
                let mut serving__ = None;
                let mut failure__ = None;
                let mut superseded_by__ = None;
                let mut finished_at__ = None;
                let mut pinned_traffic__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Deployment => {
                            if deployment__.is_some() {
                                return Err(serde::de::Error::duplicate_field("deployment"));
                            }
                            deployment__ = map_.next_value()?;
                        }
                        GeneratedField::DeploymentId => {
                            if deployment_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("deploymentId"));
                            }
                            deployment_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Function => {
                            if function__.is_some() {
                                return Err(serde::de::Error::duplicate_field("function"));
                            }
                            function__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Outcome => {
                            if outcome__.is_some() {
                                return Err(serde::de::Error::duplicate_field("outcome"));
                            }
                            outcome__ = Some(map_.next_value::<Outcome>()? as i32);
                        }
                        GeneratedField::Serving => {
                            if serving__.is_some() {
                                return Err(serde::de::Error::duplicate_field("serving"));
                            }
                            serving__ = map_.next_value()?;
                        }
                        GeneratedField::Failure => {
                            if failure__.is_some() {
                                return Err(serde::de::Error::duplicate_field("failure"));
                            }
                            failure__ = map_.next_value()?;
                        }
                        GeneratedField::SupersededBy => {
                            if superseded_by__.is_some() {
                                return Err(serde::de::Error::duplicate_field("supersededBy"));
                            }
                            superseded_by__ = Some(map_.next_value()?);
                        }
                        GeneratedField::FinishedAt => {
                            if finished_at__.is_some() {
                                return Err(serde::de::Error::duplicate_field("finishedAt"));
                            }
                            finished_at__ = map_.next_value()?;
                        }
                        GeneratedField::PinnedTraffic => {
                            if pinned_traffic__.is_some() {
                                return Err(serde::de::Error::duplicate_field("pinnedTraffic"));
                            }
                            pinned_traffic__ = map_.next_value()?;
                        }
                    }
                }
                Ok(DeploymentFinished {
                    deployment: deployment__,
                    deployment_id: deployment_id__.unwrap_or_default(),
                    function: function__.unwrap_or_default(),
                    outcome: outcome__.unwrap_or_default(),
                    serving: serving__,
                    failure: failure__,
                    superseded_by: superseded_by__.unwrap_or_default(),
                    finished_at: finished_at__,
                    pinned_traffic: pinned_traffic__,
                })
            }
        }
        deserializer.deserialize_struct("longshore.v1.DeploymentFinished", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for EarlierDeployment {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.deployment.is_empty() {
            len += 1;
        }
        if !self.reason.is_empty() {
            len += 1;
        }
        if self.rebuild {
            len += 1;
        }
        if self.before {
            len += 1;
        }
        if self.release {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("longshore.v1.EarlierDeployment", len)?;
        if !self.deployment.is_empty() {
            struct_ser.serialize_field("deployment", &self.deployment)?;
        }
        if !self.reason.is_empty() {
            struct_ser.serialize_field("reason", &self.reason)?;
        }
        if self.rebuild {
            struct_ser.serialize_field("rebuild", &self.rebuild)?;
        }
        if self.before {
            struct_ser.serialize_field("before", &self.before)?;
        }
        if self.release {
            struct_ser.serialize_field("release", &self.release)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for EarlierDeployment {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "deployment",
            "reason",
            "rebuild",
            "before",
            "release",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Deployment,
            Reason,
            Rebuild,
            Before,
            Release,
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
                            "deployment" => Ok(GeneratedField::Deployment),
                            "reason" => Ok(GeneratedField::Reason),
                            "rebuild" => Ok(GeneratedField::Rebuild),
                            "before" => Ok(GeneratedField::Before),
                            "release" => Ok(GeneratedField::Release),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = EarlierDeployment;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct longshore.v1.EarlierDeployment")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<EarlierDeployment, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut deployment__ = None;
                let mut reason__ = None;
                let mut rebuild__ = None;
                let mut before__ = None;
                let mut release__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Deployment => {
                            if deployment__.is_some() {
                                return Err(serde::de::Error::duplicate_field("deployment"));
                            }
                            deployment__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Reason => {
                            if reason__.is_some() {
                                return Err(serde::de::Error::duplicate_field("reason"));
                            }
                            reason__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Rebuild => {
                            if rebuild__.is_some() {
                                return Err(serde::de::Error::duplicate_field("rebuild"));
                            }
                            rebuild__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Before => {
                            if before__.is_some() {
                                return Err(serde::de::Error::duplicate_field("before"));
                            }
                            before__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Release => {
                            if release__.is_some() {
                                return Err(serde::de::Error::duplicate_field("release"));
                            }
                            release__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(EarlierDeployment {
                    deployment: deployment__.unwrap_or_default(),
                    reason: reason__.unwrap_or_default(),
                    rebuild: rebuild__.unwrap_or_default(),
                    before: before__.unwrap_or_default(),
                    release: release__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("longshore.v1.EarlierDeployment", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for Encryption {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.kms_key.is_empty() {
            len += 1;
        }
        if !self.source_bucket.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("longshore.v1.Encryption", len)?;
        if !self.kms_key.is_empty() {
            struct_ser.serialize_field("kmsKey", &self.kms_key)?;
        }
        if !self.source_bucket.is_empty() {
            struct_ser.serialize_field("sourceBucket", &self.source_bucket)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for Encryption {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "kms_key",
            "kmsKey",
            "source_bucket",
            "sourceBucket",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            KmsKey,
            SourceBucket,
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
                            "kmsKey" | "kms_key" => Ok(GeneratedField::KmsKey),
                            "sourceBucket" | "source_bucket" => Ok(GeneratedField::SourceBucket),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = Encryption;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct longshore.v1.Encryption")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<Encryption, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut kms_key__ = None;
                let mut source_bucket__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::KmsKey => {
                            if kms_key__.is_some() {
                                return Err(serde::de::Error::duplicate_field("kmsKey"));
                            }
                            kms_key__ = Some(map_.next_value()?);
                        }
                        GeneratedField::SourceBucket => {
                            if source_bucket__.is_some() {
                                return Err(serde::de::Error::duplicate_field("sourceBucket"));
                            }
                            source_bucket__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(Encryption {
                    kms_key: kms_key__.unwrap_or_default(),
                    source_bucket: source_bucket__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("longshore.v1.Encryption", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ErrorRateGate {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.max_percent != 0. {
            len += 1;
        }
        if self.over.is_some() {
            len += 1;
        }
        if self.min_requests.is_some() {
            len += 1;
        }
        if self.pass_with_fewer {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("longshore.v1.ErrorRateGate", len)?;
        if self.max_percent != 0. {
            struct_ser.serialize_field("maxPercent", &self.max_percent)?;
        }
        if let Some(v) = self.over.as_ref() {
            struct_ser.serialize_field("over", v)?;
        }
        if let Some(v) = self.min_requests.as_ref() {
            struct_ser.serialize_field("minRequests", v)?;
        }
        if self.pass_with_fewer {
            struct_ser.serialize_field("passWithFewer", &self.pass_with_fewer)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ErrorRateGate {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "max_percent",
            "maxPercent",
            "over",
            "min_requests",
            "minRequests",
            "pass_with_fewer",
            "passWithFewer",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            MaxPercent,
            Over,
            MinRequests,
            PassWithFewer,
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
                            "maxPercent" | "max_percent" => Ok(GeneratedField::MaxPercent),
                            "over" => Ok(GeneratedField::Over),
                            "minRequests" | "min_requests" => Ok(GeneratedField::MinRequests),
                            "passWithFewer" | "pass_with_fewer" => Ok(GeneratedField::PassWithFewer),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = ErrorRateGate;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct longshore.v1.ErrorRateGate")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ErrorRateGate, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut max_percent__ = None;
                let mut over__ = None;
                let mut min_requests__ = None;
                let mut pass_with_fewer__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::MaxPercent => {
                            if max_percent__.is_some() {
                                return Err(serde::de::Error::duplicate_field("maxPercent"));
                            }
                            max_percent__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Over => {
                            if over__.is_some() {
                                return Err(serde::de::Error::duplicate_field("over"));
                            }
                            over__ = map_.next_value()?;
                        }
                        GeneratedField::MinRequests => {
                            if min_requests__.is_some() {
                                return Err(serde::de::Error::duplicate_field("minRequests"));
                            }
                            min_requests__ = 
                                map_.next_value::<::std::option::Option<::pbjson::private::NumberDeserialize<_>>>()?.map(|x| x.0)
                            ;
                        }
                        GeneratedField::PassWithFewer => {
                            if pass_with_fewer__.is_some() {
                                return Err(serde::de::Error::duplicate_field("passWithFewer"));
                            }
                            pass_with_fewer__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(ErrorRateGate {
                    max_percent: max_percent__.unwrap_or_default(),
                    over: over__,
                    min_requests: min_requests__,
                    pass_with_fewer: pass_with_fewer__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("longshore.v1.ErrorRateGate", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for EventFilter {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.attribute.is_empty() {
            len += 1;
        }
        if !self.value.is_empty() {
            len += 1;
        }
        if !self.operator.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("longshore.v1.EventFilter", len)?;
        if !self.attribute.is_empty() {
            struct_ser.serialize_field("attribute", &self.attribute)?;
        }
        if !self.value.is_empty() {
            struct_ser.serialize_field("value", &self.value)?;
        }
        if !self.operator.is_empty() {
            struct_ser.serialize_field("operator", &self.operator)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for EventFilter {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "attribute",
            "value",
            "operator",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Attribute,
            Value,
            Operator,
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
                            "attribute" => Ok(GeneratedField::Attribute),
                            "value" => Ok(GeneratedField::Value),
                            "operator" => Ok(GeneratedField::Operator),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = EventFilter;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct longshore.v1.EventFilter")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<EventFilter, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut attribute__ = None;
                let mut value__ = None;
                let mut operator__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Attribute => {
                            if attribute__.is_some() {
                                return Err(serde::de::Error::duplicate_field("attribute"));
                            }
                            attribute__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Value => {
                            if value__.is_some() {
                                return Err(serde::de::Error::duplicate_field("value"));
                            }
                            value__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Operator => {
                            if operator__.is_some() {
                                return Err(serde::de::Error::duplicate_field("operator"));
                            }
                            operator__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(EventFilter {
                    attribute: attribute__.unwrap_or_default(),
                    value: value__.unwrap_or_default(),
                    operator: operator__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("longshore.v1.EventFilter", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for EventTrigger {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.r#type.is_empty() {
            len += 1;
        }
        if !self.filters.is_empty() {
            len += 1;
        }
        if !self.region.is_empty() {
            len += 1;
        }
        if !self.service_account.is_empty() {
            len += 1;
        }
        if !self.channel.is_empty() {
            len += 1;
        }
        if self.retry {
            len += 1;
        }
        if !self.path.is_empty() {
            len += 1;
        }
        if !self.topic.is_empty() {
            len += 1;
        }
        if !self.content_type.is_empty() {
            len += 1;
        }
        if self.allow_replacement {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("longshore.v1.EventTrigger", len)?;
        if !self.r#type.is_empty() {
            struct_ser.serialize_field("type", &self.r#type)?;
        }
        if !self.filters.is_empty() {
            struct_ser.serialize_field("filters", &self.filters)?;
        }
        if !self.region.is_empty() {
            struct_ser.serialize_field("region", &self.region)?;
        }
        if !self.service_account.is_empty() {
            struct_ser.serialize_field("serviceAccount", &self.service_account)?;
        }
        if !self.channel.is_empty() {
            struct_ser.serialize_field("channel", &self.channel)?;
        }
        if self.retry {
            struct_ser.serialize_field("retry", &self.retry)?;
        }
        if !self.path.is_empty() {
            struct_ser.serialize_field("path", &self.path)?;
        }
        if !self.topic.is_empty() {
            struct_ser.serialize_field("topic", &self.topic)?;
        }
        if !self.content_type.is_empty() {
            struct_ser.serialize_field("contentType", &self.content_type)?;
        }
        if self.allow_replacement {
            struct_ser.serialize_field("allowReplacement", &self.allow_replacement)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for EventTrigger {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "type",
            "filters",
            "region",
            "service_account",
            "serviceAccount",
            "channel",
            "retry",
            "path",
            "topic",
            "content_type",
            "contentType",
            "allow_replacement",
            "allowReplacement",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Type,
            Filters,
            Region,
            ServiceAccount,
            Channel,
            Retry,
            Path,
            Topic,
            ContentType,
            AllowReplacement,
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
                            "type" => Ok(GeneratedField::Type),
                            "filters" => Ok(GeneratedField::Filters),
                            "region" => Ok(GeneratedField::Region),
                            "serviceAccount" | "service_account" => Ok(GeneratedField::ServiceAccount),
                            "channel" => Ok(GeneratedField::Channel),
                            "retry" => Ok(GeneratedField::Retry),
                            "path" => Ok(GeneratedField::Path),
                            "topic" => Ok(GeneratedField::Topic),
                            "contentType" | "content_type" => Ok(GeneratedField::ContentType),
                            "allowReplacement" | "allow_replacement" => Ok(GeneratedField::AllowReplacement),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = EventTrigger;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct longshore.v1.EventTrigger")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<EventTrigger, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut r#type__ = None;
                let mut filters__ = None;
                let mut region__ = None;
                let mut service_account__ = None;
                let mut channel__ = None;
                let mut retry__ = None;
                let mut path__ = None;
                let mut topic__ = None;
                let mut content_type__ = None;
                let mut allow_replacement__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Type => {
                            if r#type__.is_some() {
                                return Err(serde::de::Error::duplicate_field("type"));
                            }
                            r#type__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Filters => {
                            if filters__.is_some() {
                                return Err(serde::de::Error::duplicate_field("filters"));
                            }
                            filters__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Region => {
                            if region__.is_some() {
                                return Err(serde::de::Error::duplicate_field("region"));
                            }
                            region__ = Some(map_.next_value()?);
                        }
                        GeneratedField::ServiceAccount => {
                            if service_account__.is_some() {
                                return Err(serde::de::Error::duplicate_field("serviceAccount"));
                            }
                            service_account__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Channel => {
                            if channel__.is_some() {
                                return Err(serde::de::Error::duplicate_field("channel"));
                            }
                            channel__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Retry => {
                            if retry__.is_some() {
                                return Err(serde::de::Error::duplicate_field("retry"));
                            }
                            retry__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Path => {
                            if path__.is_some() {
                                return Err(serde::de::Error::duplicate_field("path"));
                            }
                            path__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Topic => {
                            if topic__.is_some() {
                                return Err(serde::de::Error::duplicate_field("topic"));
                            }
                            topic__ = Some(map_.next_value()?);
                        }
                        GeneratedField::ContentType => {
                            if content_type__.is_some() {
                                return Err(serde::de::Error::duplicate_field("contentType"));
                            }
                            content_type__ = Some(map_.next_value()?);
                        }
                        GeneratedField::AllowReplacement => {
                            if allow_replacement__.is_some() {
                                return Err(serde::de::Error::duplicate_field("allowReplacement"));
                            }
                            allow_replacement__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(EventTrigger {
                    r#type: r#type__.unwrap_or_default(),
                    filters: filters__.unwrap_or_default(),
                    region: region__.unwrap_or_default(),
                    service_account: service_account__.unwrap_or_default(),
                    channel: channel__.unwrap_or_default(),
                    retry: retry__.unwrap_or_default(),
                    path: path__.unwrap_or_default(),
                    topic: topic__.unwrap_or_default(),
                    content_type: content_type__.unwrap_or_default(),
                    allow_replacement: allow_replacement__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("longshore.v1.EventTrigger", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ExecutionEnvironment {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        let variant = match self {
            Self::Unspecified => "EXECUTION_ENVIRONMENT_UNSPECIFIED",
            Self::Gen1 => "EXECUTION_ENVIRONMENT_GEN1",
            Self::Gen2 => "EXECUTION_ENVIRONMENT_GEN2",
        };
        serializer.serialize_str(variant)
    }
}
impl<'de> serde::Deserialize<'de> for ExecutionEnvironment {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "EXECUTION_ENVIRONMENT_UNSPECIFIED",
            "EXECUTION_ENVIRONMENT_GEN1",
            "EXECUTION_ENVIRONMENT_GEN2",
        ];

        struct GeneratedVisitor;

        impl serde::de::Visitor<'_> for GeneratedVisitor {
            type Value = ExecutionEnvironment;

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
                    "EXECUTION_ENVIRONMENT_UNSPECIFIED" => Ok(ExecutionEnvironment::Unspecified),
                    "EXECUTION_ENVIRONMENT_GEN1" => Ok(ExecutionEnvironment::Gen1),
                    "EXECUTION_ENVIRONMENT_GEN2" => Ok(ExecutionEnvironment::Gen2),
                    _ => Err(serde::de::Error::unknown_variant(value, FIELDS)),
                }
            }
        }
        deserializer.deserialize_any(GeneratedVisitor)
    }
}
impl serde::Serialize for Failure {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.stage.is_empty() {
            len += 1;
        }
        if self.class != 0 {
            len += 1;
        }
        if !self.code.is_empty() {
            len += 1;
        }
        if !self.reason.is_empty() {
            len += 1;
        }
        if !self.advice.is_empty() {
            len += 1;
        }
        if !self.log_tail.is_empty() {
            len += 1;
        }
        if !self.log_url.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("longshore.v1.Failure", len)?;
        if !self.stage.is_empty() {
            struct_ser.serialize_field("stage", &self.stage)?;
        }
        if self.class != 0 {
            let v = FailureClass::try_from(self.class)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.class)))?;
            struct_ser.serialize_field("class", &v)?;
        }
        if !self.code.is_empty() {
            struct_ser.serialize_field("code", &self.code)?;
        }
        if !self.reason.is_empty() {
            struct_ser.serialize_field("reason", &self.reason)?;
        }
        if !self.advice.is_empty() {
            struct_ser.serialize_field("advice", &self.advice)?;
        }
        if !self.log_tail.is_empty() {
            struct_ser.serialize_field("logTail", &self.log_tail)?;
        }
        if !self.log_url.is_empty() {
            struct_ser.serialize_field("logUrl", &self.log_url)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for Failure {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "stage",
            "class",
            "code",
            "reason",
            "advice",
            "log_tail",
            "logTail",
            "log_url",
            "logUrl",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Stage,
            Class,
            Code,
            Reason,
            Advice,
            LogTail,
            LogUrl,
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
                            "stage" => Ok(GeneratedField::Stage),
                            "class" => Ok(GeneratedField::Class),
                            "code" => Ok(GeneratedField::Code),
                            "reason" => Ok(GeneratedField::Reason),
                            "advice" => Ok(GeneratedField::Advice),
                            "logTail" | "log_tail" => Ok(GeneratedField::LogTail),
                            "logUrl" | "log_url" => Ok(GeneratedField::LogUrl),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = Failure;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct longshore.v1.Failure")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<Failure, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut stage__ = None;
                let mut class__ = None;
                let mut code__ = None;
                let mut reason__ = None;
                let mut advice__ = None;
                let mut log_tail__ = None;
                let mut log_url__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Stage => {
                            if stage__.is_some() {
                                return Err(serde::de::Error::duplicate_field("stage"));
                            }
                            stage__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Class => {
                            if class__.is_some() {
                                return Err(serde::de::Error::duplicate_field("class"));
                            }
                            class__ = Some(map_.next_value::<FailureClass>()? as i32);
                        }
                        GeneratedField::Code => {
                            if code__.is_some() {
                                return Err(serde::de::Error::duplicate_field("code"));
                            }
                            code__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Reason => {
                            if reason__.is_some() {
                                return Err(serde::de::Error::duplicate_field("reason"));
                            }
                            reason__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Advice => {
                            if advice__.is_some() {
                                return Err(serde::de::Error::duplicate_field("advice"));
                            }
                            advice__ = Some(map_.next_value()?);
                        }
                        GeneratedField::LogTail => {
                            if log_tail__.is_some() {
                                return Err(serde::de::Error::duplicate_field("logTail"));
                            }
                            log_tail__ = Some(map_.next_value()?);
                        }
                        GeneratedField::LogUrl => {
                            if log_url__.is_some() {
                                return Err(serde::de::Error::duplicate_field("logUrl"));
                            }
                            log_url__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(Failure {
                    stage: stage__.unwrap_or_default(),
                    class: class__.unwrap_or_default(),
                    code: code__.unwrap_or_default(),
                    reason: reason__.unwrap_or_default(),
                    advice: advice__.unwrap_or_default(),
                    log_tail: log_tail__.unwrap_or_default(),
                    log_url: log_url__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("longshore.v1.Failure", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for FailureClass {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        let variant = match self {
            Self::Unspecified => "FAILURE_CLASS_UNSPECIFIED",
            Self::User => "FAILURE_CLASS_USER",
            Self::System => "FAILURE_CLASS_SYSTEM",
        };
        serializer.serialize_str(variant)
    }
}
impl<'de> serde::Deserialize<'de> for FailureClass {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "FAILURE_CLASS_UNSPECIFIED",
            "FAILURE_CLASS_USER",
            "FAILURE_CLASS_SYSTEM",
        ];

        struct GeneratedVisitor;

        impl serde::de::Visitor<'_> for GeneratedVisitor {
            type Value = FailureClass;

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
                    "FAILURE_CLASS_UNSPECIFIED" => Ok(FailureClass::Unspecified),
                    "FAILURE_CLASS_USER" => Ok(FailureClass::User),
                    "FAILURE_CLASS_SYSTEM" => Ok(FailureClass::System),
                    _ => Err(serde::de::Error::unknown_variant(value, FIELDS)),
                }
            }
        }
        deserializer.deserialize_any(GeneratedVisitor)
    }
}
impl serde::Serialize for Flavour {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        let variant = match self {
            Self::Unspecified => "FLAVOUR_UNSPECIFIED",
            Self::Run => "FLAVOUR_RUN",
            Self::Functions => "FLAVOUR_FUNCTIONS",
        };
        serializer.serialize_str(variant)
    }
}
impl<'de> serde::Deserialize<'de> for Flavour {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "FLAVOUR_UNSPECIFIED",
            "FLAVOUR_RUN",
            "FLAVOUR_FUNCTIONS",
        ];

        struct GeneratedVisitor;

        impl serde::de::Visitor<'_> for GeneratedVisitor {
            type Value = Flavour;

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
                    "FLAVOUR_UNSPECIFIED" => Ok(Flavour::Unspecified),
                    "FLAVOUR_RUN" => Ok(Flavour::Run),
                    "FLAVOUR_FUNCTIONS" => Ok(Flavour::Functions),
                    _ => Err(serde::de::Error::unknown_variant(value, FIELDS)),
                }
            }
        }
        deserializer.deserialize_any(GeneratedVisitor)
    }
}
impl serde::Serialize for FunctionOperation {
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
        if !self.config.is_empty() {
            len += 1;
        }
        if self.unchanged {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("longshore.v1.FunctionOperation", len)?;
        if !self.name.is_empty() {
            struct_ser.serialize_field("name", &self.name)?;
        }
        if !self.config.is_empty() {
            struct_ser.serialize_field("config", &self.config)?;
        }
        if self.unchanged {
            struct_ser.serialize_field("unchanged", &self.unchanged)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for FunctionOperation {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "name",
            "config",
            "unchanged",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Name,
            Config,
            Unchanged,
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
                            "config" => Ok(GeneratedField::Config),
                            "unchanged" => Ok(GeneratedField::Unchanged),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = FunctionOperation;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct longshore.v1.FunctionOperation")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<FunctionOperation, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut name__ = None;
                let mut config__ = None;
                let mut unchanged__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Name => {
                            if name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("name"));
                            }
                            name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Config => {
                            if config__.is_some() {
                                return Err(serde::de::Error::duplicate_field("config"));
                            }
                            config__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Unchanged => {
                            if unchanged__.is_some() {
                                return Err(serde::de::Error::duplicate_field("unchanged"));
                            }
                            unchanged__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(FunctionOperation {
                    name: name__.unwrap_or_default(),
                    config: config__.unwrap_or_default(),
                    unchanged: unchanged__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("longshore.v1.FunctionOperation", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for FunctionSpec {
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
        if !self.project.is_empty() {
            len += 1;
        }
        if !self.region.is_empty() {
            len += 1;
        }
        if self.flavour != 0 {
            len += 1;
        }
        if !self.runtime.is_empty() {
            len += 1;
        }
        if !self.entry_point.is_empty() {
            len += 1;
        }
        if self.signature != 0 {
            len += 1;
        }
        if self.source.is_some() {
            len += 1;
        }
        if self.build.is_some() {
            len += 1;
        }
        if self.service.is_some() {
            len += 1;
        }
        if !self.triggers.is_empty() {
            len += 1;
        }
        if self.encryption.is_some() {
            len += 1;
        }
        if self.rollout.is_some() {
            len += 1;
        }
        if !self.callers.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("longshore.v1.FunctionSpec", len)?;
        if !self.name.is_empty() {
            struct_ser.serialize_field("name", &self.name)?;
        }
        if !self.project.is_empty() {
            struct_ser.serialize_field("project", &self.project)?;
        }
        if !self.region.is_empty() {
            struct_ser.serialize_field("region", &self.region)?;
        }
        if self.flavour != 0 {
            let v = Flavour::try_from(self.flavour)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.flavour)))?;
            struct_ser.serialize_field("flavour", &v)?;
        }
        if !self.runtime.is_empty() {
            struct_ser.serialize_field("runtime", &self.runtime)?;
        }
        if !self.entry_point.is_empty() {
            struct_ser.serialize_field("entryPoint", &self.entry_point)?;
        }
        if self.signature != 0 {
            let v = Signature::try_from(self.signature)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.signature)))?;
            struct_ser.serialize_field("signature", &v)?;
        }
        if let Some(v) = self.source.as_ref() {
            struct_ser.serialize_field("source", v)?;
        }
        if let Some(v) = self.build.as_ref() {
            struct_ser.serialize_field("build", v)?;
        }
        if let Some(v) = self.service.as_ref() {
            struct_ser.serialize_field("service", v)?;
        }
        if !self.triggers.is_empty() {
            struct_ser.serialize_field("triggers", &self.triggers)?;
        }
        if let Some(v) = self.encryption.as_ref() {
            struct_ser.serialize_field("encryption", v)?;
        }
        if let Some(v) = self.rollout.as_ref() {
            struct_ser.serialize_field("rollout", v)?;
        }
        if !self.callers.is_empty() {
            struct_ser.serialize_field("callers", &self.callers)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for FunctionSpec {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "name",
            "project",
            "region",
            "flavour",
            "runtime",
            "entry_point",
            "entryPoint",
            "signature",
            "source",
            "build",
            "service",
            "triggers",
            "encryption",
            "rollout",
            "callers",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Name,
            Project,
            Region,
            Flavour,
            Runtime,
            EntryPoint,
            Signature,
            Source,
            Build,
            Service,
            Triggers,
            Encryption,
            Rollout,
            Callers,
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
                            "project" => Ok(GeneratedField::Project),
                            "region" => Ok(GeneratedField::Region),
                            "flavour" => Ok(GeneratedField::Flavour),
                            "runtime" => Ok(GeneratedField::Runtime),
                            "entryPoint" | "entry_point" => Ok(GeneratedField::EntryPoint),
                            "signature" => Ok(GeneratedField::Signature),
                            "source" => Ok(GeneratedField::Source),
                            "build" => Ok(GeneratedField::Build),
                            "service" => Ok(GeneratedField::Service),
                            "triggers" => Ok(GeneratedField::Triggers),
                            "encryption" => Ok(GeneratedField::Encryption),
                            "rollout" => Ok(GeneratedField::Rollout),
                            "callers" => Ok(GeneratedField::Callers),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = FunctionSpec;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct longshore.v1.FunctionSpec")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<FunctionSpec, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut name__ = None;
                let mut project__ = None;
                let mut region__ = None;
                let mut flavour__ = None;
                let mut runtime__ = None;
                let mut entry_point__ = None;
                let mut signature__ = None;
                let mut source__ = None;
                let mut build__ = None;
                let mut service__ = None;
                let mut triggers__ = None;
                let mut encryption__ = None;
                let mut rollout__ = None;
                let mut callers__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Name => {
                            if name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("name"));
                            }
                            name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Project => {
                            if project__.is_some() {
                                return Err(serde::de::Error::duplicate_field("project"));
                            }
                            project__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Region => {
                            if region__.is_some() {
                                return Err(serde::de::Error::duplicate_field("region"));
                            }
                            region__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Flavour => {
                            if flavour__.is_some() {
                                return Err(serde::de::Error::duplicate_field("flavour"));
                            }
                            flavour__ = Some(map_.next_value::<Flavour>()? as i32);
                        }
                        GeneratedField::Runtime => {
                            if runtime__.is_some() {
                                return Err(serde::de::Error::duplicate_field("runtime"));
                            }
                            runtime__ = Some(map_.next_value()?);
                        }
                        GeneratedField::EntryPoint => {
                            if entry_point__.is_some() {
                                return Err(serde::de::Error::duplicate_field("entryPoint"));
                            }
                            entry_point__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Signature => {
                            if signature__.is_some() {
                                return Err(serde::de::Error::duplicate_field("signature"));
                            }
                            signature__ = Some(map_.next_value::<Signature>()? as i32);
                        }
                        GeneratedField::Source => {
                            if source__.is_some() {
                                return Err(serde::de::Error::duplicate_field("source"));
                            }
                            source__ = map_.next_value()?;
                        }
                        GeneratedField::Build => {
                            if build__.is_some() {
                                return Err(serde::de::Error::duplicate_field("build"));
                            }
                            build__ = map_.next_value()?;
                        }
                        GeneratedField::Service => {
                            if service__.is_some() {
                                return Err(serde::de::Error::duplicate_field("service"));
                            }
                            service__ = map_.next_value()?;
                        }
                        GeneratedField::Triggers => {
                            if triggers__.is_some() {
                                return Err(serde::de::Error::duplicate_field("triggers"));
                            }
                            triggers__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Encryption => {
                            if encryption__.is_some() {
                                return Err(serde::de::Error::duplicate_field("encryption"));
                            }
                            encryption__ = map_.next_value()?;
                        }
                        GeneratedField::Rollout => {
                            if rollout__.is_some() {
                                return Err(serde::de::Error::duplicate_field("rollout"));
                            }
                            rollout__ = map_.next_value()?;
                        }
                        GeneratedField::Callers => {
                            if callers__.is_some() {
                                return Err(serde::de::Error::duplicate_field("callers"));
                            }
                            callers__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(FunctionSpec {
                    name: name__.unwrap_or_default(),
                    project: project__.unwrap_or_default(),
                    region: region__.unwrap_or_default(),
                    flavour: flavour__.unwrap_or_default(),
                    runtime: runtime__.unwrap_or_default(),
                    entry_point: entry_point__.unwrap_or_default(),
                    signature: signature__.unwrap_or_default(),
                    source: source__,
                    build: build__,
                    service: service__,
                    triggers: triggers__.unwrap_or_default(),
                    encryption: encryption__,
                    rollout: rollout__,
                    callers: callers__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("longshore.v1.FunctionSpec", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for GitRevision {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.url.is_empty() {
            len += 1;
        }
        if !self.revision.is_empty() {
            len += 1;
        }
        if !self.directory.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("longshore.v1.GitRevision", len)?;
        if !self.url.is_empty() {
            struct_ser.serialize_field("url", &self.url)?;
        }
        if !self.revision.is_empty() {
            struct_ser.serialize_field("revision", &self.revision)?;
        }
        if !self.directory.is_empty() {
            struct_ser.serialize_field("directory", &self.directory)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for GitRevision {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "url",
            "revision",
            "directory",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Url,
            Revision,
            Directory,
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
                            "url" => Ok(GeneratedField::Url),
                            "revision" => Ok(GeneratedField::Revision),
                            "directory" => Ok(GeneratedField::Directory),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = GitRevision;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct longshore.v1.GitRevision")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<GitRevision, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut url__ = None;
                let mut revision__ = None;
                let mut directory__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Url => {
                            if url__.is_some() {
                                return Err(serde::de::Error::duplicate_field("url"));
                            }
                            url__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Revision => {
                            if revision__.is_some() {
                                return Err(serde::de::Error::duplicate_field("revision"));
                            }
                            revision__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Directory => {
                            if directory__.is_some() {
                                return Err(serde::de::Error::duplicate_field("directory"));
                            }
                            directory__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(GitRevision {
                    url: url__.unwrap_or_default(),
                    revision: revision__.unwrap_or_default(),
                    directory: directory__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("longshore.v1.GitRevision", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for HttpsArchive {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.url.is_empty() {
            len += 1;
        }
        if !self.sha256.is_empty() {
            len += 1;
        }
        if !self.directory.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("longshore.v1.HttpsArchive", len)?;
        if !self.url.is_empty() {
            struct_ser.serialize_field("url", &self.url)?;
        }
        if !self.sha256.is_empty() {
            struct_ser.serialize_field("sha256", &self.sha256)?;
        }
        if !self.directory.is_empty() {
            struct_ser.serialize_field("directory", &self.directory)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for HttpsArchive {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "url",
            "sha256",
            "directory",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Url,
            Sha256,
            Directory,
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
                            "url" => Ok(GeneratedField::Url),
                            "sha256" => Ok(GeneratedField::Sha256),
                            "directory" => Ok(GeneratedField::Directory),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = HttpsArchive;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct longshore.v1.HttpsArchive")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<HttpsArchive, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut url__ = None;
                let mut sha256__ = None;
                let mut directory__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Url => {
                            if url__.is_some() {
                                return Err(serde::de::Error::duplicate_field("url"));
                            }
                            url__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Sha256 => {
                            if sha256__.is_some() {
                                return Err(serde::de::Error::duplicate_field("sha256"));
                            }
                            sha256__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Directory => {
                            if directory__.is_some() {
                                return Err(serde::de::Error::duplicate_field("directory"));
                            }
                            directory__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(HttpsArchive {
                    url: url__.unwrap_or_default(),
                    sha256: sha256__.unwrap_or_default(),
                    directory: directory__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("longshore.v1.HttpsArchive", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ImagePublished {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.deployment.is_some() {
            len += 1;
        }
        if self.function.is_some() {
            len += 1;
        }
        if self.source.is_some() {
            len += 1;
        }
        if self.image.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("longshore.v1.ImagePublished", len)?;
        if let Some(v) = self.deployment.as_ref() {
            struct_ser.serialize_field("deployment", v)?;
        }
        if let Some(v) = self.function.as_ref() {
            struct_ser.serialize_field("function", v)?;
        }
        if let Some(v) = self.source.as_ref() {
            struct_ser.serialize_field("source", v)?;
        }
        if let Some(v) = self.image.as_ref() {
            struct_ser.serialize_field("image", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ImagePublished {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "deployment",
            "function",
            "source",
            "image",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Deployment,
            Function,
            Source,
            Image,
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
                            "deployment" => Ok(GeneratedField::Deployment),
                            "function" => Ok(GeneratedField::Function),
                            "source" => Ok(GeneratedField::Source),
                            "image" => Ok(GeneratedField::Image),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = ImagePublished;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct longshore.v1.ImagePublished")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ImagePublished, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut deployment__ = None;
                let mut function__ = None;
                let mut source__ = None;
                let mut image__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Deployment => {
                            if deployment__.is_some() {
                                return Err(serde::de::Error::duplicate_field("deployment"));
                            }
                            deployment__ = map_.next_value()?;
                        }
                        GeneratedField::Function => {
                            if function__.is_some() {
                                return Err(serde::de::Error::duplicate_field("function"));
                            }
                            function__ = map_.next_value()?;
                        }
                        GeneratedField::Source => {
                            if source__.is_some() {
                                return Err(serde::de::Error::duplicate_field("source"));
                            }
                            source__ = map_.next_value()?;
                        }
                        GeneratedField::Image => {
                            if image__.is_some() {
                                return Err(serde::de::Error::duplicate_field("image"));
                            }
                            image__ = map_.next_value()?;
                        }
                    }
                }
                Ok(ImagePublished {
                    deployment: deployment__,
                    function: function__,
                    source: source__,
                    image: image__,
                })
            }
        }
        deserializer.deserialize_struct("longshore.v1.ImagePublished", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for Ingress {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        let variant = match self {
            Self::Unspecified => "INGRESS_UNSPECIFIED",
            Self::All => "INGRESS_ALL",
            Self::Internal => "INGRESS_INTERNAL",
            Self::InternalAndLoadBalancer => "INGRESS_INTERNAL_AND_LOAD_BALANCER",
        };
        serializer.serialize_str(variant)
    }
}
impl<'de> serde::Deserialize<'de> for Ingress {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "INGRESS_UNSPECIFIED",
            "INGRESS_ALL",
            "INGRESS_INTERNAL",
            "INGRESS_INTERNAL_AND_LOAD_BALANCER",
        ];

        struct GeneratedVisitor;

        impl serde::de::Visitor<'_> for GeneratedVisitor {
            type Value = Ingress;

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
                    "INGRESS_UNSPECIFIED" => Ok(Ingress::Unspecified),
                    "INGRESS_ALL" => Ok(Ingress::All),
                    "INGRESS_INTERNAL" => Ok(Ingress::Internal),
                    "INGRESS_INTERNAL_AND_LOAD_BALANCER" => Ok(Ingress::InternalAndLoadBalancer),
                    _ => Err(serde::de::Error::unknown_variant(value, FIELDS)),
                }
            }
        }
        deserializer.deserialize_any(GeneratedVisitor)
    }
}
impl serde::Serialize for InlineArchive {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.archive.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("longshore.v1.InlineArchive", len)?;
        if !self.archive.is_empty() {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("archive", pbjson::private::base64::encode(&self.archive).as_str())?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for InlineArchive {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "archive",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Archive,
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
                            "archive" => Ok(GeneratedField::Archive),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = InlineArchive;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct longshore.v1.InlineArchive")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<InlineArchive, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut archive__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Archive => {
                            if archive__.is_some() {
                                return Err(serde::de::Error::duplicate_field("archive"));
                            }
                            archive__ = 
                                Some(map_.next_value::<::pbjson::private::BytesDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(InlineArchive {
                    archive: archive__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("longshore.v1.InlineArchive", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for Outcome {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        let variant = match self {
            Self::Unspecified => "OUTCOME_UNSPECIFIED",
            Self::Deployed => "OUTCOME_DEPLOYED",
            Self::Unchanged => "OUTCOME_UNCHANGED",
            Self::Failed => "OUTCOME_FAILED",
            Self::Superseded => "OUTCOME_SUPERSEDED",
            Self::Cancelled => "OUTCOME_CANCELLED",
            Self::TrafficPinned => "OUTCOME_TRAFFIC_PINNED",
        };
        serializer.serialize_str(variant)
    }
}
impl<'de> serde::Deserialize<'de> for Outcome {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "OUTCOME_UNSPECIFIED",
            "OUTCOME_DEPLOYED",
            "OUTCOME_UNCHANGED",
            "OUTCOME_FAILED",
            "OUTCOME_SUPERSEDED",
            "OUTCOME_CANCELLED",
            "OUTCOME_TRAFFIC_PINNED",
        ];

        struct GeneratedVisitor;

        impl serde::de::Visitor<'_> for GeneratedVisitor {
            type Value = Outcome;

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
                    "OUTCOME_UNSPECIFIED" => Ok(Outcome::Unspecified),
                    "OUTCOME_DEPLOYED" => Ok(Outcome::Deployed),
                    "OUTCOME_UNCHANGED" => Ok(Outcome::Unchanged),
                    "OUTCOME_FAILED" => Ok(Outcome::Failed),
                    "OUTCOME_SUPERSEDED" => Ok(Outcome::Superseded),
                    "OUTCOME_CANCELLED" => Ok(Outcome::Cancelled),
                    "OUTCOME_TRAFFIC_PINNED" => Ok(Outcome::TrafficPinned),
                    _ => Err(serde::de::Error::unknown_variant(value, FIELDS)),
                }
            }
        }
        deserializer.deserialize_any(GeneratedVisitor)
    }
}
impl serde::Serialize for PinnedTraffic {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.percent != 0 {
            len += 1;
        }
        if !self.targets.is_empty() {
            len += 1;
        }
        if !self.command.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("longshore.v1.PinnedTraffic", len)?;
        if self.percent != 0 {
            struct_ser.serialize_field("percent", &self.percent)?;
        }
        if !self.targets.is_empty() {
            struct_ser.serialize_field("targets", &self.targets)?;
        }
        if !self.command.is_empty() {
            struct_ser.serialize_field("command", &self.command)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for PinnedTraffic {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "percent",
            "targets",
            "command",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Percent,
            Targets,
            Command,
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
                            "percent" => Ok(GeneratedField::Percent),
                            "targets" => Ok(GeneratedField::Targets),
                            "command" => Ok(GeneratedField::Command),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = PinnedTraffic;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct longshore.v1.PinnedTraffic")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<PinnedTraffic, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut percent__ = None;
                let mut targets__ = None;
                let mut command__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Percent => {
                            if percent__.is_some() {
                                return Err(serde::de::Error::duplicate_field("percent"));
                            }
                            percent__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Targets => {
                            if targets__.is_some() {
                                return Err(serde::de::Error::duplicate_field("targets"));
                            }
                            targets__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Command => {
                            if command__.is_some() {
                                return Err(serde::de::Error::duplicate_field("command"));
                            }
                            command__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(PinnedTraffic {
                    percent: percent__.unwrap_or_default(),
                    targets: targets__.unwrap_or_default(),
                    command: command__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("longshore.v1.PinnedTraffic", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for QueueRetry {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.max_attempts.is_some() {
            len += 1;
        }
        if self.max_duration.is_some() {
            len += 1;
        }
        if self.minimum_backoff.is_some() {
            len += 1;
        }
        if self.maximum_backoff.is_some() {
            len += 1;
        }
        if self.max_doublings.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("longshore.v1.QueueRetry", len)?;
        if let Some(v) = self.max_attempts.as_ref() {
            struct_ser.serialize_field("maxAttempts", v)?;
        }
        if let Some(v) = self.max_duration.as_ref() {
            struct_ser.serialize_field("maxDuration", v)?;
        }
        if let Some(v) = self.minimum_backoff.as_ref() {
            struct_ser.serialize_field("minimumBackoff", v)?;
        }
        if let Some(v) = self.maximum_backoff.as_ref() {
            struct_ser.serialize_field("maximumBackoff", v)?;
        }
        if let Some(v) = self.max_doublings.as_ref() {
            struct_ser.serialize_field("maxDoublings", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for QueueRetry {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "max_attempts",
            "maxAttempts",
            "max_duration",
            "maxDuration",
            "minimum_backoff",
            "minimumBackoff",
            "maximum_backoff",
            "maximumBackoff",
            "max_doublings",
            "maxDoublings",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            MaxAttempts,
            MaxDuration,
            MinimumBackoff,
            MaximumBackoff,
            MaxDoublings,
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
                            "maxAttempts" | "max_attempts" => Ok(GeneratedField::MaxAttempts),
                            "maxDuration" | "max_duration" => Ok(GeneratedField::MaxDuration),
                            "minimumBackoff" | "minimum_backoff" => Ok(GeneratedField::MinimumBackoff),
                            "maximumBackoff" | "maximum_backoff" => Ok(GeneratedField::MaximumBackoff),
                            "maxDoublings" | "max_doublings" => Ok(GeneratedField::MaxDoublings),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = QueueRetry;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct longshore.v1.QueueRetry")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<QueueRetry, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut max_attempts__ = None;
                let mut max_duration__ = None;
                let mut minimum_backoff__ = None;
                let mut maximum_backoff__ = None;
                let mut max_doublings__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::MaxAttempts => {
                            if max_attempts__.is_some() {
                                return Err(serde::de::Error::duplicate_field("maxAttempts"));
                            }
                            max_attempts__ = 
                                map_.next_value::<::std::option::Option<::pbjson::private::NumberDeserialize<_>>>()?.map(|x| x.0)
                            ;
                        }
                        GeneratedField::MaxDuration => {
                            if max_duration__.is_some() {
                                return Err(serde::de::Error::duplicate_field("maxDuration"));
                            }
                            max_duration__ = map_.next_value()?;
                        }
                        GeneratedField::MinimumBackoff => {
                            if minimum_backoff__.is_some() {
                                return Err(serde::de::Error::duplicate_field("minimumBackoff"));
                            }
                            minimum_backoff__ = map_.next_value()?;
                        }
                        GeneratedField::MaximumBackoff => {
                            if maximum_backoff__.is_some() {
                                return Err(serde::de::Error::duplicate_field("maximumBackoff"));
                            }
                            maximum_backoff__ = map_.next_value()?;
                        }
                        GeneratedField::MaxDoublings => {
                            if max_doublings__.is_some() {
                                return Err(serde::de::Error::duplicate_field("maxDoublings"));
                            }
                            max_doublings__ = 
                                map_.next_value::<::std::option::Option<::pbjson::private::NumberDeserialize<_>>>()?.map(|x| x.0)
                            ;
                        }
                    }
                }
                Ok(QueueRetry {
                    max_attempts: max_attempts__,
                    max_duration: max_duration__,
                    minimum_backoff: minimum_backoff__,
                    maximum_backoff: maximum_backoff__,
                    max_doublings: max_doublings__,
                })
            }
        }
        deserializer.deserialize_struct("longshore.v1.QueueRetry", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for QueueTrigger {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.queue.is_empty() {
            len += 1;
        }
        if self.max_dispatches_per_second.is_some() {
            len += 1;
        }
        if self.max_concurrent_dispatches.is_some() {
            len += 1;
        }
        if self.retry.is_some() {
            len += 1;
        }
        if !self.enqueuers.is_empty() {
            len += 1;
        }
        if !self.service_account.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("longshore.v1.QueueTrigger", len)?;
        if !self.queue.is_empty() {
            struct_ser.serialize_field("queue", &self.queue)?;
        }
        if let Some(v) = self.max_dispatches_per_second.as_ref() {
            struct_ser.serialize_field("maxDispatchesPerSecond", v)?;
        }
        if let Some(v) = self.max_concurrent_dispatches.as_ref() {
            struct_ser.serialize_field("maxConcurrentDispatches", v)?;
        }
        if let Some(v) = self.retry.as_ref() {
            struct_ser.serialize_field("retry", v)?;
        }
        if !self.enqueuers.is_empty() {
            struct_ser.serialize_field("enqueuers", &self.enqueuers)?;
        }
        if !self.service_account.is_empty() {
            struct_ser.serialize_field("serviceAccount", &self.service_account)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for QueueTrigger {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "queue",
            "max_dispatches_per_second",
            "maxDispatchesPerSecond",
            "max_concurrent_dispatches",
            "maxConcurrentDispatches",
            "retry",
            "enqueuers",
            "service_account",
            "serviceAccount",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Queue,
            MaxDispatchesPerSecond,
            MaxConcurrentDispatches,
            Retry,
            Enqueuers,
            ServiceAccount,
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
                            "queue" => Ok(GeneratedField::Queue),
                            "maxDispatchesPerSecond" | "max_dispatches_per_second" => Ok(GeneratedField::MaxDispatchesPerSecond),
                            "maxConcurrentDispatches" | "max_concurrent_dispatches" => Ok(GeneratedField::MaxConcurrentDispatches),
                            "retry" => Ok(GeneratedField::Retry),
                            "enqueuers" => Ok(GeneratedField::Enqueuers),
                            "serviceAccount" | "service_account" => Ok(GeneratedField::ServiceAccount),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = QueueTrigger;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct longshore.v1.QueueTrigger")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<QueueTrigger, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut queue__ = None;
                let mut max_dispatches_per_second__ = None;
                let mut max_concurrent_dispatches__ = None;
                let mut retry__ = None;
                let mut enqueuers__ = None;
                let mut service_account__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Queue => {
                            if queue__.is_some() {
                                return Err(serde::de::Error::duplicate_field("queue"));
                            }
                            queue__ = Some(map_.next_value()?);
                        }
                        GeneratedField::MaxDispatchesPerSecond => {
                            if max_dispatches_per_second__.is_some() {
                                return Err(serde::de::Error::duplicate_field("maxDispatchesPerSecond"));
                            }
                            max_dispatches_per_second__ = 
                                map_.next_value::<::std::option::Option<::pbjson::private::NumberDeserialize<_>>>()?.map(|x| x.0)
                            ;
                        }
                        GeneratedField::MaxConcurrentDispatches => {
                            if max_concurrent_dispatches__.is_some() {
                                return Err(serde::de::Error::duplicate_field("maxConcurrentDispatches"));
                            }
                            max_concurrent_dispatches__ = 
                                map_.next_value::<::std::option::Option<::pbjson::private::NumberDeserialize<_>>>()?.map(|x| x.0)
                            ;
                        }
                        GeneratedField::Retry => {
                            if retry__.is_some() {
                                return Err(serde::de::Error::duplicate_field("retry"));
                            }
                            retry__ = map_.next_value()?;
                        }
                        GeneratedField::Enqueuers => {
                            if enqueuers__.is_some() {
                                return Err(serde::de::Error::duplicate_field("enqueuers"));
                            }
                            enqueuers__ = Some(map_.next_value()?);
                        }
                        GeneratedField::ServiceAccount => {
                            if service_account__.is_some() {
                                return Err(serde::de::Error::duplicate_field("serviceAccount"));
                            }
                            service_account__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(QueueTrigger {
                    queue: queue__.unwrap_or_default(),
                    max_dispatches_per_second: max_dispatches_per_second__,
                    max_concurrent_dispatches: max_concurrent_dispatches__,
                    retry: retry__,
                    enqueuers: enqueuers__.unwrap_or_default(),
                    service_account: service_account__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("longshore.v1.QueueTrigger", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for RequestGate {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.path.is_empty() {
            len += 1;
        }
        if !self.function.is_empty() {
            len += 1;
        }
        if self.status.is_some() {
            len += 1;
        }
        if !self.body_contains.is_empty() {
            len += 1;
        }
        if self.within.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("longshore.v1.RequestGate", len)?;
        if !self.path.is_empty() {
            struct_ser.serialize_field("path", &self.path)?;
        }
        if !self.function.is_empty() {
            struct_ser.serialize_field("function", &self.function)?;
        }
        if let Some(v) = self.status.as_ref() {
            struct_ser.serialize_field("status", v)?;
        }
        if !self.body_contains.is_empty() {
            struct_ser.serialize_field("bodyContains", &self.body_contains)?;
        }
        if let Some(v) = self.within.as_ref() {
            struct_ser.serialize_field("within", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for RequestGate {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "path",
            "function",
            "status",
            "body_contains",
            "bodyContains",
            "within",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Path,
            Function,
            Status,
            BodyContains,
            Within,
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
                            "path" => Ok(GeneratedField::Path),
                            "function" => Ok(GeneratedField::Function),
                            "status" => Ok(GeneratedField::Status),
                            "bodyContains" | "body_contains" => Ok(GeneratedField::BodyContains),
                            "within" => Ok(GeneratedField::Within),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = RequestGate;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct longshore.v1.RequestGate")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<RequestGate, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut path__ = None;
                let mut function__ = None;
                let mut status__ = None;
                let mut body_contains__ = None;
                let mut within__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Path => {
                            if path__.is_some() {
                                return Err(serde::de::Error::duplicate_field("path"));
                            }
                            path__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Function => {
                            if function__.is_some() {
                                return Err(serde::de::Error::duplicate_field("function"));
                            }
                            function__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Status => {
                            if status__.is_some() {
                                return Err(serde::de::Error::duplicate_field("status"));
                            }
                            status__ = 
                                map_.next_value::<::std::option::Option<::pbjson::private::NumberDeserialize<_>>>()?.map(|x| x.0)
                            ;
                        }
                        GeneratedField::BodyContains => {
                            if body_contains__.is_some() {
                                return Err(serde::de::Error::duplicate_field("bodyContains"));
                            }
                            body_contains__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Within => {
                            if within__.is_some() {
                                return Err(serde::de::Error::duplicate_field("within"));
                            }
                            within__ = map_.next_value()?;
                        }
                    }
                }
                Ok(RequestGate {
                    path: path__.unwrap_or_default(),
                    function: function__.unwrap_or_default(),
                    status: status__,
                    body_contains: body_contains__.unwrap_or_default(),
                    within: within__,
                })
            }
        }
        deserializer.deserialize_struct("longshore.v1.RequestGate", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for RevisionTraffic {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.revision.is_empty() {
            len += 1;
        }
        if self.percent != 0 {
            len += 1;
        }
        if !self.tag.is_empty() {
            len += 1;
        }
        if !self.url.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("longshore.v1.RevisionTraffic", len)?;
        if !self.revision.is_empty() {
            struct_ser.serialize_field("revision", &self.revision)?;
        }
        if self.percent != 0 {
            struct_ser.serialize_field("percent", &self.percent)?;
        }
        if !self.tag.is_empty() {
            struct_ser.serialize_field("tag", &self.tag)?;
        }
        if !self.url.is_empty() {
            struct_ser.serialize_field("url", &self.url)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for RevisionTraffic {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "revision",
            "percent",
            "tag",
            "url",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Revision,
            Percent,
            Tag,
            Url,
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
                            "revision" => Ok(GeneratedField::Revision),
                            "percent" => Ok(GeneratedField::Percent),
                            "tag" => Ok(GeneratedField::Tag),
                            "url" => Ok(GeneratedField::Url),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = RevisionTraffic;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct longshore.v1.RevisionTraffic")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<RevisionTraffic, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut revision__ = None;
                let mut percent__ = None;
                let mut tag__ = None;
                let mut url__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Revision => {
                            if revision__.is_some() {
                                return Err(serde::de::Error::duplicate_field("revision"));
                            }
                            revision__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Percent => {
                            if percent__.is_some() {
                                return Err(serde::de::Error::duplicate_field("percent"));
                            }
                            percent__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Tag => {
                            if tag__.is_some() {
                                return Err(serde::de::Error::duplicate_field("tag"));
                            }
                            tag__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Url => {
                            if url__.is_some() {
                                return Err(serde::de::Error::duplicate_field("url"));
                            }
                            url__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(RevisionTraffic {
                    revision: revision__.unwrap_or_default(),
                    percent: percent__.unwrap_or_default(),
                    tag: tag__.unwrap_or_default(),
                    url: url__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("longshore.v1.RevisionTraffic", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for Rollout {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.percent != 0 {
            len += 1;
        }
        if !self.tag.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("longshore.v1.Rollout", len)?;
        if self.percent != 0 {
            struct_ser.serialize_field("percent", &self.percent)?;
        }
        if !self.tag.is_empty() {
            struct_ser.serialize_field("tag", &self.tag)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for Rollout {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "percent",
            "tag",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Percent,
            Tag,
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
                            "percent" => Ok(GeneratedField::Percent),
                            "tag" => Ok(GeneratedField::Tag),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = Rollout;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct longshore.v1.Rollout")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<Rollout, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut percent__ = None;
                let mut tag__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Percent => {
                            if percent__.is_some() {
                                return Err(serde::de::Error::duplicate_field("percent"));
                            }
                            percent__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Tag => {
                            if tag__.is_some() {
                                return Err(serde::de::Error::duplicate_field("tag"));
                            }
                            tag__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(Rollout {
                    percent: percent__.unwrap_or_default(),
                    tag: tag__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("longshore.v1.Rollout", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ScheduleRetry {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.count != 0 {
            len += 1;
        }
        if self.max_duration.is_some() {
            len += 1;
        }
        if self.minimum_backoff.is_some() {
            len += 1;
        }
        if self.maximum_backoff.is_some() {
            len += 1;
        }
        if self.max_doublings.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("longshore.v1.ScheduleRetry", len)?;
        if self.count != 0 {
            struct_ser.serialize_field("count", &self.count)?;
        }
        if let Some(v) = self.max_duration.as_ref() {
            struct_ser.serialize_field("maxDuration", v)?;
        }
        if let Some(v) = self.minimum_backoff.as_ref() {
            struct_ser.serialize_field("minimumBackoff", v)?;
        }
        if let Some(v) = self.maximum_backoff.as_ref() {
            struct_ser.serialize_field("maximumBackoff", v)?;
        }
        if let Some(v) = self.max_doublings.as_ref() {
            struct_ser.serialize_field("maxDoublings", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ScheduleRetry {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "count",
            "max_duration",
            "maxDuration",
            "minimum_backoff",
            "minimumBackoff",
            "maximum_backoff",
            "maximumBackoff",
            "max_doublings",
            "maxDoublings",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Count,
            MaxDuration,
            MinimumBackoff,
            MaximumBackoff,
            MaxDoublings,
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
                            "count" => Ok(GeneratedField::Count),
                            "maxDuration" | "max_duration" => Ok(GeneratedField::MaxDuration),
                            "minimumBackoff" | "minimum_backoff" => Ok(GeneratedField::MinimumBackoff),
                            "maximumBackoff" | "maximum_backoff" => Ok(GeneratedField::MaximumBackoff),
                            "maxDoublings" | "max_doublings" => Ok(GeneratedField::MaxDoublings),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = ScheduleRetry;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct longshore.v1.ScheduleRetry")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ScheduleRetry, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut count__ = None;
                let mut max_duration__ = None;
                let mut minimum_backoff__ = None;
                let mut maximum_backoff__ = None;
                let mut max_doublings__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Count => {
                            if count__.is_some() {
                                return Err(serde::de::Error::duplicate_field("count"));
                            }
                            count__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::MaxDuration => {
                            if max_duration__.is_some() {
                                return Err(serde::de::Error::duplicate_field("maxDuration"));
                            }
                            max_duration__ = map_.next_value()?;
                        }
                        GeneratedField::MinimumBackoff => {
                            if minimum_backoff__.is_some() {
                                return Err(serde::de::Error::duplicate_field("minimumBackoff"));
                            }
                            minimum_backoff__ = map_.next_value()?;
                        }
                        GeneratedField::MaximumBackoff => {
                            if maximum_backoff__.is_some() {
                                return Err(serde::de::Error::duplicate_field("maximumBackoff"));
                            }
                            maximum_backoff__ = map_.next_value()?;
                        }
                        GeneratedField::MaxDoublings => {
                            if max_doublings__.is_some() {
                                return Err(serde::de::Error::duplicate_field("maxDoublings"));
                            }
                            max_doublings__ = 
                                map_.next_value::<::std::option::Option<::pbjson::private::NumberDeserialize<_>>>()?.map(|x| x.0)
                            ;
                        }
                    }
                }
                Ok(ScheduleRetry {
                    count: count__.unwrap_or_default(),
                    max_duration: max_duration__,
                    minimum_backoff: minimum_backoff__,
                    maximum_backoff: maximum_backoff__,
                    max_doublings: max_doublings__,
                })
            }
        }
        deserializer.deserialize_struct("longshore.v1.ScheduleRetry", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ScheduleTrigger {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.schedule.is_empty() {
            len += 1;
        }
        if !self.time_zone.is_empty() {
            len += 1;
        }
        if !self.method.is_empty() {
            len += 1;
        }
        if !self.path.is_empty() {
            len += 1;
        }
        if !self.body.is_empty() {
            len += 1;
        }
        if !self.headers.is_empty() {
            len += 1;
        }
        if self.attempt_deadline.is_some() {
            len += 1;
        }
        if self.retry.is_some() {
            len += 1;
        }
        if !self.service_account.is_empty() {
            len += 1;
        }
        if !self.name.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("longshore.v1.ScheduleTrigger", len)?;
        if !self.schedule.is_empty() {
            struct_ser.serialize_field("schedule", &self.schedule)?;
        }
        if !self.time_zone.is_empty() {
            struct_ser.serialize_field("timeZone", &self.time_zone)?;
        }
        if !self.method.is_empty() {
            struct_ser.serialize_field("method", &self.method)?;
        }
        if !self.path.is_empty() {
            struct_ser.serialize_field("path", &self.path)?;
        }
        if !self.body.is_empty() {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("body", pbjson::private::base64::encode(&self.body).as_str())?;
        }
        if !self.headers.is_empty() {
            struct_ser.serialize_field("headers", &self.headers)?;
        }
        if let Some(v) = self.attempt_deadline.as_ref() {
            struct_ser.serialize_field("attemptDeadline", v)?;
        }
        if let Some(v) = self.retry.as_ref() {
            struct_ser.serialize_field("retry", v)?;
        }
        if !self.service_account.is_empty() {
            struct_ser.serialize_field("serviceAccount", &self.service_account)?;
        }
        if !self.name.is_empty() {
            struct_ser.serialize_field("name", &self.name)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ScheduleTrigger {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "schedule",
            "time_zone",
            "timeZone",
            "method",
            "path",
            "body",
            "headers",
            "attempt_deadline",
            "attemptDeadline",
            "retry",
            "service_account",
            "serviceAccount",
            "name",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Schedule,
            TimeZone,
            Method,
            Path,
            Body,
            Headers,
            AttemptDeadline,
            Retry,
            ServiceAccount,
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
                            "schedule" => Ok(GeneratedField::Schedule),
                            "timeZone" | "time_zone" => Ok(GeneratedField::TimeZone),
                            "method" => Ok(GeneratedField::Method),
                            "path" => Ok(GeneratedField::Path),
                            "body" => Ok(GeneratedField::Body),
                            "headers" => Ok(GeneratedField::Headers),
                            "attemptDeadline" | "attempt_deadline" => Ok(GeneratedField::AttemptDeadline),
                            "retry" => Ok(GeneratedField::Retry),
                            "serviceAccount" | "service_account" => Ok(GeneratedField::ServiceAccount),
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
            type Value = ScheduleTrigger;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct longshore.v1.ScheduleTrigger")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ScheduleTrigger, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut schedule__ = None;
                let mut time_zone__ = None;
                let mut method__ = None;
                let mut path__ = None;
                let mut body__ = None;
                let mut headers__ = None;
                let mut attempt_deadline__ = None;
                let mut retry__ = None;
                let mut service_account__ = None;
                let mut name__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Schedule => {
                            if schedule__.is_some() {
                                return Err(serde::de::Error::duplicate_field("schedule"));
                            }
                            schedule__ = Some(map_.next_value()?);
                        }
                        GeneratedField::TimeZone => {
                            if time_zone__.is_some() {
                                return Err(serde::de::Error::duplicate_field("timeZone"));
                            }
                            time_zone__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Method => {
                            if method__.is_some() {
                                return Err(serde::de::Error::duplicate_field("method"));
                            }
                            method__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Path => {
                            if path__.is_some() {
                                return Err(serde::de::Error::duplicate_field("path"));
                            }
                            path__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Body => {
                            if body__.is_some() {
                                return Err(serde::de::Error::duplicate_field("body"));
                            }
                            body__ = 
                                Some(map_.next_value::<::pbjson::private::BytesDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Headers => {
                            if headers__.is_some() {
                                return Err(serde::de::Error::duplicate_field("headers"));
                            }
                            headers__ = Some(
                                map_.next_value::<std::collections::BTreeMap<_, _>>()?
                            );
                        }
                        GeneratedField::AttemptDeadline => {
                            if attempt_deadline__.is_some() {
                                return Err(serde::de::Error::duplicate_field("attemptDeadline"));
                            }
                            attempt_deadline__ = map_.next_value()?;
                        }
                        GeneratedField::Retry => {
                            if retry__.is_some() {
                                return Err(serde::de::Error::duplicate_field("retry"));
                            }
                            retry__ = map_.next_value()?;
                        }
                        GeneratedField::ServiceAccount => {
                            if service_account__.is_some() {
                                return Err(serde::de::Error::duplicate_field("serviceAccount"));
                            }
                            service_account__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Name => {
                            if name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("name"));
                            }
                            name__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(ScheduleTrigger {
                    schedule: schedule__.unwrap_or_default(),
                    time_zone: time_zone__.unwrap_or_default(),
                    method: method__.unwrap_or_default(),
                    path: path__.unwrap_or_default(),
                    body: body__.unwrap_or_default(),
                    headers: headers__.unwrap_or_default(),
                    attempt_deadline: attempt_deadline__,
                    retry: retry__,
                    service_account: service_account__.unwrap_or_default(),
                    name: name__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("longshore.v1.ScheduleTrigger", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for SecretVariable {
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
        if !self.secret.is_empty() {
            len += 1;
        }
        if !self.version.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("longshore.v1.SecretVariable", len)?;
        if !self.name.is_empty() {
            struct_ser.serialize_field("name", &self.name)?;
        }
        if !self.secret.is_empty() {
            struct_ser.serialize_field("secret", &self.secret)?;
        }
        if !self.version.is_empty() {
            struct_ser.serialize_field("version", &self.version)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for SecretVariable {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "name",
            "secret",
            "version",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Name,
            Secret,
            Version,
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
                            "secret" => Ok(GeneratedField::Secret),
                            "version" => Ok(GeneratedField::Version),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = SecretVariable;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct longshore.v1.SecretVariable")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<SecretVariable, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut name__ = None;
                let mut secret__ = None;
                let mut version__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Name => {
                            if name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("name"));
                            }
                            name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Secret => {
                            if secret__.is_some() {
                                return Err(serde::de::Error::duplicate_field("secret"));
                            }
                            secret__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Version => {
                            if version__.is_some() {
                                return Err(serde::de::Error::duplicate_field("version"));
                            }
                            version__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(SecretVariable {
                    name: name__.unwrap_or_default(),
                    secret: secret__.unwrap_or_default(),
                    version: version__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("longshore.v1.SecretVariable", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for SecretVolume {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.mount_path.is_empty() {
            len += 1;
        }
        if !self.secret.is_empty() {
            len += 1;
        }
        if !self.files.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("longshore.v1.SecretVolume", len)?;
        if !self.mount_path.is_empty() {
            struct_ser.serialize_field("mountPath", &self.mount_path)?;
        }
        if !self.secret.is_empty() {
            struct_ser.serialize_field("secret", &self.secret)?;
        }
        if !self.files.is_empty() {
            struct_ser.serialize_field("files", &self.files)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for SecretVolume {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "mount_path",
            "mountPath",
            "secret",
            "files",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            MountPath,
            Secret,
            Files,
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
                            "mountPath" | "mount_path" => Ok(GeneratedField::MountPath),
                            "secret" => Ok(GeneratedField::Secret),
                            "files" => Ok(GeneratedField::Files),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = SecretVolume;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct longshore.v1.SecretVolume")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<SecretVolume, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut mount_path__ = None;
                let mut secret__ = None;
                let mut files__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::MountPath => {
                            if mount_path__.is_some() {
                                return Err(serde::de::Error::duplicate_field("mountPath"));
                            }
                            mount_path__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Secret => {
                            if secret__.is_some() {
                                return Err(serde::de::Error::duplicate_field("secret"));
                            }
                            secret__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Files => {
                            if files__.is_some() {
                                return Err(serde::de::Error::duplicate_field("files"));
                            }
                            files__ = Some(
                                map_.next_value::<std::collections::BTreeMap<_, _>>()?
                            );
                        }
                    }
                }
                Ok(SecretVolume {
                    mount_path: mount_path__.unwrap_or_default(),
                    secret: secret__.unwrap_or_default(),
                    files: files__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("longshore.v1.SecretVolume", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ServiceSettings {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.environment.is_empty() {
            len += 1;
        }
        if !self.memory.is_empty() {
            len += 1;
        }
        if !self.cpu.is_empty() {
            len += 1;
        }
        if self.timeout.is_some() {
            len += 1;
        }
        if self.concurrency.is_some() {
            len += 1;
        }
        if self.min_instances.is_some() {
            len += 1;
        }
        if self.max_instances.is_some() {
            len += 1;
        }
        if !self.service_account.is_empty() {
            len += 1;
        }
        if !self.labels.is_empty() {
            len += 1;
        }
        if self.access != 0 {
            len += 1;
        }
        if !self.description.is_empty() {
            len += 1;
        }
        if !self.secret_environment.is_empty() {
            len += 1;
        }
        if !self.secret_volumes.is_empty() {
            len += 1;
        }
        if self.ingress != 0 {
            len += 1;
        }
        if self.execution_environment != 0 {
            len += 1;
        }
        if self.cpu_boost.is_some() {
            len += 1;
        }
        if self.vpc.is_some() {
            len += 1;
        }
        if self.use_http2.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("longshore.v1.ServiceSettings", len)?;
        if !self.environment.is_empty() {
            struct_ser.serialize_field("environment", &self.environment)?;
        }
        if !self.memory.is_empty() {
            struct_ser.serialize_field("memory", &self.memory)?;
        }
        if !self.cpu.is_empty() {
            struct_ser.serialize_field("cpu", &self.cpu)?;
        }
        if let Some(v) = self.timeout.as_ref() {
            struct_ser.serialize_field("timeout", v)?;
        }
        if let Some(v) = self.concurrency.as_ref() {
            struct_ser.serialize_field("concurrency", v)?;
        }
        if let Some(v) = self.min_instances.as_ref() {
            struct_ser.serialize_field("minInstances", v)?;
        }
        if let Some(v) = self.max_instances.as_ref() {
            struct_ser.serialize_field("maxInstances", v)?;
        }
        if !self.service_account.is_empty() {
            struct_ser.serialize_field("serviceAccount", &self.service_account)?;
        }
        if !self.labels.is_empty() {
            struct_ser.serialize_field("labels", &self.labels)?;
        }
        if self.access != 0 {
            let v = Access::try_from(self.access)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.access)))?;
            struct_ser.serialize_field("access", &v)?;
        }
        if !self.description.is_empty() {
            struct_ser.serialize_field("description", &self.description)?;
        }
        if !self.secret_environment.is_empty() {
            struct_ser.serialize_field("secretEnvironment", &self.secret_environment)?;
        }
        if !self.secret_volumes.is_empty() {
            struct_ser.serialize_field("secretVolumes", &self.secret_volumes)?;
        }
        if self.ingress != 0 {
            let v = Ingress::try_from(self.ingress)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.ingress)))?;
            struct_ser.serialize_field("ingress", &v)?;
        }
        if self.execution_environment != 0 {
            let v = ExecutionEnvironment::try_from(self.execution_environment)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.execution_environment)))?;
            struct_ser.serialize_field("executionEnvironment", &v)?;
        }
        if let Some(v) = self.cpu_boost.as_ref() {
            struct_ser.serialize_field("cpuBoost", v)?;
        }
        if let Some(v) = self.vpc.as_ref() {
            struct_ser.serialize_field("vpc", v)?;
        }
        if let Some(v) = self.use_http2.as_ref() {
            struct_ser.serialize_field("useHttp2", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ServiceSettings {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "environment",
            "memory",
            "cpu",
            "timeout",
            "concurrency",
            "min_instances",
            "minInstances",
            "max_instances",
            "maxInstances",
            "service_account",
            "serviceAccount",
            "labels",
            "access",
            "description",
            "secret_environment",
            "secretEnvironment",
            "secret_volumes",
            "secretVolumes",
            "ingress",
            "execution_environment",
            "executionEnvironment",
            "cpu_boost",
            "cpuBoost",
            "vpc",
            "use_http2",
            "useHttp2",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Environment,
            Memory,
            Cpu,
            Timeout,
            Concurrency,
            MinInstances,
            MaxInstances,
            ServiceAccount,
            Labels,
            Access,
            Description,
            SecretEnvironment,
            SecretVolumes,
            Ingress,
            ExecutionEnvironment,
            CpuBoost,
            Vpc,
            UseHttp2,
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
                            "environment" => Ok(GeneratedField::Environment),
                            "memory" => Ok(GeneratedField::Memory),
                            "cpu" => Ok(GeneratedField::Cpu),
                            "timeout" => Ok(GeneratedField::Timeout),
                            "concurrency" => Ok(GeneratedField::Concurrency),
                            "minInstances" | "min_instances" => Ok(GeneratedField::MinInstances),
                            "maxInstances" | "max_instances" => Ok(GeneratedField::MaxInstances),
                            "serviceAccount" | "service_account" => Ok(GeneratedField::ServiceAccount),
                            "labels" => Ok(GeneratedField::Labels),
                            "access" => Ok(GeneratedField::Access),
                            "description" => Ok(GeneratedField::Description),
                            "secretEnvironment" | "secret_environment" => Ok(GeneratedField::SecretEnvironment),
                            "secretVolumes" | "secret_volumes" => Ok(GeneratedField::SecretVolumes),
                            "ingress" => Ok(GeneratedField::Ingress),
                            "executionEnvironment" | "execution_environment" => Ok(GeneratedField::ExecutionEnvironment),
                            "cpuBoost" | "cpu_boost" => Ok(GeneratedField::CpuBoost),
                            "vpc" => Ok(GeneratedField::Vpc),
                            "useHttp2" | "use_http2" => Ok(GeneratedField::UseHttp2),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = ServiceSettings;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct longshore.v1.ServiceSettings")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ServiceSettings, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut environment__ = None;
                let mut memory__ = None;
                let mut cpu__ = None;
                let mut timeout__ = None;
                let mut concurrency__ = None;
                let mut min_instances__ = None;
                let mut max_instances__ = None;
                let mut service_account__ = None;
                let mut labels__ = None;
                let mut access__ = None;
                let mut description__ = None;
                let mut secret_environment__ = None;
                let mut secret_volumes__ = None;
                let mut ingress__ = None;
                let mut execution_environment__ = None;
                let mut cpu_boost__ = None;
                let mut vpc__ = None;
                let mut use_http2__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Environment => {
                            if environment__.is_some() {
                                return Err(serde::de::Error::duplicate_field("environment"));
                            }
                            environment__ = Some(
                                map_.next_value::<std::collections::BTreeMap<_, _>>()?
                            );
                        }
                        GeneratedField::Memory => {
                            if memory__.is_some() {
                                return Err(serde::de::Error::duplicate_field("memory"));
                            }
                            memory__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Cpu => {
                            if cpu__.is_some() {
                                return Err(serde::de::Error::duplicate_field("cpu"));
                            }
                            cpu__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Timeout => {
                            if timeout__.is_some() {
                                return Err(serde::de::Error::duplicate_field("timeout"));
                            }
                            timeout__ = map_.next_value()?;
                        }
                        GeneratedField::Concurrency => {
                            if concurrency__.is_some() {
                                return Err(serde::de::Error::duplicate_field("concurrency"));
                            }
                            concurrency__ = 
                                map_.next_value::<::std::option::Option<::pbjson::private::NumberDeserialize<_>>>()?.map(|x| x.0)
                            ;
                        }
                        GeneratedField::MinInstances => {
                            if min_instances__.is_some() {
                                return Err(serde::de::Error::duplicate_field("minInstances"));
                            }
                            min_instances__ = 
                                map_.next_value::<::std::option::Option<::pbjson::private::NumberDeserialize<_>>>()?.map(|x| x.0)
                            ;
                        }
                        GeneratedField::MaxInstances => {
                            if max_instances__.is_some() {
                                return Err(serde::de::Error::duplicate_field("maxInstances"));
                            }
                            max_instances__ = 
                                map_.next_value::<::std::option::Option<::pbjson::private::NumberDeserialize<_>>>()?.map(|x| x.0)
                            ;
                        }
                        GeneratedField::ServiceAccount => {
                            if service_account__.is_some() {
                                return Err(serde::de::Error::duplicate_field("serviceAccount"));
                            }
                            service_account__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Labels => {
                            if labels__.is_some() {
                                return Err(serde::de::Error::duplicate_field("labels"));
                            }
                            labels__ = Some(
                                map_.next_value::<std::collections::BTreeMap<_, _>>()?
                            );
                        }
                        GeneratedField::Access => {
                            if access__.is_some() {
                                return Err(serde::de::Error::duplicate_field("access"));
                            }
                            access__ = Some(map_.next_value::<Access>()? as i32);
                        }
                        GeneratedField::Description => {
                            if description__.is_some() {
                                return Err(serde::de::Error::duplicate_field("description"));
                            }
                            description__ = Some(map_.next_value()?);
                        }
                        GeneratedField::SecretEnvironment => {
                            if secret_environment__.is_some() {
                                return Err(serde::de::Error::duplicate_field("secretEnvironment"));
                            }
                            secret_environment__ = Some(map_.next_value()?);
                        }
                        GeneratedField::SecretVolumes => {
                            if secret_volumes__.is_some() {
                                return Err(serde::de::Error::duplicate_field("secretVolumes"));
                            }
                            secret_volumes__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Ingress => {
                            if ingress__.is_some() {
                                return Err(serde::de::Error::duplicate_field("ingress"));
                            }
                            ingress__ = Some(map_.next_value::<Ingress>()? as i32);
                        }
                        GeneratedField::ExecutionEnvironment => {
                            if execution_environment__.is_some() {
                                return Err(serde::de::Error::duplicate_field("executionEnvironment"));
                            }
                            execution_environment__ = Some(map_.next_value::<ExecutionEnvironment>()? as i32);
                        }
                        GeneratedField::CpuBoost => {
                            if cpu_boost__.is_some() {
                                return Err(serde::de::Error::duplicate_field("cpuBoost"));
                            }
                            cpu_boost__ = map_.next_value()?;
                        }
                        GeneratedField::Vpc => {
                            if vpc__.is_some() {
                                return Err(serde::de::Error::duplicate_field("vpc"));
                            }
                            vpc__ = map_.next_value()?;
                        }
                        GeneratedField::UseHttp2 => {
                            if use_http2__.is_some() {
                                return Err(serde::de::Error::duplicate_field("useHttp2"));
                            }
                            use_http2__ = map_.next_value()?;
                        }
                    }
                }
                Ok(ServiceSettings {
                    environment: environment__.unwrap_or_default(),
                    memory: memory__.unwrap_or_default(),
                    cpu: cpu__.unwrap_or_default(),
                    timeout: timeout__,
                    concurrency: concurrency__,
                    min_instances: min_instances__,
                    max_instances: max_instances__,
                    service_account: service_account__.unwrap_or_default(),
                    labels: labels__.unwrap_or_default(),
                    access: access__.unwrap_or_default(),
                    description: description__.unwrap_or_default(),
                    secret_environment: secret_environment__.unwrap_or_default(),
                    secret_volumes: secret_volumes__.unwrap_or_default(),
                    ingress: ingress__.unwrap_or_default(),
                    execution_environment: execution_environment__.unwrap_or_default(),
                    cpu_boost: cpu_boost__,
                    vpc: vpc__,
                    use_http2: use_http2__,
                })
            }
        }
        deserializer.deserialize_struct("longshore.v1.ServiceSettings", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ServingRevision {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.url.is_empty() {
            len += 1;
        }
        if !self.revision.is_empty() {
            len += 1;
        }
        if !self.image.is_empty() {
            len += 1;
        }
        if self.builder.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("longshore.v1.ServingRevision", len)?;
        if !self.url.is_empty() {
            struct_ser.serialize_field("url", &self.url)?;
        }
        if !self.revision.is_empty() {
            struct_ser.serialize_field("revision", &self.revision)?;
        }
        if !self.image.is_empty() {
            struct_ser.serialize_field("image", &self.image)?;
        }
        if let Some(v) = self.builder.as_ref() {
            struct_ser.serialize_field("builder", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ServingRevision {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "url",
            "revision",
            "image",
            "builder",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Url,
            Revision,
            Image,
            Builder,
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
                            "url" => Ok(GeneratedField::Url),
                            "revision" => Ok(GeneratedField::Revision),
                            "image" => Ok(GeneratedField::Image),
                            "builder" => Ok(GeneratedField::Builder),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = ServingRevision;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct longshore.v1.ServingRevision")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ServingRevision, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut url__ = None;
                let mut revision__ = None;
                let mut image__ = None;
                let mut builder__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Url => {
                            if url__.is_some() {
                                return Err(serde::de::Error::duplicate_field("url"));
                            }
                            url__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Revision => {
                            if revision__.is_some() {
                                return Err(serde::de::Error::duplicate_field("revision"));
                            }
                            revision__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Image => {
                            if image__.is_some() {
                                return Err(serde::de::Error::duplicate_field("image"));
                            }
                            image__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Builder => {
                            if builder__.is_some() {
                                return Err(serde::de::Error::duplicate_field("builder"));
                            }
                            builder__ = map_.next_value()?;
                        }
                    }
                }
                Ok(ServingRevision {
                    url: url__.unwrap_or_default(),
                    revision: revision__.unwrap_or_default(),
                    image: image__.unwrap_or_default(),
                    builder: builder__,
                })
            }
        }
        deserializer.deserialize_struct("longshore.v1.ServingRevision", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for SharedBuild {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.key.is_empty() {
            len += 1;
        }
        if self.number != 0 {
            len += 1;
        }
        if !self.image.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("longshore.v1.SharedBuild", len)?;
        if !self.key.is_empty() {
            struct_ser.serialize_field("key", &self.key)?;
        }
        if self.number != 0 {
            struct_ser.serialize_field("number", &self.number)?;
        }
        if !self.image.is_empty() {
            struct_ser.serialize_field("image", &self.image)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for SharedBuild {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "key",
            "number",
            "image",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Key,
            Number,
            Image,
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
                            "key" => Ok(GeneratedField::Key),
                            "number" => Ok(GeneratedField::Number),
                            "image" => Ok(GeneratedField::Image),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = SharedBuild;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct longshore.v1.SharedBuild")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<SharedBuild, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut key__ = None;
                let mut number__ = None;
                let mut image__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Key => {
                            if key__.is_some() {
                                return Err(serde::de::Error::duplicate_field("key"));
                            }
                            key__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Number => {
                            if number__.is_some() {
                                return Err(serde::de::Error::duplicate_field("number"));
                            }
                            number__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Image => {
                            if image__.is_some() {
                                return Err(serde::de::Error::duplicate_field("image"));
                            }
                            image__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(SharedBuild {
                    key: key__.unwrap_or_default(),
                    number: number__.unwrap_or_default(),
                    image: image__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("longshore.v1.SharedBuild", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for Signature {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        let variant = match self {
            Self::Unspecified => "SIGNATURE_UNSPECIFIED",
            Self::Http => "SIGNATURE_HTTP",
            Self::CloudEvent => "SIGNATURE_CLOUD_EVENT",
            Self::Typed => "SIGNATURE_TYPED",
            Self::Event => "SIGNATURE_EVENT",
        };
        serializer.serialize_str(variant)
    }
}
impl<'de> serde::Deserialize<'de> for Signature {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "SIGNATURE_UNSPECIFIED",
            "SIGNATURE_HTTP",
            "SIGNATURE_CLOUD_EVENT",
            "SIGNATURE_TYPED",
            "SIGNATURE_EVENT",
        ];

        struct GeneratedVisitor;

        impl serde::de::Visitor<'_> for GeneratedVisitor {
            type Value = Signature;

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
                    "SIGNATURE_UNSPECIFIED" => Ok(Signature::Unspecified),
                    "SIGNATURE_HTTP" => Ok(Signature::Http),
                    "SIGNATURE_CLOUD_EVENT" => Ok(Signature::CloudEvent),
                    "SIGNATURE_TYPED" => Ok(Signature::Typed),
                    "SIGNATURE_EVENT" => Ok(Signature::Event),
                    _ => Err(serde::de::Error::unknown_variant(value, FIELDS)),
                }
            }
        }
        deserializer.deserialize_any(GeneratedVisitor)
    }
}
impl serde::Serialize for Source {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.place.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("longshore.v1.Source", len)?;
        if let Some(v) = self.place.as_ref() {
            match v {
                source::Place::Storage(v) => {
                    struct_ser.serialize_field("storage", v)?;
                }
                source::Place::Https(v) => {
                    struct_ser.serialize_field("https", v)?;
                }
                source::Place::Git(v) => {
                    struct_ser.serialize_field("git", v)?;
                }
                source::Place::Inline(v) => {
                    struct_ser.serialize_field("inline", v)?;
                }
                source::Place::Earlier(v) => {
                    struct_ser.serialize_field("earlier", v)?;
                }
            }
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for Source {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "storage",
            "https",
            "git",
            "inline",
            "earlier",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Storage,
            Https,
            Git,
            Inline,
            Earlier,
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
                            "storage" => Ok(GeneratedField::Storage),
                            "https" => Ok(GeneratedField::Https),
                            "git" => Ok(GeneratedField::Git),
                            "inline" => Ok(GeneratedField::Inline),
                            "earlier" => Ok(GeneratedField::Earlier),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = Source;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct longshore.v1.Source")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<Source, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut place__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Storage => {
                            if place__.is_some() {
                                return Err(serde::de::Error::duplicate_field("storage"));
                            }
                            place__ = map_.next_value::<::std::option::Option<_>>()?.map(source::Place::Storage)
;
                        }
                        GeneratedField::Https => {
                            if place__.is_some() {
                                return Err(serde::de::Error::duplicate_field("https"));
                            }
                            place__ = map_.next_value::<::std::option::Option<_>>()?.map(source::Place::Https)
;
                        }
                        GeneratedField::Git => {
                            if place__.is_some() {
                                return Err(serde::de::Error::duplicate_field("git"));
                            }
                            place__ = map_.next_value::<::std::option::Option<_>>()?.map(source::Place::Git)
;
                        }
                        GeneratedField::Inline => {
                            if place__.is_some() {
                                return Err(serde::de::Error::duplicate_field("inline"));
                            }
                            place__ = map_.next_value::<::std::option::Option<_>>()?.map(source::Place::Inline)
;
                        }
                        GeneratedField::Earlier => {
                            if place__.is_some() {
                                return Err(serde::de::Error::duplicate_field("earlier"));
                            }
                            place__ = map_.next_value::<::std::option::Option<_>>()?.map(source::Place::Earlier)
;
                        }
                    }
                }
                Ok(Source {
                    place: place__,
                })
            }
        }
        deserializer.deserialize_struct("longshore.v1.Source", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for SourceUploaded {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.deployment.is_some() {
            len += 1;
        }
        if self.function.is_some() {
            len += 1;
        }
        if self.source.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("longshore.v1.SourceUploaded", len)?;
        if let Some(v) = self.deployment.as_ref() {
            struct_ser.serialize_field("deployment", v)?;
        }
        if let Some(v) = self.function.as_ref() {
            struct_ser.serialize_field("function", v)?;
        }
        if let Some(v) = self.source.as_ref() {
            struct_ser.serialize_field("source", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for SourceUploaded {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "deployment",
            "function",
            "source",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Deployment,
            Function,
            Source,
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
                            "deployment" => Ok(GeneratedField::Deployment),
                            "function" => Ok(GeneratedField::Function),
                            "source" => Ok(GeneratedField::Source),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = SourceUploaded;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct longshore.v1.SourceUploaded")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<SourceUploaded, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut deployment__ = None;
                let mut function__ = None;
                let mut source__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Deployment => {
                            if deployment__.is_some() {
                                return Err(serde::de::Error::duplicate_field("deployment"));
                            }
                            deployment__ = map_.next_value()?;
                        }
                        GeneratedField::Function => {
                            if function__.is_some() {
                                return Err(serde::de::Error::duplicate_field("function"));
                            }
                            function__ = map_.next_value()?;
                        }
                        GeneratedField::Source => {
                            if source__.is_some() {
                                return Err(serde::de::Error::duplicate_field("source"));
                            }
                            source__ = map_.next_value()?;
                        }
                    }
                }
                Ok(SourceUploaded {
                    deployment: deployment__,
                    function: function__,
                    source: source__,
                })
            }
        }
        deserializer.deserialize_struct("longshore.v1.SourceUploaded", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for StorageObject {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.bucket.is_empty() {
            len += 1;
        }
        if !self.object.is_empty() {
            len += 1;
        }
        if self.generation != 0 {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("longshore.v1.StorageObject", len)?;
        if !self.bucket.is_empty() {
            struct_ser.serialize_field("bucket", &self.bucket)?;
        }
        if !self.object.is_empty() {
            struct_ser.serialize_field("object", &self.object)?;
        }
        if self.generation != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("generation", ToString::to_string(&self.generation).as_str())?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for StorageObject {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "bucket",
            "object",
            "generation",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Bucket,
            Object,
            Generation,
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
                            "bucket" => Ok(GeneratedField::Bucket),
                            "object" => Ok(GeneratedField::Object),
                            "generation" => Ok(GeneratedField::Generation),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = StorageObject;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct longshore.v1.StorageObject")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<StorageObject, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut bucket__ = None;
                let mut object__ = None;
                let mut generation__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Bucket => {
                            if bucket__.is_some() {
                                return Err(serde::de::Error::duplicate_field("bucket"));
                            }
                            bucket__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Object => {
                            if object__.is_some() {
                                return Err(serde::de::Error::duplicate_field("object"));
                            }
                            object__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Generation => {
                            if generation__.is_some() {
                                return Err(serde::de::Error::duplicate_field("generation"));
                            }
                            generation__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(StorageObject {
                    bucket: bucket__.unwrap_or_default(),
                    object: object__.unwrap_or_default(),
                    generation: generation__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("longshore.v1.StorageObject", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for StoredSource {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.object.is_some() {
            len += 1;
        }
        if !self.sha256.is_empty() {
            len += 1;
        }
        if self.size_bytes != 0 {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("longshore.v1.StoredSource", len)?;
        if let Some(v) = self.object.as_ref() {
            struct_ser.serialize_field("object", v)?;
        }
        if !self.sha256.is_empty() {
            struct_ser.serialize_field("sha256", &self.sha256)?;
        }
        if self.size_bytes != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("sizeBytes", ToString::to_string(&self.size_bytes).as_str())?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for StoredSource {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "object",
            "sha256",
            "size_bytes",
            "sizeBytes",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Object,
            Sha256,
            SizeBytes,
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
                            "object" => Ok(GeneratedField::Object),
                            "sha256" => Ok(GeneratedField::Sha256),
                            "sizeBytes" | "size_bytes" => Ok(GeneratedField::SizeBytes),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = StoredSource;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct longshore.v1.StoredSource")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<StoredSource, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut object__ = None;
                let mut sha256__ = None;
                let mut size_bytes__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Object => {
                            if object__.is_some() {
                                return Err(serde::de::Error::duplicate_field("object"));
                            }
                            object__ = map_.next_value()?;
                        }
                        GeneratedField::Sha256 => {
                            if sha256__.is_some() {
                                return Err(serde::de::Error::duplicate_field("sha256"));
                            }
                            sha256__ = Some(map_.next_value()?);
                        }
                        GeneratedField::SizeBytes => {
                            if size_bytes__.is_some() {
                                return Err(serde::de::Error::duplicate_field("sizeBytes"));
                            }
                            size_bytes__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(StoredSource {
                    object: object__,
                    sha256: sha256__.unwrap_or_default(),
                    size_bytes: size_bytes__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("longshore.v1.StoredSource", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for TopicPayload {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        let variant = match self {
            Self::Unspecified => "TOPIC_PAYLOAD_UNSPECIFIED",
            Self::Wrapped => "TOPIC_PAYLOAD_WRAPPED",
            Self::Unwrapped => "TOPIC_PAYLOAD_UNWRAPPED",
            Self::UnwrappedWithMetadata => "TOPIC_PAYLOAD_UNWRAPPED_WITH_METADATA",
        };
        serializer.serialize_str(variant)
    }
}
impl<'de> serde::Deserialize<'de> for TopicPayload {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "TOPIC_PAYLOAD_UNSPECIFIED",
            "TOPIC_PAYLOAD_WRAPPED",
            "TOPIC_PAYLOAD_UNWRAPPED",
            "TOPIC_PAYLOAD_UNWRAPPED_WITH_METADATA",
        ];

        struct GeneratedVisitor;

        impl serde::de::Visitor<'_> for GeneratedVisitor {
            type Value = TopicPayload;

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
                    "TOPIC_PAYLOAD_UNSPECIFIED" => Ok(TopicPayload::Unspecified),
                    "TOPIC_PAYLOAD_WRAPPED" => Ok(TopicPayload::Wrapped),
                    "TOPIC_PAYLOAD_UNWRAPPED" => Ok(TopicPayload::Unwrapped),
                    "TOPIC_PAYLOAD_UNWRAPPED_WITH_METADATA" => Ok(TopicPayload::UnwrappedWithMetadata),
                    _ => Err(serde::de::Error::unknown_variant(value, FIELDS)),
                }
            }
        }
        deserializer.deserialize_any(GeneratedVisitor)
    }
}
impl serde::Serialize for TopicTrigger {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.topic.is_empty() {
            len += 1;
        }
        if !self.filter.is_empty() {
            len += 1;
        }
        if self.ordered {
            len += 1;
        }
        if self.ack_deadline.is_some() {
            len += 1;
        }
        if self.minimum_backoff.is_some() {
            len += 1;
        }
        if self.maximum_backoff.is_some() {
            len += 1;
        }
        if !self.dead_letter_topic.is_empty() {
            len += 1;
        }
        if self.max_delivery_attempts.is_some() {
            len += 1;
        }
        if !self.service_account.is_empty() {
            len += 1;
        }
        if self.payload != 0 {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("longshore.v1.TopicTrigger", len)?;
        if !self.topic.is_empty() {
            struct_ser.serialize_field("topic", &self.topic)?;
        }
        if !self.filter.is_empty() {
            struct_ser.serialize_field("filter", &self.filter)?;
        }
        if self.ordered {
            struct_ser.serialize_field("ordered", &self.ordered)?;
        }
        if let Some(v) = self.ack_deadline.as_ref() {
            struct_ser.serialize_field("ackDeadline", v)?;
        }
        if let Some(v) = self.minimum_backoff.as_ref() {
            struct_ser.serialize_field("minimumBackoff", v)?;
        }
        if let Some(v) = self.maximum_backoff.as_ref() {
            struct_ser.serialize_field("maximumBackoff", v)?;
        }
        if !self.dead_letter_topic.is_empty() {
            struct_ser.serialize_field("deadLetterTopic", &self.dead_letter_topic)?;
        }
        if let Some(v) = self.max_delivery_attempts.as_ref() {
            struct_ser.serialize_field("maxDeliveryAttempts", v)?;
        }
        if !self.service_account.is_empty() {
            struct_ser.serialize_field("serviceAccount", &self.service_account)?;
        }
        if self.payload != 0 {
            let v = TopicPayload::try_from(self.payload)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.payload)))?;
            struct_ser.serialize_field("payload", &v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for TopicTrigger {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "topic",
            "filter",
            "ordered",
            "ack_deadline",
            "ackDeadline",
            "minimum_backoff",
            "minimumBackoff",
            "maximum_backoff",
            "maximumBackoff",
            "dead_letter_topic",
            "deadLetterTopic",
            "max_delivery_attempts",
            "maxDeliveryAttempts",
            "service_account",
            "serviceAccount",
            "payload",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Topic,
            Filter,
            Ordered,
            AckDeadline,
            MinimumBackoff,
            MaximumBackoff,
            DeadLetterTopic,
            MaxDeliveryAttempts,
            ServiceAccount,
            Payload,
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
                            "topic" => Ok(GeneratedField::Topic),
                            "filter" => Ok(GeneratedField::Filter),
                            "ordered" => Ok(GeneratedField::Ordered),
                            "ackDeadline" | "ack_deadline" => Ok(GeneratedField::AckDeadline),
                            "minimumBackoff" | "minimum_backoff" => Ok(GeneratedField::MinimumBackoff),
                            "maximumBackoff" | "maximum_backoff" => Ok(GeneratedField::MaximumBackoff),
                            "deadLetterTopic" | "dead_letter_topic" => Ok(GeneratedField::DeadLetterTopic),
                            "maxDeliveryAttempts" | "max_delivery_attempts" => Ok(GeneratedField::MaxDeliveryAttempts),
                            "serviceAccount" | "service_account" => Ok(GeneratedField::ServiceAccount),
                            "payload" => Ok(GeneratedField::Payload),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = TopicTrigger;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct longshore.v1.TopicTrigger")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<TopicTrigger, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut topic__ = None;
                let mut filter__ = None;
                let mut ordered__ = None;
                let mut ack_deadline__ = None;
                let mut minimum_backoff__ = None;
                let mut maximum_backoff__ = None;
                let mut dead_letter_topic__ = None;
                let mut max_delivery_attempts__ = None;
                let mut service_account__ = None;
                let mut payload__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Topic => {
                            if topic__.is_some() {
                                return Err(serde::de::Error::duplicate_field("topic"));
                            }
                            topic__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Filter => {
                            if filter__.is_some() {
                                return Err(serde::de::Error::duplicate_field("filter"));
                            }
                            filter__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Ordered => {
                            if ordered__.is_some() {
                                return Err(serde::de::Error::duplicate_field("ordered"));
                            }
                            ordered__ = Some(map_.next_value()?);
                        }
                        GeneratedField::AckDeadline => {
                            if ack_deadline__.is_some() {
                                return Err(serde::de::Error::duplicate_field("ackDeadline"));
                            }
                            ack_deadline__ = map_.next_value()?;
                        }
                        GeneratedField::MinimumBackoff => {
                            if minimum_backoff__.is_some() {
                                return Err(serde::de::Error::duplicate_field("minimumBackoff"));
                            }
                            minimum_backoff__ = map_.next_value()?;
                        }
                        GeneratedField::MaximumBackoff => {
                            if maximum_backoff__.is_some() {
                                return Err(serde::de::Error::duplicate_field("maximumBackoff"));
                            }
                            maximum_backoff__ = map_.next_value()?;
                        }
                        GeneratedField::DeadLetterTopic => {
                            if dead_letter_topic__.is_some() {
                                return Err(serde::de::Error::duplicate_field("deadLetterTopic"));
                            }
                            dead_letter_topic__ = Some(map_.next_value()?);
                        }
                        GeneratedField::MaxDeliveryAttempts => {
                            if max_delivery_attempts__.is_some() {
                                return Err(serde::de::Error::duplicate_field("maxDeliveryAttempts"));
                            }
                            max_delivery_attempts__ = 
                                map_.next_value::<::std::option::Option<::pbjson::private::NumberDeserialize<_>>>()?.map(|x| x.0)
                            ;
                        }
                        GeneratedField::ServiceAccount => {
                            if service_account__.is_some() {
                                return Err(serde::de::Error::duplicate_field("serviceAccount"));
                            }
                            service_account__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Payload => {
                            if payload__.is_some() {
                                return Err(serde::de::Error::duplicate_field("payload"));
                            }
                            payload__ = Some(map_.next_value::<TopicPayload>()? as i32);
                        }
                    }
                }
                Ok(TopicTrigger {
                    topic: topic__.unwrap_or_default(),
                    filter: filter__.unwrap_or_default(),
                    ordered: ordered__.unwrap_or_default(),
                    ack_deadline: ack_deadline__,
                    minimum_backoff: minimum_backoff__,
                    maximum_backoff: maximum_backoff__,
                    dead_letter_topic: dead_letter_topic__.unwrap_or_default(),
                    max_delivery_attempts: max_delivery_attempts__,
                    service_account: service_account__.unwrap_or_default(),
                    payload: payload__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("longshore.v1.TopicTrigger", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for Trigger {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.kind.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("longshore.v1.Trigger", len)?;
        if let Some(v) = self.kind.as_ref() {
            match v {
                trigger::Kind::Event(v) => {
                    struct_ser.serialize_field("event", v)?;
                }
                trigger::Kind::Topic(v) => {
                    struct_ser.serialize_field("topic", v)?;
                }
                trigger::Kind::Schedule(v) => {
                    struct_ser.serialize_field("schedule", v)?;
                }
                trigger::Kind::Queue(v) => {
                    struct_ser.serialize_field("queue", v)?;
                }
            }
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for Trigger {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "event",
            "topic",
            "schedule",
            "queue",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Event,
            Topic,
            Schedule,
            Queue,
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
                            "event" => Ok(GeneratedField::Event),
                            "topic" => Ok(GeneratedField::Topic),
                            "schedule" => Ok(GeneratedField::Schedule),
                            "queue" => Ok(GeneratedField::Queue),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = Trigger;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct longshore.v1.Trigger")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<Trigger, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut kind__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Event => {
                            if kind__.is_some() {
                                return Err(serde::de::Error::duplicate_field("event"));
                            }
                            kind__ = map_.next_value::<::std::option::Option<_>>()?.map(trigger::Kind::Event)
;
                        }
                        GeneratedField::Topic => {
                            if kind__.is_some() {
                                return Err(serde::de::Error::duplicate_field("topic"));
                            }
                            kind__ = map_.next_value::<::std::option::Option<_>>()?.map(trigger::Kind::Topic)
;
                        }
                        GeneratedField::Schedule => {
                            if kind__.is_some() {
                                return Err(serde::de::Error::duplicate_field("schedule"));
                            }
                            kind__ = map_.next_value::<::std::option::Option<_>>()?.map(trigger::Kind::Schedule)
;
                        }
                        GeneratedField::Queue => {
                            if kind__.is_some() {
                                return Err(serde::de::Error::duplicate_field("queue"));
                            }
                            kind__ = map_.next_value::<::std::option::Option<_>>()?.map(trigger::Kind::Queue)
;
                        }
                    }
                }
                Ok(Trigger {
                    kind: kind__,
                })
            }
        }
        deserializer.deserialize_struct("longshore.v1.Trigger", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for VpcAccess {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.connector.is_empty() {
            len += 1;
        }
        if !self.network.is_empty() {
            len += 1;
        }
        if !self.subnetwork.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("longshore.v1.VpcAccess", len)?;
        if !self.connector.is_empty() {
            struct_ser.serialize_field("connector", &self.connector)?;
        }
        if !self.network.is_empty() {
            struct_ser.serialize_field("network", &self.network)?;
        }
        if !self.subnetwork.is_empty() {
            struct_ser.serialize_field("subnetwork", &self.subnetwork)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for VpcAccess {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "connector",
            "network",
            "subnetwork",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Connector,
            Network,
            Subnetwork,
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
                            "connector" => Ok(GeneratedField::Connector),
                            "network" => Ok(GeneratedField::Network),
                            "subnetwork" => Ok(GeneratedField::Subnetwork),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = VpcAccess;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct longshore.v1.VpcAccess")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<VpcAccess, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut connector__ = None;
                let mut network__ = None;
                let mut subnetwork__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Connector => {
                            if connector__.is_some() {
                                return Err(serde::de::Error::duplicate_field("connector"));
                            }
                            connector__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Network => {
                            if network__.is_some() {
                                return Err(serde::de::Error::duplicate_field("network"));
                            }
                            network__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Subnetwork => {
                            if subnetwork__.is_some() {
                                return Err(serde::de::Error::duplicate_field("subnetwork"));
                            }
                            subnetwork__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(VpcAccess {
                    connector: connector__.unwrap_or_default(),
                    network: network__.unwrap_or_default(),
                    subnetwork: subnetwork__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("longshore.v1.VpcAccess", FIELDS, GeneratedVisitor)
    }
}
