//! How the priority of those who wait rises: a list of steps.

use super::FieldType;
use super::input::Input;
use maitred_core::urgency::{AGEING_STEPS_MAX, AgeingStep, ageing_steps};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::openapi::schema::ArrayBuilder;
use utoipa::openapi::{Ref, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// A step, as it is sent and shown.
#[derive(Clone, Copy, Serialize, Deserialize, ToSchema)]
#[schema(as = AgeingStep)]
#[serde(deny_unknown_fields)]
pub struct StepBody {
    /// For how many seconds a contact has waited then: since it arrived, since its `not_before`, or since it was
    /// reopened.
    #[schema(minimum = 1, maximum = 2_592_000, example = 300)]
    after_s: i64,
    /// Which priority it has at least from then on.
    #[schema(minimum = -1000, maximum = 1000, example = 5)]
    priority: i64,
}

impl From<AgeingStep> for StepBody {
    fn from(step: AgeingStep) -> Self {
        Self { after_s: step.after_s.into(), priority: step.priority.into() }
    }
}

/// The steps of a source.
pub const AGEING: Ageing = Ageing;

/// See [`AGEING`].
#[derive(Clone, Copy)]
pub struct Ageing;

impl FieldType for Ageing {
    type Value = Arc<[AgeingStep]>;

    fn read<'a, I: Input<'a>>(self, input: I) -> Result<Self::Value, I::Error> {
        let sent: Vec<(i64, i64)> =
            input.objects::<StepBody>()?.into_iter().map(|step| (step.after_s, step.priority)).collect();
        Ok(ageing_steps(&sent)?)
    }

    fn placeholder(self) -> Self::Value {
        [].into()
    }

    fn schema(self) -> RefOr<Schema> {
        ArrayBuilder::new().items(Ref::from_schema_name(StepBody::name())).max_items(Some(AGEING_STEPS_MAX)).into()
    }

    fn referenced(self) -> Option<(String, RefOr<Schema>)> {
        Some((StepBody::name().into_owned(), StepBody::schema()))
    }
}
