//! Sends a `Request` by its retry table and reads what comes back: a token, a refusal, or nothing
//! that makes sense. Which sources need more than one request is theirs to say.

use std::sync::Arc;

use hyper::body::Bytes;
use reqwest::header::{CONTENT_TYPE, HOST, HeaderName, HeaderValue, USER_AGENT};
use url::Url;
use zeroize::Zeroizing;

use crate::environment::Snapshot;
use crate::error::{Error, Result, Status};
use crate::identity::arc_key::ArcPaths;
use crate::identity::request::{Carrier, EchoRule, Request, Way};
use crate::identity::response::{self, Granted};
use crate::identity::workload::{Roots, TokenProxy};
use crate::identity::{Identity, Source, Token, arc, assertion, imds, refusal};
use crate::limits;
use crate::sensitive::Sensitive;
use crate::transport::answer::Answer;
use crate::transport::clients::{Clients, Tunnel};
use crate::transport::failure::{Failure, Kind};
use crate::transport::retry::{self, Attempt};
use crate::transport::work::Work;

/// What one caller wants beyond the request that all share.
#[derive(Default)]
pub(crate) struct Demand {
    /// A token from the source's own cache will not do.
    pub is_forced: bool,
    /// The claims of a challenge.
    pub claims: Option<Arc<str>>,
    /// The token that was refused with them.
    pub refused: Option<Token>,
}

/// What one attempt carries beyond its request.
#[derive(Default)]
pub(crate) struct Extra<'a> {
    pub header: Option<(&'static str, &'a Sensitive)>,
    pub parameters: &'a [(&'static str, &'a str)],
    /// What must not come back in a message, beside the headers.
    pub held: &'a [&'a Sensitive],
}

/// A request on its way.
pub(crate) struct Exchange<'a> {
    pub request: &'a Request,
    work: &'a Work,
    clients: &'a Clients,
    client: reqwest::Client,
    is_proxied: bool,
    /// Sent in the place of the URL's host.
    host: Option<String>,
    target: Url,
}

impl Request {
    /// Asks for the token.
    pub async fn send(
        &self,
        snapshot: &Snapshot,
        clients: &Clients,
        paths: &ArcPaths,
        demand: &Demand,
        work: &Work,
    ) -> Result<Token> {
        let exchange = Exchange::prepare(self, snapshot, clients, work).await?;
        let (attempt, held) = match &self.way {
            Way::Remote { assertion } | Way::TokenProxy { assertion, .. } => {
                let assertion = assertion::read(assertion).await?;
                let attempt = exchange.swap(&assertion, demand).await?;
                (attempt, Some(assertion))
            }
            _ if self.source == Source::Arc => arc::ask(&exchange, paths, demand).await?,
            Way::Pinned(_) => (exchange.renew(demand).await?, None),
            Way::Near => (exchange.ask(&Extra::default()).await?, None),
        };
        let mut secrets = self.secrets();
        secrets.extend(&held);
        match attempt {
            Ok(answer) => exchange.read(&answer, &secrets),
            Err(failure) => Err(exchange.explain(failure)),
        }
    }
}

impl<'a> Exchange<'a> {
    async fn prepare(
        request: &'a Request,
        snapshot: &Snapshot,
        clients: &'a Clients,
        work: &'a Work,
    ) -> Result<Self> {
        let mut exchange = Self {
            request,
            work,
            clients,
            client: clients.near()?,
            is_proxied: false,
            host: None,
            target: request.url.clone(),
        };
        match &request.way {
            Way::Near if request.url.scheme() == "http" => {}
            Way::Near => exchange.client = clients.unproxied(snapshot).await?,
            Way::Pinned(thumbprint) => exchange.client = clients.pinned(thumbprint)?,
            Way::Remote { .. } => {
                (exchange.client, exchange.is_proxied) =
                    clients.remote(snapshot, &request.url).await?;
            }
            Way::TokenProxy { proxy, .. } => exchange.tunnel(snapshot, proxy).await?,
        }
        Ok(exchange)
    }

    /// Leads the request to a cluster's own token endpoint: its address, the name that its
    /// certificate is for, its own roots.
    async fn tunnel(&mut self, snapshot: &Snapshot, proxy: &TokenProxy) -> Result<()> {
        let roots = match &proxy.roots {
            Roots::System => None,
            Roots::Pem(pem) => Some(("AZURE_KUBERNETES_CA_DATA", pem.as_bytes().to_vec())),
            Roots::File(path) => {
                const NAME: &str = "AZURE_KUBERNETES_CA_FILE";
                Some((NAME, assertion::read_pem(NAME, path).await?))
            }
        };
        let mut target = proxy.rewrite(&self.request.url);
        let mut alias = None;
        if let Some(name) = &proxy.server_name {
            // The URL's host is what is asked of the certificate; the connection goes elsewhere.
            let host = proxy.url.host_str().unwrap_or_default().to_owned();
            self.host = Some(match proxy.url.port() {
                Some(port) => format!("{host}:{port}"),
                None => host.clone(),
            });
            target
                .set_host(Some(name))
                .map_err(|_| Error::invalid("AZURE_KUBERNETES_SNI_NAME", "must be a host name"))?;
            alias = Some((name.clone(), host));
        }
        self.target = target;
        let tunnel = Tunnel { roots, alias };
        self.client = self.clients.tunnel(snapshot, tunnel).await?;
        Ok(())
    }

    /// A workload identity's exchange: the assertion is read anew each time, for it is renewed
    /// about once an hour and good for a day at most.
    async fn swap(&self, assertion: &Sensitive, demand: &Demand) -> Result<Attempt> {
        let text = assertion.as_str().unwrap_or_default();
        let mut parameters = vec![("client_assertion", text)];
        if let Some(claims) = &demand.claims {
            parameters.push(("claims", claims));
        }
        self.ask(&Extra {
            parameters: &parameters,
            held: &[assertion],
            ..Extra::default()
        })
        .await
    }

    /// Service Fabric keeps tokens too, and is told by its hash which one was refused.
    async fn renew(&self, demand: &Demand) -> Result<Attempt> {
        let Some(refused) = &demand.refused else {
            return self.ask(&Extra::default()).await;
        };
        let hash = ring::digest::digest(&ring::digest::SHA256, refused.value().as_bytes());
        let hash: String = hash.as_ref().iter().map(|b| format!("{b:02x}")).collect();
        self.ask(&Extra {
            parameters: &[("token_sha256_to_refresh", &hash)],
            ..Extra::default()
        })
        .await
    }

    /// One request with the retries of its table.
    pub async fn ask(&self, extra: &Extra<'_>) -> Result<Attempt> {
        self.ask_by(|| self.attempt(extra)).await
    }

    /// The same for a source whose attempt is more than one request.
    pub async fn ask_by<F, Fut>(&self, attempt: F) -> Result<Attempt>
    where
        F: FnMut() -> Fut,
        Fut: Future<Output = Result<Attempt>>,
    {
        let sent = retry::send(self.request.policy, self.work, attempt).await?;
        Ok(sent.attempt)
    }

    /// One request.
    pub async fn attempt(&self, extra: &Extra<'_>) -> Result<Attempt> {
        let places = (self.request.source == Source::Imds).then(|| imds::places(&self.target));
        let _place = match &places {
            Some(places) => Some(
                places
                    .acquire()
                    .await
                    .map_err(|_| Error::internal("the request limit was closed"))?,
            ),
            None => None,
        };
        let mut held = self.request.secrets();
        held.extend(extra.held);
        let answer = match self.build(extra)?.send().await {
            Ok(response) => {
                let now = self.work.clock().now_unix();
                Answer::read(response, limits::LOCAL_ANSWER_BYTES_MAX, now, &held).await
            }
            Err(error) => Err(Failure::from(error)),
        };
        if let Ok(answer) = &answer {
            tracing::debug!(
                source = self.request.source.name(),
                endpoint = %self.target.origin().ascii_serialization(),
                http_status = answer.status,
                "the token endpoint answered"
            );
            self.check_genuine(answer)?;
        }
        Ok(answer)
    }

    fn build(&self, extra: &Extra<'_>) -> Result<reqwest::RequestBuilder> {
        let mut builder = match self.request.carrier {
            Carrier::Query => {
                let mut target = self.target.clone();
                append(&mut target, &self.request.parameters, extra.parameters);
                self.client.get(target)
            }
            Carrier::Form => {
                let form = form(&self.request.parameters, extra.parameters);
                self.client
                    .post(self.target.clone())
                    .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                    .body(reqwest::Body::from(Bytes::from_owner(form)))
            }
        };
        if let Some(host) = &self.host {
            builder = builder.header(HOST, host);
        }
        let shared = self.request.headers.iter();
        for (name, value) in shared.map(|(n, v)| (*n, &**v)).chain(extra.header) {
            builder = builder.header(header_name(name)?, header_value(name, value)?);
        }
        Ok(builder.header(USER_AGENT, &self.clients.user_agent))
    }

    fn check_genuine(&self, answer: &Answer) -> Result<()> {
        if self.request.source != Source::Imds || !imds::is_strangers(answer) {
            return Ok(());
        }
        Err(Error::new(
            Status::IdentityUnavailable,
            format!(
                "no managed identity here: {}{} answered HTTP {} and is not Azure's",
                self.looked_for(),
                self.request.whom(),
                answer.status
            ),
        )
        .advise(imds::NO_ENDPOINT_ADVICE)
        .with_http_status(answer.status))
    }

    fn looked_for(&self) -> String {
        let looked_for = self.request.looked_for.as_deref();
        looked_for.map_or_else(String::new, |what| format!("{what}, and "))
    }

    fn read(&self, answer: &Answer, held: &[&Sensitive]) -> Result<Token> {
        if answer.status < 300 && !answer.is_success() {
            return Err(self.nonsense(answer, "that is no answer to a token request"));
        }
        if !answer.is_success() {
            return Err(refusal::read(self.request, answer, held));
        }
        let now = self.work.clock().now_unix();
        let granted =
            response::parse_token(&answer.body, now).map_err(|rule| self.nonsense(answer, rule))?;
        self.check_echo(&granted)?;
        let request = self.request;
        Ok(Token::new(granted, request.source, &request.resource, now))
    }

    /// An answer for another identity than the one asked for must not be used.
    fn check_echo(&self, granted: &Granted) -> Result<()> {
        let (what, wanted, got) = match &self.request.identity {
            Identity::Default => return Ok(()),
            Identity::ClientId(id) => ("client id", id, &granted.ids.client_id),
            Identity::ObjectId(id) => ("object id", id, &granted.ids.object_id),
            Identity::ResourceId(id) => ("resource id", id, &granted.ids.resource_id),
        };
        let whom = self.request.whom();
        match got {
            Some(got) if got.eq_ignore_ascii_case(wanted) => Ok(()),
            Some(_) => Err(Error::new(
                Status::IdentityNotFound,
                format!("{whom} answered with the token of another identity than the {what} asked for"),
            )
            .advise("assign the identity to this host, or correct the id; a client id, an object id and a resource id are different things")),
            None if self.request.echo == EchoRule::Agrees => Ok(()),
            None => Err(Error::new(
                Status::IdentityNotFound,
                format!("{whom} did not say that its token is for the {what} asked for"),
            )
            .advise("update the Azure Connected Machine agent: older ones ignore the id and answer for the system-assigned identity; or name no id, and remove AZURE_CLIENT_ID, to use that one")),
        }
    }

    fn nonsense(&self, answer: &Answer, rule: &str) -> Error {
        Error::new(
            Status::Protocol,
            format!(
                "{} answered HTTP {}, but {rule}",
                self.request.whom(),
                answer.status
            ),
        )
        .advise("something other than Azure may answer there; look for an intercepting proxy or gateway")
        .with_http_status(answer.status)
    }

    fn explain(&self, mut failure: Failure) -> Error {
        let whom = self.request.whom();
        if self.is_proxied && matches!(failure.kind, Kind::Dns | Kind::Connect) {
            failure.cause = format!("the proxy cannot be reached: {}", failure.cause);
            failure.kind = Kind::Proxy;
        }
        let is_near = matches!(self.request.way, Way::Near | Way::Pinned(_));
        let is_absent = matches!(failure.kind, Kind::Connect | Kind::Dns);
        if is_near && is_absent {
            return Error::new(
                Status::IdentityUnavailable,
                format!(
                    "no managed identity here: {}{whom}: {}",
                    self.looked_for(),
                    failure.cause
                ),
            )
            .advise(refusal::absent_advice(self.request.source));
        }
        let kind = failure.kind;
        let error = failure.into_error(&whom);
        match (&self.request.way, kind) {
            (Way::Pinned(_), Kind::Tls) => error.advise("the endpoint's certificate changes from time to time: start the service anew, so that it gets the new IDENTITY_SERVER_THUMBPRINT"),
            (Way::TokenProxy { .. }, Kind::Tls) => error.advise("the cluster's token endpoint shows a certificate that AZURE_KUBERNETES_CA_FILE or AZURE_KUBERNETES_CA_DATA does not cover, or not for AZURE_KUBERNETES_SNI_NAME"),
            (Way::Remote { .. }, Kind::Connect | Kind::Dns) => error.advise("check that this network may reach the authority of AZURE_AUTHORITY_HOST on port 443, or set HTTPS_PROXY"),
            _ => error,
        }
    }
}

/// The URL of a request whose parameters travel in the query.
#[cfg(test)]
pub(crate) fn url(request: &Request, more: &[(&str, &str)]) -> Url {
    let mut url = request.url.clone();
    append(&mut url, &request.parameters, more);
    url
}

/// Adds parameters behind those that the endpoint has already.
fn append(url: &mut Url, parameters: &[(&str, String)], more: &[(&str, &str)]) {
    let mut query = url.query_pairs_mut();
    for (name, value) in parameters {
        query.append_pair(name, value);
    }
    query.extend_pairs(more);
}

/// A form, in a buffer of its final size that is wiped.
fn form(parameters: &[(&str, String)], more: &[(&str, &str)]) -> Zeroizing<Vec<u8>> {
    let shared = parameters.iter().map(|(name, value)| (*name, &**value));
    let pairs: Vec<_> = shared.chain(more.iter().copied()).collect();
    let size: usize = pairs.iter().map(|(n, v)| 3 * (n.len() + v.len()) + 2).sum();
    let mut form = Zeroizing::new(Vec::with_capacity(size));
    for (name, value) in pairs {
        if !form.is_empty() {
            form.push(b'&');
        }
        for (text, end) in [(name, &b"="[..]), (value, &b""[..])] {
            for piece in url::form_urlencoded::byte_serialize(text.as_bytes()) {
                form.extend_from_slice(piece.as_bytes());
            }
            form.extend_from_slice(end);
        }
    }
    form
}

fn header_name(name: &'static str) -> Result<HeaderName> {
    HeaderName::from_bytes(name.as_bytes()).map_err(|e| Error::internal(e.to_string()))
}

fn header_value(name: &str, value: &Sensitive) -> Result<HeaderValue> {
    let mut value = HeaderValue::from_bytes(value.as_bytes())
        .map_err(|_| Error::internal(format!("{name} cannot be sent as a header")))?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_escaped_and_does_not_move() {
        let form = form(
            &[("scope", "https://vault.azure.net/.default".to_owned())],
            &[("client_assertion", "a.b-c_d&e=f g")],
        );
        assert_eq!(
            std::str::from_utf8(&form).unwrap(),
            "scope=https%3A%2F%2Fvault.azure.net%2F.default&client_assertion=a.b-c_d%26e%3Df+g"
        );
        assert!(form.len() <= form.capacity());
    }

    #[test]
    fn parameters_come_behind_the_endpoints_own() {
        let mut url = Url::parse("http://127.0.0.1:1/token/?own=1").unwrap();
        append(&mut url, &[("resource", "a&b".to_owned())], &[("x", "y")]);
        assert_eq!(
            url.as_str(),
            "http://127.0.0.1:1/token/?own=1&resource=a%26b&x=y"
        );
    }
}
