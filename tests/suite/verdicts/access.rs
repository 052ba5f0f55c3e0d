//! Who may not, by whose rules, and what that caller lacks.

use doorkey::{Identity, Status};
use doorkey_emulator::{Denied, Fault, UserAssigned, VaultOperation};

use super::*;

/// The object id of the caller that the vault has just refused.
fn caller(emulator: &Emulator) -> String {
    emulator.system_assigned().unwrap().object_id.clone()
}

fn refused(emulator: &Emulator, denied: Denied) -> Error {
    emulator.fault(Fault::vault().denied(denied));
    failure(secret(&client(emulator)))
}

#[test]
fn a_missing_role_names_role_and_caller() {
    let emulator = emulator();
    let error = refused(&emulator, Denied::Rbac);
    let who = format!("the identity with object id {} the role", caller(&emulator));
    let says = "Caller is not authorized to perform action on resource.";
    let fixes = [&who, "\"Key Vault Secrets User\"", "ten minutes"];
    let verdict = forbidden(Some("ForbiddenByRbac"), says, &fixes);
    assert_verdict(&error, &verdict);
}

#[test]
fn a_missing_access_policy_names_permission_and_caller() {
    let emulator = emulator();
    for (denied, inner) in [
        (Denied::AccessPolicy, "AccessDenied"),
        (Denied::Policy, "ForbiddenByPolicy"),
    ] {
        let error = refused(&emulator, denied);
        let who = format!("for the identity with object id {}", caller(&emulator));
        let says = "does not have secrets get permission on key vault";
        let fixes = ["access policy", "permission \"get\"", &who];
        let verdict = forbidden(Some(inner), says, &fixes);
        assert_verdict(&error, &verdict);
    }
}

#[test]
fn the_caller_that_is_named_is_the_one_that_asked() {
    let one = UserAssigned::random("one");
    let emulator = start(Emulator::builder().user_assigned(one.clone()));
    let options = ClientOptions {
        identity: Identity::ClientId(one.client_id),
        ..options(&emulator)
    };
    emulator.fault(Fault::vault().denied(Denied::Rbac));
    let error = failure(secret(&Client::new(options).unwrap()));
    assert!(error.advice().unwrap().contains(&one.object_id), "{error}");
}

#[test]
fn a_caller_that_the_vault_does_not_name_is_the_identity() {
    let emulator = emulator();
    emulator.fault(Fault::vault().status(403));
    let error = failure(secret(&client(&emulator)));
    let verdict = forbidden(
        None,
        "The operation is forbidden.",
        &[
            "give the identity the role \"Key Vault Secrets User\"",
            "\"get\"",
        ],
    );
    assert_verdict(&error, &verdict);
}

#[test]
fn a_list_that_is_refused_names_the_permission_to_list() {
    let emulator = emulator();
    let client = client(&emulator);
    for (denied, fix) in [
        (Denied::AccessPolicy, "permission \"list\""),
        (Denied::Rbac, "\"Key Vault Secrets User\""),
    ] {
        emulator.deny(VaultOperation::List, denied);
        let pager = client.list_secrets(VAULT, &doorkey::Call::default());
        let error = failure(pager.unwrap().next().unwrap().take());
        assert_eq!(error.status(), Status::Forbidden);
        assert!(error.advice().unwrap().contains(fix), "{error}");
    }
}

#[test]
fn a_backup_that_is_refused_names_the_role_for_it() {
    let emulator = emulator();
    emulator.deny(VaultOperation::Backup, Denied::Rbac);
    let call = doorkey::Call::default();
    let operation = client(&emulator).backup_secret(VAULT, Some(NAME), &call);
    let error = failure(operation.unwrap().take());
    let advice = error.advice().unwrap();
    assert!(advice.contains("\"Key Vault Secrets Officer\""), "{error}");
}

#[test]
fn a_firewall_is_to_let_this_machine_in() {
    let emulator = emulator();
    let verdict = forbidden(
        Some("ForbiddenByFirewall"),
        "Client address is not authorized and caller is not a trusted service.",
        &["the vault's firewall", "add its address or network"],
    );
    assert_verdict(&refused(&emulator, Denied::Firewall), &verdict);
}

#[test]
fn a_network_security_perimeter_is_told_from_a_firewall() {
    let emulator = emulator();
    let verdict = forbidden(
        Some("ForbiddenByFirewall"),
        "Request was not allowed by NSP rules",
        &["network security perimeter", "inbound rule"],
    );
    assert_verdict(&refused(&emulator, Denied::NetworkPerimeter), &verdict);
}

#[test]
fn a_vault_that_is_closed_to_the_public_is_to_be_called_from_within() {
    let emulator = emulator();
    let verdict = forbidden(
        Some("ForbiddenByConnection"),
        "Public network access is disabled",
        &["network of its private endpoint", "private address"],
    );
    assert_verdict(&refused(&emulator, Denied::PrivateLink), &verdict);
}

#[test]
fn a_service_of_azures_needs_a_policy_like_anybody() {
    let emulator = emulator();
    let verdict = forbidden(
        Some("AccessDenied"),
        "Access denied to first party service.",
        &["access policy", "permission \"get\""],
    );
    assert_verdict(&refused(&emulator, Denied::FirstParty), &verdict);
}

#[test]
fn each_kind_of_refusal_has_an_advice_of_its_own() {
    let emulator = emulator();
    let mut advices: Vec<_> = [
        Denied::Rbac,
        Denied::AccessPolicy,
        Denied::Firewall,
        Denied::NetworkPerimeter,
        Denied::PrivateLink,
    ]
    .into_iter()
    .map(|denied| refused(&emulator, denied).advice().unwrap().to_owned())
    .collect();
    emulator.disable_secret(NAME);
    let disabled = failure(secret(&client(&emulator)));
    advices.push(disabled.advice().unwrap().to_owned());
    advices.sort();
    advices.dedup();
    assert_eq!(advices.len(), 6, "{advices:?}");
}

#[test]
fn a_vault_that_throttles_says_for_how_long() {
    let emulator = emulator();
    let clock = TestClock::new();
    let fault = Fault::vault().always().status(429);
    emulator.fault(fault.header("Retry-After", "3600"));
    let error = failure(secret(&client_on(&emulator, &clock)));
    let verdict = Verdict {
        status: Status::Throttled,
        http: Some(429),
        code: Some("Throttled"),
        inner: None,
        says: "too many requests were received. Reason: VaultRequestTypeLimitReached",
        fixes: &["wait", "keep values instead of asking again"],
    };
    assert_verdict(&error, &verdict);
    let hour = std::time::Duration::from_secs(3600);
    assert_eq!(error.retry_after(), Some(hour));
}

#[test]
fn a_vault_that_throttles_without_a_word_leaves_the_time_open() {
    let emulator = emulator();
    let clock = TestClock::new();
    emulator.fault(Fault::vault().always().status(429));
    let error = failure(secret(&client_on(&emulator, &clock)));
    assert_eq!(
        (error.status(), error.retry_after()),
        (Status::Throttled, None)
    );
}
