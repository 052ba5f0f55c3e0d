//! `doorkey_token`: an access token and what is known of it. Immutable.

use std::ffi::{CStr, c_char};
use std::ptr;

use crate::ffi::guard::{guard_status, guard_unit, guard_value};
use crate::ffi::handle::{self, Noun};
use crate::ffi::status::doorkey_status;
use crate::ffi::text;
use crate::identity::{Source, Token};

/// An access token. Its texts are borrowed until it is freed. Any thread. Owned by the caller,
/// free with doorkey_token_free, which wipes it once the cache lets go of it too.
pub struct doorkey_token {
    _private: [u8; 0],
}

impl Noun for doorkey_token {
    type Inner = Token;
    const MAGIC: u64 = 0x646f_6f72_746f_6b6e;
    const NAME: &'static str = "doorkey_token";
}

/// A source's name as C has it.
fn source_name(source: Source) -> &'static CStr {
    match source {
        Source::Imds => c"imds",
        Source::AppService => c"app-service",
        Source::AppService2017 => c"app-service-2017",
        Source::AzureMl => c"azure-ml",
        Source::CloudShell => c"cloud-shell",
        Source::Arc => c"arc",
        Source::ServiceFabric => c"service-fabric",
        Source::WorkloadIdentity => c"workload-identity",
    }
}

/// The token itself, NUL-terminated ASCII. Borrowed until the token is freed; NULL when the
/// handle is none.
///
/// # Safety
/// `token` must be NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_token_value(token: *const doorkey_token) -> *const c_char {
    guard_value(ptr::null(), || {
        // SAFETY: the caller's promise.
        let token = unsafe { handle::peek(token) }?;
        Some(token.value().as_bytes_with_nul().as_ptr().cast())
    })
}

/// The token's length in bytes, without the NUL; 0 when the handle is none.
///
/// # Safety
/// `token` must be NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_token_length(token: *const doorkey_token) -> usize {
    guard_value(0, || {
        // SAFETY: the caller's promise.
        unsafe { handle::peek(token) }.map(|token| token.value().len())
    })
}

/// When it expires, in seconds since 1970 UTC; -1 when the handle is none.
///
/// # Safety
/// `token` must be NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_token_expires_at_unix(token: *const doorkey_token) -> i64 {
    guard_value(-1, || {
        // SAFETY: the caller's promise.
        unsafe { handle::peek(token) }.map(|token| token.expires_at_unix())
    })
}

/// Where it came from: "imds" (VM, scale set, container instance, AKS node), "app-service" (also
/// Functions, Container Apps, Azure Automation, Arc-enabled Kubernetes), "app-service-2017" (App
/// Service's first protocol, only when asked for), "azure-ml", "cloud-shell" (the token is the
/// signed-in user's), "arc", "service-fabric" or "workload-identity". Borrowed until the token is
/// freed; NULL when the handle is none.
///
/// # Safety
/// `token` must be NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_token_source(token: *const doorkey_token) -> *const c_char {
    guard_value(ptr::null(), || {
        // SAFETY: the caller's promise.
        unsafe { handle::peek(token) }.map(|token| source_name(token.source()).as_ptr())
    })
}

/// What it is for. Borrowed until the token is freed; NULL when the handle is none.
///
/// # Safety
/// `token` must be NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_token_resource(token: *const doorkey_token) -> *const c_char {
    guard_value(ptr::null(), || {
        // SAFETY: the caller's promise.
        unsafe { handle::peek(token) }.map(|token| token.resource_with_nul().as_ptr().cast())
    })
}

/// The client id of the identity it speaks for. Borrowed until the token is freed; NULL when the
/// source did not tell.
///
/// # Safety
/// `token` must be NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_token_client_id(token: *const doorkey_token) -> *const c_char {
    guard_value(ptr::null(), || {
        // SAFETY: the caller's promise.
        unsafe { handle::peek(token) }.map(|token| {
            let id = token.client_id_with_nul();
            id.map_or(ptr::null(), |id| id.as_ptr().cast())
        })
    })
}

/// Copies the token as UTF-16 into `buffer` of `capacity_units` 16-bit units, without a
/// terminator. `*out_units` is the token's length in units, also when the buffer is too small
/// (LIMIT_EXCEEDED, nothing is written) or NULL with capacity 0 (OK: only the length is asked).
/// Wiping the buffer is the caller's business.
///
/// # Safety
/// `token` must be NULL or a live handle, `buffer` valid for `capacity_units` units or NULL,
/// `out_units` valid for writing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_token_copy_utf16(
    token: *const doorkey_token,
    buffer: *mut u16,
    capacity_units: usize,
    out_units: *mut usize,
) -> doorkey_status {
    guard_status(|| {
        // SAFETY: the caller's promise.
        unsafe {
            if !out_units.is_null() {
                out_units.write(0);
            }
            let token = handle::borrow(token, "token")?;
            text::copy_utf16(token.value(), buffer, capacity_units, out_units)
        }
    })
}

/// Frees a token; NULL is fine.
///
/// # Safety
/// `token` must be NULL or a live handle that nobody uses any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_token_free(token: *mut doorkey_token) {
    // SAFETY: the caller's promise.
    guard_unit(|| unsafe { handle::free(token) });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_has_the_same_name_in_c() {
        for source in Source::ALL {
            assert_eq!(source_name(*source).to_str(), Ok(source.name()));
        }
    }
}
