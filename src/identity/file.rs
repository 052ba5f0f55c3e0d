//! Reading the files that a source names: never more than a limit, and wiped. What the files mean is
//! the sources' business.

use std::fs::File;
use std::io::{self, Read};

use zeroize::Zeroizing;

/// Why a file that was opened was not read.
pub(crate) enum Unread {
    /// Larger than the limit.
    TooLarge,
    Failed(io::Error),
}

/// Reads to the end, at most `max` bytes.
pub(crate) fn read_at_most(
    mut file: File,
    max: usize,
) -> std::result::Result<Zeroizing<Vec<u8>>, Unread> {
    let length = file.metadata().map_err(Unread::Failed)?.len();
    if length > max as u64 {
        return Err(Unread::TooLarge);
    }
    // One byte more than allowed: the file may grow while it is read. The buffer never does, so
    // no copy is left behind.
    let mut bytes = Zeroizing::new(vec![0; max + 1]);
    let mut filled = 0;
    while filled < bytes.len() {
        match file.read(&mut bytes[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(Unread::Failed(error)),
        }
    }
    if filled > max {
        return Err(Unread::TooLarge);
    }
    bytes.truncate(filled);
    Ok(bytes)
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::net::UnixStream;

    use super::*;
    use crate::platform::scratch::Scratch;

    fn read(content: &[u8], max: usize) -> std::result::Result<Zeroizing<Vec<u8>>, Unread> {
        let scratch = Scratch::new();
        let path = scratch.file("file", content);
        read_at_most(File::open(path).unwrap(), max)
    }

    #[test]
    fn a_file_of_the_largest_size_is_read_whole() {
        assert_eq!(read(b"12345", 5).ok().unwrap().as_slice(), b"12345");
        assert!(read(b"", 5).ok().unwrap().is_empty());
    }

    #[test]
    fn a_larger_file_is_refused() {
        assert!(matches!(read(b"123456", 5), Err(Unread::TooLarge)));
    }

    #[test]
    fn a_file_that_is_larger_than_its_handle_says_is_refused() {
        // A socket has no length at all and goes on for as long as somebody writes.
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        io::Write::write_all(&mut theirs, b"123456").unwrap();
        let file = File::from(std::os::fd::OwnedFd::from(ours));
        assert!(matches!(read_at_most(file, 5), Err(Unread::TooLarge)));
    }
}
