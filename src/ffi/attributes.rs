//! `doorkey_attributes`: what may be said of a secret that is set or updated, as a size-prefixed
//! struct.

use std::ffi::c_char;

use crate::error::{Error, Result};
use crate::ffi::sized::{self, Growing};
use crate::ffi::text;
use crate::limits;
use crate::vault::SecretAttributes;

/// For doorkey_attributes.flags: the value can be read.
pub const DOORKEY_ATTRIBUTE_ENABLED: u32 = 1;
/// For doorkey_attributes.flags: the value cannot be read.
pub const DOORKEY_ATTRIBUTE_DISABLED: u32 = 2;
/// For doorkey_attributes.flags: not_before_unix counts.
pub const DOORKEY_ATTRIBUTE_NOT_BEFORE: u32 = 4;
/// For doorkey_attributes.flags: expires_at_unix counts.
pub const DOORKEY_ATTRIBUTE_EXPIRES: u32 = 8;
/// For doorkey_attributes.flags: tags and tag_count count.
pub const DOORKEY_ATTRIBUTE_TAGS: u32 = 16;

const FLAGS: u32 = DOORKEY_ATTRIBUTE_ENABLED
    | DOORKEY_ATTRIBUTE_DISABLED
    | DOORKEY_ATTRIBUTE_NOT_BEFORE
    | DOORKEY_ATTRIBUTE_EXPIRES
    | DOORKEY_ATTRIBUTE_TAGS;

/// What may be said of a secret that is set or updated. Set struct_size to
/// sizeof(doorkey_attributes) and everything else that is not wanted to 0. What is not said is not
/// set, and in an update stays as it is: the service has no way to take a date or a content type
/// away again. Where a call takes one, NULL says nothing. Borrowed for the call.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct doorkey_attributes {
    /// sizeof(doorkey_attributes).
    pub struct_size: u32,
    /// DOORKEY_ATTRIBUTE_… bits; an unknown one is UNSUPPORTED. ENABLED and DISABLED together are
    /// INVALID_ARGUMENT; with neither a new secret is enabled.
    pub flags: u32,
    /// What kind of text the value is, e.g. "text/plain": 255 characters at most; an empty one takes
    /// it away; NULL: not said.
    pub content_type: *const c_char,
    /// From when on it is meant to be used. Counts with DOORKEY_ATTRIBUTE_NOT_BEFORE. Informational:
    /// the service hands it out all the same.
    pub not_before_unix: i64,
    /// When it expires. Counts with DOORKEY_ATTRIBUTE_EXPIRES. Informational, too.
    pub expires_at_unix: i64,
    /// Names and values in turn, 256 characters each at most. Count with DOORKEY_ATTRIBUTE_TAGS, and
    /// take the place of all tags that there were.
    pub tags: *const *const c_char,
    /// How many pairs there are, 15 at most. With DOORKEY_ATTRIBUTE_TAGS and 0 there are no tags any
    /// more, and `tags` may be NULL.
    pub tag_count: usize,
}

const SIZE: usize = size_of::<doorkey_attributes>();

#[cfg(target_pointer_width = "64")]
const _: () = assert!(SIZE == 48);
#[cfg(target_pointer_width = "32")]
const _: () = assert!(SIZE == if align_of::<i64>() == 8 { 40 } else { 36 });

// SAFETY: numbers and pointers behind a size.
unsafe impl Growing for doorkey_attributes {
    const ARGUMENT: &'static str = "attributes";
    const NAME: &'static str = "doorkey_attributes";
    const EARLIER: &'static [usize] = &[];
    const LAST_FIELD: &'static str = "tag_count";
}

/// Checks and converts attributes. What the service asks of them is the core's business.
///
/// # Safety
/// `attributes` must be NULL or point to a struct of `struct_size` bytes whose texts are
/// NUL-terminated.
pub(super) unsafe fn read(attributes: *const doorkey_attributes) -> Result<SecretAttributes> {
    if attributes.is_null() {
        return Ok(SecretAttributes::default());
    }
    // SAFETY: the caller's promise.
    let given = unsafe { sized::read(attributes) }?;
    if given.flags & !FLAGS != 0 {
        return Err(sized::unsupported::<doorkey_attributes>("a bit of flags"));
    }
    let has = |flag| given.flags & flag != 0;
    let is_enabled = match (
        has(DOORKEY_ATTRIBUTE_ENABLED),
        has(DOORKEY_ATTRIBUTE_DISABLED),
    ) {
        (true, true) => {
            return Err(Error::invalid(
                "attributes",
                "enabled and disabled at the same time",
            ));
        }
        (false, false) => None,
        (enabled, _) => Some(enabled),
    };
    // SAFETY: NULL or NUL-terminated, by the caller's word.
    let content_type = unsafe { text::read_optional(given.content_type, "content_type") }?;
    // SAFETY: the caller's promise.
    let tags = has(DOORKEY_ATTRIBUTE_TAGS).then(|| unsafe { tags(&given) });
    Ok(SecretAttributes {
        content_type,
        is_enabled,
        not_before_unix: has(DOORKEY_ATTRIBUTE_NOT_BEFORE).then_some(given.not_before_unix),
        expires_at_unix: has(DOORKEY_ATTRIBUTE_EXPIRES).then_some(given.expires_at_unix),
        tags: tags.transpose()?,
    })
}

/// # Safety
/// `given.tags` must have two NUL-terminated texts for each of `given.tag_count`, or be NULL.
unsafe fn tags(given: &doorkey_attributes) -> Result<Vec<(String, String)>> {
    if given.tag_count > limits::TAGS_SET_MAX {
        return Err(text::more_than(
            "tags",
            given.tag_count,
            limits::TAGS_SET_MAX,
            "tags",
        ));
    }
    // SAFETY: the caller's promise.
    let texts = unsafe { text::borrow_all(given.tags, 2 * given.tag_count, "tags", false) }?;
    let pairs = texts.chunks_exact(2);
    Ok(pairs
        .map(|pair| (pair[0].to_owned(), pair[1].to_owned()))
        .collect())
}
