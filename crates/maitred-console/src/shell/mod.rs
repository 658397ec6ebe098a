//! The frame that every page stands in: who looks at it (language, theme, time zone, what time it is), the
//! navigation, the headers of an answer, and the page for what went wrong.
//!
//! A page's template extends `shell.html`, has a field `page` of [`Page`], and is answered with [`Viewer::show`].

pub(crate) mod confirm;
pub(crate) mod demo_banner;
pub(crate) mod endpoint_banner;

use crate::forms::Form;
use crate::texts::{Lang, Texts};
use crate::{assets, times};
use askama::Template;
use axum::extract::{FromRequestParts, Request};
use axum::http::header::{ACCEPT, ACCEPT_LANGUAGE, CACHE_CONTROL, CONTENT_TYPE, HOST, LOCATION, SET_COOKIE, VARY};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use demo_banner::HasDemo;
use endpoint_banner::Stopped;
use jiff::tz::TimeZone;
use maitred_core::{EndpointId, OperatorId, Timestamp};
use maitred_store::accounts::Grant;
use maitred_store::clock;
use maitred_web::guard::Visitor;
use maitred_web::guard::cookie::cookie;
use maitred_web::problem::{Problem, kinds};
use std::convert::Infallible;

/// Nothing comes from elsewhere, nothing runs that is not in the script, and nobody puts a page into a frame.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
/// Added to every answer of the console, beside those of [`maitred_web::security_headers`].
const PAGE_HEADERS: [(HeaderName, &str); 2] = [
    (HeaderName::from_static("content-security-policy"), POLICY),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
];
/// How long a choice of language or theme is kept.
const COOKIE_SECONDS: u32 = 365 * 24 * 3_600;

/// The longest name of a host that is shown, its port included (RFC 1035, 2.3.4).
const HOST_CHARS_MAX: usize = 261;

/// A choice between light and dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the system says.
    #[default]
    Auto,
    /// Light, whatever the system says.
    Light,
    /// Dark, whatever the system says.
    Dark,
}

impl Theme {
    const ALL: [Self; 3] = [Self::Auto, Self::Light, Self::Dark];

    /// The word in the cookie and in the page.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    pub(crate) const fn next(self) -> Self {
        match self {
            Self::Auto => Self::Light,
            Self::Light => Self::Dark,
            Self::Dark => Self::Auto,
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.as_str() == word)
    }
}

/// Who looks at a page, and when.
#[derive(Clone)]
pub struct Viewer {
    /// In which language.
    pub t: Texts,
    /// Light or dark.
    pub theme: Theme,
    /// In which time zone; UTC until the browser has said it.
    pub zone: TimeZone,
    /// When the page is made: the one clock reading of a view.
    pub now: Timestamp,
    /// The address under which they reach this server, for texts only: `http://maitred.test:8000`.
    pub origin: String,
    /// Path and query of the page, without the language parameter.
    pub here: String,
    /// Who they are and what they may do; none on the login page.
    pub visitor: Option<Visitor>,
    /// Whether it is a screen on a wall: large, and without anything to press.
    pub(crate) wall: bool,
    /// Whether there is demo data, which the page then says.
    pub(crate) has_demo: bool,
    /// An endpoint of webhooks that was disabled for a fault, which the page then says.
    pub(crate) stopped: Option<EndpointId>,
    /// Whether the address wished for the language, which is then kept.
    wished: bool,
}

impl Viewer {
    /// An anonymous viewer: for tests and for what is shared by all.
    #[must_use]
    pub fn stranger(lang: Lang, now: Timestamp) -> Self {
        let here = "/".to_owned();
        let origin = origin(&HeaderMap::new());
        let (theme, zone) = (Theme::Auto, TimeZone::UTC);
        let (visitor, stopped) = (None, None);
        let (wall, has_demo, wished) = (false, false, false);
        Self { t: Texts(lang), theme, zone, now, origin, here, visitor, wall, has_demo, stopped, wished }
    }

    pub(crate) fn of(uri: &Uri, headers: &HeaderMap, visitor: Option<Visitor>) -> Self {
        let pairs: Vec<(String, String)> =
            serde_urlencoded::from_str(uri.query().unwrap_or_default()).unwrap_or_default();
        let wished = pairs.iter().find(|(name, _)| name == "lang").and_then(|(_, tag)| Lang::from_tag(tag));
        let accepted = || headers.get(ACCEPT_LANGUAGE).and_then(|value| Lang::accepted(value.to_str().ok()?));
        let lang = wished.or_else(|| Lang::from_tag(cookie(headers, "lang")?)).or_else(accepted).unwrap_or_default();
        let zone = cookie(headers, "tz").and_then(zone);
        // `wall=1`, or the theme: who stands before a wall has no cookie to set.
        let wall = pairs.iter().find(|(name, _)| name == "wall").map(|(_, value)| value.as_str());
        let chosen = wall.and_then(Theme::from_word);
        Self {
            t: Texts(lang),
            theme: chosen.or_else(|| cookie(headers, "theme").and_then(Theme::from_word)).unwrap_or_default(),
            zone: zone.unwrap_or(TimeZone::UTC),
            now: clock::now(),
            origin: origin(headers),
            here: without("lang", uri.path_and_query().map_or("/", |it| it.as_str())),
            visitor,
            wall: wall.is_some(),
            has_demo: false,
            stopped: None,
            wished: wished.is_some(),
        }
    }

    /// What a template needs to stand in the frame.
    #[must_use]
    pub fn page(&self, title: String, section: Section) -> Page<'_> {
        Page { viewer: self, t: self.t, title, count: None, section, stream: None, again_ms: None }
    }

    /// Whether they may also see the page of this route.
    #[must_use]
    pub fn may(&self, route: &str) -> bool {
        self.visitor.as_ref().is_some_and(|visitor| visitor.may_look(route))
    }

    /// Whether nothing that they could press would be carried out.
    #[must_use]
    pub(crate) fn only_reads(&self) -> bool {
        self.visitor.as_ref().is_some_and(|visitor| visitor.grant == Grant::Observer)
    }

    /// The operator whose contacts are all that they may see.
    #[must_use]
    pub fn own_operator(&self) -> Option<OperatorId> {
        self.visitor.as_ref()?.grant.operator()
    }

    /// A page as an answer.
    ///
    /// # Errors
    /// When the template fails, which is a bug.
    pub fn show(&self, template: &impl Template) -> Result<Response, Problem> {
        self.show_as(StatusCode::OK, template)
    }

    /// A page as an answer with a status.
    ///
    /// # Errors
    /// When the template fails, which is a bug.
    pub fn show_as(&self, status: StatusCode, template: &impl Template) -> Result<Response, Problem> {
        let html = template.render().map_err(|error| Problem::internal(&error))?;
        let mut response = (status, html).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
        headers.insert(VARY, HeaderValue::from_static("Cookie, Accept-Language"));
        if self.wished {
            headers.append(SET_COOKIE, keep("lang", self.t.0.tag())?);
        }
        Ok(response)
    }
}

impl<S: Sync> FromRequestParts<S> for Viewer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let HasDemo(has_demo) = parts.extensions.get().copied().unwrap_or_default();
        let Stopped(stopped) = parts.extensions.get().copied().unwrap_or_default();
        Ok(Self { has_demo, stopped, ..Self::of(&parts.uri, &parts.headers, parts.extensions.get().cloned()) })
    }
}

/// The parts of the console, in the order of the navigation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// Who has how much, who waits.
    Board,
    /// Where contacts come from, and who gets which share of them.
    Sources,
    /// Who handles them.
    Operators,
    /// Contacts, and why they went where they went.
    Contacts,
    /// The people behind them.
    Leads,
    /// What one operator has to do.
    Desk,
    /// People and keys.
    Access,
    /// None: what went wrong.
    Elsewhere,
}

/// One entry of the navigation: where it leads, its key, its icon. A new page adds its line.
const NAVIGATION: [(Section, &str, &str, &str); 7] = [
    (Section::Board, "/", "nav-board", "board"),
    (Section::Sources, "/sources", "nav-sources", "scales"),
    (Section::Operators, "/operators", "nav-operators", "headset"),
    (Section::Contacts, "/contacts", "nav-contacts", "inbox"),
    (Section::Leads, "/leads", "nav-leads", "people"),
    (Section::Desk, "/desk", "nav-desk", "desk"),
    (Section::Access, "/access", "nav-access", "key"),
];

/// What the frame of a page needs; every page template has one as `page`.
pub struct Page<'a> {
    /// Who looks at it.
    pub viewer: &'a Viewer,
    /// The texts.
    pub t: Texts,
    /// The name of the page.
    pub title: String,
    /// How much there is, for the title of the window.
    pub count: Option<u32>,
    /// Where it stands in the navigation.
    pub section: Section,
    /// The stream that keeps it up to date, if one does.
    pub stream: Option<String>,
    /// In how many milliseconds it is to be asked for again, whatever the stream says.
    pub(crate) again_ms: Option<i64>,
}

impl Page<'_> {
    /// Kept up to date by this stream: one of a [`crate::live::View`], or `/live/changes`, perhaps with what
    /// the page is about, see [`crate::changes`].
    #[must_use]
    pub fn live(self, stream: &str) -> Self {
        let mark = if stream.contains('?') { '&' } else { '?' };
        Self { stream: Some(format!("{stream}{mark}lang={}", self.t.0.tag())), ..self }
    }

    /// To be asked for again at a moment: something that it says is over then, and no event tells of it.
    #[must_use]
    pub(crate) fn again_at(self, at: Option<Timestamp>) -> Self {
        let now = self.viewer.now;
        // To the next millisecond, so that the moment has come.
        let again_ms = at.filter(|at| *at > now).map(|at| at.0.saturating_sub(now.0) / 1_000 + 1);
        Self { again_ms, ..self }
    }

    /// With this many in the title of the window; none are not counted.
    #[must_use]
    pub fn counting(self, count: u32) -> Self {
        Self { count: Some(count).filter(|count| *count > 0), ..self }
    }

    pub(crate) fn navigation(&self) -> impl Iterator<Item = (bool, String, String, &'static str)> {
        let desk = self.viewer.own_operator().map(|id| {
            let path = format!("/desk/{id}");
            (self.section == Section::Desk, path, self.t.t("nav-desk"), "desk")
        });
        let pages = NAVIGATION.into_iter().filter(|(_, path, ..)| self.may(path));
        let pages =
            pages.map(|(section, path, key, icon)| (section == self.section, path.to_owned(), self.t.t(key), icon));
        desk.into_iter().chain(pages)
    }

    /// Whether the viewer may also see the page of this route.
    #[must_use]
    pub fn may(&self, route: &str) -> bool {
        self.viewer.may(route)
    }

    /// What the window is called.
    pub(crate) fn window_title(&self) -> String {
        let count = self.count.map(|count| format!("({count}) ")).unwrap_or_default();
        format!("{count}{} · maitred", self.title)
    }

    /// Whether nothing that the viewer could press here would be carried out.
    pub(crate) fn only_reads(&self) -> bool {
        self.viewer.only_reads()
    }

    /// The same page as it is on a desk.
    pub(crate) fn off_wall(&self) -> String {
        without("wall", &self.viewer.here)
    }

    /// The same page as it is on a wall.
    pub(crate) fn on_wall(&self) -> String {
        let mark = if self.viewer.here.contains('?') { '&' } else { '?' };
        format!("{}{mark}wall=1", self.viewer.here)
    }

    /// The name of the logged-in user.
    pub(crate) fn person(&self) -> Option<&str> {
        self.viewer.visitor.as_ref()?.name.as_deref()
    }

    pub(crate) fn units(&self) -> String {
        times::units(self.t).join("|")
    }

    pub(crate) fn other_lang(&self) -> Lang {
        if self.t.0 == Lang::En { Lang::Ru } else { Lang::En }
    }

    pub(crate) fn theme_label(&self) -> String {
        self.t.t(match self.viewer.theme {
            Theme::Auto => "theme-auto",
            Theme::Light => "theme-light",
            Theme::Dark => "theme-dark",
        })
    }

    pub(crate) fn style(&self) -> &'static str {
        assets::style()
    }

    pub(crate) fn script(&self) -> &'static str {
        assets::script()
    }

    pub(crate) fn icon(&self) -> &'static str {
        assets::icon()
    }
}

#[derive(Template)]
#[template(path = "shell/problem.html")]
struct ProblemPage<'a> {
    page: Page<'a>,
    text: String,
}

/// Turns a problem into a page when a browser asked, and dresses every answer.
pub(crate) async fn page_response(request: Request, next: Next) -> Response {
    let HasDemo(has_demo) = request.extensions().get().copied().unwrap_or_default();
    let viewer = Viewer::of(request.uri(), request.headers(), request.extensions().get().cloned());
    let viewer = Viewer { has_demo, ..viewer };
    let wants_html = wants_html(request.headers());
    let answer = next.run(request).await;
    let problem = answer.extensions().get::<&'static kinds::Kind>().copied();
    let mut answer = match problem.filter(|_| wants_html) {
        Some(kind) => problem_page(&viewer, kind, &answer),
        None => answer,
    };
    add_page_headers(&mut answer);
    answer
}

/// Adds the headers of every page.
pub(crate) fn add_page_headers(answer: &mut Response) {
    for (name, value) in PAGE_HEADERS {
        answer.headers_mut().insert(name, HeaderValue::from_static(value));
    }
}

/// What a path that nothing is at is answered with: a page for browsers, a problem for programs.
pub async fn nothing_here(viewer: Viewer, uri: Uri, headers: HeaderMap) -> Response {
    let problem = maitred_web::problem::nothing_here(uri.clone()).await.into_response();
    if uri.path().starts_with("/api/") || !wants_html(&headers) {
        return problem;
    }
    let mut page = problem_page(&viewer, &kinds::UNKNOWN_PATH, &problem);
    add_page_headers(&mut page);
    page
}

pub(crate) fn problem_page(viewer: &Viewer, kind: &'static kinds::Kind, problem: &Response) -> Response {
    let key = format!("problem-{}", kind.name);
    let t = viewer.t;
    let text = if t.has(&key) { t.t(&key) } else { t.t("problem-other") };
    let page = viewer.page(t.t("problem-title"), Section::Elsewhere);
    let shown = viewer.show_as(problem.status(), &ProblemPage { page, text });
    shown.unwrap_or_else(IntoResponse::into_response)
}

pub(crate) fn wants_html(headers: &HeaderMap) -> bool {
    headers.get(ACCEPT).and_then(|value| value.to_str().ok()).is_some_and(|value| value.contains("text/html"))
}

/// `POST /preferences`: keeps a choice in a cookie and leads back.
pub(crate) async fn prefer(form: Form) -> Result<Response, Problem> {
    let mut response = see_other(back(&form))?;
    let lang = Lang::from_tag(form.value("lang")).map(|lang| ("lang", lang.tag()));
    let theme = Theme::from_word(form.value("theme")).map(|theme| ("theme", theme.as_str()));
    for (name, value) in lang.into_iter().chain(theme) {
        response.headers_mut().append(SET_COOKIE, keep(name, value)?);
    }
    Ok(response)
}

/// Leads to a page after a form was carried out.
///
/// # Errors
/// When the path holds what no header can.
pub fn see_other(path: &str) -> Result<Response, Problem> {
    let path = HeaderValue::try_from(path).map_err(|error| Problem::internal(&error))?;
    Ok((StatusCode::SEE_OTHER, [(LOCATION, path)]).into_response())
}

/// The page that a form was on, as its field `back` says; the board if it says nothing.
pub(crate) fn back(form: &Form) -> &str {
    let back = form.value("back");
    if is_ours(back) { back } else { "/" }
}

/// A path of this server, not the address of another.
pub(crate) fn is_ours(path: &str) -> bool {
    path.starts_with('/') && !path.starts_with("//") && !path.contains(['\\', '\r', '\n'])
}

fn keep(name: &str, value: &str) -> Result<HeaderValue, Problem> {
    let cookie = format!("{name}={value}; Path=/; Max-Age={COOKIE_SECONDS}; SameSite=Lax");
    HeaderValue::try_from(cookie).map_err(|error| Problem::internal(&error))
}

/// The zone with this name of the IANA database, as a cookie spells it.
fn zone(name: &str) -> Option<TimeZone> {
    maitred_app::periods::zone(&name.replace("%2F", "/")).ok()
}

/// The address that a request was sent to. The sender may write anything there, and people copy it into their shells:
/// so only what a name or an address is made of is taken over.
fn origin(headers: &HeaderMap) -> String {
    let is_plain = |host: &&str| {
        let plain = |c: char| c.is_ascii_alphanumeric() || ".-:[]".contains(c);
        (1..=HOST_CHARS_MAX).contains(&host.len())
            && host.starts_with(|c: char| c == '[' || c.is_ascii_alphanumeric())
            && host.chars().all(plain)
    };
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let host = text(HOST).filter(is_plain).unwrap_or("localhost:8000");
    let is_tls = text(HeaderName::from_static("x-forwarded-proto")) == Some("https");
    format!("{}://{host}", if is_tls { "https" } else { "http" })
}

/// An address without a parameter.
fn without(name: &str, address: &str) -> String {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(query).unwrap_or_default();
    let kept: Vec<_> = pairs.iter().filter(|(key, _)| key != name).collect();
    match serde_urlencoded::to_string(kept) {
        Ok(query) if !query.is_empty() => format!("{path}?{query}"),
        _ => path.to_owned(),
    }
}
