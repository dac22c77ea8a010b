//! The channels that tell what happens, for those who look after them.

use std::sync::Arc;

use crate::api;
use crate::domain::Name;
use crate::domain::notice::Place;

use super::engine::{Caller, Engine};
use super::error::Error;

/// The channels of a server, as far as the use cases know them.
pub trait Channels: Send + Sync {
    fn places(&self) -> Vec<Place>;
    /// Has a channel tell everything from that event on again; `false` where there is none of that name.
    fn replay(&self, channel: &Name, from_seq: u64) -> bool;
}

impl Engine {
    /// Once, by whoever starts them.
    pub fn has_channels(&self, channels: Arc<dyn Channels>) {
        // There is nobody who would start them twice.
        let _ = self.channels.set(channels);
    }

    pub async fn channels(&self, caller: &Caller) -> Result<api::Channels, Error> {
        self.only_who_sees_all(caller, "see the channels").await?;
        let size = self.log_size().await?;
        let places = self.channels.get().map(|channels| channels.places()).unwrap_or_default();
        let channels = places.into_iter().map(|place| api::Channel {
            name: place.name,
            to: place.kind.to_owned(),
            next_seq: place.next,
            waiting: size.saturating_sub(place.next),
            failing_since: place.down,
            dropped: place.dropped,
            error: place.error,
        });
        Ok(api::Channels { channels: channels.collect() })
    }

    /// Has a channel tell everything from there on again. Its receiver drops repeats by their ids.
    pub async fn replay(
        &self,
        caller: &Caller,
        channel: &str,
        ask: &api::Replay,
    ) -> Result<api::Replayed, Error> {
        self.only_admin(caller, "have notices told again").await?;
        let size = self.log_size().await?;
        let from_seq = match *ask {
            api::Replay { from_seq: Some(seq), since: None } => seq,
            api::Replay { from_seq: None, since: Some(since) } => self.first_since(since).await?,
            _ => return Err(Error::Usage("from where: a number in the log, or a time".to_owned())),
        };
        if from_seq >= size {
            return Err(Error::Usage(format!("nothing is told again: the log ends before that, at {size}")));
        }
        let none = || Error::NotFound { what: "channel", name: channel.to_owned() };
        let name: Name = channel.parse().map_err(|_| none())?;
        if !self.channels.get().is_some_and(|channels| channels.replay(&name, from_seq)) {
            return Err(none());
        }
        tracing::info!(channel = %name, from_seq, by = %caller.actor, "a channel tells everything from there on again");
        Ok(api::Replayed { channel: name, from_seq, events: size - from_seq })
    }
}
