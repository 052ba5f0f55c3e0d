//! The token endpoint of the Azure Arc agent: a challenge that names a file, and a key in it that is good for one request.
//! Sources: Microsoft Learn, "Authenticate against Azure resources with Azure Arc-enabled servers"; Posh-ACME#562 (api versions).

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use crate::answer::Answer;
use crate::hosts::grant::{Expiry, Grant};
use crate::hosts::{imds, resources};
use crate::identities::{Selector, Unchosen, UserAssigned};
use crate::journal::RequestRecord;
use crate::query::Query;
use crate::random;
use crate::world::World;

const API_VERSIONS: [&str; 4] = ["2021-02-01", "2020-06-01", "2019-11-01", "2019-08-15"];

/// `mi_res_id` is not among them: the agent ignores it.
const SELECTORS: [Selector; 3] = [
    ("client_id", |identity| &identity.client_id),
    ("object_id", |identity| &identity.object_id),
    ("msi_res_id", |identity| &identity.resource_id),
];

#[derive(Serialize)]
struct Unauthorized<'a> {
    error: &'a str,
    error_description: &'a str,
    error_codes: [u16; 1],
}

/// The agent's side of the challenge: the folder and the keys that lie in it.
pub(crate) struct Agent {
    folder: Folder,
    ignores_ids: bool,
    keys: Mutex<Keys>,
}

#[derive(Default)]
struct Keys {
    /// Files that have not been used, with what is in them.
    waiting: Vec<(PathBuf, String)>,
    /// The contents of every key there ever was.
    given: Vec<String>,
}

impl Agent {
    /// An agent that keeps its keys in `folder`, or where the real one does.
    pub(crate) fn new(folder: Option<&Path>, ignores_ids: bool) -> io::Result<Self> {
        Ok(Self {
            folder: Folder::create(folder.map_or_else(real_folder, Path::to_owned))?,
            ignores_ids,
            keys: Mutex::default(),
        })
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder.path
    }

    pub(crate) fn given(&self) -> Vec<String> {
        self.keys().given.clone()
    }

    /// Writes a fresh key and gives its file.
    fn challenge(&self) -> io::Result<PathBuf> {
        let path = self.folder.path.join(format!("{}.key", random::guid()));
        let key = STANDARD.encode(random::bytes::<48>());
        let file = private_file(&path).or_else(|_| {
            self.folder.restore()?;
            private_file(&path)
        });
        file?.write_all(key.as_bytes())?;
        let mut keys = self.keys();
        keys.given.push(key.clone());
        keys.waiting.push((path.clone(), key));
        Ok(path)
    }

    /// Whether this is a key that waits. It waits no longer after that, and its file is gone.
    fn takes(&self, key: &str) -> bool {
        let mut keys = self.keys();
        let Some(index) = keys.waiting.iter().position(|(_, waiting)| waiting == key) else {
            return false;
        };
        let (path, _) = keys.waiting.swap_remove(index);
        let _ = fs::remove_file(path);
        true
    }

    fn keys(&self) -> MutexGuard<'_, Keys> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        for (path, _) in self.keys().waiting.drain(..) {
            let _ = fs::remove_file(path);
        }
    }
}

/// A folder of which only what was made for it is removed at the end.
struct Folder {
    path: PathBuf,
    made: Mutex<Vec<PathBuf>>,
}

impl Folder {
    fn create(path: PathBuf) -> io::Result<Self> {
        let folder = Self {
            path: std::path::absolute(path)?,
            made: Mutex::default(),
        };
        folder.restore()?;
        Ok(folder)
    }

    /// Makes what is missing of the folder: all of it at first, and later what somebody has tidied up, such as another emulator
    /// that had made it and has ended.
    fn restore(&self) -> io::Result<()> {
        let missing = self
            .path
            .ancestors()
            .take_while(|folder| !folder.exists())
            .map(Path::to_owned);
        self.made().extend(missing);
        fs::create_dir_all(&self.path).map_err(|error| {
            let text = format!(
                "cannot create {}, where the agent keeps its keys: {error} (an administrator may; --arc-tokens names another folder, for tests that tell the library of it)",
                self.path.display()
            );
            io::Error::new(error.kind(), text)
        })
    }

    fn made(&self) -> MutexGuard<'_, Vec<PathBuf>> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let mut made = std::mem::take(&mut *self.made());
        // The innermost first. One that is not empty stays: somebody else uses it.
        made.sort_by_key(|folder| std::cmp::Reverse(folder.as_os_str().len()));
        for folder in made {
            let _ = fs::remove_dir(folder);
        }
    }
}

#[cfg(windows)]
fn real_folder() -> PathBuf {
    let data = std::env::var_os("ProgramData").unwrap_or_else(|| r"C:\ProgramData".into());
    PathBuf::from(data)
        .join("AzureConnectedMachineAgent")
        .join("Tokens")
}

#[cfg(not(windows))]
fn real_folder() -> PathBuf {
    PathBuf::from("/var/opt/azcmagent/tokens")
}

fn private_file(path: &Path) -> io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

pub(crate) fn answer(world: &World, request: &RequestRecord, path: &str, query: &Query) -> Answer {
    let Some(agent) = &world.machine.arc else {
        return failure(500);
    };
    if let Some(refused) = refusal(request, path, query) {
        return refused;
    }
    let (identity, echo) = match chosen(world, agent, query) {
        Ok(chosen) => chosen,
        Err(reason) => return imds::error(400, "invalid_request", imds::description(&reason)),
    };
    match request.header("authorization") {
        None => challenge(agent, "Missing Basic Authorization header"),
        Some(value) => match value.strip_prefix("Basic ") {
            Some(key) if agent.takes(key) => granted(world, identity, echo, query),
            _ => challenge(agent, "Invalid Basic Authorization header"),
        },
    }
}

fn refusal(request: &RequestRecord, path: &str, query: &Query) -> Option<Answer> {
    if path != imds::TOKEN_PATH {
        return Some(Answer::new(
            404,
            "text/plain; charset=utf-8",
            "404 page not found\n",
        ));
    }
    if request.method != "GET" {
        return Some(Answer::new(405, "text/plain; charset=utf-8", "").header("Allow", "GET"));
    }
    if request.header("metadata") != Some("true") {
        let rule = "Required metadata header not specified";
        return Some(imds::error(400, "invalid_request", rule));
    }
    let version = query.get("api-version").unwrap_or_default();
    if !API_VERSIONS.contains(&version) {
        let known = API_VERSIONS.join(" ");
        let rule = match version {
            "" => format!("The api-version not specified. Supported are {known}"),
            _ => format!("The api-version {version} is not supported. Supported are {known}"),
        };
        return Some(imds::error(400, "invalid_request", &rule));
    }
    if query.get("resource").unwrap_or_default().is_empty() {
        let rule = "Required query variable 'resource' is missing";
        return Some(imds::error(400, "invalid_request", rule));
    }
    None
}

/// The id that was asked for, as it is told back.
type Echo<'a> = Option<(&'static str, &'a str)>;

/// The identity that is named, else the machine's own. An agent that ignores ids has but the latter.
fn chosen<'a>(
    world: &'a World,
    agent: &Agent,
    query: &Query,
) -> Result<(&'a UserAssigned, Echo<'a>), Unchosen> {
    let identities = &world.identities;
    if !agent.ignores_ids
        && let Some(identity) = identities.named(query, &SELECTORS)?
    {
        let echo = SELECTORS
            .iter()
            .find(|(name, _)| query.get(name).is_some())
            .map(|(name, id)| (*name, id(identity)));
        return Ok((identity, echo));
    }
    let own = identities.system().ok_or(Unchosen::NotFound)?;
    Ok((own, None))
}

fn challenge(agent: &Agent, text: &str) -> Answer {
    let path = match agent.challenge() {
        Ok(path) => path,
        Err(error) => {
            let text = format!("cannot write a key: {error}");
            return imds::error(500, "internal_server_error", &text);
        }
    };
    let body = Unauthorized {
        error: "unauthorized_client",
        error_description: text,
        error_codes: [401],
    };
    let realm = format!("Basic realm={}", path.display());
    Answer::json(401, &body).header("WWW-Authenticate", realm)
}

fn granted(world: &World, identity: &UserAssigned, echo: Echo<'_>, query: &Query) -> Answer {
    let resource = query.get("resource").unwrap_or_default();
    if !resources::is_known(world, resource) {
        let text = resources::not_found_with_ids(world, resource);
        return imds::error(400, "invalid_resource", &text);
    }
    if query.get("bypass_cache") == Some("true") {
        world.tokens.forget(identity, resource);
    }
    let mut grant = Grant::new(world, identity, resource)
        .access_token()
        .field("refresh_token", "")
        .expiry(&[Expiry::InText, Expiry::OnText])
        .not_before()
        .field("resource", resource)
        .field("token_type", "Bearer");
    if let Some((name, id)) = echo {
        grant = grant.echo(name, id);
    }
    grant.answer()
}

/// What the agent says when a script makes it fail with `status`.
pub(crate) fn failure(status: u16) -> Answer {
    let (code, text) = match status {
        429 => ("too_many_requests", "Too many requests"),
        500.. => (
            "internal_server_error",
            "The agent cannot reach the directory",
        ),
        _ => ("invalid_request", "The request was refused"),
    };
    imds::error(status, code, text)
}
