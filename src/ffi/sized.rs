//! Structs that begin with their size and grow from version to version: what an older or a newer
//! program hands over is read as the struct that this version knows.

use std::mem::MaybeUninit;
use std::ptr;

use crate::error::{Error, Result, Status};

/// A later version's struct will not be larger than this; a larger size is a mistake.
const SIZE_MAX: usize = 1024;

/// A struct that may grow.
///
/// # Safety
/// It must be `repr(C)`, begin with its size as a `u32`, and have fields that take any bytes.
pub(super) unsafe trait Growing: Copy {
    /// The argument's name.
    const ARGUMENT: &'static str;
    /// As C writes the type.
    const NAME: &'static str;
    /// What the struct of earlier versions measured.
    const EARLIER: &'static [usize];
    /// What a later version's fields stand behind.
    const LAST_FIELD: &'static str;
}

/// The struct as this version knows it. Fields that an older caller's has not are 0; those of a newer
/// caller's that are unknown here must not ask for anything.
///
/// # Safety
/// `pointer` must point to as many bytes as the `u32` that it begins with says.
pub(super) unsafe fn read<T: Growing>(pointer: *const T) -> Result<T> {
    let known = size_of::<T>();
    let bytes = pointer.cast::<u8>();
    // SAFETY: every version of the struct begins with its size.
    let size = unsafe { bytes.cast::<u32>().read_unaligned() } as usize;
    if !T::EARLIER.contains(&size) && !(known..=SIZE_MAX).contains(&size) {
        return Err(Error::invalid(
            T::ARGUMENT,
            format_args!("struct_size must be sizeof({})", T::NAME),
        ));
    }
    for at in known..size {
        // SAFETY: the struct has `size` bytes by the caller's word.
        if unsafe { bytes.add(at).read() } != 0 {
            let what = format!("a field behind {}", T::LAST_FIELD);
            return Err(unsupported::<T>(&what));
        }
    }
    let mut read = MaybeUninit::<T>::zeroed();
    // SAFETY: the caller's struct has `size` bytes, ours `known`, and they do not overlap; bytes,
    // because the caller's packing is its own. The trait says that any bytes are a valid struct.
    unsafe {
        ptr::copy_nonoverlapping(bytes, read.as_mut_ptr().cast(), size.min(known));
        Ok(read.assume_init())
    }
}

/// Something that is 0 in every struct that this version understands.
pub(super) fn unsupported<T: Growing>(what: &str) -> Error {
    Error::new(
        Status::Unsupported,
        format!(
            "{}: {what} is not known to this version and must be 0",
            T::ARGUMENT
        ),
    )
}
