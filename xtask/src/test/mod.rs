//! `test`: every test there is. First everything that may need the network is built and restored; then the suites run
//! in a process of their own inside a network that has nothing but loopback, where the system allows one.

mod c;
mod cargo;
mod dotnet;
mod hygiene;
mod isolation;
mod library;
mod licences;
mod manifest;
mod msrv;
mod output;
mod papers;
mod pester;
mod report;
mod tutorials;
mod windows;

use std::path::PathBuf;
use std::process::Command;

use report::Report;

use crate::arguments::Arguments;
use crate::namespace::{self, Own};
use crate::progress;
use crate::tools::Tool;
use crate::workspace::Workspace;
use crate::{Result, build, guard, install, process};

/// What a suite is run with.
pub struct Context<'a> {
    pub workspace: &'a Workspace,
    /// Under CI nothing may be missing.
    pub is_ci: bool,
}

struct Suite {
    name: &'static str,
    /// Where it runs: checks of what was built may use cargo and its network, tests of behaviour may not.
    inside: bool,
    needs: &'static [Tool],
    /// Builds what the suite runs; called where the network is.
    prepare: Option<fn(&Context) -> Result<()>>,
    run: fn(&Context, &mut Report) -> Result<()>,
    /// The tests by name that are left out when a tool is missing.
    tests: fn(&Workspace) -> Result<Vec<String>>,
}

const SUITES: &[Suite] = &[
    library::SUITE,
    manifest::SUITE,
    licences::SUITE,
    msrv::SUITE,
    hygiene::SUITE,
    windows::SUITE,
    isolation::SUITE,
    cargo::SUITE,
    c::HEADER_SUITE,
    c::SUITE,
    c::VALGRIND_SUITE,
    dotnet::SUITE,
    dotnet::MONO_SUITE,
    pester::SUITE,
    tutorials::SUITE,
];

/// What `--install-tools` gets for the tests.
const TOOLS: &[Tool] = &[
    Tool::CCompiler,
    Tool::CppCompiler,
    Tool::Nm,
    Tool::Valgrind,
    Tool::MonoCompiler,
    Tool::Mono,
    Tool::PowerShell,
    Tool::WindowsCompiler,
];

/// Only for the process that runs inside the network of its own: where its report goes.
const INSIDE: &str = "--report-to";

pub fn command(workspace: &Workspace, arguments: &mut Arguments) -> Result<()> {
    let install_tools = arguments.flag("--install-tools");
    let report_to = arguments.value(INSIDE)?;
    let chosen = chosen(arguments)?;
    arguments.finish()?;
    let context = Context {
        workspace,
        is_ci: std::env::var("CI").is_ok_and(|value| value == "true"),
    };
    if let Some(path) = report_to {
        let report = run_suites(&context, &chosen, true);
        return Ok(std::fs::write(path, report.to_json())?);
    }
    if install_tools {
        install::install(workspace, TOOLS);
    }
    let report = run_everything(&context, &chosen)?;
    print!("{}", report.summary());
    match report.failed.len() {
        0 => Ok(()),
        _ => Err("not every test passed".into()),
    }
}

/// All suites, or those that `--only` names.
fn chosen(arguments: &mut Arguments) -> Result<Vec<&'static Suite>> {
    let mut chosen = Vec::new();
    while let Some(name) = arguments.value("--only")? {
        let suite = SUITES
            .iter()
            .find(|suite| suite.name == name)
            .ok_or_else(|| {
                let names: Vec<_> = SUITES.iter().map(|suite| suite.name).collect();
                format!("there is no suite {name:?}, only {}", names.join(", "))
            })?;
        chosen.push(suite);
    }
    if chosen.is_empty() {
        chosen.extend(SUITES);
    }
    Ok(chosen)
}

fn run_everything(context: &Context, chosen: &[&'static Suite]) -> Result<Report> {
    let mut total = Report::default();
    build::build(context.workspace)?;
    build::build_for_tests(context.workspace)?;
    let mut ready = Vec::new();
    for suite in chosen {
        match prepare(context, suite) {
            Ok(true) => ready.push(*suite),
            Ok(false) => skip(context, suite, &mut total),
            Err(error) => total.fail(format!("{} could not be built: {error}", suite.name)),
        }
    }
    let (inside, outside): (Vec<_>, Vec<_>) = ready.into_iter().partition(|suite| suite.inside);
    println!();
    total.add(run_suites(context, &outside, false));
    if !inside.is_empty() {
        total.add(run_inside(context, &inside)?);
    }
    Ok(total)
}

/// False when a tool is missing.
fn prepare(context: &Context, suite: &Suite) -> Result<bool> {
    if missing(context, suite).is_some() {
        return Ok(false);
    }
    let Some(prepare) = suite.prepare else {
        return Ok(true);
    };
    let started = progress::begin(&format!("prepare {}", suite.name));
    let outcome = prepare(context);
    progress::end(if outcome.is_ok() { "done" } else { "failed" }, started);
    outcome.map(|()| true)
}

fn missing(context: &Context, suite: &Suite) -> Option<Tool> {
    let absent = |tool: &&Tool| tool.find(context.workspace).is_none();
    suite.needs.iter().find(absent).copied()
}

/// Names the tests that are left out, each by itself, and once how to get what they need.
fn skip(context: &Context, suite: &Suite, report: &mut Report) {
    let Some(tool) = missing(context, suite) else {
        return;
    };
    let mut names = (suite.tests)(context.workspace).unwrap_or_default();
    if names.is_empty() {
        names.push("all of it".to_owned());
    }
    for name in names {
        let what = format!("{}: {name} ({} is missing)", suite.name, tool.name());
        report.skip(what, context.is_ci);
    }
    report.notes.push(tool.missing());
}

/// Runs the suites inside a network of their own where there is one, else behind a guard, else as they are.
fn run_inside(context: &Context, suites: &[&'static Suite]) -> Result<Report> {
    let xtask = std::env::current_exe()?;
    let namespace = [Own::NetworkAndFolder, Own::Network]
        .into_iter()
        .find_map(namespace::find);
    let mut command: Command = match (namespace, guard::find(context.workspace)) {
        (Some(namespace), _) => namespace.command(&xtask),
        (None, Some(guard)) => guard.command(&xtask),
        (None, None) => return Ok(run_suites(context, suites, true)),
    };
    let report: PathBuf = context.workspace.target.join("logs/inside.json");
    std::fs::create_dir_all(context.workspace.target.join("logs"))?;
    let _ = std::fs::remove_file(&report);
    command
        .arg("test")
        .arg(format!("{INSIDE}={}", report.display()));
    for suite in suites {
        command.args(["--only", suite.name]);
    }
    let status = process::confine(command.env("CARGO_TARGET_DIR", &context.workspace.target))
        .status()
        .map_err(|error| process::cannot_start(&command, &error))?;
    let text = std::fs::read_to_string(&report)
        .map_err(|error| format!("the suites ended without a report ({status}): {error}"))?;
    Report::from_json(&text)
}

fn run_suites(context: &Context, suites: &[&'static Suite], inside: bool) -> Report {
    let mut total = Report::default();
    for suite in suites {
        let started = progress::begin(suite.name);
        let mut report = Report::default();
        if let Err(error) = (suite.run)(context, &mut report) {
            report.fail(format!("{}: {error}", suite.name));
        }
        // A suite that lost its files would otherwise look like success.
        if report == Report::default() {
            report.fail(format!("{}: there was nothing to run", suite.name));
        }
        progress::end(&report.short(), started);
        total.add(report);
    }
    if inside
        && suites
            .iter()
            .any(|suite| suite.name == isolation::SUITE.name)
    {
        isolation::afterwards(&mut total);
    }
    total
}

/// The files below `folder` that end in `ending`, as paths relative to the root.
pub fn files(workspace: &Workspace, folder: &str, ending: &str) -> Result<Vec<String>> {
    let entries = std::fs::read_dir(workspace.root.join(folder))
        .map_err(|error| format!("{folder}: {error}"))?;
    let mut found = Vec::new();
    for entry in entries {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.ends_with(ending) {
            found.push(format!("{folder}/{name}"));
        }
    }
    found.sort();
    Ok(found)
}

/// For suites that cannot be left out.
fn no_names(_: &Workspace) -> Result<Vec<String>> {
    Ok(Vec::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_suites_have_the_same_name() {
        for (at, suite) in SUITES.iter().enumerate() {
            assert!(
                SUITES[..at].iter().all(|other| other.name != suite.name),
                "{}",
                suite.name
            );
        }
    }

    #[test]
    fn isolation_is_shown_before_anything_runs_inside() {
        let first = SUITES.iter().find(|suite| suite.inside).unwrap();
        assert_eq!(first.name, isolation::SUITE.name);
    }
}
