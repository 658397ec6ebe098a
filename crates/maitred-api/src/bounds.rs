//! What the documents say of the values in requests. Every bound is that of [`maitred_core::limits`], found by the name
//! of the field, so that a call is documented with it wherever the field stands, in whichever dialect.

use maitred_core::limits::{
    DESCRIPTION_CHARS_MAX, EVENT_ID_CHARS_MAX, IDENTITY_CHARS_MAX, MAX_LOAD_MAX, MESSAGE_BYTES_MAX, NAME_CHARS_MAX,
    WEIGHT_MAX,
};
use std::collections::BTreeSet;
use utoipa::Number;
use utoipa::openapi::path::{Operation, Parameter};
use utoipa::openapi::schema::{ArrayItems, SchemaType, Type};
use utoipa::openapi::{OpenApi, PathItem, RefOr, Schema};

/// What is trimmed: the white space of Unicode.
macro_rules! white {
    () => {
        r"\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
    };
}

macro_rules! control {
    () => {
        r"\u0000-\u001f\u007f-\u009f"
    };
}

/// Something to be seen, white space around it, and no control character within.
macro_rules! seen {
    () => {
        concat!("[^", white!(), control!(), "]([^", control!(), "]*[^", white!(), control!(), "])?[", white!(), "]*")
    };
}

const LINE: &str = concat!("^[", white!(), "]*", seen!(), "$");
const LINE_OR_BLANK: &str = concat!("^[", white!(), "]*(", seen!(), ")?$");
/// Anything but the one character that not every database keeps.
const TEXT: &str = r"^[^\u0000]*$";
/// Fifteen bytes in base64, as [`super::list`] makes them.
const CURSOR: &str = "^[A-Za-z0-9_-]{20}$";

/// Which values a field may have.
#[derive(Clone, Copy)]
enum Bound {
    Text { pattern: &'static str, chars_max: usize },
    Number { most: u32 },
}

/// The bound of a field that a request may have.
fn of_field(name: &str) -> Option<Bound> {
    let text = |pattern, chars_max| Some(Bound::Text { pattern, chars_max });
    match name {
        "name" => text(LINE, NAME_CHARS_MAX),
        "lead_name" => text(LINE_OR_BLANK, NAME_CHARS_MAX),
        "phone" | "email" | "external_id" | "client_id" | "external_lead_id" | "q" => text(LINE, IDENTITY_CHARS_MAX),
        "lead_phone" | "lead_email" | "lead_external_id" => text(LINE_OR_BLANK, IDENTITY_CHARS_MAX),
        "source_event_id" => text(LINE_OR_BLANK, EVENT_ID_CHARS_MAX),
        "description" => text(TEXT, DESCRIPTION_CHARS_MAX),
        "message" => text(TEXT, MESSAGE_BYTES_MAX),
        "cursor" => text(CURSOR, 20),
        "max_load" | "active_appeals_limit" => Some(Bound::Number { most: MAX_LOAD_MAX }),
        "weight" | "routing_factor" => Some(Bound::Number { most: WEIGHT_MAX }),
        _ => None,
    }
}

/// Adds to a document what may be sent.
pub fn add(document: &mut OpenApi) {
    let mut names = BTreeSet::new();
    for operation in document.paths.paths.values_mut().flat_map(operations) {
        for parameter in operation.parameters.iter_mut().flatten() {
            let RefOr::T(Parameter { name, schema, .. }) = parameter else { continue };
            if let Some(schema) = schema {
                never_null(schema);
                bind(schema, of_field(name));
            }
        }
        let Some(RefOr::T(body)) = &operation.request_body else { continue };
        let schemas = body.content.values().filter_map(|content| match content {
            RefOr::T(content) => content.schema.as_ref(),
            RefOr::Ref(_) => None,
        });
        schemas.for_each(|schema| collect(schema, &mut names));
    }
    let schemas = &mut document.components.get_or_insert_default().schemas;
    while let Some(name) = names.pop_first() {
        let Some(RefOr::T(Schema::Object(object))) = schemas.get_mut(&name) else { continue };
        for (field, property) in &mut object.properties {
            collect(property, &mut names);
            bind(property, of_field(field));
        }
    }
}

/// A parameter is left out; there is no way to say `null` in a query or a header.
fn never_null(schema: &mut RefOr<Schema>) {
    let RefOr::T(Schema::Object(object)) = schema else { return };
    if let SchemaType::Array(types) = &object.schema_type
        && let [only] = types.iter().filter(|one| **one != Type::Null).collect::<Vec<_>>()[..]
    {
        object.schema_type = SchemaType::Type(only.clone());
    }
}

/// The names of the schemas that this one is made of.
fn collect(schema: &RefOr<Schema>, names: &mut BTreeSet<String>) {
    match schema {
        RefOr::Ref(to) => names.extend(to.ref_location.rsplit('/').next().map(str::to_owned)),
        RefOr::T(Schema::Array(list)) => {
            if let ArrayItems::RefOrSchema(item) = &list.items {
                collect(item, names);
            }
        }
        RefOr::T(_) => {}
    }
}

fn bind(schema: &mut RefOr<Schema>, bound: Option<Bound>) {
    let RefOr::T(Schema::Object(object)) = schema else { return };
    match bound {
        Some(Bound::Text { pattern, chars_max }) => {
            object.pattern = Some(pattern.to_owned());
            object.max_length = Some(chars_max);
        }
        Some(Bound::Number { most }) => {
            object.minimum.get_or_insert(Number::Int(0));
            object.maximum = Some(Number::UInt(most as usize));
        }
        None => {}
    }
}

/// The calls of one path.
pub fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete]
        .into_iter()
        .filter_map(Option::as_mut)
}
