//! Doing it: one command for each contact, a few at a time, through the queue that everybody's commands go through, so
//! that others are not held up. The page that follows says of each contact what became of it. What was not tried, since
//! the server failed or it took too long, can be gone on with from there. A form that is sent again gives the same
//! answers again.

use super::{Action, Chosen, Selection, back, show};
use crate::contacts::force::NeedsForce;
use crate::contacts::rows;
use crate::forms::Form;
use crate::lead_names::called;
use crate::shell::{Page as Shell, Section, Viewer, see_other};
use crate::texts::Texts;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use futures_util::future::join_all;
use maitred_app::batcher::{Answer, ExecuteError};
use maitred_core::command::{ContactEdit, Transfer};
use maitred_core::{Command, Contact, ContactId, Operator, OperatorId, Rejection};
use maitred_store::views::Named;
use maitred_web::AppState;
use maitred_web::caller::caller;
use maitred_web::params;
use maitred_web::problem::Problem;
use maitred_web::problem::refusals::{IN_PATH, not_executed};
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// Commands that are in the queue at a time.
const AT_ONCE: usize = 4;
/// For how long contacts are begun with: a request ends after a minute.
const BEGIN_FOR: Duration = Duration::from_secs(20);

/// What is to be done with each contact.
struct Order {
    action: Action,
    /// To whom they go.
    operator: Option<Operator>,
    /// Whether also somebody who is full or paused gets them.
    force: bool,
}

impl Order {
    /// None when the form does not say to whom; the field says so.
    async fn read(viewer: &Viewer, state: &AppState, action: Action, form: &mut Form) -> Result<Option<Self>, Problem> {
        let force = form.is_ticked("force");
        if action != Action::Transfer {
            return Ok(Some(Self { action, operator: None, force: false }));
        }
        let id = form.read(viewer.t, "operator_id", "rule-operator", params::id).map(OperatorId);
        let operator = match id {
            Some(id) => state.store().operator(id).await?,
            None => None,
        };
        if operator.is_none() {
            form.fail("operator_id", viewer.t.t("rule-operator"));
        }
        Ok(operator.map(|operator| Self { action, operator: Some(operator), force }))
    }

    fn command(&self, id: ContactId) -> Command {
        let to = self.operator.as_ref().map(|operator| operator.id);
        match self.action {
            Action::Resolve => {
                Command::EditContact(id, ContactEdit { is_resolved: Some(true), ..ContactEdit::default() })
            }
            Action::Transfer | Action::Release => {
                Command::Transfer(Transfer { contact: id, from: None, to, force: self.force })
            }
            Action::Delete => Command::DeleteContact(id),
        }
    }
}

/// `POST /contacts/selected`
pub(super) async fn carry_out(
    viewer: Viewer,
    State(state): State<AppState>,
    mut form: Form,
) -> Result<Response, Problem> {
    let Some(action) = Action::of(&form) else { return see_other(back(&form)) };
    let chosen = Chosen::of(&form);
    let order = Order::read(&viewer, &state, action, &mut form).await?.filter(|_| !chosen.is_empty());
    let Some(order) = order else {
        let selection = Selection::of_ticked(&state, action, &form).await?;
        return show(&viewer, &state, action, &selection, &form).await;
    };
    let before = state.store().contacts_among(chosen.iter().map(|chosen| chosen.id).collect()).await?;
    let answers = execute(&state, &order, &form, &chosen).await?;
    let after = state.store().contacts_among(chosen.iter().map(|chosen| chosen.id).collect()).await?;
    let mut mentioned = rows::mentioned(&before);
    after.iter().for_each(|contact| mentioned.add(contact));
    let named = state.store().named(mentioned).await?;
    let told = Told { viewer: &viewer, order: &order, before: by_id(before), after: by_id(after), named };
    let lines: Vec<Line> = chosen.iter().zip(&answers).map(|(chosen, answer)| told.line(chosen.id, answer)).collect();
    let (done, failed) = lines.into_iter().partition::<Vec<_>, _>(|line| line.failure.is_none());
    let rest = chosen[answers.len()..].to_vec();
    let page = viewer.page(viewer.t.t(action.text()), Section::Contacts);
    viewer.show(&ResultPage { page, order: &order, form: &form, done, failed, rest })
}

/// Has the commands executed, in the order of the contacts. Fewer answers than contacts: the others were not tried.
async fn execute(state: &AppState, order: &Order, form: &Form, chosen: &[Chosen]) -> Result<Vec<Answer>, Problem> {
    let (caller, keys, began) = (caller()?, form.keys(), Instant::now());
    let mut answers: Vec<Answer> = Vec::with_capacity(chosen.len());
    for part in chosen.chunks(AT_ONCE) {
        if began.elapsed() > BEGIN_FOR || answers.iter().any(has_server_failed) {
            break;
        }
        let executed = part.iter().map(|chosen| {
            let keys = keys.of(&chosen.id.to_string()).into_iter().collect();
            state.app().execute(&caller, order.command(chosen.id), keys, chosen.precondition())
        });
        answers.extend(join_all(executed).await);
    }
    Ok(answers)
}

/// Whether the same would happen to the next command too.
const fn has_server_failed(answer: &Answer) -> bool {
    match answer {
        Err(ExecuteError::QueueFull | ExecuteError::Stopping | ExecuteError::Store(_)) => true,
        Ok(_) | Err(ExecuteError::Rejected(_) | ExecuteError::Denied(_) | ExecuteError::Changed) => false,
    }
}

fn by_id(contacts: Vec<Contact>) -> HashMap<ContactId, Contact> {
    contacts.into_iter().map(|contact| (contact.id, contact)).collect()
}

/// What lines are made of.
struct Told<'a> {
    viewer: &'a Viewer,
    order: &'a Order,
    before: HashMap<ContactId, Contact>,
    after: HashMap<ContactId, Contact>,
    named: Named,
}

/// What became of one contact.
struct Line {
    id: ContactId,
    who: String,
    /// Why it was not done; none if it was.
    failure: Option<String>,
    /// How it is now; none if it is not there any more.
    now: Option<Now>,
}

struct Now {
    status: &'static str,
    status_name: String,
    operator: Option<String>,
}

impl Told<'_> {
    fn line(&self, id: ContactId, answer: &Answer) -> Line {
        let t = self.viewer.t;
        let after = self.after.get(&id);
        let known = after.or_else(|| self.before.get(&id));
        let now = after.map(|contact| Now {
            status: contact.status.as_str(),
            status_name: rows::status(t, contact.status),
            operator: contact.operator.and_then(|id| self.named.operators.get(&id)).map(ToString::to_string),
        });
        let who = known.map(|contact| called(t, contact.lead, self.named.leads.get(&contact.lead)).first);
        let failure = answer.as_ref().err().map(|error| self.why(t, error));
        Line { id, who: who.unwrap_or_default(), failure, now }
    }

    fn why(&self, t: Texts, error: &ExecuteError) -> String {
        match (error, &self.order.operator) {
            (ExecuteError::Changed, _) => t.t("selected-changed"),
            (ExecuteError::Rejected(rejection), Some(operator)) if let Some(needs) = needs_force(rejection) => {
                needs.text(t, &operator.name)
            }
            _ => {
                let key = format!("problem-{}", not_executed(error.clone(), IN_PATH).kind.name);
                t.t(if t.has(&key) { &key } else { "problem-other" })
            }
        }
    }
}

fn needs_force(rejection: &Rejection) -> Option<NeedsForce> {
    match rejection {
        Rejection::OperatorFull(_, load, most) => Some(NeedsForce::Full { load: *load, most: *most }),
        Rejection::OperatorInactive(_) => Some(NeedsForce::SwitchedOff),
        Rejection::OperatorAway(_, away) => Some(NeedsForce::Away(away.reason)),
        _ => None,
    }
}

#[derive(Template)]
#[template(path = "contacts/selected/result.html")]
struct ResultPage<'a> {
    page: Shell<'a>,
    order: &'a Order,
    form: &'a Form,
    done: Vec<Line>,
    failed: Vec<Line>,
    /// Those that were not tried.
    rest: Vec<Chosen>,
}

impl ResultPage<'_> {
    fn title(&self) -> String {
        let t = self.page.t;
        let key = format!("selected-done-{}", self.order.action.word());
        let to = self.order.operator.as_ref().map_or_else(String::new, |operator| operator.name.to_string());
        t.with(&key, [("n", self.done.len().into()), ("it", to.into())])
    }

    /// Those that were not changed, then those that were.
    fn parts(&self) -> [(&'static str, &[Line]); 2] {
        [("failed", &self.failed), ("done", &self.done)]
    }

    /// The fields by which the rest is gone on with.
    fn fields(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let fields = ["action", "operator_id", "force", "token", "back"].into_iter();
        fields.map(|name| (name, self.form.value(name))).filter(|(_, value)| !value.is_empty())
    }

    fn back(&self) -> &str {
        back(self.form)
    }
}

impl Chosen {
    /// As it was sent.
    fn value(&self) -> String {
        self.version.as_ref().map_or_else(|| self.id.to_string(), |version| format!("{}-{version}", self.id))
    }
}
