//! How many requests are under way at once, and how many connections that takes.

use doorkey::{Call, Status};
use doorkey_emulator::Fault;

use super::*;
use crate::common::*;

#[test]
fn sixteen_requests_are_under_way_at_once_unless_the_call_says_otherwise() {
    for (call, width) in [(Call::default(), 16), (at_once(1), 1), (at_once(64), 64)] {
        let count = width + 20;
        let emulator = start(with_numbered(count));
        let gate = emulator.hold(Fault::vault().always());
        let operation = start_all(&client(&emulator), count, &call);
        gate.wait_for(width);
        assert_eq!(emulator.requests().vault, width as u64);
        gate.release();
        assert_all(&operation.take().unwrap(), count);
        let requests = emulator.requests();
        assert_eq!(requests.vault_at_once, width as u64);
        assert_eq!(requests.vault, count as u64);
    }
}

#[test]
fn a_stream_is_as_wide() {
    let emulator = start(with_numbered(20));
    let gate = emulator.hold(Fault::vault().always());
    let names = names_of(20);
    let client = client(&emulator);
    let pager = client.stream_secrets(Some(VAULT), &texts(&names), &at_once(3));
    let pager = pager.unwrap();
    gate.wait_for(3);
    gate.release();
    while !pager.next().unwrap().take().unwrap().is_empty() {}
    assert_eq!(emulator.requests().vault_at_once, 3);
}

#[test]
fn a_width_of_none_or_of_more_than_64_is_refused() {
    let emulator = emulator();
    let client = client(&emulator);
    for width in [0, 65, usize::MAX] {
        let error = failure(client.get_secrets(Some(VAULT), &[NAME], &at_once(width)));
        assert_eq!(error.status(), Status::InvalidArgument);
        assert!(
            error.message().starts_with("concurrency: must be 1 to 64"),
            "{error}"
        );
    }
    assert_eq!(emulator.requests().token, 0);
}

#[test]
fn a_width_is_for_many_secrets_only() {
    let emulator = emulator();
    let client = client(&emulator);
    let call = at_once(4);
    let error = failure(client.get_secret(VAULT, Some(NAME), None, &call));
    assert_eq!(error.status(), Status::Unsupported);
    let error = failure(client.get_token(VAULT_AUDIENCE, &call));
    assert_eq!(error.status(), Status::Unsupported);
    let error = failure(client.list_secrets(VAULT, &call));
    assert_eq!(error.status(), Status::Unsupported);
}

#[test]
fn a_first_call_of_200_names_shares_the_connections_of_16_at_once() {
    let emulator = start(with_numbered(200));
    let operation = start_all(&client(&emulator), 200, &Call::default());
    assert_all(&operation.take().unwrap(), 200);
    // Sixteen, where shaking hands is quick. A connection under way when another comes free is made all the
    // same, so slow ones are a few more.
    let handshakes = emulator.requests().tls_handshakes;
    assert!(handshakes <= 32, "{handshakes} connections");
}

#[test]
fn one_request_at_a_time_takes_one_connection() {
    let emulator = start(with_numbered(50));
    let operation = start_all(&client(&emulator), 50, &at_once(1));
    assert_all(&operation.take().unwrap(), 50);
    assert_eq!(emulator.requests().tls_handshakes, 1);
}

#[test]
fn later_calls_use_the_connections_of_the_first() {
    let emulator = start(with_numbered(16));
    let client = client(&emulator);
    let gate = emulator.hold(Fault::vault().always());
    let operation = start_all(&client, 16, &Call::default());
    gate.wait_for(16);
    gate.release();
    assert_all(&operation.take().unwrap(), 16);
    for _ in 0..3 {
        let operation = start_all(&client, 16, &at_once(8));
        assert_all(&operation.take().unwrap(), 16);
    }
    assert_eq!(emulator.requests().tls_handshakes, 16);
}
