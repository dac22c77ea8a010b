//! What was done under a grant: hosts deliver it in pieces, and those who answer for the grant read it.
//!
//! A piece names the credential that it was done with. Which request that is of, and on which resource it
//! was made, the server knows by itself; a host can claim neither.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::api::{self, LARGEST_PIECE};
use crate::audit::EventKind;
use crate::domain::{CredentialId, Digest, Name, PieceKind, Purpose, Request, RequestId, Span, Time};
use crate::store::{Change, CredentialState, PieceId, RecordKind, StoreError};

use super::documents::{Document, Stored};
use super::engine::{Caller, Engine};
use super::error::Error;

/// How long after a credential's end what was done with it may still come.
const LATE: Span = Span::clamped(30 * 86_400);
/// What a host calls a piece, in bytes.
const LONGEST_NAME: usize = 600;

/// The most that is kept of one request, in bytes, and of all.
const MOST_OF_ONE: u64 = if cfg!(test) { 10_000 } else { 256 << 20 };
const MOST: u64 = if cfg!(test) { 15_000 } else { 16 << 30 };

/// A host that delivers. Its token is good for nothing else, and nothing else is good for this.
#[derive(Debug, Clone)]
pub struct CollectCaller {
    caller: Caller,
    on: BTreeSet<Name>,
}

/// What is being kept.
#[derive(Debug, Default)]
pub(super) struct Keeping {
    /// One piece after the other, so that two do not both take the last of the room.
    turn: tokio::sync::Mutex<()>,
    /// Bytes of all that is kept.
    bytes: Mutex<u64>,
}

/// A piece that is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Piece {
    request: RequestId,
    digest: Digest,
    what: PieceKind,
    name: String,
    resource: Name,
    credential: CredentialId,
    bytes: u64,
    from: Time,
    to: Time,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    statements: Option<u64>,
    stored: Time,
    by: Name,
}

impl Piece {
    fn id(&self) -> PieceId {
        (self.request, self.digest)
    }

    fn view(self, damaged: bool) -> api::Piece {
        api::Piece {
            digest: self.digest,
            what: self.what,
            name: self.name,
            resource: self.resource,
            credential: self.credential,
            bytes: self.bytes,
            from: self.from,
            to: self.to,
            statements: self.statements,
            stored: self.stored,
            by: self.by,
            damaged,
        }
    }
}

fn key((request, digest): PieceId) -> String {
    format!("{request}/{digest}")
}

impl Document for Piece {
    const KIND: RecordKind = RecordKind::Activity;
    fn key(&self) -> String {
        key(self.id())
    }
}

impl Engine {
    /// Counts what is kept. A file that a crash left without its record is removed; for a server, which has
    /// its folder alone. One that stays does no harm, and keeps no server from ending access.
    pub(super) async fn load_pieces(&self) -> Result<(), Error> {
        let all = self.documents::<Piece>("").await?;
        *self.bytes_kept() = all.iter().map(|piece| piece.document.bytes).sum();
        let known: BTreeSet<PieceId> = all.iter().map(|piece| piece.document.id()).collect();
        let tidied = async {
            for id in self.pieces.all().await? {
                if !known.contains(&id) {
                    self.pieces.remove(id).await?;
                }
            }
            Ok::<(), StoreError>(())
        };
        if let Err(error) = tidied.await {
            tracing::warn!(%error, "what a crash left of activity could not be looked for");
        }
        Ok(())
    }

    fn bytes_kept(&self) -> std::sync::MutexGuard<'_, u64> {
        self.keeping.bytes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Which host a token stands for. Every doubt is "not logged in".
    pub async fn authenticate_collector(
        &self,
        token: Option<&str>,
        from: Option<String>,
    ) -> Result<CollectCaller, Error> {
        let (caller, on) = self.authenticate_service(Purpose::Collect, token, from).await?;
        Ok(CollectCaller { caller, on })
    }

    /// Keeps a piece: the bytes first, then the record and its event together (INVARIANT 7). The same bytes
    /// again are no second event.
    pub async fn keep_piece(
        &self,
        collector: &CollectCaller,
        new: &api::NewPiece,
        bytes: Vec<u8>,
    ) -> Result<api::Piece, Error> {
        let CollectCaller { caller, on } = collector;
        let now = self.now();
        let request = match self.delivered_for(on, new.credential, now).await {
            Ok(request) => request,
            Err(error @ Error::Forbidden(_)) => {
                let draft = self.draft(EventKind::AccessRefused, Some(caller)).data("asked", "activity");
                return Err(self.refuse(draft.data("credential", new.credential), error).await);
            }
            Err(error) => return Err(error),
        };
        if new.name.is_empty() || new.name.len() > LONGEST_NAME {
            return Err(Error::Usage(format!("a piece has a name of 1 to {LONGEST_NAME} bytes")));
        }
        if bytes.len() > LARGEST_PIECE {
            return Err(Error::TooLarge(format!("a piece has at most {LARGEST_PIECE} bytes")));
        }
        let digest = Digest::of(&bytes);
        let extent = new.what.extent(&bytes).map_err(|why| Error::Usage(why.to_string()))?;
        let piece = Piece {
            request: request.id,
            digest,
            what: new.what,
            name: new.name.clone(),
            resource: request.resource.clone(),
            credential: new.credential,
            bytes: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
            from: extent.from,
            to: extent.to,
            statements: extent.statements,
            stored: now,
            by: caller.actor.principal.subject.clone(),
        };
        let _turn = self.keeping.turn.lock().await;
        if let Some(before) = self.document::<Piece>(&key(piece.id())).await? {
            // Of a file that was damaged since, the bytes are good again.
            self.pieces.keep(piece.id(), bytes).await?;
            return Ok(before.document.view(false));
        }
        let of_one = self.documents::<Piece>(&format!("{}/", request.id)).await?;
        let of_one: u64 = of_one.iter().map(|piece| piece.document.bytes).sum();
        if of_one.saturating_add(piece.bytes) > MOST_OF_ONE {
            return Err(Error::TooLarge(format!("of one request at most {MOST_OF_ONE} bytes are kept")));
        }
        if self.bytes_kept().saturating_add(piece.bytes) > MOST {
            // Nothing is too large about it: the host keeps it until there is room.
            tracing::error!("there is no room for what is done under grants: {MOST} bytes are kept");
            return Err(Error::Unavailable(format!("this server keeps at most {MOST} bytes of activity")));
        }
        self.pieces.keep(piece.id(), bytes).await?;
        let draft = match piece.what {
            PieceKind::Recording => {
                let draft = self.draft_on(EventKind::RecordingStored, Some(caller), &request);
                draft.data("digest", digest).data("bytes", piece.bytes)
            }
            PieceKind::Statements => {
                let draft = self.draft_on(EventKind::StatementsCollected, Some(caller), &request);
                draft.data("digest", digest).data("statements", piece.statements.unwrap_or_default())
            }
        };
        let write = Stored::new(piece.clone()).put()?;
        self.store.commit(Change { writes: vec![write], events: vec![draft] }).await?;
        *self.bytes_kept() += piece.bytes;
        Ok(piece.view(false))
    }

    /// The request that the credential is of: it was used, not too long ago, and on a resource that the host
    /// speaks for. Whatever else is as if it were not there (INVARIANT 10).
    async fn delivered_for(
        &self,
        on: &BTreeSet<Name>,
        credential: CredentialId,
        now: Time,
    ) -> Result<Request, Error> {
        let missing =
            || Error::Forbidden(format!("credential {credential} is none that this token speaks for"));
        let found = self.store.credential(credential).await?.ok_or_else(missing)?;
        let given = found.state != CredentialState::Intended;
        if !given || !on.contains(&found.made.resource.name) || now >= found.end.plus(LATE) {
            return Err(missing());
        }
        let request = self.store.request(found.request).await?.ok_or_else(missing)?;
        // A credential that was taken back before it was given away made nothing active.
        let active = self.was_active(&request).await?;
        if active { Ok(request) } else { Err(missing()) }
    }

    async fn was_active(&self, request: &Request) -> Result<bool, Error> {
        use crate::domain::State;
        if request.state == State::Active {
            return Ok(true);
        }
        let filter = crate::store::EventFilter {
            request: Some(request.id),
            kind: Some(EventKind::GrantActive.as_str().to_owned()),
            limit: 1,
            ..crate::store::EventFilter::default()
        };
        Ok(!self.store.events(&filter).await?.is_empty())
    }

    /// The request, if this caller may read what was done under it: whose it is, who has a say in it, and
    /// whoever reads everything.
    async fn activity_of(&self, caller: &Caller, id: &str) -> Result<Request, Error> {
        let request = self.visible(caller, id).await?;
        let may = caller.sees_all() || self.is_own(caller, &request) || self.concerns(caller, &request);
        if may { Ok(request) } else { Err(Error::no_request(id)) }
    }

    /// What was done, with every piece read through.
    pub async fn activity(&self, caller: &Caller, id: &str) -> Result<api::Activity, Error> {
        let request = self.activity_of(caller, id).await?.id;
        let mut pieces = Vec::new();
        for Stored { document: piece, .. } in self.documents::<Piece>(&format!("{request}/")).await? {
            let read = self.pieces.read(piece.id(), piece.bytes).await?;
            pieces.push(piece.view(read.is_none()));
        }
        pieces.sort_by_key(|piece| (piece.from, piece.to, piece.digest));
        Ok(api::Activity { request, pieces })
    }

    /// The bytes of a piece, which are those that the log has the digest of.
    pub async fn piece(&self, caller: &Caller, id: &str, digest: &str) -> Result<Vec<u8>, Error> {
        let request = self.activity_of(caller, id).await?.id;
        let missing = || Error::NotFound { what: "piece", name: digest.to_owned() };
        let digest = digest.parse().map_err(|_| missing())?;
        let piece = self.document::<Piece>(&key((request, digest))).await?.ok_or_else(missing)?.document;
        let damaged = || Error::Damaged(format!("piece {digest} is gone, or is not what it was"));
        self.pieces.read(piece.id(), piece.bytes).await?.ok_or_else(damaged)
    }
}

#[cfg(test)]
#[path = "activity_tests.rs"]
mod tests;
