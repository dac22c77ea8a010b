//! The chain of events, and the Merkle tree over them (RFC 6962, section 2.1).
//!
//! The two say the same thing in two ways. Each event carries the leaf hash of the one before it, so a
//! plain reading of the log finds the first event that was touched. The tree's root over the first n
//! events is what a checkpoint signs, so that a log of any length is pinned by 32 bytes.

use sha2::{Digest as _, Sha256};

use super::{Draft, Event};
use crate::domain::Digest;

/// The version of the event format that this code writes, and the only one it reads.
pub const FORMAT: u32 = 1;

/// The longest canonical event, in bytes. A longer one is not sealed, so that every reader may bound
/// what it takes into memory and still reads every log.
pub const LONGEST_EVENT: usize = 1 << 20;

/// What stands in `prev` of the first event.
pub const NO_EVENT: Digest = Digest::from_bytes([0; 32]);

/// The hash of a leaf: SHA-256(0x00 ‖ bytes) (RFC 6962, section 2.1).
pub fn leaf_hash(bytes: &[u8]) -> Digest {
    Digest::from_bytes(Sha256::new().chain_update([0]).chain_update(bytes).finalize().into())
}

/// The hash of an inner node: SHA-256(0x01 ‖ left ‖ right) (RFC 6962, section 2.1).
fn node_hash(left: &Digest, right: &Digest) -> Digest {
    let mut bytes = [1; 65];
    for (to, from) in bytes.iter_mut().skip(1).zip(left.as_bytes().iter().chain(right.as_bytes())) {
        *to = *from;
    }
    Digest::of(&bytes)
}

/// The Merkle tree over the leaves so far, as the roots of its complete subtrees: one for each bit that
/// is set in the number of leaves, the largest first. This is all that appending and the root need.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tree {
    size: u64,
    roots: Vec<Digest>,
}

impl Tree {
    /// How many leaves there are.
    pub fn size(&self) -> u64 {
        self.size
    }

    pub fn push(&mut self, leaf: Digest) {
        let mut hash = leaf;
        let mut rest = self.size;
        // As in binary addition: the new leaf joins a subtree of its size for as long as there is one.
        while rest & 1 == 1 {
            if let Some(left) = self.roots.pop() {
                hash = node_hash(&left, &hash);
            }
            rest >>= 1;
        }
        self.roots.push(hash);
        self.size += 1;
    }

    /// RFC 6962's Merkle tree hash; of no leaves: SHA-256 of nothing.
    pub fn root(&self) -> Digest {
        let mut roots = self.roots.iter().rev();
        match roots.next() {
            None => Digest::of(b""),
            Some(last) => roots.fold(*last, |right, left| node_hash(left, &right)),
        }
    }
}

/// Where the log stands: all that is needed to seal the next event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    last: Digest,
    tree: Tree,
}

/// An event with its place, its canonical bytes and their leaf hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    pub event: Event,
    pub bytes: String,
    pub leaf: Digest,
}

/// An event that cannot be part of the log. The chain is as it was.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    #[error("an event has at most {LONGEST_EVENT} bytes, this has {0}")]
    Long(usize),
    #[error("the event has no JSON form")]
    Form(#[from] serde_json::Error),
}

/// A text that is not the persisted form of a chain.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the head of the log is damaged")]
pub struct HeadError;

impl Default for Chain {
    fn default() -> Self {
        Self::new()
    }
}

impl Chain {
    pub fn new() -> Self {
        Self { last: NO_EVENT, tree: Tree::default() }
    }

    /// How many events were sealed.
    pub fn size(&self) -> u64 {
        self.tree.size
    }

    /// The leaf hash of the last event; all zero when there is none.
    pub fn last(&self) -> Digest {
        self.last
    }

    /// The Merkle root over all events.
    pub fn root(&self) -> Digest {
        self.tree.root()
    }

    /// Gives the draft the next place. Fails only for an event of more than [`LONGEST_EVENT`] bytes.
    ///
    /// INVARIANT 8: `seq` counts without gaps, and `prev` binds each event to all before it.
    pub fn seal(&mut self, draft: Draft) -> Result<Sealed, SealError> {
        let event = Event { v: FORMAT, seq: self.tree.size, prev: self.last, event: draft };
        let bytes = serde_json::to_string(&event)?;
        if bytes.len() > LONGEST_EVENT {
            return Err(SealError::Long(bytes.len()));
        }
        let leaf = leaf_hash(bytes.as_bytes());
        self.append(leaf);
        Ok(Sealed { event, bytes, leaf })
    }

    pub(super) fn append(&mut self, leaf: Digest) {
        self.tree.push(leaf);
        self.last = leaf;
    }

    /// The form in which a store keeps the head: size (8 bytes, big-endian), last leaf, subtree roots.
    pub fn to_bytes(&self) -> Vec<u8> {
        let digests = std::iter::once(&self.last).chain(&self.tree.roots);
        self.tree.size.to_be_bytes().into_iter().chain(digests.flat_map(|d| *d.as_bytes())).collect()
    }

    /// Reads what [`Self::to_bytes`] wrote. Fails on any other length, so on a head that was cut.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, HeadError> {
        let (size, digests) = bytes.split_first_chunk().ok_or(HeadError)?;
        let (digests, rest) = digests.as_chunks::<32>();
        let mut digests = digests.iter().copied().map(Digest::from_bytes);
        let last = digests.next().ok_or(HeadError)?;
        let tree = Tree { size: u64::from_be_bytes(*size), roots: digests.collect() };
        if !rest.is_empty() || tree.roots.len() != tree.size.count_ones() as usize {
            return Err(HeadError);
        }
        Ok(Self { last, tree })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::EventKind;
    use crate::domain::Time;

    /// RFC 6962, section 2.1, word by word.
    fn naive(leaves: &[Vec<u8>]) -> Digest {
        match leaves {
            [] => Digest::of(b""),
            [leaf] => leaf_hash(leaf),
            _ => {
                let mut split = 1;
                while split * 2 < leaves.len() {
                    split *= 2;
                }
                node_hash(&naive(&leaves[..split]), &naive(&leaves[split..]))
            }
        }
    }

    #[test]
    fn the_root_is_the_one_of_rfc_6962_at_every_size() {
        let leaves: Vec<Vec<u8>> = (0..70u8).map(|i| vec![i; usize::from(i % 5)]).collect();
        let mut tree = Tree::default();
        for size in 0..leaves.len() {
            assert_eq!(tree.root(), naive(&leaves[..size]), "{size}");
            assert_eq!(tree.roots.len(), size.count_ones() as usize);
            tree.push(leaf_hash(&leaves[size]));
        }
    }

    /// The test vectors of the Certificate Transparency reference implementation.
    #[test]
    fn the_root_is_the_one_of_known_vectors() {
        let leaves: [&[u8]; 8] = [
            b"",
            b"\x00",
            b"\x10",
            b"\x20\x21",
            b"\x30\x31",
            b"\x40\x41\x42\x43",
            b"\x50\x51\x52\x53\x54\x55\x56\x57",
            b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
        ];
        let roots = [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ];
        let mut tree = Tree::default();
        assert_eq!(
            tree.root().to_string(),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
        for (leaf, root) in leaves.iter().zip(roots) {
            tree.push(leaf_hash(leaf));
            assert_eq!(tree.root().to_string(), root);
        }
    }

    #[test]
    fn an_event_carries_the_leaf_hash_of_the_one_before_it() {
        let mut chain = Chain::new();
        let draft = |n: i64| Draft::new(Time::from_millis(n), EventKind::RequestFiled).data("n", n);
        let first = chain.seal(draft(1)).unwrap();
        let second = chain.seal(draft(2)).unwrap();
        assert_eq!(
            first.bytes,
            format!(
                r#"{{"v":1,"seq":0,"prev":"{NO_EVENT}","event":{{"at":"1970-01-01T00:00:00.001Z","kind":"request.filed","data":{{"n":"1"}}}}}}"#
            )
        );
        assert_eq!(second.event.prev, leaf_hash(first.bytes.as_bytes()));
        assert_eq!((second.event.seq, chain.size(), chain.last()), (1, 2, second.leaf));
    }

    #[test]
    fn an_event_that_is_too_long_is_not_sealed_and_changes_nothing() {
        let mut chain = Chain::new();
        let before = chain.clone();
        let long = "x".repeat(LONGEST_EVENT);
        let draft = Draft::new(Time::from_millis(0), EventKind::RequestFiled).data("long", long);
        assert!(matches!(chain.seal(draft), Err(SealError::Long(_))));
        assert_eq!(chain, before);
    }

    #[test]
    fn a_chain_reads_back_as_itself_and_a_cut_head_is_refused() {
        let mut chain = Chain::new();
        for n in 0..40 {
            let bytes = chain.to_bytes();
            assert_eq!(Chain::from_bytes(&bytes), Ok(chain.clone()));
            assert_eq!(Chain::from_bytes(&bytes[..bytes.len() - 1]), Err(HeadError));
            assert_eq!(Chain::from_bytes(&[bytes, vec![0; 32]].concat()), Err(HeadError));
            chain.append(leaf_hash(&[n]));
        }
    }
}
