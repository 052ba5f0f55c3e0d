//! The Rust tests of the whole workspace, unit, integration and documentation tests.

use std::time::Duration;

use super::report::Report;
use super::{Context, Suite, no_names, output};
use crate::{Result, process};

pub const SUITE: Suite = Suite {
    name: "rust",
    inside: true,
    needs: &[],
    prepare,
    run,
    tests: no_names,
};

const LIMIT: Duration = Duration::from_secs(900);

fn prepare(context: &Context) -> Result<()> {
    process::quiet(
        context
            .workspace
            .cargo()
            .args(["test", "--locked", "--workspace", "--no-run"]),
    )
}

fn run(context: &Context, report: &mut Report) -> Result<()> {
    let mut command = context.workspace.cargo();
    command.args(["test", "--locked", "--workspace", "--no-fail-fast"]);
    process::confine(&mut command).env("DOORKEY_TEST_LIBRARY", context.workspace.library());
    let log = context.workspace.target.join("logs/rust.log");
    let ended = process::logged(&mut command, &log, LIMIT)?;
    report.add(output::cargo(&ended.output));
    if !ended.succeeded() {
        if report.failed.is_empty() {
            report.fail(format!("rust: cargo test {}", ended.verdict()));
        }
        report.notes.push(failures(&ended.output));
    }
    Ok(())
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
