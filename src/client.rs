//! `Client`: the way in. Checks arguments, starts operations, serves cache hits on the caller's
//! thread. What it does with secrets is in client/secrets.rs and client/lists.rs; how tokens and secrets are got is
//! `identity`'s and `vault`'s business.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use once_cell::sync::OnceCell;

use crate::clock::Clock;
use crate::environment::Environment;
use crate::error::{Error, Result, Status};
use crate::identity::{Freshness, Token, Tokens, cache, resource};
use crate::limits;
use crate::operation::Operation;
use crate::options::{ClientOptions, check_timeout};
use crate::platform;
use crate::transport::clients::Clients;
use crate::transport::work::Work;
use crate::vault::cache::Cache;
use crate::vault::challenge::is_claims;
use crate::vault::vaults::Vaults;
use crate::vault::{Secret, VaultSuffix};

mod lists;
mod secrets;

pub use lists::Pager;
pub(crate) use lists::check_count;

/// What az CLI pins and every emulator knows; later versions add nothing that is offered here.
const API_VERSION: &str = "7.4";

/// What one call may say; the default is the client's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Call {
    /// Get a new token even if a cached one is good. Best effort: the endpoint has a cache of its
    /// own. For a secret it is the token behind it that is new.
    pub force_refresh: bool,
    /// The JSON of a claims challenge, decoded. A cached token will not do then; a workload
    /// identity's exchange passes them on, no other source takes any.
    pub claims: Option<String>,
    /// Time limit of this operation.
    pub timeout: Option<Duration>,
    /// For reading secrets: a value that this client read no longer ago than this will do, without
    /// asking the vault. The client keeps what it reads for calls that say so, at most
    /// [`limits::CACHED_SECRETS_MAX`] secrets, until [`Client::clear_cache`].
    pub max_age: Option<Duration>,
    /// For reading secrets: when the vault, or what stands before it, cannot be reached, a value that was
    /// read no longer ago than this will do. A refusal is no such failure.
    pub stale_if_error: Option<Duration>,
    /// For reading the latest version of one secret: this version stopped working. The answer is another
    /// one, from one read that all who ask at the same time share; or `NO_NEWER_VERSION`.
    pub newer_than_version: Option<String>,
    /// For reading many secrets: requests at once, 1 to [`limits::BULK_CONCURRENCY_MAX`].
    pub concurrency: Option<usize>,
}

impl Call {
    /// Checks all of it that does not depend on what is called.
    fn check(&self) -> Result<Freshness> {
        check_timeout(self.timeout)?;
        freshness(self)
    }

    /// Refuses what only reading secrets takes, so that nobody relies on it elsewhere.
    fn keeps_nothing(&self) -> Result<()> {
        let given = [
            ("max_age", self.max_age.is_some()),
            ("stale_if_error", self.stale_if_error.is_some()),
            ("newer_than_version", self.newer_than_version.is_some()),
        ];
        match given.into_iter().find(|(_, is_given)| *is_given) {
            None => self.is_one(),
            Some((argument, _)) => Err(Error::new(
                Status::Unsupported,
                format!("{argument}: is for reading the values of secrets only"),
            )),
        }
    }

    fn is_one(&self) -> Result<()> {
        match self.concurrency {
            None => Ok(()),
            Some(_) => Err(Error::new(
                Status::Unsupported,
                "concurrency: is for reading many secrets at once only",
            )),
        }
    }
}

/// Gets tokens and secrets. Cheap to clone, safe from any thread, and immutable: what it was made
/// with is what it is.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    environment: Environment,
    clock: Clock,
    timeout: Duration,
    retries_max: u32,
    suffixes: Vec<VaultSuffix>,
    brings_token: bool,
    tokens: Arc<Tokens>,
    vaults: Arc<Vaults>,
    cache: Arc<Cache>,
}

impl Client {
    /// Makes a client. Nothing is sent and no thread is started.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` or `LIMIT_EXCEEDED`, naming the option and the rule it breaks.
    pub fn new(options: ClientOptions) -> Result<Self> {
        options.check()?;
        let clients = Arc::new(Clients::new(
            options.user_agent_line(),
            options.ca_pem.clone(),
            options.dial.clone(),
        ));
        let tokens = Arc::new(Tokens::new(
            options.identity.clone(),
            options.source,
            options.arc_paths.clone(),
            Arc::clone(&clients),
        ));
        let brings_token = options.access_token.is_some();
        Ok(Self(Arc::new(Inner {
            vaults: Arc::new(Vaults::new(
                clients,
                Arc::clone(&tokens),
                options.access_token,
                !options.trust_any_challenge,
                options
                    .vault_api_version
                    .unwrap_or_else(|| API_VERSION.to_owned()),
            )),
            cache: Arc::default(),
            environment: options.environment,
            clock: options.clock,
            timeout: options.timeout.unwrap_or(limits::TIMEOUT_DEFAULT),
            retries_max: options.retries_max.unwrap_or(limits::RETRIES_DEFAULT),
            suffixes: options.vault_suffixes,
            brings_token,
            tokens,
        })))
    }

    /// Gets a token for `resource`, e.g. `https://vault.azure.net` (a scope's `/.default` is taken
    /// off). From the cache when it has a good one.
    ///
    /// # Errors
    /// Bad arguments and a bad environment are told here, before anything is sent; how the work
    /// fails is told by the operation.
    pub fn get_token(&self, resource: &str, call: &Call) -> Result<Operation<Token>> {
        if platform::is_forked() {
            return Err(Error::forked());
        }
        let inner = &*self.0;
        let freshness = call.check()?;
        call.keeps_nothing()?;
        if freshness == Freshness::Cached
            && let Some(token) = self.cached_token(resource)
        {
            return Ok(Operation::finished(Ok(token)));
        }
        let resource = resource::check(resource)?;
        if inner.brings_token {
            return Err(Error::new(
                Status::Unsupported,
                "this client was given an access token and gets no others",
            )
            .advise("make a client without access_token to get tokens"));
        }
        let snapshot = Arc::new(inner.environment.snapshot()?);
        let plan = inner.tokens.plan(resource, &snapshot)?;
        let work = self.work(call, "starting to get a token".to_owned());
        let own_work = work.clone();
        Operation::start(
            &work,
            async move { plan.token(&freshness, &own_work).await },
        )
    }

    /// A token from memory, the quickest way to one. What is no resource is in no cache.
    pub(crate) fn cached_token(&self, resource: &str) -> Option<Token> {
        let inner = &*self.0;
        if platform::is_forked() {
            return None;
        }
        let resource = resource::without_scope(resource);
        let hit = inner.tokens.cached(resource, inner.clock.now_unix())?;
        if hit.wants_refresh {
            self.refresh(resource);
        }
        Some(hit.token)
    }

    /// Begins to get a new token in the background. The environment is read here, on the caller's
    /// thread; whatever is wrong with it is told when the token has to be asked for.
    fn refresh(&self, resource: &str) {
        let Ok(snapshot) = self.0.environment.snapshot() else {
            return;
        };
        let work = self.work(&Call::default(), "refreshing a token".to_owned());
        self.0.tokens.refresh(resource, &Arc::new(snapshot), &work);
    }

    /// Forgets the tokens that this client got and the secrets that it keeps, and has them wiped once
    /// nobody holds them.
    pub fn clear_cache(&self) {
        // A fork may have taken a lock with it that nobody will ever release.
        if !platform::is_forked() {
            self.0.tokens.clear();
            self.0.cache.clear();
        }
    }

    fn work(&self, call: &Call, doing: String) -> Work {
        let timeout = call.timeout.unwrap_or(self.0.timeout);
        Work::new(self.0.clock.clone(), timeout, self.0.retries_max, doing)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("environment", &self.0.environment)
            .field("timeout", &self.0.timeout)
            .finish_non_exhaustive()
    }
}

fn freshness(call: &Call) -> Result<Freshness> {
    let Some(claims) = &call.claims else {
        return Ok(match call.force_refresh {
            true => Freshness::Forced,
            false => Freshness::Cached,
        });
    };
    if is_claims(claims) {
        return Ok(Freshness::Claims(Arc::from(claims.as_str())));
    }
    Err(Error::invalid(
        "claims",
        format_args!(
            "must be a JSON object of {} bytes at most; what a challenge carries is to be decoded from base64 first",
            limits::CLAIMS_BYTES_MAX
        ),
    ))
}

/// The client behind [`get_token`] and [`get_secret`]: default options, the process's environment.
pub(crate) fn default_client() -> Result<&'static Client> {
    static DEFAULT: OnceCell<Client> = OnceCell::new();
    DEFAULT.get_or_try_init(|| Client::new(ClientOptions::default()))
}

/// Gets a token with the default client and waits for it.
///
/// # Errors
/// As [`Client::get_token`] and its operation.
pub fn get_token(resource: &str) -> Result<Token> {
    default_client()?
        .get_token(resource, &Call::default())?
        .take()
}

/// Gets a secret's latest version with the default client and waits for it.
///
/// # Errors
/// As [`Client::get_secret`] and its operation.
pub fn get_secret(vault: &str, name: Option<&str>) -> Result<Secret> {
    default_client()?
        .get_secret(vault, name, None, &Call::default())?
        .take()
}

/// Forgets every cached token of the process.
pub fn clear_token_cache() {
    if !platform::is_forked() {
        cache::clear();
    }
}

#[cfg(test)]
mod tests {
    use doorkey_emulator::Emulator;

    use super::*;

    // Here and not in tests/suite: it clears the cache of the whole process.
    #[test]
    fn a_cache_keeps_so_many_tokens_and_forgets_all_when_it_is_cleared() {
        let resources: Vec<_> = (0..70).map(|n| format!("https://r{n}.example")).collect();
        let builder = Emulator::builder();
        let emulator = resources.iter().fold(builder, |b, r| b.resource(r));
        let emulator = emulator.start().unwrap();
        let client = Client::new(ClientOptions {
            environment: Environment::given(emulator.environment()).unwrap(),
            ..ClientOptions::default()
        });
        let client = client.unwrap();
        let get_all = || {
            for resource in &resources {
                let operation = client.get_token(resource, &Call::default());
                operation.unwrap().take().unwrap();
            }
        };
        get_all();
        // Those that were evicted are asked for again.
        get_all();
        let kept = limits::CACHED_TOKENS_MAX as u64;
        assert!(emulator.requests().token >= 70 + (70 - kept));
        clear_token_cache();
        let before = emulator.requests().token;
        get_all();
        assert_eq!(emulator.requests().token, before + 70);
        // One client's own, of which there were more than it can hold, too.
        client.clear_cache();
        get_all();
        assert_eq!(emulator.requests().token, before + 140);
    }
}
