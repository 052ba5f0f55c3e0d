//! A compute of Azure Machine Learning.

use doorkey_emulator::{Emulator, Host, UserAssigned};

use crate::common::{Ask, Reply, imds};
use crate::support::{
    RESOURCE, fields, get, machine, machine_with_two, object_id, own_object_id, path, secret,
    start, variable,
};

fn ask(emulator: &Emulator, rest: &str) -> Reply {
    let query = format!("api-version=2017-09-01{rest}");
    get(emulator, &query, &[("secret", &secret(emulator))])
}

#[track_caller]
fn assert_refused(reply: &Reply, status: u16, text: &str) {
    assert_eq!((reply.status, reply.text().as_str()), (status, text));
    assert_eq!(
        reply.header("Content-Type"),
        Some("text/plain; charset=utf-8")
    );
}

#[test]
fn the_default_identity_is_named_as_any_other() {
    let emulator = machine(Host::AzureMl);
    let client_id = variable(&emulator, "DEFAULT_IDENTITY_CLIENT_ID").expect("a client id");
    let reply = ask(&emulator, &format!("&{RESOURCE}&clientid={client_id}"));
    assert_eq!(object_id(&reply), own_object_id(&emulator));
    assert_eq!(
        fields(&reply),
        [
            "access_token",
            "client_id",
            "expires_on",
            "resource",
            "token_type"
        ]
    );
    assert!(reply.json()["expires_on"].is_u64(), "{}", reply.text());
}

#[test]
fn a_user_assigned_identity_is_selected() {
    let (emulator, one, _) = machine_with_two(Host::AzureMl);
    let reply = ask(
        &emulator,
        &format!("&{RESOURCE}&clientid={}", one.client_id),
    );
    assert_eq!(object_id(&reply), one.object_id);
}

#[test]
fn the_only_user_assigned_identity_is_the_default() {
    let one = UserAssigned::random("one");
    let builder = Emulator::builder().host(Host::AzureMl);
    let emulator = start(builder.system_assigned(false).user_assigned(one.clone()));
    let default = variable(&emulator, "DEFAULT_IDENTITY_CLIENT_ID");
    assert_eq!(default, Some(one.client_id));
}

#[test]
fn a_client_id_is_required_even_for_the_systems_own() {
    let emulator = machine(Host::AzureMl);
    let own = emulator.system_assigned().expect("an identity");
    let text = "Missing query parameter: clientid.";
    for rest in [
        String::new(),
        "&clientid=".to_owned(),
        format!("&client_id={}", own.client_id),
    ] {
        let reply = ask(&emulator, &format!("&{RESOURCE}{rest}"));
        assert_refused(&reply, 400, text);
    }
}

#[test]
fn a_wrong_secret_is_repeated_in_the_refusal() {
    let emulator = machine(Host::AzureMl);
    let query = format!("api-version=2017-09-01&{RESOURCE}&clientid=x");
    let none = get(&emulator, &query, &[("Metadata", "true")]);
    assert_refused(&none, 401, "Invalid secret token header: .");
    let wrong = get(&emulator, &query, &[("secret", "wrong")]);
    assert_refused(&wrong, 401, "Invalid secret token header: wrong.");
}

#[test]
fn unknown_identities_resources_and_versions_are_refused_in_plain_text() {
    let emulator = machine(Host::AzureMl);
    let own = emulator
        .system_assigned()
        .expect("an identity")
        .client_id
        .clone();
    let reply = ask(&emulator, &format!("&{RESOURCE}&clientid=somebody"));
    let info = |status: u16| {
        format!("InternalError - :{{\nInfo: Request failure status code: {status}\n\n}}")
    };
    assert_refused(&reply, 404, &info(404));
    let reply = ask(
        &emulator,
        &format!("&resource=https://nowhere.example&clientid={own}"),
    );
    assert_refused(&reply, 400, &info(400));
    let reply = ask(&emulator, &format!("&clientid={own}"));
    assert_refused(&reply, 400, "Missing query parameter: resource.");
    let query = format!("api-version=2019-08-01&{RESOURCE}&clientid={own}");
    let reply = get(&emulator, &query, &[("secret", &secret(&emulator))]);
    assert_refused(&reply, 400, "Unsupported api-version: 2019-08-01.");
}

#[test]
fn a_post_is_not_allowed_and_no_other_path_is_found() {
    let emulator = machine(Host::AzureMl);
    let path = path(&emulator);
    assert_eq!(imds(&emulator, &Ask::new("POST", &path)).status, 405);
    assert_eq!(imds(&emulator, &Ask::get("/msi/token")).status, 404);
}
