//! Each source's table of retries as a computed schedule, and once on the real clock.

use std::sync::Arc;
use std::time::Duration;

use doorkey::{Call, Client, ClientOptions, Identity, Status};
use doorkey_emulator::{Emulator, Fault, Host, dead_port};

use super::*;
use crate::common::*;

/// A source's table, as the documentation and the official libraries have it.
struct Table {
    hosts: &'static [Host],
    /// Statuses that are tried again, and after how many milliseconds.
    again: &'static [u16],
    delays: &'static [u64],
    /// Statuses that are not.
    never: &'static [u16],
    /// After a connection that was refused.
    refused: &'static [u64],
    /// The variable with the endpoint.
    variable: &'static str,
}

const TABLES: [Table; 6] = [
    Table {
        hosts: &[Host::Imds],
        again: &[404, 408, 429, 500, 501, 502, 503, 504, 511],
        delays: &[1000, 2000, 4000],
        never: &[400, 401, 403, 405],
        refused: &[],
        variable: "AZURE_POD_IDENTITY_AUTHORITY_HOST",
    },
    Table {
        hosts: &[
            Host::AppService,
            Host::Functions,
            Host::ContainerApps,
            Host::Automation,
            Host::HybridWorker,
            Host::ArcKubernetes,
        ],
        again: &[404, 408, 429, 500, 502, 503, 504],
        delays: &[1000, 1000, 1000],
        never: &[400, 401, 403, 405, 410, 501],
        refused: &[500, 1000, 2000, 4000, 4000],
        variable: "IDENTITY_ENDPOINT",
    },
    Table {
        hosts: &[Host::AzureMl, Host::CloudShell, Host::AppService2017],
        again: &[404, 408, 429, 500, 502, 503, 504],
        delays: &[1000, 1000, 1000],
        never: &[400, 401, 403, 405, 410, 501],
        refused: &[500, 1000, 2000, 4000, 4000],
        variable: "MSI_ENDPOINT",
    },
    Table {
        hosts: &[Host::Arc],
        again: &[404, 408, 410, 429, 500, 502, 503, 504],
        delays: &[1000, 1000, 1000],
        never: &[400, 403, 405, 501],
        refused: &[500, 1000],
        variable: "IDENTITY_ENDPOINT",
    },
    Table {
        hosts: &[Host::ServiceFabric],
        again: &[408, 429, 500, 501, 502, 503],
        delays: &[1000, 2000, 4000, 8000, 16_000],
        never: &[400, 401, 403, 404, 410],
        refused: &[500, 1000],
        variable: "IDENTITY_ENDPOINT",
    },
    Table {
        hosts: &[Host::WorkloadIdentity],
        again: &[408, 429, 500, 502, 503, 504],
        delays: &[800, 1600, 3200, 6400],
        never: &[400, 401, 403, 404, 410, 501],
        refused: &[800, 1600],
        variable: "AZURE_AUTHORITY_HOST",
    },
];

/// What happens on that host when every answer is this.
fn outcome(host: Host, fault: Fault) -> (Vec<Duration>, u64, doorkey::Error) {
    let emulator = machine(host);
    let clock = TestClock::new();
    emulator.fault(fault.always());
    let options = options_for(&emulator, Identity::Default, &[]);
    let client = Client::new(on_test_clock(options, &clock)).unwrap();
    let error = failure(token(&client));
    (clock.slept(), emulator.requests().token, error)
}

fn assert_schedule(slept: &[Duration], table_ms: &[u64], what: &str) {
    assert_eq!(slept.len(), table_ms.len(), "{what}: {slept:?}");
    for (delay, base) in slept.iter().zip(table_ms) {
        let ms = delay.as_millis() as u64;
        assert!((*base..=base + base / 4).contains(&ms), "{what}: {slept:?}");
    }
}

#[test]
fn passing_statuses_are_tried_again_by_the_sources_table() {
    for table in TABLES {
        for &host in table.hosts {
            for &status in table.again {
                let (slept, requests, error) = outcome(host, Fault::token().status(status));
                let what = format!("{} {status}", host.name());
                assert_schedule(&slept, table.delays, &what);
                assert_eq!(requests as usize, table.delays.len() + 1, "{what}");
                assert_eq!(error.http_status(), Some(status), "{what}");
            }
        }
    }
}

#[test]
fn refusals_are_not_tried_again() {
    for table in TABLES {
        for &host in table.hosts {
            for &status in table.never {
                let (slept, requests, error) = outcome(host, Fault::token().status(status));
                let what = format!("{} {status}", host.name());
                assert!(slept.is_empty(), "{what}: {slept:?}");
                assert_eq!(requests, 1, "{what}");
                assert_eq!(error.http_status(), Some(status), "{what}");
            }
        }
    }
}

#[test]
fn a_connection_that_is_refused_is_tried_again_by_the_sources_table() {
    for table in TABLES {
        for &host in table.hosts {
            let emulator = machine(host);
            let clock = TestClock::new();
            let is_tls = matches!(host, Host::ServiceFabric | Host::WorkloadIdentity);
            let dead = if is_tls {
                dead_port().replace("http:", "https:")
            } else {
                dead_port()
            };
            let more = [(table.variable, dead.as_str())];
            let options = options_for(&emulator, Identity::Default, &more);
            let client = Client::new(on_test_clock(options, &clock)).unwrap();
            let error = failure(token(&client));
            let status = match host {
                Host::WorkloadIdentity => Status::Network,
                _ => Status::IdentityUnavailable,
            };
            assert_eq!(error.status(), status, "{}: {error}", host.name());
            assert_schedule(&clock.slept(), table.refused, host.name());
        }
    }
}

#[test]
fn a_dropped_connection_is_tried_again_by_the_sources_table() {
    for table in TABLES {
        for &host in table.hosts {
            let (slept, _, error) = outcome(host, Fault::token().drop_connection());
            assert_schedule(&slept, table.delays, host.name());
            assert_eq!(error.status(), Status::Network, "{}: {error}", host.name());
        }
    }
}

#[test]
fn what_comes_back_in_time_is_taken() {
    for table in TABLES {
        for &host in table.hosts {
            let emulator = machine(host);
            let clock = TestClock::new();
            let failures = table.delays.len() as u64;
            emulator.fault(Fault::token().times(failures).status(503));
            let options = options_for(&emulator, Identity::Default, &[]);
            let client = Client::new(on_test_clock(options, &clock)).unwrap();
            // Service Fabric's and the directory's waits fit into the time limit, too.
            token(&client).unwrap();
            assert_eq!(clock.slept().len(), table.delays.len());
        }
    }
}

/// The waits when every answer says this in `Retry-After`.
fn asked_to_wait(host: Host, value: &str, times: u64) -> Vec<Duration> {
    let emulator = machine(host);
    let clock = TestClock::new();
    let fault = Fault::token().times(times).status(429);
    emulator.fault(fault.header("Retry-After", value));
    let options = options_for(&emulator, Identity::Default, &[]);
    let client = Client::new(on_test_clock(options, &clock)).unwrap();
    token(&client).unwrap();
    clock.slept()
}

#[test]
fn a_host_is_given_the_seconds_or_the_time_that_it_asks_for() {
    for table in TABLES {
        let host = table.hosts[0];
        let seven = Duration::from_secs(7);
        assert_eq!(
            asked_to_wait(host, "7", 2),
            [seven, seven],
            "{}",
            host.name()
        );
        // The test clock begins at 15:06:40.
        let date = "Sun, 15 Jun 2025 15:06:49 GMT";
        let nine = Duration::from_secs(9);
        assert_eq!(asked_to_wait(host, date, 1), [nine], "{}", host.name());
    }
}

#[test]
fn a_retry_after_that_is_shorter_or_senseless_shortens_nothing() {
    for value in ["0", "-3", "soon", "", "Sun, 15 Jun 2025 15:00:00 GMT"] {
        let slept = asked_to_wait(Host::AppService, value, 3);
        assert_schedule(&slept, &[1000, 1000, 1000], value);
    }
}

#[test]
fn a_wait_past_the_deadline_is_not_begun_and_the_reason_is_kept() {
    for table in TABLES {
        for &host in table.hosts {
            let fault = Fault::token().status(429).header("Retry-After", "3600");
            let (slept, requests, error) = outcome(host, fault);
            assert_eq!((slept.len(), requests), (0, 1), "{}", host.name());
            assert_eq!(error.status(), Status::Throttled);
            assert_eq!(error.retry_after(), Some(Duration::from_secs(3600)));
        }
    }
}

/// A client that may wait long, for a metadata service that is being updated.
fn updated(emulator: &Emulator, clock: &Arc<TestClock>) -> Client {
    let options = ClientOptions {
        timeout: Some(Duration::from_secs(300)),
        ..options_for(emulator, Identity::Default, &[])
    };
    Client::new(on_test_clock(options, clock)).unwrap()
}

#[test]
fn an_updating_metadata_service_is_waited_for_seventy_seconds_and_not_much_longer() {
    let emulator = machine(Host::Imds);
    for _ in 0..8 {
        let clock = TestClock::new();
        emulator.fault(Fault::token().times(8).status(410));
        let error = failure(forced_token(&updated(&emulator, &clock)));
        assert_says(&error, Status::ServiceUnavailable, 410, "70 seconds");
        let waited: Duration = clock.slept().iter().sum();
        let bounds = Duration::from_secs(70)..=Duration::from_secs(75);
        assert!(bounds.contains(&waited), "{waited:?}");
    }
}

#[test]
fn a_metadata_service_that_is_back_after_thirty_seconds_gives_its_token() {
    let emulator = machine(Host::Imds);
    let clock = TestClock::new();
    emulator.fault(Fault::token().times(3).status(410));
    token(&updated(&emulator, &clock)).unwrap();
    assert_eq!(clock.slept().len(), 3);
}

#[test]
fn a_storm_of_throttling_is_one_schedule_however_many_wait() {
    for host in [Host::Imds, Host::AppService, Host::ServiceFabric] {
        let table = TABLES.iter().find(|table| table.hosts.contains(&host));
        let delays = table.unwrap().delays;
        let emulator = machine(host);
        let clock = TestClock::new();
        let client = client_on(&emulator, &clock);
        let gate = emulator.hold(Fault::token().always().status(429));
        let waiting: Vec<_> = (0..64)
            .map(|_| client.get_token(VAULT_AUDIENCE, &Call::default()).unwrap())
            .collect();
        gate.wait_for(1);
        gate.release();
        for operation in waiting {
            assert_eq!(failure(operation.take()).status(), Status::Throttled);
        }
        assert_eq!(emulator.requests().token as usize, delays.len() + 1);
        assert_schedule(&clock.slept(), delays, host.name());
    }
}

#[test]
fn a_retry_of_the_agents_two_requests_begins_with_a_challenge_of_its_own() {
    let emulator = machine(Host::Arc);
    let clock = TestClock::new();
    emulator.fault(Fault::token().status(503));
    emulator.fault(Fault::token().skip(1).status(503));
    token(&client_on(&emulator, &clock)).unwrap();
    assert_schedule(&clock.slept(), &[1000, 1000], "arc");
    let keys = emulator.arc_keys();
    let sent: Vec<_> = asked(&emulator)
        .iter()
        .filter_map(|r| r.header("authorization").map(str::to_owned))
        .collect();
    // The first key may have been used up by the answer that was none.
    assert_ne!(keys[0], keys[1]);
    let expected = [&keys[0], &keys[1]].map(|key| format!("Basic {key}"));
    assert_eq!(sent, expected);
    assert_eq!(emulator.requests().token, 5);
}

#[test]
fn no_retries_means_none_on_any_host() {
    for host in Host::ALL {
        let emulator = machine(host);
        emulator.fault(Fault::token().always().status(503));
        let options = ClientOptions {
            retries_max: Some(0),
            ..options_for(&emulator, Identity::Default, &[])
        };
        failure(token(&Client::new(options).unwrap()));
        assert_eq!(emulator.requests().token, 1, "{}", host.name());
    }
}

#[test]
fn each_table_really_waits_on_the_real_clock() {
    std::thread::scope(|scope| {
        for table in TABLES {
            scope.spawn(move || {
                let emulator = machine(table.hosts[0]);
                emulator.fault(Fault::token().status(503));
                let began = std::time::Instant::now();
                token(&client(&emulator)).unwrap();
                // A wait cannot be too long here, for nothing says how busy this machine is.
                let least = Duration::from_millis(table.delays[0]);
                assert!(began.elapsed() >= least, "{}", table.hosts[0].name());
            });
        }
    });
}
