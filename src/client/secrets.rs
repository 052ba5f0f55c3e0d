//! What a client does with secrets: arguments are checked here, before anything is sent; how it is done is
//! `vault`'s business.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use crate::client::{Call, Client};
use crate::environment::Snapshot;
use crate::error::{Error, Result, Status};
use crate::identity::Freshness;
use crate::limits;
use crate::operation::{Operation, Raw};
use crate::outcome::{Item, Output};
use crate::platform;
use crate::sensitive::Sensitive;
use crate::transport::work::Work;
use crate::vault::address::{self, Address, Collection};
use crate::vault::attributes::{check_backup, check_value};
use crate::vault::bulk::Batch;
use crate::vault::cache::{Read, Wish, Words};
use crate::vault::clouds::Suffixes;
use crate::vault::deed::Deed;
use crate::vault::operations::{self, Task};
use crate::vault::origin::Vault;
use crate::vault::paging::Listing;
use crate::vault::session::Session;
use crate::vault::{Secret, SecretAttributes, SecretProperties};

/// What a bulk operation has beyond its own time limit, so that each item can say that it timed out.
const BULK_GRACE: Duration = Duration::from_secs(1);

/// What comes piece by piece: the pages of a list, or many secrets as they arrive. Any thread; dropping it
/// stops what still runs for it.
pub struct Pager<T: Item>(Box<dyn Fn() -> Result<Operation<Vec<T>>> + Send + Sync>);

impl<T: Item> Pager<T> {
    /// Starts to get the next items; an empty page is the end. One at a time. A page that fails, times
    /// out or is cancelled may be asked for again, and nothing is lost.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` while the page before is under way; else as the call that made the pager.
    pub fn next(&self) -> Result<Operation<Vec<T>>> {
        self.0()
    }
}

impl<T: Item> fmt::Debug for Pager<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pager").finish_non_exhaustive()
    }
}

/// What every call with vaults begins with.
struct Start {
    snapshot: Arc<Snapshot>,
    suffixes: Suffixes,
    freshness: Freshness,
}

impl Client {
    /// Gets a secret. `vault` is a vault's name (completed by `DOORKEY_VAULT_SUFFIX`, else by
    /// `vault.azure.net`), its host, its https URL, or, with `name` absent, a whole secret id.
    /// Without `version` it is the latest.
    ///
    /// # Errors
    /// Bad arguments and a bad environment are told here, before anything is sent; how the work
    /// fails is told by the operation.
    pub fn get_secret(
        &self,
        vault: &str,
        name: Option<&str>,
        version: Option<&str>,
        call: &Call,
    ) -> Result<Operation<Secret>> {
        if platform::is_forked() {
            return Err(Error::forked());
        }
        call.is_one()?;
        let wish = wish(call)?;
        if wish.newer_than.is_some() && version.is_some() {
            return Err(Error::invalid(
                "newer_than_version",
                "is for the latest version, and cannot be combined with a version",
            ));
        }
        let words = match wish.keeps() {
            true => Words::new(vault, name, version),
            false => None,
        };
        if let Some(words) = &words
            && let Some(secret) = self.0.cache.hit(words, &wish, &self.0.clock)
        {
            return Ok(Operation::finished(Ok(secret)));
        }
        let start = self.start(call)?;
        let address = Address::parse(vault, name, version, Collection::Secrets, &start.suffixes)?;
        if wish.newer_than.is_some() && address.version.is_some() {
            return Err(Error::invalid(
                "newer_than_version",
                "is for the latest version, and the id names one",
            ));
        }
        let session = self.session(&address.vault, &start)?;
        let read = self.read(&session, address, &start);
        let what = format!("starting to get {}", read.address.describe());
        let cache = Arc::clone(&self.0.cache);
        self.run(call, what, move |work| async move {
            cache.get(read, &wish, words, &work).await
        })
    }

    /// Gets many secrets, so many requests at a time, and gives an outcome for each name, in the same
    /// order. A name may have a version behind a slash; without `vault` each is a whole secret id. What
    /// is named twice is read once. The time limit is that of the whole call: what is not read by then
    /// has timed out, the rest is there.
    ///
    /// # Errors
    /// As [`get_secret`](Self::get_secret); a bad name is its own item's error. `LIMIT_EXCEEDED` for
    /// more than [`limits::BULK_NAMES_MAX`] names.
    pub fn get_secrets(
        &self,
        vault: Option<&str>,
        names: &[&str],
        call: &Call,
    ) -> Result<Operation<Vec<Result<Secret>>>> {
        let batch = self.batch(vault, names, call)?;
        let timeout = call.timeout.unwrap_or(self.0.timeout) + BULK_GRACE;
        let what = format!("getting {} secrets", names.len());
        let outer = Work::new(self.0.clock.clone(), timeout, 0, what);
        Operation::start(&outer, async move {
            batch.run().await?;
            Ok(batch.all())
        })
    }

    /// The same, given out as it comes: each page holds the outcomes that are there and next in order.
    ///
    /// # Errors
    /// As [`get_secrets`](Self::get_secrets).
    pub fn stream_secrets(
        &self,
        vault: Option<&str>,
        names: &[&str],
        call: &Call,
    ) -> Result<Pager<Result<Secret>>> {
        let batch = self.batch(vault, names, call)?;
        let workers = batch.start()?;
        let (client, timeout) = (self.clone(), call.timeout.unwrap_or(self.0.timeout));
        Ok(Pager(Box::new(move || {
            let _ = &workers;
            let turn = batch.turns.take()?;
            let (own, done) = (Arc::clone(&batch), Arc::clone(&batch));
            let what = "waiting for the next of many secrets".to_owned();
            let work = Work::new(client.0.clock.clone(), timeout + BULK_GRACE, 0, what);
            let next = async move { Ok(own.next(turn).await) };
            let settle = Box::new(move |delivered| done.turns.end(turn, delivered));
            Operation::start_settling(&work, next, Some(settle))
                .inspect_err(|_| batch.turns.end(turn, false))
        })))
    }

    /// Lists the secrets of a vault, page by page, without values and versions: what is said of each is
    /// the latest version's.
    ///
    /// # Errors
    /// As [`get_secret`](Self::get_secret).
    pub fn list_secrets(&self, vault: &str, call: &Call) -> Result<Pager<SecretProperties>> {
        self.list(Deed::List, vault, None, call)
    }

    /// Lists all versions of a secret, without values, the newest first. They come in one page: the
    /// service has them in no order, so all have to be read before the first can be given.
    ///
    /// # Errors
    /// As [`get_secret`](Self::get_secret).
    pub fn list_versions(
        &self,
        vault: &str,
        name: Option<&str>,
        call: &Call,
    ) -> Result<Pager<SecretProperties>> {
        self.list(Deed::ListVersions, vault, name, call)
    }

    /// Lists the deleted secrets of a vault that can still be recovered, page by page.
    ///
    /// # Errors
    /// As [`get_secret`](Self::get_secret).
    pub fn list_deleted(&self, vault: &str, call: &Call) -> Result<Pager<SecretProperties>> {
        self.list(Deed::ListDeleted, vault, None, call)
    }

    fn list(
        &self,
        deed: Deed,
        vault: &str,
        name: Option<&str>,
        call: &Call,
    ) -> Result<Pager<SecretProperties>> {
        call.keeps_nothing()?;
        let first = self.start(call)?;
        let address = match deed {
            Deed::ListVersions => Some(Address::parse_whole(
                vault,
                name,
                Collection::Secrets,
                &first.suffixes,
            )?),
            _ => None,
        };
        let place = match &address {
            Some(address) => address.vault.clone(),
            None => Vault::parse(vault, &first.suffixes)?,
        };
        self.session(&place, &first)?;
        let listing = Arc::new(Listing::new(deed, address));
        let (client, call) = (self.clone(), call.clone());
        Ok(Pager(Box::new(move || {
            // Each page by itself: a token that one could not get, the next one may.
            let start = client.start(&call)?;
            let session = client.session(&place, &start)?;
            let turn = listing.turns.take()?;
            let (own, done) = (Arc::clone(&listing), Arc::clone(&listing));
            let work = client.work(&call, "starting to get a page".to_owned());
            let own_work = work.clone();
            let next = async move { own.next(turn, &session, &own_work).await };
            let settle = Box::new(move |delivered| done.turns.end(turn, delivered));
            Operation::start_settling(&work, next, Some(settle))
                .inspect_err(|_| listing.turns.end(turn, false))
        })))
    }

    /// Sets a secret: a new version, which is the latest from then on. Sent again only where the first
    /// try was certainly not carried out, for a second one would make a second version.
    ///
    /// # Errors
    /// As [`get_secret`](Self::get_secret); `INVALID_ARGUMENT` with the limit for what the service would
    /// not store.
    pub fn set_secret(
        &self,
        vault: &str,
        name: Option<&str>,
        value: Sensitive,
        attributes: &SecretAttributes,
        call: &Call,
    ) -> Result<Operation<Secret>> {
        check_value(&value)?;
        attributes.check()?;
        let task = Task::Set {
            value: Arc::new(value),
            attributes: attributes.clone(),
        };
        self.change(vault, name, Collection::Secrets, call, task)
    }

    /// Changes what is said of a secret's version, the latest one without `version`; never its value.
    ///
    /// # Errors
    /// As [`set_secret`](Self::set_secret).
    pub fn update_secret(
        &self,
        vault: &str,
        name: Option<&str>,
        version: Option<&str>,
        attributes: &SecretAttributes,
        call: &Call,
    ) -> Result<Operation<SecretProperties>> {
        attributes.check()?;
        if *attributes == SecretAttributes::default() {
            return Err(Error::invalid(
                "attributes",
                "say nothing that would change",
            ));
        }
        call.keeps_nothing()?;
        let start = self.start(call)?;
        let address = Address::parse(vault, name, version, Collection::Secrets, &start.suffixes)?;
        let task = Task::Update(attributes.clone());
        self.carry_out(call, &start, address, task)
    }

    /// Deletes a secret with all its versions, and waits until the vault shows it among the deleted
    /// ones, from where it can be recovered or purged.
    ///
    /// # Errors
    /// As [`get_secret`](Self::get_secret).
    pub fn delete_secret(
        &self,
        vault: &str,
        name: Option<&str>,
        call: &Call,
    ) -> Result<Operation<SecretProperties>> {
        self.change(vault, name, Collection::Secrets, call, Task::Delete)
    }

    /// What is known of a deleted secret.
    ///
    /// # Errors
    /// As [`get_secret`](Self::get_secret).
    pub fn get_deleted_secret(
        &self,
        vault: &str,
        name: Option<&str>,
        call: &Call,
    ) -> Result<Operation<SecretProperties>> {
        self.change(vault, name, Collection::Deleted, call, Task::GetDeleted)
    }

    /// Recovers a deleted secret with all its versions, and waits until the vault shows it again.
    ///
    /// # Errors
    /// As [`get_secret`](Self::get_secret).
    pub fn recover_secret(
        &self,
        vault: &str,
        name: Option<&str>,
        call: &Call,
    ) -> Result<Operation<SecretProperties>> {
        self.change(vault, name, Collection::Deleted, call, Task::Recover)
    }

    /// Purges a deleted secret for good, and waits until the vault shows it no more. Sent again only
    /// where the first try was certainly not carried out.
    ///
    /// # Errors
    /// As [`get_secret`](Self::get_secret).
    pub fn purge_secret(
        &self,
        vault: &str,
        name: Option<&str>,
        call: &Call,
    ) -> Result<Operation<()>> {
        self.change(vault, name, Collection::Deleted, call, Task::Purge)
    }

    /// Gets a backup of a secret with all its versions: a text that only a vault of the same subscription
    /// and geography can read.
    ///
    /// # Errors
    /// As [`get_secret`](Self::get_secret).
    pub fn backup_secret(
        &self,
        vault: &str,
        name: Option<&str>,
        call: &Call,
    ) -> Result<Operation<Sensitive>> {
        self.change(vault, name, Collection::Secrets, call, Task::Backup)
    }

    /// Restores a secret from its backup, with all its versions and under its own name, which must be
    /// free. Sent again only where the first try was certainly not carried out.
    ///
    /// # Errors
    /// As [`get_secret`](Self::get_secret); `INVALID_ARGUMENT` for what is no backup.
    pub fn restore_secret(
        &self,
        vault: &str,
        backup: &[u8],
        call: &Call,
    ) -> Result<Operation<SecretProperties>> {
        check_backup(backup)?;
        call.keeps_nothing()?;
        let start = self.start(call)?;
        let vault = Vault::parse(vault, &start.suffixes)?;
        let session = self.session(&vault, &start)?;
        let backup = Arc::new(Sensitive::new(backup));
        let what = format!("starting to restore a secret in vault {}", vault.name);
        self.run(call, what, move |work| async move {
            operations::restore(&session, backup, &work).await
        })
    }

    /// A call that concerns a secret as a whole.
    fn change<T: Output>(
        &self,
        vault: &str,
        name: Option<&str>,
        wanted: Collection,
        call: &Call,
        task: Task,
    ) -> Result<Operation<T>> {
        call.keeps_nothing()?;
        let start = self.start(call)?;
        let address = Address::parse_whole(vault, name, wanted, &start.suffixes)?;
        self.carry_out(call, &start, address, task)
    }

    fn carry_out<T: Output>(
        &self,
        call: &Call,
        start: &Start,
        address: Address,
        task: Task,
    ) -> Result<Operation<T>> {
        self.carry_out_raw(call, start, address, task)
            .map(Operation::of)
    }

    /// What is kept of a secret is forgotten before and after it changes.
    fn carry_out_raw(
        &self,
        call: &Call,
        start: &Start,
        address: Address,
        task: Task,
    ) -> Result<Raw> {
        let session = self.session(&address.vault, start)?;
        let cache = Arc::clone(&self.0.cache);
        let work = self.work(call, format!("starting with {}", address.describe()));
        let own = work.clone();
        let carry_out = async move {
            cache.forget_all_of(&address);
            let outcome = operations::carry_out(task, &session, &address, &own).await;
            cache.forget_all_of(&address);
            outcome
        };
        Raw::start(&work, Box::pin(carry_out), None)
    }

    fn batch(&self, vault: Option<&str>, names: &[&str], call: &Call) -> Result<Arc<Batch>> {
        let concurrency = call.concurrency.unwrap_or(limits::BULK_CONCURRENCY_DEFAULT);
        if !(1..=limits::BULK_CONCURRENCY_MAX).contains(&concurrency) {
            return Err(Error::invalid(
                "concurrency",
                format_args!("must be 1 to {}", limits::BULK_CONCURRENCY_MAX),
            ));
        }
        if names.len() > limits::BULK_NAMES_MAX {
            return Err(Error::new(
                Status::LimitExceeded,
                format!(
                    "names: must be {} at most, and are {}",
                    limits::BULK_NAMES_MAX,
                    names.len()
                ),
            ));
        }
        let wish = wish(call)?;
        if wish.newer_than.is_some() {
            return Err(Error::invalid(
                "newer_than_version",
                "is for one secret, not for many",
            ));
        }
        let start = self.start(call)?;
        let vault = match vault {
            Some(vault) => Some(Vault::parse(vault, &start.suffixes)?),
            None => None,
        };
        // Few: looking through them is faster than hashing.
        let mut sessions = Vec::new();
        if let Some(vault) = &vault {
            // What is wrong with the one vault is wrong with the call.
            sessions.push((vault.origin.clone(), Ok(self.session(vault, &start)?)));
        }
        let reads = names.iter().map(|name| {
            let address = Address::parse_item(vault.as_ref(), name, &start.suffixes)?;
            let origin = &address.vault.origin;
            let known = sessions.iter().position(|(known, _)| known == origin);
            let at = known.unwrap_or_else(|| {
                let session = self.session(&address.vault, &start);
                sessions.push((origin.clone(), session));
                sessions.len() - 1
            });
            let session = sessions[at].1.as_ref().map_err(Error::clone)?;
            Ok(self.read(session, address, &start))
        });
        let reads = reads.collect();
        let work = self.work(call, "starting to get secrets".to_owned());
        let cache = &self.0.cache;
        Ok(Arc::new(Batch::new(cache, reads, wish, concurrency, work)))
    }

    fn start(&self, call: &Call) -> Result<Start> {
        if platform::is_forked() {
            return Err(Error::forked());
        }
        let inner = &*self.0;
        let freshness = call.check()?;
        let snapshot = Arc::new(inner.environment.snapshot()?);
        let suffixes = Suffixes::new(&inner.suffixes, snapshot.vault_suffix.as_deref())?;
        Ok(Start {
            snapshot,
            suffixes,
            freshness,
        })
    }

    fn session(&self, vault: &Vault, start: &Start) -> Result<Arc<Session>> {
        let inner = &*self.0;
        let now = inner.clock.now_unix();
        inner.vaults.check(vault, &start.snapshot, now)?;
        Ok(Arc::new(Session::new(
            &inner.vaults,
            vault.clone(),
            &start.snapshot,
            start.freshness.clone(),
        )))
    }

    fn read(&self, session: &Arc<Session>, address: Address, start: &Start) -> Read {
        let audience = address.vault.audience.as_deref();
        Read {
            identity: self.0.vaults.reader(audience, &start.snapshot),
            session: Arc::clone(session),
            address,
        }
    }

    fn run<T: Output, Fut>(
        &self,
        call: &Call,
        doing: String,
        task: impl FnOnce(Work) -> Fut,
    ) -> Result<Operation<T>>
    where
        Fut: Future<Output = Result<T>> + Send + 'static,
    {
        let work = self.work(call, doing);
        Operation::start(&work, task(work.clone()))
    }
}

fn wish(call: &Call) -> Result<Wish> {
    for (argument, age) in [
        ("max_age", call.max_age),
        ("stale_if_error", call.stale_if_error),
    ] {
        if age.is_some_and(|age| age > limits::AGE_MAX) {
            return Err(Error::invalid(argument, "must not be over 49 days"));
        }
    }
    let newer_than = call.newer_than_version.as_deref();
    if newer_than.is_some_and(|version| !address::is_version(version)) {
        return Err(Error::invalid(
            "newer_than_version",
            "must be 1 to 64 letters or digits",
        ));
    }
    Ok(Wish {
        max_age: call.max_age.unwrap_or_default(),
        stale_if_error: call.stale_if_error.unwrap_or_default(),
        newer_than: newer_than.map(Box::from),
        is_forced: call.force_refresh || call.claims.is_some(),
    })
}
