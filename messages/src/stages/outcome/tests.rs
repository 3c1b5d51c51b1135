use super::*;

#[test]
fn the_advice_for_a_full_disk_is_to_free_space() {
    let of = |reason: String| {
        Failure::new("stage", FailureClass::System, "code", reason, "check the settings").advice
    };
    let full = std::io::Error::from_raw_os_error(28);
    assert_eq!(of(format!("cannot unpack the source: {full}")), FREE_SPACE);
    assert_eq!(of("cannot unpack the source".to_owned()), "check the settings");
}

fn size(failure: &proto::Failure) -> usize {
    let texts = [&failure.stage, &failure.code, &failure.reason, &failure.advice];
    let log: usize = failure.log_tail.iter().map(String::len).sum();
    texts.iter().map(|text| text.len()).sum::<usize>() + failure.log_url.len() + log
}

#[test]
fn a_failure_is_small_however_long_the_log_and_the_reason_are() {
    let long = "\u{e4}".repeat(8 << 20);
    let lines: Vec<String> = (0..50).map(|number| format!("{number} {long}")).collect();
    let new = Failure::new("s", FailureClass::User, "c", long.as_str(), &long);
    let literal = Failure { log_tail: lines.clone(), reason: long.clone(), ..new.clone() };
    for failure in [new.with_log(lines, &long), literal] {
        let written = write_failure(&failure);
        assert!(size(&written) <= 64 * 1024, "{}", size(&written));
        assert!(written.log_tail.iter().all(|line| line.len() <= 4 * 1024));
        assert!(written.log_tail.len() >= 8, "{}", written.log_tail.len());
        assert!(written.log_tail.last().unwrap().starts_with("49 "), "the last lines are kept");
    }
}

#[test]
fn a_short_log_is_kept_as_it_is() {
    let lines = vec![String::new(), "line".to_owned()];
    let failure = Failure::new("s", FailureClass::User, "c", "r", "a");
    assert_eq!(failure.with_log(lines.clone(), "").log_tail, lines);
}
