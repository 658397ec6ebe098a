//! What the document says of requests. It comes from the same functions that read them: here they are run over nothing,
//! and each field notes what it is.

use super::RequestBody;
use maitred_core::limits::Invalid;
use maitred_web::field::{FieldType, Fields, Found, Presence};
use serde_json::Value;
use std::borrow::Cow;
use std::marker::PhantomData;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{Object, ObjectBuilder, OneOfBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Required, Schema};
use utoipa::{IntoParams, PartialSchema, ToSchema};

/// The schema of a body, for `request_body` of a call.
pub struct BodyOf<T>(PhantomData<T>);

impl<T: RequestBody> PartialSchema for BodyOf<T> {
    fn schema() -> RefOr<Schema> {
        object(T::ABOUT, T::EXAMPLE, Description::of(Null::LeftOut, T::read)).into()
    }
}

impl<T: RequestBody> ToSchema for BodyOf<T> {
    fn name() -> Cow<'static, str> {
        T::SCHEMA.into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.extend(Description::of(Null::LeftOut, T::read).referenced);
    }
}

/// The schema of a body of a dialect.
pub struct DialectBodyOf<T>(PhantomData<T>);

impl<T: RequestBody> PartialSchema for DialectBodyOf<T> {
    fn schema() -> RefOr<Schema> {
        object(T::ABOUT, T::EXAMPLE, Description::of(Null::Wrong, T::read)).into()
    }
}

impl<T: RequestBody> ToSchema for DialectBodyOf<T> {
    fn name() -> Cow<'static, str> {
        T::SCHEMA.into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.extend(Description::of(Null::Wrong, T::read).referenced);
    }
}

/// The parameters of a query, declared once: [`Query::read`] reads them, and describes them for the document
/// ([`QueryOf`]).
pub trait Query: Sized {
    /// Reads or describes them.
    fn read(fields: &mut impl Fields) -> Self;
}

/// The parameters of a query, for `params` of a call.
pub struct QueryOf<T>(PhantomData<T>);

impl<T: Query> IntoParams for QueryOf<T> {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let described = Description::of(Null::Impossible, T::read);
        described.properties.into_iter().map(Property::into_parameter).collect()
    }
}

/// What `null` is taken for where a field may be left out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Null {
    /// For the same as leaving it out.
    LeftOut,
    /// For a wrong value, where the field has a value of its own when it is left out. So the dialects have it.
    Wrong,
    /// For nothing: a query cannot say it.
    Impossible,
}

/// All fields of a request, in their order.
pub struct Description {
    null: Null,
    pub properties: Vec<Property>,
    pub referenced: Vec<(String, RefOr<Schema>)>,
}

/// One field.
pub struct Property {
    pub name: &'static str,
    pub about: &'static str,
    pub is_required: bool,
    pub schema: RefOr<Schema>,
    example: Option<Value>,
}

impl Description {
    /// What `read` reads.
    pub fn of<T>(null: Null, read: impl FnOnce(&mut Self) -> T) -> Self {
        let mut description = Self { null, properties: Vec::new(), referenced: Vec::new() };
        read(&mut description);
        description
    }

    const fn is_nullable(&self, presence: &Presence<'_>) -> bool {
        match presence {
            Presence::Required | Presence::Edited => false,
            Presence::Removable | Presence::Nullable => true,
            Presence::Optional => !matches!(self.null, Null::Impossible),
            Presence::Or(_) => matches!(self.null, Null::LeftOut),
        }
    }
}

impl Fields for Description {
    fn field<K: FieldType>(
        &mut self,
        name: &'static str,
        of: K,
        about: &'static str,
        presence: Presence<'_>,
    ) -> Found<K::Value> {
        let default = if let Presence::Or(default) = presence { Some(default()) } else { None };
        let schema = if self.is_nullable(&presence) { or_null(of.schema()) } else { of.schema() };
        self.referenced.extend(of.referenced());
        self.properties.push(Property {
            name,
            about,
            is_required: matches!(presence, Presence::Required | Presence::Nullable),
            schema: with_default(schema, default),
            example: of.example_json().map(|json| serde_json::from_str(json).expect("an example is JSON")),
        });
        Found::Nothing
    }

    fn fail(&mut self, _: &'static str, _: Invalid) {}

    fn fail_whole(&mut self, _: &'static str) {}

    fn has_errors_at(&self, _: &[&str]) -> bool {
        false
    }
}

impl Property {
    /// Its schema, with what is said of it.
    fn into_schema(self) -> RefOr<Schema> {
        let about = Some(self.about).filter(|about| !about.is_empty()).map(str::to_owned);
        let mut schema = self.schema;
        match &mut schema {
            RefOr::T(Schema::Object(object)) => (object.description, object.example) = (about, self.example),
            RefOr::T(Schema::OneOf(one_of)) => (one_of.description, one_of.example) = (about, self.example),
            RefOr::T(Schema::Array(array)) => (array.description, array.example) = (about, self.example),
            RefOr::Ref(reference) => reference.description = about.unwrap_or_default(),
            RefOr::T(_) => {}
        }
        schema
    }

    fn into_parameter(self) -> Parameter {
        let builder = ParameterBuilder::new()
            .name(self.name)
            .parameter_in(ParameterIn::Query)
            .required(if self.is_required { Required::True } else { Required::False })
            .description(Some(self.about).filter(|about| !about.is_empty()))
            .example(self.example);
        builder.schema(Some(self.schema)).build()
    }
}

/// The schema of an object with these fields.
pub fn object(about: &str, example: Option<&str>, fields: Description) -> Object {
    let object = ObjectBuilder::new().description(Some(about));
    let object = fields.properties.into_iter().fold(object, |object, property| {
        let (name, is_required) = (property.name, property.is_required);
        let object = object.property(name, property.into_schema());
        if is_required { object.required(name) } else { object }
    });
    let mut object = object.build();
    object.example = example.map(|json| serde_json::from_str(json).expect("an example is JSON"));
    object
}

fn or_null(schema: RefOr<Schema>) -> RefOr<Schema> {
    match schema {
        RefOr::T(Schema::Object(mut object)) => {
            object.schema_type = match object.schema_type {
                SchemaType::Type(one) => SchemaType::Array(vec![one, Type::Null]),
                SchemaType::Array(some) => some.into_iter().chain([Type::Null]).collect(),
                SchemaType::AnyValue => SchemaType::AnyValue,
            };
            object.into()
        }
        RefOr::T(Schema::Array(mut array)) => {
            array.schema_type = [Type::Array, Type::Null].into_iter().collect();
            array.into()
        }
        other => {
            let null = ObjectBuilder::new().schema_type(Type::Null);
            Schema::OneOf(OneOfBuilder::new().item(other).item(null).build()).into()
        }
    }
}

fn with_default(mut schema: RefOr<Schema>, default: Option<Value>) -> RefOr<Schema> {
    match &mut schema {
        RefOr::T(Schema::Object(object)) => object.default = default,
        RefOr::T(Schema::OneOf(one_of)) => one_of.default = default,
        // Beside a reference there is nothing but words.
        _ => {}
    }
    schema
}
