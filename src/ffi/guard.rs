//! What stands around every export: no panic gets out, every failure becomes a status and, where
//! the caller wants it, an error object.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::error::{Error, Result};
use crate::ffi::error::doorkey_error;
use crate::ffi::handle;
use crate::ffi::status::doorkey_status;

/// Runs the body of an export that returns a status. `*out_error` is NULL afterwards unless the
/// body failed.
///
/// # Safety
/// `out_error` must be NULL or valid for writing a pointer.
pub(super) unsafe fn guard(
    out_error: *mut *mut doorkey_error,
    body: impl FnOnce() -> Result<()>,
) -> doorkey_status {
    if !out_error.is_null() {
        // SAFETY: not NULL, and valid by the caller's promise.
        unsafe { out_error.write(std::ptr::null_mut()) };
    }
    match catch(body) {
        Some(Ok(())) => doorkey_status::Ok,
        // SAFETY: as above.
        failed => unsafe { tell(out_error, failed) },
    }
}

/// Once for all exports, and not a copy in each.
///
/// # Safety
/// As [`guard`].
#[cold]
#[inline(never)]
unsafe fn tell(out_error: *mut *mut doorkey_error, failed: Option<Result<()>>) -> doorkey_status {
    let Err(error) = failed.unwrap_or_else(|| Err(Error::panicked())) else {
        return doorkey_status::Ok;
    };
    let status = error.status().into();
    if !out_error.is_null() {
        let object = catch(|| handle::create::<doorkey_error>(error.into()));
        // SAFETY: the caller's promise.
        unsafe { out_error.write(object.unwrap_or(std::ptr::null_mut())) };
    }
    status
}

/// Runs the body of an export without an error object.
pub(super) fn guard_status(body: impl FnOnce() -> Result<doorkey_status>) -> doorkey_status {
    match catch(body) {
        Some(Ok(status)) => status,
        Some(Err(error)) => error.status().into(),
        None => doorkey_status::Panic,
    }
}

/// Runs the body of an export that returns a plain value; `otherwise` when it has none to give.
pub(super) fn guard_value<T>(otherwise: T, body: impl FnOnce() -> Option<T>) -> T {
    catch(body).flatten().unwrap_or(otherwise)
}

/// Runs the body of an export that returns nothing.
pub(super) fn guard_unit(body: impl FnOnce()) {
    catch(body);
}

fn catch<T>(body: impl FnOnce() -> T) -> Option<T> {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(value) => Some(value),
        Err(payload) => {
            swallow(payload);
            None
        }
    }
}

/// The payload's own drop may panic as well.
#[cold]
#[inline(never)]
fn swallow(payload: Box<dyn std::any::Any + Send>) {
    let _ = catch_unwind(AssertUnwindSafe(move || drop(payload)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_a_status_and_an_error_object() {
        let mut error = std::ptr::null_mut();
        // SAFETY: `error` outlives the call.
        let status = unsafe { guard(&mut error, || panic!("secret payload")) };
        assert_eq!(status, doorkey_status::Panic);
        // SAFETY: `guard` made it and nobody else has it.
        unsafe {
            let message = crate::ffi::error::doorkey_error_message(error);
            let message = std::ffi::CStr::from_ptr(message).to_str().unwrap();
            assert!(!message.contains("payload"));
            crate::ffi::error::doorkey_error_free(error);
        }
    }

    #[test]
    fn a_payload_that_panics_when_dropped_is_caught_too() {
        struct Bomb;
        impl Drop for Bomb {
            fn drop(&mut self) {
                panic!("once more");
            }
        }
        // SAFETY: NULL is allowed.
        let status = unsafe { guard(std::ptr::null_mut(), || std::panic::panic_any(Bomb)) };
        assert_eq!(status, doorkey_status::Panic);
    }
}
