//! Windows: module pinning. There are no signals to block and no fork.

use std::ffi::c_void;

use super::Signals;

/// Nothing to restore.
pub(super) struct Masked;

pub(super) fn block_signals(_signals: Signals) -> Masked {
    Masked
}

const GET_MODULE_HANDLE_EX_FLAG_PIN: u32 = 0x1;
const GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS: u32 = 0x4;

// One function is not worth a binding crate.
#[link(name = "kernel32")]
unsafe extern "system" {
    fn GetModuleHandleExW(flags: u32, address: *const c_void, module: *mut *mut c_void) -> i32;
}

/// Any address of this module.
static ANCHOR: u8 = 0;

pub(super) fn pin_module() {
    let mut module = std::ptr::null_mut();
    // SAFETY: with FROM_ADDRESS the second argument is an address inside this module, and `module`
    // outlives the call. The pinned module is never released: that is the purpose.
    unsafe {
        GetModuleHandleExW(
            GET_MODULE_HANDLE_EX_FLAG_PIN | GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS,
            (&raw const ANCHOR).cast(),
            &mut module,
        );
    }
}

pub(super) fn on_fork() {}
