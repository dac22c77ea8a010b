//! People of whom the server's own directory speaks, beside those that the policy declares.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

use crate::domain::engagement::Standing;
use crate::domain::text::escape;
use crate::domain::{Engagement, Name, Time};

/// What is known of one of them.
#[derive(Debug, Clone, Default)]
pub struct Listed {
    /// A contractor's: without a live one they hold nothing.
    pub engagement: Option<Engagement>,
    /// Whoever answers for them has left.
    pub sponsor_gone: bool,
    /// The groups that an outside directory puts them in.
    pub groups: BTreeSet<Name>,
    /// Nothing is granted to them for a while; why, in words.
    pub suspended: Option<String>,
    /// Roles that a review took from them, whatever the policy says.
    pub removed: BTreeSet<Name>,
}

/// Why somebody can hold nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gone {
    NotBegun(Time),
    Over(Time),
    NoSponsor(Name),
    /// Whoever answers for them is suspended.
    SponsorAway(Name),
    Suspended(String),
}

impl fmt::Display for Gone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotBegun(start) => write!(f, "the requester's engagement begins at {start}"),
            Self::Over(end) => {
                write!(f, "the requester's engagement is over since {end}; their sponsor may extend it")
            }
            Self::NoSponsor(sponsor) => {
                write!(f, "{sponsor}, who answered for the requester, has left; they need another sponsor")
            }
            Self::SponsorAway(sponsor) => write!(
                f,
                "{sponsor}, who answers for the requester, is suspended; until that is over they need another sponsor"
            ),
            Self::Suspended(why) => write!(f, "the requester is suspended: {}", escape(why)),
        }
    }
}

/// Everybody whom the directory lists.
#[derive(Debug, Clone, Default)]
pub struct Roster {
    people: HashMap<Name, Listed>,
    members: BTreeMap<Name, BTreeSet<Name>>,
    sponsors: BTreeSet<Name>,
}

impl Roster {
    pub fn new(people: impl IntoIterator<Item = (Name, Listed)>) -> Self {
        let people: HashMap<Name, Listed> = people.into_iter().collect();
        let mut roster = Self::default();
        for (name, listed) in &people {
            let engaged = listed.engagement.iter().flat_map(|engagement| &engagement.groups);
            for group in listed.groups.iter().chain(engaged) {
                roster.members.entry(group.clone()).or_default().insert(name.clone());
            }
            roster.sponsors.extend(listed.engagement.as_ref().map(|engagement| engagement.sponsor.clone()));
        }
        Self { people, ..roster }
    }

    pub fn get(&self, name: &Name) -> Option<&Listed> {
        self.people.get(name)
    }

    /// Whether the directory says that they belong here: a contractor, or somebody in a group.
    pub fn declares(&self, name: &Name) -> bool {
        let belongs = |listed: &Listed| listed.engagement.is_some() || !listed.groups.is_empty();
        self.people.get(name).is_some_and(belongs)
    }

    pub fn engagement(&self, name: &Name) -> Option<&Engagement> {
        self.people.get(name)?.engagement.as_ref()
    }

    /// All engagements, and whether the one who answers for it has left.
    pub fn engagements(&self) -> impl Iterator<Item = (&Engagement, bool)> {
        self.people.values().filter_map(|listed| Some((listed.engagement.as_ref()?, listed.sponsor_gone)))
    }

    pub fn members(&self, group: &Name) -> impl Iterator<Item = &Name> {
        self.members.get(group).into_iter().flatten()
    }

    pub fn is_member(&self, group: &Name, name: &Name) -> bool {
        self.members.get(group).is_some_and(|members| members.contains(name))
    }

    /// Whether a review took that role from them.
    pub fn is_removed(&self, name: &Name, role: &Name) -> bool {
        self.people.get(name).is_some_and(|listed| listed.removed.contains(role))
    }

    /// Whether anybody's engagement names them as the one who answers for it.
    pub fn is_sponsor(&self, name: &Name) -> bool {
        self.sponsors.contains(name)
    }

    pub fn is_suspended(&self, name: &Name) -> bool {
        self.people.get(name).is_some_and(|listed| listed.suspended.is_some())
    }

    /// Why that one can hold nothing, and decide nothing, at that time.
    pub fn gone(&self, name: &Name, at: Time) -> Option<Gone> {
        let listed = self.people.get(name)?;
        if let Some(why) = &listed.suspended {
            return Some(Gone::Suspended(why.clone()));
        }
        let engagement = listed.engagement.as_ref()?;
        match engagement.standing(at) {
            Standing::NotBegun => Some(Gone::NotBegun(engagement.start)),
            Standing::Over => {
                let ended = engagement.ended.as_ref().map_or(engagement.until, |ended| ended.at);
                Some(Gone::Over(ended))
            }
            Standing::Live if listed.sponsor_gone => Some(Gone::NoSponsor(engagement.sponsor.clone())),
            Standing::Live if self.is_suspended(&engagement.sponsor) => {
                Some(Gone::SponsorAway(engagement.sponsor.clone()))
            }
            Standing::Live => None,
        }
    }
}
