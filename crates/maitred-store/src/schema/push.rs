//! Browsers in which operators are told, and what they were told there. See [`crate::push`].

use super::record;
use super::table::{Personal, Reference};
use crate::push::{Browser, PushKey, PushNotice};

record! {
    pub static PUSH_KEY: PushKey = "push_key", key 1 { one, private_key, created_at, }
}

record! {
    pub static PUSH_BROWSERS: Browser = "push_browsers", key 1 {
        id,
        operator as "operator_id" [.refers(Reference::to("operators"))],
        url [.personal(Personal::Staff)],
        public_key,
        auth,
        language [.personal(Personal::Staff)],
        created_at,
        told_at,
        error,
    }
    [indexes: &["push_browsers_operator"]]
}

record! {
    pub static PUSH_NOTICES: PushNotice = "push_notices", key 2 {
        contact as "contact_id" [.refers(Reference::to("contacts"))],
        operator as "operator_id" [.refers(Reference::to("operators"))],
        decision,
        error,
        told_at,
    }
    [indexes: &["push_notices_told_at"]]
}
