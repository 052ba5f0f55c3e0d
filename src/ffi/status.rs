//! `doorkey_status`: the outcome of a call, as C sees it. The same table as `Status`; a test holds
//! the two together.

use std::ffi::c_char;
use std::ptr;

use crate::error::Status;
use crate::ffi::guard::guard_value;

/// The outcome of a call. Numbers are never reused; new ones may be added, so have a default case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum doorkey_status {
    /// It worked.
    Ok = 0,
    /// Not finished yet.
    Pending = 1,
    /// An argument, option or environment variable breaks a rule; nothing was sent.
    InvalidArgument = 10,
    /// A flag, field or feature that this version does not know.
    Unsupported = 11,
    /// One of the library's limits.
    LimitExceeded = 12,
    /// A call that would block was made from one of the library's own threads.
    Reentrant = 13,
    /// The process was forked after the library had started; the child cannot use it.
    Forked = 14,
    /// The operation was cancelled.
    Cancelled = 20,
    /// The time limit passed.
    Timeout = 21,
    /// The library was shut down.
    ShutDown = 22,
    /// There is no managed identity endpoint here.
    IdentityUnavailable = 30,
    /// There is an endpoint, but not this identity.
    IdentityNotFound = 31,
    /// There are several identities and the request does not say which.
    IdentityAmbiguous = 32,
    /// The endpoint refuses to hand out a token.
    IdentityRefused = 33,
    /// The connection failed or broke.
    Network = 40,
    /// The host name does not resolve.
    Dns = 41,
    /// TLS failed: trust, name or protocol.
    Tls = 42,
    /// The proxy refused or failed.
    Proxy = 43,
    /// An answer that makes no sense.
    Protocol = 44,
    /// The vault does not accept the token.
    Unauthorized = 50,
    /// The vault knows the caller and refuses.
    Forbidden = 51,
    /// No such secret or version.
    SecretNotFound = 52,
    /// The secret is disabled.
    SecretDisabled = 53,
    /// The secret is deleted and may be recovered.
    SecretDeleted = 54,
    /// Another operation on the same secret is in the way.
    Conflict = 55,
    /// Too many requests.
    Throttled = 56,
    /// The service failed or is not available.
    ServiceUnavailable = 57,
    /// There is no newer version than the one named.
    NoNewerVersion = 58,
    /// Any other refusal of the service.
    Rejected = 59,
    /// A bug in the library.
    Internal = 90,
    /// A panic inside the library, caught; the next call works.
    Panic = 91,
    /// Memory ran out.
    OutOfMemory = 92,
}

/// Both tables, side by side. A status without a row would be `Internal` in C: the test below
/// fails on it.
const TABLE: &[(Status, doorkey_status)] = &[
    (Status::Ok, doorkey_status::Ok),
    (Status::Pending, doorkey_status::Pending),
    (Status::InvalidArgument, doorkey_status::InvalidArgument),
    (Status::Unsupported, doorkey_status::Unsupported),
    (Status::LimitExceeded, doorkey_status::LimitExceeded),
    (Status::Reentrant, doorkey_status::Reentrant),
    (Status::Forked, doorkey_status::Forked),
    (Status::Cancelled, doorkey_status::Cancelled),
    (Status::Timeout, doorkey_status::Timeout),
    (Status::ShutDown, doorkey_status::ShutDown),
    (
        Status::IdentityUnavailable,
        doorkey_status::IdentityUnavailable,
    ),
    (Status::IdentityNotFound, doorkey_status::IdentityNotFound),
    (Status::IdentityAmbiguous, doorkey_status::IdentityAmbiguous),
    (Status::IdentityRefused, doorkey_status::IdentityRefused),
    (Status::Network, doorkey_status::Network),
    (Status::Dns, doorkey_status::Dns),
    (Status::Tls, doorkey_status::Tls),
    (Status::Proxy, doorkey_status::Proxy),
    (Status::Protocol, doorkey_status::Protocol),
    (Status::Unauthorized, doorkey_status::Unauthorized),
    (Status::Forbidden, doorkey_status::Forbidden),
    (Status::SecretNotFound, doorkey_status::SecretNotFound),
    (Status::SecretDisabled, doorkey_status::SecretDisabled),
    (Status::SecretDeleted, doorkey_status::SecretDeleted),
    (Status::Conflict, doorkey_status::Conflict),
    (Status::Throttled, doorkey_status::Throttled),
    (
        Status::ServiceUnavailable,
        doorkey_status::ServiceUnavailable,
    ),
    (Status::NoNewerVersion, doorkey_status::NoNewerVersion),
    (Status::Rejected, doorkey_status::Rejected),
    (Status::Internal, doorkey_status::Internal),
    (Status::Panic, doorkey_status::Panic),
    (Status::OutOfMemory, doorkey_status::OutOfMemory),
];

impl From<Status> for doorkey_status {
    fn from(status: Status) -> Self {
        TABLE
            .iter()
            .find(|(rust, _)| *rust == status)
            .map_or(doorkey_status::Internal, |(_, c)| *c)
    }
}

macro_rules! c_names {
    ($($name:literal)*) => {
        /// Every name with its NUL, for C.
        const NAMES: &[(&str, &std::ffi::CStr)] = &[$(($name, {
            match std::ffi::CStr::from_bytes_with_nul(concat!($name, "\0").as_bytes()) {
                Ok(name) => name,
                Err(_) => panic!("a status name holds a NUL"),
            }
        })),*];
    };
}

c_names! {
    "OK" "PENDING" "INVALID_ARGUMENT" "UNSUPPORTED" "LIMIT_EXCEEDED" "REENTRANT" "FORKED"
    "CANCELLED" "TIMEOUT" "SHUT_DOWN" "IDENTITY_UNAVAILABLE" "IDENTITY_NOT_FOUND"
    "IDENTITY_AMBIGUOUS" "IDENTITY_REFUSED" "NETWORK" "DNS" "TLS" "PROXY" "PROTOCOL"
    "UNAUTHORIZED" "FORBIDDEN" "SECRET_NOT_FOUND" "SECRET_DISABLED" "SECRET_DELETED" "CONFLICT"
    "THROTTLED" "SERVICE_UNAVAILABLE" "NO_NEWER_VERSION" "REJECTED" "INTERNAL" "PANIC"
    "OUT_OF_MEMORY"
}

/// The name of a status without its prefix: "SECRET_NOT_FOUND".
///
/// Static text, never freed. NULL for a number that this version does not know.
#[unsafe(no_mangle)]
pub extern "C" fn doorkey_status_name(status: i32) -> *const c_char {
    guard_value(ptr::null(), || {
        let name = Status::try_from(status).ok()?.name();
        let (_, c_name) = NAMES.iter().find(|(rust, _)| *rust == name)?;
        Some(c_name.as_ptr())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_has_its_number_and_name_in_c() {
        for status in Status::ALL {
            assert_eq!(
                doorkey_status::from(*status) as i32,
                *status as i32,
                "{status:?}"
            );
            assert!(!doorkey_status_name(*status as i32).is_null(), "{status:?}");
        }
        assert_eq!(TABLE.len(), Status::ALL.len());
    }

    #[test]
    fn an_unknown_number_has_no_name() {
        assert!(doorkey_status_name(2).is_null());
        assert!(doorkey_status_name(i32::MIN).is_null());
    }
}
