//! Which way a remote request goes, decided by us from one snapshot of the environment: directly,
//! through a proxy, or as the system says. Local endpoints never come here.

use std::net::IpAddr;

use url::{Host, Url};

use crate::environment::{ProxyVariable, Snapshot};
use crate::error::{Error, Result, Status};
use crate::sensitive::Sensitive;
use crate::transport::resolver::is_localhost;

/// The way to a host.
#[derive(Debug)]
pub(crate) enum Route {
    Direct,
    /// Through this proxy; the URL may hold credentials.
    Via(Sensitive),
    /// As the system's settings say (Windows and macOS, when no variable is set).
    System,
}

/// Decides for `target`, an https URL.
pub(crate) fn route(snapshot: &Snapshot, target: &Url) -> Result<Route> {
    let Some(host) = target.host() else {
        return Ok(Route::Direct);
    };
    if is_loopback(&host) {
        return Ok(Route::Direct);
    }
    let Some(variable) = snapshot
        .https_proxy
        .as_ref()
        .or(snapshot.all_proxy.as_ref())
    else {
        return Ok(if cfg!(any(windows, target_os = "macos")) {
            Route::System
        } else {
            Route::Direct
        });
    };
    let exempt = snapshot
        .no_proxy
        .as_deref()
        .is_some_and(|list| is_exempt(list, &host));
    if exempt {
        return Ok(Route::Direct);
    }
    Ok(Route::Via(proxy_url(variable)?))
}

/// Whether a host is this machine, which no proxy leads to.
pub(crate) fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => is_localhost(name),
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

/// `NO_PROXY` as curl reads it: entries between commas or spaces; `*` alone is everything; a name
/// covers itself and what is below it, with or without a leading dot; addresses and CIDR blocks.
fn is_exempt(list: &str, host: &Host<&str>) -> bool {
    list.trim() == "*"
        || list
            .split([',', ' ', '\t'])
            .filter(|entry| !entry.is_empty())
            .any(|entry| covers(entry, host))
}

fn covers(entry: &str, host: &Host<&str>) -> bool {
    let address = match host {
        Host::Domain(name) => {
            let name = name.trim_end_matches('.').to_ascii_lowercase();
            let entry = entry.trim_matches('.').to_ascii_lowercase();
            return !entry.is_empty()
                && name
                    .strip_suffix(&entry)
                    .is_some_and(|front| front.is_empty() || front.ends_with('.'));
        }
        Host::Ipv4(address) => IpAddr::V4(*address),
        Host::Ipv6(address) => IpAddr::V6(*address),
    };
    let (network, bits) = match entry.split_once('/') {
        Some((network, bits)) => (network, bits.parse::<u32>().ok()),
        None => (entry, Some(u32::MAX)),
    };
    let network = network.trim_start_matches('[').trim_end_matches(']');
    match (network.parse::<IpAddr>(), bits) {
        (Ok(network), Some(bits)) => same_network(network, address, bits),
        _ => false,
    }
}

fn same_network(network: IpAddr, address: IpAddr, bits: u32) -> bool {
    match (network, address) {
        (IpAddr::V4(a), IpAddr::V4(b)) => {
            let mask = u32::MAX.checked_shl(32 - bits.min(32)).unwrap_or(0);
            a.to_bits() & mask == b.to_bits() & mask
        }
        (IpAddr::V6(a), IpAddr::V6(b)) => {
            let mask = u128::MAX.checked_shl(128 - bits.min(128)).unwrap_or(0);
            a.to_bits() & mask == b.to_bits() & mask
        }
        _ => false,
    }
}

/// Checks a proxy variable; `host:port` without a scheme means http, as everywhere.
fn proxy_url(variable: &ProxyVariable) -> Result<Sensitive> {
    let bad = |rule: &str| Error::invalid(variable.name, rule);
    let text = variable.url.as_str().unwrap_or_default();
    let text = zeroize::Zeroizing::new(if text.contains("://") {
        text.to_owned()
    } else {
        format!("http://{text}")
    });
    let url = Url::parse(&text).map_err(|_| bad("is not a proxy URL such as http://proxy:8080"))?;
    match url.scheme() {
        "http" | "https" => {}
        scheme => {
            return Err(Error::new(
                Status::Unsupported,
                format!("{}: {scheme} proxies are not supported", variable.name),
            )
            .advise("name an http or https proxy"));
        }
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err(bad("names no host"));
    }
    Ok(Sensitive::new(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::Environment;

    fn route_with(pairs: &[(&str, &str)], target: &str) -> Result<Route> {
        let snapshot = Environment::given(pairs.iter().copied())
            .unwrap()
            .snapshot()
            .unwrap();
        route(&snapshot, &Url::parse(target).unwrap())
    }

    #[test]
    fn this_machine_is_never_proxied() {
        for target in [
            "https://127.0.0.1:1/",
            "https://[::1]/",
            "https://localhost/",
            "https://demo.vault.localhost:9/",
        ] {
            let route = route_with(
                &[("HTTPS_PROXY", "http://p:1"), ("ALL_PROXY", "http://p:2")],
                target,
            );
            assert!(matches!(route, Ok(Route::Direct)), "{target}");
        }
    }

    #[test]
    fn https_proxy_comes_before_all_proxy() {
        let Ok(Route::Via(url)) = route_with(
            &[
                ("ALL_PROXY", "http://all:1"),
                ("HTTPS_PROXY", "http://https:1"),
            ],
            "https://demo.vault.azure.net/",
        ) else {
            panic!("no proxy");
        };
        assert_eq!(url.as_str(), Some("http://https:1"));
    }

    #[test]
    fn no_proxy_is_read_as_curl_reads_it() {
        let cases = [
            ("*", "https://a.example/", true),
            ("x,*", "https://a.example/", false),
            ("azure.net", "https://demo.vault.azure.net/", true),
            (".azure.net", "https://demo.vault.azure.net/", true),
            ("zure.net", "https://demo.vault.azure.net/", false),
            (
                "demo.vault.azure.net",
                "https://DEMO.vault.azure.net/",
                true,
            ),
            ("x, vault.azure.net", "https://demo.vault.azure.net/", true),
            ("10.0.0.0/8", "https://10.1.2.3/", true),
            ("10.0.0.0/8", "https://11.1.2.3/", false),
            ("0.0.0.0/0", "https://11.1.2.3/", true),
            ("10.1.2.3", "https://10.1.2.3/", true),
            ("fd00::/8", "https://[fd12::1]/", true),
            ("10.0.0.0/x", "https://10.1.2.3/", false),
        ];
        for (list, target, exempt) in cases {
            let route = route_with(&[("HTTPS_PROXY", "p:1"), ("NO_PROXY", list)], target).unwrap();
            assert_eq!(matches!(route, Route::Direct), exempt, "{list} {target}");
        }
    }

    #[test]
    fn a_bad_proxy_variable_is_named_without_its_credentials() {
        let error = route_with(
            &[("HTTPS_PROXY", "socks5://u:hunter2@h:1")],
            "https://a.example/",
        )
        .unwrap_err();
        assert_eq!(error.status(), Status::Unsupported);
        assert!(
            error.message().starts_with("HTTPS_PROXY:") && !error.message().contains("hunter2")
        );
    }
}
