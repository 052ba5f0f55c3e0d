//! Windows: opening files without following reparse points (links, junctions, mount points).
//! Whether they are regular is judged by `files`.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::windows::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use super::files::Unopened;

const FILE_FLAG_OPEN_REPARSE_POINT: u32 = 0x0020_0000;
const FILE_ATTRIBUTE_REPARSE_POINT: u32 = 0x400;
/// A pipe's server that we are led to learns nothing of this account.
const SECURITY_ANONYMOUS: u32 = 0;

const ERROR_FILE_NOT_FOUND: i32 = 2;
const ERROR_PATH_NOT_FOUND: i32 = 3;
const ERROR_ACCESS_DENIED: i32 = 5;

pub(super) fn open_without_links(folder: &Path, name: &str) -> Result<File, Unopened> {
    // Only administrators can put another folder in its place between this and the opening.
    let found = folder.symlink_metadata().map_err(no_folder)?;
    if found.file_attributes() & FILE_ATTRIBUTE_REPARSE_POINT != 0 {
        return Err(Unopened::FolderIsLink);
    }
    if !found.is_dir() {
        return Err(Unopened::NoFolder);
    }
    let path = folder.join(name);
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(FILE_FLAG_OPEN_REPARSE_POINT)
        .security_qos_flags(SECURITY_ANONYMOUS)
        .open(&path)
        .map_err(|error| no_file(&path, error))?;
    let opened = file.metadata().map_err(Unopened::Other)?;
    if opened.file_attributes() & FILE_ATTRIBUTE_REPARSE_POINT != 0 {
        return Err(Unopened::FileIsLink);
    }
    Ok(file)
}

pub(super) fn open_following(path: &Path) -> Result<File, Unopened> {
    OpenOptions::new()
        .read(true)
        .security_qos_flags(SECURITY_ANONYMOUS)
        .open(path)
        .map_err(|error| no_file(path, error))
}

fn no_folder(error: io::Error) -> Unopened {
    match error.raw_os_error() {
        Some(ERROR_FILE_NOT_FOUND | ERROR_PATH_NOT_FOUND) => Unopened::NoFolder,
        Some(ERROR_ACCESS_DENIED) => Unopened::Denied,
        _ => Unopened::Other(error),
    }
}

fn no_file(path: &Path, error: io::Error) -> Unopened {
    match error.raw_os_error() {
        Some(ERROR_FILE_NOT_FOUND) => Unopened::NoFile,
        // The folder is not there, or this account may not see what is in it.
        Some(ERROR_PATH_NOT_FOUND) => Unopened::NoFolder,
        // What opening a folder as a file says.
        Some(ERROR_ACCESS_DENIED) if path.is_dir() => Unopened::NotRegular,
        Some(ERROR_ACCESS_DENIED) => Unopened::Denied,
        _ => Unopened::Other(error),
    }
}
