//! Container Apps: App Service's protocol with a stray variable of Cloud Shell, and an endpoint that
//! begins to listen later than the container.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use doorkey::clock::{Clock, TimeSource};
use doorkey::{Call, Client, ClientOptions, Identity, Source, Status};
use doorkey_emulator::{Emulator, Host};

use super::*;
use crate::common::*;

const HOST: Host = Host::ContainerApps;

#[test]
fn a_container_reads_a_secret_with_its_own_identity() {
    let emulator = machine(HOST);
    let client = client(&emulator);
    assert_eq!(secret(&client).unwrap().value().as_str(), Some(VALUE));
    let token = token(&client).unwrap();
    assert_eq!(token.source(), Source::AppService);
    assert_eq!(token.client_id(), Some(own_id(&emulator)));
}

#[test]
fn a_stray_msi_endpoint_makes_it_no_cloud_shell() {
    let emulator = machine(HOST);
    let names: Vec<_> = variables(&emulator).into_iter().map(|(n, _)| n).collect();
    assert!(names.contains(&"MSI_ENDPOINT".to_owned()));
    assert!(!names.contains(&"MSI_SECRET".to_owned()));
    token(&client(&emulator)).unwrap();
    let request = only(&emulator);
    // A POST would be answered with 405.
    assert_eq!(request.method, "GET");
    assert_eq!(
        request.target,
        format!("/msi/token?api-version=2019-08-01&{RESOURCE}")
    );
    let header = emulator.secret_header().unwrap();
    assert_eq!(
        own_headers(&request),
        [("x-identity-header", header.as_str()), ("metadata", "true")]
    );
}

#[test]
fn a_container_takes_every_kind_of_id_and_azure_client_id() {
    assert_every_id_taken(HOST);
}

#[test]
fn an_identity_that_the_container_does_not_have_is_not_found() {
    assert_nobody_found(HOST, Identity::ClientId(NOBODY.to_owned()));
}

/// A clock on which the endpoint begins to listen at the `opens_at`th wait.
struct Startup {
    clock: Arc<TestClock>,
    emulator: Arc<Emulator>,
    opens_at: usize,
}

impl TimeSource for Startup {
    fn now_unix(&self) -> i64 {
        self.clock.now_unix()
    }

    fn monotonic(&self) -> Duration {
        self.clock.monotonic()
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let slept = self.clock.sleep(duration);
        if self.clock.slept().len() == self.opens_at {
            self.emulator.start_listening().unwrap();
        }
        slept
    }
}

/// A container that has just begun, with a client in it.
fn starting(opens_at: usize) -> (Arc<Emulator>, Arc<TestClock>, Client) {
    let emulator = Arc::new(start(on(HOST).refuses_at_first(true)));
    let clock = TestClock::new();
    let client = Client::new(ClientOptions {
        clock: Clock::from_source(Arc::new(Startup {
            clock: Arc::clone(&clock),
            emulator: Arc::clone(&emulator),
            opens_at,
        })),
        ..options(&emulator)
    });
    (emulator, clock, client.unwrap())
}

#[test]
fn an_endpoint_that_refuses_connections_at_first_is_waited_for() {
    for refusals in [1, 3, 5] {
        let (emulator, clock, client) = starting(refusals);
        token(&client).unwrap();
        let slept = clock.slept();
        assert_eq!(slept.len(), refusals);
        for (delay, base) in slept.iter().zip([500, 1000, 2000, 4000, 4000]) {
            let ms = delay.as_millis();
            assert!((base..=base + base / 4).contains(&ms), "{slept:?}");
        }
        assert_eq!(emulator.requests().token, 1);
    }
}

#[test]
fn an_endpoint_that_never_listens_is_given_up_with_what_to_do() {
    let (_emulator, clock, client) = starting(99);
    let error = failure(token(&client));
    assert_eq!(error.status(), Status::IdentityUnavailable, "{error}");
    assert!(error.advice().unwrap().contains("try again in a moment"));
    assert_eq!(clock.slept().len(), 5);
}

#[test]
fn no_wait_for_a_listener_goes_past_the_callers_deadline() {
    let (_emulator, clock, client) = starting(99);
    let call = Call {
        timeout: Some(Duration::from_secs(2)),
        ..Call::default()
    };
    let operation = client.get_token(VAULT_AUDIENCE, &call).unwrap();
    let error = failure(operation.take());
    // The reason, and not just that the time is over.
    assert_eq!(error.status(), Status::IdentityUnavailable, "{error}");
    assert!(clock.slept().iter().sum::<Duration>() < Duration::from_secs(2));
}
