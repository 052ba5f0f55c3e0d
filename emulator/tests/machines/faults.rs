//! Faults of the token endpoint, whatever the host: they have the host's words, and echo in the host's form.

use doorkey_emulator::{Emulator, Fault, Host};

use crate::common::{Ask, Reply, imds};
use crate::support::{machine, start};

/// The hosts that answer without TLS, with the place of the text in their errors.
const PLAIN: [(Host, &str); 11] = [
    (Host::Imds, "/error_description"),
    (Host::AppService, "/message"),
    (Host::Functions, "/message"),
    (Host::ContainerApps, "/message"),
    (Host::Automation, "/message"),
    (Host::HybridWorker, "/message"),
    (Host::Arc, "/error_description"),
    (Host::ArcKubernetes, "/message"),
    (Host::CloudShell, "/error/message"),
    (Host::AzureMl, ""),
    (Host::AppService2017, "/Message"),
];

fn text_of(reply: &Reply, place: &str) -> String {
    if place.is_empty() {
        return reply.text();
    }
    let body = reply.json();
    let text = body.pointer(place).and_then(|text| text.as_str());
    text.expect("a text").to_owned()
}

fn any(host: Host) -> Emulator {
    let name = format!("doorkey-faults-{}-{}", std::process::id(), host.name());
    let folder = std::env::temp_dir().join(name);
    start(Emulator::builder().host(host).arc_tokens(folder))
}

#[test]
fn a_status_has_the_words_of_the_host() {
    for (host, place) in PLAIN {
        let emulator = any(host);
        for status in [400, 404, 410, 429, 500, 503] {
            emulator.fault(Fault::token().status(status).header("Retry-After", "1"));
            let reply = imds(&emulator, &Ask::get("/"));
            assert_eq!(reply.status, status, "{host:?}");
            assert_eq!(reply.header("Retry-After"), Some("1"));
            assert!(!text_of(&reply, place).is_empty(), "{host:?}");
            assert_eq!(reply.header("Server").is_some(), host == Host::Imds);
        }
    }
}

#[test]
fn an_echo_has_the_form_of_the_host() {
    for (host, place) in PLAIN {
        let emulator = any(host);
        emulator.fault(Fault::token().echo_request_headers());
        let reply = imds(&emulator, &Ask::get("/").header("X-Test", "find me"));
        assert_eq!(reply.status, 400);
        let text = text_of(&reply, place);
        assert!(text.contains("find me"), "{host:?}: {text}");
    }
}

#[test]
fn a_held_request_of_any_host_can_be_waited_for() {
    let emulator = machine(Host::CloudShell);
    let gate = emulator.hold(Fault::token().status(503));
    std::thread::scope(|scope| {
        let asking = scope.spawn(|| imds(&emulator, &Ask::new("POST", "/").form("a=b")));
        gate.wait_for(1);
        assert_eq!(emulator.log()[0].body, "a=b");
        gate.release();
        assert_eq!(asking.join().expect("an answer").status, 503);
    });
}
