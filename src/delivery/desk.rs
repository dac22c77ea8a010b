//! Where the channels tell how they stand, and are asked for a replay.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

use crate::domain::Name;
use crate::domain::notice::Place;

use super::cursor::Cursor;

/// One channel's part of it.
#[derive(Debug)]
pub(super) struct Post {
    name: Name,
    kind: &'static str,
    state: Mutex<State>,
    wake: Notify,
}

#[derive(Debug, Default)]
struct State {
    cursor: Cursor,
    error: Option<String>,
    /// From which event on it is to tell everything again.
    replay: Option<u64>,
}

impl Post {
    pub fn new(name: Name, kind: &'static str, cursor: Cursor) -> Self {
        let state = State { cursor, ..State::default() };
        Self { name, kind, state: Mutex::new(state), wake: Notify::new() }
    }

    fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        work(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub fn stands(&self, cursor: &Cursor) {
        self.with(|state| {
            state.cursor.clone_from(cursor);
            if cursor.down.is_none() {
                state.error = None;
            }
        });
    }

    pub fn failed(&self, why: &str) {
        self.with(|state| state.error = Some(why.to_owned()));
    }

    /// What was asked for since it was last taken.
    pub fn take_replay(&self) -> Option<u64> {
        self.with(|state| state.replay.take())
    }

    pub fn is_asked(&self) -> bool {
        self.with(|state| state.replay.is_some())
    }

    /// Until a replay is asked for.
    pub async fn asked(&self) {
        while !self.is_asked() {
            self.wake.notified().await;
        }
    }
}

/// The channels, for whoever administers them. It outlives them, and then nothing moves any more.
#[derive(Debug, Clone, Default)]
pub struct Desk(pub(super) Arc<Vec<Arc<Post>>>);

impl Desk {
    /// In the order of the file.
    pub fn places(&self) -> Vec<Place> {
        let place = |post: &Arc<Post>| {
            post.with(|State { cursor, error, .. }| Place {
                name: post.name.clone(),
                kind: post.kind,
                next: cursor.next,
                down: cursor.down,
                dropped: cursor.dropped,
                error: error.clone(),
            })
        };
        self.0.iter().map(place).collect()
    }

    /// Has a channel tell everything from that event on once more, at once; `false` where there is none of
    /// that name. What it has not come to yet, it tells once.
    pub fn replay(&self, channel: &Name, from_seq: u64) -> bool {
        let Some(post) = self.0.iter().find(|post| post.name == *channel) else { return false };
        post.with(|state| state.replay = Some(state.replay.map_or(from_seq, |seq| seq.min(from_seq))));
        post.wake.notify_one();
        true
    }
}
