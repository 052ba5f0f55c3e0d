//! `doorkey_options`: setters that store; `doorkey_client_new` checks, so that a bad option is told
//! with its name and rule.

use std::ffi::c_char;
use std::sync::{Arc, Mutex};

use crate::engine::lock;
use crate::error::{Error, Result, Status};
use crate::ffi::guard::{guard_status, guard_unit};
use crate::ffi::handle::{self, Noun, Out};
use crate::ffi::status::doorkey_status;
use crate::ffi::stored::{Stored, Suffix, Text};
use crate::ffi::text;
use crate::limits;
use crate::sensitive::Sensitive;

/// What a client is to be made with. Setters store and return at once; doorkey_client_new copies
/// and checks, and names the option that breaks a rule. One thread at a time. Owned by the caller,
/// free with doorkey_options_free.
pub struct doorkey_options {
    _private: [u8; 0],
}

impl Noun for doorkey_options {
    type Inner = Mutex<Stored>;
    const MAGIC: u64 = 0x646f_6f72_6f70_746e;
    const NAME: &'static str = "doorkey_options";
}

/// Makes empty options.
///
/// # Safety
/// `out_options` must be valid for writing a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_options_new(
    out_options: *mut *mut doorkey_options,
) -> doorkey_status {
    guard_status(|| {
        // SAFETY: the caller's promise.
        let out = unsafe { Out::<doorkey_options>::new(out_options, "out_options") }?;
        out.set(Mutex::default());
        Ok(doorkey_status::Ok)
    })
}

/// Frees options; clients made from them live on. NULL is fine.
///
/// # Safety
/// `options` must be NULL or a live handle that nobody uses any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_options_free(options: *mut doorkey_options) {
    // SAFETY: the caller's promise.
    guard_unit(|| unsafe { handle::free(options) });
}

/// Changes stored options.
///
/// # Safety
/// `options` must be NULL or a live handle.
unsafe fn store(
    options: *mut doorkey_options,
    change: impl FnOnce(&mut Stored) -> Result<()>,
) -> doorkey_status {
    guard_status(|| {
        // SAFETY: the caller's promise.
        let stored = unsafe { handle::borrow(options.cast_const(), "options") }?;
        change(&mut lock(stored))?;
        Ok(doorkey_status::Ok)
    })
}

/// Stores a text. NULL is refused at once, everything else is judged by doorkey_client_new.
///
/// # Safety
/// `pointer` must be NULL or NUL-terminated.
unsafe fn stored_text(pointer: *const c_char, argument: &str, length_max: usize) -> Result<Text> {
    if pointer.is_null() {
        return Err(handle::null(argument));
    }
    // SAFETY: the caller's promise.
    Ok(unsafe { text::read(pointer, argument, length_max) })
}

/// Uses the user-assigned identity with this client id, a GUID. `client_id` is borrowed for the
/// call.
///
/// # Safety
/// `options` must be NULL or a live handle, `client_id` NULL or NUL-terminated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_options_set_client_id(
    options: *mut doorkey_options,
    client_id: *const c_char,
) -> doorkey_status {
    // SAFETY: the caller's promise.
    unsafe {
        store(options, |stored| {
            stored.client_id = Some(stored_text(
                client_id,
                "client_id",
                limits::INPUT_LENGTH_MAX,
            )?);
            Ok(())
        })
    }
}

/// Uses the user-assigned identity with this object id (principal id), a GUID. `object_id` is
/// borrowed for the call.
///
/// # Safety
/// `options` must be NULL or a live handle, `object_id` NULL or NUL-terminated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_options_set_object_id(
    options: *mut doorkey_options,
    object_id: *const c_char,
) -> doorkey_status {
    // SAFETY: the caller's promise.
    unsafe {
        store(options, |stored| {
            stored.object_id = Some(stored_text(
                object_id,
                "object_id",
                limits::INPUT_LENGTH_MAX,
            )?);
            Ok(())
        })
    }
}

/// Uses the user-assigned identity with this Azure resource id. `resource_id` is borrowed for the
/// call.
///
/// # Safety
/// `options` must be NULL or a live handle, `resource_id` NULL or NUL-terminated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_options_set_resource_id(
    options: *mut doorkey_options,
    resource_id: *const c_char,
) -> doorkey_status {
    // SAFETY: the caller's promise.
    unsafe {
        store(options, |stored| {
            let text = stored_text(resource_id, "resource_id", limits::INPUT_LENGTH_MAX)?;
            stored.resource_id = Some(text);
            Ok(())
        })
    }
}

/// Asks this source of tokens and no other, instead of the one that the environment points to:
/// a name as doorkey_token_source gives it. `source` is borrowed for the call.
///
/// # Safety
/// `options` must be NULL or a live handle, `source` NULL or NUL-terminated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_options_set_source(
    options: *mut doorkey_options,
    source: *const c_char,
) -> doorkey_status {
    // SAFETY: the caller's promise.
    unsafe {
        store(options, |stored| {
            stored.source = Some(stored_text(source, "source", limits::INPUT_LENGTH_MAX)?);
            Ok(())
        })
    }
}

/// Puts a text before the library's own User-Agent: 1 to 256 printable ASCII characters.
/// `user_agent` is borrowed for the call.
///
/// # Safety
/// `options` must be NULL or a live handle, `user_agent` NULL or NUL-terminated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_options_set_user_agent(
    options: *mut doorkey_options,
    user_agent: *const c_char,
) -> doorkey_status {
    // SAFETY: the caller's promise.
    unsafe {
        store(options, |stored| {
            let text = stored_text(user_agent, "user_agent", limits::INPUT_LENGTH_MAX)?;
            stored.user_agent = Some(text);
            Ok(())
        })
    }
}

/// Asks the vaults in this version of their interface, e.g. "7.4", which it is unless set.
/// `version` is borrowed for the call.
///
/// # Safety
/// `options` must be NULL or a live handle, `version` NULL or NUL-terminated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_options_set_vault_api_version(
    options: *mut doorkey_options,
    version: *const c_char,
) -> doorkey_status {
    // SAFETY: the caller's promise.
    unsafe {
        store(options, |stored| {
            let text = stored_text(version, "vault_api_version", limits::INPUT_LENGTH_MAX)?;
            stored.vault_api_version = Some(text);
            Ok(())
        })
    }
}

/// Trusts these roots beside the system's: PEM text, one or more certificates. `ca_pem` is
/// borrowed for the call.
///
/// # Safety
/// `options` must be NULL or a live handle, `ca_pem` NULL or NUL-terminated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_options_set_ca_pem(
    options: *mut doorkey_options,
    ca_pem: *const c_char,
) -> doorkey_status {
    // SAFETY: the caller's promise.
    unsafe {
        store(options, |stored| {
            stored.ca_pem = Some(stored_text(ca_pem, "ca_pem", limits::CA_PEM_BYTES_MAX)?);
            Ok(())
        })
    }
}

/// Uses a token of one's own for vaults instead of any identity; such a client cannot get tokens.
/// `token` is borrowed for the call, `length` bytes of printable ASCII, no NUL needed.
///
/// # Safety
/// `options` must be NULL or a live handle, `token` NULL or valid for reading `length` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_options_set_access_token(
    options: *mut doorkey_options,
    token: *const c_char,
    length: usize,
) -> doorkey_status {
    // SAFETY: the caller's promise.
    unsafe {
        store(options, |stored| {
            if token.is_null() {
                return Err(handle::null("token"));
            }
            let bytes =
                text::borrow_bytes(token, length, "token", limits::HEADER_VALUE_LENGTH_MAX)?;
            stored.access_token = Some(Arc::new(Sensitive::new(bytes)));
            Ok(())
        })
    }
}

/// Limits the time of each operation, in milliseconds; 0 is the default of 100,000.
///
/// # Safety
/// `options` must be NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_options_set_timeout_ms(
    options: *mut doorkey_options,
    timeout_ms: u32,
) -> doorkey_status {
    // SAFETY: the caller's promise.
    unsafe {
        store(options, |stored| {
            stored.timeout_ms = timeout_ms;
            Ok(())
        })
    }
}

/// Limits the retries of each request: 0 to 20, 5 unless set.
///
/// # Safety
/// `options` must be NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_options_set_retries_max(
    options: *mut doorkey_options,
    retries_max: u32,
) -> doorkey_status {
    // SAFETY: the caller's promise.
    unsafe {
        store(options, |stored| {
            stored.retries_max = Some(retries_max);
            Ok(())
        })
    }
}

/// With 0, does not compare the audience of a vault's challenge with the vault's host; 1 is the
/// default. For emulators only: the comparison is what keeps a token from being fetched for
/// somebody else's audience.
///
/// # Safety
/// `options` must be NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_options_set_verify_challenge(
    options: *mut doorkey_options,
    verify_challenge: i32,
) -> doorkey_status {
    // SAFETY: the caller's promise.
    unsafe {
        store(options, |stored| {
            if !matches!(verify_challenge, 0 | 1) {
                return Err(Error::invalid("verify_challenge", "must be 0 or 1"));
            }
            stored.trust_any_challenge = verify_challenge == 0;
            Ok(())
        })
    }
}

/// Makes a vault suffix of one's own known: every first label below `suffix` (host or host:port)
/// is a vault, whose tokens are for `audience` (NULL: https:// and the host). `authority` must be
/// NULL in this version. May be called up to 32 times; the first suffix completes bare vault
/// names, unless DOORKEY_VAULT_SUFFIX does. All texts are borrowed for the call.
///
/// # Safety
/// `options` must be NULL or a live handle, the texts NULL or NUL-terminated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_options_add_vault_suffix(
    options: *mut doorkey_options,
    suffix: *const c_char,
    audience: *const c_char,
    authority: *const c_char,
) -> doorkey_status {
    // SAFETY: the caller's promise.
    unsafe {
        store(options, |stored| {
            if stored.suffixes.len() >= limits::VAULT_SUFFIXES_MAX {
                return Err(Error::new(Status::LimitExceeded, "too many vault suffixes"));
            }
            let suffix = stored_text(suffix, "suffix", limits::INPUT_LENGTH_MAX)?;
            stored.suffixes.push(suffix.and_then(|suffix| {
                Ok(Suffix {
                    suffix,
                    audience: text::read_optional(audience, "audience")?,
                    authority: text::read_optional(authority, "authority")?,
                })
            }));
            Ok(())
        })
    }
}

/// Gives the client an environment of its own instead of the process's: `count` pairs, name and
/// value in turn. Variables that are not among them are not set for this client. Which ones
/// matter says doorkey_environment_names. All texts are borrowed for the call.
///
/// # Safety
/// `options` must be NULL or a live handle; `names_and_values` must hold 2 × `count` NUL-terminated
/// strings and may be NULL when `count` is 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_options_set_environment(
    options: *mut doorkey_options,
    names_and_values: *const *const c_char,
    count: usize,
) -> doorkey_status {
    // SAFETY: the caller's promise.
    unsafe {
        store(options, |stored| {
            if names_and_values.is_null() && count != 0 {
                return Err(handle::null("names_and_values"));
            }
            if count > limits::ENVIRONMENT_PAIRS_MAX {
                return Err(Error::new(Status::LimitExceeded, "too many variables"));
            }
            let mut pairs = Vec::with_capacity(count);
            for at in 0..count {
                let name = names_and_values.add(at * 2).read_unaligned();
                let value = names_and_values.add(at * 2 + 1).read_unaligned();
                pairs.push((
                    stored_text(name, "environment (a name)", limits::INPUT_LENGTH_MAX)?,
                    stored_text(
                        value,
                        "environment (a value)",
                        limits::VARIABLE_PEM_BYTES_MAX,
                    )?,
                ));
            }
            stored.environment = Some(pairs);
            Ok(())
        })
    }
}
