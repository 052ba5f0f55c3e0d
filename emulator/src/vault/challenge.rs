//! Who may talk to the vault: the bearer token of a request, and the challenge that answers a missing or a bad one.
//! What makes a token good is in tokens.rs; this file gives the verdict the vault's words.

use crate::answer::Answer;
use crate::journal::RequestRecord;
use crate::tokens::{Unacceptable, issuer};
use crate::vault::errors;
use crate::world::World;

/// Key Vault's own application id, an audience as good as its URI.
const APPLICATION_ID: &str = "cfa8b339-82a2-471a-a3c9-0fc0be7a4093";

/// The refusal of a request without a good token; nothing when the token is good.
pub(crate) fn refusal(world: &World, request: &RequestRecord) -> Option<Answer> {
    let Some(token) = bearer(request) else {
        let message = "AKV10000: Request is missing a Bearer or PoP token.";
        return Some(unauthorized(world, message));
    };
    let audience = world.settings.audience();
    let verdict = world.tokens.check(token, &[&audience, APPLICATION_ID]);
    let message = match verdict.err()? {
        Unacceptable::Unreadable => {
            "[BearerReadAccessTokenFailed] Error validating token: 'S2S12005'.".to_owned()
        }
        Unacceptable::Issuer(found) => {
            let expected = issuer(world.tokens.tenant());
            format!("AKV10032: Invalid issuer. Expected one of {expected}, found {found}.")
        }
        Unacceptable::Audience(found) => {
            format!("AKV10022: Invalid audience. Expected {audience}, found: {found}.")
        }
        Unacceptable::Expired => "[TokenExpired] Error validating token: 'S2S12086'.".to_owned(),
        Unacceptable::Claims(claims) => return Some(insufficient(&claims)),
        Unacceptable::Signature => {
            "AKV10046: Unable to resolve the key used for signature validation.".to_owned()
        }
    };
    Some(unauthorized(world, &message))
}

/// A 401 of any reason says where to get a token, and for which resource.
pub(crate) fn header(world: &World) -> String {
    format!(
        "Bearer authorization=\"https://login.windows.net/{}\", resource=\"{}\"",
        world.tokens.tenant(),
        world.settings.audience()
    )
}

/// The challenge of continuous access evaluation. Its form is documented ("Claims challenges, claims requests, and client
/// capabilities" on Microsoft Learn); the words of the body are ours.
fn insufficient(claims: &str) -> Answer {
    let challenge = format!(
        "Bearer realm=\"\", authorization_uri=\"https://login.microsoftonline.com/common/oauth2/authorize\", error=\"insufficient_claims\", claims=\"{claims}\""
    );
    let message = "The token was not issued for the claims that are demanded.";
    errors::plain(401, "Unauthorized", message).header("WWW-Authenticate", challenge)
}

fn unauthorized(world: &World, message: &str) -> Answer {
    errors::plain(401, "Unauthorized", message).header("WWW-Authenticate", header(world))
}

/// The token that a request bears.
pub(super) fn bearer(request: &RequestRecord) -> Option<&str> {
    let mut headers = request
        .headers
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case("authorization"));
    let (Some((_, value)), None) = (headers.next(), headers.next()) else {
        return None;
    };
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
