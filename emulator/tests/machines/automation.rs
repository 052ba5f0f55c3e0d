//! Azure Automation, in the cloud sandbox and on a hybrid worker.

use doorkey_emulator::{Emulator, Host};

use crate::common::{Ask, Reply, imds};
use crate::support::{
    RESOURCE, assert_app_service, get, machine, machine_with_two, object_id, own_object_id, path,
    secret,
};

const BOTH: [Host; 2] = [Host::Automation, Host::HybridWorker];

fn ask(emulator: &Emulator, query: &str) -> Reply {
    let value = secret(emulator);
    let headers = [("X-IDENTITY-HEADER", value.as_str()), ("Metadata", "True")];
    get(emulator, query, &headers)
}

#[test]
fn both_headers_open_with_an_api_version_and_without() {
    for host in BOTH {
        let emulator = machine(host);
        for query in [
            RESOURCE.to_owned(),
            format!("api-version=2019-08-01&{RESOURCE}"),
        ] {
            let reply = ask(&emulator, &query);
            assert_eq!(object_id(&reply), own_object_id(&emulator), "{query}");
        }
        let reply = ask(&emulator, &format!("api-version=2018-02-01&{RESOURCE}"));
        assert_app_service(
            &reply,
            400,
            "The api-version '2018-02-01' is not supported.",
        );
    }
}

#[test]
fn a_form_by_post_is_as_good() {
    for host in BOTH {
        let emulator = machine(host);
        let path = path(&emulator);
        let ask = Ask::new("POST", &path).form(RESOURCE);
        let ask = ask
            .header("Metadata", "true")
            .header("secret", secret(&emulator));
        assert_eq!(object_id(&imds(&emulator, &ask)), own_object_id(&emulator));
        assert_eq!(imds(&emulator, &Ask::new("PUT", &path)).status, 405);
    }
}

#[test]
fn both_paths_are_served_and_no_other() {
    let emulator = machine(Host::Automation);
    for (path, status) in [
        ("/oauth2/token", 200),
        ("/metadata/identity/oauth2/token", 200),
        ("/msi/token", 404),
    ] {
        let target = format!("{path}?{RESOURCE}");
        let ask = Ask::get(&target).header("Metadata", "true");
        let ask = ask.header("X-IDENTITY-HEADER", secret(&emulator));
        assert_eq!(imds(&emulator, &ask).status, status, "{path}");
    }
}

#[test]
fn the_metadata_header_is_required() {
    let emulator = machine(Host::Automation);
    let value = secret(&emulator);
    for headers in [
        vec![("X-IDENTITY-HEADER", value.as_str())],
        vec![("X-IDENTITY-HEADER", value.as_str()), ("Metadata", "false")],
    ] {
        let reply = get(&emulator, RESOURCE, &headers);
        assert_app_service(&reply, 400, "The Metadata header must be present.");
    }
}

#[test]
fn the_secret_is_required() {
    for host in BOTH {
        let emulator = machine(host);
        for headers in [
            vec![("Metadata", "true")],
            vec![("Metadata", "true"), ("X-IDENTITY-HEADER", "wrong")],
            vec![("Metadata", "true"), ("secret", "wrong")],
        ] {
            let reply = get(&emulator, RESOURCE, &headers);
            let rule =
                "The secret or X-IDENTITY-HEADER header is missing or its value is not valid.";
            assert_app_service(&reply, 400, rule);
        }
    }
}

#[test]
fn a_request_that_was_forwarded_is_refused() {
    let emulator = machine(Host::Automation);
    let value = secret(&emulator);
    let headers = [
        ("X-IDENTITY-HEADER", value.as_str()),
        ("Metadata", "true"),
        ("X-Forwarded-For", "10.0.0.1"),
    ];
    let reply = get(&emulator, RESOURCE, &headers);
    assert_app_service(
        &reply,
        400,
        "The X-Forwarded-For header must not be present.",
    );
}

#[test]
fn an_account_without_user_assigned_identities_takes_no_client_id() {
    let emulator = machine(Host::Automation);
    let reply = ask(&emulator, &format!("{RESOURCE}&client_id=somebody"));
    let rule =
        "User assigned identity is currently not supported clientID must not be passed in request.";
    assert_app_service(&reply, 400, rule);
}

#[test]
fn a_user_assigned_identity_is_selected_and_an_unknown_one_refused() {
    let (emulator, one, _) = machine_with_two(Host::Automation);
    let reply = ask(
        &emulator,
        &format!("{RESOURCE}&client_id={}", one.client_id),
    );
    assert_eq!(object_id(&reply), one.object_id);
    let reply = ask(&emulator, &format!("{RESOURCE}&client_id=somebody"));
    let text = "No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId.";
    assert_app_service(&reply, 400, text);
}
