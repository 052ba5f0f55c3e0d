//! The Rust tests of the whole workspace, unit, integration and documentation tests.

use std::time::Duration;

use super::report::Report;
use super::{Context, Suite, no_names, output};
use crate::build::TESTED_PACKAGES;
use crate::{Result, arc, process};

pub const SUITE: Suite = Suite {
    name: "rust",
    inside: true,
    needs: &[],
    prepare: Some(prepare),
    run,
    tests: no_names,
};

const LIMIT: Duration = Duration::from_secs(900);

/// Each of these is tested by a command of its own, with the features it was built with before.
const RUNS: [&[&str]; 2] = [&TESTED_PACKAGES, &["--package", "xtask"]];

fn prepare(context: &Context) -> Result<()> {
    RUNS.iter().try_for_each(|packages| {
        let mut cargo = context.workspace.cargo();
        process::quiet(cargo.args(["test", "--locked", "--no-run"]).args(*packages))
    })
}

fn run(context: &Context, report: &mut Report) -> Result<()> {
    for packages in RUNS {
        let mut found = test(context, packages)?;
        if found.passed == 0 && found.failed.is_empty() {
            found.fail(format!("rust: no test in {}", packages.join(" ")));
        }
        report.add(found);
    }
    Ok(())
}

fn test(context: &Context, packages: &[&str]) -> Result<Report> {
    let mut command = context.workspace.cargo();
    command.args(["test", "--locked", "--no-fail-fast"]);
    command.args(packages);
    arc::tell(process::confine(&mut command))
        .env("DOORKEY_TEST_LIBRARY", context.workspace.library());
    let name = format!("logs/rust-{}.log", packages[1]);
    let ended = process::logged(&mut command, &context.workspace.target.join(name), LIMIT)?;
    let mut report = output::cargo(&ended.output);
    if !ended.succeeded() {
        if report.failed.is_empty() {
            report.fail(format!("rust: cargo test {}", ended.verdict()));
        }
        report.notes.push(failures(&ended.output));
    }
    Ok(report)
}

/// What the failed tests said, which cargo repeats after `failures:`, or else the end of the output.
fn failures(output: &str) -> String {
    let parts: Vec<&str> = output
        .split("\nfailures:\n")
        .skip(1)
        .filter(|part| part.trim_start().starts_with("---- "))
        .collect();
    if !parts.is_empty() {
        return format!("rust tests said:\n{}", parts.join("\n"));
    }
    let lines: Vec<&str> = output.lines().collect();
    let last = &lines[lines.len().saturating_sub(40)..];
    format!("rust tests ended with:\n{}", last.join("\n"))
}
