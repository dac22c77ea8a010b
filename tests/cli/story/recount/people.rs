//! People: those from outside, what they learned, what they may, and how they left.

use super::*;

impl Recount {
    pub(super) fn engagements(&self) -> Figure {
        let added: Vec<&Event> = self.all("engagement.added").collect();
        let ended: Vec<&Event> = self.all("engagement.ended").collect();
        let over: BTreeSet<String> = ended.iter().map(|event| event.get("user")).collect();
        let live: Vec<&&Event> = added.iter().filter(|event| !over.contains(&event.get("user"))).collect();
        let until = |event: &Event| {
            let user = event.get("user");
            let last = self.of_user("engagement.extended", &user).last().map(|event| event.get("until"));
            millis(&last.unwrap_or_else(|| event.get("until")))
        };
        let none = |event: &&&Event| event.get("agreement").is_empty();
        Figure::of(ended.len() + live.len())
            .fact("live_at_start", 0)
            .fact("added", added.len())
            .fact("added_without_agreement", added.iter().filter(none).count())
            .fact("changed", self.count("engagement.changed"))
            .fact("extended", self.count("engagement.extended"))
            .fact("reminded", self.count("engagement.reminded"))
            .fact("refused", self.count("engagement.refused"))
            .fact("ended", ended.len())
            .fact("live_at_end", live.len())
            .fact("live_without_agreement", live.iter().copied().filter(none).count())
            .fact("live_past_end", live.iter().filter(|event| until(event) < self.last()).count())
            .table(
                "Live at the end, by company",
                &["company", "people"],
                ranked(live.iter().map(|event| event.get("company"))),
            )
            .table(
                "Why they ended",
                &["cause", "engagements"],
                ranked(ended.iter().map(|event| event.get("cause"))),
            )
    }

    pub(super) fn offboarding(&self) -> Figure {
        let begun: Vec<&Event> = self.all("offboarding.begun").collect();
        let legs: Vec<&Event> = self.all("offboarding.leg").collect();
        let mut departures = Vec::new();
        let mut took = Vec::new();
        for done in self.all("offboarding.done") {
            let user = done.get("user");
            let start = begun.iter().find(|event| event.get("user") == user).unwrap();
            took.push(done.at - start.at);
            let ms = (done.at - start.at).to_string();
            departures.push(row(&[&user, &start.get("cause"), &said(start.at), &said(done.at), &ms]));
        }
        let names: BTreeSet<String> = legs.iter().map(|event| event.get("leg")).collect();
        let receipts = names.iter().map(|name| {
            let mine: Vec<_> = legs.iter().filter(|event| event.get("leg") == *name).collect();
            let things: u64 = mine.iter().map(|event| event.number("count")).sum();
            row(&[name, &mine.len().to_string(), &things.to_string()])
        });
        Figure::of(legs.len() + begun.len())
            .fact("open_before", 0)
            .fact("begun", begun.len())
            .fact("done", took.len())
            .fact("open_at_end", begun.len() - took.len())
            .fact("on_time", took.iter().filter(|ms| **ms <= MINUTE).count())
            .fact("waiting_legs", legs.iter().filter(|event| event.get("outcome") != "done").count())
            .fact("took_ms", spread(&took))
            .chart("Done within at most so long", bars(&ENDS, &took))
            .table("Receipts by leg", &["leg", "receipts", "things ended"], receipts.collect())
            .table("Departures", &["user", "cause", "begun", "done", "took_ms"], departures)
    }

    pub(super) fn reviews(&self) -> Figure {
        let decided =
            |what: &'static str| self.all("review.decided").filter(move |e| e.get("decision") == what);
        let (kept, removed) = (decided("keep").count(), decided("remove").count());
        let lapsed = self.count("review.lapsed");
        let mut overdue = 0;
        let mut rows: Rows = Vec::new();
        for review in self.all("review.started") {
            let id = review.get("id");
            let mine = |kind: &'static str| self.all(kind).filter(|e| e.get("id") == id).collect::<Vec<_>>();
            let closed = mine("review.closed").first().map(|event| event.at);
            overdue += u64::from(closed.is_none() && millis(&review.get("due")) < self.last());
            let of = |what: &str| {
                mine("review.decided").iter().filter(|e| e.get("decision") == what).count().to_string()
            };
            rows.push(row(&[
                &id,
                &review.get("scope"),
                &said(millis(&review.get("due"))),
                &closed.map_or_else(|| "open".to_owned(), said),
                &review.get("items"),
                &of("keep"),
                &of("remove"),
                &mine("review.lapsed").len().to_string(),
            ]));
        }
        rows.sort();
        let columns = ["review", "scope", "due", "closed", "items", "kept", "removed", "lapsed"];
        let became = named(&[("kept", kept), ("removed", removed), ("nobody decided", lapsed)]);
        Figure::of(kept + removed + lapsed + self.count("review.restored"))
            .fact("open_before", 0)
            .fact("started", self.count("review.started"))
            .fact("closed", self.count("review.closed"))
            .fact("overdue_at_end", overdue)
            .fact("kept", kept)
            .fact("removed", removed)
            .fact("lapsed", lapsed)
            .fact("restored", self.count("review.restored"))
            .chart("What became of rights", became)
            .table("Reviews", &columns, rows)
    }

    pub(super) fn training(&self) -> Figure {
        let grants: Vec<(&Event, String)> = self
            .all("grant.active")
            .map(|event| {
                let requests = self.requests();
                let of = requests.iter().find(|r| r.id == event.request).unwrap();
                (event, self.human(&of.requester()))
            })
            .collect();
        let valid = |kind: &str, name: &str, value: &str, person: &str, before: &Event| {
            let tells = |event: &&Event| {
                let is_proof = event.kind == kind || event.kind == "training.withdrawn";
                is_proof && event.seq < before.seq && event.get("user") == person && event.get(name) == value
            };
            let last = self.events.iter().rfind(tells).filter(|event| event.kind == kind);
            last.is_some_and(|proof| proof.data.get("until").is_none_or(|until| before.at < millis(until)))
        };
        let mut rows: Rows = Vec::new();
        let mut covered: BTreeSet<u64> = BTreeSet::new();
        for (kind, name) in [("terms.accepted", "terms"), ("training.recorded", "training")] {
            let subjects: BTreeSet<String> = self.all(kind).map(|event| event.get(name)).collect();
            for subject in subjects {
                let with: Vec<&(&Event, String)> = grants
                    .iter()
                    .filter(|(grant, person)| valid(kind, name, &subject, person, grant))
                    .collect();
                if name == "training" {
                    covered.extend(with.iter().map(|(grant, _)| grant.seq));
                }
                let recorded = self.all(kind).filter(|event| event.get(name) == subject).count();
                rows.push(row(&[
                    name,
                    &subject,
                    &recorded.to_string(),
                    &different(with.iter().map(|(_, person)| person.clone())).to_string(),
                    &with.len().to_string(),
                ]));
            }
        }
        let people: BTreeSet<&String> = grants.iter().map(|(_, person)| person).collect();
        let without: BTreeSet<&String> = grants
            .iter()
            .filter(|(grant, _)| !covered.contains(&grant.seq))
            .map(|(_, person)| person)
            .collect();
        let columns = ["what", "name", "recorded in the period", "people covered", "grants covered"];
        let always = people.len() - without.len();
        Figure::of(
            ["training.recorded", "training.withdrawn", "terms.accepted"]
                .iter()
                .map(|kind| self.count(kind))
                .sum(),
        )
        .fact("recorded", self.count("training.recorded"))
        .fact("withdrawn", self.count("training.withdrawn"))
        .fact("accepted", self.count("terms.accepted"))
        .fact("people_used", people.len())
        .fact("grants", grants.len())
        .fact("people_without", without.len())
        .fact("expired_at_end", 0)
        .chart("People who used access", named(&[("always trained", always), ("not always", without.len())]))
        .table("Coverage", &columns, rows)
        .table(
            "Used access without any training then valid",
            &["person"],
            without.iter().map(|person| row(&[person])).collect(),
        )
    }

    pub(super) fn identities(&self) -> Figure {
        let users =
            |kind: &'static str| self.all(kind).map(|event| event.get("user")).collect::<BTreeSet<_>>();
        let (added, disabled) = (users("user.added"), users("user.disabled"));
        let suspended = users("user.suspended").into_iter().filter(|user| {
            let last = |kind: &'static str| self.of_user(kind, user).map(|event| event.seq).max();
            last("user.suspended") > last("user.reinstated")
        });
        let mut roles: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for event in &self.events {
            let own = roles.entry(event.get("user")).or_default();
            match event.kind.as_str() {
                "user.added" if event.get("admin") == "true" => drop(own.insert("administrator".to_owned())),
                "user.role-granted" => drop(own.insert(event.role.clone())),
                "user.role-removed" => drop(own.remove(&event.role)),
                "user.disabled" => own.clear(),
                _ => {}
            }
        }
        roles.retain(|_, own| !own.is_empty());
        let kinds = [
            "user.added",
            "user.disabled",
            "user.suspended",
            "user.reinstated",
            "user.role-granted",
            "user.role-removed",
            "directory.changed",
        ];
        let holders = roles
            .iter()
            .map(|(who, own)| vec![who.clone(), own.iter().cloned().collect::<Vec<_>>().join(", ")]);
        Figure::of(kinds.iter().map(|kind| self.count(kind)).sum())
            .fact("enabled_at_start", 0)
            .fact("added", self.count("user.added"))
            .fact("disabled", self.count("user.disabled"))
            .fact("enabled_at_end", added.union(&disabled).count() - disabled.len())
            .fact("suspended", self.count("user.suspended"))
            .fact("reinstated", self.count("user.reinstated"))
            .fact("suspended_at_end", suspended.count())
            .fact("roles_granted", self.count("user.role-granted"))
            .fact("roles_removed", self.count("user.role-removed"))
            .fact("several_roles", roles.values().filter(|own| own.len() > 1).count())
            .fact("directory_changes", self.count("directory.changed"))
            .table(
                "Roles of this tool when the period ended",
                &["role", "people"],
                ranked(roles.values().flatten().cloned()),
            )
            .table("Who held them", &["who", "roles"], holders.collect())
    }

    pub(super) fn logins(&self) -> Figure {
        let logins: Vec<&Event> = self.all("login.succeeded").collect();
        let refused = self
            .all("login.refused")
            .map(|event| event.data.get("user").cloned().unwrap_or_else(|| event.by()));
        Figure::of(self.count("user.enrolment") + self.count("login.refused"))
            .fact("codes", self.count("user.enrolment"))
            .fact("succeeded", logins.len())
            .fact("people", different(logins.iter().map(|event| event.by())))
            .fact("refused", self.count("login.refused"))
            .fact("ended", self.count("login.ended"))
            .table("How", &["by", "logins"], ranked(logins.iter().map(|event| event.get("by"))))
            .table("Refused, by the name that was tried", &["name", "refusals"], ranked(refused))
    }
}
