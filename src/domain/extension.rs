//! More time for a grant, by the same decision that gave it.

use serde::{Deserialize, Serialize};

use super::request::Vote;
use super::{Approvals, Conflict, Request, Span, State, Time, Window};

/// An ask for more time that is not decided yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Extension {
    /// How much later the grant is to end.
    pub by: Span,
    pub reason: String,
    pub asked: Time,
    /// When it lapses, undecided.
    pub pending_until: Time,
    /// The role's when it was asked, not those of the request itself.
    pub approvals: Approvals,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub votes: Vec<Vote>,
}

/// What bounds an end: the policy's word of this moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// The longest time from the start.
    pub max: Span,
    /// The latest end, such as a window's or a contract's; `None` where nothing sets one.
    pub until: Option<Time>,
}

impl Request {
    pub(super) fn ask_extension(&mut self, ask: Extension, now: Time) -> Result<(), Conflict> {
        let window = self.live_window(now)?;
        if self.extension.is_some() {
            return Err(Conflict::ExtensionPending);
        }
        if self.terms.single_use {
            return Err(Conflict::SingleUse);
        }
        if window.end >= window.start.plus(self.terms.max_total) {
            return Err(Conflict::LongestTotal(self.terms.max_total));
        }
        // Whoever asks brings no votes along.
        self.extension = Some(Extension { votes: Vec::new(), ..ask });
        Ok(())
    }

    /// INVARIANT 3: only an approved extension moves a grant's end, and never past the longest total of
    /// then and now.
    pub(super) fn extend(
        &mut self,
        bounds: Bounds,
        approvals: &Approvals,
        valid: &[u32],
        now: Time,
    ) -> Result<(), Conflict> {
        let window = self.live_window(now)?;
        let Some(extension) = self.extension.take() else { return Err(Conflict::NoExtension) };
        enough(&extension.approvals.stricter(approvals), valid)?;
        let given = extension.votes.iter().filter_map(|vote| vote.max).min();
        let by = given.map_or(extension.by, |given| given.min(extension.by));
        let longest = window.start.plus(self.terms.max_total.min(bounds.max));
        let end = window.end.plus(by).min(longest).min(bounds.until.unwrap_or(longest)).whole_secs();
        if end <= window.end {
            return Err(Conflict::LongestTotal(self.terms.max_total.min(bounds.max)));
        }
        self.window = Some(Window { start: window.start, end });
        Ok(())
    }

    /// Of an active grant that is not over.
    fn live_window(&self, now: Time) -> Result<Window, Conflict> {
        match self.window {
            Some(window) if self.state == State::Active && now < window.end => Ok(window),
            Some(_) if self.state == State::Active => Err(Conflict::Over),
            _ => Err(Conflict::State(self.state)),
        }
    }
}

/// INVARIANT 2: each stage has its number of people who may decide today.
pub(super) fn enough(need: &Approvals, valid: &[u32]) -> Result<(), Conflict> {
    match need.open_stage(valid) {
        None => Ok(()),
        Some(_) => {
            let have = valid.iter().zip(need.by_stage()).map(|(have, need)| *have.min(need)).sum();
            Err(Conflict::TooFewVotes { have, need: need.needed() })
        }
    }
}
