//! Keeping leads of Bitrix24's CRM: for each contact the CRM has one lead, whose responsible person is its operator.
//! And the other way round: leads that people add in the CRM are contacts, and who gets them is written back.
//!
//! An event only says that a contact may have changed. What the CRM is told follows from the contact as it is now, so
//! an event that comes twice, late, or again on purpose does no harm.

use crate::App;
use crate::intakes::settings::IntakeSettings;
use maitred_core::{Contact, ContactId, EventKind, IdentityKind, Operator, SourceId};
use maitred_store::StoreError;
use maitred_store::endpoints::{ENDPOINTS_MAX, Endpoint, EndpointFormat, Wanted};
use maitred_store::views::{LeadCard, Page, PlacedEvent, distinct};
use maitred_webhooks::Attempt;
use maitred_webhooks::bitrix24::{CrmLead, ORIGINATOR, Portal, id_of, is_at, is_for_later};
use serde_json::{Map, Value};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The events after which the CRM is told how a contact is.
pub const KINDS: [EventKind; 2] = [EventKind::ContactCreated, EventKind::ContactAssigned];
/// The attribute with the lead of the CRM that a contact was made of.
pub const LEAD_ATTRIBUTE: &str = "crm_lead_id";
/// How events about leads begin.
const LEAD_EVENTS: &str = "ONCRMLEAD";
/// The preset of sources to which a portal sends events.
pub const PRESET: &str = "bitrix24";
/// Attributes that the CRM has fields for.
const UTM: [&str; 5] = ["utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term"];
/// What is taken over of a lead that was added in the CRM, beside `UTM_*`.
const TAKEN_OVER: [&str; 8] =
    ["TITLE", "NAME", "LAST_NAME", "PHONE", "EMAIL", "COMMENTS", "SOURCE_ID", "SOURCE_DESCRIPTION"];
/// How long a portal is asked about a lead of its own: it waits for the answer to its event meanwhile.
const LOOK_MAX: Duration = Duration::from_secs(3);

/// What an endpoint of this format gets.
#[must_use]
pub fn wanted(sources: Option<Arc<[SourceId]>>) -> Wanted {
    Wanted { kinds: Some(KINDS.into()), sources }
}

/// Tells the CRM about the contact of an event; none if there is nothing to tell.
///
/// # Errors
/// [`StoreError`] when the contact cannot be read.
pub(crate) async fn tell(app: &App, endpoint: &Endpoint, placed: &PlacedEvent) -> Result<Option<Attempt>, StoreError> {
    let began = Instant::now();
    let Some(contact) = placed.event.contact.filter(|_| !placed.event.demo) else { return Ok(None) };
    let told = Told::of(app, contact).await?.filter(|told| !told.follows(placed));
    let Some(told) = told else { return Ok(None) };
    let Some(done) = told.tell(app.webhooks().portal(&endpoint.url), endpoint).await.transpose() else {
        return Ok(None);
    };
    let said = |answer| Attempt { status: Some(200), answer: Some(answer), ..Attempt::default() };
    let told = done.map_or_else(|failed| *failed, said);
    Ok(Some(Attempt { duration_ms: i64::try_from(began.elapsed().as_millis()).unwrap_or(i64::MAX), ..told }))
}

/// What an event of the CRM is, after its portal was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Completed {
    /// It says what there is to know.
    Whole,
    /// Its lead was made by maitred: it is a contact already.
    Ours,
    /// Its portal did not answer, so whose lead it is is not known.
    Unanswered,
}

/// Puts what the CRM knows of a lead into an event that has only its id.
///
/// # Errors
/// [`StoreError`] when endpoints cannot be read.
pub(crate) async fn complete(app: &App, source: SourceId, tree: &mut Value) -> Result<Completed, StoreError> {
    let event = tree["event"].as_str().unwrap_or_default();
    let (Some(domain), Some(id)) = (tree["auth"]["domain"].as_str(), id_of(&tree["data"]["FIELDS"]["ID"])) else {
        return Ok(Completed::Whole);
    };
    if !event.starts_with(LEAD_EVENTS) {
        return Ok(Completed::Whole);
    }
    let domain = domain.to_lowercase();
    let found = look_up(app, source, &domain, id).await?;
    // Leads of two portals may have the same id.
    tree["data"]["LEAD"] = format!("{domain}/{id}").into();
    let known = match found {
        None => return Ok(Completed::Whole),
        Some(Ok(known)) => known,
        Some(Err(failed)) if is_for_later(&failed) => return Ok(Completed::Unanswered),
        // It knows no such lead, or does not show it.
        Some(Err(_)) => return Ok(Completed::Whole),
    };
    if known["ORIGINATOR_ID"].as_str().is_some_and(|by| by.starts_with(ORIGINATOR)) {
        return Ok(Completed::Ours);
    }
    let is_wanted = |name: &str| TAKEN_OVER.contains(&name) || name.starts_with("UTM_");
    if let (Some(event), Value::Object(known)) = (tree["data"]["FIELDS"].as_object_mut(), known) {
        event.extend(known.into_iter().filter(|(name, value)| is_wanted(name) && !value.is_null()));
    }
    Ok(Completed::Whole)
}

/// The fields of a lead of the CRM about which a source was told, from its portal. None if that is not set up for the
/// source.
async fn look_up(
    app: &App,
    source: SourceId,
    domain: &str,
    id: i64,
) -> Result<Option<Result<Value, Box<Attempt>>>, StoreError> {
    let all = app.webhooks().endpoints(Page { limit: ENDPOINTS_MAX, after: None }).await?;
    let is_of_source = |it: &Endpoint| it.wanted.wants(EventKind::ContactCreated, Some(source));
    let is_used = |it: &Endpoint| it.format == EndpointFormat::Bitrix24 && it.disabled.is_none();
    let is_its = |it: &&Endpoint| is_used(it) && is_at(&it.url, domain) && is_of_source(it);
    let Some(endpoint) = all.iter().find(is_its) else { return Ok(None) };
    let looked = tokio::time::timeout(LOOK_MAX, app.webhooks().portal(&endpoint.url).lead(id)).await;
    Ok(Some(looked.unwrap_or_else(|_| Err(Box::default()))))
}

/// What the CRM is told of a contact.
struct Told {
    contact: Contact,
    card: LeadCard,
    source: Arc<str>,
    /// Whether the contact was made of a lead of the CRM.
    is_of_crm: bool,
    operator: Option<Operator>,
}

impl Told {
    async fn of(app: &App, contact: ContactId) -> Result<Option<Self>, StoreError> {
        let store = app.store();
        let Some(contact) = store.contact(contact).await? else { return Ok(None) };
        let Some(card) = store.lead(contact.lead).await? else { return Ok(None) };
        if card.lead.erased_at.is_some() {
            return Ok(None);
        }
        let intake = store.intake(contact.arrived_on()).await?;
        let settings = intake.map(|intake| IntakeSettings::read(&intake.settings)).unwrap_or_default();
        let operator = match contact.operator {
            Some(operator) => store.operator(operator).await?,
            None => None,
        };
        let source = store.source(contact.source).await?.map(|source| source.name).unwrap_or_default();
        Ok(Some(Self { contact, card, source, is_of_crm: settings.preset.as_deref() == Some(PRESET), operator }))
    }

    /// Whether a contact that arrived was assigned at once, which is an event of its own.
    fn follows(&self, placed: &PlacedEvent) -> bool {
        placed.event.kind() == EventKind::ContactCreated && placed.event.operator.is_some()
    }

    /// What was done; none if there is nothing to do.
    async fn tell(&self, portal: Portal<'_>, endpoint: &Endpoint) -> Result<Option<String>, Box<Attempt>> {
        let attributes = attributes(&self.contact);
        let own = attributes.get(LEAD_ATTRIBUTE).filter(|_| self.is_of_crm).and_then(id_of);
        // It is a lead of another portal, or no lead; or nobody has it yet.
        if own.is_some() && (!is_lead_at(&attributes, &endpoint.url) || self.operator.is_none()) {
            return Ok(None);
        }
        let responsible = match &self.operator {
            Some(operator) => user_of(operator, portal).await?,
            None => None,
        };
        let answer = match own {
            Some(id) => portal.assign(id, responsible).await?,
            None => portal.put(&self.lead(endpoint, &attributes, responsible)).await?,
        };
        Ok(Some(match (&self.operator, responsible) {
            (Some(operator), None) => format!(
                "{answer}; operator {} is no user of Bitrix24: put the id of the user into external_id",
                operator.id
            ),
            _ => answer,
        }))
    }

    fn lead(&self, endpoint: &Endpoint, attributes: &Map<String, Value>, responsible: Option<i64>) -> CrmLead {
        let values = |kind: IdentityKind| {
            distinct(&self.card.identities).filter(move |it| it.kind == kind).map(|it| it.value.to_string())
        };
        let name = self.card.lead.name.as_deref().map(str::to_owned);
        let phones: Vec<String> = values(IdentityKind::Phone).collect();
        let emails: Vec<String> = values(IdentityKind::Email).collect();
        let who = name.as_ref().or(phones.first()).or(emails.first());
        let utm =
            UTM.into_iter().filter_map(|name| Some((name.to_owned(), attributes.get(name)?.as_str()?.to_owned())));
        CrmLead {
            // Another database, or another endpoint for the same portal, has contacts of the same numbers.
            originator: format!("{ORIGINATOR} {}", endpoint.created_at.0),
            origin: self.contact.id.to_string(),
            title: who.map_or_else(|| self.source.to_string(), |who| format!("{who} – {}", self.source)),
            comments: self.contact.message.as_deref().map(str::to_owned),
            source: self.source.to_string(),
            utm: utm.collect(),
            name,
            phones,
            emails,
            responsible,
        }
    }
}

/// The user of the portal that an operator is: the external id of the operator, or else who has their address. Nobody
/// if the webhook may not look users up.
async fn user_of(operator: &Operator, portal: Portal<'_>) -> Result<Option<i64>, Box<Attempt>> {
    let given = operator.external_id.as_deref().and_then(|id| id.trim().parse().ok()).filter(|id: &i64| *id > 0);
    match (given, &operator.notify_email) {
        (Some(id), _) => Ok(Some(id)),
        (None, None) => Ok(None),
        (None, Some(email)) => match portal.user_with(email).await {
            Err(failed) if is_for_later(&failed) => Err(failed),
            found => Ok(found.ok().flatten()),
        },
    }
}

/// Whether what a contact was made of is a lead of the portal with this URL.
fn is_lead_at(attributes: &Map<String, Value>, url: &str) -> bool {
    let text = |name: &str| attributes.get(name).and_then(Value::as_str).unwrap_or_default();
    text("event").starts_with(LEAD_EVENTS) && is_at(url, text("domain"))
}

fn attributes(contact: &Contact) -> Map<String, Value> {
    contact.attributes.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}
