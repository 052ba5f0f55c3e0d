//! `ClientOptions`: what a client is made with. Checked by `Client::new`, which copies them.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::clock::Clock;
use crate::environment::Environment;
use crate::error::{Error, Result, Status};
use crate::identity::arc_key::ArcPaths;
use crate::identity::{Identity, Source};
use crate::limits;
use crate::sensitive::Sensitive;
use crate::transport::roots;
use crate::vault::VaultSuffix;

/// What a [`Client`](crate::Client) is made with; every field has a default.
#[derive(Clone, Debug, Default)]
pub struct ClientOptions {
    /// Which identity to use; the machine's own unless said.
    pub identity: Identity,
    /// The only source to ask; found by looking at the environment unless said.
    pub source: Option<Source>,
    /// A token of one's own for vaults, used instead of any identity. Such a client asks no
    /// identity endpoint and cannot get tokens.
    pub access_token: Option<Arc<Sensitive>>,
    /// Time limit of each operation; [`limits::TIMEOUT_DEFAULT`] unless said.
    pub timeout: Option<Duration>,
    /// Retries of each request; [`limits::RETRIES_DEFAULT`] unless said, [`limits::RETRIES_MAX`] at most.
    pub retries_max: Option<u32>,
    /// More roots to trust, as PEM, beside the system's.
    pub ca_pem: Option<Arc<str>>,
    /// Put before the library's own `User-Agent`.
    pub user_agent: Option<String>,
    /// Suffixes of clouds of one's own; the first completes bare vault names unless
    /// `DOORKEY_VAULT_SUFFIX` does.
    pub vault_suffixes: Vec<VaultSuffix>,
    /// The version of the vaults' API; `7.4` unless said, which every cloud and emulator knows.
    pub vault_api_version: Option<String>,
    /// Do not compare the audience of a challenge with the vault's host. For emulators only: the
    /// comparison is what keeps a token from being fetched for somebody else's audience.
    pub trust_any_challenge: bool,
    /// Where environment variables are read; the process's own unless said.
    pub environment: Environment,
    /// The clock; the machine's unless a test says otherwise.
    #[doc(hidden)]
    pub clock: Clock,
    /// Hosts whose port 443 (of http 80) is dialled at another address, or which do not resolve (`None`): lets
    /// tests speak to the built-in clouds' names without a byte leaving this machine.
    #[doc(hidden)]
    pub dial: Vec<(String, Option<SocketAddr>)>,
    /// Where Azure Arc's agent keeps its files; the system's places unless a test says otherwise.
    #[doc(hidden)]
    pub arc_paths: ArcPaths,
}

impl ClientOptions {
    pub(crate) fn check(&self) -> Result<()> {
        self.identity.check()?;
        if let Some(token) = &self.access_token {
            self.check_token(token)?;
        }
        check_timeout(self.timeout)?;
        if self.retries_max.is_some_and(|n| n > limits::RETRIES_MAX) {
            return Err(Error::invalid(
                "retries_max",
                format_args!("must be {} at most", limits::RETRIES_MAX),
            ));
        }
        if let Some(pem) = &self.ca_pem {
            roots::parse(pem.as_bytes(), "ca_pem")?;
        }
        if let Some(agent) = &self.user_agent {
            let fits = (1..=256).contains(&agent.len());
            if !fits || !agent.bytes().all(|b| b == b' ' || b.is_ascii_graphic()) {
                return Err(Error::invalid(
                    "user_agent",
                    "must be 1 to 256 printable ASCII characters",
                ));
            }
        }
        if let Some(version) = &self.vault_api_version {
            let fits = (1..=32).contains(&version.len());
            let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"-.".contains(&b);
            if !fits || !version.bytes().all(is_plain) {
                return Err(Error::invalid(
                    "vault_api_version",
                    "must be 1 to 32 letters, digits, '-' or '.', such as 7.4 or 2025-07-01",
                ));
            }
        }
        if self.vault_suffixes.len() > limits::VAULT_SUFFIXES_MAX {
            return Err(Error::new(
                Status::LimitExceeded,
                format!("more than {} vault suffixes", limits::VAULT_SUFFIXES_MAX),
            ));
        }
        Ok(())
    }

    fn check_token(&self, token: &Sensitive) -> Result<()> {
        let fits = (1..=limits::HEADER_VALUE_LENGTH_MAX).contains(&token.len());
        if !fits || !token.as_bytes().iter().all(u8::is_ascii_graphic) {
            return Err(Error::invalid(
                "access_token",
                "must be 1 to 16384 printable ASCII characters without spaces",
            ));
        }
        if self.identity != Identity::Default {
            return Err(Error::invalid(
                "access_token",
                "cannot be combined with a client, object or resource id",
            ));
        }
        if self.source.is_some() {
            return Err(Error::invalid(
                "access_token",
                "cannot be combined with a source",
            ));
        }
        Ok(())
    }

    pub(crate) fn user_agent_line(&self) -> String {
        let own = concat!("doorkey/", env!("CARGO_PKG_VERSION"));
        match &self.user_agent {
            Some(agent) => format!("{agent} {own}"),
            None => own.to_owned(),
        }
    }
}

/// A time limit of options or of a call.
pub(crate) fn check_timeout(timeout: Option<Duration>) -> Result<()> {
    match timeout {
        Some(timeout) if timeout.is_zero() => Err(Error::invalid("timeout", "must not be zero")),
        Some(timeout) if timeout > limits::TIMEOUT_MAX => {
            Err(Error::invalid("timeout", "must not be over 49 days"))
        }
        _ => Ok(()),
    }
}
