//! When a vault is reached by a proxy, and by which: never on this machine, never where `NO_PROXY` exempts it, else as the most
//! particular variable says. What the proxy is told then is in `proxy.rs`.

use std::collections::HashMap;

use doorkey::Environment;

use super::*;

/// A client that reaches them without one, too.
fn free(emulator: &Emulator, more: &[(&str, &str)]) -> Client {
    Client::new(ClientOptions {
        dial: vec![(HOST.to_owned(), Some(emulator.vault_address()))],
        ..proxied_options(emulator, more)
    })
    .unwrap()
}

#[test]
fn this_machine_is_never_proxied() {
    let emulator = emulator();
    let proxy = Proxy::start(emulator.vault_address(), OPEN);
    let port = emulator.vault_address().port();
    let all = [("HTTPS_PROXY", &*proxy.url), ("ALL_PROXY", &proxy.url)];
    let client = Client::new(ClientOptions {
        trust_any_challenge: true,
        ..proxied_options(&emulator, &all)
    });
    let client = client.unwrap();
    for host in [
        "127.0.0.1",
        "localhost",
        "LOCALHOST",
        "demo.vault.localhost",
    ] {
        secret_in(&client, &format!("https://{host}:{port}")).unwrap();
    }
    assert!(proxy.heads().is_empty(), "{:?}", proxy.heads());
}

#[test]
fn this_machines_other_addresses_are_never_proxied_either() {
    let emulator = emulator();
    let proxy = Proxy::start(emulator.vault_address(), OPEN);
    let client = proxied(&emulator, &[("HTTPS_PROXY", &proxy.url)]);
    let dead = dead_port();
    let port = dead.rsplit(':').next().unwrap();
    let mut hosts = vec!["[::1]", "[0:0:0:0:0:0:0:1]", "127.1", "2130706433"];
    if cfg!(target_os = "linux") {
        // Elsewhere nobody says no there.
        hosts.push("127.255.255.254");
    }
    for host in hosts {
        let error = failure(secret_in(&client, &format!("https://{host}:{port}")));
        assert_eq!(error.status(), Status::Network, "{host}: {error}");
    }
    assert!(proxy.heads().is_empty(), "{:?}", proxy.heads());
}

#[test]
fn a_name_that_only_looks_like_this_machine_is_proxied() {
    let emulator = public_cloud();
    let proxy = Proxy::start(emulator.vault_address(), CLOSED);
    let client = proxied(&emulator, &[("HTTPS_PROXY", &proxy.url)]);
    for host in [
        "notlocalhost",
        "localhost.example",
        "192.0.2.7",
        "[2001:db8::7]",
    ] {
        let error = failure(secret_in(&client, &format!("https://{host}")));
        assert_eq!(error.status(), Status::Proxy, "{host}: {error}");
        let head = proxy.heads().pop().unwrap();
        assert!(head.starts_with(&format!("CONNECT {host}:443 ")), "{head}");
    }
}

#[test]
fn no_proxy_is_read_as_curl_reads_it() {
    let emulator = public_cloud();
    for (list, is_exempt) in [
        (HOST, true),
        ("DEMO.Vault.Azure.NET", true),
        ("vault.azure.net", true),
        ("azure.net", true),
        ("net", true),
        (".azure.net", true),
        (".demo.vault.azure.net", true),
        ("azure.net.", true),
        ("*", true),
        ("other.example,azure.net", true),
        ("other.example, azure.net", true),
        ("other.example azure.net", true),
        (",,azure.net,", true),
        ("zure.net", false),
        ("mo.vault.azure.net", false),
        ("a.demo.vault.azure.net", false),
        ("demo", false),
        ("*.azure.net", false),
        ("other.example,*", false),
        ("demo.vault.azure.net:443", false),
        ("https://demo.vault.azure.net", false),
        ("0.0.0.0/0", false),
        ("::/0", false),
        (",", false),
        (".", false),
    ] {
        let proxy = Proxy::start(emulator.vault_address(), OPEN);
        let client = free(
            &emulator,
            &[("HTTPS_PROXY", &proxy.url), ("NO_PROXY", list)],
        );
        secret(&client).unwrap();
        assert_eq!(proxy.heads().is_empty(), is_exempt, "{list:?}");
    }
}

#[test]
fn an_address_is_exempt_by_no_other_address_or_network() {
    // That those it lies in do exempt it cannot be shown without a byte that leaves this machine: a test beside
    // the rules has it.
    let emulator = public_cloud();
    for (host, lists) in [
        (
            "192.0.2.7",
            &[
                "192.0.2.8",
                "192.0.2.8/29",
                "198.51.100.0/24",
                "2.7",
                "192.0.2",
                ".7",
                "192.0.2.7/x",
                "192.0.2.7:443",
                "::/0",
            ][..],
        ),
        (
            "[2001:db8::7]",
            &[
                "2001:db8::8",
                "2001:db8::8/125",
                "fd00::/8",
                "0.0.0.0/0",
                "db8::7",
                "::7",
            ][..],
        ),
    ] {
        let proxy = Proxy::start(emulator.vault_address(), CLOSED);
        for list in lists {
            let client = proxied(
                &emulator,
                &[("HTTPS_PROXY", &proxy.url), ("NO_PROXY", list)],
            );
            let error = failure(secret_in(&client, &format!("https://{host}")));
            assert_eq!(error.status(), Status::Proxy, "{host} {list}: {error}");
        }
        assert_eq!(proxy.heads().len(), lists.len());
    }
}

#[test]
fn of_several_variables_the_most_particular_counts_and_lower_case_first() {
    let emulator = public_cloud();
    for (pairs, is_used) in [
        (&[("ALL_PROXY", "right")][..], true),
        (&[("all_proxy", "right")], true),
        (&[("HTTPS_PROXY", "right"), ("ALL_PROXY", "wrong")], true),
        (&[("HTTPS_PROXY", "right"), ("all_proxy", "wrong")], true),
        (&[("https_proxy", "right"), ("HTTPS_PROXY", "wrong")], true),
        (&[("all_proxy", "right"), ("ALL_PROXY", "wrong")], true),
        (&[("https_proxy", ""), ("HTTPS_PROXY", "right")], true),
        (&[("HTTPS_PROXY", ""), ("ALL_PROXY", "right")], true),
        (
            &[
                ("HTTPS_PROXY", "wrong"),
                ("no_proxy", "azure.net"),
                ("NO_PROXY", "x"),
            ],
            false,
        ),
        (
            &[
                ("HTTPS_PROXY", "right"),
                ("no_proxy", "x"),
                ("NO_PROXY", "azure.net"),
            ],
            true,
        ),
        (
            &[
                ("HTTPS_PROXY", "wrong"),
                ("no_proxy", ""),
                ("NO_PROXY", "azure.net"),
            ],
            false,
        ),
        (&[("ALL_PROXY", "wrong"), ("NO_PROXY", "azure.net")], false),
        (&[("HTTP_PROXY", "wrong"), ("http_proxy", "wrong")], false),
    ] {
        let right = Proxy::start(emulator.vault_address(), OPEN);
        let wrong = Proxy::start(emulator.vault_address(), CLOSED);
        let given: Vec<_> = pairs
            .iter()
            .map(|(name, value)| match *value {
                "right" => (*name, right.url.as_str()),
                "wrong" => (*name, wrong.url.as_str()),
                other => (*name, other),
            })
            .collect();
        let read = secret(&free(&emulator, &given));
        read.unwrap_or_else(|error| panic!("{pairs:?}: {error}"));
        let used = (right.heads().len(), wrong.heads().len());
        assert_eq!(used, (usize::from(is_used), 0), "{pairs:?}");
    }
}

#[test]
fn the_way_is_that_of_the_moment_of_the_call() {
    let emulator = public_cloud();
    let (first, second) = (
        Proxy::start(emulator.vault_address(), OPEN),
        Proxy::start(emulator.vault_address(), OPEN),
    );
    let mut given: HashMap<String, String> = variables(&emulator).into_iter().collect();
    given.remove("DOORKEY_VAULT_SUFFIX");
    let given = Arc::new(Mutex::new(given));
    let shown = Arc::clone(&given);
    let client = Client::new(ClientOptions {
        environment: Environment::from_lookup(move |name| shown.lock().unwrap().get(name).cloned()),
        ..options(&emulator)
    });
    let client = client.unwrap();
    for proxy in [&first, &second, &first] {
        let mut given = given.lock().unwrap();
        given.insert("HTTPS_PROXY".to_owned(), proxy.url.clone());
        drop(given);
        secret(&client).unwrap();
    }
    assert_eq!(second.heads().len(), 1);
    assert!(!first.heads().is_empty());
}
