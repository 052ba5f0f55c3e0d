//! Which host may ask for a token of which audience: one that lies below the audience's own, with a dot in between. How the
//! same challenge may be written is the table in `writings.rs`.

use super::*;
use Suite::{Python, Rust, UnlikePython};

#[test]
fn a_host_below_its_audience_is_believed() {
    walk(BELOW);
}

#[test]
fn a_host_that_is_not_below_its_audience_leaves_no_trace() {
    walk(BESIDE);
}

#[test]
fn a_host_that_no_vault_has_is_refused_before_it_is_asked() {
    walk(NO_HOSTS);
}

#[test]
fn without_verification_every_audience_is_believed() {
    walk(UNVERIFIED);
}

macro_rules! asks_for {
    ($audience:literal) => {
        &[concat!(
            "Bearer authorization=\"https://authority.net/tenant\", resource=\"",
            $audience,
            "\""
        )]
    };
}

const BELOW: &[Row] = &[
    row(
        "one label below",
        asks_for!("https://vault.stack.example"),
        Outcome::Believed(OWN_AUDIENCE),
    )
    .from(Rust),
    row(
        "a custom domain",
        asks_for!("https://vault.custom.example"),
        Outcome::Believed("https://vault.custom.example"),
    )
    .at("https://demo.vault.custom.example")
    .from(Python),
    row(
        "a custom domain's scope",
        &["Bearer authorization=https://authority.example/ADFS, scope=https://VAULT.CUSTOM.EXAMPLE/.default"],
        Outcome::Believed("https://vault.custom.example"),
    )
    .at("https://demo.vault.custom.example:443")
    .from(Python),
    row(
        "a managed HSM, which is no vault that is known",
        asks_for!("https://managedhsm.azure.net"),
        Outcome::Believed("https://managedhsm.azure.net"),
    )
    .at("https://demo.managedhsm.azure.net")
    .from(Python),
    row(
        "two labels below",
        asks_for!("https://stack.example"),
        Outcome::Believed("https://stack.example"),
    ),
    row(
        "a host in capitals",
        asks_for!("https://vault.stack.example"),
        Outcome::Believed(OWN_AUDIENCE),
    )
    .at("https://DEMO.Vault.Stack.EXAMPLE")
    .from(Python),
    row(
        "an audience in capitals",
        asks_for!("https://VAULT.stack.EXAMPLE"),
        Outcome::Believed(OWN_AUDIENCE),
    )
    .from(Python),
    row(
        "a host with the default port",
        asks_for!("https://vault.stack.example"),
        Outcome::Believed(OWN_AUDIENCE),
    )
    .at("https://demo.vault.stack.example:443")
    .from(Python),
    row(
        "a host with a port of its own",
        asks_for!("https://vault.localhost"),
        Outcome::Believed(VAULT_AUDIENCE),
    )
    .at("https://demo.vault.localhost:{port}")
    .from(UnlikePython(
        "there the audience needs the same port; no audience of Azure's has one",
    )),
    row(
        "a host with a slash behind it",
        asks_for!("https://vault.stack.example"),
        Outcome::Believed(OWN_AUDIENCE),
    )
    .at("https://demo.vault.stack.example/"),
    row(
        "an internationalised name in the form of the DNS",
        asks_for!("https://vault.xn--bcher-kva.example"),
        Outcome::Believed("https://vault.xn--bcher-kva.example"),
    )
    .at("https://demo.vault.xn--bcher-kva.example")
    .from(Python),
];

const BESIDE: &[Row] = &[
    row(
        "a missing dot",
        asks_for!("https://vault.stack.example"),
        NOT_BELIEVED,
    )
    .at("https://demovault.stack.example")
    .from(Rust),
    row(
        "another domain",
        asks_for!("https://vault.azure.net"),
        NOT_BELIEVED,
    )
    .from(Rust),
    row(
        "another domain that every identity has a role in",
        asks_for!("https://management.azure.com"),
        NOT_BELIEVED,
    ),
    row(
        "the same domain with a prefix",
        asks_for!("https://myvault.stack.example"),
        NOT_BELIEVED,
    )
    .from(Python),
    row(
        "the same name below another top",
        asks_for!("https://vault.stack.test"),
        NOT_BELIEVED,
    ),
    row(
        "the audience's name in the middle of the host",
        asks_for!("https://vault.stack.example"),
        NOT_BELIEVED,
    )
    .at("https://demo.vault.stack.example.other.test"),
    row(
        "the host itself",
        asks_for!("https://demo.vault.stack.example"),
        NOT_BELIEVED,
    ),
    row(
        "a host below the one that asks",
        asks_for!("https://a.demo.vault.stack.example"),
        NOT_BELIEVED,
    ),
    row(
        "a dot at the end of the audience",
        asks_for!("https://vault.stack.example."),
        NOT_BELIEVED,
    )
    .from(Rust),
    row(
        "the host's own port in the audience",
        asks_for!("https://vault.localhost:{port}"),
        NOT_BELIEVED,
    )
    .at("https://demo.vault.localhost:{port}")
    .from(UnlikePython(
        "there the same port is needed; no audience of Azure's has one",
    )),
    row(
        "the default port in the audience of a host with another",
        asks_for!("https://vault.localhost:443"),
        NOT_BELIEVED,
    )
    .at("https://demo.vault.localhost:{port}")
    .from(Python),
    row(
        "a good authority, which says nothing of the audience",
        &[
            r#"Bearer authorization="https://login.microsoftonline.com/72f988bf-86f1-41af-91ab-2d7cd011db47", resource="https://graph.microsoft.com""#,
        ],
        NOT_BELIEVED,
    ),
    row(
        "of resource and scope only the scope fits",
        &[
            r#"Bearer scope="https://vault.stack.example/.default", resource="https://other.example""#,
        ],
        NOT_BELIEVED,
    ),
    row(
        "of two audiences only the second fits",
        &[
            "Bearer resource=https://other.example",
            "Bearer resource=https://vault.stack.example",
        ],
        NOT_BELIEVED,
    ),
    row(
        "an address, which is below nothing",
        asks_for!("https://vault.localhost"),
        NOT_BELIEVED,
    )
    .at("https://127.0.0.1:{port}"),
    row(
        "an address and its own last numbers",
        asks_for!("https://0.0.1"),
        NOT_BELIEVED,
    )
    .at("https://127.0.0.1:{port}"),
    row(
        "localhost, which is no label below an audience",
        asks_for!("https://localhost"),
        NOT_BELIEVED,
    )
    .at("https://demo.vault.localhost:{port}"),
];

const NO_HOSTS: &[Row] = &[
    refused(
        "the public cloud without its dot",
        "https://hostvault.azure.net",
    )
    .from(Rust),
    refused(
        "a known vault with a dot at the end",
        "https://myvault.vault.azure.net.",
    )
    .from(Rust),
    refused(
        "a vault with a dot at the end",
        "https://demo.vault.stack.example.",
    )
    .from(Rust),
    refused(
        "a known suffix in the middle",
        "https://demo.vault.azure.net.other.example",
    ),
    refused(
        "a known suffix with another port",
        "https://demo.vault.azure.net:8443",
    )
    .from(Python),
    refused(
        "http (test_enforces_tls)",
        "http://demo.vault.stack.example",
    )
    .from(Python),
    refused("http to a known vault", "http://demo.vault.azure.net").from(Python),
    refused("http in capitals", "HTTP://demo.vault.azure.net"),
    refused(
        "http on the port of https",
        "http://demo.vault.azure.net:443",
    )
    .from(Python),
    refused("no scheme but slashes", "//demo.vault.azure.net"),
    refused("a user name", "https://user@demo.vault.stack.example").from(Python),
    refused(
        "a user name and a password",
        "https://user:word@demo.vault.stack.example",
    )
    .from(Python),
    refused(
        "a user name that looks like the host",
        "https://demo.vault.azure.net@other.example",
    )
    .from(Python),
    refused(
        "a backslash behind the host",
        r"https://demo.vault.azure.net\@other.example",
    )
    .from(Python),
    refused(
        "a backslash in the host",
        r"https://other.example\.vault.azure.net",
    )
    .from(Python),
    refused("backslashes for slashes", r"https:\\demo.vault.azure.net").from(Python),
    refused(
        "an internationalised name",
        "https://demo.vault.bücher.example",
    )
    .from(Python),
    refused(
        "a letter that only looks like one",
        "https://demo.vаult.azure.net",
    ),
    refused(
        "a dot that only looks like one",
        "https://demo。vault.azure.net",
    ),
    refused("full-width letters", "https://ｄemo.vault.azure.net"),
    refused("an escaped letter", "https://d%65mo.vault.azure.net"),
    refused("a bracket that never ends", "https://[invalid").from(Python),
    refused("an address with a zone", "https://[fe80::1%25eth0]"),
    refused("a line break", "https://demo.vault.azure.net\r\nx"),
    refused("a tab in the host", "https://demo\t.vault.azure.net"),
];

const fn refused(name: &'static str, asked: &'static str) -> Row {
    row(name, &[], Outcome::Refused).at(asked)
}

const UNVERIFIED: &[Row] = &[
    row(
        "another domain's",
        asks_for!("https://other.example"),
        Outcome::Believed("https://other.example"),
    )
    .unverified()
    .from(Python),
    row(
        "that of a prefix (test_verify_challenge_resource_matches)",
        asks_for!("https://myvault.azure.net"),
        Outcome::Believed("https://myvault.azure.net"),
    )
    .unverified()
    .from(Python),
    row(
        "the host's own, as another emulator has it",
        asks_for!("https://demo.vault.stack.example"),
        Outcome::Believed("https://demo.vault.stack.example"),
    )
    .unverified(),
    row(
        "a vault's at an address",
        asks_for!("https://vault.localhost"),
        Outcome::Believed(VAULT_AUDIENCE),
    )
    .at("https://127.0.0.1:{port}")
    .unverified(),
];
