//! The corpus of requests in `tests/hostile/requests`.
//!
//! An entry of a file begins with `=== ` and its name. `to` is a service, or `every` of them.
//! `expect` is a status, or `4xx`, and a text that the answer contains. The request follows:
//! lines of its head, an empty line, and its body. `\xNN`, `\r`, `\n` and `\0` are bytes,
//! `<<TEXT*COUNT>>` repeats a text, and `<<now>>` and `<<today>>` are the time. The length of the body and
//! `connection: close` are added to the head.

use std::fs;
use std::path::Path;

use time::OffsetDateTime;

use super::{HONEST, attack, send};

/// Minimum number of entries: a corpus that is not found would refuse nothing.
const ENTRIES_MIN: usize = 90;

struct Entry {
    name: String,
    service: String,
    status: String,
    contains: String,
    request: Vec<u8>,
}

#[tokio::test]
async fn every_hostile_request_is_refused_and_the_next_honest_one_succeeds() {
    attack(|target| {
        let entries = corpus();
        assert!(entries.len() >= ENTRIES_MIN, "{} entries", entries.len());
        let mut wrong = Vec::new();
        for entry in &entries {
            let services: Vec<&str> = match entry.service.as_str() {
                "every" => HONEST.iter().map(|(service, ..)| *service).collect(),
                one => vec![one],
            };
            for service in services {
                let answer = send(target.address(service), &entry.request);
                if let Err(why) = entry.check(&answer) {
                    wrong.push(format!("{service}: {}: {why}", entry.name));
                }
                target.still_serves(service);
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    })
    .await;
}

impl Entry {
    fn check(&self, answer: &str) -> Result<(), String> {
        let status = answer.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3));
        let is_expected = status.is_some_and(|status| {
            status == self.status || (self.status == "4xx" && status.starts_with('4'))
        });
        let start: String = answer.chars().take(300).collect();
        if !is_expected || !answer.contains(&self.contains) {
            return Err(format!("expected {} {}, and got {start:?}", self.status, self.contains));
        }
        if answer.matches("HTTP/1.1 ").count() > 1 {
            return Err(format!("one request has two answers: {start:?}"));
        }
        Ok(())
    }
}

fn corpus() -> Vec<Entry> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hostile/requests");
    let mut files: Vec<_> =
        fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    let mut entries = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        entries.extend(text.split("\n=== ").skip(1).map(entry));
    }
    entries
}

fn entry(text: &str) -> Entry {
    let mut parts = text.splitn(4, '\n');
    let mut part = || parts.next().unwrap().to_owned();
    let (name, to, expect, request) = (part(), part(), part(), part());
    let expect = expect.strip_prefix("expect: ").unwrap_or_else(|| panic!("{name}: no `expect`"));
    let service = to.strip_prefix("to: ").unwrap_or_else(|| panic!("{name}: no `to`")).to_owned();
    let (status, contains) = expect.split_once(' ').unwrap_or((expect, ""));
    let (head, body) = request.split_once("\n\n").unwrap_or((&request, ""));
    let body = bytes(body.trim_end_matches('\n'));
    let mut lines: Vec<Vec<u8>> = head.trim_end_matches('\n').split('\n').map(bytes).collect();
    let has_length = head.to_ascii_lowercase().contains("\ncontent-length:")
        || head.to_ascii_lowercase().contains("\ntransfer-encoding:");
    if !has_length && !body.is_empty() {
        lines.push(format!("content-length: {}", body.len()).into_bytes());
    }
    lines.push(b"connection: close\r\n\r\n".to_vec());
    let request = [lines.join(&b"\r\n"[..]), body].concat();
    Entry { name, service, status: status.to_owned(), contains: contains.to_owned(), request }
}

/// The bytes that a line of the corpus stands for.
fn bytes(line: &str) -> Vec<u8> {
    unescaped(&repeated(&line.replace("<<today>>", &time_text(8)).replace("<<now>>", &now())))
}

fn now() -> String {
    format!("{}T{}Z", time_text(8), &time_text(14)[8..])
}

/// The first digits of the year, month, day, hour, minute and second.
fn time_text(digits: usize) -> String {
    let now = OffsetDateTime::now_utc();
    let (year, month, day) = (now.year(), u8::from(now.month()), now.day());
    let (hour, minute, second) = (now.hour(), now.minute(), now.second());
    let text = format!("{year:04}{month:02}{day:02}{hour:02}{minute:02}{second:02}");
    text[..digits].to_owned()
}

/// Replaces `<<TEXT*COUNT>>`.
fn repeated(line: &str) -> String {
    let mut text = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once("<<") {
        let (repetition, after) = after.split_once(">>").unwrap();
        let (what, count) = repetition.rsplit_once('*').unwrap();
        text.push_str(before);
        text.push_str(&what.repeat(count.parse().unwrap()));
        rest = after;
    }
    text + rest
}

fn unescaped(line: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = line.bytes();
    while let Some(byte) = rest.next() {
        let escaped = match byte {
            b'\\' => rest.next().unwrap(),
            plain => {
                bytes.push(plain);
                continue;
            }
        };
        bytes.push(match escaped {
            b'r' => b'\r',
            b'n' => b'\n',
            b'0' => 0,
            b'x' => {
                let digits = [rest.next().unwrap(), rest.next().unwrap()];
                u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
            }
            other => panic!("`\\{}` stands for nothing", char::from(other)),
        });
    }
    bytes
}

#[test]
fn a_line_of_the_corpus_stands_for_bytes() {
    assert_eq!(bytes(r"a\x00\xff\r\n<<ab*2>>{"), b"a\0\xff\r\nabab{");
    assert_eq!(bytes(r#"{"a": "<<b*3>>"}<<{"a":*2>>"#), br#"{"a": "bbb"}{"a":{"a":"#);
}
