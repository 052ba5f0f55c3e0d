//! What becomes of values that a client keeps no more: they are wiped once nobody holds them. The rest is
//! seen from outside, in tests/suite/kept.

use std::sync::Weak;

use super::*;
use crate::sensitive::Sensitive;
use crate::vault::address::Collection;
use crate::vault::bundle;
use crate::vault::clouds::Suffixes;

fn address(name: &str) -> Address {
    let suffixes = Suffixes::new(&[], None).unwrap();
    Address::parse("demo", Some(name), None, Collection::Secrets, &suffixes).unwrap()
}

/// A secret as a vault gives it, and what tells whether its value is still there.
fn secret(name: &str, version: u32) -> (Secret, Weak<Sensitive>) {
    let id = format!("https://demo.vault.azure.net/secrets/{name}/{version:032x}");
    let body = serde_json::json!({ "value": "p@ssw0rd!", "id": id }).to_string();
    let Ok(secret) = bundle::secret(body.as_bytes(), &address(name)) else {
        panic!("{body} is a secret");
    };
    let (value, _) = secret.clone().into_parts();
    (secret, Arc::downgrade(&value))
}

impl Cache {
    /// Has it keep a new secret of this name that nobody else holds.
    fn take_in(&self, name: &str, version: u32) -> Weak<Sensitive> {
        let (secret, value) = secret(name, version);
        let start = self.begin();
        self.keep(Key::new(&address(name), None), &secret, start);
        value
    }

    /// As a read begins.
    fn begin(&self) -> Start {
        Start {
            at: Moment::now(&Clock::system()),
            number: self.count(),
            generation: lock(&self.kept).generation,
        }
    }

    fn name_it(&self, words: &str, name: &str) {
        let words = Words::new(words, Some(name), None);
        self.alias(&Key::new(&address(name), None), words);
    }

    fn hits(&self, words: &str, name: &str) -> bool {
        let wish = Wish {
            max_age: limits::AGE_MAX,
            ..Wish::default()
        };
        let words = Words::new(words, Some(name), None).unwrap();
        self.hit(&words, &wish, &Clock::system()).is_some()
    }
}

fn is_wiped(value: &Weak<Sensitive>) -> bool {
    // Dropping it has wiped it.
    value.strong_count() == 0
}

#[test]
fn a_kept_value_is_there_until_all_are_forgotten() {
    let cache = Cache::default();
    let value = cache.take_in("n", 1);
    cache.name_it("demo", "n");
    assert!(!is_wiped(&value) && cache.hits("DEMO", "N"));
    cache.clear();
    assert!(is_wiped(&value) && !cache.hits("demo", "n"));
}

#[test]
fn a_value_that_somebody_holds_lives_as_long_as_that() {
    let cache = Cache::default();
    let (held, value) = secret("n", 1);
    cache.keep(Key::new(&address("n"), None), &held, cache.begin());
    cache.clear();
    assert!(!is_wiped(&value));
    drop(held);
    assert!(is_wiped(&value));
}

#[test]
fn what_makes_room_is_wiped_although_words_still_lead_there() {
    let cache = Cache::default();
    let first = cache.take_in("first", 1);
    cache.name_it("demo", "first");
    let others: Vec<_> = (1..limits::CACHED_SECRETS_MAX)
        .map(|n| cache.take_in(&format!("s-{n}"), 1))
        .collect();
    assert!(!is_wiped(&first), "there is room for so many");
    let last = cache.take_in("last", 1);
    assert!(is_wiped(&first) && !cache.hits("demo", "first"));
    assert!(others.iter().all(|other| !is_wiped(other)) && !is_wiped(&last));
}

#[test]
fn a_value_that_is_replaced_or_refused_is_wiped() {
    let cache = Cache::default();
    let key = Key::new(&address("n"), None);
    let old = cache.take_in("n", 1);
    let new = cache.take_in("n", 2);
    assert!(is_wiped(&old) && !is_wiped(&new));
    cache.forget(&key, cache.begin());
    assert!(is_wiped(&new));
}

#[test]
fn a_change_wipes_every_version_and_no_other_secret() {
    let cache = Arc::new(Cache::default());
    let latest = cache.take_in("n", 2);
    let (old, exact) = secret("n", 1);
    let of_version = Address {
        version: Some(old.version().to_owned()),
        ..address("n")
    };
    cache.keep(Key::new(&of_version, None), &old, cache.begin());
    drop(old);
    let other = cache.take_in("other", 1);
    let change = ToChange::new(&cache, &address("n").vault, Some("N")).begin();
    assert!(is_wiped(&latest) && is_wiped(&exact) && !is_wiped(&other));
    let meanwhile = cache.take_in("n", 3);
    drop(change);
    assert!(is_wiped(&meanwhile) && !is_wiped(&other));
}

#[test]
fn what_was_read_before_a_change_or_a_clear_is_not_taken_in() {
    let cache = Arc::new(Cache::default());
    let key = Key::new(&address("n"), None);
    let forget: [fn(&Arc<Cache>); 2] = [
        |cache| cache.clear(),
        |cache| drop(ToChange::new(cache, &address("n").vault, None).begin()),
    ];
    for forget in forget {
        let start = cache.begin();
        forget(&cache);
        let (secret, value) = secret("n", 1);
        cache.keep(key.clone(), &secret, start);
        drop(secret);
        assert!(is_wiped(&value));
    }
}

#[test]
fn of_two_reads_the_later_one_counts_in_whatever_order_they_end() {
    let cache = Cache::default();
    let key = Key::new(&address("n"), None);
    let early = cache.begin();
    let new = cache.take_in("n", 2);
    let (secret, old) = secret("n", 1);
    cache.keep(key.clone(), &secret, early);
    drop(secret);
    assert!(is_wiped(&old) && !is_wiped(&new));
    cache.forget(&key, early);
    assert!(!is_wiped(&new), "an early refusal is no news");
}

#[test]
fn the_words_that_are_remembered_have_a_limit() {
    let cache = Cache::default();
    let _value = cache.take_in("n", 1);
    for n in 0..3 * limits::CACHED_SECRETS_MAX {
        cache.name_it(&format!("words-{n}"), "n");
        assert!(lock(&cache.kept).aliases.len() <= 2 * limits::CACHED_SECRETS_MAX);
        assert!(cache.hits(&format!("words-{n}"), "n"));
    }
}

#[test]
fn words_that_lead_nowhere_go_before_those_that_do() {
    let cache = Cache::default();
    let dead = cache.take_in("dead", 1);
    for n in 0..2 * limits::CACHED_SECRETS_MAX - 1 {
        cache.name_it(&format!("words-{n}"), "dead");
    }
    let _value = cache.take_in("n", 1);
    cache.name_it("demo", "n");
    cache.forget(&Key::new(&address("dead"), None), cache.begin());
    assert!(is_wiped(&dead));
    cache.name_it("other", "n");
    assert_eq!(lock(&cache.kept).aliases.len(), 2);
    assert!(cache.hits("demo", "n") && cache.hits("other", "n"));
}

#[test]
fn words_are_told_apart_by_what_is_missing_and_where_they_end() {
    let bytes = |vault, name, version| {
        let words = Words::new(vault, name, version);
        words.unwrap().as_bytes().to_vec()
    };
    let all = [
        bytes("a", None, None),
        bytes("a", Some(""), None),
        bytes("a", None, Some("")),
        bytes("a", Some(""), Some("")),
        bytes("a", Some("b"), None),
        bytes("ab", Some(""), None),
        bytes("ab", None, None),
        bytes("a", None, Some("b")),
        bytes("a", Some("b"), Some("c")),
        bytes("a", Some("bc"), Some("")),
        bytes("a=b", None, None),
        bytes("a-", None, None),
        bytes("", Some("a"), None),
    ];
    for (at, words) in all.iter().enumerate() {
        assert!(!all[..at].contains(words), "{at}");
    }
    assert_eq!(
        bytes("A", Some("B"), Some("C")),
        bytes("a", Some("b"), Some("c"))
    );
    assert!(Words::new(&"a".repeat(1000), None, None).is_none());
}
