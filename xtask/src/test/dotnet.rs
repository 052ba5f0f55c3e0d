//! The C# tests: xunit on .NET, and a smoke program of the same sources on Mono.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use super::report::Report;
use super::{Context, Suite, files, output};
use crate::tools::Tool;
use crate::workspace::Workspace;
use crate::{Result, arc, dotnet, emulator, mono, process};

pub const SUITE: Suite = Suite {
    name: "dotnet",
    inside: true,
    needs: &[Tool::Dotnet],
    prepare: Some(prepare),
    run,
    tests: |workspace| files(workspace, "tests/dotnet/Doorkey.Tests", "Tests.cs"),
};

pub const MONO_SUITE: Suite = Suite {
    name: "mono",
    inside: true,
    needs: &[Tool::MonoCompiler, Tool::Mono],
    prepare: Some(|context| {
        let sources = mono::sources_below(&context.workspace.root.join(SMOKE))?;
        mono::compile(context.workspace, "Smoke", &sources).map(drop)
    }),
    run: run_mono,
    tests: |workspace| files(workspace, SMOKE, ".cs"),
};

const SMOKE: &str = "tests/dotnet/smoke";
const LIMIT: Duration = Duration::from_secs(600);

fn prepare(context: &Context) -> Result<()> {
    let folder = dotnet::build(context.workspace, dotnet::TESTS, None)?;
    dotnet::place_native(context.workspace, &folder)?;
    // Both frameworks that ship, so that a member newer than either is seen.
    for framework in ["net462", "netstandard2.0"] {
        dotnet::build(context.workspace, dotnet::INTEROP, Some(framework))?;
    }
    Ok(())
}

fn run(context: &Context, report: &mut Report) -> Result<()> {
    let mut command = dotnet::dotnet(context.workspace)?;
    command.args(["test", dotnet::TESTS, "--no-build", "--nologo"]);
    command.args(["--configuration", "Release"]);
    let log = context.workspace.target.join("logs/dotnet.log");
    let ended = process::logged(lead(context.workspace, &mut command), &log, LIMIT)?;
    report.add(output::dotnet(&ended.output));
    report.check("C#: the binding can be packed", pack(context.workspace));
    if !ended.succeeded() {
        if report.failed.is_empty() {
            report.fail(format!("C#: dotnet test {}", ended.verdict()));
        }
        report
            .notes
            .push(format!("dotnet test said:\n{}", ended.output));
    }
    Ok(())
}

/// The package is made of what has just been built.
fn pack(workspace: &Workspace) -> Result<String> {
    let mut command = dotnet::dotnet(workspace)?;
    command.args(["pack", dotnet::INTEROP, "--no-build", "--nologo"]);
    command.args(["--configuration", "Release"]);
    process::capture(process::confine(&mut command))
}

fn run_mono(context: &Context, report: &mut Report) -> Result<()> {
    let program: PathBuf = context.workspace.target.join("mono/Smoke/Smoke.exe");
    let mut command = Tool::Mono.require(context.workspace)?;
    command.arg(program).current_dir(&context.workspace.root);
    let log = context.workspace.target.join("logs/mono.log");
    let ended = process::logged(lead(context.workspace, &mut command), &log, LIMIT)?;
    report.add(output::lines("C# on Mono", &ended.output));
    if !ended.succeeded() {
        if report.failed.is_empty() {
            report.fail(format!("C# on Mono: {}", ended.verdict()));
        }
        report
            .notes
            .push(format!("C# on Mono said:\n{}", ended.output));
    }
    Ok(())
}

/// What the tests that are not Rust's are told: where everything is that they start and load.
pub fn lead<'a>(workspace: &Workspace, command: &'a mut Command) -> &'a mut Command {
    arc::tell(process::confine(command))
        .env("DOORKEY_EMULATOR", emulator::program(workspace))
        .env("DOORKEY_TEST_LIBRARY", workspace.library())
        .env("DOORKEY_TEST_MODULE", workspace.module())
        .env("DOTNET_CLI_UI_LANGUAGE", "en")
        .env("NO_COLOR", "1")
}
