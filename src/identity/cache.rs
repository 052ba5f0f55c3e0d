//! The process-wide token cache: one entry per key, one fetch at a time per entry whoever asks.
//! A waiter that gives up does not disturb the others; when the last one has gone, the fetch stops.

use std::collections::HashMap;
use std::future::Future;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};

use tokio::sync::watch;
use tokio::task::AbortHandle;

use crate::engine::{engine, lock};
use crate::error::{Error, Result};
use crate::identity::{Source, Token};
use crate::limits;
use crate::transport::roots::Trust;
use crate::transport::work::Work;

/// What makes two requests the same.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    pub source: Source,
    pub endpoint: String,
    /// What else leads there: a pinned certificate, a cluster's own token endpoint.
    pub by: String,
    /// For https endpoints: a token that one trust accepts is not for a client with another.
    pub trust: Option<Trust>,
    pub id_kind: &'static str,
    pub id: String,
    pub resource: String,
}

/// One key's token and the fetch that is under way for it.
#[derive(Default)]
pub(crate) struct Entry {
    token: RwLock<Slot>,
    flight: Mutex<Option<Arc<Flight>>>,
    /// Wall time before which no further background refresh is begun.
    no_refresh_before: AtomicI64,
}

/// A token, and how often the entry was cleared: a fetch that began before stores nothing.
#[derive(Default)]
struct Slot {
    token: Option<Token>,
    cleared: u64,
}

type Outcome = Option<Result<Token>>;

/// A fetch and those who wait for it.
struct Flight {
    work: Work,
    outcome: watch::Receiver<Outcome>,
    /// Guarded by the entry's `flight` lock, like everything about joining and leaving.
    waiters: Mutex<usize>,
    abort: AbortHandle,
}

fn entries() -> &'static Mutex<HashMap<Key, Arc<Entry>>> {
    static ENTRIES: OnceLock<Mutex<HashMap<Key, Arc<Entry>>>> = OnceLock::new();
    ENTRIES.get_or_init(Mutex::default)
}

static GENERATION: AtomicU64 = AtomicU64::new(0);

/// Counts how often the whole cache was cleared.
pub(crate) fn generation() -> u64 {
    GENERATION.load(Ordering::Acquire)
}

/// The entry of `key`, made if there is none. When the cache is full, the entry that expires
/// first goes, but none with a fetch under way; who still holds it may go on using it.
pub(crate) fn entry(key: Key) -> Arc<Entry> {
    let mut entries = lock(entries());
    if let Some(entry) = entries.get(&key) {
        return Arc::clone(entry);
    }
    if entries.len() >= limits::CACHED_TOKENS_MAX {
        let first = entries
            .iter()
            .filter(|(_, entry)| lock(&entry.flight).is_none())
            .min_by_key(|(_, entry)| entry.current().map_or(0, |t| t.expires_at_unix()))
            .map(|(key, _)| key.clone());
        if let Some(first) = first {
            entries.remove(&first);
        }
    }
    let entry = Arc::new(Entry::default());
    entries.insert(key, Arc::clone(&entry));
    entry
}

/// Forgets every token of the process.
pub(crate) fn clear() {
    GENERATION.fetch_add(1, Ordering::AcqRel);
    for (_, entry) in lock(entries()).drain() {
        entry.clear();
    }
}

impl Entry {
    pub fn usable(&self, now_unix: i64) -> Option<Token> {
        let slot = self.token.read().unwrap_or_else(PoisonError::into_inner);
        let token = slot.token.as_ref();
        token.filter(|token| token.is_usable(now_unix)).cloned()
    }

    pub fn current(&self) -> Option<Token> {
        let slot = self.token.read().unwrap_or_else(PoisonError::into_inner);
        slot.token.clone()
    }

    pub fn clear(&self) {
        let mut slot = self.token.write().unwrap_or_else(PoisonError::into_inner);
        slot.token = None;
        slot.cleared += 1;
    }

    /// Whether a background refresh may begin now; says so to one caller only.
    pub fn may_refresh(&self, now_unix: i64) -> bool {
        let before = self.no_refresh_before.load(Ordering::Relaxed);
        let next = now_unix.saturating_add(limits::TOKEN_REFRESH_PAUSE_S);
        now_unix >= before
            && self
                .no_refresh_before
                .compare_exchange(before, next, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok()
    }

    pub fn cleared(&self) -> u64 {
        let slot = self.token.read().unwrap_or_else(PoisonError::into_inner);
        slot.cleared
    }

    pub fn store(&self, token: Token, cleared_before: u64) {
        let mut slot = self.token.write().unwrap_or_else(PoisonError::into_inner);
        if slot.cleared == cleared_before {
            slot.token = Some(token);
        }
    }

    /// Joins the fetch that is under way or starts `fetch`, and waits for what comes of it.
    pub async fn fetch<F, Fut>(self: &Arc<Self>, work: &Work, fetch: F) -> Result<Token>
    where
        F: FnOnce(Work) -> Fut,
        Fut: Future<Output = Result<Token>> + Send + 'static,
    {
        let waiter = self.join(work, fetch)?;
        let mut outcome = waiter.flight.outcome.clone();
        let finished = outcome.wait_for(Option::is_some).await;
        match finished.as_deref() {
            Ok(Some(result)) => result.clone(),
            // The sender is gone without a word: the task was dropped.
            _ => Err(Error::cancelled()),
        }
    }

    fn join<F, Fut>(self: &Arc<Self>, work: &Work, fetch: F) -> Result<Waiter>
    where
        F: FnOnce(Work) -> Fut,
        Fut: Future<Output = Result<Token>> + Send + 'static,
    {
        let mut slot = lock(&self.flight);
        if let Some(flight) = slot.as_ref()
            && flight.outcome.borrow().is_none()
        {
            // It may now take as long, and try as often, as its most patient waiter.
            flight.work.extend_to(work);
            *lock(&flight.waiters) += 1;
            return Ok(Waiter {
                entry: Arc::clone(self),
                flight: Arc::clone(flight),
            });
        }
        let (send, outcome) = watch::channel(None);
        let own_work = work.detached();
        let entry = Arc::clone(self);
        let cleared = self.cleared();
        let abort = engine()?.spawn(fetch(own_work.clone()), move |result| {
            if let Ok(token) = &result {
                entry.store(token.clone(), cleared);
            }
            let _ = send.send(Some(result));
        });
        let flight = Arc::new(Flight {
            work: own_work,
            outcome,
            waiters: Mutex::new(1),
            abort,
        });
        *slot = Some(Arc::clone(&flight));
        Ok(Waiter {
            entry: Arc::clone(self),
            flight,
        })
    }
}

/// One who waits; leaving last stops the fetch.
struct Waiter {
    entry: Arc<Entry>,
    flight: Arc<Flight>,
}

impl Drop for Waiter {
    fn drop(&mut self) {
        let mut slot = lock(&self.entry.flight);
        let mut waiters = lock(&self.flight.waiters);
        *waiters -= 1;
        if *waiters == 0 {
            self.flight.abort.abort();
            // A later fetch may have taken the place already.
            if slot.as_ref().is_some_and(|f| Arc::ptr_eq(f, &self.flight)) {
                *slot = None;
            }
        }
    }
}
