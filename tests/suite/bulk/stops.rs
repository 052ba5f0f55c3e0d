//! What ends a call for many secrets early: its time limit, a cancel, a vault that is not there.

use std::sync::Arc;
use std::time::Duration;

use doorkey::clock::Clock;
use doorkey::{Call, Client, ClientOptions, Sensitive, Status};
use doorkey_emulator::{Emulator, Fault};

use super::*;
use crate::common::*;

#[test]
fn what_was_read_before_the_time_limit_stays() {
    let emulator = start(with_numbered(10));
    let client = client(&emulator);
    secret(&client).unwrap();
    emulator.reset_requests();
    let _gate = emulator.hold(Fault::vault().target_contains("/s-3/").always());
    let call = Call {
        timeout: Some(Duration::from_secs(3)),
        ..at_once(1)
    };
    let outcomes = start_all(&client, 10, &call).take().unwrap();
    assert_all(&outcomes[..3], 3);
    let rest = outline(&outcomes[3..]);
    assert_eq!(rest, [Err(Status::Timeout); 7]);
    assert_eq!(
        emulator.requests().vault,
        4,
        "nothing is sent when the time is up"
    );
    let waited = outcomes[3].as_ref().unwrap_err().message().to_owned();
    assert!(waited.contains("s-3"), "{waited}");
    let never = outcomes[9].as_ref().unwrap_err().message().to_owned();
    assert!(never.contains("waiting for a turn"), "{never}");
}

#[test]
fn nothing_is_begun_when_the_time_is_up() {
    let emulator = start(with_numbered(40));
    let clock = TestClock::new();
    let client = client_on(&emulator, &clock);
    token(&client).unwrap();
    let gate = emulator.hold(Fault::vault().always());
    let operation = start_all(&client, 40, &at_once(4));
    gate.wait_for(4);
    clock.advance(Duration::from_secs(60));
    gate.release();
    let outcomes = operation.take().unwrap();
    assert_all(&outcomes[..4], 4);
    assert_eq!(outline(&outcomes[4..]), vec![Err(Status::Timeout); 36]);
    let requests = emulator.requests();
    assert_eq!((requests.vault, requests.connections_vault), (4, 4));
}

#[test]
fn what_is_kept_takes_no_time() {
    let emulator = start(with_numbered(4));
    let clock = TestClock::new();
    let client = client_on(&emulator, &clock);
    let call = Call {
        max_age: Some(Duration::from_secs(6000)),
        ..at_once(1)
    };
    get(&client, &["s-2"], &call)[0].as_ref().unwrap();
    let gate = emulator.hold(Fault::vault().always());
    let operation = start_all(&client, 4, &call);
    gate.wait_for(1);
    clock.advance(Duration::from_secs(60));
    gate.release();
    let outcomes = operation.take().unwrap();
    let late = Err(Status::Timeout);
    let expected = [Ok("value 0"), late, Ok("value 2"), late];
    assert_eq!(outline(&outcomes), expected);
}

#[test]
fn a_cancel_stops_what_is_under_way_and_begins_nothing_more() {
    let emulator = start(with_numbered(40));
    let client = client(&emulator);
    let gate = emulator.hold(Fault::vault().always());
    let operation = start_all(&client, 40, &at_once(4));
    gate.wait_for(4);
    operation.cancel();
    gate.wait_for_abandoned(4);
    gate.release();
    assert_eq!(failure(operation.take()).status(), Status::Cancelled);
    // Whatever was left would have been sent before this one.
    secret(&client).unwrap();
    assert_eq!(emulator.requests().vault, 5);
}

#[test]
fn an_operation_that_is_dropped_stops_as_well() {
    let emulator = start(with_numbered(40));
    let client = client(&emulator);
    let gate = emulator.hold(Fault::vault().always());
    let operation = start_all(&client, 40, &at_once(4));
    gate.wait_for(4);
    drop(operation);
    gate.wait_for_abandoned(4);
    gate.release();
    secret(&client).unwrap();
    assert_eq!(emulator.requests().vault, 5);
}

#[test]
fn a_cancel_stops_reads_that_would_be_kept() {
    let emulator = start(with_numbered(40));
    let client = client(&emulator);
    let gate = emulator.hold(Fault::vault().always());
    let call = Call {
        max_age: Some(Duration::from_secs(60)),
        ..at_once(4)
    };
    let operation = start_all(&client, 40, &call);
    gate.wait_for(4);
    operation.cancel();
    gate.wait_for_abandoned(4);
    gate.release();
    secret(&client).unwrap();
    assert_eq!(emulator.requests().vault, 5);
}

#[test]
fn a_cancel_leaves_a_read_that_another_call_waits_for() {
    let emulator = start(with_numbered(4));
    let client = client(&emulator);
    let gate = emulator.hold(Fault::vault().always());
    let call = Call {
        max_age: Some(Duration::from_secs(60)),
        ..Call::default()
    };
    let many = start_all(&client, 4, &call);
    gate.wait_for(4);
    let one = client.get_secret(VAULT, Some("s-2"), None, &call).unwrap();
    let joined = client.get_secrets(Some(VAULT), &["s-2"], &call).unwrap();
    after_all(&client);
    many.cancel();
    gate.wait_for_abandoned(3);
    gate.release();
    assert_eq!(one.take().unwrap().value().as_str(), Some("value 2"));
    assert_eq!(outline(&joined.take().unwrap()), [Ok("value 2")]);
    assert_eq!(emulator.requests().vault, 4);
}

fn nowhere(emulator: &Emulator, clock: &Arc<TestClock>) -> Client {
    let dead = doorkey_emulator::dead_port().replace("http://127.0.0.1", "vault.localhost");
    let options = ClientOptions {
        environment: environment(emulator, &[("DOORKEY_VAULT_SUFFIX", &dead)]),
        clock: Clock::from_source(clock.clone()),
        ..options(emulator)
    };
    Client::new(options).unwrap()
}

#[test]
fn a_vault_that_cannot_be_reached_fails_all_names_by_one_look() {
    let emulator = emulator();
    let clock = TestClock::new();
    let outcomes = start_all(&nowhere(&emulator, &clock), 100, &at_once(1));
    let outcomes = outcomes.take().unwrap();
    assert_eq!(outline(&outcomes), vec![Err(Status::Network); 100]);
    assert_eq!(clock.slept().len(), 2, "one connection, tried twice more");
    for (at, outcome) in outcomes.iter().enumerate() {
        let error = outcome.as_ref().unwrap_err();
        let name = format!("secret s-{at} in");
        assert!(error.message().starts_with(&name), "{error}");
        let advice = error.advice().unwrap();
        assert!(advice.contains("may reach the vault on port "), "{error}");
    }
}

#[test]
fn only_requests_that_were_under_way_look_for_a_vault_that_is_not_there() {
    let emulator = emulator();
    let clock = TestClock::new();
    let outcomes = start_all(&nowhere(&emulator, &clock), 100, &at_once(4));
    let outcomes = outcomes.take().unwrap();
    assert_eq!(outline(&outcomes), vec![Err(Status::Network); 100]);
    assert!(clock.slept().len() <= 8, "{:?}", clock.slept());
}

#[test]
fn a_vault_that_is_not_trusted_is_shown_its_certificate_once() {
    let emulator = emulator();
    let options = ClientOptions {
        environment: environment(&emulator, &[("DOORKEY_CA_FILE", "")]),
        ..options(&emulator)
    };
    let client = Client::new(options).unwrap();
    let outcomes = start_all(&client, 100, &at_once(1)).take().unwrap();
    assert_eq!(outline(&outcomes), vec![Err(Status::Tls); 100]);
    assert_eq!(emulator.requests().connections_vault, 1);
}

#[test]
fn a_vault_whose_name_does_not_resolve_fails_all() {
    let emulator = emulator();
    let options = ClientOptions {
        environment: environment(&emulator, &[("DOORKEY_VAULT_SUFFIX", "")]),
        dial: vec![("demo.vault.azure.net".to_owned(), None)],
        access_token: Some(Arc::new(Sensitive::new(b"t"))),
        ..options(&emulator)
    };
    let client = Client::new(options).unwrap();
    let outcomes = start_all(&client, 100, &Call::default()).take().unwrap();
    assert_eq!(outline(&outcomes), vec![Err(Status::Dns); 100]);
}

#[test]
fn a_connection_that_breaks_fails_the_one_that_it_was_for() {
    let emulator = start(with_numbered(20));
    let clock = TestClock::new();
    emulator.fault(
        Fault::vault()
            .target_contains("/s-7/")
            .always()
            .drop_connection(),
    );
    let outcomes = start_all(&client_on(&emulator, &clock), 20, &at_once(1));
    for (at, outcome) in outcomes.take().unwrap().iter().enumerate() {
        let status = outcome.as_ref().err().map(doorkey::Error::status);
        assert_eq!(status, (at == 7).then_some(Status::Network), "{at}");
    }
}
