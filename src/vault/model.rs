//! `Secret`, and the JSON it comes in (the service's SecretBundle). Unknown members are ignored,
//! the value goes straight from the answer into a `Sensitive`.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use url::Url;

use crate::limits;
use crate::sensitive::Sensitive;
use crate::vault::address::{self, Address};

/// A secret with its value.
pub struct Secret {
    value: Sensitive,
    id: String,
    vault: String,
    name: String,
    version: String,
    content_type: Option<String>,
    attributes: Attributes,
    tags: Vec<(String, String)>,
}

#[derive(Deserialize, Default)]
struct Bundle {
    value: Option<Sensitive>,
    id: Option<String>,
    #[serde(rename = "contentType")]
    content_type: Option<String>,
    attributes: Option<Attributes>,
    tags: Option<BTreeMap<String, String>>,
}

#[derive(Deserialize, Default)]
struct Attributes {
    enabled: Option<bool>,
    created: Option<i64>,
    updated: Option<i64>,
    exp: Option<i64>,
    nbf: Option<i64>,
}

impl Secret {
    /// Reads a 200. The error is the rule that the body breaks, in words that follow "but".
    pub(crate) fn parse(body: &[u8], asked: &Address) -> Result<Self, &'static str> {
        let bundle: Bundle =
            serde_json::from_slice(body).map_err(|_| "the body is not the JSON of a secret")?;
        let value = bundle.value.ok_or("there is no value in it")?;
        if value.len() > limits::SECRET_VALUE_BYTES_MAX {
            return Err("its value is larger than any secret");
        }
        if bundle
            .tags
            .as_ref()
            .is_some_and(|tags| tags.len() > limits::SECRET_TAGS_MAX)
        {
            return Err("it has more tags than any secret");
        }
        let id = bundle.id.ok_or("there is no id in it")?;
        // The parser would drop line breaks that the text then still has.
        let plain =
            id.len() <= limits::INPUT_LENGTH_MAX && id.bytes().all(|b| b.is_ascii_graphic());
        let url = Url::parse(&id).ok().filter(|url| {
            let bare = url.username().is_empty() && url.password().is_none();
            plain && bare && url.scheme() == "https" && url.query().or(url.fragment()).is_none()
        });
        let url = url.ok_or("its id is no https URL")?;
        let (name, version) =
            address::split_id(url.path()).map_err(|_| "its id is not that of a secret")?;
        if !name.eq_ignore_ascii_case(&asked.name) {
            return Err("it is another secret than the one asked for");
        }
        let version = version.ok_or("its id has no version")?;
        if version.is_empty() || !version.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Err("its id has no version");
        }
        let other_version = asked
            .version
            .as_deref()
            .is_some_and(|asked| !asked.eq_ignore_ascii_case(version));
        if other_version {
            return Err("it is another version than the one asked for");
        }
        let (name, version) = (name.to_owned(), version.to_owned());
        // Texts cross the C ABI NUL-terminated; the service allows no NUL in them.
        let tags = bundle.tags.unwrap_or_default().into_iter();
        let odd = |text: &str| text.contains('\0');
        Ok(Self {
            value,
            vault: asked.vault.name.clone(),
            name,
            version,
            content_type: bundle.content_type.filter(|text| !odd(text)),
            attributes: bundle.attributes.unwrap_or_default(),
            tags: tags.filter(|(k, v)| !odd(k) && !odd(v)).collect(),
            id,
        })
    }

    /// The value, as stored: any text, also an empty one.
    pub fn value(&self) -> &Sensitive {
        &self.value
    }

    /// The whole id, a URL with vault, name and version.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The vault's name; for a host of no known cloud the host.
    pub fn vault(&self) -> &str {
        &self.vault
    }

    /// The name, as the service writes it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The version.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The content type, where one was set.
    pub fn content_type(&self) -> Option<&str> {
        self.content_type.as_deref()
    }

    /// Whether it is enabled; the service hands out no disabled value.
    pub fn is_enabled(&self) -> bool {
        self.attributes.enabled.unwrap_or(true)
    }

    /// When it was created, in seconds since 1970.
    pub fn created_at_unix(&self) -> Option<i64> {
        self.attributes.created
    }

    /// When it was last changed, in seconds since 1970.
    pub fn updated_at_unix(&self) -> Option<i64> {
        self.attributes.updated
    }

    /// When it expires, in seconds since 1970. Informational: the service hands out expired
    /// secrets.
    pub fn expires_at_unix(&self) -> Option<i64> {
        self.attributes.exp
    }

    /// From when on it is meant to be used, in seconds since 1970. Informational.
    pub fn not_before_unix(&self) -> Option<i64> {
        self.attributes.nbf
    }

    /// The tags, by name.
    pub fn tags(&self) -> &[(String, String)] {
        &self.tags
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secret")
            .field("id", &self.id)
            .field("value", &self.value)
            .finish_non_exhaustive()
    }
}
