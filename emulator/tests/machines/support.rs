//! What the tests of several hosts need: a machine, its variables, a request to its token endpoint, and the form of a refusal.

use doorkey_emulator::{Builder, Emulator, Host, UserAssigned};
use serde_json::Value;

use crate::common::{Ask, Reply, imds};

/// The resource of the emulator's own vaults, as a query has it.
pub const RESOURCE: &str = "resource=https%3A%2F%2Fvault.localhost";

pub fn machine(host: Host) -> Emulator {
    start(Emulator::builder().host(host))
}

pub fn start(builder: Builder) -> Emulator {
    builder.start().expect("an emulator")
}

/// A machine with two user-assigned identities beside its own.
pub fn machine_with_two(host: Host) -> (Emulator, UserAssigned, UserAssigned) {
    let (one, two) = (UserAssigned::random("one"), UserAssigned::random("two"));
    let builder = Emulator::builder().host(host);
    let builder = builder
        .user_assigned(one.clone())
        .user_assigned(two.clone());
    (start(builder), one, two)
}

pub fn variable(emulator: &Emulator, name: &str) -> Option<String> {
    let environment = emulator.environment();
    let found = environment.into_iter().find(|(key, _)| key == name);
    found.map(|(_, value)| value)
}

pub fn names(emulator: &Emulator) -> Vec<String> {
    let names = emulator.environment().into_iter().map(|(name, _)| name);
    let mut names: Vec<String> = names.filter(|name| !name.starts_with("DOORKEY_")).collect();
    names.sort();
    names
}

/// The path of the token endpoint.
pub fn path(emulator: &Emulator) -> String {
    let url = emulator.token_endpoint();
    let (_, rest) = url.split_once("://").expect("a URL");
    rest.find('/')
        .map_or("/", |slash| &rest[slash..])
        .to_owned()
}

pub fn secret(emulator: &Emulator) -> String {
    emulator.secret_header().expect("a host with a secret")
}

/// A GET of the token endpoint with these headers.
pub fn get(emulator: &Emulator, query: &str, headers: &[(&str, &str)]) -> Reply {
    let target = format!("{}?{query}", path(emulator));
    let mut ask = Ask::get(&target);
    for (name, value) in headers {
        ask = ask.header(name, *value);
    }
    imds(emulator, &ask)
}

/// Who a token is for: the `oid` of its claims.
pub fn object_id(reply: &Reply) -> String {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    assert_eq!(reply.status, 200, "{}", reply.text());
    let body = reply.json();
    let token = body["access_token"].as_str().expect("a token");
    let claims = token.split('.').nth(1).expect("three parts");
    let claims = URL_SAFE_NO_PAD.decode(claims).expect("base64url");
    let claims: Value = serde_json::from_slice(&claims).expect("JSON");
    claims["oid"].as_str().expect("an id").to_owned()
}

pub fn own_object_id(emulator: &Emulator) -> String {
    let own = emulator.system_assigned();
    own.expect("a system-assigned identity").object_id.clone()
}

/// The names of a body's fields, in the order they were sent.
pub fn fields(reply: &Reply) -> Vec<String> {
    let text = reply.text();
    let object = reply.json();
    let object = object.as_object().expect("an object");
    let mut names: Vec<String> = object.keys().cloned().collect();
    names.sort_by_key(|name| text.find(&format!("\"{name}\":")));
    names
}

/// `{"statusCode":…,"message":…,"correlationId":…}`
#[track_caller]
pub fn assert_app_service(reply: &Reply, status: u16, message: &str) {
    assert_eq!(reply.status, status, "{}", reply.text());
    let body = reply.json();
    assert_eq!(body["message"], message);
    assert_eq!(body["statusCode"], status);
    assert_guid(&body["correlationId"]);
}

/// `{"error":…,"error_description":…}`
#[track_caller]
pub fn assert_oauth(reply: &Reply, status: u16, code: &str, description: &str) {
    assert_eq!(reply.status, status, "{}", reply.text());
    assert_eq!(reply.json()["error"], code);
    assert_eq!(reply.json()["error_description"], description);
}

#[track_caller]
pub fn assert_guid(value: &Value) {
    let text = value.as_str().expect("a text");
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    assert_eq!(lengths, [8, 4, 4, 4, 12], "{text}");
}
