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

/// As [`read`] with the length that names and addresses may have, where NULL means that it is left
/// out.
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

/// A name or an address, without a copy.
///
/// # Safety
/// As [`read`], and it must outlive `'a`.
pub(super) unsafe fn borrow_name<'a>(pointer: *const c_char, argument: &str) -> Result<&'a str> {
    // SAFETY: the caller's promise.
    unsafe { borrow(pointer, argument, limits::INPUT_LENGTH_MAX) }
}

/// As [`borrow_name`], where NULL means that it is left out.
///
/// # Safety
/// As [`borrow_name`].
pub(super) unsafe fn borrow_optional<'a>(
    pointer: *const c_char,
    argument: &str,
) -> Result<Option<&'a str>> {
    if pointer.is_null() {
        return Ok(None);
    }
    // SAFETY: the caller's promise.
    unsafe { borrow_name(pointer, argument) }.map(Some)
}

/// `count` texts; one that is NULL, too long or no text is refused by its place, from 0. Of `cut` ones a text
/// that is too long is left out behind the limit, and is then bad by itself alone. How many there may be is
/// for the caller to judge before.
///
/// # Safety
/// `pointers` must be NULL or have `count` pointers, each as in [`borrow_name`].
pub(super) unsafe fn borrow_all<'a>(
    pointers: *const *const c_char,
    count: usize,
    argument: &str,
    cut: bool,
) -> Result<Vec<&'a str>> {
    if pointers.is_null() && count != 0 {
        return Err(null(argument));
    }
    let mut texts = Vec::with_capacity(count);
    for at in 0..count {
        // SAFETY: there are `count` pointers, wherever the caller's packing put them.
        let pointer = unsafe { pointers.add(at).read_unaligned() };
        let place = || format!("{argument}[{at}]");
        if pointer.is_null() {
            return Err(null(&place()));
        }
        // SAFETY: not NULL, and the caller's promise.
        let bytes = unsafe { bytes_of(pointer, limits::INPUT_LENGTH_MAX) };
        let is_long = bytes.len() > limits::INPUT_LENGTH_MAX;
        texts.push(match std::str::from_utf8(bytes) {
            _ if is_long && !cut => return Err(too_long(&place(), limits::INPUT_LENGTH_MAX)),
            Ok(text) => text,
            // Cut inside of a character.
            Err(error) if is_long && error.error_len().is_none() => {
                std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default()
            }
            Err(_) => return Err(Error::invalid(&place(), "is not valid UTF-8")),
        });
    }
    Ok(texts)
}

/// The bytes before the NUL, or one more than there may be.
///
/// # Safety
/// `pointer` must be NUL-terminated, for `'a`.
unsafe fn bytes_of<'a>(pointer: *const c_char, length_max: usize) -> &'a [u8] {
    // Not strlen: a text without an end is left after the limit.
    let mut length = 0;
    // SAFETY: bytes up to the NUL may be read, and the loop stops there.
    while length <= length_max && unsafe { pointer.add(length).read() } != 0 {
        length += 1;
    }
    // SAFETY: `length` bytes have just been read one by one.
    unsafe { std::slice::from_raw_parts(pointer.cast::<u8>(), length) }
}

unsafe fn borrow<'a>(pointer: *const c_char, argument: &str, length_max: usize) -> Result<&'a str> {
    if pointer.is_null() {
        return Err(null(argument));
    }
    // SAFETY: not NULL, and the caller's promise.
    let bytes = unsafe { bytes_of(pointer, length_max) };
    if bytes.len() > length_max {
        return Err(too_long(argument, length_max));
    }
    std::str::from_utf8(bytes).map_err(|_| Error::invalid(argument, "is not valid UTF-8"))
}

fn too_long(argument: &str, length_max: usize) -> Error {
    Error::invalid(argument, format_args!("longer than {length_max} bytes"))
}

/// Bytes that are given with their length; NULL is fine where there are none. The length is judged
/// before anything is read.
///
/// # Safety
/// `pointer` must be NULL or valid for reading `length` bytes, for `'a`.
pub(super) unsafe fn borrow_bytes<'a>(
    pointer: *const c_char,
    length: usize,
    argument: &str,
    length_max: usize,
) -> Result<&'a [u8]> {
    if length > length_max {
        return Err(more_than(argument, length, length_max, "bytes"));
    }
    match (pointer.is_null(), length) {
        (true, 0) => Ok(&[]),
        (true, _) => Err(null(argument)),
        // SAFETY: not NULL, and the caller's promise.
        _ => Ok(unsafe { std::slice::from_raw_parts(pointer.cast(), length) }),
    }
}

/// More than there may be, judged by the number that the caller gave.
pub(super) fn more_than(argument: &str, is: usize, max: usize, unit: &str) -> Error {
    Error::invalid(
        argument,
        format_args!("must be {max} {unit} at most, and has {is}"),
    )
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
