//! The program `doorkey-emulator serve`: what it prints, when it stops, what it leaves behind.

mod common;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use common::{Ask, TOKEN_TARGET, client_config, connect, exchange, handshake};
use serde_json::Value;

/// The program with a kept standard input; killed at the latest when the test ends.
struct Program(Child);

impl Program {
    fn start(arguments: &[&str]) -> Self {
        let child = Command::new(env!("CARGO_BIN_EXE_doorkey-emulator"))
            .arg("serve")
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        Self(child)
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        let output = self.0.stdout.as_mut().expect("an output");
        BufReader::new(output)
            .read_line(&mut line)
            .expect("a readable line");
        line
    }

    fn json(&mut self) -> Value {
        serde_json::from_str(&self.line()).expect("a line of JSON")
    }

    /// Ends its input and gives what it printed from here on.
    fn end(mut self) -> String {
        drop(self.0.stdin.take());
        let mut rest = String::new();
        let output = self.0.stdout.as_mut().expect("an output");
        output.read_to_string(&mut rest).expect("readable output");
        assert!(self.0.wait().expect("an end").success());
        rest
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_doorkey-emulator"))
        .arg("serve")
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .expect("the program runs")
}

fn address(url: &Value) -> &str {
    let url = url.as_str().expect("a URL");
    url.strip_prefix("http://").expect("an http URL")
}

#[test]
fn json_is_one_line_with_all_that_a_test_needs() {
    let mut program = Program::start(&["--format", "json", "--until-eof", "--control"]);
    let served = program.json();
    let port = served["vault_port"].as_u64().expect("a port");
    assert_eq!(served["vault_suffix"], format!("vault.localhost:{port}"));
    assert_eq!(
        served["vault_url"],
        format!("https://demo.vault.localhost:{port}")
    );
    let environment = &served["environment"];
    assert_eq!(
        environment["AZURE_POD_IDENTITY_AUTHORITY_HOST"],
        served["imds"]
    );
    assert_eq!(environment["DOORKEY_CA_FILE"], served["ca_file"]);
    assert_eq!(environment["DOORKEY_VAULT_SUFFIX"], served["vault_suffix"]);
    for url in [&served["imds"], &served["control"]] {
        TcpStream::connect(address(url)).expect("it listens");
    }
    assert_eq!(program.end(), "", "one line and no more");
}

#[test]
fn the_control_endpoint_is_closed_unless_asked_for() {
    let mut program = Program::start(&["--format", "json", "--until-eof"]);
    assert!(program.json().get("control").is_none());
    program.end();
}

#[test]
fn the_end_of_its_input_ends_it_and_removes_the_certificate() {
    let mut program = Program::start(&["--format", "json", "--until-eof"]);
    let served = program.json();
    let file = Path::new(served["ca_file"].as_str().expect("a path")).to_owned();
    assert!(file.is_absolute() && file.exists());
    program.end();
    assert!(!file.parent().expect("a folder").exists());
    TcpStream::connect(address(&served["imds"])).expect_err("nobody listens");
}

#[test]
fn what_comes_on_its_input_does_not_end_it() {
    let mut program = Program::start(&["--format", "json", "--until-eof"]);
    let served = program.json();
    let input = program.0.stdin.as_mut().expect("an input");
    input.write_all(b"quit\n").expect("a writable input");
    input.flush().expect("a writable input");
    TcpStream::connect(address(&served["imds"])).expect("it listens");
    program.end();
}

#[test]
fn for_people_it_prints_the_environment_for_both_shells_and_no_value() {
    let output = run(&["--secret", "MyTestSecret=p@ssw0rd!", "--until-eof"]);
    let text = String::from_utf8(output.stdout).expect("text");
    for name in [
        "AZURE_POD_IDENTITY_AUTHORITY_HOST",
        "DOORKEY_CA_FILE",
        "DOORKEY_VAULT_SUFFIX",
    ] {
        assert!(text.contains(&format!("export {name}='")), "{text}");
        assert!(text.contains(&format!("$env:{name} = '")), "{text}");
    }
    assert!(text.contains("MyTestSecret") && text.contains("https://demo.vault.localhost:"));
    assert!(!text.contains("p@ssw0rd!"), "{text}");
}

#[test]
fn a_quote_in_a_path_survives_in_both_shells() {
    let folder = std::env::temp_dir().join(format!("doorkey o'clock {}", std::process::id()));
    std::fs::create_dir(&folder).expect("a folder");
    let file = folder.join("ca.pem");
    let path = file.to_str().expect("a path in UTF-8");
    let output = run(&["--until-eof", "--ca-file", path]);
    std::fs::remove_dir(&folder).expect("the certificate is gone");
    let text = String::from_utf8(output.stdout).expect("text");
    let sh = format!("export DOORKEY_CA_FILE='{}'", path.replace('\'', r"'\''"));
    assert!(text.contains(&sh), "{text}");
    let powershell = format!("$env:DOORKEY_CA_FILE = '{}'", path.replace('\'', "''"));
    assert!(text.contains(&powershell), "{text}");
}

#[test]
fn vaults_secrets_and_identities_are_taken_from_the_command_line() {
    let output = run(&[
        "--vault",
        "one",
        "--vault",
        "two",
        "--secret",
        "two/name=a=b",
        "--user-assigned",
        "client-id=11111111-2222-3333-4444-555555555555,resource-id=/y",
        "--no-system-assigned",
        "--token-lifetime",
        "60",
        "--no-token-cache",
        "--until-eof",
    ]);
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).expect("text");
    assert!(text.contains("https://one.vault.localhost:"), "{text}");
    assert!(text.contains("https://two.vault.localhost:"), "{text}");
    assert!(text.contains("two/name"), "{text}");
}

#[test]
fn wrong_arguments_are_refused_with_a_reason() {
    for (arguments, reason) in [
        (["--secret", "novalue"], "NAME=VALUE"),
        (["--secret", "nobody/name=value"], "nobody"),
        (
            ["--user-assigned", "kind=x"],
            "client-id, object-id or resource-id",
        ),
        (["--user-assigned", "client-id="], "client-id is empty"),
        (["--user-assigned", "client-id=zz"], "must be a GUID"),
        (["--secret", "a_b=x"], "cannot be a secret's name"),
        (["--vault", "a_b"], "cannot be a vault's name"),
        (["--token-lifetime", "0"], "0"),
        (["--imds-port", "70000"], "70000"),
        (["--ca-file", "/no/such/folder/ca.pem"], "/no/such/folder"),
    ] {
        let output = run(&arguments);
        assert!(!output.status.success(), "{arguments:?}");
        let text = String::from_utf8(output.stderr).expect("text");
        assert!(text.contains(reason), "{text}");
    }
}

#[test]
fn a_fixed_port_is_used_and_can_be_used_again_at_once() {
    let mut chosen = Program::start(&["--format", "json", "--until-eof"]);
    let imds = chosen.json()["imds"].clone();
    let port = address(&imds).rsplit(':').next().expect("a port");
    let taken = run(&["--imds-port", port]);
    let text = String::from_utf8(taken.stderr).expect("text");
    let reason = format!("cannot listen on 127.0.0.1:{port}");
    assert!(!taken.status.success() && text.contains(&reason), "{text}");
    chosen.end();
    let mut left = Vec::new();
    for _ in 0..2 {
        let arguments = ["--format", "json", "--until-eof", "--imds-port", port];
        let mut fixed = Program::start(&arguments);
        assert_eq!(fixed.json()["imds"], imds);
        // A connection that the server was the first to close keeps the port busy after it.
        left.push(TcpStream::connect(address(&imds)).expect("it listens"));
        fixed.end();
    }
}

#[test]
#[cfg(unix)]
fn an_interrupt_or_a_polite_kill_ends_it_and_removes_the_certificate() {
    for signal in ["INT", "TERM", "HUP"] {
        let mut program = Program::start(&["--format", "json"]);
        let served = program.json();
        let file = Path::new(served["ca_file"].as_str().expect("a path")).to_owned();
        let id = program.0.id().to_string();
        let killed = Command::new("kill").args(["-s", signal, &id]).status();
        assert!(killed.expect("a kill").success());
        assert!(program.0.wait().expect("an end").success(), "{signal}");
        assert!(!file.exists(), "{signal}");
    }
}

#[test]
fn a_source_makes_it_another_machine_with_that_machines_variables() {
    for (word, source, variable) in [
        ("imds", "imds", "AZURE_POD_IDENTITY_AUTHORITY_HOST"),
        ("functions", "app-service", "IDENTITY_HEADER"),
        ("cloud-shell", "cloud-shell", "MSI_ENDPOINT"),
        (
            "service-fabric",
            "service-fabric",
            "IDENTITY_SERVER_THUMBPRINT",
        ),
        (
            "workload-identity",
            "workload-identity",
            "AZURE_FEDERATED_TOKEN_FILE",
        ),
    ] {
        let arguments = ["--source", word, "--format", "json", "--until-eof"];
        let mut program = Program::start(&arguments);
        let served = program.json();
        assert_eq!(served["host"], word);
        assert_eq!(served["source"], source);
        let endpoint = served["token_endpoint"].as_str().expect("a URL");
        let port = served["imds"].as_str().expect("a URL");
        let (_, port) = port.rsplit_once(':').expect("a port");
        assert!(endpoint.contains(&format!(":{port}/")), "{endpoint}");
        assert!(served["environment"][variable].is_string(), "{served}");
        program.end();
    }
}

#[test]
fn an_unknown_source_is_refused_with_those_there_are() {
    let output = run(&["--source", "vm", "--until-eof"]);
    assert!(!output.status.success());
    let text = String::from_utf8(output.stderr).expect("text");
    assert!(
        text.contains("it must be one of imds, app-service, functions, "),
        "{text}"
    );
}

#[test]
fn the_folder_for_arcs_keys_can_be_chosen_and_goes_at_the_end() {
    let name = format!("doorkey-program-arc-{}", std::process::id());
    let folder = std::env::temp_dir().join(name);
    let path = folder.to_str().expect("a path in UTF-8");
    let arguments = [
        "--source",
        "arc",
        "--arc-tokens",
        path,
        "--format",
        "json",
        "--until-eof",
    ];
    let mut program = Program::start(&arguments);
    program.json();
    assert!(folder.exists());
    program.end();
    assert!(!folder.exists());
}

#[test]
fn a_token_proxy_is_there_when_it_is_asked_for() {
    let arguments = [
        "--source",
        "workload-identity",
        "--format",
        "json",
        "--until-eof",
    ];
    let mut program = Program::start(&arguments);
    let without = program.json();
    program.end();
    let mut program = Program::start(&[arguments.as_slice(), &["--token-proxy"]].concat());
    let with = program.json();
    program.end();
    let name = "AZURE_KUBERNETES_TOKEN_PROXY";
    assert!(without["environment"][name].is_null());
    assert!(with["environment"][name].is_string(), "{with}");
}

#[test]
fn the_vaults_can_be_protected_and_slow() {
    let mut program = Program::start(&[
        "--format",
        "json",
        "--until-eof",
        "--secret",
        "slow=v",
        "--purge-protection",
        "--consistency-lag",
        "1",
    ]);
    let served = program.json();
    let text = |name: &str| served[name].as_str().expect("a text").to_owned();
    let pem = std::fs::read_to_string(text("ca_file")).expect("a certificate");
    let token_host = address(&served["imds"]).to_owned();
    let token_ask = Ask::get(TOKEN_TARGET).header("Metadata", "true");
    let mut stream = connect(token_host.parse().expect("an address"));
    let token = exchange(&mut stream, &token_host, &token_ask)
        .expect("a token")
        .json();
    let token = token["access_token"].as_str().expect("a token");
    let port = served["vault_port"].as_u64().expect("a port");
    let host = format!("demo.vault.localhost:{port}");
    let statuses = [
        "/secrets/slow",
        "/deletedsecrets/slow",
        "/deletedsecrets/slow",
    ]
    .map(|path| {
        let vault = format!("127.0.0.1:{port}").parse().expect("an address");
        let config = client_config(&pem, rustls::ALL_VERSIONS);
        let mut stream = handshake(config, vault, "demo.vault.localhost").expect("a handshake");
        let target = format!("{path}?api-version=7.4");
        let ask = Ask::new("DELETE", &target).bearer(token);
        exchange(&mut stream, &host, &ask)
            .expect("an answer")
            .status
    });
    assert_eq!(statuses, [200, 409, 403]);
}
