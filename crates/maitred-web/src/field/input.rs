//! Values as they were sent. The API reads JSON strictly, its queries as text ([`crate::params`]), and the dialects
//! read JSON forgivingly, each with its own words for what is wrong.

use super::choice::Choice;
use maitred_core::Timestamp;
use maitred_core::limits::Invalid;
use serde::de::DeserializeOwned;
use std::borrow::Cow;
use std::ops::RangeInclusive;
use std::sync::Arc;

/// A value as it was sent, to be read as one kind of thing or another.
pub trait Input<'a>: Sized {
    type Error: From<Invalid>;

    /// A text. A reader may refuse one of fewer characters itself, in its own words.
    ///
    /// # Errors
    /// When it is something else.
    fn text(self, chars_min: usize) -> Result<Cow<'a, str>, Self::Error>;

    /// A whole number. A reader may refuse one outside of `range` itself, in its own words.
    ///
    /// # Errors
    /// When it is something else, or beyond 64 bits.
    fn whole(self, range: RangeInclusive<i64>) -> Result<i64, Self::Error>;

    /// The id of something.
    ///
    /// # Errors
    /// When it is no whole number.
    fn id(self) -> Result<i64, Self::Error>;

    /// `true` or `false`.
    ///
    /// # Errors
    /// When it is something else.
    fn flag(self) -> Result<bool, Self::Error>;

    /// One of a few words.
    ///
    /// # Errors
    /// When it is something else; lists the words.
    fn word<T: Choice>(self) -> Result<T, Self::Error>;

    /// A time in RFC 3339.
    ///
    /// # Errors
    /// When it is something else.
    fn time(self) -> Result<Timestamp, Self::Error>;

    /// The text of a JSON object, as it was sent.
    ///
    /// # Errors
    /// When it is something else, or one that is not kept.
    fn object(self) -> Result<Arc<str>, Self::Error>;

    /// The same, and whether something in it was no character and stands for U+FFFD now. Unless a reader says
    /// otherwise, such an object is refused.
    ///
    /// # Errors
    /// As [`Input::object`].
    fn object_repaired(self) -> Result<(Arc<str>, bool), Self::Error> {
        self.object().map(|object| (object, false))
    }

    /// A list of ids. Most readers take none.
    ///
    /// # Errors
    /// When it is something else.
    fn ids(self) -> Result<Vec<i64>, Self::Error> {
        Err(Invalid("is no list that this call takes".to_owned()).into())
    }

    /// A list of texts. Most readers take none.
    ///
    /// # Errors
    /// When it is something else.
    fn texts(self) -> Result<Vec<String>, Self::Error> {
        Err(Invalid("is no list that this call takes".to_owned()).into())
    }

    /// A list of objects of one shape. Most readers take none.
    ///
    /// # Errors
    /// When it is something else; names the place in the list.
    fn objects<T: DeserializeOwned>(self) -> Result<Vec<T>, Self::Error> {
        Err(Invalid("is no list that this call takes".to_owned()).into())
    }

    /// Any JSON of so many bytes. Most readers take none.
    ///
    /// # Errors
    /// When it is longer, or nested too deeply.
    fn json(self, _bytes_max: usize) -> Result<serde_json::Value, Self::Error> {
        Err(Invalid("is no JSON that this call takes".to_owned()).into())
    }

    /// Whether it is text rather than a number.
    fn is_text(&self) -> bool;

    /// A text or a number, as intake takes them. Unless a reader says otherwise, what is no text is refused.
    ///
    /// # Errors
    /// When it is something else.
    fn scalar(self) -> Result<Scalar<'a>, Self::Error> {
        self.text(0).map(|text| Scalar::Text { text, is_broken: false })
    }
}

/// See [`Input::scalar`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scalar<'a> {
    Text {
        text: Cow<'a, str>,
        /// Whether something in it was no character.
        is_broken: bool,
    },
    /// A number as it was written.
    Number(&'a str),
}
