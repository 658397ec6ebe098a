//! By how many contacts an account is corrected.

use super::FieldType;
use super::input::Input;
use maitred_core::limits::{CORRECTION_MAX, correction_amount};
use utoipa::openapi::schema::{AnyOfBuilder, ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};

/// So many contacts more, or fewer; never 0.
pub const AMOUNT: Amount = Amount;

#[derive(Clone, Copy)]
pub struct Amount;

impl FieldType for Amount {
    type Value = i64;

    fn read<'a, I: Input<'a>>(self, input: I) -> Result<i64, I::Error> {
        Ok(correction_amount(input.whole(-CORRECTION_MAX..=CORRECTION_MAX)?)?)
    }

    fn placeholder(self) -> i64 {
        0
    }

    fn schema(self) -> RefOr<Schema> {
        let from_to = |least: i64, most: i64| {
            let whole = ObjectBuilder::new().schema_type(Type::Integer);
            whole.minimum(Some(least as isize)).maximum(Some(most as isize)).build()
        };
        let either = AnyOfBuilder::new().item(from_to(1, CORRECTION_MAX)).item(from_to(-CORRECTION_MAX, -1));
        Schema::AnyOf(either.build()).into()
    }
}
