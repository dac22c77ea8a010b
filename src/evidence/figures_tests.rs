//! The figures against a second way of counting, and against histories told by hand.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use serde_json::Value;

use super::carried::Carried;
use super::figures::{Book, Inputs, MayHold, Rows};
use super::history::{self, Shape};
use super::pack_tests::quarter;
use super::seen::Seen;
use crate::audit::{Chain, Draft, Event, EventKind as K};
use crate::domain::{Principal, Span, Time};

#[derive(Default)]
struct Kept(BTreeMap<&'static str, Vec<Vec<String>>>);

impl Rows for Kept {
    fn row(&mut self, figure: &'static str, cells: &[&str]) -> io::Result<()> {
        self.0.entry(figure).or_default().push(cells.iter().map(|cell| (*cell).to_owned()).collect());
        Ok(())
    }
}

/// The facts and tables by figure, and the records.
fn figures(drafts: Vec<Draft>, inputs: &Inputs) -> (BTreeMap<&'static str, Value>, Kept) {
    let (mut chain, mut carried, mut begun) = (Chain::new(), Carried::default(), false);
    let (mut book, mut rows) = (Book::new(quarter(), &[], inputs), Kept::default());
    for draft in drafts {
        let line = chain.seal(draft).unwrap().bytes;
        let event = Seen::parse(&line).unwrap();
        if event.at < quarter().from {
            carried.take(&event, &line);
            continue;
        }
        if !std::mem::replace(&mut begun, true) {
            for (_, line) in std::mem::take(&mut carried).lines() {
                book.carry(&Seen::parse(&line).unwrap());
            }
        }
        book.see(&event, &mut rows).unwrap();
    }
    for (about, columns) in book.abouts().into_iter().map(|about| (about.id, about.columns.len())) {
        for row in rows.0.get(about).into_iter().flatten() {
            assert_eq!(row.len(), columns, "{about}: {row:?}");
        }
    }
    let figures = book.finish(&mut rows).unwrap();
    (figures.iter().map(|(about, f)| (about.id, serde_json::to_value(f).unwrap())).collect(), rows)
}

fn all(shape: Shape) -> Vec<Draft> {
    let mut drafts = Vec::new();
    history::history(shape, |draft| drafts.push(draft));
    drafts
}

#[test]
fn the_figures_are_those_of_a_second_way_of_counting() {
    let drafts = all(Shape::small());
    let (figures, rows) = figures(drafts.clone(), &Inputs::default());
    let now: Vec<&Draft> = drafts.iter().filter(|d| quarter().contains(d.at)).collect();
    let count = |kind: K| now.iter().filter(|d| d.kind == kind).count() as u64;
    let fact = |figure: &str, key: &str| figures[figure]["facts"][key].as_u64().unwrap();
    for (figure, key, kind) in [
        ("decisions", "filed", K::RequestFiled),
        ("decisions", "denied", K::RequestDenied),
        ("ends", "failed_tries", K::GrantEndFailed),
        ("break-glass", "used", K::BreakGlass),
        ("break-glass", "debriefed", K::DebriefClosed),
        ("offboarding", "begun", K::OffboardingBegun),
        ("offboarding", "done", K::OffboardingDone),
        ("engagements", "ended", K::EngagementEnded),
        ("engagements", "extended", K::EngagementExtended),
        ("reviews", "lapsed", K::ReviewLapsed),
        ("alerts", "raised", K::AlertRaised),
        ("alerts", "answered", K::AlertAnswered),
        ("identities", "disabled", K::UserDisabled),
        ("logins", "succeeded", K::LoginSucceeded),
        ("recorded", "recordings", K::RecordingStored),
        ("access", "grants", K::GrantActive),
        ("training", "grants", K::GrantActive),
        ("policy", "loads", K::PolicyLoaded),
        ("policy", "refused", K::PolicyRefused),
        ("drift", "orphans", K::DriftOrphan),
    ] {
        assert_eq!(fact(figure, key), count(kind), "{figure} {key}");
    }
    assert_eq!(fact("log", "events"), now.len() as u64);
    let refusals = count(K::RequestRefused) + count(K::VoteRefused) + count(K::LoginRefused);
    assert_eq!(fact("refusals", "refusals"), refusals);

    // By request, over the whole history: nothing that began before the period may be lost.
    let of = |id, kind: K| drafts.iter().find(|d| d.request == Some(id) && d.kind == kind);
    let (mut decided, mut after_due, mut took) = (Vec::new(), Vec::new(), Vec::new());
    for draft in &now {
        let Some(id) = draft.request else { continue };
        let since = |from: Time| (draft.at.millis() - from.millis()) as u64;
        match draft.kind {
            K::RequestApproved if !draft.data.contains_key("by") => {
                decided.push(since(of(id, K::RequestFiled).unwrap().at));
            }
            K::RequestDenied => decided.push(since(of(id, K::RequestFiled).unwrap().at)),
            K::GrantExpired | K::GrantRevoked => {
                took.push(since(of(id, K::GrantEnding).unwrap().at));
                let end = of(id, K::ExtensionApproved).or(of(id, K::GrantActive)).unwrap().data["end"]
                    .parse()
                    .unwrap();
                if draft.kind == K::GrantExpired {
                    after_due.push(since(end));
                }
            }
            _ => {}
        }
    }
    for (figure, key, mut values) in [
        ("decisions", "time_to_decide_ms", decided),
        ("ends", "after_due_ms", after_due),
        ("ends", "took_ms", took),
    ] {
        values.sort_unstable();
        let spread = &figures[figure]["facts"][key];
        let sum: u64 = values.iter().sum();
        assert!(values.len() > 50, "{key}");
        assert_eq!(spread["least"], values[0], "{key}");
        assert_eq!(spread["most"], *values.last().unwrap(), "{key}");
        assert_eq!(spread["mean"], sum / values.len() as u64, "{key}");
        let median = values[values.len().div_ceil(2) - 1];
        let shown = spread["median"].as_u64().unwrap();
        assert!(shown <= median && median - shown <= median / 100, "{key}: {shown} of {median}");
    }
    let decided = rows.0["decisions"].iter().filter(|row| row[6] == "approved" && !row[7].starts_with('('));
    assert_eq!(fact("decisions", "approved_by_people"), decided.count() as u64);
    let people: BTreeSet<_> = now
        .iter()
        .filter(|d| d.kind == K::GrantActive)
        .filter_map(|d| d.actor.as_ref().map(|actor| actor.subject.to_string()))
        .collect();
    assert_eq!(fact("access", "people_held"), people.len() as u64);
}

fn at(minute: i64, kind: K) -> Draft {
    let start = quarter().from.millis();
    Draft::new(Time::from_millis(start + minute * 60_000), kind)
}

fn by(draft: Draft, who: &str) -> Draft {
    let actor = Principal { issuer: "jit".parse().unwrap(), subject: who.parse().unwrap() };
    Draft { actor: Some(actor), ..draft }
}

fn on(draft: Draft, number: u64) -> Draft {
    let request = crate::domain::RequestId::from_number(number);
    Draft {
        request,
        role: Some("deploy".parse().unwrap()),
        resource: Some("web-1".parse().unwrap()),
        ..draft
    }
}

fn filed(minute: i64, number: u64, who: &str) -> Draft {
    on(by(at(minute, K::RequestFiled), who), number).data("duration", "1h").data("reason", "because")
}

fn approved(minute: i64, number: u64, by_whom: &str) -> [Draft; 2] {
    [on(by(at(minute, K::VoteCast), by_whom), number), on(at(minute, K::RequestApproved), number)]
}

#[test]
fn one_person_under_two_names_is_one_in_the_separation_of_duties() {
    let mut drafts = vec![
        by(at(-9, K::UserAdded), "admin").data("user", "carol").data("human", "carol"),
        by(at(-8, K::UserAdded), "admin").data("user", "carol-2").data("human", "carol"),
        filed(0, 1, "carol-2"),
        on(by(at(1, K::VoteRefused), "carol"), 1),
        on(by(at(1, K::VoteRefused), "mallory"), 1),
    ];
    drafts.extend(approved(2, 1, "bob"));
    drafts.push(filed(3, 2, "bob"));
    drafts.extend(approved(4, 2, "carol"));
    let (figures, rows) = figures(drafts, &Inputs::default());
    let facts = &figures["duties"]["facts"];
    assert_eq!((facts["own_refused"].as_u64(), facts["other_refused"].as_u64()), (Some(1), Some(1)));
    assert_eq!((facts["reciprocal_pairs"].as_u64(), facts["own_approved"].as_u64()), (Some(1), Some(0)));
    assert_eq!(rows.0["duties"], [["bob", "carol", "1", "1"], ["carol", "bob", "1", "1"]]);
}

#[test]
fn what_is_over_its_time_or_not_confirmed_at_the_end_is_counted() {
    let active = |minute: i64, number: u64| {
        let draft = on(by(at(minute, K::GrantActive), "carol"), number);
        let end = draft.at.plus(Span::clamped(3600));
        draft.data("end", end)
    };
    let mut drafts = Vec::new();
    for number in 1..=3 {
        drafts.push(filed(0, number, "carol"));
        drafts.extend(approved(1, number, "bob"));
        drafts.push(active(2, number));
    }
    // 1 ends 90 s late, 2 is being ended, of 3 nothing was heard again.
    drafts.push(on(at(62, K::GrantEnding), 1));
    drafts.push(on(at(62, K::GrantEnding), 2));
    drafts.push(on(at(62, K::GrantEndFailed), 2));
    let late = on(at(63, K::GrantExpired), 1);
    drafts.push(Draft { at: late.at.plus(Span::clamped(30)), ..late });
    let (figures, rows) = figures(drafts, &Inputs::default());
    let facts = &figures["ends"]["facts"];
    let number = |key: &str| facts[key].as_u64().unwrap();
    assert_eq!((number("expired"), number("on_time"), number("late")), (1, 0, 1));
    assert_eq!((number("not_confirmed_at_end"), number("overdue_at_end"), number("failed_tries")), (1, 2, 1));
    assert_eq!(facts["after_due_ms"]["most"], 90_000);
    assert_eq!(rows.0["ends"].len(), 2);
    assert_eq!(rows.0["ends"][1][6], "not confirmed");
}

#[test]
fn a_training_from_before_the_period_covers_until_it_expires_and_no_longer() {
    let training = |minute: i64, who: &str, until: i64| {
        let until = at(until, K::TrainingRecorded).at;
        at(minute, K::TrainingRecorded).data("user", who).data("training", "basics").data("until", until)
    };
    let mut drafts = vec![training(-90, "carol", 100), training(-80, "dave", 5)];
    for (number, who) in [(1, "carol"), (2, "dave"), (3, "erin")] {
        drafts.push(filed(6, number, who));
        drafts.push(on(by(at(8, K::GrantActive), who), number).data("end", at(68, K::GrantActive).at));
    }
    drafts.sort_by_key(|draft| draft.at);
    let (figures, _) = figures(drafts, &Inputs::default());
    let training = &figures["training"];
    assert_eq!(training["facts"]["people_used"], 3);
    assert_eq!(training["facts"]["people_without"], 2);
    assert_eq!(training["tables"][0]["rows"][0], serde_json::json!(["training", "basics", "0", "1", "1"]));
    assert_eq!(training["tables"][1]["rows"], serde_json::json!([["dave"], ["erin"]]));
}

#[test]
fn who_could_and_who_did_are_told_apart() {
    let inputs = Inputs {
        may_hold: Some(vec![MayHold { role: "deploy".into(), people: vec!["alice".into(), "carol".into()] }]),
    };
    let mut drafts = Vec::new();
    for (number, who) in [(1, "carol"), (2, "mallory")] {
        drafts.push(filed(number as i64, number, who));
        drafts.push(on(by(at(5, K::GrantActive), who), number));
    }
    drafts.sort_by_key(|draft| draft.at);
    let (with, rows) = figures(drafts.clone(), &inputs);
    let facts = &with["access"]["facts"];
    assert_eq!((facts["could_not_used"].as_u64(), facts["used_could_not"].as_u64()), (Some(1), Some(1)));
    let told: Vec<_> = rows.0["access"].iter().map(|row| [row[1].as_str(), &row[2], &row[4]]).collect();
    assert_eq!(told, [["alice", "yes", "0"], ["carol", "yes", "1"], ["mallory", "no", "1"]]);
    // Not passed in, it is not made up.
    let (without, _) = figures(drafts, &Inputs::default());
    assert!(without["access"]["facts"]["could_not_used"].is_null());
}

#[test]
fn events_of_a_newer_jit_are_counted_and_break_nothing() {
    let line = Chain::new().seal(filed(0, 1, "carol")).unwrap().bytes.replace("request.filed", "moon.landed");
    let mut book = Book::new(quarter(), &[], &Inputs::default());
    book.see(&Seen::parse(&line).unwrap(), &mut Kept::default()).unwrap();
    assert!(serde_json::from_str::<Event>(&line).is_err());
    let figures = book.finish(&mut Kept::default()).unwrap();
    let log = figures.iter().find(|(about, _)| about.id == "log").unwrap();
    assert_eq!(serde_json::to_value(&log.1).unwrap()["facts"]["unknown_kinds"], 1);
}

#[test]
fn alerts_are_counted_by_what_came_out_and_an_open_one_by_nothing() {
    let alert = |minute: i64, id: &str| at(minute, K::AlertRaised).data("alert", "guessing").data("id", id);
    let answer = |minute: i64, id: &str, answer: &str| {
        by(at(minute, K::AlertAnswered), "root")
            .data("id", id)
            .data("alert", "guessing")
            .data("answer", answer)
    };
    let mut drafts: Vec<Draft> = (1..=4).map(|number| alert(number, &format!("a{number}"))).collect();
    drafts.extend([
        answer(5, "a1", "incident"),
        answer(6, "a2", "false-alarm"),
        answer(7, "a3", "false-alarm"),
    ]);
    let (figures, rows) = figures(drafts, &Inputs::default());
    let alerts = &figures["alerts"];
    assert_eq!((&alerts["facts"]["answered"], &alerts["facts"]["open_at_end"]), (&3.into(), &1.into()));
    let came_out = alerts["tables"].as_array().unwrap().last().unwrap();
    assert_eq!(came_out["rows"], serde_json::json!([["false-alarm", "2"], ["incident", "1"]]));
    let open: Vec<&str> =
        rows.0["alerts"].iter().filter(|row| row[8].is_empty()).map(|row| &*row[0]).collect();
    assert_eq!(open, ["a4"]);
}
