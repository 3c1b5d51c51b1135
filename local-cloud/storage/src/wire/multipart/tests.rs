use std::convert::Infallible;

use futures::stream;

use super::*;

/// Reads a body that arrives in pieces of one size; returns content type and content of every part.
async fn parts(body: &[u8], piece_bytes: usize) -> Result<Vec<(String, Vec<u8>)>, StorageError> {
    let pieces: Vec<Result<Bytes, Infallible>> =
        body.chunks(piece_bytes).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    let mut multipart = Multipart::new(stream::iter(pieces), "b1".to_owned());
    let mut parts = Vec::new();
    while let Some(headers) = multipart.next_part().await? {
        parts.push((headers.content_type, multipart.document(1000).await?));
    }
    Ok(parts)
}

#[tokio::test]
async fn parts_are_the_same_however_the_body_is_cut() {
    let body = b"--b1\r\nContent-Type: application/json\r\n\r\n{}\r\n--b1\r\n\r\na\r\n--b\r\n-\r\r\n--b1\r\nX: y\r\ncontent-type: t/u\r\n\r\n\r\n--b1--\r\n";
    let expected: [(String, Vec<u8>); 3] = [
        ("application/json".to_owned(), b"{}".to_vec()),
        (String::new(), b"a\r\n--b\r\n-\r".to_vec()),
        ("t/u".to_owned(), b"".to_vec()),
    ];
    for piece_bytes in 1..=body.len() {
        assert_eq!(parts(body, piece_bytes).await.unwrap(), expected, "in pieces of {piece_bytes}");
    }
}

#[tokio::test]
async fn lines_may_end_in_a_line_feed_alone() {
    let body = b"\n--b1\nContent-Type: a/b\n\nx\r\n--b1\n\ny\n--b1--";
    let expected = [("a/b".to_owned(), b"x\r".to_vec()), (String::new(), b"y".to_vec())];
    for piece_bytes in 1..=body.len() {
        assert_eq!(parts(body, piece_bytes).await.unwrap(), expected, "in pieces of {piece_bytes}");
    }
}

#[tokio::test]
async fn a_truncated_body_is_an_error() {
    let body = b"--b1\r\n\r\ncontent\r\n--b1--";
    for length in 0..body.len() {
        let broken = parts(&body[..length], 4).await;
        assert!(matches!(broken, Err(StorageError::Body(_))), "cut to {length}: {broken:?}");
    }
}

#[tokio::test]
async fn a_boundary_other_than_the_announced_one_is_rejected() {
    assert!(matches!(parts(b"--other\r\n\r\n", 100).await, Err(StorageError::Invalid(_))));
}

#[test]
fn the_boundary_may_be_quoted_either_way() {
    for content_type in [
        "multipart/related; boundary=b1",
        "Multipart/Related; type=\"application/json\"; Boundary=\"b1\"",
        "multipart/related;boundary='b1'; x=y",
        "multipart/related; boundary=b1 ; x=y",
    ] {
        assert_eq!(
            boundary(content_type, "multipart/related").as_deref(),
            Some("b1"),
            "{content_type}"
        );
    }
    assert_eq!(
        boundary("multipart/related; boundary=\"==a;b==\"", "multipart/related").as_deref(),
        Some("==a;b==")
    );
    for content_type in
        ["multipart/form-data; boundary=b1", "multipart/related", "multipart/related; boundary="]
    {
        assert_eq!(boundary(content_type, "multipart/related"), None, "{content_type}");
    }
}
