//! `/f/{token}`: the form of a source, for people who are no users of this server. It can be put into a frame of a site
//! that the source lists, works without a script, and takes what forms of other sites send as well.
//!
//! It is apart from the console: nobody logs in, there are no cookies, and pages of other sites may send to it. What is
//! sent is taken in by [`maitred_web::intake`].

use crate::ConsoleState;
use crate::shell::Viewer;
use crate::texts::{Lang, Texts};
use askama::Template;
use axum::extract::{Path, Query, Request, State};
use axum::http::header::{
    ACCEPT, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, ORIGIN, REFERER, RETRY_AFTER,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maitred_app::intake::stamp::{self, HONEYPOT, STAMP};
use maitred_app::intakes::OpenIntake;
use maitred_app::intakes::settings::origin;
use maitred_store::clock;
use maitred_web::AppState;
use maitred_web::intake::{self, Answered};
use maitred_web::problem::{Problem, kinds};
use maitred_web::routes::Routes;
use maitred_web::rules::ANYBODY;
use sha2::{Digest, Sha256};

const STYLE: &str = include_str!("form.css");
/// What a page of another site may use: it copies where its reader comes from into the form.
const SCRIPT: &str = include_str!("form.js");
/// Parameters of the address that are passed on, and the longest, in bytes.
const PASSED_ON: [&str; 7] = ["utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "gclid", "yclid"];
const PASSED_ON_BYTES_MAX: usize = 256;

/// The routes of this file. They take what pages of other sites send.
pub fn routes() -> Routes<ConsoleState> {
    Routes::new()
        .get("/f/form.js", ANYBODY, script)
        .get("/f/{token}", ANYBODY, show)
        .post("/f/{token}", ANYBODY, receive)
        .options("/f/{token}", ANYBODY, preflight)
}

#[derive(Template)]
#[template(path = "lead_form/form.html")]
struct FormPage<'a> {
    t: Texts,
    token: &'a str,
    /// Names and values of fields that nobody sees.
    hidden: Vec<(&'a str, String)>,
    honeypot: &'static str,
    style: &'static str,
}

#[derive(Template)]
#[template(path = "lead_form/sent.html")]
struct SentPage<'a> {
    t: Texts,
    /// None if it could not be taken.
    is_sent: bool,
    token: &'a str,
    style: &'static str,
}

type Pairs = Query<Vec<(String, String)>>;

/// `GET /f/{token}`
async fn show(
    viewer: Viewer,
    State(state): State<AppState>,
    Path(token): Path<String>,
    headers: HeaderMap,
    Query(pairs): Pairs,
) -> Result<Response, Problem> {
    let intake = intake::find(&state, &token).await?;
    if !intake.settings.has_form {
        return Err(kinds::UNKNOWN_PATH.because("this source has no form; send to it at /in/"));
    }
    if pairs.iter().any(|(name, _)| name == "sent") {
        return sent_page(viewer.t, &intake, true, StatusCode::OK);
    }
    let nonce = clock::unforeseeable().map_err(|error| Problem::internal(&error))?;
    let stamp = stamp::new(&intake, viewer.now, nonce).map(|stamp| (STAMP, stamp));
    let passed_on = PASSED_ON.into_iter().filter_map(|wanted| {
        let (_, value) = pairs.iter().find(|(name, _)| name == wanted)?;
        (value.len() <= PASSED_ON_BYTES_MAX).then(|| (wanted, value.clone()))
    });
    let around = headers.get(REFERER).and_then(|value| value.to_str().ok()).filter(|page| origin(page).is_some());
    let page = around.map(|page| ("page", page.to_owned()));
    let lang = [("_lang", viewer.t.0.tag().to_owned())];
    let hidden = stamp.into_iter().chain(passed_on).chain(page).chain(lang).collect();
    html(StatusCode::OK, &intake, &FormPage { t: viewer.t, token: &token, hidden, honeypot: HONEYPOT, style: STYLE })
}

fn sent_page(t: Texts, intake: &OpenIntake, is_sent: bool, status: StatusCode) -> Result<Response, Problem> {
    html(status, intake, &SentPage { t, is_sent, token: &intake.token, style: STYLE })
}

/// A page that sites may show in a frame which the source lists, or all if it lists none.
fn html(status: StatusCode, intake: &OpenIntake, template: &impl Template) -> Result<Response, Problem> {
    let html = template.render().map_err(|error| Problem::internal(&error))?;
    let settings = &intake.settings;
    let listed = settings.origins.join(" ");
    let frames = if listed.is_empty() { "*" } else { &listed };
    // Where a form leads to counts as its target, too.
    let next = settings.redirect.as_deref().and_then(origin).unwrap_or_default();
    let style = STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'self' {listed} {next}; \
         frame-ancestors 'self' {frames}"
    );
    let mut response = (status, html).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let policy = HeaderValue::try_from(policy).map_err(|error| Problem::internal(&error))?;
    headers.insert(CONTENT_SECURITY_POLICY, policy);
    Ok(response)
}

/// `POST /f/{token}`: a browser is led on, a program gets JSON.
async fn receive(State(state): State<AppState>, Path(token): Path<String>, request: Request) -> Response {
    let headers = request.headers().clone();
    let wants_json = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).is_some_and(wants_json);
    let intake = match intake::find(&state, &token).await {
        Ok(intake) => intake,
        Err(problem) => return intake::readable(None, headers.get(ORIGIN), problem.into_response()),
    };
    let t = Viewer::of(request.uri(), &headers, None).t;
    let answered = intake::receive(&state, intake.clone(), request).await;
    let response = match answered {
        Ok(answered) if wants_json => json(&answered),
        Ok(answered) => lead_on(&answered, t),
        Err(problem) if wants_json => problem.into_response(),
        Err(problem) => refused(problem, t, &intake),
    };
    intake::readable(Some(&intake), headers.get(ORIGIN), response)
}

fn wants_json(accept: &str) -> bool {
    accept.contains("application/json") && !accept.contains("text/html")
}

fn json(answered: &Answered) -> Response {
    let (status, text) = intake::json_answer(answered);
    let mut response = (status, text).into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn lead_on(answered: &Answered, t: Texts) -> Response {
    let lang = answered.fields.get("_lang").and_then(|tag| Lang::from_tag(tag.as_str()?)).unwrap_or(t.0);
    let thanks = || format!("/f/{}?sent=1&lang={}", answered.intake.token, lang.tag());
    let next = intake::next_page(answered).unwrap_or_else(thanks);
    match HeaderValue::try_from(next) {
        Ok(next) => (StatusCode::SEE_OTHER, [(LOCATION, next)]).into_response(),
        Err(error) => Problem::internal(&error).into_response(),
    }
}

/// Says to a person that it was not taken: the browser still has what they wrote.
fn refused(problem: Problem, t: Texts, intake: &OpenIntake) -> Response {
    let plain = problem.into_response();
    let status = plain.status();
    let mut page = sent_page(t, intake, false, status).unwrap_or_else(IntoResponse::into_response);
    if let Some(after) = plain.headers().get(RETRY_AFTER) {
        page.headers_mut().insert(RETRY_AFTER, after.clone());
    }
    page
}

async fn preflight(State(state): State<AppState>, Path(token): Path<String>, headers: HeaderMap) -> Response {
    match intake::find(&state, &token).await {
        Ok(intake) => intake::preflight(&intake, headers.get(ORIGIN)),
        Err(problem) => problem.into_response(),
    }
}

async fn script() -> Response {
    let headers = [(CONTENT_TYPE, "text/javascript; charset=utf-8"), (CACHE_CONTROL, "public, max-age=3600")];
    (headers, SCRIPT).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_led_on_and_a_program_gets_json() {
        assert!(wants_json("application/json") && wants_json("application/json, text/plain, */*"));
        assert!(!wants_json("text/html,application/xhtml+xml,*/*;q=0.8") && !wants_json("*/*"));
    }

    #[test]
    fn the_script_is_small() {
        assert!(SCRIPT.len() <= 1_024, "{} bytes", SCRIPT.len());
    }
}
