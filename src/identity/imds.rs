//! The instance metadata service: how its request looks, and what its answers and errors mean
//! (Microsoft Learn: "How to use managed identities for Azure resources on an Azure VM to acquire an
//! access token", "Azure Instance Metadata Service").

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use tokio::sync::Semaphore;
use url::{Host, Url};

use crate::engine::lock;
use crate::environment::Snapshot;
use crate::error::{Error, Result, Status};
use crate::identity::response::{self, Refusal};
use crate::identity::{Identity, Source, Token, TokenFields, cache};
use crate::limits;
use crate::transport::answer::Answer;
use crate::transport::clients::{self, Clients};
use crate::transport::failure::{Failure, Kind};
use crate::transport::resolver::is_localhost;
use crate::transport::retry::{self, Policy};
use crate::transport::work::Work;

const DEFAULT_ENDPOINT: &str = "http://169.254.169.254";
const PATH: &str = "/metadata/identity/oauth2/token";
const API_VERSION: &str = "2018-02-01";
const AUTHORITY_VARIABLE: &str = "AZURE_POD_IDENTITY_AUTHORITY_HOST";

/// Microsoft's table: retry 404, 429 and 5xx with exponential delays; 410 means the service is
/// being updated and back within 70 s. No connection is a verdict, not a reason to wait.
const POLICY: Policy = Policy {
    statuses: &[404, 408, 429],
    server_errors: true,
    delays_ms: &[1000, 2000, 4000, 8000, 16000],
    retries_max: 3,
    gone: Some((10_000, 7)),
    connects_max: 0,
};

/// The service takes five requests at once from one machine: the places of each endpoint.
fn places(endpoint: &str) -> Arc<Semaphore> {
    static PLACES: OnceLock<Mutex<HashMap<String, Arc<Semaphore>>>> = OnceLock::new();
    let mut places = lock(PLACES.get_or_init(Mutex::default));
    if places.len() >= limits::CACHED_TOKENS_MAX {
        places.retain(|_, places| Arc::strong_count(places) > 1);
    }
    let new = || Arc::new(Semaphore::new(limits::IMDS_CONCURRENCY_MAX));
    Arc::clone(places.entry(endpoint.to_owned()).or_insert_with(new))
}

const NO_ENDPOINT_ADVICE: &str = "run this on an Azure host with a managed identity, check that the route to the endpoint is open, or set AZURE_POD_IDENTITY_AUTHORITY_HOST where another endpoint serves tokens";

/// A request for one token.
pub(crate) struct Request {
    /// Scheme, host and port.
    endpoint: Url,
    identity: Identity,
    resource: String,
}

impl Request {
    pub fn new(snapshot: &Snapshot, identity: Identity, resource: &str) -> Result<Self> {
        let endpoint = match &snapshot.authority_host {
            Some(host) => check_authority(host)?,
            None => Url::parse(DEFAULT_ENDPOINT).map_err(|e| Error::internal(e.to_string()))?,
        };
        Ok(Self {
            endpoint,
            identity,
            resource: resource.to_owned(),
        })
    }

    pub fn key(&self, snapshot: &Snapshot, clients: &Clients) -> cache::Key {
        let (kind, id) = match &self.identity {
            Identity::Default => ("", ""),
            Identity::ClientId(id) => ("client_id", id.as_str()),
            Identity::ObjectId(id) => ("object_id", id.as_str()),
            Identity::ResourceId(id) => ("resource_id", id.as_str()),
        };
        cache::Key {
            source: Source::Imds,
            endpoint: self.endpoint.to_string(),
            trust: (self.endpoint.scheme() == "https").then(|| clients.trust(snapshot)),
            id_kind: kind,
            id: id.to_ascii_lowercase(),
            resource: self.resource.clone(),
        }
    }

    /// The endpoint in words, for messages.
    pub fn whom(&self) -> String {
        let text = self.endpoint.as_str();
        format!(
            "the instance metadata service at {}",
            text.trim_end_matches('/')
        )
    }

    fn url(&self) -> Url {
        let mut url = self.endpoint.clone();
        url.set_path(PATH);
        url.set_query(None);
        {
            let mut query = url.query_pairs_mut();
            query.append_pair("api-version", API_VERSION);
            query.append_pair("resource", &self.resource);
            match &self.identity {
                Identity::Default => {}
                Identity::ClientId(id) => {
                    query.append_pair("client_id", id);
                }
                Identity::ObjectId(id) => {
                    query.append_pair("object_id", id);
                }
                Identity::ResourceId(id) => {
                    query.append_pair("msi_res_id", id);
                }
            }
        }
        url
    }

    /// Asks, with the retries of the table, and reads the answer.
    pub async fn send(
        &self,
        snapshot: &Arc<Snapshot>,
        clients: &Clients,
        work: &Work,
    ) -> Result<Token> {
        let client = match self.endpoint.scheme() {
            "http" => clients::local()?,
            _ => clients.unproxied(snapshot).await?,
        };
        let url = self.url();
        let attempt = retry::send(&POLICY, work, || self.attempt(&client, &url, clients, work));
        match attempt.await? {
            Ok(answer) => self.read(&answer, work),
            Err(failure) => Err(self.explain(failure)),
        }
    }

    async fn attempt(
        &self,
        client: &reqwest::Client,
        url: &Url,
        clients: &Clients,
        work: &Work,
    ) -> Result<retry::Attempt> {
        let places = places(self.endpoint.as_str());
        let _place = places
            .acquire()
            .await
            .map_err(|_| Error::internal("the request limit was closed"))?;
        let sent = client
            .get(url.clone())
            .header("Metadata", "true")
            .header(reqwest::header::USER_AGENT, &clients.user_agent)
            .send()
            .await;
        let answer = match sent {
            Ok(response) => {
                let now = work.clock().now_unix();
                Answer::read(response, limits::LOCAL_ANSWER_BYTES_MAX, now, &[]).await
            }
            Err(error) => Err(Failure::from(error)),
        };
        if let Ok(answer) = &answer {
            tracing::debug!(
                endpoint = %self.endpoint,
                http_status = answer.status,
                "the token endpoint answered"
            );
            self.check_genuine(answer)?;
        }
        Ok(answer)
    }

    /// A refusal without the service's own `Server` line comes from somebody else's metadata
    /// service or a captive gateway, and means: no managed identity here.
    fn check_genuine(&self, answer: &Answer) -> Result<()> {
        let genuine = answer
            .server
            .as_deref()
            .is_some_and(|server| server.starts_with("IMDS/"));
        // While the real one restarts, its stand-in answers 500 without that line: to be retried,
        // as are the other passing statuses.
        let stranger = match answer.status {
            403 | 404 | 300..=399 => true,
            408 | 410 | 429 => false,
            400..=499 => !response::is_json(&answer.body),
            _ => false,
        };
        if genuine || !stranger {
            return Ok(());
        }
        Err(Error::new(
            Status::IdentityUnavailable,
            format!(
                "{} answered HTTP {} and is not Azure's",
                self.whom(),
                answer.status
            ),
        )
        .advise(NO_ENDPOINT_ADVICE)
        .with_http_status(answer.status))
    }

    fn read(&self, answer: &Answer, work: &Work) -> Result<Token> {
        if answer.status < 300 && !answer.is_success() {
            return Err(self.nonsense(answer, "that is no answer to a token request"));
        }
        if !answer.is_success() {
            return Err(self.refused(answer));
        }
        let now = work.clock().now_unix();
        let granted =
            response::parse_token(&answer.body, now).map_err(|rule| self.nonsense(answer, rule))?;
        Ok(Token(Arc::new(TokenFields {
            value: granted.value,
            expires_at_unix: granted.expires_at_unix,
            obtained_at_unix: now,
            source: Source::Imds,
            resource: self.resource.clone(),
            client_id: granted.ids.client_id,
        })))
    }

    fn nonsense(&self, answer: &Answer, rule: &str) -> Error {
        Error::new(
            Status::Protocol,
            format!("{} answered HTTP {}, but {rule}", self.whom(), answer.status),
        )
        .advise("something other than Azure's metadata service may answer there; look for an intercepting proxy or gateway")
        .with_http_status(answer.status)
    }

    fn explain(&self, failure: Failure) -> Error {
        let whom = self.whom();
        match failure.kind {
            Kind::Connect | Kind::Dns => Error::new(
                Status::IdentityUnavailable,
                format!("no managed identity here: {whom}: {}", failure.cause),
            )
            .advise(NO_ENDPOINT_ADVICE),
            _ => failure.into_error(&whom),
        }
    }

    fn refused(&self, answer: &Answer) -> Error {
        let refusal = response::parse_refusal(&answer.body, &[]);
        let whom = self.whom();
        let said = refusal
            .message
            .clone()
            .map_or_else(String::new, |message| format!(": {message}"));
        let (status, advice) = self.triage(answer, &refusal);
        let mut error = Error::new(
            status,
            format!("{whom} answered HTTP {}{said}", answer.status),
        )
        .with_http_status(answer.status)
        .with_codes(refusal.code, None)
        .with_request_id(answer.request_id.clone())
        .with_retry_after(answer.retry_after);
        if let Some(advice) = advice {
            error = error.advise(advice);
        }
        error
    }

    /// The table of refusals. Microsoft asks not to branch on descriptions, but gives nothing
    /// else to tell these apart by; an unknown text falls to the general row.
    fn triage(&self, answer: &Answer, refusal: &Refusal) -> (Status, Option<&'static str>) {
        let text = refusal
            .message
            .as_deref()
            .unwrap_or("")
            .to_ascii_lowercase();
        match answer.status {
            400 if text.contains("multiple user assigned") => (
                Status::IdentityAmbiguous,
                Some(
                    "this machine has several user-assigned identities: name one by client id, object id or resource id, or set AZURE_CLIENT_ID",
                ),
            ),
            400 if text.contains("identity not found") && self.identity == Identity::Default => (
                Status::IdentityNotFound,
                Some(
                    "assign a system-assigned identity to this machine, or name a user-assigned one that it has",
                ),
            ),
            400 if text.contains("identity not found") => (
                Status::IdentityNotFound,
                Some(
                    "assign this identity to the machine, or correct the id; a client id, an object id and a resource id are different things",
                ),
            ),
            400 if refusal.code.as_deref() == Some("invalid_resource") => (
                Status::IdentityRefused,
                Some(
                    "correct the resource; for Key Vault it is https://vault.azure.net, without a slash at the end",
                ),
            ),
            429 => (
                Status::Throttled,
                Some(
                    "too many token requests from this machine; wait, and keep one client instead of making many",
                ),
            ),
            410 => (
                Status::ServiceUnavailable,
                Some("the metadata service is being updated; allow 70 seconds and try again"),
            ),
            500.. => (
                Status::ServiceUnavailable,
                Some("the metadata service failed; try again in a moment"),
            ),
            _ => (Status::IdentityRefused, None),
        }
    }
}

/// `AZURE_POD_IDENTITY_AUTHORITY_HOST` replaces scheme, host and port; its path is dropped, as
/// the official libraries do. Plain http only where it cannot leave this machine or link.
fn check_authority(text: &str) -> Result<Url> {
    let bad = |rule: &str| Error::invalid(AUTHORITY_VARIABLE, rule);
    let form = "must be a URL such as http://127.0.0.1:8080";
    if text.len() > limits::INPUT_LENGTH_MAX
        || text
            .chars()
            .any(|c| c.is_control() || c.is_whitespace() || c == '\\')
    {
        return Err(bad(form));
    }
    let mut url = Url::parse(text).map_err(|_| bad(form))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(bad("must not hold a user name or password"));
    }
    if url.fragment().is_some() || url.query().is_some() {
        return Err(bad("must not hold a query or fragment"));
    }
    match url.scheme() {
        "https" => {}
        "http" if stays_near(&url) => {}
        "http" => {
            return Err(bad(
                "plain http is allowed only to localhost and to loopback or link-local addresses; use https",
            ));
        }
        _ => return Err(bad(form)),
    }
    url.set_path("/");
    Ok(url)
}

fn stays_near(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => is_localhost(name),
        Some(Host::Ipv4(address)) => address.is_loopback() || address.is_link_local(),
        Some(Host::Ipv6(address)) => {
            IpAddr::V6(address).is_loopback() || address.is_unicast_link_local()
        }
        None => false,
    }
}

/// Kept for the tests of the deadline: the verdict off Azure must come within 3 s.
const _: () =
    assert!(limits::LOCAL_CONNECT_TIMEOUT.as_millis() < Duration::from_secs(3).as_millis());

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::Environment;

    fn request(identity: Identity) -> Request {
        let snapshot = Environment::given::<&str, &str>([])
            .unwrap()
            .snapshot()
            .unwrap();
        Request::new(&snapshot, identity, "https://vault.azure.net").unwrap()
    }

    #[test]
    fn the_request_is_the_tutorials() {
        assert_eq!(
            request(Identity::Default).url().as_str(),
            "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fvault.azure.net"
        );
    }

    #[test]
    fn each_kind_of_id_has_its_own_parameter() {
        let query = |identity| request(identity).url().query().unwrap().to_owned();
        assert!(query(Identity::ClientId("c".into())).ends_with("&client_id=c"));
        assert!(query(Identity::ObjectId("o".into())).ends_with("&object_id=o"));
        assert!(query(Identity::ResourceId("/r".into())).ends_with("&msi_res_id=%2Fr"));
    }

    #[test]
    fn the_same_text_as_two_kinds_of_id_has_two_cache_keys() {
        let snapshot = Environment::given::<&str, &str>([])
            .unwrap()
            .snapshot()
            .unwrap();
        let clients = Clients::new(String::new(), None, Vec::new());
        let key = |identity| request(identity).key(&snapshot, &clients);
        assert!(key(Identity::ClientId("x".into())) != key(Identity::ObjectId("x".into())));
        assert!(key(Identity::ClientId("x".into())) == key(Identity::ClientId("X".into())));
    }

    #[test]
    fn plain_http_is_for_near_addresses_only() {
        for good in [
            "http://127.0.0.1:1",
            "http://localhost:2/",
            "http://169.254.169.254",
            "http://[::1]:3",
            "http://[fe80::1]",
            "https://token.example",
        ] {
            assert!(check_authority(good).is_ok(), "{good}");
        }
        for bad in [
            "http://token.example",
            "http://10.0.0.1",
            "http://127.0.0.1.example",
            "ftp://127.0.0.1",
            "127.0.0.1",
            "http://u:p@127.0.0.1",
            "http://127.0.0.1/#x",
            "http://127.0.0.1\\@x",
            "http://",
        ] {
            assert!(check_authority(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_path_of_the_authority_variable_is_dropped() {
        assert_eq!(
            check_authority("http://127.0.0.1:9/some/path/")
                .unwrap()
                .as_str(),
            "http://127.0.0.1:9/"
        );
    }
}
