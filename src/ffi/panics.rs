//! Tests of the boundary as Rust sees it: panics anywhere inside come out as a status, and the next
//! call works. The C programs under tests/c test the rest.

use std::ffi::{CStr, c_char};
use std::future::Future;
use std::pin::Pin;
use std::ptr::{null, null_mut};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use doorkey_emulator::Emulator;

use crate::clock::{Clock, TimeSource};
use crate::ffi::blob::doorkey_blob_free;
use crate::ffi::call::doorkey_call;
use crate::ffi::client::{doorkey_client, doorkey_client_free, doorkey_client_get_token};
use crate::ffi::error::{doorkey_error, doorkey_error_free, doorkey_error_message};
use crate::ffi::handle;
use crate::ffi::list::{
    doorkey_secret_list_free, doorkey_secret_list_length, doorkey_secret_list_status,
};
use crate::ffi::operation::{
    doorkey_operation, doorkey_operation_free, doorkey_operation_take_blob,
    doorkey_operation_take_list, doorkey_operation_take_none, doorkey_operation_take_secret,
    doorkey_operation_take_token,
};
use crate::ffi::pager::{doorkey_pager, doorkey_pager_free, doorkey_pager_next};
use crate::ffi::secret::doorkey_secret_free;
use crate::ffi::secrets::{
    doorkey_client_get_secret, doorkey_client_get_secrets, doorkey_client_list_secrets,
    doorkey_client_stream_secrets,
};
use crate::ffi::status::doorkey_status;
use crate::ffi::token::doorkey_token_free;
use crate::ffi::writing::{
    doorkey_client_backup_secret, doorkey_client_delete_secret, doorkey_client_get_deleted_secret,
    doorkey_client_purge_secret, doorkey_client_recover_secret, doorkey_client_set_secret,
};
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

/// A client whose environment panics while the switch is on.
fn client_with_a_bad_environment(emulator: &Emulator) -> (*mut doorkey_client, Arc<AtomicBool>) {
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
    (client, bad)
}

#[test]
fn a_panic_on_the_callers_thread_is_a_status_and_the_next_call_works() {
    let emulator = Emulator::builder().start().unwrap();
    let (client, bad) = client_with_a_bad_environment(&emulator);
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

/// A client whose clock panics on the I/O thread while the switch is on.
fn client_with_a_bad_clock(emulator: &Emulator) -> (*mut doorkey_client, Arc<BadClock>) {
    let clock = Arc::new(BadClock(AtomicBool::new(true)));
    let options = ClientOptions {
        clock: Clock::from_source(Arc::clone(&clock) as Arc<dyn TimeSource>),
        environment: Environment::given(emulator.environment()).unwrap(),
        ..ClientOptions::default()
    };
    let client = handle::create::<doorkey_client>(Client::new(options).unwrap());
    (client, clock)
}

#[test]
fn a_panic_on_the_io_thread_is_a_status_and_the_next_call_works() {
    let emulator = Emulator::builder().start().unwrap();
    let (client, clock) = client_with_a_bad_clock(&emulator);
    assert_eq!(token_through(client, OTHER_RESOURCE), doorkey_status::Panic);
    clock.0.store(false, Ordering::Relaxed);
    assert_eq!(token_through(client, OTHER_RESOURCE), doorkey_status::Ok);
    free(client);
}

const VAULT: *const c_char = c"demo".as_ptr();
const NAME: *const c_char = c"Name".as_ptr();
const NO_CALL: *const doorkey_call = null();

type Starts = unsafe fn(
    *const doorkey_client,
    *mut *mut doorkey_operation,
    *mut *mut doorkey_error,
) -> doorkey_status;

/// The calls about one secret, in an order in which each of them can succeed.
// SAFETY: each passes on the promises of `Starts`, which are those of the export that it calls.
const CALLS: &[(&str, Starts)] = unsafe {
    &[
        ("set", |client, out, error| {
            let value = c"v".as_ptr();
            doorkey_client_set_secret(client, VAULT, NAME, value, 1, null(), NO_CALL, out, error)
        }),
        ("get", |client, out, error| {
            doorkey_client_get_secret(client, VAULT, NAME, null(), NO_CALL, out, error)
        }),
        ("get many", |client, out, error| {
            doorkey_client_get_secrets(client, VAULT, &NAME, 1, NO_CALL, out, error)
        }),
        ("backup", |client, out, error| {
            doorkey_client_backup_secret(client, VAULT, NAME, NO_CALL, out, error)
        }),
        ("delete", |client, out, error| {
            doorkey_client_delete_secret(client, VAULT, NAME, NO_CALL, out, error)
        }),
        ("get deleted", |client, out, error| {
            doorkey_client_get_deleted_secret(client, VAULT, NAME, NO_CALL, out, error)
        }),
        ("recover", |client, out, error| {
            doorkey_client_recover_secret(client, VAULT, NAME, NO_CALL, out, error)
        }),
        ("delete again", |client, out, error| {
            doorkey_client_delete_secret(client, VAULT, NAME, NO_CALL, out, error)
        }),
        ("purge", |client, out, error| {
            doorkey_client_purge_secret(client, VAULT, NAME, NO_CALL, out, error)
        }),
    ]
};

/// Starts a call and takes what it gives, or how its one item came out.
fn ended(
    start: impl FnOnce(*mut *mut doorkey_operation, *mut *mut doorkey_error) -> doorkey_status,
) -> doorkey_status {
    const OTHER_KIND: doorkey_status = doorkey_status::InvalidArgument;
    let (mut operation, mut secret, mut list, mut blob) =
        (null_mut(), null_mut(), null_mut(), null_mut());
    let mut status = start(&mut operation, null_mut());
    if status != doorkey_status::Ok {
        return status;
    }
    // SAFETY: the operation is live, every out-parameter outlives its call, every handle is freed once.
    unsafe {
        status = doorkey_operation_take_secret(operation, &mut secret, null_mut());
        if status == OTHER_KIND {
            status = doorkey_operation_take_list(operation, &mut list, null_mut());
            if doorkey_secret_list_length(list) == 1 {
                status = doorkey_secret_list_status(list, 0);
            }
        }
        if status == OTHER_KIND {
            status = doorkey_operation_take_blob(operation, &mut blob, null_mut());
        }
        if status == OTHER_KIND {
            status = doorkey_operation_take_none(operation, null_mut());
        }
        doorkey_secret_free(secret);
        doorkey_secret_list_free(list);
        doorkey_blob_free(blob);
        doorkey_operation_free(operation);
    }
    status
}

/// Every call about secrets, once while something panics and once when it does so no more.
fn try_every_call(client: *const doorkey_client, bad: &AtomicBool) {
    for (name, start) in CALLS {
        // SAFETY: the client is live and the outs are those of `ended`.
        let try_it = || ended(|out, error| unsafe { start(client, out, error) });
        bad.store(true, Ordering::Relaxed);
        assert_eq!(try_it(), doorkey_status::Panic, "{name}");
        bad.store(false, Ordering::Relaxed);
        assert_eq!(try_it(), doorkey_status::Ok, "{name}, afterwards");
    }
}

#[test]
fn a_panic_in_any_call_about_secrets_is_a_status_and_the_next_call_works() {
    let emulator = Emulator::builder().start().unwrap();
    let (client, bad) = client_with_a_bad_environment(&emulator);
    try_every_call(client, &bad);
    free(client);
    let emulator = Emulator::builder().start().unwrap();
    let (client, clock) = client_with_a_bad_clock(&emulator);
    try_every_call(client, &clock.0);
    free(client);
}

/// A page while something panics, and the same when it does so no more.
fn try_a_page(pager: *mut doorkey_pager, bad: &AtomicBool) {
    // SAFETY: the pager is live until its end here and the outs are those of `ended`.
    unsafe {
        let page = || ended(|out, error| doorkey_pager_next(pager, out, error));
        bad.store(true, Ordering::Relaxed);
        assert_eq!(page(), doorkey_status::Panic);
        bad.store(false, Ordering::Relaxed);
        assert_eq!(page(), doorkey_status::Ok);
        doorkey_pager_free(pager);
    }
}

#[test]
fn a_panic_in_a_page_is_a_status_and_the_page_comes_when_it_is_asked_for_again() {
    let emulator = || Emulator::builder().secret("Name", "v").start().unwrap();
    let list = |client| {
        let mut pager = null_mut();
        // SAFETY: the client is live, the pager outlives the call.
        let status =
            unsafe { doorkey_client_list_secrets(client, VAULT, NO_CALL, &mut pager, null_mut()) };
        assert_eq!(status, doorkey_status::Ok);
        pager
    };
    let served = emulator();
    let (client, bad) = client_with_a_bad_environment(&served);
    bad.store(false, Ordering::Relaxed);
    try_a_page(list(client), &bad);
    free(client);
    let served = emulator();
    let (client, clock) = client_with_a_bad_clock(&served);
    try_a_page(list(client), &clock.0);
    free(client);
}

#[test]
fn a_panic_while_secrets_stream_is_the_status_of_the_items_it_hit() {
    let emulator = Emulator::builder().secret("Name", "v").start().unwrap();
    let (client, clock) = client_with_a_bad_clock(&emulator);
    let mut pager = null_mut();
    // SAFETY: the client is live, every out-parameter outlives its call, every handle is freed once.
    unsafe {
        let status =
            doorkey_client_stream_secrets(client, VAULT, &NAME, 1, NO_CALL, &mut pager, null_mut());
        assert_eq!(status, doorkey_status::Ok);
        let page = ended(|out, error| doorkey_pager_next(pager, out, error));
        assert_eq!(page, doorkey_status::Panic);
        doorkey_pager_free(pager);
    }
    clock.0.store(false, Ordering::Relaxed);
    // SAFETY: as above.
    let next = ended(|out, error| unsafe { (CALLS[2].1)(client, out, error) });
    assert_eq!(next, doorkey_status::Ok);
    free(client);
}
