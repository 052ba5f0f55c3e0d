//! Which vault is meant, in every form a caller may give it, checked before any byte leaves. Nothing
//! here touches the network; secrets in a vault are address.rs's.

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

impl Vault {
    /// A vault in every form but that of a secret's id.
    pub fn parse(text: &str, suffixes: &Suffixes) -> Result<Self> {
        match parse(text, suffixes)? {
            (vault, None) => Ok(vault),
            (_, Some(_)) => Err(Error::invalid(
                "vault",
                "holds a path; give the vault alone",
            )),
        }
    }

    pub fn host(&self) -> &str {
        self.origin.host_str().unwrap_or_default()
    }
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
pub(super) fn parse(text: &str, suffixes: &Suffixes) -> Result<(Vault, Option<String>)> {
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
    // A suffix may lie below another one: the longest is meant, of equal ones the first.
    let mut found: Option<(&str, &VaultSuffix)> = None;
    for suffix in suffixes.iter().filter(|suffix| suffix.port() == port) {
        let label = host
            .strip_suffix(suffix.host())
            .and_then(|front| front.strip_suffix('.'));
        if let Some(label) = label
            && found.is_none_or(|(known, _)| label.len() < known.len())
        {
            found = Some((label, suffix));
        }
    }
    if let Some((label, suffix)) = found {
        if !is_vault_name(label) {
            return Err(Error::invalid(
                "vault",
                format_args!("the part before .{} {VAULT_NAME_RULE}", suffix.host()),
            ));
        }
        return below(label, suffix).map(Some);
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
mod tests;
