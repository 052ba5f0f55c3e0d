//! App Service in its first version, 2017-09-01.

use doorkey_emulator::{DateFormat, Emulator, Host};

use crate::common::{Ask, Reply, imds};
use crate::support::{
    RESOURCE, assert_guid, fields, get, machine, machine_with_two, object_id, own_object_id, path,
    secret, start,
};

fn ask(emulator: &Emulator, rest: &str) -> Reply {
    let query = format!("api-version=2017-09-01{rest}");
    get(emulator, &query, &[("secret", &secret(emulator))])
}

#[track_caller]
fn assert_refused(reply: &Reply, status: u16, message: &str) {
    assert_eq!(reply.status, status, "{}", reply.text());
    let body = reply.json();
    assert_eq!(body["StatusCode"], status);
    assert_eq!(body["Message"], message);
    assert_guid(&body["CorrelationId"]);
}

#[test]
fn the_end_of_a_token_is_a_date() {
    let emulator = machine(Host::AppService2017);
    let reply = ask(&emulator, &format!("&{RESOURCE}"));
    assert_eq!(object_id(&reply), own_object_id(&emulator));
    assert_eq!(
        fields(&reply),
        [
            "access_token",
            "expires_on",
            "resource",
            "token_type",
            "client_id"
        ]
    );
    let expires_on = reply.json()["expires_on"]
        .as_str()
        .expect("a text")
        .to_owned();
    assert!(
        expires_on.ends_with(" +00:00") && expires_on.contains('/'),
        "{expires_on}"
    );
}

#[test]
fn the_date_is_written_as_the_platform_writes_it() {
    for (format, has) in [
        (DateFormat::Linux, " +00:00"),
        (DateFormat::Windows, "M +00:00"),
        (DateFormat::Iso, ".0000000+00:00"),
        (DateFormat::Space, "-"),
    ] {
        let builder = Emulator::builder().host(Host::AppService2017);
        let emulator = start(builder.date_format(format));
        let body = ask(&emulator, &format!("&{RESOURCE}")).json();
        let text = body["expires_on"].as_str().expect("a text");
        assert!(text.contains(has), "{text}");
    }
}

#[test]
fn an_identity_is_named_by_clientid_alone() {
    let (emulator, one, _) = machine_with_two(Host::AppService2017);
    let named = ask(
        &emulator,
        &format!("&{RESOURCE}&clientid={}", one.client_id),
    );
    assert_eq!(object_id(&named), one.object_id);
    let ignored = ask(
        &emulator,
        &format!("&{RESOURCE}&client_id={}", one.client_id),
    );
    assert_eq!(object_id(&ignored), own_object_id(&emulator));
}

#[test]
fn an_identity_that_is_not_there_is_refused_in_its_own_spelling() {
    let text = "No MSI found for specified ClientId/ResourceId.";
    let emulator = machine(Host::AppService2017);
    let unknown = ask(&emulator, &format!("&{RESOURCE}&clientid=somebody"));
    assert_refused(&unknown, 400, text);
    let builder = Emulator::builder().host(Host::AppService2017);
    let none = start(builder.system_assigned(false));
    assert_refused(&ask(&none, &format!("&{RESOURCE}")), 400, text);
}

#[test]
fn the_secret_the_version_and_the_resource_are_required() {
    let emulator = machine(Host::AppService2017);
    let value = secret(&emulator);
    let query = format!("api-version=2017-09-01&{RESOURCE}");
    let text = "The secret header is missing or its value is not valid.";
    for headers in [
        vec![],
        vec![("secret", "wrong")],
        vec![("X-IDENTITY-HEADER", value.as_str())],
    ] {
        assert_refused(&get(&emulator, &query, &headers), 401, text);
    }
    let newer = format!("api-version=2019-08-01&{RESOURCE}");
    let reply = get(&emulator, &newer, &[("secret", &value)]);
    assert_refused(
        &reply,
        400,
        "The api-version '2019-08-01' is not supported.",
    );
    assert_refused(
        &ask(&emulator, ""),
        400,
        "The parameter 'resource' is missing.",
    );
    let unknown = ask(&emulator, "&resource=https%3A%2F%2Fnowhere.example");
    let text = "An unexpected error occured while fetching the AAD Token.";
    assert_refused(&unknown, 500, text);
}

#[test]
fn a_post_is_not_allowed_and_no_other_path_is_found() {
    let emulator = machine(Host::AppService2017);
    let path = path(&emulator);
    assert_eq!(imds(&emulator, &Ask::new("POST", &path)).status, 405);
    assert_eq!(imds(&emulator, &Ask::get("/oauth2/token")).status, 404);
}
