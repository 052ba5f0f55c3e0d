//! Opaque pointers: every handle begins with a magic number of its kind, so that NULL, a handle of
//! another kind and, mostly, a freed one are told apart instead of read.

use std::ptr;

use crate::error::{Error, Result};

/// A kind of handle. The public type is only a name for C; what is behind it is `Inner`, which C may
/// use on any thread.
pub(super) trait Noun {
    type Inner: Send + Sync;
    const MAGIC: u64;
    /// As C writes it.
    const NAME: &'static str;
}

#[repr(C)]
struct Boxed<T> {
    magic: u64,
    inner: T,
}

/// Set in the magic number of a handle that lives inside another one. Readers take it like any of
/// its kind; freeing it does nothing, because it goes with the one that it lives in.
const LENT: u64 = 1 << 63;

/// Boxes `inner`; the caller owns it until [`free`].
pub(super) fn create<N: Noun>(inner: N::Inner) -> *mut N {
    const { assert!(N::MAGIC & LENT == 0) };
    let boxed = Boxed {
        magic: N::MAGIC,
        inner,
    };
    Box::into_raw(Box::new(boxed)).cast()
}

/// A handle that lives inside another one: a row of a list. Nobody but its owner frees it.
pub(super) struct Lent<N: Noun>(Boxed<N::Inner>);

impl<N: Noun> Lent<N> {
    pub fn new(inner: N::Inner) -> Self {
        const { assert!(N::MAGIC & LENT == 0) };
        Self(Boxed {
            magic: N::MAGIC | LENT,
            inner,
        })
    }

    /// For C to read, as long as this one is neither moved nor dropped.
    pub fn pointer(&self) -> *const N {
        ptr::from_ref(&self.0).cast()
    }

    pub fn inner(&self) -> &N::Inner {
        &self.0.inner
    }
}

impl<N: Noun> Drop for Lent<N> {
    fn drop(&mut self) {
        // SAFETY: it is ours. Volatile for the same reason as in `free`.
        unsafe { ptr::from_mut(&mut self.0.magic).write_volatile(0) };
    }
}

/// The inside of a handle.
///
/// # Safety
/// `pointer` must be NULL or a live handle of any kind, and outlive `'a`.
pub(super) unsafe fn borrow<'a, N: Noun>(
    pointer: *const N,
    argument: &str,
) -> Result<&'a N::Inner> {
    // SAFETY: the caller's promise.
    match unsafe { peek::<N>(pointer) } {
        Some(inner) => Ok(inner),
        None if pointer.is_null() => Err(null(argument)),
        None => Err(Error::invalid(
            argument,
            format_args!("is no live {}", N::NAME),
        )),
    }
}

/// As [`borrow`], without an error.
///
/// # Safety
/// As [`borrow`].
pub(super) unsafe fn peek<'a, N: Noun>(pointer: *const N) -> Option<&'a N::Inner> {
    // SAFETY: the caller's promise.
    if unsafe { magic(pointer) }? & !LENT != N::MAGIC {
        return None;
    }
    // SAFETY: the magic number says that it is a Boxed<N::Inner>; only shared references to it
    // are ever made, until it is freed.
    Some(unsafe { &(*pointer.cast::<Boxed<N::Inner>>()).inner })
}

/// The number that a handle begins with; none where there can be no handle.
///
/// # Safety
/// As [`borrow`].
unsafe fn magic<N: Noun>(pointer: *const N) -> Option<u64> {
    let boxed = pointer.cast::<Boxed<N::Inner>>();
    if boxed.is_null() || !boxed.is_aligned() {
        return None;
    }
    // SAFETY: every live handle begins with a magic number, whatever its kind.
    Some(unsafe { ptr::addr_of!((*boxed).magic).read() })
}

/// Frees a handle. NULL is fine; one of another kind and one that lives inside another are left
/// alone.
///
/// # Safety
/// `pointer` must be NULL or a live handle that nobody uses any more.
pub(super) unsafe fn free<N: Noun>(pointer: *mut N) {
    // SAFETY: the caller's promise.
    if unsafe { magic(pointer.cast_const()) } != Some(N::MAGIC) {
        return;
    }
    let boxed = pointer.cast::<Boxed<N::Inner>>();
    // SAFETY: it is a live Boxed<N::Inner> made by `create`, and the caller gives it up. The magic
    // number goes first, volatile, so that a second free mostly finds none.
    unsafe {
        ptr::addr_of_mut!((*boxed).magic).write_volatile(0);
        drop(Box::from_raw(boxed));
    }
}

/// An out-parameter: set to NULL at once, to a handle only on success.
pub(super) struct Out<N>(*mut *mut N);

impl<N: Noun> Out<N> {
    /// # Safety
    /// `pointer` must be NULL or valid for writing a pointer during the call.
    pub unsafe fn new(pointer: *mut *mut N, argument: &str) -> Result<Self> {
        if pointer.is_null() {
            return Err(null(argument));
        }
        // SAFETY: not NULL, and valid by the caller's promise.
        unsafe { pointer.write(ptr::null_mut()) };
        Ok(Self(pointer))
    }

    pub fn set(self, inner: N::Inner) {
        // SAFETY: checked in `new`, valid for the whole call.
        unsafe { self.0.write(create::<N>(inner)) };
    }
}

pub(super) fn null(argument: &str) -> Error {
    Error::invalid(argument, "must not be NULL")
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Apple;
    struct Pear;
    impl Noun for Apple {
        type Inner = String;
        const MAGIC: u64 = 1;
        const NAME: &'static str = "apple";
    }
    impl Noun for Pear {
        type Inner = u8;
        const MAGIC: u64 = 2;
        const NAME: &'static str = "pear";
    }

    #[test]
    fn a_handle_of_another_kind_is_named_and_survives() {
        let apple = create::<Apple>("red".to_owned());
        // SAFETY: `apple` is live until the last line; a Pear pointer to it is what is tested.
        unsafe {
            let error = borrow::<Pear>(apple.cast(), "fruit").unwrap_err();
            assert_eq!(error.message(), "fruit: is no live pear");
            free::<Pear>(apple.cast());
            assert_eq!(borrow::<Apple>(apple, "fruit").unwrap(), "red");
            free::<Apple>(apple);
        }
    }

    #[test]
    fn a_handle_inside_another_is_read_like_any_and_freed_by_its_owner_alone() {
        let apple = Lent::<Apple>::new("red".to_owned());
        // SAFETY: `apple` is live until the end of the block.
        unsafe {
            assert_eq!(borrow(apple.pointer(), "fruit").unwrap(), "red");
            assert!(borrow::<Pear>(apple.pointer().cast(), "fruit").is_err());
            free::<Apple>(apple.pointer().cast_mut());
            free::<Pear>(apple.pointer().cast_mut().cast());
            assert_eq!(borrow(apple.pointer(), "fruit").unwrap(), "red");
        }
        assert_eq!(apple.inner(), "red");
    }

    #[test]
    fn null_and_misaligned_pointers_are_refused() {
        // SAFETY: neither is read.
        unsafe {
            assert!(borrow::<Apple>(ptr::null(), "fruit").is_err());
            assert!(borrow::<Apple>(ptr::without_provenance(3), "fruit").is_err());
            free::<Apple>(ptr::null_mut());
        }
    }
}
