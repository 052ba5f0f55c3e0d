//! Whom a token with claims is asked for, for which audience, and who uses it then. The order of challenges and how claims are
//! written is in `claims.rs`.

use doorkey_emulator::{ClaimsEncoding, Host};

use super::claims::*;
use super::*;
use crate::challenge::stranger;
use Asked::{Plainly, WithClaims};

/// The tokens that went to the vaults.
fn sent(emulator: &Emulator) -> Vec<String> {
    let log = emulator.log();
    let vault = log.iter().filter(|r| r.endpoint == Endpoint::Vault);
    vault
        .filter_map(|r| r.header("authorization").map(str::to_owned))
        .collect()
}

#[test]
fn a_vault_that_demands_claims_gets_a_token_with_them_however_it_writes_them() {
    for encoding in [
        ClaimsEncoding::Base64,
        ClaimsEncoding::Base64Unpadded,
        ClaimsEncoding::Base64Url,
    ] {
        let emulator = machine(Host::WorkloadIdentity);
        let client = client(&emulator);
        secret(&client).unwrap();
        emulator.demand_claims_encoded(CLAIMS, encoding);
        secret(&client).unwrap();
        assert_eq!(asked(&emulator), [Plainly, WithClaims], "{encoding:?}");
    }
}

#[test]
fn claims_are_not_served_from_the_token_cache_and_their_token_is_kept_in_it() {
    let emulator = machine(Host::WorkloadIdentity);
    let (one, other) = (client(&emulator), client(&emulator));
    secret(&one).unwrap();
    emulator.demand_claims(CLAIMS);
    emulator.reset_requests();
    secret(&one).unwrap();
    secret(&one).unwrap();
    secret(&other).unwrap();
    let sent = sent(&emulator);
    assert_eq!(sent.len(), 4, "the old token once, the new one three times");
    assert_ne!(sent[0], sent[1]);
    assert_eq!((&sent[1], &sent[1]), (&sent[2], &sent[3]));
    assert_eq!(emulator.requests().token, 1);
}

#[test]
fn claims_that_are_too_long_ask_for_another_token() {
    let emulator = start(on(Host::WorkloadIdentity).token_cache(false));
    // Base64 of a JSON object with one long text.
    let long = format!("eyJhIjoi{}In0=", "YWFh".repeat(3000));
    let challenge = format!(r#"Bearer error="insufficient_claims", claims="{long}""#);
    emulator.fault(challenged(&[&challenge]));
    secret(&client(&emulator)).unwrap();
    assert_eq!(asked(&emulator), [Plainly, Plainly]);
}

#[test]
fn a_demand_that_no_token_fulfils_says_so() {
    let emulator = emulator();
    emulator.fault(challenged(&[BASE64]).always());
    let error = failure(secret(&client(&emulator)));
    assert_eq!(error.status(), Status::Unauthorized);
    let advice = error.advice().unwrap();
    assert!(advice.contains("continuous access evaluation"), "{advice}");
}

#[test]
fn claims_for_another_audience_are_not_asked_for() {
    for audience in [
        r#"resource="https://graph.microsoft.com""#,
        r#"scope="https://graph.microsoft.com/.default""#,
        r#"resource="http://vault.localhost""#,
        r#"resource="https://vault.localhost:443""#,
        "resource=invalid",
    ] {
        let emulator = emulator();
        let challenge = format!("{BASE64}, {audience}");
        emulator.fault(challenged(&[&challenge]).always());
        let error = failure(secret(&client(&emulator)));
        assert_eq!(error.status(), Status::Unauthorized, "{audience}");
        assert!(error.message().contains("is not believed"), "{error}");
        let requests = emulator.requests();
        assert_eq!((requests.token, requests.vault), (1, 1), "{audience}");
    }
}

#[test]
fn claims_of_an_unknown_host_are_for_the_audience_that_it_was_believed_to_have() {
    let emulator = emulator();
    let client = stranger(&emulator);
    secret_in(&client, &emulator.vault_url(VAULT)).unwrap();
    emulator.demand_claims(CLAIMS);
    secret_in(&client, &emulator.vault_url(VAULT)).unwrap();
    assert_eq!(audiences(&emulator), [VAULT_AUDIENCE; 2]);
    assert_eq!(emulator.requests().vault, 4);
}

#[test]
fn claims_of_an_unknown_host_for_another_audience_are_not_asked_for() {
    let emulator = emulator();
    emulator.fault(challenged(&[TOKEN]));
    let challenge = format!(r#"{BASE64}, resource="https://localhost.example""#);
    emulator.fault(challenged(&[&challenge]).always());
    let error = failure(secret_in(&stranger(&emulator), &emulator.vault_url(VAULT)));
    assert!(error.message().contains("is not believed"), "{error}");
    let requests = emulator.requests();
    assert_eq!((requests.token, requests.vault), (1, 2));
}

#[test]
fn what_is_forgotten_of_a_host_meanwhile_does_not_disturb_its_claims() {
    let emulator = start(Emulator::builder().secret("slow", "x"));
    let client = stranger(&emulator);
    let vault = emulator.vault_url(VAULT);
    secret_in(&client, &vault).unwrap();
    let slow = Fault::vault().target_contains("/slow/").status(401);
    let gate = emulator.hold(slow.header("WWW-Authenticate", BASE64));
    let operation = client.get_secret(&vault, Some("slow"), None, &Call::default());
    let operation = operation.unwrap();
    gate.wait_for(1);
    emulator.fault(Fault::vault().status(401));
    failure(secret_in(&client, &vault));
    gate.release();
    operation.take().unwrap();
    assert_eq!(audiences(&emulator), [VAULT_AUDIENCE; 2]);
}

#[test]
fn a_brought_token_that_lacks_claims_is_not_replaced() {
    let emulator = emulator();
    let brought = emulator.issue_token(VAULT_AUDIENCE, std::time::Duration::from_secs(600));
    emulator.demand_claims(CLAIMS);
    let options = ClientOptions {
        access_token: Some(std::sync::Arc::new(Sensitive::new(brought.as_bytes()))),
        ..options(&emulator)
    };
    let error = failure(secret(&Client::new(options).unwrap()));
    assert_eq!(error.status(), Status::Unauthorized);
    let requests = emulator.requests();
    assert_eq!((requests.token, requests.vault), (0, 1));
}

#[test]
fn claims_that_come_with_the_call_go_with_the_first_token() {
    let emulator = machine(Host::WorkloadIdentity);
    let client = client(&emulator);
    secret(&client).unwrap();
    emulator.demand_claims(CLAIMS);
    emulator.reset_requests();
    let call = Call {
        claims: Some(CLAIMS.to_owned()),
        ..Call::default()
    };
    let read = client.get_secret(VAULT, Some(NAME), None, &call);
    read.unwrap().take().unwrap();
    assert_eq!(asked(&emulator), [WithClaims]);
    assert_eq!(emulator.requests().vault, 1);
}

#[test]
fn every_kind_of_host_is_told_to_make_a_new_token() {
    for host in [
        Host::Imds,
        Host::AppService,
        Host::Functions,
        Host::ContainerApps,
        Host::Automation,
        Host::Arc,
        Host::ArcKubernetes,
        Host::CloudShell,
        Host::ServiceFabric,
        Host::AzureMl,
        Host::WorkloadIdentity,
    ] {
        let emulator = machine(host);
        let client = client(&emulator);
        secret(&client).unwrap();
        emulator.demand_claims(CLAIMS);
        emulator.reset_requests();
        secret(&client).unwrap_or_else(|error| panic!("{host:?}: {error}"));
        let sent = sent(&emulator);
        assert_eq!(sent.len(), 2, "{host:?}");
        assert_ne!(sent[0], sent[1], "{host:?}");
    }
}

const MANY: usize = 12;

fn many() -> (Emulator, Vec<String>) {
    let names: Vec<_> = (0..MANY).map(|number| format!("secret-{number}")).collect();
    let pairs = names.iter().map(|name| (name.clone(), VALUE));
    (start(on(Host::WorkloadIdentity).secrets(pairs)), names)
}

#[test]
fn of_many_secrets_one_asks_with_the_claims_for_all() {
    let (emulator, names) = many();
    let client = client(&emulator);
    secret(&client).unwrap();
    emulator.demand_claims(CLAIMS);
    emulator.reset_requests();
    let gate = emulator.hold(Fault::vault().times(MANY as u64));
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let read = client.get_secrets(Some(VAULT), &names, &Call::default());
    gate.wait_for(MANY);
    gate.release();
    for outcome in read.unwrap().take().unwrap() {
        outcome.unwrap();
    }
    assert_eq!(asked(&emulator), [WithClaims]);
    assert_eq!(emulator.requests().vault, 2 * MANY as u64);
}

#[test]
fn a_secret_that_needs_claims_is_not_put_off_with_another_ones_new_token() {
    let emulator = start(
        on(Host::WorkloadIdentity)
            .token_cache(false)
            .secret("plain", VALUE)
            .secret("strict", VALUE),
    );
    let strict = Fault::vault().target_contains("/strict/").status(401);
    let gate = emulator.hold(strict.header("WWW-Authenticate", BASE64));
    let plain = Fault::vault().target_contains("/plain/");
    emulator.fault(plain.clone().challenge(TOKEN));
    let renewed = emulator.hold(plain);
    let names = ["strict", "plain"];
    let read = client(&emulator).get_secrets(Some(VAULT), &names, &Call::default());
    let read = read.unwrap();
    gate.wait_for(1);
    renewed.wait_for(1);
    // The one has a new token; the other is told only now that the old one lacked claims.
    gate.release();
    renewed.release();
    for outcome in read.take().unwrap() {
        outcome.unwrap();
    }
    assert_eq!(asked(&emulator), [Plainly, Plainly, WithClaims]);
}
