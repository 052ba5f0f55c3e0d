//! Which source is chosen: every row of the official libraries' tables, the odd environments that
//! exist in the wild, and a source that was asked for.

use doorkey::{ArcPaths, Client, ClientOptions, Environment, Source, Status};
use doorkey_emulator::{Host, dead_port};

use crate::common::*;

/// The source that an environment leads to, by asking: nobody listens, and the error names the one
/// that was tried.
fn tried(pairs: &[(&str, &str)], arc_paths: ArcPaths) -> String {
    let endpoint = dead_port();
    let mut pairs: Vec<(String, String)> = pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.replace("HERE", &endpoint)))
        .collect();
    pairs.push(("AZURE_POD_IDENTITY_AUTHORITY_HOST".to_owned(), endpoint));
    let client = Client::new(ClientOptions {
        environment: Environment::given(pairs).unwrap(),
        retries_max: Some(0),
        arc_paths,
        ..ClientOptions::default()
    });
    let error = failure(token(&client.unwrap()));
    let titles = [
        ("the instance metadata service", "imds"),
        ("the App Service token endpoint of 2017", "app-service-2017"),
        ("the App Service token endpoint", "app-service"),
        ("the Azure Machine Learning token endpoint", "azure-ml"),
        ("the Cloud Shell token endpoint", "cloud-shell"),
        ("the Azure Arc agent at", "arc"),
        ("the Service Fabric token endpoint", "service-fabric"),
        ("AZURE_FEDERATED_TOKEN_FILE: ", "workload-identity"),
    ];
    let found = titles
        .iter()
        .find(|(title, _)| error.message().contains(title));
    found.map_or_else(|| error.to_string(), |(_, name)| (*name).to_owned())
}

fn no_agent() -> ArcPaths {
    ArcPaths {
        agent: Some(temporary_folder()),
        tokens: Some(temporary_folder()),
    }
}

const E: (&str, &str) = ("IDENTITY_ENDPOINT", "HERE/token");
const H: (&str, &str) = ("IDENTITY_HEADER", "header");
const T: (&str, &str) = (
    "IDENTITY_SERVER_THUMBPRINT",
    "0123456789abcdef0123456789abcdef01234567",
);
const I: (&str, &str) = ("IMDS_ENDPOINT", "HERE");
const M: (&str, &str) = ("MSI_ENDPOINT", "HERE/msi");
const S: (&str, &str) = ("MSI_SECRET", "secret");
const D: (&str, &str) = (
    "DEFAULT_IDENTITY_CLIENT_ID",
    "11111111-2222-3333-4444-555555555555",
);
const C: (&str, &str) = ("AZURE_CLIENT_ID", "11111111-2222-3333-4444-555555555555");
const N: (&str, &str) = ("AZURE_TENANT_ID", "contoso.example");
const F: (&str, &str) = ("AZURE_FEDERATED_TOKEN_FILE", "/nowhere/at/all/token");

#[test]
fn every_environment_leads_to_its_source() {
    let secured = ("IDENTITY_ENDPOINT", "https://127.0.0.1:1/token");
    let rows: &[(&[(&str, &str)], &str)] = &[
        // The hosts as they are.
        (&[], "imds"),
        (&[secured, H, T], "service-fabric"),
        (&[E, H], "app-service"),
        (&[M, S, D], "azure-ml"),
        (&[M], "cloud-shell"),
        (&[E, I], "arc"),
        (&[C, N, F], "workload-identity"),
        // App Service, Functions and Automation set both generations; Container Apps no MSI_SECRET.
        (&[E, H, M, S], "app-service"),
        (&[E, H, M], "app-service"),
        // A container on an Arc-enabled or identity-bound host.
        (&[E, H, I], "app-service"),
        (&[E, H, C, N, F], "app-service"),
        (&[E, I, C, N, F], "arc"),
        (&[M, C, N, F], "cloud-shell"),
        // Service Fabric's header and thumbprint without its endpoint: the metadata service works.
        (&[H, T], "imds"),
        (&[H, T, ("IDENTITY_API_VERSION", "2020-05-01")], "imds"),
        // Halves of everything.
        (&[E], "imds"),
        (&[H], "imds"),
        (&[T], "imds"),
        (&[I], "imds"),
        (&[S], "imds"),
        (&[D], "imds"),
        (&[E, T], "imds"),
        (&[N, F], "imds"),
        (&[C, N], "imds"),
        (&[C, F], "imds"),
        (&[C], "imds"),
        // A stray MSI_ENDPOINT beside halves of the newer generation.
        (&[H, M], "cloud-shell"),
        (&[E, M], "cloud-shell"),
        (&[H, M, S, D], "azure-ml"),
        // An empty value is none.
        (&[("IDENTITY_ENDPOINT", ""), H], "imds"),
        (&[E, ("IDENTITY_HEADER", "")], "imds"),
        (&[E, H, ("IDENTITY_SERVER_THUMBPRINT", "")], "app-service"),
        (&[M, ("MSI_SECRET", "")], "cloud-shell"),
        (&[("MSI_ENDPOINT", ""), S], "imds"),
        (&[E, ("IMDS_ENDPOINT", "")], "imds"),
        (&[("AZURE_CLIENT_ID", ""), N, F], "imds"),
        (&[C, ("AZURE_TENANT_ID", ""), F], "imds"),
        (&[C, N, ("AZURE_FEDERATED_TOKEN_FILE", "")], "imds"),
    ];
    for (pairs, expected) in rows {
        assert_eq!(tried(pairs, no_agent()), *expected, "{pairs:?}");
    }
}

#[test]
fn an_agents_file_is_as_good_as_its_variables() {
    let agent = temporary_folder();
    std::fs::write(&agent, "").unwrap();
    let paths = || ArcPaths {
        agent: Some(agent.clone()),
        tokens: Some(temporary_folder()),
    };
    // With a variable for the endpoint, so that not even loopback's port 40342 is asked.
    assert_eq!(tried(&[E], paths()), "arc");
    assert_eq!(tried(&[E, C, N, F], paths()), "arc");
    assert_eq!(tried(&[E, H], paths()), "app-service");
    assert_eq!(tried(&[M], paths()), "cloud-shell");
    std::fs::remove_file(&agent).unwrap();
    assert_eq!(tried(&[E], paths()), "imds");
}

#[test]
fn a_secret_of_another_host_is_not_sent_to_the_metadata_service() {
    let emulator = emulator();
    let more = [
        ("IDENTITY_HEADER", "S3NT1NEL-header"),
        ("IDENTITY_SERVER_THUMBPRINT", T.1),
        ("MSI_SECRET", "S3NT1NEL-secret"),
    ];
    let options = ClientOptions {
        environment: environment(&emulator, &more),
        ..options(&emulator)
    };
    let token = token(&Client::new(options).unwrap()).unwrap();
    assert_eq!(token.source(), Source::Imds);
    let sent = format!("{:?}", emulator.log());
    assert!(!sent.contains("S3NT1NEL"), "{sent}");
}

#[test]
fn each_host_is_found_by_its_own_variables() {
    for host in Host::ALL {
        // Of 2017 only when it is asked for.
        if host == Host::AppService2017 {
            continue;
        }
        let emulator = machine(host);
        let token = token(&client(&emulator)).unwrap_or_else(|e| panic!("{}: {e:?}", host.name()));
        assert_eq!(token.source().name(), host.source(), "{}", host.name());
        secret(&client(&emulator)).unwrap_or_else(|e| panic!("{}: {e:?}", host.name()));
    }
}

#[test]
fn a_source_that_is_asked_for_is_the_one_asked() {
    for host in Host::ALL {
        let emulator = machine(host);
        let source = Source::from_name(host.source()).unwrap();
        let options = ClientOptions {
            source: Some(source),
            ..options(&emulator)
        };
        let token = token(&Client::new(options).unwrap());
        assert_eq!(token.unwrap().source(), source, "{}", host.name());
    }
}

#[test]
fn the_metadata_service_can_be_asked_for_beside_another_hosts_variables() {
    let emulator = emulator();
    let (endpoint, header) = (format!("{}/token", dead_port()), "header");
    let more = [
        ("IDENTITY_ENDPOINT", endpoint.as_str()),
        ("IDENTITY_HEADER", header),
    ];
    let options = ClientOptions {
        environment: environment(&emulator, &more),
        source: Some(Source::Imds),
        ..options(&emulator)
    };
    assert_eq!(
        token(&Client::new(options).unwrap()).unwrap().source(),
        Source::Imds
    );
}

#[test]
fn a_source_without_its_variables_is_refused_before_anything_is_sent() {
    for &source in Source::ALL {
        if matches!(source, Source::Imds | Source::Arc) {
            continue;
        }
        let emulator = emulator();
        let options = ClientOptions {
            source: Some(source),
            ..options(&emulator)
        };
        let client = Client::new(options).unwrap();
        let error = failure(client.get_token(VAULT_AUDIENCE, &doorkey::Call::default()));
        assert_eq!(error.status(), Status::IdentityUnavailable, "{error}");
        assert!(error.message().contains(source.name()), "{error}");
        assert!(error.message().contains("set"), "{error}");
        assert_eq!(emulator.requests().connections_imds, 0);
    }
}

#[test]
fn nobody_anywhere_is_told_with_what_was_looked_for() {
    let client = Client::new(ClientOptions {
        environment: Environment::given([
            ("AZURE_POD_IDENTITY_AUTHORITY_HOST", dead_port()),
            ("IDENTITY_HEADER", "header".to_owned()),
        ])
        .unwrap(),
        arc_paths: no_agent(),
        ..ClientOptions::default()
    });
    let error = failure(token(&client.unwrap()));
    assert_eq!(error.status(), Status::IdentityUnavailable);
    for part in [
        "IDENTITY_ENDPOINT",
        "MSI_ENDPOINT",
        "AZURE_FEDERATED_TOKEN_FILE",
        "Azure Arc",
        "http://127.0.0.1:",
        "(IDENTITY_HEADER is set, but not what belongs to it)",
    ] {
        assert!(error.message().contains(part), "{part}: {error}");
    }
}

#[test]
fn an_endpoint_that_does_not_know_the_request_is_told_to_be_another_hosts() {
    let emulator = machine(Host::AppService);
    let options = ClientOptions {
        source: Some(Source::CloudShell),
        ..options(&emulator)
    };
    let error = failure(token(&Client::new(options).unwrap()));
    assert_eq!(error.status(), Status::IdentityRefused);
    let advice = error.advice().unwrap();
    assert!(advice.contains("leave the source to be found"), "{advice}");
}
