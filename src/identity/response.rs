//! Bodies of token endpoints: the token with its expiry, and refusals in the shapes that were seen
//! on the Azure hosts. Bodies never end up in an error.

use serde::Deserialize;

use crate::sensitive::Sensitive;
use crate::transport::text;

/// A token as granted.
pub(crate) struct Granted {
    pub value: Sensitive,
    pub expires_at_unix: i64,
    pub client_id: Option<String>,
}

#[derive(Deserialize)]
struct TokenBody<'a> {
    access_token: Option<Sensitive>,
    #[serde(borrow)]
    expires_in: Option<Moment<'a>>,
    #[serde(borrow)]
    expires_on: Option<Moment<'a>>,
    token_type: Option<String>,
    client_id: Option<String>,
}

/// Numbers come as numbers or as strings, depending on the host.
#[derive(Deserialize)]
#[serde(untagged)]
enum Moment<'a> {
    Number(f64),
    Text(#[serde(borrow)] std::borrow::Cow<'a, str>),
}

impl Moment<'_> {
    /// `None` for an empty string, an error for anything that is no number of seconds.
    fn seconds(&self) -> Result<Option<i64>, &'static str> {
        const RULE: &str = "its expiry is no number of seconds";
        let value = match self {
            Moment::Number(value) => *value,
            Moment::Text(text) if text.trim().is_empty() => return Ok(None),
            Moment::Text(text) => text.trim().parse::<f64>().map_err(|_| RULE)?,
        };
        // A token that lives past the year 9999 is nonsense; the cast below is exact.
        if value.is_finite() && (0.0..253_402_300_800.0).contains(&value) {
            Ok(Some(value as i64))
        } else {
            Err(RULE)
        }
    }
}

/// Reads a 200. The error is the rule that the body breaks, in words that follow "but".
pub(crate) fn parse_token(body: &[u8], now_unix: i64) -> Result<Granted, &'static str> {
    let parsed: TokenBody<'_> =
        serde_json::from_slice(body).map_err(|_| "the body is not the JSON of a token")?;
    let value = parsed
        .access_token
        .filter(|token| !token.is_empty())
        .ok_or("there is no access_token in it")?;
    if !value.as_bytes().iter().all(|b| b.is_ascii_graphic()) {
        return Err("its access_token holds characters that no token has");
    }
    if value.len() > crate::limits::HEADER_VALUE_LENGTH_MAX {
        return Err("its access_token is too large to be one");
    }
    if let Some(kind) = &parsed.token_type
        && !kind.eq_ignore_ascii_case("bearer")
    {
        return Err("its token_type is not Bearer");
    }
    // expires_in first: it does not depend on this machine's clock being right.
    let relative = parsed
        .expires_in
        .map(|m| m.seconds())
        .transpose()?
        .flatten();
    let absolute = parsed
        .expires_on
        .map(|m| m.seconds())
        .transpose()?
        .flatten();
    let expires_at_unix = match (relative, absolute) {
        (Some(seconds), _) => now_unix.saturating_add(seconds),
        (None, Some(at)) => at,
        (None, None) => return Err("it does not say when the token expires"),
    };
    if expires_at_unix <= now_unix {
        return Err("its token has expired already; check this machine's clock");
    }
    Ok(Granted {
        value,
        expires_at_unix,
        client_id: parsed.client_id.filter(|id| is_plain(id)),
    })
}

fn is_plain(id: &str) -> bool {
    !id.is_empty() && id.len() <= 64 && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// Whether a body is JSON at all.
pub(crate) fn is_json(body: &[u8]) -> bool {
    serde_json::from_slice::<serde::de::IgnoredAny>(body).is_ok()
}

/// What a refusal says, fit for an error.
#[derive(Default)]
pub(crate) struct Refusal {
    pub code: Option<String>,
    pub message: Option<String>,
}

#[derive(Deserialize)]
struct RefusalBody {
    error: Option<serde_json::Value>,
    error_description: Option<String>,
    message: Option<String>,
}

/// Reads an error body; one that is not JSON says nothing.
pub(crate) fn parse_refusal(body: &[u8]) -> Refusal {
    let Ok(parsed) = serde_json::from_slice::<RefusalBody>(body) else {
        return Refusal::default();
    };
    let member = |name: &str| match &parsed.error {
        Some(serde_json::Value::Object(error)) => {
            error.get(name).and_then(|v| v.as_str()).map(str::to_owned)
        }
        _ => None,
    };
    let error_text = parsed.error.as_ref().and_then(|error| error.as_str());
    let code = error_text.map(str::to_owned).or_else(|| member("code"));
    let code_is_code = code.as_deref().and_then(|code| text::code(code, &[]));
    // Bad api-versions are answered with the sentence in `error` itself.
    let message = parsed
        .error_description
        .or(parsed.message)
        .or_else(|| member("message"))
        .or_else(|| {
            error_text
                .filter(|_| code_is_code.is_none())
                .map(str::to_owned)
        });
    Refusal {
        code: code_is_code,
        message: message
            .map(|message| text::message(&message, &[]))
            .filter(|message| !message.is_empty()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(body: &str) -> Result<Granted, &'static str> {
        parse_token(body.as_bytes(), 1000)
    }

    #[test]
    fn the_real_body_is_read() {
        let granted = parse(r#"{"access_token":"abc","client_id":"11111111-2222-3333-4444-555555555555","expires_in":"3599","expires_on":"9999","ext_expires_in":"86700","not_before":"1","refresh_token":"","resource":"https://vault.azure.net","token_type":"Bearer"}"#).ok().unwrap();
        assert_eq!(granted.value.as_str(), Some("abc"));
        assert_eq!(granted.expires_at_unix, 1000 + 3599);
        assert_eq!(
            granted.client_id.as_deref(),
            Some("11111111-2222-3333-4444-555555555555")
        );
    }

    #[test]
    fn expiries_may_be_numbers_and_either_one_may_be_missing_or_empty() {
        let at = |body| parse(body).ok().unwrap().expires_at_unix;
        assert_eq!(at(r#"{"access_token":"a","expires_in":5}"#), 1005);
        assert_eq!(at(r#"{"access_token":"a","expires_on":2000}"#), 2000);
        assert_eq!(
            at(r#"{"access_token":"a","expires_on":"2000","expires_in":""}"#),
            2000
        );
    }

    #[test]
    fn bodies_that_make_no_sense_are_told_apart() {
        let cases = [
            ("", "the body is not the JSON of a token"),
            ("<html>", "the body is not the JSON of a token"),
            (
                r#"{"access_token":"a","access_token":"b","expires_in":5}"#,
                "the body is not the JSON of a token",
            ),
            (r#"{"expires_in":5}"#, "there is no access_token in it"),
            (
                r#"{"access_token":"","expires_in":5}"#,
                "there is no access_token in it",
            ),
            (
                r#"{"access_token":"a\r\nb","expires_in":5}"#,
                "its access_token holds characters that no token has",
            ),
            (
                r#"{"access_token":"a","expires_in":5,"token_type":"MAC"}"#,
                "its token_type is not Bearer",
            ),
            (
                r#"{"access_token":"a"}"#,
                "it does not say when the token expires",
            ),
            (
                r#"{"access_token":"a","expires_in":"soon"}"#,
                "its expiry is no number of seconds",
            ),
            (
                r#"{"access_token":"a","expires_in":-5}"#,
                "its expiry is no number of seconds",
            ),
            (
                r#"{"access_token":"a","expires_on":999}"#,
                "its token has expired already; check this machine's clock",
            ),
        ];
        for (body, rule) in cases {
            assert_eq!(parse(body).err(), Some(rule), "{body}");
        }
    }

    #[test]
    fn refusals_of_every_seen_shape_are_read() {
        let read = |body: &str| {
            let refusal = parse_refusal(body.as_bytes());
            (
                refusal.code.unwrap_or_default(),
                refusal.message.unwrap_or_default(),
            )
        };
        assert_eq!(
            read(r#"{"error":"invalid_request","error_description":"Identity not found"}"#),
            ("invalid_request".into(), "Identity not found".into())
        );
        assert_eq!(
            read(r#"{"error":{"code":"c","message":"m"}}"#),
            ("c".into(), "m".into())
        );
        assert_eq!(
            read(r#"{"error":"Bad request. api-version is invalid","newest-versions":["1"]}"#),
            ("".into(), "Bad request. api-version is invalid".into())
        );
        assert_eq!(read("pod list is empty"), ("".into(), "".into()));
    }
}
