//! Offers: accepting a contact, or declining it, and the first response to one. On which sources contacts are offered
//! is set in [`super::sources`].

use super::contact_bodies::ContactBody;
use super::contacts::show_now;
use crate::body::RequestBody;
use crate::body::describe::BodyOf;
use crate::idempotency::Post;
use crate::reply::Reply;
use axum::extract::State;
use maitred_core::command::{Decline, OfferAnswer, Respond};
use maitred_core::urgency::ResponseKind;
use maitred_core::{Command, ContactId, OperatorId};
use maitred_web::AppState;
use maitred_web::caller::caller;
use maitred_web::field::types::{DECISION, NOTE, OPERATOR_ID, RESPONSE_KIND};
use maitred_web::field::{FieldType, Fields};
use maitred_web::params::Ids;
use maitred_web::problem::Problem;
use maitred_web::problem::refusals::IN_PATH;
use maitred_web::routes::Routes;
use maitred_web::rules::{May, own};
use std::sync::Arc;
use utoipa_axum::routes;

pub(super) fn routes() -> Routes<AppState> {
    Routes::new()
        .call(own(May::OwnOffer), routes!(accept))
        .call(own(May::OwnOffer), routes!(decline))
        .call(own(May::OwnOffer), routes!(respond))
}

/// To which offer a request is an answer.
struct Whose {
    operator: Option<OperatorId>,
    decision: Option<u32>,
}

impl Whose {
    fn read(fields: &mut impl Fields) -> Self {
        Self {
            operator: fields.optional("operator_id", OPERATOR_ID, ABOUT_OPERATOR),
            decision: fields.optional("decision", DECISION.example("0"), ABOUT_DECISION),
        }
    }

    /// An operator speaks for themselves.
    fn answer(self, contact: i64) -> Result<OfferAnswer, Problem> {
        let operator = self.operator.or(caller()?.own_operator());
        Ok(OfferAnswer { contact: ContactId(contact), operator, decision: self.decision })
    }
}

const ABOUT_OPERATOR: &str = "Who was offered it, as far as you know: if somebody else has it by now, nothing changes. \
                              Without it, the operator who has it; for the key of an operator, that operator.";
const ABOUT_DECISION: &str = "The `decision` of the contact when it was shown. If it was offered again since, nothing \
                              changes.";

type ContactAccept = BodyOf<AcceptRequest>;

/// Accepting a contact.
pub(super) struct AcceptRequest(Whose);

impl RequestBody for AcceptRequest {
    const SCHEMA: &'static str = "ContactAccept";
    const ABOUT: &'static str = "To which offer this is an answer.";
    const EXAMPLE: Option<&'static str> = Some(r#"{"decision": 0}"#);

    fn read(fields: &mut impl Fields) -> Option<Self> {
        Some(Self(Whose::read(fields)))
    }
}

/// Accept a contact
///
/// The operator who was offered the contact has it from now on. Accepting it again changes nothing; one that was not
/// offered can be accepted as well, to say that somebody is on it.
#[utoipa::path(
    post, path = "/api/v1/contacts/{id}/accept", tag = "contacts", params(("id" = i64, Path)),
    request_body = ContactAccept,
    responses(
        (status = OK, description = "The contact after the change", body = ContactBody),
        (status = CONFLICT, description = "The offer is over; the detail says who has the contact"),
    )
)]
async fn accept(
    State(state): State<AppState>,
    Ids([id]): Ids<1>,
    Post { body: AcceptRequest(whose), keys }: Post<AcceptRequest>,
) -> Reply {
    keys.answer(&state, Command::Accept(whose.answer(id)?), IN_PATH, show_now).await
}

type ContactDecline = BodyOf<DeclineRequest>;

/// Declining a contact.
pub(super) struct DeclineRequest {
    whose: Whose,
    reason: Option<Arc<str>>,
}

impl RequestBody for DeclineRequest {
    const SCHEMA: &'static str = "ContactDecline";
    const ABOUT: &'static str = "To which offer this is an answer, and why it is declined.";
    const EXAMPLE: Option<&'static str> = Some(r#"{"reason": "Не мой регион"}"#);

    fn read(fields: &mut impl Fields) -> Option<Self> {
        let whose = Whose::read(fields);
        let reason = fields.optional("reason", NOTE.example("\"Не мой регион\""), "Kept as a note of the contact.");
        Some(Self { whose, reason })
    }
}

/// Decline a contact
///
/// The contact is offered to somebody else who was not asked yet. If nobody is left, it waits, and all are asked again
/// after the `retry_after_s` of its source.
#[utoipa::path(
    post, path = "/api/v1/contacts/{id}/decline", tag = "contacts", params(("id" = i64, Path)),
    request_body = ContactDecline,
    responses(
        (status = OK, description = "The contact after the change", body = ContactBody),
        (status = CONFLICT, description = "The offer is over, or the contact was accepted or never offered"),
    )
)]
async fn decline(
    State(state): State<AppState>,
    Ids([id]): Ids<1>,
    Post { body: DeclineRequest { whose, reason }, keys }: Post<DeclineRequest>,
) -> Reply {
    let command = Command::Decline(Decline { offer: whose.answer(id)?, reason });
    keys.answer(&state, command, IN_PATH, show_now).await
}

type ContactRespond = BodyOf<RespondRequest>;

/// A response to the lead of a contact.
pub(super) struct RespondRequest {
    whose: Whose,
    how: ResponseKind,
}

impl RequestBody for RespondRequest {
    const SCHEMA: &'static str = "ContactRespond";
    const ABOUT: &'static str = "How somebody responded, and whose contact it is.";
    const EXAMPLE: Option<&'static str> = Some(r#"{"how": "call"}"#);
    const MAY_BE_LEFT_OUT: bool = true;

    fn read(fields: &mut impl Fields) -> Option<Self> {
        let whose = Whose::read(fields);
        let how = RESPONSE_KIND.example("\"call\"");
        Some(Self { whose, how: fields.or("how", how, ResponseKind::Other, "") })
    }
}

/// Say that somebody responded
///
/// The operator who has the contact called or wrote to its lead. The first response sets `first_response_at`; later
/// ones change nothing. What was offered is accepted by that.
#[utoipa::path(
    post, path = "/api/v1/contacts/{id}/respond", tag = "contacts", params(("id" = i64, Path)),
    request_body = ContactRespond,
    responses(
        (status = OK, description = "The contact after the change", body = ContactBody),
        (status = CONFLICT, description = "The contact is resolved, waits, or is with somebody else"),
    )
)]
async fn respond(
    State(state): State<AppState>,
    Ids([id]): Ids<1>,
    Post { body: RespondRequest { whose, how }, keys }: Post<RespondRequest>,
) -> Reply {
    let command = Command::Respond(Respond { contact: whose.answer(id)?, how });
    keys.answer(&state, command, IN_PATH, show_now).await
}
