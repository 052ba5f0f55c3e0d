//! What this build of the library is, and which environment variables it reads.

use std::ffi::{CStr, c_char};
use std::ptr;

use crate::ffi::guard::guard_value;

/// The version of the interface: major in the upper 16 bits, minor in the lower. The same major
/// and at least the minor that a program was written for will do.
pub const DOORKEY_ABI_VERSION: u32 = 3;

const VERSION_C: &CStr =
    match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
        Ok(version) => version,
        Err(_) => panic!("the version holds a NUL"),
    };

/// The library's DOORKEY_ABI_VERSION, to be compared with the header's.
#[unsafe(no_mangle)]
pub extern "C" fn doorkey_abi_version() -> u32 {
    DOORKEY_ABI_VERSION
}

/// The library's version, e.g. "1.2.3". Static text, never freed.
#[unsafe(no_mangle)]
pub extern "C" fn doorkey_version() -> *const c_char {
    VERSION_C.as_ptr()
}

/// Bits of optional features in this build; this version has none and returns 0.
#[unsafe(no_mangle)]
pub extern "C" fn doorkey_features() -> u64 {
    0
}

/// Pointers to static text may be shared between threads.
struct Names([*const c_char; NAME_COUNT + 1]);

// SAFETY: the pointers lead to immutable static text.
unsafe impl Sync for Names {}

macro_rules! names {
    ($($name:literal)*) => {
        const NAMES_RUST: &[&str] = &[$($name),*];
        const NAME_COUNT: usize = NAMES_RUST.len();
        static NAMES_C: Names = Names([$(concat!($name, "\0").as_ptr().cast(),)* ptr::null()]);
    };
}

names! {
    "AZURE_POD_IDENTITY_AUTHORITY_HOST" "AZURE_CLIENT_ID" "IDENTITY_ENDPOINT" "IDENTITY_HEADER"
    "IDENTITY_SERVER_THUMBPRINT" "IDENTITY_API_VERSION" "IMDS_ENDPOINT" "MSI_ENDPOINT"
    "MSI_SECRET" "DEFAULT_IDENTITY_CLIENT_ID" "AZURE_TENANT_ID" "AZURE_FEDERATED_TOKEN_FILE"
    "AZURE_AUTHORITY_HOST" "AZURE_KUBERNETES_TOKEN_PROXY" "AZURE_KUBERNETES_SNI_NAME"
    "AZURE_KUBERNETES_CA_FILE" "AZURE_KUBERNETES_CA_DATA" "DOORKEY_CA_FILE" "DOORKEY_VAULT_SUFFIX"
    "HTTPS_PROXY" "https_proxy" "ALL_PROXY" "all_proxy" "NO_PROXY" "no_proxy" "SSL_CERT_FILE"
    "SSL_CERT_DIR"
}

/// The names of all environment variables that the library reads, for hosts that keep an
/// environment of their own and pass it with doorkey_options_set_environment. Static array of
/// static texts with a NULL behind the last; `*out_count` (may be NULL) is how many.
///
/// # Safety
/// `out_count` must be NULL or valid for writing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorkey_environment_names(out_count: *mut usize) -> *const *const c_char {
    guard_value(ptr::null(), || {
        if !out_count.is_null() {
            // SAFETY: not NULL, and valid by the caller's promise.
            unsafe { out_count.write(NAME_COUNT) };
        }
        Some(NAMES_C.0.as_ptr())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_those_that_are_read() {
        assert_eq!(NAMES_RUST, crate::environment::NAMES);
    }

    #[test]
    fn the_names_can_be_walked_from_c() {
        let mut count = 0;
        // SAFETY: `count` outlives the call; the array has `count` texts and a NULL.
        unsafe {
            let names = doorkey_environment_names(&mut count);
            assert_eq!(
                CStr::from_ptr(*names).to_str(),
                Ok(crate::environment::NAMES[0])
            );
            assert!((*names.add(count)).is_null());
        }
    }
}
