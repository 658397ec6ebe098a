//! Regular expressions for the document: which texts are taken. [`maitred_core::limits`] and
//! [`maitred_core::reply_url`] check the same by hand.

/// What is trimmed: the white space of Unicode.
macro_rules! white {
    () => {
        r"\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
    };
}

/// Control characters.
macro_rules! control {
    () => {
        r"\u0000-\u001f\u007f-\u009f"
    };
}

/// Something to be seen, white space around it, and no control character within.
macro_rules! seen {
    () => {
        concat!("[^", white!(), control!(), "]([^", control!(), "]*[^", white!(), control!(), "])?[", white!(), "]*")
    };
}

/// One line that is not blank.
pub const LINE: &str = concat!("^[", white!(), "]*", seen!(), "$");
pub const LINE_OR_BLANK: &str = concat!("^[", white!(), "]*(", seen!(), ")?$");
/// Anything but the one character that not every database keeps.
pub const TEXT: &str = r"^[^\u0000]*$";

/// The same with at least one character that is neither white space nor control character.
pub const SEEN: &str = concat!(r"^[^\u0000]*[^", white!(), control!(), r"][^\u0000]*$");

/// What stands in no URL, and braces.
macro_rules! no_url {
    () => {
        concat!(white!(), control!(), r#""<>\\^`|{}"#)
    };
}

/// Something that a URL has, or the place of an identity.
macro_rules! url_part {
    () => {
        concat!("([^", no_url!(), "]|", identity_place!(), ")*")
    };
}

macro_rules! identity_place {
    () => {
        r"\{(external_id|phone|email)\}"
    };
}

/// A URL of the web; what else one has to be is more than a pattern says.
pub const ENDPOINT_URL: &str = "^[Hh][Tt][Tt][Pp][Ss]?://";

/// Scheme, host, and behind it at least one place of an identity.
pub const REPLY_URL: &str = concat!(
    "^[",
    white!(),
    "]*([Hh][Tt][Tt][Pp][Ss]?|[Tt][Gg])://[^@/?#",
    no_url!(),
    "]+[/?#]",
    url_part!(),
    identity_place!(),
    url_part!(),
    "[",
    white!(),
    "]*$"
);
