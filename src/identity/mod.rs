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
mod tokens;
mod workload;

use std::fmt;
use std::sync::Arc;

use crate::limits;
use crate::sensitive::Sensitive;
use crate::transport::retry;
pub use source::Source;
pub(crate) use tokens::{Freshness, Plan, Tokens};

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

/// An access token. Cheap to clone: clones share one wiped buffer.
#[derive(Clone)]
pub struct Token(Arc<TokenFields>);

struct TokenFields {
    value: Sensitive,
    expires_at_unix: i64,
    obtained_at_unix: i64,
    source: Source,
    resource: String,
    client_id: Option<String>,
    /// From then on a new one is got in the background.
    refresh_at_unix: i64,
}

impl Token {
    pub(crate) fn new(
        granted: response::Granted,
        source: Source,
        resource: String,
        now_unix: i64,
    ) -> Self {
        let life = granted.expires_at_unix.saturating_sub(now_unix);
        let refresh_in = granted
            .refresh_in_s
            .filter(|seconds| (1..life).contains(seconds))
            .unwrap_or_else(|| refresh_after(life));
        Self(Arc::new(TokenFields {
            value: granted.value,
            expires_at_unix: granted.expires_at_unix,
            obtained_at_unix: now_unix,
            source,
            resource,
            client_id: granted.ids.client_id,
            refresh_at_unix: now_unix.saturating_add(refresh_in),
        }))
    }

    /// The token itself.
    pub fn value(&self) -> &Sensitive {
        &self.0.value
    }

    /// When it expires, in seconds since 1970.
    pub fn expires_at_unix(&self) -> i64 {
        self.0.expires_at_unix
    }

    /// Where it came from.
    pub fn source(&self) -> Source {
        self.0.source
    }

    /// What it is for.
    pub fn resource(&self) -> &str {
        &self.0.resource
    }

    /// The client id of the identity, where the source tells.
    pub fn client_id(&self) -> Option<&str> {
        self.0.client_id.as_deref()
    }

    /// Whether it may still be handed out: until a margin before it expires, or to the end when
    /// it never had that much.
    fn is_usable(&self, now_unix: i64) -> bool {
        let margin = limits::TOKEN_EXPIRY_MARGIN_S;
        let fields = &*self.0;
        let lives_long = fields.expires_at_unix - fields.obtained_at_unix > margin;
        let until = fields.expires_at_unix - if lives_long { margin } else { 0 };
        now_unix < until
    }

    fn is_unexpired(&self, now_unix: i64) -> bool {
        now_unix < self.0.expires_at_unix
    }

    /// Whether it is time to get a new one while this one is still good.
    fn is_aging(&self, now_unix: i64) -> bool {
        now_unix >= self.0.refresh_at_unix
    }
}

/// How long after a token came its refresh begins: about the middle of a long life; a short one is
/// used up.
fn refresh_after(life: i64) -> i64 {
    if life <= limits::TOKEN_REFRESH_LIFE_MIN_S {
        return life;
    }
    let jitter = limits::TOKEN_REFRESH_JITTER_S;
    let random = retry::random_up_to(2 * jitter.unsigned_abs());
    life / 2 - jitter + i64::try_from(random).unwrap_or(0)
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token")
            .field("value", &self.0.value)
            .field("expires_at_unix", &self.0.expires_at_unix)
            .field("source", &self.0.source.name())
            .field("resource", &self.0.resource)
            .field("client_id", &self.0.client_id)
            .finish()
    }
}
