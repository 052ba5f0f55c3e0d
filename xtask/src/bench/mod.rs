//! `bench`: what tokens and secrets cost, as a C program sees it. Each bench has a file of its own; the machine's other work meets
//! every one of them, so numbers are compared within one run and never between two.

mod bulk;
mod cached;
mod cold;
mod kept;
mod list;

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::arguments::Arguments;
use crate::emulator::Emulator;
use crate::workspace::Workspace;
use crate::{Result, build, examples, process};

/// A hanging program must not hold up everybody.
const PATIENCE: Duration = Duration::from_secs(600);

pub fn command(workspace: &Workspace, arguments: &mut Arguments) -> Result<()> {
    let check = arguments.flag("--check");
    let runs = match arguments.value("--runs")? {
        None => None,
        Some(text) => match text.parse() {
            Ok(0) | Err(_) => return Err(format!("--runs {text:?} is no number from 1 on").into()),
            Ok(runs) => Some(runs),
        },
    };
    let which = arguments.next_word();
    arguments.finish()?;
    match which.as_deref() {
        Some("cold") => cold::run(workspace, runs, check),
        Some("cached") => cached::run(workspace, runs, check),
        Some("kept") => kept::run(workspace, runs, check),
        Some("bulk") => bulk::run(workspace, runs, check),
        Some("list") => list::run(workspace, runs, check),
        _ => Err("the benches are cold, cached, kept, bulk and list".into()),
    }
}

/// Builds what a bench with many secrets needs, starts the emulator with so many, and compiles the C program.
fn with_secrets(
    workspace: &Workspace,
    secrets: usize,
    source: &str,
) -> Result<(Emulator, Command)> {
    build::build(workspace)?;
    build::build_quick_emulator(workspace)?;
    let emulator = Emulator::start_quick(workspace, secrets)?;
    let program = examples::compile_c(workspace, &workspace.root.join(source))?;
    Ok((emulator, Command::new(program)))
}

/// What a C program printed.
fn output(workspace: &Workspace, command: &mut Command) -> Result<String> {
    let name = Path::new(command.get_program()).file_stem();
    let name = name.map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let log = workspace.target.join(format!("logs/bench-{name}.log"));
    let ended = process::logged(command, &log, PATIENCE)?;
    match ended.succeeded() {
        true => Ok(ended.output),
        false => Err(format!("{name}: {}\n{}", ended.verdict(), ended.output).into()),
    }
}

/// The numbers of one line, as many as are expected.
fn numbers<const N: usize>(line: &str) -> Result<[u64; N]> {
    let read: Option<Vec<u64>> = line.split_whitespace().map(|w| w.parse().ok()).collect();
    read.and_then(|read| read.try_into().ok())
        .ok_or_else(|| format!("no {N} numbers: {line:?}").into())
}

fn median(values: impl Iterator<Item = u64>) -> u64 {
    let mut sorted: Vec<u64> = values.collect();
    sorted.sort_unstable();
    sorted[sorted.len() / 2]
}

/// Cores that this process may use, and what they are called where the system says.
fn machine() -> String {
    let count = std::thread::available_parallelism().map_or(1, usize::from);
    let said = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = said
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
        .map_or("unnamed", |(_, model)| model.trim());
    format!("{count} CPUs ({model})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_the_numbers_that_are_expected_or_is_an_error() {
        assert_eq!(numbers::<2>("3 40\n").unwrap(), [3, 40]);
        assert!(numbers::<2>("3").is_err());
        assert!(numbers::<1>("three").is_err());
    }

    #[test]
    fn half_of_the_values_lie_below_the_median() {
        assert_eq!(median([9, 1, 5].into_iter()), 5);
    }
}
