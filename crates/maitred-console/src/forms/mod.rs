//! What a form sent: values by field, what is wrong with them in the reader's language, and what was typed, to be
//! shown again. The rules are those of `maitred_core::limits`; refusals come as the same problems that the API has.
//!
//! A handler reads each field with [`Form::read`], sends its command if [`Form::is_fine`], and otherwise shows the page
//! again with the form in it and the status 422. A page may be older than what it changes, see `seen`, and may be sent
//! twice, see `once`.

mod once;
mod seen;

use crate::texts::Texts;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use maitred_core::limits::Invalid;
use maitred_web::problem::{Problem, kinds};
use maitred_web::{body, params};
use std::collections::BTreeMap;

/// The longest form, such as a table of weights.
const FORM_BYTES_MAX: usize = 2 * 1_024 * 1_024;

/// Fields by name, with errors. An empty one is a form that nobody has sent yet.
#[derive(Clone, Debug, Default)]
pub struct Form {
    values: Vec<(String, String)>,
    errors: BTreeMap<String, String>,
    /// What is wrong with the whole.
    refusal: Option<String>,
}

/// A form with errors is not what was asked for.
pub(crate) fn status(form: &Form) -> StatusCode {
    if form.is_fine() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY }
}

impl<S: Send + Sync> FromRequest<S> for Form {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        Self::within(request, FORM_BYTES_MAX).await
    }
}

impl Form {
    /// The form that a request of at most so many bytes sends.
    ///
    /// # Errors
    /// It is longer, or no form.
    pub async fn within(request: Request, bytes_max: usize) -> Result<Self, Problem> {
        let bytes = body::whole(request, bytes_max).await?;
        let values: Vec<(String, String)> = serde_urlencoded::from_bytes(&bytes)
            .map_err(|_| kinds::MALFORMED_BODY.because("the body is not what a form sends"))?;
        // Browsers end lines with CR and LF, whatever the page had (HTML, 4.10.21.4); what is stored has LF.
        Ok(Self::filled(values.into_iter().map(|(name, value)| (name, value.replace("\r\n", "\n")))))
    }

    /// A form with these values in it, such as what is stored now.
    #[must_use]
    pub fn filled(values: impl IntoIterator<Item = (String, String)>) -> Self {
        Self { values: values.into_iter().collect(), ..Self::default() }
    }

    /// The same with one more field.
    #[must_use]
    pub fn and(mut self, name: &str, value: String) -> Self {
        self.values.push((name.to_owned(), value));
        self
    }

    /// The fields of the query of an address; none if it cannot be read.
    #[must_use]
    pub fn of_query(query: &str) -> Self {
        Self::filled(serde_urlencoded::from_str::<Vec<_>>(query).unwrap_or_default())
    }

    /// What was typed; empty where nothing was.
    #[must_use]
    pub fn value(&self, name: &str) -> &str {
        self.values.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    /// All values of fields of this name, in their order.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.values.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Puts a value in where the form has no such field.
    pub fn fill(&mut self, name: &str, value: impl FnOnce() -> String) {
        if !self.is_ticked(name) {
            self.values.push((name.to_owned(), value()));
        }
    }

    /// What was typed, or this where the form has no such field.
    #[must_use]
    pub fn value_or<'a>(&'a self, name: &str, otherwise: &'a str) -> &'a str {
        self.values.iter().find(|(key, _)| key == name).map_or(otherwise, |(_, value)| value)
    }

    /// What was typed, which is then not shown again: a password.
    pub fn take(&mut self, name: &str) -> String {
        let at = self.values.iter().position(|(key, _)| key == name);
        at.map_or_else(String::new, |at| self.values.swap_remove(at).1)
    }

    /// Notes what is wrong with the whole.
    pub fn fail_whole(&mut self, what: String) {
        self.refusal = Some(what);
    }

    /// Whether a box was ticked.
    #[must_use]
    pub fn is_ticked(&self, name: &str) -> bool {
        self.values.iter().any(|(key, _)| key == name)
    }

    /// Whether one of several boxes of a name was ticked: the one with this value.
    #[must_use]
    pub fn has_ticked(&self, name: &str, value: &str) -> bool {
        self.all(name).any(|ticked| ticked == value)
    }

    /// What a button that switches something said.
    ///
    /// # Errors
    /// When it said neither on nor off: no button of ours did.
    pub fn switched(&self, name: &str) -> Result<bool, Problem> {
        let said = |_| kinds::MALFORMED_BODY.because(format!("{name} is neither true nor false"));
        params::flag(self.value(name)).map_err(said)
    }

    /// Fields whose name begins like this, with the rest of the name.
    pub fn beginning<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.values.iter().filter_map(move |(key, value)| Some((key.strip_prefix(prefix)?, value.as_str())))
    }

    /// Reads a field; notes the text with the key `rule`, which says what would be right, when it cannot be read.
    pub fn read<T>(
        &mut self,
        t: Texts,
        name: &str,
        rule: &str,
        read: impl FnOnce(&str) -> Result<T, Invalid>,
    ) -> Option<T> {
        match read(self.value(name).trim()) {
            Ok(value) => Some(value),
            Err(_) => {
                self.fail(name, t.t(rule));
                None
            }
        }
    }

    /// Reads a field that may be left empty, as [`Form::read`] does.
    pub fn read_if_given<T>(
        &mut self,
        t: Texts,
        name: &str,
        rule: &str,
        read: impl FnOnce(&str) -> Result<T, Invalid>,
    ) -> Option<T> {
        if self.value(name).trim().is_empty() { None } else { self.read(t, name, rule, read) }
    }

    /// Notes what is wrong with a field.
    pub fn fail(&mut self, name: &str, what: String) {
        self.errors.insert(name.to_owned(), what);
    }

    /// Takes in why a command was refused: at its field where the problem names one that the form has, else for the
    /// whole.
    ///
    /// # Errors
    /// A problem that no change of the form would fix, such as a store that fails.
    pub fn refuse(&mut self, t: Texts, problem: Problem) -> Result<(), Problem> {
        let key = format!("problem-{}", problem.kind.name);
        if problem.kind.status.is_server_error() || problem.kind.status == StatusCode::NOT_FOUND || !t.has(&key) {
            return Err(problem);
        }
        let fields = problem.errors.iter().filter_map(|error| error.pointer.as_deref()?.strip_prefix('/'));
        match fields.into_iter().find(|field| self.values.iter().any(|(key, _)| key == field)) {
            Some(field) => self.fail(field, t.t(&key)),
            None => self.refusal = Some(t.t(&key)),
        }
        Ok(())
    }

    /// Whether nothing is wrong so far.
    #[must_use]
    pub fn is_fine(&self) -> bool {
        self.errors.is_empty() && self.refusal.is_none()
    }

    /// What is wrong with a field.
    #[must_use]
    pub fn error(&self, name: &str) -> Option<&str> {
        self.errors.get(name).map(String::as_str)
    }

    /// What is wrong with the whole.
    #[must_use]
    pub fn refusal(&self) -> Option<&str> {
        self.refusal.as_deref()
    }
}

/// A whole number, for one of the rules of `maitred_core::limits`.
///
/// # Errors
/// When it is something else. Spaces between thousands are fine.
pub fn whole(text: &str) -> Result<i64, Invalid> {
    let digits: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    digits.parse().map_err(|_| Invalid("is not a whole number".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::texts::Lang;
    use maitred_core::limits;

    const T: Texts = Texts(Lang::En);

    fn sent(pairs: &[(&str, &str)]) -> Form {
        Form::filled(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
    }

    #[test]
    fn what_was_typed_stays_beside_what_is_wrong_with_it() {
        let mut form = sent(&[("name", "  "), ("max_load", "1 000")]);
        assert_eq!(form.read(T, "name", "rule-name", limits::name), None);
        let read = form.read(T, "max_load", "rule-max-load", |text| limits::max_load(whole(text)?));
        assert_eq!((read, form.value("max_load")), (Some(1_000), "1 000"));
        assert_eq!(form.error("name"), Some(T.t("rule-name").as_str()));
        assert!(!form.is_fine() && form.error("max_load").is_none());
    }

    #[test]
    fn a_refusal_goes_to_its_field() {
        let mut form = sent(&[("name", "Bot")]);
        form.refuse(T, kinds::NAME_TAKEN.because("source 1 has this name").at("/name")).expect("it can be fixed");
        assert_eq!(form.error("name"), Some(T.t("problem-name-taken").as_str()));
        assert!(form.refuse(T, kinds::STORE_UNAVAILABLE.because("not now")).is_err());
    }
}
