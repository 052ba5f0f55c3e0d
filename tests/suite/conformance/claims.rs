//! A token that was good and is not good enough any more: what a 401 brings about, in which order, and how often. A pod with
//! workload identity shows it best, for its directory is told the claims. Who gets a token with claims, and for what, is in
//! `claims_in_use.rs`.

use doorkey_emulator::Host;

use super::*;
use Suite::{JavaScript, Python, UnlikePython};

/// What the claims of every challenge say; their base64 differs in each alphabet.
pub const CLAIMS: &str = r#"{"access_token":{"acrs":{"essential":true,"value":"~?>~?>~"}}}"#;

/// A challenge for a token.
pub const TOKEN: &str = r#"Bearer authorization="https://login.windows.net/tenant", resource="https://vault.localhost""#;

/// A challenge for these claims, whose name and base64 come last.
macro_rules! cae {
    ($claims:literal) => {
        concat!(
            "Bearer realm=\"\", authorization_uri=\"https://login.microsoftonline.com/common/oauth2/authorize\", error=\"insufficient_claims\", ",
            $claims
        )
    };
}

pub const BASE64: &str = cae!(
    "claims=\"eyJhY2Nlc3NfdG9rZW4iOnsiYWNycyI6eyJlc3NlbnRpYWwiOnRydWUsInZhbHVlIjoifj8+fj8+fiJ9fX0=\""
);

/// What a token is asked for with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    Plainly,
    WithClaims,
}
use Asked::{Plainly, WithClaims};

/// The answers to requests with a token, one after the other, and what comes of them.
struct Row {
    name: &'static str,
    from: Suite,
    /// The `WWW-Authenticate` lines of each 401. What comes after the last one is the genuine answer.
    answers: &'static [&'static [&'static str]],
    /// Each token that is asked for; with every one of them goes one request to the vault.
    tokens: &'static [Asked],
    succeeds: bool,
}

const fn row(
    name: &'static str,
    answers: &'static [&'static [&'static str]],
    tokens: &'static [Asked],
    succeeds: bool,
) -> Row {
    Row {
        name,
        from: Suite::Ours,
        answers,
        tokens,
        succeeds,
    }
}

impl Row {
    const fn from(self, from: Suite) -> Self {
        Self { from, ..self }
    }
}

const ORDERS: &[Row] = &[
    row("no challenge", &[], &[Plainly], true),
    row("a token", &[&[TOKEN]], &[Plainly, Plainly], true),
    row("claims", &[&[BASE64]], &[Plainly, WithClaims], true).from(Python),
    row(
        "a token, then claims",
        &[&[TOKEN], &[BASE64]],
        &[Plainly, Plainly, WithClaims],
        true,
    )
    .from(Python),
    row(
        "claims, then a token",
        &[&[BASE64], &[TOKEN]],
        &[Plainly, WithClaims, Plainly],
        true,
    ),
    row(
        "claims twice",
        &[&[BASE64], &[BASE64]],
        &[Plainly, WithClaims],
        false,
    )
    .from(Python),
    row(
        "a token twice",
        &[&[TOKEN], &[TOKEN]],
        &[Plainly, Plainly],
        false,
    )
    .from(Python),
    row(
        "a token, claims, a token",
        &[&[TOKEN], &[BASE64], &[TOKEN]],
        &[Plainly, Plainly, WithClaims],
        false,
    )
    .from(JavaScript),
    row(
        "a token, then claims twice",
        &[&[TOKEN], &[BASE64], &[BASE64]],
        &[Plainly, Plainly, WithClaims],
        false,
    )
    .from(JavaScript),
    row(
        "claims, a token, claims",
        &[&[BASE64], &[TOKEN], &[BASE64]],
        &[Plainly, WithClaims, Plainly],
        false,
    ),
    row("no header", &[&[]], &[Plainly, Plainly], true),
    row("no header twice", &[&[], &[]], &[Plainly, Plainly], false),
];

const WRITINGS: &[Row] = &[
    claims(
        "base64 without padding",
        &[&[cae!("claims=\"eyJhY2Nlc3NfdG9rZW4iOnsiYWNycyI6eyJlc3NlbnRpYWwiOnRydWUsInZhbHVlIjoifj8+fj8+fiJ9fX0\"")]],
    )
    .from(Python),
    claims(
        "the alphabet of URLs",
        &[&[cae!("claims=\"eyJhY2Nlc3NfdG9rZW4iOnsiYWNycyI6eyJlc3NlbnRpYWwiOnRydWUsInZhbHVlIjoifj8-fj8-fiJ9fX0=\"")]],
    )
    .from(Python),
    claims(
        "the alphabet of URLs without padding",
        &[&[cae!("claims=\"eyJhY2Nlc3NfdG9rZW4iOnsiYWNycyI6eyJlc3NlbnRpYWwiOnRydWUsInZhbHVlIjoifj8-fj8-fiJ9fX0\"")]],
    )
    .from(Python),
    claims(
        "the claims first",
        &[&[r#"Bearer claims="eyJhY2Nlc3NfdG9rZW4iOnsiYWNycyI6eyJlc3NlbnRpYWwiOnRydWUsInZhbHVlIjoifj8+fj8+fiJ9fX0=", error="insufficient_claims", realm="", authorization_uri="https://authority.net/common""#]],
    )
    .from(JavaScript),
    claims(
        "no quotes",
        &[&["Bearer realm=, authorization_uri=https://authority.net/common, error=insufficient_claims, claims=eyJhY2Nlc3NfdG9rZW4iOnsiYWNycyI6eyJlc3NlbnRpYWwiOnRydWUsInZhbHVlIjoifj8+fj8+fiJ9fX0="]],
    )
    .from(JavaScript),
    claims(
        "no commas",
        &[&[r#"Bearer realm="" authorization_uri="https://authority.net/common" error="insufficient_claims" claims="eyJhY2Nlc3NfdG9rZW4iOnsiYWNycyI6eyJlc3NlbnRpYWwiOnRydWUsInZhbHVlIjoifj8+fj8+fiJ9fX0=""#]],
    )
    .from(JavaScript),
    claims(
        "names and error in capitals",
        &[&[r#"BEARER ERROR="INSUFFICIENT_CLAIMS", CLAIMS="eyJhY2Nlc3NfdG9rZW4iOnsiYWNycyI6eyJlc3NlbnRpYWwiOnRydWUsInZhbHVlIjoifj8+fj8+fiJ9fX0=""#]],
    ),
    claims(
        "a challenge for bound tokens before it",
        &[&[r#"PoP realm="", authorization_uri="https://authority.net/common", nonce="x", claims="e30=", error="insufficient_claims", Bearer realm="", error="insufficient_claims", claims="eyJhY2Nlc3NfdG9rZW4iOnsiYWNycyI6eyJlc3NlbnRpYWwiOnRydWUsInZhbHVlIjoifj8+fj8+fiJ9fX0=""#]],
    )
    .from(JavaScript),
    claims(
        "a challenge for a token before it, in a line of its own",
        &[&[TOKEN, BASE64]],
    ),
    claims(
        "a challenge for a token before it, in the same line",
        &[&[r#"Bearer error="invalid_token", resource="https://vault.localhost", Bearer error="insufficient_claims", claims="eyJhY2Nlc3NfdG9rZW4iOnsiYWNycyI6eyJlc3NlbnRpYWwiOnRydWUsInZhbHVlIjoifj8+fj8+fiJ9fX0=""#]],
    ),
    claims(
        "the vault's own audience beside them",
        &[&[cae!("resource=\"https://vault.localhost\", claims=\"eyJhY2Nlc3NfdG9rZW4iOnsiYWNycyI6eyJlc3NlbnRpYWwiOnRydWUsInZhbHVlIjoifj8+fj8+fiJ9fX0=\"")]],
    ),
    claims(
        "the vault's own scope beside them",
        &[&[cae!("scope=\"https://VAULT.localhost/.default\", claims=\"eyJhY2Nlc3NfdG9rZW4iOnsiYWNycyI6eyJlc3NlbnRpYWwiOnRydWUsInZhbHVlIjoifj8+fj8+fiJ9fX0=\"")]],
    )
    .from(Python),
];

/// A writing of [`CLAIMS`].
const fn claims(name: &'static str, answers: &'static [&'static [&'static str]]) -> Row {
    row(name, answers, &[Plainly, WithClaims], true)
}

const NO_CLAIMS: &[Row] = &[
    plain(
        "claims with another error",
        &[&[r#"Bearer realm="", error="invalid_token", claims="eyJhY2Nlc3NfdG9rZW4iOnsiYWNycyI6eyJlc3NlbnRpYWwiOnRydWUsInZhbHVlIjoifj8+fj8+fiJ9fX0=""#]],
    )
    .from(JavaScript),
    plain(
        "claims without an error",
        &[&[r#"Bearer realm="", claims="eyJhY2Nlc3NfdG9rZW4iOnsiYWNycyI6eyJlc3NlbnRpYWwiOnRydWUsInZhbHVlIjoifj8+fj8+fiJ9fX0=""#]],
    )
    .from(UnlikePython(
        "there the claims alone make it one; the error is what the documentation asks for",
    )),
    plain("the error without claims", &[&[cae!("x=1")]]).from(JavaScript),
    plain("claims that are empty", &[&[cae!("claims=\"\"")]]),
    plain("claims that are no base64", &[&[cae!("claims=\"!!!not base64!!!\"")]]).from(JavaScript),
    plain("claims that end too early", &[&[cae!("claims=\"eyJhY2Nlc3NfdG9rZW4iOg==\"")]]),
    plain("claims that are no JSON", &[&[cae!("claims=\"bm8gSlNPTg==\"")]]),
    plain("claims that are a list", &[&[cae!("claims=\"W10=\"")]]),
    plain("claims that are a text", &[&[cae!("claims=\"InRleHQi\"")]]),
    plain("claims that are no UTF-8", &[&[cae!("claims=\"eyJhIjoi/yJ9\"")]]),
    plain(
        "claims for bound tokens",
        &[&[r#"PoP error="insufficient_claims", claims="e30=""#]],
    ),
    plain(
        "the error of one challenge and the claims of another",
        &[&[r#"Bearer error="insufficient_claims", Bearer claims="e30=""#]],
    ),
    plain("an invalid token, and nothing else", &[&[r#"Bearer error="invalid_token""#]]),
    plain("a scheme without anything", &[&["Bearer"]]),
];

/// What demands a token and no claims.
const fn plain(name: &'static str, answers: &'static [&'static [&'static str]]) -> Row {
    row(name, answers, &[Plainly, Plainly], true)
}

#[test]
fn each_order_of_challenges_takes_two_more_legs_at_most() {
    walk(ORDERS);
}

#[test]
fn every_writing_of_claims_arrives_at_the_directory() {
    walk(WRITINGS);
}

#[test]
fn what_cannot_be_claims_asks_for_another_token() {
    walk(NO_CLAIMS);
}

fn walk(rows: &[Row]) {
    let mut wrong = Vec::new();
    for row in rows {
        let emulator = start(on(Host::WorkloadIdentity).token_cache(false));
        for lines in row.answers {
            emulator.fault(challenged(lines));
        }
        let end = match secret(&client(&emulator)) {
            Ok(_) => "done".to_owned(),
            Err(error) if error.status() == Status::Unauthorized => "gave up".to_owned(),
            Err(error) => error.to_string(),
        };
        let seen = (end.as_str(), asked(&emulator), emulator.requests().vault);
        let end = if row.succeeds { "done" } else { "gave up" };
        let legs = row.tokens.len() as u64;
        if seen != (end, row.tokens.to_vec(), legs) {
            let (name, from, tokens) = (row.name, row.from.words(), row.tokens);
            wrong.push(format!(
                "{name} ({from})\n  expected {end} {tokens:?} {legs}\n  seen     {seen:?}"
            ));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// How the directory was asked, each time.
pub fn asked(emulator: &Emulator) -> Vec<Asked> {
    let log = emulator.log();
    let tokens = log.iter().filter(|r| r.endpoint == Endpoint::Token);
    tokens
        .map(|request| {
            let mut form = url::form_urlencoded::parse(request.body.as_bytes());
            match form.find(|(name, _)| name == "claims") {
                None => Plainly,
                Some((_, claims)) => {
                    assert!(claims == CLAIMS, "{claims}");
                    WithClaims
                }
            }
        })
        .collect()
}
