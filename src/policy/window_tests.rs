use std::fmt::Write as _;

use insta::assert_snapshot;
use jiff::civil::DateTime;
use proptest::prelude::*;

use super::super::diagnostic::Diagnostic;
use super::super::document;
use super::super::source::SourceFile;
use super::*;

/// The window of a file that is nothing else, or its errors.
fn diagnosed(text: &str) -> Result<Window, Vec<(String, Diagnostic)>> {
    let files = [SourceFile { name: "p.toml".into(), text: text.to_owned() }];
    let mut problems = Problems::default();
    let tree = document::parse(0, &files[0], &mut problems).unwrap();
    let mut section = Section::root(0, "the policy", &tree);
    for what in ["`window`", "window `office`"] {
        let entry = section.entries().next().unwrap();
        section = entry.table(what.to_owned(), &mut problems).unwrap();
    }
    let window = Window::read("office".parse().unwrap(), &mut section, &mut problems);
    let all = problems.finish(&files);
    assert!(window.is_some() || !all.is_empty(), "refused without a word");
    match window {
        Some(window) if all.is_empty() => Ok(window),
        _ => Err(all.into_iter().map(|d| (d.render(&files, false), d)).collect()),
    }
}

/// The window, or its errors as people see them.
fn read(text: &str) -> Result<Window, String> {
    diagnosed(text).map_err(|all| all.into_iter().map(|(shown, _)| shown).collect::<Vec<_>>().join("\n"))
}

/// The one error of each: `code message | hint`.
fn said(texts: impl IntoIterator<Item = String>) -> String {
    let line = |text: String| {
        let all = diagnosed(&text).unwrap_err();
        let [(_, d)] = all.as_slice() else { panic!("one error: {all:#?}") };
        format!("{} {} | {}\n", d.code, d.message, d.hint.as_deref().unwrap_or("-"))
    };
    texts.into_iter().map(line).collect()
}

fn text(zone: &str, open: &[impl AsRef<str>]) -> String {
    // A string in JSON is one in TOML.
    let quoted = |text: &str| serde_json::to_string(text).unwrap();
    let open: Vec<_> = open.iter().map(|hours| quoted(hours.as_ref())).collect();
    format!("[window.office]\nzone = {}\nopen = [{}]\n", quoted(zone), open.join(", "))
}

#[track_caller]
fn window(zone: &str, open: &[&str]) -> Window {
    read(&text(zone, open)).unwrap_or_else(|errors| panic!("{errors}"))
}

/// The errors of openings, in the zone UTC.
#[track_caller]
fn wrong(open: &[&str]) -> String {
    read(&text("UTC", open)).unwrap_err()
}

fn at(text: &str) -> Time {
    text.parse().unwrap()
}

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
fn a_window_is_read_as_written_and_shown_in_one_form() {
    let office = read(
        r#"[window.office]
zone = "Europe/Berlin"
open = ["sun 22:00-24:00", "mon-fri 08:00-18:00", "sat 10:00-14:00"]
description = "When somebody is there"
"#,
    )
    .unwrap();
    assert_eq!((office.name.as_str(), office.description.as_str()), ("office", "When somebody is there"));
    assert_snapshot!(office, @"mon-fri 08:00-18:00, sat 10:00-14:00, sun 22:00-24:00 (Europe/Berlin)");
    assert_snapshot!(office.meaning(), @"Europe/Berlin 480-1080 1920-2520 3360-3960 4800-5400 6240-6840 7800-8040 9960-10080");
}

#[test]
fn what_means_the_same_has_the_same_meaning_and_other_windows_have_another() {
    let one = window("Europe/Berlin", &["mon-wed 08:00-18:00", "thu 00:00-24:00", "fri 00:00-06:00"]);
    for spelling in [
        &["fri 00:00-06:00", "thu 00:00-24:00", "mon-wed 08:00-18:00"][..],
        &["mon-wed 08:00-12:00", "mon-wed 12:00-18:00", "thu-fri 00:00-06:00", "thu 06:00-24:00"],
        &["mon 08:00-18:00", "wed 08:00-18:00", "tue 08:00-18:00", "thu 00:00-24:00", "fri 00:00-06:00"],
    ] {
        let other = window("Europe/Berlin", spelling);
        assert_eq!((other.meaning(), other.to_string()), (one.meaning(), one.to_string()));
    }
    for other in [
        window("Europe/Paris", &["mon-wed 08:00-18:00", "thu 00:00-24:00", "fri 00:00-06:00"]),
        window("Europe/Berlin", &["mon-wed 08:00-18:00", "thu 00:00-24:00", "fri 00:00-06:01"]),
        window("Europe/Berlin", &["mon-wed 08:00-18:00", "thu 00:00-24:00"]),
    ] {
        assert_ne!(other.meaning(), one.meaning());
    }
    assert_snapshot!(one, @"mon-wed 08:00-18:00, thu 00:00-24:00, fri 00:00-06:00 (Europe/Berlin)");
    // Breaks are kept apart, and days that are not in a row too.
    assert_snapshot!(window("UTC", &["mon-fri 08:00-12:00", "mon-thu 13:00-17:00", "sun 08:00-12:00"]), @"mon-fri 08:00-12:00, mon-thu 13:00-17:00, sun 08:00-12:00 (UTC)");
    assert_snapshot!(window("UTC", &["mon-sun 00:00-24:00"]), @"mon-sun 00:00-24:00 (UTC)");
}

#[test]
fn a_window_without_its_keys_or_with_others_is_refused() {
    assert_snapshot!(read("[window.office]\n").unwrap_err(), @r#"
    error[missing-key]: window `office` has no `open`
     --> p.toml:1:9
      |
    1 | [window.office]
      |         ^^^^^^
      |
    help: add open = ["mon-fri 08:00-18:00"]
    error[missing-key]: window `office` has no `zone`
     --> p.toml:1:9
      |
    1 | [window.office]
      |         ^^^^^^
      |
    help: add zone = "Europe/Berlin": whose clock the times are of
    "#);
    assert_snapshot!(read("[window.office]\nzone = 1\nopen = \"mon 08:00-09:00\"\ndescription = \"\"\nuntil = 2\n").unwrap_err(), @r#"
    error[type]: `zone` of window `office` is a whole number, expected a string
     --> p.toml:2:8
      |
    2 | zone = 1
      |        ^ expected a string
    error[type]: `open` of window `office` is a string, expected an array of strings
     --> p.toml:3:8
      |
    3 | open = "mon 08:00-09:00"
      |        ^^^^^^^^^^^^^^^^^ expected an array of strings
    error[text]: this text is empty
     --> p.toml:4:15
      |
    4 | description = ""
      |               ^^
      |
    help: leave the key out, or say something
    error[unknown-key]: unknown key `until` in window `office`
     --> p.toml:5:1
      |
    5 | until = 2
      | ^^^^^
      |
    help: the keys are `zone`, `open`, `description`
    "#);
    assert_snapshot!(read("[window.office]\nzoen = \"UTC\"\nopen = [1]\n").unwrap_err(), @r#"
    error[unknown-key]: unknown key `zoen` in window `office`
     --> p.toml:2:1
      |
    2 | zoen = "UTC"
      | ^^^^
      |
    help: did you mean `zone`?
    error[type]: `open` of window `office` has strings, this is a whole number
     --> p.toml:3:9
      |
    3 | open = [1]
      |         ^
      |
    help: write it in quotes
    "#);
    assert_snapshot!(wrong(&[]), @r#"
    error[empty]: `open` of window `office` is empty: it would never be open
     --> p.toml:3:8
      |
    3 | open = []
      |        ^^
      |
    help: such as open = ["mon-fri 08:00-18:00"]
    "#);
}

#[test]
fn a_zone_that_is_not_an_iana_name_to_the_letter_is_refused() {
    let wrong = |zone: &str| read(&text(zone, &["mon 08:00-09:00"])).unwrap_err();
    assert_snapshot!(wrong("Europe/Berln"), @r#"
    error[zone]: there is no time zone `Europe/Berln`
     --> p.toml:2:8
      |
    2 | zone = "Europe/Berln"
      |        ^^^^^^^^^^^^^^
      |
    help: did you mean `Europe/Berlin`?
    "#);
    let zones =
        ["EUROPE/BERLIN", "kathmandu", "Europ/Berlin", "Europe/Berlin/", "CEST", "Factory", "nowhere at all"];
    assert_snapshot!(said(zones.map(|zone| text(zone, &["mon 08:00-09:00"]))), @r"
    zone there is no time zone `EUROPE/BERLIN` | did you mean `Europe/Berlin`?
    zone there is no time zone `kathmandu` | did you mean `Asia/Kathmandu`?
    zone there is no time zone `Europ/Berlin` | did you mean `Europe/Berlin`?
    zone there is no time zone `Europe/Berlin/` | did you mean `Europe/Berlin`?
    zone there is no time zone `CEST` | did you mean `CET`?
    zone there is no time zone `Factory` | write the IANA name of a zone, such as Europe/Berlin, or UTC
    zone there is no time zone `nowhere at all` | write the IANA name of a zone, such as Europe/Berlin, or UTC
    ");
    // Files that a host may have, offsets, rules, paths: they are other zones on other hosts, or none.
    for bad in [
        "",
        "localtime",
        "posixrules",
        "right/Europe/Berlin",
        "posix/Europe/Berlin",
        "Factory",
        "Etc/Unknown",
        "+01:00",
        "UTC+1",
        "CET-1CEST,M3.5.0,M10.5.0/3",
        ":Europe/Berlin",
        "/etc/localtime",
        "../localtime",
        "Europe/Berlin ",
        "utc",
        "Europe/Berlin\u{202e}",
    ] {
        assert!(wrong(bad).starts_with("error[zone]"), "{bad:?}");
    }
}

#[test]
fn an_opening_in_another_form_is_refused_with_the_right_one() {
    assert_snapshot!(wrong(&["mon-fri", "tue 08:00-18:00", "sat 22:00-02:00"]), @r#"
    error[opening]: `mon-fri` is no opening: expected days and times
     --> p.toml:3:9
      |
    3 | open = ["mon-fri", "tue 08:00-18:00", "sat 22:00-02:00"]
      |         ^^^^^^^^^
      |
    help: such as "mon-fri 08:00-18:00" or "sat 10:00-14:00", with one space
    error[opening]: `sat 22:00-02:00` is no opening: it ends before it starts
     --> p.toml:3:39
      |
    3 | open = ["mon-fri", "tue 08:00-18:00", "sat 22:00-02:00"]
      |                                       ^^^^^^^^^^^^^^^^^
      |
    help: over midnight, write "sat 22:00-24:00", "sun 00:00-02:00"
    "#);
    let openings = [
        "mon-fri 08:00",
        "Monday 08:00-18:00",
        "weekdays 08:00-18:00",
        "mon 8:00-18:00",
        "mon 08:00-24:01",
        "mon 24:00-24:00",
        "mon 18:00-00:00",
        "mon 08:00-08:00",
        "mon-mon 08:00-18:00",
        "fri-mon 08:00-18:00",
        "sun 22:00-06:00",
        "fri-sun 22:00-06:00",
        "fri-mon 22:00-06:00",
    ];
    assert_snapshot!(said(openings.map(|opening| text("UTC", &[opening]))), @r#"
    opening `mon-fri 08:00` is no opening: expected days and times | such as "mon-fri 08:00-18:00" or "sat 10:00-14:00", with one space
    opening `Monday 08:00-18:00` is no opening: `Monday` is no day | write `mon`
    opening `weekdays 08:00-18:00` is no opening: `weekdays` is no day | the days are `mon`, `tue`, `wed`, `thu`, `fri`, `sat`, `sun`
    opening `mon 8:00-18:00` is no opening: `8:00` is no time | write 08:00
    opening `mon 08:00-24:01` is no opening: `24:01` is no time | times are written 00:00 to 24:00
    opening `mon 24:00-24:00` is no opening: 24:00 is an end, not a start | write 00:00, on the next day
    opening `mon 18:00-00:00` is no opening: it ends before it starts | the end of a day is 24:00
    opening `mon 08:00-08:00` is no opening: it ends as it starts | for a whole day, write 00:00-24:00
    opening `mon-mon 08:00-18:00` is no opening: it is from a day to the same day | write "mon 08:00-18:00"
    opening `fri-mon 08:00-18:00` is no opening: a week is from mon to sun | write "mon 08:00-18:00", "fri-sun 08:00-18:00"
    opening `sun 22:00-06:00` is no opening: it ends before it starts | over midnight, write "sun 22:00-24:00", "mon 00:00-06:00"
    opening `fri-sun 22:00-06:00` is no opening: it ends before it starts | over midnight, write "fri-sun 22:00-24:00", "mon 00:00-06:00", "sat-sun 00:00-06:00"
    opening `fri-mon 22:00-06:00` is no opening: it ends before it starts | over midnight, write "mon 22:00-24:00", "fri-sun 22:00-24:00", "mon-tue 00:00-06:00", "sat-sun 00:00-06:00"
    "#);
    for bad in [
        "",
        " ",
        "mon",
        "mon  08:00-18:00",
        " mon 08:00-18:00",
        "mon 08:00-18:00 ",
        "mon 08:00 - 18:00",
        "mon,tue 08:00-18:00",
        "mon-tue-wed 08:00-18:00",
        "mon 08:00-12:00-18:00",
        "mon 08-18",
        "mon 0800-1800",
        "mon 08:60-18:00",
        "mon 25:00-26:00",
        "mon 08:00:00-18:00:00",
        "mon +8:00-18:00",
        "mon 08:00-6pm",
        "mon\t08:00-18:00",
        "mon\u{a0}08:00-18:00",
        "mon 08:00\u{2013}18:00",
        "mon ٠٨:٠٠-18:00",
        "MON 08:00-18:00",
        "-mon 08:00-18:00",
        "mon- 08:00-18:00",
        "mo 08:00-18:00",
        "* 08:00-18:00",
    ] {
        assert!(wrong(&[bad]).starts_with("error[opening]"), "{bad:?}");
    }
}

#[test]
fn the_opening_of_a_hint_is_one_that_is_read() {
    for bad in [
        "fri-mon 08:00-18:00",
        "sun 22:00-06:00",
        "sat-wed 22:00-06:00",
        "tue-mon 23:00-01:00",
        "wed-wed 01:00-02:00",
    ] {
        let said = wrong(&[bad]);
        let hint = said.rsplit_once("help: ").unwrap().1;
        let instead: Vec<&str> = hint.split('"').skip(1).step_by(2).collect();
        window("UTC", &instead);
    }
}

#[test]
fn openings_that_overlap_or_are_there_twice_are_refused() {
    assert_snapshot!(wrong(&["mon-fri 08:00-18:00", "sat 10:00-14:00", "wed-sat 09:00-12:00"]), @r#"
    error[overlap]: `wed-sat 09:00-12:00` overlaps `mon-fri 08:00-18:00`
     --> p.toml:3:51
      |
    3 | open = ["mon-fri 08:00-18:00", "sat 10:00-14:00", "wed-sat 09:00-12:00"]
      |                                                   ^^^^^^^^^^^^^^^^^^^^^ both have wed 09:00-12:00
      |
    note: the other is here
     --> p.toml:3:9
      |
    3 | open = ["mon-fri 08:00-18:00", "sat 10:00-14:00", "wed-sat 09:00-12:00"]
      |         ^^^^^^^^^^^^^^^^^^^^^
    help: shorten one of them, or join them to one
    "#);
    assert_snapshot!(wrong(&["mon 08:00-18:00", "mon 08:00-18:00"]), @r#"
    error[duplicate]: `open` of window `office` has the same entry twice
     --> p.toml:3:28
      |
    3 | open = ["mon 08:00-18:00", "mon 08:00-18:00"]
      |                            ^^^^^^^^^^^^^^^^^
      |
    help: remove one of them
    "#);
    window("UTC", &["mon 08:00-12:00", "mon 12:00-13:00", "tue 08:00-12:00"]);
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

/// Openings as they are written, that do not overlap.
fn some_openings() -> impl Strategy<Value = Vec<Hours>> {
    let day = prop_oneof![2 => 0..7u16, 1 => Just(6u16)];
    let minute = || prop_oneof![2 => 0..=DAY, 2 => (0..=4u16).prop_map(|hour| hour * 60), 1 => Just(0u16), 1 => Just(DAY)];
    let one = (day, 0..7u16, minute(), minute()).prop_filter_map("empty", |(first, more, a, b)| {
        let (start, end) = (a.min(b), a.max(b));
        (start < end).then(|| Hours { first, start, end, last: (first + more).min(6) })
    });
    prop::collection::vec(one, 1..6).prop_map(|all| {
        let mut apart: Vec<Hours> = Vec::new();
        for hours in all {
            if apart.iter().all(|other| hours.overlap(other).is_none()) {
                apart.push(hours);
            }
        }
        apart
    })
}

/// Any zone there is, and an instant: anywhere, or near one at which the zone's clock changes.
fn somewhere_sometime() -> impl Strategy<Value = (String, Time)> {
    let names: Vec<String> =
        TimeZoneDatabase::bundled().available().map(|n| n.to_string()).filter(|n| n != "Factory").collect();
    const TURNING: [&str; 8] = [
        "Europe/Berlin",
        "America/St_Johns",
        "Australia/Lord_Howe",
        "America/Sao_Paulo",
        "Asia/Beirut",
        "Pacific/Apia",
        "Africa/Casablanca",
        "Africa/Monrovia",
    ];
    let zone =
        prop_oneof![prop::sample::select(names), prop::sample::select(&TURNING[..]).prop_map(str::to_owned)];
    const YEARS_70: i64 = 70 * 366 * 86_400_000;
    let millis = prop_oneof![8 => 0..YEARS_70, 1 => 0..=Time::from_millis(i64::MAX).millis()];
    let near = prop_oneof![
        Just(None),
        prop::sample::select(&[-1i64, 0, 1][..]).prop_map(Some),
        (-90_000_000i64..90_000_000).prop_map(Some)
    ];
    (zone, millis, near).prop_map(|(zone, millis, near)| {
        let of = |zone: &str| jiff::tz::db().get(zone).unwrap();
        let turn = Timestamp::from_millisecond(millis)
            .ok()
            .and_then(|at| Some(of(&zone).following(at).next()?.timestamp().as_millisecond()));
        let millis = near.zip(turn).map_or(millis, |(near, turn)| turn + near);
        (zone, Time::from_millis(millis))
    })
}

/// What the wall clock shows, looked up in the openings as they are written.
fn by_the_wall(zone: &TimeZone, open: &[Hours], at: Time) -> bool {
    let Ok(instant) = Timestamp::from_second(at.millis() / 1000) else { return false };
    let shown: DateTime = zone.to_datetime(instant);
    let day = u16::try_from(shown.weekday().to_monday_zero_offset()).unwrap();
    let minute = u16::try_from(i32::from(shown.hour()) * 60 + i32::from(shown.minute())).unwrap();
    open.iter().any(|h| (h.first..=h.last).contains(&day) && (h.start..h.end).contains(&minute))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn windows_are_what_the_wall_clock_says(
        (zone, now) in somewhere_sometime(),
        (other_zone, _) in somewhere_sometime(),
        open in some_openings(),
        other_open in some_openings(),
        with_other in any::<bool>(),
    ) {
        let written = |open: &[Hours]| open.iter().map(Hours::to_string).collect::<Vec<_>>();
        let one = read(&text(&zone, &written(&open))).unwrap();
        let other = read(&text(&other_zone, &written(&other_open))).unwrap();
        let clock = |zone: &str| jiff::tz::db().get(zone).unwrap();
        let (clock, other_clock) = (clock(&zone), clock(&other_zone));
        let windows = if with_other { vec![&one, &other] } else { vec![&one] };
        let truth = |millis: i64| {
            let at = Time::from_millis(millis);
            by_the_wall(&clock, &open, at) || (with_other && by_the_wall(&other_clock, &other_open, at))
        };
        let at = now.millis();
        prop_assert_eq!(is_open(&windows, now), truth(at));
        let (opening, closing) = (opens(&windows, now), closes(&windows, now));
        prop_assert_eq!(closing.is_some(), truth(at));
        // Of a stretch: its ends to the millisecond, and minute by minute until it is too long.
        let all = |from: i64, to: i64, open: bool| {
            from >= to || (truth(from) == open && truth(to - 1) == open
                && (from..to).step_by(60_000).take(3000).all(|millis| truth(millis) == open))
        };
        if let Some(closing) = closing {
            prop_assert_eq!(opening, Some(now));
            prop_assert!(now < closing);
            prop_assert!(all(at, closing.millis(), true));
            prop_assert!(!truth(closing.millis()) || closing == now.plus(HORIZON));
        } else if let Some(opening) = opening {
            prop_assert!(now < opening && truth(opening.millis()));
            prop_assert!(opening.secs_after(now) <= 14 * 86_400);
            prop_assert!(all(at, opening.millis(), false));
            prop_assert!(closes(&windows, opening).is_some_and(|closing| closing > opening));
        } else {
            prop_assert!(at + 14 * 86_400_000 > Timestamp::MAX.as_millisecond());
        }
    }

    #[test]
    fn a_window_as_it_is_shown_is_read_as_the_same(open in some_openings()) {
        let written: Vec<_> = open.iter().map(Hours::to_string).collect();
        let one = read(&text("UTC", &written)).unwrap();
        let shown = one.to_string();
        let shown: Vec<_> = shown.strip_suffix(" (UTC)").unwrap().split(", ").collect();
        let again = read(&text("UTC", &shown)).unwrap();
        prop_assert_eq!((again.meaning(), again.to_string()), (one.meaning(), one.to_string()));
    }

    #[test]
    fn no_text_of_an_opening_or_a_zone_is_too_much_for_the_reader(zone in ".{0,40}", open in "[a-z0-9:éA-Z -]{0,24}") {
        let _ = day(&open);
        let _ = time(&open);
        let at = super::super::source::At::new(0, 0..0);
        let _ = hours(&Item { at, value: &open });
        let _ = clock(&Item { at, value: &zone });
    }
}
