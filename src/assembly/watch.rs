//! Watching a policy's folder: what is new in it, once it has come to rest.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use tokio::sync::mpsc::Sender;

use crate::files::{self, FileId};
use crate::ops::{Clock, Held, Loaded};
use crate::policy::changed::{Changed, changed, roles_that_differ};
use crate::policy::{Policy, SourceFile};

use super::AssemblyError;
use super::folder::{Folder, TESTS};

/// What came of a look at a folder that has changed.
#[derive(Debug)]
pub enum News {
    /// It is whole, and its tests pass.
    Whole(Loaded),
    /// It is not, and of what is in force this may not be granted until it is.
    Broken { why: AssemblyError, held: Held },
}

/// What is said to a watch between its looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nudge {
    /// Look now, also where nothing seems to have changed.
    Look,
    /// What was whole could not be taken into force: look again.
    NotTaken,
}

/// Names, and which file in which state stands under each; or why that cannot be told.
type Glance = Result<Vec<(PathBuf, Option<FileId>)>, String>;

/// Looks at a folder again and again.
///
/// Most looks are at names and metadata only. Files are read when these differ from the last reading, are the
/// same as a period before, and are still so after the reading: a copy that is being written is not judged
/// while it grows.
pub struct Watch {
    dir: PathBuf,
    clock: Arc<dyn Clock>,
    /// What is in force, as far as it was read from this folder and passed its tests.
    good: Option<Good>,
    /// The last reading that was judged, or why nothing could be read.
    judged: Option<Result<Folder, String>>,
    /// The folder at the last look.
    seen: Option<Glance>,
    /// The folder before the last reading that was judged, where it had come to rest.
    read: Option<Glance>,
    asked: bool,
}

struct Good {
    files: Vec<SourceFile>,
    policy: Policy,
}

impl Watch {
    /// `folder` was read before, and `policy` of it is in force: `None` where that did not pass its tests.
    pub fn new(folder: Folder, policy: Option<Policy>, clock: Arc<dyn Clock>) -> Self {
        let good = policy.map(|policy| Good { files: folder.policy.clone(), policy });
        let dir = folder.dir.clone();
        Self { dir, clock, good, judged: Some(Ok(folder)), seen: None, read: None, asked: false }
    }

    /// Looks every `period`, and whenever it is nudged, until nobody listens any more. To be called on a
    /// thread of its own: a file system may hang.
    pub fn run(mut self, period: Duration, nudges: &Receiver<Nudge>, told: &Sender<News>) {
        loop {
            match nudges.recv_timeout(period) {
                Ok(Nudge::Look) => self.asked = true,
                Ok(Nudge::NotTaken) => self.not_taken(),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            if let Some(news) = self.look()
                && told.blocking_send(news).is_err()
            {
                return;
            }
        }
    }

    /// What was told as whole is not in force; which is, this does not know any more.
    fn not_taken(&mut self) {
        self.good = None;
        self.judged = None;
        self.read = None;
    }

    fn look(&mut self) -> Option<News> {
        let glance = self.glance();
        let at_rest = self.seen.as_ref() == Some(&glance);
        self.seen = Some(glance.clone());
        if !self.asked && (!at_rest || self.read.as_ref() == Some(&glance)) {
            return None;
        }
        let reading = Folder::read(&self.dir);
        if self.glance() != glance {
            // It is being written to. If it was asked for, it is still asked for at the next look.
            self.seen = None;
            return None;
        }
        // What did not rest for a period may change within a tick of the kernel's clock: it is read again.
        self.read = at_rest.then_some(glance);
        let compared = reading.as_ref().map(Clone::clone).map_err(ToString::to_string);
        let is_new = self.judged.as_ref() != Some(&compared);
        let asked = std::mem::take(&mut self.asked);
        if !is_new && !asked {
            return None;
        }
        self.judged = Some(compared);
        Some(self.judge(reading.map_err(AssemblyError::from)))
    }

    fn glance(&self) -> Glance {
        let mut all = files::policy_folder_state(&self.dir).map_err(|error| error.to_string())?;
        all.extend(files::policy_folder_state(&self.dir.join(TESTS)).map_err(|error| error.to_string())?);
        Ok(all)
    }

    fn judge(&mut self, reading: Result<Folder, AssemblyError>) -> News {
        let folder = match reading {
            Ok(folder) => folder,
            Err(why) => return News::Broken { why, held: Held::Everything },
        };
        let policy = match folder.policy() {
            Ok(policy) => policy,
            Err(why) => return News::Broken { why, held: self.held(&folder, None) },
        };
        match folder.test(&policy, self.clock.now()) {
            Ok(tests) => {
                self.good = Some(Good { files: folder.policy, policy: policy.clone() });
                News::Whole(Loaded { policy, tests: Some(tests) })
            }
            Err(why) => News::Broken { why, held: self.held(&folder, Some(&policy)) },
        }
    }

    /// What of that in force the folder says otherwise.
    fn held(&self, folder: &Folder, new: Option<&Policy>) -> Held {
        let Some(Good { files, policy }) = &self.good else { return Held::Everything };
        let differ = new.map(|new| roles_that_differ(policy, new)).unwrap_or_default();
        match changed(files, &folder.policy, policy).and(differ) {
            Changed::Everything => Held::Everything,
            Changed::Roles(roles) => Held::Roles(roles),
        }
    }
}

#[cfg(test)]
#[path = "watch_tests.rs"]
mod tests;
