//! What is a window, and what is said of what is none.

use insta::assert_snapshot;

use super::*;

/// The one error of each: `code message | hint`.
fn said(texts: impl IntoIterator<Item = String>) -> String {
    let line = |text: String| {
        let all = diagnosed(&text).unwrap_err();
        let [(_, d)] = all.as_slice() else { panic!("one error: {all:#?}") };
        format!("{} {} | {}\n", d.code, d.message, d.hint.as_deref().unwrap_or("-"))
    };
    texts.into_iter().map(line).collect()
}

/// The errors of openings, in the zone UTC.
#[track_caller]
fn wrong(open: &[&str]) -> String {
    read(&text("UTC", open)).unwrap_err()
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
