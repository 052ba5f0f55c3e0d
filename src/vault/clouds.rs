//! The vault suffixes whose audience is known, so that a token goes with the first request: the
//! clouds' own, those given with the options, and `DOORKEY_VAULT_SUFFIX`.

use crate::error::{Error, Result};
use crate::limits;

/// Suffix and audience of every cloud with Key Vault (Microsoft Learn: "Azure Key Vault keys,
/// secrets and certificates overview", DNS suffixes).
const CLOUDS: &[(&str, &str)] = &[
    ("vault.azure.net", "https://vault.azure.net"),
    ("vault.azure.cn", "https://vault.azure.cn"),
    ("vault.usgovcloudapi.net", "https://vault.usgovcloudapi.net"),
    ("vault.microsoftazure.de", "https://vault.microsoftazure.de"),
    ("vault.sovcloud-api.fr", "https://vault.sovcloud-api.fr"),
    ("vault.sovcloud-api.de", "https://vault.sovcloud-api.de"),
];

/// A suffix below which every first label is a vault, e.g. `vault.azure.net`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VaultSuffix {
    host: String,
    port: Option<u16>,
    audience: String,
}

impl VaultSuffix {
    /// A suffix of one's own cloud: `host` or `host:port`. The audience is `https://` + host
    /// unless one is given; it never has a port.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` when the suffix is no host name, or the audience no https URL of a host.
    pub fn new(suffix: &str, audience: Option<&str>) -> Result<Self> {
        Self::checked("vault_suffix", suffix, audience)
    }

    /// The suffix of `DOORKEY_VAULT_SUFFIX`.
    pub(crate) fn from_variable(value: &str) -> Result<Self> {
        Self::checked("DOORKEY_VAULT_SUFFIX", value, None)
    }

    fn checked(argument: &str, suffix: &str, audience: Option<&str>) -> Result<Self> {
        let bad = |rule: &str| Error::invalid(argument, rule);
        let form = "must be a host name with an optional port, such as vault.azure.cn or vault.localhost:8443";
        if suffix.is_empty() || suffix.len() > 255 {
            return Err(bad(form));
        }
        let (host, port) = match suffix.split_once(':') {
            Some((host, port)) => (host, Some(parse_port(port).ok_or_else(|| bad(form))?)),
            None => (suffix, None),
        };
        if !is_host_name(host) || !host.contains('.') {
            return Err(bad(form));
        }
        let host = host.to_ascii_lowercase();
        // What the URL parser would take for an address or refuse is no suffix.
        let parsed = url::Url::parse(&format!("https://aaa.{host}/")).ok();
        let kept = format!("aaa.{host}");
        if parsed.is_none_or(|url| url.domain() != Some(kept.as_str())) {
            return Err(bad(form));
        }
        let audience = match audience {
            None => format!("https://{host}"),
            Some(audience) => check_audience(audience)?,
        };
        Ok(Self {
            host,
            port: port.filter(|port| *port != 443),
            audience,
        })
    }

    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    pub(crate) fn port(&self) -> Option<u16> {
        self.port
    }

    pub(crate) fn audience(&self) -> &str {
        &self.audience
    }
}

fn check_audience(audience: &str) -> Result<String> {
    let audience = audience.strip_suffix('/').unwrap_or(audience);
    let host = audience.strip_prefix("https://").unwrap_or("");
    if audience.len() <= limits::INPUT_LENGTH_MAX && is_host_name(host) {
        return Ok(audience.to_ascii_lowercase());
    }
    Err(Error::invalid(
        "audience",
        "must be https:// and a host name without port or path, such as https://vault.azure.cn",
    ))
}

pub(crate) fn parse_port(text: &str) -> Option<u16> {
    let plain = !text.is_empty() && text.len() <= 5 && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|port| plain && *port != 0)
}

/// ASCII labels of letters, digits and hyphens, no empty one.
pub(crate) fn is_host_name(host: &str) -> bool {
    let last = host.rsplit('.').next().unwrap_or_default();
    host.len() <= 253
        // A number at the end makes it an address.
        && !last.bytes().all(|b| b.is_ascii_digit())
        && host.split('.').all(|label| {
            !label.is_empty()
                && label.len() <= 63
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'-')
        })
}

/// Every suffix that one request knows. The first is what completes a bare vault name.
pub(crate) struct Suffixes(Vec<VaultSuffix>);

impl Suffixes {
    /// `variable` is `DOORKEY_VAULT_SUFFIX`; it completes bare names before anything else does,
    /// then an option's suffix, then the public cloud's.
    pub fn new(given: &[VaultSuffix], variable: Option<&str>) -> Result<Self> {
        let mut all = Vec::with_capacity(given.len() + CLOUDS.len() + 1);
        if let Some(value) = variable {
            all.push(VaultSuffix::from_variable(value)?);
        }
        all.extend(given.iter().cloned());
        all.extend(CLOUDS.iter().map(|(host, audience)| VaultSuffix {
            host: (*host).to_owned(),
            port: None,
            audience: (*audience).to_owned(),
        }));
        Ok(Self(all))
    }

    pub fn default(&self) -> &VaultSuffix {
        &self.0[0]
    }

    pub fn iter(&self) -> impl Iterator<Item = &VaultSuffix> {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cloud_completes_and_knows_its_audience() {
        for (host, audience) in CLOUDS {
            let suffix = VaultSuffix::new(host, None).unwrap();
            assert_eq!(suffix.audience(), *audience);
        }
    }

    #[test]
    fn the_audience_never_has_the_port() {
        let suffix = VaultSuffix::from_variable("Vault.Localhost:8443").unwrap();
        assert_eq!(
            (suffix.host(), suffix.port(), suffix.audience()),
            ("vault.localhost", Some(8443), "https://vault.localhost")
        );
    }

    #[test]
    fn suffixes_that_are_no_hosts_are_refused() {
        for bad in [
            "",
            ".",
            "vault",
            ".vault.azure.net",
            "vault..net",
            "https://vault.azure.net",
            "vault.azure.net/",
            "a.b:0",
            "a.b:99999",
            "a.b:",
            "a.b:+1",
            "a b.c",
            "é.net",
            "u@a.b",
            "-a.b",
        ] {
            assert!(VaultSuffix::new(bad, None).is_err(), "{bad:?}");
        }
        for bad in [
            "vault.azure.cn",
            "http://a.b",
            "https://a.b:1",
            "https://a.b/c",
            "https://",
            "",
        ] {
            assert!(VaultSuffix::new("a.b", Some(bad)).is_err(), "{bad:?}");
        }
    }
}
