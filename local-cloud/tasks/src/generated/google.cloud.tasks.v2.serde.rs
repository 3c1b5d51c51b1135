impl serde::Serialize for AppEngineHttpRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.http_method != 0 {
            len += 1;
        }
        if self.app_engine_routing.is_some() {
            len += 1;
        }
        if !self.relative_uri.is_empty() {
            len += 1;
        }
        if !self.headers.is_empty() {
            len += 1;
        }
        if !self.body.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("google.cloud.tasks.v2.AppEngineHttpRequest", len)?;
        if self.http_method != 0 {
            let v = HttpMethod::try_from(self.http_method)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.http_method)))?;
            struct_ser.serialize_field("httpMethod", &v)?;
        }
        if let Some(v) = self.app_engine_routing.as_ref() {
            struct_ser.serialize_field("appEngineRouting", v)?;
        }
        if !self.relative_uri.is_empty() {
            struct_ser.serialize_field("relativeUri", &self.relative_uri)?;
        }
        if !self.headers.is_empty() {
            struct_ser.serialize_field("headers", &self.headers)?;
        }
        if !self.body.is_empty() {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("body", pbjson::private::base64::encode(&self.body).as_str())?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for AppEngineHttpRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "http_method",
            "httpMethod",
            "app_engine_routing",
            "appEngineRouting",
            "relative_uri",
            "relativeUri",
            "headers",
            "body",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            HttpMethod,
            AppEngineRouting,
            RelativeUri,
            Headers,
            Body,
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
                            "httpMethod" | "http_method" => Ok(GeneratedField::HttpMethod),
                            "appEngineRouting" | "app_engine_routing" => Ok(GeneratedField::AppEngineRouting),
                            "relativeUri" | "relative_uri" => Ok(GeneratedField::RelativeUri),
                            "headers" => Ok(GeneratedField::Headers),
                            "body" => Ok(GeneratedField::Body),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = AppEngineHttpRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct google.cloud.tasks.v2.AppEngineHttpRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<AppEngineHttpRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut http_method__ = None;
                let mut app_engine_routing__ = None;
                let mut relative_uri__ = None;
                let mut headers__ = None;
                let mut body__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::HttpMethod => {
                            if http_method__.is_some() {
                                return Err(serde::de::Error::duplicate_field("httpMethod"));
                            }
                            http_method__ = Some(map_.next_value::<HttpMethod>()? as i32);
                        }
                        GeneratedField::AppEngineRouting => {
                            if app_engine_routing__.is_some() {
                                return Err(serde::de::Error::duplicate_field("appEngineRouting"));
                            }
                            app_engine_routing__ = map_.next_value()?;
                        }
                        GeneratedField::RelativeUri => {
                            if relative_uri__.is_some() {
                                return Err(serde::de::Error::duplicate_field("relativeUri"));
                            }
                            relative_uri__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Headers => {
                            if headers__.is_some() {
                                return Err(serde::de::Error::duplicate_field("headers"));
                            }
                            headers__ = Some(
                                map_.next_value::<std::collections::BTreeMap<_, _>>()?
                            );
                        }
                        GeneratedField::Body => {
                            if body__.is_some() {
                                return Err(serde::de::Error::duplicate_field("body"));
                            }
                            body__ = 
                                Some(map_.next_value::<::pbjson::private::BytesDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(AppEngineHttpRequest {
                    http_method: http_method__.unwrap_or_default(),
                    app_engine_routing: app_engine_routing__,
                    relative_uri: relative_uri__.unwrap_or_default(),
                    headers: headers__.unwrap_or_default(),
                    body: body__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("google.cloud.tasks.v2.AppEngineHttpRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for AppEngineRouting {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.service.is_empty() {
            len += 1;
        }
        if !self.version.is_empty() {
            len += 1;
        }
        if !self.instance.is_empty() {
            len += 1;
        }
        if !self.host.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("google.cloud.tasks.v2.AppEngineRouting", len)?;
        if !self.service.is_empty() {
            struct_ser.serialize_field("service", &self.service)?;
        }
        if !self.version.is_empty() {
            struct_ser.serialize_field("version", &self.version)?;
        }
        if !self.instance.is_empty() {
            struct_ser.serialize_field("instance", &self.instance)?;
        }
        if !self.host.is_empty() {
            struct_ser.serialize_field("host", &self.host)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for AppEngineRouting {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "service",
            "version",
            "instance",
            "host",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Service,
            Version,
            Instance,
            Host,
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
                            "service" => Ok(GeneratedField::Service),
                            "version" => Ok(GeneratedField::Version),
                            "instance" => Ok(GeneratedField::Instance),
                            "host" => Ok(GeneratedField::Host),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = AppEngineRouting;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct google.cloud.tasks.v2.AppEngineRouting")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<AppEngineRouting, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut service__ = None;
                let mut version__ = None;
                let mut instance__ = None;
                let mut host__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Service => {
                            if service__.is_some() {
                                return Err(serde::de::Error::duplicate_field("service"));
                            }
                            service__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Version => {
                            if version__.is_some() {
                                return Err(serde::de::Error::duplicate_field("version"));
                            }
                            version__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Instance => {
                            if instance__.is_some() {
                                return Err(serde::de::Error::duplicate_field("instance"));
                            }
                            instance__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Host => {
                            if host__.is_some() {
                                return Err(serde::de::Error::duplicate_field("host"));
                            }
                            host__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(AppEngineRouting {
                    service: service__.unwrap_or_default(),
                    version: version__.unwrap_or_default(),
                    instance: instance__.unwrap_or_default(),
                    host: host__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("google.cloud.tasks.v2.AppEngineRouting", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for Attempt {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.schedule_time.is_some() {
            len += 1;
        }
        if self.dispatch_time.is_some() {
            len += 1;
        }
        if self.response_time.is_some() {
            len += 1;
        }
        if self.response_status.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("google.cloud.tasks.v2.Attempt", len)?;
        if let Some(v) = self.schedule_time.as_ref() {
            struct_ser.serialize_field("scheduleTime", v)?;
        }
        if let Some(v) = self.dispatch_time.as_ref() {
            struct_ser.serialize_field("dispatchTime", v)?;
        }
        if let Some(v) = self.response_time.as_ref() {
            struct_ser.serialize_field("responseTime", v)?;
        }
        if let Some(v) = self.response_status.as_ref() {
            struct_ser.serialize_field("responseStatus", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for Attempt {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "schedule_time",
            "scheduleTime",
            "dispatch_time",
            "dispatchTime",
            "response_time",
            "responseTime",
            "response_status",
            "responseStatus",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            ScheduleTime,
            DispatchTime,
            ResponseTime,
            ResponseStatus,
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
                            "scheduleTime" | "schedule_time" => Ok(GeneratedField::ScheduleTime),
                            "dispatchTime" | "dispatch_time" => Ok(GeneratedField::DispatchTime),
                            "responseTime" | "response_time" => Ok(GeneratedField::ResponseTime),
                            "responseStatus" | "response_status" => Ok(GeneratedField::ResponseStatus),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = Attempt;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct google.cloud.tasks.v2.Attempt")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<Attempt, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut schedule_time__ = None;
                let mut dispatch_time__ = None;
                let mut response_time__ = None;
                let mut response_status__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::ScheduleTime => {
                            if schedule_time__.is_some() {
                                return Err(serde::de::Error::duplicate_field("scheduleTime"));
                            }
                            schedule_time__ = map_.next_value()?;
                        }
                        GeneratedField::DispatchTime => {
                            if dispatch_time__.is_some() {
                                return Err(serde::de::Error::duplicate_field("dispatchTime"));
                            }
                            dispatch_time__ = map_.next_value()?;
                        }
                        GeneratedField::ResponseTime => {
                            if response_time__.is_some() {
                                return Err(serde::de::Error::duplicate_field("responseTime"));
                            }
                            response_time__ = map_.next_value()?;
                        }
                        GeneratedField::ResponseStatus => {
                            if response_status__.is_some() {
                                return Err(serde::de::Error::duplicate_field("responseStatus"));
                            }
                            response_status__ = map_.next_value()?;
                        }
                    }
                }
                Ok(Attempt {
                    schedule_time: schedule_time__,
                    dispatch_time: dispatch_time__,
                    response_time: response_time__,
                    response_status: response_status__,
                })
            }
        }
        deserializer.deserialize_struct("google.cloud.tasks.v2.Attempt", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for CreateQueueRequest {
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
        if self.queue.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("google.cloud.tasks.v2.CreateQueueRequest", len)?;
        if !self.parent.is_empty() {
            struct_ser.serialize_field("parent", &self.parent)?;
        }
        if let Some(v) = self.queue.as_ref() {
            struct_ser.serialize_field("queue", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for CreateQueueRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "parent",
            "queue",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Parent,
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
                            "parent" => Ok(GeneratedField::Parent),
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
            type Value = CreateQueueRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct google.cloud.tasks.v2.CreateQueueRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<CreateQueueRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut parent__ = None;
                let mut queue__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Parent => {
                            if parent__.is_some() {
                                return Err(serde::de::Error::duplicate_field("parent"));
                            }
                            parent__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Queue => {
                            if queue__.is_some() {
                                return Err(serde::de::Error::duplicate_field("queue"));
                            }
                            queue__ = map_.next_value()?;
                        }
                    }
                }
                Ok(CreateQueueRequest {
                    parent: parent__.unwrap_or_default(),
                    queue: queue__,
                })
            }
        }
        deserializer.deserialize_struct("google.cloud.tasks.v2.CreateQueueRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for CreateTaskRequest {
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
        if self.task.is_some() {
            len += 1;
        }
        if self.response_view != 0 {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("google.cloud.tasks.v2.CreateTaskRequest", len)?;
        if !self.parent.is_empty() {
            struct_ser.serialize_field("parent", &self.parent)?;
        }
        if let Some(v) = self.task.as_ref() {
            struct_ser.serialize_field("task", v)?;
        }
        if self.response_view != 0 {
            let v = task::View::try_from(self.response_view)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.response_view)))?;
            struct_ser.serialize_field("responseView", &v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for CreateTaskRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "parent",
            "task",
            "response_view",
            "responseView",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Parent,
            Task,
            ResponseView,
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
                            "task" => Ok(GeneratedField::Task),
                            "responseView" | "response_view" => Ok(GeneratedField::ResponseView),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = CreateTaskRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct google.cloud.tasks.v2.CreateTaskRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<CreateTaskRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut parent__ = None;
                let mut task__ = None;
                let mut response_view__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Parent => {
                            if parent__.is_some() {
                                return Err(serde::de::Error::duplicate_field("parent"));
                            }
                            parent__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Task => {
                            if task__.is_some() {
                                return Err(serde::de::Error::duplicate_field("task"));
                            }
                            task__ = map_.next_value()?;
                        }
                        GeneratedField::ResponseView => {
                            if response_view__.is_some() {
                                return Err(serde::de::Error::duplicate_field("responseView"));
                            }
                            response_view__ = Some(map_.next_value::<task::View>()? as i32);
                        }
                    }
                }
                Ok(CreateTaskRequest {
                    parent: parent__.unwrap_or_default(),
                    task: task__,
                    response_view: response_view__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("google.cloud.tasks.v2.CreateTaskRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for DeleteQueueRequest {
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
        let mut struct_ser = serializer.serialize_struct("google.cloud.tasks.v2.DeleteQueueRequest", len)?;
        if !self.name.is_empty() {
            struct_ser.serialize_field("name", &self.name)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for DeleteQueueRequest {
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
            type Value = DeleteQueueRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct google.cloud.tasks.v2.DeleteQueueRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<DeleteQueueRequest, V::Error>
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
                Ok(DeleteQueueRequest {
                    name: name__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("google.cloud.tasks.v2.DeleteQueueRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for DeleteTaskRequest {
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
        let mut struct_ser = serializer.serialize_struct("google.cloud.tasks.v2.DeleteTaskRequest", len)?;
        if !self.name.is_empty() {
            struct_ser.serialize_field("name", &self.name)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for DeleteTaskRequest {
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
            type Value = DeleteTaskRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct google.cloud.tasks.v2.DeleteTaskRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<DeleteTaskRequest, V::Error>
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
                Ok(DeleteTaskRequest {
                    name: name__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("google.cloud.tasks.v2.DeleteTaskRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for GetQueueRequest {
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
        let mut struct_ser = serializer.serialize_struct("google.cloud.tasks.v2.GetQueueRequest", len)?;
        if !self.name.is_empty() {
            struct_ser.serialize_field("name", &self.name)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for GetQueueRequest {
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
            type Value = GetQueueRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct google.cloud.tasks.v2.GetQueueRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<GetQueueRequest, V::Error>
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
                Ok(GetQueueRequest {
                    name: name__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("google.cloud.tasks.v2.GetQueueRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for GetTaskRequest {
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
        if self.response_view != 0 {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("google.cloud.tasks.v2.GetTaskRequest", len)?;
        if !self.name.is_empty() {
            struct_ser.serialize_field("name", &self.name)?;
        }
        if self.response_view != 0 {
            let v = task::View::try_from(self.response_view)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.response_view)))?;
            struct_ser.serialize_field("responseView", &v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for GetTaskRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "name",
            "response_view",
            "responseView",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Name,
            ResponseView,
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
                            "responseView" | "response_view" => Ok(GeneratedField::ResponseView),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = GetTaskRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct google.cloud.tasks.v2.GetTaskRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<GetTaskRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut name__ = None;
                let mut response_view__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Name => {
                            if name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("name"));
                            }
                            name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::ResponseView => {
                            if response_view__.is_some() {
                                return Err(serde::de::Error::duplicate_field("responseView"));
                            }
                            response_view__ = Some(map_.next_value::<task::View>()? as i32);
                        }
                    }
                }
                Ok(GetTaskRequest {
                    name: name__.unwrap_or_default(),
                    response_view: response_view__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("google.cloud.tasks.v2.GetTaskRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for HttpMethod {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        let variant = match self {
            Self::Unspecified => "HTTP_METHOD_UNSPECIFIED",
            Self::Post => "POST",
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
            Self::Patch => "PATCH",
            Self::Options => "OPTIONS",
        };
        serializer.serialize_str(variant)
    }
}
impl<'de> serde::Deserialize<'de> for HttpMethod {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "HTTP_METHOD_UNSPECIFIED",
            "POST",
            "GET",
            "HEAD",
            "PUT",
            "DELETE",
            "PATCH",
            "OPTIONS",
        ];

        struct GeneratedVisitor;

        impl serde::de::Visitor<'_> for GeneratedVisitor {
            type Value = HttpMethod;

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
                    "HTTP_METHOD_UNSPECIFIED" => Ok(HttpMethod::Unspecified),
                    "POST" => Ok(HttpMethod::Post),
                    "GET" => Ok(HttpMethod::Get),
                    "HEAD" => Ok(HttpMethod::Head),
                    "PUT" => Ok(HttpMethod::Put),
                    "DELETE" => Ok(HttpMethod::Delete),
                    "PATCH" => Ok(HttpMethod::Patch),
                    "OPTIONS" => Ok(HttpMethod::Options),
                    _ => Err(serde::de::Error::unknown_variant(value, FIELDS)),
                }
            }
        }
        deserializer.deserialize_any(GeneratedVisitor)
    }
}
impl serde::Serialize for HttpRequest {
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
        if self.http_method != 0 {
            len += 1;
        }
        if !self.headers.is_empty() {
            len += 1;
        }
        if !self.body.is_empty() {
            len += 1;
        }
        if self.authorization_header.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("google.cloud.tasks.v2.HttpRequest", len)?;
        if !self.url.is_empty() {
            struct_ser.serialize_field("url", &self.url)?;
        }
        if self.http_method != 0 {
            let v = HttpMethod::try_from(self.http_method)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.http_method)))?;
            struct_ser.serialize_field("httpMethod", &v)?;
        }
        if !self.headers.is_empty() {
            struct_ser.serialize_field("headers", &self.headers)?;
        }
        if !self.body.is_empty() {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("body", pbjson::private::base64::encode(&self.body).as_str())?;
        }
        if let Some(v) = self.authorization_header.as_ref() {
            match v {
                http_request::AuthorizationHeader::OauthToken(v) => {
                    struct_ser.serialize_field("oauthToken", v)?;
                }
                http_request::AuthorizationHeader::OidcToken(v) => {
                    struct_ser.serialize_field("oidcToken", v)?;
                }
            }
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for HttpRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "url",
            "http_method",
            "httpMethod",
            "headers",
            "body",
            "oauth_token",
            "oauthToken",
            "oidc_token",
            "oidcToken",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Url,
            HttpMethod,
            Headers,
            Body,
            OauthToken,
            OidcToken,
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
                            "httpMethod" | "http_method" => Ok(GeneratedField::HttpMethod),
                            "headers" => Ok(GeneratedField::Headers),
                            "body" => Ok(GeneratedField::Body),
                            "oauthToken" | "oauth_token" => Ok(GeneratedField::OauthToken),
                            "oidcToken" | "oidc_token" => Ok(GeneratedField::OidcToken),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = HttpRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct google.cloud.tasks.v2.HttpRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<HttpRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut url__ = None;
                let mut http_method__ = None;
                let mut headers__ = None;
                let mut body__ = None;
                let mut authorization_header__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Url => {
                            if url__.is_some() {
                                return Err(serde::de::Error::duplicate_field("url"));
                            }
                            url__ = Some(map_.next_value()?);
                        }
                        GeneratedField::HttpMethod => {
                            if http_method__.is_some() {
                                return Err(serde::de::Error::duplicate_field("httpMethod"));
                            }
                            http_method__ = Some(map_.next_value::<HttpMethod>()? as i32);
                        }
                        GeneratedField::Headers => {
                            if headers__.is_some() {
                                return Err(serde::de::Error::duplicate_field("headers"));
                            }
                            headers__ = Some(
                                map_.next_value::<std::collections::BTreeMap<_, _>>()?
                            );
                        }
                        GeneratedField::Body => {
                            if body__.is_some() {
                                return Err(serde::de::Error::duplicate_field("body"));
                            }
                            body__ = 
                                Some(map_.next_value::<::pbjson::private::BytesDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::OauthToken => {
                            if authorization_header__.is_some() {
                                return Err(serde::de::Error::duplicate_field("oauthToken"));
                            }
                            authorization_header__ = map_.next_value::<::std::option::Option<_>>()?.map(http_request::AuthorizationHeader::OauthToken)
;
                        }
                        GeneratedField::OidcToken => {
                            if authorization_header__.is_some() {
                                return Err(serde::de::Error::duplicate_field("oidcToken"));
                            }
                            authorization_header__ = map_.next_value::<::std::option::Option<_>>()?.map(http_request::AuthorizationHeader::OidcToken)
;
                        }
                    }
                }
                Ok(HttpRequest {
                    url: url__.unwrap_or_default(),
                    http_method: http_method__.unwrap_or_default(),
                    headers: headers__.unwrap_or_default(),
                    body: body__.unwrap_or_default(),
                    authorization_header: authorization_header__,
                })
            }
        }
        deserializer.deserialize_struct("google.cloud.tasks.v2.HttpRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for HttpTarget {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.uri_override.is_some() {
            len += 1;
        }
        if self.http_method != 0 {
            len += 1;
        }
        if !self.header_overrides.is_empty() {
            len += 1;
        }
        if self.authorization_header.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("google.cloud.tasks.v2.HttpTarget", len)?;
        if let Some(v) = self.uri_override.as_ref() {
            struct_ser.serialize_field("uriOverride", v)?;
        }
        if self.http_method != 0 {
            let v = HttpMethod::try_from(self.http_method)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.http_method)))?;
            struct_ser.serialize_field("httpMethod", &v)?;
        }
        if !self.header_overrides.is_empty() {
            struct_ser.serialize_field("headerOverrides", &self.header_overrides)?;
        }
        if let Some(v) = self.authorization_header.as_ref() {
            match v {
                http_target::AuthorizationHeader::OauthToken(v) => {
                    struct_ser.serialize_field("oauthToken", v)?;
                }
                http_target::AuthorizationHeader::OidcToken(v) => {
                    struct_ser.serialize_field("oidcToken", v)?;
                }
            }
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for HttpTarget {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "uri_override",
            "uriOverride",
            "http_method",
            "httpMethod",
            "header_overrides",
            "headerOverrides",
            "oauth_token",
            "oauthToken",
            "oidc_token",
            "oidcToken",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            UriOverride,
            HttpMethod,
            HeaderOverrides,
            OauthToken,
            OidcToken,
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
                            "uriOverride" | "uri_override" => Ok(GeneratedField::UriOverride),
                            "httpMethod" | "http_method" => Ok(GeneratedField::HttpMethod),
                            "headerOverrides" | "header_overrides" => Ok(GeneratedField::HeaderOverrides),
                            "oauthToken" | "oauth_token" => Ok(GeneratedField::OauthToken),
                            "oidcToken" | "oidc_token" => Ok(GeneratedField::OidcToken),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = HttpTarget;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct google.cloud.tasks.v2.HttpTarget")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<HttpTarget, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut uri_override__ = None;
                let mut http_method__ = None;
                let mut header_overrides__ = None;
                let mut authorization_header__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::UriOverride => {
                            if uri_override__.is_some() {
                                return Err(serde::de::Error::duplicate_field("uriOverride"));
                            }
                            uri_override__ = map_.next_value()?;
                        }
                        GeneratedField::HttpMethod => {
                            if http_method__.is_some() {
                                return Err(serde::de::Error::duplicate_field("httpMethod"));
                            }
                            http_method__ = Some(map_.next_value::<HttpMethod>()? as i32);
                        }
                        GeneratedField::HeaderOverrides => {
                            if header_overrides__.is_some() {
                                return Err(serde::de::Error::duplicate_field("headerOverrides"));
                            }
                            header_overrides__ = Some(map_.next_value()?);
                        }
                        GeneratedField::OauthToken => {
                            if authorization_header__.is_some() {
                                return Err(serde::de::Error::duplicate_field("oauthToken"));
                            }
                            authorization_header__ = map_.next_value::<::std::option::Option<_>>()?.map(http_target::AuthorizationHeader::OauthToken)
;
                        }
                        GeneratedField::OidcToken => {
                            if authorization_header__.is_some() {
                                return Err(serde::de::Error::duplicate_field("oidcToken"));
                            }
                            authorization_header__ = map_.next_value::<::std::option::Option<_>>()?.map(http_target::AuthorizationHeader::OidcToken)
;
                        }
                    }
                }
                Ok(HttpTarget {
                    uri_override: uri_override__,
                    http_method: http_method__.unwrap_or_default(),
                    header_overrides: header_overrides__.unwrap_or_default(),
                    authorization_header: authorization_header__,
                })
            }
        }
        deserializer.deserialize_struct("google.cloud.tasks.v2.HttpTarget", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for http_target::Header {
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
        if !self.value.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("google.cloud.tasks.v2.HttpTarget.Header", len)?;
        if !self.key.is_empty() {
            struct_ser.serialize_field("key", &self.key)?;
        }
        if !self.value.is_empty() {
            struct_ser.serialize_field("value", &self.value)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for http_target::Header {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "key",
            "value",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Key,
            Value,
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
                            "value" => Ok(GeneratedField::Value),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = http_target::Header;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct google.cloud.tasks.v2.HttpTarget.Header")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<http_target::Header, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut key__ = None;
                let mut value__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Key => {
                            if key__.is_some() {
                                return Err(serde::de::Error::duplicate_field("key"));
                            }
                            key__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Value => {
                            if value__.is_some() {
                                return Err(serde::de::Error::duplicate_field("value"));
                            }
                            value__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(http_target::Header {
                    key: key__.unwrap_or_default(),
                    value: value__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("google.cloud.tasks.v2.HttpTarget.Header", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for http_target::HeaderOverride {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.header.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("google.cloud.tasks.v2.HttpTarget.HeaderOverride", len)?;
        if let Some(v) = self.header.as_ref() {
            struct_ser.serialize_field("header", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for http_target::HeaderOverride {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "header",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Header,
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
                            "header" => Ok(GeneratedField::Header),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = http_target::HeaderOverride;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct google.cloud.tasks.v2.HttpTarget.HeaderOverride")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<http_target::HeaderOverride, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut header__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Header => {
                            if header__.is_some() {
                                return Err(serde::de::Error::duplicate_field("header"));
                            }
                            header__ = map_.next_value()?;
                        }
                    }
                }
                Ok(http_target::HeaderOverride {
                    header: header__,
                })
            }
        }
        deserializer.deserialize_struct("google.cloud.tasks.v2.HttpTarget.HeaderOverride", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ListQueuesRequest {
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
        if !self.filter.is_empty() {
            len += 1;
        }
        if self.page_size != 0 {
            len += 1;
        }
        if !self.page_token.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("google.cloud.tasks.v2.ListQueuesRequest", len)?;
        if !self.parent.is_empty() {
            struct_ser.serialize_field("parent", &self.parent)?;
        }
        if !self.filter.is_empty() {
            struct_ser.serialize_field("filter", &self.filter)?;
        }
        if self.page_size != 0 {
            struct_ser.serialize_field("pageSize", &self.page_size)?;
        }
        if !self.page_token.is_empty() {
            struct_ser.serialize_field("pageToken", &self.page_token)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ListQueuesRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "parent",
            "filter",
            "page_size",
            "pageSize",
            "page_token",
            "pageToken",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Parent,
            Filter,
            PageSize,
            PageToken,
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
                            "filter" => Ok(GeneratedField::Filter),
                            "pageSize" | "page_size" => Ok(GeneratedField::PageSize),
                            "pageToken" | "page_token" => Ok(GeneratedField::PageToken),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = ListQueuesRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct google.cloud.tasks.v2.ListQueuesRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ListQueuesRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut parent__ = None;
                let mut filter__ = None;
                let mut page_size__ = None;
                let mut page_token__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Parent => {
                            if parent__.is_some() {
                                return Err(serde::de::Error::duplicate_field("parent"));
                            }
                            parent__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Filter => {
                            if filter__.is_some() {
                                return Err(serde::de::Error::duplicate_field("filter"));
                            }
                            filter__ = Some(map_.next_value()?);
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
                    }
                }
                Ok(ListQueuesRequest {
                    parent: parent__.unwrap_or_default(),
                    filter: filter__.unwrap_or_default(),
                    page_size: page_size__.unwrap_or_default(),
                    page_token: page_token__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("google.cloud.tasks.v2.ListQueuesRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ListQueuesResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.queues.is_empty() {
            len += 1;
        }
        if !self.next_page_token.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("google.cloud.tasks.v2.ListQueuesResponse", len)?;
        if !self.queues.is_empty() {
            struct_ser.serialize_field("queues", &self.queues)?;
        }
        if !self.next_page_token.is_empty() {
            struct_ser.serialize_field("nextPageToken", &self.next_page_token)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ListQueuesResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "queues",
            "next_page_token",
            "nextPageToken",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Queues,
            NextPageToken,
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
                            "queues" => Ok(GeneratedField::Queues),
                            "nextPageToken" | "next_page_token" => Ok(GeneratedField::NextPageToken),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = ListQueuesResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct google.cloud.tasks.v2.ListQueuesResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ListQueuesResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut queues__ = None;
                let mut next_page_token__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Queues => {
                            if queues__.is_some() {
                                return Err(serde::de::Error::duplicate_field("queues"));
                            }
                            queues__ = Some(map_.next_value()?);
                        }
                        GeneratedField::NextPageToken => {
                            if next_page_token__.is_some() {
                                return Err(serde::de::Error::duplicate_field("nextPageToken"));
                            }
                            next_page_token__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(ListQueuesResponse {
                    queues: queues__.unwrap_or_default(),
                    next_page_token: next_page_token__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("google.cloud.tasks.v2.ListQueuesResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ListTasksRequest {
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
        if self.response_view != 0 {
            len += 1;
        }
        if self.page_size != 0 {
            len += 1;
        }
        if !self.page_token.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("google.cloud.tasks.v2.ListTasksRequest", len)?;
        if !self.parent.is_empty() {
            struct_ser.serialize_field("parent", &self.parent)?;
        }
        if self.response_view != 0 {
            let v = task::View::try_from(self.response_view)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.response_view)))?;
            struct_ser.serialize_field("responseView", &v)?;
        }
        if self.page_size != 0 {
            struct_ser.serialize_field("pageSize", &self.page_size)?;
        }
        if !self.page_token.is_empty() {
            struct_ser.serialize_field("pageToken", &self.page_token)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ListTasksRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "parent",
            "response_view",
            "responseView",
            "page_size",
            "pageSize",
            "page_token",
            "pageToken",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Parent,
            ResponseView,
            PageSize,
            PageToken,
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
                            "responseView" | "response_view" => Ok(GeneratedField::ResponseView),
                            "pageSize" | "page_size" => Ok(GeneratedField::PageSize),
                            "pageToken" | "page_token" => Ok(GeneratedField::PageToken),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = ListTasksRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct google.cloud.tasks.v2.ListTasksRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ListTasksRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut parent__ = None;
                let mut response_view__ = None;
                let mut page_size__ = None;
                let mut page_token__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Parent => {
                            if parent__.is_some() {
                                return Err(serde::de::Error::duplicate_field("parent"));
                            }
                            parent__ = Some(map_.next_value()?);
                        }
                        GeneratedField::ResponseView => {
                            if response_view__.is_some() {
                                return Err(serde::de::Error::duplicate_field("responseView"));
                            }
                            response_view__ = Some(map_.next_value::<task::View>()? as i32);
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
                    }
                }
                Ok(ListTasksRequest {
                    parent: parent__.unwrap_or_default(),
                    response_view: response_view__.unwrap_or_default(),
                    page_size: page_size__.unwrap_or_default(),
                    page_token: page_token__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("google.cloud.tasks.v2.ListTasksRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ListTasksResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.tasks.is_empty() {
            len += 1;
        }
        if !self.next_page_token.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("google.cloud.tasks.v2.ListTasksResponse", len)?;
        if !self.tasks.is_empty() {
            struct_ser.serialize_field("tasks", &self.tasks)?;
        }
        if !self.next_page_token.is_empty() {
            struct_ser.serialize_field("nextPageToken", &self.next_page_token)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ListTasksResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "tasks",
            "next_page_token",
            "nextPageToken",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Tasks,
            NextPageToken,
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
                            "tasks" => Ok(GeneratedField::Tasks),
                            "nextPageToken" | "next_page_token" => Ok(GeneratedField::NextPageToken),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = ListTasksResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct google.cloud.tasks.v2.ListTasksResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ListTasksResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut tasks__ = None;
                let mut next_page_token__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Tasks => {
                            if tasks__.is_some() {
                                return Err(serde::de::Error::duplicate_field("tasks"));
                            }
                            tasks__ = Some(map_.next_value()?);
                        }
                        GeneratedField::NextPageToken => {
                            if next_page_token__.is_some() {
                                return Err(serde::de::Error::duplicate_field("nextPageToken"));
                            }
                            next_page_token__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(ListTasksResponse {
                    tasks: tasks__.unwrap_or_default(),
                    next_page_token: next_page_token__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("google.cloud.tasks.v2.ListTasksResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for OAuthToken {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.service_account_email.is_empty() {
            len += 1;
        }
        if !self.scope.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("google.cloud.tasks.v2.OAuthToken", len)?;
        if !self.service_account_email.is_empty() {
            struct_ser.serialize_field("serviceAccountEmail", &self.service_account_email)?;
        }
        if !self.scope.is_empty() {
            struct_ser.serialize_field("scope", &self.scope)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for OAuthToken {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "service_account_email",
            "serviceAccountEmail",
            "scope",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            ServiceAccountEmail,
            Scope,
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
                            "serviceAccountEmail" | "service_account_email" => Ok(GeneratedField::ServiceAccountEmail),
                            "scope" => Ok(GeneratedField::Scope),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = OAuthToken;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct google.cloud.tasks.v2.OAuthToken")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<OAuthToken, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut service_account_email__ = None;
                let mut scope__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::ServiceAccountEmail => {
                            if service_account_email__.is_some() {
                                return Err(serde::de::Error::duplicate_field("serviceAccountEmail"));
                            }
                            service_account_email__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Scope => {
                            if scope__.is_some() {
                                return Err(serde::de::Error::duplicate_field("scope"));
                            }
                            scope__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(OAuthToken {
                    service_account_email: service_account_email__.unwrap_or_default(),
                    scope: scope__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("google.cloud.tasks.v2.OAuthToken", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for OidcToken {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.service_account_email.is_empty() {
            len += 1;
        }
        if !self.audience.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("google.cloud.tasks.v2.OidcToken", len)?;
        if !self.service_account_email.is_empty() {
            struct_ser.serialize_field("serviceAccountEmail", &self.service_account_email)?;
        }
        if !self.audience.is_empty() {
            struct_ser.serialize_field("audience", &self.audience)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for OidcToken {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "service_account_email",
            "serviceAccountEmail",
            "audience",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            ServiceAccountEmail,
            Audience,
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
                            "serviceAccountEmail" | "service_account_email" => Ok(GeneratedField::ServiceAccountEmail),
                            "audience" => Ok(GeneratedField::Audience),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = OidcToken;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct google.cloud.tasks.v2.OidcToken")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<OidcToken, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut service_account_email__ = None;
                let mut audience__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::ServiceAccountEmail => {
                            if service_account_email__.is_some() {
                                return Err(serde::de::Error::duplicate_field("serviceAccountEmail"));
                            }
                            service_account_email__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Audience => {
                            if audience__.is_some() {
                                return Err(serde::de::Error::duplicate_field("audience"));
                            }
                            audience__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(OidcToken {
                    service_account_email: service_account_email__.unwrap_or_default(),
                    audience: audience__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("google.cloud.tasks.v2.OidcToken", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for PathOverride {
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
        let mut struct_ser = serializer.serialize_struct("google.cloud.tasks.v2.PathOverride", len)?;
        if !self.path.is_empty() {
            struct_ser.serialize_field("path", &self.path)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for PathOverride {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "path",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Path,
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
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = PathOverride;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct google.cloud.tasks.v2.PathOverride")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<PathOverride, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut path__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Path => {
                            if path__.is_some() {
                                return Err(serde::de::Error::duplicate_field("path"));
                            }
                            path__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(PathOverride {
                    path: path__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("google.cloud.tasks.v2.PathOverride", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for PauseQueueRequest {
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
        let mut struct_ser = serializer.serialize_struct("google.cloud.tasks.v2.PauseQueueRequest", len)?;
        if !self.name.is_empty() {
            struct_ser.serialize_field("name", &self.name)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for PauseQueueRequest {
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
            type Value = PauseQueueRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct google.cloud.tasks.v2.PauseQueueRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<PauseQueueRequest, V::Error>
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
                Ok(PauseQueueRequest {
                    name: name__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("google.cloud.tasks.v2.PauseQueueRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for PurgeQueueRequest {
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
        let mut struct_ser = serializer.serialize_struct("google.cloud.tasks.v2.PurgeQueueRequest", len)?;
        if !self.name.is_empty() {
            struct_ser.serialize_field("name", &self.name)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for PurgeQueueRequest {
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
            type Value = PurgeQueueRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct google.cloud.tasks.v2.PurgeQueueRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<PurgeQueueRequest, V::Error>
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
                Ok(PurgeQueueRequest {
                    name: name__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("google.cloud.tasks.v2.PurgeQueueRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for QueryOverride {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.query_params.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("google.cloud.tasks.v2.QueryOverride", len)?;
        if !self.query_params.is_empty() {
            struct_ser.serialize_field("queryParams", &self.query_params)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for QueryOverride {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "query_params",
            "queryParams",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            QueryParams,
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
                            "queryParams" | "query_params" => Ok(GeneratedField::QueryParams),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = QueryOverride;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct google.cloud.tasks.v2.QueryOverride")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<QueryOverride, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut query_params__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::QueryParams => {
                            if query_params__.is_some() {
                                return Err(serde::de::Error::duplicate_field("queryParams"));
                            }
                            query_params__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(QueryOverride {
                    query_params: query_params__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("google.cloud.tasks.v2.QueryOverride", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for Queue {
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
        if self.app_engine_routing_override.is_some() {
            len += 1;
        }
        if self.rate_limits.is_some() {
            len += 1;
        }
        if self.retry_config.is_some() {
            len += 1;
        }
        if self.state != 0 {
            len += 1;
        }
        if self.purge_time.is_some() {
            len += 1;
        }
        if self.stackdriver_logging_config.is_some() {
            len += 1;
        }
        if self.http_target.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("google.cloud.tasks.v2.Queue", len)?;
        if !self.name.is_empty() {
            struct_ser.serialize_field("name", &self.name)?;
        }
        if let Some(v) = self.app_engine_routing_override.as_ref() {
            struct_ser.serialize_field("appEngineRoutingOverride", v)?;
        }
        if let Some(v) = self.rate_limits.as_ref() {
            struct_ser.serialize_field("rateLimits", v)?;
        }
        if let Some(v) = self.retry_config.as_ref() {
            struct_ser.serialize_field("retryConfig", v)?;
        }
        if self.state != 0 {
            let v = queue::State::try_from(self.state)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.state)))?;
            struct_ser.serialize_field("state", &v)?;
        }
        if let Some(v) = self.purge_time.as_ref() {
            struct_ser.serialize_field("purgeTime", v)?;
        }
        if let Some(v) = self.stackdriver_logging_config.as_ref() {
            struct_ser.serialize_field("stackdriverLoggingConfig", v)?;
        }
        if let Some(v) = self.http_target.as_ref() {
            struct_ser.serialize_field("httpTarget", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for Queue {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "name",
            "app_engine_routing_override",
            "appEngineRoutingOverride",
            "rate_limits",
            "rateLimits",
            "retry_config",
            "retryConfig",
            "state",
            "purge_time",
            "purgeTime",
            "stackdriver_logging_config",
            "stackdriverLoggingConfig",
            "http_target",
            "httpTarget",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Name,
            AppEngineRoutingOverride,
            RateLimits,
            RetryConfig,
            State,
            PurgeTime,
            StackdriverLoggingConfig,
            HttpTarget,
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
                            "appEngineRoutingOverride" | "app_engine_routing_override" => Ok(GeneratedField::AppEngineRoutingOverride),
                            "rateLimits" | "rate_limits" => Ok(GeneratedField::RateLimits),
                            "retryConfig" | "retry_config" => Ok(GeneratedField::RetryConfig),
                            "state" => Ok(GeneratedField::State),
                            "purgeTime" | "purge_time" => Ok(GeneratedField::PurgeTime),
                            "stackdriverLoggingConfig" | "stackdriver_logging_config" => Ok(GeneratedField::StackdriverLoggingConfig),
                            "httpTarget" | "http_target" => Ok(GeneratedField::HttpTarget),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = Queue;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct google.cloud.tasks.v2.Queue")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<Queue, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut name__ = None;
                let mut app_engine_routing_override__ = None;
                let mut rate_limits__ = None;
                let mut retry_config__ = None;
                let mut state__ = None;
                let mut purge_time__ = None;
                let mut stackdriver_logging_config__ = None;
                let mut http_target__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Name => {
                            if name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("name"));
                            }
                            name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::AppEngineRoutingOverride => {
                            if app_engine_routing_override__.is_some() {
                                return Err(serde::de::Error::duplicate_field("appEngineRoutingOverride"));
                            }
                            app_engine_routing_override__ = map_.next_value()?;
                        }
                        GeneratedField::RateLimits => {
                            if rate_limits__.is_some() {
                                return Err(serde::de::Error::duplicate_field("rateLimits"));
                            }
                            rate_limits__ = map_.next_value()?;
                        }
                        GeneratedField::RetryConfig => {
                            if retry_config__.is_some() {
                                return Err(serde::de::Error::duplicate_field("retryConfig"));
                            }
                            retry_config__ = map_.next_value()?;
                        }
                        GeneratedField::State => {
                            if state__.is_some() {
                                return Err(serde::de::Error::duplicate_field("state"));
                            }
                            state__ = Some(map_.next_value::<queue::State>()? as i32);
                        }
                        GeneratedField::PurgeTime => {
                            if purge_time__.is_some() {
                                return Err(serde::de::Error::duplicate_field("purgeTime"));
                            }
                            purge_time__ = map_.next_value()?;
                        }
                        GeneratedField::StackdriverLoggingConfig => {
                            if stackdriver_logging_config__.is_some() {
                                return Err(serde::de::Error::duplicate_field("stackdriverLoggingConfig"));
                            }
                            stackdriver_logging_config__ = map_.next_value()?;
                        }
                        GeneratedField::HttpTarget => {
                            if http_target__.is_some() {
                                return Err(serde::de::Error::duplicate_field("httpTarget"));
                            }
                            http_target__ = map_.next_value()?;
                        }
                    }
                }
                Ok(Queue {
                    name: name__.unwrap_or_default(),
                    app_engine_routing_override: app_engine_routing_override__,
                    rate_limits: rate_limits__,
                    retry_config: retry_config__,
                    state: state__.unwrap_or_default(),
                    purge_time: purge_time__,
                    stackdriver_logging_config: stackdriver_logging_config__,
                    http_target: http_target__,
                })
            }
        }
        deserializer.deserialize_struct("google.cloud.tasks.v2.Queue", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for queue::State {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        let variant = match self {
            Self::Unspecified => "STATE_UNSPECIFIED",
            Self::Running => "RUNNING",
            Self::Paused => "PAUSED",
            Self::Disabled => "DISABLED",
        };
        serializer.serialize_str(variant)
    }
}
impl<'de> serde::Deserialize<'de> for queue::State {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "STATE_UNSPECIFIED",
            "RUNNING",
            "PAUSED",
            "DISABLED",
        ];

        struct GeneratedVisitor;

        impl serde::de::Visitor<'_> for GeneratedVisitor {
            type Value = queue::State;

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
                    "STATE_UNSPECIFIED" => Ok(queue::State::Unspecified),
                    "RUNNING" => Ok(queue::State::Running),
                    "PAUSED" => Ok(queue::State::Paused),
                    "DISABLED" => Ok(queue::State::Disabled),
                    _ => Err(serde::de::Error::unknown_variant(value, FIELDS)),
                }
            }
        }
        deserializer.deserialize_any(GeneratedVisitor)
    }
}
impl serde::Serialize for RateLimits {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.max_dispatches_per_second != 0. {
            len += 1;
        }
        if self.max_burst_size != 0 {
            len += 1;
        }
        if self.max_concurrent_dispatches != 0 {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("google.cloud.tasks.v2.RateLimits", len)?;
        if self.max_dispatches_per_second != 0. {
            struct_ser.serialize_field("maxDispatchesPerSecond", &self.max_dispatches_per_second)?;
        }
        if self.max_burst_size != 0 {
            struct_ser.serialize_field("maxBurstSize", &self.max_burst_size)?;
        }
        if self.max_concurrent_dispatches != 0 {
            struct_ser.serialize_field("maxConcurrentDispatches", &self.max_concurrent_dispatches)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for RateLimits {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "max_dispatches_per_second",
            "maxDispatchesPerSecond",
            "max_burst_size",
            "maxBurstSize",
            "max_concurrent_dispatches",
            "maxConcurrentDispatches",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            MaxDispatchesPerSecond,
            MaxBurstSize,
            MaxConcurrentDispatches,
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
                            "maxDispatchesPerSecond" | "max_dispatches_per_second" => Ok(GeneratedField::MaxDispatchesPerSecond),
                            "maxBurstSize" | "max_burst_size" => Ok(GeneratedField::MaxBurstSize),
                            "maxConcurrentDispatches" | "max_concurrent_dispatches" => Ok(GeneratedField::MaxConcurrentDispatches),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = RateLimits;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct google.cloud.tasks.v2.RateLimits")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<RateLimits, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut max_dispatches_per_second__ = None;
                let mut max_burst_size__ = None;
                let mut max_concurrent_dispatches__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::MaxDispatchesPerSecond => {
                            if max_dispatches_per_second__.is_some() {
                                return Err(serde::de::Error::duplicate_field("maxDispatchesPerSecond"));
                            }
                            max_dispatches_per_second__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::MaxBurstSize => {
                            if max_burst_size__.is_some() {
                                return Err(serde::de::Error::duplicate_field("maxBurstSize"));
                            }
                            max_burst_size__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::MaxConcurrentDispatches => {
                            if max_concurrent_dispatches__.is_some() {
                                return Err(serde::de::Error::duplicate_field("maxConcurrentDispatches"));
                            }
                            max_concurrent_dispatches__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(RateLimits {
                    max_dispatches_per_second: max_dispatches_per_second__.unwrap_or_default(),
                    max_burst_size: max_burst_size__.unwrap_or_default(),
                    max_concurrent_dispatches: max_concurrent_dispatches__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("google.cloud.tasks.v2.RateLimits", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ResumeQueueRequest {
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
        let mut struct_ser = serializer.serialize_struct("google.cloud.tasks.v2.ResumeQueueRequest", len)?;
        if !self.name.is_empty() {
            struct_ser.serialize_field("name", &self.name)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ResumeQueueRequest {
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
            type Value = ResumeQueueRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct google.cloud.tasks.v2.ResumeQueueRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ResumeQueueRequest, V::Error>
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
                Ok(ResumeQueueRequest {
                    name: name__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("google.cloud.tasks.v2.ResumeQueueRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for RetryConfig {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.max_attempts != 0 {
            len += 1;
        }
        if self.max_retry_duration.is_some() {
            len += 1;
        }
        if self.min_backoff.is_some() {
            len += 1;
        }
        if self.max_backoff.is_some() {
            len += 1;
        }
        if self.max_doublings != 0 {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("google.cloud.tasks.v2.RetryConfig", len)?;
        if self.max_attempts != 0 {
            struct_ser.serialize_field("maxAttempts", &self.max_attempts)?;
        }
        if let Some(v) = self.max_retry_duration.as_ref() {
            struct_ser.serialize_field("maxRetryDuration", v)?;
        }
        if let Some(v) = self.min_backoff.as_ref() {
            struct_ser.serialize_field("minBackoff", v)?;
        }
        if let Some(v) = self.max_backoff.as_ref() {
            struct_ser.serialize_field("maxBackoff", v)?;
        }
        if self.max_doublings != 0 {
            struct_ser.serialize_field("maxDoublings", &self.max_doublings)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for RetryConfig {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "max_attempts",
            "maxAttempts",
            "max_retry_duration",
            "maxRetryDuration",
            "min_backoff",
            "minBackoff",
            "max_backoff",
            "maxBackoff",
            "max_doublings",
            "maxDoublings",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            MaxAttempts,
            MaxRetryDuration,
            MinBackoff,
            MaxBackoff,
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
                            "maxRetryDuration" | "max_retry_duration" => Ok(GeneratedField::MaxRetryDuration),
                            "minBackoff" | "min_backoff" => Ok(GeneratedField::MinBackoff),
                            "maxBackoff" | "max_backoff" => Ok(GeneratedField::MaxBackoff),
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
            type Value = RetryConfig;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct google.cloud.tasks.v2.RetryConfig")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<RetryConfig, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut max_attempts__ = None;
                let mut max_retry_duration__ = None;
                let mut min_backoff__ = None;
                let mut max_backoff__ = None;
                let mut max_doublings__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::MaxAttempts => {
                            if max_attempts__.is_some() {
                                return Err(serde::de::Error::duplicate_field("maxAttempts"));
                            }
                            max_attempts__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::MaxRetryDuration => {
                            if max_retry_duration__.is_some() {
                                return Err(serde::de::Error::duplicate_field("maxRetryDuration"));
                            }
                            max_retry_duration__ = map_.next_value()?;
                        }
                        GeneratedField::MinBackoff => {
                            if min_backoff__.is_some() {
                                return Err(serde::de::Error::duplicate_field("minBackoff"));
                            }
                            min_backoff__ = map_.next_value()?;
                        }
                        GeneratedField::MaxBackoff => {
                            if max_backoff__.is_some() {
                                return Err(serde::de::Error::duplicate_field("maxBackoff"));
                            }
                            max_backoff__ = map_.next_value()?;
                        }
                        GeneratedField::MaxDoublings => {
                            if max_doublings__.is_some() {
                                return Err(serde::de::Error::duplicate_field("maxDoublings"));
                            }
                            max_doublings__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(RetryConfig {
                    max_attempts: max_attempts__.unwrap_or_default(),
                    max_retry_duration: max_retry_duration__,
                    min_backoff: min_backoff__,
                    max_backoff: max_backoff__,
                    max_doublings: max_doublings__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("google.cloud.tasks.v2.RetryConfig", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for RunTaskRequest {
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
        if self.response_view != 0 {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("google.cloud.tasks.v2.RunTaskRequest", len)?;
        if !self.name.is_empty() {
            struct_ser.serialize_field("name", &self.name)?;
        }
        if self.response_view != 0 {
            let v = task::View::try_from(self.response_view)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.response_view)))?;
            struct_ser.serialize_field("responseView", &v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for RunTaskRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "name",
            "response_view",
            "responseView",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Name,
            ResponseView,
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
                            "responseView" | "response_view" => Ok(GeneratedField::ResponseView),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = RunTaskRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct google.cloud.tasks.v2.RunTaskRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<RunTaskRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut name__ = None;
                let mut response_view__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Name => {
                            if name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("name"));
                            }
                            name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::ResponseView => {
                            if response_view__.is_some() {
                                return Err(serde::de::Error::duplicate_field("responseView"));
                            }
                            response_view__ = Some(map_.next_value::<task::View>()? as i32);
                        }
                    }
                }
                Ok(RunTaskRequest {
                    name: name__.unwrap_or_default(),
                    response_view: response_view__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("google.cloud.tasks.v2.RunTaskRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for StackdriverLoggingConfig {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.sampling_ratio != 0. {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("google.cloud.tasks.v2.StackdriverLoggingConfig", len)?;
        if self.sampling_ratio != 0. {
            struct_ser.serialize_field("samplingRatio", &self.sampling_ratio)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for StackdriverLoggingConfig {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "sampling_ratio",
            "samplingRatio",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            SamplingRatio,
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
                            "samplingRatio" | "sampling_ratio" => Ok(GeneratedField::SamplingRatio),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = StackdriverLoggingConfig;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct google.cloud.tasks.v2.StackdriverLoggingConfig")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<StackdriverLoggingConfig, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut sampling_ratio__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::SamplingRatio => {
                            if sampling_ratio__.is_some() {
                                return Err(serde::de::Error::duplicate_field("samplingRatio"));
                            }
                            sampling_ratio__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(StackdriverLoggingConfig {
                    sampling_ratio: sampling_ratio__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("google.cloud.tasks.v2.StackdriverLoggingConfig", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for Task {
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
        if self.schedule_time.is_some() {
            len += 1;
        }
        if self.create_time.is_some() {
            len += 1;
        }
        if self.dispatch_deadline.is_some() {
            len += 1;
        }
        if self.dispatch_count != 0 {
            len += 1;
        }
        if self.response_count != 0 {
            len += 1;
        }
        if self.first_attempt.is_some() {
            len += 1;
        }
        if self.last_attempt.is_some() {
            len += 1;
        }
        if self.view != 0 {
            len += 1;
        }
        if self.retry_config.is_some() {
            len += 1;
        }
        if self.message_type.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("google.cloud.tasks.v2.Task", len)?;
        if !self.name.is_empty() {
            struct_ser.serialize_field("name", &self.name)?;
        }
        if let Some(v) = self.schedule_time.as_ref() {
            struct_ser.serialize_field("scheduleTime", v)?;
        }
        if let Some(v) = self.create_time.as_ref() {
            struct_ser.serialize_field("createTime", v)?;
        }
        if let Some(v) = self.dispatch_deadline.as_ref() {
            struct_ser.serialize_field("dispatchDeadline", v)?;
        }
        if self.dispatch_count != 0 {
            struct_ser.serialize_field("dispatchCount", &self.dispatch_count)?;
        }
        if self.response_count != 0 {
            struct_ser.serialize_field("responseCount", &self.response_count)?;
        }
        if let Some(v) = self.first_attempt.as_ref() {
            struct_ser.serialize_field("firstAttempt", v)?;
        }
        if let Some(v) = self.last_attempt.as_ref() {
            struct_ser.serialize_field("lastAttempt", v)?;
        }
        if self.view != 0 {
            let v = task::View::try_from(self.view)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.view)))?;
            struct_ser.serialize_field("view", &v)?;
        }
        if let Some(v) = self.retry_config.as_ref() {
            struct_ser.serialize_field("retryConfig", v)?;
        }
        if let Some(v) = self.message_type.as_ref() {
            match v {
                task::MessageType::AppEngineHttpRequest(v) => {
                    struct_ser.serialize_field("appEngineHttpRequest", v)?;
                }
                task::MessageType::HttpRequest(v) => {
                    struct_ser.serialize_field("httpRequest", v)?;
                }
            }
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for Task {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "name",
            "schedule_time",
            "scheduleTime",
            "create_time",
            "createTime",
            "dispatch_deadline",
            "dispatchDeadline",
            "dispatch_count",
            "dispatchCount",
            "response_count",
            "responseCount",
            "first_attempt",
            "firstAttempt",
            "last_attempt",
            "lastAttempt",
            "view",
            "retry_config",
            "retryConfig",
            "app_engine_http_request",
            "appEngineHttpRequest",
            "http_request",
            "httpRequest",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Name,
            ScheduleTime,
            CreateTime,
            DispatchDeadline,
            DispatchCount,
            ResponseCount,
            FirstAttempt,
            LastAttempt,
            View,
            RetryConfig,
            AppEngineHttpRequest,
            HttpRequest,
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
                            "scheduleTime" | "schedule_time" => Ok(GeneratedField::ScheduleTime),
                            "createTime" | "create_time" => Ok(GeneratedField::CreateTime),
                            "dispatchDeadline" | "dispatch_deadline" => Ok(GeneratedField::DispatchDeadline),
                            "dispatchCount" | "dispatch_count" => Ok(GeneratedField::DispatchCount),
                            "responseCount" | "response_count" => Ok(GeneratedField::ResponseCount),
                            "firstAttempt" | "first_attempt" => Ok(GeneratedField::FirstAttempt),
                            "lastAttempt" | "last_attempt" => Ok(GeneratedField::LastAttempt),
                            "view" => Ok(GeneratedField::View),
                            "retryConfig" | "retry_config" => Ok(GeneratedField::RetryConfig),
                            "appEngineHttpRequest" | "app_engine_http_request" => Ok(GeneratedField::AppEngineHttpRequest),
                            "httpRequest" | "http_request" => Ok(GeneratedField::HttpRequest),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = Task;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct google.cloud.tasks.v2.Task")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<Task, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut name__ = None;
                let mut schedule_time__ = None;
                let mut create_time__ = None;
                let mut dispatch_deadline__ = None;
                let mut dispatch_count__ = None;
                let mut response_count__ = None;
                let mut first_attempt__ = None;
                let mut last_attempt__ = None;
                let mut view__ = None;
                let mut retry_config__ = None;
                let mut message_type__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Name => {
                            if name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("name"));
                            }
                            name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::ScheduleTime => {
                            if schedule_time__.is_some() {
                                return Err(serde::de::Error::duplicate_field("scheduleTime"));
                            }
                            schedule_time__ = map_.next_value()?;
                        }
                        GeneratedField::CreateTime => {
                            if create_time__.is_some() {
                                return Err(serde::de::Error::duplicate_field("createTime"));
                            }
                            create_time__ = map_.next_value()?;
                        }
                        GeneratedField::DispatchDeadline => {
                            if dispatch_deadline__.is_some() {
                                return Err(serde::de::Error::duplicate_field("dispatchDeadline"));
                            }
                            dispatch_deadline__ = map_.next_value()?;
                        }
                        GeneratedField::DispatchCount => {
                            if dispatch_count__.is_some() {
                                return Err(serde::de::Error::duplicate_field("dispatchCount"));
                            }
                            dispatch_count__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::ResponseCount => {
                            if response_count__.is_some() {
                                return Err(serde::de::Error::duplicate_field("responseCount"));
                            }
                            response_count__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::FirstAttempt => {
                            if first_attempt__.is_some() {
                                return Err(serde::de::Error::duplicate_field("firstAttempt"));
                            }
                            first_attempt__ = map_.next_value()?;
                        }
                        GeneratedField::LastAttempt => {
                            if last_attempt__.is_some() {
                                return Err(serde::de::Error::duplicate_field("lastAttempt"));
                            }
                            last_attempt__ = map_.next_value()?;
                        }
                        GeneratedField::View => {
                            if view__.is_some() {
                                return Err(serde::de::Error::duplicate_field("view"));
                            }
                            view__ = Some(map_.next_value::<task::View>()? as i32);
                        }
                        GeneratedField::RetryConfig => {
                            if retry_config__.is_some() {
                                return Err(serde::de::Error::duplicate_field("retryConfig"));
                            }
                            retry_config__ = map_.next_value()?;
                        }
                        GeneratedField::AppEngineHttpRequest => {
                            if message_type__.is_some() {
                                return Err(serde::de::Error::duplicate_field("appEngineHttpRequest"));
                            }
                            message_type__ = map_.next_value::<::std::option::Option<_>>()?.map(task::MessageType::AppEngineHttpRequest)
;
                        }
                        GeneratedField::HttpRequest => {
                            if message_type__.is_some() {
                                return Err(serde::de::Error::duplicate_field("httpRequest"));
                            }
                            message_type__ = map_.next_value::<::std::option::Option<_>>()?.map(task::MessageType::HttpRequest)
;
                        }
                    }
                }
                Ok(Task {
                    name: name__.unwrap_or_default(),
                    schedule_time: schedule_time__,
                    create_time: create_time__,
                    dispatch_deadline: dispatch_deadline__,
                    dispatch_count: dispatch_count__.unwrap_or_default(),
                    response_count: response_count__.unwrap_or_default(),
                    first_attempt: first_attempt__,
                    last_attempt: last_attempt__,
                    view: view__.unwrap_or_default(),
                    retry_config: retry_config__,
                    message_type: message_type__,
                })
            }
        }
        deserializer.deserialize_struct("google.cloud.tasks.v2.Task", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for task::View {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        let variant = match self {
            Self::Unspecified => "VIEW_UNSPECIFIED",
            Self::Basic => "BASIC",
            Self::Full => "FULL",
        };
        serializer.serialize_str(variant)
    }
}
impl<'de> serde::Deserialize<'de> for task::View {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "VIEW_UNSPECIFIED",
            "BASIC",
            "FULL",
        ];

        struct GeneratedVisitor;

        impl serde::de::Visitor<'_> for GeneratedVisitor {
            type Value = task::View;

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
                    "VIEW_UNSPECIFIED" => Ok(task::View::Unspecified),
                    "BASIC" => Ok(task::View::Basic),
                    "FULL" => Ok(task::View::Full),
                    _ => Err(serde::de::Error::unknown_variant(value, FIELDS)),
                }
            }
        }
        deserializer.deserialize_any(GeneratedVisitor)
    }
}
impl serde::Serialize for UpdateQueueRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.queue.is_some() {
            len += 1;
        }
        if self.update_mask.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("google.cloud.tasks.v2.UpdateQueueRequest", len)?;
        if let Some(v) = self.queue.as_ref() {
            struct_ser.serialize_field("queue", v)?;
        }
        if let Some(v) = self.update_mask.as_ref() {
            struct_ser.serialize_field("updateMask", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for UpdateQueueRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "queue",
            "update_mask",
            "updateMask",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Queue,
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
                            "queue" => Ok(GeneratedField::Queue),
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
            type Value = UpdateQueueRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct google.cloud.tasks.v2.UpdateQueueRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<UpdateQueueRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut queue__ = None;
                let mut update_mask__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Queue => {
                            if queue__.is_some() {
                                return Err(serde::de::Error::duplicate_field("queue"));
                            }
                            queue__ = map_.next_value()?;
                        }
                        GeneratedField::UpdateMask => {
                            if update_mask__.is_some() {
                                return Err(serde::de::Error::duplicate_field("updateMask"));
                            }
                            update_mask__ = map_.next_value()?;
                        }
                    }
                }
                Ok(UpdateQueueRequest {
                    queue: queue__,
                    update_mask: update_mask__,
                })
            }
        }
        deserializer.deserialize_struct("google.cloud.tasks.v2.UpdateQueueRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for UriOverride {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.scheme.is_some() {
            len += 1;
        }
        if self.host.is_some() {
            len += 1;
        }
        if self.port.is_some() {
            len += 1;
        }
        if self.path_override.is_some() {
            len += 1;
        }
        if self.query_override.is_some() {
            len += 1;
        }
        if self.uri_override_enforce_mode != 0 {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("google.cloud.tasks.v2.UriOverride", len)?;
        if let Some(v) = self.scheme.as_ref() {
            let v = uri_override::Scheme::try_from(*v)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", *v)))?;
            struct_ser.serialize_field("scheme", &v)?;
        }
        if let Some(v) = self.host.as_ref() {
            struct_ser.serialize_field("host", v)?;
        }
        if let Some(v) = self.port.as_ref() {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("port", ToString::to_string(&v).as_str())?;
        }
        if let Some(v) = self.path_override.as_ref() {
            struct_ser.serialize_field("pathOverride", v)?;
        }
        if let Some(v) = self.query_override.as_ref() {
            struct_ser.serialize_field("queryOverride", v)?;
        }
        if self.uri_override_enforce_mode != 0 {
            let v = uri_override::UriOverrideEnforceMode::try_from(self.uri_override_enforce_mode)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.uri_override_enforce_mode)))?;
            struct_ser.serialize_field("uriOverrideEnforceMode", &v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for UriOverride {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "scheme",
            "host",
            "port",
            "path_override",
            "pathOverride",
            "query_override",
            "queryOverride",
            "uri_override_enforce_mode",
            "uriOverrideEnforceMode",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Scheme,
            Host,
            Port,
            PathOverride,
            QueryOverride,
            UriOverrideEnforceMode,
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
                            "scheme" => Ok(GeneratedField::Scheme),
                            "host" => Ok(GeneratedField::Host),
                            "port" => Ok(GeneratedField::Port),
                            "pathOverride" | "path_override" => Ok(GeneratedField::PathOverride),
                            "queryOverride" | "query_override" => Ok(GeneratedField::QueryOverride),
                            "uriOverrideEnforceMode" | "uri_override_enforce_mode" => Ok(GeneratedField::UriOverrideEnforceMode),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = UriOverride;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct google.cloud.tasks.v2.UriOverride")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<UriOverride, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut scheme__ = None;
                let mut host__ = None;
                let mut port__ = None;
                let mut path_override__ = None;
                let mut query_override__ = None;
                let mut uri_override_enforce_mode__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Scheme => {
                            if scheme__.is_some() {
                                return Err(serde::de::Error::duplicate_field("scheme"));
                            }
                            scheme__ = map_.next_value::<::std::option::Option<uri_override::Scheme>>()?.map(|x| x as i32);
                        }
                        GeneratedField::Host => {
                            if host__.is_some() {
                                return Err(serde::de::Error::duplicate_field("host"));
                            }
                            host__ = map_.next_value()?;
                        }
                        GeneratedField::Port => {
                            if port__.is_some() {
                                return Err(serde::de::Error::duplicate_field("port"));
                            }
                            port__ = 
                                map_.next_value::<::std::option::Option<::pbjson::private::NumberDeserialize<_>>>()?.map(|x| x.0)
                            ;
                        }
                        GeneratedField::PathOverride => {
                            if path_override__.is_some() {
                                return Err(serde::de::Error::duplicate_field("pathOverride"));
                            }
                            path_override__ = map_.next_value()?;
                        }
                        GeneratedField::QueryOverride => {
                            if query_override__.is_some() {
                                return Err(serde::de::Error::duplicate_field("queryOverride"));
                            }
                            query_override__ = map_.next_value()?;
                        }
                        GeneratedField::UriOverrideEnforceMode => {
                            if uri_override_enforce_mode__.is_some() {
                                return Err(serde::de::Error::duplicate_field("uriOverrideEnforceMode"));
                            }
                            uri_override_enforce_mode__ = Some(map_.next_value::<uri_override::UriOverrideEnforceMode>()? as i32);
                        }
                    }
                }
                Ok(UriOverride {
                    scheme: scheme__,
                    host: host__,
                    port: port__,
                    path_override: path_override__,
                    query_override: query_override__,
                    uri_override_enforce_mode: uri_override_enforce_mode__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("google.cloud.tasks.v2.UriOverride", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for uri_override::Scheme {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        let variant = match self {
            Self::Unspecified => "SCHEME_UNSPECIFIED",
            Self::Http => "HTTP",
            Self::Https => "HTTPS",
        };
        serializer.serialize_str(variant)
    }
}
impl<'de> serde::Deserialize<'de> for uri_override::Scheme {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "SCHEME_UNSPECIFIED",
            "HTTP",
            "HTTPS",
        ];

        struct GeneratedVisitor;

        impl serde::de::Visitor<'_> for GeneratedVisitor {
            type Value = uri_override::Scheme;

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
                    "SCHEME_UNSPECIFIED" => Ok(uri_override::Scheme::Unspecified),
                    "HTTP" => Ok(uri_override::Scheme::Http),
                    "HTTPS" => Ok(uri_override::Scheme::Https),
                    _ => Err(serde::de::Error::unknown_variant(value, FIELDS)),
                }
            }
        }
        deserializer.deserialize_any(GeneratedVisitor)
    }
}
impl serde::Serialize for uri_override::UriOverrideEnforceMode {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        let variant = match self {
            Self::Unspecified => "URI_OVERRIDE_ENFORCE_MODE_UNSPECIFIED",
            Self::IfNotExists => "IF_NOT_EXISTS",
            Self::Always => "ALWAYS",
        };
        serializer.serialize_str(variant)
    }
}
impl<'de> serde::Deserialize<'de> for uri_override::UriOverrideEnforceMode {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "URI_OVERRIDE_ENFORCE_MODE_UNSPECIFIED",
            "IF_NOT_EXISTS",
            "ALWAYS",
        ];

        struct GeneratedVisitor;

        impl serde::de::Visitor<'_> for GeneratedVisitor {
            type Value = uri_override::UriOverrideEnforceMode;

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
                    "URI_OVERRIDE_ENFORCE_MODE_UNSPECIFIED" => Ok(uri_override::UriOverrideEnforceMode::Unspecified),
                    "IF_NOT_EXISTS" => Ok(uri_override::UriOverrideEnforceMode::IfNotExists),
                    "ALWAYS" => Ok(uri_override::UriOverrideEnforceMode::Always),
                    _ => Err(serde::de::Error::unknown_variant(value, FIELDS)),
                }
            }
        }
        deserializer.deserialize_any(GeneratedVisitor)
    }
}
