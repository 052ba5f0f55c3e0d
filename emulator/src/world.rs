//! Everything the endpoints of one emulator share. It holds no behaviour but what needs several of them.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::claims::{ClaimsEncoding, Demand};
use crate::faults::Faults;
use crate::hosts::{Host, Machine};
use crate::identities::Identities;
use crate::journal::Journal;
use crate::tokens::Tokens;
use crate::vault::backup::Sealer;
use crate::vault::permissions::Permissions;
use crate::vault::store::Vaults;

pub(crate) struct World {
    pub(crate) settings: Settings,
    pub(crate) machine: Machine,
    pub(crate) identities: Identities,
    pub(crate) tokens: Tokens,
    pub(crate) vaults: Vaults,
    pub(crate) permissions: Permissions,
    pub(crate) sealer: Sealer,
    pub(crate) faults: Faults,
    pub(crate) journal: Journal,
}

impl World {
    /// Makes the vaults demand tokens that were issued for these claims.
    pub(crate) fn demand_claims(&self, claims: &str, encoding: ClaimsEncoding) {
        let host = self.machine.host;
        let demand = Demand::new(claims, encoding, host == Host::WorkloadIdentity);
        self.tokens.demand(demand, !host.lets_bypass_cache());
    }
}

pub(crate) struct Settings {
    /// What follows a vault's name in its host, without the dot: `vault.localhost`.
    pub(crate) suffix: String,
    /// Resources the token endpoint knows beside its own.
    pub(crate) resources: Vec<String>,
    empty_pages: AtomicBool,
}

impl Settings {
    pub(crate) fn new(suffix: String, resources: Vec<String>) -> Self {
        Self {
            suffix,
            resources,
            empty_pages: AtomicBool::new(false),
        }
    }

    /// The audience of the vaults: the suffix as a URL, never with a port.
    pub(crate) fn audience(&self) -> String {
        format!("https://{}", self.suffix)
    }

    pub(crate) fn sends_empty_pages(&self) -> bool {
        self.empty_pages.load(Ordering::Relaxed)
    }

    pub(crate) fn send_empty_pages(&self, send: bool) {
        self.empty_pages.store(send, Ordering::Relaxed);
    }
}
