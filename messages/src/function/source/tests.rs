//! Reading sources: problems are reported with their fields, and secrets are never quoted.

use super::*;
use crate::invalid::Invalid;

const SHA256: &str = "6a246dbf071b06d17ca65af1c3820cf8b69cbcc4338c7082a5bffa97aabdf438";

fn read(place: Place) -> Result<Source, Invalid> {
    let mut findings = Findings::default();
    let source = Source::from_proto(Some(proto::Source { place: Some(place) }), &mut findings);
    findings.finish(source)
}

fn https(url: &str, sha256: &str, directory: &str) -> Place {
    Place::Https(proto::HttpsArchive {
        url: url.to_owned(),
        sha256: sha256.to_owned(),
        directory: directory.to_owned(),
    })
}

fn git(url: &str, revision: &str, directory: &str) -> Place {
    Place::Git(proto::GitRevision {
        url: url.to_owned(),
        revision: revision.to_owned(),
        directory: directory.to_owned(),
    })
}

fn inline(archive: Vec<u8>) -> Place {
    Place::Inline(proto::InlineArchive { archive })
}

fn fields(place: Place) -> Vec<String> {
    read(place).unwrap_err().problems.into_iter().map(|problem| problem.field).collect()
}

#[test]
fn every_source_survives_its_protobuf_and_shows_its_location() {
    for (place, message) in [
        (https("https://example.com/a.zip", SHA256, ""), "https://example.com/a.zip"),
        (
            https("https://example.com/a.tgz", SHA256, "a-1/functions/hello"),
            "https://example.com/a.tgz",
        ),
        (git("https://example.com/a/b.git", "main", ""), "https://example.com/a/b.git at main"),
        (
            git("https://example.com/a", "refs/tags/v1.0+2", "functions/hello"),
            "https://example.com/a at refs/tags/v1.0+2",
        ),
        (inline(vec![1, 2, 3]), "an inline archive of 3 bytes"),
        (inline(vec![0; INLINE_MAX_BYTES]), "an inline archive of 1048576 bytes"),
    ] {
        let source = read(place.clone()).unwrap();
        assert_eq!(source.to_string(), message);
        assert_eq!(source.to_proto().place, Some(place));
    }
}

#[test]
fn all_problems_of_a_source_are_reported_at_once() {
    assert_eq!(
        fields(https("", "", "")),
        ["function.source.https.url", "function.source.https.sha256"]
    );
    assert_eq!(
        fields(git("", "", "/a")),
        ["url", "revision", "directory"].map(|field| format!("function.source.git.{field}"))
    );
    assert_eq!(fields(inline(Vec::new())), ["function.source.inline.archive"]);
    assert_eq!(fields(inline(vec![0; INLINE_MAX_BYTES + 1])), ["function.source.inline.archive"]);
    assert_eq!(
        fields(https("https://example.com/a", &SHA256.to_uppercase(), "")),
        ["function.source.https.sha256"]
    );
}

#[test]
fn a_secret_in_a_url_is_never_quoted() {
    for url in [
        "https://user:hunter2@example.com/a",
        "https://example.com/a?token=hunter2",
        "https://example.com/a#hunter2",
    ] {
        for place in [https(url, SHA256, ""), git(url, "main", "")] {
            let invalid = read(place).unwrap_err();
            let message = format!("{invalid} {invalid:?}");
            assert!(!message.contains("hunter2") && message.contains("without user"), "{message}");
        }
    }
}

#[test]
fn a_revision_is_a_name_and_not_an_option_or_expression() {
    let is_taken = |revision: &str| read(git("https://example.com/a", revision, "")).is_ok();
    for revision in [
        "main",
        "v1.2.3",
        "feature/x-y_z",
        "refs/heads/main",
        "HEAD",
        "dependabot/npm/@types/node-20",
        &SHA256[..40],
    ] {
        assert!(is_taken(revision), "{revision}");
    }
    let long = "a".repeat(256);
    for revision in [
        "-x",
        "--upload-pack=x",
        "a..b",
        "a:b",
        "a b",
        "a^",
        "a~1",
        "main@{1}",
        "+main",
        "a//b",
        "/a",
        "a/",
        "a.",
        ".a",
        "a/.b",
        "a.lock",
        "a*",
        "a?",
        "[a]",
        "a\n",
        "ü",
        &long,
    ] {
        assert!(!is_taken(revision), "{revision:?}");
    }
}

#[test]
fn a_directory_stays_inside() {
    for (directory, is_taken) in [
        ("a", true),
        ("a/b c/ü", true),
        ("..a", true),
        ("/a", false),
        ("a/", false),
        ("a//b", false),
        (".", false),
        ("..", false),
        ("a/../b", false),
        ("a\\b", false),
        ("a\nb", false),
    ] {
        assert_eq!(
            read(git("https://example.com/a", "main", directory)).is_ok(),
            is_taken,
            "{directory:?}"
        );
        assert_eq!(
            read(https("https://example.com/a", SHA256, directory)).is_ok(),
            is_taken,
            "{directory:?}"
        );
    }
}

#[test]
fn a_release_is_no_rollback() {
    let earlier = |rebuild, before| {
        let deployment = "0123456789abcdef0123456789abcdef".to_owned();
        Place::Earlier(proto::EarlierDeployment {
            deployment,
            rebuild,
            before,
            release: true,
            ..proto::EarlierDeployment::default()
        })
    };
    let source = read(earlier(false, false)).unwrap();
    assert!(matches!(&source, Source::Earlier(EarlierDeployment { release: true, .. })));
    assert_eq!(source.to_proto().place, Some(earlier(false, false)));
    for both in [earlier(true, false), earlier(false, true)] {
        assert_eq!(fields(both), ["function.source.earlier.release"]);
    }
}
