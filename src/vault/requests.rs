//! The requests to a vault: with a token at once where the audience is known, after a verified
//! challenge elsewhere, and once more after a 401.

use std::sync::{Arc, Mutex};

use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderValue, USER_AGENT};
use url::Url;

use crate::engine::lock;
use crate::environment::Snapshot;
use crate::error::{Error, Result, Status};
use crate::identity::{Freshness, Plan, Token, Tokens};
use crate::limits;
use crate::sensitive::Sensitive;
use crate::transport::answer::Answer;
use crate::transport::clients::Clients;
use crate::transport::failure::{Failure, Kind};
use crate::transport::retry::{self, Policy};
use crate::transport::work::Work;
use crate::vault::address::{Address, Vault};
use crate::vault::model::Secret;
use crate::vault::{challenge, refusal};

/// What az CLI pins and every emulator knows; later versions add nothing to reading a secret.
const API_VERSION: &str = "7.4";

/// The guidance's exponential delays; a 403 is never retried.
const POLICY: Policy = Policy {
    statuses: &[408, 429, 500, 502, 503, 504],
    server_errors: false,
    delays_ms: &[800, 1600, 3200, 6400, 12800],
    retries_max: u32::MAX,
    gone: None,
    connects_ms: &[800, 1600],
};

/// One client's way to vaults.
pub(crate) struct Vaults {
    clients: Arc<Clients>,
    tokens: Arc<Tokens>,
    /// A token of the caller's own, used instead of any identity.
    brought: Option<Arc<Sensitive>>,
    verify_challenge: bool,
    /// Audiences that verified challenges stated, by origin.
    audiences: Mutex<Vec<(String, String)>>,
}

/// The token of one request, wherever it came from.
enum Bearer {
    Issued(Token),
    Brought(Arc<Sensitive>),
}

impl Bearer {
    fn value(&self) -> &Sensitive {
        match self {
            Bearer::Issued(token) => token.value(),
            Bearer::Brought(token) => token,
        }
    }
}

impl Vaults {
    pub fn new(
        clients: Arc<Clients>,
        tokens: Arc<Tokens>,
        brought: Option<Arc<Sensitive>>,
        verify_challenge: bool,
    ) -> Self {
        Self {
            clients,
            tokens,
            brought,
            verify_challenge,
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

    pub async fn get_secret(
        &self,
        address: &Address,
        snapshot: &Arc<Snapshot>,
        freshness: Freshness,
        work: &Work,
    ) -> Result<Secret> {
        let url = secret_url(address)?;
        let (client, is_proxied) = self.clients.remote(snapshot, &url).await?;
        let exchange = Exchange {
            vaults: self,
            snapshot,
            client,
            is_proxied,
            url,
            address,
            freshness,
            work,
        };
        let (answer, sent) = exchange.run().await?;
        if !answer.is_success() {
            let held: Vec<&Sensitive> = sent.iter().map(Bearer::value).collect();
            return Err(refusal::read(&answer, address, &held));
        }
        Secret::parse(&answer.body, address).map_err(|rule| {
            Error::new(
                Status::Protocol,
                format!("{}: HTTP {}, but {rule}", address.describe(), answer.status),
            )
            .advise("something other than Key Vault may answer there; check the host, and look for an intercepting proxy or gateway")
            .with_http_status(answer.status)
            .with_request_id(answer.request_id.clone())
        })
    }

    /// The audience of a vault, when it is known: from its cloud or a verified challenge.
    fn audience(&self, vault: &Vault) -> Option<String> {
        vault.audience.clone().or_else(|| {
            let origin = vault.origin.as_str();
            let audiences = lock(&self.audiences);
            let found = audiences.iter().find(|(known, _)| known == origin);
            found.map(|(_, audience)| audience.clone())
        })
    }

    fn remember(&self, vault: &Vault, audience: &str) {
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

    fn forget(&self, vault: &Vault) {
        lock(&self.audiences).retain(|(origin, _)| origin != vault.origin.as_str());
    }
}

/// One secret's request with all its legs.
struct Exchange<'a> {
    vaults: &'a Vaults,
    snapshot: &'a Arc<Snapshot>,
    client: reqwest::Client,
    is_proxied: bool,
    url: Url,
    address: &'a Address,
    freshness: Freshness,
    work: &'a Work,
}

impl Exchange<'_> {
    /// The last answer, and every token that was sent on the way to it.
    async fn run(&self) -> Result<(Answer, Vec<Bearer>)> {
        let vault = &self.address.vault;
        let audience = match self.vaults.audience(vault) {
            Some(audience) => audience,
            None => {
                let answer = self.send(None).await?;
                if answer.status != 401 {
                    return self.unasked(answer);
                }
                self.believe(&answer)?
            }
        };
        let first = self.bearer(&audience, &self.freshness).await?;
        let answer = self.send(Some(first.value())).await?;
        if answer.status != 401 || matches!(first, Bearer::Brought(_)) {
            return Ok((answer, vec![first]));
        }
        // The token was revoked, or the vault has moved to another tenant: drop what is
        // remembered, read the challenge again, and try once more with a new token.
        self.vaults.forget(vault);
        let audience = match (answer.challenges.is_empty(), &vault.audience) {
            (true, Some(known)) => known.clone(),
            _ => self.believe(&answer)?,
        };
        let second = self.bearer(&audience, &Freshness::Forced).await?;
        let answer = self.send(Some(second.value())).await?;
        Ok((answer, vec![first, second]))
    }

    /// An unknown host that answers without asking for a token: a refusal is one, but a value
    /// handed to a stranger did not come from a vault.
    fn unasked(&self, answer: Answer) -> Result<(Answer, Vec<Bearer>)> {
        if answer.is_success() {
            return Err(Error::new(
                Status::Protocol,
                format!(
                    "{}: the host answers without asking for a token and is no vault",
                    self.address.describe()
                ),
            )
            .advise("check the host")
            .with_http_status(answer.status));
        }
        Ok((answer, Vec::new()))
    }

    /// Verifies a challenge, and only then remembers its audience.
    fn believe(&self, answer: &Answer) -> Result<String> {
        let vault = &self.address.vault;
        // A known cloud's audience does not change by what a server says.
        if let Some(known) = &vault.audience {
            challenge::agrees(&answer.challenges, &vault.origin, known)?;
            return Ok(known.clone());
        }
        let verify = self.vaults.verify_challenge;
        let audience = challenge::audience(&answer.challenges, &vault.origin, verify)?;
        self.vaults.remember(vault, &audience);
        Ok(audience)
    }

    async fn bearer(&self, audience: &str, freshness: &Freshness) -> Result<Bearer> {
        if let Some(token) = &self.vaults.brought {
            return Ok(Bearer::Brought(Arc::clone(token)));
        }
        let now = self.work.clock().now_unix();
        if *freshness == Freshness::Cached
            && let Some(hit) = self.vaults.tokens.cached(audience, now)
        {
            if hit.wants_refresh {
                let tokens = &self.vaults.tokens;
                tokens.refresh(audience, self.snapshot, &self.work.detached());
            }
            return Ok(Bearer::Issued(hit.token));
        }
        let plan: Plan = self.vaults.tokens.plan(audience, self.snapshot)?;
        Ok(Bearer::Issued(plan.token(freshness, self.work).await?))
    }

    async fn send(&self, token: Option<&Sensitive>) -> Result<Answer> {
        let host = self.address.vault.origin.host_str().unwrap_or_default();
        self.work.doing(format!(
            "asking {host} for the secret {}",
            self.address.name
        ));
        let attempt = retry::send(&POLICY, self.work, || self.attempt(token));
        attempt
            .await?
            .map_err(|failure| self.explain(failure, host))
    }

    async fn attempt(&self, token: Option<&Sensitive>) -> Result<retry::Attempt> {
        let mut request = self
            .client
            .get(self.url.clone())
            .header(ACCEPT, "application/json")
            .header(USER_AGENT, &self.vaults.clients.user_agent);
        if let Some(token) = token {
            request = request.header(AUTHORIZATION, authorization(token)?);
        }
        let held: Vec<&Sensitive> = token.into_iter().collect();
        Ok(match request.send().await {
            Ok(response) => {
                tracing::debug!(
                    vault = %self.address.vault.origin,
                    http_status = response.status().as_u16(),
                    with_token = token.is_some(),
                    "the vault answered"
                );
                let now = self.work.clock().now_unix();
                Answer::read(response, limits::REMOTE_ANSWER_BYTES_MAX, now, &held).await
            }
            Err(error) => Err(Failure::from(error)),
        })
    }

    fn explain(&self, mut failure: Failure, host: &str) -> Error {
        // With a proxy in between it is the proxy that was looked up and connected to.
        if self.is_proxied && matches!(failure.kind, Kind::Dns | Kind::Connect) {
            failure.cause = format!("the proxy cannot be reached: {}", failure.cause);
            failure.kind = Kind::Proxy;
        }
        let kind = failure.kind;
        let described = self.address.describe();
        // A host of no known cloud is its vault's name already.
        let whom = if self.address.vault.name == host {
            described
        } else {
            format!("{described}: {host}")
        };
        let error = failure.into_error(&whom);
        match kind {
            Kind::Dns => error.advise(refusal::NO_SUCH_VAULT),
            Kind::Connect => error.advise(
                "check that this network may reach the vault on port 443, or set HTTPS_PROXY",
            ),
            _ => error,
        }
    }
}

fn secret_url(address: &Address) -> Result<Url> {
    let mut url = address.vault.origin.clone();
    {
        let mut segments = url
            .path_segments_mut()
            .map_err(|()| Error::internal("a vault's URL has no path"))?;
        // The empty last segment for the latest version is what the official libraries send.
        segments.pop_if_empty().extend([
            "secrets",
            &address.name,
            address.version.as_deref().unwrap_or(""),
        ]);
    }
    url.query_pairs_mut()
        .append_pair("api-version", API_VERSION);
    Ok(url)
}

fn authorization(token: &Sensitive) -> Result<HeaderValue> {
    let mut line = zeroize::Zeroizing::new(Vec::with_capacity(token.len() + 7));
    line.extend_from_slice(b"Bearer ");
    line.extend_from_slice(token.as_bytes());
    let mut value = HeaderValue::from_bytes(&line)
        .map_err(|_| Error::invalid("access_token", "holds characters that no token has"))?;
    value.set_sensitive(true);
    Ok(value)
}
