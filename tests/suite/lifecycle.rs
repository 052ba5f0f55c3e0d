//! The middle and the end of a token's life: refreshed in the background, served to the end, and what
//! a claims challenge does.

use std::sync::Arc;
use std::time::Duration;

use doorkey::{Call, Client, Status, Token};
use doorkey_emulator::{Emulator, Fault, Host, RequestRecord};

use crate::common::*;

const DAY_S: u64 = 24 * 3600;
/// The most by which a refresh is moved from the middle of a life.
const JITTER_S: u64 = 300;

fn same(a: &Token, b: &Token) -> bool {
    a.value().as_bytes() == b.value().as_bytes()
}

/// An emulator that gives a new token at every request.
fn fresh() -> Emulator {
    start(Emulator::builder().token_cache(false))
}

/// Asks until another token than `old` comes: the background refresh has ended by then.
fn wait_for_another(client: &Client, old: &Token) -> Token {
    let patience = std::time::Instant::now() + Duration::from_secs(60);
    while std::time::Instant::now() < patience {
        let now = token(client).unwrap();
        if !same(&now, old) {
            return now;
        }
        std::thread::yield_now();
    }
    panic!("no other token came");
}

#[test]
fn from_the_middle_of_its_life_a_token_is_refreshed_while_it_serves_on() {
    let emulator = fresh();
    let clock = TestClock::new();
    let client = client_on(&emulator, &clock);
    let first = token(&client).unwrap();
    clock.advance(Duration::from_secs(DAY_S / 2 + JITTER_S));
    let gate = emulator.hold(Fault::token());
    // Served at once although the endpoint does not answer.
    let operation = client.get_token(VAULT_AUDIENCE, &Call::default()).unwrap();
    assert!(operation.is_finished());
    assert!(same(&operation.take().unwrap(), &first));
    gate.wait_for(1);
    gate.release();
    wait_for_another(&client, &first);
    assert_eq!(emulator.requests().token, 2);
}

#[test]
fn before_the_middle_of_its_life_a_token_is_left_alone() {
    let emulator = fresh();
    let clock = TestClock::new();
    let client = client_on(&emulator, &clock);
    let first = token(&client).unwrap();
    clock.advance(Duration::from_secs(DAY_S / 2 - JITTER_S - 1));
    assert!(same(&token(&client).unwrap(), &first));
    assert_eq!(emulator.requests().token, 1);
}

#[test]
fn a_token_of_two_hours_or_less_is_used_up() {
    let emulator = start(
        Emulator::builder()
            .token_cache(false)
            .token_lifetime(Duration::from_secs(7200)),
    );
    let clock = TestClock::new();
    let client = client_on(&emulator, &clock);
    token(&client).unwrap();
    clock.advance(Duration::from_secs(7200 - 301));
    token(&client).unwrap();
    assert_eq!(emulator.requests().token, 1);
}

#[test]
fn many_callers_begin_one_refresh() {
    let emulator = fresh();
    let clock = TestClock::new();
    let client = client_on(&emulator, &clock);
    let first = token(&client).unwrap();
    clock.advance(Duration::from_secs(DAY_S * 3 / 4));
    let gate = emulator.hold(Fault::token().always());
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                for _ in 0..50 {
                    assert!(same(&token(&client).unwrap(), &first));
                }
            });
        }
    });
    gate.wait_for(1);
    assert_eq!(emulator.requests().token, 2);
    gate.release();
}

#[test]
fn a_refresh_that_fails_is_told_to_nobody_and_tried_again_after_a_pause() {
    let years = Duration::from_secs(10 * 365 * DAY_S);
    let emulator = start(Emulator::builder().token_cache(false).token_lifetime(years));
    let clock = TestClock::new();
    let client = client_on(&emulator, &clock);
    let first = token(&client).unwrap();
    clock.advance(years / 2 + Duration::from_secs(JITTER_S));
    let refused = r#"{"error":"invalid_request"}"#;
    let refusal = emulator.hold(Fault::token().status(400).body(refused));
    let gate = emulator.hold(Fault::token().always());
    assert!(same(&token(&client).unwrap(), &first));
    refusal.wait_for(1);
    refusal.release();
    clock.advance(Duration::from_secs(29));
    assert!(same(&token(&client).unwrap(), &first));
    assert_eq!(emulator.requests().token, 2, "not within the pause");
    // An attempt that begins before the refusal has come joins it; the next one asks again.
    while emulator.requests().token == 2 {
        clock.advance(Duration::from_secs(30));
        assert!(same(&token(&client).unwrap(), &first));
        std::thread::yield_now();
    }
    gate.wait_for(1);
    gate.release();
    wait_for_another(&client, &first);
}

#[test]
fn a_refresh_reads_the_environment_anew() {
    let (one, two) = (fresh(), fresh());
    let values = Arc::new(std::sync::Mutex::new(variables(&one)));
    let read = Arc::clone(&values);
    let clock = TestClock::new();
    let client = Client::new(doorkey::ClientOptions {
        environment: doorkey::Environment::from_lookup(move |name| {
            let values = read.lock().unwrap();
            let found = values.iter().find(|(known, _)| known == name);
            found.map(|(_, value)| value.clone())
        }),
        clock: doorkey::clock::Clock::from_source(clock.clone()),
        ..options(&one)
    })
    .unwrap();
    let first = token(&client).unwrap();
    *values.lock().unwrap() = variables(&two);
    assert!(
        same(&token(&client).unwrap(), &first),
        "a hit looks at nothing"
    );
    clock.advance(Duration::from_secs(DAY_S * 3 / 4));
    assert!(same(&token(&client).unwrap(), &first));
    wait_for_another(&client, &first);
    assert_eq!((one.requests().token, two.requests().token), (1, 1));
}

#[test]
fn a_refresh_in_a_broken_environment_leaves_the_old_token() {
    let emulator = fresh();
    let broken = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let (flag, pairs) = (Arc::clone(&broken), variables(&emulator));
    let clock = TestClock::new();
    let client = Client::new(doorkey::ClientOptions {
        environment: doorkey::Environment::from_lookup(move |name| {
            if flag.load(std::sync::atomic::Ordering::Relaxed) && name == "AZURE_CLIENT_ID" {
                return Some("no-guid".to_owned());
            }
            let found = pairs.iter().find(|(known, _)| known == name);
            found.map(|(_, value)| value.clone())
        }),
        clock: doorkey::clock::Clock::from_source(clock.clone()),
        ..options(&emulator)
    })
    .unwrap();
    let first = token(&client).unwrap();
    broken.store(true, std::sync::atomic::Ordering::Relaxed);
    clock.advance(Duration::from_secs(DAY_S * 3 / 4));
    assert!(same(&token(&client).unwrap(), &first));
    assert_eq!(emulator.requests().token, 1);
}

/// A clock whose wall time goes where it is set.
struct Wall(std::sync::atomic::AtomicI64);

impl Wall {
    fn set(&self, now_unix: i64) {
        self.0.store(now_unix, std::sync::atomic::Ordering::SeqCst);
    }
}

impl doorkey::clock::TimeSource for Wall {
    fn now_unix(&self) -> i64 {
        self.0.load(std::sync::atomic::Ordering::SeqCst)
    }

    fn monotonic(&self) -> Duration {
        Duration::ZERO
    }

    fn sleep(&self, _: Duration) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(std::future::ready(()))
    }
}

#[test]
fn a_token_that_came_while_the_clock_was_ahead_is_not_kept_when_it_is_set_back() {
    const NOW: i64 = 1_750_000_000;
    let emulator = fresh();
    let wall = Arc::new(Wall(NOW.into()));
    let client = Client::new(doorkey::ClientOptions {
        clock: doorkey::clock::Clock::from_source(wall.clone()),
        ..options(&emulator)
    })
    .unwrap();
    let year_s = 365 * DAY_S as i64;
    wall.set(NOW + year_s);
    let ahead = token(&client).unwrap();
    // A small correction is no matter.
    wall.set(NOW + year_s - 300);
    assert!(same(&token(&client).unwrap(), &ahead));
    wall.set(NOW);
    emulator.fault(Fault::token().status(400).body(r#"{"error":"x"}"#));
    assert_eq!(failure(token(&client)).status(), Status::IdentityRefused);
    let right = token(&client).unwrap();
    assert!(!same(&right, &ahead));
    // And it is refreshed although the last refresh was begun in the future.
    wall.set(NOW + year_s);
    let late = token(&client).unwrap();
    wall.set(NOW + year_s + DAY_S as i64 * 3 / 4);
    wait_for_another(&client, &late);
    wall.set(NOW + 1);
    let now = token(&client).unwrap();
    wall.set(NOW + DAY_S as i64 * 3 / 4);
    wait_for_another(&client, &now);
}

#[test]
fn a_secret_read_with_an_aging_token_refreshes_it_too() {
    let emulator = fresh();
    let clock = TestClock::new();
    let client = client_on(&emulator, &clock);
    secret(&client).unwrap();
    let first = token(&client).unwrap();
    clock.advance(Duration::from_secs(DAY_S / 2 + JITTER_S));
    let gate = emulator.hold(Fault::token());
    secret(&client).unwrap();
    gate.wait_for(1);
    gate.release();
    wait_for_another(&client, &first);
}

#[test]
fn a_refresh_that_began_before_a_clear_is_not_kept() {
    let emulator = fresh();
    let clock = TestClock::new();
    let client = client_on(&emulator, &clock);
    token(&client).unwrap();
    clock.advance(Duration::from_secs(DAY_S * 3 / 4));
    let gate = emulator.hold(Fault::token());
    token(&client).unwrap();
    gate.wait_for(1);
    client.clear_cache();
    // Joins the refresh if that is still under way, and asks anew if not; what the refresh brought is
    // nobody's in both cases.
    let operation = client.get_token(VAULT_AUDIENCE, &Call::default()).unwrap();
    gate.release();
    operation.take().unwrap();
    token(&client).unwrap();
    assert_eq!(emulator.requests().token, 3);
}

#[test]
fn a_forced_refresh_has_an_arc_agent_bypass_its_own_cache_in_both_requests() {
    let emulator = machine(Host::Arc);
    let client = client(&emulator);
    let first = token(&client).unwrap();
    let forced = forced_token(&client).unwrap();
    assert!(!same(&first, &forced));
    let asked = emulator.log();
    let bypassing = |request: &RequestRecord| request.target.ends_with("&bypass_cache=true");
    let bypassing: Vec<_> = asked.iter().map(bypassing).collect();
    assert_eq!(bypassing, [false, false, true, true]);
}

fn with_claims(claims: &str) -> Call {
    Call {
        claims: Some(claims.to_owned()),
        ..Call::default()
    }
}

#[test]
fn claims_bypass_the_cache_and_their_token_serves_from_then_on() {
    let emulator = fresh();
    let client = client(&emulator);
    let first = token(&client).unwrap();
    let call = with_claims(r#"{"access_token":{"nbf":{"essential":true,"value":"1"}}}"#);
    let second = client.get_token(VAULT_AUDIENCE, &call).unwrap().take();
    let second = second.unwrap();
    assert!(!same(&first, &second));
    assert!(same(&token(&client).unwrap(), &second));
    assert_eq!(emulator.requests().token, 2);
    let last = emulator.log().pop().unwrap();
    assert!(!last.target.contains("claims"), "{}", last.target);
}

#[test]
fn claims_do_not_join_a_fetch_that_is_under_way() {
    let emulator = fresh();
    let client = client(&emulator);
    let gate = emulator.hold(Fault::token().always());
    let plain = client.get_token(VAULT_AUDIENCE, &Call::default()).unwrap();
    let claiming = client
        .get_token(VAULT_AUDIENCE, &with_claims("{}"))
        .unwrap();
    gate.wait_for(2);
    gate.release();
    assert!(!same(&plain.take().unwrap(), &claiming.take().unwrap()));
}

#[test]
fn many_with_the_same_claims_make_one_request() {
    let emulator = fresh();
    let client = client(&emulator);
    let gate = emulator.hold(Fault::token().always());
    let operations: Vec<_> = (0..50)
        .map(|n| {
            let claims = format!(r#"{{"a":{}}}"#, n % 2);
            let operation = client.get_token(VAULT_AUDIENCE, &with_claims(&claims));
            operation.unwrap()
        })
        .collect();
    // Begun last: when its request has come, all the others have been waiting for theirs.
    let plain = client.get_token(VAULT_AUDIENCE, &Call::default()).unwrap();
    gate.wait_for(3);
    gate.release();
    for operation in operations {
        operation.take().unwrap();
    }
    plain.take().unwrap();
    assert_eq!(emulator.requests().token, 3);
}

#[test]
fn claims_that_are_no_json_object_are_refused_before_anything_is_sent() {
    let emulator = emulator();
    let client = client(&emulator);
    let long = format!(r#"{{"a":"{}"}}"#, "x".repeat(8192));
    for claims in ["", "eyJhIjoxfQ", "[]", "{", "{}x", long.as_str()] {
        let error = failure(client.get_token(VAULT_AUDIENCE, &with_claims(claims)));
        assert_eq!(error.status(), Status::InvalidArgument);
        assert!(error.message().starts_with("claims: "), "{error}");
    }
    assert_eq!(emulator.requests().connections_imds, 0);
}

#[test]
fn sixty_four_threads_over_ten_keys_make_ten_requests() {
    let builder = (0..10).fold(Emulator::builder(), |builder, n| {
        builder.resource(&format!("https://r{n}.example"))
    });
    let emulator = start(builder);
    let client = client(&emulator);
    let gate = emulator.hold(Fault::token().always());
    let barrier = std::sync::Barrier::new(65);
    std::thread::scope(|scope| {
        for n in 0..64 {
            let (client, barrier) = (&client, &barrier);
            scope.spawn(move || {
                let resource = format!("https://r{}.example", n % 10);
                let operation = client.get_token(&resource, &Call::default()).unwrap();
                barrier.wait();
                operation.take().unwrap();
            });
        }
        barrier.wait();
        gate.wait_for(5);
        gate.release();
    });
    assert_eq!(emulator.requests().token, 10);
}
