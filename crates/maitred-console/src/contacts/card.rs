//! One contact, `/contacts/{id}`: the person, what was sent, where it stands and why, and what people do with it.
//! Operators have this page of their own contacts; one that leaves them leads them back to their desk. A transfer to
//! somebody who is full or paused is asked about on a page of its own, and refused to operators.

use crate::contacts::choices::Choices;
use crate::contacts::force::NeedsForce;
use crate::contacts::messages::{Messages, blocked_at};
use crate::contacts::sent::{fields_of, sent};
use crate::contacts::story::{Before, Story};
use crate::contacts::{entered, messages, notes, responses, rows, schedule, selected};
use crate::forms::{Form, status, whole};
use crate::lead_names::{self, called};
use crate::pauses;
use crate::reach::{Reach, reach};
use crate::shell::{Page as Shell, Section, Viewer, see_other};
use crate::texts::Texts;
use crate::why_waiting::Line;
use crate::{ConsoleState, times};
use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use maitred_app::identity::spelled;
use maitred_app::telegram::replies;
use maitred_core::command::{ContactEdit, Decline, OfferAnswer, Transfer};
use maitred_core::reservation::RESERVED_S_DEFAULT;
use maitred_core::{Command, Contact, ContactId, Identity, Operator, OperatorId, Outcome, Rejection, Status, limits};
use maitred_store::views::{Named, distinct};
use maitred_web::caller::caller;
use maitred_web::params::{self, Ids};
use maitred_web::problem::refusals::{IN_PATH, unknown};
use maitred_web::problem::{Problem, kinds};
use maitred_web::routes::Routes;
use maitred_web::rules::{May, own};
use maitred_web::{AppState, unexpected};

/// What the address has when a contact was just entered by hand.
pub(super) const ENTERED: &str = "entered";
/// The same if that was added to the open contact of its lead.
pub(super) const APPENDED: &str = "appended";

pub(super) fn routes() -> Routes<ConsoleState> {
    Routes::new()
        .get("/contacts/{id}", own(May::OwnContact), show)
        .post("/contacts/{id}/resolve", own(May::OwnContact), resolve)
        .post("/contacts/{id}/reopen", own(May::OwnContact), reopen)
        .post("/contacts/{id}/release", own(May::OwnContact), release)
        .post("/contacts/{id}/accept", own(May::OwnOffer), accept)
        .post("/contacts/{id}/decline", own(May::OwnOffer), decline)
        .post("/contacts/{id}/respond", own(May::OwnOffer), responses::respond)
        .post("/contacts/{id}/transfer", own(May::OwnContact), transfer)
        .post("/contacts/{id}/priority", own(May::OwnContact), set_priority)
        .post("/contacts/{id}/schedule", own(May::OwnContact), set_time)
        .post("/contacts/{id}/notes", own(May::OwnContact), notes::add)
        .post("/contacts/{id}/messages", own(May::OwnContact), messages::write)
}

async fn show(
    viewer: Viewer,
    State(state): State<AppState>,
    Ids([id]): Ids<1>,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    let query = Form::filled(serde_urlencoded::from_str::<Vec<_>>(&raw.unwrap_or_default()).unwrap_or_default());
    let contact = contact(&state, id).await?;
    let before =
        Before { decision: query.value("before").parse().ok(), note: query.value("notes_before").parse().ok() };
    // The form is of the priority alone; this one comes from the address.
    let just = [ENTERED, APPENDED].into_iter().find(|name| query.is_ticked(name));
    let form = just.map_or_else(Form::default, |name| Form::default().and(name, "true".to_owned()));
    show_with(&viewer, &state, contact, form, before).await
}

pub(super) async fn show_with(
    viewer: &Viewer,
    state: &AppState,
    contact: Contact,
    mut form: Form,
    before: Before,
) -> Result<Response, Problem> {
    let id = contact.id;
    form.fill("priority", || contact.own_priority().to_string());
    form.fill("not_before", || schedule::typed(viewer, &contact));
    form.fill("wanted_operator_id", || schedule::wanted(&contact));
    let form = &form;
    let story = Story::read(viewer, state, &contact, before).await?;
    let named = state.store().named(rows::mentioned(std::slice::from_ref(&contact))).await?;
    let lead = state.store().lead(contact.lead).await?;
    let page = viewer.page(viewer.t.n("contact-number", id.0), section(viewer));
    // Of one that waits, the page says why, and behind how many.
    let around = match contact.status {
        Status::Waiting => format!("&source_id={}&staff=true", contact.source),
        Status::Assigned | Status::Resolved => String::new(),
    };
    let messages = Messages::read(viewer, state, id).await?;
    let can_reply = replies::place_of(state.app().telegram(), state.store(), &contact).await?.is_ok();
    let line = Line::read(viewer, state, &contact).await?;
    let page = page.live(&format!("/live/changes?contact_id={id}{around}"));
    let page = page.again_at(line.as_ref().and_then(|(_, until)| *until));
    let card = CardPage {
        called: called(viewer.t, contact.lead, named.leads.get(&contact.lead)),
        attributes: fields_of(contact.attributes.as_deref()),
        sent: sent(viewer, &contact),
        entered: match form.is_ticked(ENTERED) {
            true => entered::sentences(viewer, &contact, lead.as_ref(), &named),
            false if form.is_ticked(APPENDED) => vec![viewer.t.t("entered-appended")],
            false => Vec::new(),
        },
        takes_notes: lead.as_ref().is_some_and(|card| card.lead.erased_at.is_none()),
        identities: lead.map(|card| card.identities).unwrap_or_default(),
        choices: Choices::read(state).await?,
        line: line.map(|(html, _)| html),
        messages,
        can_reply,
        page,
        contact,
        named,
        form,
        story,
    };
    viewer.show_as(status(form), &card)
}

#[derive(Template)]
#[template(path = "contacts/contact.html")]
struct CardPage<'a> {
    page: Shell<'a>,
    contact: Contact,
    named: Named,
    called: lead_names::Called,
    attributes: Vec<(String, String)>,
    /// What was sent of the lead and is not part of the lead.
    sent: Vec<(String, String)>,
    /// All identities of its lead.
    identities: Vec<Identity>,
    /// What is said of it if it was just entered by hand.
    entered: Vec<String>,
    /// Whether notes can be added: nothing is written about an erased lead.
    takes_notes: bool,
    choices: Choices,
    /// Why it waits, and behind how many, as html; none if it does not wait.
    line: Option<String>,
    form: &'a Form,
    story: Story,
    /// What was said after it arrived, as far as it is shown: the last comes last.
    messages: Messages,
    /// Whether its lead can be written to from here.
    can_reply: bool,
}

impl CardPage<'_> {
    fn status(&self) -> String {
        rows::state(self.page.t, &self.contact)
    }

    /// What finds the person: each identity with its kind.
    fn identities(&self) -> impl Iterator<Item = (String, String)> {
        let t = self.page.t;
        distinct(&self.identities).map(move |identity| (lead_names::kind(t, identity), spelled(identity)))
    }

    /// Since when its lead is known to have blocked the bot that would write to them, as html.
    fn blocked(&self) -> Option<String> {
        let at = blocked_at(&self.named, &self.contact).filter(|_| self.can_reply)?;
        Some(times::moment(&self.page.viewer.zone, at))
    }

    fn reach(&self) -> Vec<Reach> {
        reach(self.page.t, self.named.sources.get(&self.contact.arrived_on()), &self.identities, &self.called.first)
    }

    fn source(&self) -> &str {
        self.named.sources.get(&self.contact.source).map_or("", |source| &source.name)
    }

    /// Where it arrived, if it went to another source since.
    fn arrived_on(&self) -> Option<&str> {
        let original = self.contact.original_source.filter(|original| *original != self.contact.source)?;
        self.named.sources.get(&original).map(|source| &*source.name)
    }

    /// Whether its source is still there; without one it is not opened again.
    fn has_source(&self) -> bool {
        self.named.sources.get(&self.contact.source).is_some_and(|source| source.deleted_at.is_none())
    }

    fn operator(&self) -> Option<&str> {
        self.named.operators.get(&self.contact.operator?).map(|name| &**name)
    }

    /// For when it is scheduled, as the form has it.
    fn not_before(&self) -> String {
        schedule::typed(self.page.viewer, &self.contact)
    }

    fn schedule_hint(&self) -> String {
        self.page.t.t(if self.is_assigned() { "contact-schedule-taken" } else { "contact-schedule-hint" })
    }

    fn wanted_hint(&self) -> String {
        self.page.t.n("contact-wanted-hint", RESERVED_S_DEFAULT / 60)
    }

    /// Who is to get it.
    fn wanted(&self) -> Option<String> {
        let id = self.contact.wanted_operator?;
        let known = self.choices.operators.iter().find(|operator| operator.id == id);
        Some(known.map_or_else(|| self.page.t.n("operator-number", id.0), |operator| operator.name.to_string()))
    }

    fn is_open(&self) -> bool {
        self.contact.status != Status::Resolved
    }

    /// The operator who has it, or had it; empty while it waits.
    fn holder(&self) -> String {
        self.contact.operator.map(|id| id.to_string()).unwrap_or_default()
    }

    /// The priority that counts, if it is higher than what was sent.
    fn raised(&self) -> Option<String> {
        self.contact.sent_priority.map(|_| rows::signed(self.page.t, self.contact.priority))
    }

    /// For how long it is overdue, as html.
    fn overdue(&self) -> Option<String> {
        responses::overdue(self.page.t, &self.contact, self.page.viewer.now)
    }

    const fn ways(&self) -> [(&'static str, &'static str); 2] {
        responses::WAYS
    }

    fn is_assigned(&self) -> bool {
        self.contact.status == Status::Assigned
    }

    fn moment(&self, at: &maitred_core::Timestamp) -> String {
        times::moment(&self.page.viewer.zone, *at)
    }

    /// Whether this operator has it already.
    fn has_it(&self, operator: &Operator) -> bool {
        self.is_assigned() && self.contact.operator == Some(operator.id)
    }

    fn choice(&self, operator: &Operator) -> String {
        choice(self.page.t, operator)
    }

    /// Where deleting it is asked about; none for those who may not.
    fn delete(&self) -> Option<String> {
        let pairs = [("action", "delete"), ("contact", &selected::value(&self.contact))];
        let query = serde_urlencoded::to_string(pairs).ok()?;
        (self.page.may(selected::PATH) && !self.page.only_reads()).then(|| format!("{}?{query}", selected::PATH))
    }
}

/// An operator to choose, with how much room they have.
pub(super) fn choice(t: Texts, operator: &Operator) -> String {
    let load = format!("{} {}", t.number(operator.current_load), t.n("load-of", operator.max_load));
    let state = match pauses::is_on(operator) {
        false => format!(", {}", t.t("operator-off")),
        true if operator.current_load >= operator.max_load => format!(", {}", t.t("operator-full")),
        true => String::new(),
    };
    format!("{} — {load}{state}", operator.name)
}

pub(super) async fn contact(state: &AppState, id: i64) -> Result<Contact, Problem> {
    state.store().contact(ContactId(id)).await?.ok_or_else(|| unknown("contact", &id))
}

async fn resolve(viewer: Viewer, State(state): State<AppState>, Ids([id]): Ids<1>) -> Result<Response, Problem> {
    edit(&viewer, &state, id, ContactEdit { is_resolved: Some(true), ..ContactEdit::default() }).await
}

async fn reopen(viewer: Viewer, State(state): State<AppState>, Ids([id]): Ids<1>) -> Result<Response, Problem> {
    edit(&viewer, &state, id, ContactEdit { is_resolved: Some(false), ..ContactEdit::default() }).await
}

async fn accept(
    viewer: Viewer,
    State(state): State<AppState>,
    Ids([id]): Ids<1>,
    form: Form,
) -> Result<Response, Problem> {
    let command = Command::Accept(offer_seen(id, &form));
    carry_out(&viewer, &state, id, command, form).await
}

async fn decline(
    viewer: Viewer,
    State(state): State<AppState>,
    Ids([id]): Ids<1>,
    form: Form,
) -> Result<Response, Problem> {
    let command = Command::Decline(Decline { offer: offer_seen(id, &form), reason: None });
    carry_out(&viewer, &state, id, command, form).await
}

/// To which offer the buttons of a page are an answer.
pub(super) fn offer_seen(id: i64, form: &Form) -> OfferAnswer {
    let operator = params::id(form.value("operator_id")).ok().map(OperatorId);
    OfferAnswer { contact: ContactId(id), operator, decision: form.value("decision").parse().ok() }
}

async fn release(
    viewer: Viewer,
    State(state): State<AppState>,
    Ids([id]): Ids<1>,
    mut form: Form,
) -> Result<Response, Problem> {
    let from = holder_seen(&mut form);
    let command = Command::Transfer(Transfer { contact: ContactId(id), from, to: None, force: false });
    carry_out(&viewer, &state, id, command, form).await
}

/// Who had the contact on the page that the form was on: a second click must not take it from the next operator.
fn holder_seen(form: &mut Form) -> Option<Option<OperatorId>> {
    form.is_ticked("from_operator_id").then(|| params::id(&form.take("from_operator_id")).ok().map(OperatorId))
}

async fn set_priority(
    viewer: Viewer,
    State(state): State<AppState>,
    Ids([id]): Ids<1>,
    mut form: Form,
) -> Result<Response, Problem> {
    let contact = contact(&state, id).await?;
    form.rebase(viewer.t, "priority", &contact.own_priority().to_string());
    let read = |text: &str| limits::priority(whole(&text.replace('\u{2212}', "-"))?);
    let read = if form.is_fine() { form.read(viewer.t, "priority", "rule-priority", read) } else { None };
    let Some(priority) = read else {
        return show_with(&viewer, &state, contact, form, Before::default()).await;
    };
    edit(&viewer, &state, id, ContactEdit { priority: Some(priority), ..ContactEdit::default() }).await
}

async fn set_time(
    viewer: Viewer,
    State(state): State<AppState>,
    Ids([id]): Ids<1>,
    mut form: Form,
) -> Result<Response, Problem> {
    let contact = contact(&state, id).await?;
    form.rebase(viewer.t, "not_before", &schedule::typed(&viewer, &contact));
    let rule = |text: &str| schedule::not_before(&viewer, text);
    let read = if form.is_fine() { form.read_if_given(viewer.t, "not_before", "rule-not-before", rule) } else { None };
    if !form.is_fine() {
        return show_with(&viewer, &state, contact, form, Before::default()).await;
    }
    let edit_of = schedule::edit(&viewer, &contact, read, &form);
    if edit_of == ContactEdit::default() {
        return see_other(&format!("/contacts/{id}"));
    }
    let wanted = |rejection: &Rejection| {
        let is_about_operator = matches!(rejection, Rejection::UnknownOperator(_) | Rejection::UnknownMembership(..));
        is_about_operator.then(|| "/wanted_operator_id".to_owned())
    };
    match state.send(Command::EditContact(ContactId(id), edit_of), &wanted).await {
        Ok(outcome) => lead_on(&outcome),
        Err(problem) if problem.kind == &kinds::UNKNOWN_REFERENCE => {
            form.fail("wanted_operator_id", viewer.t.t("contact-wanted-elsewhere"));
            show_with(&viewer, &state, contact, form, Before::default()).await
        }
        Err(problem) => refused(&viewer, &state, id, problem, form).await,
    }
}

async fn edit(viewer: &Viewer, state: &AppState, id: i64, edit: ContactEdit) -> Result<Response, Problem> {
    carry_out(viewer, state, id, Command::EditContact(ContactId(id), edit), Form::default()).await
}

/// Leads back to the contact, or shows it with what was refused.
pub(super) async fn carry_out(
    viewer: &Viewer,
    state: &AppState,
    id: i64,
    command: Command,
    form: Form,
) -> Result<Response, Problem> {
    match state.send(command, IN_PATH).await {
        Ok(outcome) => lead_on(&outcome),
        Err(problem) => refused(viewer, state, id, problem, form).await,
    }
}

/// Leads back to a contact that was changed; an operator who has it no longer, to their desk.
fn lead_on(outcome: &Outcome) -> Result<Response, Problem> {
    let Outcome::Contact(contact) = outcome else { return Err(unexpected(outcome)) };
    match caller()?.own_operator().filter(|own| contact.operator != Some(*own)) {
        Some(own) => see_other(&format!("/desk/{own}?about={}", contact.id)),
        None => see_other(&format!("/contacts/{}", contact.id)),
    }
}

/// Where the page stands in the navigation: for somebody without the list of contacts, with their desk.
pub(super) fn section(viewer: &Viewer) -> Section {
    let sees_all = viewer.visitor.as_ref().is_some_and(|visitor| visitor.may_look("/contacts"));
    if sees_all { Section::Contacts } else { Section::Desk }
}

pub(super) async fn refused(
    viewer: &Viewer,
    state: &AppState,
    id: i64,
    problem: Problem,
    mut form: Form,
) -> Result<Response, Problem> {
    form.refuse(viewer.t, problem)?;
    show_with(viewer, state, contact(state, id).await?, form, Before::default()).await
}

async fn transfer(
    viewer: Viewer,
    State(state): State<AppState>,
    Ids([id]): Ids<1>,
    mut form: Form,
) -> Result<Response, Problem> {
    let t = viewer.t;
    let from = holder_seen(&mut form);
    let Some(to) = form.read(t, "operator_id", "rule-operator", params::id).map(OperatorId) else {
        return show_with(&viewer, &state, contact(&state, id).await?, form, Before::default()).await;
    };
    let command = Command::Transfer(Transfer {
        contact: ContactId(id),
        from,
        to: Some(to),
        force: form.value("force") == "true",
    });
    let in_body =
        |rejection: &Rejection| matches!(rejection, Rejection::UnknownOperator(_)).then(|| "/operator_id".to_owned());
    let problem = match state.send(command, &in_body).await {
        Ok(outcome) => return lead_on(&outcome),
        Err(problem) => problem,
    };
    if [&kinds::OPERATOR_FULL, &kinds::OPERATOR_INACTIVE].contains(&problem.kind) {
        let operator = state.store().operator(to).await?.ok_or_else(|| unknown("operator", &to))?;
        if caller()?.own_operator().is_none() {
            return ask(&viewer, id, from, operator);
        }
        form.fail("operator_id", NeedsForce::of(&operator, viewer.now).text(t, &operator.name));
        return show_with(&viewer, &state, contact(&state, id).await?, form, Before::default()).await;
    }
    match problem.kind == &kinds::UNKNOWN_REFERENCE {
        true => form.fail("operator_id", t.t("rule-operator")),
        false => form.refuse(t, problem)?,
    }
    show_with(&viewer, &state, contact(&state, id).await?, form, Before::default()).await
}

/// The question before a forced transfer.
#[derive(Template)]
#[template(path = "contacts/force.html")]
struct ForcePage<'a> {
    page: Shell<'a>,
    contact: ContactId,
    /// Who had it on the page before.
    from: Option<Option<OperatorId>>,
    operator: Operator,
}

impl ForcePage<'_> {
    fn obstacle(&self) -> String {
        NeedsForce::of(&self.operator, self.page.viewer.now).text(self.page.t, &self.operator.name)
    }
}

fn ask(viewer: &Viewer, id: i64, from: Option<Option<OperatorId>>, operator: Operator) -> Result<Response, Problem> {
    let page = viewer.page(viewer.t.t("force-title"), Section::Contacts);
    viewer.show_as(StatusCode::CONFLICT, &ForcePage { page, contact: ContactId(id), from, operator })
}
