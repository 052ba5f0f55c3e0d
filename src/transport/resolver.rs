//! Name resolution: `localhost` and `*.localhost` are loopback without asking anybody (RFC 6761;
//! getaddrinfo knows no `*.localhost` on many Linux machines), everything else is the system's.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// The resolver of every client.
pub(crate) struct Resolver;

/// A look-up that failed, to be told apart from other connection errors.
#[derive(Debug)]
pub(crate) struct ResolveError(std::io::Error);

impl fmt::Display for ResolveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl std::error::Error for ResolveError {}

/// Whether a host name means this machine by definition.
pub(crate) fn is_localhost(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    let tail = host.len().checked_sub("localhost".len());
    tail.is_some_and(|at| {
        host.is_char_boundary(at)
            && host[at..].eq_ignore_ascii_case("localhost")
            && (at == 0 || host.as_bytes()[at - 1] == b'.')
    })
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(look_up(name.as_str().to_owned()))
    }
}

async fn look_up(host: String) -> Result<Addrs, Box<dyn std::error::Error + Send + Sync>> {
    if is_localhost(&host) {
        // IPv4 first: several agents listen there only.
        let loopback = [
            SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
            SocketAddr::new(IpAddr::V6(Ipv6Addr::LOCALHOST), 0),
        ];
        return Ok(Box::new(loopback.into_iter()));
    }
    match tokio::net::lookup_host((host.as_str(), 0)).await {
        Ok(addresses) => {
            let addresses: Vec<_> = addresses.collect();
            Ok(Box::new(addresses.into_iter()))
        }
        Err(error) => Err(Box::new(ResolveError(error))),
    }
}

/// Looks up `host` when it is asked for `name`: the name is only what the certificate is for.
pub(crate) struct Alias {
    pub name: String,
    pub host: String,
}

impl Resolve for Alias {
    fn resolve(&self, name: Name) -> Resolving {
        let host = if name.as_str().eq_ignore_ascii_case(&self.name) {
            // An address in brackets is an IPv6 one, as in URLs.
            self.host.trim_matches(['[', ']']).to_owned()
        } else {
            name.as_str().to_owned()
        };
        Box::pin(look_up(host))
    }
}

/// The resolver of tests in which no name exists.
pub(crate) struct Unresolvable;

impl Resolve for Unresolvable {
    fn resolve(&self, _: Name) -> Resolving {
        let error = ResolveError(std::io::Error::other("no such name"));
        Box::pin(std::future::ready(Err(Box::new(error) as Box<_>)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_localhost_and_names_below_it_are_loopback() {
        for yes in [
            "localhost",
            "LOCALHOST",
            "demo.vault.localhost",
            "a.Localhost",
            "localhost.",
        ] {
            assert!(is_localhost(yes), "{yes}");
        }
        for no in [
            "notlocalhost",
            "localhost.example",
            "",
            "host",
            "élocalhost",
        ] {
            assert!(!is_localhost(no), "{no}");
        }
    }
}
