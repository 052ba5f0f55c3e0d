//! The headline pair: a token and a secret in one call each, with the default client.

use std::ffi::c_char;

use crate::client::{Call, default_client};
use crate::error::Result;
use crate::ffi::error::doorkey_error;
use crate::ffi::guard::guard;
use crate::ffi::handle::Out;
use crate::ffi::secret::doorkey_secret;
use crate::ffi::status::doorkey_status;
use crate::ffi::text;
use crate::ffi::token::doorkey_token;

/// Gets a token for `resource`, e.g. `https://vault.azure.net`, with the default client: the
/// process's environment decides the identity. Waits until it is there or 100 s have passed.
/// `resource` is borrowed for the call. The token is owned by the caller, free with
/// doorkey_token_free. Any thread but the library's own.
///
/// # Safety
/// `resource` must be NUL-terminated, `out_token` valid for writing, `out_error` NULL or valid for
/// writing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_get_token(
    resource: *const c_char,
    out_token: *mut *mut doorkey_token,
    out_error: *mut *mut doorkey_error,
) -> doorkey_status {
    // SAFETY: the caller's promise, here and inside.
    unsafe {
        guard(out_error, || {
            let out = Out::<doorkey_token>::new(out_token, "out_token")?;
            let resource = text::borrow_name(resource, "resource")?;
            let client = default_client()?;
            out.set(match client.cached_token(resource) {
                Some(token) => token,
                None => client.get_token(resource, &Call::default())?.take()?,
            });
            Ok(())
        })
    }
}

/// Gets the latest version of a secret with the default client: the process's environment decides
/// the identity. `vault` is a vault's name (completed by DOORKEY_VAULT_SUFFIX, else by
/// vault.azure.net), its host, its https URL, or, with `name` NULL, a whole secret id. Waits until
/// it is there or 100 s have passed. Inputs are borrowed for the call. The secret is owned by the
/// caller, free with doorkey_secret_free. Any thread but the library's own.
///
/// # Safety
/// `vault` must be NUL-terminated, `name` NULL or NUL-terminated, `out_secret` valid for writing,
/// `out_error` NULL or valid for writing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_get_secret(
    vault: *const c_char,
    name: *const c_char,
    out_secret: *mut *mut doorkey_secret,
    out_error: *mut *mut doorkey_error,
) -> doorkey_status {
    // SAFETY: the caller's promise, here and inside.
    unsafe {
        guard(out_error, || {
            let out = Out::<doorkey_secret>::new(out_secret, "out_secret")?;
            let vault = text::borrow_name(vault, "vault")?;
            let name = text::borrow_optional(name, "name")?;
            out.set(latest(vault, name)?);
            Ok(())
        })
    }
}

fn latest(vault: &str, name: Option<&str>) -> Result<super::secret::SecretFields> {
    let operation = default_client()?.get_secret(vault, name, None, &Call::default())?;
    Ok(operation.take()?.into())
}

/// The same as doorkey_get_token. Not declared when DOORKEY_NO_SHORT_NAMES is defined.
///
/// # Safety
/// As doorkey_get_token.
#[cfg(feature = "short-names")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn get_token(
    resource: *const c_char,
    out_token: *mut *mut doorkey_token,
    out_error: *mut *mut doorkey_error,
) -> doorkey_status {
    // SAFETY: the caller's promise is the same.
    unsafe { doorkey_get_token(resource, out_token, out_error) }
}

/// The same as doorkey_get_secret. Not declared when DOORKEY_NO_SHORT_NAMES is defined.
///
/// # Safety
/// As doorkey_get_secret.
#[cfg(feature = "short-names")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn get_secret(
    vault: *const c_char,
    name: *const c_char,
    out_secret: *mut *mut doorkey_secret,
    out_error: *mut *mut doorkey_error,
) -> doorkey_status {
    // SAFETY: the caller's promise is the same.
    unsafe { doorkey_get_secret(vault, name, out_secret, out_error) }
}
