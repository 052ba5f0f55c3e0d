//! Where tokens come from: which identity is asked for, and the token that comes of it. One file per
//! source; which one this machine has is `detect`'s business, what is cached where `cache`'s.

mod app_service;
mod arc;
pub(crate) mod arc_key;
mod assertion;
mod azure_ml;
pub(crate) mod cache;
mod cloud_shell;
mod detect;
mod endpoint;
mod exchange;
mod file;
mod imds;
mod moment;
mod refusal;
mod request;
pub(crate) mod resource;
mod response;
mod service_fabric;
mod source;
mod striped;
mod token;
mod tokens;
mod workload;

pub(crate) use cache::Key as TokenKey;
pub use source::Source;
pub use token::Token;
pub(crate) use tokens::{Freshness, Tokens};

/// Which managed identity a client speaks for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub enum Identity {
    /// The one the machine has by itself; where `AZURE_CLIENT_ID` is set, that one.
    #[default]
    Default,
    /// The user-assigned identity with this client id (application id).
    ClientId(String),
    /// The user-assigned identity with this object id (principal id).
    ObjectId(String),
    /// The user-assigned identity with this Azure resource id.
    ResourceId(String),
}
