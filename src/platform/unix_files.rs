//! Unix: opening files with openat and O_NOFOLLOW. Whether they are regular is judged by `files`.

use std::ffi::CString;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::{AsRawFd, FromRawFd};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::files::Unopened;

/// A pipe without a writer is opened at once, and no terminal becomes this process's own.
const CALM: libc::c_int = libc::O_NONBLOCK | libc::O_NOCTTY;

/// To look up a name in a folder takes the right to enter it; reading it is not asked for.
#[cfg(any(target_os = "linux", target_os = "android"))]
const ENTER: libc::c_int = libc::O_PATH;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const ENTER: libc::c_int = 0;

pub(super) fn open_without_links(folder: &Path, name: &str) -> Result<File, Unopened> {
    let handle = OpenOptions::new()
        .read(true)
        .custom_flags(ENTER | libc::O_DIRECTORY | libc::O_NOFOLLOW | CALM)
        .open(folder)
        .map_err(|error| no_folder(folder, error))?;
    let name =
        CString::new(name).map_err(|_| Unopened::Other(io::ErrorKind::InvalidInput.into()))?;
    let flags = libc::O_RDONLY | libc::O_NOFOLLOW | libc::O_CLOEXEC | CALM;
    loop {
        // SAFETY: `handle` is an open folder and `name` a C string; both outlive the call.
        let fd = unsafe { libc::openat(handle.as_raw_fd(), name.as_ptr(), flags) };
        if fd >= 0 {
            // SAFETY: openat just made this descriptor, and nobody else has it.
            return Ok(unsafe { File::from_raw_fd(fd) });
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(no_file(error));
        }
    }
}

pub(super) fn open_following(path: &Path) -> Result<File, Unopened> {
    OpenOptions::new()
        .read(true)
        .custom_flags(CALM)
        .open(path)
        .map_err(|error| match error.raw_os_error() {
            Some(libc::ENOTDIR) => Unopened::NoFile,
            // Too many links, as opposed to one where none is allowed.
            Some(libc::ELOOP) => Unopened::Other(error),
            _ => no_file(error),
        })
}

fn no_folder(folder: &Path, error: io::Error) -> Unopened {
    match error.raw_os_error() {
        Some(libc::ENOENT) => Unopened::NoFolder,
        // Linux says ENOTDIR of a link, too. The answer is only for the message.
        Some(libc::ENOTDIR | libc::ELOOP) => match folder.symlink_metadata() {
            Ok(found) if found.is_symlink() => Unopened::FolderIsLink,
            _ => Unopened::NoFolder,
        },
        Some(libc::EACCES | libc::EPERM) => Unopened::Denied,
        _ => Unopened::Other(error),
    }
}

fn no_file(error: io::Error) -> Unopened {
    match error.raw_os_error() {
        Some(libc::ENOENT) => Unopened::NoFile,
        Some(libc::ELOOP) => Unopened::FileIsLink,
        // What opening a socket or a device without a driver says.
        Some(libc::ENXIO | libc::ENODEV) => Unopened::NotRegular,
        Some(libc::EACCES | libc::EPERM) => Unopened::Denied,
        _ => Unopened::Other(error),
    }
}
