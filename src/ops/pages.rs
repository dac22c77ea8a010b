//! Reading through the requests of the store, a page at a time.

use crate::domain::{Name, Request, RequestId, State, Time};
use crate::store::{RequestFilter, Scope, Store, StoreError};

use super::engine::Engine;

/// The states of a request that is not over.
pub(super) const OPEN: [State; 4] = [State::Pending, State::Approved, State::Active, State::Ending];

/// Whether the request is of that person, or of what acts for them: an alias, a service.
pub(super) fn is_of(request: &Request, name: &Name) -> bool {
    request.requester.principal.subject == *name || request.requester.human.subject == *name
}

/// How many are read from the store at once.
const SIZE: usize = 1000;

/// The pages from the newest request to the oldest.
///
/// Each page is a reading of its own, after what is done with the one before: the place is kept by time and
/// id, so that a request that changes its state meanwhile moves none of those after it.
#[must_use]
pub(super) struct Pages<'a> {
    store: &'a dyn Store,
    /// `None` after the last page.
    next: Option<RequestFilter>,
}

impl Engine {
    /// The requests of a scope that are in one of these states; in any, where none is given.
    pub(super) fn pages(&self, scope: Scope, states: &[State]) -> Pages<'_> {
        self.pages_after(None, SIZE, scope, states)
    }

    /// The same from one place on, with so many to the page.
    pub(super) fn pages_after(
        &self,
        before: Option<(Time, RequestId)>,
        limit: usize,
        scope: Scope,
        states: &[State],
    ) -> Pages<'_> {
        let next = RequestFilter { scope, states: states.to_vec(), before, limit };
        Pages { store: &*self.store, next: Some(next) }
    }
}

impl Pages<'_> {
    /// `None` when all were read.
    pub async fn next(&mut self) -> Result<Option<Vec<Request>>, StoreError> {
        let Some(filter) = self.next.take() else { return Ok(None) };
        let page = self.store.requests(&filter).await?;
        if let Some(last) = page.last().filter(|_| page.len() >= filter.limit) {
            self.next = Some(RequestFilter { before: Some((last.created, last.id)), ..filter });
        }
        Ok(Some(page))
    }
}
