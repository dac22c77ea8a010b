//! Starts the channels of a server on its log.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;

use crate::audit::{Draft, Event};
use crate::delivery::config::Channels;
use crate::delivery::{Delivery, Desk, Feed, FeedError, Pace, StartError};
use crate::domain::notice::{Parties, Place};
use crate::domain::{Name, Time};
use crate::ops::{self, Engine, Error};

/// Where the channels keep their places, inside the data folder.
const DIR: &str = "notices";

/// # Errors
/// When the channels cannot begin where they were.
pub async fn start_channels(
    channels: Channels,
    data_dir: &Path,
    engine: Arc<Engine>,
) -> Result<Delivery, StartError> {
    let feed = Arc::new(Log(Arc::clone(&engine)));
    let delivery = Delivery::start(channels, data_dir.join(DIR), feed, Pace::default()).await?;
    engine.has_channels(Arc::new(Tended(delivery.desk())));
    Ok(delivery)
}

/// The channels, as far as the engine knows them. It keeps none of them running.
struct Tended(Desk);

impl ops::Channels for Tended {
    fn places(&self) -> Vec<Place> {
        self.0.places()
    }

    fn replay(&self, channel: &Name, from_seq: u64) -> bool {
        self.0.replay(channel, from_seq)
    }
}

/// The engine, as far as channels know it.
struct Log(Arc<Engine>);

impl From<Error> for FeedError {
    fn from(error: Error) -> Self {
        Self(error.to_string())
    }
}

#[async_trait]
impl Feed for Log {
    fn now(&self) -> Time {
        self.0.clock_now()
    }

    async fn size(&self) -> Result<u64, FeedError> {
        Ok(self.0.log_size().await?)
    }

    async fn events(&self, from_seq: u64, limit: usize) -> Result<Vec<Event>, FeedError> {
        Ok(self.0.log_from(from_seq, limit).await?)
    }

    async fn parties(&self, event: &Draft) -> Result<Parties, FeedError> {
        Ok(self.0.parties(event).await?)
    }

    async fn failed(&self, channel: &Name, error: &str, dropped: u64) -> Result<(), FeedError> {
        Ok(self.0.notice_failed(channel, error, dropped).await?)
    }
}
