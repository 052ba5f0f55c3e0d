//! Many secrets in one call: an outcome for each name, in order, for as few requests, tokens and connections
//! as it takes.

mod names;
mod stops;
mod stream;
mod throttled;
mod tokens;
mod vaults;
mod width;

use doorkey::{Call, Client, Operation, Result, Secret, Status};
use doorkey_emulator::{Builder, Emulator, Fault};

use crate::common::*;

/// The names `s-0` and so on, and their secrets' values.
pub fn numbered(count: usize) -> Vec<(String, String)> {
    let pair = |n| (format!("s-{n}"), format!("value {n}"));
    (0..count).map(pair).collect()
}

/// A builder with so many numbered secrets.
pub fn with_numbered(count: usize) -> Builder {
    Emulator::builder().secrets(numbered(count))
}

/// The names of so many.
pub fn names_of(count: usize) -> Vec<String> {
    numbered(count).into_iter().map(|(name, _)| name).collect()
}

pub fn texts(names: &[String]) -> Vec<&str> {
    names.iter().map(String::as_str).collect()
}

/// Starts to get the first `count` numbered secrets.
pub fn start_all(client: &Client, count: usize, call: &Call) -> Operation<Vec<Result<Secret>>> {
    let names = names_of(count);
    let operation = client.get_secrets(Some(VAULT), &texts(&names), call);
    operation.expect("a good call")
}

/// Gets secrets by their names.
pub fn get(client: &Client, names: &[&str], call: &Call) -> Vec<Result<Secret>> {
    let operation = client.get_secrets(Some(VAULT), names, call);
    operation.expect("a good call").take().expect("outcomes")
}

pub fn at_once(concurrency: usize) -> Call {
    Call {
        concurrency: Some(concurrency),
        ..Call::default()
    }
}

/// A vault that says, where this is in the target, that it is not to be asked for an hour.
pub fn not_for_an_hour(target: &str) -> Fault {
    let throttled = Fault::vault().target_contains(target).status(429);
    throttled.header("Retry-After", "3600")
}

/// Returns once the library has begun all that it was given before: it begins things in their order, and this
/// one comes to an end.
pub fn after_all(client: &Client) {
    forced_token(client).expect("a token");
}

/// A value, or why there is none.
pub type Outline<'a> = std::result::Result<&'a str, Status>;

pub fn outline(outcomes: &[Result<Secret>]) -> Vec<Outline<'_>> {
    let mut outline = Vec::new();
    for outcome in outcomes {
        outline.push(match outcome {
            Ok(secret) => Ok(secret.value().as_str().expect("text")),
            Err(error) => Err(error.status()),
        });
    }
    outline
}

/// Whether these are all numbered secrets in order.
pub fn assert_all(outcomes: &[Result<Secret>], count: usize) {
    let expected = numbered(count);
    let expected: Vec<_> = expected.iter().map(|(_, v)| Ok(v.as_str())).collect();
    assert_eq!(outline(outcomes), expected);
}
