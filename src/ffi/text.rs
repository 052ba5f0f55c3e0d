//! Strings across the boundary: in as NUL-terminated UTF-8 of bounded length, out as NUL-terminated
//! UTF-8 or, for values, UTF-16 into the caller's buffer.

use std::ffi::{CString, c_char};

use crate::error::{Error, Result};
use crate::ffi::handle::null;
use crate::ffi::status::doorkey_status;
use crate::limits;
use crate::sensitive::Sensitive;

/// Copies a C string of at most `length_max` bytes.
///
/// # Safety
/// `pointer` must be NULL or point to a NUL-terminated string.
pub(super) unsafe fn read(
    pointer: *const c_char,
    argument: &str,
    length_max: usize,
) -> Result<String> {
    // SAFETY: the caller's promise.
    unsafe { borrow(pointer, argument, length_max) }.map(str::to_owned)
}

/// As [`read`] with the length that names and addresses may have.
///
/// # Safety
/// As [`read`].
pub(super) unsafe fn read_name(pointer: *const c_char, argument: &str) -> Result<String> {
    // SAFETY: the caller's promise.
    unsafe { read(pointer, argument, limits::INPUT_LENGTH_MAX) }
}

/// As [`read_name`], where NULL means that it is left out.
///
/// # Safety
/// As [`read`].
pub(super) unsafe fn read_optional(
    pointer: *const c_char,
    argument: &str,
) -> Result<Option<String>> {
    // SAFETY: the caller's promise.
    unsafe { read_optional_of(pointer, argument, limits::INPUT_LENGTH_MAX) }
}

/// As [`read`], where NULL means that it is left out.
///
/// # Safety
/// As [`read`].
pub(super) unsafe fn read_optional_of(
    pointer: *const c_char,
    argument: &str,
    length_max: usize,
) -> Result<Option<String>> {
    if pointer.is_null() {
        return Ok(None);
    }
    // SAFETY: the caller's promise.
    unsafe { read(pointer, argument, length_max) }.map(Some)
}

/// As [`read_name`], without a copy.
///
/// # Safety
/// As [`read`], and it must outlive `'a`.
pub(super) unsafe fn borrow_name<'a>(pointer: *const c_char, argument: &str) -> Result<&'a str> {
    // SAFETY: the caller's promise.
    unsafe { borrow(pointer, argument, limits::INPUT_LENGTH_MAX) }
}

unsafe fn borrow<'a>(pointer: *const c_char, argument: &str, length_max: usize) -> Result<&'a str> {
    if pointer.is_null() {
        return Err(null(argument));
    }
    // Not strlen: a text without an end is left after the limit.
    let mut length = 0;
    // SAFETY: bytes up to the NUL may be read, and the loop stops there.
    while unsafe { pointer.add(length).read() } != 0 {
        length += 1;
        if length > length_max {
            return Err(Error::invalid(
                argument,
                format_args!("longer than {length_max} bytes"),
            ));
        }
    }
    // SAFETY: `length` bytes have just been read one by one.
    let bytes = unsafe { std::slice::from_raw_parts(pointer.cast::<u8>(), length) };
    std::str::from_utf8(bytes).map_err(|_| Error::invalid(argument, "is not valid UTF-8"))
}

/// Text for C; a NUL in it would cut it short and becomes a space.
pub(super) fn c_string(text: &str) -> CString {
    let bytes: Vec<u8> = text
        .bytes()
        .map(|b| if b == 0 { b' ' } else { b })
        .collect();
    CString::new(bytes).unwrap_or_default()
}

/// The pointer of an optional text; NULL when there is none.
pub(super) fn pointer(text: &Option<CString>) -> *const c_char {
    text.as_ref().map_or(std::ptr::null(), |text| text.as_ptr())
}

/// Writes a value as UTF-16 without a terminator. `*out_units` is the length it has, also when the
/// buffer is too small, which writes nothing.
///
/// # Safety
/// `buffer` must be NULL or valid for `capacity_units` units, `out_units` NULL or valid for
/// writing.
pub(super) unsafe fn copy_utf16(
    value: &Sensitive,
    buffer: *mut u16,
    capacity_units: usize,
    out_units: *mut usize,
) -> Result<doorkey_status> {
    if out_units.is_null() {
        return Err(null("out_units"));
    }
    let text = value
        .as_str()
        .ok_or_else(|| Error::internal("a value is not UTF-8"))?;
    let units = text.encode_utf16().count();
    // SAFETY: not NULL, and valid by the caller's promise.
    unsafe { out_units.write(units) };
    if buffer.is_null() {
        return if capacity_units == 0 {
            Ok(doorkey_status::Ok)
        } else {
            Err(null("buffer"))
        };
    }
    if capacity_units < units {
        return Ok(doorkey_status::LimitExceeded);
    }
    for (at, unit) in text.encode_utf16().enumerate() {
        // SAFETY: `at` is below `units`, which is at most the capacity.
        unsafe { buffer.add(at).write_unaligned(unit) };
    }
    Ok(doorkey_status::Ok)
}
