//! Webhooks as the [Standard Webhooks](https://github.com/standard-webhooks/standard-webhooks) specification has them,
//! apart from what is stored and when something is sent.
//!
//! | where | what |
//! |---|---|
//! | [`bitrix24`] | the CRM that is called natively: its leads, by the REST API of a portal |
//! | [`address`] | which addresses may be called: nothing of the own network unless the settings name it |
//! | [`endpoint_url`] | the URL of an endpoint |
//! | [`message`] | the body, and the id by which a receiver recognises what it has had already |
//! | [`signature`] | secrets, and signing with them |
//! | [`retry`] | when a delivery that failed is tried again |
//! | [`sender`] | one call, and what came back |
//!
//! Which endpoints there are is in `maitred-store`, who sends what and when in `maitred-app`.

pub mod address;
pub mod bitrix24;
pub mod endpoint_url;
pub mod message;
pub mod retry;
pub mod sender;
pub mod signature;

pub use address::AddressPolicy;
pub use endpoint_url::EndpointUrl;
pub use message::Message;
pub use sender::{Attempt, Sender};
pub use signature::Secret;
