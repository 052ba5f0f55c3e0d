//! Each kind of host by itself, over the emulator: one file per host, and one per matter that concerns
//! all of them. Here is what they share.

mod answers;
mod app_service;
mod app_service_2017;
mod arc;
mod arc_challenge;
mod arc_kubernetes;
mod automation;
mod azure_ml;
mod cloud_shell;
mod container_apps;
mod faults;
mod functions;
mod imds;
mod retries;
mod secrets;
mod service_fabric;
mod workload_identity;
mod workload_ways;

use doorkey::{Client, ClientOptions, Error, Identity, Source, Status};
use doorkey_emulator::{Emulator, Endpoint, Host, RequestRecord, UserAssigned};

use crate::common::*;

/// How the path and the query of the tutorial's resource look in a request.
pub const RESOURCE: &str = "resource=https%3A%2F%2Fvault.localhost";

/// An id that no machine has.
pub const NOBODY: &str = "11111111-2222-3333-4444-555555555555";

/// Options for `emulator` with an identity and more variables.
pub fn options_for(
    emulator: &Emulator,
    identity: Identity,
    more: &[(&str, &str)],
) -> ClientOptions {
    // The one source that is never found.
    let is_old = emulator.host() == Host::AppService2017;
    ClientOptions {
        environment: environment(emulator, more),
        identity,
        source: is_old.then_some(Source::AppService2017),
        ..options(emulator)
    }
}

/// A client for `emulator` with an identity of its own.
pub fn client_as(emulator: &Emulator, identity: Identity) -> Client {
    Client::new(options_for(emulator, identity, &[])).unwrap()
}

/// A client for `emulator` with more variables, or others.
pub fn client_in(emulator: &Emulator, more: &[(&str, &str)]) -> Client {
    Client::new(options_for(emulator, Identity::Default, more)).unwrap()
}

/// The same on a clock that never waits, for endpoints that fail.
pub fn patient_client_in(emulator: &Emulator, more: &[(&str, &str)]) -> Client {
    let options = options_for(emulator, Identity::Default, more);
    Client::new(on_test_clock(options, &TestClock::new())).unwrap()
}

pub fn on_test_clock(options: ClientOptions, clock: &std::sync::Arc<TestClock>) -> ClientOptions {
    ClientOptions {
        clock: doorkey::clock::Clock::from_source(clock.clone()),
        ..options
    }
}

/// What reached the token endpoint.
pub fn asked(emulator: &Emulator) -> Vec<RequestRecord> {
    let mut log = emulator.log();
    log.retain(|request| request.endpoint == Endpoint::Token);
    log
}

/// The one request that reached the token endpoint.
pub fn only(emulator: &Emulator) -> RequestRecord {
    let mut asked = asked(emulator);
    assert_eq!(asked.len(), 1, "{asked:?}");
    asked.remove(0)
}

/// The headers that not every request of any program has.
pub fn own_headers(request: &RequestRecord) -> Vec<(&str, &str)> {
    let common = ["host", "accept", "user-agent", "content-length"];
    let headers = request.headers.iter();
    headers
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .filter(|(name, _)| !common.contains(name))
        .collect()
}

/// The machine's own identity's client id.
pub fn own_id(emulator: &Emulator) -> &str {
    &emulator.system_assigned().unwrap().client_id
}

/// Every kind of id of one identity.
pub fn ids_of(one: &UserAssigned) -> [Identity; 3] {
    [
        Identity::ClientId(one.client_id.clone()),
        Identity::ObjectId(one.object_id.clone()),
        Identity::ResourceId(one.resource_id.clone()),
    ]
}

/// A machine with a user-assigned identity beside its own, if it can have one.
pub fn machine_with(host: Host) -> (Emulator, UserAssigned) {
    let one = UserAssigned::random("one");
    (start(on(host).user_assigned(one.clone())), one)
}

/// That every kind of id is taken, and `AZURE_CLIENT_ID` too.
pub fn assert_every_id_taken(host: Host) {
    let (emulator, one) = machine_with(host);
    for identity in ids_of(&one) {
        let found = token(&client_as(&emulator, identity)).unwrap();
        assert_eq!(found.client_id(), Some(one.client_id.as_str()));
    }
    let variable = [("AZURE_CLIENT_ID", one.client_id.as_str())];
    let found = forced_token(&client_in(&emulator, &variable)).unwrap();
    assert_eq!(found.client_id(), Some(one.client_id.as_str()));
}

/// That an id of nobody's is not found.
pub fn assert_nobody_found(host: Host, nobody: Identity) {
    let emulator = machine(host);
    let error = failure(token(&client_as(&emulator, nobody)));
    assert_says(&error, Status::IdentityNotFound, 400, "correct the id");
}

/// That an id is refused with its reason before anything is sent.
pub fn assert_id_refused(emulator: &Emulator, identity: Identity, reason: &str) {
    let argument = match &identity {
        Identity::Default => "",
        Identity::ClientId(_) => "client_id: ",
        Identity::ObjectId(_) => "object_id: ",
        Identity::ResourceId(_) => "resource_id: ",
    };
    let error = failure(token(&client_as(emulator, identity)));
    assert_eq!(error.status(), Status::Unsupported, "{error}");
    assert!(error.message().starts_with(argument), "{error}");
    assert!(error.message().contains(reason), "{error}");
    assert!(error.advice().is_some(), "{error}");
    assert_eq!(emulator.requests().connections_imds, 0);
}

/// That a variable's value is refused by the variable's name before anything is sent.
pub fn assert_variable_refused(emulator: &Emulator, variable: &str, value: &str, rule: &str) {
    let error = failure(token(&client_in(emulator, &[(variable, value)])));
    assert_eq!(error.status(), Status::InvalidArgument, "{value}: {error}");
    assert!(
        error.message().starts_with(&format!("{variable}: ")),
        "{value}: {error}"
    );
    assert!(error.message().contains(rule), "{value}: {error}");
    assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
    assert_eq!(emulator.requests().connections_imds, 0, "{value}");
}

/// The same for all that no endpoint near by may look like.
pub fn assert_odd_endpoints_refused(emulator: &Emulator, variable: &str) {
    let far = "plain http is allowed only to localhost";
    for (value, rule) in [
        ("http://token.example/token", far),
        ("http://10.0.0.4/token", far),
        ("http://127.0.0.1.example/token", far),
        ("http://notlocalhost/token", far),
        (
            "http://user:hunter2@127.0.0.1/token",
            "user name or password",
        ),
        ("http://127.0.0.1/token#part", "fragment"),
        ("ftp://127.0.0.1/token", "must be a URL such as"),
        ("127.0.0.1:8080/token", "must be a URL such as"),
        ("/token", "must be a URL such as"),
        ("http://127.0.0.1/a b", "must be a URL such as"),
        ("http://127.0.0.1\\@token.example/", "must be a URL such as"),
    ] {
        assert_variable_refused(emulator, variable, value, rule);
    }
}

/// An error's status, HTTP status and a part of its advice, all at once.
pub fn assert_says(error: &Error, status: Status, http: u16, advice: &str) {
    assert_eq!(error.status(), status, "{error}");
    assert_eq!(error.http_status(), Some(http), "{error}");
    let given = error.advice().unwrap_or_default();
    assert!(given.contains(advice), "{error}: {given}");
}
