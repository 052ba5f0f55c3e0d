//! What the tests share: an emulator with a client for it, a clock that never waits.

use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use doorkey::clock::{Clock, TimeSource};
use doorkey::{ArcPaths, Call, Client, ClientOptions, Environment, Error, Result, Secret, Token};
use doorkey_emulator::{Builder, Emulator, Host};

pub const VAULT: &str = "demo";
pub const NAME: &str = "MyTestSecret";
pub const VALUE: &str = "p@ssw0rd!";
pub const VAULT_AUDIENCE: &str = "https://vault.localhost";

/// An emulator with the tutorial's secret.
pub fn emulator() -> Emulator {
    start(Emulator::builder())
}

/// The same, from a builder with more to it.
pub fn start(builder: Builder) -> Emulator {
    builder
        .secret(NAME, VALUE)
        .start()
        .expect("the emulator starts")
}

/// The token endpoint under a host name of its own: the token cache is the process's, and a later
/// emulator may get the port of an earlier one.
pub fn token_endpoint(emulator: &Emulator) -> String {
    let port = emulator.imds_address().port();
    format!("http://{}.localhost:{port}", emulator.tenant())
}

/// A machine of that kind, with the tutorial's secret.
pub fn machine(host: Host) -> Emulator {
    start(on(host))
}

/// The same as a builder. Arc's keys are kept apart from the system's own.
pub fn on(host: Host) -> Builder {
    let builder = Emulator::builder().host(host);
    match host {
        Host::Arc => builder.arc_tokens(temporary_folder()),
        _ => builder,
    }
}

/// A folder's name that nobody else uses. The emulator makes and removes the folder.
pub fn temporary_folder() -> PathBuf {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!("doorkey-suite-{}-{number}", std::process::id());
    std::env::temp_dir().join(name)
}

/// The variables that lead to `emulator`, its token endpoint under its own name.
pub fn variables(emulator: &Emulator) -> Vec<(String, String)> {
    let mut pairs = emulator.environment();
    let port = emulator.token_address().port();
    let own = format!("{}.localhost:{port}", emulator.tenant());
    for (name, value) in &mut pairs {
        // An authority's certificate is for the name it gives itself, and has its tenant in the path.
        if name.ends_with("_ENDPOINT") || name == "AZURE_POD_IDENTITY_AUTHORITY_HOST" {
            for host in ["127.0.0.1", "localhost"] {
                *value = value.replace(&format!("//{host}:{port}"), &format!("//{own}"));
            }
        }
    }
    pairs
}

/// The value of one variable that leads to `emulator`.
pub fn variable(emulator: &Emulator, wanted: &str) -> String {
    let found = variables(emulator).into_iter().find(|(n, _)| n == wanted);
    found.unwrap_or_else(|| panic!("{wanted} is not set")).1
}

/// The environment that leads to `emulator`, with `more` in addition or instead.
pub fn environment(emulator: &Emulator, more: &[(&str, &str)]) -> Environment {
    let mut pairs = variables(emulator);
    for (name, value) in more {
        pairs.retain(|(known, _)| known != name);
        pairs.push(((*name).to_owned(), (*value).to_owned()));
    }
    Environment::given(pairs).expect("a good environment")
}

/// Options that lead to `emulator`.
pub fn options(emulator: &Emulator) -> ClientOptions {
    ClientOptions {
        environment: environment(emulator, &[]),
        timeout: Some(Duration::from_secs(60)),
        arc_paths: arc_paths(emulator),
        ..ClientOptions::default()
    }
}

/// The emulator's folder of keys, and no agent's program, whatever this machine has.
pub fn arc_paths(emulator: &Emulator) -> ArcPaths {
    ArcPaths {
        agent: Some(temporary_folder()),
        tokens: Some(match emulator.host() {
            Host::Arc => emulator.arc_tokens().to_owned(),
            _ => temporary_folder(),
        }),
    }
}

/// A client for `emulator`.
pub fn client(emulator: &Emulator) -> Client {
    Client::new(options(emulator)).expect("a client")
}

/// A client for `emulator` on a clock that never waits.
pub fn client_on(emulator: &Emulator, clock: &Arc<TestClock>) -> Client {
    Client::new(ClientOptions {
        clock: Clock::from_source(Arc::clone(clock) as Arc<dyn TimeSource>),
        ..options(emulator)
    })
    .expect("a client")
}

pub fn token(client: &Client) -> Result<Token> {
    client.get_token(VAULT_AUDIENCE, &Call::default())?.take()
}

pub fn forced_token(client: &Client) -> Result<Token> {
    let call = Call {
        force_refresh: true,
        ..Call::default()
    };
    client.get_token(VAULT_AUDIENCE, &call)?.take()
}

pub fn secret(client: &Client) -> Result<Secret> {
    secret_in(client, VAULT)
}

pub fn secret_in(client: &Client, vault: &str) -> Result<Secret> {
    client
        .get_secret(vault, Some(NAME), None, &Call::default())?
        .take()
}

/// The error of something that must fail.
pub fn failure<T: std::fmt::Debug>(result: Result<T>) -> Error {
    result.expect_err("must fail")
}

/// A clock that stands still but for the sleeps it is asked for, which take no time.
#[derive(Default)]
pub struct TestClock(Mutex<Times>);

#[derive(Default)]
struct Times {
    passed: Duration,
    slept: Vec<Duration>,
}

const START_UNIX: i64 = 1_750_000_000;

impl TestClock {
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    pub fn advance(&self, by: Duration) {
        self.0.lock().unwrap().passed += by;
    }

    /// The delays asked for so far.
    pub fn slept(&self) -> Vec<Duration> {
        self.0.lock().unwrap().slept.clone()
    }
}

impl TimeSource for TestClock {
    fn now_unix(&self) -> i64 {
        START_UNIX + self.0.lock().unwrap().passed.as_secs() as i64
    }

    fn monotonic(&self) -> Duration {
        self.0.lock().unwrap().passed
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let mut times = self.0.lock().unwrap();
        times.passed += duration;
        times.slept.push(duration);
        Box::pin(std::future::ready(()))
    }
}
