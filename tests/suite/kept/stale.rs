//! An older value when the vault cannot be reached, and only then.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use doorkey::{Call, Client, ClientOptions, Environment, Status};
use doorkey_emulator::{Denied, Emulator, Fault};

use super::*;
use crate::clocks::*;

#[test]
fn an_older_value_serves_while_the_vault_is_out_of_reach() {
    for (what, fault) in [
        ("408", Fault::vault().status(408)),
        ("429", Fault::vault().status(429)),
        ("500", Fault::vault().status(500)),
        ("502", Fault::vault().status(502)),
        ("503", Fault::vault().status(503)),
        ("504", Fault::vault().status(504)),
        ("broken", Fault::vault().drop_connection()),
        (
            "a page",
            Fault::vault().status(503).body("<html>down</html>"),
        ),
    ] {
        let emulator = emulator();
        let clock = WallClock::new();
        let client = client_by(&emulator, &clock);
        get(&client, &stale(600)).unwrap();
        emulator.set_secret(NAME, "newer");
        emulator.fault(fault.always());
        assert_eq!(value(&client, &stale(600)), VALUE, "{what}");
        emulator.clear_faults();
        assert_eq!(value(&client, &stale(600)), "newer", "{what}");
    }
}

#[test]
fn an_older_value_serves_while_no_token_can_be_had() {
    let emulator = emulator();
    let clock = WallClock::new();
    let client = client_by(&emulator, &clock);
    get(&client, &stale(4_000_000)).unwrap();
    // Longer than the token lives.
    clock.advance(Duration::from_secs(2 * 86_400));
    emulator.fault(Fault::token().always().status(503));
    assert_eq!(value(&client, &stale(4_000_000)), VALUE);
}

#[test]
fn an_older_value_serves_when_the_vault_is_gone() {
    let emulator = start(Emulator::builder().vault_suffix("vault.azure.net"));
    let host = format!("{VAULT}.vault.azure.net");
    let client = Client::new(ClientOptions {
        environment: environment(
            &emulator,
            &[("DOORKEY_VAULT_SUFFIX", ""), ("DOORKEY_CA_FILE", "")],
        ),
        ca_pem: Some(Arc::from(emulator.ca_pem())),
        dial: vec![(host, Some(emulator.vault_address()))],
        retries_max: Some(0),
        ..options(&emulator)
    })
    .unwrap();
    get(&client, &stale(600)).unwrap();
    drop(emulator);
    assert_eq!(value(&client, &stale(600)), VALUE);
}

#[test]
fn a_vault_that_is_silent_is_not_waited_for_to_the_very_end() {
    let emulator = emulator();
    let client = client(&emulator);
    get(&client, &stale(600)).unwrap();
    let gate = emulator.hold(Fault::vault().always());
    let call = Call {
        timeout: Some(Duration::from_secs(1)),
        ..stale(600)
    };
    assert_eq!(value(&client, &call), VALUE);
    gate.wait_for_abandoned(1);
}

#[test]
fn a_refusal_is_told_although_there_is_an_older_value() {
    for (what, fault, status) in [
        (
            "403",
            Fault::vault().denied(Denied::Rbac),
            Status::Forbidden,
        ),
        (
            "firewall",
            Fault::vault().denied(Denied::Firewall),
            Status::Forbidden,
        ),
        ("404", Fault::vault().status(404), Status::SecretNotFound),
        ("400", Fault::vault().status(400), Status::Rejected),
        ("409", Fault::vault().status(409), Status::Conflict),
        (
            "nonsense",
            Fault::vault().status(200).body("{}"),
            Status::Protocol,
        ),
        ("redirect", Fault::vault().status(302), Status::Protocol),
    ] {
        let emulator = emulator();
        let client = client(&emulator);
        get(&client, &stale(600)).unwrap();
        emulator.fault(fault.always());
        assert_eq!(
            failure(get(&client, &stale(600))).status(),
            status,
            "{what}"
        );
    }
}

#[test]
fn what_is_not_trusted_any_more_is_told_although_there_is_an_older_value() {
    let emulator = emulator();
    let pairs = variables(&emulator);
    let trusts = Arc::new(AtomicBool::new(true));
    let now = Arc::clone(&trusts);
    let environment = Environment::from_lookup(move |name| {
        if name == "DOORKEY_CA_FILE" && !now.load(Ordering::SeqCst) {
            return None;
        }
        let found = pairs.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.clone())
    });
    let client = Client::new(ClientOptions {
        environment,
        ..options(&emulator)
    })
    .unwrap();
    get(&client, &stale(600)).unwrap();
    trusts.store(false, Ordering::SeqCst);
    assert_eq!(failure(get(&client, &stale(600))).status(), Status::Tls);
}

#[test]
fn a_value_that_is_too_old_does_not_serve() {
    let emulator = emulator();
    let clock = WallClock::new();
    let client = client_by(&emulator, &clock);
    get(&client, &stale(600)).unwrap();
    // Refused at once, so that no delay makes it older.
    let throttled = Fault::vault().always().status(429);
    emulator.fault(throttled.header("Retry-After", "3600"));
    clock.advance(Duration::from_secs(600));
    assert_eq!(value(&client, &stale(600)), VALUE);
    clock.advance(Duration::from_secs(1));
    let error = failure(get(&client, &stale(600)));
    assert_eq!(error.status(), Status::Throttled);
}

#[test]
fn a_value_that_grows_too_old_while_the_vault_is_tried_does_not_serve() {
    let emulator = emulator();
    let clock = WallClock::new();
    let client = client_by(&emulator, &clock);
    get(&client, &stale(600)).unwrap();
    clock.advance(Duration::from_secs(595));
    let busy = Fault::vault().always().status(503);
    emulator.fault(busy.header("Retry-After", "7"));
    let error = failure(get(&client, &stale(600)));
    assert_eq!(error.status(), Status::ServiceUnavailable);
}

#[test]
fn without_an_older_value_the_failure_is_told() {
    let emulator = emulator();
    let clock = WallClock::new();
    let client = client_by(&emulator, &clock);
    emulator.fault(Fault::vault().always().status(503));
    let error = failure(get(&client, &stale(600)));
    assert_eq!(error.status(), Status::ServiceUnavailable);
}

#[test]
fn who_says_nothing_of_older_values_gets_none() {
    let emulator = emulator();
    let clock = WallClock::new();
    let client = client_by(&emulator, &clock);
    get(&client, &stale(600)).unwrap();
    emulator.fault(Fault::vault().always().status(503));
    for call in [Call::default(), aged(1)] {
        clock.advance(Duration::from_secs(2));
        let error = failure(get(&client, &call));
        assert_eq!(error.status(), Status::ServiceUnavailable);
    }
}

#[test]
fn the_vault_is_asked_first_however_young_the_value_is() {
    let emulator = emulator();
    let client = client(&emulator);
    get(&client, &stale(600)).unwrap();
    emulator.set_secret(NAME, "newer");
    assert_eq!(value(&client, &stale(600)), "newer");
}

#[test]
fn a_young_value_and_an_older_one_in_need_go_together() {
    let emulator = emulator();
    let clock = WallClock::new();
    let client = client_by(&emulator, &clock);
    let call = Call {
        max_age: Some(Duration::from_secs(60)),
        ..stale(6000)
    };
    get(&client, &call).unwrap();
    emulator.fault(Fault::vault().always().status(503));
    clock.advance(Duration::from_secs(30));
    assert_eq!(value(&client, &call), VALUE);
    assert_eq!(emulator.requests().vault, 1);
    clock.advance(Duration::from_secs(60));
    assert_eq!(value(&client, &call), VALUE);
    assert!(emulator.requests().vault > 1);
    assert_eq!(
        failure(get(&client, &aged(60))).status(),
        Status::ServiceUnavailable,
        "serving it has not made it younger"
    );
}

#[test]
fn of_many_names_those_with_an_older_value_are_served() {
    let emulator = start(Emulator::builder().secret("other", "x"));
    let clock = WallClock::new();
    let client = client_by(&emulator, &clock);
    get(&client, &stale(600)).unwrap();
    emulator.fault(Fault::vault().always().status(503));
    let operation = client.get_secrets(Some(VAULT), &["other", NAME], &stale(600));
    let outcomes = operation.unwrap().take().unwrap();
    let error = outcomes[0].as_ref().unwrap_err();
    assert_eq!(error.status(), Status::ServiceUnavailable);
    assert_eq!(outcomes[1].as_ref().unwrap().value().as_str(), Some(VALUE));
}

#[test]
fn of_many_names_those_that_no_time_was_left_for_are_served_too() {
    let names: Vec<_> = (0..20).map(|n| format!("s-{n}")).collect();
    let pairs = names.iter().map(|name| (name, VALUE));
    let emulator = start(Emulator::builder().secrets(pairs));
    let clock = TestClock::new();
    let client = client_on(&emulator, &clock);
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let call = Call {
        concurrency: Some(2),
        ..stale(6000)
    };
    let begin = |names: &[&str]| client.get_secrets(Some(VAULT), names, &call).unwrap();
    begin(&names[..19]).take().unwrap();
    emulator.reset_requests();
    let gate = emulator.hold(Fault::vault().always());
    let operation = begin(&names);
    gate.wait_for(2);
    clock.advance(Duration::from_secs(60));
    gate.release();
    let mut outcomes = operation.take().unwrap();
    let last = failure(outcomes.pop().unwrap());
    assert_eq!(last.status(), Status::Timeout, "it was never read");
    for outcome in outcomes {
        assert_eq!(outcome.unwrap().value().as_str(), Some(VALUE));
    }
    assert_eq!(emulator.requests().vault, 2);
}
