//! Many secrets as they come: page by page, in order, nothing lost.

use std::time::Duration;

use doorkey::{Call, Client, Pager, Result, Secret, Status};
use doorkey_emulator::Fault;

use super::*;
use crate::common::*;

fn stream(client: &Client, count: usize, call: &Call) -> Pager<Result<Secret>> {
    let names = names_of(count);
    let pager = client.stream_secrets(Some(VAULT), &texts(&names), call);
    pager.expect("a good call")
}

fn page(pager: &Pager<Result<Secret>>) -> Vec<Result<Secret>> {
    pager.next().unwrap().take().unwrap()
}

/// All pages until the empty one.
fn rest(pager: &Pager<Result<Secret>>) -> Vec<Result<Secret>> {
    let mut all = Vec::new();
    loop {
        let page = page(pager);
        if page.is_empty() {
            return all;
        }
        all.extend(page);
    }
}

#[test]
fn the_pages_together_are_all_outcomes_in_order() {
    let emulator = start(with_numbered(100));
    assert_all(
        &rest(&stream(&client(&emulator), 100, &Call::default())),
        100,
    );
    let requests = emulator.requests();
    assert_eq!((requests.token, requests.vault), (1, 100));
}

#[test]
fn nothing_comes_before_the_first_name() {
    let emulator = start(with_numbered(5));
    let first = emulator.hold(Fault::vault().target_contains("/s-0/"));
    let last = emulator.hold(Fault::vault().target_contains("/s-4/"));
    let pager = stream(&client(&emulator), 5, &at_once(2));
    let next = pager.next().unwrap();
    first.wait_for(1);
    // The other worker has brought three outcomes by now.
    last.wait_for(1);
    assert!(!next.wait(Some(Duration::ZERO)).unwrap());
    first.release();
    let mut outcomes = next.take().unwrap();
    assert_all(&outcomes, 4);
    last.release();
    outcomes.extend(rest(&pager));
    assert_all(&outcomes, 5);
}

#[test]
fn what_stands_before_a_held_name_is_given_out() {
    let emulator = start(with_numbered(6));
    let middle = emulator.hold(Fault::vault().target_contains("/s-3/"));
    let pager = stream(&client(&emulator), 6, &at_once(2));
    let mut outcomes = Vec::new();
    while outcomes.len() < 3 {
        outcomes.extend(page(&pager));
    }
    assert_all(&outcomes, 3);
    let next = pager.next().unwrap();
    middle.wait_for(1);
    assert!(!next.wait(Some(Duration::ZERO)).unwrap());
    middle.release();
    outcomes.extend(next.take().unwrap());
    outcomes.extend(rest(&pager));
    assert_all(&outcomes, 6);
}

#[test]
fn reading_begins_before_the_first_page_is_asked_for() {
    let emulator = start(with_numbered(5));
    let gate = emulator.hold(Fault::vault().always());
    let pager = stream(&client(&emulator), 5, &Call::default());
    gate.wait_for(5);
    gate.release();
    assert_all(&rest(&pager), 5);
}

#[test]
fn a_page_that_is_cancelled_is_not_lost() {
    let emulator = start(with_numbered(5));
    let gate = emulator.hold(Fault::vault().target_contains("/s-0/"));
    let pager = stream(&client(&emulator), 5, &at_once(2));
    let lost = pager.next().unwrap();
    gate.wait_for(1);
    lost.cancel();
    assert_eq!(failure(lost.take()).status(), Status::Cancelled);
    gate.release();
    assert_all(&rest(&pager), 5);
    assert_eq!(emulator.requests().vault, 5);
}

#[test]
fn a_page_that_is_dropped_before_it_is_there_is_not_lost() {
    let emulator = start(with_numbered(5));
    let gate = emulator.hold(Fault::vault().target_contains("/s-0/"));
    let pager = stream(&client(&emulator), 5, &at_once(2));
    drop(pager.next().unwrap());
    gate.wait_for(1);
    gate.release();
    assert_all(&rest(&pager), 5);
}

#[test]
fn one_page_at_a_time() {
    let emulator = start(with_numbered(5));
    let gate = emulator.hold(Fault::vault().always());
    let pager = stream(&client(&emulator), 5, &Call::default());
    let first = pager.next().unwrap();
    let error = failure(pager.next());
    assert_eq!(error.status(), Status::InvalidArgument);
    assert!(error.message().contains("has not been taken"), "{error}");
    gate.release();
    assert!(first.wait(None).unwrap());
    assert!(pager.next().is_err(), "it is there, and nobody has it");
    let mut outcomes = first.take().unwrap();
    outcomes.extend(rest(&pager));
    assert_all(&outcomes, 5);
}

#[test]
fn a_page_that_is_there_and_is_dropped_all_the_same_comes_again() {
    let emulator = start(with_numbered(5));
    let pager = stream(&client(&emulator), 5, &Call::default());
    for _ in 0..2 {
        let page = pager.next().unwrap();
        assert!(page.wait(None).unwrap());
        page.cancel();
    }
    assert_all(&rest(&pager), 5);
}

#[test]
fn the_end_is_an_empty_page_and_stays_one() {
    let emulator = start(with_numbered(1));
    let pager = stream(&client(&emulator), 1, &Call::default());
    assert_all(&page(&pager), 1);
    for _ in 0..3 {
        assert!(page(&pager).is_empty());
    }
}

#[test]
fn no_names_are_an_empty_first_page() {
    let emulator = emulator();
    let pager = stream(&client(&emulator), 0, &Call::default());
    assert!(page(&pager).is_empty());
    assert_eq!(emulator.requests().token, 0);
}

#[test]
fn bad_names_come_in_their_place() {
    let emulator = start(with_numbered(2));
    let client = client(&emulator);
    let names = ["a_b", "s-0", "c d", "s-1", "S-0", ""];
    let pager = client.stream_secrets(Some(VAULT), &names, &Call::default());
    let outcomes = rest(&pager.unwrap());
    let bad = Err(Status::InvalidArgument);
    let expected = [bad, Ok("value 0"), bad, Ok("value 1"), Ok("value 0"), bad];
    assert_eq!(outline(&outcomes), expected);
    assert_eq!(emulator.requests().vault, 2);
}

#[test]
fn a_name_that_comes_again_much_later_has_its_outcome_still() {
    let emulator = start(with_numbered(3));
    let client = client(&emulator);
    let names = ["s-0", "s-1", "s-2", "s-0"];
    let gate = emulator.hold(Fault::vault().target_contains("/s-2/"));
    let pager = client.stream_secrets(Some(VAULT), &names, &at_once(1));
    let pager = pager.unwrap();
    gate.wait_for(1);
    let mut outcomes = Vec::new();
    while outcomes.len() < 2 {
        outcomes.extend(page(&pager));
    }
    gate.release();
    outcomes.extend(rest(&pager));
    let values = ["value 0", "value 1", "value 2", "value 0"].map(Ok);
    assert_eq!(outline(&outcomes), values);
    assert_eq!(emulator.requests().vault, 3);
}

#[test]
fn a_pager_that_is_dropped_stops_the_requests() {
    let emulator = start(with_numbered(40));
    let client = client(&emulator);
    let gate = emulator.hold(Fault::vault().always());
    let pager = stream(&client, 40, &at_once(4));
    gate.wait_for(4);
    drop(pager);
    gate.wait_for_abandoned(4);
    gate.release();
    secret(&client).unwrap();
    assert_eq!(emulator.requests().vault, 5);
}

#[test]
fn a_page_whose_pager_is_dropped_is_told_that_it_was_cancelled() {
    let emulator = start(with_numbered(3));
    let client = client(&emulator);
    let gate = emulator.hold(Fault::vault().always());
    let pager = stream(&client, 3, &at_once(2));
    let next = pager.next().unwrap();
    gate.wait_for(2);
    drop(pager);
    gate.wait_for_abandoned(2);
    let outcomes = next.take().unwrap();
    assert_eq!(outline(&outcomes), [Err(Status::Cancelled); 3]);
}

#[test]
fn what_a_stream_reads_is_kept_for_those_who_ask() {
    let emulator = start(with_numbered(10));
    let client = client(&emulator);
    let call = Call {
        max_age: Some(Duration::from_secs(600)),
        ..Call::default()
    };
    assert_all(&rest(&stream(&client, 10, &call)), 10);
    assert_all(&rest(&stream(&client, 10, &call)), 10);
    assert_eq!(emulator.requests().vault, 10);
}

#[test]
fn the_time_limit_is_that_of_the_whole_stream() {
    let emulator = start(with_numbered(10));
    let clock = TestClock::new();
    let client = client_on(&emulator, &clock);
    token(&client).unwrap();
    let gate = emulator.hold(Fault::vault().target_contains("/s-2/"));
    let pager = stream(&client, 10, &at_once(1));
    gate.wait_for(1);
    let mut outcomes = page(&pager);
    clock.advance(Duration::from_secs(60));
    gate.release();
    outcomes.extend(rest(&pager));
    assert_all(&outcomes[..3], 3);
    assert_eq!(outline(&outcomes[3..]), [Err(Status::Timeout); 7]);
}
