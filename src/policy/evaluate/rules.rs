//! The rules that an ask meets, at its filing and again at each use.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use crate::domain::training::Standing;
use crate::domain::{Actor, Approvals, Duty, Name, Resource, Span, Time};
use crate::policy::bits::Bits;
use crate::policy::condition::{Condition, ConditionError, InputFacts, Inputs};
use crate::policy::model::{Policy, Role, Selector, Who};
use crate::policy::ticket::TicketStanding;
use crate::policy::window;
use crate::policy::world::World;

use super::refusal::{Refusal, Use};
use super::{AskedFor, Facts, TicketFact};

/// A rule that took part in a decision, and what it said: what `jit policy explain` shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Took<'p> {
    Deny {
        rule: &'p Name,
        denies: bool,
    },
    When {
        holds: bool,
    },
    AutoDeny {
        holds: bool,
    },
    AutoApprove {
        holds: bool,
    },
    /// The shortest of these and the role's own counts.
    Limit {
        rule: &'p Name,
        max: Span,
    },
    Window {
        what: Use,
        open: bool,
    },
    Require {
        what: &'static str,
        met: bool,
    },
    MaxOpen {
        open: u32,
        max: u32,
    },
    BreakGlass,
}

/// What the rules leave of what was asked.
#[derive(Debug, Clone)]
pub(super) struct Weighed {
    /// No human has to agree, where the role is asked for in the ordinary way.
    pub auto: bool,
    pub max: Span,
    pub max_total: Span,
    pub max_by: Option<Name>,
    /// No grant goes on behind it.
    pub until: Option<Time>,
}

pub(super) struct Weighing<'p, 'a> {
    pub policy: &'p Policy,
    pub role: &'p Role,
    pub resource: &'p Resource,
    pub ask: &'a AskedFor<'a>,
    pub facts: &'a Facts<'a>,
    pub took: Vec<Took<'p>>,
    pub refusals: Vec<Refusal>,
    inputs: OnceCell<Vec<Inputs>>,
    /// Of the resource.
    number: Option<usize>,
    /// Of the human behind the requester.
    names: OnceCell<Vec<Name>>,
}

impl<'p, 'a> Weighing<'p, 'a> {
    pub fn new(
        policy: &'p Policy,
        role: &'p Role,
        resource: &'p Resource,
        ask: &'a AskedFor<'a>,
        facts: &'a Facts<'a>,
    ) -> Self {
        let (took, refusals) = (Vec::new(), Vec::new());
        let number = policy.numbers.get(&resource.name).copied();
        let (inputs, names) = (OnceCell::new(), OnceCell::new());
        Self { policy, role, resource, ask, facts, took, refusals, inputs, number, names }
    }

    /// Every rule that holds at the filing and at each use alike.
    pub fn weigh(&mut self) -> Weighed {
        self.deny_rules();
        self.auto_deny();
        self.when();
        self.mfa();
        self.ticket();
        let auto = self.auto_approve();
        let mut weighed = self.longest();
        weighed.auto = auto;
        weighed.until = self.contract().into_iter().chain(self.duties()).min();
        weighed
    }

    /// Deny rules beat everything. One that cannot be evaluated denies.
    fn deny_rules(&mut self) {
        for rule in self.role.denies.iter().filter_map(|name| self.policy.denies.get(name)) {
            if !self.is_about(&rule.of, rule.among.as_ref()) {
                continue;
            }
            let denies = match rule.when.as_ref().map(|when| self.holds(when)) {
                None => true,
                Some(Ok(holds)) => holds,
                Some(Err(error)) => {
                    self.failed(format!("the condition of deny rule {}", rule.name), &error);
                    continue;
                }
            };
            self.took.push(Took::Deny { rule: &rule.name, denies });
            if denies {
                let (rule, description) = (rule.name.clone(), rule.description.clone());
                self.refusals.push(Refusal::Denied { rule, description });
            }
        }
    }

    fn auto_deny(&mut self) {
        let Some(condition) = &self.role.auto_deny else { return };
        match self.holds(condition) {
            Ok(holds) => {
                self.took.push(Took::AutoDeny { holds });
                if holds {
                    let (role, condition) = (self.role.name.clone(), condition.text().to_owned());
                    self.refusals.push(Refusal::AutoDenied { role, condition });
                }
            }
            Err(error) => self.failed(format!("`auto-deny` of role {}", self.role.name), &error),
        }
    }

    fn when(&mut self) {
        let Some(condition) = &self.role.when else { return };
        match self.holds(condition) {
            Ok(holds) => {
                self.took.push(Took::When { holds });
                if !holds {
                    let (role, condition) = (self.role.name.clone(), condition.text().to_owned());
                    self.refusals.push(Refusal::NotWhen { role, condition });
                }
            }
            Err(error) => self.failed(format!("`when` of role {}", self.role.name), &error),
        }
    }

    /// Whether no human has to agree. An error means that one has to, where there is one.
    fn auto_approve(&mut self) -> bool {
        let Some(condition) = &self.role.auto_approve else { return false };
        if self.ask.break_glass {
            return false;
        }
        let holds = match self.holds(condition) {
            Ok(holds) => holds,
            Err(error) => {
                if self.role.stages.is_empty() {
                    self.failed(format!("`auto-approve` of role {}", self.role.name), &error);
                }
                return false;
            }
        };
        self.took.push(Took::AutoApprove { holds });
        if !holds && self.role.stages.is_empty() {
            let (role, condition) = (self.role.name.clone(), condition.text().to_owned());
            self.refusals.push(Refusal::NobodyDecides { role, condition });
        }
        holds
    }

    fn mfa(&mut self) {
        let Some(within) = self.role.require.mfa else { return };
        let age = self.facts.mfa.map(|at| self.facts.now.millis() - at.millis());
        let met = age.is_some_and(|age| (0..=within.millis()).contains(&age));
        self.took.push(Took::Require { what: "mfa", met });
        if !met {
            self.refusals.push(Refusal::Mfa { within });
        }
    }

    /// A check that failed, or was not made, means no (INVARIANT 9).
    fn ticket(&mut self) {
        // In an emergency there may be no ticket yet.
        let Some(name) = self.role.require.ticket_system.as_ref().filter(|_| !self.ask.break_glass) else {
            return;
        };
        let Some(ticket) = self.ask.ticket else {
            let pattern = self.policy.ticket_systems.get(name);
            let pattern = pattern.map_or_else(String::new, |system| system.pattern.text.clone());
            self.refusals.push(Refusal::TicketMissing { pattern });
            return;
        };
        let why = match (self.policy.ticket_systems.get(name), &self.facts.ticket) {
            (None, _) => Some("the policy does not have that system".to_owned()),
            (Some(system), _) if !system.pattern.matches(ticket) => {
                let (ticket, pattern) = (ticket.to_owned(), system.pattern.text.clone());
                self.refusals.push(Refusal::TicketPattern { ticket, pattern });
                return;
            }
            (Some(system), TicketFact::NotAsked) if system.check.is_some() => {
                Some("it was not asked".to_owned())
            }
            (Some(_), TicketFact::NotAsked | TicketFact::Standing(TicketStanding::Good)) => None,
            (Some(_), TicketFact::Standing(standing)) => Some(standing.to_string()),
            (Some(_), TicketFact::Failed(why)) => Some(why.clone()),
        };
        self.took.push(Took::Require { what: "ticket-system", met: why.is_none() });
        if let Some(why) = why {
            self.refusals.push(Refusal::Ticket { ticket: ticket.to_owned(), system: name.clone(), why });
        }
    }

    /// The shortest wins.
    fn longest(&mut self) -> Weighed {
        let own = match &self.role.break_glass {
            Some(glass) if self.ask.break_glass => glass.max_duration,
            _ => self.role.max_duration,
        };
        let total = if self.ask.break_glass { own } else { self.role.max_total };
        let mut weighed = Weighed { auto: false, max: own, max_total: total, max_by: None, until: None };
        for limit in self.role.limits.iter().filter_map(|name| self.policy.limits.get(name)) {
            if !self.is_about(&limit.of, limit.among.as_ref()) {
                continue;
            }
            self.took.push(Took::Limit { rule: &limit.name, max: limit.max_duration });
            weighed.max_total = weighed.max_total.min(limit.max_duration);
            if limit.max_duration < weighed.max {
                weighed.max = limit.max_duration;
                weighed.max_by = Some(limit.name.clone());
            }
        }
        weighed
    }

    /// The earliest end of a contract of the requester's or of the human behind it, by the policy and by the
    /// directory. A contractor without a live engagement holds nothing.
    fn contract(&mut self) -> Option<Time> {
        let (policy, world) = (self.policy, self.facts.world);
        // What is planned for a time behind it could never be used.
        let used = self.ask.start.map_or(self.facts.now, |start| start.max(self.facts.now));
        let names = policy.names_of(self.ask.requester);
        let people = names.iter().filter_map(|name| policy.people.get(*name));
        let declared = people.clone().filter_map(|person| person.contract_end).min();
        if let Some(end) = declared.filter(|end| *end <= used) {
            self.refusals.push(Refusal::ContractOver { end });
        }
        let gone = world.gone(names.iter().copied(), self.facts.now).or_else(|| {
            // A start behind the end, as of the policy's own; one before the beginning of the work is no use
            // either.
            world.gone(names.iter().copied(), used)
        });
        let engagement = policy.engagement_of(self.ask.requester, world);
        if let Some(gone) = gone {
            self.refusals.push(Refusal::Engagement(gone));
        } else if engagement.is_none()
            && let Some(company) = people
                .filter_map(|person| person.company.as_ref())
                .find(|company| policy.companies.get(*company).is_none_or(|company| company.contractors))
        {
            self.refusals.push(Refusal::NoEngagement { company: company.clone() });
        }
        declared.into_iter().chain(engagement.map(|engagement| engagement.until)).min()
    }

    /// The earliest end of what the human behind the requester has proved. Not a matter of urgency: in an
    /// emergency too, nobody touches what they were not trained for.
    fn duties(&mut self) -> Option<Time> {
        // What is planned for a time behind it could never be used.
        let used = self.ask.start.map_or(self.facts.now, |start| start.max(self.facts.now));
        let mut ends = Vec::new();
        for duty in &self.role.require.duties {
            let proved = self.policy.proved(duty, self.ask.requester, used, self.facts.world);
            self.took.push(Took::Require { what: duty.kind.as_str(), met: proved.is_ok() });
            match proved {
                Ok(until) => ends.extend(until),
                Err(refusal) => self.refusals.push(refusal),
            }
        }
        ends.into_iter().min()
    }

    /// Refuses where it is closed at `at`, and tells when an opening ends. In an emergency there is no
    /// such thing as office hours.
    pub fn window(&mut self, what: Use, at: Time) -> Option<Time> {
        let names = match what {
            Use::Asking => &self.role.windows.request,
            Use::Using => &self.role.windows.using,
            Use::Approving => &self.role.windows.approve,
        };
        if names.is_empty() || self.ask.break_glass {
            return None;
        }
        let windows: Vec<_> = names.iter().filter_map(|name| self.policy.windows.get(name)).collect();
        let closes = window::closes(&windows, at);
        self.took.push(Took::Window { what, open: closes.is_some() });
        if closes.is_none() {
            let (windows, opens) = (names.clone(), window::opens(&windows, at));
            self.refusals.push(Refusal::WindowClosed { what, windows, opens });
        }
        closes
    }

    fn is_about(&self, of: &Selector, among: Option<&Bits>) -> bool {
        // Every resource has a number; one without would be every rule's (INVARIANT 9).
        among.is_none_or(|among| self.number.is_none_or(|number| among.has(number)))
            && of.roles.as_ref().is_none_or(|roles| roles.contains(&self.role.name))
            && of.requesters.as_ref().is_none_or(|list| {
                // The human behind an alias or a service too: a rule about a person is about all of them.
                let names = self
                    .names
                    .get_or_init(|| self.policy.names_of(self.ask.requester).into_iter().cloned().collect());
                names.iter().any(|name| self.policy.names_person(list, name, self.facts.world))
                    // Where it cannot be told who is on call, it may be the requester (INVARIANT 9).
                    || self.policy.untold(self.facts.world).into_iter().any(|group| {
                        list.iter().any(|who| matches!(who, Who::Group(name) if name == group))
                    })
            })
    }

    fn failed(&mut self, of: String, error: &ConditionError) {
        self.refusals.push(Refusal::ConditionFailed { of, why: error.to_string() });
    }

    /// Where it cannot be told who is on call, the answer has to be the same whoever it is: a rule that
    /// refuses those on call would refuse nobody while the list is out of reach (INVARIANT 9).
    fn holds(&self, condition: &Condition) -> Result<bool, ConditionError> {
        let inputs = self.inputs.get_or_init(|| {
            let untold = self.policy.untold(self.facts.world);
            let each = untold.iter().map(|group| vec![*group]);
            let all = (untold.len() > 1).then(|| untold.clone());
            std::iter::once(Vec::new()).chain(each).chain(all).map(|groups| self.look(&groups)).collect()
        });
        let mut answers = inputs.iter().map(|inputs| condition.holds(inputs));
        let first = answers.next().unwrap_or(Err(ConditionError::NoAnswer))?;
        for answer in answers {
            if answer? != first {
                return Err(ConditionError::OnCall);
            }
        }
        Ok(first)
    }

    /// With these groups besides those that the requester is known to be in.
    fn look(&self, also: &[&Name]) -> Inputs {
        let requester = self.ask.requester;
        let record = self.policy.record_of(requester);
        let engagement = self.policy.engagement_of(requester, self.facts.world);
        let labels: &BTreeMap<String, String> = &self.resource.labels;
        Inputs::new(&InputFacts {
            role: self.role.name.as_str(),
            resource: self.resource.name.as_str(),
            labels,
            duration: self.ask.duration,
            reason: self.ask.reason,
            ticket: self.ask.ticket,
            start: self.ask.start,
            break_glass: self.ask.break_glass,
            requester: requester.name().as_str(),
            kind: requester.kind,
            groups: self
                .policy
                .groups_of(requester.name(), self.facts.world)
                .into_iter()
                .chain(also.iter().copied())
                .map(Name::as_str)
                .collect(),
            company: engagement
                .map(|engagement| &engagement.company)
                .or_else(|| record?.company.as_ref())
                .map(Name::as_str),
            contract_end: record
                .and_then(|person| person.contract_end)
                .into_iter()
                .chain(engagement.map(|engagement| engagement.until))
                .min(),
            mfa_age: self.facts.mfa.map(|at| (self.facts.now.millis() - at.millis()) / 1000),
            now: self.facts.now,
        })
    }
}

impl Policy {
    /// When that proof of the human behind the actor ends, where it does.
    ///
    /// # Errors
    /// The refusal, where it is not good at that time.
    pub fn proved(
        &self,
        duty: &Duty,
        actor: &Actor,
        at: Time,
        world: &World,
    ) -> Result<Option<Time>, Refusal> {
        let demand = self.demands.get(duty);
        match demand.map_or(Standing::Missing, |demand| self.standing(demand, actor, at, world)) {
            Standing::Good { until } => Ok(until),
            standing => Err(Refusal::Duty {
                duty: duty.clone(),
                version: demand.map_or(0, |demand| demand.version),
                standing,
                link: demand.and_then(|demand| demand.link.clone()),
            }),
        }
    }
}

impl Weighed {
    /// Who has to agree, as far as humans do.
    pub fn approvals(&self, role: &Role, break_glass: bool) -> Approvals {
        if self.auto || break_glass { Approvals::AUTO } else { role.approvals() }
    }
}
