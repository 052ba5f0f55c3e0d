//! What each kind of machine has in its environment, and what it is called.

use doorkey_emulator::{Emulator, Host};

use crate::support::{machine, names, start, variable};

/// The Arc agent with its keys where they disturb nobody.
fn any(host: Host) -> Emulator {
    let name = format!("doorkey-environment-{}-{}", std::process::id(), host.name());
    let folder = std::env::temp_dir().join(name);
    start(Emulator::builder().host(host).arc_tokens(folder))
}

#[test]
fn each_host_sets_its_own_variables_and_no_others() {
    for (host, expected) in [
        (Host::Imds, "AZURE_POD_IDENTITY_AUTHORITY_HOST"),
        (
            Host::AppService,
            "IDENTITY_ENDPOINT IDENTITY_HEADER MSI_ENDPOINT MSI_SECRET",
        ),
        (
            Host::Functions,
            "IDENTITY_ENDPOINT IDENTITY_HEADER MSI_ENDPOINT MSI_SECRET",
        ),
        (
            Host::ContainerApps,
            "IDENTITY_ENDPOINT IDENTITY_HEADER MSI_ENDPOINT",
        ),
        (
            Host::Automation,
            "AZUREPS_HOST_ENVIRONMENT IDENTITY_ENDPOINT IDENTITY_HEADER MSI_ENDPOINT MSI_SECRET",
        ),
        (
            Host::HybridWorker,
            "AZUREPS_HOST_ENVIRONMENT IDENTITY_ENDPOINT IDENTITY_HEADER MSI_ENDPOINT MSI_SECRET",
        ),
        (Host::ArcKubernetes, "IDENTITY_ENDPOINT IDENTITY_HEADER"),
        (Host::CloudShell, "MSI_ENDPOINT"),
        (
            Host::ServiceFabric,
            "IDENTITY_API_VERSION IDENTITY_ENDPOINT IDENTITY_HEADER IDENTITY_SERVER_THUMBPRINT",
        ),
        (
            Host::AzureMl,
            "DEFAULT_IDENTITY_CLIENT_ID MSI_ENDPOINT MSI_SECRET",
        ),
        (
            Host::WorkloadIdentity,
            "AZURE_AUTHORITY_HOST AZURE_CLIENT_ID AZURE_FEDERATED_TOKEN_FILE AZURE_TENANT_ID",
        ),
        (Host::AppService2017, "MSI_ENDPOINT MSI_SECRET"),
        (Host::Arc, "IDENTITY_ENDPOINT IMDS_ENDPOINT"),
    ] {
        let emulator = any(host);
        assert_eq!(names(&emulator).join(" "), expected, "{host:?}");
        for own in ["DOORKEY_CA_FILE", "DOORKEY_VAULT_SUFFIX"] {
            assert!(variable(&emulator, own).is_some(), "{host:?}");
        }
    }
}

#[test]
fn both_generations_of_variables_have_equal_values() {
    for host in [Host::AppService, Host::Functions, Host::Automation] {
        let emulator = machine(host);
        let get = |name| variable(&emulator, name).expect("a variable");
        assert_eq!(get("IDENTITY_ENDPOINT"), get("MSI_ENDPOINT"));
        assert_eq!(get("IDENTITY_HEADER"), get("MSI_SECRET"));
        assert_eq!(Some(get("MSI_SECRET")), emulator.secret_header());
    }
}

#[test]
fn the_endpoint_is_written_as_the_platform_writes_it() {
    for (host, before, after) in [
        (Host::AppService, "http://127.0.0.1", "/msi/token/"),
        (Host::Functions, "http://localhost", "/msi/token"),
        (Host::ContainerApps, "http://localhost", "/msi/token"),
        (
            Host::Automation,
            "http://localhost",
            "/metadata/identity/oauth2/token",
        ),
        (Host::HybridWorker, "http://127.0.0.1", "/oauth2/token"),
        (
            Host::Arc,
            "http://localhost",
            "/metadata/identity/oauth2/token",
        ),
        (
            Host::ArcKubernetes,
            "http://127.0.0.1",
            "/metadata/identity/oauth2/token",
        ),
        (Host::CloudShell, "http://localhost", "/oauth2/token"),
        (
            Host::ServiceFabric,
            "https://localhost",
            "/metadata/identity/oauth2/token",
        ),
        (Host::AzureMl, "http://localhost", "/MSI/token"),
        (Host::AppService2017, "http://127.0.0.1", "/msi/token/"),
    ] {
        let emulator = any(host);
        let endpoint = format!("{before}:{}{after}", emulator.token_address().port());
        assert_eq!(emulator.token_endpoint(), endpoint);
        let name = match host {
            Host::CloudShell | Host::AzureMl | Host::AppService2017 => "MSI_ENDPOINT",
            _ => "IDENTITY_ENDPOINT",
        };
        assert_eq!(variable(&emulator, name), Some(endpoint), "{host:?}");
    }
}

#[test]
fn the_authority_and_the_tenant_make_a_pods_endpoint() {
    let emulator = machine(Host::WorkloadIdentity);
    let authority = variable(&emulator, "AZURE_AUTHORITY_HOST").expect("an authority");
    assert!(authority.ends_with('/'), "{authority}");
    let tenant = variable(&emulator, "AZURE_TENANT_ID").expect("a tenant");
    assert_eq!(tenant, emulator.tenant());
    let endpoint = format!("{authority}{tenant}/oauth2/v2.0/token");
    assert_eq!(emulator.token_endpoint(), endpoint);
}

#[test]
fn every_host_is_found_by_its_name_and_no_other_word() {
    for host in Host::ALL {
        assert_eq!(Host::from_name(host.name()), Some(host));
        assert!(Host::from_name(host.source()).is_some(), "{host:?}");
    }
    for word in ["", "IMDS", "app_service", "vm"] {
        assert_eq!(Host::from_name(word), None, "{word}");
    }
}

#[test]
fn a_machine_is_of_the_kind_that_was_asked_for() {
    for host in Host::ALL {
        let emulator = any(host);
        assert_eq!(emulator.host(), host);
        assert_eq!(emulator.token_address(), emulator.imds_address());
    }
}

#[test]
fn nothing_sets_a_secret_where_the_platform_has_none() {
    for host in [
        Host::Imds,
        Host::Arc,
        Host::CloudShell,
        Host::WorkloadIdentity,
    ] {
        let emulator = any(host);
        assert_eq!(emulator.secret_header(), None);
        assert_eq!(emulator.rotate_secret_header(), None);
    }
}
