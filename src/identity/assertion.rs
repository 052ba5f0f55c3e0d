//! The files that workload identity names in variables: the assertion, read anew for each exchange
//! because the kubelet replaces it, and the roots of the token proxy. Following links, as
//! Kubernetes projects volumes.

use std::fmt;
use std::path::Path;

use zeroize::Zeroizing;

use crate::engine::on_thread;
use crate::error::{Error, Result, Status};
use crate::identity::file::{self, Unread};
use crate::limits;
use crate::platform::files::{self, Unopened};
use crate::sensitive::Sensitive;

const VARIABLE: &str = "AZURE_FEDERATED_TOKEN_FILE";

/// The assertion that `AZURE_FEDERATED_TOKEN_FILE` holds at this moment.
pub(crate) async fn read(path: &str) -> Result<Sensitive> {
    check_path(VARIABLE, path)?;
    let path = path.to_owned();
    on_thread("doorkey-assertion", "a file", move || load(&path)).await
}

/// The PEM text of the file that `variable` names.
pub(crate) async fn read_pem(variable: &'static str, path: &str) -> Result<Vec<u8>> {
    check_path(variable, path)?;
    let path = path.to_owned();
    let load = move || {
        let mut bytes = contents(&path, limits::CA_PEM_BYTES_MAX).map_err(|why| {
            Error::invalid(variable, format_args!("{path}: {why}"))
                .advise("name an existing PEM file with root certificates, or unset the variables of the token proxy")
        })?;
        // Certificates are public: from here on nothing need be wiped.
        Ok(std::mem::take(&mut *bytes))
    };
    on_thread("doorkey-ca-file", "a file", load).await
}

fn check_path(variable: &str, path: &str) -> Result<()> {
    if path.is_empty() {
        return Err(Error::invalid(variable, "must not be empty"));
    }
    if path.contains('\0') {
        return Err(Error::invalid(variable, "must not hold a NUL character"));
    }
    Ok(())
}

/// Why a file gave nothing.
enum Reason {
    Unopened(Unopened),
    Unread(Unread, usize),
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::Unopened(why) => why.fmt(f),
            Reason::Unread(Unread::TooLarge, max) => write!(f, "it is larger than {max} bytes"),
            Reason::Unread(Unread::Failed(error), _) => write!(f, "it cannot be read: {error}"),
        }
    }
}

fn contents(path: &str, max: usize) -> std::result::Result<Zeroizing<Vec<u8>>, Reason> {
    let file = files::open_regular(Path::new(path)).map_err(Reason::Unopened)?;
    file::read_at_most(file, max).map_err(|why| Reason::Unread(why, max))
}

fn load(path: &str) -> Result<Sensitive> {
    let bytes =
        contents(path, limits::ASSERTION_BYTES_MAX).map_err(|why| unreadable(path, &why))?;
    let text = bytes.trim_ascii();
    if text.is_empty() {
        return Err(no_token(path, "it is empty"));
    }
    if !text.iter().all(u8::is_ascii_graphic) {
        return Err(no_token(path, "what it holds is no token"));
    }
    Ok(Sensitive::new(text))
}

fn no_token(path: &str, why: &str) -> Error {
    Error::invalid(VARIABLE, format_args!("{path}: {why}"))
        .advise("it must be the pod's projected service account token; leave the variable to the workload identity webhook")
}

fn unreadable(path: &str, why: &Reason) -> Error {
    let message = format!("{VARIABLE}: {path}: {why}");
    match why {
        Reason::Unopened(Unopened::NoFile | Unopened::NoFolder) => {
            Error::new(Status::IdentityUnavailable, message).advise(
                "check that the pod has the label azure.workload.identity/use: \"true\" and the right service account, and that the workload identity webhook runs",
            )
        }
        Reason::Unopened(Unopened::Denied) => {
            Error::new(Status::IdentityRefused, message).advise(
                "set securityContext.fsGroup of the pod, so that a container which is not root may read the token",
            )
        }
        Reason::Unopened(Unopened::Other(_)) | Reason::Unread(Unread::Failed(_), _) => {
            Error::new(Status::IdentityUnavailable, message)
                .advise("try again; the volume with the token may be in trouble")
        }
        _ => no_token(path, &why.to_string()),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs::File;

    use super::*;
    use crate::platform::scratch::{Scratch, make_pipe, set_mode, without_rights};

    fn wait<T>(read: impl Future<Output = Result<T>>) -> Result<T> {
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        runtime.unwrap().block_on(read)
    }

    fn refused(path: &Path) -> Error {
        let error = wait(read(path.to_str().unwrap())).unwrap_err();
        assert!(error.message().starts_with(VARIABLE), "{error}");
        error
    }

    #[test]
    fn the_largest_assertion_is_read_whole() {
        let scratch = Scratch::new();
        let text = "a".repeat(limits::ASSERTION_BYTES_MAX);
        let path = scratch.file("token", &text);
        let read = wait(read(path.to_str().unwrap())).unwrap();
        assert_eq!(read.as_str(), Some(text.as_str()));
    }

    #[test]
    fn what_is_no_file_is_refused_and_not_waited_for() {
        let scratch = Scratch::new();
        let pipe = scratch.path().join("pipe");
        make_pipe(&pipe);
        for path in [scratch.path(), &pipe] {
            let error = refused(path);
            assert_eq!(error.status(), Status::InvalidArgument);
            assert!(error.message().contains("no regular file"), "{error}");
        }
    }

    #[test]
    fn a_path_that_is_none_is_refused_by_the_variable() {
        for path in ["", "a\0b"] {
            let error = wait(read(path)).unwrap_err();
            assert_eq!(error.status(), Status::InvalidArgument);
            assert!(error.message().starts_with(VARIABLE), "{error}");
            let error = wait(read_pem("SOME_FILE", path)).unwrap_err();
            assert!(error.message().starts_with("SOME_FILE"), "{error}");
        }
    }

    #[test]
    fn a_container_that_may_not_read_the_token_is_told_of_the_pods_group() {
        without_rights(
            "identity::assertion::tests::a_container_that_may_not_read_the_token_is_told_of_the_pods_group",
            |folder| {
                std::fs::write(folder.join("token"), "S3NT1NEL").unwrap();
                set_mode(&folder.join("token"), 0);
            },
            |folder| {
                let error = refused(&folder.join("token"));
                assert_eq!(error.status(), Status::IdentityRefused, "{error}");
                assert!(error.advice().unwrap().contains("fsGroup"), "{error}");
                assert!(!format!("{error:?}").contains("S3NT1NEL"));
            },
        );
    }

    #[test]
    fn pem_text_is_read_as_it_is_and_no_more_than_is_allowed() {
        let scratch = Scratch::new();
        let path = scratch.file("ca.pem", "-----BEGIN\n");
        let name = path.to_str().unwrap();
        assert_eq!(wait(read_pem("SOME_FILE", name)).unwrap(), b"-----BEGIN\n");
        let file = File::create(&path).unwrap();
        file.set_len(limits::CA_PEM_BYTES_MAX as u64 + 1).unwrap();
        let error = wait(read_pem("SOME_FILE", name)).unwrap_err();
        assert!(error.message().contains("larger than 4194304 bytes"));
        let gone = scratch.path().join("gone");
        let error = wait(read_pem("SOME_FILE", gone.to_str().unwrap())).unwrap_err();
        assert_eq!(error.status(), Status::InvalidArgument);
        assert!(error.message().contains("no such file"), "{error}");
    }
}
