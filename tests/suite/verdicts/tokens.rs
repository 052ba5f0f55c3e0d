//! What is wrong with the token, or with the clock that judges it.

use std::time::Duration;

use doorkey::Status;
use doorkey_emulator::Fault;

use super::*;

const LONG: Duration = Duration::from_secs(600);

fn unauthorized<'a>(says: &'a str, fixes: &'a [&'a str]) -> Verdict<'a> {
    Verdict {
        status: Status::Unauthorized,
        http: Some(401),
        code: Some("Unauthorized"),
        inner: None,
        says,
        fixes,
    }
}

#[test]
fn a_token_of_another_tenant_is_told_with_both_tenants() {
    let (emulator, elsewhere) = (emulator(), crate::common::emulator());
    let token = elsewhere.issue_token(VAULT_AUDIENCE, LONG);
    let error = failure(secret(&client_with(&emulator, &token)));
    let says = "AKV10032: Invalid issuer. Expected one of https://sts.windows.net/";
    assert_verdict(&error, &unauthorized(says, &["of another tenant"]));
    for tenant in [emulator.tenant(), elsewhere.tenant()] {
        assert!(error.message().contains(tenant), "{error}");
    }
}

#[test]
fn a_token_for_another_audience_is_told_with_both_audiences() {
    let emulator = emulator();
    let token = emulator.issue_token("https://graph.microsoft.com", LONG);
    let error = failure(secret(&client_with(&emulator, &token)));
    let says = "AKV10022: Invalid audience. Expected https://vault.localhost, found: https://graph.microsoft.com";
    let fixes = ["for another audience", "https://vault.azure.net"];
    assert_verdict(&error, &unauthorized(says, &fixes));
}

#[test]
fn a_token_that_has_expired_makes_one_look_at_the_clock() {
    let emulator = emulator();
    let token = emulator.issue_token(VAULT_AUDIENCE, Duration::ZERO);
    let error = failure(secret(&client_with(&emulator, &token)));
    let fixes = ["takes the token for expired", "clock"];
    assert_verdict(&error, &unauthorized("[TokenExpired]", &fixes));
}

#[test]
fn a_token_that_is_none_is_told_what_it_must_be() {
    let emulator = emulator();
    let error = failure(secret(&client_with(&emulator, "opaque")));
    let fixes = ["does not accept the token", "audience", "tenant"];
    let verdict = unauthorized("[BearerReadAccessTokenFailed]", &fixes);
    assert_verdict(&error, &verdict);
}

#[test]
fn a_token_that_was_revoked_is_told_what_it_must_be() {
    let emulator = emulator();
    let token = emulator.issue_token(VAULT_AUDIENCE, LONG);
    emulator.revoke_tokens();
    let error = failure(secret(&client_with(&emulator, &token)));
    let verdict = unauthorized("AKV10046", &["does not accept the token"]);
    assert_verdict(&error, &verdict);
}

/// Test clocks begin on Sun, 15 Jun 2025 15:06:40 GMT; what a vault whose clock says `date` makes of a token.
fn advice_at(date: &str) -> String {
    let emulator = emulator();
    let clock = TestClock::new();
    let options = ClientOptions {
        access_token: Some(Arc::new(Sensitive::new(b"opaque"))),
        clock: doorkey::clock::Clock::from_source(clock),
        ..options(&emulator)
    };
    emulator.fault(Fault::vault().header("Date", date));
    let error = failure(secret(&Client::new(options).unwrap()));
    assert_eq!(error.status(), Status::Unauthorized);
    error.advice().unwrap().to_owned()
}

#[test]
fn a_clock_that_is_ahead_is_told_to_be() {
    for date in [
        "Sun, 15 Jun 2025 15:01:39 GMT",
        "Sat, 14 Jun 2025 15:06:40 GMT",
        "Thu, 01 Jan 1970 00:00:00 GMT",
    ] {
        let advice = advice_at(date);
        assert!(advice.contains("clock is ahead of the vault's"), "{advice}");
        assert!(advice.contains("set the clock"), "{advice}");
    }
}

#[test]
fn a_clock_that_is_behind_is_told_to_be() {
    for date in [
        "Sun, 15 Jun 2025 15:11:41 GMT",
        "Mon, 16 Jun 2025 15:06:40 GMT",
        "Fri, 31 Dec 9999 23:59:59 GMT",
    ] {
        let advice = advice_at(date);
        assert!(advice.contains("clock is behind the vault's"), "{advice}");
        assert!(advice.contains("set the clock"), "{advice}");
    }
}

#[test]
fn a_clock_that_is_five_minutes_wrong_is_right_enough() {
    for date in [
        "Sun, 15 Jun 2025 15:01:40 GMT",
        "Sun, 15 Jun 2025 15:06:40 GMT",
        "Sun, 15 Jun 2025 15:11:40 GMT",
        "yesterday",
    ] {
        let advice = advice_at(date);
        assert!(advice.contains("does not accept the token"), "{advice}");
    }
}

#[test]
fn a_clock_that_is_wrong_by_more_is_no_reason_for_another_refusal() {
    let emulator = emulator();
    emulator.disable_secret(NAME);
    let date = "Sat, 14 Jun 2025 15:06:40 GMT";
    emulator.fault(Fault::vault().header("Date", date));
    let error = failure(secret(&client(&emulator)));
    assert_eq!(error.status(), Status::SecretDisabled);
}

#[test]
fn what_a_vault_says_of_a_token_is_told_without_the_token() {
    let emulator = emulator();
    let token = emulator.issue_token("https://graph.microsoft.com", LONG);
    let error = failure(secret(&client_with(&emulator, &token)));
    let text = format!("{error} {error:?}");
    for part in token.split('.') {
        assert!(!text.contains(part), "{text}");
    }
}
