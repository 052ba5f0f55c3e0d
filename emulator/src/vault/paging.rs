//! Lists, page by page as the real service gives them: 25 at most, an absolute nextLink with an explicit port, null at the end,
//! and empty pages in between when the emulator is told to send them.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

use crate::answer::Answer;
use crate::query::Query;
use crate::vault::errors;
use crate::vault::json::Bundle;
use crate::vault::secrets::{Secret, Standing, Version};
use crate::vault::{Call, ITEMS_MAX};
use crate::world::World;

/// One page.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Page<'a> {
    value: Vec<Bundle<'a>>,
    next_link: Option<String>,
}

/// What a `$skiptoken` holds: base64url of this as JSON.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SkipToken {
    next_marker: String,
    /// Always 0 in the real service. Here 1 says that the empty page before this one has been sent.
    target_location: u8,
}

/// The place in a list where a page begins.
struct Place {
    /// The last key of the page before; empty at the start.
    after: String,
    empty_sent: bool,
}

/// `GET /secrets`: one item a secret, with its latest attributes and an id without version.
pub(super) fn secrets(world: &World, call: &Call<'_>, query: &Query) -> Answer {
    page(world, call, query, "secret", "/secrets", |after, count| {
        let latest = |secret: &Secret| {
            let is_live = secret.standing() == Standing::Live;
            let version = secret.latest().filter(|_| is_live)?.clone();
            Some(Item::new(call.id_of(&secret.name, None), version))
        };
        world.vaults.after(call.vault, after, count, latest)
    })
}

/// `GET /deletedsecrets`: as `GET /secrets`, with the dates of each deletion. A deletion that is not done is not there yet.
pub(super) fn deleted(world: &World, call: &Call<'_>, query: &Query) -> Answer {
    let path = "/deletedsecrets";
    page(world, call, query, "deletedsecret", path, |after, count| {
        let latest = |secret: &Secret| {
            let is_deleted = secret.standing() == Standing::Deleted;
            let version = secret.latest().filter(|_| is_deleted)?.clone();
            let mut item = Item::new(call.id_of(&secret.name, None), version);
            let mut frame = Secret::new(&secret.name, Vec::new());
            frame.phase = secret.phase;
            item.deleted = Some(frame);
            Some(item)
        };
        world.vaults.after(call.vault, after, count, latest)
    })
}

/// `GET /secrets/<name>/versions`: whole ids, in the order of the version's digits, which is no order in time.
pub(super) fn versions(world: &World, call: &Call<'_>, query: &Query, name: &str) -> Answer {
    let Some(secret) = world.vaults.get(call.vault, name) else {
        return errors::secret_not_found(name);
    };
    let mut versions = secret.versions.clone();
    versions.sort_by(|one, other| one.id.cmp(&other.id));
    let path = format!("/secrets/{}/versions", secret.name);
    page(
        world,
        call,
        query,
        "secretversion",
        &path,
        |after, count| {
            let mut rest = versions
                .iter()
                .filter(|version| version.id.to_ascii_uppercase().as_str() > after);
            let items: Vec<Item> = rest
                .by_ref()
                .take(count)
                .map(|version| {
                    let id = call.id_of(&secret.name, Some(&version.id));
                    Item::new(id, version.clone())
                })
                .collect();
            let last = items
                .last()
                .map(|item| item.version.id.to_ascii_uppercase());
            (items, last.filter(|_| rest.next().is_some()))
        },
    )
}

/// An item of a page that is not yet JSON.
struct Item {
    id: String,
    version: Version,
    /// The secret without its versions, if it is deleted.
    deleted: Option<Secret>,
}

impl Item {
    fn new(id: String, version: Version) -> Self {
        Self {
            id,
            version,
            deleted: None,
        }
    }

    fn bundle<'a>(&'a self, call: &Call<'_>) -> Bundle<'a> {
        let item = Bundle::item(call, self.id.clone(), &self.version);
        match &self.deleted {
            Some(secret) => item.with_deletion(call, secret),
            None => item,
        }
    }
}

/// `fetch` gives the items after a key, up to a count, and the last key when there is more.
fn page(
    world: &World,
    call: &Call<'_>,
    query: &Query,
    kind: &str,
    path: &str,
    fetch: impl FnOnce(&str, usize) -> (Vec<Item>, Option<String>),
) -> Answer {
    let count = match max_results(query) {
        Ok(count) => count.unwrap_or(ITEMS_MAX),
        Err(refusal) => return refusal,
    };
    let Some(place) = place(query, kind) else {
        return errors::bad_parameter("The skip token is not valid.");
    };
    let link = |after: &str, empty_sent| next_link(call, query, path, kind, after, empty_sent);
    if world.settings.sends_empty_pages() && !place.empty_sent {
        let page = Page {
            value: Vec::new(),
            next_link: Some(link(&place.after, true)),
        };
        return Answer::json(200, &page);
    }
    let (items, last) = fetch(&place.after, count);
    let value = items.iter().map(|item| item.bundle(call)).collect();
    let next_link = last.map(|last| link(&last, false));
    Answer::json(200, &Page { value, next_link })
}

fn max_results(query: &Query) -> Result<Option<usize>, Answer> {
    let Some(text) = query.get("maxresults") else {
        return Ok(None);
    };
    match text.parse() {
        Ok(count) if (1..=ITEMS_MAX).contains(&count) => Ok(Some(count)),
        _ => {
            let rule = format!("maxresults must be a number from 1 to {ITEMS_MAX}, found: {text}");
            Err(errors::bad_parameter(&rule))
        }
    }
}

fn next_link(
    call: &Call<'_>,
    query: &Query,
    path: &str,
    kind: &str,
    after: &str,
    empty_sent: bool,
) -> String {
    let token = SkipToken {
        next_marker: marker(kind, after),
        target_location: empty_sent.into(),
    };
    let token = serde_json::to_vec(&token).expect("strings and numbers serialise");
    let token = URL_SAFE_NO_PAD.encode(token);
    let origin = call.origin_with_port();
    let version = call.api_version;
    let suffix = query
        .get("maxresults")
        .map(|count| format!("&maxresults={count}"))
        .unwrap_or_default();
    format!("{origin}{path}?api-version={version}&$skiptoken={token}{suffix}")
}

/// A marker as the service's storage writes it: lengths, the key in capitals, a date that never comes, all in base64 with
/// its padding written as hyphens. It gives away the name of the last secret of the page, as the real one does.
fn marker(kind: &str, after: &str) -> String {
    let key = format!("{kind}/{after}");
    let text = format!(
        "{:06}!{key}!000028!9999-12-31T23:59:59.9999999Z!",
        key.len()
    );
    let encoded = STANDARD.encode(text).replace('=', "-");
    format!("2!{}!{encoded}", encoded.len())
}

fn place(query: &Query, kind: &str) -> Option<Place> {
    let Some(token) = query.get("$skiptoken") else {
        return Some(Place {
            after: String::new(),
            empty_sent: false,
        });
    };
    let token: SkipToken = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
    let encoded = token.next_marker.splitn(3, '!').nth(2)?.replace('-', "=");
    let text = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
    let key = text.split('!').nth(1)?;
    let after = key.strip_prefix(kind)?.strip_prefix('/')?;
    Some(Place {
        after: after.to_owned(),
        empty_sent: token.target_location == 1,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_is_written_as_the_real_service_writes_it() {
        let written = "2!84!MDAwMDE4IXNlY3JldC9EQi1QQVNTV09SRCEwMDAwMjghOTk5OS0xMi0zMVQyMzo1OTo1OS45OTk5OTk5WiE-";
        assert_eq!(marker("secret", "DB-PASSWORD"), written);
    }

    #[test]
    fn a_token_names_the_last_secret_of_the_page_before() {
        let query = "$skiptoken=eyJOZXh0TWFya2VyIjoiMiE4NCFNREF3TURFNElYTmxZM0psZEM5RVFpMVFRVk5UVjA5U1JDRXdNREF3TWpnaE9UazVPUzB4TWkwek1WUXlNem8xT1RvMU9TNDVPVGs1T1RrNVdpRS0iLCJUYXJnZXRMb2NhdGlvbiI6MH0";
        let place = place(&Query::parse(Some(query)), "secret").expect("a good token");
        assert_eq!(place.after, "DB-PASSWORD");
        assert!(!place.empty_sent);
    }

    #[test]
    fn a_spoiled_token_is_refused() {
        for token in ["", "x", "e30", "!!!"] {
            let query = format!("$skiptoken={token}");
            assert!(place(&Query::parse(Some(&query)), "secret").is_none());
        }
    }
}
