//! The assertion of a pod's service account: the file that the cluster keeps fresh, and what the directory thinks of a text.
//! It has a JWT's form and claims; what makes it good is that it is the file's newest.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::certificates::private_folder;
use crate::random;
use crate::tokens::now_unix;

const FILE: &str = "azure-identity-token";
const LIFETIME_S: u64 = 3_600;
const AUDIENCE: &str = "api://AzureADTokenExchange";
const SUBJECT: &str = "system:serviceaccount:default:doorkey";

#[derive(Serialize)]
struct Header<'a> {
    alg: &'a str,
    kid: &'a str,
}

#[derive(Serialize)]
struct Claims<'a> {
    aud: [&'a str; 1],
    exp: u64,
    iat: u64,
    iss: &'a str,
    jti: String,
    nbf: u64,
    sub: &'a str,
}

#[derive(Deserialize)]
struct Seen {
    #[serde(default)]
    iss: String,
    #[serde(default)]
    sub: String,
}

/// What the directory thinks of an assertion.
#[derive(Debug, PartialEq)]
pub(crate) enum Verdict {
    Good,
    Malformed,
    Expired { from: u64, until: u64 },
    Unknown { issuer: String, subject: String },
}

/// The trust between the cluster and the directory, and the file with the assertion.
pub(crate) struct Federation {
    folder: PathBuf,
    issuer: String,
    /// The newest is the last.
    written: Mutex<Vec<Written>>,
}

struct Written {
    text: String,
    from: u64,
    until: u64,
}

impl Federation {
    /// Writes the first assertion.
    pub(crate) fn new() -> io::Result<Self> {
        let federation = Self {
            folder: private_folder()?,
            issuer: format!("https://eastus.oic.prod-aks.azure.com/{}/", random::guid()),
            written: Mutex::default(),
        };
        federation.rotate()?;
        Ok(federation)
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.folder.join(FILE)
    }

    /// The text of the file, as it should be.
    pub(crate) fn current(&self) -> String {
        let written = self.written();
        written
            .last()
            .map_or_else(String::new, |newest| newest.text.clone())
    }

    /// Puts a new assertion into the file, in one step as the cluster does. The one before has expired from now on.
    pub(crate) fn rotate(&self) -> io::Result<String> {
        let now = now_unix();
        let text = self.sign(now);
        let mut written = self.written();
        let fresh = self.folder.join(format!("{FILE}.new"));
        fs::write(&fresh, &text)?;
        fs::rename(&fresh, self.file())?;
        if let Some(before) = written.last_mut() {
            before.until = now;
        }
        written.push(Written {
            text: text.clone(),
            from: now,
            until: now + LIFETIME_S,
        });
        Ok(text)
    }

    pub(crate) fn judge(&self, assertion: &str) -> Verdict {
        let Some(seen) = read(assertion) else {
            return Verdict::Malformed;
        };
        let written = self.written();
        let Some(index) = written.iter().position(|ours| ours.text == assertion) else {
            let (issuer, subject) = (seen.iss, seen.sub);
            return Verdict::Unknown { issuer, subject };
        };
        let Written { from, until, .. } = written[index];
        if index + 1 < written.len() || until <= now_unix() {
            return Verdict::Expired { from, until };
        }
        Verdict::Good
    }

    fn sign(&self, now: u64) -> String {
        let header = Header {
            alg: "RS256",
            kid: "doorkey-emulator",
        };
        let claims = Claims {
            aud: [AUDIENCE],
            exp: now + LIFETIME_S,
            iat: now,
            iss: &self.issuer,
            jti: random::guid(),
            nbf: now,
            sub: SUBJECT,
        };
        let signature = URL_SAFE_NO_PAD.encode(random::bytes::<256>());
        format!("{}.{}.{signature}", part(&header), part(&claims))
    }

    fn written(&self) -> MutexGuard<'_, Vec<Written>> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Federation {
    fn drop(&mut self) {
        // A test may have removed or replaced the file; there is nobody to tell.
        let _ = fs::remove_file(self.file());
        let _ = fs::remove_dir(Path::new(&self.folder));
    }
}

fn part(value: &impl Serialize) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(value).expect("strings and numbers serialise"))
}

fn read(text: &str) -> Option<Seen> {
    let mut parts = text.split('.');
    let (Some(_), Some(claims), Some(_), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_text_is_good_until_it_is_replaced() {
        let federation = Federation::new().expect("a federation");
        let first = fs::read_to_string(federation.file()).expect("a file");
        assert_eq!(federation.judge(&first), Verdict::Good);
        let second = federation.rotate().expect("a new one");
        assert_eq!(
            fs::read_to_string(federation.file()).expect("a file"),
            second
        );
        assert_eq!(federation.judge(&second), Verdict::Good);
        assert!(matches!(federation.judge(&first), Verdict::Expired { .. }));
    }

    #[test]
    fn a_stranger_and_a_garbled_text_are_told_apart() {
        let (ours, theirs) = (Federation::new(), Federation::new());
        let (ours, theirs) = (ours.expect("ours"), theirs.expect("theirs"));
        assert!(matches!(
            ours.judge(&theirs.current()),
            Verdict::Unknown { .. }
        ));
        let trailing = format!("{}\n", ours.current());
        assert!(matches!(ours.judge(&trailing), Verdict::Unknown { .. }));
        for text in ["", "a.b", "a.b.c", "a.b.c.d"] {
            assert_eq!(ours.judge(text), Verdict::Malformed, "{text}");
        }
    }

    #[test]
    fn nothing_is_left_behind() {
        let federation = Federation::new().expect("a federation");
        let folder = federation.file().parent().expect("a folder").to_owned();
        drop(federation);
        assert!(!folder.exists());
    }
}
