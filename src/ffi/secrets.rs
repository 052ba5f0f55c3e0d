//! How a `doorkey_client` reads secrets: one, many at once, and lists of what there is.

use std::ffi::c_char;

use crate::client::check_count;
use crate::error::Result;
use crate::ffi::call::doorkey_call;
use crate::ffi::client::{doorkey_client, start};
use crate::ffi::error::doorkey_error;
use crate::ffi::operation::doorkey_operation;
use crate::ffi::pager::{Pages, doorkey_pager};
use crate::ffi::status::doorkey_status;
use crate::ffi::text;

/// Starts to get a secret. `version` NULL is the latest. With max_age_ms in `call` a value that the
/// client keeps makes the operation a finished one. Take it with doorkey_operation_take_secret.
///
/// # Safety
/// Handles must be live, texts NUL-terminated, `call` NULL or valid, outs as in every call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_client_get_secret(
    client: *const doorkey_client,
    vault: *const c_char,
    name: *const c_char,
    version: *const c_char,
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
            Ok(client.get_secret(vault, name, version, call)?.into())
        })
    }
}

/// The names of a bulk call.
///
/// # Safety
/// `names` must be NULL or have `count` texts, each NULL or NUL-terminated, `vault` NULL or be one.
unsafe fn bulk<'a>(
    vault: *const c_char,
    names: *const *const c_char,
    count: usize,
) -> Result<(Option<&'a str>, Vec<&'a str>)> {
    check_count(count)?;
    // SAFETY: the caller's promise.
    unsafe {
        let vault = text::borrow_optional(vault, "vault")?;
        Ok((vault, text::borrow_all(names, count, "names", true)?))
    }
}

/// Starts to get many secrets: `count` `names`, 4,096 at most (LIMIT_EXCEEDED), each NAME or
/// NAME/VERSION, or, with `vault` NULL, whole secret ids, of several vaults if need be. Take them
/// with doorkey_operation_take_list, an item a name, in their order: a name that is bad or has no
/// secret is that item's error and no other's. A name that stands there twice is asked for once.
/// The time limit is that of the whole; items that are not there by then have TIMEOUT.
///
/// # Safety
/// Handles must be live, texts NUL-terminated, `call` NULL or valid, outs as in every call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_client_get_secrets(
    client: *const doorkey_client,
    vault: *const c_char,
    names: *const *const c_char,
    count: usize,
    call: *const doorkey_call,
    out_operation: *mut *mut doorkey_operation,
    out_error: *mut *mut doorkey_error,
) -> doorkey_status {
    let out = (out_operation, "out_operation");
    // SAFETY: the caller's promise, here and inside.
    unsafe {
        start(client, call, out, out_error, |client, call| {
            let (vault, names) = bulk(vault, names, count)?;
            Ok(client.get_secrets(vault, &names, call)?.into())
        })
    }
}

/// As doorkey_client_get_secrets, with the items as they come: each page of the pager is what is
/// there and next in order. The requests begin at once, and end when the pager is freed.
///
/// # Safety
/// Handles must be live, texts NUL-terminated, `call` NULL or valid, outs as in every call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_client_stream_secrets(
    client: *const doorkey_client,
    vault: *const c_char,
    names: *const *const c_char,
    count: usize,
    call: *const doorkey_call,
    out_pager: *mut *mut doorkey_pager,
    out_error: *mut *mut doorkey_error,
) -> doorkey_status {
    let out = (out_pager, "out_pager");
    // SAFETY: the caller's promise, here and inside.
    unsafe {
        start(client, call, out, out_error, |client, call| {
            let (vault, names) = bulk(vault, names, count)?;
            Ok(Pages::Secrets(client.stream_secrets(vault, &names, call)?))
        })
    }
}

/// Lists a vault's secrets, without values and versions; what is said of each is the latest
/// version's. Nothing is sent before the first doorkey_pager_next.
///
/// # Safety
/// Handles must be live, texts NUL-terminated, `call` NULL or valid, outs as in every call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_client_list_secrets(
    client: *const doorkey_client,
    vault: *const c_char,
    call: *const doorkey_call,
    out_pager: *mut *mut doorkey_pager,
    out_error: *mut *mut doorkey_error,
) -> doorkey_status {
    let out = (out_pager, "out_pager");
    // SAFETY: the caller's promise, here and inside.
    unsafe {
        start(client, call, out, out_error, |client, call| {
            let vault = text::borrow_name(vault, "vault")?;
            Ok(Pages::Properties(client.list_secrets(vault, call)?))
        })
    }
}

/// Lists the versions of a secret, without values, the newest first, all in one page. Nothing is sent
/// before the first doorkey_pager_next.
///
/// # Safety
/// Handles must be live, texts NUL-terminated, `call` NULL or valid, outs as in every call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_client_list_versions(
    client: *const doorkey_client,
    vault: *const c_char,
    name: *const c_char,
    call: *const doorkey_call,
    out_pager: *mut *mut doorkey_pager,
    out_error: *mut *mut doorkey_error,
) -> doorkey_status {
    let out = (out_pager, "out_pager");
    // SAFETY: the caller's promise, here and inside.
    unsafe {
        start(client, call, out, out_error, |client, call| {
            let vault = text::borrow_name(vault, "vault")?;
            let name = text::borrow_optional(name, "name")?;
            Ok(Pages::Properties(client.list_versions(vault, name, call)?))
        })
    }
}

/// Lists a vault's deleted secrets, which may be recovered or purged, without values and versions.
/// Nothing is sent before the first doorkey_pager_next.
///
/// # Safety
/// Handles must be live, texts NUL-terminated, `call` NULL or valid, outs as in every call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_client_list_deleted(
    client: *const doorkey_client,
    vault: *const c_char,
    call: *const doorkey_call,
    out_pager: *mut *mut doorkey_pager,
    out_error: *mut *mut doorkey_error,
) -> doorkey_status {
    let out = (out_pager, "out_pager");
    // SAFETY: the caller's promise, here and inside.
    unsafe {
        start(client, call, out, out_error, |client, call| {
            let vault = text::borrow_name(vault, "vault")?;
            Ok(Pages::Properties(client.list_deleted(vault, call)?))
        })
    }
}
