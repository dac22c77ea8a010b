//! Users and sessions as last read: every call asks who it comes from, and they seldom change.
//!
//! Only a process that has the folder alone keeps them. The writer forgets what a commit has changed
//! before it answers, so nobody who was told of a change is shown what was there before it.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::files::Hold;
use crate::domain::{Digest, Name};
use crate::store::{Session, StoreError, User, Write};

/// Of each kind; beyond it all are forgotten, and those who call are read again.
const MOST: usize = 10_000;

#[derive(Debug)]
pub(super) struct People {
    hold: Hold,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    /// Rises when something is forgotten: what was read before that is not kept after it.
    age: u64,
    users: HashMap<Name, User>,
    sessions: HashMap<Digest, Session>,
}

type Found<T> = Result<Option<T>, StoreError>;

impl People {
    pub(super) fn new(hold: Hold) -> Self {
        Self { hold, known: Mutex::default() }
    }

    pub(super) fn user(&self, name: &Name, read: impl FnOnce() -> Found<User>) -> Found<User> {
        self.get(|known| &mut known.users, name, read)
    }

    pub(super) fn session(&self, token: &Digest, read: impl FnOnce() -> Found<Session>) -> Found<Session> {
        self.get(|known| &mut known.sessions, token, read)
    }

    /// Who is not there is not remembered as such: anybody could fill the memory with names.
    fn get<K: Clone + Eq + Hash, V: Clone>(
        &self,
        kind: impl Fn(&mut Known) -> &mut HashMap<K, V>,
        key: &K,
        read: impl FnOnce() -> Found<V>,
    ) -> Found<V> {
        if self.hold == Hold::Shared {
            return read();
        }
        let age = {
            let mut known = self.known();
            if let Some(found) = kind(&mut known).get(key) {
                return Ok(Some(found.clone()));
            }
            known.age
        };
        let found = read()?;
        if let Some(found) = &found {
            let mut known = self.known();
            if known.age == age {
                let kept = kind(&mut known);
                if kept.len() >= MOST {
                    kept.clear();
                }
                kept.insert(key.clone(), found.clone());
            }
        }
        Ok(found)
    }

    /// Called when the commit of these writes is durable, or may be.
    pub(super) fn forget(&self, stale: &[Stale]) {
        if stale.is_empty() {
            return;
        }
        let mut known = self.known();
        known.age += 1;
        for stale in stale {
            match stale {
                Stale::Session(token) => drop(known.sessions.remove(token)),
                Stale::All => {
                    known.users.clear();
                    known.sessions.clear();
                }
            }
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a write makes out of date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stale {
    Session(Digest),
    All,
}

impl Stale {
    pub(super) fn after(write: &Write) -> Option<Self> {
        match write {
            Write::InsertRequest { .. }
            | Write::UpdateRequest(_)
            | Write::PutCredential(_)
            | Write::PutEnrolment(_)
            | Write::CountWrongCode { .. }
            | Write::TakeEnrolment { .. }
            | Write::PutRoleGenerations(_)
            | Write::PutDelegation(_)
            | Write::RemoveDelegation { .. }
            | Write::PutRecord(_)
            | Write::RemoveRecord { .. }
            | Write::InsertUser(_) => None,
            Write::TouchSession { token_hash, .. } => Some(Self::Session(*token_hash)),
            // Takes along sessions that are over, or all of a user's.
            Write::InsertSession(_)
            | Write::EndSession { .. }
            | Write::EndSessions { .. }
            | Write::EndSessionsOf(_)
            | Write::DisableUser { .. }
            | Write::SetAdmin { .. } => Some(Self::All),
        }
    }
}
