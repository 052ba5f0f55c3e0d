//! Reads what reqwest, hyper, rustls and the system say when no answer came, and tells it apart:
//! name, connection, TLS, proxy, nonsense.

use std::error::Error as StdError;
use std::io;

use rustls::CertificateError;

use crate::error::{Error, Status};
use crate::transport::resolver::ResolveError;
use crate::transport::text;

/// A request without an answer.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub kind: Kind,
    /// What the innermost cause says, without any URL.
    pub cause: String,
    /// Why TLS failed, where a certificate was the reason.
    pub certificate: Option<Certificate>,
}

/// What was wrong with a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Certificate {
    /// No root that is trusted stands behind it.
    Untrusted,
    /// It is past its end, or its time has not begun: or the machine's clock is wrong.
    Time,
    /// It is another host's.
    Name,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The name does not resolve.
    Dns,
    /// No connection: refused, unreachable, or not within the connect timeout.
    Connect,
    /// TLS.
    Tls,
    /// The proxy refused.
    Proxy,
    /// The connection broke after it stood.
    Broken,
    /// The answer is not HTTP, cut short, or larger than its limit.
    Nonsense,
}

impl Failure {
    pub fn nonsense(cause: impl Into<String>) -> Self {
        Self {
            kind: Kind::Nonsense,
            cause: cause.into(),
            certificate: None,
        }
    }

    /// Whether the same request may fare better a moment later.
    pub fn is_transient(&self) -> bool {
        matches!(self.kind, Kind::Connect | Kind::Broken)
    }

    pub fn status(&self) -> Status {
        match self.kind {
            Kind::Dns => Status::Dns,
            Kind::Connect | Kind::Broken => Status::Network,
            Kind::Tls => Status::Tls,
            Kind::Proxy => Status::Proxy,
            Kind::Nonsense => Status::Protocol,
        }
    }

    /// The plain error; callers that know more say more.
    pub fn into_error(self, whom: &str) -> Error {
        let error = Error::new(self.status(), format!("{whom}: {}", self.cause));
        match self.kind {
            Kind::Tls => error.advise(match self.certificate {
                Some(Certificate::Time) => TIME_ADVICE,
                Some(Certificate::Name) => NAME_ADVICE,
                _ => TLS_ADVICE,
            }),
            Kind::Proxy => error.advise(
                "check HTTPS_PROXY and its credentials, or exempt the host with NO_PROXY",
            ),
            Kind::Broken => error.advise(
                "try again; if it happens every time, look for a proxy, gateway or firewall that cuts connections",
            ),
            Kind::Nonsense => error.advise(
                "something other than the service answered, or it failed midway; look for an intercepting proxy or gateway",
            ),
            _ => error,
        }
    }
}

/// What helps when a certificate is not trusted.
pub(crate) const TLS_ADVICE: &str = "if a proxy inspects TLS or the host has a private certificate authority, put its root into a PEM file and name it in DOORKEY_CA_FILE; for the emulator that is the file it prints";

/// What helps when a certificate's time is over or has not begun.
const TIME_ADVICE: &str = "check this machine's clock first: a wrong one makes every certificate look expired or too new; if it is right, the host's certificate, or that of a proxy in between, has to be renewed";

/// What helps when a certificate is another host's.
const NAME_ADVICE: &str = "the host shows a certificate for another name: check the spelling, that DNS leads to the right host, and that no proxy in between answers for it";

impl From<reqwest::Error> for Failure {
    fn from(error: reqwest::Error) -> Self {
        // Its text would repeat the URL, query included.
        let error = error.without_url();
        let kind = kind_of(&error);
        Self {
            kind,
            cause: cause_of(&error, kind),
            certificate: certificate_of(&error),
        }
    }
}

/// Visits an error and all that it wraps; `io::Error` hides its cause from `source`.
fn chain<'a>(error: &'a (dyn StdError + 'static)) -> Vec<&'a (dyn StdError + 'static)> {
    let mut chain = vec![error];
    let mut last = error;
    while chain.len() < 32 {
        let inner = last
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref)
            .map(|inner| inner as &(dyn StdError + 'static));
        match inner.or_else(|| last.source()) {
            Some(next) => {
                chain.push(next);
                last = next;
            }
            None => break,
        }
    }
    chain
}

fn kind_of(error: &reqwest::Error) -> Kind {
    let chain = chain(error);
    let is =
        |matches: &dyn Fn(&(dyn StdError + 'static)) -> bool| chain.iter().any(|e| matches(*e));
    if is(&|e| e.is::<ResolveError>()) {
        return Kind::Dns;
    }
    // After the connection stood a bad record is one more way to break, whatever had been sent by then.
    if error.is_connect() && is(&|e| e.is::<rustls::Error>()) {
        return Kind::Tls;
    }
    if error.is_connect() && is(&|e| e.to_string().contains("tunnel")) {
        return Kind::Proxy;
    }
    if error.is_connect() {
        return Kind::Connect;
    }
    if is(&|e| {
        e.downcast_ref::<hyper::Error>()
            .is_some_and(hyper::Error::is_parse)
    }) {
        return Kind::Nonsense;
    }
    // Cut short, or framed in a way that is no HTTP.
    let bad_framing = |e: &(dyn StdError + 'static)| {
        e.downcast_ref::<io::Error>().is_some_and(|e| {
            use io::ErrorKind as K;
            matches!(
                e.kind(),
                K::UnexpectedEof | K::InvalidInput | K::InvalidData
            )
        })
    };
    if (error.is_body() || error.is_decode()) && (is(&bad_framing) || !is(&|e| e.is::<io::Error>()))
    {
        return Kind::Nonsense;
    }
    Kind::Broken
}

fn certificate_of(error: &reqwest::Error) -> Option<Certificate> {
    use CertificateError as E;
    let chain = chain(error);
    let wrong = chain.iter().find_map(|e| match e.downcast_ref()? {
        rustls::Error::InvalidCertificate(wrong) => Some(wrong),
        _ => None,
    })?;
    Some(match wrong {
        E::Expired | E::ExpiredContext { .. } | E::NotValidYet | E::NotValidYetContext { .. } => {
            Certificate::Time
        }
        E::NotValidForName | E::NotValidForNameContext { .. } => Certificate::Name,
        _ => Certificate::Untrusted,
    })
}

/// What the innermost cause says. Of an error that a verifier has of its own, rustls shows the type
/// alone.
fn innermost(error: &reqwest::Error) -> String {
    let chain = chain(error);
    let own = chain.iter().find_map(|e| match e.downcast_ref()? {
        rustls::Error::InvalidCertificate(CertificateError::Other(own)) => Some(own.0.to_string()),
        _ => None,
    });
    let last = chain.last().map(|e| e.to_string());
    own.or(last).unwrap_or_default()
}

/// Whether the other side closed it, for which every layer has words of its own.
fn is_closed(error: &reqwest::Error) -> bool {
    chain(error).iter().any(|e| {
        let of_io = e.downcast_ref::<io::Error>();
        let of_hyper = e.downcast_ref::<hyper::Error>();
        of_io.is_some_and(|e| e.kind() == io::ErrorKind::UnexpectedEof)
            || of_hyper.is_some_and(hyper::Error::is_incomplete_message)
    })
}

fn cause_of(error: &reqwest::Error, kind: Kind) -> String {
    if kind == Kind::Connect && error.is_timeout() {
        return "no connection within the connect timeout".to_owned();
    }
    // It may name all that the other side's certificate does.
    let innermost = text::message(&innermost(error), &[]);
    match kind {
        Kind::Dns => format!("the name does not resolve ({innermost})"),
        Kind::Connect => format!("no connection ({innermost})"),
        Kind::Tls => format!("TLS failed ({innermost})"),
        Kind::Proxy => format!("the proxy refused the connection ({innermost})"),
        Kind::Broken if is_closed(error) => "the connection broke (it was closed early)".to_owned(),
        Kind::Broken => format!("the connection broke ({innermost})"),
        Kind::Nonsense => format!("the answer is not complete HTTP ({innermost})"),
    }
}
