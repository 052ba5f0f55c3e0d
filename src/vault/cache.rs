//! What one client keeps of secrets, on the word of its callers alone: how old a value may be, whether an
//! older one will do when the vault cannot be reached, and which version is known not to work any more.
//! One read at a time for each secret. Where a call asks for nothing of this, nothing is kept.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::clock::Clock;
use crate::engine::lock;
use crate::error::{Error, Result, Status};
use crate::flight::Flights;
use crate::identity::{Freshness, TokenKey};
use crate::limits;
use crate::transport::work::Work;
use crate::vault::address::Address;
use crate::vault::model::Secret;
use crate::vault::operations;
use crate::vault::origin::Vault;
use crate::vault::session::Session;

mod held;
mod words;

use held::{Held, Moment, Start};
pub(crate) use words::Words;

/// What a call says of values that were read before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wish {
    pub max_age: Duration,
    pub stale_if_error: Duration,
    pub newer_than: Option<Box<str>>,
    /// The token behind it has to be new: nothing kept serves, unless the vault cannot be reached.
    pub is_forced: bool,
}

impl Wish {
    pub fn keeps(&self) -> bool {
        !self.max_age.is_zero() || !self.stale_if_error.is_zero() || self.newer_than.is_some()
    }
}

/// What makes two reads the same. Ids are case-insensitive.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    origin: String,
    name: String,
    version: Option<String>,
    /// Whose token reads it.
    identity: Option<Arc<TokenKey>>,
}

impl Key {
    pub fn new(address: &Address, identity: Option<Arc<TokenKey>>) -> Self {
        let version = address.version.as_deref();
        Self {
            origin: address.vault.origin.to_string(),
            name: address.name.to_ascii_lowercase(),
            version: version.map(str::to_ascii_lowercase),
            identity,
        }
    }
}

/// Reads that are shared with all who ask for the same while it is under way.
#[derive(Clone, PartialEq, Eq)]
struct Errand {
    key: Key,
    /// Who asks after a change does not take the answer to a question from before.
    generation: u64,
    /// Nor does who knows that a version stopped working take the answer to a question from before that.
    newer_than: Option<Box<str>>,
    /// Nor who wants a new token the answer to one with any.
    freshness: Freshness,
}

/// The secrets of one client.
#[derive(Default)]
pub(crate) struct Cache {
    kept: Mutex<Kept>,
    flights: Arc<Flights<Errand, Secret>>,
    /// Counts uses, to find the secret that was not used for the longest, and reads, to know which of two
    /// began later.
    uses: AtomicU64,
}

#[derive(Default)]
struct Kept {
    slots: HashMap<Key, Arc<Slot>>,
    /// Where the words of a call led to the last time: a hit needs no look at anything else.
    aliases: HashMap<Box<[u8]>, Arc<Slot>>,
    /// How often all was forgotten: a read that began before keeps nothing.
    generation: u64,
}

#[derive(Default)]
struct Slot {
    held: Mutex<Option<Held>>,
    used: AtomicU64,
}

impl Cache {
    /// A kept value by the words of a call: no look at the environment, no system call but for clocks.
    pub fn hit(&self, words: &Words, wish: &Wish, clock: &Clock) -> Option<Secret> {
        let slot = {
            let kept = lock(&self.kept);
            Arc::clone(kept.aliases.get(words.as_bytes())?)
        };
        self.serve(&slot, |held, now| held.serves(wish, now), clock)
    }

    fn serve(
        &self,
        slot: &Slot,
        will_do: impl FnOnce(&Held, Moment) -> bool,
        clock: &Clock,
    ) -> Option<Secret> {
        let held = lock(&slot.held);
        let held = held.as_ref()?;
        if !will_do(held, Moment::now(clock)) {
            return None;
        }
        slot.used.store(self.count(), Ordering::Relaxed);
        Some(held.secret.clone())
    }

    fn count(&self) -> u64 {
        self.uses.fetch_add(1, Ordering::Relaxed)
    }

    fn start(&self, work: &Work) -> Start {
        Start {
            at: Moment::now(work.clock()),
            number: self.count(),
            generation: lock(&self.kept).generation,
        }
    }

    /// A read for who wants nothing kept. What others have kept of the secret is no older afterwards than
    /// what this one was told.
    async fn pass_by(&self, read: Read, work: &Work) -> Result<Secret> {
        let start = self.start(work);
        let secret = operations::get(&read.session, &read.address, work).await?;
        if !lock(&self.kept).slots.is_empty() {
            let key = Key::new(&read.address, read.identity);
            if self.slot(&key).is_some() {
                self.keep(key, &secret, start);
            }
        }
        Ok(secret)
    }

    fn slot(&self, key: &Key) -> Option<Arc<Slot>> {
        lock(&self.kept).slots.get(key).cloned()
    }

    /// The secret, kept or read.
    pub async fn get(
        self: &Arc<Self>,
        read: Read,
        wish: &Wish,
        words: Option<Words>,
        work: &Work,
    ) -> Result<Secret> {
        if !wish.keeps() {
            return self.pass_by(read, work).await;
        }
        let clock = work.clock();
        let key = Key::new(&read.address, read.identity.clone());
        if let Some(secret) = self.kept(&key, wish, clock) {
            self.alias(&key, words);
            return Ok(secret);
        }
        let describe = read.address.describe();
        let older = || self.older(&key, wish, clock);
        let outcome = self.read(read, &key, wish, older().is_some(), work).await;
        let secret = match outcome {
            Ok(secret) => secret,
            Err(error) if is_out_of_reach(error.status()) => {
                let older = older().ok_or(error.clone())?;
                tracing::debug!(%error, "the vault is not reached; an older value serves");
                return Ok(older);
            }
            Err(error) => return Err(error),
        };
        self.alias(&key, words);
        match &wish.newer_than {
            Some(old) if secret.version().eq_ignore_ascii_case(old) => {
                Err(no_newer_version(&describe, old))
            }
            Some(old) => {
                self.note_replaced(&key, old);
                Ok(secret)
            }
            None => Ok(secret),
        }
    }

    /// A kept value for who has no time left to read one, an older one too where that will do.
    pub fn without_time(&self, read: &Read, wish: &Wish, clock: &Clock) -> Option<Secret> {
        let key = Key::new(&read.address, read.identity.clone());
        self.kept(&key, wish, clock)
            .or_else(|| self.older(&key, wish, clock))
    }

    fn kept(&self, key: &Key, wish: &Wish, clock: &Clock) -> Option<Secret> {
        let slot = self.slot(key)?;
        self.serve(&slot, |held, now| held.serves(wish, now), clock)
    }

    fn older(&self, key: &Key, wish: &Wish, clock: &Clock) -> Option<Secret> {
        let slot = self.slot(key)?;
        let will_do = |held: &Held, now| held.serves_if_unreachable(wish, now);
        self.serve(&slot, will_do, clock)
    }

    /// One read for all who ask at the same time. With an older value at hand it is not waited for to
    /// the very end.
    async fn read(
        self: &Arc<Self>,
        read: Read,
        key: &Key,
        wish: &Wish,
        has_older: bool,
        work: &Work,
    ) -> Result<Secret> {
        let (cache, own_key) = (Arc::clone(self), key.clone());
        let start = self.start(work);
        let errand = Errand {
            key: key.clone(),
            generation: start.generation,
            newer_than: wish.newer_than.clone(),
            freshness: read.session.freshness.clone(),
        };
        let held_with = work.clone();
        let fetch = |own_work: Work| async move {
            let own_work = own_work.held_with(&held_with);
            operations::get(&read.session, &read.address, &own_work).await
        };
        let keep = move |outcome: &Result<Secret>| match outcome {
            Ok(secret) => cache.keep(own_key, secret, start),
            // What the vault no longer gives is no longer had.
            Err(error) if is_refusal(error.status()) => cache.forget(&own_key, start),
            Err(_) => {}
        };
        work.doing(format!("waiting for {}", key.name));
        let waiter = self.flights.join(&errand, work, fetch, keep)?;
        if !has_older {
            return waiter.outcome().await;
        }
        let patience = limits::STALE_SECRET_WAIT.min(work.time_left() * 3 / 4);
        match tokio::time::timeout(patience, waiter.outcome()).await {
            Ok(outcome) => outcome,
            Err(_) => Err(work.timed_out()),
        }
    }

    fn keep(&self, key: Key, secret: &Secret, start: Start) {
        let mut kept = lock(&self.kept);
        if kept.generation != start.generation {
            return;
        }
        let slot = kept.slot(key);
        // Before the other lock goes: a change in between would forget nothing, and what is kept from before
        // it would still be found by the words of a call.
        let mut held = lock(&slot.held);
        drop(kept);
        if held.as_ref().is_some_and(|other| other.is_later(start)) {
            return;
        }
        let mut new = Held {
            secret: secret.clone(),
            read_at: start.at,
            began: start.number,
            replaced: Vec::new(),
        };
        if let Some(old) = held.take() {
            new.replaced = old.replaced;
            new.note_replaced(old.secret.version());
        }
        new.replaced
            .retain(|old| !old.eq_ignore_ascii_case(secret.version()));
        *held = Some(new);
        slot.used.store(self.count(), Ordering::Relaxed);
    }

    fn note_replaced(&self, key: &Key, version: &str) {
        if let Some(slot) = self.slot(key)
            && let Some(held) = lock(&slot.held).as_mut()
        {
            held.note_replaced(version);
        }
    }

    fn alias(&self, key: &Key, words: Option<Words>) {
        let Some(words) = words else {
            return;
        };
        let mut kept = lock(&self.kept);
        let Some(slot) = kept.slots.get(key).cloned() else {
            return;
        };
        if kept.aliases.len() >= 2 * limits::CACHED_SECRETS_MAX {
            kept.aliases.retain(|_, slot| lock(&slot.held).is_some());
        }
        if kept.aliases.len() >= 2 * limits::CACHED_SECRETS_MAX {
            kept.aliases.clear();
        }
        kept.aliases.insert(words.as_bytes().into(), slot);
    }

    /// Forgets one secret of a vault, with all its versions and whoever read it, or all of them: they are
    /// changed.
    pub fn forget_all_of(&self, vault: &Vault, name: Option<&str>) {
        let origin = vault.origin.as_str();
        let mut kept = lock(&self.kept);
        kept.slots.retain(|key, slot| {
            let is_named = name.is_none_or(|name| key.name.eq_ignore_ascii_case(name));
            let is_it = key.origin == origin && is_named;
            if is_it {
                *lock(&slot.held) = None;
            }
            !is_it
        });
        // A read that began before the change must not be kept.
        kept.generation += 1;
    }

    fn forget(&self, key: &Key, start: Start) {
        let mut kept = lock(&self.kept);
        let Some(slot) = kept.slots.get(key).cloned() else {
            return;
        };
        let mut held = lock(&slot.held);
        if held.as_ref().is_some_and(|other| other.is_later(start)) {
            return;
        }
        *held = None;
        kept.slots.remove(key);
    }

    /// Forgets everything; a value is wiped once nobody holds it.
    pub fn clear(&self) {
        let mut kept = lock(&self.kept);
        kept.generation += 1;
        kept.aliases.clear();
        for (_, slot) in kept.slots.drain() {
            *lock(&slot.held) = None;
        }
    }
}

impl Kept {
    /// The slot of `key`. When there are enough already, the one that was not used for the longest goes.
    fn slot(&mut self, key: Key) -> Arc<Slot> {
        if let Some(slot) = self.slots.get(&key) {
            return Arc::clone(slot);
        }
        while self.slots.len() >= limits::CACHED_SECRETS_MAX {
            let oldest = self
                .slots
                .iter()
                .min_by_key(|(_, slot)| slot.used.load(Ordering::Relaxed))
                .map(|(key, _)| key.clone());
            match oldest.and_then(|key| self.slots.remove(&key)) {
                // An alias may still lead there.
                Some(evicted) => *lock(&evicted.held) = None,
                None => break,
            }
        }
        Arc::clone(self.slots.entry(key).or_default())
    }
}

/// What a change is about.
#[derive(Clone)]
pub(crate) struct ToChange {
    cache: Arc<Cache>,
    vault: Vault,
    /// All secrets of the vault where it cannot be told which.
    name: Option<String>,
}

impl ToChange {
    pub fn new(cache: &Arc<Cache>, vault: &Vault, name: Option<&str>) -> Self {
        Self {
            cache: Arc::clone(cache),
            vault: vault.clone(),
            name: name.map(str::to_owned),
        }
    }

    pub fn begin(self) -> Change {
        self.forget();
        Change(self)
    }

    pub fn forget(&self) {
        self.cache.forget_all_of(&self.vault, self.name.as_deref());
    }
}

/// Forgets what a change is about when it begins and when it ends, however it ends: also one that was
/// cancelled may have taken effect.
pub(crate) struct Change(ToChange);

impl Drop for Change {
    fn drop(&mut self) {
        self.0.forget();
    }
}

/// A read that is not done yet.
pub(crate) struct Read {
    pub session: Arc<Session>,
    pub address: Address,
    pub identity: Option<Arc<TokenKey>>,
}

/// Whether the vault, or what stands before it, was not reached at all.
fn is_out_of_reach(status: Status) -> bool {
    matches!(
        status,
        Status::Network
            | Status::Dns
            | Status::Proxy
            | Status::Timeout
            | Status::ServiceUnavailable
            | Status::Throttled
            | Status::IdentityUnavailable
    )
}

/// Whether the vault itself said no.
fn is_refusal(status: Status) -> bool {
    matches!(
        status,
        Status::Unauthorized
            | Status::Forbidden
            | Status::SecretNotFound
            | Status::SecretDisabled
            | Status::SecretDeleted
    )
}

fn no_newer_version(secret: &str, version: &str) -> Error {
    Error::new(
        Status::NoNewerVersion,
        format!("{secret}: version {version} is still the latest"),
    )
    .advise("no new version has been stored yet: try again later, and check whether it is the secret that does not work any more, or what it is for")
}

#[cfg(all(test, feature = "capi"))]
mod tests;
