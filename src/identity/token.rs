//! `Token`: an access token and what is known of it, shared and immutable.

use std::fmt;
use std::sync::Arc;

use crate::identity::Source;
use crate::identity::response::Granted;
use crate::limits;
use crate::nul_ended::NulEnded;
use crate::sensitive::Sensitive;
use crate::transport::retry;

/// An access token. Cheap to clone: clones share one wiped buffer.
#[derive(Clone)]
pub struct Token(Arc<Share>);

/// What clones count their references on: the cache has one for each of its stripes, so that threads
/// on different processors do not wait for one counter.
#[repr(align(128))]
struct Share(Arc<TokenFields>);

struct TokenFields {
    value: Sensitive,
    expires_at_unix: i64,
    obtained_at_unix: i64,
    source: Source,
    resource: NulEnded,
    client_id: Option<NulEnded>,
    /// From then on a new one is got in the background.
    refresh_at_unix: i64,
}

impl Token {
    pub(crate) fn new(granted: Granted, source: Source, resource: &str, now_unix: i64) -> Self {
        let life = granted.expires_at_unix.saturating_sub(now_unix);
        let refresh_in = granted
            .refresh_in_s
            .filter(|seconds| (1..life).contains(seconds))
            .unwrap_or_else(|| refresh_after(life));
        Self::of(Arc::new(TokenFields {
            value: granted.value,
            expires_at_unix: granted.expires_at_unix,
            obtained_at_unix: now_unix,
            source,
            resource: NulEnded::new(resource),
            client_id: granted.ids.client_id.as_deref().map(NulEnded::new),
            refresh_at_unix: now_unix.saturating_add(refresh_in),
        }))
    }

    fn of(fields: Arc<TokenFields>) -> Self {
        Self(Arc::new(Share(fields)))
    }

    /// The same token with a reference counter of its own.
    pub(crate) fn share(&self) -> Self {
        Self::of(Arc::clone(&self.0.0))
    }

    fn fields(&self) -> &TokenFields {
        &self.0.0
    }

    /// The token itself.
    pub fn value(&self) -> &Sensitive {
        &self.fields().value
    }

    /// When it expires, in seconds since 1970.
    pub fn expires_at_unix(&self) -> i64 {
        self.fields().expires_at_unix
    }

    /// Where it came from.
    pub fn source(&self) -> Source {
        self.fields().source
    }

    /// What it is for.
    pub fn resource(&self) -> &str {
        self.fields().resource.as_str()
    }

    /// The client id of the identity, where the source tells.
    pub fn client_id(&self) -> Option<&str> {
        self.fields().client_id.as_ref().map(NulEnded::as_str)
    }

    /// The resource with a NUL behind it.
    #[cfg(feature = "capi")]
    pub(crate) fn resource_with_nul(&self) -> &str {
        self.fields().resource.with_nul()
    }

    /// The client id with a NUL behind it.
    #[cfg(feature = "capi")]
    pub(crate) fn client_id_with_nul(&self) -> Option<&str> {
        self.fields().client_id.as_ref().map(NulEnded::with_nul)
    }

    /// Whether it may still be handed out: until a margin before it expires, or to the end when
    /// it never had that much.
    pub(crate) fn is_usable(&self, now_unix: i64) -> bool {
        let margin = limits::TOKEN_EXPIRY_MARGIN_S;
        let fields = self.fields();
        let lives_long = fields.expires_at_unix - fields.obtained_at_unix > margin;
        let until = fields.expires_at_unix - if lives_long { margin } else { 0 };
        now_unix < until && self.is_unexpired(now_unix)
    }

    /// Not so either when it came in what is the future by now: the clock was wrong then, and with it
    /// what was counted from it.
    pub(crate) fn is_unexpired(&self, now_unix: i64) -> bool {
        let fields = self.fields();
        let earliest = fields.obtained_at_unix - limits::TOKEN_CLOCK_BACK_S;
        (earliest..fields.expires_at_unix).contains(&now_unix)
    }

    /// Whether it is time to get a new one while this one is still good.
    pub(crate) fn is_aging(&self, now_unix: i64) -> bool {
        now_unix >= self.fields().refresh_at_unix
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
            .field("value", self.value())
            .field("expires_at_unix", &self.expires_at_unix())
            .field("source", &self.source().name())
            .field("resource", &self.resource())
            .field("client_id", &self.client_id())
            .finish()
    }
}
