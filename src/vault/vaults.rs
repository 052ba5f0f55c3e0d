//! `Vaults`: one client's way to vaults, and what it has learned of them. What one operation knows is in
//! session.rs.

use std::sync::{Arc, Mutex};

use crate::engine::lock;
use crate::environment::Snapshot;
use crate::error::{Error, Result};
use crate::identity::{TokenKey, Tokens};
use crate::limits;
use crate::sensitive::Sensitive;
use crate::transport::clients::Clients;
use crate::vault::origin::Vault;

/// One client's way to vaults.
pub(crate) struct Vaults {
    pub clients: Arc<Clients>,
    pub tokens: Arc<Tokens>,
    /// A token of the caller's own, used instead of any identity.
    pub brought: Option<Arc<Sensitive>>,
    pub verify_challenge: bool,
    pub api_version: String,
    /// Audiences that verified challenges stated, by origin.
    audiences: Mutex<Vec<(String, String)>>,
}

impl Vaults {
    pub fn new(
        clients: Arc<Clients>,
        tokens: Arc<Tokens>,
        brought: Option<Arc<Sensitive>>,
        verify_challenge: bool,
        api_version: String,
    ) -> Self {
        Self {
            clients,
            tokens,
            brought,
            verify_challenge,
            api_version,
            audiences: Mutex::new(Vec::new()),
        }
    }

    /// Checks what can be checked before any byte is sent.
    pub fn check(&self, vault: &Vault, snapshot: &Snapshot, now_unix: i64) -> Result<()> {
        match (&vault.audience, &self.brought) {
            (Some(audience), None) => self.tokens.check(audience, snapshot, now_unix),
            // A challenge can be verified against the host, but not against what a brought token
            // is for: a mistyped host that names itself would get it.
            (None, Some(_)) if self.verify_challenge => Err(Error::invalid(
                "vault",
                "is a host of no known cloud, and an access token of one's own is sent only to known ones",
            )
            .advise("check the spelling, or make the suffix known with DOORKEY_VAULT_SUFFIX or the client's options")),
            _ => Ok(()),
        }
    }

    /// Whose token would read a vault: two identities never meet in what is kept. `None` for a token of
    /// the caller's own, the only one of its client, and where that cannot be told.
    pub fn reader(&self, audience: Option<&str>, snapshot: &Snapshot) -> Option<Arc<TokenKey>> {
        if self.brought.is_some() {
            return None;
        }
        // The identity does not depend on the audience, which an unknown vault has yet to state.
        let audience = audience.unwrap_or("https://vault.azure.net");
        self.tokens.key(audience, snapshot).ok().map(Arc::new)
    }

    /// The audience of a vault, when it is known: from its cloud or a verified challenge.
    pub fn audience(&self, vault: &Vault) -> Option<String> {
        vault.audience.clone().or_else(|| {
            let origin = vault.origin.as_str();
            let audiences = lock(&self.audiences);
            let found = audiences.iter().find(|(known, _)| known == origin);
            found.map(|(_, audience)| audience.clone())
        })
    }

    pub fn remember(&self, vault: &Vault, audience: &str) {
        if vault.audience.is_some() {
            return;
        }
        let mut audiences = lock(&self.audiences);
        audiences.retain(|(origin, _)| origin != vault.origin.as_str());
        if audiences.len() >= limits::CHALLENGES_MAX {
            audiences.remove(0);
        }
        audiences.push((vault.origin.to_string(), audience.to_owned()));
    }

    pub fn forget(&self, vault: &Vault) {
        lock(&self.audiences).retain(|(origin, _)| origin != vault.origin.as_str());
    }
}
