//! `Tokens`: one client's way to tokens. From memory, from a fetch that is under way, or from the
//! source; refreshed in the background from the middle of a token's life on. What is shared by the
//! whole process is in cache.rs.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use crate::engine::{engine, lock};
use crate::environment::Snapshot;
use crate::error::Result;
use crate::identity::arc_key::ArcPaths;
use crate::identity::cache::{self, Entry, Wanted};
use crate::identity::exchange::Demand;
use crate::identity::request::Request;
use crate::identity::striped::Striped;
use crate::identity::{Identity, Source, Token, detect};
use crate::limits;
use crate::transport::clients::Clients;
use crate::transport::work::Work;

/// Whether a cached token will do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Freshness {
    Cached,
    Forced,
    /// A resource refused the cached token with these claims.
    Claims(Arc<str>),
}

/// One client's way to tokens.
pub(crate) struct Tokens {
    identity: Identity,
    source: Option<Source>,
    paths: ArcPaths,
    clients: Arc<Clients>,
    /// The cache entry that a resource led to the last time a source was asked: a hit needs no
    /// look at the environment.
    entries: Striped<Known>,
    /// Held by who changes them.
    changing: Mutex<()>,
}

/// The entries of one client, and the state of the process's cache they belong to: after it was
/// cleared they count no more.
#[derive(Default)]
struct Known {
    generation: u64,
    /// Few: looking through them is faster than hashing.
    by_resource: Vec<(Box<str>, Arc<Entry>)>,
}

impl Known {
    /// The entry, unless the whole cache has been cleared since.
    fn find(&self, resource: &str) -> Option<&Arc<Entry>> {
        if self.generation != cache::generation() {
            return None;
        }
        let known = self.by_resource.iter();
        let mut found = known.filter(|(name, _)| **name == *resource);
        found.next().map(|(_, entry)| entry)
    }

    fn remember(&mut self, resource: &str, plan: &Plan) {
        let entry = Arc::clone(&plan.entry);
        if self.generation != plan.generation {
            self.by_resource.clear();
        }
        self.generation = plan.generation;
        let mut known = self.by_resource.iter_mut();
        if let Some((_, known)) = known.find(|(name, _)| **name == *resource) {
            *known = entry;
            return;
        }
        // What was evicted meanwhile has nothing that could be forgotten; the rest has, if this client
        // is told to.
        if self.by_resource.len() >= limits::CACHED_TOKENS_MAX {
            self.by_resource.retain(|(_, e)| e.current().is_some());
        }
        if self.by_resource.len() >= limits::CACHED_TOKENS_MAX {
            self.by_resource.remove(0);
        }
        self.by_resource.push((resource.into(), entry));
    }
}

/// A token from memory.
pub(crate) struct Hit {
    pub token: Token,
    /// It is past the middle of its life, and nobody else has been told so.
    pub wants_refresh: bool,
}

impl Tokens {
    pub fn new(
        identity: Identity,
        source: Option<Source>,
        paths: ArcPaths,
        clients: Arc<Clients>,
    ) -> Self {
        Self {
            identity,
            source,
            paths,
            clients,
            entries: Striped::default(),
            changing: Mutex::default(),
        }
    }

    /// A token from memory, without a system call but for the clock.
    pub fn cached(&self, resource: &str, now_unix: i64) -> Option<Hit> {
        self.entries.read(|known| {
            let entry = known.find(resource)?;
            let token = entry.usable(now_unix)?;
            let wants_refresh = token.is_aging(now_unix) && entry.may_refresh(now_unix);
            Some(Hit {
                token,
                wants_refresh,
            })
        })
    }

    /// Checks what a token would be asked for with, unless there is one: a hit looks at nothing.
    pub fn check(&self, resource: &str, snapshot: &Snapshot, now_unix: i64) -> Result<()> {
        let is_known = self.entries.read(|known| {
            let entry = known.find(resource);
            entry.is_some_and(|entry| entry.usable(now_unix).is_some())
        });
        if is_known {
            return Ok(());
        }
        detect::choose(snapshot, self.source, &self.identity, resource, &self.paths).map(|_| ())
    }

    /// What makes a token for `resource` the same as another one: source, endpoint, trust and identity.
    pub fn key(&self, resource: &str, snapshot: &Snapshot) -> Result<cache::Key> {
        let request = detect::choose(snapshot, self.source, &self.identity, resource, &self.paths)?;
        Ok(request.key(snapshot, &self.clients))
    }

    /// Checks the environment and chooses the source, before any byte is sent.
    pub fn plan(&self, resource: &str, snapshot: &Arc<Snapshot>) -> Result<Plan> {
        let plan = self.prepare(resource, snapshot)?;
        self.remember(resource, &plan);
        Ok(plan)
    }

    fn prepare(&self, resource: &str, snapshot: &Arc<Snapshot>) -> Result<Plan> {
        let request = detect::choose(snapshot, self.source, &self.identity, resource, &self.paths)?;
        // Before the entry: one of an older generation is then at worst fetched once more.
        let generation = cache::generation();
        let held = self.entries.read(|known| known.find(resource).cloned());
        let entry = cache::entry(request.key(snapshot, &self.clients), held, generation);
        Ok(Plan {
            snapshot: Arc::clone(snapshot),
            request: Arc::new(request),
            paths: self.paths.clone(),
            generation,
            entry,
            clients: Arc::clone(&self.clients),
        })
    }

    fn remember(&self, resource: &str, plan: &Plan) {
        let _changing = lock(&self.changing);
        self.entries.write(|known| known.remember(resource, plan));
    }

    /// Gets a new token while the old one serves on. Nobody waits, and nobody is told of a failure:
    /// the old token is good, and the next attempt comes after a pause.
    pub fn refresh(self: &Arc<Self>, resource: &str, snapshot: &Arc<Snapshot>, work: &Work) {
        let begun = self
            .prepare(resource, snapshot)
            .and_then(|plan| self.refresh_by(plan, resource.to_owned(), work.clone()));
        if let Err(error) = begun {
            tracing::debug!(%error, "a token could not be refreshed in the background");
        }
    }

    fn refresh_by(self: &Arc<Self>, plan: Plan, resource: String, work: Work) -> Result<()> {
        let tokens = Arc::clone(self);
        let done = resource.clone();
        let limit = work.time_left();
        let fetch = async move {
            let fetched = tokio::time::timeout(limit, plan.fetch(Demand::default(), &work)).await;
            fetched.unwrap_or_else(|_| Err(work.timed_out()))?;
            // Another environment may have led to another entry: from now on it is the one.
            tokens.remember(&resource, &plan);
            Ok(())
        };
        engine()?.spawn(fetch, move |outcome: Result<()>| match outcome {
            Ok(()) => tracing::debug!(resource = done, "a token was refreshed in the background"),
            Err(error) => {
                tracing::debug!(%error, "a token could not be refreshed in the background");
            }
        });
        Ok(())
    }

    /// Forgets what this client got; other clients keep theirs unless they share an entry.
    pub fn clear(&self) {
        let _changing = lock(&self.changing);
        self.entries.write(|known| {
            for (_, entry) in known.by_resource.drain(..) {
                entry.clear();
            }
        });
    }
}

/// A checked request for a token, ready to be asked for.
pub(crate) struct Plan {
    snapshot: Arc<Snapshot>,
    request: Arc<Request>,
    paths: ArcPaths,
    generation: u64,
    entry: Wanted,
    clients: Arc<Clients>,
}

impl Plan {
    /// The token: from the cache, from a fetch that is under way, or from the source.
    pub async fn token(&self, freshness: &Freshness, work: &Work) -> Result<Token> {
        let now = work.clock().now_unix();
        if *freshness == Freshness::Cached
            && let Some(token) = self.entry.usable(now)
        {
            return Ok(token);
        }
        work.doing(format!("asking {} for a token", self.request.whom()));
        let demand = match freshness {
            Freshness::Cached => Demand::default(),
            Freshness::Forced => Demand {
                is_forced: true,
                ..Demand::default()
            },
            Freshness::Claims(claims) => Demand {
                is_forced: true,
                claims: Some(Arc::clone(claims)),
                refused: self.entry.current(),
            },
        };
        if *freshness != Freshness::Cached {
            return self.fetch(demand, work).await;
        }
        // A token that has not quite expired serves on while its source fails or is silent.
        match self.entry.current().filter(|token| token.is_unexpired(now)) {
            Some(old) => Ok(self.fetch_soon(work).await.unwrap_or(old)),
            None => self.fetch(demand, work).await,
        }
    }

    async fn fetch(&self, demand: Demand, work: &Work) -> Result<Token> {
        let claims = demand.claims.clone();
        let fetch = self.ask(demand);
        self.entry.fetch(claims.as_ref(), work, fetch).await
    }

    /// A new token, if it comes soon.
    async fn fetch_soon(&self, work: &Work) -> Option<Token> {
        let patience = limits::STALE_TOKEN_WAIT;
        let fetch = self
            .entry
            .fetch_within(patience, work, self.ask(Demand::default()));
        fetch.await.unwrap_or_else(|error| {
            tracing::debug!(%error, "a token could not be refreshed and serves on");
            None
        })
    }

    /// What asks the source, without this plan.
    fn ask(
        &self,
        demand: Demand,
    ) -> impl FnOnce(Work) -> Pin<Box<dyn Future<Output = Result<Token>> + Send>> + use<> {
        let snapshot = Arc::clone(&self.snapshot);
        let request = Arc::clone(&self.request);
        let clients = Arc::clone(&self.clients);
        let paths = self.paths.clone();
        move |work| {
            Box::pin(async move {
                request
                    .send(&snapshot, &clients, &paths, &demand, &work)
                    .await
            })
        }
    }
}
