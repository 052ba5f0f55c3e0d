//! No redirect is ever followed, with a token or without: neither to another host nor within the same.

use super::*;
use crate::challenge::stranger;

const STATUSES: [u16; 5] = [301, 302, 303, 307, 308];

fn assert_not_followed(client: &Client, vault: &str, from: &Emulator, to: &Emulator) {
    let locations = [
        format!("{}/secrets/{NAME}/?api-version=7.4", to.vault_url(VAULT)),
        format!("/secrets/{NAME}/?api-version=7.4&again"),
        format!("http://{}/secrets/{NAME}", to.imds_address()),
        "/".to_owned(),
    ];
    for status in STATUSES {
        for location in &locations {
            let moved = Fault::vault().times(2).status(status);
            from.fault(moved.header("Location", location));
            from.reset_requests();
            for error in [
                failure(secret_in(client, vault)),
                failure(set_in(client, vault, "new")),
            ] {
                assert_eq!(
                    (error.status(), error.http_status()),
                    (Status::Protocol, Some(status)),
                    "{error}"
                );
                assert!(error.advice().unwrap().contains("redirect"), "{error}");
            }
            assert_eq!(from.requests().vault, 2, "{status} {location}");
        }
    }
    let theirs = to.requests();
    assert_eq!((theirs.connections_vault, theirs.connections_imds), (0, 0));
}

#[test]
fn a_redirect_of_a_known_vault_is_not_followed() {
    let (from, to) = (emulator(), emulator());
    assert_not_followed(&client(&from), VAULT, &from, &to);
}

#[test]
fn a_redirect_of_an_unknown_host_is_not_followed_and_gets_no_token() {
    let (from, to) = (emulator(), emulator());
    assert_not_followed(&stranger(&from), &from.vault_url(VAULT), &from, &to);
    assert_eq!(from.requests().token, 0);
    assert!(
        legs(&from)
            .iter()
            .all(|leg| !leg.with_token && !leg.with_body)
    );
}

#[test]
fn a_redirect_of_a_host_whose_challenge_was_believed_is_not_followed() {
    let (from, to) = (emulator(), emulator());
    let client = stranger(&from);
    secret_in(&client, &from.vault_url(VAULT)).unwrap();
    assert_not_followed(&client, &from.vault_url(VAULT), &from, &to);
}

#[test]
fn a_redirect_with_a_challenge_is_no_challenge() {
    let emulator = emulator();
    let challenge = emulator.challenge();
    emulator.fault(
        Fault::vault()
            .status(307)
            .header("Location", "/")
            .header("WWW-Authenticate", &challenge),
    );
    let error = failure(secret_in(&stranger(&emulator), &emulator.vault_url(VAULT)));
    assert_eq!(error.status(), Status::Protocol);
    assert_eq!(emulator.requests().token, 0);
}
