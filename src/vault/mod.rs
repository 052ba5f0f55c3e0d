//! Secrets: where they are (`address`), in which cloud (`clouds`), how a vault asks for a token
//! (`challenge`), what it answers (`model`, `refusal`) and the requests themselves (`requests`).

pub(crate) mod address;
pub(crate) mod challenge;
pub(crate) mod clouds;
pub(crate) mod model;
pub(crate) mod refusal;
pub(crate) mod requests;

pub use clouds::VaultSuffix;
pub use model::Secret;
