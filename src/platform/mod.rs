//! What the operating systems do differently, behind safe functions. With `src/ffi` the only place
//! that may hold `unsafe`.

#[cfg(unix)]
mod unix;
#[cfg(unix)]
mod unix_files;
#[cfg(unix)]
use {unix as system, unix_files as system_files};

#[cfg(windows)]
mod windows;
#[cfg(windows)]
mod windows_files;
#[cfg(windows)]
mod windows_folders;
#[cfg(windows)]
pub(crate) use windows_folders::{program_data, program_files};
#[cfg(windows)]
use {windows as system, windows_files as system_files};

pub(crate) mod files;
#[cfg(all(test, unix))]
pub(crate) mod scratch;

use std::io;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

static FORKED: AtomicBool = AtomicBool::new(false);

/// Which signals a thread of ours leaves to the host.
#[derive(Clone, Copy)]
pub(crate) enum Signals {
    /// None: nothing of the host ever runs on this thread.
    None,
    /// Those by which Mono's collector stops threads: host callbacks run here.
    Collector,
}

/// Whether this process is a fork of one in which the library had started. One atomic load, no
/// system call, so that a cache hit stays cheap.
pub(crate) fn is_forked() -> bool {
    FORKED.load(Ordering::Relaxed)
}

/// To be called once when the library starts its first thread: keeps the module in memory for
/// good (its threads would crash the host after an unload) and notices forks from now on.
pub(crate) fn prepare_process() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        system::pin_module();
        system::on_fork();
    });
}

/// Starts a named thread with its signals blocked from its first instruction on.
pub(crate) fn spawn_thread(
    name: &str,
    signals: Signals,
    body: impl FnOnce() + Send + 'static,
) -> io::Result<JoinHandle<()>> {
    // The mask is inherited: blocking it in the new thread would leave a moment without.
    let _masked = system::block_signals(signals);
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(body)
}

#[cfg(unix)]
fn note_fork() {
    FORKED.store(true, Ordering::Relaxed);
}
