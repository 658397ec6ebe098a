//! What operators were told by e-mail, and whose address refuses it. See [`crate::mail`].

use super::record;
use super::table::{Personal, Reference};
use crate::mail::{MailFault, MailNotice};

record! {
    pub static MAIL_NOTICES: MailNotice = "mail_notices", key 2 {
        contact as "contact_id" [.refers(Reference::to("contacts"))],
        operator as "operator_id" [.refers(Reference::to("operators"))],
        decision,
        error [.personal(Personal::Staff)],
        told_at,
    }
    [indexes: &["mail_notices_told_at"]]
}

record! {
    pub static MAIL_FAULTS: MailFault = "mail_faults", key 1 {
        operator as "operator_id" [.refers(Reference::to("operators"))],
        address [.personal(Personal::Staff)],
        error [.personal(Personal::Staff)],
        failed_at,
    }
}
