//! Lists as the real service pages them. How a $skiptoken is written is tested beside its code.

mod common;

use common::{Reply, Vault};
use doorkey_emulator::{Emulator, SecretOptions};
use serde_json::{Value, json};

fn with_secrets(count: usize) -> Emulator {
    let mut builder = Emulator::builder();
    for number in 0..count {
        builder = builder.secret(&format!("secret-{number:03}"), "value");
    }
    builder.start().expect("an emulator")
}

fn page(vault: &Vault<'_>, target: &str) -> Value {
    let reply: Reply = vault.get(target);
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.json()
}

fn ids(page: &Value) -> Vec<&str> {
    let items = page["value"].as_array().expect("items");
    items
        .iter()
        .map(|item| item["id"].as_str().expect("an id"))
        .collect()
}

/// All pages from `target` on, each followed by its nextLink, which must lead to the same host and port.
fn pages(vault: &Vault<'_>, target: &str) -> Vec<Value> {
    let origin = format!("https://{}", vault.host);
    let mut all = vec![page(vault, target)];
    while let Some(link) = all[all.len() - 1]["nextLink"].as_str() {
        let next = link.strip_prefix(&origin).expect("the same origin");
        all.push(page(vault, next));
    }
    all
}

#[test]
fn an_empty_vault_has_one_empty_page() {
    let emulator = with_secrets(0);
    let body = page(&Vault::new(&emulator), "/secrets?api-version=7.4");
    assert_eq!(body, json!({"value": [], "nextLink": null}));
}

#[test]
fn a_page_holds_25_items_and_the_last_one_has_a_null_link() {
    let emulator = with_secrets(51);
    let vault = Vault::new(&emulator);
    let pages = pages(&vault, "/secrets?api-version=7.4");
    let sizes: Vec<usize> = pages.iter().map(|page| ids(page).len()).collect();
    assert_eq!(sizes, [25, 25, 1]);
    assert!(
        pages[2]
            .as_object()
            .expect("a page")
            .contains_key("nextLink")
    );
    let mut all: Vec<&str> = pages.iter().flat_map(ids).collect();
    all.dedup();
    assert_eq!(all.len(), 51);
}

#[test]
fn a_full_last_page_has_no_link() {
    let emulator = with_secrets(25);
    let body = page(&Vault::new(&emulator), "/secrets?api-version=7.4");
    assert_eq!(ids(&body).len(), 25);
    assert_eq!(body["nextLink"], Value::Null);
}

#[test]
fn maxresults_sets_the_size_and_stays_in_the_link() {
    let emulator = with_secrets(5);
    let vault = Vault::new(&emulator);
    let pages = pages(&vault, "/secrets?api-version=7.4&maxresults=2");
    let sizes: Vec<usize> = pages.iter().map(|page| ids(page).len()).collect();
    assert_eq!(sizes, [2, 2, 1]);
    let link = pages[0]["nextLink"].as_str().expect("a link");
    assert!(link.contains("api-version=7.4&$skiptoken=") && link.ends_with("&maxresults=2"));
}

#[test]
fn maxresults_must_be_from_1_to_25() {
    let emulator = with_secrets(1);
    let vault = Vault::new(&emulator);
    for value in ["0", "26", "-1", "all", ""] {
        let reply = vault.get(&format!("/secrets?api-version=7.4&maxresults={value}"));
        assert_eq!(reply.status, 400, "{value}");
        assert_eq!(reply.json()["error"]["code"], "BadParameter");
    }
}

#[test]
fn a_spoiled_skiptoken_is_a_bad_parameter() {
    let emulator = with_secrets(1);
    let reply = Vault::new(&emulator).get("/secrets?api-version=7.4&$skiptoken=spoiled");
    assert_eq!(reply.status, 400);
    assert_eq!(reply.json()["error"]["code"], "BadParameter");
}

#[test]
fn at_port_443_the_link_names_the_port_and_the_ids_do_not() {
    let emulator = Emulator::builder()
        .vault_suffix("vault.azure.net")
        .secret("a", "1")
        .secret("b", "2")
        .start()
        .expect("an emulator");
    let vault = Vault::at(&emulator, "demo.vault.azure.net");
    let body = page(&vault, "/secrets?api-version=7.4&maxresults=1");
    assert_eq!(ids(&body), ["https://demo.vault.azure.net/secrets/a"]);
    let link = body["nextLink"].as_str().expect("a link");
    assert!(
        link.starts_with("https://demo.vault.azure.net:443/secrets?api-version=7.4&$skiptoken="),
        "{link}"
    );
}

#[test]
fn items_have_ids_without_version_and_never_a_value() {
    let emulator = with_secrets(1);
    let vault = Vault::new(&emulator);
    let body = page(&vault, "/secrets?api-version=7.4");
    let item = &body["value"][0];
    assert_eq!(
        item["id"],
        format!("https://{}/secrets/secret-000", vault.host)
    );
    assert!(item.get("value").is_none());
    assert_eq!(item["attributes"]["enabled"], true);
}

#[test]
fn the_order_takes_no_notice_of_case() {
    let emulator = Emulator::builder()
        .secret("b", "")
        .secret("A", "")
        .secret("C", "")
        .start()
        .expect("an emulator");
    let vault = Vault::new(&emulator);
    let body = page(&vault, "/secrets?api-version=7.4");
    let names: Vec<&str> = ids(&body)
        .iter()
        .filter_map(|id| id.rsplit('/').next())
        .collect();
    assert_eq!(names, ["A", "b", "C"]);
}

#[test]
fn a_secret_is_listed_once_with_its_latest_attributes() {
    let emulator = with_secrets(1);
    let options = SecretOptions {
        enabled: Some(false),
        content_type: Some("newest".into()),
        ..SecretOptions::default()
    };
    emulator.set_secret_with(None, "secret-000", "newer", options);
    let body = page(&Vault::new(&emulator), "/secrets?api-version=7.4");
    assert_eq!(ids(&body).len(), 1);
    assert_eq!(body["value"][0]["contentType"], "newest");
    assert_eq!(body["value"][0]["attributes"]["enabled"], false);
}

#[test]
fn empty_pages_come_in_between_when_asked_for() {
    let emulator = with_secrets(30);
    emulator.send_empty_pages(true);
    let vault = Vault::new(&emulator);
    let sizes: Vec<usize> = pages(&vault, "/secrets?api-version=7.4")
        .iter()
        .map(|page| ids(page).len())
        .collect();
    assert_eq!(sizes, [0, 25, 0, 5]);
}

#[test]
fn versions_have_whole_ids_in_the_order_of_their_digits() {
    let emulator = with_secrets(0);
    let vault = Vault::new(&emulator);
    let mut expected: Vec<String> = (0..30)
        .map(|number| emulator.set_secret("Many", &number.to_string()))
        .map(|version| format!("https://{}/secrets/Many/{version}", vault.host))
        .collect();
    expected.sort();
    let pages = pages(&vault, "/secrets/many/versions?api-version=7.4");
    let sizes: Vec<usize> = pages.iter().map(|page| ids(page).len()).collect();
    assert_eq!(sizes, [25, 5]);
    let all: Vec<&str> = pages.iter().flat_map(ids).collect();
    assert_eq!(all, expected);
}

#[test]
fn the_versions_of_an_unknown_secret_are_not_found() {
    let emulator = with_secrets(0);
    let reply = Vault::new(&emulator).get("/secrets/nobody/versions?api-version=7.4");
    assert_eq!(reply.status, 404);
    assert_eq!(reply.json()["error"]["code"], "SecretNotFound");
}
