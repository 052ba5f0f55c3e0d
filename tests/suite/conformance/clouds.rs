//! Every cloud whose suffix is known: the token goes with the first request, so a cold secret takes two round trips.
//! The suffixes are those of Microsoft Learn, "Azure Key Vault keys, secrets and certificates overview".

use doorkey::VaultSuffix;

use super::*;

const CLOUDS: [(&str, &str); 6] = [
    ("vault.azure.net", "https://vault.azure.net"),
    ("vault.azure.cn", "https://vault.azure.cn"),
    ("vault.usgovcloudapi.net", "https://vault.usgovcloudapi.net"),
    ("vault.microsoftazure.de", "https://vault.microsoftazure.de"),
    ("vault.sovcloud-api.fr", "https://vault.sovcloud-api.fr"),
    ("vault.sovcloud-api.de", "https://vault.sovcloud-api.de"),
];

fn options_of(emulator: &Emulator, suffix: &str) -> ClientOptions {
    let host = format!("{VAULT}.{suffix}");
    ClientOptions {
        environment: environment(emulator, &[("DOORKEY_VAULT_SUFFIX", "")]),
        dial: vec![(host, Some(emulator.vault_address()))],
        ..options(emulator)
    }
}

/// That what is done by `work` takes one token for this audience and one request to a vault, which bears it.
fn assert_two_round_trips(emulator: &Emulator, audience: &str, work: impl FnOnce()) {
    emulator.reset_requests();
    work();
    let requests = emulator.requests();
    assert_eq!((requests.token, requests.vault), (1, 1), "{audience}");
    assert!(legs(emulator)[0].with_token);
    assert_eq!(audiences(emulator), [audience]);
}

#[test]
fn a_cold_secret_takes_two_round_trips_in_every_cloud() {
    for (suffix, audience) in CLOUDS {
        let emulator = start(Emulator::builder().vault_suffix(suffix));
        let client = Client::new(options_of(&emulator, suffix)).unwrap();
        assert_two_round_trips(&emulator, audience, || {
            let secret = secret_in(&client, &format!("https://{VAULT}.{suffix}")).unwrap();
            assert_eq!(secret.value().as_str(), Some(VALUE));
        });
    }
}

#[test]
fn a_cold_write_takes_two_round_trips_in_every_cloud() {
    for (suffix, audience) in CLOUDS {
        let emulator = start(Emulator::builder().vault_suffix(suffix));
        let client = Client::new(options_of(&emulator, suffix)).unwrap();
        assert_two_round_trips(&emulator, audience, || {
            set_in(&client, &format!("{VAULT}.{suffix}"), "new").unwrap();
        });
    }
}

#[test]
fn the_public_cloud_completes_a_bare_name() {
    let emulator = start(Emulator::builder().vault_suffix("vault.azure.net"));
    let client = Client::new(options_of(&emulator, "vault.azure.net")).unwrap();
    assert_two_round_trips(&emulator, "https://vault.azure.net", || {
        secret(&client).unwrap();
    });
}

#[test]
fn the_variables_suffix_completes_a_bare_name_in_two_round_trips() {
    for (suffix, audience) in CLOUDS
        .into_iter()
        .chain([("vault.stack.example", OWN_AUDIENCE)])
    {
        let emulator = start(Emulator::builder().vault_suffix(suffix));
        let client = Client::new(ClientOptions {
            environment: environment(&emulator, &[("DOORKEY_VAULT_SUFFIX", suffix)]),
            ..options_of(&emulator, suffix)
        })
        .unwrap();
        assert_two_round_trips(&emulator, audience, || {
            secret(&client).unwrap();
        });
    }
}

#[test]
fn a_suffix_of_the_options_is_known_as_the_built_in_ones_are() {
    let emulator = start(Emulator::builder().vault_suffix("vault.stack.example"));
    let client = Client::new(ClientOptions {
        vault_suffixes: vec![VaultSuffix::new("vault.stack.example", None).unwrap()],
        ..options_of(&emulator, "vault.stack.example")
    })
    .unwrap();
    assert_two_round_trips(&emulator, OWN_AUDIENCE, || {
        secret(&client).unwrap();
    });
}

#[test]
fn a_suffix_of_the_options_may_have_an_audience_of_its_own() {
    let audience = "https://vault.adfs.stack.example";
    let suffix = VaultSuffix::new("vault.stack.example", Some(audience)).unwrap();
    let emulator = start(
        Emulator::builder()
            .vault_suffix("vault.stack.example")
            .resource(audience),
    );
    let client = Client::new(ClientOptions {
        vault_suffixes: vec![suffix],
        ..options_of(&emulator, "vault.stack.example")
    })
    .unwrap();
    emulator.fault(Fault::vault().body(bundle(OWN_VAULT)));
    assert_two_round_trips(&emulator, audience, || {
        secret(&client).unwrap();
    });
}

#[test]
fn a_host_of_a_suffix_that_nobody_made_known_takes_three() {
    let emulator = start(Emulator::builder().vault_suffix("vault.stack.example"));
    let client = Client::new(options_of(&emulator, "vault.stack.example")).unwrap();
    secret_in(&client, OWN_VAULT).unwrap();
    let requests = emulator.requests();
    assert_eq!((requests.token, requests.vault), (1, 2));
}

#[test]
fn the_second_secret_of_a_cloud_takes_one_round_trip() {
    for (suffix, _) in CLOUDS {
        let emulator = start(Emulator::builder().vault_suffix(suffix));
        let client = Client::new(options_of(&emulator, suffix)).unwrap();
        let vault = format!("{VAULT}.{suffix}");
        secret_in(&client, &vault).unwrap();
        emulator.reset_requests();
        secret_in(&client, &vault).unwrap();
        let requests = emulator.requests();
        assert_eq!((requests.token, requests.vault), (0, 1), "{suffix}");
    }
}
