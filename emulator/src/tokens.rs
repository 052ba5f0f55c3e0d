//! The tokens this emulator has issued: how they are made, remembered, judged and revoked.
//! They have a JWT's form and claims; the signature is random bytes, and what makes a token good is that it is remembered.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::claims::Demand;
use crate::identities::UserAssigned;
use crate::random;

/// Azure dates tokens back by this much, for verifiers whose clock is late.
const BACKDATED_S: u64 = 300;
/// A remembered answer with less life than this is not handed out again.
const CACHE_MARGIN_S: u64 = 300;

/// Seconds since 1970.
pub(crate) fn now_unix() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |age| age.as_secs())
}

/// A token with what its endpoint says about it.
#[derive(Clone)]
pub(crate) struct Issued {
    pub(crate) token: String,
    pub(crate) not_before: u64,
    pub(crate) expires_on: u64,
}

/// Why a token is not accepted, in the order the checks are made.
#[derive(Debug, PartialEq)]
pub(crate) enum Unacceptable {
    Unreadable,
    Issuer(String),
    Audience(String),
    Expired,
    /// It says all the right things, but this emulator did not sign it, or has been told to forget it.
    Signature,
    /// It is good, but not good enough any more: the demand, as a challenge writes it.
    Claims(String),
}

pub(crate) struct Tokens {
    /// The present one last. Names are lent to whoever asks, so they are never given back: a move costs 36 bytes for good.
    tenants: RwLock<Vec<&'static str>>,
    lifetime: Duration,
    cached: bool,
    memory: Mutex<Memory>,
}

#[derive(Default)]
struct Memory {
    good: HashMap<String, Good>,
    demand: Option<Demand>,
    /// The real endpoint hands out the same token, by identity and resource, for most of its life.
    cache: HashMap<(String, String), Issued>,
}

/// What is remembered of a good token.
struct Good {
    expires_on: u64,
    /// Whether it was issued for the claims that are demanded now.
    fulfils: bool,
}

#[derive(Serialize)]
struct Header<'a> {
    typ: &'a str,
    alg: &'a str,
    x5t: &'a str,
    kid: &'a str,
}

#[derive(Serialize)]
struct Claims<'a> {
    aud: &'a str,
    iss: &'a str,
    iat: u64,
    nbf: u64,
    exp: u64,
    appid: &'a str,
    appidacr: &'a str,
    idp: &'a str,
    idtyp: &'a str,
    oid: &'a str,
    sub: &'a str,
    tid: &'a str,
    uti: &'a str,
    ver: &'a str,
    xms_mirid: &'a str,
}

#[derive(Deserialize)]
struct Seen {
    aud: String,
    iss: String,
    exp: u64,
    #[serde(default)]
    appid: String,
    #[serde(default)]
    oid: String,
}

impl Tokens {
    pub(crate) fn new(lifetime: Duration, cached: bool) -> Self {
        Self {
            tenants: RwLock::new(vec![new_tenant()]),
            lifetime,
            cached,
            memory: Mutex::default(),
        }
    }

    /// The tenant whose tokens are accepted, and whose tokens are issued.
    pub(crate) fn tenant(&self) -> &'static str {
        let tenants = self.tenants.read();
        let tenants = tenants.unwrap_or_else(PoisonError::into_inner);
        tenants.last().expect("there is always one")
    }

    /// Whether this is the tenant, or was it once: a directory does not forget those that have moved.
    pub(crate) fn knows_tenant(&self, name: &str) -> bool {
        let tenants = self.tenants.read();
        let tenants = tenants.unwrap_or_else(PoisonError::into_inner);
        tenants
            .iter()
            .any(|tenant| tenant.eq_ignore_ascii_case(name))
    }

    /// Moves everything to a new tenant: tokens of the one before are of a foreign issuer now.
    pub(crate) fn move_tenant(&self) -> &'static str {
        let tenant = new_tenant();
        let tenants = self.tenants.write();
        tenants.unwrap_or_else(PoisonError::into_inner).push(tenant);
        self.memory().cache.clear();
        tenant
    }

    /// From now on a token must have been issued for these claims. Where the endpoint has no way round its cache, none of
    /// what it remembers is handed out again: there would be no way out.
    pub(crate) fn demand(&self, demand: Demand, forgets_cache: bool) {
        let mut memory = self.memory();
        for good in memory.good.values_mut() {
            good.fulfils = false;
        }
        if forgets_cache {
            memory.cache.clear();
        }
        memory.demand = Some(demand);
    }

    /// What the directory answers to a request with claims: never a remembered token.
    pub(crate) fn for_claims(
        &self,
        identity: &UserAssigned,
        resource: &str,
        claims: &str,
    ) -> Issued {
        let key = (identity.object_id.clone(), resource.to_owned());
        let fulfils = |demand: &Demand| demand.is_met_by(claims);
        let fulfils = self.memory().demand.as_ref().is_none_or(fulfils);
        let issued = self.issue_as(identity, resource, self.lifetime, fulfils);
        self.memory().cache.insert(key, issued.clone());
        issued
    }

    /// What the token endpoint answers: a cached token while it has life enough, else a new one.
    pub(crate) fn for_identity(&self, identity: &UserAssigned, resource: &str) -> Issued {
        let key = (identity.object_id.clone(), resource.to_owned());
        if self.cached
            && let Some(issued) = self.memory().cache.get(&key)
            && issued.expires_on > now_unix() + CACHE_MARGIN_S
        {
            return issued.clone();
        }
        let must_ask = |demand: &Demand| demand.must_be_asked_for;
        let fulfils = !self.memory().demand.as_ref().is_some_and(must_ask);
        let issued = self.issue_as(identity, resource, self.lifetime, fulfils);
        self.memory().cache.insert(key, issued.clone());
        issued
    }

    /// Whether the remembered answer for this identity and resource is the token of this SHA-256, in hexadecimal digits.
    pub(crate) fn remembers(&self, identity: &UserAssigned, resource: &str, hash: &str) -> bool {
        let key = (identity.object_id.clone(), resource.to_owned());
        let memory = self.memory();
        memory.cache.get(&key).is_some_and(|issued| {
            let digest = ring::digest::digest(&ring::digest::SHA256, issued.token.as_bytes());
            random::hex(digest.as_ref()).eq_ignore_ascii_case(hash)
        })
    }

    /// Makes the next answer for this identity and resource a new token.
    pub(crate) fn forget(&self, identity: &UserAssigned, resource: &str) {
        let key = (identity.object_id.clone(), resource.to_owned());
        self.memory().cache.remove(&key);
    }

    /// A new token, remembered as good, that fulfils every demand.
    pub(crate) fn issue(&self, to: &UserAssigned, audience: &str, lifetime: Duration) -> Issued {
        self.issue_as(to, audience, lifetime, true)
    }

    fn issue_as(
        &self,
        to: &UserAssigned,
        audience: &str,
        lifetime: Duration,
        fulfils: bool,
    ) -> Issued {
        let now = now_unix();
        let issued = Issued {
            not_before: now.saturating_sub(BACKDATED_S),
            expires_on: now + lifetime.as_secs(),
            token: String::new(),
        };
        let token = self.sign(to, audience, &issued);
        let mut memory = self.memory();
        memory.good.retain(|_, good| good.expires_on > now);
        let good = Good {
            expires_on: issued.expires_on,
            fulfils,
        };
        memory.good.insert(token.clone(), good);
        Issued { token, ..issued }
    }

    fn sign(&self, to: &UserAssigned, audience: &str, issued: &Issued) -> String {
        let tenant = self.tenant();
        let issuer = issuer(tenant);
        let header = Header {
            typ: "JWT",
            alg: "RS256",
            x5t: "doorkey-emulator",
            kid: "doorkey-emulator",
        };
        let claims = Claims {
            aud: audience,
            iss: &issuer,
            iat: issued.not_before,
            nbf: issued.not_before,
            exp: issued.expires_on,
            appid: &to.client_id,
            appidacr: "2",
            idp: &issuer,
            idtyp: "app",
            oid: &to.object_id,
            sub: &to.object_id,
            tid: tenant,
            uti: &URL_SAFE_NO_PAD.encode(random::bytes::<16>()),
            ver: "1.0",
            xms_mirid: &to.resource_id,
        };
        // As long as an RS256 signature, so that a token is as long as a real one.
        let signature = URL_SAFE_NO_PAD.encode(random::bytes::<256>());
        format!("{}.{}.{signature}", part(&header), part(&claims))
    }

    /// Judges a token as the vault does, for a vault of one of these audiences.
    pub(crate) fn check(&self, token: &str, audiences: &[&str]) -> Result<(), Unacceptable> {
        let seen = read(token).ok_or(Unacceptable::Unreadable)?;
        if seen.iss != issuer(self.tenant()) {
            return Err(Unacceptable::Issuer(seen.iss));
        }
        if !audiences.contains(&seen.aud.as_str()) {
            return Err(Unacceptable::Audience(seen.aud));
        }
        if seen.exp <= now_unix() {
            return Err(Unacceptable::Expired);
        }
        let memory = self.memory();
        let good = memory.good.get(token).ok_or(Unacceptable::Signature)?;
        match &memory.demand {
            Some(demand) if !good.fulfils => Err(Unacceptable::Claims(demand.encoded.clone())),
            _ => Ok(()),
        }
    }

    /// From now on every token issued so far is refused, and the endpoint makes new ones.
    pub(crate) fn revoke(&self) {
        let mut memory = self.memory();
        memory.good.clear();
        memory.cache.clear();
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn new_tenant() -> &'static str {
    Box::leak(random::guid().into_boxed_str())
}

/// The issuer's name of a tenant.
pub(crate) fn issuer(tenant: &str) -> String {
    format!("https://sts.windows.net/{tenant}/")
}

/// Whom a token speaks of, in the form of the vault's refusals.
pub(crate) fn caller(token: &str) -> Option<String> {
    let Seen {
        appid, oid, iss, ..
    } = read(token)?;
    Some(format!("appid={appid};oid={oid};iss={iss}"))
}

fn part(value: &impl Serialize) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(value).expect("strings and numbers serialise"))
}

fn read(token: &str) -> Option<Seen> {
    let mut parts = token.split('.');
    let (Some(header), Some(claims), Some(signature), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    URL_SAFE_NO_PAD.decode(header).ok()?;
    URL_SAFE_NO_PAD.decode(signature).ok()?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_secs(86_400);
    const AUDIENCE: &str = "https://vault.localhost";

    fn tokens() -> (Tokens, UserAssigned) {
        (Tokens::new(DAY, true), UserAssigned::random("one"))
    }

    #[test]
    fn an_issued_token_is_accepted_for_its_audience() {
        let (tokens, identity) = tokens();
        let issued = tokens.issue(&identity, AUDIENCE, DAY);
        assert_eq!(tokens.check(&issued.token, &[AUDIENCE]), Ok(()));
        assert_eq!(
            tokens.check(&issued.token, &["https://other"]),
            Err(Unacceptable::Audience(AUDIENCE.into()))
        );
    }

    #[test]
    fn a_token_has_the_parts_and_claims_of_a_real_one() {
        let (tokens, identity) = tokens();
        let issued = tokens.issue(&identity, AUDIENCE, DAY);
        let claims = issued.token.split('.').nth(1).expect("three parts");
        let claims = URL_SAFE_NO_PAD.decode(claims).expect("base64url");
        let claims: serde_json::Value = serde_json::from_slice(&claims).expect("JSON");
        assert_eq!(claims["aud"], AUDIENCE);
        assert_eq!(claims["iss"], issuer(tokens.tenant()));
        assert_eq!(claims["oid"], identity.object_id);
        assert_eq!(claims["appid"], identity.client_id);
        assert_eq!(claims["exp"], issued.expires_on);
    }

    #[test]
    fn an_expired_token_is_refused() {
        let (tokens, identity) = tokens();
        let issued = tokens.issue(&identity, AUDIENCE, Duration::ZERO);
        let verdict = tokens.check(&issued.token, &[AUDIENCE]);
        assert_eq!(verdict, Err(Unacceptable::Expired));
    }

    #[test]
    fn a_forged_signature_is_refused() {
        let (tokens, identity) = tokens();
        let issued = tokens.issue(&identity, AUDIENCE, DAY);
        let (signed, _) = issued.token.rsplit_once('.').expect("three parts");
        let signature = URL_SAFE_NO_PAD.encode(random::bytes::<256>());
        let verdict = tokens.check(&format!("{signed}.{signature}"), &[AUDIENCE]);
        assert_eq!(verdict, Err(Unacceptable::Signature));
    }

    #[test]
    fn a_token_of_another_emulator_comes_from_another_issuer() {
        let (ours, identity) = tokens();
        let (theirs, _) = tokens();
        let foreign = theirs.issue(&identity, AUDIENCE, DAY);
        let verdict = ours.check(&foreign.token, &[AUDIENCE]);
        assert_eq!(verdict, Err(Unacceptable::Issuer(issuer(theirs.tenant()))));
    }

    #[test]
    fn what_is_no_token_is_unreadable() {
        let (tokens, _) = tokens();
        for text in ["", "opaque", "a.b", "a.b.c", "a.b.c.d", "e30.e30.e30"] {
            let verdict = tokens.check(text, &[AUDIENCE]);
            assert_eq!(verdict, Err(Unacceptable::Unreadable), "{text}");
        }
    }

    #[test]
    fn a_revoked_token_is_refused_and_the_next_one_is_new() {
        let (tokens, identity) = tokens();
        let before = tokens.for_identity(&identity, AUDIENCE).token;
        tokens.revoke();
        let verdict = tokens.check(&before, &[AUDIENCE]);
        assert_eq!(verdict, Err(Unacceptable::Signature));
        let after = tokens.for_identity(&identity, AUDIENCE).token;
        assert_eq!(tokens.check(&after, &[AUDIENCE]), Ok(()));
    }

    #[test]
    fn the_same_token_is_handed_out_while_it_has_life_enough() {
        let (tokens, identity) = tokens();
        let first = tokens.for_identity(&identity, AUDIENCE).token;
        assert_eq!(tokens.for_identity(&identity, AUDIENCE).token, first);
        let other = UserAssigned::random("two");
        assert_ne!(tokens.for_identity(&other, AUDIENCE).token, first);
        assert_ne!(tokens.for_identity(&identity, "https://other").token, first);
    }

    #[test]
    fn short_lived_tokens_and_an_uncached_endpoint_give_new_ones() {
        let identity = UserAssigned::random("one");
        for tokens in [
            Tokens::new(Duration::from_secs(300), true),
            Tokens::new(DAY, false),
        ] {
            let first = tokens.for_identity(&identity, AUDIENCE).token;
            assert_ne!(tokens.for_identity(&identity, AUDIENCE).token, first);
        }
    }
}
