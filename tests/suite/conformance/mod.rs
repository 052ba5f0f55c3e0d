//! What the strictest public suites ask of a client when a vault asks it for a token, as tables: who is asked, what the
//! challenge says, and what comes of it. Every row is walked over real sockets by two calls: a secret is set, so that there is
//! a body to withhold, and then read, so that whatever was kept of the first call would show.
//!
//! Here is what the tables share; what no table says has a test of its own in `challenge.rs`.

mod bodies;
mod claims;
mod claims_in_use;
mod clouds;
mod hosts;
mod links;
mod redirects;
mod writings;

use std::collections::HashMap;

use doorkey::{Call, Client, ClientOptions, Error, SecretAttributes, Sensitive, Status};
use doorkey_emulator::{Emulator, Endpoint, Fault, RequestRecord};

use crate::common::*;

/// The suffix of a cloud that nobody knows, and its vault.
pub const OWN_AUDIENCE: &str = "https://vault.stack.example";
pub const OWN_VAULT: &str = "https://demo.vault.stack.example";

/// Whose row it is.
#[derive(Clone, Copy, Debug)]
pub enum Suite {
    /// azure-keyvault-secrets 4.12.0, `tests/test_challenge_auth.py` and its kin for keys.
    Python,
    /// azure_security_keyvault_secrets, `authorizer.rs`.
    Rust,
    /// keyvault-common 2.1.0, the challenge parser's tests.
    JavaScript,
    /// The Python suite has the same row with another outcome; why ours differs.
    UnlikePython(&'static str),
    Ours,
}

impl Suite {
    fn words(self) -> String {
        match self {
            Self::UnlikePython(why) => format!("unlike the Python suite: {why}"),
            other => format!("{other:?}"),
        }
    }
}

/// What comes of a challenge.
#[derive(Clone, Copy, Debug)]
pub enum Outcome {
    /// One token is asked for, for this audience. The first leg has neither token nor body, the second both; the call
    /// after it sends the same token at once.
    Believed(&'static str),
    /// `UNAUTHORIZED` in these words. No token is asked for, and none is sent; no body leaves; the call after it begins
    /// from the beginning.
    Rejected(&'static str),
    /// `INVALID_ARGUMENT` for `vault`: not one byte leaves.
    Refused,
}

const NOT_BELIEVED: Outcome = Outcome::Rejected("is not believed");
const NOT_SAID: Outcome = Outcome::Rejected("does not say for which audience");

/// A challenge and what comes of it.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// A sentence that is true when the row holds.
    pub name: &'static str,
    pub from: Suite,
    /// The vault that is asked; `{port}` is the emulator's.
    pub asked: &'static str,
    /// The `WWW-Authenticate` lines of its 401.
    pub challenges: &'static [&'static str],
    /// Whether the client compares the audience with the host.
    pub verifies: bool,
    pub outcome: Outcome,
}

const fn row(name: &'static str, challenges: &'static [&'static str], outcome: Outcome) -> Row {
    Row {
        name,
        from: Suite::Ours,
        asked: OWN_VAULT,
        challenges,
        verifies: true,
        outcome,
    }
}

impl Row {
    const fn from(self, from: Suite) -> Self {
        Self { from, ..self }
    }

    const fn at(self, asked: &'static str) -> Self {
        Self { asked, ..self }
    }

    const fn unverified(self) -> Self {
        Self {
            verifies: false,
            ..self
        }
    }
}

/// A request to a vault, as the tables speak of it.
#[derive(Debug, PartialEq, Eq)]
pub struct Leg {
    pub method: String,
    pub with_token: bool,
    pub with_body: bool,
}

impl Leg {
    fn of(method: &str, with_token: bool, with_body: bool) -> Self {
        let method = method.to_owned();
        Self {
            method,
            with_token,
            with_body,
        }
    }
}

/// The requests that reached the vaults, in their order.
pub fn legs(emulator: &Emulator) -> Vec<Leg> {
    let log = emulator.log();
    let vault = log.iter().filter(|r| r.endpoint == Endpoint::Vault);
    vault
        .map(|r| {
            assert!(r.header("proxy-authorization").is_none());
            // What is withheld is announced as nothing: a server need not wait for it.
            let is_announced = r.header("content-length") == Some("0");
            assert!(r.method == "GET" || r.body_bytes > 0 || is_announced);
            Leg::of(
                &r.method,
                r.header("authorization").is_some(),
                r.body_bytes > 0,
            )
        })
        .collect()
}

/// The audiences that tokens were asked for, in their order.
pub fn audiences(emulator: &Emulator) -> Vec<String> {
    let log = emulator.log();
    let tokens = log.iter().filter(|r| r.endpoint == Endpoint::Token);
    tokens.map(audience).collect()
}

fn audience(request: &RequestRecord) -> String {
    let url = url::Url::parse(&format!("http://x{}", request.target)).unwrap();
    let found = url.query_pairs().find(|(name, _)| name == "resource");
    found.map(|(_, value)| value.into_owned()).unwrap()
}

/// Sets the tutorial's secret.
pub fn set_in(client: &Client, vault: &str, value: &str) -> Result<(), Error> {
    let value = Sensitive::new(value.as_bytes());
    let attributes = SecretAttributes::default();
    let call = Call::default();
    let operation = client.set_secret(vault, Some(NAME), value, &attributes, &call)?;
    operation.take().map(drop)
}

/// A 401 with these `WWW-Authenticate` lines.
pub fn challenged(lines: &[&str]) -> Fault {
    let bare = Fault::vault().status(401);
    lines
        .iter()
        .fold(bare, |fault, line| fault.header("WWW-Authenticate", line))
}

/// The emulators of a table, one for each suffix that is asked for.
#[derive(Default)]
struct Machines(HashMap<String, Emulator>);

impl Machines {
    /// The one whose certificate is good for the host of `row`; it gives tokens for every audience of `rows`.
    fn of(&mut self, row: &Row, rows: &[Row]) -> &Emulator {
        let is_asked = !matches!(row.outcome, Outcome::Refused);
        let host = host_of(row.asked);
        let suffix = match host.split_once('.') {
            Some((_, suffix)) if is_asked && !is_here(host) => suffix.to_ascii_lowercase(),
            _ => "vault.localhost".to_owned(),
        };
        self.0.entry(suffix).or_insert_with_key(|suffix| {
            let believed = rows.iter().filter_map(|row| match row.outcome {
                Outcome::Believed(audience) => Some(audience),
                _ => None,
            });
            let mut builder = believed.fold(Emulator::builder(), |builder, audience| {
                builder.resource(audience)
            });
            if suffix != "vault.localhost" {
                builder = builder.vault_suffix(suffix);
            }
            start(builder)
        })
    }
}

/// Whether a host is loopback of its own accord, and has the emulator's port in its URL.
fn is_here(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    host.ends_with("localhost") || host == "127.0.0.1"
}

/// The host in what was written, however odd that is.
fn host_of(asked: &str) -> &str {
    let rest = asked.split_once("://").map_or(asked, |(_, rest)| rest);
    let rest = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let rest = rest.rsplit('@').next().unwrap_or_default();
    rest.split(':').next().unwrap_or_default()
}

/// The same host written otherwise: none of it may matter to what is remembered.
fn written_otherwise(asked: &str) -> String {
    let asked = asked.replace(host_of(asked), &host_of(asked).to_ascii_uppercase());
    match asked.strip_suffix(":443") {
        Some(bare) => bare.to_owned(),
        None if asked.contains("localhost") || asked.matches(':').count() > 1 => asked,
        None => asked.trim_end_matches('/').to_owned() + ":443",
    }
}

/// Walks a table, and tells all rows that do not hold.
pub fn walk(rows: &[Row]) {
    let mut machines = Machines::default();
    let mut wrong = Vec::new();
    for (number, row) in rows.iter().enumerate() {
        let emulator = machines.of(row, rows);
        emulator.clear_faults();
        emulator.reset_requests();
        let (expected, seen) = walk_one(emulator, number, row);
        if expected != seen {
            let (name, from) = (row.name, row.from.words());
            wrong.push(format!(
                "{name} ({from})\n  expected {expected:?}\n  seen     {seen:?}"
            ));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// How both calls ended, and what they took.
#[derive(Debug, PartialEq, Eq)]
struct Traffic {
    ends: [String; 2],
    legs: Vec<Leg>,
    audiences: Vec<String>,
    connections: bool,
}

fn walk_one(emulator: &Emulator, number: usize, row: &Row) -> (Traffic, Traffic) {
    let port = emulator.vault_address().port().to_string();
    let asked = row.asked.replace("{port}", &port);
    let lines: Vec<_> = row
        .challenges
        .iter()
        .map(|line| line.replace("{port}", &port))
        .collect();
    let lines: Vec<_> = lines.iter().map(String::as_str).collect();
    match row.outcome {
        Outcome::Believed(audience) => {
            emulator.fault(challenged(&lines));
            if audience != emulator.audience() {
                // The emulator would tell the client that the token is for somebody else.
                emulator.fault(Fault::vault().always().body(bundle(&asked)));
            }
        }
        _ => emulator.fault(challenged(&lines).always()),
    }
    let client = walker(emulator, number, row);
    let ends = [
        end(set_in(&client, &asked, VALUE), row.outcome),
        end(
            secret_in(&client, &written_otherwise(&asked)).map(drop),
            row.outcome,
        ),
    ];
    let seen = Traffic {
        ends,
        legs: legs(emulator),
        audiences: audiences(emulator),
        connections: emulator.requests().connections_vault > 0,
    };
    (expected(row.outcome), seen)
}

/// A client that knows no suffix of its own, with a token endpoint for this row alone: tokens are cached for the process.
fn walker(emulator: &Emulator, number: usize, row: &Row) -> Client {
    let (tenant, port) = (emulator.tenant(), emulator.imds_address().port());
    let authority = format!("http://row-{number}.{tenant}.localhost:{port}");
    let more = [
        ("DOORKEY_VAULT_SUFFIX", ""),
        ("AZURE_POD_IDENTITY_AUTHORITY_HOST", &authority),
    ];
    let host = host_of(row.asked).to_ascii_lowercase();
    Client::new(ClientOptions {
        environment: environment(emulator, &more),
        dial: vec![(host, Some(emulator.vault_address()))],
        trust_any_challenge: !row.verifies,
        ..options(emulator)
    })
    .unwrap()
}

fn end(result: Result<(), Error>, expected: Outcome) -> String {
    let Err(error) = result else {
        return "done".to_owned();
    };
    match expected {
        Outcome::Rejected(words)
            if error.status() == Status::Unauthorized
                && error.http_status() == Some(401)
                && error.message().contains(words) =>
        {
            "rejected".to_owned()
        }
        Outcome::Refused
            if error.status() == Status::InvalidArgument
                && error.message().starts_with("vault: ") =>
        {
            "refused".to_owned()
        }
        _ => error.to_string(),
    }
}

fn expected(outcome: Outcome) -> Traffic {
    let (end, legs, audiences) = match outcome {
        Outcome::Believed(audience) => (
            "done",
            vec![
                Leg::of("PUT", false, false),
                Leg::of("PUT", true, true),
                Leg::of("GET", true, false),
            ],
            vec![audience.to_owned()],
        ),
        Outcome::Rejected(_) => (
            "rejected",
            vec![Leg::of("PUT", false, false), Leg::of("GET", false, false)],
            Vec::new(),
        ),
        Outcome::Refused => ("refused", Vec::new(), Vec::new()),
    };
    Traffic {
        ends: [end.to_owned(), end.to_owned()],
        connections: !legs.is_empty(),
        legs,
        audiences,
    }
}

/// What a vault answers of the tutorial's secret.
fn bundle(vault: &str) -> String {
    let vault = vault.trim_end_matches('/').to_ascii_lowercase();
    let version = "0123456789abcdef0123456789abcdef";
    format!(
        r#"{{"value":"{VALUE}","id":"{vault}/secrets/{NAME}/{version}","attributes":{{"enabled":true}}}}"#
    )
}
