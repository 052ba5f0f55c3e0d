//! Schedules of tries that end in every way, without a socket.

use std::cell::RefCell;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use super::*;
use crate::clock::{Clock, TimeSource};

/// A clock whose sleeps take no time.
#[derive(Default)]
struct Sleepless(Mutex<Vec<Duration>>);

impl TimeSource for Sleepless {
    fn now_unix(&self) -> i64 {
        1_750_000_000
    }

    fn monotonic(&self) -> Duration {
        self.0.lock().unwrap().iter().sum()
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        self.0.lock().unwrap().push(duration);
        Box::pin(std::future::ready(()))
    }
}

const POLICY: Policy = Policy {
    statuses: &[429, 503],
    server_errors: false,
    delays_ms: &[1000, 2000, 4000, 8000, 16_000],
    retries_max: u32::MAX,
    gone: None,
    connects_ms: &[100, 200],
    is_repeatable: true,
    has_full_jitter: true,
};

fn answer(status: u16) -> Attempt {
    Ok(Answer::of(status, ""))
}

fn failed(kind: Kind) -> Attempt {
    Err(Failure {
        kind,
        ..Failure::nonsense("a test")
    })
}

/// Sends until the policy is content; tells how often, and what stands.
fn run(policy: &Policy, retries_max: u32, attempts: Vec<Attempt>) -> (usize, Sent, Vec<Duration>) {
    let clock = Arc::new(Sleepless::default());
    let source = Clock::from_source(Arc::clone(&clock) as Arc<dyn TimeSource>);
    let hour = Duration::from_secs(3600);
    let work = Work::new(source, hour, retries_max, "testing".to_owned());
    let left = RefCell::new(attempts.into_iter());
    let count = RefCell::new(0);
    let attempt = || {
        *count.borrow_mut() += 1;
        let next = left.borrow_mut().next();
        std::future::ready(Ok(next.unwrap_or_else(|| answer(200))))
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let sent = runtime.unwrap().block_on(send(policy, &work, attempt));
    let slept = clock.0.lock().unwrap().clone();
    (count.take(), sent.unwrap(), slept)
}

fn status(sent: &Sent) -> Option<u16> {
    sent.attempt.as_ref().ok().map(|answer| answer.status)
}

#[test]
fn a_connection_that_is_refused_behind_other_failures_is_tried_twice_more_all_the_same() {
    let mut attempts = vec![answer(503), answer(503)];
    attempts.extend([Kind::Connect, Kind::Connect].map(failed));
    let (count, sent, _) = run(&POLICY, 5, attempts);
    assert_eq!((count, status(&sent)), (5, Some(200)));
}

#[test]
fn a_third_refused_connection_is_the_last_whatever_comes_in_between() {
    let refused = || failed(Kind::Connect);
    let attempts = vec![refused(), answer(503), refused(), answer(503), refused()];
    let (count, sent, slept) = run(&POLICY, 20, attempts);
    assert_eq!((count, status(&sent)), (5, None));
    // Refused connections have delays of their own, the others those of the table.
    for (delay, most) in slept.iter().zip([100, 1000, 200, 2000]) {
        assert!(*delay <= Duration::from_millis(most), "{slept:?}");
    }
}

#[test]
fn all_tries_together_are_no_more_than_the_caller_allows() {
    for retries_max in 0..5 {
        let mut attempts = vec![failed(Kind::Connect), answer(503)];
        attempts.extend([answer(503), failed(Kind::Broken), failed(Kind::Connect)]);
        let (count, sent, _) = run(&POLICY, retries_max, attempts);
        assert_eq!(count, retries_max as usize + 1);
        assert_ne!(status(&sent), Some(200));
    }
}

#[test]
fn what_must_not_happen_twice_is_not_sent_again_when_nobody_knows() {
    let once = Policy {
        is_repeatable: false,
        ..POLICY
    };
    for attempt in [
        || answer(503),
        || failed(Kind::Broken),
        || failed(Kind::Nonsense),
    ] {
        let (count, sent, _) = run(&once, 5, vec![attempt()]);
        assert_eq!((count, sent.may_have_worked), (1, false));
        let (_, sent, _) = run(&POLICY, 5, vec![answer(503), attempt()]);
        assert!(sent.may_have_worked);
    }
    for attempt in [answer(429), failed(Kind::Connect)] {
        let (count, sent, _) = run(&once, 5, vec![attempt]);
        assert_eq!((count, sent.may_have_worked), (2, false));
    }
}

#[test]
fn what_does_not_come_back_by_waiting_is_not_tried_again() {
    for kind in [Kind::Dns, Kind::Tls, Kind::Proxy, Kind::Nonsense] {
        let (count, sent, slept) = run(&POLICY, 5, vec![failed(kind)]);
        assert_eq!((count, status(&sent)), (1, None), "{kind:?}");
        assert!(slept.is_empty());
    }
}

#[test]
fn the_time_that_is_asked_for_is_the_least_that_is_waited() {
    let mut busy = answer(429).unwrap();
    busy.retry_after = Some(Duration::from_secs(7));
    let (count, _, slept) = run(&POLICY, 5, vec![Ok(busy)]);
    assert_eq!((count, slept), (2, vec![Duration::from_secs(7)]));
}

#[test]
fn small_jitter_lies_above_the_table_and_full_jitter_below() {
    let small = Policy {
        has_full_jitter: false,
        ..POLICY
    };
    for _ in 0..50 {
        let (_, _, slept) = run(&small, 5, vec![answer(503)]);
        let range = Duration::from_millis(1000)..=Duration::from_millis(1250);
        assert!(range.contains(&slept[0]), "{slept:?}");
        let (_, _, slept) = run(&POLICY, 5, vec![answer(503)]);
        assert!(slept[0] <= Duration::from_millis(1000), "{slept:?}");
    }
}

#[test]
fn a_throttled_request_holds_the_work_for_a_moment_at_least() {
    let short = Policy {
        delays_ms: &[1],
        ..POLICY
    };
    for _ in 0..50 {
        let (_, _, slept) = run(&short, 5, vec![answer(429)]);
        assert_eq!(slept, [Duration::from_millis(1)]);
    }
}

#[test]
fn a_random_number_reaches_both_of_its_ends() {
    let drawn: Vec<_> = (0..200).map(|_| random_up_to(1)).collect();
    assert!(drawn.contains(&0) && drawn.contains(&1) && !drawn.contains(&2));
    assert_eq!(random_up_to(0), 0);
}
