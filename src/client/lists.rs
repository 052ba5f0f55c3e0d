//! What a client gives piece by piece or many at a time: lists, and secrets in bulk. What it does with one
//! secret is in secrets.rs.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::client::secrets::wish;
use crate::client::{Call, Client};
use crate::engine::Place;
use crate::error::{Error, Result, Status};
use crate::limits;
use crate::operation::Operation;
use crate::outcome::Item;
use crate::platform;
use crate::transport::work::Work;
use crate::vault::address::{Address, Collection};
use crate::vault::bulk::Batch;
use crate::vault::deed::Deed;
use crate::vault::origin::Vault;
use crate::vault::paging::Listing;
use crate::vault::{Secret, SecretProperties};

/// What a bulk operation has beyond its own time limit, so that each item can say that it timed out.
const BULK_GRACE: Duration = Duration::from_secs(1);

/// What comes piece by piece: the pages of a list, or many secrets as they arrive. Any thread; dropping it
/// stops what still runs for it.
pub struct Pager<T: Item>(Box<dyn Fn() -> Result<Operation<Vec<T>>> + Send + Sync>);

impl<T: Item> Pager<T> {
    /// Starts to get the next items; an empty page is the end. One at a time: the page before has to be
    /// taken, or its operation dropped. A page that fails, times out, is cancelled or is dropped before it
    /// was taken may be asked for again, and nothing is lost.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` while the page before is not taken; else as the call that made the pager.
    pub fn next(&self) -> Result<Operation<Vec<T>>> {
        self.0()
    }
}

impl<T: Item> fmt::Debug for Pager<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pager").finish_non_exhaustive()
    }
}

impl Client {
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
        // It is work under way, whether or not a page of it is asked for.
        let place = Place::take()?;
        let workers = batch.start_within(limits::STREAM_AHEAD)?;
        let (client, timeout) = (self.clone(), call.timeout.unwrap_or(self.0.timeout));
        Ok(Pager(Box::new(move || {
            let _ = (&workers, &place);
            if platform::is_forked() {
                return Err(Error::forked());
            }
            let turn = batch.turns.take()?;
            let (own, done) = (Arc::clone(&batch), Arc::clone(&batch));
            let what = "waiting for the next of many secrets".to_owned();
            let work = Work::new(client.0.clock.clone(), timeout + BULK_GRACE, 0, what);
            let next = async move { Ok(own.next(turn).await) };
            let settle = Box::new(move |delivered| done.given_out(turn, delivered));
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

    fn batch(&self, vault: Option<&str>, names: &[&str], call: &Call) -> Result<Arc<Batch>> {
        let concurrency = call.concurrency.unwrap_or(limits::BULK_CONCURRENCY_DEFAULT);
        if !(1..=limits::BULK_CONCURRENCY_MAX).contains(&concurrency) {
            return Err(Error::invalid(
                "concurrency",
                format_args!("must be 1 to {}", limits::BULK_CONCURRENCY_MAX),
            ));
        }
        check_count(names.len())?;
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
}

/// How many names there are, before any is looked at.
pub(crate) fn check_count(names: usize) -> Result<()> {
    if names <= limits::BULK_NAMES_MAX {
        return Ok(());
    }
    Err(Error::new(
        Status::LimitExceeded,
        format!(
            "names: must be {} at most, and are {names}",
            limits::BULK_NAMES_MAX
        ),
    ))
}
