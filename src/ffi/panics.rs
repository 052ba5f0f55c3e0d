//! Tests of the boundary as Rust sees it: panics anywhere inside come out as a status, and the next
//! call works. The C programs under tests/c test the rest.

use std::ffi::CStr;
use std::future::Future;
use std::pin::Pin;
use std::ptr::{null, null_mut};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use doorkey_emulator::Emulator;

use crate::clock::{Clock, TimeSource};
use crate::ffi::client::{doorkey_client, doorkey_client_free, doorkey_client_get_token};
use crate::ffi::error::{doorkey_error_free, doorkey_error_message};
use crate::ffi::handle;
use crate::ffi::operation::{doorkey_operation_free, doorkey_operation_take_token};
use crate::ffi::status::doorkey_status;
use crate::ffi::token::doorkey_token_free;
use crate::{Client, ClientOptions, Environment};

// One for each test: the token cache is the process's, and emulators may reuse each other's ports.
const ONE_RESOURCE: &CStr = c"https://vault.localhost";
const OTHER_RESOURCE: &CStr = c"https://management.azure.com/";

/// Starts and takes a token through the boundary; the status of the step that ended it.
fn token_through(client: *const doorkey_client, resource: &CStr) -> doorkey_status {
    let (mut operation, mut error, mut token) = (null_mut(), null_mut(), null_mut());
    // SAFETY: the client is live, every out-parameter outlives its call, every handle is freed once.
    unsafe {
        let mut status = doorkey_client_get_token(
            client,
            resource.as_ptr(),
            null(),
            &mut operation,
            &mut error,
        );
        if status == doorkey_status::Ok {
            status = doorkey_operation_take_token(operation, &mut token, &mut error);
        }
        assert_eq!(status == doorkey_status::Ok, error.is_null());
        if !error.is_null() {
            assert!(
                !CStr::from_ptr(doorkey_error_message(error))
                    .to_bytes()
                    .is_empty()
            );
        }
        doorkey_token_free(token);
        doorkey_error_free(error);
        doorkey_operation_free(operation);
        status
    }
}

fn free(client: *mut doorkey_client) {
    // SAFETY: the test made it and is done with it.
    unsafe { doorkey_client_free(client) };
}

#[test]
fn a_panic_on_the_callers_thread_is_a_status_and_the_next_call_works() {
    let emulator = Emulator::builder().start().unwrap();
    let bad = Arc::new(AtomicBool::new(true));
    let (switch, pairs) = (Arc::clone(&bad), emulator.environment());
    let environment = Environment::from_lookup(move |name| {
        assert!(
            !switch.load(Ordering::Relaxed),
            "a host's environment that panics"
        );
        pairs
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.clone())
    });
    let options = ClientOptions {
        environment,
        ..ClientOptions::default()
    };
    let client = handle::create::<doorkey_client>(Client::new(options).unwrap());
    assert_eq!(token_through(client, ONE_RESOURCE), doorkey_status::Panic);
    bad.store(false, Ordering::Relaxed);
    assert_eq!(token_through(client, ONE_RESOURCE), doorkey_status::Ok);
    free(client);
}

/// Panics when the work on the I/O thread looks at the time.
struct BadClock(AtomicBool);

impl TimeSource for BadClock {
    fn now_unix(&self) -> i64 {
        let on_io_thread = std::thread::current().name() == Some("doorkey-io");
        assert!(
            !(on_io_thread && self.0.load(Ordering::Relaxed)),
            "a clock that panics"
        );
        1_750_000_000
    }

    fn monotonic(&self) -> Duration {
        Duration::ZERO
    }

    fn sleep(&self, _: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(std::future::ready(()))
    }
}

#[test]
fn a_panic_on_the_io_thread_is_a_status_and_the_next_call_works() {
    let emulator = Emulator::builder().start().unwrap();
    let clock = Arc::new(BadClock(AtomicBool::new(true)));
    let options = ClientOptions {
        clock: Clock::from_source(Arc::clone(&clock) as Arc<dyn TimeSource>),
        environment: Environment::given(emulator.environment()).unwrap(),
        ..ClientOptions::default()
    };
    let client = handle::create::<doorkey_client>(Client::new(options).unwrap());
    assert_eq!(token_through(client, OTHER_RESOURCE), doorkey_status::Panic);
    clock.0.store(false, Ordering::Relaxed);
    assert_eq!(token_through(client, OTHER_RESOURCE), doorkey_status::Ok);
    free(client);
}
