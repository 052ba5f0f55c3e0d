//! Microsoft Entra Workload ID on AKS: a federated token out of a file for an access token (Microsoft
//! Learn: "Use Microsoft Entra Workload ID with Azure Kubernetes Service"; the exchange is that of
//! "OAuth 2.0 client credentials flow", third case). Also the clusters' own token endpoint of identity
//! bindings.

use url::Url;

use crate::environment::Snapshot;
use crate::error::{Error, Result};
use crate::identity::endpoint::{self, Form, Ids, missing};
use crate::identity::request::{Carrier, Request, Way};
use crate::identity::{Identity, Source};
use crate::transport::retry::Policy;

const DEFAULT_AUTHORITY: &str = "https://login.microsoftonline.com/";
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// As for vaults: a remote service over TLS.
pub(crate) const POLICY: Policy = Policy {
    statuses: &[408, 429, 500, 502, 503, 504],
    server_errors: false,
    delays_ms: &[800, 1600, 3200, 6400],
    retries_max: 4,
    gone: None,
    connects_ms: &[800, 1600],
    is_repeatable: true,
    has_full_jitter: false,
};

pub(crate) const IDS: Ids = Ids {
    client: Some("client_id"),
    object: None,
    resource: None,
    reason: "a workload identity is named by its client id",
    advice: "name the identity by its client id; to ask the node's metadata service instead, ask for the source imds",
};

/// Whether this environment has one.
pub(crate) fn is_here(snapshot: &Snapshot, identity: &Identity) -> bool {
    let has_client = snapshot.client_id.is_some() || matches!(identity, Identity::ClientId(_));
    has_client && snapshot.tenant_id.is_some() && snapshot.federated_token_file.is_some()
}

/// The request for a token.
pub(crate) fn request(snapshot: &Snapshot, identity: &Identity, resource: &str) -> Result<Request> {
    let identity = IDS.identity(identity, snapshot)?;
    let (Some(tenant), Some(file)) = (&snapshot.tenant_id, &snapshot.federated_token_file) else {
        return Err(missing(
            Source::WorkloadIdentity,
            "AZURE_TENANT_ID and AZURE_FEDERATED_TOKEN_FILE are not both set",
        ));
    };
    if identity == Identity::Default {
        return Err(missing(
            Source::WorkloadIdentity,
            "no client id is given and AZURE_CLIENT_ID is not set",
        )
        .advise("annotate the service account with azure.workload.identity/client-id and start the pod anew, or name the client id"));
    }
    check_tenant(tenant)?;
    let url = token_endpoint(snapshot, tenant)?;
    let client = IDS.parameter(&identity)?;
    let mut request = Request::near(Source::WorkloadIdentity, identity, resource, url, &POLICY);
    request.carrier = Carrier::Form;
    request.parameters = vec![
        ("grant_type", "client_credentials".to_owned()),
        ("client_assertion_type", ASSERTION_TYPE.to_owned()),
        ("scope", format!("{resource}/.default")),
    ];
    request.parameters.extend(client);
    let assertion = file.clone();
    request.way = match token_proxy(snapshot)? {
        None => Way::Remote { assertion },
        Some(proxy) => Way::TokenProxy { assertion, proxy },
    };
    Ok(request)
}

fn check_tenant(tenant: &str) -> Result<()> {
    let is_plain = tenant.len() <= 253
        && tenant
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-')
        && tenant.bytes().any(|b| b != b'.');
    if is_plain {
        return Ok(());
    }
    Err(Error::invalid(
        "AZURE_TENANT_ID",
        "must be a tenant's id or domain: letters, digits, '.' and '-'",
    ))
}

fn token_endpoint(snapshot: &Snapshot, tenant: &str) -> Result<Url> {
    let authority = snapshot.entra_authority.as_deref();
    let mut url = endpoint::parse(
        "AZURE_AUTHORITY_HOST",
        authority.unwrap_or(DEFAULT_AUTHORITY),
        Form::Remote,
    )?;
    // A slash at the end may be there or not.
    url.path_segments_mut()
        .map_err(|()| Error::invalid("AZURE_AUTHORITY_HOST", "must be an https URL"))?
        .pop_if_empty()
        .extend([tenant, "oauth2", "v2.0", "token"]);
    Ok(url)
}

/// A cluster's own token endpoint, in the place of Entra's.
#[derive(Clone, Debug)]
pub(crate) struct TokenProxy {
    pub url: Url,
    /// The name its certificate is for.
    pub server_name: Option<String>,
    pub roots: Roots,
}

/// Whom a token proxy is trusted by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Roots {
    System,
    File(String),
    Pem(String),
}

impl TokenProxy {
    /// What of it makes one token differ from another.
    pub fn describe(&self) -> String {
        let roots = match &self.roots {
            Roots::System => "",
            Roots::File(text) | Roots::Pem(text) => text,
        };
        let name = self.server_name.as_deref().unwrap_or("");
        format!("{} {name} {roots}", self.url)
    }

    /// Where a request for `target` goes: the target's path behind the proxy's.
    pub fn rewrite(&self, target: &Url) -> Url {
        let mut url = self.url.clone();
        let front = self.url.path().trim_end_matches('/');
        url.set_path(&format!("{front}{}", target.path()));
        url.set_query(target.query());
        url
    }
}

fn token_proxy(snapshot: &Snapshot) -> Result<Option<TokenProxy>> {
    const NAME: &str = "AZURE_KUBERNETES_TOKEN_PROXY";
    let (sni, file, data) = (
        &snapshot.token_proxy_sni,
        &snapshot.token_proxy_ca_file,
        &snapshot.token_proxy_ca_data,
    );
    let Some(text) = &snapshot.token_proxy else {
        let others = [
            ("AZURE_KUBERNETES_SNI_NAME", sni),
            ("AZURE_KUBERNETES_CA_FILE", file),
            ("AZURE_KUBERNETES_CA_DATA", data),
        ];
        return match others.into_iter().find(|(_, value)| value.is_some()) {
            None => Ok(None),
            Some((other, _)) => Err(Error::invalid(
                other,
                format_args!("is set without {NAME}, the endpoint that it is for"),
            )),
        };
    };
    let url = endpoint::parse(NAME, text, Form::Remote)?;
    let roots = match (file, data) {
        (Some(_), Some(_)) => {
            return Err(Error::invalid(
                "AZURE_KUBERNETES_CA_FILE, AZURE_KUBERNETES_CA_DATA",
                "only one of them may be set",
            ));
        }
        (Some(path), None) => Roots::File(path.clone()),
        (None, Some(pem)) => Roots::Pem(pem.clone()),
        (None, None) => Roots::System,
    };
    if let Some(name) = sni {
        check_server_name(name)?;
    }
    Ok(Some(TokenProxy {
        url,
        server_name: sni.clone(),
        roots,
    }))
}

fn check_server_name(name: &str) -> Result<()> {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    // 0x7f.1 is an address, too, and would be connected to in the place of the endpoint.
    let is_domain = matches!(url::Host::parse(name), Ok(url::Host::Domain(_)));
    if name.len() <= 253 && is_domain && name.split('.').all(is_label) {
        return Ok(());
    }
    Err(Error::invalid(
        "AZURE_KUBERNETES_SNI_NAME",
        "must be a host name, with labels of 63 characters at most",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::Environment;

    const ID: &str = "11111111-2222-3333-4444-555555555555";

    fn asked(more: &[(&str, &str)]) -> Result<Request> {
        let mut pairs = vec![
            ("AZURE_CLIENT_ID", ID),
            ("AZURE_TENANT_ID", "contoso.example"),
            ("AZURE_FEDERATED_TOKEN_FILE", "/x"),
        ];
        pairs.retain(|(name, _)| more.iter().all(|(other, _)| other != name));
        pairs.extend(more);
        let snapshot = Environment::given(pairs).unwrap().snapshot().unwrap();
        request(&snapshot, &Identity::Default, "https://vault.azure.net")
    }

    #[test]
    fn the_authority_may_end_in_a_slash_or_not() {
        for authority in ["https://login.example", "https://login.example/"] {
            let request = asked(&[("AZURE_AUTHORITY_HOST", authority)]).unwrap();
            assert_eq!(
                request.url.as_str(),
                "https://login.example/contoso.example/oauth2/v2.0/token"
            );
        }
    }

    #[test]
    fn a_tenant_that_could_change_the_path_is_refused() {
        for tenant in ["a/b", "..", ".", "a b", "a?b", "a%2fb", "é"] {
            let error = asked(&[("AZURE_TENANT_ID", tenant)]).err().unwrap();
            assert!(error.message().starts_with("AZURE_TENANT_ID: "), "{error}");
        }
    }

    #[test]
    fn the_token_proxys_path_comes_before_the_tokens() {
        let proxy = |text| TokenProxy {
            url: Url::parse(text).unwrap(),
            server_name: None,
            roots: Roots::System,
        };
        let target = Url::parse("https://login.example/t/oauth2/v2.0/token").unwrap();
        for (text, expected) in [
            ("https://10.0.0.1", "https://10.0.0.1/t/oauth2/v2.0/token"),
            (
                "https://10.0.0.1:8443/a/b",
                "https://10.0.0.1:8443/a/b/t/oauth2/v2.0/token",
            ),
            (
                "https://10.0.0.1/a/",
                "https://10.0.0.1/a/t/oauth2/v2.0/token",
            ),
        ] {
            assert_eq!(proxy(text).rewrite(&target).as_str(), expected);
        }
    }

    #[test]
    fn bad_token_proxy_variables_are_named() {
        let proxy = ("AZURE_KUBERNETES_TOKEN_PROXY", "https://10.0.0.1");
        let cases: [(&[(&str, &str)], &str); 8] = [
            (
                &[("AZURE_KUBERNETES_SNI_NAME", "a.b")],
                "AZURE_KUBERNETES_SNI_NAME: is set without",
            ),
            (
                &[("AZURE_KUBERNETES_CA_DATA", "x")],
                "AZURE_KUBERNETES_CA_DATA: is set without",
            ),
            (
                &[
                    proxy,
                    ("AZURE_KUBERNETES_CA_DATA", "x"),
                    ("AZURE_KUBERNETES_CA_FILE", "x"),
                ],
                "AZURE_KUBERNETES_CA_FILE, AZURE_KUBERNETES_CA_DATA: only one",
            ),
            (
                &[("AZURE_KUBERNETES_TOKEN_PROXY", "http://10.0.0.1")],
                "AZURE_KUBERNETES_TOKEN_PROXY: must be https",
            ),
            (
                &[("AZURE_KUBERNETES_TOKEN_PROXY", "https://10.0.0.1/?x=1")],
                "AZURE_KUBERNETES_TOKEN_PROXY: must not hold a query",
            ),
            (
                &[proxy, ("AZURE_KUBERNETES_SNI_NAME", "a b")],
                "AZURE_KUBERNETES_SNI_NAME: must be a host name",
            ),
            (
                &[proxy, ("AZURE_KUBERNETES_SNI_NAME", "127.0.0.1")],
                "AZURE_KUBERNETES_SNI_NAME: must be a host name",
            ),
            (
                &[proxy, ("AZURE_KUBERNETES_SNI_NAME", "0x7f.1")],
                "AZURE_KUBERNETES_SNI_NAME: must be a host name",
            ),
        ];
        for (more, start) in cases {
            let error = asked(more).err().unwrap();
            assert!(error.message().starts_with(start), "{error}");
        }
    }
}
