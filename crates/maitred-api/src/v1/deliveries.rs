//! A call of an endpoint of webhooks, as the API shows it.

use maitred_store::clock::Rfc3339;
use maitred_store::endpoints::Delivery;
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// One call of an endpoint, and what came of it.
#[derive(Serialize, ToSchema)]
#[schema(as = Delivery)]
pub(super) struct DeliveryBody {
    id: i64,
    /// The event that was sent; `null` for a test.
    #[schema(required = true)]
    position: Option<i64>,
    /// The type of the message.
    #[schema(value_type = String, example = "contact.assigned")]
    r#type: Arc<str>,
    /// The number of the try, from 1.
    attempt: u32,
    #[schema(value_type = String, format = DateTime)]
    at: Rfc3339,
    duration_ms: i64,
    /// Whether the endpoint took it: it answered with 2xx.
    delivered: bool,
    /// The status of the answer; `null` without one.
    #[schema(required = true)]
    status: Option<i64>,
    /// Why it failed; `null` if it did not.
    #[schema(required = true, value_type = Option<String>)]
    error: Option<Arc<str>>,
    /// The beginning of the answer.
    #[schema(required = true, value_type = Option<String>)]
    answer: Option<Arc<str>>,
}

impl From<Delivery> for DeliveryBody {
    fn from(delivery: Delivery) -> Self {
        Self {
            id: delivery.id,
            position: delivery.position,
            r#type: delivery.r#type,
            attempt: delivery.attempt,
            at: Rfc3339(delivery.at),
            duration_ms: delivery.duration_ms,
            delivered: delivery.error.is_none(),
            status: delivery.status,
            error: delivery.error,
            answer: delivery.answer,
        }
    }
}
