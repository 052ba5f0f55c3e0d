//! The process-wide token cache: one entry per key, one fetch at a time per entry whoever asks.

use std::collections::HashMap;
use std::future::Future;
use std::ops::Deref;
use std::sync::atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use crate::engine::{engine, lock};
use crate::error::Result;
use crate::flight::{Flights, Waiter};
use crate::identity::striped::Striped;
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
pub(crate) struct Entry {
    key: Key,
    token: Striped<Option<Token>>,
    /// How often it was cleared: a fetch that began before stores nothing. Held by who changes
    /// the token.
    cleared: Mutex<u64>,
    /// One for those who want any new token, and one for each challenge's claims.
    flights: Arc<Flights<Option<Arc<str>>, Token>>,
    /// Wall time before which no further background refresh is begun.
    no_refresh_before: AtomicI64,
    /// How many are about to ask for it.
    wanted: AtomicUsize,
}

/// All entries.
#[derive(Default)]
struct Entries(HashMap<Key, Arc<Entry>>);

fn entries() -> &'static Mutex<Entries> {
    static ENTRIES: OnceLock<Mutex<Entries>> = OnceLock::new();
    ENTRIES.get_or_init(Mutex::default)
}

static GENERATION: AtomicU64 = AtomicU64::new(0);

/// Counts how often the whole cache was cleared.
pub(crate) fn generation() -> u64 {
    GENERATION.load(Ordering::Acquire)
}

/// The entry of `key`. If there is none, `held` is it again when it was that key's and nothing has been
/// cleared since this `generation`; else one is made.
pub(crate) fn entry(key: Key, held: Option<Arc<Entry>>, generation: u64) -> Wanted {
    let mut entries = lock(entries());
    // Who clears everything counts first, and takes the lock then.
    let held = held.filter(|_| self::generation() == generation);
    entries.entry(key, held)
}

impl Entries {
    /// When there are enough already, one goes with its token: one that no client holds any more, or
    /// else the one that expires first; but none that somebody is about to ask for, or two would ask.
    fn entry(&mut self, key: Key, held: Option<Arc<Entry>>) -> Wanted {
        if let Some(entry) = self.0.get(&key) {
            return Wanted::new(entry);
        }
        while self.0.len() >= limits::CACHED_TOKENS_MAX {
            let idle = self.0.iter().filter(|(_, entry)| !entry.is_wanted());
            let first = idle
                .min_by_key(|(_, entry)| {
                    let is_held = Arc::strong_count(entry) > 1;
                    (is_held, entry.current().map_or(0, |t| t.expires_at_unix()))
                })
                .map(|(key, _)| key.clone());
            match first.and_then(|first| self.0.remove(&first)) {
                // A client may hold it for its next call; its token is wiped all the same, or
                // there were as many tokens as clients and resources.
                Some(evicted) => evicted.clear(),
                None => break,
            }
        }
        // One that was evicted goes on where it was, or its holder and the next one would not share
        // a fetch, nor be cleared together.
        let held = held.filter(|entry| entry.key == key);
        let entry = held.unwrap_or_else(|| Arc::new(Entry::new(key.clone())));
        let wanted = Wanted::new(&entry);
        self.0.insert(key, entry);
        wanted
    }
}

/// An entry that somebody has a use for: it is not evicted.
pub(crate) struct Wanted(Arc<Entry>);

impl Wanted {
    /// Only while the map of entries is locked, so that no eviction comes in between.
    fn new(entry: &Arc<Entry>) -> Self {
        entry.wanted.fetch_add(1, Ordering::AcqRel);
        Self(Arc::clone(entry))
    }
}

impl Deref for Wanted {
    type Target = Arc<Entry>;

    fn deref(&self) -> &Arc<Entry> {
        &self.0
    }
}

impl Drop for Wanted {
    fn drop(&mut self) {
        self.0.wanted.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Forgets every token of the process.
pub(crate) fn clear() {
    GENERATION.fetch_add(1, Ordering::AcqRel);
    for (_, entry) in lock(entries()).0.drain() {
        entry.clear();
    }
}

impl Entry {
    fn new(key: Key) -> Self {
        Self {
            key,
            token: Striped::default(),
            cleared: Mutex::default(),
            flights: Arc::default(),
            no_refresh_before: AtomicI64::default(),
            wanted: AtomicUsize::default(),
        }
    }

    fn is_wanted(&self) -> bool {
        self.wanted.load(Ordering::Acquire) > 0
    }

    pub fn usable(&self, now_unix: i64) -> Option<Token> {
        self.token.read(|token| {
            let token = token.as_ref();
            token.filter(|token| token.is_usable(now_unix)).cloned()
        })
    }

    pub fn current(&self) -> Option<Token> {
        self.token.read(Option::clone)
    }

    pub fn clear(&self) {
        let mut cleared = lock(&self.cleared);
        self.token.write(|token| *token = None);
        *cleared += 1;
    }

    /// Whether a background refresh may begin now; says so to one caller only.
    pub fn may_refresh(&self, now_unix: i64) -> bool {
        let before = self.no_refresh_before.load(Ordering::Relaxed);
        let next = now_unix.saturating_add(limits::TOKEN_REFRESH_PAUSE_S);
        // Further ahead than a pause: the clock has been set back since.
        let is_due = now_unix >= before || before > next;
        is_due
            && self
                .no_refresh_before
                .compare_exchange(before, next, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok()
    }

    pub fn cleared(&self) -> u64 {
        *lock(&self.cleared)
    }

    pub fn store(&self, new: &Token, cleared_before: u64) {
        let cleared = lock(&self.cleared);
        if *cleared == cleared_before {
            self.token.write(|token| *token = Some(new.share()));
        }
    }

    /// Joins the fetch that is under way with these claims or starts `fetch`, and waits for what comes
    /// of it. What comes of claims does for everybody; what comes without them may not do for those.
    pub async fn fetch<F, Fut>(
        self: &Arc<Self>,
        claims: Option<&Arc<str>>,
        work: &Work,
        fetch: F,
    ) -> Result<Token>
    where
        F: FnOnce(Work) -> Fut,
        Fut: Future<Output = Result<Token>> + Send + 'static,
    {
        self.join(claims, work, fetch)?.outcome().await
    }

    /// The same, but what has not come `patience` after the fetch began is no longer waited for. The
    /// fetch goes on, or a source that is slower than that would never give a token.
    pub async fn fetch_within<F, Fut>(
        self: &Arc<Self>,
        patience: Duration,
        work: &Work,
        fetch: F,
    ) -> Result<Option<Token>>
    where
        F: FnOnce(Work) -> Fut,
        Fut: Future<Output = Result<Token>> + Send + 'static,
    {
        let waiter = self.join(None, work, fetch)?;
        let gone = work.clock().monotonic().saturating_sub(waiter.began());
        let left = patience.saturating_sub(gone).min(work.time_left() / 2);
        if let Ok(outcome) = tokio::time::timeout(left, waiter.outcome()).await {
            return outcome.map(Some);
        }
        let limit = limits::TIMEOUT_DEFAULT;
        let doing = "refreshing a token".to_owned();
        let own = Work::new(work.clock().clone(), limit, work.retries_max(), doing);
        waiter.extend_to(&own);
        let wait = async move {
            let _ = tokio::time::timeout(limit, waiter.outcome()).await;
            Ok(())
        };
        engine()?.spawn(wait, |_: Result<()>| {});
        Ok(None)
    }

    fn join<F, Fut>(
        self: &Arc<Self>,
        claims: Option<&Arc<str>>,
        work: &Work,
        fetch: F,
    ) -> Result<Waiter<Option<Arc<str>>, Token>>
    where
        F: FnOnce(Work) -> Fut,
        Fut: Future<Output = Result<Token>> + Send + 'static,
    {
        let entry = Arc::clone(self);
        let cleared = self.cleared();
        let keep = move |result: &Result<Token>| {
            if let Ok(token) = result {
                entry.store(token, cleared);
            }
        };
        self.flights.join(&claims.cloned(), work, fetch, keep)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(resource: usize) -> Key {
        Key {
            source: Source::Imds,
            endpoint: String::new(),
            by: String::new(),
            trust: None,
            id_kind: "",
            id: String::new(),
            resource: resource.to_string(),
        }
    }

    #[test]
    fn an_entry_that_somebody_is_about_to_ask_for_is_not_evicted() {
        let mut entries = Entries::default();
        let wanted = entries.entry(key(0), None);
        for n in 1..=2 * limits::CACHED_TOKENS_MAX {
            entries.entry(key(n), None);
        }
        assert!(Arc::ptr_eq(&wanted, &entries.entry(key(0), None)));
        assert_eq!(entries.0.len(), limits::CACHED_TOKENS_MAX);
    }

    #[test]
    fn an_entry_that_no_client_holds_goes_first() {
        let mut entries = Entries::default();
        let held = Arc::clone(&entries.entry(key(0), None));
        held.store(&token(), held.cleared());
        for n in 1..=2 * limits::CACHED_TOKENS_MAX {
            let other = entries.entry(key(n), None);
            other.store(&token(), other.cleared());
        }
        assert!(held.current().is_some());
    }

    #[test]
    fn the_token_of_an_evicted_entry_is_let_go_of() {
        let mut entries = Entries::default();
        let all: Vec<_> = (0..=limits::CACHED_TOKENS_MAX)
            .map(|n| {
                let entry = Arc::clone(&entries.entry(key(n), None));
                entry.store(&token(), entry.cleared());
                entry
            })
            .collect();
        let kept = all.iter().filter(|entry| entry.current().is_some());
        assert_eq!(kept.count(), limits::CACHED_TOKENS_MAX);
        assert_eq!(entries.0.len(), limits::CACHED_TOKENS_MAX);
    }

    fn token() -> Token {
        let body = br#"{"access_token":"a","expires_in":3600}"#;
        let granted = crate::identity::response::parse_token(body, 0)
            .ok()
            .unwrap();
        Token::new(granted, Source::Imds, "r", 0)
    }

    #[test]
    fn when_all_were_wanted_at_once_the_rest_goes_later() {
        let mut entries = Entries::default();
        let all: Vec<_> = (0..100).map(|n| entries.entry(key(n), None)).collect();
        assert_eq!(entries.0.len(), 100);
        drop(all);
        entries.entry(key(100), None);
        assert_eq!(entries.0.len(), limits::CACHED_TOKENS_MAX);
    }

    #[test]
    fn an_evicted_entry_that_somebody_holds_is_its_keys_again() {
        let mut entries = Entries::default();
        let held = Arc::clone(&entries.entry(key(0), None));
        entries.0.remove(&key(0));
        let other = entries.entry(key(1), Some(Arc::clone(&held)));
        assert!(!Arc::ptr_eq(&other, &held));
        let again = entries.entry(key(0), Some(Arc::clone(&held)));
        assert!(Arc::ptr_eq(&again, &held));
        assert!(Arc::ptr_eq(&entries.entry(key(0), None), &held));
    }
}
