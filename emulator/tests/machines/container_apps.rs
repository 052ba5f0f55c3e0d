//! Container Apps: App Service's protocol without its past, on a port that refuses connections while a container starts.

use std::io::ErrorKind;
use std::net::TcpStream;

use doorkey_emulator::{Emulator, Host};

use crate::common::{Ask, imds};
use crate::support::{
    RESOURCE, assert_app_service, get, machine, object_id, own_object_id, path, secret, start,
};

#[test]
fn a_correct_request_gets_a_token() {
    let emulator = machine(Host::ContainerApps);
    let query = format!("api-version=2019-08-01&{RESOURCE}");
    let reply = get(
        &emulator,
        &query,
        &[("X-IDENTITY-HEADER", &secret(&emulator))],
    );
    assert_eq!(object_id(&reply), own_object_id(&emulator));
}

#[test]
fn the_version_before_is_not_served() {
    let emulator = machine(Host::ContainerApps);
    let query = format!("api-version=2017-09-01&{RESOURCE}");
    let value = secret(&emulator);
    let headers = [
        ("secret", value.as_str()),
        ("X-IDENTITY-HEADER", value.as_str()),
    ];
    let reply = get(&emulator, &query, &headers);
    assert_app_service(
        &reply,
        400,
        "The api-version '2017-09-01' is not supported.",
    );
}

#[test]
fn a_post_as_to_cloud_shell_is_not_allowed() {
    let emulator = machine(Host::ContainerApps);
    let path = path(&emulator);
    let ask = Ask::new("POST", &path).form(RESOURCE);
    assert_eq!(imds(&emulator, &ask.header("Metadata", "true")).status, 405);
}

#[test]
fn the_port_refuses_until_it_is_told_to_listen() {
    let builder = Emulator::builder().host(Host::ContainerApps);
    let emulator = start(builder.refuses_at_first(true));
    for _ in 0..3 {
        let refusal = TcpStream::connect(emulator.token_address()).expect_err("nobody listens");
        assert_eq!(refusal.kind(), ErrorKind::ConnectionRefused);
    }
    assert_eq!(emulator.requests().connections_imds, 0);
    for _ in 0..2 {
        emulator.start_listening().expect("a port that listens");
    }
    let query = format!("api-version=2019-08-01&{RESOURCE}");
    let reply = get(
        &emulator,
        &query,
        &[("X-IDENTITY-HEADER", &secret(&emulator))],
    );
    assert_eq!(reply.status, 200);
}

#[test]
fn a_port_that_never_listened_is_given_back_at_the_end() {
    let emulator = start(Emulator::builder().refuses_at_first(true));
    let address = emulator.token_address();
    drop(emulator);
    TcpStream::connect(address).expect_err("nobody listens");
}
