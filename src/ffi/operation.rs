//! `doorkey_operation`: waits for work under way, cancels it, takes its result.

use std::ffi::c_void;
use std::time::Duration;

use crate::error::{Error, Result};
use crate::ffi::blob::doorkey_blob;
use crate::ffi::error::doorkey_error;
use crate::ffi::guard::{guard, guard_status, guard_unit, guard_value};
use crate::ffi::handle::{self, Noun, Out};
use crate::ffi::list::doorkey_secret_list;
use crate::ffi::secret::doorkey_secret;
use crate::ffi::status::doorkey_status;
use crate::ffi::token::doorkey_token;
use crate::operation::{Operation, Raw};
use crate::outcome::{Kind, Outcome, Output};

/// Work under way. Finished exactly once: by its result, its time limit or a cancel. Any thread,
/// any time: one may cancel while another waits or takes. Owned by the caller, always free with
/// doorkey_operation_free.
pub struct doorkey_operation {
    _private: [u8; 0],
}

/// Work of any kind: C has one type for all, and takes from it what it has.
pub(super) struct Any {
    raw: Raw,
    kind: Kind,
}

impl<T: Output> From<Operation<T>> for Any {
    fn from(operation: Operation<T>) -> Self {
        Self {
            raw: operation.into_raw(),
            kind: T::KIND,
        }
    }
}

impl Noun for doorkey_operation {
    type Inner = Any;
    const MAGIC: u64 = 0x646f_6f72_6f70_7261;
    const NAME: &'static str = "doorkey_operation";
}

impl Any {
    /// Waits, then moves the result out, once it is sure that it is of a kind that is wanted.
    fn take(&self, wanted: &[Kind]) -> Result<Outcome> {
        if wanted.contains(&self.kind) {
            return self.raw.take();
        }
        let holds = match self.kind {
            Kind::Token => "a token",
            Kind::Secret | Kind::Properties => "a secret",
            Kind::Secrets | Kind::Page => "a list",
            Kind::Blob => "a blob",
            Kind::Nothing => "nothing",
        };
        Err(Error::invalid(
            "operation",
            format_args!("is one for {holds}"),
        ))
    }
}

fn other() -> Error {
    Error::internal("work gave something else")
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
        Ok(match operation.raw.wait(timeout)? {
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
        unsafe { handle::peek(operation) }.map(|any| any.raw.cancel())
    });
}

/// Waits, then moves a result of the kind that `take` finds out of the operation.
///
/// # Safety
/// `operation` must be NULL or a live handle, outs as in every call.
unsafe fn take<N: Noun>(
    operation: *const doorkey_operation,
    out: *mut *mut N,
    argument: &str,
    out_error: *mut *mut doorkey_error,
    take: impl FnOnce(&Any) -> Result<N::Inner>,
) -> doorkey_status {
    // SAFETY: the caller's promise, here and inside.
    unsafe {
        guard(out_error, || {
            let out = Out::new(out, argument)?;
            out.set(take(handle::borrow(operation, "operation")?)?);
            Ok(())
        })
    }
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
    // SAFETY: the caller's promise.
    unsafe {
        take(
            operation,
            out_token,
            "out_token",
            out_error,
            |any| match any.take(&[Kind::Token])? {
                Outcome::Token(token) => Ok(token),
                _ => Err(other()),
            },
        )
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
    // SAFETY: the caller's promise.
    unsafe {
        take(
            operation,
            out_secret,
            "out_secret",
            out_error,
            |any| match any.take(&[Kind::Secret, Kind::Properties])? {
                Outcome::Secret(secret) => Ok(secret.into()),
                Outcome::Properties(properties) => Ok(properties.into()),
                _ => Err(other()),
            },
        )
    }
}

/// Waits until the operation is finished, then moves the list of secrets out, once. The list is
/// owned by the caller, free with doorkey_secret_list_free.
///
/// Errors: how the work as a whole failed (an item's own failure is in the list); INVALID_ARGUMENT
/// when it was taken before or is no list; REENTRANT, FORKED.
///
/// # Safety
/// `operation` must be NULL or a live handle, outs as in every call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_operation_take_list(
    operation: *const doorkey_operation,
    out_list: *mut *mut doorkey_secret_list,
    out_error: *mut *mut doorkey_error,
) -> doorkey_status {
    // SAFETY: the caller's promise.
    unsafe {
        take(operation, out_list, "out_list", out_error, |any| match any
            .take(&[Kind::Secrets, Kind::Page])?
        {
            Outcome::Secrets(secrets) => Ok(secrets.into()),
            Outcome::Page(page) => Ok(page.into()),
            _ => Err(other()),
        })
    }
}

/// Waits until the operation is finished, then moves the blob out, once. The blob is owned by the
/// caller, free with doorkey_blob_free.
///
/// Errors: how the work failed; INVALID_ARGUMENT when it was taken before or is no blob;
/// REENTRANT, FORKED.
///
/// # Safety
/// `operation` must be NULL or a live handle, outs as in every call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_operation_take_blob(
    operation: *const doorkey_operation,
    out_blob: *mut *mut doorkey_blob,
    out_error: *mut *mut doorkey_error,
) -> doorkey_status {
    // SAFETY: the caller's promise.
    unsafe {
        take(
            operation,
            out_blob,
            "out_blob",
            out_error,
            |any| match any.take(&[Kind::Blob])? {
                Outcome::Blob(blob) => Ok(blob),
                _ => Err(other()),
            },
        )
    }
}

/// Waits until an operation that has no result but its outcome is finished, and tells that, once.
///
/// Errors: how the work failed; INVALID_ARGUMENT when it was told before or has a result;
/// REENTRANT, FORKED.
///
/// # Safety
/// `operation` must be NULL or a live handle, `out_error` as in every call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_operation_take_none(
    operation: *const doorkey_operation,
    out_error: *mut *mut doorkey_error,
) -> doorkey_status {
    // SAFETY: the caller's promise, here and inside.
    unsafe {
        guard(out_error, || {
            handle::borrow(operation, "operation")?
                .take(&[Kind::Nothing])
                .map(|_| ())
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
        operation.raw.on_complete(Box::new(complete))?;
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
