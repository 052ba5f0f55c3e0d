//! Bodies of token endpoints: the token with its expiry, and refusals in the shapes that were seen
//! on the Azure hosts. Bodies never end up in an error.

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::identity::moment::{LAST, Moment};
use crate::identity::{Identity, resource};
use crate::sensitive::Sensitive;
use crate::transport::text;

/// A token as granted.
pub(crate) struct Granted {
    pub value: Sensitive,
    pub expires_at_unix: i64,
    /// When the source wants to be asked again, in seconds from now: within the token's life.
    pub refresh_in_s: Option<i64>,
    pub ids: EchoedIds,
}

/// Which identity the token is for, as far as the source says so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct EchoedIds {
    pub client_id: Option<String>,
    pub object_id: Option<String>,
    pub resource_id: Option<String>,
}

#[derive(Deserialize)]
struct TokenBody {
    access_token: Option<Sensitive>,
    #[serde(default)]
    expires_in: Moment,
    #[serde(default)]
    expires_on: Moment,
    #[serde(default)]
    refresh_in: Moment,
    token_type: Option<String>,
    client_id: Option<String>,
    object_id: Option<String>,
    msi_res_id: Option<String>,
    mi_res_id: Option<String>,
}

/// Reads a 200. The error is the rule that the body breaks, in words that follow "but".
pub(crate) fn parse_token(body: &[u8], now_unix: i64) -> Result<Granted, &'static str> {
    let no_token = "the body is not the JSON of a token";
    // An array would be taken for its members in their order.
    if !body.trim_ascii_start().starts_with(b"{") {
        return Err(no_token);
    }
    let parsed: TokenBody = serde_json::from_slice(body).map_err(|_| no_token)?;
    let ids = EchoedIds::of(&parsed);
    let expires_at_unix = expiry(parsed.expires_in, parsed.expires_on, now_unix);
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
    let expires_at_unix = expires_at_unix?;
    if expires_at_unix <= now_unix {
        return Err("its token has expired already; check this machine's clock");
    }
    // A hint: one that makes no sense is as good as none.
    let refresh_in_s = match parsed.refresh_in {
        Moment::Number(seconds) => Some(seconds),
        _ => None,
    };
    Ok(Granted {
        value,
        expires_at_unix,
        refresh_in_s: refresh_in_s
            .filter(|seconds| (1..expires_at_unix - now_unix).contains(seconds)),
        ids,
    })
}

/// The start of 2001: fewer seconds than that in `expires_on` are no date of any token, but count
/// from now, as the official library for .NET reads them.
const DATES_FROM: i64 = 978_307_200;

/// `expires_in` first, in whatever order the two stand: it does not depend on this machine's clock
/// being right.
fn expiry(relative: Moment, absolute: Moment, now_unix: i64) -> Result<i64, &'static str> {
    // No caller has a date for what is later.
    let after = |seconds| {
        let at = now_unix.checked_add(seconds).filter(|at| *at <= LAST);
        at.ok_or("its token expires after the year 9999")
    };
    match (relative, absolute) {
        (Moment::Number(seconds), _) => after(seconds),
        (Moment::Date(_) | Moment::Nonsense, _) => Err("its expiry is no number of seconds"),
        (Moment::Absent, Moment::Number(seconds)) if seconds < DATES_FROM => after(seconds),
        (Moment::Absent, Moment::Number(at) | Moment::Date(at)) => Ok(at),
        (Moment::Absent, Moment::Nonsense) => {
            Err("its expiry is neither a number of seconds nor a date")
        }
        (Moment::Absent, Moment::Absent) => Err("it does not say when the token expires"),
    }
}

impl EchoedIds {
    /// What is no id by its form is dropped: ids are shown to people and compared.
    fn of(body: &TokenBody) -> Self {
        let guid = |id: &Option<String>| {
            let id = id.as_deref()?;
            resource::check_guid("", id).is_ok().then(|| id.to_owned())
        };
        let resource_id = |id: &Option<String>| {
            let id = Identity::ResourceId(id.clone()?);
            match (id.check(), id) {
                (Ok(()), Identity::ResourceId(id)) => Some(id),
                _ => None,
            }
        };
        let spellings = (resource_id(&body.msi_res_id), resource_id(&body.mi_res_id));
        Self {
            client_id: guid(&body.client_id),
            object_id: guid(&body.object_id),
            resource_id: match spellings {
                // Two that differ say nothing.
                (Some(a), Some(b)) => a.eq_ignore_ascii_case(&b).then_some(a),
                (a, b) => a.or(b),
            },
        }
    }
}

/// Whether a body is JSON at all.
pub(crate) fn is_json(body: &[u8]) -> bool {
    serde_json::from_slice::<serde::de::IgnoredAny>(body).is_ok()
}

/// What a refusal says, fit for an error.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub code: Option<String>,
    pub message: Option<String>,
    /// Numbers of the kind AADSTS700024.
    pub codes: Vec<u64>,
    /// What to quote to support.
    pub correlation_id: Option<String>,
}

/// More numbers than any refusal was seen with.
const CODES_MAX: usize = 16;

/// Reads an error body; one that is no JSON object says nothing. What is one of the `held` secrets
/// is masked: some services repeat what they were sent.
pub(crate) fn parse_refusal(body: &[u8], held: &[&Sensitive]) -> Refusal {
    let Ok(Value::Object(body)) = serde_json::from_slice(body) else {
        return Refusal::default();
    };
    let empty = Map::new();
    let inner = body
        .get("error")
        .and_then(Value::as_object)
        .unwrap_or(&empty);
    let error = text_of(&body, &["error"]);
    let code = error
        .or_else(|| text_of(inner, &["code"]))
        .and_then(|code| text::code(code, held));
    let message = text_of(&body, &["error_description", "message", "Message"])
        .or_else(|| text_of(inner, &["message"]))
        // Bad api-versions are answered with the sentence in `error` itself.
        .or_else(|| error.filter(|_| code.is_none()))
        .map(|message| text::message(message, held))
        .filter(|message| !message.is_empty());
    let correlation_names = ["correlationId", "correlation_id", "trace_id"];
    let correlation_id = text_of(&body, &correlation_names)
        .or_else(|| text_of(inner, &correlation_names))
        .and_then(|id| text::code(id, held));
    Refusal {
        codes: codes(&body, message.as_deref()),
        code,
        message,
        correlation_id,
    }
}

/// The first of the members that is a text with something in it.
fn text_of<'a>(object: &'a Map<String, Value>, names: &[&str]) -> Option<&'a str> {
    let mut texts = names.iter().filter_map(|name| object.get(*name)?.as_str());
    texts.find(|text| !text.trim().is_empty())
}

fn codes(body: &Map<String, Value>, message: Option<&str>) -> Vec<u64> {
    let listed = body.get("error_codes").and_then(Value::as_array);
    let mut codes: Vec<u64> = listed
        .into_iter()
        .flatten()
        .filter_map(|code| code.as_u64().or_else(|| code.as_str()?.parse().ok()))
        .take(CODES_MAX)
        .collect();
    if let Some(code) = message.and_then(leading_code)
        && !codes.contains(&code)
    {
        codes.push(code);
    }
    codes
}

/// The number that Microsoft Entra begins its messages with: `AADSTS50001: …`.
fn leading_code(message: &str) -> Option<u64> {
    let rest = message.strip_prefix("AADSTS")?;
    let end = rest
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(rest.len());
    rest[..end].parse().ok()
}

#[cfg(test)]
mod tests;
