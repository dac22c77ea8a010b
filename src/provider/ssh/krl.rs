//! OpenSSH's key revocation list (PROTOCOL.krl), as far as jit needs it: the serial numbers of one CA.
//!
//! No library writes these. What is written here is read back by `ssh-keygen -Q` and by sshd in the
//! tests.

use super::wire::{Malformed, Reader, put_string};

/// `SSHKRL\n\0`.
const MAGIC: u64 = 0x5353_484b_524c_0a00;
const FORMAT: u32 = 1;
const SECTION_CERTIFICATES: u8 = 1;
const SERIAL_LIST: u8 = 0x20;
const SERIAL_RANGE: u8 = 0x21;

/// In bytes: a range subsection costs 21, a serial in a list 8. So three in a row are cheaper as a range.
const SHORTEST_RANGE: u64 = 3;

/// More serials than this in one file were never written by jit: it keeps hosts' sshd quick, which
/// reads the whole list at every login, and the reader's memory bounded.
pub const MOST: u64 = 1 << 23;

/// Why bytes are not a KRL of this CA's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KrlError {
    #[error("it is not an OpenSSH revocation list of the form that jit writes")]
    Form,
    #[error("it belongs to another CA")]
    OtherCa,
    #[error("it lists more than {MOST} certificates")]
    Many,
}

impl From<Malformed> for KrlError {
    fn from(_: Malformed) -> Self {
        Self::Form
    }
}

/// What a KRL says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Krl {
    /// Rises with each change.
    pub version: u64,
    /// When it was made, in seconds since 1970.
    pub generated: u64,
    /// Rising, neither overlapping nor touching; both ends are revoked.
    ranges: Vec<(u64, u64)>,
}

impl Krl {
    /// From serials in rising order. Zero is left out: sshd refuses a whole list in which it stands,
    /// and holds no certificate of that serial revoked. None is ever granted.
    pub fn new(version: u64, generated: u64, serials: impl IntoIterator<Item = u64>) -> Self {
        let mut ranges: Vec<(u64, u64)> = Vec::new();
        for serial in serials.into_iter().filter(|&serial| serial != 0) {
            match ranges.last_mut() {
                Some((_, high)) if serial == *high => {}
                Some((_, high)) if serial.checked_sub(1) == Some(*high) => *high = serial,
                _ => ranges.push((serial, serial)),
            }
        }
        Self { version, generated, ranges }
    }

    pub fn contains(&self, serial: u64) -> bool {
        let after = self.ranges.partition_point(|&(low, _)| low <= serial);
        after.checked_sub(1).and_then(|i| self.ranges.get(i)).is_some_and(|&(_, high)| serial <= high)
    }

    /// In rising order; at most [`MOST`].
    pub fn serials(&self) -> impl Iterator<Item = u64> + '_ {
        self.ranges.iter().flat_map(|&(low, high)| low..=high)
    }

    /// The file's bytes; the same for the same contents.
    ///
    /// One list subsection with the lone serials, then one range subsection for each run: random
    /// serials are hardly ever neighbours, so bitmaps would never pay.
    pub fn encode(&self, ca: &[u8]) -> Vec<u8> {
        let is_run = |&(low, high): &(u64, u64)| high - low >= SHORTEST_RANGE - 1;
        let (runs, lone): (Vec<_>, Vec<_>) = self.ranges.iter().copied().partition(is_run);
        let mut section = Vec::with_capacity(lone.len() * 8 + runs.len() * 21 + ca.len() + 16);
        put_string(&mut section, ca);
        put_string(&mut section, b"");
        if !lone.is_empty() {
            let list: Vec<u8> =
                lone.iter().flat_map(|&(low, high)| low..=high).flat_map(u64::to_be_bytes).collect();
            section.push(SERIAL_LIST);
            put_string(&mut section, &list);
        }
        for (low, high) in runs {
            section.push(SERIAL_RANGE);
            put_string(&mut section, &[low.to_be_bytes(), high.to_be_bytes()].concat());
        }

        let mut out = Vec::with_capacity(section.len() + 64);
        out.extend_from_slice(&MAGIC.to_be_bytes());
        out.extend_from_slice(&FORMAT.to_be_bytes());
        out.extend_from_slice(&self.version.to_be_bytes());
        out.extend_from_slice(&self.generated.to_be_bytes());
        out.extend_from_slice(&0u64.to_be_bytes());
        put_string(&mut out, b"");
        put_string(&mut out, b"jit");
        out.push(SECTION_CERTIFICATES);
        put_string(&mut out, &section);
        out
    }

    /// Reads what [`Krl::encode`] writes for this CA, and nothing else.
    ///
    /// INVARIANT 9: an unknown section could say that less is revoked than it seems, so it is an error.
    pub fn decode(bytes: &[u8], ca: &[u8]) -> Result<Self, KrlError> {
        let mut file = Reader::new(bytes);
        if file.u64()? != MAGIC || file.u32()? != FORMAT {
            return Err(KrlError::Form);
        }
        let (version, generated, flags) = (file.u64()?, file.u64()?, file.u64()?);
        let (reserved, _comment) = (file.string()?, file.string()?);
        if flags != 0 || !reserved.is_empty() || file.u8()? != SECTION_CERTIFICATES {
            return Err(KrlError::Form);
        }
        let mut section = Reader::new(file.string()?);
        file.end()?;
        if section.string()? != ca {
            return Err(KrlError::OtherCa);
        }
        if !section.string()?.is_empty() {
            return Err(KrlError::Form);
        }

        let mut ranges: Vec<(u64, u64)> = Vec::new();
        while !section.is_empty() {
            let kind = section.u8()?;
            let mut data = Reader::new(section.string()?);
            match kind {
                SERIAL_LIST => {
                    while !data.is_empty() {
                        let serial = data.u64()?;
                        ranges.push((serial, serial));
                    }
                }
                SERIAL_RANGE => {
                    ranges.push((data.u64()?, data.u64()?));
                    data.end()?;
                }
                _ => return Err(KrlError::Form),
            }
        }
        ranges.sort_unstable();
        Self::merged(version, generated, &ranges)
    }

    fn merged(version: u64, generated: u64, sorted: &[(u64, u64)]) -> Result<Self, KrlError> {
        let mut ranges: Vec<(u64, u64)> = Vec::new();
        let mut count: u64 = 0;
        for &(low, high) in sorted {
            if low == 0 || low > high {
                return Err(KrlError::Form);
            }
            count = count.saturating_add((high - low).saturating_add(1));
            if count > MOST {
                return Err(KrlError::Many);
            }
            match ranges.last_mut() {
                Some((_, last)) if low <= *last => return Err(KrlError::Form),
                Some((_, last)) if low - 1 == *last => *last = high,
                _ => ranges.push((low, high)),
            }
        }
        Ok(Self { version, generated, ranges })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::{btree_set, vec};
    use proptest::prelude::*;

    const CA: &[u8] = b"a CA's public key";

    proptest! {
        #[test]
        fn a_list_reads_back_as_itself(serials in btree_set(0u64..60, 0..40), far in btree_set(any::<u64>(), 0..40)) {
            let all: Vec<u64> = serials.union(&far).copied().collect();
            let krl = Krl::new(7, 9, all.iter().copied());
            let bytes = krl.encode(CA);
            let read = Krl::decode(&bytes, CA).unwrap();
            prop_assert_eq!(&read, &krl);
            prop_assert_eq!(read.encode(CA), bytes);
            prop_assert_eq!(read.serials().collect::<Vec<_>>(), all.iter().copied().filter(|&s| s != 0).collect::<Vec<_>>());
            for serial in 0..70 {
                prop_assert_eq!(krl.contains(serial), serial != 0 && all.contains(&serial));
            }
        }

        #[test]
        fn no_bytes_panic_and_no_cut_or_extended_list_reads(serials in btree_set(1u64..60, 1..40), junk in vec(any::<u8>(), 0..80), at in any::<prop::sample::Index>()) {
            let _ = Krl::decode(&junk, CA);
            let bytes = Krl::new(7, 9, serials).encode(CA);
            prop_assert!(Krl::decode(&bytes[..at.index(bytes.len())], CA).is_err());
            prop_assert!(Krl::decode(&[&bytes[..], &[0]].concat(), CA).is_err());
            prop_assert_eq!(Krl::decode(&bytes, b"another"), Err(KrlError::OtherCa));
        }
    }

    #[test]
    fn a_forged_range_does_not_exhaust_memory() {
        let huge = Krl { version: 1, generated: 1, ranges: vec![(1, u64::MAX)] };
        assert_eq!(Krl::decode(&huge.encode(CA), CA), Err(KrlError::Many));
        let zero = Krl { version: 1, generated: 1, ranges: vec![(0, 3)] };
        assert_eq!(Krl::decode(&zero.encode(CA), CA), Err(KrlError::Form));
    }
}
