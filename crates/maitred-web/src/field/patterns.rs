//! Regular expressions for the document: which texts are taken. [`maitred_core::limits`] checks the same by hand.

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
