//! `doorkey_secret`: a secret, with its value or without, and what is known of it. Immutable.

use std::ffi::c_char;
use std::ptr;
use std::sync::Arc;

use crate::error::Error;
use crate::ffi::guard::{guard_status, guard_unit, guard_value};
use crate::ffi::handle::{self, Noun};
use crate::ffi::status::doorkey_status;
use crate::ffi::text;
use crate::sensitive::Sensitive;
use crate::vault::{Secret, SecretProperties};

/// A secret and what is known of it. Those that were got or set have their value; those of a list of
/// secrets, and those that were updated, deleted, recovered or restored, have none. Its texts are
/// borrowed until it is freed. Any thread. Owned by the caller, free with doorkey_secret_free, which
/// wipes the value once nobody else has it; one in a list goes with the list.
pub struct doorkey_secret {
    _private: [u8; 0],
}

/// All of it is shared with what the client keeps: handing out a kept secret copies nothing.
#[derive(Clone)]
pub(super) struct SecretFields {
    properties: SecretProperties,
    value: Option<Arc<Sensitive>>,
}

impl From<Secret> for SecretFields {
    fn from(secret: Secret) -> Self {
        let (value, properties) = secret.into_parts();
        Self {
            properties,
            value: Some(value),
        }
    }
}

impl From<SecretProperties> for SecretFields {
    fn from(properties: SecretProperties) -> Self {
        Self {
            properties,
            value: None,
        }
    }
}

impl Noun for doorkey_secret {
    type Inner = SecretFields;
    const MAGIC: u64 = 0x646f_6f72_7363_7274;
    const NAME: &'static str = "doorkey_secret";
}

/// The value: UTF-8 of doorkey_secret_length bytes, which may hold NULs, with one more NUL behind
/// it. Borrowed until the secret is freed; NULL when it has none or the handle is none.
///
/// # Safety
/// `secret` must be NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_secret_value(secret: *const doorkey_secret) -> *const c_char {
    guard_value(ptr::null(), || {
        // SAFETY: the caller's promise.
        let value = unsafe { handle::peek(secret) }?.value.as_ref()?;
        Some(value.as_bytes_with_nul().as_ptr().cast())
    })
}

/// The value's length in bytes, without the NUL behind it; 0 when it has none or the handle is none.
///
/// # Safety
/// `secret` must be NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_secret_length(secret: *const doorkey_secret) -> usize {
    guard_value(0, || {
        // SAFETY: the caller's promise.
        let value = unsafe { handle::peek(secret) }?.value.as_ref()?;
        Some(value.len())
    })
}

/// Copies the value as UTF-16 into `buffer` of `capacity_units` 16-bit units, without a
/// terminator. `*out_units` is the value's length in units, also when the buffer is too small
/// (LIMIT_EXCEEDED, nothing is written) or NULL with capacity 0 (OK: only the length is asked).
/// INVALID_ARGUMENT when the secret has no value. Wiping the buffer is the caller's business.
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
            let value = handle::borrow(secret, "secret")?.value.as_ref();
            let value = value.ok_or_else(|| {
                Error::invalid(
                    "secret",
                    "has no value; get the secret by its name to have one",
                )
            })?;
            text::copy_utf16(value, buffer, capacity_units, out_units)
        }
    })
}

/// One of a secret's texts; NULL when it has none, or the handle is none.
///
/// # Safety
/// `secret` must be NULL or a live handle.
unsafe fn a_text(
    secret: *const doorkey_secret,
    read: impl FnOnce(&SecretProperties) -> Option<&str>,
) -> *const c_char {
    guard_value(ptr::null(), || {
        // SAFETY: the caller's promise.
        let properties = &unsafe { handle::peek(secret) }?.properties;
        // Whatever is read here has its NUL.
        read(properties).map(|text| text.as_ptr().cast())
    })
}

/// One of a secret's numbers; `otherwise` when it has none, or the handle is none.
///
/// # Safety
/// `secret` must be NULL or a live handle.
unsafe fn a_number<T>(
    secret: *const doorkey_secret,
    otherwise: T,
    read: impl FnOnce(&SecretProperties) -> Option<T>,
) -> T {
    guard_value(otherwise, || {
        // SAFETY: the caller's promise.
        read(&unsafe { handle::peek(secret) }?.properties)
    })
}

/// The whole id, a URL with vault and name, and with the version where doorkey_secret_version has
/// one. Borrowed until the secret is freed; NULL when the handle is none.
///
/// # Safety
/// `secret` must be NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_secret_id(secret: *const doorkey_secret) -> *const c_char {
    // SAFETY: the caller's promise.
    unsafe { a_text(secret, |known| Some(known.id_with_nul())) }
}

/// The vault's name; for a host of no known cloud the host. Borrowed until the secret is freed;
/// NULL when the handle is none.
///
/// # Safety
/// `secret` must be NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_secret_vault(secret: *const doorkey_secret) -> *const c_char {
    // SAFETY: the caller's promise.
    unsafe { a_text(secret, |known| Some(known.vault_with_nul())) }
}

/// The name, as the service writes it. Borrowed until the secret is freed; NULL when the handle is
/// none.
///
/// # Safety
/// `secret` must be NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_secret_name(secret: *const doorkey_secret) -> *const c_char {
    // SAFETY: the caller's promise.
    unsafe { a_text(secret, |known| Some(known.name_with_nul())) }
}

/// The version. Borrowed until the secret is freed; NULL when the answer names none: a list of
/// secrets says what it says of the latest, without its version.
///
/// # Safety
/// `secret` must be NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_secret_version(secret: *const doorkey_secret) -> *const c_char {
    // SAFETY: the caller's promise.
    unsafe { a_text(secret, SecretProperties::version_with_nul) }
}

/// The content type. Borrowed until the secret is freed; NULL when none was set.
///
/// # Safety
/// `secret` must be NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_secret_content_type(
    secret: *const doorkey_secret,
) -> *const c_char {
    // SAFETY: the caller's promise.
    unsafe { a_text(secret, SecretProperties::content_type_with_nul) }
}

/// 1 when the secret is enabled, else 0.
///
/// # Safety
/// `secret` must be NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_secret_enabled(secret: *const doorkey_secret) -> i32 {
    // SAFETY: the caller's promise.
    unsafe { a_number(secret, 0, |known| Some(i32::from(known.is_enabled()))) }
}

/// When it was created, in seconds since 1970 UTC; -1 when the service sent none.
///
/// # Safety
/// `secret` must be NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_secret_created_at_unix(secret: *const doorkey_secret) -> i64 {
    // SAFETY: the caller's promise.
    unsafe { a_number(secret, -1, SecretProperties::created_at_unix) }
}

/// When it was last changed, in seconds since 1970 UTC; -1 when the service sent none.
///
/// # Safety
/// `secret` must be NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_secret_updated_at_unix(secret: *const doorkey_secret) -> i64 {
    // SAFETY: the caller's promise.
    unsafe { a_number(secret, -1, SecretProperties::updated_at_unix) }
}

/// When it expires (informational: the service hands out expired secrets), in seconds since 1970
/// UTC; -1 when the service sent none.
///
/// # Safety
/// `secret` must be NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_secret_expires_at_unix(secret: *const doorkey_secret) -> i64 {
    // SAFETY: the caller's promise.
    unsafe { a_number(secret, -1, SecretProperties::expires_at_unix) }
}

/// From when on it is meant to be used (informational), in seconds since 1970 UTC; -1 when the
/// service sent none.
///
/// # Safety
/// `secret` must be NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_secret_not_before_unix(secret: *const doorkey_secret) -> i64 {
    // SAFETY: the caller's promise.
    unsafe { a_number(secret, -1, SecretProperties::not_before_unix) }
}

/// 1 when the secret is the private key of a certificate, which the service manages, else 0.
///
/// # Safety
/// `secret` must be NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_secret_managed(secret: *const doorkey_secret) -> i32 {
    // SAFETY: the caller's promise.
    unsafe { a_number(secret, 0, |known| Some(i32::from(known.is_managed()))) }
}

/// The id of the key behind a managed secret. Borrowed until the secret is freed; NULL when there
/// is none.
///
/// # Safety
/// `secret` must be NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_secret_key_id(secret: *const doorkey_secret) -> *const c_char {
    // SAFETY: the caller's promise.
    unsafe { a_text(secret, SecretProperties::key_id_with_nul) }
}

/// What becomes of it when it is deleted, e.g. "Recoverable+Purgeable". Borrowed until the secret
/// is freed; NULL when the service did not say.
///
/// # Safety
/// `secret` must be NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_secret_recovery_level(
    secret: *const doorkey_secret,
) -> *const c_char {
    // SAFETY: the caller's promise.
    unsafe { a_text(secret, SecretProperties::recovery_level_with_nul) }
}

/// For how many days it can be recovered once it is deleted; -1 when the service did not say.
///
/// # Safety
/// `secret` must be NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_secret_recoverable_days(secret: *const doorkey_secret) -> i32 {
    // SAFETY: the caller's promise.
    unsafe { a_number(secret, -1, SecretProperties::recoverable_days) }
}

/// The id by which a deleted secret is recovered or purged. Borrowed until the secret is freed;
/// NULL when it is not deleted.
///
/// # Safety
/// `secret` must be NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_secret_recovery_id(
    secret: *const doorkey_secret,
) -> *const c_char {
    // SAFETY: the caller's promise.
    unsafe { a_text(secret, SecretProperties::recovery_id_with_nul) }
}

/// When it was deleted, in seconds since 1970 UTC; -1 when it is not.
///
/// # Safety
/// `secret` must be NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_secret_deleted_at_unix(secret: *const doorkey_secret) -> i64 {
    // SAFETY: the caller's promise.
    unsafe { a_number(secret, -1, SecretProperties::deleted_at_unix) }
}

/// When the service will purge a deleted secret, in seconds since 1970 UTC; -1 when it will not.
///
/// # Safety
/// `secret` must be NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_secret_scheduled_purge_at_unix(
    secret: *const doorkey_secret,
) -> i64 {
    // SAFETY: the caller's promise.
    unsafe { a_number(secret, -1, SecretProperties::scheduled_purge_at_unix) }
}

/// How many tags there are.
///
/// # Safety
/// `secret` must be NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_secret_tag_count(secret: *const doorkey_secret) -> usize {
    // SAFETY: the caller's promise.
    unsafe { a_number(secret, 0, |known| Some(known.tags().len())) }
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
    // SAFETY: the caller's promise.
    unsafe { a_text(secret, |known| known.tag_with_nul(index).map(|tag| tag.0)) }
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
    // SAFETY: the caller's promise.
    unsafe { a_text(secret, |known| known.tag_with_nul(index).map(|tag| tag.1)) }
}

/// Frees a secret, and wipes its value once neither another handle nor the client's cache has it; NULL
/// is fine.
///
/// # Safety
/// `secret` must be NULL or a live handle that nobody uses any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_secret_free(secret: *mut doorkey_secret) {
    // SAFETY: the caller's promise.
    guard_unit(|| unsafe { handle::free(secret) });
}
