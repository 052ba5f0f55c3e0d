//! Secrets that a client keeps on its callers' word: for how long they serve, who shares them, what makes the
//! client forget them, and what comes of a version that stopped working.

mod ages;
mod flights;
mod forgetting;
mod keys;
mod rotation;
mod stale;

use std::time::Duration;

use doorkey::{Call, Client, Operation, Result, Secret};

pub use crate::bulk::after_all;
use crate::common::*;

/// A call for which a value of this age will do.
pub fn aged(seconds: u64) -> Call {
    Call {
        max_age: Some(Duration::from_secs(seconds)),
        ..Call::default()
    }
}

/// A call that takes an older value, up to this age, when the vault cannot be reached.
pub fn stale(seconds: u64) -> Call {
    Call {
        stale_if_error: Some(Duration::from_secs(seconds)),
        ..Call::default()
    }
}

/// A call for another version than this one, which stopped working.
pub fn newer_than(version: &str) -> Call {
    Call {
        newer_than_version: Some(version.to_owned()),
        ..Call::default()
    }
}

pub fn begin(client: &Client, call: &Call) -> Operation<Secret> {
    let operation = client.get_secret(VAULT, Some(NAME), None, call);
    operation.expect("a good call")
}

pub fn get(client: &Client, call: &Call) -> Result<Secret> {
    begin(client, call).take()
}

/// The value that a call gets.
pub fn value(client: &Client, call: &Call) -> String {
    let secret = get(client, call).expect("a secret");
    secret.value().as_str().expect("text").to_owned()
}
