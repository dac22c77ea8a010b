//! SSH's data types (RFC 4251, section 5), as KRLs and the agent protocol use them.

/// The bytes ended before the field did, or went on after the last one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("malformed SSH data")]
pub struct Malformed;

/// Reads fields off the front of untrusted bytes. Lengths are checked before anything is read, and
/// nothing is allocated.
pub struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], Malformed> {
        let (head, tail) = self.0.split_at_checked(count).ok_or(Malformed)?;
        self.0 = tail;
        Ok(head)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        self.take(N)?.try_into().map_err(|_| Malformed)
    }

    pub fn u8(&mut self) -> Result<u8, Malformed> {
        Ok(u8::from_be_bytes(self.array()?))
    }

    pub fn u32(&mut self) -> Result<u32, Malformed> {
        Ok(u32::from_be_bytes(self.array()?))
    }

    pub fn u64(&mut self) -> Result<u64, Malformed> {
        Ok(u64::from_be_bytes(self.array()?))
    }

    pub fn string(&mut self) -> Result<&'a [u8], Malformed> {
        let length = usize::try_from(self.u32()?).map_err(|_| Malformed)?;
        self.take(length)
    }

    /// Refuses what is left over.
    pub fn end(&self) -> Result<(), Malformed> {
        if self.0.is_empty() { Ok(()) } else { Err(Malformed) }
    }
}

/// Appends a `string`: a 32-bit length, then the bytes.
pub fn put_string(out: &mut Vec<u8>, bytes: &[u8]) {
    // No caller has 4 GiB; were it so, the length would say less than there is, and readers refuse that.
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_longer_than_the_bytes_is_malformed() {
        let mut out = Vec::new();
        put_string(&mut out, b"ab");
        assert_eq!(Reader::new(&out).string(), Ok(&b"ab"[..]));
        for cut in 0..out.len() {
            assert_eq!(Reader::new(&out[..cut]).string(), Err(Malformed), "{cut}");
        }
        assert_eq!(Reader::new(&[0xff; 8]).string(), Err(Malformed));
        assert_eq!(Reader::new(&[0]).end(), Err(Malformed));
    }
}
