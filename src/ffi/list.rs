//! `doorkey_secret_list`: what a bulk call or a page brought, an item a row. Immutable.

use std::ptr;

use crate::error::Result;
use crate::ffi::error::doorkey_error;
use crate::ffi::guard::{guard_status, guard_unit, guard_value};
use crate::ffi::handle::{self, Lent, Noun, Out};
use crate::ffi::secret::doorkey_secret;
use crate::ffi::status::doorkey_status;
use crate::vault::{Secret, SecretProperties};

/// Secrets in their order, each of them a secret or why there is none. Its secrets and errors are
/// read as any others, borrowed until the list is freed; they are not freed by themselves (their
/// _free does nothing to them). Any thread. Owned by the caller, free with
/// doorkey_secret_list_free.
pub struct doorkey_secret_list {
    _private: [u8; 0],
}

pub(super) enum Row {
    Secret(Lent<doorkey_secret>),
    /// Boxed, because it is large and rare.
    Failed(Box<Lent<doorkey_error>>),
}

/// The rows, which never move: C has pointers into them.
pub(super) struct Rows(Box<[Row]>);

impl Noun for doorkey_secret_list {
    type Inner = Rows;
    const MAGIC: u64 = 0x646f_6f72_6c69_7374;
    const NAME: &'static str = "doorkey_secret_list";
}

impl From<Vec<Result<Secret>>> for Rows {
    fn from(secrets: Vec<Result<Secret>>) -> Self {
        let rows = secrets.into_iter().map(|outcome| match outcome {
            Ok(secret) => Row::Secret(Lent::new(secret.into())),
            Err(error) => Row::Failed(Box::new(Lent::new(error.into()))),
        });
        Self(rows.collect())
    }
}

impl From<Vec<SecretProperties>> for Rows {
    fn from(page: Vec<SecretProperties>) -> Self {
        let rows = page.into_iter();
        Self(
            rows.map(|properties| Row::Secret(Lent::new(properties.into())))
                .collect(),
        )
    }
}

/// Row number `index`; none beyond the last and of no list.
///
/// # Safety
/// `list` must be NULL or a live handle, and outlive `'a`.
unsafe fn row<'a>(list: *const doorkey_secret_list, index: usize) -> Option<&'a Row> {
    // SAFETY: the caller's promise.
    unsafe { handle::peek(list) }?.0.get(index)
}

/// How many items the list has; 0 when the handle is none.
///
/// # Safety
/// `list` must be NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_secret_list_length(list: *const doorkey_secret_list) -> usize {
    guard_value(0, || {
        // SAFETY: the caller's promise.
        unsafe { handle::peek(list) }.map(|rows| rows.0.len())
    })
}

/// The secret of item number `index`, from 0. Borrowed until the list is freed; NULL when that item
/// failed, and beyond the last.
///
/// # Safety
/// `list` must be NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_secret_list_at(
    list: *const doorkey_secret_list,
    index: usize,
) -> *const doorkey_secret {
    // SAFETY: the caller's promise.
    guard_value(ptr::null(), || match unsafe { row(list, index) }? {
        Row::Secret(secret) => Some(secret.pointer()),
        Row::Failed(_) => None,
    })
}

/// How item number `index`, from 0, came out: DOORKEY_STATUS_OK for one that is there;
/// INVALID_ARGUMENT beyond the last.
///
/// # Safety
/// `list` must be NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_secret_list_status(
    list: *const doorkey_secret_list,
    index: usize,
) -> doorkey_status {
    // SAFETY: the caller's promise.
    guard_value(doorkey_status::InvalidArgument, || {
        match unsafe { row(list, index) }? {
            Row::Secret(_) => Some(doorkey_status::Ok),
            Row::Failed(error) => Some(error.inner().status()),
        }
    })
}

/// Why item number `index`, from 0, failed. Borrowed until the list is freed; NULL when it did not
/// fail, and beyond the last.
///
/// # Safety
/// `list` must be NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_secret_list_error(
    list: *const doorkey_secret_list,
    index: usize,
) -> *const doorkey_error {
    // SAFETY: the caller's promise.
    guard_value(ptr::null(), || match unsafe { row(list, index) }? {
        Row::Secret(_) => None,
        Row::Failed(error) => Some(error.pointer()),
    })
}

/// A secret of its own for item number `index`, from 0, which outlives the list. The two share the
/// value's memory, which is wiped when the last of them is freed. Owned by the caller, free with
/// doorkey_secret_free.
///
/// Returns OK; how that item failed; INVALID_ARGUMENT beyond the last.
///
/// # Safety
/// `list` must be NULL or a live handle, `out_secret` NULL or valid for writing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_secret_list_share(
    list: *const doorkey_secret_list,
    index: usize,
    out_secret: *mut *mut doorkey_secret,
) -> doorkey_status {
    guard_status(|| {
        // SAFETY: the caller's promise.
        let out = unsafe { Out::<doorkey_secret>::new(out_secret, "out_secret") }?;
        // SAFETY: the caller's promise.
        Ok(match unsafe { row(list, index) } {
            Some(Row::Secret(secret)) => {
                out.set(secret.inner().clone());
                doorkey_status::Ok
            }
            Some(Row::Failed(error)) => error.inner().status(),
            None => doorkey_status::InvalidArgument,
        })
    })
}

/// Frees a list with its secrets and errors, and wipes the values that nobody shares; NULL is fine.
///
/// # Safety
/// `list` must be NULL or a live handle that nobody uses any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_secret_list_free(list: *mut doorkey_secret_list) {
    // SAFETY: the caller's promise.
    guard_unit(|| unsafe { handle::free(list) });
}
