//! What a client does with secrets: arguments are checked here, before anything is sent; how it is done is
//! `vault`'s business.

use std::future::Future;
use std::sync::Arc;

use crate::client::{Call, Client};
use crate::environment::Snapshot;
use crate::error::{Error, Result};
use crate::identity::Freshness;
use crate::limits;
use crate::operation::{Operation, Raw, Settle};
use crate::outcome::Output;
use crate::platform;
use crate::sensitive::Sensitive;
use crate::transport::work::Work;
use crate::vault::address::{self, Address, Collection};
use crate::vault::attributes::{check_backup, check_value};
use crate::vault::cache::{Read, ToChange, Wish, Words};
use crate::vault::clouds::Suffixes;
use crate::vault::operations::{self, Task};
use crate::vault::origin::Vault;
use crate::vault::session::Session;
use crate::vault::{Secret, SecretAttributes, SecretProperties};

/// What every call with vaults begins with.
pub(super) struct Start {
    snapshot: Arc<Snapshot>,
    pub suffixes: Suffixes,
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
        let work = self.work(call, what);
        // Which secret it is, only the vault can tell.
        let (change, settle) = self.changing(&vault, None);
        let own = work.clone();
        let restore = async move {
            let _change = change.begin();
            operations::restore(&session, backup, &own).await
        };
        Operation::start_settling(&work, restore, Some(settle))
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
        let work = self.work(call, format!("starting with {}", address.describe()));
        let (change, settle) = match task.changes_something() {
            true => {
                let (change, settle) = self.changing(&address.vault, Some(&address.name));
                (Some(change), Some(settle))
            }
            false => (None, None),
        };
        let own = work.clone();
        let carry_out = async move {
            let _change = change.map(ToChange::begin);
            operations::carry_out(task, &session, &address, &own).await
        };
        Raw::start(&work, Box::pin(carry_out), settle)
    }

    /// What is kept is forgotten when the change begins and ends, and also before anybody can know that
    /// it was given up: its own end may come later, on the I/O thread.
    fn changing(&self, vault: &Vault, name: Option<&str>) -> (ToChange, Settle) {
        let change = ToChange::new(&self.0.cache, vault, name);
        let given_up = change.clone();
        let settle = Box::new(move |delivered: bool| {
            if !delivered {
                given_up.forget();
            }
        });
        (change, settle)
    }

    pub(super) fn start(&self, call: &Call) -> Result<Start> {
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

    pub(super) fn session(&self, vault: &Vault, start: &Start) -> Result<Arc<Session>> {
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

    pub(super) fn read(&self, session: &Arc<Session>, address: Address, start: &Start) -> Read {
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

pub(super) fn wish(call: &Call) -> Result<Wish> {
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
