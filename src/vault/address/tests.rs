//! The forms of a secret's name, version and id, good and bad.

use super::*;
use crate::vault::clouds::VaultSuffix;

fn suffixes() -> Suffixes {
    let given = [VaultSuffix::new("vault.mine.example:8443", None).unwrap()];
    Suffixes::new(&given, Some("vault.azure.net")).unwrap()
}

fn parse(vault: &str, name: Option<&str>, version: Option<&str>) -> Result<Address> {
    Address::parse(vault, name, version, Collection::Secrets, &suffixes())
}

#[test]
fn a_whole_id_needs_no_name() {
    let id = "https://demo.vault.azure.net/secrets/db-password/0123456789abcdef0123456789abcdef";
    let address = parse(id, None, None).unwrap();
    assert_eq!(
        (address.name.as_str(), address.version.as_deref()),
        ("db-password", Some("0123456789abcdef0123456789abcdef"))
    );
    let address = parse("https://demo.vault.azure.net/secrets/n/", None, Some("7")).unwrap();
    assert_eq!(
        (address.name.as_str(), address.version.as_deref()),
        ("n", Some("7"))
    );
}

#[test]
fn an_unknown_host_is_taken_only_as_a_url_and_has_no_audience() {
    let address = parse("https://kv.corp.example:9", Some("n"), None).unwrap();
    assert_eq!(
        (address.vault.name.as_str(), address.vault.audience),
        ("kv.corp.example", None)
    );
    assert!(parse("https://127.0.0.1:9", Some("n"), None).is_ok());
    assert!(parse("kv.corp.example", Some("n"), None).is_err());
}

#[test]
fn bad_names_and_versions_are_refused_by_name() {
    let long = "a".repeat(128);
    for bad in [
        "", "a b", "../x", "a/b", "a%2fb", "a.b", "a_b", "é", "a\0", &long,
    ] {
        let error = parse("demo", Some(bad), None).unwrap_err();
        assert!(error.message().starts_with("name: "), "{bad:?}: {error}");
    }
    let long = "a".repeat(65);
    for bad in ["", "../x", "a-b", "a b", "a?b", &long] {
        let error = parse("demo", Some("n"), Some(bad)).unwrap_err();
        assert!(error.message().starts_with("version: "), "{bad:?}: {error}");
    }
}

#[test]
fn bad_ids_are_refused() {
    for bad in [
        "https://demo.vault.azure.net",
        "https://demo.vault.azure.net/secrets",
        "https://demo.vault.azure.net/secrets/",
        "https://demo.vault.azure.net/keys/n",
        "https://demo.vault.azure.net/certificates/n",
        "https://demo.vault.azure.net/secrets/n/v/x",
        "https://demo.vault.azure.net/secrets/../keys/n",
        "https://demo.vault.azure.net//secrets/n",
        "https://demo.vault.azure.net/secrets/n?api-version=7.4",
        "https://demo.vault.azure.net/deletedsecrets/n",
        "demo",
    ] {
        assert!(parse(bad, None, None).is_err(), "{bad}");
    }
    assert!(parse("https://demo.vault.azure.net/secrets/n", Some("n"), None).is_err());
    assert!(parse("https://demo.vault.azure.net/secrets/n/1", None, Some("2")).is_err());
}

#[test]
fn a_call_about_deleted_secrets_takes_both_kinds_of_id() {
    for kind in ["secrets", "deletedsecrets", "DeletedSecrets"] {
        let id = format!("https://demo.vault.azure.net/{kind}/n");
        let address = Address::parse_whole(&id, None, Collection::Deleted, &suffixes()).unwrap();
        assert_eq!(address.name, "n");
    }
}

#[test]
fn a_version_is_refused_where_the_whole_secret_is_meant() {
    let id = "https://demo.vault.azure.net/secrets/n/1";
    let error = Address::parse_whole(id, None, Collection::Secrets, &suffixes()).unwrap_err();
    assert!(error.message().contains("one version"), "{error}");
}

#[test]
fn an_item_is_a_name_with_or_without_version_or_an_id() {
    let vault = Vault::parse("demo", &suffixes()).unwrap();
    let item = |item| Address::parse_item(Some(&vault), item, &suffixes());
    assert_eq!(item("n").unwrap().version, None);
    assert_eq!(item("n/7").unwrap().version.as_deref(), Some("7"));
    for bad in [
        "",
        "n/",
        "/7",
        "n/7/8",
        "https://demo.vault.azure.net/secrets/n",
    ] {
        assert!(item(bad).is_err(), "{bad}");
    }
    let id = "https://other.vault.azure.net/secrets/n/7";
    let address = Address::parse_item(None, id, &suffixes()).unwrap();
    assert_eq!(address.vault.name, "other");
    assert!(Address::parse_item(None, "n", &suffixes()).is_err());
}
