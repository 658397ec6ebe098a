//! How a source reads what it is sent.

use super::FieldType;
use super::input::Input;
use maitred_core::limits::Invalid;
use maitred_mapping::Mapping;
use serde_json::Value;
use utoipa::openapi::schema::{Object, ObjectBuilder, OneOfBuilder, Type};
use utoipa::openapi::{RefOr, Schema};

/// The longest mapping, in bytes of JSON.
pub const MAPPING_BYTES_MAX: usize = 65_536;
/// A mapping, checked, in its long form.
pub const MAPPING: MappingField = MappingField;

/// See [`MAPPING`].
#[derive(Clone, Copy)]
pub struct MappingField;

impl FieldType for MappingField {
    type Value = Value;

    fn read<'a, I: Input<'a>>(self, input: I) -> Result<Value, I::Error> {
        let written = input.json(MAPPING_BYTES_MAX)?;
        let wrong = |error: maitred_mapping::InvalidMapping| Invalid(format!("is wrong at {error}"));
        Ok(Mapping::read(&written).map_err(wrong)?.to_json())
    }

    fn placeholder(self) -> Value {
        Value::Null
    }

    fn schema(self) -> RefOr<Schema> {
        let object = ObjectBuilder::new().schema_type(Type::Object);
        let list = utoipa::openapi::schema::ArrayBuilder::new().items(Object::with_type(Type::Object));
        OneOfBuilder::new().item(object).item(list).into()
    }
}
