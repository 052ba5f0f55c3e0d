//! `Environment`: the one way by which the library reads environment variables. The process's own,
//! or one given with the client's options (.NET on Unix keeps a private copy that `getenv` never
//! sees). A request takes one `Snapshot` and looks at nothing else.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::limits;
use crate::sensitive::Sensitive;

/// Every variable that the library reads, and nothing else.
pub const NAMES: &[&str] = &[
    "AZURE_POD_IDENTITY_AUTHORITY_HOST",
    "AZURE_CLIENT_ID",
    "IDENTITY_ENDPOINT",
    "IDENTITY_HEADER",
    "IDENTITY_SERVER_THUMBPRINT",
    "IDENTITY_API_VERSION",
    "IMDS_ENDPOINT",
    "MSI_ENDPOINT",
    "MSI_SECRET",
    "DEFAULT_IDENTITY_CLIENT_ID",
    "AZURE_TENANT_ID",
    "AZURE_FEDERATED_TOKEN_FILE",
    "AZURE_AUTHORITY_HOST",
    "AZURE_KUBERNETES_TOKEN_PROXY",
    "AZURE_KUBERNETES_SNI_NAME",
    "AZURE_KUBERNETES_CA_FILE",
    "AZURE_KUBERNETES_CA_DATA",
    "DOORKEY_CA_FILE",
    "DOORKEY_VAULT_SUFFIX",
    "HTTPS_PROXY",
    "https_proxy",
    "ALL_PROXY",
    "all_proxy",
    "NO_PROXY",
    "no_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
];

type Lookup = dyn Fn(&str) -> Option<String> + Send + Sync;

/// Where variables are read: the process, or values given by the caller.
#[derive(Clone, Default)]
pub struct Environment(Option<Arc<Lookup>>);

impl Environment {
    /// The process's own environment, read anew for every snapshot.
    pub fn process() -> Self {
        Self(None)
    }

    /// A fixed set of names and values; what is not in it is not set. A name given twice is an
    /// error, for nobody could tell which of the two holds.
    pub fn given<N: Into<String>, V: AsRef<str>>(
        pairs: impl IntoIterator<Item = (N, V)>,
    ) -> Result<Self> {
        let mut values = HashMap::new();
        for (name, value) in pairs {
            let name = name.into();
            if name.is_empty() || name.contains(['=', '\0']) {
                return Err(Error::invalid(
                    "environment",
                    "a variable's name must not be empty nor hold '=' or NUL",
                ));
            }
            if values.len() == limits::ENVIRONMENT_PAIRS_MAX {
                return Err(Error::invalid(
                    "environment",
                    format_args!("more than {} variables", limits::ENVIRONMENT_PAIRS_MAX),
                ));
            }
            let value = Sensitive::new(value.as_ref().as_bytes());
            if values.insert(name.clone(), value).is_some() {
                return Err(Error::invalid(
                    "environment",
                    format_args!("{name} is given twice"),
                ));
            }
        }
        Ok(Self::from_lookup(move |name| {
            values.get(name)?.as_str().map(str::to_owned)
        }))
    }

    /// A lookup of one's own. For tests, and for hosts that keep their environment elsewhere.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(lookup)))
    }

    /// Reads every variable once. Only on a caller's thread: a host may change its environment once
    /// the call has returned, and `getenv` beside `setenv` is undefined. Empty values count as not set, as every Azure SDK that fared
    /// well with partial environments does.
    #[expect(
        clippy::field_reassign_with_default,
        reason = "a literal with so many ways out takes 20 KB of code"
    )]
    pub(crate) fn snapshot(&self) -> Result<Snapshot> {
        let mut now = Snapshot::default();
        now.authority_host = self.text("AZURE_POD_IDENTITY_AUTHORITY_HOST")?;
        now.client_id = self.text("AZURE_CLIENT_ID")?;
        now.identity_endpoint = self.text("IDENTITY_ENDPOINT")?;
        now.identity_header = self.secret("IDENTITY_HEADER")?;
        now.identity_server_thumbprint = self.text("IDENTITY_SERVER_THUMBPRINT")?;
        now.identity_api_version = self.text("IDENTITY_API_VERSION")?;
        now.imds_endpoint = self.text("IMDS_ENDPOINT")?;
        now.msi_endpoint = self.text("MSI_ENDPOINT")?;
        now.msi_secret = self.secret("MSI_SECRET")?;
        now.default_identity_client_id = self.text("DEFAULT_IDENTITY_CLIENT_ID")?;
        now.tenant_id = self.text("AZURE_TENANT_ID")?;
        now.federated_token_file = self.text("AZURE_FEDERATED_TOKEN_FILE")?;
        now.entra_authority = self.text("AZURE_AUTHORITY_HOST")?;
        now.token_proxy = self.text("AZURE_KUBERNETES_TOKEN_PROXY")?;
        now.token_proxy_sni = self.text("AZURE_KUBERNETES_SNI_NAME")?;
        now.token_proxy_ca_file = self.text("AZURE_KUBERNETES_CA_FILE")?;
        now.token_proxy_ca_data =
            self.text_up_to("AZURE_KUBERNETES_CA_DATA", limits::VARIABLE_PEM_BYTES_MAX)?;
        now.ca_file = self.text("DOORKEY_CA_FILE")?;
        now.vault_suffix = self.text("DOORKEY_VAULT_SUFFIX")?;
        // Lower case first, as curl reads them.
        now.https_proxy = self.proxy(["https_proxy", "HTTPS_PROXY"])?;
        now.all_proxy = self.proxy(["all_proxy", "ALL_PROXY"])?;
        now.no_proxy = match self.text("no_proxy")? {
            Some(value) => Some(value),
            None => self.text("NO_PROXY")?,
        };
        now.ssl_cert_file = self.text("SSL_CERT_FILE")?;
        now.ssl_cert_dir = self.text("SSL_CERT_DIR")?;
        Ok(now)
    }

    fn text(&self, name: &'static str) -> Result<Option<String>> {
        self.text_up_to(name, limits::VARIABLE_BYTES_MAX)
    }

    /// A secret that a host gives with its endpoint.
    fn secret(&self, name: &'static str) -> Result<Option<Arc<Sensitive>>> {
        let value = self.text(name)?.map(zeroize::Zeroizing::new);
        Ok(value.map(|value| Arc::new(Sensitive::new(value.as_bytes()))))
    }

    fn text_up_to(&self, name: &'static str, bytes_max: usize) -> Result<Option<String>> {
        let value = match &self.0 {
            Some(lookup) => lookup(name),
            None => match std::env::var(name) {
                Ok(value) => Some(value),
                Err(std::env::VarError::NotPresent) => None,
                Err(std::env::VarError::NotUnicode(_)) => {
                    return Err(Error::invalid(name, "its value is not valid UTF-8"));
                }
            },
        };
        match value {
            Some(value) if value.len() > bytes_max => Err(Error::invalid(
                name,
                format_args!("longer than {bytes_max} bytes"),
            )),
            Some(value) if value.is_empty() => Ok(None),
            other => Ok(other),
        }
    }

    /// A proxy's URL may carry credentials.
    fn proxy(&self, names: [&'static str; 2]) -> Result<Option<ProxyVariable>> {
        for name in names {
            if let Some(value) = self.text(name)? {
                let value = zeroize::Zeroizing::new(value);
                return Ok(Some(ProxyVariable {
                    name,
                    url: Sensitive::new(value.as_bytes()),
                }));
            }
        }
        Ok(None)
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            None => "Environment::process()",
            Some(_) => "Environment::given(redacted)",
        })
    }
}

/// The variables as they stood at one moment.
#[derive(Debug, Default)]
pub(crate) struct Snapshot {
    pub authority_host: Option<String>,
    pub client_id: Option<String>,
    pub identity_endpoint: Option<String>,
    pub identity_header: Option<Arc<Sensitive>>,
    pub identity_server_thumbprint: Option<String>,
    pub identity_api_version: Option<String>,
    pub imds_endpoint: Option<String>,
    pub msi_endpoint: Option<String>,
    pub msi_secret: Option<Arc<Sensitive>>,
    pub default_identity_client_id: Option<String>,
    pub tenant_id: Option<String>,
    pub federated_token_file: Option<String>,
    pub entra_authority: Option<String>,
    pub token_proxy: Option<String>,
    pub token_proxy_sni: Option<String>,
    pub token_proxy_ca_file: Option<String>,
    pub token_proxy_ca_data: Option<String>,
    pub ca_file: Option<String>,
    pub vault_suffix: Option<String>,
    pub https_proxy: Option<ProxyVariable>,
    pub all_proxy: Option<ProxyVariable>,
    pub no_proxy: Option<String>,
    pub ssl_cert_file: Option<String>,
    pub ssl_cert_dir: Option<String>,
}

/// A proxy's URL and the variable it came from, for errors.
#[derive(Debug)]
pub(crate) struct ProxyVariable {
    pub name: &'static str,
    pub url: Sensitive,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_value_counts_as_not_set() {
        let snapshot = Environment::given([("AZURE_CLIENT_ID", "")])
            .unwrap()
            .snapshot()
            .unwrap();
        assert_eq!(snapshot.client_id, None);
    }

    #[test]
    fn lower_case_proxy_variables_win_as_in_curl() {
        let snapshot = Environment::given([
            ("HTTPS_PROXY", "http://upper:1"),
            ("https_proxy", "http://lower:1"),
        ])
        .unwrap()
        .snapshot()
        .unwrap();
        assert_eq!(snapshot.https_proxy.unwrap().name, "https_proxy");
    }

    #[test]
    fn a_name_given_twice_is_refused() {
        let error = Environment::given([("A", "1"), ("A", "2")]).unwrap_err();
        assert_eq!(error.message(), "environment: A is given twice");
    }

    #[test]
    fn every_variable_that_is_asked_for_is_in_the_list() {
        let asked = Arc::new(std::sync::Mutex::new(Vec::new()));
        let record = Arc::clone(&asked);
        let environment = Environment::from_lookup(move |name| {
            record.lock().unwrap().push(name.to_owned());
            None
        });
        environment.snapshot().unwrap();
        let mut asked = asked.lock().unwrap().clone();
        let mut listed: Vec<_> = NAMES.iter().map(|n| n.to_string()).collect();
        asked.sort();
        listed.sort();
        assert_eq!(asked, listed);
    }

    #[test]
    fn debug_of_a_given_environment_shows_no_value() {
        let environment = Environment::given([
            ("HTTPS_PROXY", "http://u:hunter2@h:1"),
            ("IDENTITY_HEADER", "hunter2"),
            ("MSI_SECRET", "hunter2"),
        ])
        .unwrap();
        let text = format!("{environment:?} {:?}", environment.snapshot().unwrap());
        assert!(!text.contains("hunter2"), "{text}");
    }
}
