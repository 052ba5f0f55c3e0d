//! The Azure Arc agent's proof of right: the challenge names a key file that only some accounts
//! may read, and its content goes back to the agent. Here: where the agent and its files are, which
//! file a challenge means, and how it is read. The requests are made elsewhere.

use std::fs::File;
use std::path::{Path, PathBuf};

use crate::engine::on_thread;
use crate::error::{Error, Result, Status};
use crate::identity::file::{self, Unread};
use crate::limits;
use crate::platform::files::{self, Unopened};
use crate::sensitive::Sensitive;

/// Where the Azure Connected Machine agent is looked for.
#[derive(Clone, Debug, Default)]
pub struct ArcPaths {
    /// Its program; the system's own place when not given.
    pub agent: Option<PathBuf>,
    /// The folder of its key files; the system's own place when not given.
    pub tokens: Option<PathBuf>,
}

impl ArcPaths {
    /// Whether the agent's program is there.
    pub(crate) fn agent_is_installed(&self) -> bool {
        let agent = self.agent.clone().or_else(system_agent);
        agent.is_some_and(|agent| agent.is_file())
    }

    /// The folder of its key files; nothing on systems that the agent does not run on.
    pub(crate) fn tokens(&self) -> Option<PathBuf> {
        self.tokens.clone().or_else(system_tokens)
    }
}

#[cfg(target_os = "linux")]
fn system_agent() -> Option<PathBuf> {
    Some(PathBuf::from("/opt/azcmagent/bin/himds"))
}

#[cfg(target_os = "linux")]
fn system_tokens() -> Option<PathBuf> {
    Some(PathBuf::from("/var/opt/azcmagent/tokens"))
}

#[cfg(windows)]
fn system_agent() -> Option<PathBuf> {
    let programs = crate::platform::program_files()?;
    Some(
        programs
            .join("AzureConnectedMachineAgent")
            .join("himds.exe"),
    )
}

#[cfg(windows)]
fn system_tokens() -> Option<PathBuf> {
    let data = crate::platform::program_data()?;
    Some(data.join("AzureConnectedMachineAgent").join("Tokens"))
}

#[cfg(not(any(target_os = "linux", windows)))]
fn system_agent() -> Option<PathBuf> {
    None
}

#[cfg(not(any(target_os = "linux", windows)))]
fn system_tokens() -> Option<PathBuf> {
    None
}

/// The stem of the key file's name, from the `WWW-Authenticate` lines of the agent's 401. The
/// folder that the challenge names is not used: whoever answers on the agent's port must not
/// choose which file of this machine is read and sent to it.
pub(crate) fn file_stem(challenges: &[String]) -> Result<String> {
    let path = realm(challenges).map_err(bad_challenge)?;
    check_path(path).map_err(bad_challenge)?;
    let name = path.rsplit(['/', '\\']).next().unwrap_or_default();
    let stem = name
        .strip_suffix(".key")
        .ok_or("names a file that does not end in .key")
        .map_err(bad_challenge)?;
    check_stem(stem).map_err(bad_challenge)?;
    Ok(stem.to_owned())
}

fn bad_challenge(rule: &'static str) -> Error {
    Error::new(
        Status::Protocol,
        format!("the challenge of the Azure Arc agent {rule}"),
    )
    .advise("something other than the Azure Connected Machine agent may answer there; check IDENTITY_ENDPOINT, and the agent with: azcmagent show")
}

/// The realm of the one Basic challenge. The agent writes it bare although a path is no token in
/// the grammar of HTTP, so there is no use in parsing by that grammar.
fn realm(challenges: &[String]) -> std::result::Result<&str, &'static str> {
    if challenges.is_empty() {
        return Err("is missing: its 401 has no WWW-Authenticate line");
    }
    let mut basics = challenges.iter().filter_map(|line| {
        let line = line.trim();
        let (scheme, rest) = line.split_once([' ', '\t']).unwrap_or((line, ""));
        scheme.eq_ignore_ascii_case("basic").then_some(rest)
    });
    let rest = basics.next().ok_or("is of another scheme than Basic")?;
    if basics.next().is_some() {
        return Err("is there more than once");
    }
    let (name, value) = rest.split_once('=').unwrap_or((rest, ""));
    if !name.trim().eq_ignore_ascii_case("realm") {
        return Err("has no realm");
    }
    if value.contains('=') {
        return Err("has more than one realm, or more than a realm");
    }
    let value = value.trim();
    let bare = match value.strip_prefix('"') {
        Some(rest) => rest.strip_suffix('"'),
        None => Some(value),
    };
    bare.filter(|value| !value.contains('"'))
        .ok_or("has quotes around its realm that are no pair")
}

/// What no path of the agent has, and what reads as another file on one system or another.
fn check_path(path: &str) -> std::result::Result<(), &'static str> {
    let is_separator = |c: char| c == '/' || c == '\\';
    if path.is_empty() {
        return Err("has an empty realm");
    }
    if path.contains(char::is_control) {
        return Err("has a realm with a control character in it");
    }
    if path.starts_with(is_separator) && path[1..].starts_with(is_separator) {
        return Err("names a file of another machine or a device (a UNC path)");
    }
    let after_drive = match path.as_bytes() {
        [drive, b':', b'/' | b'\\', ..] if drive.is_ascii_alphabetic() => &path[2..],
        _ => path,
    };
    if after_drive.contains(':') {
        return Err("names an alternate stream of a file (a colon)");
    }
    if path.split(is_separator).any(|part| part == "..") {
        return Err("names a path with .. in it");
    }
    Ok(())
}

/// Names that Windows takes for devices whatever folder and extension they have.
const DEVICES: &[&str] = &["con", "prn", "aux", "nul"];
const NUMBERED_DEVICES: &[&str] = &["com", "lpt"];

fn check_stem(stem: &str) -> std::result::Result<(), &'static str> {
    if stem.is_empty() {
        return Err("names a file without a name before .key");
    }
    if stem.len() > limits::ARC_KEY_STEM_LENGTH_MAX {
        return Err("names a file whose name is longer than any of the agent's");
    }
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    if !stem.bytes().all(allowed) {
        return Err("names a file whose name has other characters than letters, digits, - and _");
    }
    let lower = stem.to_ascii_lowercase();
    let is_numbered = lower.len() == 4
        && lower.ends_with(|c: char| c.is_ascii_digit())
        && NUMBERED_DEVICES.contains(&&lower[..3]);
    if is_numbered || DEVICES.contains(&lower.as_str()) {
        return Err("names a device of Windows");
    }
    Ok(())
}

/// The content of the key file: one use, never kept.
pub(crate) async fn read(paths: &ArcPaths, stem: &str) -> Result<Sensitive> {
    let paths = paths.clone();
    let stem = stem.to_owned();
    on_thread("doorkey-arc-key", "a file", move || load(&paths, &stem)).await
}

fn load(paths: &ArcPaths, stem: &str) -> Result<Sensitive> {
    let Some(folder) = paths.tokens() else {
        return Err(Error::new(
            Status::IdentityUnavailable,
            "this system has no folder for the key files of the Azure Arc agent",
        )
        .advise("the agent runs on Linux and Windows only; unset IDENTITY_ENDPOINT and IMDS_ENDPOINT, or force another source"));
    };
    let name = format!("{stem}.key");
    let file = files::open_without_links(&folder, &name).map_err(|why| {
        let site = Site {
            folder: &folder,
            name: &name,
            agent_is_installed: paths.agent_is_installed(),
            is_windows: cfg!(windows),
        };
        site.unopened(why)
    })?;
    content(file).map_err(|rule| {
        Error::new(
            Status::Protocol,
            format!(
                "the Azure Arc agent's key file {} {rule}",
                folder.join(&name).display()
            ),
        )
        .advise(
            "only the Azure Connected Machine agent writes there; check it with: azcmagent check",
        )
    })
}

fn content(file: File) -> std::result::Result<Sensitive, String> {
    let bytes = match file::read_at_most(file, limits::ARC_KEY_BYTES_MAX) {
        Ok(bytes) => bytes,
        Err(Unread::TooLarge) => {
            return Err(format!(
                "is larger than {} bytes",
                limits::ARC_KEY_BYTES_MAX
            ));
        }
        Err(Unread::Failed(error)) => return Err(format!("cannot be read: {error}")),
    };
    let end = bytes
        .iter()
        .rposition(|b| !matches!(b, b'\r' | b'\n'))
        .map_or(0, |last| last + 1);
    let text = &bytes[..end];
    if text.is_empty() {
        return Err("is empty".to_owned());
    }
    // It becomes a header's value.
    if !text.iter().all(|b| (b' '..=b'~').contains(b)) {
        return Err("holds something else than one line of plain text".to_owned());
    }
    Ok(Sensitive::new(text))
}

const LINUX_ADVICE: &str = "run as root, or add the account to the group himds and start a new session: usermod -aG himds ACCOUNT";
const WINDOWS_ADVICE: &str = "run as administrator, or add the account to the local group \"Hybrid agent extension applications\" and sign in again; to an account without that right Windows may even say that the path does not exist";

/// Where a key file was looked for.
struct Site<'a> {
    folder: &'a Path,
    name: &'a str,
    agent_is_installed: bool,
    is_windows: bool,
}

impl Site<'_> {
    fn unopened(&self, why: Unopened) -> Error {
        let folder = self.folder.display();
        let path = self.folder.join(self.name);
        let path = path.display();
        let strange = |what: String| {
            Error::new(Status::Protocol, what).advise(
                "the Azure Connected Machine agent makes plain files in a plain folder; find out who put this there",
            )
        };
        match why {
            Unopened::NoFolder if self.is_windows && self.agent_is_installed => {
                self.denied(format!(
                    "the folder {folder} of the Azure Arc agent's key files is missing, or this account may not see it"
                ))
            }
            Unopened::NoFolder => Error::new(
                Status::IdentityUnavailable,
                format!("the folder {folder} of the Azure Arc agent's key files does not exist"),
            )
            .advise("install the Azure Connected Machine agent, or unset IDENTITY_ENDPOINT and IMDS_ENDPOINT where this is no Arc-enabled server"),
            Unopened::FolderIsLink => strange(format!(
                "the folder {folder} of the Azure Arc agent's key files is a link"
            )),
            Unopened::FileIsLink => {
                strange(format!("the Azure Arc agent's key file {path} is a link"))
            }
            Unopened::NotRegular => strange(format!(
                "the Azure Arc agent's key file {path} is no regular file"
            )),
            Unopened::NoFile => Error::new(
                Status::Protocol,
                format!("the Azure Arc agent named a key file that is not there: {path}"),
            )
            .advise("try again: the agent removes its key files after a short time; in a container its folder must be the host's"),
            Unopened::Denied => self.denied(format!(
                "this account may not read the Azure Arc agent's key file {path}"
            )),
            Unopened::Other(error) => Error::new(
                Status::IdentityUnavailable,
                format!("the Azure Arc agent's key file {path} cannot be opened: {error}"),
            ),
        }
    }

    fn denied(&self, message: String) -> Error {
        let advice = if self.is_windows {
            WINDOWS_ADVICE
        } else {
            LINUX_ADVICE
        };
        Error::new(Status::IdentityRefused, message).advise(advice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is told of a file that was not opened.
    fn told(why: Unopened, is_windows: bool, agent_is_installed: bool) -> Error {
        let site = Site {
            folder: Path::new("/tokens"),
            name: "a.key",
            agent_is_installed,
            is_windows,
        };
        site.unopened(why)
    }

    #[test]
    fn each_reason_has_its_own_status_message_and_advice() {
        let other = || Unopened::Other(std::io::Error::other("too many open files"));
        for (why, status, message, advice) in [
            (
                Unopened::NoFolder,
                Status::IdentityUnavailable,
                "does not exist",
                "install the Azure Connected Machine agent",
            ),
            (
                Unopened::FolderIsLink,
                Status::Protocol,
                "key files is a link",
                "who put this there",
            ),
            (
                Unopened::FileIsLink,
                Status::Protocol,
                "a.key is a link",
                "who put this there",
            ),
            (
                Unopened::NotRegular,
                Status::Protocol,
                "no regular file",
                "who put this there",
            ),
            (
                Unopened::NoFile,
                Status::Protocol,
                "is not there",
                "try again",
            ),
            (
                Unopened::Denied,
                Status::IdentityRefused,
                "may not read",
                "group himds and start a new session",
            ),
            (
                other(),
                Status::IdentityUnavailable,
                "too many open files",
                "",
            ),
        ] {
            let error = told(why, false, true);
            assert_eq!(error.status(), status, "{error}");
            assert!(error.message().contains(message), "{error}");
            assert!(error.message().contains("/tokens"), "{error}");
            assert!(error.advice().unwrap_or("").contains(advice), "{error}");
        }
    }

    #[test]
    fn on_windows_the_local_group_is_named_and_a_missing_path_may_be_a_missing_right() {
        for why in [Unopened::Denied, Unopened::NoFolder] {
            let error = told(why, true, true);
            assert_eq!(error.status(), Status::IdentityRefused);
            let advice = error.advice().unwrap();
            assert!(advice.contains("Hybrid agent extension applications"));
            assert!(advice.contains("path does not exist"));
        }
        let error = told(Unopened::NoFolder, true, false);
        assert_eq!(error.status(), Status::IdentityUnavailable);
    }

    #[test]
    fn paths_that_are_given_come_before_the_systems() {
        let paths = ArcPaths {
            agent: Some(std::env::current_exe().unwrap()),
            tokens: Some(PathBuf::from("here")),
        };
        assert!(paths.agent_is_installed());
        assert_eq!(paths.tokens(), Some(PathBuf::from("here")));
        let folder = ArcPaths {
            agent: Some(std::env::temp_dir()),
            tokens: None,
        };
        assert!(!folder.agent_is_installed(), "a folder is no program");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_systems_paths_are_the_agents_documented_ones() {
        let tokens = ArcPaths::default().tokens();
        assert_eq!(tokens, Some(PathBuf::from("/var/opt/azcmagent/tokens")));
        assert_eq!(
            system_agent(),
            Some(PathBuf::from("/opt/azcmagent/bin/himds"))
        );
    }

    #[cfg(unix)]
    mod on_disk {
        use super::super::*;
        use crate::platform::scratch::{Scratch, make_pipe, set_mode, without_rights};

        fn load_from(folder: &Path) -> Result<Sensitive> {
            let paths = ArcPaths {
                agent: None,
                tokens: Some(folder.to_owned()),
            };
            load(&paths, "a")
        }

        #[test]
        fn a_pipe_in_the_place_of_the_key_is_refused_and_not_waited_for() {
            let scratch = Scratch::new();
            make_pipe(&scratch.path().join("a.key"));
            let error = load_from(scratch.path()).unwrap_err();
            assert_eq!(error.status(), Status::Protocol);
            assert!(error.message().contains("no regular file"), "{error}");
        }

        /// What an account without rights is told.
        fn assert_denied(folder: &Path) {
            let error = load_from(folder).unwrap_err();
            assert_eq!(error.status(), Status::IdentityRefused, "{error}");
            assert!(error.message().contains("this account may not read"));
            assert!(error.advice().unwrap().contains("group himds"), "{error}");
            assert!(!format!("{error:?}").contains("S3NT1NEL"));
        }

        #[test]
        fn an_account_that_may_not_read_the_key_is_told_which_group_to_join() {
            without_rights(
                "identity::arc_key::tests::on_disk::an_account_that_may_not_read_the_key_is_told_which_group_to_join",
                |folder| {
                    std::fs::write(folder.join("a.key"), "S3NT1NEL").unwrap();
                    set_mode(&folder.join("a.key"), 0);
                },
                assert_denied,
            );
        }

        #[test]
        fn an_account_that_may_not_enter_the_folder_is_told_which_group_to_join() {
            without_rights(
                "identity::arc_key::tests::on_disk::an_account_that_may_not_enter_the_folder_is_told_which_group_to_join",
                |folder| {
                    std::fs::write(folder.join("a.key"), "S3NT1NEL").unwrap();
                    set_mode(folder, 0);
                },
                assert_denied,
            );
        }
    }
}
