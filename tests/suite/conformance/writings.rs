//! Every writing of a challenge, good and bad, of a vault whose host is below its audience's. Which hosts fit which
//! audience is the table in `hosts.rs`.

use super::*;
use Suite::{JavaScript, Python, Rust, UnlikePython};

const GOOD: Outcome = Outcome::Believed(OWN_AUDIENCE);

#[test]
fn every_good_writing_of_a_challenge_is_read() {
    walk(READ);
}

#[test]
fn an_authority_is_never_asked_and_so_may_be_written_anyhow() {
    walk(AUTHORITIES);
}

#[test]
fn a_challenge_that_says_no_audience_leaves_no_trace() {
    walk(SILENT);
}

#[test]
fn an_audience_that_is_not_just_https_and_a_host_leaves_no_trace() {
    walk(ODD_AUDIENCES);
}

const READ: &[Row] = &[
    row(
        "the real service's header is read",
        &[r#"Bearer authorization="https://login.windows.net/72f988bf-86f1-41af-91ab-2d7cd011db47", resource="https://vault.stack.example""#],
        GOOD,
    ),
    row(
        "an unquoted resource is read (test_scope)",
        &[r#"Bearer authorization="https://authority.net/tenant", resource=https://vault.stack.example"#],
        GOOD,
    )
    .from(Python),
    row(
        "an unquoted scope is read (test_scope)",
        &[r#"Bearer authorization="https://authority.net/tenant", scope=https://vault.stack.example/.default"#],
        GOOD,
    )
    .from(Python),
    row(
        "nothing need be quoted (test_challenge_parsing)",
        &["Bearer authorization=https://authority.net/tenant, resource=https://vault.stack.example"],
        GOOD,
    )
    .from(Python),
    row(
        "the authority may be called authorization_uri",
        &[r#"Bearer authorization_uri="https://authority.net/tenant", scope="https://vault.stack.example/.default""#],
        GOOD,
    )
    .from(Python),
    row(
        "a scope before the resource is the same audience",
        &[r#"Bearer scope="https://vault.stack.example/.default", resource="https://vault.stack.example", authorization="https://authority.net/tenant""#],
        GOOD,
    )
    .from(Rust),
    row(
        "a resource before the scope is the same audience",
        &[r#"Bearer authorization="https://authority.net/tenant", resource="https://vault.stack.example", scope="https://vault.stack.example/.default""#],
        GOOD,
    )
    .from(Rust),
    row(
        "where resource and scope differ the resource counts",
        &[r#"Bearer authorization="https://authority.net/tenant", scope="https://other.example/.default", resource="https://vault.stack.example""#],
        GOOD,
    )
    .from(UnlikePython(
        "there the scope counts; the resource is what a managed identity's endpoint takes",
    )),
    row(
        "an upper-case audience is asked for in lower case",
        &["Bearer authorization=https://authority.net/tenant, resource=https://VAULT.STACK.EXAMPLE"],
        GOOD,
    )
    .from(Python),
    row(
        "an upper-case scope is asked for in lower case",
        &["Bearer authorization=https://authority.net/tenant, scope=HTTPS://VAULT.STACK.EXAMPLE/.default"],
        GOOD,
    )
    .from(Python),
    row(
        "a slash behind the audience is no part of it",
        &[r#"Bearer authorization="https://authority.net/tenant", resource="https://vault.stack.example/""#],
        GOOD,
    ),
    row(
        "a scope made of an audience with a slash is read",
        &[r#"Bearer authorization="https://authority.net/tenant", scope="https://vault.stack.example//.default""#],
        GOOD,
    ),
    row(
        "the scheme and the names are read in any case",
        &[r#"bEARER AUTHORIZATION="https://authority.net/tenant", Resource="https://vault.stack.example""#],
        GOOD,
    ),
    row(
        "what is not known is passed over",
        &[r#"Bearer realm="", supportspop=true, authorization="https://authority.net/tenant", tenantId="x", resource="https://vault.stack.example", error="invalid_token""#],
        GOOD,
    ),
    row(
        "no comma is needed",
        &[r#"Bearer authorization="https://authority.net/tenant" resource="https://vault.stack.example""#],
        GOOD,
    )
    .from(JavaScript),
    row(
        "commas need no space",
        &["Bearer authorization=https://authority.net/tenant,resource=https://vault.stack.example"],
        GOOD,
    )
    .from(JavaScript),
    row(
        "commas and spaces may be too many",
        &["Bearer   ,, authorization=https://authority.net/tenant ,\t , resource=https://vault.stack.example , "],
        GOOD,
    ),
    row(
        "quoted pairs are read as what they stand for",
        &[r#"Bearer authorization="https://authority.net/ten\"ant", resource="https:\/\/vault.stack.example""#],
        GOOD,
    ),
    row(
        "a challenge of another scheme before it, in the same line, does no harm",
        &[r#"PoP realm="", authorization_uri="https://authority.net/common", nonce="a, b", resource="https://other.example", Bearer authorization="https://authority.net/tenant", resource="https://vault.stack.example""#],
        GOOD,
    )
    .from(JavaScript),
    row(
        "a challenge of another scheme behind it, in the same line, does no harm",
        &[r#"Bearer authorization="https://authority.net/tenant", resource="https://vault.stack.example", PoP resource="https://other.example", nonce=1"#],
        GOOD,
    ),
    row(
        "a challenge of another scheme in a line of its own does no harm",
        &[
            r#"PoP nonce="a", resource="https://other.example""#,
            r#"Bearer authorization="https://authority.net/tenant", resource="https://vault.stack.example""#,
        ],
        GOOD,
    ),
    row(
        "a line that says no audience leaves it to the next",
        &[
            "Bearer",
            "Basic realm=x",
            r#"Bearer authorization="https://authority.net/tenant", resource="https://vault.stack.example""#,
        ],
        GOOD,
    ),
    row(
        "of two audiences in two lines the first counts",
        &[
            r#"Bearer resource="https://vault.stack.example""#,
            r#"Bearer resource="https://other.example""#,
        ],
        GOOD,
    ),
];

const AUTHORITIES: &[Row] = &[
    row(
        "a challenge without any authority is believed",
        &["Bearer resource=https://vault.stack.example"],
        GOOD,
    )
    .from(UnlikePython(
        "there it is malformed; a managed identity asks no authority, so nothing is missing",
    )),
    row(
        "the same with a scope",
        &[r#"Bearer scope="https://vault.stack.example/.default""#],
        GOOD,
    )
    .from(UnlikePython("as the row before")),
    row(
        "an AD FS authority is believed (test_adfs)",
        &[r#"Bearer authorization="https://adfs.redmond.azurestack.corp.microsoft.com/adfs/tenant-id", resource=https://vault.stack.example"#],
        GOOD,
    )
    .from(Python),
    row(
        "an AD FS authority in capitals, and no tenant",
        &["Bearer authorization=https://authority.example/ADFS, resource=https://vault.stack.example"],
        GOOD,
    )
    .from(Python),
    row(
        "an authority with an IPv6 host",
        &[r#"Bearer authorization="https://[::1]:8443/tenant", resource="https://vault.stack.example""#],
        GOOD,
    )
    .from(Python),
    row(
        "an authority that is no URL",
        &[r#"Bearer authorization="https://[invalid", resource="https://vault.stack.example""#],
        GOOD,
    ),
    row(
        "an authority with a user name and a backslash",
        &[r#"Bearer authorization="https://user@authority.net\\.evil.example/tenant", resource="https://vault.stack.example""#],
        GOOD,
    ),
    row(
        "an authority without TLS",
        &[r#"Bearer authorization="http://authority.net/tenant", resource="https://vault.stack.example""#],
        GOOD,
    ),
];

const SILENT: &[Row] = &[
    row("no header at all", &[], NOT_SAID).from(Python),
    row("an empty header", &[""], NOT_SAID).from(Python),
    row("a header of one space", &[" "], NOT_SAID).from(Python),
    row("a scheme without anything", &["Bearer"], NOT_SAID).from(Python),
    row("a scheme with a space", &["Bearer "], NOT_SAID).from(Python),
    row(
        "an authority without an audience",
        &[r#"Bearer authorization="https://authority.net/tenant""#],
        NOT_SAID,
    )
    .from(Rust),
    row(
        "an audience that is empty",
        &[r#"Bearer authorization="https://authority.net/tenant", resource="", scope="#],
        NOT_SAID,
    ),
    row(
        "an audience without a scheme before it",
        &["resource=https://vault.stack.example"],
        NOT_SAID,
    ),
    row(
        "an audience for another scheme",
        &[r#"Basic realm="x", resource="https://vault.stack.example""#],
        NOT_SAID,
    ),
    row(
        "an audience for tokens that are bound to a key",
        &[
            r#"PoP authorization="https://authority.net/tenant", resource="https://vault.stack.example""#,
        ],
        NOT_SAID,
    ),
    row(
        "a quote that never ends",
        &[
            r#"Bearer authorization="https://authority.net/tenant", resource="https://vault.stack.example"#,
        ],
        NOT_SAID,
    ),
    row(
        "a quote that takes the audience in",
        &[
            r#"Bearer authorization="https://authority.net/tenant, resource=https://vault.stack.example"#,
        ],
        NOT_SAID,
    ),
    row("nothing but separators", &["Bearer =,=,== ,,"], NOT_SAID),
    row(
        "a claims challenge, which says no audience",
        &[
            r#"Bearer realm="", authorization_uri="https://authority.net/common", error="insufficient_claims", claims="e30=""#,
        ],
        NOT_SAID,
    ),
    row(
        "silence stays silence without verification",
        &["Bearer authorization=https://authority.net/tenant"],
        NOT_SAID,
    )
    .unverified(),
];

/// The audience of each row is written into the same header.
macro_rules! odd {
    ($name:literal, $audience:literal) => {
        row(
            $name,
            &[concat!(
                "Bearer authorization=\"https://authority.net/tenant\", resource=\"",
                $audience,
                "\""
            )],
            NOT_BELIEVED,
        )
    };
}

const ODD_AUDIENCES: &[Row] = &[
    odd!("a word", "invalid").from(Python),
    odd!("a host without a scheme", "vault.stack.example"),
    odd!("a bracket that never ends", "https://[invalid").from(Python),
    odd!("an IPv6 address", "https://[::1]").from(Python),
    odd!("an IPv4 address", "https://127.0.0.1"),
    odd!("a number that is an address", "https://2130706433"),
    odd!("no host", "https://"),
    odd!("a scheme without slashes", "https:vault.stack.example"),
    odd!("no scheme but slashes", "//vault.stack.example").from(UnlikePython(
        "there the writing is kept; no token endpoint has such an audience",
    )),
    odd!("http", "http://vault.stack.example").from(UnlikePython("as the row before")),
    odd!("another scheme", "spn://vault.stack.example").from(UnlikePython("as the row before")),
    odd!("a path", "https://vault.stack.example/scope").from(UnlikePython("as the row before")),
    odd!("a default scope twice", "https://vault.stack.example/.default/.default"),
    odd!("a query", "https://vault.stack.example?x"),
    odd!("a fragment", "https://vault.stack.example#x"),
    odd!("a port", "https://vault.stack.example:8443").from(Python),
    odd!("the default port", "https://vault.stack.example:443").from(UnlikePython(
        "there it is the same as none; no audience of Azure's has one",
    )),
    odd!("a port of nothing", "https://vault.stack.example:"),
    odd!("a user name", "https://user@vault.stack.example").from(Python),
    odd!("a user name that looks like the host", "https://vault.stack.example@other.example").from(Python),
    odd!("a backslash in quotes", r"https://other.example\\.vault.stack.example").from(Python),
    odd!("a backslash before a host", r"https://vault.stack.example\\@other.example").from(Python),
    row(
        "a backslash without quotes",
        &[r"Bearer authorization=https://authority.net/tenant, resource=https://other.example\.vault.stack.example"],
        NOT_BELIEVED,
    )
    .from(Python),
    odd!("an escaped letter", "https://v%61ult.stack.example"),
    odd!("a dot at the end", "https://vault.stack.example.").from(Rust),
    odd!("a dot at the start", "https://.vault.stack.example"),
    odd!("two dots", "https://vault..stack.example"),
    odd!("a wildcard", "https://*.stack.example"),
    odd!("a space", "https://vault.stack.example https://other.example"),
    odd!("a top-level domain", "https://example"),
    row(
        "an odd scope",
        &[r#"Bearer authorization="https://authority.net/tenant", scope=invalid"#],
        NOT_BELIEVED,
    )
    .from(Python),
    row(
        "a scope with a bracket that never ends",
        &[r#"Bearer authorization="https://authority.net/tenant", scope=https://[invalid"#],
        NOT_BELIEVED,
    )
    .from(Python),
    row(
        "an odd audience without verification",
        &[r#"Bearer authorization="https://authority.net/tenant", resource=bad-resource"#],
        NOT_BELIEVED,
    )
    .unverified()
    .from(UnlikePython(
        "there a token is asked for; no token endpoint has such an audience",
    )),
];
