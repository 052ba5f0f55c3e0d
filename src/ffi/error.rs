//! `doorkey_error`: what went wrong, in full. Immutable.

use std::ffi::{CString, c_char};
use std::ptr;

use crate::error::Error;
use crate::ffi::guard::{guard_unit, guard_value};
use crate::ffi::handle::{self, Noun};
use crate::ffi::status::doorkey_status;
use crate::ffi::text;

/// What went wrong, in full: message and advice for people, codes for programs. Never holds a
/// token or a secret. Owned by the caller, free with doorkey_error_free; its texts are borrowed
/// until then. One in a list goes with the list. Any thread.
pub struct doorkey_error {
    _private: [u8; 0],
}

pub(super) struct ErrorFields {
    status: doorkey_status,
    message: CString,
    advice: Option<CString>,
    code: Option<CString>,
    inner_code: Option<CString>,
    request_id: Option<CString>,
    http_status: i32,
    retry_after_ms: i64,
}

impl Noun for doorkey_error {
    type Inner = ErrorFields;
    const MAGIC: u64 = 0x646f_6f72_6572_726f;
    const NAME: &'static str = "doorkey_error";
}

impl ErrorFields {
    pub(super) fn status(&self) -> doorkey_status {
        self.status
    }
}

impl From<Error> for ErrorFields {
    fn from(error: Error) -> Self {
        let c_text = |text: Option<&str>| text.map(text::c_string);
        let retry_after_ms = error.retry_after().map_or(-1, |after| {
            i64::try_from(after.as_millis()).unwrap_or(i64::MAX)
        });
        Self {
            status: error.status().into(),
            message: text::c_string(error.message()),
            advice: c_text(error.advice()),
            code: c_text(error.code()),
            inner_code: c_text(error.inner_code()),
            request_id: c_text(error.request_id()),
            http_status: error.http_status().map_or(0, i32::from),
            retry_after_ms,
        }
    }
}

/// The status; DOORKEY_STATUS_INVALID_ARGUMENT when the handle is none.
///
/// # Safety
/// `error` must be NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_error_status(error: *const doorkey_error) -> doorkey_status {
    guard_value(doorkey_status::InvalidArgument, || {
        // SAFETY: the caller's promise.
        unsafe { handle::peek(error) }.map(ErrorFields::status)
    })
}

/// What was tried and what went wrong, for people; the wording may change between versions.
/// Borrowed until the error is freed. NULL only when the handle is none.
///
/// # Safety
/// `error` must be NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_error_message(error: *const doorkey_error) -> *const c_char {
    guard_value(ptr::null(), || {
        // SAFETY: the caller's promise.
        unsafe { handle::peek(error) }.map(|fields| fields.message.as_ptr())
    })
}

/// What to do about it. Borrowed until the error is freed; NULL when nothing is known.
///
/// # Safety
/// `error` must be NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_error_advice(error: *const doorkey_error) -> *const c_char {
    guard_value(ptr::null(), || {
        // SAFETY: the caller's promise.
        unsafe { handle::peek(error) }.map(|fields| text::pointer(&fields.advice))
    })
}

/// The service's own code, e.g. "Forbidden" or "invalid_request". Borrowed until the error is
/// freed; NULL when there was none.
///
/// # Safety
/// `error` must be NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_error_code(error: *const doorkey_error) -> *const c_char {
    guard_value(ptr::null(), || {
        // SAFETY: the caller's promise.
        unsafe { handle::peek(error) }.map(|fields| text::pointer(&fields.code))
    })
}

/// The service's inner code, e.g. "ForbiddenByRbac". Borrowed until the error is freed; NULL when
/// there was none.
///
/// # Safety
/// `error` must be NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_error_inner_code(error: *const doorkey_error) -> *const c_char {
    guard_value(ptr::null(), || {
        // SAFETY: the caller's promise.
        unsafe { handle::peek(error) }.map(|fields| text::pointer(&fields.inner_code))
    })
}

/// The service's request id, to quote to support. Borrowed until the error is freed; NULL when
/// there was none.
///
/// # Safety
/// `error` must be NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_error_request_id(error: *const doorkey_error) -> *const c_char {
    guard_value(ptr::null(), || {
        // SAFETY: the caller's promise.
        unsafe { handle::peek(error) }.map(|fields| text::pointer(&fields.request_id))
    })
}

/// The HTTP status of the answer; 0 when there was no answer.
///
/// # Safety
/// `error` must be NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_error_http_status(error: *const doorkey_error) -> i32 {
    guard_value(0, || {
        // SAFETY: the caller's promise.
        unsafe { handle::peek(error) }.map(|fields| fields.http_status)
    })
}

/// How long the service asked to wait, in milliseconds; -1 when it did not say.
///
/// # Safety
/// `error` must be NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_error_retry_after_ms(error: *const doorkey_error) -> i64 {
    guard_value(-1, || {
        // SAFETY: the caller's promise.
        unsafe { handle::peek(error) }.map(|fields| fields.retry_after_ms)
    })
}

/// Frees an error; NULL is fine.
///
/// # Safety
/// `error` must be NULL or a live handle that nobody uses any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_error_free(error: *mut doorkey_error) {
    // SAFETY: the caller's promise.
    guard_unit(|| unsafe { handle::free(error) });
}
