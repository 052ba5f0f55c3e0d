//! Callers that may do one thing and not another, and how they are refused.

mod common;

use common::{Ask, Reply, Vault, assert_inner};
use doorkey_emulator::{Denied, Emulator, Fault, VaultOperation};

/// Every operation: its name, a request for it, the action of a role and the permission of an access policy.
const OPERATIONS: [(VaultOperation, &str, &str, &str, &str); 12] = [
    (
        VaultOperation::Get,
        "GET",
        "/secrets/a",
        "getSecret/action",
        "get",
    ),
    (
        VaultOperation::Get,
        "GET",
        "/deletedsecrets/a",
        "getSecret/action",
        "get",
    ),
    (
        VaultOperation::List,
        "GET",
        "/secrets",
        "readMetadata/action",
        "list",
    ),
    (
        VaultOperation::List,
        "GET",
        "/secrets/a/versions",
        "readMetadata/action",
        "list",
    ),
    (
        VaultOperation::List,
        "GET",
        "/deletedsecrets",
        "readMetadata/action",
        "list",
    ),
    (
        VaultOperation::Set,
        "PUT",
        "/secrets/a",
        "setSecret/action",
        "set",
    ),
    (
        VaultOperation::Update,
        "PATCH",
        "/secrets/a/",
        "update/action",
        "set",
    ),
    (
        VaultOperation::Delete,
        "DELETE",
        "/secrets/a",
        "delete",
        "delete",
    ),
    (
        VaultOperation::Backup,
        "POST",
        "/secrets/a/backup",
        "backup/action",
        "backup",
    ),
    (
        VaultOperation::Restore,
        "POST",
        "/secrets/restore",
        "restore/action",
        "restore",
    ),
    (
        VaultOperation::Recover,
        "POST",
        "/deletedsecrets/a/recover",
        "recover/action",
        "recover",
    ),
    (
        VaultOperation::Purge,
        "DELETE",
        "/deletedsecrets/a",
        "purge/action",
        "purge",
    ),
];

fn emulator() -> Emulator {
    Emulator::builder()
        .vault("Mine")
        .secret("a", "v")
        .start()
        .expect("an emulator")
}

fn vault(emulator: &Emulator) -> Vault<'_> {
    let port = emulator.vault_address().port();
    Vault::at(emulator, &format!("mine.vault.localhost:{port}"))
}

fn message(reply: &Reply) -> String {
    let body = reply.json();
    let message = body["error"]["message"].as_str().expect("a message");
    message.to_owned()
}

#[test]
fn a_role_s_refusal_names_the_action_of_the_operation() {
    for (operation, method, path, action, _) in OPERATIONS {
        let emulator = emulator();
        emulator.deny(operation, Denied::Rbac);
        let reply = vault(&emulator).send_json(method, path, r#"{"value":"v"}"#);
        let start = "Caller is not authorized to perform action on resource.\r\n";
        assert_inner(&reply, 403, "Forbidden", "ForbiddenByRbac", start);
        let action = format!("\r\nAction: 'Microsoft.KeyVault/vaults/secrets/{action}'\r\n");
        assert!(message(&reply).contains(&action), "{}", reply.text());
        assert_eq!(emulator.stored_names(None), ["a"], "nothing is done");
    }
}

#[test]
fn an_access_policy_s_refusal_names_the_permission_and_the_vault() {
    for (operation, method, path, _, permission) in OPERATIONS {
        for (reason, inner) in [
            (Denied::AccessPolicy, "AccessDenied"),
            (Denied::Policy, "ForbiddenByPolicy"),
        ] {
            let emulator = emulator();
            emulator.deny(operation, reason);
            let reply = vault(&emulator).send_json(method, path, r#"{"value":"v"}"#);
            assert_inner(
                &reply,
                403,
                "Forbidden",
                inner,
                "The user, group or application 'appid=",
            );
            let words = format!(
                "does not have secrets {permission} permission on key vault 'Mine;location=westeurope'."
            );
            assert!(message(&reply).contains(&words), "{}", reply.text());
        }
    }
}

#[test]
fn who_may_not_read_may_still_list_and_recover() {
    let emulator = Emulator::builder()
        .secret("a", "v")
        .deny(VaultOperation::Get, Denied::Rbac)
        .start()
        .expect("an emulator");
    let vault = Vault::new(&emulator);
    assert_eq!(vault.send("GET", "/secrets").status, 200);
    assert_eq!(vault.send("GET", "/secrets/a").status, 403);
    assert_eq!(vault.send("DELETE", "/secrets/a").status, 200);
    assert_eq!(vault.send("GET", "/deletedsecrets/a").status, 403);
    let recovered = vault.send("POST", "/deletedsecrets/a/recover");
    assert_eq!(recovered.status, 200);
}

#[test]
fn a_permission_can_be_given_back() {
    let emulator = emulator();
    emulator.deny(VaultOperation::Get, Denied::Rbac);
    assert_eq!(vault(&emulator).send("GET", "/secrets/a").status, 403);
    emulator.allow(VaultOperation::Get);
    assert_eq!(vault(&emulator).send("GET", "/secrets/a").status, 200);
}

#[test]
fn the_network_and_first_party_refusals_have_their_words() {
    let emulator = emulator();
    for (reason, inner, words) in [
        (
            Denied::Firewall,
            "ForbiddenByFirewall",
            "Client address is not authorized and caller is not a trusted service.\r\n",
        ),
        (
            Denied::NetworkPerimeter,
            "ForbiddenByFirewall",
            "Request was not allowed by NSP rules and the client address is not authorized and caller was ignored because bypass is set to None\r\n",
        ),
        (
            Denied::PrivateLink,
            "ForbiddenByConnection",
            "Public network access is disabled and request is not from a trusted service nor via an approved private link.",
        ),
        (
            Denied::FirstParty,
            "AccessDenied",
            "Access denied to first party service.\r\n",
        ),
    ] {
        emulator.deny(VaultOperation::Get, reason);
        let reply = vault(&emulator).send("GET", "/secrets/a");
        assert_inner(&reply, 403, "Forbidden", inner, words);
        assert!(message(&reply).contains("Vault: Mine;location=westeurope"));
    }
}

#[test]
fn a_refusal_names_the_caller_that_the_token_is_of() {
    let emulator = emulator();
    emulator.deny(VaultOperation::Get, Denied::Rbac);
    let reply = vault(&emulator).send("GET", "/secrets/a");
    let identity = emulator.system_assigned().expect("an identity");
    let caller = format!(
        "\r\nCaller: appid={};oid={};iss={}\r\n",
        identity.client_id,
        identity.object_id,
        emulator.issuer()
    );
    assert!(message(&reply).contains(&caller), "{}", reply.text());
}

#[test]
fn a_fault_denies_the_operation_that_was_asked_for() {
    let emulator = emulator();
    emulator.fault(Fault::vault().denied(Denied::Rbac));
    let reply = vault(&emulator).put("name-1", r#"{"value":"v"}"#);
    let text = message(&reply);
    assert!(text.contains("secrets/setSecret/action'"), "{text}");
    assert!(text.contains("/vaults/mine/secrets/name-1'"), "{text}");
    emulator.fault(Fault::vault().denied(Denied::AccessPolicy));
    let ask = Ask::new("DELETE", "/deletedsecrets/x?api-version=7.4");
    let text = message(&vault(&emulator).ask(&ask));
    assert!(
        text.contains("secrets purge permission on key vault 'Mine;"),
        "{text}"
    );
}

#[test]
fn a_token_that_is_not_good_is_refused_before_any_permission_matters() {
    let emulator = emulator();
    for operation in VaultOperation::ALL {
        emulator.deny(operation, Denied::Firewall);
    }
    let reply = vault(&emulator).ask(&Ask::get("/secrets/a?api-version=7.4"));
    assert_eq!(reply.status, 401);
}
