//! What somebody may do in jit itself, apart from what a policy gives them on targets.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// One role of jit's own. The text form is stored, sent, and stands in policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ToolRole {
    /// Keeps people and these roles; sees and ends everything, and approves nothing by it.
    Administrator,
    /// Sees how the policy is, and all that it says.
    PolicyAuthor,
    /// Sees everything, and changes nothing.
    Auditor,
    /// Decides on any item of any review, but for their own rights.
    Reviewer,
}

impl ToolRole {
    pub const ALL: [Self; 4] = [Self::Administrator, Self::PolicyAuthor, Self::Auditor, Self::Reviewer];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::PolicyAuthor => "policy-author",
            Self::Auditor => "auditor",
            Self::Reviewer => "reviewer",
        }
    }

    /// Why one person does not hold these two, which differ; a policy may let them. No two are without a
    /// reason: each looks at what another does.
    pub fn conflict(self, other: Self) -> &'static str {
        match (self.min(other), self.max(other)) {
            (Self::Administrator, Self::PolicyAuthor) => {
                "who writes the policy does not keep the people whom it names"
            }
            (Self::Administrator | Self::PolicyAuthor, Self::Reviewer) => {
                "who gives access does not review who has it"
            }
            _ => "who audits has no part in what is audited",
        }
    }
}

impl fmt::Display for ToolRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A text that is no role of jit's own.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a role in jit is administrator, policy-author, auditor or reviewer")]
pub struct ToolRoleError;

impl FromStr for ToolRole {
    type Err = ToolRoleError;
    fn from_str(text: &str) -> Result<Self, ToolRoleError> {
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or(ToolRoleError)
    }
}

/// Several of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ToolRoles(BTreeSet<ToolRole>);

impl ToolRoles {
    pub fn has(&self, role: ToolRole) -> bool {
        self.0.contains(&role)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = ToolRole> {
        self.0.iter().copied()
    }

    pub fn add(&mut self, role: ToolRole) {
        self.0.insert(role);
    }

    pub fn remove(&mut self, role: ToolRole) {
        self.0.remove(&role);
    }
}

impl FromIterator<ToolRole> for ToolRoles {
    fn from_iter<I: IntoIterator<Item = ToolRole>>(roles: I) -> Self {
        Self(roles.into_iter().collect())
    }
}

/// `administrator, auditor`
impl fmt::Display for ToolRoles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<&str> = self.iter().map(ToolRole::as_str).collect();
        f.pad(&words.join(", "))
    }
}

/// Which roles a policy lets one person hold together; without a word of it, none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Together(BTreeSet<(ToolRole, ToolRole)>);

impl Together {
    /// Lets any two of these be held together.
    pub fn allow(&mut self, roles: &ToolRoles) {
        for one in roles.iter() {
            self.0.extend(roles.iter().filter(|other| one < *other).map(|other| (one, other)));
        }
    }

    pub fn allows(&self, one: ToolRole, other: ToolRole) -> bool {
        one == other || self.0.contains(&(one.min(other), one.max(other)))
    }

    /// The pairs, each in the order of [`ToolRole`].
    pub fn pairs(&self) -> impl Iterator<Item = (ToolRole, ToolRole)> {
        self.0.iter().copied()
    }

    /// The first of `held` that keeps a person from this one.
    pub fn against(&self, role: ToolRole, held: &ToolRoles) -> Option<ToolRole> {
        held.iter().find(|other| !self.allows(role, *other))
    }
}

/// What the roles come to that one name of a person was given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Powers {
    pub roles: ToolRoles,
    /// Given, and of no effect: the person holds another role that the policy does not let them hold with it.
    pub idle: ToolRoles,
    /// All that the person holds under all of their names, where that is several.
    pub together: ToolRoles,
    /// An auditor, who changes nothing under any of their names.
    pub only_looks: bool,
}

impl Powers {
    /// Of a name with its `own` roles, where the person holds `all` of these under all of their names.
    ///
    /// Of roles that conflict none has an effect, so that nobody gets around it by the order in which they
    /// were given; but for the administrator's, else a change of the policy could leave nobody to mend it.
    pub fn of(own: &ToolRoles, all: &ToolRoles, together: &Together) -> Self {
        let works = |role: ToolRole| role == ToolRole::Administrator || together.against(role, all).is_none();
        let (roles, idle): (BTreeSet<_>, BTreeSet<_>) = own.iter().partition(|role| works(*role));
        // Whom the policy lets hold a role that changes something is not held to looking on.
        let acts = all.has(ToolRole::Administrator)
            || (all.has(ToolRole::Reviewer) && together.allows(ToolRole::Auditor, ToolRole::Reviewer));
        Self {
            roles: ToolRoles(roles),
            idle: ToolRoles(idle),
            together: if all.0.len() > 1 { all.clone() } else { ToolRoles::default() },
            only_looks: all.has(ToolRole::Auditor) && !acts,
        }
    }

    /// Of whom nobody keeps a directory: the user of a local store.
    pub fn administrator() -> Self {
        Self { roles: ToolRoles::from_iter([ToolRole::Administrator]), ..Self::default() }
    }

    pub fn is_administrator(&self) -> bool {
        self.roles.has(ToolRole::Administrator)
    }

    /// Sees what the server keeps of everybody.
    pub fn sees_all(&self) -> bool {
        self.is_administrator() || self.roles.has(ToolRole::Auditor)
    }

    /// Sees the whole policy, and what is wrong with its folder.
    pub fn sees_policy(&self) -> bool {
        self.sees_all() || self.roles.has(ToolRole::PolicyAuthor)
    }

    pub fn reviews_all(&self) -> bool {
        self.roles.has(ToolRole::Reviewer)
    }
}

#[cfg(test)]
mod tests {
    use super::ToolRole::*;
    use super::*;

    fn roles(roles: &[ToolRole]) -> ToolRoles {
        roles.iter().copied().collect()
    }

    fn together(pairs: &[&[ToolRole]]) -> Together {
        let mut together = Together::default();
        pairs.iter().for_each(|pair| together.allow(&roles(pair)));
        together
    }

    #[test]
    fn each_role_is_the_word_that_it_is_read_from() {
        for role in ToolRole::ALL {
            assert_eq!(role.as_str().parse(), Ok(role));
            assert_eq!(serde_json::to_string(&role).unwrap(), format!("{:?}", role.as_str()));
        }
        for other in ["", "admin", "Auditor", "auditor ", "policy_author"] {
            assert_eq!(other.parse::<ToolRole>(), Err(ToolRoleError));
        }
    }

    #[test]
    fn no_two_go_together_by_themselves_and_either_order_is_the_same() {
        for one in ToolRole::ALL {
            for other in ToolRole::ALL.into_iter().filter(|other| *other != one) {
                assert!(!Together::default().allows(one, other));
                assert_eq!(one.conflict(other), other.conflict(one));
                let allowed = together(&[&[one, other]]);
                assert!(allowed.allows(one, other) && allowed.allows(other, one));
                assert_eq!(allowed.pairs().count(), 1);
            }
        }
        assert!(Auditor.conflict(Reviewer).starts_with("who audits"));
        assert!(PolicyAuthor.conflict(Reviewer).starts_with("who gives"));
    }

    #[test]
    fn three_that_go_together_are_three_pairs_and_two_pairs_are_not_the_third() {
        assert_eq!(together(&[&[Administrator, PolicyAuthor, Reviewer]]).pairs().count(), 3);
        let two = together(&[&[Administrator, PolicyAuthor], &[PolicyAuthor, Reviewer]]);
        assert!(!two.allows(Administrator, Reviewer));
        assert_eq!(two.against(Reviewer, &roles(&[Administrator, PolicyAuthor])), Some(Administrator));
    }

    #[test]
    fn of_roles_that_conflict_none_works_but_the_administrators() {
        let none = Together::default();
        for one in ToolRole::ALL {
            for other in ToolRole::ALL.into_iter().filter(|other| *other != one) {
                let both = roles(&[one, other]);
                let powers = Powers::of(&both, &both, &none);
                let works: Vec<_> = powers.roles.iter().collect();
                let expected = if both.has(Administrator) { vec![Administrator] } else { Vec::new() };
                assert_eq!(works, expected, "{both}");
                let allowed = Powers::of(&both, &both, &together(&[&[one, other]]));
                assert_eq!((allowed.roles, allowed.idle.is_empty()), (both, true));
            }
        }
    }

    #[test]
    fn what_another_name_of_the_person_holds_conflicts_and_gives_nothing() {
        let all = roles(&[Administrator, Auditor]);
        let auditor = Powers::of(&roles(&[Auditor]), &all, &Together::default());
        assert!(auditor.roles.is_empty() && !auditor.sees_all());
        let neither = Powers::of(&ToolRoles::default(), &all, &together(&[&[Administrator, Auditor]]));
        assert!(!neither.is_administrator() && !neither.sees_all());
    }

    #[test]
    fn an_auditor_only_looks_under_every_name_unless_the_policy_lets_them_act() {
        let none = Together::default();
        let nothing = ToolRoles::default();
        assert!(Powers::of(&nothing, &roles(&[Auditor]), &none).only_looks);
        // A conflict takes what the role gives, and not what it forbids.
        let both = roles(&[Auditor, Reviewer]);
        let powers = Powers::of(&both, &both, &none);
        assert!(powers.only_looks && powers.roles.is_empty());
        assert!(!Powers::of(&both, &both, &together(&[&[Auditor, Reviewer]])).only_looks);
        // To write the policy changes nothing here.
        let both = roles(&[Auditor, PolicyAuthor]);
        assert!(Powers::of(&both, &both, &together(&[&[Auditor, PolicyAuthor]])).only_looks);
        let both = roles(&[Auditor, Administrator]);
        assert!(!Powers::of(&both, &both, &none).only_looks, "nobody else could mend it");
    }
}
