//! `doorkey_client`: makes clients and gets tokens. What they do with secrets is in `secrets` and
//! `writing`.

use std::ffi::c_char;

use crate::client::{Call, Client};
use crate::engine::lock;
use crate::error::Result;
use crate::ffi::call::{self, doorkey_call};
use crate::ffi::error::doorkey_error;
use crate::ffi::guard::{guard, guard_unit, guard_value};
use crate::ffi::handle::{self, Noun, Out};
use crate::ffi::operation::doorkey_operation;
use crate::ffi::options::doorkey_options;
use crate::ffi::status::doorkey_status;
use crate::ffi::text;
use crate::options::ClientOptions;

/// Gets tokens and secrets. Immutable, any thread. Owned by the caller, free with
/// doorkey_client_free.
pub struct doorkey_client {
    _private: [u8; 0],
}

impl Noun for doorkey_client {
    type Inner = Client;
    const MAGIC: u64 = 0x646f_6f72_636c_6e74;
    const NAME: &'static str = "doorkey_client";
}

/// Makes a client from `options` (borrowed for the call; NULL: all defaults). Nothing is sent and
/// no thread is started.
///
/// Errors: INVALID_ARGUMENT, LIMIT_EXCEEDED or UNSUPPORTED, naming the option and its rule.
///
/// # Safety
/// `options` must be NULL or a live handle, `out_client` valid for writing, `out_error` NULL or
/// valid for writing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_client_new(
    options: *const doorkey_options,
    out_client: *mut *mut doorkey_client,
    out_error: *mut *mut doorkey_error,
) -> doorkey_status {
    // SAFETY: the caller's promise, here and inside.
    unsafe {
        guard(out_error, || {
            let out = Out::<doorkey_client>::new(out_client, "out_client")?;
            let options = if options.is_null() {
                ClientOptions::default()
            } else {
                lock(handle::borrow(options, "options")?).check()?
            };
            out.set(Client::new(options)?);
            Ok(())
        })
    }
}

/// Frees a client. Never blocks; its operations live on. NULL is fine.
///
/// # Safety
/// `client` must be NULL or a live handle that nobody uses any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_client_free(client: *mut doorkey_client) {
    // SAFETY: the caller's promise.
    guard_unit(|| unsafe { handle::free(client) });
}

/// The frame of every call of a client that starts something: `start` makes what C gets the handle
/// of.
///
/// # Safety
/// `client` must be NULL or a live handle, `call` NULL or valid, outs as in every call.
pub(super) unsafe fn start<N: Noun>(
    client: *const doorkey_client,
    call: *const doorkey_call,
    (out, argument): (*mut *mut N, &str),
    out_error: *mut *mut doorkey_error,
    start: impl FnOnce(&Client, &Call) -> Result<N::Inner>,
) -> doorkey_status {
    // SAFETY: the caller's promise, here and inside.
    unsafe {
        guard(out_error, || {
            let out = Out::new(out, argument)?;
            let client = handle::borrow(client, "client")?;
            out.set(start(client, &call::read(call)?)?);
            Ok(())
        })
    }
}

/// Starts to get a token for `resource`, e.g. `https://vault.azure.net` (a scope's "/.default" is
/// taken off), and returns at once; a cached token makes the operation a finished one. Take it
/// with doorkey_operation_take_token. `resource` and `call` (NULL: defaults) are borrowed for the
/// call. The operation is owned by the caller, free with doorkey_operation_free.
///
/// Errors: bad arguments and a bad environment here, everything else from the operation.
///
/// # Safety
/// Handles must be live, `resource` NUL-terminated, `call` NULL or valid, outs as in every call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_client_get_token(
    client: *const doorkey_client,
    resource: *const c_char,
    call: *const doorkey_call,
    out_operation: *mut *mut doorkey_operation,
    out_error: *mut *mut doorkey_error,
) -> doorkey_status {
    let out = (out_operation, "out_operation");
    // SAFETY: the caller's promise, here and inside.
    unsafe {
        start(client, call, out, out_error, |client, call| {
            let resource = text::borrow_name(resource, "resource")?;
            Ok(client.get_token(resource, call)?.into())
        })
    }
}

/// Forgets the tokens that this client got and the secrets that it keeps. They are wiped once nobody
/// holds them.
///
/// # Safety
/// `client` must be NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_client_clear_cache(client: *const doorkey_client) {
    guard_value((), || {
        // SAFETY: the caller's promise.
        unsafe { handle::peek(client) }.map(Client::clear_cache)
    });
}

/// Forgets every cached token of the process. They are wiped once nobody holds them.
#[unsafe(no_mangle)]
pub extern "C" fn doorkey_clear_token_cache() {
    guard_unit(crate::client::clear_token_cache);
}
