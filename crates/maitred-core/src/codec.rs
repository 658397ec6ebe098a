//! The bytes of stored decisions, pools and ledgers: LEB128 variable-length integers, zigzag for signed ones
//! (the encoding that Protocol Buffers document as *varint* and *sint64*).
//!
//! Readers never panic: bytes come from a disk. Every stored value starts with a version byte of its own.

use std::fmt;

/// Why stored bytes could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// The bytes end before the value does.
    Truncated,
    /// A number is written with more bytes than it takes: nothing here writes so.
    Overlong,
    /// A number is longer than 64 bits or does not fit its field.
    Overflow,
    /// The version byte is not one this program knows; the value names what was read.
    UnknownVersion(u8),
    /// A code (policy, cause, step) is not one this program knows.
    UnknownCode(u64),
    /// A step names a candidate that its pool does not hold.
    UnknownCandidate(u64),
    /// Bytes are left over behind the value.
    TrailingBytes,
    /// A text is not UTF-8.
    NoText,
    /// It should be JSON and is none, or not the JSON of what it should hold.
    InvalidJson,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated => write!(f, "the record ends too early"),
            Self::Overlong => write!(f, "a number in the record is padded"),
            Self::Overflow => write!(f, "a number in the record is out of range"),
            Self::UnknownVersion(v) => write!(f, "the record has version {v}, which this program does not know"),
            Self::UnknownCode(c) => write!(f, "the record has a code {c} that this program does not know"),
            Self::UnknownCandidate(i) => write!(f, "the record names candidate {i}, which its pool does not hold"),
            Self::TrailingBytes => write!(f, "the record has bytes behind its end"),
            Self::NoText => write!(f, "a text in the record is not UTF-8"),
            Self::InvalidJson => write!(f, "the record is not the JSON that was expected"),
        }
    }
}

impl std::error::Error for Malformed {}

/// Appends an unsigned number: 1 byte below 128, at most 10.
pub fn put_u64(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value as u8) | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Appends a signed number; small magnitudes of either sign are short.
pub fn put_i64(out: &mut Vec<u8>, value: i64) {
    put_u64(out, ((value << 1) ^ (value >> 63)) as u64);
}

/// Reads what the `put_*` functions wrote, front to back.
#[derive(Clone, Debug)]
pub struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// Starts at the first byte.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Whether nothing is left.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The next byte.
    ///
    /// # Errors
    /// [`Malformed::Truncated`] at the end.
    pub fn byte(&mut self) -> Result<u8, Malformed> {
        let (&first, rest) = self.0.split_first().ok_or(Malformed::Truncated)?;
        self.0 = rest;
        Ok(first)
    }

    /// The next unsigned number.
    ///
    /// # Errors
    /// [`Malformed::Truncated`], [`Malformed::Overlong`] or [`Malformed::Overflow`].
    pub fn u64(&mut self) -> Result<u64, Malformed> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                return Err(Malformed::Overflow);
            }
            value |= bits << shift;
            if byte == 0 && shift > 0 {
                return Err(Malformed::Overlong);
            }
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(Malformed::Overflow)
    }

    /// The next unsigned number that must fit 32 bits.
    ///
    /// # Errors
    /// [`Malformed::Truncated`] or [`Malformed::Overflow`].
    pub fn u32(&mut self) -> Result<u32, Malformed> {
        u32::try_from(self.u64()?).map_err(|_| Malformed::Overflow)
    }

    /// The next signed number.
    ///
    /// # Errors
    /// [`Malformed::Truncated`] or [`Malformed::Overflow`].
    pub fn i64(&mut self) -> Result<i64, Malformed> {
        let raw = self.u64()?;
        Ok((raw >> 1) as i64 ^ -((raw & 1) as i64))
    }

    /// The next byte as a yes or no.
    ///
    /// # Errors
    /// [`Malformed::Truncated`] or [`Malformed::UnknownCode`].
    pub fn flag(&mut self) -> Result<bool, Malformed> {
        match self.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            code => Err(Malformed::UnknownCode(code.into())),
        }
    }

    /// The next value, if the flag in front of it says that there is one.
    ///
    /// # Errors
    /// Those of the flag and of `read`.
    pub fn option<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, Malformed>) -> Result<Option<T>, Malformed> {
        if self.flag()? { read(self).map(Some) } else { Ok(None) }
    }

    /// The next text.
    ///
    /// # Errors
    /// [`Malformed::Truncated`], [`Malformed::Overflow`] or [`Malformed::NoText`].
    pub fn text(&mut self) -> Result<&'a str, Malformed> {
        let length = usize::try_from(self.u64()?).map_err(|_| Malformed::Overflow)?;
        let (text, rest) = self.0.split_at_checked(length).ok_or(Malformed::Truncated)?;
        self.0 = rest;
        std::str::from_utf8(text).map_err(|_| Malformed::NoText)
    }

    /// Reads the version byte that opens every stored value.
    ///
    /// # Errors
    /// [`Malformed::UnknownVersion`] unless it is `known`.
    pub fn version(&mut self, known: u8) -> Result<(), Malformed> {
        match self.byte()? {
            v if v == known => Ok(()),
            v => Err(Malformed::UnknownVersion(v)),
        }
    }

    /// Checks that the value used all its bytes.
    ///
    /// # Errors
    /// [`Malformed::TrailingBytes`].
    pub const fn finish(self) -> Result<(), Malformed> {
        if self.is_empty() { Ok(()) } else { Err(Malformed::TrailingBytes) }
    }
}
