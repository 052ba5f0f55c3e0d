//! Operations: finished exactly once, by result, deadline or cancel; waited for by any thread.

use std::sync::mpsc;
use std::time::Duration;

use doorkey::{Call, Status};
use doorkey_emulator::Fault;

use crate::common::*;

#[test]
fn a_wait_of_zero_only_looks() {
    let emulator = emulator();
    let gate = emulator.hold(Fault::token().always());
    let operation = client(&emulator)
        .get_token(VAULT_AUDIENCE, &Call::default())
        .unwrap();
    assert!(!operation.wait(Some(Duration::ZERO)).unwrap());
    gate.release();
    assert!(operation.wait(None).unwrap());
    assert!(operation.wait(Some(Duration::ZERO)).unwrap());
}

#[test]
fn a_wait_that_ends_early_leaves_the_operation_running() {
    let emulator = emulator();
    let gate = emulator.hold(Fault::token().always());
    let operation = client(&emulator)
        .get_token(VAULT_AUDIENCE, &Call::default())
        .unwrap();
    assert!(!operation.wait(Some(Duration::from_millis(20))).unwrap());
    gate.release();
    operation.take().unwrap();
}

#[test]
fn a_result_is_taken_once() {
    let emulator = emulator();
    let operation = client(&emulator)
        .get_token(VAULT_AUDIENCE, &Call::default())
        .unwrap();
    operation.take().unwrap();
    assert_eq!(failure(operation.take()).status(), Status::InvalidArgument);
}

#[test]
fn a_cancel_ends_another_threads_take_at_once() {
    let emulator = emulator();
    let gate = emulator.hold(Fault::vault().always());
    let operation = client(&emulator)
        .get_secret(VAULT, Some(NAME), None, &Call::default())
        .unwrap();
    std::thread::scope(|scope| {
        let taking = scope.spawn(|| operation.take());
        gate.wait_for(1);
        operation.cancel();
        operation.cancel();
        assert_eq!(failure(taking.join().unwrap()).status(), Status::Cancelled);
    });
    gate.wait_for_abandoned(1);
}

#[test]
fn a_cancel_after_the_end_changes_nothing() {
    let emulator = emulator();
    let operation = client(&emulator)
        .get_token(VAULT_AUDIENCE, &Call::default())
        .unwrap();
    operation.wait(None).unwrap();
    operation.cancel();
    operation.take().unwrap();
}

#[test]
fn a_dropped_client_does_not_stop_its_operations() {
    let emulator = emulator();
    let gate = emulator.hold(Fault::vault().always());
    let client = client(&emulator);
    let operation = client
        .get_secret(VAULT, Some(NAME), None, &Call::default())
        .unwrap();
    drop(client);
    gate.wait_for(1);
    gate.release();
    operation.take().unwrap();
}

#[test]
fn a_callback_comes_once_and_may_take_the_result() {
    let emulator = emulator();
    let (send, receive) = mpsc::channel();
    let operation = std::sync::Arc::new(
        client(&emulator)
            .get_token(VAULT_AUDIENCE, &Call::default())
            .unwrap(),
    );
    let inside = std::sync::Arc::clone(&operation);
    let caller = std::thread::current().id();
    operation
        .on_complete(move |status| {
            let elsewhere = std::thread::current().id() != caller;
            send.send((status, elsewhere, inside.take().is_ok()))
                .unwrap();
        })
        .unwrap();
    assert_eq!(receive.recv().unwrap(), (Status::Ok, true, true));
    // The sender went with the callback: nothing more can come.
    assert!(receive.recv().is_err());
}

#[test]
fn a_callback_for_a_finished_operation_comes_too() {
    let emulator = emulator();
    let operation = client(&emulator)
        .get_token(VAULT_AUDIENCE, &Call::default())
        .unwrap();
    operation.wait(None).unwrap();
    let (send, receive) = mpsc::channel();
    operation
        .on_complete(move |status| send.send(status).unwrap())
        .unwrap();
    assert_eq!(receive.recv().unwrap(), Status::Ok);
}

#[test]
fn a_dropped_operation_still_calls_back_with_cancelled() {
    let emulator = emulator();
    let _gate = emulator.hold(Fault::token().always());
    let operation = client(&emulator)
        .get_token(VAULT_AUDIENCE, &Call::default())
        .unwrap();
    let (send, receive) = mpsc::channel();
    operation
        .on_complete(move |status| send.send(status).unwrap())
        .unwrap();
    drop(operation);
    assert_eq!(receive.recv().unwrap(), Status::Cancelled);
}

#[test]
fn waiting_for_unfinished_work_in_a_callback_is_reentrant() {
    let emulator = emulator();
    let client = client(&emulator);
    let done = client.get_token(VAULT_AUDIENCE, &Call::default()).unwrap();
    done.wait(None).unwrap();
    let _gate = emulator.hold(Fault::vault().always());
    let unfinished = client
        .get_secret(VAULT, Some(NAME), None, &Call::default())
        .unwrap();
    let (send, receive) = mpsc::channel();
    done.on_complete(move |_| send.send(failure(unfinished.take()).status()).unwrap())
        .unwrap();
    assert_eq!(receive.recv().unwrap(), Status::Reentrant);
}

#[test]
fn a_panicking_callback_stops_neither_the_next_one_nor_the_work() {
    let emulator = emulator();
    let client = client(&emulator);
    let first = client.get_token(VAULT_AUDIENCE, &Call::default()).unwrap();
    first.on_complete(|_| panic!("a host's mistake")).unwrap();
    first.take().unwrap();
    let second = client.get_token(VAULT_AUDIENCE, &Call::default()).unwrap();
    let (send, receive) = mpsc::channel();
    second
        .on_complete(move |status| send.send(status).unwrap())
        .unwrap();
    assert_eq!(receive.recv().unwrap(), Status::Ok);
}

#[test]
fn an_operation_is_a_future_for_any_executor() {
    let emulator = emulator();
    let operation = client(&emulator)
        .get_secret(VAULT, Some(NAME), None, &Call::default())
        .unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let secret = runtime.block_on(operation).unwrap();
    assert_eq!(secret.value().as_str(), Some(VALUE));
}

#[test]
fn a_deadline_ends_a_secret_and_says_what_it_waited_for() {
    let emulator = emulator();
    let client = client(&emulator);
    // Warm, so that the short deadline meets the held request and nothing before it.
    client
        .get_secret(VAULT, Some(NAME), None, &Call::default())
        .unwrap()
        .take()
        .unwrap();
    let _gate = emulator.hold(Fault::vault().always());
    let call = Call {
        timeout: Some(Duration::from_millis(300)),
        ..Call::default()
    };
    let error = failure(
        client
            .get_secret(VAULT, Some(NAME), None, &call)
            .unwrap()
            .take(),
    );
    assert_eq!(error.status(), Status::Timeout);
    assert!(
        error.message().contains("demo.vault.localhost") && error.message().contains(NAME),
        "{error}"
    );
}

#[test]
fn a_second_callback_is_refused_before_and_after_the_end() {
    let emulator = emulator();
    let operation = client(&emulator)
        .get_token(VAULT_AUDIENCE, &Call::default())
        .unwrap();
    operation.on_complete(|_| ()).unwrap();
    assert_eq!(
        failure(operation.on_complete(|_| ())).status(),
        Status::InvalidArgument
    );
    operation.wait(None).unwrap();
    assert_eq!(
        failure(operation.on_complete(|_| ())).status(),
        Status::InvalidArgument
    );
}
