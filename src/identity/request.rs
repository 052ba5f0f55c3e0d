//! `Request`: one token request as data, in the form that every source fills in. How it is sent and
//! its answer read is in exchange.rs.

use std::sync::Arc;

use url::Url;

use crate::environment::Snapshot;
use crate::error::Result;
use crate::identity::endpoint::Ids;
use crate::identity::workload::TokenProxy;
use crate::identity::{Identity, Source, cache};
use crate::sensitive::Sensitive;
use crate::transport::clients::Clients;
use crate::transport::pinned::Thumbprint;
use crate::transport::retry::Policy;

const METADATA: &str = "Metadata";

/// A checked request for one token.
pub(crate) struct Request {
    pub source: Source,
    /// The identity that is meant, after `AZURE_CLIENT_ID` was looked at.
    pub identity: Identity,
    pub resource: String,
    /// Where it is sent. What the environment gave is kept; `parameters` are added.
    pub url: Url,
    pub parameters: Vec<(&'static str, String)>,
    pub carrier: Carrier,
    pub headers: Vec<(&'static str, Arc<Sensitive>)>,
    pub way: Way,
    pub policy: &'static Policy,
    pub echo: EchoRule,
    /// What was looked for before this source was chosen, for the message when nobody answers.
    pub looked_for: Option<String>,
    /// The variable that named the identity, if the caller did not.
    pub named_by: Option<&'static str>,
}

/// Where the parameters travel.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Carrier {
    /// In the query of a GET.
    Query,
    /// In the form of a POST.
    Form,
}

/// How the endpoint is reached.
pub(crate) enum Way {
    /// On this machine or link: never by a proxy.
    Near,
    /// The same over TLS, to a certificate with this thumbprint.
    Pinned(Thumbprint),
    /// By the proxy rules, with a federated token from this file.
    Remote { assertion: String },
    /// The same through a cluster's own token endpoint.
    TokenProxy {
        assertion: String,
        proxy: TokenProxy,
    },
}

/// What must be true of the ids in an answer, when one was asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum EchoRule {
    /// If they are there, they must be the ones asked for.
    Agrees,
    /// They must be there: older agents ignore the id and answer with another identity's token.
    Required,
}

impl Request {
    /// A GET to an endpoint near by, without parameters, headers and retries of its own.
    pub fn near(
        source: Source,
        identity: Identity,
        resource: &str,
        url: Url,
        policy: &'static Policy,
    ) -> Self {
        Self {
            source,
            identity,
            resource: resource.to_owned(),
            url,
            parameters: Vec::new(),
            carrier: Carrier::Query,
            headers: Vec::new(),
            way: Way::Near,
            policy,
            echo: EchoRule::Agrees,
            looked_for: None,
            named_by: None,
        }
    }

    /// Adds what most sources ask by: a version, the resource, and the id under the name it has there.
    pub fn asking(mut self, api_version: &str, ids: &Ids) -> Result<Self> {
        self.parameters = vec![
            ("api-version", api_version.to_owned()),
            ("resource", self.resource.clone()),
        ];
        self.parameters.extend(ids.parameter(&self.identity)?);
        Ok(self)
    }

    /// The guard against forged requests that some endpoints want. Everybody knows it.
    pub fn metadata() -> (&'static str, Arc<Sensitive>) {
        (METADATA, Arc::new(Sensitive::new(b"true")))
    }

    /// What must not come back in a message.
    pub fn secrets(&self) -> Vec<&Sensitive> {
        let headers = self.headers.iter().filter(|(name, _)| *name != METADATA);
        headers.map(|(_, value)| &**value).collect()
    }

    /// What makes two requests the same.
    pub fn key(&self, snapshot: &Snapshot, clients: &Clients) -> cache::Key {
        let (id_kind, id) = match &self.identity {
            Identity::Default => ("", ""),
            Identity::ClientId(id) => ("client_id", id.as_str()),
            Identity::ObjectId(id) => ("object_id", id.as_str()),
            Identity::ResourceId(id) => ("resource_id", id.as_str()),
        };
        let by = match &self.way {
            Way::Near | Way::Remote { .. } => String::new(),
            Way::Pinned(thumbprint) => format!("{thumbprint:?}"),
            Way::TokenProxy { proxy, .. } => proxy.describe(),
        };
        let is_trusting = self.url.scheme() == "https" && !matches!(self.way, Way::Pinned(_));
        cache::Key {
            source: self.source,
            endpoint: self.url.to_string(),
            by,
            trust: is_trusting.then(|| clients.trust(snapshot)),
            id_kind,
            id: id.to_ascii_lowercase(),
            resource: self.resource.clone(),
        }
    }

    /// The identity in words, for messages, and where its id came from.
    pub fn which(&self) -> Option<String> {
        let (kind, id) = match &self.identity {
            Identity::Default => return None,
            Identity::ClientId(id) => ("client id", id),
            Identity::ObjectId(id) => ("object id", id),
            Identity::ResourceId(id) => ("resource id", id),
        };
        let from = self.named_by.map(|name| format!(" of {name}"));
        Some(format!("the {kind} {id}{}", from.unwrap_or_default()))
    }

    /// The endpoint in words, for messages. Its path and query are left out.
    pub fn whom(&self) -> String {
        let origin = match &self.way {
            Way::TokenProxy { proxy, .. } => proxy.url.origin(),
            _ => self.url.origin(),
        };
        format!(
            "{} at {}",
            self.source.title(),
            origin.ascii_serialization()
        )
    }
}
