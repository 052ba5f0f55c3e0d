//! What `doorkey_options` stores, and how it becomes the options that Rust has. The setters are in
//! `options`.

use std::sync::Arc;
use std::time::Duration;

use crate::environment::Environment;
use crate::error::{Error, Result, Status};
use crate::identity::{Identity, Source};
use crate::options::ClientOptions;
use crate::sensitive::Sensitive;
use crate::vault::VaultSuffix;

/// A text as it was given, or why it cannot be one.
pub(super) type Text = Result<String>;

#[derive(Default)]
pub(super) struct Stored {
    pub client_id: Option<Text>,
    pub object_id: Option<Text>,
    pub resource_id: Option<Text>,
    pub source: Option<Text>,
    pub user_agent: Option<Text>,
    pub vault_api_version: Option<Text>,
    pub ca_pem: Option<Text>,
    pub access_token: Option<Arc<Sensitive>>,
    pub timeout_ms: u32,
    pub retries_max: Option<u32>,
    pub trust_any_challenge: bool,
    pub suffixes: Vec<Result<Suffix>>,
    pub environment: Option<Vec<(Text, Text)>>,
}

pub(super) struct Suffix {
    pub suffix: String,
    pub audience: Option<String>,
    pub authority: Option<String>,
}

impl Stored {
    /// The options as Rust has them, the first bad one as an error.
    pub fn check(&self) -> Result<ClientOptions> {
        let mut suffixes = Vec::with_capacity(self.suffixes.len());
        for stored in &self.suffixes {
            let stored = stored.as_ref().map_err(Error::clone)?;
            if stored.authority.is_some() {
                return Err(Error::new(
                    Status::Unsupported,
                    "authority: no source of this version asks an authority",
                )
                .advise("pass NULL"));
            }
            suffixes.push(VaultSuffix::new(
                &stored.suffix,
                stored.audience.as_deref(),
            )?);
        }
        Ok(ClientOptions {
            identity: self.identity()?,
            source: self.source()?,
            access_token: self.access_token.clone(),
            timeout: (self.timeout_ms != 0)
                .then(|| Duration::from_millis(u64::from(self.timeout_ms))),
            retries_max: self.retries_max,
            ca_pem: optional(&self.ca_pem)?.map(Arc::from),
            user_agent: optional(&self.user_agent)?,
            vault_api_version: optional(&self.vault_api_version)?,
            vault_suffixes: suffixes,
            trust_any_challenge: self.trust_any_challenge,
            environment: self.environment()?,
            ..ClientOptions::default()
        })
    }

    fn identity(&self) -> Result<Identity> {
        let ids = (
            optional(&self.client_id)?,
            optional(&self.object_id)?,
            optional(&self.resource_id)?,
        );
        match ids {
            (None, None, None) => Ok(Identity::Default),
            (Some(id), None, None) => Ok(Identity::ClientId(id)),
            (None, Some(id), None) => Ok(Identity::ObjectId(id)),
            (None, None, Some(id)) => Ok(Identity::ResourceId(id)),
            _ => Err(Error::invalid(
                "client_id, object_id, resource_id",
                "only one of them may be set",
            )),
        }
    }

    fn source(&self) -> Result<Option<Source>> {
        let Some(name) = optional(&self.source)? else {
            return Ok(None);
        };
        let source = Source::from_name(&name).ok_or_else(|| {
            let names: Vec<_> = Source::ALL.iter().map(|source| source.name()).collect();
            Error::invalid(
                "source",
                format_args!("must be one of {}", names.join(", ")),
            )
            .advise("Functions, Container Apps, Azure Automation and Arc-enabled Kubernetes are app-service")
        })?;
        Ok(Some(source))
    }

    fn environment(&self) -> Result<Environment> {
        let Some(stored) = &self.environment else {
            return Ok(Environment::process());
        };
        let mut pairs = Vec::with_capacity(stored.len());
        for (name, value) in stored {
            let name = name.as_ref().map_err(Error::clone)?;
            let value = value.as_ref().map_err(Error::clone)?;
            pairs.push((name.as_str(), value.as_str()));
        }
        Environment::given(pairs)
    }
}

fn optional(text: &Option<Text>) -> Result<Option<String>> {
    text.clone().transpose()
}
