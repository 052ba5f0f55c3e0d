//! How long a vault asks to be left alone, in every way to say it.

use std::time::Duration;

use doorkey::Status;
use doorkey_emulator::{Emulator, Fault};

use super::assert_jitter;
use super::vault::{AGAIN, CALLS};
use crate::common::*;

type Headers = &'static [(&'static str, &'static str)];

/// Test clocks begin on Sun, 15 Jun 2025 15:06:40 GMT.
const SECONDS: Headers = &[("Retry-After", "7")];
const PADDED: Headers = &[("Retry-After", " 7 ")];
const DATE: Headers = &[("Retry-After", "Sun, 15 Jun 2025 15:06:49 GMT")];
const OLD_DATE: Headers = &[("Retry-After", "Sunday, 15-Jun-25 15:06:49 GMT")];
const MILLIS: Headers = &[("retry-after-ms", "1500")];
const OTHER_MILLIS: Headers = &[("x-ms-retry-after-ms", "2500")];
const MILLIS_AND_SECONDS: Headers = &[("Retry-After", "9"), ("retry-after-ms", "1500")];
const BOTH_MILLIS: Headers = &[
    ("x-ms-retry-after-ms", "2500"),
    ("retry-after-ms", "1500"),
    ("Retry-After", "9"),
];
const BAD_MILLIS: Headers = &[("retry-after-ms", "-5"), ("Retry-After", "9")];

fn failing(emulator: &Emulator, status: u16, headers: Headers) {
    let fault = headers
        .iter()
        .fold(Fault::vault().status(status), |fault, (name, value)| {
            fault.header(name, value)
        });
    emulator.fault(fault);
}

#[test]
fn the_time_that_a_vault_says_is_waited_for() {
    let emulator = emulator();
    let clock = TestClock::new();
    let client = client_on(&emulator, &clock);
    for (what, call) in CALLS {
        for status in AGAIN {
            for (headers, ms) in [
                (SECONDS, 7000),
                (PADDED, 7000),
                (MILLIS, 1500),
                (OTHER_MILLIS, 2500),
                (MILLIS_AND_SECONDS, 1500),
                (BOTH_MILLIS, 1500),
                (BAD_MILLIS, 9000),
            ] {
                let before = clock.slept().len();
                failing(&emulator, status, headers);
                call(&client)
                    .unwrap_or_else(|error| panic!("{what}, {status}, {headers:?}: {error}"));
                let expected = [Duration::from_millis(ms)];
                let slept = clock.slept();
                assert_eq!(slept[before..], expected, "{what}, {status}, {headers:?}");
            }
        }
    }
}

#[test]
fn the_date_that_a_vault_says_is_waited_for() {
    let emulator = emulator();
    for status in AGAIN {
        for date in [DATE, OLD_DATE] {
            let clock = TestClock::new();
            failing(&emulator, status, date);
            secret(&client_on(&emulator, &clock)).unwrap();
            assert_eq!(clock.slept(), [Duration::from_secs(9)], "{status}");
        }
    }
}

#[test]
fn a_time_that_is_none_or_past_leaves_the_delay_to_the_client() {
    let emulator = emulator();
    let clock = TestClock::new();
    let client = client_on(&emulator, &clock);
    for status in AGAIN {
        for value in [
            "0",
            "-1",
            "-3600",
            "1.5",
            "soon",
            "",
            "1 2",
            "Sun, 15 Jun 2025 15:06:40 GMT",
            "Sun, 15 Jun 2025 15:06:39 GMT",
            "Thu, 01 Jan 1970 00:00:00 GMT",
            "Sun, 99 Jun 2025 15:06:49 GMT",
        ] {
            let before = clock.slept().len();
            let fault = Fault::vault().status(status);
            emulator.fault(fault.header("Retry-After", value));
            secret(&client).unwrap();
            assert_jitter(&clock.slept()[before..], &[1000]);
        }
    }
}

#[test]
fn a_shorter_time_than_the_clients_own_delay_does_not_shorten_it() {
    let emulator = emulator();
    let clock = TestClock::new();
    let fault = Fault::vault().times(5).status(503);
    emulator.fault(fault.header("retry-after-ms", "200"));
    secret(&client_on(&emulator, &clock)).unwrap();
    let slept = clock.slept();
    assert_jitter(&slept, &[1000, 2000, 4000, 8000, 16_000]);
    let least = Duration::from_millis(200);
    assert!(slept.iter().all(|delay| *delay >= least), "{slept:?}");
}

#[test]
fn a_time_beyond_the_deadline_is_not_waited_for_and_told_with_the_reason() {
    let emulator = emulator();
    let clock = TestClock::new();
    let client = client_on(&emulator, &clock);
    for (what, call) in CALLS {
        for status in AGAIN {
            for (value, seconds) in [
                ("60", 60),
                ("3600", 3600),
                ("18446744073709551615", u64::MAX),
                ("Sun, 15 Jun 2025 16:06:40 GMT", 3600),
                ("Fri, 31 Dec 9999 23:59:59 GMT", 251_652_300_799),
            ] {
                let fault = Fault::vault().status(status);
                emulator.fault(fault.header("Retry-After", value));
                let error = failure(call(&client));
                let expected = match status {
                    429 => Status::Throttled,
                    _ => Status::ServiceUnavailable,
                };
                assert_eq!(error.status(), expected, "{what}, {status}");
                assert_eq!(error.http_status(), Some(status), "{what}");
                assert_eq!(
                    error.retry_after(),
                    Some(Duration::from_secs(seconds)),
                    "{what}, {status}, {value}"
                );
                assert!(clock.slept().is_empty(), "{what}, {status}");
            }
        }
    }
}

#[test]
fn a_time_that_just_fits_into_the_deadline_is_waited_for() {
    let emulator = emulator();
    let clock = TestClock::new();
    let client = client_on(&emulator, &clock);
    let fault = Fault::vault().status(429);
    emulator.fault(fault.header("retry-after-ms", "59999"));
    secret(&client).unwrap();
    assert_eq!(clock.slept(), [Duration::from_millis(59_999)]);
}

#[test]
fn each_answer_is_left_alone_for_its_own_time() {
    let emulator = emulator();
    let clock = TestClock::new();
    for (status, seconds) in [(429, "7"), (503, "5"), (429, "3")] {
        let fault = Fault::vault().status(status);
        emulator.fault(fault.header("Retry-After", seconds));
    }
    secret(&client_on(&emulator, &clock)).unwrap();
    // The client's own delay, up to four seconds by then, may be longer than what it was asked for.
    let slept = clock.slept();
    assert_eq!(slept[..2], [7, 5].map(Duration::from_secs));
    let third = Duration::from_secs(3)..=Duration::from_secs(4);
    assert!(third.contains(&slept[2]), "{slept:?}");
}
