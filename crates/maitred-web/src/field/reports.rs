//! What reports are asked for.

use super::FieldType;
use super::input::Input;
use super::types::InPlace;
use maitred_app::reports::{BucketSize, LoadsBy, Moment};
use std::marker::PhantomData;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, OneOfBuilder, SchemaFormat, Type};
use utoipa::openapi::{RefOr, Schema};

/// By what arrivals are counted.
pub const BUCKET_SIZE: InPlace<BucketSize> = InPlace(PhantomData);
/// By what loads over time are shown.
pub const LOADS_BY: InPlace<LoadsBy> = InPlace(PhantomData);
/// When a period begins or ends.
pub const MOMENT: TimeOrDate = TimeOrDate;

/// A time, or a date.
#[derive(Clone, Copy)]
pub struct TimeOrDate;

impl FieldType for TimeOrDate {
    type Value = Moment;

    fn read<'a, I: Input<'a>>(self, input: I) -> Result<Moment, I::Error> {
        // A space before the offset is a plus that nobody escaped.
        Ok(Moment::parse(&input.text(1)?.trim().replace(' ', "+"))?)
    }

    fn placeholder(self) -> Moment {
        Moment::default()
    }

    fn schema(self) -> RefOr<Schema> {
        let text = |format| {
            let format = SchemaFormat::KnownFormat(format);
            ObjectBuilder::new().schema_type(Type::String).format(Some(format)).build()
        };
        let either = OneOfBuilder::new().item(text(KnownFormat::DateTime)).item(text(KnownFormat::Date));
        Schema::OneOf(either.build()).into()
    }
}
