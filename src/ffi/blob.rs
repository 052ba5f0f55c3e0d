//! `doorkey_blob`: the backup of a secret. Immutable.

use std::ffi::c_char;
use std::ptr;

use crate::ffi::guard::{guard_unit, guard_value};
use crate::ffi::handle::{self, Noun};
use crate::sensitive::Sensitive;

/// The backup of a secret with all its versions, which only the service can read: ASCII text, to be
/// kept as it is and given to doorkey_client_restore_secret. Any thread. Owned by the caller, free
/// with doorkey_blob_free, which wipes it.
pub struct doorkey_blob {
    _private: [u8; 0],
}

impl Noun for doorkey_blob {
    type Inner = Sensitive;
    const MAGIC: u64 = 0x646f_6f72_626c_6f62;
    const NAME: &'static str = "doorkey_blob";
}

/// The text, doorkey_blob_length bytes and one NUL behind them. Borrowed until the blob is freed;
/// NULL when the handle is none.
///
/// # Safety
/// `blob` must be NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_blob_data(blob: *const doorkey_blob) -> *const c_char {
    guard_value(ptr::null(), || {
        // SAFETY: the caller's promise.
        unsafe { handle::peek(blob) }.map(|text| text.as_bytes_with_nul().as_ptr().cast())
    })
}

/// The length in bytes, without the NUL; 0 when the handle is none.
///
/// # Safety
/// `blob` must be NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_blob_length(blob: *const doorkey_blob) -> usize {
    guard_value(0, || {
        // SAFETY: the caller's promise.
        unsafe { handle::peek(blob) }.map(Sensitive::len)
    })
}

/// Frees a blob and wipes it; NULL is fine.
///
/// # Safety
/// `blob` must be NULL or a live handle that nobody uses any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_blob_free(blob: *mut doorkey_blob) {
    // SAFETY: the caller's promise.
    guard_unit(|| unsafe { handle::free(blob) });
}
