//! "This version stopped working": another one comes by one read for all, or it is told that there is none.

use std::sync::{Arc, Barrier};
use std::time::Duration;

use doorkey::{Call, Client, Status};
use doorkey_emulator::Fault;

use super::*;
use crate::clocks::*;

/// So many threads that say at the same time that a version stopped working, all of them waiting before
/// the vault answers; what each got.
fn together(
    emulator: &doorkey_emulator::Emulator,
    client: &Client,
    threads: usize,
    version: &str,
) -> Vec<std::result::Result<String, Status>> {
    let gate = emulator.hold(Fault::vault().always());
    let barrier = Arc::new(Barrier::new(threads + 1));
    let spawn = |_| {
        let (client, barrier) = (client.clone(), Arc::clone(&barrier));
        let call = newer_than(version);
        std::thread::spawn(move || {
            let operation = begin(&client, &call);
            barrier.wait();
            match operation.take() {
                Ok(secret) => Ok(secret.version().to_owned()),
                Err(error) => Err(error.status()),
            }
        })
    };
    let threads: Vec<_> = (0..threads).map(spawn).collect();
    barrier.wait();
    gate.wait_for(1);
    after_all(client);
    gate.release();
    let outcomes = threads.into_iter().map(|thread| thread.join().unwrap());
    outcomes.collect()
}

#[test]
fn sixty_four_threads_share_one_read_and_get_the_new_version() {
    let emulator = emulator();
    let client = client(&emulator);
    let old = get(&client, &aged(600)).unwrap().version().to_owned();
    let new = emulator.set_secret(NAME, "newer");
    emulator.reset_requests();
    let outcomes = together(&emulator, &client, 64, &old);
    assert_eq!(outcomes, vec![Ok(new); 64]);
    assert_eq!(emulator.requests().vault, 1);
}

#[test]
fn sixty_four_threads_are_told_by_one_read_that_there_is_no_newer_one() {
    let emulator = emulator();
    let client = client(&emulator);
    let old = secret(&client).unwrap().version().to_owned();
    emulator.reset_requests();
    let outcomes = together(&emulator, &client, 64, &old);
    assert_eq!(outcomes, vec![Err(Status::NoNewerVersion); 64]);
    assert_eq!(emulator.requests().vault, 1);
}

#[test]
fn that_there_is_no_newer_version_says_which_and_what_to_do() {
    let emulator = emulator();
    let client = client(&emulator);
    let old = secret(&client).unwrap().version().to_owned();
    let error = failure(get(&client, &newer_than(&old.to_uppercase())));
    assert_eq!(error.status(), Status::NoNewerVersion);
    assert!(error.message().contains(NAME), "{error}");
    assert!(error.message().contains(VAULT), "{error}");
    assert!(error.message().to_lowercase().contains(&old), "{error}");
    let advice = error.advice().unwrap();
    assert!(advice.contains("try again later"), "{advice}");
}

#[test]
fn a_new_version_serves_the_others_for_a_moment_and_is_asked_for_then() {
    let emulator = emulator();
    let clock = WallClock::new();
    let client = client_by(&emulator, &clock);
    let old = get(&client, &aged(600)).unwrap().version().to_owned();
    let new = emulator.set_secret(NAME, "newer");
    assert_eq!(get(&client, &newer_than(&old)).unwrap().version(), new);
    clock.advance(Duration::from_secs(5));
    assert_eq!(get(&client, &newer_than(&old)).unwrap().version(), new);
    assert_eq!(emulator.requests().vault, 2);
    clock.advance(Duration::from_secs(1));
    let newest = emulator.set_secret(NAME, "newest");
    assert_eq!(get(&client, &newer_than(&old)).unwrap().version(), newest);
    assert_eq!(emulator.requests().vault, 3);
}

#[test]
fn a_new_version_serves_who_takes_older_values_for_longer() {
    let emulator = emulator();
    let clock = WallClock::new();
    let client = client_by(&emulator, &clock);
    let old = get(&client, &aged(600)).unwrap().version().to_owned();
    let new = emulator.set_secret(NAME, "newer");
    get(&client, &newer_than(&old)).unwrap();
    clock.advance(Duration::from_secs(100));
    let call = Call {
        max_age: Some(Duration::from_secs(600)),
        ..newer_than(&old)
    };
    assert_eq!(get(&client, &call).unwrap().version(), new);
    assert_eq!(emulator.requests().vault, 2);
}

#[test]
fn the_kept_value_is_replaced_for_everybody() {
    let emulator = emulator();
    let client = client(&emulator);
    let old = get(&client, &aged(600)).unwrap().version().to_owned();
    emulator.set_secret(NAME, "newer");
    assert_eq!(value(&client, &aged(600)), VALUE);
    get(&client, &newer_than(&old)).unwrap();
    assert_eq!(value(&client, &aged(600)), "newer");
    assert_eq!(emulator.requests().vault, 2);
}

#[test]
fn the_kept_value_never_serves_who_says_that_it_stopped_working() {
    let emulator = emulator();
    let client = client(&emulator);
    let old = get(&client, &aged(600)).unwrap().version().to_owned();
    let call = Call {
        max_age: Some(Duration::from_secs(600)),
        ..newer_than(&old)
    };
    let error = failure(get(&client, &call));
    assert_eq!(error.status(), Status::NoNewerVersion);
    assert_eq!(emulator.requests().vault, 2);
}

#[test]
fn a_kept_value_that_is_merely_another_one_does_not_serve() {
    let emulator = emulator();
    let client = client(&emulator);
    get(&client, &aged(600)).unwrap();
    // A version that somebody else has read meanwhile, and that the kept one may well be older than.
    let seen_elsewhere = emulator.set_secret(NAME, "newer");
    let newest = emulator.set_secret(NAME, "newest");
    let call = Call {
        max_age: Some(Duration::from_secs(600)),
        ..newer_than(&seen_elsewhere)
    };
    assert_eq!(get(&client, &call).unwrap().version(), newest);
    assert_eq!(emulator.requests().vault, 2);
}

#[test]
fn versions_that_were_seen_before_are_known_to_be_older() {
    let emulator = emulator();
    let client = client(&emulator);
    let mut versions = vec![get(&client, &aged(600)).unwrap().version().to_owned()];
    for n in 0..4 {
        versions.push(emulator.set_secret(NAME, &n.to_string()));
        let last = &versions[versions.len() - 2];
        get(&client, &newer_than(last)).unwrap();
    }
    let newest = versions.pop().unwrap();
    emulator.reset_requests();
    for old in versions {
        let call = Call {
            max_age: Some(Duration::from_secs(600)),
            ..newer_than(&old)
        };
        assert_eq!(get(&client, &call).unwrap().version(), newest);
    }
    assert_eq!(emulator.requests().vault, 0);
}

#[test]
fn an_answer_from_before_the_rotation_does_not_do() {
    let emulator = emulator();
    let client = client(&emulator);
    let old = secret(&client).unwrap().version().to_owned();
    // Answered as it was when it came, and on its way while the secret is rotated.
    let gate = emulator.hold(Fault::vault().after_effect());
    let early = begin(&client, &aged(600));
    gate.wait_for(1);
    let new = emulator.set_secret(NAME, "newer");
    let late = begin(&client, &newer_than(&old));
    assert_eq!(late.take().unwrap().version(), new);
    gate.release();
    assert_eq!(early.take().unwrap().version(), old);
    assert_eq!(
        value(&client, &aged(600)),
        "newer",
        "what came late is not kept"
    );
}

#[test]
fn a_refusal_from_before_does_not_make_a_newer_value_forgotten() {
    let emulator = emulator();
    let client = client(&emulator);
    let gate = emulator.hold(Fault::vault().status(404));
    let early = begin(&client, &aged(600));
    gate.wait_for(1);
    get(&client, &newer_than("0")).unwrap();
    gate.release();
    failure(early.take());
    emulator.reset_requests();
    get(&client, &aged(600)).unwrap();
    assert_eq!(emulator.requests().vault, 0);
}

#[test]
fn out_of_reach_a_kept_value_serves_only_if_it_replaced_the_one_that_stopped_working() {
    let emulator = emulator();
    let clock = WallClock::new();
    let client = client_by(&emulator, &clock);
    let old = get(&client, &stale(6000)).unwrap().version().to_owned();
    emulator.set_secret(NAME, "newer");
    let kept = get(&client, &newer_than(&old))
        .unwrap()
        .version()
        .to_owned();
    clock.advance(Duration::from_secs(600));
    emulator.fault(Fault::vault().always().status(503));
    let call = |version: &str| Call {
        stale_if_error: Some(Duration::from_secs(6000)),
        ..newer_than(version)
    };
    assert_eq!(get(&client, &call(&old)).unwrap().version(), kept);
    // One that is merely another version may be younger than what is kept.
    for failed in [&*kept, "0123456789abcdef0123456789abcdef"] {
        let error = failure(get(&client, &call(failed)));
        assert_eq!(error.status(), Status::ServiceUnavailable);
    }
}

#[test]
fn a_rotation_is_about_the_latest_version() {
    let emulator = emulator();
    let client = client(&emulator);
    let version = secret(&client).unwrap().version().to_owned();
    emulator.reset_requests();
    let call = newer_than(&version);
    let with_version = client.get_secret(VAULT, Some(NAME), Some(&version), &call);
    let id = format!("{}/secrets/{NAME}/{version}", emulator.vault_url(VAULT));
    let with_id = client.get_secret(&id, None, None, &call);
    for refused in [failure(with_version), failure(with_id)] {
        assert_eq!(refused.status(), Status::InvalidArgument);
        let message = refused.message();
        assert!(message.starts_with("newer_than_version: "), "{message}");
    }
    for bad in ["", "a b", "1-2", &"1".repeat(65)] {
        let refused = failure(client.get_secret(VAULT, Some(NAME), None, &newer_than(bad)));
        assert_eq!(refused.status(), Status::InvalidArgument, "{bad}");
    }
    assert_eq!(emulator.requests().vault, 0);
}

#[test]
fn a_version_nobody_has_ever_seen_is_answered_with_the_latest_one() {
    let emulator = emulator();
    let client = client(&emulator);
    let call = newer_than("0123456789abcdef0123456789abcdef");
    assert_eq!(value(&client, &call), VALUE);
}

#[test]
fn a_secret_that_is_gone_is_told_to_be_gone() {
    let emulator = emulator();
    let client = client(&emulator);
    let old = get(&client, &aged(600)).unwrap().version().to_owned();
    emulator.delete_secret(None, NAME);
    let error = failure(get(&client, &newer_than(&old)));
    assert_eq!(error.status(), Status::SecretDeleted);
}
