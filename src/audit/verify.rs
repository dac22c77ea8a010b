//! Verification of a log, event by event, in constant memory (INVARIANT 8).
//!
//! What is checked of a line: that it begins as the canonical form does (`v`, `seq`, `prev` in their
//! one spelling) and ends as it does, that `seq` counts, and that `prev` is the hash of *all bytes* of
//! the line before. The rest of a line is not parsed: whatever is changed there, white space and the
//! order of fields included, changes its hash, and the next event or a checkpoint tells. Parsing it
//! again would find nothing more, and would make a log with a newer kind of event unverifiable.
//!
//! The hash of event k stands in event k+1, so a change of k shows when k+1 is read, and who of the two
//! was changed shows in k+2. The verifier therefore holds a suspicion until the next line settles it.

use std::collections::BTreeMap;
use std::fmt;

use super::chain::{Chain, FORMAT, leaf_hash};
use super::checkpoint::Checkpoint;
use crate::domain::Digest;

/// The first thing that is wrong with a log. Its text is one sentence that names the event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The first bad event: counted from 0, as in its `seq`.
    pub seq: u64,
    pub what: What,
}

/// What is wrong with an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// It is not the one that the next event was sealed on.
    Edited {
        /// The next event fits neither side, so it may be the one that was edited.
        or_next: bool,
    },
    /// It is not there; `found` is the next that is.
    Missing { found: u64 },
    /// It stands behind `after`.
    OutOfOrder { after: u64 },
    /// It was not in the log when the events around it were sealed.
    Inserted,
    /// The line is not the canonical form of an event.
    UnknownForm(&'static str),
    /// The log ends before it, but a checkpoint covers `size` events.
    Truncated { size: u64 },
    /// The events up to this one do not have the root of the checkpoint of `size`. Event `since` is the
    /// first that no earlier checkpoint vouches for.
    Checkpoint { size: u64, since: u64 },
    /// Two checkpoints of one size are signed, and differ: the signer kept two logs.
    TwoLogs { size: u64 },
    /// A checkpoint stands behind more events than it covers, where it can no longer be checked.
    LateCheckpoint { size: u64 },
    /// A checkpoint line that is not canonical, or whose note does not verify.
    BadCheckpoint(String),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seq, what } = self;
        match what {
            What::Edited { or_next: false } => {
                write!(f, "event {seq} was edited: it is not what its neighbours were sealed on")
            }
            What::Edited { or_next: true } => {
                write!(f, "event {seq}, or the one after it, was edited: they do not belong together")
            }
            What::Missing { found } => write!(f, "event {seq} is missing: the next one is event {found}"),
            What::OutOfOrder { after } => {
                write!(f, "event {seq} is out of order: it stands behind event {after}")
            }
            What::Inserted => write!(f, "event {seq} was inserted: another one has its place in the log"),
            What::UnknownForm(why) => write!(f, "event {seq} has an unknown form: {why}"),
            What::Truncated { size } => {
                write!(f, "event {seq} is missing: the log was cut, a checkpoint covers {size} events")
            }
            What::Checkpoint { size, since } if since == seq => {
                write!(f, "event {seq} was edited: it does not match the checkpoint of size {size}")
            }
            What::Checkpoint { size, since } => write!(
                f,
                "event {seq} was edited, or the log was rewritten from event {since} or a later one on: it does \
                 not match the checkpoint of size {size}"
            ),
            What::TwoLogs { size } => write!(
                f,
                "two different checkpoints of size {size} are signed: there is a second log, which differs in \
                 event {seq} or before"
            ),
            What::LateCheckpoint { size } => {
                write!(f, "the checkpoint of size {size} stands behind event {seq}, which it does not cover")
            }
            What::BadCheckpoint(why) => write!(f, "the checkpoint before event {seq} is bad: {why}"),
        }
    }
}

impl std::error::Error for Fault {}

/// What a log without a fault holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Report {
    pub events: u64,
    /// The Merkle root over all events.
    pub root: Digest,
    /// How many checkpoints match.
    pub checkpoints: u64,
    /// How many events the last of them covers. What comes after is chained, but not signed for yet: its
    /// end could have been cut or sealed anew.
    pub anchored: u64,
}

/// Reads a log once, from its first event to its last. It is of no more use after a fault.
#[derive(Debug, Default)]
pub struct Verifier {
    chain: Chain,
    /// The leaf hash of the last event but one.
    last_but_one: Option<Digest>,
    /// Checkpoints of sizes to come.
    expected: BTreeMap<u64, Digest>,
    checkpoints: u64,
    anchored: u64,
    suspicion: Option<Suspicion>,
}

/// Something is wrong, and what comes next tells what.
#[derive(Debug)]
enum Suspicion {
    /// The event's `prev` is not the hash of the event before it.
    Link {
        seq: u64,
        leaf: Digest,
        /// The event's leaf hash if its `prev` were right.
        mended: Digest,
        /// Its `prev` fits the last event but one.
        skips_one: bool,
    },
    /// A number comes a second time.
    Again { seq: u64 },
    /// The number jumped.
    Gap { found: u64 },
    /// The root is not the checkpoint's.
    Root { fault: Fault },
}

/// What is read of an event's line.
struct Line<'a> {
    seq: u64,
    prev: Digest,
    /// Up to and behind the digits of `prev`.
    around: (&'a str, &'a str),
}

impl<'a> Line<'a> {
    fn parse(line: &'a str) -> Result<Self, &'static str> {
        let rest = line.strip_prefix(r#"{"v":"#).ok_or("it does not begin as an event does")?;
        let (version, rest) = number(rest).ok_or("its version is not a number")?;
        if version != u64::from(FORMAT) {
            return Err("this version of the format is not known here; use a newer jit");
        }
        let rest = rest.strip_prefix(r#","seq":"#).ok_or("it has no seq")?;
        let (seq, rest) = number(rest).ok_or("its seq is not a number")?;
        let rest = rest.strip_prefix(r#","prev":""#).ok_or("it has no prev")?;
        let (prev, after) = rest.split_at_checked(64).ok_or("its prev is not a digest")?;
        let prev = prev.parse().map_err(|_| "its prev is not a digest")?;
        if !after.starts_with(r#"","event":{"at":""#) || !after.ends_with("}}") {
            return Err("it does not go on, or not end, as an event does");
        }
        let before = line.len() - rest.len();
        Ok(Self { seq, prev, around: (line.get(..before).unwrap_or_default(), after) })
    }

    fn leaf_with(&self, prev: Digest) -> Digest {
        let (before, after) = self.around;
        leaf_hash(format!("{before}{prev}{after}").as_bytes())
    }
}

/// A number in the one spelling that JSON output gives it, and what comes after it.
fn number(text: &str) -> Option<(u64, &str)> {
    let end = text.bytes().position(|b| !b.is_ascii_digit())?;
    let (digits, rest) = text.split_at_checked(end)?;
    if digits.len() > 1 && digits.starts_with('0') {
        return None;
    }
    Some((digits.parse().ok()?, rest))
}

impl Verifier {
    pub fn new() -> Self {
        Self::default()
    }

    /// Goes on behind the events of `chain`, which were not read here: what is found is about those that
    /// come. A checkpoint of what comes vouches for the chain before it too, as its root is over all.
    pub fn behind(chain: Chain) -> Self {
        Self { chain, ..Self::default() }
    }

    /// Where the log stands.
    pub fn chain(&self) -> &Chain {
        &self.chain
    }

    /// How many events were read and are in order.
    pub fn size(&self) -> u64 {
        self.chain.size()
    }

    /// Expects this checkpoint, whose signature was verified. It has to come before the events that it
    /// does not cover; it may come as early as one likes.
    pub fn checkpoint(&mut self, checkpoint: Checkpoint) -> Result<(), Fault> {
        let Checkpoint { size, root } = checkpoint;
        let two_logs = Fault { seq: size.saturating_sub(1), what: What::TwoLogs { size } };
        if size > self.size() {
            return match self.expected.insert(size, root) {
                Some(other) if other != root => Err(two_logs),
                _ => Ok(()),
            };
        }
        if let Some(suspicion) = self.suspicion.take() {
            // A second checkpoint behind the same event, and the first one did not match: no new light.
            return match suspicion {
                suspicion @ Suspicion::Root { .. } => {
                    self.suspicion = Some(suspicion);
                    Ok(())
                }
                other => Err(other.judge(&self.chain, None)),
            };
        }
        if size < self.size() {
            return Err(Fault { seq: size, what: What::LateCheckpoint { size } });
        }
        if root != self.chain.root() && self.anchored == size && self.checkpoints > 0 {
            return Err(two_logs);
        }
        self.compare(size, root);
        Ok(())
    }

    /// Reads the next event: its line, without the line break. A fault of an earlier event may be told
    /// only now, or by [`Self::finish`].
    pub fn push(&mut self, line: &str) -> Result<(), Fault> {
        let size = self.size();
        let parsed = match (Line::parse(line), self.suspicion.take()) {
            (Ok(next), Some(Suspicion::Gap { found })) if next.seq != size => {
                // Whether the event is gone or only moved is known when the whole log was read.
                self.suspicion = Some(Suspicion::Gap { found });
                return Ok(());
            }
            (next, Some(suspicion)) => return Err(suspicion.judge(&self.chain, next.ok().as_ref())),
            (Err(why), None) => return Err(Fault { seq: size, what: What::UnknownForm(why) }),
            (Ok(next), None) => next,
        };
        if parsed.seq < size {
            self.suspicion = Some(Suspicion::Again { seq: parsed.seq });
            return Ok(());
        }
        if parsed.seq > size {
            self.suspicion = Some(Suspicion::Gap { found: parsed.seq });
            return Ok(());
        }
        let leaf = leaf_hash(line.as_bytes());
        let last = self.chain.last();
        if parsed.prev != last {
            if size == 0 {
                return Err(Fault { seq: 0, what: What::Edited { or_next: false } });
            }
            self.suspicion = Some(Suspicion::Link {
                seq: size,
                leaf,
                mended: parsed.leaf_with(last),
                skips_one: Some(parsed.prev) == self.last_but_one,
            });
            return Ok(());
        }
        self.last_but_one = Some(last);
        self.chain.append(leaf);
        if let Some(root) = self.expected.remove(&self.size()) {
            self.compare(self.size(), root);
        }
        Ok(())
    }

    fn compare(&mut self, size: u64, root: Digest) {
        if root == self.chain.root() {
            self.anchored = size;
            self.checkpoints += 1;
        } else {
            let what = What::Checkpoint { size, since: self.anchored };
            self.suspicion = Some(Suspicion::Root { fault: Fault { seq: size.saturating_sub(1), what } });
        }
    }

    /// The log ends here.
    pub fn finish(mut self) -> Result<Report, Fault> {
        let events = self.size();
        if let Some(suspicion) = self.suspicion.take() {
            return Err(suspicion.judge(&self.chain, None));
        }
        if let Some((&size, _)) = self.expected.last_key_value() {
            return Err(Fault { seq: events, what: What::Truncated { size } });
        }
        let Self { checkpoints, anchored, .. } = self;
        Ok(Report { events, root: self.chain.root(), checkpoints, anchored })
    }
}

impl Suspicion {
    /// What is wrong, behind this chain of good events, given the event that comes next, if one does.
    fn judge(self, chain: &Chain, next: Option<&Line<'_>>) -> Fault {
        let size = chain.size();
        match self {
            // The next one goes on as if this had been the one that is due: only its number is wrong.
            Self::Again { .. } if next.is_some_and(|next| next.seq == size + 1) => {
                Fault { seq: size, what: What::Edited { or_next: false } }
            }
            Self::Again { seq } => Fault { seq, what: What::Inserted },
            Self::Gap { found } => {
                let missing = || What::Missing { found };
                let what = next.map_or_else(missing, |_| What::OutOfOrder { after: found });
                Fault { seq: size, what }
            }
            Self::Root { fault } => match next {
                // It was sealed on something else than the last event, so that is the one.
                Some(next) if next.seq == size && next.prev != chain.last() => {
                    Fault { what: What::Edited { or_next: false }, ..fault }
                }
                _ => fault,
            },
            Self::Link { seq, leaf, mended, skips_one } => {
                let before = seq.saturating_sub(1);
                let (seq, what) = match next.map(|line| line.prev) {
                    // The next event vouches for this one, so it is the one before that was edited …
                    Some(prev) if prev == leaf => (before, What::Edited { or_next: false }),
                    // … or it vouches for this one as it was with the right `prev`.
                    Some(prev) if prev == mended => (seq, What::Edited { or_next: false }),
                    _ if skips_one => (before, What::Inserted),
                    _ => (before, What::Edited { or_next: true }),
                };
                Fault { seq, what }
            }
        }
    }
}

#[cfg(test)]
#[path = "verify_tests.rs"]
mod tests;
