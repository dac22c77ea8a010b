//! The tool itself: its policy, what it refused, what it noticed, and its log.

use super::*;

impl Recount {
    pub(super) fn policy(&self) -> Figure {
        let loads: Vec<&Event> = self.all("policy.loaded").collect();
        let mut changes = Vec::new();
        let mut before = None;
        for event in
            self.events.iter().filter(|e| ["policy.loaded", "policy.refused"].contains(&e.kind.as_str()))
        {
            let digest = event.data.get("digest");
            if event.kind == "policy.refused" || digest != before {
                let [digest, roles, added, removed, changed, trouble] =
                    ["digest", "roles", "added", "removed", "changed", "trouble"].map(|key| event.get(key));
                let at = said(event.at);
                changes.push(row(&[&at, &event.kind, &digest, &roles, &added, &removed, &changed, &trouble]));
            }
            if event.kind == "policy.loaded" {
                before = digest;
            }
        }
        let changed = changes.iter().filter(|row| row[1] == "policy.loaded").count();
        let columns = ["at", "event", "digest", "roles", "added", "removed", "changed", "trouble"];
        Figure::of(loads.len() + self.count("policy.refused"))
            .fact("digest_at_start", Value::Null)
            .fact("digest_at_end", loads.last().unwrap().get("digest"))
            .fact("roles_at_end", loads.last().unwrap().number("roles"))
            .fact("loads", loads.len())
            .fact("changes", changed)
            .fact("refused", self.count("policy.refused"))
            .table("Changes and refusals", &columns, changes)
    }

    pub(super) fn refusals(&self) -> Figure {
        let kinds = [
            "request",
            "request.vote",
            "extension",
            "delegation",
            "credential",
            "access",
            "login",
            "engagement",
        ];
        let is_one = |event: &&Event| {
            kinds.iter().any(|kind| {
                let name = if *kind == "request.vote" {
                    "request.vote-refused".to_owned()
                } else {
                    format!("{kind}.refused")
                };
                event.kind == name
            })
        };
        let all: Vec<&Event> = self.events.iter().filter(is_one).collect();
        let people = || all.iter().filter_map(|event| event.actor.clone());
        Figure::of(all.len())
            .fact("refusals", all.len())
            .fact("nobody", all.iter().filter(|event| event.actor.is_none()).count())
            .fact("suppressed", all.iter().map(|event| event.number("suppressed_before")).sum::<u64>())
            .fact("people", different(people()))
            .table("By kind", &["event", "refusals"], ranked(all.iter().map(|event| event.kind.clone())))
            .table("By person, most first", &["who", "refusals"], ranked(people()))
    }

    pub(super) fn alerts(&self) -> Figure {
        let raised: Vec<&Event> = self.all("alert.raised").collect();
        let answered: Vec<&Event> = self.all("alert.answered").collect();
        let took: Vec<i64> = answered
            .iter()
            .filter_map(|answer| {
                Some(answer.at - raised.iter().find(|alert| alert.get("id") == answer.get("id"))?.at)
            })
            .collect();
        let by = |key: &str| ranked(raised.iter().map(|event| event.get(key)));
        Figure::of(raised.len())
            .fact("open_before", 0)
            .fact("raised", raised.len())
            .fact("answered", answered.len())
            .fact("open_at_end", raised.len() - took.len())
            .fact("notices_failed", self.count("notice.failed"))
            .fact("took_ms", spread(&took))
            .chart("Answered within at most so long", bars(&ANSWERS, &took))
            .table("By rule", &["rule", "alerts"], by("alert"))
            .table("By severity", &["severity", "alerts"], by("severity"))
            .table("What they did", &["action", "alerts"], by("action"))
            .table(
                "What came out",
                &["answer", "alerts"],
                ranked(answered.iter().map(|event| event.get("answer"))),
            )
    }

    pub(super) fn drift(&self) -> Figure {
        let orphans: Vec<&Event> = self.all("drift.orphan").collect();
        Figure::of(orphans.len() + self.count("drift.missing") + self.count("drift.changed"))
            .fact("orphans", orphans.len())
            .fact("orphans_ended", orphans.iter().filter(|event| event.get("ended") == "true").count())
            .fact("missing", self.count("drift.missing"))
            .fact("changed", self.count("drift.changed"))
    }

    pub(super) fn recorded(&self) -> Figure {
        let sum = |kind: &'static str, key: &str| self.all(kind).map(|event| event.number(key)).sum::<u64>();
        Figure::of(self.count("recording.stored") + self.count("statements.collected"))
            .fact("grants", self.count("grant.active"))
            .fact("recordings", self.count("recording.stored"))
            .fact("bytes", sum("recording.stored", "bytes"))
            .fact("collections", self.count("statements.collected"))
            .fact("statements", sum("statements.collected", "statements"))
    }

    pub(super) fn log(&self) -> Figure {
        let (first, last) = (self.events.first().unwrap(), self.events.last().unwrap());
        let pairs = || self.events.iter().zip(self.events.iter().skip(1));
        let known: BTreeSet<&str> =
            jit_access::audit::EventKind::ALL.iter().map(|kind| kind.as_str()).collect();
        Figure::of(different(self.events.iter().map(|event| event.kind.clone())))
            .fact("events", self.events.len())
            .fact("first_seq", first.seq)
            .fact("last_seq", last.seq)
            .fact("first_at", said(first.at))
            .fact("last_at", said(last.at))
            .fact("backwards", pairs().filter(|(one, next)| next.at < one.at).count())
            .fact("widest_gap_ms", pairs().map(|(one, next)| next.at - one.at).max())
            .fact("starts", self.count("server.started"))
            .fact("stops", self.count("server.stopped"))
            .fact("evidence_signed", self.count("evidence.signed"))
            .fact("unknown_kinds", self.events.iter().filter(|e| !known.contains(e.kind.as_str())).count())
            .table(
                "Events by kind",
                &["kind", "events"],
                ranked(self.events.iter().map(|event| event.kind.clone())),
            )
    }
}
