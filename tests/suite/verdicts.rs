//! What a caller is told of a failure, over real sockets: a status for programs, the service's codes and words,
//! and the fix. The table of refusals, row by row, is walked in src/vault/refusal/tests.rs.

mod access;
mod network;
mod secret;
mod tokens;

use std::sync::Arc;

use doorkey::{Client, ClientOptions, Error, Result, Secret, Sensitive, Status};
use doorkey_emulator::Emulator;

use crate::common::*;

/// What an error must say.
pub struct Verdict<'a> {
    pub status: Status,
    pub http: Option<u16>,
    pub code: Option<&'a str>,
    pub inner: Option<&'a str>,
    /// Part of the message: the service's own words where it has said some.
    pub says: &'a str,
    /// Parts of the advice.
    pub fixes: &'a [&'a str],
}

/// What an error must say when the vault refused the caller.
pub fn forbidden<'a>(inner: Option<&'a str>, says: &'a str, fixes: &'a [&'a str]) -> Verdict<'a> {
    Verdict {
        status: Status::Forbidden,
        http: Some(403),
        code: Some("Forbidden"),
        inner,
        says,
        fixes,
    }
}

pub fn assert_verdict(error: &Error, verdict: &Verdict<'_>) {
    assert_eq!(error.status(), verdict.status, "{error}");
    assert_eq!(error.http_status(), verdict.http, "{error}");
    assert_eq!(error.code(), verdict.code, "{error}");
    assert_eq!(error.inner_code(), verdict.inner, "{error}");
    assert!(error.message().contains(verdict.says), "{error}");
    let advice = error.advice().unwrap_or_default();
    for fix in verdict.fixes {
        assert!(advice.contains(fix), "{fix}: {error}");
    }
    let has_answer = error.http_status().is_some();
    assert_eq!(error.request_id().is_some(), has_answer, "{error}");
}

/// A client that brings a token of its own.
pub fn client_with(emulator: &Emulator, token: &str) -> Client {
    let options = ClientOptions {
        access_token: Some(Arc::new(Sensitive::new(token.as_bytes()))),
        ..options(emulator)
    };
    Client::new(options).expect("a client")
}

/// Gets a secret, in the form that the vault's own cloud has.
pub fn get(client: &Client, name: &str, version: Option<&str>) -> Result<Secret> {
    let call = doorkey::Call::default();
    client.get_secret(VAULT, Some(name), version, &call)?.take()
}
