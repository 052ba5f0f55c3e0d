//! `Status`, the closed list of outcomes, and `Error`, which says what was tried, what went wrong
//! and what to do. No header value, no query string and no secret ever enters an `Error`.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

macro_rules! statuses {
    ($($(#[$doc:meta])* $variant:ident = $value:literal, $name:literal;)*) => {
        /// The outcome of a call. The numbers are the C ABI's and are never reused.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(i32)]
        #[non_exhaustive]
        pub enum Status { $($(#[$doc])* $variant = $value,)* }

        impl Status {
            /// Every status, in numerical order.
            pub const ALL: &'static [Status] = &[$(Status::$variant,)*];

            /// The field's name for it, as in the C header without the prefix.
            pub fn name(self) -> &'static str {
                match self { $(Status::$variant => $name,)* }
            }
        }
    };
}

statuses! {
    /// It worked.
    Ok = 0, "OK";
    /// Not finished yet.
    Pending = 1, "PENDING";
    /// An argument, option or environment variable breaks a rule; nothing was sent.
    InvalidArgument = 10, "INVALID_ARGUMENT";
    /// A flag, field or feature that this version does not know.
    Unsupported = 11, "UNSUPPORTED";
    /// One of the library's limits.
    LimitExceeded = 12, "LIMIT_EXCEEDED";
    /// A call that would block was made from one of the library's own threads.
    Reentrant = 13, "REENTRANT";
    /// The process was forked after the library had started; the child cannot use it.
    Forked = 14, "FORKED";
    /// The operation was cancelled.
    Cancelled = 20, "CANCELLED";
    /// The time limit passed.
    Timeout = 21, "TIMEOUT";
    /// The library was shut down.
    ShutDown = 22, "SHUT_DOWN";
    /// There is no managed identity endpoint here.
    IdentityUnavailable = 30, "IDENTITY_UNAVAILABLE";
    /// There is an endpoint, but not this identity.
    IdentityNotFound = 31, "IDENTITY_NOT_FOUND";
    /// There are several identities and the request does not say which.
    IdentityAmbiguous = 32, "IDENTITY_AMBIGUOUS";
    /// The endpoint refuses to hand out a token.
    IdentityRefused = 33, "IDENTITY_REFUSED";
    /// The connection failed or broke.
    Network = 40, "NETWORK";
    /// The host name does not resolve.
    Dns = 41, "DNS";
    /// TLS failed: trust, name or protocol.
    Tls = 42, "TLS";
    /// The proxy refused or failed.
    Proxy = 43, "PROXY";
    /// An answer that makes no sense.
    Protocol = 44, "PROTOCOL";
    /// The vault does not accept the token.
    Unauthorized = 50, "UNAUTHORIZED";
    /// The vault knows the caller and refuses.
    Forbidden = 51, "FORBIDDEN";
    /// No such secret or version.
    SecretNotFound = 52, "SECRET_NOT_FOUND";
    /// The secret is disabled.
    SecretDisabled = 53, "SECRET_DISABLED";
    /// The secret is deleted and may be recovered.
    SecretDeleted = 54, "SECRET_DELETED";
    /// Another operation on the same secret is in the way.
    Conflict = 55, "CONFLICT";
    /// Too many requests.
    Throttled = 56, "THROTTLED";
    /// The service failed or is not available.
    ServiceUnavailable = 57, "SERVICE_UNAVAILABLE";
    /// There is no newer version than the one named.
    NoNewerVersion = 58, "NO_NEWER_VERSION";
    /// Any other refusal of the service.
    Rejected = 59, "REJECTED";
    /// A bug in this library.
    Internal = 90, "INTERNAL";
    /// A panic inside this library, caught.
    Panic = 91, "PANIC";
    /// Memory ran out.
    OutOfMemory = 92, "OUT_OF_MEMORY";
}

impl TryFrom<i32> for Status {
    type Error = ();

    fn try_from(value: i32) -> std::result::Result<Self, ()> {
        Self::ALL
            .iter()
            .copied()
            .find(|status| *status as i32 == value)
            .ok_or(())
    }
}

/// What went wrong, in full: a status for programs, a message and advice for people, and what the
/// service said. Cheap to clone.
#[derive(Clone)]
pub struct Error(Arc<Detail>);

#[derive(Clone)]
struct Detail {
    status: Status,
    message: Cow<'static, str>,
    advice: Option<Cow<'static, str>>,
    http_status: Option<u16>,
    code: Option<String>,
    inner_code: Option<String>,
    request_id: Option<String>,
    retry_after: Option<Duration>,
}

/// `Result` with this crate's [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    pub(crate) fn new(status: Status, message: impl Into<Cow<'static, str>>) -> Self {
        Self(Arc::new(Detail {
            status,
            message: message.into(),
            advice: None,
            http_status: None,
            code: None,
            inner_code: None,
            request_id: None,
            retry_after: None,
        }))
    }

    /// Bad input: `argument` is the name the caller knows it by, `rule` what it breaks.
    pub(crate) fn invalid(argument: &str, rule: impl fmt::Display) -> Self {
        Self::new(Status::InvalidArgument, format!("{argument}: {rule}"))
    }

    pub(crate) fn internal(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Status::Internal, message)
    }

    pub(crate) fn cancelled() -> Self {
        Self::new(Status::Cancelled, "the operation was cancelled")
    }

    pub(crate) fn forked() -> Self {
        Self::new(
            Status::Forked,
            "this process was forked after the library had started its thread",
        )
        .advise("fork first and call the library afterwards, or start a new process with exec")
    }

    pub(crate) fn panicked() -> Self {
        Self::new(Status::Panic, "a panic inside the library was caught")
            .advise("this is a bug in Doorkey; the next call works, please report it")
    }

    pub(crate) fn advise(mut self, advice: impl Into<Cow<'static, str>>) -> Self {
        Arc::make_mut(&mut self.0).advice = Some(advice.into());
        self
    }

    /// The same refusal of a secret that turned out to be a deleted one.
    pub(crate) fn deleted(self, message: String, advice: &'static str) -> Self {
        let mut detail = Detail::clone(&self.0);
        detail.status = Status::SecretDeleted;
        detail.message = message.into();
        Self(Arc::new(detail)).advise(advice)
    }

    pub(crate) fn with_http_status(mut self, http_status: u16) -> Self {
        Arc::make_mut(&mut self.0).http_status = Some(http_status);
        self
    }

    pub(crate) fn with_codes(mut self, code: Option<String>, inner_code: Option<String>) -> Self {
        let detail = Arc::make_mut(&mut self.0);
        detail.code = code;
        detail.inner_code = inner_code;
        self
    }

    pub(crate) fn with_request_id(mut self, request_id: Option<String>) -> Self {
        Arc::make_mut(&mut self.0).request_id = request_id;
        self
    }

    pub(crate) fn with_retry_after(mut self, retry_after: Option<Duration>) -> Self {
        Arc::make_mut(&mut self.0).retry_after = retry_after;
        self
    }

    /// The closed kind, for programs.
    pub fn status(&self) -> Status {
        self.0.status
    }

    /// What was tried and what went wrong, for people. The text may change between versions.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// What to do about it, where that is known.
    pub fn advice(&self) -> Option<&str> {
        self.0.advice.as_deref()
    }

    /// The HTTP status of the answer, when there was one.
    pub fn http_status(&self) -> Option<u16> {
        self.0.http_status
    }

    /// The service's `error.code` (`Forbidden`, `SecretNotFound`, `invalid_request`, …).
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// The service's inner code (`ForbiddenByRbac`, `SecretDisabled`, …).
    pub fn inner_code(&self) -> Option<&str> {
        self.0.inner_code.as_deref()
    }

    /// The service's request id, to quote to support.
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// How long the service asked to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())?;
        if let Some(advice) = self.advice() {
            write!(f, " ({advice})")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let detail = &*self.0;
        f.debug_struct("Error")
            .field("status", &detail.status.name())
            .field("message", &detail.message)
            .field("advice", &detail.advice)
            .field("http_status", &detail.http_status)
            .field("code", &detail.code)
            .field("inner_code", &detail.inner_code)
            .field("request_id", &detail.request_id)
            .field("retry_after", &detail.retry_after)
            .finish()
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_and_names_are_those_of_the_abi() {
        let expected = [
            (0, "OK"),
            (1, "PENDING"),
            (10, "INVALID_ARGUMENT"),
            (11, "UNSUPPORTED"),
            (12, "LIMIT_EXCEEDED"),
            (13, "REENTRANT"),
            (14, "FORKED"),
            (20, "CANCELLED"),
            (21, "TIMEOUT"),
            (22, "SHUT_DOWN"),
            (30, "IDENTITY_UNAVAILABLE"),
            (31, "IDENTITY_NOT_FOUND"),
            (32, "IDENTITY_AMBIGUOUS"),
            (33, "IDENTITY_REFUSED"),
            (40, "NETWORK"),
            (41, "DNS"),
            (42, "TLS"),
            (43, "PROXY"),
            (44, "PROTOCOL"),
            (50, "UNAUTHORIZED"),
            (51, "FORBIDDEN"),
            (52, "SECRET_NOT_FOUND"),
            (53, "SECRET_DISABLED"),
            (54, "SECRET_DELETED"),
            (55, "CONFLICT"),
            (56, "THROTTLED"),
            (57, "SERVICE_UNAVAILABLE"),
            (58, "NO_NEWER_VERSION"),
            (59, "REJECTED"),
            (90, "INTERNAL"),
            (91, "PANIC"),
            (92, "OUT_OF_MEMORY"),
        ];
        let actual: Vec<_> = Status::ALL.iter().map(|s| (*s as i32, s.name())).collect();
        assert_eq!(actual, expected);
    }

    #[test]
    fn an_unknown_number_is_no_status() {
        assert_eq!(Status::try_from(2), Err(()));
        assert_eq!(Status::try_from(-1), Err(()));
        assert_eq!(Status::try_from(52), Ok(Status::SecretNotFound));
    }
}
