//! The tutorial in every language: how each is built, how it is run, and what it says. The demo shows them to a
//! person, the tests hold them to what they promise.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::emulator::Emulator;
use crate::hosts::Host;
use crate::tools::Tool;
use crate::workspace::Workspace;
use crate::{Result, dotnet, module, mono, process};

/// Far above what any of them needs; only a hanging one reaches it.
const LIMIT: Duration = Duration::from_secs(120);

/// The vault that every example asks for unless it is told another.
const VAULT: &str = "demo";

pub struct Example {
    pub name: &'static str,
    pub needs: &'static [Tool],
    /// Builds what has to be built.
    pub build: fn(&Workspace) -> Result<()>,
    /// The command that runs it, once it is built.
    run: fn(&Workspace, &Host) -> Result<Command>,
}

const TUTORIAL_IN_C: &str = "examples/c/tutorial.c";
const NAMED_SOURCE_IN_C: &str = "examples/c/named_source.c";
const SECRETS_IN_C: &str = "examples/c/secrets.c";

pub const EXAMPLES: &[Example] = &[
    Example {
        name: "C",
        needs: &[Tool::CCompiler],
        build: |workspace| {
            [TUTORIAL_IN_C, NAMED_SOURCE_IN_C, SECRETS_IN_C]
                .iter()
                .try_for_each(|source| compile_c(workspace, &workspace.root.join(source)).map(drop))
        },
        run: |workspace, host| {
            // The headline calls take no options, so there is a second program for them.
            let program = match host.forced() {
                None => "tutorial",
                Some(_) => "named_source",
            };
            Ok(Command::new(workspace.examples().join(program)))
        },
    },
    Example {
        name: "C# on .NET",
        needs: &[Tool::Dotnet],
        build: |workspace| {
            let folder = dotnet::build(workspace, dotnet::TUTORIAL, None)?;
            dotnet::place_native(workspace, &folder)
        },
        run: |workspace, _| {
            let assembly = dotnet::target_path(workspace, dotnet::TUTORIAL, None)?;
            let mut command = Tool::Dotnet.require(workspace)?;
            command.arg(assembly);
            Ok(command)
        },
    },
    Example {
        name: "C# on Mono",
        needs: &[Tool::MonoCompiler, Tool::Mono],
        build: |workspace| mono::compile(workspace, "Tutorial", &mono_sources(workspace)).map(drop),
        run: |workspace, _| {
            let mut command = Tool::Mono.require(workspace)?;
            command.arg(workspace.target.join("mono/Tutorial/Tutorial.exe"));
            Ok(command)
        },
    },
    Example {
        name: "PowerShell",
        needs: &[Tool::PowerShell, Tool::Dotnet],
        build: |workspace| module::assemble(workspace).map(drop),
        run: |workspace, _| {
            let mut command = Tool::PowerShell.require(workspace)?;
            command
                .args(["-NoProfile", "-NonInteractive", "-File"])
                .arg(workspace.root.join("examples/powershell/Tutorial.ps1"))
                .env("PSModulePath", workspace.target.join("module"));
            Ok(command)
        },
    },
    Example {
        name: "Rust",
        needs: &[],
        // Built together with the emulator.
        build: |_| Ok(()),
        run: |workspace, _| {
            Ok(Command::new(
                workspace.target.join("debug/examples/tutorial"),
            ))
        },
    },
];

fn mono_sources(workspace: &Workspace) -> Vec<PathBuf> {
    vec![workspace.root.join("examples/csharp/Tutorial.cs")]
}

/// Compiles a C program against the header and the shipped library.
pub fn compile_c(workspace: &Workspace, source: &Path) -> Result<PathBuf> {
    let name = source.file_stem().ok_or("a source has a name")?;
    let program = workspace.examples().join(name);
    std::fs::create_dir_all(workspace.examples())?;
    let mut compiler = Tool::CCompiler.require(workspace)?;
    compiler
        .args(["-std=c99", "-D_POSIX_C_SOURCE=200809L"])
        .args(["-O2", "-g", "-pthread"])
        .args(["-Wall", "-Wextra", "-Wpedantic", "-Werror"])
        .arg(source)
        .arg("-I")
        .arg(workspace.root.join("include"))
        .arg("-o")
        .arg(&program)
        .args(link_arguments(workspace));
    process::quiet(&mut compiler)?;
    Ok(program)
}

/// Links with the shipped library, and finds it again at run time without any variable set.
pub fn link_arguments(workspace: &Workspace) -> Vec<String> {
    let dist = workspace.dist().display().to_string();
    vec![
        format!("-L{dist}"),
        format!("-Wl,-rpath,{dist}"),
        "-ldoorkey".to_owned(),
    ]
}

impl Example {
    /// The first of its tools that is missing.
    pub fn missing(&self, workspace: &Workspace) -> Option<Tool> {
        let missing = |tool: &&Tool| tool.find(workspace).is_none();
        self.needs.iter().find(missing).copied()
    }

    /// Runs it against the emulator.
    pub fn run(&self, workspace: &Workspace, emulator: &Emulator, host: &Host) -> Result<Told> {
        let mut command = (self.run)(workspace, host)?;
        if let Some(source) = host.forced() {
            command.args([VAULT, source]);
        }
        emulator
            .lead(command.current_dir(&workspace.root))
            .env("NO_COLOR", "1");
        let log = workspace
            .target
            .join("logs")
            .join(format!("tutorial-{}.log", self.name.replace(' ', "-")));
        let started = Instant::now();
        let ended = process::logged(&mut command, &log, LIMIT)?;
        let took = started.elapsed();
        if !ended.succeeded() {
            return Err(format!("{}: {}\n{}", self.name, ended.verdict(), ended.output).into());
        }
        told(&ended.output, took).ok_or_else(|| {
            format!("{} did not say what it got:\n{}", self.name, ended.output).into()
        })
    }
}

/// Runs the example in C that goes beyond the tutorial, and gives what it printed.
pub fn run_secrets_in_c(workspace: &Workspace, emulator: &Emulator) -> Result<String> {
    let mut command = Command::new(workspace.examples().join("secrets"));
    let log = workspace.target.join("logs/secrets-in-C.log");
    let ended = process::logged(emulator.lead(&mut command), &log, LIMIT)?;
    match ended.succeeded() {
        true => Ok(ended.output),
        false => Err(format!("{SECRETS_IN_C}: {}\n{}", ended.verdict(), ended.output).into()),
    }
}

/// What an example said it got, and how long the whole program took.
#[derive(Debug)]
pub struct Told {
    pub source: String,
    pub id: String,
    pub version: String,
    pub took: Duration,
}

/// Every example prints `source=…`, `id=…` and `version=…`, on one line or on several.
fn told(output: &str, took: Duration) -> Option<Told> {
    let value = |key: &str| {
        output
            .split_whitespace()
            .find_map(|word| word.strip_prefix(key)?.strip_prefix('='))
            .filter(|value| !value.is_empty())
            .map(str::to_owned)
    };
    Some(Told {
        source: value("source")?,
        id: value("id")?,
        version: value("version")?,
        took,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_example_got_is_read_from_one_line_or_several() {
        let told = told(
            "hello\nsource=imds id=https://x/secrets/a/1\nversion=1\n",
            LIMIT,
        )
        .unwrap();
        assert_eq!(
            (
                told.source.as_str(),
                told.id.as_str(),
                told.version.as_str()
            ),
            ("imds", "https://x/secrets/a/1", "1")
        );
    }

    #[test]
    fn an_example_that_leaves_something_out_has_told_nothing() {
        assert!(told("source=imds id=", LIMIT).is_none());
        assert!(told("source=imds id=x", LIMIT).is_none());
    }
}
