//! `doorkey_operation`: waits for work under way, cancels it, takes its result.

use std::ffi::c_void;
use std::time::Duration;

use crate::error::{Error, Result};
use crate::ffi::error::doorkey_error;
use crate::ffi::guard::{guard, guard_status, guard_unit, guard_value};
use crate::ffi::handle::{self, Noun, Out};
use crate::ffi::secret::doorkey_secret;
use crate::ffi::status::doorkey_status;
use crate::ffi::token::doorkey_token;
use crate::identity::Token;
use crate::operation::Operation;
use crate::vault::Secret;

/// Work under way. Finished exactly once: by its result, its time limit or a cancel. Any thread,
/// any time: one may cancel while another waits or takes. Owned by the caller, always free with
/// doorkey_operation_free.
pub struct doorkey_operation {
    _private: [u8; 0],
}

pub(super) enum Any {
    Token(Operation<Token>),
    Secret(Operation<Secret>),
}

impl Noun for doorkey_operation {
    type Inner = Any;
    const MAGIC: u64 = 0x646f_6f72_6f70_7261;
    const NAME: &'static str = "doorkey_operation";
}

impl Any {
    fn wait(&self, timeout: Option<Duration>) -> Result<bool> {
        match self {
            Any::Token(operation) => operation.wait(timeout),
            Any::Secret(operation) => operation.wait(timeout),
        }
    }

    fn cancel(&self) {
        match self {
            Any::Token(operation) => operation.cancel(),
            Any::Secret(operation) => operation.cancel(),
        }
    }
}

/// Waits until the operation is finished, `timeout_ms` milliseconds at most: 0 only looks,
/// UINT32_MAX waits until its own time limit. Any thread, any number of times.
///
/// Returns OK when it is finished (however it ended: taking tells), PENDING when it is not,
/// REENTRANT on one of the library's own threads, FORKED in a forked child.
///
/// # Safety
/// `operation` must be NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_operation_wait(
    operation: *const doorkey_operation,
    timeout_ms: u32,
) -> doorkey_status {
    guard_status(|| {
        // SAFETY: the caller's promise.
        let operation = unsafe { handle::borrow(operation, "operation") }?;
        let timeout =
            (timeout_ms != u32::MAX).then(|| Duration::from_millis(u64::from(timeout_ms)));
        Ok(match operation.wait(timeout)? {
            true => doorkey_status::Ok,
            false => doorkey_status::Pending,
        })
    })
}

/// Finishes the operation as CANCELLED at once, unless it is finished. Any thread, also while
/// another one waits or takes; any number of times; NULL is fine. Frees nothing.
///
/// # Safety
/// `operation` must be NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_operation_cancel(operation: *const doorkey_operation) {
    guard_value((), || {
        // SAFETY: the caller's promise.
        unsafe { handle::peek(operation) }.map(Any::cancel)
    });
}

fn wrong_kind(holds: &str) -> Error {
    Error::invalid("operation", format_args!("is one for a {holds}"))
}

/// Waits until the operation is finished, then moves the token out, once. The token is owned by
/// the caller, free with doorkey_token_free.
///
/// Errors: how the work failed; INVALID_ARGUMENT when it was taken before or is no token;
/// REENTRANT, FORKED.
///
/// # Safety
/// `operation` must be NULL or a live handle, outs as in every call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_operation_take_token(
    operation: *const doorkey_operation,
    out_token: *mut *mut doorkey_token,
    out_error: *mut *mut doorkey_error,
) -> doorkey_status {
    // SAFETY: the caller's promise, here and inside.
    unsafe {
        guard(out_error, || {
            let out = Out::<doorkey_token>::new(out_token, "out_token")?;
            match handle::borrow(operation, "operation")? {
                Any::Token(operation) => out.set(operation.take()?),
                Any::Secret(_) => return Err(wrong_kind("secret")),
            }
            Ok(())
        })
    }
}

/// Waits until the operation is finished, then moves the secret out, once. The secret is owned by
/// the caller, free with doorkey_secret_free.
///
/// Errors: how the work failed; INVALID_ARGUMENT when it was taken before or is no secret;
/// REENTRANT, FORKED.
///
/// # Safety
/// `operation` must be NULL or a live handle, outs as in every call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_operation_take_secret(
    operation: *const doorkey_operation,
    out_secret: *mut *mut doorkey_secret,
    out_error: *mut *mut doorkey_error,
) -> doorkey_status {
    // SAFETY: the caller's promise, here and inside.
    unsafe {
        guard(out_error, || {
            let out = Out::<doorkey_secret>::new(out_secret, "out_secret")?;
            match handle::borrow(operation, "operation")? {
                Any::Secret(operation) => out.set(operation.take()?.into()),
                Any::Token(_) => return Err(wrong_kind("token")),
            }
            Ok(())
        })
    }
}

/// Called when an operation is finished, with its outcome. Must return and must not throw,
/// longjmp or block for long: other callbacks wait behind it.
pub type doorkey_complete_fn = Option<extern "C" fn(user_data: *mut c_void, status: i32)>;

/// The host's word that its pointer may go to another thread.
struct UserData(*mut c_void);

// SAFETY: doorkey_operation_on_complete documents that the callback runs on another thread; the
// pointer is only passed on, never read.
unsafe impl Send for UserData {}

impl UserData {
    fn give_to(self, callback: extern "C" fn(*mut c_void, i32), status: doorkey_status) {
        callback(self.0, status as i32);
    }
}

/// Has `callback` called with `user_data` exactly once when the operation is finished: on the
/// library's callback thread, never on the caller's stack, also when it is finished already.
/// Taking the result inside is allowed; calls that wait for unfinished work return REENTRANT
/// there. After doorkey_operation_free the call still comes (CANCELLED), so `user_data` must live
/// until then.
///
/// Errors: INVALID_ARGUMENT when one is registered already, UNSUPPORTED or INTERNAL when the
/// thread cannot be started; the callback never comes then.
///
/// # Safety
/// `operation` must be NULL or a live handle; `callback` must be callable from another thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_operation_on_complete(
    operation: *const doorkey_operation,
    user_data: *mut c_void,
    callback: doorkey_complete_fn,
) -> doorkey_status {
    guard_status(|| {
        // SAFETY: the caller's promise.
        let operation = unsafe { handle::borrow(operation, "operation") }?;
        let callback = callback.ok_or_else(|| handle::null("callback"))?;
        let user_data = UserData(user_data);
        let complete = move |status: crate::error::Status| {
            user_data.give_to(callback, status.into());
        };
        match operation {
            Any::Token(operation) => operation.on_complete(complete)?,
            Any::Secret(operation) => operation.on_complete(complete)?,
        }
        Ok(doorkey_status::Ok)
    })
}

/// Frees an operation and cancels it if it still runs. NULL is fine.
///
/// # Safety
/// `operation` must be NULL or a live handle that nobody uses any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_operation_free(operation: *mut doorkey_operation) {
    // SAFETY: the caller's promise.
    guard_unit(|| unsafe { handle::free(operation) });
}
