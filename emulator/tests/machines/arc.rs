//! A server with the Azure Arc agent: the challenge, the key files, the identities.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use doorkey_emulator::{Builder, Emulator, Fault, Host, UserAssigned};

use crate::common::{Ask, Reply, Vault, imds};
use crate::support::{RESOURCE, assert_oauth, get, object_id, own_object_id, path, start};

/// A folder's name that no other test uses.
fn folder() -> PathBuf {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!("doorkey-arc-{}-{number}", std::process::id());
    std::env::temp_dir().join(name)
}

fn builder() -> Builder {
    Emulator::builder().host(Host::Arc).arc_tokens(folder())
}

fn query(rest: &str) -> String {
    format!("api-version=2020-06-01&{RESOURCE}{rest}")
}

/// A request without a key.
fn challenged(emulator: &Emulator, rest: &str) -> Reply {
    get(emulator, &query(rest), &[("Metadata", "true")])
}

fn with_key(emulator: &Emulator, rest: &str, key: &str) -> Reply {
    let authorization = format!("Basic {key}");
    let headers = [
        ("Metadata", "true"),
        ("Authorization", authorization.as_str()),
    ];
    get(emulator, &query(rest), &headers)
}

/// The file that a challenge names.
fn file(reply: &Reply) -> PathBuf {
    assert_eq!(reply.status, 401, "{}", reply.text());
    let challenge = reply.header("WWW-Authenticate").expect("a challenge");
    let realm = challenge.strip_prefix("Basic realm=").expect("a realm");
    PathBuf::from(realm)
}

/// Both steps.
fn token(emulator: &Emulator, rest: &str) -> Reply {
    let file = file(&challenged(emulator, rest));
    let key = fs::read_to_string(file).expect("a readable key");
    with_key(emulator, rest, &key)
}

#[track_caller]
fn assert_unauthorized(reply: &Reply, description: &str) {
    assert_oauth(reply, 401, "unauthorized_client", description);
    assert_eq!(reply.json()["error_codes"], serde_json::json!([401]));
}

#[test]
fn a_request_without_a_key_is_told_where_one_lies() {
    let emulator = start(builder());
    let reply = challenged(&emulator, "");
    assert_unauthorized(&reply, "Missing Basic Authorization header");
    let file = file(&reply);
    assert!(file.is_absolute());
    assert_eq!(file.parent(), Some(emulator.arc_tokens()));
    assert_eq!(file.extension().and_then(|name| name.to_str()), Some("key"));
    let key = fs::read_to_string(&file).expect("a readable key");
    assert!(key.len() > 32 && key.len() < 4_096);
    assert_eq!(emulator.arc_keys(), [key]);
}

#[test]
#[cfg(unix)]
fn only_the_owner_can_read_a_key() {
    use std::os::unix::fs::PermissionsExt;
    let emulator = start(builder());
    let file = file(&challenged(&emulator, ""));
    let mode = fs::metadata(file).expect("metadata").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn the_key_opens_once() {
    let emulator = start(builder());
    let file = file(&challenged(&emulator, ""));
    let key = fs::read_to_string(&file).expect("a readable key");
    let reply = with_key(&emulator, "", &key);
    assert_eq!(object_id(&reply), own_object_id(&emulator));
    let body = reply.json();
    for field in ["expires_in", "expires_on", "resource", "token_type"] {
        assert!(body[field].is_string(), "{body}");
    }
    assert!(!file.exists(), "a used key is gone");
    let again = with_key(&emulator, "", &key);
    assert_unauthorized(&again, "Invalid Basic Authorization header");
}

#[test]
fn every_challenge_has_a_key_of_its_own_and_all_stay_good() {
    let emulator = start(builder());
    let files = [(); 3].map(|()| file(&challenged(&emulator, "")));
    let keys = files.map(|file| fs::read_to_string(file).expect("a readable key"));
    for key in &keys {
        assert_eq!(with_key(&emulator, "", key).status, 200);
    }
    let mut given = emulator.arc_keys();
    given.dedup();
    assert_eq!(given, keys);
}

#[test]
fn a_wrong_key_gets_a_new_challenge() {
    let emulator = start(builder());
    let first = file(&challenged(&emulator, ""));
    let key = fs::read_to_string(&first).expect("a readable key");
    let with_a_line_end = format!("{key} x");
    for wrong in ["", "wrong", &with_a_line_end] {
        let reply = with_key(&emulator, "", wrong);
        assert_unauthorized(&reply, "Invalid Basic Authorization header");
        assert_ne!(file(&reply), first);
    }
    assert_eq!(with_key(&emulator, "", &key).status, 200);
}

#[test]
fn every_kind_of_id_selects_and_is_told_back() {
    let (one, two) = (UserAssigned::random("one"), UserAssigned::random("two"));
    let emulator = start(builder().user_assigned(one).user_assigned(two.clone()));
    for (name, id) in [
        ("client_id", &two.client_id),
        ("object_id", &two.object_id),
        ("msi_res_id", &two.resource_id),
    ] {
        let reply = token(&emulator, &format!("&{name}={id}"));
        assert_eq!(object_id(&reply), two.object_id);
        assert_eq!(reply.json()[name], *id);
    }
}

#[test]
fn mi_res_id_is_ignored() {
    let one = UserAssigned::random("one");
    let emulator = start(builder().user_assigned(one.clone()));
    let reply = token(&emulator, &format!("&mi_res_id={}", one.resource_id));
    assert_eq!(object_id(&reply), own_object_id(&emulator));
    assert!(reply.json().get("mi_res_id").is_none());
}

#[test]
fn an_old_agent_ignores_every_id_and_tells_none_back() {
    let one = UserAssigned::random("one");
    let builder = builder().arc_ignores_ids(true).user_assigned(one.clone());
    let emulator = start(builder);
    let reply = token(&emulator, &format!("&client_id={}", one.client_id));
    assert_eq!(object_id(&reply), own_object_id(&emulator));
    assert!(reply.json().get("client_id").is_none());
}

#[test]
fn an_agent_can_honour_an_id_without_telling() {
    let one = UserAssigned::random("one");
    let emulator = start(builder().client_id_echo(false).user_assigned(one.clone()));
    let reply = token(&emulator, &format!("&client_id={}", one.client_id));
    assert_eq!(object_id(&reply), one.object_id);
    assert!(reply.json().get("client_id").is_none());
}

#[test]
fn the_agents_own_cache_can_be_bypassed() {
    let emulator = start(builder());
    let text = |rest| token(&emulator, rest).json()["access_token"].to_string();
    let first = text("");
    assert_eq!(text(""), first);
    assert_ne!(text("&bypass_cache=true"), first);
}

#[test]
fn under_a_demand_for_claims_only_a_bypass_of_the_cache_gives_a_token_that_passes() {
    let emulator = start(builder());
    let status = |rest| {
        let body = token(&emulator, rest).json();
        let token = body["access_token"].as_str().expect("a token").to_owned();
        let ask = Ask::get("/secrets?api-version=7.4").bearer(&token);
        Vault::new(&emulator).ask(&ask).status
    };
    assert_eq!(status(""), 200);
    emulator.demand_claims(r#"{"access_token":{}}"#);
    assert_eq!(["", "&bypass_cache=true", ""].map(status), [401, 200, 200]);
}

#[test]
fn an_unknown_id_is_refused_before_any_challenge() {
    let emulator = start(builder());
    let reply = challenged(&emulator, "&client_id=somebody");
    assert_oauth(&reply, 400, "invalid_request", "Identity not found");
    assert!(reply.header("WWW-Authenticate").is_none());
    assert!(emulator.arc_keys().is_empty());
}

#[test]
fn the_metadata_header_is_required() {
    let emulator = start(builder());
    let reply = get(&emulator, &query(""), &[]);
    let rule = "Required metadata header not specified";
    assert_oauth(&reply, 400, "invalid_request", rule);
}

#[test]
fn the_api_version_must_be_one_of_the_agents() {
    let emulator = start(builder());
    let known = "Supported are 2021-02-01 2020-06-01 2019-11-01 2019-08-15";
    for (query, start) in [
        (RESOURCE.to_owned(), "The api-version not specified."),
        (
            format!("api-version=2018-02-01&{RESOURCE}"),
            "The api-version 2018-02-01 is not supported.",
        ),
    ] {
        let reply = get(&emulator, &query, &[("Metadata", "true")]);
        assert_oauth(&reply, 400, "invalid_request", &format!("{start} {known}"));
    }
    for version in ["2019-08-15", "2019-11-01", "2021-02-01"] {
        let query = format!("api-version={version}&{RESOURCE}");
        assert_eq!(get(&emulator, &query, &[("Metadata", "true")]).status, 401);
    }
}

#[test]
fn the_resource_is_required_and_must_be_known() {
    let emulator = start(builder());
    let reply = get(&emulator, "api-version=2020-06-01", &[("Metadata", "true")]);
    let rule = "Required query variable 'resource' is missing";
    assert_oauth(&reply, 400, "invalid_request", rule);
    let key = fs::read_to_string(file(&challenged(&emulator, ""))).expect("a key");
    let authorization = format!("Basic {key}");
    let headers = [
        ("Metadata", "true"),
        ("Authorization", authorization.as_str()),
    ];
    let query = "api-version=2020-06-01&resource=https%3A%2F%2Fnowhere.example";
    let reply = get(&emulator, query, &headers);
    assert_eq!(reply.status, 400);
    assert_eq!(reply.json()["error"], "invalid_resource");
}

#[test]
fn a_post_is_not_allowed_and_no_other_path_is_found() {
    let emulator = start(builder());
    let path = path(&emulator);
    assert_eq!(imds(&emulator, &Ask::new("POST", &path)).status, 405);
    assert_eq!(imds(&emulator, &Ask::get("/metadata/instance")).status, 404);
}

#[test]
fn a_fault_can_play_tricks_with_the_realm() {
    let emulator = start(builder());
    emulator.fault(Fault::token().challenge("Basic realm=/etc/shadow"));
    let reply = challenged(&emulator, "");
    assert_eq!(file(&reply), Path::new("/etc/shadow"));
    assert_eq!(token(&emulator, "").status, 200);
}

#[test]
fn what_was_made_for_the_keys_is_removed_at_the_end() {
    let outer = folder();
    let inner = outer.join("azcmagent").join("tokens");
    let emulator = start(Emulator::builder().host(Host::Arc).arc_tokens(&inner));
    assert!(file(&challenged(&emulator, "")).exists());
    drop(emulator);
    assert!(!outer.exists());
}

#[test]
fn a_folder_that_was_there_stays_with_what_was_in_it() {
    let folder = folder();
    fs::create_dir(&folder).expect("a folder");
    fs::write(folder.join("mine.txt"), "mine").expect("a file");
    let emulator = start(Emulator::builder().host(Host::Arc).arc_tokens(&folder));
    assert!(file(&challenged(&emulator, "")).exists());
    drop(emulator);
    let left: Vec<_> = fs::read_dir(&folder).expect("a folder").collect();
    fs::remove_dir_all(&folder).expect("removable");
    assert_eq!(left.len(), 1);
}

#[test]
fn a_folder_that_went_away_is_made_again() {
    let emulator = start(builder());
    let folder = emulator.arc_tokens().to_owned();
    fs::remove_dir(&folder).expect("an empty folder");
    assert_eq!(token(&emulator, "").status, 200);
    drop(emulator);
    assert!(!folder.exists());
}

#[test]
fn a_folder_that_cannot_be_made_is_told() {
    let folder = folder();
    fs::write(&folder, "a file in its place").expect("a file");
    let builder = Emulator::builder().host(Host::Arc);
    let refusal = builder.arc_tokens(folder.join("tokens")).start();
    fs::remove_file(&folder).expect("removable");
    let error = refusal.err().expect("no emulator").to_string();
    assert!(error.starts_with("cannot create "), "{error}");
}
