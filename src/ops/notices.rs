//! What the channels of a server need to know of its log.

use crate::audit::{Draft, Event, EventKind};
use crate::domain::notice::Parties;
use crate::domain::{Name, State, Time};
use crate::store::{Change, EventFilter};

use super::engine::Engine;
use super::error::Error;

impl Engine {
    pub fn clock_now(&self) -> Time {
        self.now()
    }

    /// How many events there are.
    pub async fn log_size(&self) -> Result<u64, Error> {
        Ok(self.store.log_head().await?.size)
    }

    /// Up to `limit` events from that one on, the oldest first.
    pub async fn log_from(&self, from_seq: u64, limit: usize) -> Result<Vec<Event>, Error> {
        let filter = EventFilter { from_seq, limit, ..EventFilter::default() };
        Ok(self.store.events(&filter).await?.into_iter().map(|stored| stored.event).collect())
    }

    /// Whom an event concerns, as things are now.
    pub async fn parties(&self, event: &Draft) -> Result<Parties, Error> {
        let mut parties = Parties::default();
        if event.kind == EventKind::AlertRaised {
            let about = event.data.get("user").map(|user| user.parse());
            parties.answerers = match about.transpose() {
                Ok(about) => self.answerers(about.as_ref()).await?,
                // Whom it is about cannot be told, and might be anybody.
                Err(_) => Vec::new(),
            };
        }
        let Some(id) = event.request else { return Ok(parties) };
        let Some(request) = self.store.request(id).await? else { return Ok(parties) };
        let waits = request.state == State::Pending || request.extension.is_some();
        let listed = self.who_decides(&request, request.escalated).filter(|_| waits).unwrap_or_default();
        parties.deciders = listed.split(", ").filter_map(|name| name.parse().ok()).collect();
        parties.stage = request.current_stage().filter(|_| waits);
        parties.requester = Some(request.requester.human.subject);
        Ok(parties)
    }

    /// Records that a channel does not take notices.
    pub async fn notice_failed(&self, channel: &Name, error: &str, dropped: u64) -> Result<(), Error> {
        let mut draft =
            self.draft(EventKind::NoticeFailed, None).data("channel", channel).data("error", error);
        if dropped > 0 {
            draft = draft.data("dropped", dropped);
        }
        Ok(self.store.commit(Change { writes: Vec::new(), events: vec![draft] }).await?)
    }
}
