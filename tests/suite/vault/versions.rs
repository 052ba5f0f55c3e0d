//! The versions of a secret: the service has them in the order of their digits, we give them newest first.

use doorkey::{Call, SecretAttributes, SecretProperties, Status};
use doorkey_emulator::{Emulator, Fault};

use super::*;

const START: u64 = 1_700_000_000;

/// A secret with so many versions, one a minute.
fn with_versions(count: u64) -> Emulator {
    let emulator = emulator();
    for n in 0..count {
        let at = START + n * 60;
        emulator.set_secret_created_at(None, OTHER, &format!("v{n}"), at);
    }
    emulator
}

/// The ids that the emulator holds, the newest first.
fn newest_first(emulator: &Emulator) -> Vec<String> {
    let versions = stored(emulator, OTHER);
    versions
        .into_iter()
        .rev()
        .map(|version| version.id)
        .collect()
}

fn ids(items: &[SecretProperties]) -> Vec<String> {
    let ids = items.iter().map(|item| item.version().unwrap().to_owned());
    ids.collect()
}

#[test]
fn versions_come_newest_first_in_one_page() {
    let emulator = with_versions(7);
    let pager = list_versions(&client(&emulator), OTHER).unwrap();
    let items = page(&pager).unwrap();
    assert_eq!(ids(&items), newest_first(&emulator));
    let created: Vec<_> = items
        .iter()
        .map(SecretProperties::created_at_unix)
        .collect();
    assert_eq!(created[0], Some((START + 6 * 60) as i64));
    assert!(page(&pager).unwrap().is_empty());
    assert_eq!(sent(&emulator), [format!("GET /secrets/{OTHER}/versions")]);
}

#[test]
fn more_versions_than_one_page_of_the_service_holds_come_in_order_too() {
    let emulator = with_versions(60);
    emulator.send_empty_pages(true);
    let pager = list_versions(&client(&emulator), OTHER).unwrap();
    assert_eq!(ids(&page(&pager).unwrap()), newest_first(&emulator));
    assert!(page(&pager).unwrap().is_empty());
    assert_eq!(emulator.requests().vault, 6);
}

#[test]
fn of_versions_of_one_second_the_one_that_was_changed_last_comes_first() {
    let emulator = emulator();
    let old = emulator.set_secret_created_at(None, OTHER, "a", START);
    let new = emulator.set_secret_created_at(None, OTHER, "b", START);
    emulator.set_secret_times(None, OTHER, Some(&old), START, START + 9);
    let pager = list_versions(&client(&emulator), OTHER).unwrap();
    assert_eq!(ids(&page(&pager).unwrap()), [old, new]);
}

#[test]
fn a_version_without_a_date_comes_last() {
    let emulator = emulator();
    let url = emulator.vault_url(VAULT);
    let item =
        |version: &str, rest: &str| format!(r#"{{"id":"{url}/secrets/{NAME}/{version}"{rest}}}"#);
    let items = [
        item("none", ""),
        item("negative", r#","attributes":{"created":-5}"#),
        item("new", r#","attributes":{"created":1700000000.5}"#),
    ];
    let body = format!(r#"{{"value":[{}]}}"#, items.join(","));
    emulator.fault(Fault::vault().body(body));
    let pager = list_versions(&client(&emulator), NAME).unwrap();
    assert_eq!(ids(&page(&pager).unwrap()), ["new", "negative", "none"]);
}

#[test]
fn disabled_versions_are_listed_and_said_to_be_disabled() {
    let emulator = with_versions(2);
    let client = client(&emulator);
    emulator.disable_secret(OTHER);
    let items = page(&list_versions(&client, OTHER).unwrap()).unwrap();
    let enabled: Vec<_> = items.iter().map(SecretProperties::is_enabled).collect();
    assert_eq!(enabled, [false, true]);
}

#[test]
fn a_listed_versions_id_reads_it() {
    let emulator = with_versions(3);
    let client = client(&emulator);
    let items = page(&list_versions(&client, OTHER).unwrap()).unwrap();
    let operation = client.get_secret(items[2].id(), None, None, &Call::default());
    let secret = operation.unwrap().take().unwrap();
    assert_eq!(secret.value().as_str(), Some("v0"));
}

#[test]
fn versions_by_id_are_those_of_the_same_secret() {
    let emulator = with_versions(3);
    let id = format!("{}/secrets/{OTHER}", emulator.vault_url(VAULT));
    let pager = client(&emulator).list_versions(&id, None, &Call::default());
    assert_eq!(
        ids(&page(&pager.unwrap()).unwrap()),
        newest_first(&emulator)
    );
}

#[test]
fn a_secret_that_is_not_there_or_was_deleted_has_no_versions() {
    let emulator = emulator();
    let client = client(&emulator);
    emulator.delete_secret(None, NAME);
    for (name, status) in [
        (NAME, Status::SecretDeleted),
        (OTHER, Status::SecretNotFound),
    ] {
        let pager = list_versions(&client, name).unwrap();
        assert_eq!(failure(page(&pager)).status(), status);
    }
}

#[test]
fn versions_that_could_not_be_read_to_the_end_are_read_again_from_the_start() {
    let emulator = with_versions(60);
    let pager = list_versions(&client(&emulator), OTHER).unwrap();
    emulator.fault(Fault::vault().skip(2).body("<html>"));
    assert_eq!(failure(page(&pager)).status(), Status::Protocol);
    assert_eq!(ids(&page(&pager).unwrap()), newest_first(&emulator));
    assert_eq!(emulator.requests().vault, 6);
}

#[test]
fn cancelled_versions_are_not_lost() {
    let emulator = with_versions(60);
    let pager = list_versions(&client(&emulator), OTHER).unwrap();
    let gate = emulator.hold(Fault::vault().skip(1));
    let cancelled = pager.next().unwrap();
    gate.wait_for(1);
    cancelled.cancel();
    assert_eq!(ids(&page(&pager).unwrap()), newest_first(&emulator));
}

#[test]
fn an_update_changes_neither_number_nor_order_of_the_versions() {
    let emulator = with_versions(3);
    let client = client(&emulator);
    let before = newest_first(&emulator);
    let attributes = SecretAttributes {
        content_type: Some("text/plain".into()),
        ..SecretAttributes::default()
    };
    let call = Call::default();
    let oldest = Some(before[2].as_str());
    let operation = client.update_secret(VAULT, Some(OTHER), oldest, &attributes, &call);
    operation.unwrap().take().unwrap();
    let items = page(&list_versions(&client, OTHER).unwrap()).unwrap();
    assert_eq!(ids(&items), before);
}

#[test]
fn an_item_of_another_secret_or_without_a_version_is_a_protocol_error() {
    for id in ["secrets/other/0123", "secrets/MyTestSecret"] {
        let emulator = emulator();
        let url = emulator.vault_url(VAULT);
        emulator.fault(Fault::vault().body(format!(r#"{{"value":[{{"id":"{url}/{id}"}}]}}"#)));
        let pager = list_versions(&client(&emulator), NAME).unwrap();
        assert_eq!(failure(page(&pager)).status(), Status::Protocol, "{id}");
    }
}

#[test]
fn a_page_with_more_items_than_any_is_a_protocol_error() {
    let emulator = emulator();
    let items = vec!["{}"; 4097].join(",");
    emulator.fault(Fault::vault().body(format!(r#"{{"value":[{items}]}}"#)));
    let error = failure(page(&list(&client(&emulator)).unwrap()));
    assert_eq!(error.status(), Status::Protocol, "{error}");
}

#[test]
fn more_bytes_of_versions_than_can_be_put_in_order_are_refused() {
    let emulator = emulator();
    let id = format!("{}/secrets/{OTHER}/0123", emulator.vault_url(VAULT));
    let padding = "x".repeat(4_000_000);
    for at in 0..10 {
        let body = format!(
            r#"{{"value":[{{"id":"{id}"}}],"nextLink":"?at={}","padding":"{padding}"}}"#,
            at + 1
        );
        emulator.fault(Fault::vault().body(body));
    }
    let pager = list_versions(&client(&emulator), OTHER).unwrap();
    let error = failure(page(&pager));
    assert_eq!(error.status(), Status::LimitExceeded, "{error}");
    assert!(error.message().contains("or 32 MiB of them"), "{error}");
    assert_eq!(emulator.requests().vault, 9);
}
