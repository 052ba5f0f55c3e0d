//! App Service and Functions, version 2019-08-01.

use doorkey_emulator::{Emulator, Host};

use crate::common::{Ask, Reply, imds};
use crate::support::{
    RESOURCE, assert_app_service, fields, get, machine, machine_with_two, object_id, own_object_id,
    path, secret, start, variable,
};

const NO_IDENTITY: &str =
    "No Managed Identity found for specified ClientId/ResourceId/PrincipalId.";
const NO_SUCH_IDENTITY: &str = "No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId.";
const BAD_SECRET: &str = "The X-IDENTITY-HEADER header is missing or its value is not valid.";

fn ask(emulator: &Emulator, rest: &str) -> Reply {
    let query = format!("api-version=2019-08-01{rest}");
    get(
        emulator,
        &query,
        &[("X-IDENTITY-HEADER", &secret(emulator))],
    )
}

#[test]
fn a_correct_request_gets_a_token_without_expires_in() {
    let emulator = machine(Host::AppService);
    let reply = ask(&emulator, &format!("&{RESOURCE}"));
    assert_eq!(object_id(&reply), own_object_id(&emulator));
    assert_eq!(
        fields(&reply),
        [
            "access_token",
            "expires_on",
            "not_before",
            "resource",
            "token_type",
            "client_id"
        ]
    );
    let body = reply.json();
    let own = emulator.system_assigned().expect("an identity");
    assert_eq!(body["client_id"], own.client_id);
    assert_eq!(body["resource"], "https://vault.localhost");
    let expires_on = body["expires_on"].as_str().expect("a text");
    expires_on.parse::<u64>().expect("a number in it");
}

#[test]
fn the_path_may_have_its_slash_or_not_and_no_other_path_is_found() {
    for host in [Host::AppService, Host::Functions] {
        let emulator = machine(host);
        let value = secret(&emulator);
        for (path, status) in [
            ("/msi/token", 200),
            ("/msi/token/", 200),
            ("/msi", 404),
            ("/", 404),
        ] {
            let target = format!("{path}?api-version=2019-08-01&{RESOURCE}");
            let ask = Ask::get(&target).header("X-IDENTITY-HEADER", value.as_str());
            assert_eq!(imds(&emulator, &ask).status, status, "{path}");
        }
    }
}

#[test]
fn only_the_right_header_with_the_right_value_opens() {
    let emulator = machine(Host::AppService);
    let value = secret(&emulator);
    let query = format!("api-version=2019-08-01&{RESOURCE}");
    for headers in [
        vec![],
        vec![("X-IDENTITY-HEADER", "")],
        vec![("X-IDENTITY-HEADER", "wrong")],
        vec![("secret", value.as_str())],
        vec![("Metadata", "true")],
    ] {
        let reply = get(&emulator, &query, &headers);
        assert_app_service(&reply, 401, BAD_SECRET);
    }
    let both = [("x-identity-header", value.as_str()), ("Metadata", "true")];
    assert_eq!(get(&emulator, &query, &both).status, 200);
}

#[test]
fn a_rotated_secret_is_the_only_good_one() {
    let emulator = machine(Host::AppService);
    let before = secret(&emulator);
    let after = emulator.rotate_secret_header().expect("a secret");
    assert_ne!(before, after);
    for name in ["IDENTITY_HEADER", "MSI_SECRET"] {
        assert_eq!(variable(&emulator, name).as_ref(), Some(&after));
    }
    let query = format!("api-version=2019-08-01&{RESOURCE}");
    let old = get(&emulator, &query, &[("X-IDENTITY-HEADER", &before)]);
    assert_app_service(&old, 401, BAD_SECRET);
    assert_eq!(ask(&emulator, &format!("&{RESOURCE}")).status, 200);
}

#[test]
fn every_kind_of_id_selects() {
    let (emulator, _, two) = machine_with_two(Host::AppService);
    let resource_id = two.resource_id.replace('/', "%2F");
    for id in [
        format!("client_id={}", two.client_id),
        format!("principal_id={}", two.object_id),
        format!("object_id={}", two.object_id.to_uppercase()),
        format!("mi_res_id={resource_id}"),
    ] {
        let reply = ask(&emulator, &format!("&{RESOURCE}&{id}"));
        assert_eq!(object_id(&reply), two.object_id, "{id}");
        assert_eq!(reply.json()["client_id"], two.client_id);
    }
}

#[test]
fn ids_under_names_that_it_does_not_know_are_ignored_without_a_word() {
    let (emulator, one, _) = machine_with_two(Host::AppService);
    for id in [
        format!("msi_res_id={}", one.resource_id),
        format!("clientid={}", one.client_id),
    ] {
        let reply = ask(&emulator, &format!("&{RESOURCE}&{id}"));
        assert_eq!(object_id(&reply), own_object_id(&emulator), "{id}");
    }
}

#[test]
fn without_an_id_there_is_the_system_assigned_identity_or_none() {
    let user = doorkey_emulator::UserAssigned::random("only");
    let builder = Emulator::builder()
        .host(Host::AppService)
        .system_assigned(false);
    let emulator = start(builder.user_assigned(user));
    let reply = ask(&emulator, &format!("&{RESOURCE}"));
    assert_app_service(&reply, 400, NO_IDENTITY);
}

#[test]
fn an_unknown_or_empty_id_is_refused() {
    let (emulator, one, _) = machine_with_two(Host::AppService);
    for id in ["client_id=somebody", "mi_res_id=", "principal_id=x"] {
        let reply = ask(&emulator, &format!("&{RESOURCE}&{id}"));
        assert_app_service(&reply, 400, NO_SUCH_IDENTITY);
    }
    let own = emulator.system_assigned().expect("an identity");
    let reply = ask(
        &emulator,
        &format!("&{RESOURCE}&client_id={}", own.client_id),
    );
    assert_app_service(&reply, 400, NO_SUCH_IDENTITY);
    let two = format!(
        "&{RESOURCE}&client_id={}&object_id={}",
        one.client_id, one.object_id
    );
    let rule = "Only one of client_id, principal_id and mi_res_id may be specified.";
    assert_app_service(&ask(&emulator, &two), 400, rule);
}

#[test]
fn a_resource_nobody_knows_is_a_vague_500() {
    let emulator = machine(Host::AppService);
    let reply = ask(&emulator, "&resource=https%3A%2F%2Fnowhere.example");
    let text = "An unexpected error occured while fetching the AAD Token.";
    assert_app_service(&reply, 500, text);
    assert_app_service(
        &ask(&emulator, ""),
        400,
        "The parameter 'resource' is missing.",
    );
}

#[test]
fn the_api_version_must_be_known() {
    let emulator = machine(Host::AppService);
    let value = secret(&emulator);
    let headers = [("X-IDENTITY-HEADER", value.as_str())];
    let unknown = get(
        &emulator,
        &format!("api-version=2018-02-01&{RESOURCE}"),
        &headers,
    );
    assert_app_service(
        &unknown,
        400,
        "The api-version '2018-02-01' is not supported.",
    );
    let absent = get(&emulator, RESOURCE, &headers);
    assert_app_service(&absent, 400, "The api-version '' is not supported.");
}

#[test]
fn the_version_before_is_served_beside_it() {
    for host in [Host::AppService, Host::Functions] {
        let emulator = machine(host);
        let query = format!("api-version=2017-09-01&{RESOURCE}");
        let reply = get(&emulator, &query, &[("secret", &secret(&emulator))]);
        assert_eq!(object_id(&reply), own_object_id(&emulator));
    }
}

#[test]
fn a_post_is_not_allowed() {
    let emulator = machine(Host::Functions);
    let path = path(&emulator);
    let ask = Ask::new("POST", &path).form(RESOURCE);
    let reply = imds(
        &emulator,
        &ask.header("X-IDENTITY-HEADER", secret(&emulator)),
    );
    assert_eq!(reply.status, 405);
    assert_eq!(reply.header("Allow"), Some("GET"));
    assert_eq!(emulator.log()[0].body, RESOURCE);
}

#[test]
fn an_answer_can_leave_out_whom_it_is_for() {
    let builder = Emulator::builder().host(Host::AppService);
    let emulator = start(builder.client_id_echo(false));
    let reply = ask(&emulator, &format!("&{RESOURCE}"));
    assert_eq!(reply.status, 200);
    assert!(reply.json().get("client_id").is_none());
}
