//! Challenges that an Azure Arc agent would not make: whoever listens on its port must not learn what
//! is in a file of its choice.

use std::fs;
use std::path::PathBuf;

use doorkey::{Client, ClientOptions, Error, Identity, Status};
use doorkey_emulator::{Emulator, Fault, Host};

use super::*;
use crate::common::*;

const KEY: &str = "S3NT1NEL-key";

/// A file that is gone at the end.
struct Planted(PathBuf);

impl Planted {
    fn new(path: PathBuf, content: &str) -> Self {
        fs::write(&path, content).unwrap();
        Self(path)
    }
}

impl Drop for Planted {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// A key file in the agent's own folder.
fn key(emulator: &Emulator, name: &str, content: &str) -> Planted {
    Planted::new(emulator.arc_tokens().join(name), content)
}

/// Makes the next answer a challenge with this line, and the one after it a token for whatever comes.
fn challenge(emulator: &Emulator, line: &str) {
    let challenge = Fault::token().status(401);
    emulator.fault(challenge.header("WWW-Authenticate", line));
    let granted = r#"{"access_token":"granted","expires_in":"3600"}"#;
    emulator.fault(Fault::token().body(granted));
}

/// What was sent to whoever made the challenge.
fn given_away(emulator: &Emulator, line: &str) -> String {
    challenge(emulator, line);
    emulator.reset_requests();
    forced_token(&client(emulator)).unwrap();
    let asked = asked(emulator);
    assert_eq!(asked.len(), 2);
    asked[1].header("authorization").unwrap().to_owned()
}

/// That a challenge leads to this and that nothing was sent for it.
fn refused(emulator: &Emulator, line: &str) -> Error {
    emulator.reset_requests();
    challenge(emulator, line);
    let error = failure(forced_token(&client(emulator)));
    let request = only(emulator);
    assert_eq!(request.header("authorization"), None, "{line}");
    assert!(!format!("{error:?}").contains("S3NT1NEL"), "{error:?}");
    emulator.clear_faults();
    error
}

#[test]
fn the_realm_may_be_bare_or_quoted_and_the_scheme_in_any_case() {
    let emulator = machine(Host::Arc);
    let _key = key(&emulator, "mine.key", KEY);
    let path = emulator.arc_tokens().join("mine.key");
    let path = path.display();
    for line in [
        format!("Basic realm={path}"),
        format!("Basic realm=\"{path}\""),
        format!("basic realm={path}"),
        format!("BASIC REALM= {path} "),
    ] {
        assert_eq!(
            given_away(&emulator, &line),
            format!("Basic {KEY}"),
            "{line}"
        );
    }
}

#[test]
fn of_the_realm_only_the_files_name_counts() {
    let emulator = machine(Host::Arc);
    let _own = key(&emulator, "mine.key", KEY);
    let elsewhere = temporary_folder();
    fs::create_dir(&elsewhere).unwrap();
    let other = Planted::new(elsewhere.join("mine.key"), "S3NT1NEL-of-another-file");
    for line in [
        format!("Basic realm={}", other.0.display()),
        "Basic realm=/etc/mine.key".to_owned(),
        r"Basic realm=C:\Windows\mine.key".to_owned(),
        "Basic realm=mine.key".to_owned(),
    ] {
        assert_eq!(
            given_away(&emulator, &line),
            format!("Basic {KEY}"),
            "{line}"
        );
    }
    drop(other);
    fs::remove_dir(&elsewhere).unwrap();
}

#[test]
fn a_line_end_behind_the_key_is_not_a_part_of_it() {
    let emulator = machine(Host::Arc);
    for end in ["\n", "\r\n", "\n\n"] {
        let _key = key(&emulator, "mine.key", &format!("{KEY}{end}"));
        let sent = given_away(&emulator, "Basic realm=/x/mine.key");
        assert_eq!(sent, format!("Basic {KEY}"));
    }
}

#[test]
fn a_challenge_that_is_none_of_the_agents_gets_nothing() {
    let emulator = machine(Host::Arc);
    let _key = key(&emulator, "mine.key", KEY);
    let _text = key(&emulator, "mine.txt", KEY);
    // Where it is the name of a device, writing it would go to the screen.
    let _device = cfg!(unix).then(|| key(&emulator, "con.key", KEY));
    let long = format!("Basic realm=/x/{}.key", "a".repeat(200));
    for (line, rule) in [
        ("Bearer realm=/x/mine.key", "another scheme than Basic"),
        ("Negotiate", "another scheme than Basic"),
        ("Basic", "has no realm"),
        ("Basic charset=UTF-8", "has no realm"),
        ("Basic file=/x/mine.key", "has no realm"),
        ("Basic realm=", "an empty realm"),
        ("Basic realm=\"\"", "an empty realm"),
        (
            "Basic realm=/x/mine.key, realm=/x/a.key",
            "more than one realm",
        ),
        (
            "Basic realm=\"/x/mine.key\", charset=\"UTF-8\"",
            "more than one realm",
        ),
        ("Basic realm=\"/x/mine.key", "no pair"),
        ("Basic realm=/x/mine.key\"", "no pair"),
        ("Basic realm=/x/mine.txt", "does not end in .key"),
        ("Basic realm=/x/mine.key.txt", "does not end in .key"),
        ("Basic realm=/x/mine.KEY", "does not end in .key"),
        ("Basic realm=/x/mine", "does not end in .key"),
        ("Basic realm=/x/mine.key/", "does not end in .key"),
        ("Basic realm=/x/.key", "without a name"),
        (r"Basic realm=\\server\share\mine.key", "UNC"),
        ("Basic realm=//server/share/mine.key", "UNC"),
        (r"Basic realm=\\?\C:\x\mine.key", "UNC"),
        (r"Basic realm=\\.\pipe\mine.key", "UNC"),
        ("Basic realm=/x/mine.txt:a.key", "alternate stream"),
        (r"Basic realm=C:\x\mine.key::$DATA.key", "alternate stream"),
        ("Basic realm=/x/../mine.key", "with .. in it"),
        (r"Basic realm=C:\x\..\mine.key", "with .. in it"),
        ("Basic realm=/x/...key", "other characters"),
        ("Basic realm=/x/mi ne.key", "other characters"),
        ("Basic realm=/x/mi%6ee.key", "other characters"),
        ("Basic realm=/x/con.key", "a device of Windows"),
        ("Basic realm=/x/COM1.key", "a device of Windows"),
        (long.as_str(), "longer than any"),
    ] {
        let error = refused(&emulator, line);
        assert_eq!(error.status(), Status::Protocol, "{line}: {error}");
        assert!(error.message().contains(rule), "{line}: {error}");
        assert!(error.advice().unwrap().contains("azcmagent"), "{line}");
    }
}

#[test]
fn a_401_without_a_challenge_is_told_apart() {
    let emulator = machine(Host::Arc);
    emulator.fault(Fault::token().status(401));
    let error = failure(token(&client(&emulator)));
    assert_eq!(error.status(), Status::Protocol, "{error}");
    assert!(error.message().contains("no WWW-Authenticate"), "{error}");
    assert_eq!(emulator.requests().token, 1);
}

#[test]
fn two_challenges_of_the_same_scheme_get_nothing() {
    let emulator = machine(Host::Arc);
    let _key = key(&emulator, "mine.key", KEY);
    let two = Fault::token()
        .status(401)
        .header("WWW-Authenticate", "Basic realm=/x/mine.key")
        .header("WWW-Authenticate", "Basic realm=/x/other.key");
    emulator.fault(two);
    let error = failure(token(&client(&emulator)));
    assert!(error.message().contains("more than once"), "{error}");
    assert_eq!(only(&emulator).header("authorization"), None);
}

#[test]
fn another_scheme_beside_the_challenge_does_no_harm() {
    let emulator = machine(Host::Arc);
    let _key = key(&emulator, "mine.key", KEY);
    let both = Fault::token()
        .status(401)
        .header("WWW-Authenticate", "Negotiate")
        .header("WWW-Authenticate", "Basic realm=/x/mine.key");
    emulator.fault(both);
    let granted = r#"{"access_token":"granted","expires_in":"3600"}"#;
    emulator.fault(Fault::token().body(granted));
    token(&client(&emulator)).unwrap();
}

#[cfg(unix)]
#[test]
fn a_link_in_the_agents_folder_is_not_followed() {
    let emulator = machine(Host::Arc);
    let target = Planted::new(temporary_folder(), KEY);
    let link = emulator.arc_tokens().join("link.key");
    std::os::unix::fs::symlink(&target.0, &link).unwrap();
    let error = refused(&emulator, "Basic realm=/x/link.key");
    fs::remove_file(&link).unwrap();
    assert_eq!(error.status(), Status::Protocol);
    assert!(error.message().contains("link.key is a link"), "{error}");
}

#[cfg(unix)]
#[test]
fn a_folder_that_is_a_link_is_not_entered() {
    let emulator = machine(Host::Arc);
    let _key = key(&emulator, "mine.key", KEY);
    let link = temporary_folder();
    std::os::unix::fs::symlink(emulator.arc_tokens(), &link).unwrap();
    challenge(&emulator, "Basic realm=/x/mine.key");
    let error = failure(token(&in_folder(&emulator, link.clone())));
    fs::remove_file(&link).unwrap();
    assert_eq!(error.status(), Status::Protocol);
    assert!(error.message().contains("key files is a link"), "{error}");
    assert_eq!(only(&emulator).header("authorization"), None);
}

#[test]
fn a_folder_in_the_place_of_the_file_is_refused() {
    let emulator = machine(Host::Arc);
    let folder = emulator.arc_tokens().join("folder.key");
    fs::create_dir(&folder).unwrap();
    let error = refused(&emulator, "Basic realm=/x/folder.key");
    fs::remove_dir(&folder).unwrap();
    assert_eq!(error.status(), Status::Protocol, "{error}");
    assert!(error.message().contains("no regular file"), "{error}");
}

#[test]
fn a_file_that_is_no_key_is_not_sent() {
    let emulator = machine(Host::Arc);
    let large = "S3NT1NEL".repeat(513);
    for (content, rule) in [
        (large.as_str(), "larger than 4096 bytes"),
        ("", "is empty"),
        ("\r\n", "is empty"),
        ("S3NT1NEL\nX-Other: 1", "one line of plain text"),
        ("S3NT1NEL\0", "one line of plain text"),
        ("S3NT1NEL é", "one line of plain text"),
    ] {
        let _key = key(&emulator, "mine.key", content);
        let error = refused(&emulator, "Basic realm=/x/mine.key");
        assert_eq!(error.status(), Status::Protocol, "{error}");
        assert!(error.message().contains(rule), "{error}");
    }
}

#[test]
fn a_key_of_the_largest_size_is_sent_whole() {
    let emulator = machine(Host::Arc);
    let largest = "k".repeat(4096);
    let _key = key(&emulator, "mine.key", &largest);
    let sent = given_away(&emulator, "Basic realm=/x/mine.key");
    assert_eq!(sent, format!("Basic {largest}"));
}

#[test]
fn a_file_that_is_gone_is_told_by_its_path() {
    let emulator = machine(Host::Arc);
    let error = refused(&emulator, "Basic realm=/x/gone.key");
    assert_eq!(error.status(), Status::Protocol);
    assert!(error.message().contains("gone.key"), "{error}");
    assert!(error.advice().unwrap().contains("try again"));
}

/// A client that looks for the agent's keys in another folder.
fn in_folder(emulator: &Emulator, folder: PathBuf) -> Client {
    let mut options = options_for(emulator, Identity::Default, &[]);
    options.arc_paths.tokens = Some(folder);
    Client::new(ClientOptions { ..options }).unwrap()
}

#[test]
fn a_folder_that_is_missing_is_told_by_its_path() {
    let emulator = machine(Host::Arc);
    let folder = temporary_folder();
    let error = failure(token(&in_folder(&emulator, folder.clone())));
    assert_eq!(error.status(), Status::IdentityUnavailable, "{error}");
    assert!(error.message().contains(&folder.display().to_string()));
    assert!(
        error
            .advice()
            .unwrap()
            .contains("install the Azure Connected")
    );
    assert_eq!(only(&emulator).header("authorization"), None);
}

#[test]
fn a_second_challenge_gets_no_second_key() {
    let emulator = machine(Host::Arc);
    let _key = key(&emulator, "mine.key", KEY);
    let again = Fault::token().always().status(401);
    emulator.fault(again.header("WWW-Authenticate", "Basic realm=/x/mine.key"));
    let error = failure(token(&client(&emulator)));
    assert_says(&error, Status::IdentityRefused, 401, "its own file");
    assert_eq!(emulator.requests().token, 2);
    assert!(!format!("{error:?}").contains("S3NT1NEL"));
}
