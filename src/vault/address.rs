//! Which secret is meant: vault, name and version in every form a caller may give them, checked
//! before any byte leaves. Nothing here touches the network.

use url::{Host, Url};

use crate::error::{Error, Result};
use crate::limits;
use crate::vault::clouds::{Suffixes, VaultSuffix, is_host_name, parse_port};

/// A vault that may be spoken to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Vault {
    /// `https://host[:port]/`.
    pub origin: Url,
    /// What people call it: the first label below a known suffix, else the whole host.
    pub name: String,
    /// Known suffixes: what a token for it must be for.
    pub audience: Option<String>,
}

/// A secret, latest or one version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    pub vault: Vault,
    pub name: String,
    pub version: Option<String>,
}

impl Address {
    /// `vault`: a bare name, a host below a known suffix, an https URL, or, with `name` absent, a
    /// whole secret id.
    pub fn parse(
        vault: &str,
        name: Option<&str>,
        version: Option<&str>,
        suffixes: &Suffixes,
    ) -> Result<Self> {
        if let Some(version) = version {
            check_version(version)?;
        }
        let (parsed, path) = parse_vault(vault, suffixes)?;
        let version = version.map(str::to_owned);
        match (name, path) {
            (Some(name), None) => {
                check_name(name)?;
                Ok(Self {
                    vault: parsed,
                    name: name.to_owned(),
                    version,
                })
            }
            (Some(_), Some(_)) => Err(Error::invalid(
                "vault",
                "holds a path although a name is given; give the vault alone, or a whole secret id without a name",
            )),
            (None, None) => Err(Error::invalid(
                "name",
                "is missing; it may be left out only when vault is a whole secret id",
            )),
            (None, Some(path)) => Self::from_id(parsed, &path, version),
        }
    }

    fn from_id(vault: Vault, path: &str, version: Option<String>) -> Result<Self> {
        let (name, in_id) = split_id(path).map_err(|rule| Error::invalid("vault", rule))?;
        check_name(name)?;
        if let Some(in_id) = in_id {
            check_version(in_id)?;
        }
        let version = match (version, in_id) {
            (Some(asked), Some(in_id)) if !asked.eq_ignore_ascii_case(in_id) => {
                return Err(Error::invalid("version", "is not the one in the secret id"));
            }
            (asked, in_id) => asked.or(in_id.map(str::to_owned)),
        };
        Ok(Self {
            vault,
            name: name.to_owned(),
            version,
        })
    }

    /// In words, for messages.
    pub fn describe(&self) -> String {
        format!("secret {} in vault {}", self.name, self.vault.name)
    }
}

/// `/secrets/NAME[/VERSION]` (with an optional slash at the end) → name and version.
pub(crate) fn split_id(path: &str) -> std::result::Result<(&str, Option<&str>), &'static str> {
    let path = path.strip_prefix('/').unwrap_or(path);
    let path = path.strip_suffix('/').unwrap_or(path);
    let mut segments = path.split('/');
    match segments.next() {
        Some(kind) if kind.eq_ignore_ascii_case("secrets") => {}
        Some(kind) if kind.eq_ignore_ascii_case("certificates") => {
            return Err(
                "is the id of a certificate; its private key is the secret of the same name: write /secrets/ instead of /certificates/",
            );
        }
        Some(kind) if kind.eq_ignore_ascii_case("deletedsecrets") => {
            return Err("is the id of a deleted secret, which has no value; recover it first");
        }
        _ => {
            return Err(
                "is no secret id; it must look like https://VAULT/secrets/NAME or https://VAULT/secrets/NAME/VERSION",
            );
        }
    }
    match (segments.next(), segments.next(), segments.next()) {
        (Some(name), version, None) => Ok((name, version)),
        _ => Err(
            "is no secret id; it must look like https://VAULT/secrets/NAME or https://VAULT/secrets/NAME/VERSION",
        ),
    }
}

fn check_name(name: &str) -> Result<()> {
    let fits = (1..=limits::SECRET_NAME_LENGTH_MAX).contains(&name.len());
    if fits && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        return Ok(());
    }
    Err(Error::invalid(
        "name",
        "must be 1 to 127 letters, digits or '-'",
    ))
}

fn check_version(version: &str) -> Result<()> {
    let fits = (1..=limits::SECRET_VERSION_LENGTH_MAX).contains(&version.len());
    if fits && version.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return Ok(());
    }
    Err(Error::invalid(
        "version",
        "must be 1 to 64 letters or digits; leave it out for the latest version",
    ))
}

/// The rule for the first label below a known suffix.
fn is_vault_name(name: &str) -> bool {
    (limits::VAULT_NAME_LENGTH_MIN..=limits::VAULT_NAME_LENGTH_MAX).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && !name.starts_with('-')
        && !name.ends_with('-')
        && !name.contains("--")
}

const VAULT_NAME_RULE: &str =
    "must be 3 to 24 letters, digits or '-', with no '-' at either end and no two in a row";
const VAULT_FORMS: &str =
    "must be a vault's name, its host such as demo.vault.azure.net, or its https URL";

/// The vault, and the path when there was one.
fn parse_vault(text: &str, suffixes: &Suffixes) -> Result<(Vault, Option<String>)> {
    let bad = |rule: &str| Err(Error::invalid("vault", rule));
    if text.is_empty() {
        return bad("must not be empty");
    }
    if text.len() > limits::INPUT_LENGTH_MAX {
        return bad("longer than 2048 bytes");
    }
    let odd = |c: char| c.is_control() || c.is_whitespace() || "\\%@".contains(c) || !c.is_ascii();
    if text.contains(odd) {
        return bad("must not hold spaces, control or non-ASCII characters, '\\', '%' or '@'");
    }
    if text.contains("://") {
        return parse_url(text, suffixes);
    }
    if !text.contains(['.', ':', '/', '[']) {
        if !is_vault_name(text) {
            return bad(VAULT_NAME_RULE);
        }
        return Ok((below(text, suffixes.default())?, None));
    }
    // A host without a scheme must be one we know: a mistyped one is not tried.
    let (host, port) = match text.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (text, None),
    };
    let port = match port.map(parse_port) {
        None => None,
        Some(Some(port)) => Some(port).filter(|port| *port != 443),
        Some(None) => return bad(VAULT_FORMS),
    };
    if !is_host_name(host) {
        return bad(VAULT_FORMS);
    }
    match known(host, port, suffixes)? {
        Some(vault) => Ok((vault, None)),
        None => bad(
            "is a host of no known cloud; check the spelling, or write it as an https URL if it is meant, or name its suffix with DOORKEY_VAULT_SUFFIX",
        ),
    }
}

fn parse_url(text: &str, suffixes: &Suffixes) -> Result<(Vault, Option<String>)> {
    let bad = |rule: &str| Err(Error::invalid("vault", rule));
    if !text
        .get(..8)
        .is_some_and(|scheme| scheme.eq_ignore_ascii_case("https://"))
    {
        return bad("must be an https URL; a token is never sent over anything else");
    }
    // Looked at as it was written: the parser would quietly fold `..` and extra slashes.
    let rest = &text[8..];
    let path = rest.find(['/', '?', '#']).map_or("", |at| &rest[at..]);
    if path.contains("//")
        || path.split('/').any(|s| s == ".." || s == ".")
        || rest.starts_with('/')
    {
        return bad("its path must not hold empty segments, '.' or '..'");
    }
    let Ok(url) = Url::parse(text) else {
        return bad(VAULT_FORMS);
    };
    if url.query().is_some() || url.fragment().is_some() {
        return bad("must not hold a query or a fragment");
    }
    let path = Some(url.path().to_owned()).filter(|path| path != "/");
    let vault = match url.host() {
        Some(Host::Domain(host)) if is_host_name(host) => known(host, url.port(), suffixes)?,
        Some(Host::Ipv4(_) | Host::Ipv6(_)) => None,
        _ => {
            return bad(
                "its host must be letters, digits, '-' and single dots, without a dot at the end",
            );
        }
    };
    let vault = match vault {
        Some(vault) => vault,
        None => {
            let mut origin = url.clone();
            origin.set_path("/");
            Vault {
                name: url.host_str().unwrap_or_default().to_owned(),
                origin,
                audience: None,
            }
        }
    };
    Ok((vault, path))
}

/// The vault below a known suffix; `None` for a host of no known cloud. A host that only looks
/// like one is refused: it is a typing error or an attack, never a vault.
fn known(host: &str, port: Option<u16>, suffixes: &Suffixes) -> Result<Option<Vault>> {
    let host = host.to_ascii_lowercase();
    for suffix in suffixes.iter() {
        let label = host
            .strip_suffix(suffix.host())
            .and_then(|front| front.strip_suffix('.'));
        match label {
            Some(label) if port == suffix.port() => {
                if !is_vault_name(label) {
                    return Err(Error::invalid(
                        "vault",
                        format_args!("the part before .{} {VAULT_NAME_RULE}", suffix.host()),
                    ));
                }
                return below(label, suffix).map(Some);
            }
            _ => {}
        }
    }
    let look_alike = suffixes.iter().find(|suffix| host.contains(suffix.host()));
    match look_alike {
        None => Ok(None),
        Some(suffix) => {
            let port = suffix
                .port()
                .map_or_else(String::new, |port| format!(":{port}"));
            Err(Error::invalid(
                "vault",
                format_args!(
                    "is not a vault below .{host}{port} but only looks like one",
                    host = suffix.host()
                ),
            ))
        }
    }
}

fn below(label: &str, suffix: &VaultSuffix) -> Result<Vault> {
    let label = label.to_ascii_lowercase();
    let port = suffix
        .port()
        .map_or_else(String::new, |port| format!(":{port}"));
    let origin = Url::parse(&format!("https://{label}.{}{port}/", suffix.host()))
        .map_err(|error| Error::internal(error.to_string()))?;
    Ok(Vault {
        origin,
        name: label,
        audience: Some(suffix.audience().to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(vault: &str, name: Option<&str>, version: Option<&str>) -> Result<Address> {
        let given = [VaultSuffix::new("vault.mine.example:8443", None).unwrap()];
        Address::parse(
            vault,
            name,
            version,
            &Suffixes::new(&given, Some("vault.azure.net")).unwrap(),
        )
    }

    fn origin(vault: &str) -> String {
        parse(vault, Some("n"), None)
            .unwrap()
            .vault
            .origin
            .to_string()
    }

    #[test]
    fn every_form_of_a_vault_leads_to_its_origin() {
        let demo = "https://demo.vault.azure.net/";
        for form in [
            "demo",
            "Demo",
            "demo.vault.azure.net",
            "DEMO.vault.azure.net:443",
            "https://demo.vault.azure.net",
            "https://demo.vault.azure.net/",
            "HTTPS://demo.vault.azure.net:443/",
        ] {
            assert_eq!(origin(form), demo, "{form}");
        }
        assert_eq!(
            origin("demo.vault.azure.cn"),
            "https://demo.vault.azure.cn/"
        );
        assert_eq!(
            origin("demo.vault.mine.example:8443"),
            "https://demo.vault.mine.example:8443/"
        );
    }

    #[test]
    fn a_whole_id_needs_no_name() {
        let id =
            "https://demo.vault.azure.net/secrets/db-password/0123456789abcdef0123456789abcdef";
        let address = parse(id, None, None).unwrap();
        assert_eq!(
            (address.name.as_str(), address.version.as_deref()),
            ("db-password", Some("0123456789abcdef0123456789abcdef"))
        );
        let address = parse("https://demo.vault.azure.net/secrets/n/", None, Some("7")).unwrap();
        assert_eq!(
            (address.name.as_str(), address.version.as_deref()),
            ("n", Some("7"))
        );
    }

    #[test]
    fn an_unknown_host_is_taken_only_as_a_url_and_has_no_audience() {
        let address = parse("https://kv.corp.example:9", Some("n"), None).unwrap();
        assert_eq!(
            (address.vault.name.as_str(), address.vault.audience),
            ("kv.corp.example", None)
        );
        assert!(parse("https://127.0.0.1:9", Some("n"), None).is_ok());
        assert!(parse("kv.corp.example", Some("n"), None).is_err());
    }

    #[test]
    fn bad_vaults_are_refused_by_name() {
        for bad in [
            "",
            "a",
            "a--b",
            "-ab",
            "a_b",
            "demo.",
            "demo..vault.azure.net",
            "http://demo.vault.azure.net",
            "ftp://x",
            "https://",
            "https:///x",
            "https://u@demo.vault.azure.net",
            "https://u:p@demo.vault.azure.net",
            "https://demo.vault.azure.net\\@evil.example",
            "demo vault",
            "demo\n",
            "https://demo.vault.azure.net.",
            "https://evilvault.azure.net",
            "https://evilvault.azure.net.example",
            "https://demo.vault.azure.net.example",
            "evilvault.azure.net",
            "evil.vault.azure.net.example",
            "https://demo.vault.azure.net:8443",
            "demo.vault.azure.net:80",
            "https://a.b.vault.azure.net",
            "https://demo.vault.azure.net/?x",
            "https://demo.vault.azure.net/#x",
            "https://xn--dmo-bma.vault.azure.net",
            "https://d%65mo.vault.azure.net",
            "démo",
            "demo:443:1",
            "demo.vault.azure.net:0",
            "demo.vault.azure.net:x",
            "[::1]",
            "demo/secrets/n",
        ] {
            let error = parse(bad, Some("n"), None).unwrap_err();
            assert!(error.message().starts_with("vault: "), "{bad:?}: {error}");
        }
    }

    #[test]
    fn bad_names_and_versions_are_refused_by_name() {
        let long = "a".repeat(128);
        for bad in [
            "", "a b", "../x", "a/b", "a%2fb", "a.b", "a_b", "é", "a\0", &long,
        ] {
            let error = parse("demo", Some(bad), None).unwrap_err();
            assert!(error.message().starts_with("name: "), "{bad:?}: {error}");
        }
        let long = "a".repeat(65);
        for bad in ["", "../x", "a-b", "a b", "a?b", &long] {
            let error = parse("demo", Some("n"), Some(bad)).unwrap_err();
            assert!(error.message().starts_with("version: "), "{bad:?}: {error}");
        }
    }

    #[test]
    fn bad_ids_are_refused() {
        for bad in [
            "https://demo.vault.azure.net",
            "https://demo.vault.azure.net/secrets",
            "https://demo.vault.azure.net/secrets/",
            "https://demo.vault.azure.net/keys/n",
            "https://demo.vault.azure.net/certificates/n",
            "https://demo.vault.azure.net/secrets/n/v/x",
            "https://demo.vault.azure.net/secrets/../keys/n",
            "https://demo.vault.azure.net//secrets/n",
            "https://demo.vault.azure.net/secrets/n?api-version=7.4",
            "https://demo.vault.azure.net/deletedsecrets/n",
            "demo",
        ] {
            assert!(parse(bad, None, None).is_err(), "{bad}");
        }
        assert!(parse("https://demo.vault.azure.net/secrets/n", Some("n"), None).is_err());
        assert!(parse("https://demo.vault.azure.net/secrets/n/1", None, Some("2")).is_err());
    }
}
