//! Contractors, and who answers for them.

use crate::domain::Kind;

use super::Lint;

impl Lint<'_> {
    pub(super) fn people(&mut self) {
        for person in self.policy.people.values() {
            // An alias is the same person, and the owner answers for a service.
            if person.kind == Kind::Service || person.human.is_some() {
                continue;
            }
            let name = person.name.as_str();
            if let Some(company) = &person.company {
                if person.sponsor.is_none() {
                    let message = format!("`{name}` is of company `{company}`, and nobody answers for them");
                    let hint = "add sponsor = \"…\"";
                    self.push("contractor-sponsor", ("person", name, ""), message, hint);
                }
                if person.contract_end.is_none() {
                    let message = format!("`{name}` is of company `{company}`, and the contract has no end");
                    let hint = "add contract-end = \"2027-03-31\": no access goes on behind it";
                    self.push("contractor-end", ("person", name, ""), message, hint);
                }
            }
            let sponsor = person.sponsor.as_ref().and_then(|sponsor| self.policy.people.get(sponsor));
            if let Some(sponsor) = sponsor
                && let Some(company) = &sponsor.company
            {
                let message =
                    format!("`{}`, who answers for `{name}`, is of company `{company}`", sponsor.name);
                let hint = "name somebody of your own as sponsor";
                self.push("sponsor-is-contractor", ("person", name, "sponsor"), message, hint);
            }
        }
    }
}
