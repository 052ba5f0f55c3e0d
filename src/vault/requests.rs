//! The requests of the secrets API: method, path and body of each (Key Vault REST reference, Secrets).
//! How one is sent, with which token and how often, is in session.rs.

use std::sync::Arc;

use hyper::body::Bytes;
use reqwest::Method;
use serde::Serialize;
use url::Url;
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::sensitive::Sensitive;
use crate::vault::address::Address;
use crate::vault::attributes::{Attributes, Tags};
use crate::vault::deed::Deed;
use crate::vault::model::SecretAttributes;
use crate::vault::origin::Vault;

/// One request, ready to be sent any number of times.
pub(crate) struct Request {
    pub deed: Deed,
    pub method: Method,
    pub url: Url,
    /// What it is about, in words.
    pub subject: String,
    /// JSON, wiped when the request is dropped.
    pub body: Option<Bytes>,
    /// What is secret in the body, and must not come back in a message.
    pub secret: Option<Arc<Sensitive>>,
}

/// Every body there is: of a set and an update, and, with a backup for its value, of a restore.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Attributes::is_empty")]
    attributes: Attributes,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<Tags<'a>>,
}

impl<'a> From<&'a SecretAttributes> for Body<'a> {
    fn from(given: &'a SecretAttributes) -> Self {
        Self {
            value: None,
            content_type: given.content_type.as_deref(),
            attributes: given.into(),
            tags: given.tags.as_deref().map(Tags),
        }
    }
}

impl Body<'_> {
    /// How many bytes of text stand beside the value, at most six for one when it is escaped.
    fn beside_the_value(&self) -> usize {
        let tags = self.tags.as_ref().map_or(&[][..], |tags| tags.0);
        let tags = tags.iter().map(|(name, value)| name.len() + value.len());
        6 * (self.content_type.map_or(0, str::len) + tags.sum::<usize>())
    }
}

/// The requests to one vault with one version of the API.
#[derive(Clone, Copy)]
pub(crate) struct Requests<'a> {
    pub vault: &'a Vault,
    pub api_version: &'a str,
}

impl Requests<'_> {
    /// The empty last segment for the latest version is what the official libraries send.
    pub fn get(self, address: &Address) -> Result<Request> {
        let version = address.version.as_deref().unwrap_or("");
        let path = ["secrets", &address.name, version];
        self.of_secret(Deed::Get, Method::GET, &path, address)
    }

    pub fn list(self, deed: Deed, address: Option<&Address>) -> Result<Request> {
        let Some(address) = address else {
            let is_deleted = deed == Deed::ListDeleted;
            let path = if is_deleted {
                "deletedsecrets"
            } else {
                "secrets"
            };
            return self.of_vault(deed, Method::GET, &[path]);
        };
        let path = ["secrets", &address.name, "versions"];
        self.of_secret(deed, Method::GET, &path, address)
    }

    pub fn set(
        self,
        address: &Address,
        value: Arc<Sensitive>,
        attributes: &SecretAttributes,
    ) -> Result<Request> {
        let text = value
            .as_str()
            .ok_or_else(|| Error::invalid("value", "is not valid UTF-8"))?;
        // Escaped it is six times as long at most. The buffer must not move and leave copies.
        let body = json(
            &Body {
                value: Some(text),
                ..attributes.into()
            },
            6 * value.len(),
        )?;
        let path = ["secrets", &*address.name];
        let request = self.of_secret(Deed::Set, Method::PUT, &path, address)?;
        Ok(Request {
            body: Some(body),
            secret: Some(value),
            ..request
        })
    }

    pub fn update(self, address: &Address, attributes: &SecretAttributes) -> Result<Request> {
        let version = address.version.as_deref().unwrap_or("");
        let path = ["secrets", &address.name, version];
        let request = self.of_secret(Deed::Update, Method::PATCH, &path, address)?;
        Ok(Request {
            body: Some(json(&Body::from(attributes), 0)?),
            ..request
        })
    }

    pub fn delete(self, address: &Address) -> Result<Request> {
        let path = ["secrets", &*address.name];
        self.of_secret(Deed::Delete, Method::DELETE, &path, address)
    }

    pub fn get_deleted(self, address: &Address) -> Result<Request> {
        let path = ["deletedsecrets", &*address.name];
        self.of_secret(Deed::GetDeleted, Method::GET, &path, address)
    }

    pub fn recover(self, address: &Address) -> Result<Request> {
        let path = ["deletedsecrets", &address.name, "recover"];
        self.of_secret(Deed::Recover, Method::POST, &path, address)
    }

    pub fn purge(self, address: &Address) -> Result<Request> {
        let path = ["deletedsecrets", &*address.name];
        self.of_secret(Deed::Purge, Method::DELETE, &path, address)
    }

    pub fn backup(self, address: &Address) -> Result<Request> {
        let path = ["secrets", &address.name, "backup"];
        self.of_secret(Deed::Backup, Method::POST, &path, address)
    }

    pub fn restore(self, backup: Arc<Sensitive>) -> Result<Request> {
        let text = backup.as_str().unwrap_or_default();
        let body = json(
            &Body {
                value: Some(text),
                ..Body::default()
            },
            backup.len(),
        )?;
        let request = self.of_vault(Deed::Restore, Method::POST, &["secrets", "restore"])?;
        Ok(Request {
            body: Some(body),
            secret: Some(backup),
            ..request
        })
    }

    fn of_secret(
        self,
        deed: Deed,
        method: Method,
        path: &[&str],
        address: &Address,
    ) -> Result<Request> {
        let subject = address.describe();
        self.of(deed, method, path, subject)
    }

    fn of_vault(self, deed: Deed, method: Method, path: &[&str]) -> Result<Request> {
        let subject = format!("vault {}", self.vault.name);
        self.of(deed, method, path, subject)
    }

    fn of(self, deed: Deed, method: Method, path: &[&str], subject: String) -> Result<Request> {
        let mut url = self.vault.origin.clone();
        url.path_segments_mut()
            .map_err(|()| Error::internal("a vault's URL has no path"))?
            .pop_if_empty()
            .extend(path);
        url.query_pairs_mut()
            .append_pair("api-version", self.api_version);
        Ok(Request {
            deed,
            method,
            url,
            subject,
            body: None,
            secret: None,
        })
    }
}

impl Request {
    /// The same request for another page of its list.
    pub fn at(&self, url: Url) -> Self {
        Self {
            deed: self.deed,
            method: self.method.clone(),
            url,
            subject: self.subject.clone(),
            body: None,
            secret: None,
        }
    }
}

/// JSON in a buffer that is wiped, with room for `secret_bytes` and what stands around them.
fn json(body: &Body<'_>, secret_bytes: usize) -> Result<Bytes> {
    let beside = body.beside_the_value();
    let mut buffer = Zeroizing::new(Vec::with_capacity(secret_bytes + beside + 4096));
    let room = buffer.capacity();
    serde_json::to_writer(&mut *buffer, body)
        .map_err(|error| Error::internal(format!("a body cannot be written: {error}")))?;
    debug_assert_eq!(buffer.capacity(), room, "a buffer that moves leaves copies");
    Ok(Bytes::from_owner(buffer))
}
