//! `doorkey_pager`: a long list, a page at a time.

use crate::Pager;
use crate::error::Result;
use crate::ffi::error::doorkey_error;
use crate::ffi::guard::{guard, guard_unit};
use crate::ffi::handle::{self, Noun, Out};
use crate::ffi::operation::doorkey_operation;
use crate::ffi::status::doorkey_status;
use crate::vault::{Secret, SecretProperties};

/// A list that comes a page at a time. Any thread, but one page at a time. Owned by the caller, free
/// with doorkey_pager_free.
pub struct doorkey_pager {
    _private: [u8; 0],
}

/// Either kind of page.
pub(super) enum Pages {
    Properties(Pager<SecretProperties>),
    Secrets(Pager<Result<Secret>>),
}

impl Noun for doorkey_pager {
    type Inner = Pages;
    const MAGIC: u64 = 0x646f_6f72_7061_6765;
    const NAME: &'static str = "doorkey_pager";
}

/// Starts to get the next page and returns at once. Take it with doorkey_operation_take_list: an
/// empty list is the end, and is so again for whoever asks behind it. A page that failed, was
/// cancelled, or whose operation was freed before it was taken, comes with the next call, and nothing
/// is lost. The operation is owned by the caller, free with doorkey_operation_free.
///
/// Errors: INVALID_ARGUMENT while the page before is neither taken nor its operation freed; for the
/// rest as the call that made the pager.
///
/// # Safety
/// `pager` must be NULL or a live handle, outs as in every call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_pager_next(
    pager: *const doorkey_pager,
    out_operation: *mut *mut doorkey_operation,
    out_error: *mut *mut doorkey_error,
) -> doorkey_status {
    // SAFETY: the caller's promise, here and inside.
    unsafe {
        guard(out_error, || {
            let out = Out::<doorkey_operation>::new(out_operation, "out_operation")?;
            out.set(match handle::borrow(pager, "pager")? {
                Pages::Properties(pager) => pager.next()?.into(),
                Pages::Secrets(pager) => pager.next()?.into(),
            });
            Ok(())
        })
    }
}

/// Frees a pager, at any page. Never blocks. A page of a list that is under way lives on; what still
/// runs for doorkey_client_stream_secrets is stopped. NULL is fine.
///
/// # Safety
/// `pager` must be NULL or a live handle that nobody uses any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_pager_free(pager: *mut doorkey_pager) {
    // SAFETY: the caller's promise.
    guard_unit(|| unsafe { handle::free(pager) });
}
