//! `demo`: builds everything, starts the emulator as the kind of machine that was asked for, or as each in turn, and runs
//! the tutorial in every language against it. A language whose tool is missing is named with the command that gets it.

use crate::arguments::Arguments;
use crate::emulator::{self, Emulator};
use crate::examples::{EXAMPLES, Example, Told};
use crate::hosts::{self, HOSTS, Host};
use crate::namespace::{self, Own};
use crate::progress;
use crate::tools::Tool;
use crate::workspace::Workspace;
use crate::{Result, arc, build, install, process};

/// What `--install-tools` gets for the demo.
const TOOLS: &[Tool] = &[
    Tool::CCompiler,
    Tool::MonoCompiler,
    Tool::Mono,
    Tool::PowerShell,
];

/// Every host in turn.
const ALL: &str = "all";

/// Only for the process that runs where Azure Arc's folder is our own.
const INSIDE: &str = "--inside";

pub fn command(workspace: &Workspace, arguments: &mut Arguments) -> Result<()> {
    let install_tools = arguments.flag("--install-tools");
    let is_inside = arguments.flag(INSIDE);
    let word = arguments.value("--source")?;
    arguments.finish()?;
    let word = word.as_deref().unwrap_or(HOSTS[0].name);
    let hosts = chosen(word)?;
    if !is_inside {
        println!(
            "The tutorial: a token from the managed identity, with it a secret from the vault\n"
        );
        if install_tools {
            install::install(workspace, TOOLS);
        }
        if hosts.iter().any(|host| host.is_arc())
            && let Some(namespace) = namespace::find(Own::Folder)
        {
            return again_inside(&namespace, word);
        }
    }
    run(workspace, &hosts)
}

fn chosen(word: &str) -> Result<Vec<&'static Host>> {
    match word {
        ALL => Ok(HOSTS.iter().collect()),
        word => hosts::named(word)
            .map(|host| vec![host])
            .map_err(|error| format!("{error}, and {ALL} for one after the other").into()),
    }
}

/// Runs this same command where /var/opt is in memory and ours, and goes when the last program has ended.
fn again_inside(namespace: &namespace::Namespace, word: &str) -> Result<()> {
    let mut command = namespace.command(&std::env::current_exe()?);
    command.args(["demo", INSIDE, "--source", word]);
    let status = command
        .status()
        .map_err(|error| process::cannot_start(&command, &error))?;
    if !status.success() {
        // It has said why.
        std::process::exit(status.code().unwrap_or(1));
    }
    Ok(())
}

fn run(workspace: &Workspace, hosts: &[&'static Host]) -> Result<()> {
    build::build(workspace)?;
    build::build_for_tests(workspace)?;
    let rows: Vec<Row> = EXAMPLES
        .iter()
        .map(|example| prepare(workspace, example))
        .collect();
    let mut outcome = Outcome::default();
    match hosts {
        [host] => {
            let emulator = start(workspace, host)?;
            println!("\nThe emulator is up as {}, on loopback only:", host.name);
            println!("  token endpoint  {}", emulator.says("token_endpoint"));
            println!("  vault           {}\n", emulator.says("vault_url"));
            println!("{}", headings(""));
            show(workspace, &emulator, host, "", &rows, &mut outcome);
        }
        hosts => {
            println!("\n{}", headings(&in_column("host")));
            for host in hosts {
                let first = in_column(host.name);
                match start(workspace, host) {
                    Ok(emulator) => show(workspace, &emulator, host, &first, &rows, &mut outcome),
                    Err(error) => outcome.fail(first.trim_end(), host, &error.to_string()),
                }
            }
        }
    }
    outcome.tell(hosts)
}

fn start(workspace: &Workspace, host: &Host) -> Result<Emulator> {
    match arc::obstacle().filter(|_| host.is_arc()) {
        Some(obstacle) => Err(obstacle.into()),
        None => Emulator::start_as(workspace, host),
    }
}

/// What there is to say when everything has been run.
#[derive(Default)]
struct Outcome {
    failed: usize,
    notes: Vec<String>,
}

impl Outcome {
    fn fail(&mut self, row: &str, host: &Host, why: &str) {
        println!("  {row} failed");
        self.failed += 1;
        self.note(&format!("{}: ", host.name), why);
    }

    /// Once, for the first host, however many it holds for.
    fn note(&mut self, whose: &str, what: &str) {
        if !self.notes.iter().any(|note| note.ends_with(what)) {
            self.notes.push(format!("{whose}{what}"));
        }
    }

    fn tell(self, hosts: &[&Host]) -> Result<()> {
        for note in self.notes {
            println!("\n{note}");
        }
        hint(hosts[0]);
        match self.failed {
            0 => Ok(()),
            count => Err(format!("{count} of the examples failed").into()),
        }
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

fn in_column(host: &str) -> String {
    format!("{host:<18}")
}

fn headings(first: &str) -> String {
    format!(
        "  {first}{:<11} {:<17} {:>6}  secret and version",
        "language", "token", "ms"
    )
}

/// Runs what can be run and prints a line for each; `first` stands before it.
fn show(
    workspace: &Workspace,
    emulator: &Emulator,
    host: &Host,
    first: &str,
    rows: &[Row],
    outcome: &mut Outcome,
) {
    for Row { example, state } in rows {
        let begin = format!("{first}{:<11}", example.name);
        let ended = match state {
            State::Ready => told_by_its_source(example.run(workspace, emulator, host), host),
            State::Missing(tool) => {
                println!("  {begin} not run");
                outcome.note(&format!("{}: ", example.name), &tool.missing());
                continue;
            }
            State::Broken(why) => Err(why.clone().into()),
        };
        match ended {
            Ok(told) => println!(
                "  {begin} {:<17} {:>6}  {} {}",
                told.source,
                told.took.as_millis(),
                id_without_version(&told.id, &told.version),
                told.version
            ),
            Err(error) => outcome.fail(&begin, host, &error.to_string()),
        }
    }
}

/// A token from elsewhere than the host that was asked for is no success.
fn told_by_its_source(told: Result<Told>, host: &Host) -> Result<Told> {
    let told = told?;
    if told.source == host.source {
        return Ok(told);
    }
    Err(format!(
        "{}: the token came from {:?}, not from {:?}",
        host.name, told.source, host.source
    )
    .into())
}

/// The version stands beside it, so it need not stand in it as well.
fn id_without_version<'a>(id: &'a str, version: &str) -> &'a str {
    id.strip_suffix(version)
        .and_then(|id| id.strip_suffix('/'))
        .unwrap_or(id)
}

fn hint(host: &Host) {
    println!("\nTo keep an emulator running and play with it (it prints the variables to set):");
    println!(
        "  cargo run --package doorkey-emulator -- serve --source {} --secret '{}={}'",
        host.name,
        emulator::SECRET,
        emulator::SECRET_VALUE
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_source_is_refused_with_the_list() {
        let error = chosen("app_service").err().unwrap().to_string();
        assert!(error.contains("app-service, "), "{error}");
        assert!(error.contains(ALL), "{error}");
        assert_eq!(chosen(ALL).unwrap().len(), HOSTS.len());
        assert_eq!(chosen("arc").unwrap()[0].name, "arc");
    }

    #[test]
    fn a_token_from_another_source_is_no_success() {
        let told = |source: &str| Told {
            source: source.to_owned(),
            id: String::new(),
            version: String::new(),
            took: std::time::Duration::ZERO,
        };
        let host = hosts::named("functions").unwrap();
        assert!(told_by_its_source(Ok(told("app-service")), host).is_ok());
        let error = told_by_its_source(Ok(told("imds")), host).unwrap_err();
        assert!(error.to_string().contains("\"imds\""), "{error}");
    }

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
