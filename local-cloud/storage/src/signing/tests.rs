use super::*;

/// A key and a path that the test's own client code below signs, as Google's libraries do.
const SECRET: &str = "secret";
const PATH: &str = "/bucket/a%20b/c";

fn now() -> OffsetDateTime {
    timestamp("20260102T030405Z").unwrap()
}

fn query(extra: &[(&str, &str)]) -> Vec<(String, String)> {
    let own = [
        ("X-Goog-Algorithm", "GOOG4-HMAC-SHA256"),
        ("X-Goog-Credential", "GOOG1EKEY/20260102/auto/storage/goog4_request"),
        ("X-Goog-Date", "20260102T030405Z"),
        ("X-Goog-Expires", "60"),
        ("X-Goog-SignedHeaders", "content-type;host"),
    ];
    own.iter().chain(extra).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn headers(host: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert("host", host.parse().unwrap());
    headers.insert("content-type", "text/plain;  charset=utf-8".parse().unwrap());
    headers
}

/// Signs as a client does.
fn signed(extra: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut canonical_query: Vec<(String, String)> =
        query(extra).iter().map(|(name, value)| (encode(name), encode(value))).collect();
    canonical_query.sort();
    let canonical_query: Vec<String> =
        canonical_query.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let canonical = format!(
        "PUT\n{PATH}\n{}\ncontent-type:text/plain; charset=utf-8\nhost:127.0.0.1:80\n\ncontent-type;host\nUNSIGNED-PAYLOAD",
        canonical_query.join("&")
    );
    let text = format!(
        "GOOG4-HMAC-SHA256\n20260102T030405Z\n20260102/auto/storage/goog4_request\n{}",
        hex(&Sha256::digest(canonical))
    );
    let mut key = b"GOOG4secret".to_vec();
    for part in ["20260102", "auto", "storage", "goog4_request", &text] {
        key =
            hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), part.as_bytes()).as_ref().to_vec();
    }
    let mut query = query(extra);
    query.push(("X-Goog-Signature".to_owned(), hex(&key)));
    query
}

fn verify(
    query: &[(String, String)],
    method: &str,
    headers: &HeaderMap,
) -> Result<(), SignatureError> {
    let claim = Claim::of(query, now())?.unwrap();
    assert_eq!((claim.algorithm, claim.signer.as_str()), (Algorithm::Hmac, "GOOG1EKEY"));
    claim.verify(
        &SignedRequest { method, path: PATH, query, headers },
        &Key::Secret(SECRET.to_owned()),
    )
}

#[test]
fn a_request_that_was_signed_is_accepted() {
    assert_eq!(verify(&signed(&[("generation", "7")]), "PUT", &headers("127.0.0.1:80")), Ok(()));
}

#[test]
fn any_difference_from_the_signed_request_is_a_mismatch() {
    let query = signed(&[("generation", "7")]);
    let mismatch = |result: Result<(), SignatureError>| {
        assert!(matches!(result, Err(SignatureError::Mismatch { .. })), "{result:?}")
    };
    mismatch(verify(&query, "GET", &headers("127.0.0.1:80")));
    mismatch(verify(&query, "PUT", &headers("127.0.0.1:81")));
    let mut other = query.clone();
    other[5].1 = "8".to_owned();
    mismatch(verify(&other, "PUT", &headers("127.0.0.1:80")));
    let mut added = query.clone();
    added.push(("versionId".to_owned(), "1".to_owned()));
    mismatch(verify(&added, "PUT", &headers("127.0.0.1:80")));
    let mut typed = headers("127.0.0.1:80");
    typed.insert("content-type", "text/html".parse().unwrap());
    mismatch(verify(&query, "PUT", &typed));
}

#[test]
fn googles_headers_must_be_signed_and_signed_headers_sent() {
    let mut extra = headers("127.0.0.1:80");
    extra.insert("x-goog-meta-a", "1".parse().unwrap());
    assert_eq!(
        verify(&signed(&[]), "PUT", &extra),
        Err(SignatureError::Header("x-goog-meta-a".to_owned()))
    );
    let mut fewer = headers("127.0.0.1:80");
    fewer.remove("content-type");
    assert_eq!(
        verify(&signed(&[]), "PUT", &fewer),
        Err(SignatureError::Header("content-type".to_owned()))
    );
}

#[test]
fn a_signature_expires() {
    let query = signed(&[]);
    assert!(Claim::of(&query, now() + Duration::seconds(59)).is_ok());
    assert!(matches!(
        Claim::of(&query, now() + Duration::seconds(60)),
        Err(SignatureError::Expired(_))
    ));
    assert!(matches!(
        Claim::of(&query, now() - Duration::minutes(16)),
        Err(SignatureError::Expired(_))
    ));
}

#[test]
fn a_malformed_parameter_is_rejected_by_name() {
    let bad = [
        ("X-Goog-Algorithm", "GOOG4-MD5"),
        ("X-Goog-Credential", "GOOG1EKEY/20260101/auto/storage/goog4_request"),
        ("X-Goog-Date", "2026-01-02"),
        ("X-Goog-Expires", "604801"),
        ("X-Goog-SignedHeaders", "content-type"),
        ("X-Goog-Signature", "abc"),
    ];
    for (name, value) in bad {
        let mut query = signed(&[]);
        query
            .iter_mut()
            .filter(|(found, _)| found == name)
            .for_each(|(_, found)| *found = value.to_owned());
        let error = Claim::of(&query, now()).unwrap_err();
        assert!(
            matches!(&error, SignatureError::Malformed(text) if text.contains(name)),
            "{error}"
        );
    }
}

#[test]
fn a_url_without_a_signature_has_no_claim_and_other_schemes_are_rejected() {
    assert_eq!(Claim::of(&[], now()), Ok(None));
    let aws = [("X-Amz-Signature".to_owned(), "a".to_owned())];
    assert!(matches!(Claim::of(&aws, now()), Err(SignatureError::Unimplemented(_))));
}

#[test]
fn the_host_without_its_port_is_accepted() {
    assert_eq!(hosts(&headers("localhost:8080")), ["localhost:8080", "localhost"]);
    assert_eq!(hosts(&headers("localhost")), ["localhost"]);
}

#[test]
fn a_url_that_this_storage_signs_is_accepted_as_it_is_and_in_no_other_form() {
    let signing_headers = headers("127.0.0.1:80");
    let signing = Signing {
        method: "PUT",
        bucket: "bucket",
        object: "a b/c",
        generation: 7,
        headers: &signing_headers,
        signer: "GOOG1EKEY",
        lifetime_seconds: 60,
    };
    let url = sign(&signing, SECRET, now());
    let (path, text) = url.split_once('?').unwrap();
    assert_eq!(path, PATH);
    let decode = |text: &str| longshore_local_kit::rest::percent_decode(text).unwrap();
    let query: Vec<(String, String)> = text
        .split('&')
        .map(|pair| pair.split_once('=').unwrap())
        .map(|(name, value)| (decode(name), decode(value)))
        .collect();
    assert_eq!(verify(&query, "PUT", &signing_headers), Ok(()));
    assert!(verify(&query, "GET", &signing_headers).is_err());
    let mut typed = signing_headers.clone();
    typed.insert("content-type", "text/html".parse().unwrap());
    assert!(verify(&query, "PUT", &typed).is_err());
    assert!(Claim::of(&query, now() + Duration::seconds(60)).is_err());
}
