//! What the columns of a file mean: usual names in English and Russian are known, however they are written; the cells
//! of all others are kept in the contact's attributes.

use std::collections::BTreeMap;

/// What is known of a contact, by the name of its column, with other names of the same. Letter case, spaces, `_`, `-`
/// and the dots of `ё` do not count.
const NAMES: &[(&str, &[&str])] = &[
    ("source_id", &["idисточника"]),
    ("source", &["источник"]),
    ("lead_external_id", &["externalid", "внешнийid"]),
    (
        "lead_phone",
        &["phone", "phonenumber", "telephone", "tel", "mobile", "mobilephone", "телефон", "номертелефона", "мобильный"],
    ),
    ("lead_email", &["email", "emailaddress", "mail", "почта", "электроннаяпочта", "адресэлектроннойпочты"]),
    ("lead_name", &["name", "fullname", "firstname", "contactname", "имя", "фио", "полноеимя", "имяклиента"]),
    (LAST_NAME, &["lastname", "surname", "familyname", "фамилия"]),
    ("message", &["msg", "comment", "comments", "сообщение", "комментарий"]),
    ("priority", &["prio", "приоритет"]),
    ("attributes", &[]),
    ("source_event_id", &[]),
];

/// Goes behind the name; not a name of its own.
pub const LAST_NAME: &str = "lead_last_name";
/// What says who a contact is from.
pub const IDENTITIES: [&str; 3] = ["lead_external_id", "lead_phone", "lead_email"];
/// The columns by which the export of Meta's lead ads is recognised; `id` is the id of the lead form that was sent in.
const META: [&str; 3] = ["id", "createdtime", "formid"];

/// The columns of a file.
pub struct Columns {
    places: BTreeMap<&'static str, usize>,
    /// Those that go to the attributes, by the name they have there.
    others: Vec<(String, usize)>,
    /// How many the first line names.
    pub width: usize,
    header: Vec<String>,
}

impl Columns {
    /// Those of a header. `is_source_given`: a column that names the source is one like any other.
    pub fn of(header: &[String], is_source_given: bool) -> Self {
        let compared: Vec<String> = header.iter().map(|name| compared(name)).collect();
        let mut places = BTreeMap::new();
        for (name, others) in NAMES {
            let own = self::compared(name);
            let all = std::iter::once(own.as_str()).chain(others.iter().copied());
            let place = all.filter_map(|name| compared.iter().position(|it| it == name)).next();
            places.extend(place.map(|place| (*name, place)));
        }
        if is_source_given {
            places.retain(|name, _| !matches!(*name, "source_id" | "source"));
        }
        let taken: Vec<usize> = places.values().copied().collect();
        let meta = META.map(|name| compared.iter().position(|it| it == name));
        if let [Some(id), Some(_), Some(_)] = meta {
            places.entry("source_event_id").or_insert(id);
        }
        let others = (0..header.len()).filter(|at| !taken.contains(at));
        let mut columns = Self { places, others: Vec::new(), width: header.len(), header: header.to_vec() };
        others.for_each(|at| columns.add_other(at));
        columns
    }

    /// How many columns have a meaning.
    pub fn known(&self) -> usize {
        self.places.len()
    }

    pub fn has(&self, name: &str) -> bool {
        self.places.contains_key(name)
    }

    /// The cell of a known column, if it says anything.
    pub fn cell<'a>(&self, name: &str, cells: &'a [String]) -> Option<&'a str> {
        let cell = cells.get(*self.places.get(name)?)?;
        Some(cell.as_str()).filter(|text| !text.is_empty())
    }

    /// The cells of other columns that say anything, by their names.
    pub fn other_cells<'a>(&'a self, cells: &'a [String]) -> impl Iterator<Item = (&'a str, &'a str)> {
        let cell = |(name, at): &'a (String, usize)| Some((name.as_str(), cells.get(*at)?.as_str()));
        self.others.iter().filter_map(cell).filter(|(_, text)| !text.is_empty())
    }

    /// All cells that say anything, by the names of their columns.
    pub fn all_cells<'a>(&'a self, cells: &'a [String]) -> Vec<(&'a str, &'a str)> {
        let known = self.places.keys().filter_map(|name| Some((*name, self.cell(name, cells)?)));
        known.chain(self.other_cells(cells)).collect()
    }

    /// The columns whose cells go to the attributes.
    pub fn others(&self) -> Vec<String> {
        self.others.iter().map(|(name, _)| name.clone()).collect()
    }

    /// The known columns that the file calls otherwise: what they are, and their names there.
    pub fn renamed(&self) -> Vec<(&'static str, String)> {
        let renamed = self.places.iter().filter(|(name, at)| self.header[**at] != **name);
        renamed.map(|(name, at)| (*name, self.header[*at].clone())).collect()
    }

    /// Gives a column a name that no other has.
    fn add_other(&mut self, at: usize) {
        let given = self.header[at].trim_start_matches('\u{feff}');
        let given = if given.is_empty() { format!("column {}", at + 1) } else { given.to_owned() };
        let is_taken = |name: &str| self.others.iter().any(|(other, _)| other == name);
        let mut name = given.clone();
        let mut count = 1;
        while is_taken(&name) {
            count += 1;
            name = format!("{given} ({count})");
        }
        self.others.push((name, at));
    }
}

/// The names that are known, for a sentence.
pub fn known_names() -> String {
    let names: Vec<_> = NAMES.iter().map(|(name, _)| *name).filter(|name| *name != LAST_NAME).collect();
    names.join(", ")
}

fn compared(name: &str) -> String {
    let is_kept = |c: &char| !c.is_whitespace() && !matches!(c, '_' | '-' | '.' | ':' | '*' | '\u{feff}');
    let lower = name.to_lowercase().replace('ё', "е");
    lower.chars().filter(is_kept).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(header: &[&str]) -> Columns {
        Columns::of(&header.iter().map(|&name| name.to_owned()).collect::<Vec<_>>(), false)
    }

    #[test]
    fn names_are_known_in_two_languages_and_however_they_are_written() {
        for header in [
            ["source", "lead_phone", "lead_name"],
            ["Source", "Phone Number", "Full-Name"],
            ["ИСТОЧНИК", "Номер телефона", "Имя"],
            ["\u{feff}source", "TEL.", "ФИО:"],
        ] {
            let columns = columns(&header);
            let cells = ["Bot", "+7", "Anna"].map(str::to_owned);
            let found = ["source", "lead_phone", "lead_name"].map(|name| columns.cell(name, &cells));
            assert_eq!(found, [Some("Bot"), Some("+7"), Some("Anna")], "{header:?}");
        }
    }

    #[test]
    fn of_two_columns_that_mean_the_same_the_other_is_kept_in_attributes() {
        let columns = columns(&["name", "Mobile", "lead_phone", "note", "note", ""]);
        assert_eq!(columns.others(), ["Mobile", "note", "note (2)", "column 6"]);
        assert_eq!(columns.renamed(), [("lead_name", "name".to_owned())]);
    }

    #[test]
    fn the_id_of_a_lead_form_is_its_event() {
        let columns = columns(&["id", "created_time", "form_id", "phone_number"]);
        let cells = ["l:1", "2026", "f:1", "p:+7"].map(str::to_owned);
        assert_eq!(columns.cell("source_event_id", &cells), Some("l:1"));
        assert_eq!(columns.others(), ["id", "created_time", "form_id"]);
    }
}
