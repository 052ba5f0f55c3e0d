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

#[cfg(all(test, unix))]
mod tests {
    use std::io::Read;
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    use super::*;
    use crate::platform::scratch::{Scratch, make_pipe, set_mode, without_rights};

    fn text(opened: Result<File, Unopened>) -> String {
        let mut text = String::new();
        opened.unwrap().read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn a_plain_file_of_a_plain_folder_is_opened() {
        let scratch = Scratch::new();
        let path = scratch.file("plain", "content");
        assert_eq!(text(open_without_links(scratch.path(), "plain")), "content");
        assert_eq!(text(open_regular(&path)), "content");
    }

    #[test]
    fn what_is_not_there_is_told_from_what_is_in_the_way() {
        let scratch = Scratch::new();
        let file = scratch.file("file", "");
        let open = |folder: &Path, name| open_without_links(folder, name).unwrap_err();
        assert!(matches!(open(scratch.path(), "gone"), Unopened::NoFile));
        let gone = scratch.path().join("gone");
        assert!(matches!(open(&gone, "file"), Unopened::NoFolder));
        assert!(matches!(open(&file, "file"), Unopened::NoFolder));
        let below = file.join("below");
        assert!(matches!(open_regular(&below), Err(Unopened::NoFile)));
        assert!(matches!(open_regular(&gone), Err(Unopened::NoFile)));
    }

    #[test]
    fn links_are_followed_by_the_one_way_and_not_by_the_other() {
        let scratch = Scratch::new();
        let file = scratch.file("file", "content");
        let link = scratch.path().join("link");
        symlink(&file, &link).unwrap();
        let opened = open_without_links(scratch.path(), "link");
        assert!(matches!(opened, Err(Unopened::FileIsLink)));
        assert_eq!(text(open_regular(&link)), "content");

        let folder_link = scratch.path().join("folder-link");
        symlink(scratch.path(), &folder_link).unwrap();
        let opened = open_without_links(&folder_link, "file");
        assert!(matches!(opened, Err(Unopened::FolderIsLink)));
    }

    #[test]
    fn links_that_lead_nowhere_end() {
        let scratch = Scratch::new();
        let ring = scratch.path().join("ring");
        symlink(&ring, &ring).unwrap();
        assert!(matches!(open_regular(&ring), Err(Unopened::Other(_))));
        let loose = scratch.path().join("loose");
        symlink(scratch.path().join("gone"), &loose).unwrap();
        assert!(matches!(open_regular(&loose), Err(Unopened::NoFile)));
    }

    #[test]
    fn what_is_no_regular_file_is_refused_and_not_waited_for() {
        let scratch = Scratch::new();
        std::fs::create_dir(scratch.path().join("folder")).unwrap();
        make_pipe(&scratch.path().join("pipe"));
        let _socket = UnixListener::bind(scratch.path().join("socket")).unwrap();
        for name in ["folder", "pipe", "socket"] {
            let opened = open_without_links(scratch.path(), name);
            assert!(matches!(opened, Err(Unopened::NotRegular)), "{name}");
            let opened = open_regular(&scratch.path().join(name));
            assert!(matches!(opened, Err(Unopened::NotRegular)), "{name}");
        }
    }

    #[test]
    fn a_name_cannot_lead_out_of_the_folder() {
        let scratch = Scratch::new();
        std::fs::create_dir(scratch.path().join("folder")).unwrap();
        scratch.file("file", "");
        let folder = scratch.path().join("folder");
        for name in [
            "",
            ".",
            "..",
            "../file",
            "./file",
            "/etc/passwd",
            "a\0",
            r"..\file",
            "file:a",
        ] {
            let opened = open_without_links(&folder, name);
            assert!(matches!(opened, Err(Unopened::Other(_))), "{name:?}");
        }
    }

    #[test]
    fn a_missing_right_is_told_apart() {
        without_rights(
            "platform::files::tests::a_missing_right_is_told_apart",
            |folder| {
                std::fs::write(folder.join("file"), "").unwrap();
                set_mode(&folder.join("file"), 0);
            },
            |folder| {
                let opened = open_without_links(folder, "file");
                assert!(matches!(opened, Err(Unopened::Denied)));
                let opened = open_regular(&folder.join("file"));
                assert!(matches!(opened, Err(Unopened::Denied)));
            },
        );
    }

    #[test]
    fn a_folder_that_may_not_be_entered_is_told_apart() {
        without_rights(
            "platform::files::tests::a_folder_that_may_not_be_entered_is_told_apart",
            |folder| {
                std::fs::write(folder.join("file"), "").unwrap();
                set_mode(&folder.join("file"), 0o644);
                set_mode(folder, 0);
            },
            |folder| {
                let opened = open_without_links(folder, "file");
                assert!(matches!(opened, Err(Unopened::Denied)));
            },
        );
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_folder_that_may_be_entered_need_not_be_readable() {
        without_rights(
            "platform::files::tests::a_folder_that_may_be_entered_need_not_be_readable",
            |folder| {
                std::fs::write(folder.join("file"), "content").unwrap();
                set_mode(&folder.join("file"), 0o644);
                set_mode(folder, 0o111);
            },
            |folder| assert_eq!(text(open_without_links(folder, "file")), "content"),
        );
    }
}
