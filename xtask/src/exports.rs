//! `exports`: the symbols that the shipped library shows, against the checked-in list and against the header.
//! The list is a promise: what stands in it can be called for ever, what does not stand in it must not be there.

use std::fs;
use std::path::PathBuf;

use crate::arguments::Arguments;
use crate::progress::step;
use crate::tools::Tool;
use crate::workspace::Workspace;
use crate::{Result, build, header, process};

pub fn command(workspace: &Workspace, arguments: &mut Arguments) -> Result<()> {
    let only_check = arguments.flag("--check");
    arguments.finish()?;
    build::build(workspace)?;
    if only_check {
        return step("exports", || check(workspace));
    }
    step("exports", || {
        let names = exported(workspace)?;
        fs::create_dir_all(workspace.root.join("abi"))?;
        fs::write(list(workspace), names.join("\n") + "\n")?;
        Ok(format!("{} names in abi/exports.txt", names.len()))
    })
}

fn list(workspace: &Workspace) -> PathBuf {
    workspace.root.join("abi/exports.txt")
}

/// What the dynamic linker can find in the built library, sorted.
fn exported(workspace: &Workspace) -> Result<Vec<String>> {
    let mut nm = Tool::Nm.require(workspace)?;
    let text = process::capture(
        nm.args(if cfg!(target_os = "macos") {
            ["-gU"].as_slice()
        } else {
            ["-D", "--defined-only"].as_slice()
        })
        .arg(workspace.library()),
    )?;
    Ok(symbols(&text))
}

/// The last word of each line of nm; macOS puts an underscore in front of every C name.
fn symbols(nm: &str) -> Vec<String> {
    let mut names: Vec<String> = nm
        .lines()
        .filter_map(|line| line.split_whitespace().last())
        .map(|name| {
            let name = if cfg!(target_os = "macos") {
                name.strip_prefix('_').unwrap_or(name)
            } else {
                name
            };
            name.split('@').next().unwrap_or(name).to_owned()
        })
        .collect();
    names.sort();
    names.dedup();
    names
}

pub fn check(workspace: &Workspace) -> Result<String> {
    let promised: Vec<String> = fs::read_to_string(list(workspace))
        .map_err(|error| format!("abi/exports.txt: {error}; `cargo xtask exports` writes it"))?
        .lines()
        .map(str::to_owned)
        .collect();
    let declared = header::declared_functions(&fs::read_to_string(workspace.header())?);
    let found = exported(workspace)?;
    let complaints: Vec<String> = [
        compare("the library", &found, "abi/exports.txt", &promised),
        compare("include/doorkey.h", &declared, "abi/exports.txt", &promised),
    ]
    .concat();
    if !complaints.is_empty() {
        return Err(complaints.join("\n").into());
    }
    Ok(format!(
        "{} names, library, header and list agree",
        found.len()
    ))
}

/// Both directions of "is in one and not in the other".
pub fn compare(one_name: &str, one: &[String], other_name: &str, other: &[String]) -> Vec<String> {
    let only_in = |here: &str, these: &[String], there: &str, those: &[String]| {
        these
            .iter()
            .filter(|name| !those.contains(name))
            .map(|name| format!("{name} is in {here} and not in {there}"))
            .collect::<Vec<_>>()
    };
    [
        only_in(one_name, one, other_name, other),
        only_in(other_name, other, one_name, one),
    ]
    .concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols_are_the_last_words_sorted_and_without_versions() {
        let nm = "0000000000012340 T get_token\n0000000000012300 T doorkey_version@@V1\n";
        if cfg!(not(target_os = "macos")) {
            assert_eq!(symbols(nm), ["doorkey_version", "get_token"]);
        }
    }

    #[test]
    fn a_name_missing_on_either_side_is_complained_about() {
        let names = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let said = compare("A", &names("a b"), "B", &names("b c"));
        assert_eq!(said, ["a is in A and not in B", "c is in B and not in A"]);
    }
}
