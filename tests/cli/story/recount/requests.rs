//! Access: who asked, who decided, how long it lasted, and that it ended.

use super::*;

impl Recount {
    pub(super) fn access(&self) -> Figure {
        let requests = self.requests();
        let held: Vec<&Request<'_>> = requests.iter().filter(|r| r.at("grant.active").is_some()).collect();
        let pair = |r: &Request<'_>| (r.events[0].role.clone(), r.requester());
        let asked_pairs: BTreeSet<(String, String)> = requests.iter().map(pair).collect();
        let held_pairs: BTreeSet<(String, String)> = held.iter().map(|r| pair(r)).collect();
        let could: BTreeSet<(String, String)> = self
            .could
            .iter()
            .flat_map(|(role, people)| people.iter().map(|person| (role.clone(), person.clone())))
            .collect();
        let mut roles: BTreeSet<&String> = self.could.iter().map(|(role, _)| role).collect();
        roles.extend(asked_pairs.iter().map(|(role, _)| role));
        let mut rows: Rows = roles
            .into_iter()
            .map(|role| {
                let of = |pairs: &BTreeSet<(String, String)>| {
                    pairs.iter().filter(|(one, _)| one == role).count().to_string()
                };
                let grants = held.iter().filter(|r| r.events[0].role == *role).count();
                row(&[role, &of(&could), &of(&asked_pairs), &of(&held_pairs), &grants.to_string()])
            })
            .collect();
        rows.sort_by_key(|row| (std::cmp::Reverse(row[4].parse::<u64>().unwrap()), row[0].clone()));
        Figure::of(could.union(&asked_pairs).count())
            .fact("people_asked", different(requests.iter().map(Request::requester)))
            .fact("people_held", different(held.iter().map(|r| r.requester())))
            .fact("grants", self.count("grant.active"))
            .fact("pairs_could", could.len())
            .fact("could_not_used", could.difference(&held_pairs).count())
            .fact("used_could_not", held_pairs.difference(&could).count())
            .table(
                "By role",
                &["role", "people who could", "people who asked", "people who used it", "grants"],
                rows,
            )
    }

    pub(super) fn decisions(&self) -> Figure {
        let requests = self.requests();
        let approved: Vec<&Event> = self.all("request.approved").collect();
        let by = |who: &str| approved.iter().filter(|event| event.get("by") == who).count();
        let (emergency, people) = (by("break-glass"), by(""));
        let policy = approved.len() - emergency - people;
        let denied = self.count("request.denied");
        let before = |kind: &str| {
            requests
                .iter()
                .filter(|r| r.first(kind).is_some() && r.first("request.approved").is_none())
                .count()
        };
        let (cancelled, lapsed) = (before("request.cancelled"), before("request.lapsed"));
        let pending =
            requests.iter().filter(|r| r.closed().is_none() && r.first("request.approved").is_none()).count();
        let took: Vec<i64> = requests
            .iter()
            .filter_map(|r| {
                let approved = r.first("request.approved").filter(|event| event.get("by").is_empty());
                Some(approved.or(r.first("request.denied"))?.at - r.at("request.filed")?)
            })
            .collect();
        let said_yes: Vec<String> = requests.iter().flat_map(Request::approvers).collect();
        let said_no: Vec<String> = self.all("request.denied").map(Event::by).collect();
        let deciders = ranked(said_yes.iter().chain(&said_no).cloned()).into_iter().map(|of| {
            let count = |names: &[String]| names.iter().filter(|name| **name == of[0]).count().to_string();
            vec![of[0].clone(), count(&said_yes), count(&said_no)]
        });
        let became = named(&[
            ("by people", people),
            ("by policy", policy),
            ("emergency", emergency),
            ("denied", denied),
            ("cancelled", cancelled),
            ("lapsed", lapsed),
        ]);
        Figure::of(approved.len() + denied + cancelled + lapsed)
            .fact("filed", requests.len())
            .fact("approved_by_people", people)
            .fact("approved_by_policy", policy)
            .fact("approved_in_emergency", emergency)
            .fact("denied", denied)
            .fact("cancelled", cancelled)
            .fact("lapsed", lapsed)
            .fact("pending_at_end", pending)
            .fact("time_to_decide_ms", spread(&took))
            .chart(
                "Time to decide: how many took at most so long, and longer than the one before",
                bars(&ANSWERS, &took),
            )
            .chart("What became of requests", became)
            .table("Who decided", &["who", "approved", "denied"], deciders.collect())
    }

    pub(super) fn durations(&self) -> Figure {
        let requests = self.requests();
        let over: Vec<&Request<'_>> = requests.iter().filter(|r| r.closed().is_some()).collect();
        let (used, unused): (Vec<&Request<'_>>, Vec<&Request<'_>>) =
            over.into_iter().partition(|r| r.at("grant.active").is_some());
        let of =
            |measure: &dyn Fn(&Request<'_>) -> i64| -> Vec<i64> { used.iter().map(|r| measure(r)).collect() };
        let asked = of(&|r| {
            let span: Span = r.events[0].get("duration").parse().unwrap();
            i64::try_from(span.secs()).unwrap() * SECOND
        });
        let given = of(&|r| r.due().unwrap() - r.at("grant.active").unwrap());
        let lasted =
            of(&|r| r.at("grant.ending").unwrap_or(r.closed().unwrap().1) - r.at("grant.active").unwrap());
        Figure::of(used.len())
            .fact("grants", used.len())
            .fact("ended_early", used.iter().filter(|r| r.closed().unwrap().0 == "grant.revoked").count())
            .fact("extended", used.iter().filter(|r| r.extensions() > 0).count())
            .fact("never_used", unused.iter().filter(|r| r.first("request.approved").is_some()).count())
            .fact("asked_ms", spread(&asked))
            .fact("given_ms", spread(&given))
            .fact("used_ms", spread(&lasted))
            .chart("Asked for, at most so long", bars(&LENGTHS, &asked))
            .chart("Used, at most so long", bars(&LENGTHS, &lasted))
    }

    pub(super) fn ends(&self) -> Figure {
        let requests = self.requests();
        let ended = |kind: &'static str| {
            requests.iter().filter(move |r| r.closed().is_some_and(|(how, _)| how == kind))
        };
        let began = |r: &&Request<'_>| r.at("grant.active").or(r.at("grant.ending")).is_some();
        let used: Vec<&Request<'_>> =
            ended("grant.expired").chain(ended("grant.revoked")).filter(began).collect();
        let after: Vec<i64> = ended("grant.expired")
            .filter(began)
            .filter_map(|r| Some((r.closed()?.1 - r.due()?).max(0)))
            .collect();
        let took: Vec<i64> =
            used.iter().filter_map(|r| Some(r.closed()?.1 - r.at("grant.ending")?)).collect();
        let open: Vec<&Request<'_>> = requests.iter().filter(|r| r.closed().is_none()).collect();
        let overdue = open.iter().filter(|r| r.due().is_some_and(|due| due < self.last())).count();
        let unconfirmed = open.iter().filter(|r| r.at("grant.ending").is_some()).count();
        let all = ended("grant.expired").chain(ended("grant.revoked")).count();
        Figure::of(used.len() + unconfirmed)
            .fact("expired", ended("grant.expired").filter(began).count())
            .fact("revoked", ended("grant.revoked").filter(began).count())
            .fact("unused", all - used.len())
            .fact("on_time", after.iter().filter(|ms| **ms <= MINUTE).count())
            .fact("late", after.iter().filter(|ms| **ms > MINUTE).count())
            .fact("failed_tries", self.count("grant.end-failed"))
            .fact("not_confirmed_at_end", unconfirmed)
            .fact("overdue_at_end", overdue)
            .fact("after_due_ms", spread(&after))
            .fact("took_ms", spread(&took))
            .chart("Ended after their time, by at most so long", bars(&ENDS, &after))
    }

    pub(super) fn duties(&self) -> Figure {
        let requests = self.requests();
        let pairs: Vec<(String, String)> = requests
            .iter()
            .flat_map(|r| {
                let of = self.human(&r.requester());
                r.approvers().into_iter().map(move |by| (self.human(&by), of.clone()))
            })
            .collect();
        let counted: BTreeMap<&(String, String), usize> =
            pairs.iter().map(|pair| (pair, pairs.iter().filter(|other| *other == pair).count())).collect();
        let by_person = ranked(pairs.iter().map(|(by, _)| by.clone()));
        let refused: Vec<&Event> = self.all("request.vote-refused").collect();
        let own = |event: &&&Event| {
            requests
                .iter()
                .any(|r| r.id == event.request && self.human(&r.requester()) == self.human(&event.by()))
        };
        let own_refused = refused.iter().filter(own).count();
        let back = |(by, of): &(String, String)| counted.get(&(of.clone(), by.clone())).copied();
        let both: Vec<_> =
            counted.iter().filter(|(pair, _)| pair.0 < pair.1 && back(pair).is_some()).collect();
        assert!(both.is_empty(), "the story has none, and the order of its table is not counted again");
        let mut rows: Vec<(usize, &(String, String))> = counted.iter().map(|(pair, n)| (*n, *pair)).collect();
        rows.sort_by_key(|(count, pair)| (std::cmp::Reverse(*count), *pair));
        let rows = rows.iter().map(|(count, (by, of))| row(&[by, of, &count.to_string()])).collect();
        Figure::of(counted.len())
            .fact("approvals", pairs.len())
            .fact("approvers", by_person.len())
            .fact("by_busiest", by_person.first().map_or(0, |row| row[1].parse::<u64>().unwrap()))
            .fact("own_approved", pairs.iter().filter(|(by, of)| by == of).count())
            .fact("own_refused", own_refused)
            .fact("other_refused", refused.len() - own_refused)
            .fact("reciprocal_pairs", both.len())
            .fact("delegations", self.count("delegation.added"))
            .fact("delegations_refused", self.count("delegation.refused"))
            .table("Who approved for whom, most first", &["approver", "requester", "approvals"], rows)
            .table("Votes by person", &["approver", "approvals"], by_person)
    }

    pub(super) fn break_glass(&self) -> Figure {
        let used: BTreeMap<&str, i64> =
            self.all("breakglass.used").map(|e| (e.request.as_str(), e.at)).collect();
        let closed: Vec<&Event> = self.all("debrief.closed").collect();
        let took: Vec<i64> =
            closed.iter().filter_map(|e| Some(e.at - used.get(e.request.as_str())?)).collect();
        Figure::of(used.len())
            .fact("used", used.len())
            .fact("open_before", 0)
            .fact("debriefed", closed.len())
            .fact("overdue", self.count("debrief.overdue"))
            .fact("open_at_end", used.len() - took.len())
            .fact("took_ms", spread(&took))
            .chart("Debriefed within at most so long", bars(&ANSWERS, &took))
            .table("Verdicts", &["verdict", "debriefs"], ranked(closed.iter().map(|e| e.get("verdict"))))
    }
}
