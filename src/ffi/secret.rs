//! `doorkey_secret`: a secret with its value and what is known of it. Immutable.

use std::ffi::{CString, c_char};
use std::ptr;

use crate::ffi::guard::{guard_status, guard_unit, guard_value};
use crate::ffi::handle::{self, Noun};
use crate::ffi::status::doorkey_status;
use crate::ffi::text;
use crate::vault::Secret;

/// A secret with its value. Its texts are borrowed until it is freed. Any thread. Owned by the
/// caller, free with doorkey_secret_free, which wipes the value.
pub struct doorkey_secret {
    _private: [u8; 0],
}

pub(super) struct SecretFields {
    secret: Secret,
    id: CString,
    vault: CString,
    name: CString,
    version: CString,
    content_type: Option<CString>,
    tags: Vec<(CString, CString)>,
}

impl From<Secret> for SecretFields {
    fn from(secret: Secret) -> Self {
        let tags = secret.tags().iter();
        Self {
            id: text::c_string(secret.id()),
            vault: text::c_string(secret.vault()),
            name: text::c_string(secret.name()),
            version: text::c_string(secret.version()),
            content_type: secret.content_type().map(text::c_string),
            tags: tags
                .map(|(name, value)| (text::c_string(name), text::c_string(value)))
                .collect(),
            secret,
        }
    }
}

impl Noun for doorkey_secret {
    type Inner = SecretFields;
    const MAGIC: u64 = 0x646f_6f72_7363_7274;
    const NAME: &'static str = "doorkey_secret";
}

/// The value: UTF-8 of doorkey_secret_length bytes, which may hold NULs, with one more NUL behind
/// it. Borrowed until the secret is freed; NULL when the handle is none.
///
/// # Safety
/// `secret` must be NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_secret_value(secret: *const doorkey_secret) -> *const c_char {
    guard_value(ptr::null(), || {
        // SAFETY: the caller's promise.
        let fields = unsafe { handle::peek(secret) }?;
        Some(fields.secret.value().as_bytes_with_nul().as_ptr().cast())
    })
}

/// The value's length in bytes, without the NUL behind it; 0 when the handle is none.
///
/// # Safety
/// `secret` must be NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_secret_length(secret: *const doorkey_secret) -> usize {
    guard_value(0, || {
        // SAFETY: the caller's promise.
        unsafe { handle::peek(secret) }.map(|fields| fields.secret.value().len())
    })
}

/// Copies the value as UTF-16 into `buffer` of `capacity_units` 16-bit units, without a
/// terminator. `*out_units` is the value's length in units, also when the buffer is too small
/// (LIMIT_EXCEEDED, nothing is written) or NULL with capacity 0 (OK: only the length is asked).
/// Wiping the buffer is the caller's business.
///
/// # Safety
/// `secret` must be NULL or a live handle, `buffer` valid for `capacity_units` units or NULL,
/// `out_units` valid for writing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_secret_copy_utf16(
    secret: *const doorkey_secret,
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
            let fields = handle::borrow(secret, "secret")?;
            text::copy_utf16(fields.secret.value(), buffer, capacity_units, out_units)
        }
    })
}

/// The whole id, a URL with vault, name and version. Borrowed until the secret is
/// freed; NULL when the handle is none.
///
/// # Safety
/// `secret` must be NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_secret_id(secret: *const doorkey_secret) -> *const c_char {
    guard_value(ptr::null(), || {
        // SAFETY: the caller's promise.
        unsafe { handle::peek(secret) }.map(|fields| fields.id.as_ptr())
    })
}

/// The vault's name; for a host of no known cloud the host. Borrowed until the secret is
/// freed; NULL when the handle is none.
///
/// # Safety
/// `secret` must be NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_secret_vault(secret: *const doorkey_secret) -> *const c_char {
    guard_value(ptr::null(), || {
        // SAFETY: the caller's promise.
        unsafe { handle::peek(secret) }.map(|fields| fields.vault.as_ptr())
    })
}

/// The name, as the service writes it. Borrowed until the secret is
/// freed; NULL when the handle is none.
///
/// # Safety
/// `secret` must be NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_secret_name(secret: *const doorkey_secret) -> *const c_char {
    guard_value(ptr::null(), || {
        // SAFETY: the caller's promise.
        unsafe { handle::peek(secret) }.map(|fields| fields.name.as_ptr())
    })
}

/// The version. Borrowed until the secret is
/// freed; NULL when the handle is none.
///
/// # Safety
/// `secret` must be NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_secret_version(secret: *const doorkey_secret) -> *const c_char {
    guard_value(ptr::null(), || {
        // SAFETY: the caller's promise.
        unsafe { handle::peek(secret) }.map(|fields| fields.version.as_ptr())
    })
}

/// The content type. Borrowed until the secret is freed; NULL when none was set.
///
/// # Safety
/// `secret` must be NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_secret_content_type(
    secret: *const doorkey_secret,
) -> *const c_char {
    guard_value(ptr::null(), || {
        // SAFETY: the caller's promise.
        unsafe { handle::peek(secret) }.map(|fields| text::pointer(&fields.content_type))
    })
}

/// 1 when the secret is enabled, else 0.
///
/// # Safety
/// `secret` must be NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_secret_enabled(secret: *const doorkey_secret) -> i32 {
    guard_value(0, || {
        // SAFETY: the caller's promise.
        unsafe { handle::peek(secret) }.map(|fields| i32::from(fields.secret.is_enabled()))
    })
}

/// When it was created, in seconds since 1970 UTC; -1 when the service
/// sent none.
///
/// # Safety
/// `secret` must be NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_secret_created_at_unix(secret: *const doorkey_secret) -> i64 {
    guard_value(-1, || {
        // SAFETY: the caller's promise.
        unsafe { handle::peek(secret) }?.secret.created_at_unix()
    })
}

/// When it was last changed, in seconds since 1970 UTC; -1 when the service
/// sent none.
///
/// # Safety
/// `secret` must be NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_secret_updated_at_unix(secret: *const doorkey_secret) -> i64 {
    guard_value(-1, || {
        // SAFETY: the caller's promise.
        unsafe { handle::peek(secret) }?.secret.updated_at_unix()
    })
}

/// When it expires (informational: the service hands out expired secrets), in seconds since 1970 UTC; -1 when the service
/// sent none.
///
/// # Safety
/// `secret` must be NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_secret_expires_at_unix(secret: *const doorkey_secret) -> i64 {
    guard_value(-1, || {
        // SAFETY: the caller's promise.
        unsafe { handle::peek(secret) }?.secret.expires_at_unix()
    })
}

/// From when on it is meant to be used (informational), in seconds since 1970 UTC; -1 when the service
/// sent none.
///
/// # Safety
/// `secret` must be NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_secret_not_before_unix(secret: *const doorkey_secret) -> i64 {
    guard_value(-1, || {
        // SAFETY: the caller's promise.
        unsafe { handle::peek(secret) }?.secret.not_before_unix()
    })
}

/// How many tags there are.
///
/// # Safety
/// `secret` must be NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_secret_tag_count(secret: *const doorkey_secret) -> usize {
    guard_value(0, || {
        // SAFETY: the caller's promise.
        unsafe { handle::peek(secret) }.map(|fields| fields.tags.len())
    })
}

/// The name of tag number `index`, from 0. Borrowed until the secret is freed; NULL when there is
/// no such tag.
///
/// # Safety
/// `secret` must be NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_secret_tag_name(
    secret: *const doorkey_secret,
    index: usize,
) -> *const c_char {
    guard_value(ptr::null(), || {
        // SAFETY: the caller's promise.
        let fields = unsafe { handle::peek(secret) }?;
        fields.tags.get(index).map(|(name, _)| name.as_ptr())
    })
}

/// The value of tag number `index`, from 0. Borrowed until the secret is freed; NULL when there is
/// no such tag.
///
/// # Safety
/// `secret` must be NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_secret_tag_value(
    secret: *const doorkey_secret,
    index: usize,
) -> *const c_char {
    guard_value(ptr::null(), || {
        // SAFETY: the caller's promise.
        let fields = unsafe { handle::peek(secret) }?;
        fields.tags.get(index).map(|(_, value)| value.as_ptr())
    })
}

/// Frees a secret and wipes its value; NULL is fine.
///
/// # Safety
/// `secret` must be NULL or a live handle that nobody uses any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_secret_free(secret: *mut doorkey_secret) {
    // SAFETY: the caller's promise.
    guard_unit(|| unsafe { handle::free(secret) });
}
