//! `doorkey_call`: what one call may say, as a size-prefixed struct.

use std::ffi::c_char;
use std::mem::MaybeUninit;
use std::ptr;
use std::time::Duration;

use crate::client::Call;
use crate::error::{Error, Result, Status};
use crate::ffi::text;
use crate::limits;

/// For doorkey_call.flags: get a new token even if a cached one is good. Best effort: the endpoint
/// has a cache of its own.
pub const DOORKEY_CALL_FORCE_REFRESH: u32 = 1;

/// What one call may say. Set struct_size to sizeof(doorkey_call) and everything else that is not
/// wanted to 0; 0 is the default of every field. Where a call takes one, NULL means all defaults.
/// Borrowed for the call.
#[repr(C)]
pub struct doorkey_call {
    /// sizeof(doorkey_call).
    pub struct_size: u32,
    /// DOORKEY_CALL_… bits; an unknown one is UNSUPPORTED.
    pub flags: u32,
    /// Time limit of the operation in milliseconds; 0 is the client's.
    pub timeout_ms: u32,
    /// Must be 0 in this version.
    pub max_age_ms: u32,
    /// Must be 0 in this version.
    pub stale_if_error_ms: u32,
    /// Must be 0.
    pub reserved: u32,
    /// Must be NULL in this version.
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

/// A later version's struct will not be larger than this; a larger size is a mistake.
const SIZE_MAX: usize = 1024;

#[cfg(target_pointer_width = "64")]
const _: () = assert!(SIZE_FIRST == 32 && SIZE == 40);
#[cfg(target_pointer_width = "32")]
const _: () = assert!(SIZE_FIRST == 28 && SIZE == 32);

/// Checks and converts a call.
///
/// # Safety
/// `call` must be NULL or point to a struct of `struct_size` bytes whose texts are NUL-terminated.
pub(super) unsafe fn read(call: *const doorkey_call) -> Result<Call> {
    if call.is_null() {
        return Ok(Call::default());
    }
    let bytes = call.cast::<u8>();
    // SAFETY: every version of the struct begins with its size.
    let size = unsafe { bytes.cast::<u32>().read_unaligned() } as usize;
    if size != SIZE_FIRST && !(SIZE..=SIZE_MAX).contains(&size) {
        return Err(Error::invalid(
            "call",
            "struct_size must be sizeof(doorkey_call)",
        ));
    }
    // A newer caller's fields that this version does not know must not ask for anything.
    for at in SIZE..size {
        // SAFETY: the struct has `size` bytes by the caller's word.
        if unsafe { bytes.add(at).read() } != 0 {
            return Err(unsupported("a field behind claims"));
        }
    }
    // What an older caller's struct does not have is 0, the default.
    let mut known = MaybeUninit::<doorkey_call>::zeroed();
    // SAFETY: the caller's struct has `size` bytes, ours SIZE, and they do not overlap; bytes, because
    // the caller's packing is its own. All zeros, or any others, are a valid struct of plain fields.
    let call = unsafe {
        ptr::copy_nonoverlapping(bytes, known.as_mut_ptr().cast(), size.min(SIZE));
        known.assume_init()
    };
    if call.flags & !DOORKEY_CALL_FORCE_REFRESH != 0 {
        return Err(unsupported("a bit of flags"));
    }
    let fields = [
        ("max_age_ms", call.max_age_ms != 0),
        ("stale_if_error_ms", call.stale_if_error_ms != 0),
        ("reserved", call.reserved != 0),
        ("newer_than_version", !call.newer_than_version.is_null()),
    ];
    if let Some((name, _)) = fields.iter().find(|(_, used)| *used) {
        return Err(unsupported(name));
    }
    // SAFETY: NULL or NUL-terminated, by the caller's word.
    let claims =
        unsafe { text::read_optional_of(call.claims, "claims", limits::CLAIMS_BYTES_MAX) }?;
    Ok(Call {
        claims,
        force_refresh: call.flags & DOORKEY_CALL_FORCE_REFRESH != 0,
        timeout: (call.timeout_ms != 0).then(|| Duration::from_millis(u64::from(call.timeout_ms))),
    })
}

fn unsupported(what: &str) -> Error {
    Error::new(
        Status::Unsupported,
        format!("call: {what} is not known to this version and must be 0"),
    )
}
