//! `doorkey_call`: what one call may say, as a size-prefixed struct.

use std::ffi::c_char;
use std::time::Duration;

use crate::client::Call;
use crate::error::Result;
use crate::ffi::sized::{self, Growing};
use crate::ffi::text;
use crate::limits;

/// For doorkey_call.flags: get a new token even if a cached one is good. Best effort: the endpoint
/// has a cache of its own.
pub const DOORKEY_CALL_FORCE_REFRESH: u32 = 1;

/// What one call may say. Set struct_size to sizeof(doorkey_call) and everything else that is not
/// wanted to 0; 0 is the default of every field. Where a call takes one, NULL means all defaults.
/// Borrowed for the call.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct doorkey_call {
    /// sizeof(doorkey_call).
    pub struct_size: u32,
    /// DOORKEY_CALL_… bits; an unknown one is UNSUPPORTED.
    pub flags: u32,
    /// Time limit of the operation in milliseconds; 0 is the client's. With many secrets at once it is
    /// that of the whole, with a list that of each page.
    pub timeout_ms: u32,
    /// For reading the values of secrets, elsewhere UNSUPPORTED: one that the client keeps will do if it
    /// was read no longer ago than this, in milliseconds, and what is read is kept. 0: always ask the
    /// vault.
    pub max_age_ms: u32,
    /// For reading the values of secrets, elsewhere UNSUPPORTED: when the vault cannot be reached, one
    /// that was read no longer ago than this will do, in milliseconds, and what is read is kept. A
    /// refusal is no such failure. 0: never.
    pub stale_if_error_ms: u32,
    /// For reading many secrets at once, elsewhere UNSUPPORTED: how many requests may be under way at
    /// once, 1 to 64; 0 is 16.
    pub concurrency: u32,
    /// For reading the latest version of one secret: "this version stopped working". Another one comes,
    /// or NO_NEWER_VERSION. NULL: none.
    pub newer_than_version: *const c_char,
    /// The claims that a service demanded when it refused a token: the decoded JSON of its challenge
    /// (which WWW-Authenticate carries as base64), UTF-8, at most 8,192 bytes; NULL: none. No
    /// cached token will do then. A workload identity's exchange passes them on; no other source
    /// takes any, and for a secret they are those for the token behind it. Programs compiled before
    /// this field existed have a smaller struct_size and go on working.
    pub claims: *const c_char,
}

const SIZE: usize = size_of::<doorkey_call>();

/// The struct as its first version had it.
const SIZE_FIRST: usize = std::mem::offset_of!(doorkey_call, claims);

#[cfg(target_pointer_width = "64")]
const _: () = assert!(SIZE_FIRST == 32 && SIZE == 40);
#[cfg(target_pointer_width = "32")]
const _: () = assert!(SIZE_FIRST == 28 && SIZE == 32);

// SAFETY: numbers and pointers behind a size.
unsafe impl Growing for doorkey_call {
    const ARGUMENT: &'static str = "call";
    const NAME: &'static str = "doorkey_call";
    const EARLIER: &'static [usize] = &[SIZE_FIRST];
    const LAST_FIELD: &'static str = "claims";
}

/// Checks and converts a call.
///
/// # Safety
/// `call` must be NULL or point to a struct of `struct_size` bytes whose texts are NUL-terminated.
pub(super) unsafe fn read(call: *const doorkey_call) -> Result<Call> {
    if call.is_null() {
        return Ok(Call::default());
    }
    // SAFETY: the caller's promise.
    let call = unsafe { sized::read(call) }?;
    if call.flags & !DOORKEY_CALL_FORCE_REFRESH != 0 {
        return Err(sized::unsupported::<doorkey_call>("a bit of flags"));
    }
    // SAFETY: NULL or NUL-terminated, by the caller's word.
    let (newer_than_version, claims) = unsafe {
        (
            text::read_optional(call.newer_than_version, "newer_than_version")?,
            text::read_optional_of(call.claims, "claims", limits::CLAIMS_BYTES_MAX)?,
        )
    };
    Ok(Call {
        force_refresh: call.flags & DOORKEY_CALL_FORCE_REFRESH != 0,
        claims,
        timeout: duration(call.timeout_ms),
        max_age: duration(call.max_age_ms),
        stale_if_error: duration(call.stale_if_error_ms),
        newer_than_version,
        concurrency: (call.concurrency != 0).then_some(call.concurrency as usize),
    })
}

/// 0 is what was not said.
fn duration(ms: u32) -> Option<Duration> {
    (ms != 0).then(|| Duration::from_millis(u64::from(ms)))
}
