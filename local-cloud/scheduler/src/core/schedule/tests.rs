use time::format_description::well_known::Rfc3339;

use super::*;

fn time(text: &str) -> OffsetDateTime {
    OffsetDateTime::parse(text, &Rfc3339).unwrap()
}

/// The next times after `after`, as the wall clock of `zone` shows them.
fn next(schedule: &str, zone: &str, after: &str, number: usize) -> Vec<String> {
    let schedule = Schedule::parse(schedule, zone).unwrap();
    let mut at = time(after);
    let times = (0..number).map(|_| {
        at = schedule.next_after(at).unwrap();
        let local = Timestamp::from_second(at.unix_timestamp()).unwrap();
        local.to_zoned_datetime(schedule.zone.clone()).strftime("%F %R%:z").to_string()
    });
    times.collect()
}

#[test]
fn the_fields_of_cron_are_lists_ranges_and_steps() {
    let after = "2026-01-30T23:58:30Z";
    for (schedule, expected) in [
        ("* * * * *", ["2026-01-30 23:59+00:00", "2026-01-31 00:00+00:00"]),
        ("*/20 * * * *", ["2026-01-31 00:00+00:00", "2026-01-31 00:20+00:00"]),
        ("5/20 0-23/12 * * *", ["2026-01-31 00:05+00:00", "2026-01-31 00:25+00:00"]),
        ("0 9,17 * * MON-FRI", ["2026-02-02 09:00+00:00", "2026-02-02 17:00+00:00"]),
        ("0 0 31 * *", ["2026-01-31 00:00+00:00", "2026-03-31 00:00+00:00"]),
        ("0 0 29 FEB *", ["2028-02-29 00:00+00:00", "2032-02-29 00:00+00:00"]),
        ("45 23 * * 6", ["2026-01-31 23:45+00:00", "2026-02-07 23:45+00:00"]),
        ("0 0 * * 7", ["2026-02-01 00:00+00:00", "2026-02-08 00:00+00:00"]),
        // Two restricted days: either of them.
        ("0 0 1 * 1", ["2026-02-01 00:00+00:00", "2026-02-02 00:00+00:00"]),
        ("0 0 */2 * 1", ["2026-02-09 00:00+00:00", "2026-02-23 00:00+00:00"]),
    ] {
        assert_eq!(next(schedule, "", after, 2), expected, "{schedule}");
    }
}

#[test]
fn schedules_in_english_are_those_of_app_engine() {
    let after = "2026-01-30T23:58:30Z";
    for (schedule, expected) in [
        ("every 5 minutes", ["2026-01-31 00:03+00:00", "2026-01-31 00:08+00:00"]),
        ("every 24 hours", ["2026-01-31 23:58+00:00", "2026-02-01 23:58+00:00"]),
        ("every 12 hours synchronized", ["2026-01-31 00:00+00:00", "2026-01-31 12:00+00:00"]),
        ("every 45 mins from 10:00 to 11:00", ["2026-01-31 10:00+00:00", "2026-01-31 10:45+00:00"]),
        ("every day 09:00", ["2026-01-31 09:00+00:00", "2026-02-01 09:00+00:00"]),
        ("every monday 09:00", ["2026-02-02 09:00+00:00", "2026-02-09 09:00+00:00"]),
        (
            "2nd,third mon,wednesday of march 17:00",
            ["2026-03-09 17:00+00:00", "2026-03-11 17:00+00:00"],
        ),
        ("1st monday of sep,october 17:00", ["2026-09-07 17:00+00:00", "2026-10-05 17:00+00:00"]),
        ("1 of jan,april 00:00", ["2026-04-01 00:00+00:00", "2027-01-01 00:00+00:00"]),
        ("1,15 of month 03:30", ["2026-02-01 03:30+00:00", "2026-02-15 03:30+00:00"]),
    ] {
        assert_eq!(next(schedule, "UTC", after, 2), expected, "{schedule}");
    }
}

#[test]
fn a_time_that_the_clocks_skip_does_not_run() {
    // Clocks in Berlin go from 02:00 to 03:00 on March 29, 2026.
    let after = "2026-03-28T12:00:00Z";
    assert_eq!(
        next("30 2 * * *", "Europe/Berlin", after, 2),
        ["2026-03-30 02:30+02:00", "2026-03-31 02:30+02:00"]
    );
    assert_eq!(
        next("30 1-3 29 * *", "Europe/Berlin", after, 2),
        ["2026-03-29 01:30+01:00", "2026-03-29 03:30+02:00"]
    );
    assert_eq!(
        next("every 24 hours from 02:30 to 02:30", "Europe/Berlin", after, 1),
        ["2026-03-30 02:30+02:00"]
    );
}

#[test]
fn a_time_that_occurs_twice_runs_twice() {
    // Clocks in New York go back from 02:00 to 01:00 on November 1, 2026.
    let after = "2026-10-31T12:00:00Z";
    assert_eq!(
        next("30 1 * * *", "America/New_York", after, 3),
        ["2026-11-01 01:30-04:00", "2026-11-01 01:30-05:00", "2026-11-02 01:30-05:00"]
    );
}

#[test]
fn the_header_is_in_the_zone_of_the_schedule() {
    let at = time("2026-07-01T12:00:00Z");
    let header = |schedule, zone| Schedule::parse(schedule, zone).unwrap().header(at);
    assert_eq!(
        header("* * * * *", "America/Los_Angeles").as_deref(),
        Some("2026-07-01T05:00:00-07:00")
    );
    assert_eq!(header("* * * * *", "Etc/UTC").as_deref(), Some("2026-07-01T12:00:00Z"));
    assert_eq!(header("every 5 minutes", "UTC"), None);
}

#[test]
fn what_is_no_schedule_is_refused_with_the_reason() {
    for (schedule, zone, expected) in [
        ("", "", "neither"),
        ("* * * *", "", "5 fields"),
        ("*/30 * * * * *", "", "has 6"),
        ("60 * * * *", "", "minute: \"60\" is not in the range from 0 to 59"),
        ("* 24 * * *", "", "hour"),
        ("* * 0 * *", "", "day of the month"),
        ("* * * 13 *", "", "month"),
        ("* * * * 8", "", "day of the week"),
        ("5-1 * * * *", "", "ends before it begins"),
        ("*/0 * * * *", "", "step"),
        ("0 0 30 2 *", "", "never comes due"),
        ("every 0 minutes", "", "at least 1 minute"),
        ("every 7 hours synchronized", "", "evenly"),
        ("every 5 days", "", "not a unit"),
        ("every someday 09:00", "", "someday"),
        ("every monday 24:00", "", "24:00"),
        ("* * * * *", "Mars/Olympus", "Mars/Olympus"),
    ] {
        let refused = Schedule::parse(schedule, zone).unwrap_err().to_string();
        assert!(refused.starts_with("Schedule or time zone is invalid."), "{refused}");
        assert!(refused.contains(expected), "{schedule}: {refused}");
    }
}
