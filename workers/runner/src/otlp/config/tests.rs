use super::*;

fn read(pairs: &[(&str, &str)]) -> Result<TelemetrySettings, ConfigError> {
    let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    TelemetrySettings::read("", pairs)
}

fn sent_to(pairs: &[(&str, &str)]) -> Destination {
    read(pairs).unwrap().destination.unwrap()
}

#[test]
fn without_an_endpoint_nothing_is_sent() {
    let settings = read(&[("OTEL_TRACES_SAMPLER", "always_on"), ("OTHER", "x")]).unwrap();
    assert_eq!(
        settings,
        TelemetrySettings { sampler: Sampler::AlwaysOn, ..TelemetrySettings::default() }
    );
}

#[test]
fn the_endpoint_of_all_signals_gets_the_path_of_the_protocol() {
    let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4317/");
    let cases = [
        ("grpc", "/opentelemetry.proto.collector.trace.v1.TraceService/Export", Protocol::Grpc),
        ("http/protobuf", "/v1/traces", Protocol::HttpProtobuf),
        ("http/json", "/v1/traces", Protocol::HttpJson),
    ];
    for (name, path, protocol) in cases {
        let destination = sent_to(&[endpoint, ("OTEL_EXPORTER_OTLP_PROTOCOL", name)]);
        assert_eq!(destination.url, format!("http://collector:4317{path}").as_str());
        assert_eq!(destination.protocol, protocol);
    }
    assert_eq!(sent_to(&[endpoint]).protocol, Protocol::Grpc);
}

#[test]
fn variables_of_traces_come_before_those_of_all_signals() {
    let destination = sent_to(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://all:4317"),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "https://traces/otlp"),
        ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/protobuf"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "500"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "Authorization=Basic%20eA%3D%3D, x-tenant=a=b"),
        ("OTEL_EXPORTER_OTLP_CERTIFICATE", "/etc/ca.pem"),
        ("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", "/etc/all.pem"),
        ("OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE", "/etc/client.pem"),
        ("OTEL_EXPORTER_OTLP_CLIENT_KEY", "/etc/key.pem"),
    ]);
    assert_eq!(destination.url, "https://traces/otlp");
    assert_eq!((destination.timeout, destination.gzip), (Duration::from_millis(500), true));
    assert_eq!(destination.certificate, Some(PathBuf::from("/etc/ca.pem")));
    let client =
        ClientIdentity { certificate: "/etc/client.pem".into(), key: "/etc/key.pem".into() };
    assert_eq!(destination.client, Some(client));
    let headers = destination.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
    let expected: [(&str, &[u8]); 2] = [("authorization", b"Basic eA=="), ("x-tenant", b"a=b")];
    assert_eq!(headers.collect::<Vec<_>>(), expected);
}

#[test]
fn an_endpoint_of_grpc_without_a_scheme_is_encrypted_unless_a_variable_says_otherwise() {
    let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317");
    let scheme = |pairs: &[_]| sent_to(pairs).url.scheme_str().unwrap().to_owned();
    assert_eq!(scheme(&[endpoint]), "https");
    assert_eq!(scheme(&[endpoint, ("OTEL_EXPORTER_OTLP_INSECURE", "true")]), "http");
    let of_traces = ("OTEL_EXPORTER_OTLP_TRACES_INSECURE", "false");
    assert_eq!(scheme(&[endpoint, ("OTEL_EXPORTER_OTLP_INSECURE", "true"), of_traces]), "https");
    let http = ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf");
    assert_eq!(read(&[endpoint, http]).unwrap_err().variable, endpoint.0);
}

#[test]
fn metrics_have_a_path_and_variables_of_their_own() {
    let all = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4317");
    let grpc = read(&[all]).unwrap().metrics.unwrap();
    let method = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export";
    assert_eq!((grpc.url.path(), grpc.protocol), (method, Protocol::Grpc));
    let http = read(&[
        all,
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json"),
        ("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "http/protobuf"),
    ]);
    let http = http.unwrap().metrics.unwrap();
    assert_eq!((http.url.path(), http.protocol), ("/v1/metrics", Protocol::HttpProtobuf));
    for off in [("OTEL_SDK_DISABLED", "true"), ("OTEL_METRICS_EXPORTER", "none")] {
        assert_eq!(read(&[all, off]).unwrap().metrics, None, "{off:?}");
    }
    let preference = "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE";
    assert_eq!(read(&[(preference, "Delta")]).unwrap().temporality, Temporality::Delta);
    assert_eq!(read(&[]).unwrap().temporality, Temporality::Cumulative);
    assert_eq!(read(&[(preference, "none")]).unwrap_err().variable, preference);
    assert_eq!(
        read(&[("OTEL_METRICS_EXPORTER", "prometheus")]).unwrap_err().variable,
        "OTEL_METRICS_EXPORTER"
    );
}

#[test]
fn traces_can_be_turned_off() {
    let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4317");
    for off in [("OTEL_SDK_DISABLED", "true"), ("OTEL_TRACES_EXPORTER", "none")] {
        assert_eq!(read(&[endpoint, off]).unwrap().destination, None, "{off:?}");
    }
    let pairs = [("OTEL_SDK_DISABLED".to_owned(), "true".to_owned())];
    assert_eq!(TelemetrySettings::read("http://127.0.0.1:1", pairs).unwrap().own, None);
    let own = TelemetrySettings::read("http://127.0.0.1:1", []).unwrap().own.unwrap();
    assert_eq!(own.url, "http://127.0.0.1:1/v1/traces");
}

#[test]
fn a_value_that_the_specification_does_not_know_is_refused_and_credentials_are_not_shown() {
    let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4317");
    let cases = [
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "thrift"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "soon"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "zip"),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "ftp://collector:4317"),
        ("OTEL_EXPORTER_OTLP_CLIENT_KEY", "/etc/key.pem"),
        ("OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE", "/etc/client.pem"),
        ("OTEL_TRACES_EXPORTER", "zipkin"),
        ("OTEL_TRACES_SAMPLER", "sometimes"),
    ];
    for (variable, value) in cases {
        let refused = read(&[endpoint, (variable, value)]).unwrap_err();
        assert_eq!(refused.variable, variable);
    }
    let refused = read(&[endpoint, ("OTEL_EXPORTER_OTLP_HEADERS", "secret")]).unwrap_err();
    assert!(!refused.to_string().contains("secret"), "{refused}");
    let ratio = [("OTEL_TRACES_SAMPLER", "traceidratio"), ("OTEL_TRACES_SAMPLER_ARG", "2")];
    assert_eq!(read(&ratio).unwrap_err().variable, "OTEL_TRACES_SAMPLER_ARG");
}

#[test]
fn a_sampler_has_the_ratio_of_its_argument() {
    let read = |sampler| {
        let argument = ("OTEL_TRACES_SAMPLER_ARG", "0.25");
        super::tests::read(&[("OTEL_TRACES_SAMPLER", sampler), argument]).unwrap().sampler
    };
    assert_eq!(read("traceidratio"), Sampler::Ratio(0.25));
    assert_eq!(read("parentbased_traceidratio"), Sampler::ParentOr(0.25));
    assert_eq!(read("parentbased_always_off"), Sampler::ParentOr(0.0));
    assert_eq!(read("always_off"), Sampler::AlwaysOff);
}
