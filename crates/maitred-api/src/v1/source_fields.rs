//! The parts that sources have in new ones and in changes, and what the document says of them.

use maitred_app::identity::Region;
use maitred_core::command::{OfferEdit, UrgencyEdit};
use maitred_core::limits::Invalid;
use maitred_core::offer::OfferRules;
use maitred_core::urgency::UrgencyRules;
use maitred_web::field::ageing::AGEING;
use maitred_web::field::types::{FLAG, OFFER_COUNT, OFFER_SECONDS, PRIORITY, RESPOND_SECONDS, Text};
use maitred_web::field::{FieldType, Fields};
use std::sync::Arc;

pub(super) const SHIFT_END: &str = "shift_end_release_s";

pub(super) fn new_offers(fields: &mut impl Fields) -> OfferRules {
    let retry_after_s = OfferRules::RETRY_AFTER_S_DEFAULT;
    OfferRules {
        accept_within_s: fields.optional("accept_within_s", OFFER_SECONDS.example("60"), ABOUT_ACCEPT),
        retry_after_s: fields.or("retry_after_s", OFFER_SECONDS, retry_after_s, ABOUT_RETRY),
        pause_after_misses: fields.optional("pause_after_misses", OFFER_COUNT.example("3"), ABOUT_MISSES),
        escalate_after_rounds: fields.optional("escalate_after_rounds", OFFER_COUNT.example("2"), ABOUT_ROUNDS),
        declines_are_free: fields.or("declines_are_free", FLAG, false, ABOUT_FREE),
    }
}

pub(super) fn edited_offers(fields: &mut impl Fields) -> OfferEdit {
    OfferEdit {
        accept_within_s: fields.removable("accept_within_s", OFFER_SECONDS, "`null`: contacts are offered no longer."),
        retry_after_s: fields.edited("retry_after_s", OFFER_SECONDS, ""),
        pause_after_misses: fields.removable("pause_after_misses", OFFER_COUNT, "`null` = never."),
        escalate_after_rounds: fields.removable("escalate_after_rounds", OFFER_COUNT, "`null` = never."),
        declines_are_free: fields.edited("declines_are_free", FLAG, ABOUT_FREE),
    }
}

pub(super) const ABOUT_AWAY_RELEASE: &str = "After how many seconds for which an operator is away, whom nobody \
     heard from, their contacts of this source go to others; without it they stay. A change holds for those who leave \
     from then on.";
pub(super) const ABOUT_SHIFT_END: &str = "After how many seconds beyond the end of an operator's shift their \
     contacts of this source go to others; without it they stay. A change holds for those who leave from then on.";
pub(super) const ABOUT_NO_RELEASE: &str = "`null`: they stay. It holds for those who leave from then on.";

pub(super) fn new_urgency(fields: &mut impl Fields) -> UrgencyRules {
    UrgencyRules {
        respond_within_s: fields.optional("respond_within_s", RESPOND_SECONDS.example("900"), ABOUT_RESPOND),
        ageing: fields.optional("ageing", AGEING.example(AGEING_EXAMPLE), ABOUT_AGEING).unwrap_or_default(),
        escalate_priority: fields.optional("escalate_priority", PRIORITY, ABOUT_ESCALATE),
    }
}

pub(super) fn edited_urgency(fields: &mut impl Fields) -> UrgencyEdit {
    UrgencyEdit {
        respond_within_s: fields.removable("respond_within_s", RESPOND_SECONDS, ABOUT_OTHER_RESPOND),
        ageing: fields.removable("ageing", AGEING, ABOUT_OTHER_AGEING).map(Option::unwrap_or_default),
        escalate_priority: fields.removable("escalate_priority", PRIORITY, "`null`: it stays as it is."),
    }
}

pub(super) const ABOUT_WHEN_OPEN: &str = "What a further message of a lead does who has an open contact on the \
     source: `new` makes another contact, `append` adds it to that contact. If left out, `append` for the kinds \
     `telegram` and `whatsapp`, and `new` for all others; a later change of the kind does not change it.";
pub(super) const ABOUT_REOPEN: &str = "With `append`: for how many seconds after it was resolved a contact is \
     reopened by a further message; without it, a resolved contact stays so.";
pub(super) const AGEING_EXAMPLE: &str = r#"[{"after_s": 300, "priority": 5}, {"after_s": 900, "priority": 10}]"#;
pub(super) const ABOUT_AGEING: &str =
    "Who has waited for so long has at least that priority: at most 8 steps, `after_s` rises from step to step.";
pub(super) const ABOUT_OTHER_AGEING: &str = "`null` or an empty list: priorities rise no further. Those who wait \
     follow the new steps at once; what they have reached stays.";
pub(super) const ABOUT_ESCALATE: &str =
    "The least priority of a contact after `escalate_after_rounds`; without it, it stays as it is.";
pub(super) const ABOUT_RESPOND: &str = "Within how many seconds of its arrival a contact is to have its first \
     response, 10 to 1 209 600; without it, whenever. If nobody responds, the event `contact_overdue` comes.";
pub(super) const ABOUT_OTHER_RESPOND: &str = "`null` = whenever. It counts for contacts that arrive from now on.";
pub(super) const ABOUT_ACCEPT: &str = "For how many seconds an operator may accept a contact, 5 to 86 400. \
     Without it contacts are not offered: the operator who gets one has it.";
pub(super) const ABOUT_RETRY: &str =
    "For how many seconds a contact waits when all who are free did not accept it, before they are asked again.";
pub(super) const ABOUT_MISSES: &str =
    "After how many offers in a row without an answer an operator is paused; without it, never.";
pub(super) const ABOUT_ROUNDS: &str =
    "After how many rounds in which nobody accepted a contact the event `contact_escalated` comes; without it, never.";
pub(super) const ABOUT_FREE: &str = "Whether an operator who declines a contact is owed another: it does not count \
     against their share. Who lets the time pass is owed nothing.";
pub(super) const ABOUT_HIDES_NAMES: &str =
    "Whether operators who ask why they did not get a contact are told the reason, but not who got it.";
pub(super) const STICKY: &str =
    "Whether returning leads go to their last operator for this source, if that operator can take the contact.";
pub(super) const ABOUT_REGION: &str =
    "The region (ISO 3166-1) of phones without a country code; if left out, that of the deployment.";
pub(super) const ABOUT_ID_SPACE: &str = "Sources with the same `id_space` share external ids: one id is one \
     person on all of them. If left out, ids of sources of the kinds `telegram` and `whatsapp` are shared by kind, all \
     others mean somebody on this source alone.";
pub(super) const ABOUT_OTHER_ID_SPACE: &str = "`null` = that of its kind or its own. Stored ids stay in their \
     space; those of the source's own are found in the new one too.";
pub(super) const REPLY_URL_EXAMPLE: &str = r#""https://t.me/{external_id}""#;
pub(super) const ABOUT_REPLY_URL: &str = "Where a lead is answered: an address with `https`, `http` or `tg` in \
     which `{external_id}`, `{phone}` (its digits, with the country code) and `{email}` stand for those of the lead. \
     They are percent-encoded, and stand behind the host. The console shows the link.";
pub(super) const ABOUT_SHORT_PHONES: &str = "For sources of a telephone system: phones of one to four digits are \
     extensions, which mean one person in the id space of the source. On all other sources they identify nobody.";
pub(super) const ABOUT_OTHER_REGION: &str = "`null` = the region of the deployment. Stored phones that could not \
     be read can be read again then, by `POST /api/v1/sources/{id}/phones/reread`.";
pub(super) const ABOUT_CALENDAR: &str =
    "By which calendar it is open; without it, always. While it is closed, its contacts wait.";
pub(super) const ABOUT_FALLBACK: &str = "Where its contacts go while it is closed and that source is open, and \
     after `escalate_after_rounds` rounds of offers that nobody accepted. Sources never fall back in a circle. Without \
     it, or with `null`, they wait.";
pub(super) const ABOUT_OTHER_CALENDAR: &str = "By which calendar it is open; `null`: always. While it is closed, \
     its contacts wait; when it opens, they are given to somebody.";
pub(super) const REGION: Text<Arc<str>> = Text { check: region, pattern: None, chars_min: 0, chars_max: None };

pub(super) fn region(text: &str) -> Result<Arc<str>, Invalid> {
    Ok(Region::try_from(text)?.to_string().into())
}
