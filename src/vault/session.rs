//! `Session`: one vault in one operation. It has the token that goes with every request, gets another
//! one after a 401, once for all requests of the operation, and sends each request with all its legs.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use reqwest::header::{
    ACCEPT, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, USER_AGENT,
};
use tokio::sync::Mutex;

use crate::environment::Snapshot;
use crate::error::{Error, Result, Status};
use crate::identity::{Freshness, Token};
use crate::limits;
use crate::sensitive::Sensitive;
use crate::transport::answer::Answer;
use crate::transport::failure::Failure;
use crate::transport::retry::{self, Policy, Sent};
use crate::transport::text;
use crate::transport::work::{MAY_HAVE_WORKED, Work};
use crate::vault::bundle::Broken;
use crate::vault::challenge::{self, Demand};
use crate::vault::origin::Vault;
use crate::vault::refusal;
use crate::vault::requests::{Request, Requests};
use crate::vault::vaults::Vaults;
use crate::vault::verdict::{Verdict, explain};

/// The guidance's exponential delays; a 403 is never retried.
const REPEATED: Policy = Policy {
    statuses: &[408, 429, 500, 502, 503, 504],
    server_errors: false,
    delays_ms: &[1000, 2000, 4000, 8000, 16000],
    retries_max: u32::MAX,
    gone: None,
    connects_ms: &[1000, 2000],
    is_repeatable: true,
    has_full_jitter: true,
};

/// What must not happen twice: tried again only where the first try was certainly not carried out. A
/// request that was throttled, or that did not arrive as a whole, was not.
const ONCE: Policy = Policy {
    statuses: &[408, 429],
    is_repeatable: false,
    ..REPEATED
};

/// One vault in one operation.
pub(crate) struct Session {
    vaults: Arc<Vaults>,
    pub vault: Vault,
    snapshot: Arc<Snapshot>,
    pub freshness: Freshness,
    way: OnceLock<Way>,
    /// Locked while a token is got, so that all requests of the operation wait for the same.
    granted: Mutex<Granted>,
    /// Once a request has found it out, the others need not.
    verdict: OnceLock<Verdict>,
}

/// How the vault is reached.
struct Way {
    client: reqwest::Client,
    is_proxied: bool,
}

#[derive(Default)]
struct Granted {
    /// How often a token was got or could not be had.
    serial: u32,
    /// Whether the last one was asked for with claims.
    has_claims: bool,
    outcome: Option<Result<Grant>>,
}

/// A token, and what it is for.
#[derive(Clone)]
struct Grant {
    serial: u32,
    audience: Arc<str>,
    bearer: Bearer,
    trial: Arc<Trial>,
}

/// What a token was got after that the vault has yet to accept: if it is refused as well, it is the last.
#[derive(Default)]
struct Trial {
    was_refused: bool,
    lacked_claims: bool,
    is_over: AtomicBool,
}

impl Grant {
    /// Which kinds of refusals another token would not mend.
    fn tried(&self) -> (bool, bool) {
        let trial = &self.trial;
        let is_on = !trial.is_over.load(Ordering::Relaxed);
        (is_on && trial.was_refused, is_on && trial.lacked_claims)
    }
}

/// The token of a request, wherever it came from.
#[derive(Clone)]
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

enum First {
    Grant(Grant),
    /// The host answered without asking for a token.
    Answer(Answer),
}

/// What came of a request, and all tokens that were sent on the way to it.
pub(crate) struct Reply {
    pub answer: Answer,
    /// Whether an earlier try may have been carried out although it seemed to fail.
    pub may_have_worked: bool,
    sent: Vec<Bearer>,
}

impl Reply {
    /// The error for an answer that is not a success.
    pub fn refused(&self, request: &Request) -> Error {
        refusal::read(&self.answer, request, &self.held(request))
    }

    fn request_id(&self, request: &Request) -> Option<String> {
        let id = self.answer.request_id.as_deref()?;
        text::code(id, &self.held(request))
    }

    /// What a host may have learnt by the request, and must not repeat.
    fn held<'a>(&'a self, request: &'a Request) -> Vec<&'a Sensitive> {
        let tokens = self.sent.iter().map(Bearer::value);
        tokens.chain(request.secret.as_deref()).collect()
    }

    /// The error for an answer that says that all went well, but breaks this rule.
    pub fn broken(&self, request: &Request, rule: Broken) -> Error {
        let status = self.answer.status;
        let error = Error::new(
            Status::Protocol,
            format!("{}: HTTP {status}, but {rule}", request.subject),
        );
        let advice = if request.deed.is_repeatable() {
            "something other than Key Vault may answer there; check the host, and look for an intercepting proxy or gateway"
        } else {
            MAY_HAVE_WORKED
        };
        error
            .advise(advice)
            .with_http_status(status)
            .with_request_id(self.request_id(request))
    }
}

impl Session {
    pub fn new(
        vaults: &Arc<Vaults>,
        vault: Vault,
        snapshot: &Arc<Snapshot>,
        freshness: Freshness,
    ) -> Self {
        Self {
            vaults: Arc::clone(vaults),
            vault,
            snapshot: Arc::clone(snapshot),
            freshness,
            way: OnceLock::new(),
            granted: Mutex::default(),
            verdict: OnceLock::new(),
        }
    }

    pub fn requests(&self) -> Requests<'_> {
        Requests {
            vault: &self.vault,
            api_version: &self.vaults.api_version,
        }
    }

    /// Sends a request, with a token, until there is an answer to keep: at most one more time for a token
    /// that is not accepted, and one more for claims that it lacks.
    pub async fn send(&self, request: &Request, work: &Work) -> Result<Reply> {
        // What is wrong with the way, such as roots that cannot be read, is told before any byte is sent.
        self.way().await?;
        let mut grant = match self.first(request, work).await? {
            First::Grant(grant) => grant,
            First::Answer(answer) => return self.unasked(request, answer),
        };
        let mut sent = Vec::with_capacity(1);
        let mut may_have_worked = false;
        let (mut was_refused, mut lacked_claims) = grant.tried();
        loop {
            let tries = self.tries(request, Some(&grant), work).await?;
            may_have_worked |= tries.1;
            let answer = tries.0;
            let is_brought = matches!(grant.bearer, Bearer::Brought(_));
            sent.push(grant.bearer.clone());
            if matches!(answer.status, 200..=299 | 404) {
                grant.trial.is_over.store(true, Ordering::Relaxed);
            }
            let demand = challenge::demand(&answer.challenges);
            let before = match demand {
                Demand::Token => &mut was_refused,
                Demand::Claims(_) => &mut lacked_claims,
            };
            if answer.status != 401 || is_brought || std::mem::replace(before, true) {
                return Ok(Reply {
                    answer,
                    may_have_worked,
                    sent,
                });
            }
            grant = self.renewed(&grant, &answer, demand, work).await?;
        }
    }

    /// The token to begin with. Where the audience is not known the vault is asked for it, without a
    /// token and without a body: what is in it is for vaults only.
    async fn first(&self, request: &Request, work: &Work) -> Result<First> {
        let mut granted = self.granted.lock().await;
        if let Some(outcome) = &granted.outcome {
            return outcome.clone().map(First::Grant);
        }
        let audience = match self.vaults.audience(&self.vault) {
            Some(audience) => audience,
            None => {
                let (answer, _) = self.tries(request, None, work).await?;
                if answer.status != 401 {
                    return Ok(First::Answer(answer));
                }
                match self.believe(&answer) {
                    Ok(audience) => audience,
                    // Once for all requests of the operation.
                    Err(error) => return granted.refuse(error),
                }
            }
        };
        let bearer = self.bearer(&audience, &self.freshness, work).await;
        let trial = Trial::default();
        granted.settle(audience, bearer, trial).map(First::Grant)
    }

    /// Another token after a 401: the token was revoked or has expired, the vault has moved to another
    /// tenant, or it demands claims. One of all requests that were refused gets it.
    async fn renewed(
        &self,
        old: &Grant,
        answer: &Answer,
        demand: Demand,
        work: &Work,
    ) -> Result<Grant> {
        let mut granted = self.granted.lock().await;
        // Any new token will do for one that was refused, but for claims only one that was asked for with
        // some.
        let will_do = demand == Demand::Token || granted.has_claims;
        if let Some(outcome) = &granted.outcome
            && granted.serial != old.serial
            && will_do
        {
            return outcome.clone();
        }
        let (audience, freshness) = match demand {
            Demand::Token => {
                self.vaults.forget(&self.vault);
                (self.believe(answer)?, Freshness::Forced)
            }
            Demand::Claims(claims) => {
                let challenges = &answer.challenges;
                challenge::agrees(challenges, &self.vault.origin, &old.audience)?;
                (old.audience.to_string(), Freshness::Claims(claims))
            }
        };
        let bearer = self.bearer(&audience, &freshness, work).await;
        granted.has_claims = matches!(freshness, Freshness::Claims(_));
        let (was_refused, lacked_claims) = old.tried();
        let trial = Trial {
            was_refused: was_refused || !granted.has_claims,
            lacked_claims: lacked_claims || granted.has_claims,
            is_over: AtomicBool::new(false),
        };
        granted.settle(audience, bearer, trial)
    }

    /// An unknown host that answers without asking for a token: a refusal is one, but a value
    /// handed to a stranger did not come from a vault.
    fn unasked(&self, request: &Request, answer: Answer) -> Result<Reply> {
        if (200..300).contains(&answer.status) {
            return Err(Error::new(
                Status::Protocol,
                format!(
                    "{}: the host answers without asking for a token and is no vault",
                    request.subject
                ),
            )
            .advise("check the host")
            .with_http_status(answer.status));
        }
        Ok(Reply {
            answer,
            may_have_worked: false,
            sent: Vec::new(),
        })
    }

    /// Verifies a challenge, and only then remembers its audience.
    fn believe(&self, answer: &Answer) -> Result<String> {
        let origin = &self.vault.origin;
        // A known cloud's audience does not change by what a server says.
        if let Some(known) = &self.vault.audience {
            challenge::agrees(&answer.challenges, origin, known)?;
            return Ok(known.clone());
        }
        let verify = self.vaults.verify_challenge;
        let audience = challenge::audience(&answer.challenges, origin, verify)?;
        self.vaults.remember(&self.vault, &audience);
        Ok(audience)
    }

    async fn bearer(&self, audience: &str, freshness: &Freshness, work: &Work) -> Result<Bearer> {
        if let Some(token) = &self.vaults.brought {
            return Ok(Bearer::Brought(Arc::clone(token)));
        }
        let tokens = &self.vaults.tokens;
        if *freshness == Freshness::Cached
            && let Some(hit) = tokens.cached(audience, work.clock().now_unix())
        {
            if hit.wants_refresh {
                tokens.refresh(audience, &self.snapshot, &work.detached());
            }
            return Ok(Bearer::Issued(hit.token));
        }
        let plan = tokens.plan(audience, &self.snapshot)?;
        Ok(Bearer::Issued(plan.token(freshness, work).await?))
    }

    /// One leg with its retries, and whether one of them may have been carried out.
    async fn tries(
        &self,
        request: &Request,
        grant: Option<&Grant>,
        work: &Work,
    ) -> Result<(Answer, bool)> {
        let way = self.way().await?;
        let (host, what) = (self.vault.host(), &request.subject);
        work.doing(format!("asking {host} {} {what}", request.deed.words()));
        let is_once = grant.is_some() && !request.deed.is_repeatable();
        let policy = if is_once { &ONCE } else { &REPEATED };
        let attempt = || async {
            work.uncertain(is_once.then_some(MAY_HAVE_WORKED));
            let attempt = self.attempt(way, request, grant, work).await;
            // What comes now is a wait, or the end.
            work.uncertain(None);
            attempt
        };
        let known = self.verdict.get().and_then(|verdict| verdict.attempt(work));
        let sent = match known {
            Some(attempt) => Sent {
                attempt,
                may_have_worked: false,
            },
            None => {
                let sent = retry::send(policy, work, attempt).await?;
                if let Some(verdict) = Verdict::of(&sent.attempt, work) {
                    let _ = self.verdict.set(verdict);
                }
                sent
            }
        };
        match sent.attempt {
            Ok(answer) => Ok((answer, sent.may_have_worked)),
            Err(failure) => Err(explain(failure, way.is_proxied, &self.vault, request)),
        }
    }

    async fn way(&self) -> Result<&Way> {
        if let Some(way) = self.way.get() {
            return Ok(way);
        }
        let clients = &self.vaults.clients;
        let (client, is_proxied) = clients.remote(&self.snapshot, &self.vault.origin).await?;
        // Several may have looked at once; they have found the same.
        Ok(self.way.get_or_init(|| Way { client, is_proxied }))
    }

    async fn attempt(
        &self,
        way: &Way,
        request: &Request,
        grant: Option<&Grant>,
        work: &Work,
    ) -> Result<retry::Attempt> {
        let mut builder = way
            .client
            .request(request.method.clone(), request.url.clone())
            .header(ACCEPT, "application/json")
            .header(USER_AGENT, &self.vaults.clients.user_agent);
        if let Some(grant) = grant {
            builder = builder.header(AUTHORIZATION, authorization(grant.bearer.value())?);
        }
        builder = match request.body.as_ref().filter(|_| grant.is_some()) {
            Some(body) => builder
                .header(CONTENT_TYPE, "application/json")
                .body(reqwest::Body::from(body.clone())),
            None if request.method != reqwest::Method::GET => builder.header(CONTENT_LENGTH, "0"),
            None => builder,
        };
        let token = grant.map(|grant| grant.bearer.value());
        let held: Vec<&Sensitive> = token.into_iter().chain(request.secret.as_deref()).collect();
        Ok(match builder.send().await {
            Ok(response) => {
                tracing::debug!(
                    vault = %self.vault.origin,
                    http_status = response.status().as_u16(),
                    with_token = grant.is_some(),
                    "the vault answered"
                );
                let now = work.clock().now_unix();
                Answer::read(response, limits::REMOTE_ANSWER_BYTES_MAX, now, &held).await
            }
            Err(error) => Err(Failure::from(error)),
        })
    }
}

impl Granted {
    fn refuse<T>(&mut self, error: Error) -> Result<T> {
        self.serial += 1;
        self.outcome = Some(Err(error.clone()));
        Err(error)
    }

    fn settle(&mut self, audience: String, bearer: Result<Bearer>, trial: Trial) -> Result<Grant> {
        self.serial += 1;
        let serial = self.serial;
        let outcome = bearer.map(|bearer| Grant {
            serial,
            audience: Arc::from(audience),
            bearer,
            trial: Arc::new(trial),
        });
        self.outcome = Some(outcome.clone());
        outcome
    }
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
