//! When a window is open, whatever the clock on the wall does.

use std::fmt::Write as _;

use insta::assert_snapshot;

use super::*;

/// All borders from the one instant to the other, each checked a millisecond around it:
/// `open FROM - TO`, in UTC.
#[track_caller]
fn openings_between(windows: &[&Window], from: &str, to: &str) -> String {
    let (mut now, to) = (at(from), at(to));
    let mut said = String::new();
    while let Some(opens) = opens(windows, now).filter(|opens| *opens < to) {
        let closes = closes(windows, opens).unwrap();
        let around = [opens.millis() - 1, opens.millis(), closes.millis() - 1, closes.millis()]
            .map(|millis| is_open(windows, Time::from_millis(millis)));
        let seam = if opens == at(from) { around[0] } else { false };
        assert_eq!(around, [seam, true, true, false], "{opens} - {closes}");
        let short = |time: Time| time.to_string().replace(":00.000Z", "");
        writeln!(said, "{} - {}", short(opens), short(closes)).unwrap();
        now = closes;
    }
    said
}

#[test]
fn an_opening_goes_on_over_midnight_and_over_the_end_of_the_week() {
    let night =
        window("UTC", &["mon-fri 18:00-24:00", "tue-fri 00:00-06:00", "sun 22:00-24:00", "mon 00:00-02:00"]);
    // A Monday.
    assert_snapshot!(openings_between(&[&night], "2026-11-23T02:00:00Z", "2026-12-01T00:00:00Z"), @r"
    2026-11-23T18:00 - 2026-11-24T06:00
    2026-11-24T18:00 - 2026-11-25T06:00
    2026-11-25T18:00 - 2026-11-26T06:00
    2026-11-26T18:00 - 2026-11-27T06:00
    2026-11-27T18:00 - 2026-11-28T00:00
    2026-11-29T22:00 - 2026-11-30T02:00
    2026-11-30T18:00 - 2026-12-01T06:00
    ");
    assert_eq!(night.closes(at("2026-11-23T17:59:59.999Z")), None);
    assert_eq!(night.opens(at("2026-11-23T17:59:59.999Z")), Some(at("2026-11-23T18:00:00Z")));
}

#[test]
fn a_window_that_never_closes_stays_open_for_longer_than_any_grant() {
    let always = window("Europe/Berlin", &["mon-sun 00:00-24:00"]);
    let now = at("2026-11-23T12:34:56.789Z");
    assert_eq!(always.closes(now), Some(now.plus(HORIZON)));
    assert_eq!(always.opens(now), Some(now));
}

#[test]
fn times_that_the_clock_skips_do_not_happen() {
    // 2026-03-29: 02:00 +01:00 is followed by 03:00 +02:00, at 01:00Z.
    let day = ["2026-03-28T22:00:00Z", "2026-03-29T21:59:00Z"];
    let on = |open: &[&str]| openings_between(&[&window("Europe/Berlin", open)], day[0], day[1]);
    assert_snapshot!(on(&["sun 01:00-02:00"]), @"2026-03-29T00:00 - 2026-03-29T01:00");
    assert_snapshot!(on(&["sun 02:00-03:00"]), @"");
    assert_snapshot!(on(&["sun 02:15-02:45"]), @"");
    assert_snapshot!(on(&["sun 02:30-04:00"]), @"2026-03-29T01:00 - 2026-03-29T02:00");
    assert_snapshot!(on(&["sun 01:00-02:30"]), @"2026-03-29T00:00 - 2026-03-29T01:00");
    assert_snapshot!(on(&["sun 01:00-02:10", "sun 02:20-04:00"]), @"2026-03-29T00:00 - 2026-03-29T02:00");
    assert_snapshot!(on(&["sun 00:00-24:00"]), @"2026-03-28T23:00 - 2026-03-29T22:00");
    // 2026-03-08, St John's: 02:00 -03:30 is followed by 03:00 -02:30, at 05:30Z.
    let st_johns = window("America/St_Johns", &["sun 02:30-04:00"]);
    assert_snapshot!(openings_between(&[&st_johns], "2026-03-08T00:00:00Z", "2026-03-09T00:00:00Z"), @"2026-03-08T05:30 - 2026-03-08T06:30");
    // 2026-10-04, Lord Howe: 02:00 +10:30 is followed by 02:30 +11:00, at 2026-10-03T15:30Z.
    let lord_howe = window("Australia/Lord_Howe", &["sun 02:10-02:20", "sun 02:25-03:00"]);
    assert_snapshot!(openings_between(&[&lord_howe], "2026-10-03T00:00:00Z", "2026-10-05T00:00:00Z"), @"2026-10-03T15:30 - 2026-10-03T16:00");
}

#[test]
fn times_that_the_clock_repeats_are_open_both_times() {
    // 2026-10-25: 03:00 +02:00 is followed by 02:00 +01:00, at 01:00Z.
    let day = ["2026-10-24T22:00:00Z", "2026-10-25T22:59:00Z"];
    let on = |open: &[&str]| openings_between(&[&window("Europe/Berlin", open)], day[0], day[1]);
    assert_snapshot!(on(&["sun 01:00-02:00"]), @"2026-10-24T23:00 - 2026-10-25T00:00");
    assert_snapshot!(on(&["sun 02:00-03:00"]), @"2026-10-25T00:00 - 2026-10-25T02:00");
    assert_snapshot!(on(&["sun 02:15-02:45"]), @r"
    2026-10-25T00:15 - 2026-10-25T00:45
    2026-10-25T01:15 - 2026-10-25T01:45
    ");
    assert_snapshot!(on(&["sun 02:30-04:00"]), @r"
    2026-10-25T00:30 - 2026-10-25T01:00
    2026-10-25T01:30 - 2026-10-25T03:00
    ");
    assert_snapshot!(on(&["sun 01:00-02:30"]), @r"
    2026-10-24T23:00 - 2026-10-25T00:30
    2026-10-25T01:00 - 2026-10-25T01:30
    ");
    assert_snapshot!(on(&["sun 03:00-04:00"]), @"2026-10-25T02:00 - 2026-10-25T03:00");
    assert_snapshot!(on(&["sun 00:00-24:00"]), @"2026-10-24T22:00 - 2026-10-25T23:00");
    // 2026-11-01, St John's: 02:00 -02:30 is followed by 01:00 -03:30, at 04:30Z.
    let st_johns = window("America/St_Johns", &["sun 01:30-04:00"]);
    assert_snapshot!(openings_between(&[&st_johns], "2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z"), @r"
    2026-11-01T04:00 - 2026-11-01T04:30
    2026-11-01T05:00 - 2026-11-01T07:30
    ");
    // 2026-04-05, Lord Howe: 02:00 +11:00 is followed by 01:30 +10:30, at 2026-04-04T15:00Z.
    let lord_howe = window("Australia/Lord_Howe", &["sun 01:40-01:50"]);
    assert_snapshot!(openings_between(&[&lord_howe], "2026-04-04T00:00:00Z", "2026-04-06T00:00:00Z"), @r"
    2026-04-04T14:40 - 2026-04-04T14:50
    2026-04-04T15:10 - 2026-04-04T15:20
    ");
}

#[test]
fn a_midnight_that_is_there_twice_is_in_the_day_before_as_well() {
    // 2026-10-25, Beirut: Sunday 00:00 +03:00 is followed by Saturday 23:00 +02:00, at 2026-10-24T21:00Z.
    let on = |open: &[&str]| {
        openings_between(&[&window("Asia/Beirut", open)], "2026-10-24T19:00:00Z", "2026-10-25T21:59:00Z")
    };
    assert_snapshot!(on(&["sat 23:30-24:00"]), @r"
    2026-10-24T20:30 - 2026-10-24T21:00
    2026-10-24T21:30 - 2026-10-24T22:00
    ");
    assert_snapshot!(on(&["sat 22:30-24:00", "sun 00:00-01:00"]), @"2026-10-24T19:30 - 2026-10-24T23:00");
}

#[test]
fn a_day_without_a_midnight_opens_with_its_first_instant() {
    // 2018-11-04, São Paulo: Saturday's 24:00 -03:00 is Sunday's 01:00 -02:00, at 03:00Z.
    let sunday = window("America/Sao_Paulo", &["sun 00:00-08:00"]);
    assert_snapshot!(openings_between(&[&sunday], "2018-11-03T00:00:00Z", "2018-11-05T00:00:00Z"), @"2018-11-04T03:00 - 2018-11-04T10:00");
    // 2026-03-29, Beirut: Saturday's 24:00 +02:00 is Sunday's 01:00 +03:00, at 2026-03-28T22:00Z.
    let weekend = window("Asia/Beirut", &["sat 20:00-24:00", "sun 00:00-00:30"]);
    assert_snapshot!(openings_between(&[&weekend], "2026-03-28T00:00:00Z", "2026-03-30T00:00:00Z"), @"2026-03-28T18:00 - 2026-03-28T22:00");
}

#[test]
fn a_day_that_a_place_has_left_out_does_not_happen() {
    // Samoa went over the date line: 2011-12-29T24:00 -10:00 is 2011-12-31T00:00 +14:00, at 10:00Z.
    let friday = window("Pacific/Apia", &["fri 08:00-18:00"]);
    assert_snapshot!(openings_between(&[&friday], "2011-12-20T00:00:00Z", "2012-01-07T00:00:00Z"), @r"
    2011-12-23T18:00 - 2011-12-24T04:00
    2012-01-05T18:00 - 2012-01-06T04:00
    ");
    let around = window("Pacific/Apia", &["thu 20:00-24:00", "sat 00:00-02:00"]);
    assert_snapshot!(openings_between(&[&around], "2011-12-28T00:00:00Z", "2012-01-01T00:00:00Z"), @"2011-12-30T06:00 - 2011-12-30T12:00");
}

#[test]
fn a_zone_whose_clock_never_changes_has_the_same_hours_all_year() {
    for (zone, opens, closes) in
        [("Asia/Kathmandu", "02:15", "12:15"), ("UTC", "08:00", "18:00"), ("Africa/Lagos", "07:00", "17:00")]
    {
        let window = window(zone, &["mon-sun 08:00-18:00"]);
        for day in ["2026-01-15", "2026-03-29", "2026-07-15", "2026-10-25"] {
            let of = |time: &str| at(&format!("{day}T{time}:00Z"));
            assert_eq!(window.opens(of("00:00")), Some(of(opens)), "{zone} {day}");
            assert_eq!(window.closes(of(opens)), Some(of(closes)), "{zone} {day}");
        }
    }
}

#[test]
fn several_windows_are_open_where_any_is() {
    // 11:00 in New York is 17:00 in Berlin, but not in the weeks in which only one has changed its clock.
    let morning = window("America/New_York", &["mon-fri 06:00-11:00"]);
    let evening = window("Europe/Berlin", &["mon-fri 17:00-20:00"]);
    let both = |from: &str, to: &str| openings_between(&[&evening, &morning], from, to);
    assert_snapshot!(both("2026-03-05T00:00:00Z", "2026-03-06T00:00:00Z"), @"2026-03-05T11:00 - 2026-03-05T19:00");
    assert_snapshot!(both("2026-03-26T00:00:00Z", "2026-03-27T00:00:00Z"), @r"
    2026-03-26T10:00 - 2026-03-26T15:00
    2026-03-26T16:00 - 2026-03-26T19:00
    ");
    assert_snapshot!(both("2026-07-02T00:00:00Z", "2026-07-03T00:00:00Z"), @"2026-07-02T10:00 - 2026-07-02T18:00");
    let berlin = window("Europe/Berlin", &["mon-fri 09:00-17:00"]);
    let new_york = window("America/New_York", &["mon-fri 11:00-19:00"]);
    let tokyo = window("Asia/Tokyo", &["mon-fri 09:00-17:00"]);
    let all = [&berlin, &new_york, &tokyo];
    assert_snapshot!(openings_between(&all, "2026-11-20T00:00:00Z", "2026-11-24T00:00:00Z"), @r"
    2026-11-20T00:00 - 2026-11-21T00:00
    2026-11-23T00:00 - 2026-11-28T00:00
    ");
    assert_eq!(closes(&all, at("2026-11-22T12:00:00Z")), None);
    let now = at("2026-11-20T12:00:00Z");
    assert_eq!((is_open(&[], now), closes(&[], now), opens(&[], now)), (false, None, None));
}

#[test]
fn behind_the_last_day_that_has_a_wall_clock_it_is_closed() {
    let always = window("Europe/Berlin", &["mon-sun 00:00-24:00"]);
    let last = Time::from_millis(Timestamp::MAX.as_millisecond());
    let next = Time::from_millis(last.millis() + 1);
    assert_eq!((always.is_open(last), always.is_open(next)), (true, false), "{last} {next}");
    assert_eq!((always.closes(last), always.opens(last)), (Some(next), Some(last)));
    let end = Time::from_millis(i64::MAX);
    for at in [next, end] {
        assert_eq!((always.closes(at), always.opens(at)), (None, None));
    }
    let mondays = window("Europe/Berlin", &["mon 08:00-09:00"]);
    assert_eq!(mondays.opens(Time::from_millis(last.millis() - 1000)), None);
}
