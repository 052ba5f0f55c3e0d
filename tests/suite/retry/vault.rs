//! Which failures of a vault are tried again, and after which delays where it does not say.

use std::time::Duration;

use doorkey::clock::Clock;
use doorkey::{Call, Client, ClientOptions, SecretAttributes, Status};
use doorkey_emulator::{Denied, Emulator, Fault};

use super::assert_jitter;
use crate::common::*;

/// A call, made and waited for.
type Made = fn(&Client) -> doorkey::Result<()>;

/// What may be sent as often as it takes.
pub const CALLS: [(&str, Made); 4] = [
    ("get", |client| secret(client).map(drop)),
    ("list", |client| {
        let pager = client.list_secrets(VAULT, &Call::default())?;
        pager.next()?.take().map(drop)
    }),
    ("versions", |client| {
        let pager = client.list_versions(VAULT, Some(NAME), &Call::default())?;
        pager.next()?.take().map(drop)
    }),
    ("update", |client| {
        let attributes = SecretAttributes {
            content_type: Some("text/plain".into()),
            ..SecretAttributes::default()
        };
        let call = Call::default();
        let operation = client.update_secret(VAULT, Some(NAME), None, &attributes, &call)?;
        operation.take().map(drop)
    }),
];

pub const AGAIN: [u16; 6] = [408, 429, 500, 502, 503, 504];

#[test]
fn passing_failures_are_tried_again_whatever_may_be_repeated() {
    let emulator = emulator();
    let clock = TestClock::new();
    let client = client_on(&emulator, &clock);
    for (what, call) in CALLS {
        for status in AGAIN {
            let before = clock.slept().len();
            emulator.reset_requests();
            emulator.fault(Fault::vault().status(status));
            call(&client).unwrap_or_else(|error| panic!("{what}, {status}: {error}"));
            assert_jitter(&clock.slept()[before..], &[1000]);
            assert_eq!(emulator.requests().vault, 2, "{what}, {status}");
        }
    }
}

#[test]
fn every_delay_is_drawn_from_nothing_up_to_twice_the_one_before() {
    let emulator = emulator();
    for status in AGAIN {
        let clock = TestClock::new();
        let client = client_on(&emulator, &clock);
        emulator.fault(Fault::vault().times(5).status(status));
        secret(&client).unwrap();
        assert_jitter(&clock.slept(), &[1000, 2000, 4000, 8000, 16_000]);
    }
}

#[test]
fn delays_are_spread_over_all_of_their_range() {
    let emulator = emulator();
    let clock = TestClock::new();
    let client = client_on(&emulator, &clock);
    for _ in 0..60 {
        emulator.fault(Fault::vault().status(503));
        secret(&client).unwrap();
    }
    let first_delays = clock.slept();
    // Of 60 fair draws none lies in one half of the range once in 2 to the 59th.
    let half = Duration::from_millis(500);
    let early = first_delays.iter().filter(|delay| **delay < half).count();
    assert!((1..60).contains(&early), "{first_delays:?}");
}

#[test]
fn other_statuses_are_answers_and_not_tried_again() {
    let emulator = emulator();
    let clock = TestClock::new();
    let client = client_on(&emulator, &clock);
    for status in [
        400, 402, 403, 404, 405, 406, 409, 410, 411, 412, 413, 415, 418, 422, 431, 451, 501, 505,
        507, 511, 300, 302, 307, 201, 202, 206,
    ] {
        let fault = Fault::vault().always().status(status).method("GET");
        emulator.fault(fault.header("Retry-After", "1"));
        failure(secret(&client));
        assert!(clock.slept().is_empty(), "{status}");
        emulator.clear_faults();
    }
}

#[test]
fn no_kind_of_refusal_is_tried_again() {
    let emulator = emulator();
    for denied in [
        Denied::Rbac,
        Denied::AccessPolicy,
        Denied::Policy,
        Denied::Firewall,
        Denied::NetworkPerimeter,
        Denied::PrivateLink,
        Denied::FirstParty,
    ] {
        let clock = TestClock::new();
        emulator.reset_requests();
        emulator.fault(Fault::vault().denied(denied));
        failure(secret(&client_on(&emulator, &clock)));
        assert!(clock.slept().is_empty(), "{denied:?}");
        assert_eq!(emulator.requests().vault, 1, "{denied:?}");
    }
}

#[test]
fn a_connection_that_breaks_is_tried_again_like_a_failure() {
    let emulator = emulator();
    for (what, call) in CALLS {
        let clock = TestClock::new();
        emulator.fault(Fault::vault().times(3).drop_connection());
        call(&client_on(&emulator, &clock)).unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_jitter(&clock.slept(), &[1000, 2000, 4000]);
    }
}

#[test]
fn an_answer_without_sense_is_not_tried_again() {
    let emulator = emulator();
    for fault in [
        Fault::vault().truncate_body(20),
        Fault::vault().status(200).body("<html>"),
        Fault::vault().oversized(5 * 1024 * 1024),
        Fault::vault().header("Content-Encoding", "gzip"),
    ] {
        let clock = TestClock::new();
        emulator.fault(fault);
        let error = failure(secret(&client_on(&emulator, &clock)));
        assert_eq!(error.status(), Status::Protocol, "{error}");
        assert!(clock.slept().is_empty());
    }
}

/// A client for vaults at a port that refuses.
pub fn nowhere(emulator: &Emulator, clock: &std::sync::Arc<TestClock>, retries: u32) -> Client {
    let dead = doorkey_emulator::dead_port().replace("http://127.0.0.1", "vault.localhost");
    let options = ClientOptions {
        environment: environment(emulator, &[("DOORKEY_VAULT_SUFFIX", &dead)]),
        clock: Clock::from_source(clock.clone()),
        retries_max: Some(retries),
        ..options(emulator)
    };
    Client::new(options).unwrap()
}

#[test]
fn a_vault_that_refuses_connections_is_tried_twice_more() {
    let emulator = emulator();
    for (what, call) in CALLS {
        let clock = TestClock::new();
        let error = failure(call(&nowhere(&emulator, &clock, 20)));
        assert_eq!(error.status(), Status::Network, "{what}");
        assert_jitter(&clock.slept(), &[1000, 2000]);
    }
}

#[test]
fn a_name_that_does_not_resolve_is_not_tried_again() {
    let emulator = emulator();
    let clock = TestClock::new();
    let token = emulator.issue_token("https://vault.azure.net", Duration::from_secs(600));
    let options = ClientOptions {
        environment: environment(&emulator, &[("DOORKEY_VAULT_SUFFIX", "")]),
        access_token: Some(std::sync::Arc::new(doorkey::Sensitive::new(
            token.as_bytes(),
        ))),
        dial: vec![("demo.vault.azure.net".to_owned(), None)],
        clock: Clock::from_source(clock.clone()),
        ..options(&emulator)
    };
    let error = failure(secret(&Client::new(options).unwrap()));
    assert_eq!(error.status(), Status::Dns);
    assert!(clock.slept().is_empty());
}
