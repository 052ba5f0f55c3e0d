//! What a vault says it wants: the `WWW-Authenticate` header, read leniently and verified strictly
//! before anything of it is believed (Microsoft Learn: "Authentication, requests, and
//! responses" of Key Vault; aka.ms/azsdk/blog/vault-uri).

use std::sync::Arc;

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use url::Url;

use crate::error::{Error, Result, Status};
use crate::limits;
use crate::vault::clouds::is_host_name;

/// What a 401 wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Demand {
    /// Another token: the old one expired, was revoked, or is of another tenant.
    Token,
    /// A token that fulfils these claims: the JSON of a continuous access evaluation challenge
    /// (Microsoft Learn: "Claims challenges, claims requests, and client capabilities").
    Claims(Arc<str>),
}

/// What the challenges of a 401 want. Claims that cannot be read are none.
pub(crate) fn demand(challenges: &[String]) -> Demand {
    let bearers = challenges
        .iter()
        .flat_map(|line| bearer_parameters(line, ["error", "claims"]));
    let claims = bearers.into_iter().find_map(|[error, claims]| {
        let is_about_claims = error?.eq_ignore_ascii_case("insufficient_claims");
        decode_claims(&claims?).filter(|_| is_about_claims)
    });
    claims.map_or(Demand::Token, Demand::Claims)
}

/// Whether a text can be the claims of a challenge: a JSON object of bounded size.
pub(crate) fn is_claims(text: &str) -> bool {
    let is_json = || serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
    let is_object = text.trim_start().starts_with('{');
    text.len() <= limits::CLAIMS_BYTES_MAX && is_object && is_json()
}

/// Base64 of either alphabet, with or without its padding, of a JSON object.
fn decode_claims(encoded: &str) -> Option<Arc<str>> {
    const LENIENT: GeneralPurpose = GeneralPurpose::new(
        &alphabet::STANDARD,
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
    );
    let standard: String = encoded
        .chars()
        .map(|c| match c {
            '-' => '+',
            '_' => '/',
            c => c,
        })
        .collect();
    let claims = String::from_utf8(LENIENT.decode(standard).ok()?).ok()?;
    is_claims(&claims).then(|| Arc::from(claims))
}

/// The audience that a vault asks for, as stated by its challenge and verified against its host.
pub(crate) fn audience(challenges: &[String], origin: &Url, verify: bool) -> Result<String> {
    let host = origin.host_str().unwrap_or_default();
    let audience = stated(challenges, host)?;
    let audience_host = audience.trim_start_matches("https://");
    let host = host.to_ascii_lowercase();
    let below = host
        .strip_suffix(audience_host)
        .is_some_and(|front| front.ends_with('.') && front.len() > 1);
    if verify && !below {
        return Err(not_believed(&host, "its audience belongs to another host"));
    }
    Ok(audience)
}

/// Whether a vault whose audience is known asks for that and no other. One that refuses a token need not
/// say it again.
pub(crate) fn agrees(challenges: &[String], origin: &Url, known: &str) -> Result<()> {
    let host = origin.host_str().unwrap_or_default();
    let says_nothing = !challenges
        .iter()
        .any(|line| stated_audience(line).is_some());
    let advise = |error: Error| {
        error.advise("the token that was sent is for the vault's own audience, and none is asked for another; check that the host is the vault and nothing in between answers for it")
    };
    if says_nothing {
        return Ok(());
    }
    let stated = stated(challenges, host).map_err(advise)?;
    if stated.eq_ignore_ascii_case(known) {
        return Ok(());
    }
    let why = "its audience belongs to another host than its cloud's";
    Err(advise(not_believed(host, why)))
}

fn stated(challenges: &[String], host: &str) -> Result<String> {
    let stated = challenges
        .iter()
        .find_map(|challenge| stated_audience(challenge))
        .ok_or_else(|| {
            Error::new(
                Status::Unauthorized,
                format!("{host} asks for a token but does not say for which audience"),
            )
            .advise("check that this host is a Key Vault")
            .with_http_status(401)
        })?;
    normal_form(&stated).ok_or_else(|| {
        not_believed(
            host,
            "its audience is not https:// and a host without port or path",
        )
    })
}

fn not_believed(host: &str, why: &str) -> Error {
    Error::new(
        Status::Unauthorized,
        format!("the challenge of {host} is not believed: {why}"),
    )
    .advise("a real vault's host ends with the host of its audience; no token was asked for or sent. An emulator may need the option that switches this verification off")
    .with_http_status(401)
}

/// `https://host`, lower case, without slash and `/.default`: the form token endpoints want.
fn normal_form(stated: &str) -> Option<String> {
    let stated = stated.strip_suffix("/.default").unwrap_or(stated);
    let stated = stated.strip_suffix('/').unwrap_or(stated);
    let scheme = stated.get(..8)?;
    let host = stated.get(8..)?;
    (scheme.eq_ignore_ascii_case("https://") && is_host_name(host) && host.contains('.'))
        .then(|| format!("https://{}", host.to_ascii_lowercase()))
}

/// The `resource`, else the `scope`, of the first `Bearer` challenge in one header line that has one.
fn stated_audience(header: &str) -> Option<String> {
    let bearers = bearer_parameters(header, ["resource", "scope"]);
    bearers
        .into_iter()
        .find_map(|[resource, scope]| resource.or(scope))
}

/// The first value of each of these parameters, of each `Bearer` challenge in one header line.
fn bearer_parameters<const N: usize>(header: &str, names: [&str; N]) -> Vec<[Option<String>; N]> {
    let mut bearers = Vec::new();
    let mut in_bearer = false;
    for part in parts(header) {
        match part {
            Part::Scheme(scheme) => {
                in_bearer = scheme.eq_ignore_ascii_case("bearer");
                if in_bearer {
                    bearers.push([const { None }; N]);
                }
            }
            Part::Parameter(name, value) if in_bearer && !value.is_empty() => {
                let at = names
                    .iter()
                    .position(|wanted| wanted.eq_ignore_ascii_case(name));
                if let (Some(at), Some(bearer)) = (at, bearers.last_mut()) {
                    bearer[at].get_or_insert(value);
                }
            }
            Part::Parameter(..) => {}
        }
    }
    bearers
}

enum Part<'a> {
    Scheme(&'a str),
    Parameter(&'a str, String),
}

/// Reads schemes and `name=value` parameters in any order, quoted or not, with or without commas;
/// several challenges may share a line.
fn parts(header: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = header;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        let end = rest.find([' ', '\t', ',', '=']).unwrap_or(rest.len());
        let (word, tail) = rest.split_at(end);
        if word.is_empty() && tail.is_empty() {
            return parts;
        }
        match tail.strip_prefix('=') {
            Some(value) => {
                let (value, next) = read_value(value);
                parts.push(Part::Parameter(word, value));
                rest = next;
            }
            None => {
                parts.push(Part::Scheme(word));
                rest = tail;
            }
        }
    }
}

fn read_value(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([' ', '\t', ',']).unwrap_or(text.len());
        return (text[..end].to_owned(), &text[end..]);
    };
    let mut value = String::new();
    let mut escaped = false;
    for (at, c) in quoted.char_indices() {
        match c {
            _ if escaped => {
                value.push(c);
                escaped = false;
            }
            '\\' => escaped = true,
            '"' => return (value, &quoted[at + 1..]),
            _ => value.push(c),
        }
    }
    // A quote that never ends: believe nothing of it.
    (String::new(), "")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(header: &str, origin: &str, verify: bool) -> Result<String> {
        audience(&[header.to_owned()], &Url::parse(origin).unwrap(), verify)
    }

    const VAULT: &str = "https://demo.vault.azure.net/";

    #[test]
    fn the_real_header_is_read() {
        let header = r#"Bearer authorization="https://login.windows.net/72f988bf-86f1-41af-91ab-2d7cd011db47", resource="https://vault.azure.net""#;
        assert_eq!(ask(header, VAULT, true).unwrap(), "https://vault.azure.net");
    }

    #[test]
    fn other_writings_of_the_same_challenge_are_read() {
        for header in [
            "Bearer resource=https://vault.azure.net",
            "bearer RESOURCE=\"https://vault.azure.net/\"",
            r#"Bearer scope="https://vault.azure.net/.default", authorization_uri="https://x/""#,
            r#"PoP nonce="a", Bearer authorization="https://x/y" resource="https://VAULT.azure.net""#,
            r#"Bearer supportspop=true,resource="https://vault.azure.net",scope="https://evil.example/.default""#,
        ] {
            assert_eq!(
                ask(header, VAULT, true).unwrap(),
                "https://vault.azure.net",
                "{header}"
            );
        }
    }

    #[test]
    fn an_audience_of_another_host_is_not_believed() {
        for (header, origin) in [
            (r#"Bearer resource="https://management.azure.com""#, VAULT),
            (
                r#"Bearer resource="https://vault.azure.net""#,
                "https://demovault.azure.net/",
            ),
            (
                r#"Bearer resource="https://vault.azure.net""#,
                "https://demo.vault.azure.net.example/",
            ),
            (r#"Bearer resource="https://demo.vault.azure.net""#, VAULT),
            (r#"Bearer resource="https://net""#, VAULT),
            (
                r#"Bearer resource="https://vault.azure.net""#,
                "https://[::1]/",
            ),
            (r#"Bearer resource="https://[::1]""#, "https://[::1]/"),
            (r#"Bearer resource="https://[2001:db8::1]""#, VAULT),
            (r#"Bearer resource="https://vault.azure.net:443""#, VAULT),
            (r#"Bearer resource="https://vault.azure.net:8443""#, VAULT),
            (r#"Bearer resource="http://vault.azure.net""#, VAULT),
            (r#"Bearer resource="https://u@vault.azure.net""#, VAULT),
            (r#"Bearer resource="https://vault.azure.net/x""#, VAULT),
            (r#"Bearer resource="https://vault.azure.net"#, VAULT),
            ("Bearer", VAULT),
            ("", VAULT),
            (r#"Basic resource="https://vault.azure.net""#, VAULT),
            ("Bearer =,=,==", VAULT),
        ] {
            assert_eq!(
                ask(header, origin, true).unwrap_err().status(),
                Status::Unauthorized,
                "{header} {origin}"
            );
        }
    }

    #[test]
    fn challenges_of_one_scheme_in_one_line_are_read_each_by_itself() {
        let claims =
            r#"Bearer error="invalid_token", Bearer error="insufficient_claims", claims="e30=""#;
        assert_eq!(demand(&[claims.to_owned()]), Demand::Claims("{}".into()));
        let parted = r#"Bearer error="insufficient_claims", Bearer claims="e30=""#;
        assert_eq!(demand(&[parted.to_owned()]), Demand::Token);
        let second = r#"Bearer realm="x", Bearer resource="https://vault.azure.net""#;
        assert_eq!(ask(second, VAULT, true).unwrap(), "https://vault.azure.net");
    }

    #[test]
    fn a_known_audience_stands_unless_another_one_is_stated() {
        let agrees = |header: &str| {
            let challenges = [header.to_owned()];
            agrees(
                &challenges,
                &Url::parse(VAULT).unwrap(),
                "https://vault.azure.net",
            )
        };
        for silent in ["", "Bearer", r#"Bearer error="invalid_token""#] {
            assert!(agrees(silent).is_ok(), "{silent}");
        }
        assert!(agrees("Bearer resource=https://vault.azure.net/").is_ok());
        for other in ["https://vault.azure.cn", "http://vault.azure.net", "x"] {
            assert!(
                agrees(&format!("Bearer resource={other}")).is_err(),
                "{other}"
            );
        }
    }

    #[test]
    fn switched_off_verification_still_wants_an_https_host() {
        assert_eq!(
            ask(
                r#"Bearer resource="https://vault.azure.net""#,
                "https://localhost:1/",
                false
            )
            .unwrap(),
            "https://vault.azure.net"
        );
        assert!(
            ask(
                r#"Bearer resource="http://vault.azure.net""#,
                "https://localhost:1/",
                false
            )
            .is_err()
        );
    }
}
