//! Taking contacts and identities off a lead, to a new one: the undo of a merge, and of a recognition that was wrong.

use super::leads::card;
use crate::body::RequestBody;
use crate::body::describe::BodyOf;
use crate::idempotency::Post;
use crate::reply::{self, Reply};
use axum::extract::State;
use maitred_core::command::SplitLead;
use maitred_core::{Command, ContactId, Identity, IdentityKind, LeadId, Outcome};
use maitred_web::field::lists::{CONTACT_IDS, IDENTITIES};
use maitred_web::field::types::NAME;
use maitred_web::field::{FieldType, Fields};
use maitred_web::params::Ids;
use maitred_web::problem::refusals::IN_PATH;
use maitred_web::{AppState, unexpected};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

pub(super) type LeadSplit = BodyOf<SplitRequest>;

/// What is taken off a lead.
pub(super) struct SplitRequest {
    contacts: Vec<ContactId>,
    /// External ids, phones, emails, as the lead has them.
    values: [Vec<String>; 3],
    name: Option<Arc<str>>,
}

impl RequestBody for SplitRequest {
    const SCHEMA: &'static str = "LeadSplit";
    const ABOUT: &'static str = "What is taken off a lead: at least one contact or identity.";
    const EXAMPLE: Option<&'static str> = Some(r#"{"contact_ids": [12], "phones": ["+79991234567"]}"#);

    fn read(fields: &mut impl Fields) -> Option<Self> {
        let request = Self {
            contacts: fields
                .optional("contact_ids", CONTACT_IDS.example("[12]"), "Contacts of the lead.")
                .unwrap_or_default(),
            values: [
                fields.optional("external_ids", IDENTITIES, ABOUT_EXTERNAL_IDS).unwrap_or_default(),
                fields.optional("phones", IDENTITIES, "As the lead has them.").unwrap_or_default(),
                fields.optional("emails", IDENTITIES, "As the lead has them.").unwrap_or_default(),
            ],
            name: fields.optional("name", NAME, "How the new lead is called."),
        };
        if request.contacts.is_empty() && request.values.iter().all(Vec::is_empty) && !fields.has_errors_at(&[]) {
            fields.fail_whole(
                "there is nothing to take off; give at least one of contact_ids, external_ids, phones, emails",
            );
        }
        Some(request)
    }
}

const ABOUT_EXTERNAL_IDS: &str = "As the lead has them; each goes with all its id spaces.";

/// Where it went.
#[derive(Serialize, ToSchema)]
#[schema(as = LeadSplitResult)]
pub(super) struct SplitBody {
    /// The new lead.
    #[schema(value_type = i64, example = 13)]
    lead_id: LeadId,
}

/// Take contacts and identities off a lead
///
/// They move to a new lead: to undo a merge, or to separate two people who were taken for one.
/// Operators keep their contacts.
#[utoipa::path(
    post, path = "/api/v1/leads/{id}/split", tag = "leads", params(("id" = i64, Path)), request_body = LeadSplit,
    responses(
        (status = CREATED, description = "They are a new lead's", body = SplitBody,
         headers(("Location" = String, description = "The address of the new lead"))),
        (status = CONFLICT, description = "The lead was erased, or was merged into another"),
    )
)]
pub(super) async fn split(
    State(state): State<AppState>,
    Ids([id]): Ids<1>,
    Post { body, keys }: Post<SplitRequest>,
) -> Reply {
    let known = card(&state, id).await?.identities;
    let SplitRequest { contacts, values, name } = body;
    let mut identities = Vec::new();
    for (kind, values) in IdentityKind::ALL.into_iter().zip(values) {
        for value in values {
            let same = known.iter().filter(|it| it.kind == kind && *it.value == *value);
            let before = identities.len();
            identities.extend(same.cloned());
            if identities.len() == before {
                // It is refused, in the words for what is another lead's, unless this was carried out before.
                identities.push(Identity::new(kind, value));
            }
        }
    }
    let command = Command::SplitLead(SplitLead { lead: LeadId(id), contacts, identities, name });
    keys.answer(&state, command, IN_PATH, |outcome| match outcome {
        Outcome::Lead(new) => reply::created(format!("/api/v1/leads/{}", new.id), &SplitBody { lead_id: new.id }),
        other => Err(unexpected(&other)),
    })
    .await
}
