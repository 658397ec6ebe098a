//! The fairness account: what operators are owed on sources, what moved it, why a contact went to somebody else, and
//! corrections. What the figures mean is in [`maitred_app::fairness`] and docs/fairness.md.

use super::reports::{Common, checked, csv};
use crate::body::RequestBody;
use crate::body::describe::{BodyOf, Query, QueryOf};
use crate::idempotency::Post;
use crate::list::{Asked, PageParams};
use crate::reply::{self, Reply};
use axum::extract::State;
use axum::http::StatusCode;
use maitred_app::fairness::history::{AccountStep, HISTORY_DAYS_MAX, History, history};
use maitred_app::fairness::reasons::{Reasons, reasons};
use maitred_app::fairness::standing::{self, CONTACTS_MAX, Standing};
use maitred_app::fairness::{Account, CorrectionMade, SourceAccounts, account, accounts_of};
use maitred_core::command::CorrectAccount;
use maitred_core::{Command, OperatorId, Outcome, SourceId};
use maitred_store::views::CorrectionFilter;
use maitred_web::caller::caller;
use maitred_web::field::correction::AMOUNT;
use maitred_web::field::types::{CORRECTION_REASON, SOURCE_ID};
use maitred_web::field::{FieldType, Fields};
use maitred_web::params::{Ids, Params};
use maitred_web::problem::Problem;
use maitred_web::problem::refusals::{IN_PATH, unknown};
use maitred_web::routes::Routes;
use maitred_web::rules::{May, STAFF, own};
use maitred_web::{AppState, unexpected};
use std::sync::Arc;
use utoipa_axum::routes;

pub(super) fn routes() -> Routes<AppState> {
    Routes::new()
        .call(own(May::OwnOperator), routes!(show_account))
        .call(STAFF, routes!(correct_account))
        .call(own(May::OwnOperator), routes!(account_file))
        .call(own(May::OwnOperator), routes!(list_corrections))
        .call(own(May::OwnOperator), routes!(account_history))
        .call(own(May::OwnOperator), routes!(account_history_file))
        .call(own(May::OwnOperator), routes!(why_not))
        .call(own(May::OwnOperator), routes!(why_not_file))
        .call(own(May::OwnOperator), routes!(account_reasons))
        .call(own(May::OwnOperator), routes!(account_reasons_file))
        .call(STAFF, routes!(source_accounts))
        .call(STAFF, routes!(source_accounts_file))
}

/// Which source, as documented.
type AccountParams = QueryOf<AccountQuery>;

struct AccountQuery(Option<SourceId>);

impl Query for AccountQuery {
    fn read(fields: &mut impl Fields) -> Self {
        Self(fields.optional("source_id", SOURCE_ID, "Only this source; all, without."))
    }
}

/// A source that has to be named, as documented.
type OfSourceParams = QueryOf<OfSourceQuery>;

struct OfSourceQuery(SourceId);

impl Query for OfSourceQuery {
    fn read(fields: &mut impl Fields) -> Self {
        Self(fields.required("source_id", SOURCE_ID, "On which source."))
    }
}

async fn account_asked(state: &AppState, id: i64, mut params: Params) -> Result<Account, Problem> {
    let AccountQuery(source) = AccountQuery::read(&mut params);
    params.finish()?;
    expect_operator(state, id).await?;
    Ok(account(state.store(), OperatorId(id), source).await?)
}

async fn expect_operator(state: &AppState, id: i64) -> Result<(), Problem> {
    let operator = state.store().operator(OperatorId(id)).await?;
    operator.map(drop).ok_or_else(|| unknown("operator", &id))
}

/// Show the fairness account of an operator
///
/// What their weights entitled them to, what they received, what was refunded and adjusted, and what they are owed: of
/// one source, or of all together and by source. The accounts of all operators of a source, with what the source itself
/// owes, add up to zero.
#[utoipa::path(
    get, path = "/api/v1/operators/{id}/account", tag = "fairness", params(("id" = i64, Path), AccountParams),
    responses((status = OK, description = "The account", body = Account))
)]
async fn show_account(State(state): State<AppState>, Ids([id]): Ids<1>, params: Params) -> Reply {
    reply::ok(&account_asked(&state, id, params).await?)
}

/// Show the fairness account of an operator as CSV: a row for each source
#[utoipa::path(
    get, path = "/api/v1/operators/{id}/account.csv", tag = "fairness", params(("id" = i64, Path), AccountParams),
    responses((status = OK, description = "The lines of the account", body = String, content_type = "text/csv"))
)]
async fn account_file(State(state): State<AppState>, Ids([id]): Ids<1>, params: Params) -> Reply {
    Ok(csv(&account_asked(&state, id, params).await?.lines))
}

type CorrectionCreate = BodyOf<NewCorrection>;

/// How many contacts more or fewer, and why.
pub(super) struct NewCorrection {
    amount: i64,
    reason: Arc<str>,
}

impl RequestBody for NewCorrection {
    const SCHEMA: &'static str = "CorrectionCreate";
    const ABOUT: &'static str = "What an operator is to get beyond their share.";
    const EXAMPLE: Option<&'static str> = Some(r#"{"amount": 3, "reason": "Три испорченные заявки"}"#);

    fn read(fields: &mut impl Fields) -> Option<Self> {
        let amount = "How many contacts more the operator is to get, or fewer if it is negative; not 0.";
        Some(Self {
            amount: fields.required("amount", AMOUNT, amount),
            reason: fields.required("reason", CORRECTION_REASON.example("\"Three spoiled leads\""), "For all to read."),
        })
    }
}

/// Correct the fairness account of an operator
///
/// A correction is paid back in whole contacts, with at most every second contact of the source, and moves nobody
/// else's balance. Who is owed contacts gets the next that they and somebody else can take; who is ahead is passed over
/// when it is their turn and somebody else can take the contact.
#[utoipa::path(
    post, path = "/api/v1/operators/{id}/account", tag = "fairness", params(("id" = i64, Path), OfSourceParams),
    request_body = CorrectionCreate,
    responses((status = CREATED, description = "Corrected", body = CorrectionMade))
)]
async fn correct_account(
    State(state): State<AppState>,
    Ids([id]): Ids<1>,
    mut params: Params,
    Post { body: NewCorrection { amount, reason }, keys }: Post<NewCorrection>,
) -> Reply {
    let OfSourceQuery(source) = OfSourceQuery::read(&mut params);
    params.finish()?;
    let names = state.access().names_of([caller()?.actor]).await?;
    let show = |outcome| match outcome {
        Outcome::Correction(made) => {
            let author = names.get(&made.author).cloned();
            let mut response = reply::ok(&CorrectionMade::new(made, author))?;
            *response.status_mut() = StatusCode::CREATED;
            Ok(response)
        }
        other => Err(unexpected(&other)),
    };
    let new = CorrectAccount { source, operator: OperatorId(id), amount, reason };
    keys.answer(&state, Command::CorrectAccount(new), IN_PATH, show).await
}

/// List the corrections of an operator's account, newest first
#[utoipa::path(
    get, path = "/api/v1/operators/{id}/account/corrections", tag = "fairness",
    params(("id" = i64, Path), AccountParams, PageParams),
    responses((status = OK, description = "A page of corrections", body = Vec<CorrectionMade>))
)]
async fn list_corrections(State(state): State<AppState>, Ids([id]): Ids<1>, mut params: Params) -> Reply {
    let AccountQuery(source) = AccountQuery::read(&mut params);
    let asked = Asked::for_page(params)?;
    expect_operator(&state, id).await?;
    let filter = CorrectionFilter { source, operator: Some(OperatorId(id)) };
    let made = state.store().corrections(filter, asked.page).await?;
    let names = state.access().names_of(made.iter().map(|it| it.author)).await?;
    asked.reply(
        made,
        |it| it.id.0,
        |it| {
            let author = names.get(&it.author).cloned();
            CorrectionMade::new(it, author)
        },
    )
}

/// A period and a source, as documented.
type HistoryParams = QueryOf<HistoryQuery>;

struct HistoryQuery(Common);

impl Query for HistoryQuery {
    fn read(fields: &mut impl Fields) -> Self {
        Self(Common::of_source(fields))
    }
}

async fn history_asked(state: &AppState, id: i64, mut params: Params) -> Result<History, Problem> {
    let HistoryQuery(common) = HistoryQuery::read(&mut params);
    let source = common.source.unwrap_or(SourceId(0));
    let period = checked(state, params, &common, None, HISTORY_DAYS_MAX).await?;
    expect_operator(state, id).await?;
    Ok(history(state.store(), OperatorId(id), source, [period.from, period.to]).await?)
}

/// List what moved the balance of an operator on a source
///
/// The half hours of a period of at most 31 days in which anything did, in order.
#[utoipa::path(
    get, path = "/api/v1/operators/{id}/account/history", tag = "fairness",
    params(("id" = i64, Path), HistoryParams),
    responses((status = OK, description = "The steps of the balance", body = Vec<AccountStep>))
)]
async fn account_history(State(state): State<AppState>, Ids([id]): Ids<1>, params: Params) -> Reply {
    reply::ok(&history_asked(&state, id, params).await?.steps)
}

/// List what moved the balance of an operator on a source as CSV
#[utoipa::path(
    get, path = "/api/v1/operators/{id}/account/history.csv", tag = "fairness",
    params(("id" = i64, Path), HistoryParams),
    responses((status = OK, description = "The steps of the balance", body = String, content_type = "text/csv"))
)]
async fn account_history_file(State(state): State<AppState>, Ids([id]): Ids<1>, params: Params) -> Reply {
    Ok(csv(&history_asked(&state, id, params).await?.steps))
}

async fn standings(state: &AppState, id: i64, mut params: Params) -> Result<Vec<Standing>, Problem> {
    let OfSourceQuery(source) = OfSourceQuery::read(&mut params);
    params.finish()?;
    expect_operator(state, id).await?;
    let found = state.store().source(source).await?.ok_or_else(|| unknown("source", &source))?;
    Ok(standing::latest(state.store(), OperatorId(id), &found, CONTACTS_MAX, &caller()?).await?)
}

/// Explain why an operator did not get the latest contacts of a source
///
/// The last decisions about the 50 contacts that arrived last, newest first: whether the operator got the contact, else
/// why not, and what was compared. Nothing is said about the leads. Operators see who got it unless the source hides
/// names.
#[utoipa::path(
    get, path = "/api/v1/operators/{id}/account/contacts", tag = "fairness",
    params(("id" = i64, Path), OfSourceParams),
    responses((status = OK, description = "How each contact was decided", body = Vec<Standing>))
)]
async fn why_not(State(state): State<AppState>, Ids([id]): Ids<1>, params: Params) -> Reply {
    reply::ok(&standings(&state, id, params).await?)
}

/// Explain why an operator did not get the latest contacts of a source as CSV
#[utoipa::path(
    get, path = "/api/v1/operators/{id}/account/contacts.csv", tag = "fairness",
    params(("id" = i64, Path), OfSourceParams),
    responses((status = OK, description = "How each contact was decided", body = String, content_type = "text/csv"))
)]
async fn why_not_file(State(state): State<AppState>, Ids([id]): Ids<1>, params: Params) -> Reply {
    Ok(csv(&standings(&state, id, params).await?))
}

async fn reasons_asked(state: &AppState, id: i64, mut params: Params) -> Result<Reasons, Problem> {
    let HistoryQuery(common) = HistoryQuery::read(&mut params);
    let source = common.source.unwrap_or(SourceId(0));
    let period = checked(state, params, &common, None, HISTORY_DAYS_MAX).await?;
    expect_operator(state, id).await?;
    let found = state.store().source(source).await?.ok_or_else(|| unknown("source", &source))?;
    Ok(reasons(state.store(), OperatorId(id), &found, [period.from, period.to], &caller()?).await?)
}

/// Count why an operator did not get contacts of a source
///
/// Over the contacts that arrived in a period of at most 31 days, the last 500 of them: in how many decisions the
/// operator got the contact, and in how many not for which reason. Of each contact its last three decisions count.
#[utoipa::path(
    get, path = "/api/v1/operators/{id}/account/reasons", tag = "fairness",
    params(("id" = i64, Path), HistoryParams),
    responses((status = OK, description = "How often there was which reason", body = Reasons))
)]
async fn account_reasons(State(state): State<AppState>, Ids([id]): Ids<1>, params: Params) -> Reply {
    reply::ok(&reasons_asked(&state, id, params).await?)
}

/// Count why an operator did not get contacts of a source as CSV
#[utoipa::path(
    get, path = "/api/v1/operators/{id}/account/reasons.csv", tag = "fairness",
    params(("id" = i64, Path), HistoryParams),
    responses((status = OK, description = "How often there was which reason", body = String, content_type = "text/csv"))
)]
async fn account_reasons_file(State(state): State<AppState>, Ids([id]): Ids<1>, params: Params) -> Reply {
    Ok(csv(&reasons_asked(&state, id, params).await?.reasons))
}

async fn accounts_asked(state: &AppState, id: i64) -> Result<SourceAccounts, Problem> {
    accounts_of(state.store(), SourceId(id)).await?.ok_or_else(|| unknown("source", &id))
}

/// Show the fairness accounts of a source
///
/// Of all operators who serve it, or received something of it.
#[utoipa::path(
    get, path = "/api/v1/sources/{id}/accounts", tag = "fairness", params(("id" = i64, Path)),
    responses((status = OK, description = "The accounts", body = SourceAccounts))
)]
async fn source_accounts(State(state): State<AppState>, Ids([id]): Ids<1>) -> Reply {
    reply::ok(&accounts_asked(&state, id).await?)
}

/// Show the fairness accounts of a source as CSV
#[utoipa::path(
    get, path = "/api/v1/sources/{id}/accounts.csv", tag = "fairness", params(("id" = i64, Path)),
    responses((status = OK, description = "The accounts", body = String, content_type = "text/csv"))
)]
async fn source_accounts_file(State(state): State<AppState>, Ids([id]): Ids<1>) -> Reply {
    Ok(csv(&accounts_asked(&state, id).await?.lines))
}
