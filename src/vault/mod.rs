//! Secrets: where they are (`origin`, `address`, `clouds`), what can be done with them (`deed`,
//! `operations`, `paging`, `bulk`) and how that is asked for (`requests`, `attributes`, `session`,
//! `verdict`, `challenge`, `vaults`), what a vault answers (`bundle`, `model`, `refusal`), and what a client keeps
//! of it (`cache`).

pub(crate) mod address;
pub(crate) mod attributes;
pub(crate) mod bulk;
mod bundle;
pub(crate) mod cache;
pub(crate) mod challenge;
pub(crate) mod clouds;
pub(crate) mod deed;
mod model;
pub(crate) mod operations;
pub(crate) mod origin;
pub(crate) mod paging;
mod refusal;
mod requests;
pub(crate) mod session;
mod turns;
pub(crate) mod vaults;
mod verdict;

pub use clouds::VaultSuffix;
pub use model::{Secret, SecretAttributes, SecretProperties};
