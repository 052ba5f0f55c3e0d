//! Who may ask a vault: the challenge, the rules for tokens, and what can become of tokens that were good, when the vault moves to
//! another tenant or demands claims.

mod common;

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use common::{Ask, Reply, Vault, assert_error, token_for};
use doorkey_emulator::{ClaimsEncoding, Emulator};

const GET: &str = "/secrets/MyTestSecret?api-version=7.4";
const CLAIMS: &str = r#"{"access_token":{"nbf":{"essential":true,"value":"1726077595"}}}"#;

fn emulator() -> Emulator {
    Emulator::builder()
        .secret("MyTestSecret", "p@ssw0rd!")
        .start()
        .expect("an emulator")
}

fn vault_token(emulator: &Emulator) -> String {
    token_for(emulator, &emulator.audience())
}

fn ask(emulator: &Emulator, token: &str) -> Reply {
    Vault::new(emulator).ask(&Ask::get(GET).bearer(token))
}

#[track_caller]
fn assert_challenged(emulator: &Emulator, reply: &Reply, message: &str) {
    assert_error(reply, 401, "Unauthorized", message);
    let challenge = format!(
        "Bearer authorization=\"https://login.windows.net/{}\", resource=\"https://vault.localhost\"",
        emulator.tenant()
    );
    assert_eq!(reply.header("WWW-Authenticate"), Some(challenge.as_str()));
    assert_eq!(emulator.challenge(), challenge);
}

#[test]
fn without_a_token_the_vault_answers_with_the_challenge() {
    let emulator = emulator();
    let reply = Vault::new(&emulator).ask(&Ask::get(GET));
    let message = "AKV10000: Request is missing a Bearer or PoP token.";
    assert_challenged(&emulator, &reply, message);
}

#[test]
fn what_is_no_bearer_token_counts_as_none() {
    let emulator = emulator();
    let vault = Vault::new(&emulator);
    for value in ["Basic abc", "Bearer", "token"] {
        let reply = vault.ask(&Ask::get(GET).header("Authorization", value));
        assert_challenged(&emulator, &reply, "AKV10000");
    }
}

#[test]
fn the_challenge_comes_before_every_other_rule() {
    let emulator = emulator();
    for target in ["/", "/secrets", "/secrets/no_name", "/secrets/MyTestSecret"] {
        let reply = Vault::new(&emulator).ask(&Ask::get(target));
        assert_challenged(&emulator, &reply, "AKV10000");
    }
}

#[test]
fn a_token_that_is_none_is_refused() {
    let emulator = emulator();
    let reply = Vault::new(&emulator).ask(&Ask::get(GET).bearer("no-jwt"));
    let message = "[BearerReadAccessTokenFailed] Error validating token: 'S2S12005'.";
    assert_challenged(&emulator, &reply, message);
}

#[test]
fn a_token_for_another_audience_is_refused() {
    let emulator = emulator();
    for resource in [
        "https://management.azure.com/",
        "https://vault.azure.net",
        "https://vault.localhost/",
    ] {
        let token = token_for(&emulator, resource);
        let reply = Vault::new(&emulator).ask(&Ask::get(GET).bearer(&token));
        let message = format!(
            "AKV10022: Invalid audience. Expected https://vault.localhost, found: {resource}."
        );
        assert_challenged(&emulator, &reply, &message);
    }
}

#[test]
fn key_vault_s_application_id_is_an_audience_too() {
    let emulator = emulator();
    let token = token_for(&emulator, "cfa8b339-82a2-471a-a3c9-0fc0be7a4093");
    let reply = Vault::new(&emulator).ask(&Ask::get(GET).bearer(&token));
    assert_eq!(reply.status, 200);
}

#[test]
fn an_expired_token_is_refused() {
    let emulator = emulator();
    let token = emulator.issue_token(&emulator.audience(), Duration::ZERO);
    let reply = Vault::new(&emulator).ask(&Ask::get(GET).bearer(&token));
    let message = "[TokenExpired] Error validating token: 'S2S12086'.";
    assert_challenged(&emulator, &reply, message);
}

#[test]
fn a_token_of_another_tenant_is_refused() {
    let (ours, theirs) = (emulator(), emulator());
    let token = theirs.issue_token("https://vault.localhost", Duration::from_secs(60));
    let reply = Vault::new(&ours).ask(&Ask::get(GET).bearer(&token));
    let message = format!(
        "AKV10032: Invalid issuer. Expected one of {}, found {}.",
        ours.issuer(),
        theirs.issuer()
    );
    assert_challenged(&ours, &reply, &message);
}

#[test]
fn a_revoked_token_is_refused_and_a_new_one_accepted() {
    let emulator = emulator();
    let vault = Vault::new(&emulator);
    let token = token_for(&emulator, &emulator.audience());
    assert_eq!(vault.ask(&Ask::get(GET).bearer(&token)).status, 200);
    emulator.revoke_tokens();
    let reply = vault.ask(&Ask::get(GET).bearer(&token));
    assert_challenged(&emulator, &reply, "AKV10046: Unable to resolve the key");
    assert_eq!(vault.get(GET).status, 200);
}

#[test]
fn a_brought_token_is_accepted() {
    let emulator = emulator();
    let token = emulator.issue_token(&emulator.audience(), Duration::from_secs(60));
    let reply = Vault::new(&emulator).ask(&Ask::get(GET).bearer(&token));
    assert_eq!(reply.status, 200);
}

#[test]
fn after_a_move_the_old_tenant_is_a_foreign_issuer_and_the_challenge_names_the_new_one() {
    let emulator = emulator();
    let token = vault_token(&emulator);
    let before = emulator.issuer();
    let tenant = emulator.move_tenant().to_owned();
    assert_eq!(emulator.tenant(), tenant);
    let reply = ask(&emulator, &token);
    let message = format!(
        "AKV10032: Invalid issuer. Expected one of {}, found {before}.",
        emulator.issuer()
    );
    assert_error(&reply, 401, "Unauthorized", &message);
    let challenge = reply.header("WWW-Authenticate").expect("a challenge");
    assert!(challenge.contains(&format!("https://login.windows.net/{tenant}\"")));
}

#[test]
fn after_a_move_the_token_endpoint_gives_tokens_of_the_new_tenant() {
    let emulator = emulator();
    let before = vault_token(&emulator);
    emulator.move_tenant();
    let after = vault_token(&emulator);
    assert_ne!(before, after);
    assert_eq!(ask(&emulator, &after).status, 200);
}

#[test]
fn a_demand_for_claims_refuses_the_tokens_issued_so_far() {
    let emulator = emulator();
    let token = vault_token(&emulator);
    emulator.demand_claims(CLAIMS);
    let reply = ask(&emulator, &token);
    assert_eq!(reply.status, 401);
    let challenge = format!(
        "Bearer realm=\"\", authorization_uri=\"https://login.microsoftonline.com/common/oauth2/authorize\", error=\"insufficient_claims\", claims=\"{}\"",
        STANDARD.encode(CLAIMS)
    );
    assert_eq!(reply.header("WWW-Authenticate"), Some(challenge.as_str()));
    let without = Vault::new(&emulator).ask(&Ask::get(GET));
    let challenge = emulator.challenge();
    assert_eq!(without.header("WWW-Authenticate"), Some(challenge.as_str()));
}

#[test]
fn a_new_token_passes_where_the_endpoint_knows_no_claims() {
    let emulator = emulator();
    vault_token(&emulator);
    emulator.demand_claims(CLAIMS);
    assert_eq!(ask(&emulator, &vault_token(&emulator)).status, 200);
    let brought = emulator.issue_token(&emulator.audience(), Duration::from_secs(60));
    assert_eq!(ask(&emulator, &brought).status, 200);
}

#[test]
fn every_demand_is_a_new_one() {
    let emulator = emulator();
    for _ in 0..2 {
        let token = vault_token(&emulator);
        assert_eq!(ask(&emulator, &token).status, 200);
        emulator.demand_claims(CLAIMS);
        assert_eq!(ask(&emulator, &token).status, 401);
    }
}

#[test]
fn the_claims_can_be_written_in_other_ways() {
    let emulator = emulator();
    let token = vault_token(&emulator);
    for (encoding, written) in [
        (ClaimsEncoding::Base64, "claims=\"eyJhIjoiPz8/In0=\""),
        (ClaimsEncoding::Base64Unpadded, "claims=\"eyJhIjoiPz8/In0\""),
        (ClaimsEncoding::Base64Url, "claims=\"eyJhIjoiPz8_In0\""),
    ] {
        emulator.demand_claims_encoded(r#"{"a":"???"}"#, encoding);
        let reply = ask(&emulator, &token);
        let challenge = reply.header("WWW-Authenticate").expect("a challenge");
        assert!(challenge.ends_with(written), "{challenge}");
    }
}
