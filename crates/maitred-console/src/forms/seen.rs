//! What a form was made of. A page may be older than what it changes: fields that nobody touched follow what is stored,
//! and of a field that two people changed the later one is asked again.

use super::Form;
use crate::texts::Texts;
use std::collections::BTreeSet;

/// What the hidden field of a field's first value is called, before its name.
const SEEN: &str = "was-";

impl Form {
    /// A form of what is stored, which remembers it.
    #[must_use]
    pub fn stored(values: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut form = Self::filled(values);
        form.remember();
        // Or boxes that are not ticked would be shown ticked, and saved so.
        form.values.retain(|(name, value)| name.starts_with(SEEN) || !value.is_empty());
        form
    }

    fn remember(&mut self) {
        let seen: Vec<_> = self.values.iter().map(|(name, value)| (format!("{SEEN}{name}"), value.clone())).collect();
        self.values.extend(seen);
    }

    /// The hidden fields that remember: name and value.
    pub fn seen(&self) -> impl Iterator<Item = (String, &str)> {
        self.beginning(SEEN).map(|(name, value)| (format!("{SEEN}{name}"), value))
    }

    /// Takes in what is stored by now of a field: where nobody touched it, it becomes that; where it was changed to
    /// something else meanwhile, the field says so. A page that remembers nothing is taken at its word.
    pub fn rebase(&mut self, t: Texts, name: &str, now: &str) {
        let seen = format!("{SEEN}{name}");
        if !self.is_ticked(&seen) {
            return;
        }
        let typed = self.value(name).trim();
        if typed == self.value(&seen).trim() {
            self.set(name, now);
        } else if now != self.value(&seen) && now != typed {
            let now = if now.is_empty() { "—" } else { now };
            self.fail(name, t.of("form-changed", now));
        }
        self.set(&seen, now);
    }

    /// The same of a field with several values, such as boxes of one name; what two people changed is said of the whole
    /// form.
    pub fn rebase_all(&mut self, t: Texts, name: &str, now: &[String]) {
        let seen = format!("{SEEN}{name}");
        if !self.is_ticked(&seen) {
            return;
        }
        let values = |name: &str| -> BTreeSet<String> {
            self.all(name).filter(|value| !value.is_empty()).map(ToOwned::to_owned).collect()
        };
        let (typed, was, now): (_, _, BTreeSet<_>) = (values(name), values(&seen), now.iter().cloned().collect());
        if typed == was {
            self.set_all(name, &now);
        } else if now != was && now != typed {
            self.fail_whole(t.t("problem-changed-meanwhile"));
        }
        self.set_all(&seen, &now);
    }

    /// Remembers that this is stored by now, of a field that is compared elsewhere.
    pub fn remember_as(&mut self, name: &str, now: &str) {
        self.set(&format!("{SEEN}{name}"), now);
    }

    /// What the page remembers of a field; none if it remembers nothing.
    #[must_use]
    pub fn remembered(&self, name: &str) -> Option<&str> {
        let seen = format!("{SEEN}{name}");
        self.values.iter().find(|(key, _)| *key == seen).map(|(_, value)| value.as_str())
    }

    fn set_all(&mut self, name: &str, values: &BTreeSet<String>) {
        let mut values = values.iter();
        self.set(name, values.next().map_or("", String::as_str));
        self.values.extend(values.map(|value| (name.to_owned(), value.clone())));
    }

    /// Of a box that is not ticked nothing is sent, nor is anything stored here.
    fn set(&mut self, name: &str, value: &str) {
        self.values.retain(|(key, _)| key != name);
        if !value.is_empty() || name.starts_with(SEEN) {
            self.values.push((name.to_owned(), value.to_owned()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::texts::Lang;

    const T: Texts = Texts(Lang::En);

    fn form(pairs: &[(&str, &str)]) -> Form {
        Form::filled(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
    }

    #[test]
    fn what_nobody_touched_follows_what_is_stored() {
        let mut form = form(&[("name", "Anna"), ("was-name", "Anna"), ("was-sticky", ""), ("max_load", "7")]);
        form.rebase(T, "name", "Anna Petrova");
        form.rebase(T, "sticky", "true");
        form.rebase(T, "max_load", "9");
        assert_eq!((form.value("name"), form.is_ticked("sticky")), ("Anna Petrova", true));
        assert_eq!(form.value("max_load"), "7", "a page that remembers nothing is taken at its word");
        assert!(form.is_fine());
    }

    #[test]
    fn a_box_that_is_not_ticked_is_stored_as_nothing_and_remembered() {
        let stored = [("sticky", ""), ("short_phones", "true")].map(|(name, value)| (name.into(), value.into()));
        let mut form = Form::stored(stored);
        assert!(!form.is_ticked("sticky") && form.is_ticked("short_phones"));
        form.rebase(T, "sticky", "true");
        assert!(form.is_ticked("sticky"), "nobody touched it");
    }

    #[test]
    fn of_a_field_that_two_changed_the_later_is_asked_once() {
        let mut form = form(&[("max_load", "7"), ("was-max_load", "5")]);
        form.rebase(T, "max_load", "9");
        assert!(form.error("max_load").is_some_and(|error| error.contains('9')) && form.value("max_load") == "7");
        let mut again = Form::filled(form.values.clone());
        again.rebase(T, "max_load", "9");
        assert!(again.is_fine() && again.value("max_load") == "7", "they have seen it now");
        let mut same = super::tests::form(&[("max_load", "9"), ("was-max_load", "5")]);
        same.rebase(T, "max_load", "9");
        assert!(same.is_fine(), "both want the same");
    }

    #[test]
    fn of_boxes_that_two_changed_the_later_is_asked_once() {
        let now = ["b".to_owned()];
        let mut untouched = form(&[("kind", "a"), ("was-kind", "a")]);
        untouched.rebase_all(T, "kind", &now);
        assert!(untouched.is_fine() && untouched.all("kind").eq(["b"]));
        untouched.rebase_all(T, "kind", &[]);
        assert!(untouched.is_fine() && !untouched.is_ticked("kind"), "all of them");
        let mut both = form(&[("kind", "c"), ("was-kind", "")]);
        both.rebase_all(T, "kind", &now);
        assert!(!both.is_fine() && both.all("kind").eq(["c"]));
        let mut again = Form::filled(both.values.clone());
        again.rebase_all(T, "kind", &now);
        assert!(again.is_fine() && again.all("kind").eq(["c"]), "they have seen it now");
    }
}
