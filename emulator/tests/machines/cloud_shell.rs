//! Cloud Shell.

use doorkey_emulator::{Emulator, Host};

use crate::common::{Ask, Reply, imds};
use crate::support::{RESOURCE, machine, object_id, own_object_id, path, start};

fn post(emulator: &Emulator, body: &str) -> Reply {
    let path = path(emulator);
    let ask = Ask::new("POST", &path).form(body);
    imds(emulator, &ask.header("Metadata", "true"))
}

#[track_caller]
fn assert_refused(reply: &Reply, status: u16, code: &str, message: &str) {
    assert_eq!(reply.status, status, "{}", reply.text());
    assert_eq!(reply.json()["error"]["code"], code);
    assert_eq!(reply.json()["error"]["message"], message);
}

#[test]
fn a_form_gets_a_token_and_every_field_is_a_string() {
    let emulator = machine(Host::CloudShell);
    let reply = post(&emulator, RESOURCE);
    assert_eq!(object_id(&reply), own_object_id(&emulator));
    let body = reply.json();
    let fields = body.as_object().expect("an object");
    assert!(fields.values().all(serde_json::Value::is_string), "{body}");
    assert_eq!(emulator.log()[0].body, RESOURCE);
}

#[test]
fn there_is_always_a_signed_in_user() {
    let builder = Emulator::builder().host(Host::CloudShell);
    let emulator = start(builder.system_assigned(false));
    assert_eq!(post(&emulator, RESOURCE).status, 200);
}

#[test]
fn only_a_post_is_allowed() {
    let emulator = machine(Host::CloudShell);
    let target = format!("{}?{RESOURCE}", path(&emulator));
    let reply = imds(&emulator, &Ask::get(&target).header("Metadata", "true"));
    assert_refused(
        &reply,
        405,
        "MethodNotAllowed",
        "The method is not allowed.",
    );
    assert_eq!(reply.header("Allow"), Some("POST"));
}

#[test]
fn the_metadata_header_is_required() {
    let emulator = machine(Host::CloudShell);
    let path = path(&emulator);
    let reply = imds(&emulator, &Ask::new("POST", &path).form(RESOURCE));
    let rule = "Required metadata header not specified";
    assert_refused(&reply, 400, "BadRequest", rule);
}

#[test]
fn the_body_must_be_a_form() {
    let emulator = machine(Host::CloudShell);
    let path = path(&emulator);
    let ask = Ask::new("POST", &path)
        .json("{}")
        .header("Metadata", "true");
    let rule = "The content type must be application/x-www-form-urlencoded.";
    assert_refused(&imds(&emulator, &ask), 415, "UnsupportedMediaType", rule);
}

#[test]
fn any_id_is_refused_wherever_it_stands() {
    let emulator = machine(Host::CloudShell);
    let own = emulator.system_assigned().expect("an identity");
    for name in [
        "client_id",
        "clientid",
        "object_id",
        "principal_id",
        "msi_res_id",
        "mi_res_id",
    ] {
        let rule = format!("The parameter '{name}' is not supported.");
        let in_form = format!("{RESOURCE}&{name}={}", own.client_id);
        assert_refused(&post(&emulator, &in_form), 400, "BadRequest", &rule);
        let target = format!("{}?{name}=x", path(&emulator));
        let ask = Ask::new("POST", &target).form(RESOURCE);
        let reply = imds(&emulator, &ask.header("Metadata", "true"));
        assert_refused(&reply, 400, "BadRequest", &rule);
    }
}

#[test]
fn the_resource_is_read_from_the_form_and_must_be_known() {
    let emulator = machine(Host::CloudShell);
    let reply = post(&emulator, "resource=https%3A%2F%2Fnowhere.example");
    let text = "Audience https://nowhere.example is not a supported MSI token audience.";
    assert_refused(&reply, 400, "AudienceNotSupported", text);
    let target = format!("{}?{RESOURCE}", path(&emulator));
    let ask = Ask::new("POST", &target).form("x=y");
    let reply = imds(&emulator, &ask.header("Metadata", "true"));
    let rule = "The parameter 'resource' is required.";
    assert_refused(&reply, 400, "BadRequest", rule);
}

#[test]
fn no_other_path_is_found() {
    let emulator = machine(Host::CloudShell);
    let ask = Ask::new("POST", "/msi/token").form(RESOURCE);
    let reply = imds(&emulator, &ask.header("Metadata", "true"));
    assert_refused(&reply, 404, "NotFound", "The resource was not found.");
}
