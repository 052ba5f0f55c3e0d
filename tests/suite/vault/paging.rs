//! Lists, page by page: each page is one request, sent when it is asked for; one that is lost on its way is
//! asked for again. Where a page leads to is in links.rs, versions are in versions.rs.

use std::time::Duration;

use doorkey::{Call, SecretProperties, Status};
use doorkey_emulator::{Emulator, Fault, SecretOptions, tags};

use super::*;

/// An emulator with so many secrets beside the tutorial's.
fn with_secrets(count: usize) -> Emulator {
    let secrets = (0..count).map(|n| (format!("s{n:03}"), "v"));
    start(Emulator::builder().secrets(secrets))
}

/// Asks again while time runs out.
fn patiently(pager: &Pager<SecretProperties>) -> Vec<SecretProperties> {
    loop {
        match page(pager) {
            Ok(items) => return items,
            Err(error) => assert_eq!(error.status(), Status::Timeout, "{error}"),
        }
    }
}

#[test]
fn a_page_is_requested_when_it_is_asked_for_and_never_before() {
    let emulator = with_secrets(59);
    let pager = list(&client(&emulator)).unwrap();
    assert_eq!(emulator.requests().connections_vault, 0);
    let mut all = Vec::new();
    for (requests, items) in [(1, 25), (2, 25), (3, 10), (3, 0), (3, 0)] {
        let page = page(&pager).unwrap();
        assert_eq!(page.len(), items);
        assert_eq!(emulator.requests().vault, requests);
        all.extend(page);
    }
    assert_eq!(names(&all), emulator.stored_names(None));
}

#[test]
fn whoever_stops_early_has_sent_only_what_was_asked_for() {
    let emulator = with_secrets(59);
    let pager = list(&client(&emulator)).unwrap();
    page(&pager).unwrap();
    drop(pager);
    assert_eq!(sent(&emulator), ["GET /secrets"]);
}

#[test]
fn the_size_of_a_page_is_the_services_business() {
    let emulator = with_secrets(59);
    let client = client(&emulator);
    rest(&list(&client).unwrap()).unwrap();
    rest(&client.list_deleted(VAULT, &Call::default()).unwrap()).unwrap();
    rest(&list_versions(&client, NAME).unwrap()).unwrap();
    for request in emulator.log() {
        assert!(!request.target.contains("maxresults"), "{}", request.target);
    }
}

#[test]
fn a_full_last_page_is_followed_by_the_end() {
    let emulator = with_secrets(24);
    let pager = list(&client(&emulator)).unwrap();
    assert_eq!(page(&pager).unwrap().len(), 25);
    assert!(page(&pager).unwrap().is_empty());
    assert_eq!(emulator.requests().vault, 1);
}

#[test]
fn a_vault_without_secrets_has_an_end_and_nothing_before() {
    let emulator = Emulator::builder().start().unwrap();
    let pager = list(&client(&emulator)).unwrap();
    assert!(page(&pager).unwrap().is_empty());
    assert_eq!(emulator.requests().vault, 1);
}

#[test]
fn what_is_said_of_a_secret_in_a_list_is_said_of_its_latest_version() {
    let builder = Emulator::builder().secret_created_at(NAME, "old", 1_500_000_000);
    let emulator = builder.start().unwrap();
    let more = SecretOptions {
        content_type: Some("text/plain".into()),
        enabled: Some(false),
        not_before: Some(1_600_000_000),
        expires: Some(1_900_000_000),
        tags: Some(tags([("owner", "ops")])),
        managed: true,
    };
    emulator.set_secret_with(None, NAME, "newer", more);
    emulator.set_secret_times(None, NAME, None, 1_700_000_001, 1_700_000_002);
    let items = rest(&list(&client(&emulator)).unwrap()).unwrap();
    let [item] = &items[..] else {
        panic!("one item, not {items:?}")
    };
    let id = format!("{}/secrets/{NAME}", emulator.vault_url(VAULT));
    assert_eq!((item.id(), item.vault(), item.name()), (&*id, VAULT, NAME));
    assert_eq!(item.version(), None);
    assert_eq!(item.content_type(), Some("text/plain"));
    assert!(!item.is_enabled() && item.is_managed());
    assert_eq!(
        (item.not_before_unix(), item.expires_at_unix()),
        (Some(1_600_000_000), Some(1_900_000_000))
    );
    assert_eq!(
        (item.created_at_unix(), item.updated_at_unix()),
        (Some(1_700_000_001), Some(1_700_000_002))
    );
    assert_eq!(item.tags().collect::<Vec<_>>(), [("owner", "ops")]);
}

#[test]
fn empty_pages_are_passed_over() {
    let emulator = start(
        Emulator::builder()
            .secrets((0..30).map(|n| (format!("s{n:02}"), "v")))
            .empty_pages(true),
    );
    let pager = list(&client(&emulator)).unwrap();
    for (requests, items) in [(2, 25), (4, 6), (4, 0)] {
        assert_eq!(page(&pager).unwrap().len(), items);
        assert_eq!(emulator.requests().vault, requests);
    }
}

#[test]
fn empty_pages_at_the_end_are_the_end() {
    let emulator = Emulator::builder().empty_pages(true).start().unwrap();
    let pager = list(&client(&emulator)).unwrap();
    assert!(page(&pager).unwrap().is_empty());
    assert!(page(&pager).unwrap().is_empty());
    assert_eq!(emulator.requests().vault, 2);
}

#[test]
fn three_thousand_empty_pages_are_passed_over_too() {
    let emulator = emulator();
    for n in 0..3000 {
        let link = format!("/secrets?api-version=7.4&empty={n}");
        let body = format!(r#"{{"value":[],"nextLink":"{link}"}}"#);
        emulator.fault(Fault::vault().body(body));
    }
    let call = Call {
        timeout: Some(Duration::from_secs(600)),
        ..Call::default()
    };
    let pager = client(&emulator).list_secrets(VAULT, &call).unwrap();
    assert_eq!(names(&page(&pager).unwrap()), [NAME]);
    assert!(page(&pager).unwrap().is_empty());
    assert_eq!(emulator.requests().vault, 3001);
}

#[test]
fn a_page_that_failed_is_asked_for_again_and_nothing_is_lost_or_told_twice() {
    let emulator = with_secrets(59);
    let pager = list(&client(&emulator)).unwrap();
    let refusal = r#"{"error":{"code":"BadParameter","message":"not now"}}"#;
    let mut all = Vec::new();
    for _ in 0..4 {
        emulator.fault(Fault::vault().status(400).body(refusal));
        if all.len() < 60 {
            assert_eq!(failure(page(&pager)).status(), Status::Rejected);
        }
        all.extend(page(&pager).unwrap());
    }
    assert_eq!(names(&all), emulator.stored_names(None));
}

#[test]
fn a_page_behind_empty_ones_that_failed_is_asked_for_again() {
    let emulator = with_secrets(30);
    emulator.send_empty_pages(true);
    let pager = list(&client(&emulator)).unwrap();
    // The empty page comes, the one behind it does not.
    emulator.fault(Fault::vault().skip(1).body("<html>"));
    assert_eq!(failure(page(&pager)).status(), Status::Protocol);
    let all = rest(&pager).unwrap();
    assert_eq!(names(&all), emulator.stored_names(None));
}

#[test]
fn a_page_is_sent_again_by_itself_when_a_server_failed_at_it() {
    let emulator = with_secrets(30);
    let clock = TestClock::new();
    for fault in [
        Fault::vault().status(503),
        Fault::vault().drop_connection(),
        Fault::vault().status(429),
    ] {
        emulator.fault(fault);
    }
    let pager = list(&client_on(&emulator, &clock)).unwrap();
    assert_eq!(page(&pager).unwrap().len(), 25);
    assert_eq!(emulator.requests().vault, 4);
}

#[test]
fn a_cancelled_page_is_not_lost_and_the_next_may_be_asked_for_at_once() {
    let emulator = with_secrets(59);
    let pager = list(&client(&emulator)).unwrap();
    let mut all = page(&pager).unwrap();
    let gate = emulator.hold(Fault::vault());
    let cancelled = pager.next().unwrap();
    gate.wait_for(1);
    cancelled.cancel();
    assert_eq!(failure(cancelled.take()).status(), Status::Cancelled);
    all.extend(rest(&pager).unwrap());
    assert_eq!(names(&all), emulator.stored_names(None));
    gate.wait_for_abandoned(1);
}

#[test]
fn a_dropped_page_is_not_lost_either() {
    let emulator = with_secrets(59);
    let pager = list(&client(&emulator)).unwrap();
    let mut all = page(&pager).unwrap();
    let gate = emulator.hold(Fault::vault());
    let dropped = pager.next().unwrap();
    gate.wait_for(1);
    drop(dropped);
    all.extend(rest(&pager).unwrap());
    assert_eq!(names(&all), emulator.stored_names(None));
}

#[test]
fn a_page_that_timed_out_is_not_lost_either() {
    let emulator = with_secrets(59);
    let client = client(&emulator);
    get(&client, NAME).unwrap();
    let call = Call {
        timeout: Some(Duration::from_millis(300)),
        ..Call::default()
    };
    let pager = client.list_secrets(VAULT, &call).unwrap();
    let mut all = patiently(&pager);
    let gate = emulator.hold(Fault::vault());
    assert_eq!(failure(page(&pager)).status(), Status::Timeout);
    gate.release();
    loop {
        let items = patiently(&pager);
        if items.is_empty() {
            break;
        }
        all.extend(items);
    }
    assert_eq!(names(&all), emulator.stored_names(None));
}

#[test]
fn one_page_at_a_time() {
    let emulator = with_secrets(30);
    let pager = list(&client(&emulator)).unwrap();
    let gate = emulator.hold(Fault::vault());
    let first = pager.next().unwrap();
    gate.wait_for(1);
    for _ in 0..2 {
        let error = failure(pager.next());
        assert_eq!(error.status(), Status::InvalidArgument);
        assert!(error.message().starts_with("pager: "), "{error}");
    }
    gate.release();
    assert_eq!(first.take().unwrap().len(), 25);
    assert_eq!(page(&pager).unwrap().len(), 6);
    assert_eq!(emulator.requests().vault, 2);
}

#[test]
fn a_page_comes_although_the_pager_and_the_client_are_gone() {
    let emulator = with_secrets(30);
    let client = client(&emulator);
    let pager = list(&client).unwrap();
    let gate = emulator.hold(Fault::vault());
    let page = pager.next().unwrap();
    gate.wait_for(1);
    drop((pager, client));
    gate.release();
    assert_eq!(page.take().unwrap().len(), 25);
}

#[test]
fn two_pagers_know_nothing_of_each_other() {
    let emulator = with_secrets(30);
    let client = client(&emulator);
    let (one, two) = (list(&client).unwrap(), list(&client).unwrap());
    page(&one).unwrap();
    assert_eq!(rest(&two).unwrap().len(), 31);
    assert_eq!(rest(&one).unwrap().len(), 6);
}

#[test]
fn a_pager_reads_on_in_another_thread() {
    let emulator = with_secrets(30);
    let pager = list(&client(&emulator)).unwrap();
    page(&pager).unwrap();
    let last = std::thread::spawn(move || rest(&pager).unwrap().len());
    assert_eq!(last.join().unwrap(), 6);
}

#[test]
fn a_page_without_a_token_is_asked_for_again_with_one() {
    let emulator = with_secrets(30);
    let pager = list(&client(&emulator)).unwrap();
    let refused = r#"{"error":"invalid_request"}"#;
    emulator.fault(Fault::token().status(400).body(refused));
    assert_eq!(failure(page(&pager)).status(), Status::IdentityRefused);
    assert_eq!(emulator.requests().vault, 0);
    assert_eq!(rest(&pager).unwrap().len(), 31);
}

#[test]
fn a_token_that_is_revoked_between_two_pages_is_renewed() {
    let emulator = with_secrets(30);
    let pager = list(&client(&emulator)).unwrap();
    let mut all = page(&pager).unwrap();
    emulator.revoke_tokens();
    all.extend(rest(&pager).unwrap());
    assert_eq!(names(&all), emulator.stored_names(None));
    assert_eq!(emulator.requests().token, 2);
}

#[test]
fn whoever_may_not_list_is_told_at_the_first_page() {
    let emulator = emulator();
    emulator.deny(
        doorkey_emulator::VaultOperation::List,
        doorkey_emulator::Denied::Rbac,
    );
    let pager = list(&client(&emulator)).unwrap();
    let error = failure(page(&pager));
    assert_eq!(error.status(), Status::Forbidden);
    assert!(error.message().starts_with("vault demo: "), "{error}");
}
