//! The control endpoint of the program (`--control`): what `Emulator` offers a Rust test, over HTTP for tests in other languages.
//! Faults are in fault.rs, the vaults in secrets.rs. It is not part of what is emulated, and it answers on loopback names only.

mod fault;
mod secrets;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hyper::body::Incoming;
use hyper::{Request, Response};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::answer::Answer;
use crate::body::{Delivery, ScriptedBody};
use crate::claims::ClaimsEncoding;
use crate::control::fault::FaultBody;
use crate::exchange;
use crate::gate::Gate;
use crate::identities::UserAssigned;
use crate::query::Query;
use crate::world::World;

pub(crate) struct Control {
    world: Arc<World>,
    /// All faults that hold share one gate; a release replaces it.
    gate: Mutex<Gate>,
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

#[derive(Serialize)]
struct TenantAnswer<'a> {
    tenant: &'a str,
}

/// The claims are JSON in JSON, not a text.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClaimsBody {
    claims: serde_json::Map<String, serde_json::Value>,
    #[serde(default)]
    encoding: ClaimsEncoding,
}

/// What no caller of the machine may ever show.
#[derive(Serialize)]
struct SecretsAnswer {
    secret_header: Option<String>,
    arc_keys: Vec<String>,
    assertion: Option<String>,
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
            ("POST", "/fault") => self.fault(parsed(&body)?)?,
            ("POST", "/faults/clear") => world.faults.clear(),
            ("POST", "/hold/release") => self.release(),
            ("GET", "/hold/wait") => return self.wait(&Query::parse(uri.query())).await,
            ("POST", "/secret") => secrets::set(world, parsed(&body)?)?,
            ("GET", "/secret") => return secrets::stored(world, &Query::parse(uri.query())),
            ("GET", "/secrets") => return secrets::names(world, &Query::parse(uri.query())),
            ("POST", "/pages") => secrets::page(world, &parsed(&body)?),
            ("POST", "/consistency") => secrets::lag(world, &parsed(&body)?),
            ("POST", "/deny") => secrets::deny(world, &parsed(&body)?),
            ("GET", "/machine/secrets") => return Ok(self.secrets()),
            ("POST", "/secret-header/rotate") => drop(world.machine.rotate_secret()),
            ("POST", "/assertion/rotate") => self.rotate_assertion()?,
            ("POST", "/tokens/revoke") => world.tokens.revoke(),
            ("POST", "/tenant/move") => return Ok(self.move_tenant()),
            ("POST", "/claims") => self.demand_claims(parsed(&body)?),
            ("POST", "/tokens/issue") => return Ok(self.issue(&parsed(&body)?)),
            (_, path) => return Err(format!("the control endpoint knows no {method} {path}")),
        }
        Ok(Answer::json(200, &Done { done: true }))
    }

    fn fault(&self, body: FaultBody) -> Result<(), String> {
        let fault = body.into_fault(&self.gate())?;
        self.world.faults.add(fault);
        Ok(())
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

    fn move_tenant(&self) -> Answer {
        let tenant = self.world.tokens.move_tenant();
        Answer::json(200, &TenantAnswer { tenant })
    }

    fn demand_claims(&self, body: ClaimsBody) {
        let claims = serde_json::Value::Object(body.claims).to_string();
        self.world.demand_claims(&claims, body.encoding);
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
