//! Licence expressions and the rules of deny.toml, on small made-up graphs.

use super::*;
use serde_json::json;

const RULES: &str = "[licenses]\nallow = [\"MIT\", \"ISC\", \"Apache-2.0\"]\n\
    exceptions = [{ crate = \"tool\", allow = [\"MPL-2.0\"] }]\n";

fn accepts(expression: &str) -> bool {
    satisfied(expression, &|id| {
        ["MIT", "ISC", "Apache-2.0 WITH LLVM-exception"].contains(&id)
    })
}

#[test]
fn one_acceptable_choice_is_enough() {
    for good in [
        "MIT",
        "MIT OR GPL-3.0",
        "GPL-3.0/MIT",
        "(MIT OR GPL-3.0) AND ISC",
        "GPL-2.0 OR MIT AND ISC",
    ] {
        assert!(accepts(good), "{good}");
    }
}

#[test]
fn every_part_of_an_and_has_to_be_acceptable() {
    for bad in ["GPL-3.0", "MIT AND GPL-3.0", "MIT AND (GPL-3.0 OR MPL-2.0)"] {
        assert!(!accepts(bad), "{bad}");
    }
}

#[test]
fn an_exception_clause_belongs_to_its_licence() {
    assert!(accepts("Apache-2.0 WITH LLVM-exception OR GPL-3.0"));
    assert!(!accepts("Apache-2.0 WITH Other-exception"));
}

#[test]
fn what_is_no_expression_satisfies_nothing() {
    for bad in ["", "MIT MIT", "(MIT", "MIT OR", "AND"] {
        assert!(!accepts(bad), "{bad}");
    }
}

fn graph(dependencies_of_doorkey: &[&str]) -> Value {
    json!({
        "packages": [
            {"name": "doorkey", "id": "d", "license": "MIT"},
            {"name": "doorkey-emulator", "id": "e", "license": "MIT"},
            {"name": "xtask", "id": "x", "license": "MIT"},
            {"name": "middle", "id": "m", "license": "MIT OR Apache-2.0"},
            {"name": "tool", "id": "t", "license": "MPL-2.0"},
        ],
        "resolve": {"nodes": [
            {"id": "d", "dependencies": dependencies_of_doorkey},
            {"id": "e", "dependencies": []},
            {"id": "x", "dependencies": ["t"]},
            {"id": "m", "dependencies": ["t"]},
            {"id": "t", "dependencies": []},
        ]},
    })
}

#[test]
fn an_excepted_crate_is_accepted_and_another_with_its_licence_is_not() {
    let rules = Rules::read(RULES).unwrap();
    rules.check(&graph(&[])).unwrap();
    let mut other = graph(&[]);
    other["packages"][3]["license"] = json!("MPL-2.0");
    let error = rules.check(&other).unwrap_err().to_string();
    assert!(error.contains("middle"), "{error}");
}

#[test]
fn an_excepted_crate_must_not_reach_what_we_ship() {
    let rules = Rules::read(RULES).unwrap();
    only_for_xtask(&graph(&[]), &rules).unwrap();
    assert!(only_for_xtask(&graph(&["m"]), &rules).is_err());
}
