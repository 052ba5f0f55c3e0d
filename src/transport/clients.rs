//! The HTTP clients. Local: no proxy, no redirect, no TLS roots, one for the process. Remote: built
//! at the first https request, one per way and trust that a client has met.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use once_cell::sync::OnceCell;
use reqwest::redirect::Policy;
use url::Url;

use crate::engine::{lock, on_thread};
use crate::environment::Snapshot;
use crate::error::{Error, Result};
use crate::limits;
use crate::sensitive::Sensitive;
use crate::transport::pinned::{self, Thumbprint};
use crate::transport::proxy::{self, Route};
use crate::transport::resolver::{Alias, Resolver, Unresolvable};
use crate::transport::roots::{self, Trust};

/// Names that a test leads elsewhere or, with `None`, nowhere.
type Dial = Vec<(String, Option<SocketAddr>)>;

/// The clients of one `Client`.
pub(crate) struct Clients {
    pub user_agent: String,
    ca_pem: Option<Arc<str>>,
    dial: Dial,
    remote: Mutex<Vec<(Way, reqwest::Client)>>,
    building: tokio::sync::Mutex<()>,
}

/// What a remote client is built from.
struct Way {
    route: Route,
    trust: Trust,
}

impl Way {
    fn is_same(&self, other: &Way) -> bool {
        let route = match (&self.route, &other.route) {
            (Route::Direct, Route::Direct) | (Route::System, Route::System) => true,
            (Route::Via(a), Route::Via(b)) => a.as_bytes() == b.as_bytes(),
            _ => false,
        };
        route && self.trust == other.trust
    }
}

/// A way into a cluster.
pub(crate) struct Tunnel {
    /// The only roots to trust, as PEM, with the variable that they come from; the system's if none.
    pub roots: Option<(&'static str, Vec<u8>)>,
    /// A name for the certificate, and the host that is connected to under it.
    pub alias: Option<(String, String)>,
}

/// The client for plain http to this machine's own endpoints.
fn local() -> Result<reqwest::Client> {
    static LOCAL: OnceCell<reqwest::Client> = OnceCell::new();
    LOCAL
        .get_or_try_init(|| {
            near()
                .tls_backend_preconfigured(roots::without_roots()?)
                .build()
                .map_err(unbuildable)
        })
        .cloned()
}

impl Clients {
    pub fn new(user_agent: String, ca_pem: Option<Arc<str>>, dial: Dial) -> Self {
        Self {
            user_agent,
            ca_pem,
            dial,
            remote: Mutex::new(Vec::new()),
            building: tokio::sync::Mutex::new(()),
        }
    }

    /// The client for plain http to this machine's own endpoints; a test may lead a name elsewhere.
    pub fn near(&self) -> Result<reqwest::Client> {
        if self.dial.is_empty() {
            return local();
        }
        let builder = near().tls_backend_preconfigured(roots::without_roots()?);
        self.dialling(builder).build().map_err(unbuildable)
    }

    /// A client for one request to an endpoint with this certificate; it may have another one by
    /// the next.
    pub fn pinned(&self, thumbprint: &Thumbprint) -> Result<reqwest::Client> {
        near()
            .https_only(true)
            .tls_backend_preconfigured(pinned::config(thumbprint)?)
            .build()
            .map_err(unbuildable)
    }

    /// A client for one request through a tunnel, never by a proxy: it leads into this cluster.
    pub async fn tunnel(&self, snapshot: &Snapshot, tunnel: Tunnel) -> Result<reqwest::Client> {
        let config = match &tunnel.roots {
            Some((variable, pem)) => roots::only(pem, variable)?,
            None => load(self.trust(snapshot)).await?,
        };
        let mut builder = base()
            .https_only(true)
            .no_proxy()
            .pool_max_idle_per_host(0)
            .connect_timeout(limits::REMOTE_CONNECT_TIMEOUT)
            .tls_backend_preconfigured(config);
        if let Some((name, host)) = tunnel.alias {
            builder = builder.dns_resolver(Alias { name, host });
        }
        builder.build().map_err(unbuildable)
    }

    /// Whom requests of this client with this environment trust.
    pub fn trust(&self, snapshot: &Snapshot) -> Trust {
        Trust {
            ca_pem: self.ca_pem.clone(),
            ca_file: snapshot.ca_file.clone(),
            ca_stamp: snapshot.ca_file.as_deref().and_then(roots::stamp),
            ssl_cert_file: snapshot.ssl_cert_file.clone(),
            ssl_cert_dir: snapshot.ssl_cert_dir.clone(),
        }
    }

    /// The client for `url`, an https URL, by the proxy rules, and whether a proxy is in between.
    pub async fn remote(&self, snapshot: &Snapshot, url: &Url) -> Result<(reqwest::Client, bool)> {
        let route = proxy::route(snapshot, url)?;
        let is_proxied = matches!(route, Route::Via(_));
        Ok((self.tls(snapshot, route).await?, is_proxied))
    }

    /// The client for an https token endpoint: never a proxy.
    pub async fn unproxied(&self, snapshot: &Snapshot) -> Result<reqwest::Client> {
        self.tls(snapshot, Route::Direct).await
    }

    async fn tls(&self, snapshot: &Snapshot, route: Route) -> Result<reqwest::Client> {
        let way = Way {
            route,
            trust: self.trust(snapshot),
        };
        if let Some(client) = self.known(&way) {
            return Ok(client);
        }
        // One at a time: of many first requests, one reads the roots and all share its connections.
        let _building = self.building.lock().await;
        if let Some(client) = self.known(&way) {
            return Ok(client);
        }
        let config = load(way.trust.clone()).await?;
        let client = self.build(&way.route, config)?;
        let mut remote = lock(&self.remote);
        if remote.len() >= limits::REMOTE_POOLS_MAX {
            remote.remove(0);
        }
        remote.push((way, client.clone()));
        Ok(client)
    }

    fn known(&self, way: &Way) -> Option<reqwest::Client> {
        let remote = lock(&self.remote);
        let found = remote.iter().find(|(known, _)| known.is_same(way));
        found.map(|(_, client)| client.clone())
    }

    fn build(&self, route: &Route, config: rustls::ClientConfig) -> Result<reqwest::Client> {
        let mut builder = base()
            .https_only(true)
            .pool_idle_timeout(limits::REMOTE_IDLE_TIMEOUT)
            .connect_timeout(limits::REMOTE_CONNECT_TIMEOUT)
            .tls_backend_preconfigured(config);
        builder = match route {
            Route::Direct => builder.no_proxy(),
            Route::Via(url) => builder.proxy(via(url)?),
            Route::System => builder,
        };
        self.dialling(builder).build().map_err(unbuildable)
    }

    fn dialling(&self, mut builder: reqwest::ClientBuilder) -> reqwest::ClientBuilder {
        for (host, address) in &self.dial {
            builder = match address {
                Some(address) => builder.resolve(host, *address),
                None => builder.dns_resolver(Unresolvable),
            };
        }
        builder
    }
}

async fn load(trust: Trust) -> Result<rustls::ClientConfig> {
    let what = "root certificates";
    on_thread("doorkey-roots", what, move || trust.load()).await
}

fn via(url: &Sensitive) -> Result<reqwest::Proxy> {
    reqwest::Proxy::all(url.as_str().unwrap_or_default())
        .map_err(|_| Error::invalid("HTTPS_PROXY", "is not a proxy URL"))
}

fn near() -> reqwest::ClientBuilder {
    base()
        .no_proxy()
        // Connecting costs microseconds there, and a closed connection's buffers, which hold the
        // token, are wiped.
        .pool_max_idle_per_host(0)
        .connect_timeout(limits::LOCAL_CONNECT_TIMEOUT)
}

fn base() -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .redirect(Policy::none())
        .referer(false)
        .dns_resolver(Resolver)
}

fn unbuildable(error: reqwest::Error) -> Error {
    Error::internal(format!(
        "the HTTP client cannot be built: {}",
        error.without_url()
    ))
}
