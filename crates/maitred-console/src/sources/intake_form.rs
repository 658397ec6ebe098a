//! The form of an intake: how a source reads what it is sent, as rows of fields and paths, and back.

use crate::forms::Form;
use crate::texts::Texts;
use maitred_app::intakes::settings::{ADDRESS_BYTES_MAX, IntakeSettings, ORIGINS_MAX, origin};
use maitred_core::limits::Invalid;
use maitred_mapping::mapping::Rule;
use maitred_mapping::{Mapping, Preset};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Paths of a sample that are offered.
pub const PATHS_SHOWN: usize = 100;
/// Rows that are empty, for more.
const BLANK_ROWS: usize = 3;
/// Rows of a form that are read.
pub const ROWS_MAX: usize = 64;
/// The rows of the mapping, as a field.
const RULES: &str = "rules";
/// What stands between paths that are tried one after the other.
const BETWEEN_PATHS: char = ';';

/// A rule as it is typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Row {
    pub at: usize,
    pub target: String,
    pub paths: String,
    pub transform: String,
    pub constant: String,
}

impl Row {
    fn of(at: usize, rule: &Rule) -> Self {
        let paths: Vec<&str> = rule.paths.iter().map(maitred_mapping::path::Path::as_str).collect();
        Self {
            at,
            target: rule.target.to_text(),
            paths: paths.join(&format!(" {BETWEEN_PATHS} ")),
            transform: rule.transform.first().map_or("", |it| it.as_str()).to_owned(),
            constant: rule.constant.as_deref().unwrap_or_default().to_owned(),
        }
    }

    fn typed(form: &Form, at: usize) -> Self {
        let value = |name: &str| form.value(&format!("{name}-{at}")).trim().to_owned();
        Self {
            at,
            target: value("target"),
            paths: value("paths"),
            transform: value("transform"),
            constant: value("constant"),
        }
    }

    const fn is_blank(&self) -> bool {
        self.paths.is_empty() && self.constant.is_empty()
    }

    fn to_json(&self) -> Value {
        let paths = self.paths.split(BETWEEN_PATHS).map(str::trim).filter(|path| !path.is_empty());
        let mut rule = json!({"target": self.target, "paths": paths.collect::<Vec<_>>()});
        if !self.transform.is_empty() {
            rule["transform"] = json!([self.transform]);
        }
        if !self.constant.is_empty() {
            rule["constant"] = json!(self.constant);
        }
        rule
    }
}

/// The form of what is stored.
pub(super) fn stored(settings: &IntakeSettings) -> Form {
    let fields = fields(settings).map(|(name, value)| (name.to_owned(), value));
    let mut form = Form::stored(fields);
    form.remember_as(RULES, &digest(&rows_of(settings)));
    form
}

/// The fields of a form as they are stored, but for the rows of the mapping.
fn fields(settings: &IntakeSettings) -> [(&'static str, String); 4] {
    let reads = match (&settings.mapping, &settings.preset) {
        (Some(_), _) => "own",
        (None, Some(preset)) => preset,
        (None, None) => "",
    };
    let keeps_rest = settings.mapping().is_ok_and(|mapping| mapping.keep_rest);
    [
        ("reads", reads.to_owned()),
        ("origins", settings.origins.join("\n")),
        ("redirect_url", settings.redirect.as_deref().unwrap_or_default().to_owned()),
        ("keep_rest", if keeps_rest { "true".to_owned() } else { String::new() }),
    ]
}

fn rows_of(settings: &IntakeSettings) -> Vec<Row> {
    let mapping = settings.mapping().unwrap_or_default();
    mapping.rules.iter().enumerate().map(|(at, rule)| Row::of(at, rule)).filter(|row| !row.is_blank()).collect()
}

/// Stands for rows: equal for equal ones.
fn digest(rows: &[Row]) -> String {
    let text: Value = rows.iter().map(Row::to_json).collect();
    let whole = Sha256::digest(text.to_string());
    whole.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// Takes in what somebody else changed since the form was shown; of the rows of the mapping all count as one field.
pub(super) fn rebase(t: Texts, form: &mut Form, settings: &IntakeSettings) {
    fields(settings).iter().for_each(|(name, now)| form.rebase(t, name, now));
    let Some(was) = form.remembered(RULES).map(ToOwned::to_owned) else { return };
    let (typed, now) = (digest(&typed(form)), digest(&rows_of(settings)));
    if typed != was && now != was && now != typed {
        form.fail(RULES, t.t("problem-changed-meanwhile"));
        form.remember_as(RULES, &now);
    }
}

/// Whether the rows are those that the form was shown with: then those that are stored stay.
fn are_untouched(form: &Form) -> bool {
    form.remembered(RULES).is_some_and(|was| was == digest(&typed(form)))
}

/// The rows to show: those that were typed, else those of the mapping, and some for more.
pub(super) fn shown_rules(form: &Form, settings: &IntakeSettings) -> Vec<Row> {
    let mut rows: Vec<Row> = match form.is_ticked("target-0") {
        true => typed(form),
        false => {
            let mapping = settings.mapping().unwrap_or_default();
            mapping.rules.iter().enumerate().map(|(at, rule)| Row::of(at, rule)).collect()
        }
    };
    let blank = BLANK_ROWS.min(ROWS_MAX.saturating_sub(rows.len()));
    (0..blank).for_each(|_| rows.push(Row { at: rows.len(), ..Row::default() }));
    rows
}

fn typed(form: &Form) -> Vec<Row> {
    let rows = (0..ROWS_MAX).map(|at| Row::typed(form, at)).filter(|row| !row.is_blank());
    rows.enumerate().map(|(at, row)| Row { at, ..row }).collect()
}

/// The settings that a form says; what is wrong with it is noted at its fields.
pub(super) fn settings_of(t: Texts, form: &mut Form, before: IntakeSettings) -> IntakeSettings {
    let origins = form.read(t, "origins", "rule-intake-origins", origins).unwrap_or_default();
    let redirect = form.read(t, "redirect_url", "rule-intake-redirect", redirect).flatten();
    let reads = form.value("reads").to_owned();
    let settings = IntakeSettings { origins, redirect, ..before };
    match reads.as_str() {
        "own" => {
            let mapping = own_mapping(form, &settings);
            if let Err(wrong) = Mapping::read(&mapping) {
                form.fail("rules", t.of("rule-intake-mapping", &place(&wrong.pointer, &wrong.detail)));
            }
            IntakeSettings { mapping: Some(mapping), ..settings }
        }
        known => {
            let preset = Preset::find(known).map(|preset| preset.id.clone());
            IntakeSettings { preset, mapping: None, ..settings }
        }
    }
}

/// A mistake in words: which row, counted from one, and what is wrong.
fn place(pointer: &str, detail: &str) -> String {
    let row = pointer.strip_prefix("/rules/").and_then(|rest| rest.split('/').next()?.parse::<usize>().ok());
    row.map_or_else(|| detail.to_owned(), |row| format!("{}: {detail}", row + 1))
}

/// The mapping before it with other rules: a form has no fields for the rest.
fn own_mapping(form: &Form, before: &IntakeSettings) -> Value {
    let mut mapping = before.mapping().unwrap_or_default().to_json();
    if !are_untouched(form) {
        mapping["rules"] = typed(form).iter().map(Row::to_json).collect();
    }
    mapping["keep_rest"] = form.is_ticked("keep_rest").into();
    mapping
}

fn origins(text: &str) -> Result<Vec<Box<str>>, Invalid> {
    let wrong = || Invalid("is no list of sites".to_owned());
    let lines = text.split_whitespace().map(|line| origin(line).map(Into::into).ok_or_else(wrong));
    let all: Vec<Box<str>> = lines.collect::<Result<_, _>>()?;
    if all.len() <= ORIGINS_MAX { Ok(all) } else { Err(wrong()) }
}

/// An empty one is none.
fn redirect(text: &str) -> Result<Option<Box<str>>, Invalid> {
    let is_url =
        origin(text).is_some() && text.len() <= ADDRESS_BYTES_MAX && text.bytes().all(|it| it.is_ascii_graphic());
    match (text.is_empty(), is_url) {
        (true, _) => Ok(None),
        (false, true) => Ok(Some(text.into())),
        (false, false) => Err(Invalid("is no address".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::texts::Lang;

    #[test]
    fn a_preset_can_be_changed_row_by_row() {
        let before = IntakeSettings { preset: Some("whatsapp".into()), ..IntakeSettings::default() };
        let rows = shown_rules(&stored(&before), &before);
        let fields = rows.iter().flat_map(|row| {
            let name = |field: &str| format!("{field}-{}", row.at);
            [(name("target"), row.target.clone()), (name("paths"), row.paths.clone())]
        });
        let own = ("reads".to_owned(), "own".to_owned());
        let mut form = Form::filled(fields.chain([own]));
        let after = settings_of(Texts(Lang::En), &mut form, before.clone());
        assert!(form.is_fine());
        let (was, is) = (before.mapping().expect("a preset"), after.mapping().expect("a mapping"));
        assert_eq!((is.rules.len(), is.split.clone(), is.keep_rest), (was.rules.len(), was.split.clone(), false));
        assert_eq!(is.rules[1].paths.len(), was.rules[1].paths.len());
    }

    #[test]
    fn a_mistake_is_named_by_its_row() {
        let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let mut form = Form::filled([
            field("reads", "own"),
            field("target-0", "phone"),
            field("paths-0", "$.a ; $.b["),
            field("origins", "https://a.example\nnonsense"),
        ]);
        settings_of(Texts(Lang::En), &mut form, IntakeSettings::default());
        assert!(form.error("rules").is_some_and(|error| error.contains('1')), "{:?}", form.error("rules"));
        assert!(form.error("origins").is_some() && form.error("redirect_url").is_none());
    }
}
