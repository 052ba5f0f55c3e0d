//! What the environment says of an endpoint, checked before a byte is sent: its URL, the secret that
//! goes with it, and which ids its source takes.

use std::net::IpAddr;
use std::sync::Arc;

use url::{Host, Url};

use crate::environment::Snapshot;
use crate::error::{Error, Result, Status};
use crate::identity::{Identity, Source, resource};
use crate::limits;
use crate::sensitive::Sensitive;
use crate::transport::resolver::is_localhost;

/// What a variable's URL may be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// https, or plain http where it cannot leave this machine or link; a path and a query are
    /// part of it.
    Endpoint,
    /// The same without path, query and fragment; a path is dropped.
    Origin,
    /// https only, without a query.
    Remote,
    /// https only, a path and a query are part of it.
    Secured,
}

/// Checks the URL in `variable`.
pub(crate) fn parse(variable: &str, text: &str, form: Form) -> Result<Url> {
    let bad = |rule: &str| {
        Error::invalid(variable, rule).advise(
            "correct the variable; where the host sets it, find out what has changed it since",
        )
    };
    let example = match form {
        Form::Endpoint | Form::Origin => "must be a URL such as http://127.0.0.1:8080",
        Form::Remote | Form::Secured => "must be an https URL",
    };
    if text.len() > limits::INPUT_LENGTH_MAX
        || text
            .chars()
            .any(|c| c.is_control() || c.is_whitespace() || c == '\\')
    {
        return Err(bad(example));
    }
    let mut url = Url::parse(text).map_err(|_| bad(example))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(bad("must not hold a user name or password"));
    }
    let takes_query = matches!(form, Form::Endpoint | Form::Secured);
    if url.fragment().is_some() || (url.query().is_some() && !takes_query) {
        return Err(bad(if takes_query {
            "must not hold a fragment"
        } else {
            "must not hold a query or fragment"
        }));
    }
    let takes_http = matches!(form, Form::Endpoint | Form::Origin);
    match url.scheme() {
        "https" => {}
        "http" if takes_http && stays_near(&url) => {}
        "http" if takes_http => {
            return Err(bad(
                "plain http is allowed only to localhost and to loopback or link-local addresses; use https",
            ));
        }
        "http" => return Err(bad("must be https: a secret is sent there")),
        _ => return Err(bad(example)),
    }
    if form == Form::Origin {
        url.set_path("/");
    }
    Ok(url)
}

fn stays_near(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => is_localhost(name),
        Some(Host::Ipv4(address)) => address.is_loopback() || address.is_link_local(),
        Some(Host::Ipv6(address)) => {
            IpAddr::V6(address).is_loopback() || address.is_unicast_link_local()
        }
        None => false,
    }
}

/// Checks a secret that is sent as a header.
pub(crate) fn check_secret(variable: &str, secret: &Arc<Sensitive>) -> Result<Arc<Sensitive>> {
    if secret.as_bytes().iter().all(u8::is_ascii_graphic) {
        return Ok(Arc::clone(secret));
    }
    Err(Error::invalid(
        variable,
        "holds characters that no such secret has",
    ))
}

/// A source was forced that this environment does not have.
pub(crate) fn missing(source: Source, variables: &str) -> Error {
    Error::new(
        Status::IdentityUnavailable,
        format!(
            "no managed identity here: the source {} was asked for, but {variables}",
            source.name()
        ),
    )
    .advise("run this where the host sets its variables, or leave the source to be found")
}

/// Which ids a source takes, each with its parameter's name; `reason` says why not the others.
pub(crate) struct Ids {
    pub client: Option<&'static str>,
    pub object: Option<&'static str>,
    pub resource: Option<&'static str>,
    pub reason: &'static str,
    pub advice: &'static str,
}

impl Ids {
    /// The identity that is meant: the caller's; else, where the source takes client ids, a
    /// non-empty `AZURE_CLIENT_ID`, as the official default credential reads it.
    pub fn identity(&self, given: &Identity, snapshot: &Snapshot) -> Result<Identity> {
        match (given, &snapshot.client_id) {
            (Identity::Default, Some(id)) if self.client.is_some() => {
                resource::check_guid("AZURE_CLIENT_ID", id)?;
                Ok(Identity::ClientId(id.clone()))
            }
            _ => Ok(given.clone()),
        }
    }

    /// The parameter that names `identity`. An id that the source would ignore is refused: it
    /// would answer with another identity's token.
    pub fn parameter(&self, identity: &Identity) -> Result<Option<(&'static str, String)>> {
        let (argument, name, id) = match identity {
            Identity::Default => return Ok(None),
            Identity::ClientId(id) => ("client_id", self.client, id),
            Identity::ObjectId(id) => ("object_id", self.object, id),
            Identity::ResourceId(id) => ("resource_id", self.resource, id),
        };
        match name {
            Some(name) => Ok(Some((name, id.clone()))),
            None => Err(
                Error::new(Status::Unsupported, format!("{argument}: {}", self.reason))
                    .advise(self.advice),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(text: &str) -> Result<Url> {
        parse("AZURE_POD_IDENTITY_AUTHORITY_HOST", text, Form::Origin)
    }

    #[test]
    fn plain_http_is_for_near_addresses_only() {
        for good in [
            "http://127.0.0.1:1",
            "http://localhost:2/",
            "http://169.254.169.254",
            "http://[::1]:3",
            "http://[fe80::1]",
            "https://token.example",
        ] {
            assert!(origin(good).is_ok(), "{good}");
            assert!(parse("X", good, Form::Endpoint).is_ok(), "{good}");
        }
        for bad in [
            "http://token.example",
            "http://10.0.0.1",
            "http://127.0.0.1.example",
            "ftp://127.0.0.1",
            "127.0.0.1",
            "http://u:p@127.0.0.1",
            "http://127.0.0.1/#x",
            "http://127.0.0.1\\@x",
            "http://",
        ] {
            assert!(origin(bad).is_err(), "{bad}");
            assert!(parse("X", bad, Form::Endpoint).is_err(), "{bad}");
        }
    }

    #[test]
    fn where_a_secret_is_sent_over_tls_plain_http_is_refused_even_near() {
        for form in [Form::Remote, Form::Secured] {
            let error = parse("X", "http://127.0.0.1:1", form).unwrap_err();
            assert_eq!(error.message(), "X: must be https: a secret is sent there");
        }
    }

    #[test]
    fn the_path_of_an_origin_is_dropped_and_an_endpoints_is_kept() {
        let text = "http://127.0.0.1:9/some/path/";
        assert_eq!(origin(text).unwrap().as_str(), "http://127.0.0.1:9/");
        assert_eq!(parse("X", text, Form::Endpoint).unwrap().as_str(), text);
    }

    /// Holds `Cargo.lock` to the `idna_adapter` without Unicode tables.
    #[test]
    fn a_host_name_beyond_ascii_is_refused() {
        for text in ["https://tok\u{e9}n.example", "https://login\u{3002}example"] {
            assert!(parse("X", text, Form::Remote).is_err(), "{text}");
        }
    }

    #[test]
    fn a_query_is_part_of_an_endpoint_only() {
        let text = "http://127.0.0.1:9/token?x=1";
        assert_eq!(parse("X", text, Form::Endpoint).unwrap().as_str(), text);
        assert!(origin(text).is_err());
    }
}
