//! The page that asks before something is done that cannot be undone, where a sentence says all that is to be known.

use super::{Page, Viewer};
use askama::Template;
use axum::response::Response;
use maitred_web::problem::Problem;

#[derive(Template)]
#[template(path = "shell/confirm.html")]
pub(crate) struct Confirm<'a> {
    /// Its title says what is to be done.
    pub page: Page<'a>,
    /// To what.
    pub what: &'a str,
    /// What follows from it.
    pub means: String,
    /// Where the form is sent.
    pub action: &'a str,
    /// The page that it was asked on.
    pub back: &'a str,
}

impl Confirm<'_> {
    /// # Errors
    /// When the template fails.
    pub(crate) fn show(&self, viewer: &Viewer) -> Result<Response, Problem> {
        viewer.show(self)
    }
}
