//! Every crate we depend on, on any platform, has a permissive licence. deny.toml says which are, and which crate is
//! excepted; an excepted crate may serve xtask alone and never reach what we ship.

use std::collections::{HashMap, HashSet};
use std::fs;

use serde_json::Value;

use super::report::Report;
use super::{Context, Suite, no_names};
use crate::Result;

pub const SUITE: Suite = Suite {
    name: "licences",
    inside: false,
    needs: &[],
    prepare: None,
    run,
    tests: no_names,
};

fn run(context: &Context, report: &mut Report) -> Result<()> {
    let rules = Rules::read(&fs::read_to_string(
        context.workspace.root.join("deny.toml"),
    )?)?;
    let metadata = context.workspace.metadata()?;
    report.check(
        "every dependency has a permissive licence",
        rules.check(&metadata),
    );
    report.check(
        "what is excepted serves xtask alone",
        only_for_xtask(&metadata, &rules),
    );
    Ok(())
}

/// The part of deny.toml that is about licences.
struct Rules {
    allowed: HashSet<String>,
    exceptions: HashMap<String, HashSet<String>>,
}

impl Rules {
    fn read(text: &str) -> Result<Self> {
        let table: toml::Table = toml::from_str(text)?;
        let licences = table
            .get("licenses")
            .and_then(|value| value.as_table())
            .ok_or("deny.toml says nothing about licenses")?;
        let mut exceptions = HashMap::new();
        for exception in array(licences.get("exceptions")) {
            let name = exception
                .get("crate")
                .and_then(|name| name.as_str())
                .ok_or("an exception names a crate")?;
            exceptions.insert(name.to_owned(), strings(exception.get("allow")));
        }
        Ok(Self {
            allowed: strings(licences.get("allow")),
            exceptions,
        })
    }

    fn check(&self, metadata: &Value) -> Result<String> {
        let refused: Vec<String> = packages(metadata)
            .filter_map(|package| {
                let name = package["name"].as_str().unwrap_or_default();
                let licence = package["license"].as_str().unwrap_or("");
                let accepts = |id: &str| {
                    self.allowed.contains(id)
                        || self
                            .exceptions
                            .get(name)
                            .is_some_and(|ids| ids.contains(id))
                };
                (!satisfied(licence, &accepts)).then(|| format!("{name}: {licence:?}"))
            })
            .collect();
        match refused.is_empty() {
            true => Ok(format!("{} crates", packages(metadata).count())),
            false => Err(refused.join(", ").into()),
        }
    }
}

fn packages(metadata: &Value) -> impl Iterator<Item = &Value> {
    metadata["packages"].as_array().into_iter().flatten()
}

fn array(value: Option<&toml::Value>) -> &[toml::Value] {
    value
        .and_then(|value| value.as_array())
        .map_or(&[], Vec::as_slice)
}

fn strings(value: Option<&toml::Value>) -> HashSet<String> {
    array(value)
        .iter()
        .filter_map(|text| text.as_str().map(str::to_owned))
        .collect()
}

/// Whether a licence expression can be satisfied: AND binds tighter than OR, `/` is an old way to write OR.
fn satisfied(expression: &str, accepts: &dyn Fn(&str) -> bool) -> bool {
    let spaced = expression
        .replace('(', " ( ")
        .replace(')', " ) ")
        .replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut at = 0;
    !words.is_empty() && either(&words, &mut at, accepts) && at == words.len()
}

fn either(words: &[&str], at: &mut usize, accepts: &dyn Fn(&str) -> bool) -> bool {
    let mut good = both(words, at, accepts);
    while words.get(*at) == Some(&"OR") {
        *at += 1;
        good |= both(words, at, accepts);
    }
    good
}

fn both(words: &[&str], at: &mut usize, accepts: &dyn Fn(&str) -> bool) -> bool {
    let mut good = one(words, at, accepts);
    while words.get(*at) == Some(&"AND") {
        *at += 1;
        good &= one(words, at, accepts);
    }
    good
}

fn one(words: &[&str], at: &mut usize, accepts: &dyn Fn(&str) -> bool) -> bool {
    let word = words.get(*at);
    // Also past the end, so that a half expression is seen not to end where the words do.
    *at += 1;
    let Some(word) = word else {
        return false;
    };
    if *word == "(" {
        let good = either(words, at, accepts);
        let closed = words.get(*at) == Some(&")");
        *at += 1;
        return good && closed;
    }
    let mut id = (*word).to_owned();
    if words.get(*at) == Some(&"WITH") {
        id = format!("{id} WITH {}", words.get(*at + 1).unwrap_or(&""));
        *at += 2;
    }
    accepts(&id)
}

/// No crate but xtask leads to an excepted one.
fn only_for_xtask(metadata: &Value, rules: &Rules) -> Result<String> {
    let edges: HashMap<&str, Vec<&str>> = metadata["resolve"]["nodes"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|node| {
            let dependencies = node["dependencies"].as_array()?;
            let ids = dependencies.iter().filter_map(Value::as_str).collect();
            Some((node["id"].as_str()?, ids))
        })
        .collect();
    let name_of = |id: &str| {
        packages(metadata)
            .find(|package| package["id"] == *id)
            .and_then(|package| package["name"].as_str())
            .unwrap_or_default()
    };
    let mut open: Vec<&str> = edges
        .keys()
        .copied()
        .filter(|id| ["doorkey", "doorkey-emulator"].contains(&name_of(id)))
        .collect();
    let mut seen: HashSet<&str> = HashSet::new();
    while let Some(id) = open.pop() {
        if seen.insert(id) {
            open.extend(edges.get(id).into_iter().flatten());
        }
    }
    let wrong: Vec<&str> = seen
        .into_iter()
        .map(name_of)
        .filter(|name| rules.exceptions.contains_key(*name))
        .collect();
    match wrong.is_empty() {
        true => Ok(String::new()),
        false => Err(format!("what we ship depends on {}", wrong.join(", ")).into()),
    }
}

#[cfg(test)]
#[path = "licences_tests.rs"]
mod tests;
