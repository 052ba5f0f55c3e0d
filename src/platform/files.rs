//! Opening files whose place others decide: through no link where that is asked for, nothing but
//! regular files, and never waiting for the other end of a pipe. Reading them is the caller's.

use std::fmt;
use std::fs::File;
use std::io;
use std::path::Path;

use super::system_files as system;

/// Why a file was not opened.
#[derive(Debug)]
pub(crate) enum Unopened {
    /// The folder is not there, or is none.
    NoFolder,
    /// The folder itself is a link.
    FolderIsLink,
    /// There is no such file.
    NoFile,
    /// The file itself is a link.
    FileIsLink,
    /// A folder, a pipe, a device, …
    NotRegular,
    /// This account may not open it, or may not enter its folder.
    Denied,
    /// What the system says about anything else.
    Other(io::Error),
}

impl fmt::Display for Unopened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unopened::NoFolder => f.write_str("its folder does not exist"),
            Unopened::FolderIsLink => f.write_str("its folder is a link"),
            Unopened::NoFile => f.write_str("there is no such file"),
            Unopened::FileIsLink => f.write_str("it is a link"),
            Unopened::NotRegular => f.write_str("it is no regular file"),
            Unopened::Denied => f.write_str("this account may not read it"),
            Unopened::Other(error) => error.fmt(f),
        }
    }
}

/// Opens the regular file `name` of `folder` when neither of the two is a link. Links in the path
/// above `folder` are followed: that path is the caller's own.
pub(crate) fn open_without_links(folder: &Path, name: &str) -> Result<File, Unopened> {
    // A name with a path in it would leave the folder.
    if name.is_empty() || name == "." || name == ".." || name.contains(['/', '\\', ':', '\0']) {
        return Err(Unopened::Other(io::Error::from(
            io::ErrorKind::InvalidInput,
        )));
    }
    regular(system::open_without_links(folder, name)?)
}

/// Opens the regular file that `path` leads to, links followed: Kubernetes projects its volumes
/// as links.
pub(crate) fn open_regular(path: &Path) -> Result<File, Unopened> {
    regular(system::open_following(path)?)
}

/// Judged from the handle: what stood under the name before may be something else by now.
fn regular(file: File) -> Result<File, Unopened> {
    let is_file = file.metadata().map_err(Unopened::Other)?.is_file();
    if is_file {
        Ok(file)
    } else {
        Err(Unopened::NotRegular)
    }
}
