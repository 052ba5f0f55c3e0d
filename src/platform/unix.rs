//! Unix: signal masks, module pinning with dladdr and dlopen, pthread_atfork.

use std::mem::MaybeUninit;
use std::ptr;

use super::Signals;

/// Restores the thread's signal mask when dropped.
pub(super) struct Masked(libc::sigset_t);

impl Drop for Masked {
    fn drop(&mut self) {
        // SAFETY: the set was filled by pthread_sigmask; a null old-set pointer is allowed.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &self.0, ptr::null_mut()) };
    }
}

pub(super) fn block_signals(signals: Signals) -> Masked {
    let mut block = MaybeUninit::<libc::sigset_t>::uninit();
    let mut old = MaybeUninit::<libc::sigset_t>::uninit();
    // SAFETY: sigfillset initialises `block`, pthread_sigmask writes `old`; both outlive the calls.
    unsafe {
        libc::sigfillset(block.as_mut_ptr());
        if let Signals::Collector = signals {
            leave_to_collector(block.as_mut_ptr());
        }
        libc::pthread_sigmask(libc::SIG_BLOCK, block.as_ptr(), old.as_mut_ptr());
        Masked(old.assume_init())
    }
}

/// Mono stops threads for its collector with SIGPWR, SIGXCPU or a realtime signal, depending on
/// its build; a thread that ran managed code and blocks them hangs the collection.
///
/// # Safety
/// `set` must point to an initialised signal set.
#[cfg(any(target_os = "linux", target_os = "android"))]
unsafe fn leave_to_collector(set: *mut libc::sigset_t) {
    // SAFETY: the caller's promise; the numbers are valid signals.
    unsafe {
        libc::sigdelset(set, libc::SIGPWR);
        libc::sigdelset(set, libc::SIGXCPU);
        for signal in libc::SIGRTMIN()..=libc::SIGRTMAX() {
            libc::sigdelset(set, signal);
        }
    }
}

/// See the Linux version; elsewhere Mono stops threads without signals of its own.
///
/// # Safety
/// `set` must point to an initialised signal set.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
unsafe fn leave_to_collector(set: *mut libc::sigset_t) {
    // SAFETY: the caller's promise; the number is a valid signal.
    unsafe { libc::sigdelset(set, libc::SIGXCPU) };
}

/// Any address of this module, for dladdr.
static ANCHOR: u8 = 0;

pub(super) fn pin_module() {
    let mut info = MaybeUninit::<libc::Dl_info>::uninit();
    // SAFETY: dladdr fills `info` when it returns non-zero; dli_fname is then a C string that
    // lives as long as the module. A failed dlopen (a static link, where the name is the
    // program's) changes nothing. The handle is leaked on purpose: that is the pin.
    unsafe {
        if libc::dladdr(ptr::addr_of!(ANCHOR).cast(), info.as_mut_ptr()) != 0 {
            let info = info.assume_init();
            if !info.dli_fname.is_null() {
                libc::dlopen(
                    info.dli_fname,
                    libc::RTLD_NOW | libc::RTLD_NOLOAD | libc::RTLD_NODELETE,
                );
            }
        }
    }
}

pub(super) fn on_fork() {
    extern "C" fn in_child() {
        super::note_fork();
    }
    // SAFETY: the handler only stores to an atomic, which is async-signal-safe, and it stays
    // valid because the module is pinned.
    unsafe { libc::pthread_atfork(None, None, Some(in_child)) };
}
