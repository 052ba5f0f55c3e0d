//! `bench cached`: what a token from the cache costs a C program, and what becomes of that when threads share the cache.
//! The program does its rounds with every number of threads in turn, so that whatever else the machine does meets all alike.

use std::collections::BTreeMap;
use std::process::Command;
use std::time::Duration;

use crate::emulator::Emulator;
use crate::workspace::Workspace;
use crate::{Result, build, examples, process};

const SOURCE: &str = "benches/c/cached_token.c";
/// The most that one call may take on one thread, with freeing its token.
const LIMIT_NS: f64 = 200.0;
/// Tokens that each thread gets in one round.
const CALLS: usize = 200_000;
/// Enough for the median to stand still on a busy machine.
const ROUNDS: usize = 15;
const THREADS: [usize; 3] = [1, 2, 4];
/// A hanging program must not hold up everybody.
const PATIENCE: Duration = Duration::from_secs(600);

pub fn run(workspace: &Workspace, rounds: Option<usize>, check: bool) -> Result<()> {
    build::build(workspace)?;
    build::build_for_tests(workspace)?;
    let emulator = Emulator::start(workspace)?;
    let program = examples::compile_c(workspace, &workspace.root.join(SOURCE))?;
    let mut command = Command::new(program);
    command.arg(CALLS.to_string());
    command.arg(rounds.unwrap_or(ROUNDS).to_string());
    command.args(THREADS.map(|threads| threads.to_string()));
    let log = workspace.target.join("logs/bench-cached.log");
    let ended = process::logged(emulator.lead(&mut command), &log, PATIENCE)?;
    drop(emulator);
    if !ended.succeeded() {
        return Err(format!("{SOURCE}: {}\n{}", ended.verdict(), ended.output).into());
    }
    let speeds = speeds(&ended.output)?;
    show(&speeds);
    verdict(speeds[0].ns_per_call(), check)
}

/// How long a round took with so many threads, all of them together, as the median of all rounds.
struct Speed {
    threads: usize,
    round: Duration,
}

impl Speed {
    /// What one call takes the thread that makes it.
    fn ns_per_call(&self) -> f64 {
        self.round.as_secs_f64() * 1e9 / CALLS as f64
    }

    fn calls_per_second(&self) -> f64 {
        (self.threads * CALLS) as f64 / self.round.as_secs_f64()
    }
}

/// The program prints a line for every round, `threads nanoseconds`.
fn speeds(output: &str) -> Result<Vec<Speed>> {
    let mut rounds: BTreeMap<usize, Vec<u64>> = BTreeMap::new();
    for line in output.lines() {
        let told = line
            .split_once(' ')
            .and_then(|(threads, ns)| Some((threads.parse().ok()?, ns.parse().ok()?)));
        let Some((threads, ns)) = told else {
            return Err(format!("{SOURCE} said {line:?}").into());
        };
        rounds.entry(threads).or_default().push(ns);
    }
    if !rounds.keys().eq(&THREADS) {
        return Err(format!("{SOURCE} left out a number of threads:\n{output}").into());
    }
    Ok(rounds
        .into_iter()
        .map(|(threads, mut all)| {
            all.sort_unstable();
            let round = Duration::from_nanos(all[all.len() / 2]);
            Speed { threads, round }
        })
        .collect())
}

fn show(speeds: &[Speed]) {
    println!(
        "\nA token from the cache and freeing it, {CALLS} calls per thread and round, {}\n",
        super::machine()
    );
    println!(
        "  {:<10} {:>12} {:>18} {:>12}",
        "threads", "ns per call", "calls per second", "times one"
    );
    for speed in speeds {
        println!(
            "  {:<10} {:>12.0} {:>18.0} {:>12.2}",
            speed.threads,
            speed.ns_per_call(),
            speed.calls_per_second(),
            speed.calls_per_second() / speeds[0].calls_per_second()
        );
    }
}

fn verdict(ns: f64, check: bool) -> Result<()> {
    println!("\n  one thread: {ns:.0} ns, at most {LIMIT_NS}");
    if check && ns > LIMIT_NS {
        return Err(
            format!("a token from the cache takes {ns:.0} ns, more than {LIMIT_NS}").into(),
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_round_of_each_number_of_threads_counts() {
        let found = speeds("1 20000000\n2 50000000\n4 80000000\n1 90000000\n1 40000000\n").unwrap();
        assert_eq!(found[0].round, Duration::from_millis(40));
        assert!((found[0].ns_per_call() - 200.0).abs() < 1e-6);
        assert!((found[1].calls_per_second() - 8e6).abs() < 1.0);
    }

    #[test]
    fn a_program_that_leaves_something_out_or_says_something_else_is_an_error() {
        assert!(speeds("1 5\n2 5\n").is_err());
        assert!(speeds("1 5\n2 5\n4 5\nno token\n").is_err());
    }

    #[test]
    fn only_a_check_fails_for_being_slow() {
        assert!(verdict(LIMIT_NS + 1.0, false).is_ok());
        assert!(verdict(LIMIT_NS + 1.0, true).is_err());
        assert!(verdict(LIMIT_NS, true).is_ok());
    }
}
