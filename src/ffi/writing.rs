//! How a `doorkey_client` changes secrets: sets, updates, deletes, recovers, purges, backs up and
//! restores them.

use std::ffi::c_char;

use crate::error::{Error, Result};
use crate::ffi::attributes::{self, doorkey_attributes};
use crate::ffi::call::doorkey_call;
use crate::ffi::client::{doorkey_client, start};
use crate::ffi::error::doorkey_error;
use crate::ffi::operation::doorkey_operation;
use crate::ffi::status::doorkey_status;
use crate::ffi::text;
use crate::limits;
use crate::sensitive::Sensitive;

/// A value to set. It is named in errors and never repeated there.
///
/// # Safety
/// `value` must be NULL or valid for reading `length` bytes.
unsafe fn read_value(value: *const c_char, length: usize) -> Result<Sensitive> {
    // SAFETY: the caller's promise.
    let bytes =
        unsafe { text::borrow_bytes(value, length, "value", limits::SECRET_VALUE_SET_BYTES_MAX) }?;
    match std::str::from_utf8(bytes) {
        Ok(_) => Ok(Sensitive::new(bytes)),
        Err(_) => Err(Error::invalid("value", "is not valid UTF-8")),
    }
}

/// Starts to set a secret: a new one, or a new version of one. `value` is UTF-8 of `length` bytes,
/// 25,600 at most, may hold NULs, needs none behind it, and may be NULL when `length` is 0.
/// `attributes` NULL says nothing. Take it with doorkey_operation_take_secret: the new version,
/// with its value.
///
/// Errors besides: SECRET_DELETED when a deleted secret has the name, which is to be recovered or
/// purged first.
///
/// # Safety
/// Handles must be live, texts NUL-terminated, `value` readable, `attributes` and `call` NULL or
/// valid, outs as in every call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_client_set_secret(
    client: *const doorkey_client,
    vault: *const c_char,
    name: *const c_char,
    value: *const c_char,
    length: usize,
    attributes: *const doorkey_attributes,
    call: *const doorkey_call,
    out_operation: *mut *mut doorkey_operation,
    out_error: *mut *mut doorkey_error,
) -> doorkey_status {
    let out = (out_operation, "out_operation");
    // SAFETY: the caller's promise, here and inside.
    unsafe {
        start(client, call, out, out_error, |client, call| {
            let vault = text::borrow_name(vault, "vault")?;
            let name = text::borrow_optional(name, "name")?;
            let value = read_value(value, length)?;
            let attributes = attributes::read(attributes)?;
            let operation = client.set_secret(vault, name, value, &attributes, call)?;
            Ok(operation.into())
        })
    }
}

/// Starts to change what is known of a secret, which keeps its value. `version` NULL is the latest.
/// What `attributes` does not say stays as it is; it has to say something. Take it with
/// doorkey_operation_take_secret: it has no value.
///
/// # Safety
/// Handles must be live, texts NUL-terminated, `attributes` and `call` NULL or valid,
/// outs as in every call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_client_update_secret(
    client: *const doorkey_client,
    vault: *const c_char,
    name: *const c_char,
    version: *const c_char,
    attributes: *const doorkey_attributes,
    call: *const doorkey_call,
    out_operation: *mut *mut doorkey_operation,
    out_error: *mut *mut doorkey_error,
) -> doorkey_status {
    let out = (out_operation, "out_operation");
    // SAFETY: the caller's promise, here and inside.
    unsafe {
        start(client, call, out, out_error, |client, call| {
            let vault = text::borrow_name(vault, "vault")?;
            let name = text::borrow_optional(name, "name")?;
            let version = text::borrow_optional(version, "version")?;
            let attributes = attributes::read(attributes)?;
            let operation = client.update_secret(vault, name, version, &attributes, call)?;
            Ok(operation.into())
        })
    }
}

/// Starts to delete a secret with all its versions, and waits until the deleted secret can be seen,
/// within the time limit. Take it with doorkey_operation_take_secret: it has no value, and says
/// until when it may be recovered.
///
/// # Safety
/// Handles must be live, texts NUL-terminated, `call` NULL or valid, outs as in every call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_client_delete_secret(
    client: *const doorkey_client,
    vault: *const c_char,
    name: *const c_char,
    call: *const doorkey_call,
    out_operation: *mut *mut doorkey_operation,
    out_error: *mut *mut doorkey_error,
) -> doorkey_status {
    let out = (out_operation, "out_operation");
    // SAFETY: the caller's promise, here and inside.
    unsafe {
        start(client, call, out, out_error, |client, call| {
            let vault = text::borrow_name(vault, "vault")?;
            let name = text::borrow_optional(name, "name")?;
            Ok(client.delete_secret(vault, name, call)?.into())
        })
    }
}

/// Starts to get what is known of a deleted secret. A whole id may also be that of the deleted one
/// (/deletedsecrets/). Take it with doorkey_operation_take_secret: it has no value.
///
/// # Safety
/// Handles must be live, texts NUL-terminated, `call` NULL or valid, outs as in every call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_client_get_deleted_secret(
    client: *const doorkey_client,
    vault: *const c_char,
    name: *const c_char,
    call: *const doorkey_call,
    out_operation: *mut *mut doorkey_operation,
    out_error: *mut *mut doorkey_error,
) -> doorkey_status {
    let out = (out_operation, "out_operation");
    // SAFETY: the caller's promise, here and inside.
    unsafe {
        start(client, call, out, out_error, |client, call| {
            let vault = text::borrow_name(vault, "vault")?;
            let name = text::borrow_optional(name, "name")?;
            let operation = client.get_deleted_secret(vault, name, call)?;
            Ok(operation.into())
        })
    }
}

/// Starts to recover a deleted secret, and waits until the secret can be seen, within the time
/// limit. A whole id may also be that of the deleted one (/deletedsecrets/). Take it with
/// doorkey_operation_take_secret: it has no value.
///
/// # Safety
/// Handles must be live, texts NUL-terminated, `call` NULL or valid, outs as in every call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_client_recover_secret(
    client: *const doorkey_client,
    vault: *const c_char,
    name: *const c_char,
    call: *const doorkey_call,
    out_operation: *mut *mut doorkey_operation,
    out_error: *mut *mut doorkey_error,
) -> doorkey_status {
    let out = (out_operation, "out_operation");
    // SAFETY: the caller's promise, here and inside.
    unsafe {
        start(client, call, out, out_error, |client, call| {
            let vault = text::borrow_name(vault, "vault")?;
            let name = text::borrow_optional(name, "name")?;
            Ok(client.recover_secret(vault, name, call)?.into())
        })
    }
}

/// Starts to purge a deleted secret, which then is gone for good, and waits until it is, within the
/// time limit. A whole id may also be that of the deleted one (/deletedsecrets/).
/// doorkey_operation_take_none tells how it went.
///
/// # Safety
/// Handles must be live, texts NUL-terminated, `call` NULL or valid, outs as in every call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_client_purge_secret(
    client: *const doorkey_client,
    vault: *const c_char,
    name: *const c_char,
    call: *const doorkey_call,
    out_operation: *mut *mut doorkey_operation,
    out_error: *mut *mut doorkey_error,
) -> doorkey_status {
    let out = (out_operation, "out_operation");
    // SAFETY: the caller's promise, here and inside.
    unsafe {
        start(client, call, out, out_error, |client, call| {
            let vault = text::borrow_name(vault, "vault")?;
            let name = text::borrow_optional(name, "name")?;
            Ok(client.purge_secret(vault, name, call)?.into())
        })
    }
}

/// Starts to back up a secret with all its versions. Take the backup with
/// doorkey_operation_take_blob. Only a vault of the same subscription and geography can restore it.
///
/// # Safety
/// Handles must be live, texts NUL-terminated, `call` NULL or valid, outs as in every call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_client_backup_secret(
    client: *const doorkey_client,
    vault: *const c_char,
    name: *const c_char,
    call: *const doorkey_call,
    out_operation: *mut *mut doorkey_operation,
    out_error: *mut *mut doorkey_error,
) -> doorkey_status {
    let out = (out_operation, "out_operation");
    // SAFETY: the caller's promise, here and inside.
    unsafe {
        start(client, call, out, out_error, |client, call| {
            let vault = text::borrow_name(vault, "vault")?;
            let name = text::borrow_optional(name, "name")?;
            Ok(client.backup_secret(vault, name, call)?.into())
        })
    }
}

/// Starts to restore a secret with all its versions from a backup: `length` bytes at `backup`, as
/// doorkey_blob_data gave them. Take it with doorkey_operation_take_secret: it has no value.
///
/// Errors besides: CONFLICT when the vault has a secret of that name.
///
/// # Safety
/// Handles must be live, texts NUL-terminated, `backup` readable, `call` NULL or valid,
/// outs as in every call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_client_restore_secret(
    client: *const doorkey_client,
    vault: *const c_char,
    backup: *const c_char,
    length: usize,
    call: *const doorkey_call,
    out_operation: *mut *mut doorkey_operation,
    out_error: *mut *mut doorkey_error,
) -> doorkey_status {
    let out = (out_operation, "out_operation");
    // SAFETY: the caller's promise, here and inside.
    unsafe {
        start(client, call, out, out_error, |client, call| {
            let vault = text::borrow_name(vault, "vault")?;
            let backup = text::borrow_bytes(backup, length, "backup", limits::BACKUP_BYTES_MAX)?;
            Ok(client.restore_secret(vault, backup, call)?.into())
        })
    }
}
