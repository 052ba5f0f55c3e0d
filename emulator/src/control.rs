//! The control endpoint of the program (`--control`): what `Emulator` offers a Rust test, over HTTP for tests in other languages.
//! It is not part of what is emulated, and it answers on loopback names only.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hyper::body::Incoming;
use hyper::{Request, Response};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::answer::Answer;
use crate::body::{Delivery, ScriptedBody};
use crate::exchange;
use crate::faults::Fault;
use crate::gate::Gate;
use crate::identities::UserAssigned;
use crate::journal::Endpoint;
use crate::query::Query;
use crate::vault::errors::Denied;
use crate::vault::secrets::{SecretOptions, VaultIndex};
use crate::world::World;

pub(crate) struct Control {
    world: Arc<World>,
    /// All faults that hold share one gate; a release replaces it.
    gate: Mutex<Gate>,
}

/// The body of `POST /fault`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FaultBody {
    endpoint: Endpoint,
    /// Absent means once, null means always.
    #[serde(default = "once")]
    times: Option<u64>,
    #[serde(default)]
    skip: u64,
    target_contains: Option<String>,
    status: Option<u16>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    body: Option<String>,
    content_type: Option<String>,
    #[serde(default)]
    delay_ms: u64,
    #[serde(default)]
    drop: bool,
    truncate: Option<usize>,
    #[serde(default)]
    echo: bool,
    #[serde(default)]
    hold: bool,
    oversized: Option<usize>,
    #[serde(default)]
    chunked: bool,
    drip_bytes: Option<usize>,
    #[serde(default)]
    drip_ms: u64,
    challenge: Option<String>,
    denied: Option<Denied>,
    #[serde(default)]
    without_server_header: bool,
}

fn once() -> Option<u64> {
    Some(1)
}

/// The body of `POST /secret`. Without a value, the options of the latest version are changed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SecretBody {
    vault: Option<String>,
    name: String,
    value: Option<String>,
    enabled: Option<bool>,
    content_type: Option<String>,
    tags: Option<BTreeMap<String, String>>,
    exp: Option<i64>,
    nbf: Option<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TokenBody {
    audience: String,
    lifetime_s: u64,
}

#[derive(Serialize)]
struct TokenAnswer {
    token: String,
}

/// What no caller of the machine may ever show.
#[derive(Serialize)]
struct SecretsAnswer {
    secret_header: Option<String>,
    arc_keys: Vec<String>,
    assertion: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PagesBody {
    empty: bool,
}

#[derive(Serialize)]
struct Done {
    done: bool,
}

#[derive(Serialize)]
struct HeldAnswer {
    held: usize,
}

#[derive(Serialize)]
struct Refusal<'a> {
    error: &'a str,
}

type Outcome = Result<Answer, String>;

impl Control {
    pub(crate) fn new(world: Arc<World>) -> Self {
        Self {
            world,
            gate: Mutex::default(),
        }
    }

    pub(crate) async fn serve(&self, request: Request<Incoming>) -> Response<ScriptedBody> {
        let answer = if is_local(&request) {
            self.answer(request).await
        } else {
            Err("the host must be 127.0.0.1 or localhost".to_owned())
        };
        answer
            .unwrap_or_else(|error| Answer::json(400, &Refusal { error: &error }))
            .into_response(Delivery::default())
    }

    async fn answer(&self, request: Request<Incoming>) -> Outcome {
        let method = request.method().to_string();
        let uri = request.uri().clone();
        let body = exchange::read(request.into_body())
            .await
            .ok_or("the body is too long or broken")?;
        let world = &self.world;
        match (method.as_str(), uri.path()) {
            ("GET", "/requests") => return Ok(Answer::json(200, &world.journal.counters())),
            ("POST", "/requests/reset") => world.journal.reset(),
            ("GET", "/log") => return Ok(Answer::json(200, &world.journal.log())),
            ("POST", "/fault") => self.fault(parsed(&body)?),
            ("POST", "/faults/clear") => world.faults.clear(),
            ("POST", "/hold/release") => self.release(),
            ("GET", "/hold/wait") => return self.wait(&Query::parse(uri.query())).await,
            ("POST", "/secret") => self.secret(parsed(&body)?)?,
            ("POST", "/pages") => {
                let pages: PagesBody = parsed(&body)?;
                world.settings.send_empty_pages(pages.empty);
            }
            ("GET", "/machine/secrets") => return Ok(self.secrets()),
            ("POST", "/secret-header/rotate") => drop(world.machine.rotate_secret()),
            ("POST", "/assertion/rotate") => self.rotate_assertion()?,
            ("POST", "/tokens/revoke") => world.tokens.revoke(),
            ("POST", "/tokens/issue") => return Ok(self.issue(&parsed(&body)?)),
            (_, path) => return Err(format!("the control endpoint knows no {method} {path}")),
        }
        Ok(Answer::json(200, &Done { done: true }))
    }

    fn fault(&self, body: FaultBody) {
        let mut fault = Fault::of(body.endpoint).skip(body.skip);
        fault = match body.times {
            Some(times) => fault.times(times),
            None => fault.always(),
        };
        if let Some(text) = &body.target_contains {
            fault = fault.target_contains(text);
        }
        if body.hold {
            fault = fault.hold(&self.gate());
        }
        if body.drop {
            fault = fault.drop_connection();
        }
        if body.delay_ms > 0 {
            fault = fault.delay(Duration::from_millis(body.delay_ms));
        }
        self.world.faults.add(body.answer_of(fault));
    }

    fn secret(&self, body: SecretBody) -> Result<(), String> {
        let vaults = &self.world.vaults;
        let vault = self.vault(body.vault.as_deref())?;
        if let Some(value) = body.value {
            let options = SecretOptions {
                content_type: body.content_type,
                enabled: body.enabled,
                not_before: body.nbf,
                expires: body.exp,
                tags: body.tags,
            };
            vaults.set(vault, &body.name, value, options);
            return Ok(());
        }
        let change = |options: &mut SecretOptions| {
            options.content_type = body.content_type.or(options.content_type.take());
            options.enabled = body.enabled.or(options.enabled);
            options.not_before = body.nbf.or(options.not_before);
            options.expires = body.exp.or(options.expires);
            options.tags = body.tags.or(options.tags.take());
        };
        vaults
            .change(vault, &body.name, None, change)
            .ok_or_else(|| format!("there is no secret '{}' to change", body.name))
    }

    fn vault(&self, name: Option<&str>) -> Result<VaultIndex, String> {
        let vaults = &self.world.vaults;
        match name {
            None => Ok(vaults.first()),
            Some(name) => vaults
                .find(name)
                .ok_or_else(|| format!("there is no vault '{name}'")),
        }
    }

    fn secrets(&self) -> Answer {
        let machine = &self.world.machine;
        let arc_keys = machine.arc.as_ref().map(|agent| agent.given());
        let federation = machine.federation.as_ref();
        let answer = SecretsAnswer {
            secret_header: machine.secret(),
            arc_keys: arc_keys.unwrap_or_default(),
            assertion: federation.map(|federation| federation.current()),
        };
        Answer::json(200, &answer)
    }

    fn rotate_assertion(&self) -> Result<(), String> {
        let federation = self.world.machine.federation.as_ref();
        let federation = federation.ok_or("this machine has no assertion")?;
        federation.rotate().map_err(|error| error.to_string())?;
        Ok(())
    }

    fn issue(&self, body: &TokenBody) -> Answer {
        let lifetime = Duration::from_secs(body.lifetime_s);
        let to = UserAssigned::random("control");
        let issued = self.world.tokens.issue(&to, &body.audience, lifetime);
        let token = issued.token;
        Answer::json(200, &TokenAnswer { token })
    }

    async fn wait(&self, query: &Query) -> Outcome {
        let count = query.get("count").unwrap_or("1");
        let count = count
            .parse()
            .map_err(|_| format!("count must be a number, found: {count}"))?;
        let gate = self.gate();
        gate.held_at_least(count).await;
        let held = gate.held();
        Ok(Answer::json(200, &HeldAnswer { held }))
    }

    fn release(&self) {
        let mut gate = self.gate.lock().unwrap_or_else(PoisonError::into_inner);
        gate.release();
        *gate = Gate::new();
    }

    fn gate(&self) -> Gate {
        self.gate
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl FaultBody {
    /// The part of a fault that says what the answer is like.
    fn answer_of(self, mut fault: Fault) -> Fault {
        if let Some(status) = self.status {
            fault = fault.status(status);
        }
        for (name, value) in &self.headers {
            fault = fault.header(name, value);
        }
        if let Some(body) = self.body {
            fault = fault.body(body);
        }
        if let Some(content_type) = &self.content_type {
            fault = fault.content_type(content_type);
        }
        if let Some(bytes) = self.truncate {
            fault = fault.truncate_body(bytes);
        }
        if let Some(bytes) = self.oversized {
            fault = fault.oversized(bytes);
        }
        if let Some(bytes) = self.drip_bytes {
            fault = fault.slow_drip(bytes, Duration::from_millis(self.drip_ms));
        }
        if let Some(challenge) = &self.challenge {
            fault = fault.challenge(challenge);
        }
        if let Some(reason) = self.denied {
            fault = fault.denied(reason);
        }
        if self.echo {
            fault = fault.echo_request_headers();
        }
        if self.chunked {
            fault = fault.chunked();
        }
        if self.without_server_header {
            fault = fault.without_server_header();
        }
        fault
    }
}

fn parsed<Body: DeserializeOwned>(body: &[u8]) -> Result<Body, String> {
    serde_json::from_slice(body).map_err(|error| format!("the body is not as it must be: {error}"))
}

/// A page in a browser can make a foreign name resolve to loopback; it cannot make the browser send another Host for it.
fn is_local(request: &Request<Incoming>) -> bool {
    let host = request
        .headers()
        .get("host")
        .and_then(|host| host.to_str().ok())
        .unwrap_or_default();
    let name = host.split(':').next().unwrap_or_default();
    name == "127.0.0.1" || name.eq_ignore_ascii_case("localhost")
}
