//! Key Vault's secrets over HTTP: which vault a request is for, who sent it, which version of the API, and where it goes from there.
//! The table of operations is in routes.rs; what they do in requests.rs, deleted.rs and paging.rs; refusals are in errors.rs,
//! permissions.rs and challenge.rs; what is stored in store.rs.

pub(crate) mod backup;
mod bodies;
pub(crate) mod challenge;
mod deleted;
pub(crate) mod errors;
mod json;
mod paging;
pub(crate) mod permissions;
mod requests;
mod routes;
pub(crate) mod secrets;
pub(crate) mod store;

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use crate::answer::Answer;
use crate::journal::RequestRecord;
use crate::query::Query;
use crate::random;
use crate::vault::permissions::{Attempt, Denied, VaultOperation};
use crate::vault::routes::{Route, Unrouted};
use crate::vault::store::VaultIndex;
use crate::world::World;

/// The size of a page, by default and at most.
const ITEMS_MAX: usize = 25;
const NAME_MAX: usize = 127;

/// The versions of the API, oldest first; the last is the one a refusal recommends.
const API_VERSIONS: [&str; 10] = [
    "2016-10-01",
    "7.0",
    "7.1",
    "7.2",
    "7.3",
    "7.4",
    "7.5",
    "7.6",
    "2025-07-01",
    "2026-04-01",
];
const PREVIEW_VERSIONS: [&str; 6] = [
    "7.6-preview.2",
    "2025-06-01-preview",
    "2026-01-01-preview",
    "2026-03-01-preview",
    "2026-05-01-preview",
    "2026-07-01-preview",
];
/// `recoverableDays` is newer than these.
const VERSIONS_WITHOUT_DAYS: [&str; 2] = ["2016-10-01", "7.0"];

/// What the parts of this module know of the request they serve.
struct Call<'a> {
    vault: VaultIndex,
    /// `https://`, the host as it was asked for, and its port unless that is 443.
    origin: String,
    api_version: &'a str,
    with_days: bool,
    recovery_level: &'static str,
}

impl Call<'_> {
    /// The id of a secret or of one of its versions. It starts with the host that was asked, so that a client without
    /// `*.localhost` in its resolver can use it.
    fn id_of(&self, name: &str, version: Option<&str>) -> String {
        let version = version
            .map(|version| format!("/{version}"))
            .unwrap_or_default();
        format!("{}/secrets/{name}{version}", self.origin)
    }

    /// The real service writes the port into a nextLink even when it is 443.
    fn origin_with_port(&self) -> String {
        let host = self.origin.trim_start_matches("https://");
        if host.contains(':') {
            self.origin.clone()
        } else {
            format!("{}:443", self.origin)
        }
    }
}

/// Answers one request to a vault.
pub(crate) fn answer(
    world: &World,
    request: &RequestRecord,
    path: &str,
    query: &Query,
    body: &[u8],
) -> Answer {
    let answer = match vault_of(world, request) {
        Ok((vault, origin)) => challenge::refusal(world, request)
            .unwrap_or_else(|| routed(world, request, (vault, origin), path, query, body)),
        Err(refusal) => refusal,
    };
    with_service_headers(answer, request)
}

fn routed(
    world: &World,
    request: &RequestRecord,
    (vault, origin): (VaultIndex, String),
    path: &str,
    query: &Query,
    body: &[u8],
) -> Answer {
    let api_version = match api_version(query) {
        Ok(version) => version,
        Err(refusal) => return refusal,
    };
    let call = Call {
        vault,
        origin,
        api_version,
        with_days: !VERSIONS_WITHOUT_DAYS.contains(&api_version),
        recovery_level: if world.vaults.is_purge_protected() {
            "Recoverable"
        } else {
            "Recoverable+Purgeable"
        },
    };
    let segments = segments(path);
    let segments: Vec<&str> = segments.iter().map(AsRef::as_ref).collect();
    if let ["secrets" | "deletedsecrets", name, ..] = segments.as_slice()
        && !is_name(name)
    {
        return errors::invalid_name(name);
    }
    let route = match Route::of(&request.method, &segments) {
        Ok(route) => route,
        Err(Unrouted::Method) => return errors::method_not_allowed(&request.method),
        Err(Unrouted::Path) => return errors::no_such_route(path),
    };
    if let Some(reason) = world.permissions.denial(route.operation()) {
        return denial(world, request, reason);
    }
    carried_out(world, request, &call, route, query, body)
}

fn carried_out(
    world: &World,
    request: &RequestRecord,
    call: &Call<'_>,
    route: Route<'_>,
    query: &Query,
    body: &[u8],
) -> Answer {
    match route {
        Route::List => paging::secrets(world, call, query),
        Route::Versions { name } => paging::versions(world, call, query, name),
        Route::Get { name, version } => requests::get(world, call, name, version),
        Route::Set { name } => requests::put(world, call, name, request, body),
        Route::Update { name, version } => {
            requests::update(world, call, (name, version), request, body)
        }
        Route::Delete { name } => requests::delete(world, call, name),
        Route::Backup { name } => requests::backup(world, call, name),
        Route::Restore => requests::restore(world, call, request, body),
        Route::ListDeleted => paging::deleted(world, call, query),
        Route::GetDeleted { name } => deleted::get(world, call, name),
        Route::Recover { name } => deleted::recover(world, call, name),
        Route::Purge { name } => deleted::purge(world, call, name),
    }
}

/// The service takes `//secrets/x` for `/secrets/x`, and a slash at the end for an empty version.
fn segments(path: &str) -> Vec<Cow<'_, str>> {
    path.split('/')
        .filter(|segment| !segment.is_empty())
        .map(|segment| percent_decode_str(segment).decode_utf8_lossy())
        .collect()
}

/// What a request is refused with for this reason, in words that name what it asked for.
pub(crate) fn denial(world: &World, request: &RequestRecord, reason: Denied) -> Answer {
    let segments = segments(request.path());
    let segments: Vec<&str> = segments.iter().map(AsRef::as_ref).collect();
    let route = Route::of(&request.method, &segments).ok();
    let vault = vault_of(world, request).map(|(vault, _)| vault);
    let attempt = Attempt {
        operation: route.map_or(VaultOperation::Get, Route::operation),
        vault: world
            .vaults
            .name_of(vault.unwrap_or_else(|_| world.vaults.first())),
        secret: route.and_then(Route::name),
        token: challenge::bearer(request),
    };
    permissions::denied(reason, &attempt)
}

/// The name of the secret that a request is about, or a word for it.
pub(crate) fn subject(path: &str) -> String {
    let segments = segments(path);
    segments.get(1).map_or("secret".into(), ToString::to_string)
}

/// The vault that the Host header names. The bare loopback names stand for the first one.
fn vault_of(world: &World, request: &RequestRecord) -> Result<(VaultIndex, String), Answer> {
    let host = request.header("host").unwrap_or_default();
    let host = host.to_ascii_lowercase();
    let (name, port) = host.split_once(':').unwrap_or((&host, "443"));
    let vault = match name {
        "localhost" | "127.0.0.1" => Some(world.vaults.first()),
        _ => name
            .strip_suffix(&world.settings.suffix)
            .and_then(|rest| rest.strip_suffix('.'))
            .and_then(|vault| world.vaults.find(vault)),
    };
    let Some(vault) = vault else {
        let served = world.vaults.names().join(", ");
        return Err(errors::no_such_vault(name, &served));
    };
    let origin = match port {
        "443" => format!("https://{name}"),
        _ => format!("https://{name}:{port}"),
    };
    Ok((vault, origin))
}

fn api_version(query: &Query) -> Result<&str, Answer> {
    let known =
        |version: &&str| API_VERSIONS.contains(version) || PREVIEW_VERSIONS.contains(version);
    let asked = query.get("api-version").unwrap_or_default();
    if known(&asked) {
        return Ok(asked);
    }
    let latest = API_VERSIONS[API_VERSIONS.len() - 1];
    Err(errors::unknown_version_of_api(asked, latest))
}

pub(crate) fn is_name(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    (1..=NAME_MAX).contains(&text.len()) && text.bytes().all(allowed)
}

/// The headers that every answer of the service bears.
pub(crate) fn with_service_headers(answer: Answer, request: &RequestRecord) -> Answer {
    let client_request_id = request
        .header("x-ms-client-request-id")
        .map_or_else(random::guid, str::to_owned);
    answer
        .header("Cache-Control", "no-cache")
        .header("Pragma", "no-cache")
        .header("Expires", "-1")
        .header("x-ms-keyvault-region", "westeurope")
        .header("x-ms-client-request-id", client_request_id)
        .header("x-ms-request-id", random::guid())
        .header("x-ms-keyvault-service-version", "1.9.2303.1")
        .header(
            "x-ms-keyvault-network-info",
            "conn_type=Ipv4;addr=127.0.0.1;act_addr_fam=InterNetwork;",
        )
        .header("X-Content-Type-Options", "nosniff")
        .header(
            "Strict-Transport-Security",
            "max-age=31536000;includeSubDomains",
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_letters_digits_and_hyphens() {
        let longest = "a".repeat(127);
        for name in ["a", "My-Secret-1", "-", &longest] {
            assert!(is_name(name), "{name}");
        }
        let too_long = "a".repeat(128);
        for name in ["", "a_b", "a b", "a/b", "..", "é", &too_long] {
            assert!(!is_name(name), "{name}");
        }
    }

    #[test]
    fn the_versions_of_the_api_are_known_and_no_others() {
        for version in API_VERSIONS.iter().chain(&PREVIEW_VERSIONS) {
            let text = format!("api-version={version}");
            assert!(api_version(&Query::parse(Some(&text))).is_ok(), "{version}");
        }
        for text in ["", "api-version=", "api-version=7.7", "Api-Version=7.4"] {
            assert!(api_version(&Query::parse(Some(text))).is_err(), "{text}");
        }
    }
}
