//! `demo`: builds everything, starts the emulator, and runs the tutorial in every language against it.
//! A language whose tool is missing is named together with the command that gets it.

use crate::arguments::Arguments;
use crate::emulator::{self, Emulator};
use crate::examples::{EXAMPLES, Example};
use crate::progress;
use crate::tools::Tool;
use crate::workspace::Workspace;
use crate::{Result, build, install};

/// What `--install-tools` gets for the demo.
const TOOLS: &[Tool] = &[
    Tool::CCompiler,
    Tool::MonoCompiler,
    Tool::Mono,
    Tool::PowerShell,
];

pub fn command(workspace: &Workspace, arguments: &mut Arguments) -> Result<()> {
    let install_tools = arguments.flag("--install-tools");
    arguments.finish()?;
    println!("The tutorial: a token from the managed identity, with it a secret from the vault\n");
    if install_tools {
        install::install(workspace, TOOLS);
    }
    build::build(workspace)?;
    build::build_for_tests(workspace)?;
    let rows: Vec<Row> = EXAMPLES
        .iter()
        .map(|example| prepare(workspace, example))
        .collect();
    let emulator = Emulator::start(workspace)?;
    println!("\nThe emulator is up, on loopback only:");
    println!("  identity endpoint  {}", emulator.says("imds"));
    println!("  vault              {}\n", emulator.says("vault_url"));
    let failed = show(workspace, &emulator, rows);
    drop(emulator);
    hint();
    match failed {
        0 => Ok(()),
        count => Err(format!("{count} of the examples failed").into()),
    }
}

/// An example, and why it cannot be run if it cannot.
struct Row {
    example: &'static Example,
    state: State,
}

enum State {
    Ready,
    Missing(Tool),
    Broken(String),
}

fn prepare(workspace: &Workspace, example: &'static Example) -> Row {
    let started = progress::begin(&format!("tutorial in {}", example.name));
    let state = match example.missing(workspace) {
        Some(tool) => State::Missing(tool),
        None => match (example.build)(workspace) {
            Ok(()) => State::Ready,
            Err(error) => State::Broken(error.to_string()),
        },
    };
    let result = match &state {
        State::Ready => "built".to_owned(),
        State::Missing(tool) => format!("{} is missing", tool.name()),
        State::Broken(_) => "failed".to_owned(),
    };
    progress::end(&result, started);
    Row { example, state }
}

/// Runs what can be run, prints a line for each, and returns how many failed.
fn show(workspace: &Workspace, emulator: &Emulator, rows: Vec<Row>) -> usize {
    println!(
        "  {:<11} {:<7} {:>6}  secret and version",
        "language", "token", "ms"
    );
    let (mut failed, mut notes) = (0, Vec::new());
    for Row { example, state } in rows {
        let outcome = match state {
            State::Ready => example
                .run(workspace, emulator)
                .map_err(|error| error.to_string()),
            State::Missing(tool) => {
                println!("  {:<11} not run", example.name);
                notes.push(format!("{}: {}", example.name, tool.missing()));
                continue;
            }
            State::Broken(why) => Err(why),
        };
        match outcome {
            Ok(told) => println!(
                "  {:<11} {:<7} {:>6}  {} {}",
                example.name,
                told.source,
                told.took.as_millis(),
                id_without_version(&told.id, &told.version),
                told.version
            ),
            Err(error) => {
                failed += 1;
                println!("  {:<11} failed", example.name);
                notes.push(error);
            }
        }
    }
    for note in notes {
        println!("\n{note}");
    }
    failed
}

/// The version stands beside it, so it need not stand in it as well.
fn id_without_version<'a>(id: &'a str, version: &str) -> &'a str {
    id.strip_suffix(version)
        .and_then(|id| id.strip_suffix('/'))
        .unwrap_or(id)
}

fn hint() {
    println!("\nTo keep an emulator running and play with it (it prints the variables to set):");
    println!(
        "  cargo run --package doorkey-emulator -- serve --secret '{}={}'",
        emulator::SECRET,
        emulator::SECRET_VALUE
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_not_shown_twice() {
        let id = "https://demo.vault.localhost:1/secrets/a/0123";
        assert_eq!(
            id_without_version(id, "0123"),
            "https://demo.vault.localhost:1/secrets/a"
        );
        assert_eq!(id_without_version(id, "9"), id);
    }
}
