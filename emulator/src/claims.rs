//! Demands of continuous access evaluation: the claims that tokens must have been issued for, and how a challenge writes them.
//! Which tokens fulfil them is remembered in tokens.rs.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use serde_json::Value;

/// How the claims are written into a challenge. All of them have been seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClaimsEncoding {
    /// Base64 with padding.
    #[default]
    Base64,
    /// Base64 without padding.
    Base64Unpadded,
    /// The alphabet for URLs, without padding.
    Base64Url,
}

impl ClaimsEncoding {
    fn encode(self, text: &str) -> String {
        match self {
            Self::Base64 => STANDARD.encode(text),
            Self::Base64Unpadded => STANDARD_NO_PAD.encode(text),
            Self::Base64Url => URL_SAFE_NO_PAD.encode(text),
        }
    }
}

/// Claims that are demanded.
pub(crate) struct Demand {
    /// As the challenge has them.
    pub(crate) encoded: String,
    claims: Option<Value>,
    /// Whether a token has to be asked for with the claims, as from the directory. Other endpoints know no claims; there any
    /// new token will do.
    pub(crate) must_be_asked_for: bool,
}

impl Demand {
    pub(crate) fn new(claims: &str, encoding: ClaimsEncoding, must_be_asked_for: bool) -> Self {
        Self {
            encoded: encoding.encode(claims),
            claims: serde_json::from_str(claims).ok(),
            must_be_asked_for,
        }
    }

    /// Whether a request asks for all that is demanded. It may ask for more: clients add what they are capable of.
    pub(crate) fn is_met_by(&self, asked: &str) -> bool {
        match (&self.claims, serde_json::from_str(asked)) {
            (Some(claims), Ok(asked)) => includes(&asked, claims),
            _ => false,
        }
    }
}

fn includes(asked: &Value, demanded: &Value) -> bool {
    match (asked, demanded) {
        (Value::Object(asked), Value::Object(demanded)) => demanded
            .iter()
            .all(|(name, value)| asked.get(name).is_some_and(|asked| includes(asked, value))),
        _ => asked == demanded,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLAIMS: &str = r#"{"access_token":{"nbf":{"essential":true,"value":"1"}}}"#;

    #[test]
    fn a_request_may_ask_for_more_but_not_for_less() {
        let demand = Demand::new(CLAIMS, ClaimsEncoding::Base64, true);
        let more = r#"{"access_token":{"xms_cc":{"values":["cp1"]},"nbf":{"essential":true,"value":"1"}}}"#;
        assert!(demand.is_met_by(CLAIMS) && demand.is_met_by(more));
        let other = r#"{"access_token":{"nbf":{"essential":true,"value":"2"}}}"#;
        for less in [other, r#"{"access_token":{}}"#, "{}", "no JSON", ""] {
            assert!(!demand.is_met_by(less), "{less}");
        }
    }

    #[test]
    fn each_encoding_has_its_alphabet_and_padding() {
        for (encoding, text) in [
            (ClaimsEncoding::Base64, "Pz8/Pz4="),
            (ClaimsEncoding::Base64Unpadded, "Pz8/Pz4"),
            (ClaimsEncoding::Base64Url, "Pz8_Pz4"),
        ] {
            assert_eq!(Demand::new("????>", encoding, false).encoded, text);
        }
    }
}
