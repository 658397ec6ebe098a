//! The page of one operator, `/desk/{operator}`: their contacts, the oldest first, each resolved by one click; a button
//! to pause and resume; what they received compared with their share. `/desk` asks which operator one is. Operators
//! have it open on a phone all day, so it is one column there, and everything on it works without leaving it.
//!
//! What it shows of a contact and of a source is in [`rows`].

pub mod rows;

mod offers;
mod presence;

use crate::ConsoleState;
use crate::contacts::messages::{Said, blocked_at};
use crate::contacts::responses;
use crate::forms::{Form, status};
use crate::loads::Load;
use crate::pauses::{self, Paused};
use crate::periods::{self, Periods};
use crate::shell::{Page as Shell, Section, Viewer, see_other};
use crate::shifts::OffShift;
use crate::times;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use maitred_app::auth::ActorNames;
use maitred_app::periods::Period;
use maitred_app::telegram::replies;
use maitred_app::version::{Precondition, Subject, Version};
use maitred_core::command::{ContactEdit, Transfer};
use maitred_core::conversation::Message;
use maitred_core::limits::UNDO_MICROS_MAX;
use maitred_core::{Command, Contact, ContactId, Operator, OperatorId, SourceId, Status};
use maitred_store::views::{Covered, Mentioned, Named, Page, Served};
use maitred_web::AppState;
use maitred_web::caller::caller;
use maitred_web::params::{self, Ids, Params};
use maitred_web::problem::refusals::{IN_PATH, unknown};
use maitred_web::problem::{Problem, kinds};
use maitred_web::routes::Routes;
use maitred_web::rules::{May, STAFF, own};
use presence::Presence;
use rows::{Held, Notice, Share, Talk, shares};
use std::collections::{BTreeMap, BTreeSet};

/// The contacts of one page of a desk.
const CONTACTS_MAX: u32 = 50;
/// The sources it shows; the rest is not shown.
const SOURCES_MAX: u32 = 100;
/// The operators to choose from on one page.
const OPERATORS_MAX: u32 = 500;
/// The last messages of each contact that a desk shows.
const SAID_MAX: u32 = 3;
/// Of so many contacts on a page the newest is hard to find.
const NEWEST_MIN: usize = 3;
/// The contacts that can be taken back one after the other.
const UNDO_MAX: usize = 4;
/// The pauses on a desk that take one click, in minutes.
const PAUSES: [u32; 3] = [15, 30, 60];
/// For how long the page says what became of a contact that was just changed.
const TOLD_MICROS: i64 = 10 * 60 * 1_000_000;

pub(super) fn routes() -> Routes<ConsoleState> {
    Routes::new()
        .get("/desk", STAFF, choose)
        .get("/desk/{operator}", own(May::OwnOperator), show)
        .post("/desk/{operator}/active", own(May::OwnOperator), switch)
        .post("/desk/{operator}/pause", own(May::OwnOperator), pause)
        .post("/desk/{operator}/here", own(May::OwnOperator), presence::here)
        .post("/desk/{operator}/contacts/{id}/accept", own(May::OwnOperator), offers::accept)
        .post("/desk/{operator}/contacts/{id}/decline", own(May::OwnOperator), offers::decline)
        .post("/desk/{operator}/contacts/{id}/respond", own(May::OwnOperator), offers::respond)
        .post("/desk/{operator}/contacts/{id}/messages", own(May::OwnOperator), offers::reply)
        .post("/desk/{operator}/contacts/{id}/resolve", own(May::OwnOperator), resolve)
        .post("/desk/{operator}/contacts/{id}/reopen", own(May::OwnOperator), reopen)
        .post("/desk/{operator}/contacts/{id}/release", own(May::OwnOperator), release)
}

/// What a desk shows, as values.
pub struct Desk {
    operator: Operator,
    /// Some of their contacts: offers first, then the oldest.
    held: Vec<Contact>,
    /// Which part of the desk this is.
    place: Place,
    /// The last of them by arrival, if there are more behind it.
    last_of_many: Option<ContactId>,
    served: Vec<Served>,
    /// The contact that they just changed.
    about: Option<Contact>,
    /// Others that they resolved before, the last one first, which can be taken back.
    undoable: Vec<Contact>,
    named: Named,
    /// Those whose leads can be written to from here, with the last that was said.
    talks: BTreeMap<ContactId, Vec<Message>>,
    /// Who wrote what was written to leads.
    writers: ActorNames,
}

impl Desk {
    async fn read(
        state: &AppState,
        id: OperatorId,
        place: Place,
        about: Option<i64>,
        viewer: &Viewer,
    ) -> Result<Self, Problem> {
        let (store, now) = (state.store(), viewer.now);
        let operator = store.operator(id).await?.ok_or_else(|| unknown("operator", &id))?;
        let mut held = match operator.current_load {
            0 => Vec::new(),
            _ => store.held(id, Page { limit: CONTACTS_MAX + 1, after: place.after }).await?,
        };
        let has_more = held.len() > CONTACTS_MAX as usize;
        held.truncate(CONTACTS_MAX as usize);
        let last_held = held.last().map(|contact| contact.id);
        // What has to be answered soon comes first.
        held.sort_by_key(|contact| contact.accept_by.map_or((true, None), |at| (false, Some(at))));
        let about = match about {
            Some(about) => store.contact(ContactId(about)).await?,
            None => None,
        };
        // An operator who sees only their own contacts learns nothing of others, whatever id the address has.
        let sees_all = caller()?.own_operator().is_none();
        let is_told = |contact: &Contact| now.0.saturating_sub(contact.updated_at.0) < TOLD_MICROS;
        let about = about.filter(|contact| is_told(contact) && (sees_all || contact.operator == Some(id)));
        let mut undoable = store.contacts_among(place.undo.iter().copied().map(ContactId).collect()).await?;
        undoable.retain(|it| it.operator == Some(id) && it.status == Status::Resolved);
        undoable.retain(|it| it.resolved_at.is_some_and(|at| now.0.saturating_sub(at.0) <= UNDO_MICROS_MAX));
        undoable.retain(|it| about.as_ref().is_none_or(|about| about.id != it.id));
        undoable.sort_by_key(|it| place.undo.iter().position(|id| *id == it.id.0));
        let mut mentioned = Mentioned::default();
        held.iter().chain(&about).chain(&undoable).for_each(|contact| mentioned.add(contact));
        let named = store.named(mentioned).await?;
        let served =
            store.served(id, periods::span(viewer, place.period), Page { limit: SOURCES_MAX, after: None }).await?;
        let last_of_many = last_held.filter(|_| has_more);
        let talks = talks(state, &held).await?;
        let said = talks.values().flatten();
        let writers = state.access().names_of(said.filter_map(|message| message.author)).await?;
        Ok(Self { operator, held, place, last_of_many, served, about, undoable, named, talks, writers })
    }

    /// A contact as the page shows it.
    fn shown(&self, viewer: &Viewer, contact: &Contact) -> Held {
        let said = |message: &Message| {
            let by = message.author.and_then(|author| self.writers.get(&author).cloned());
            Said::new(viewer, message, by)
        };
        let talk = self.talks.get(&contact.id).map(|last| Talk {
            last: last.iter().map(said).collect(),
            decision: contact.decisions.saturating_sub(1),
            blocked: blocked_at(&self.named, contact).map(|at| times::moment(&viewer.zone, at)),
        });
        Held { talk, ..Held::new(viewer, contact, &self.named) }
    }

    /// Sources of which a cap of theirs is reached, with its end.
    fn capped(&self, viewer: &Viewer) -> Vec<(String, String)> {
        let sources: BTreeSet<SourceId> = self.operator.caps_on_all().filter_map(|cap| cap.rule.source).collect();
        // A cap of all sources is said already, and ends later or is followed by this one.
        let of_all = self.operator.capped(None, viewer.now).and_then(|away| away.until);
        let ends = sources.into_iter().filter_map(|id| {
            let until = self.operator.capped(Some(id), viewer.now)?.until.filter(|until| Some(*until) > of_all)?;
            let name = self.served.iter().find(|served| served.source.id == id)?.source.name.to_string();
            Some((name, times::soon(viewer.t, &viewer.zone, viewer.now, until)))
        });
        ends.collect()
    }

    fn periods(&self, viewer: &Viewer) -> Periods {
        let covered: Vec<Covered> = self.served.iter().map(|served| served.covered).collect();
        let address =
            |period| Place { period, after: self.place.after, undo: Vec::new() }.address(self.operator.id.0, None);
        Periods::new(viewer, self.place.period, &covered, address)
    }
}

/// Of these contacts those whose leads can be written to, with the last that was said in each.
async fn talks(state: &AppState, held: &[Contact]) -> Result<BTreeMap<ContactId, Vec<Message>>, Problem> {
    let setup = state.app().telegram().setup().await?;
    let open = held.iter().filter(|contact| replies::has_place(&setup, contact)).map(|contact| contact.id);
    let mut talks: BTreeMap<ContactId, Vec<Message>> = open.map(|id| (id, Vec::new())).collect();
    let ids: Vec<ContactId> = talks.keys().copied().collect();
    for message in state.store().latest_messages(ids, SAID_MAX).await? {
        talks.entry(message.contact).or_default().push(message);
    }
    Ok(talks)
}

#[derive(Template)]
#[template(path = "desk/desk.html")]
struct DeskPage<'a> {
    page: Shell<'a>,
    desk: &'a Desk,
    load: Load,
    held: Vec<Held>,
    shares: Vec<Share>,
    periods: Periods,
    notices: Vec<Notice>,
    gets_contacts: bool,
    paused: Option<Paused>,
    off_shift: Option<OffShift>,
    presence: Option<Presence>,
    /// Sources from which they get nothing because of a cap, and until when, as html.
    capped: Vec<(String, String)>,
    /// That of a pause.
    form: &'a Form,
}

impl<'a> DeskPage<'a> {
    fn new(viewer: &'a Viewer, desk: &'a Desk, form: &'a Form) -> Self {
        let (t, id) = (viewer.t, desk.operator.id);
        let page = viewer.page(t.of("desk-title", &desk.operator.name), Section::Desk);
        let page = page.counting(desk.operator.current_load).live(&format!("/live/changes?operator_id={id}"));
        Self {
            page: page.again_at(desk.operator.next_look(viewer.now)),
            capped: desk.capped(viewer),
            load: Load::of(&desk.operator),
            held: desk.held.iter().map(|contact| desk.shown(viewer, contact)).collect(),
            shares: shares(t, &desk.served),
            periods: desk.periods(viewer),
            gets_contacts: pauses::gets_contacts(&desk.operator, viewer.now),
            paused: Paused::of(t, &viewer.zone, &desk.operator, viewer.now),
            off_shift: OffShift::of(t, &viewer.zone, &desk.operator, viewer.now),
            presence: Presence::of(viewer, &desk.operator),
            form,
            notices: desk.about.iter().chain(&desk.undoable).map(|it| Notice::new(t, id, it, &desk.named)).collect(),
            desk,
        }
    }

    /// What somebody may say that they did.
    const fn ways(&self) -> [(&'static str, &'static str); 2] {
        responses::WAYS
    }

    /// For how many minutes a pause may be by one click.
    fn pauses(&self) -> [(u32, String); 3] {
        PAUSES.map(|minutes| (minutes, self.page.t.n("desk-pause-minutes", minutes)))
    }

    /// The address of the next page.
    fn next(&self) -> Option<String> {
        self.desk.last_of_many.map(|last| self.page_from(Some(last.0)))
    }

    /// The address of another part of the desk.
    fn page_from(&self, after: Option<i64>) -> String {
        Place { after, period: self.desk.place.period, undo: Vec::new() }.address(self.desk.operator.id.0, None)
    }

    /// The contact that they got last, if it is shown here among many.
    fn newest(&self) -> Option<ContactId> {
        let newest = self.desk.held.iter().max_by_key(|contact| (contact.assigned_at, contact.id));
        newest.filter(|_| self.held.len() >= NEWEST_MIN).map(|contact| contact.id)
    }

    /// When they last got one, in microseconds: a page tells of later ones.
    fn last(&self) -> i64 {
        self.desk.operator.last_assigned_at.map_or(0, |at| at.0)
    }

    /// Whether it is the desk of the one who looks at it.
    fn is_own(&self) -> bool {
        self.page.viewer.own_operator() == Some(self.desk.operator.id)
    }

    /// Why nothing is here, as the key of a text.
    fn why_empty(&self) -> &'static str {
        let is_served = self.desk.served.iter().any(|served| served.weight > 0);
        match (self.gets_contacts, is_served, &self.off_shift) {
            (false, ..) => "desk-empty-paused",
            (true, false, _) => "desk-empty-no-source",
            (true, true, Some(_)) => "desk-empty-away",
            (true, true, None) => "desk-empty-active",
        }
    }
}

/// `GET /desk/{operator}`
async fn show(
    viewer: Viewer,
    State(state): State<AppState>,
    Ids([id]): Ids<1>,
    mut params: Params,
) -> Result<Response, Problem> {
    let about = params.optional("about", params::id);
    let after = params.optional("after", params::id);
    let undo = params.optional("undo", |text| Ok(undo(text))).unwrap_or_default();
    let period = periods::read(&mut params);
    params.optional("lang", |_| Ok(()));
    params.finish()?;
    presence::seen(&state, OperatorId(id)).await?;
    let desk = Desk::read(&state, OperatorId(id), Place { after, undo, period }, about, &viewer).await?;
    viewer.show(&DeskPage::new(&viewer, &desk, &Form::default()))
}

/// Pauses the operator for a while, with a reason.
async fn pause(
    viewer: Viewer,
    State(state): State<AppState>,
    Ids([id]): Ids<1>,
    mut form: Form,
) -> Result<Response, Problem> {
    let place = Place::of(&form);
    let Some(pause) = pauses::read(&viewer, &mut form, OperatorId(id)) else {
        let desk = Desk::read(&state, OperatorId(id), place, None, &viewer).await?;
        return viewer.show_as(status(&form), &DeskPage::new(&viewer, &desk, &form));
    };
    state.send(Command::Pause(pause), IN_PATH).await?;
    see_other(&place.address(id, None))
}

/// Switches the operator off, or ends what keeps them from new contacts, as the button says.
async fn switch(State(state): State<AppState>, Ids([id]): Ids<1>, form: Form) -> Result<Response, Problem> {
    pauses::switch(&state, OperatorId(id), form.switched("is_active")?).await?;
    see_other(&Place::of(&form).address(id, None))
}

async fn resolve(State(state): State<AppState>, Ids(ids): Ids<2>, form: Form) -> Result<Response, Problem> {
    let edit = ContactEdit { is_resolved: Some(true), ..ContactEdit::default() };
    act(&state, ids, Status::Assigned, &form, |contact| Command::EditContact(contact, edit)).await
}

async fn reopen(State(state): State<AppState>, Ids(ids): Ids<2>, form: Form) -> Result<Response, Problem> {
    let edit = ContactEdit { is_resolved: Some(false), undo: true, ..ContactEdit::default() };
    act(&state, ids, Status::Resolved, &form, |contact| Command::EditContact(contact, edit)).await
}

async fn release(State(state): State<AppState>, Ids(ids): Ids<2>, form: Form) -> Result<Response, Problem> {
    let from = Some(Some(OperatorId(ids[0])));
    let release = |contact| Command::Transfer(Transfer { contact, from, to: None, force: false });
    act(&state, ids, Status::Assigned, &form, release).await
}

/// Changes a contact that is still theirs and as they saw it: a page may be older than what happened since.
/// The page that follows says what became of it either way.
async fn act(
    state: &AppState,
    [operator, contact]: [i64; 2],
    seen: Status,
    form: &Form,
    command: impl FnOnce(ContactId) -> Command,
) -> Result<Response, Problem> {
    let now = state.store().contact(ContactId(contact)).await?;
    if let Some(now) = now.filter(|now| now.operator == Some(OperatorId(operator)) && now.status == seen) {
        let unchanged = Precondition::of(Subject::Contact(now.id), Version::of_contact(&now));
        match state.send_if(Some(unchanged), command(now.id), IN_PATH).await {
            Err(problem) if !is_overtaken(&problem) => return Err(problem),
            Ok(_) | Err(_) => {}
        }
    }
    let mut place = Place::of(form);
    place.undo.retain(|id| *id != contact);
    if seen == Status::Assigned {
        place.undo.insert(0, contact);
        place.undo.truncate(UNDO_MAX);
    }
    see_other(&place.address(operator, Some(contact)))
}

/// Whether something else happened to the contact since the page was made.
fn is_overtaken(problem: &Problem) -> bool {
    [&kinds::CHANGED, &kinds::CONTACT_MOVED, &kinds::OFFER_OVER, &kinds::NOT_OFFERED].contains(&problem.kind)
}

/// Which part of a desk is shown: in its address, and in its forms.
#[derive(Default)]
struct Place {
    /// The contact behind which it begins, if it is not the first part.
    after: Option<i64>,
    /// The contacts that were changed last and may be taken back, the last one first.
    undo: Vec<i64>,
    /// That of the shares.
    period: Period,
}

impl Place {
    fn of(form: &Form) -> Self {
        Self {
            after: params::id(form.value("after")).ok(),
            undo: undo(form.value("undo")),
            period: periods::of_form(form.value("period")),
        }
    }

    /// As hidden fields.
    fn fields(&self) -> impl Iterator<Item = (&'static str, String)> {
        let undo: Vec<String> = self.undo.iter().map(ToString::to_string).collect();
        let undo = Some(undo.join(".")).filter(|ids| !ids.is_empty()).map(|ids| ("undo", ids));
        let period = Some(self.period).filter(|period| *period != Period::default());
        let period = period.map(|period| ("period", period.as_str().to_owned()));
        self.after.map(|after| ("after", after.to_string())).into_iter().chain(undo).chain(period)
    }

    fn address(&self, operator: i64, about: Option<i64>) -> String {
        let about = about.map(|about| ("about", about.to_string()));
        let query: Vec<String> = self.fields().chain(about).map(|(name, value)| format!("{name}={value}")).collect();
        if query.is_empty() { format!("/desk/{operator}") } else { format!("/desk/{operator}?{}", query.join("&")) }
    }
}

/// Ids with points between them; what is none is left out.
fn undo(text: &str) -> Vec<i64> {
    text.split('.').filter_map(|id| id.parse().ok()).take(UNDO_MAX).collect()
}

#[derive(Template)]
#[template(path = "desk/choose.html")]
struct ChoosePage<'a> {
    page: Shell<'a>,
    operators: Vec<Operator>,
    /// Where the next page begins.
    next: Option<OperatorId>,
}

impl ChoosePage<'_> {
    fn gets_contacts(&self, operator: &Operator) -> bool {
        pauses::gets_contacts(operator, self.page.viewer.now)
    }
}

/// `GET /desk`
async fn choose(viewer: Viewer, State(state): State<AppState>, mut params: Params) -> Result<Response, Problem> {
    let after = params.optional("after", params::id);
    params.optional("lang", |_| Ok(()));
    params.finish()?;
    let mut operators = state.store().operators(Page { limit: OPERATORS_MAX + 1, after }).await?;
    let has_more = operators.len() > OPERATORS_MAX as usize;
    operators.truncate(OPERATORS_MAX as usize);
    let next = operators.last().filter(|_| has_more).map(|operator| operator.id);
    operators.sort_by_cached_key(|operator| maitred_core::names::folded(&operator.name));
    let page = viewer.page(viewer.t.t("desk-choose"), Section::Desk);
    viewer.show(&ChoosePage { page, operators, next })
}
