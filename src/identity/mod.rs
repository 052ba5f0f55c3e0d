//! Where tokens come from: which identity is asked for, which source this machine has, and the
//! token that comes of it. One file per source; what is cached where is `cache`'s business.

#[allow(dead_code)]
pub(crate) mod arc_key;
#[allow(dead_code)]
pub(crate) mod assertion;
pub(crate) mod cache;
pub(crate) mod detect;
#[allow(dead_code)]
mod file;
pub(crate) mod imds;
mod moment;
pub(crate) mod resource;
#[allow(dead_code)]
pub(crate) mod response;
mod source;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use crate::environment::Snapshot;
use crate::error::{Error, Result};
use crate::limits;
use crate::sensitive::Sensitive;
use crate::transport::clients::Clients;
use crate::transport::work::Work;
use cache::Entry;
pub use source::Source;

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
}

impl Token {
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

/// Whether a cached token will do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Freshness {
    Cached,
    Forced,
}

/// One client's way to tokens.
pub(crate) struct Tokens {
    identity: Identity,
    clients: Arc<Clients>,
    /// The cache entry that a resource led to the last time a source was asked: a hit needs no
    /// look at the environment.
    entries: RwLock<Known>,
}

/// The entries of one client, and the state of the process's cache they belong to: after it was
/// cleared they count no more.
#[derive(Default)]
struct Known {
    generation: u64,
    by_resource: HashMap<String, Arc<Entry>>,
}

impl Tokens {
    pub fn new(identity: Identity, clients: Arc<Clients>) -> Self {
        Self {
            identity,
            clients,
            entries: RwLock::default(),
        }
    }

    /// A token from memory, without a system call but for the clock.
    pub fn cached(&self, resource: &str, now_unix: i64) -> Option<Token> {
        let known = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        if known.generation != cache::generation() {
            return None;
        }
        known.by_resource.get(resource)?.usable(now_unix)
    }

    /// Checks the environment and chooses the source, before any byte is sent.
    pub fn plan(&self, resource: &str, snapshot: &Arc<Snapshot>) -> Result<Plan> {
        let request = detect::choose(snapshot, &self.identity, resource)?;
        // Before the entry: one of an older generation is then at worst fetched once more.
        let generation = cache::generation();
        let entry = cache::entry(request.key(snapshot, &self.clients));
        let mut known = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        let is_full = known.by_resource.len() >= limits::CACHED_TOKENS_MAX
            && !known.by_resource.contains_key(resource);
        if is_full || known.generation != generation {
            known.by_resource.clear();
        }
        known.generation = generation;
        known
            .by_resource
            .insert(resource.to_owned(), Arc::clone(&entry));
        Ok(Plan {
            snapshot: Arc::clone(snapshot),
            request: Arc::new(request),
            entry,
            clients: Arc::clone(&self.clients),
        })
    }

    /// Forgets what this client got; other clients keep theirs unless they share an entry.
    pub fn clear(&self) {
        let mut known = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        for (_, entry) in known.by_resource.drain() {
            entry.clear();
        }
    }
}

/// A checked request for a token, ready to be asked for.
pub(crate) struct Plan {
    snapshot: Arc<Snapshot>,
    request: Arc<imds::Request>,
    entry: Arc<Entry>,
    clients: Arc<Clients>,
}

impl Plan {
    /// The token: from the cache, from a fetch that is under way, or from the source.
    pub async fn token(&self, freshness: Freshness, work: &Work) -> Result<Token> {
        let now = work.clock().now_unix();
        if freshness == Freshness::Cached
            && let Some(token) = self.entry.usable(now)
        {
            return Ok(token);
        }
        work.doing(format!("asking {} for a token", self.request.whom()));
        // A token that has not quite expired serves on while its source fails or is silent.
        let old = match freshness {
            Freshness::Cached => self.entry.current().filter(|token| token.is_unexpired(now)),
            Freshness::Forced => None,
        };
        let fetch = self.fetch(work);
        match old {
            None => fetch.await,
            Some(old) => match tokio::time::timeout(limits::STALE_TOKEN_WAIT, fetch).await {
                Ok(Err(error)) if is_passing(&error) => Ok(old),
                Ok(outcome) => outcome,
                Err(_) => Ok(old),
            },
        }
    }

    async fn fetch(&self, work: &Work) -> Result<Token> {
        let snapshot = Arc::clone(&self.snapshot);
        let request = Arc::clone(&self.request);
        let clients = Arc::clone(&self.clients);
        self.entry
            .fetch(work, move |work| async move {
                request.send(&snapshot, &clients, &work).await
            })
            .await
    }
}

fn is_passing(error: &Error) -> bool {
    use crate::error::Status as S;
    matches!(
        error.status(),
        S::Network
            | S::Dns
            | S::Timeout
            | S::Throttled
            | S::ServiceUnavailable
            | S::IdentityUnavailable
            | S::Protocol
    )
}
