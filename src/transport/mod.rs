//! HTTP as the library needs it: two kinds of clients, capped bodies, deadlines, retries, proxies,
//! name resolution. Knows nothing of identities and vaults.

pub(crate) mod answer;
pub(crate) mod clients;
pub(crate) mod failure;
#[allow(dead_code)]
pub(crate) mod pinned;
pub(crate) mod proxy;
pub(crate) mod resolver;
pub(crate) mod retry;
pub(crate) mod roots;
pub(crate) mod text;
pub(crate) mod work;
mod writing;
