//! `bench cached`: what a token from the cache costs a C program, and what becomes of that when threads share the cache.
//! The program does its rounds with every number of threads in turn, so that whatever else the machine does meets all alike.

use std::collections::BTreeMap;
use std::process::Command;

use crate::bench::{median, output};
use crate::emulator::Emulator;
use crate::workspace::Workspace;
use crate::{Result, build, examples};

const SOURCE: &str = "benches/c/cached_token.c";
/// The most that one call may take on one thread, with freeing its token.
const LIMIT_NS: f64 = 200.0;
/// The most CPU time that a call may take beside other threads, in terms of what it takes alone. Threads that share a
/// core's execution units take somewhat more; threads that fight over a lock or a counter take several times as much.
const SHARING_LIMIT: f64 = 1.5;
/// Tokens that each thread gets in one round.
const CALLS: usize = 200_000;
/// Enough for the median to stand still on a busy machine.
const ROUNDS: usize = 15;
const THREADS: [usize; 3] = [1, 2, 4];

pub fn run(workspace: &Workspace, rounds: Option<usize>, check: bool) -> Result<()> {
    build::build(workspace)?;
    build::build_for_tests(workspace)?;
    let emulator = Emulator::start(workspace)?;
    let program = examples::compile_c(workspace, &workspace.root.join(SOURCE))?;
    let mut command = Command::new(program);
    command.arg(CALLS.to_string());
    command.arg(rounds.unwrap_or(ROUNDS).to_string());
    command.args(THREADS.map(|threads| threads.to_string()));
    let printed = output(workspace, emulator.lead(&mut command))?;
    drop(emulator);
    let speeds = speeds(&printed)?;
    show(&speeds);
    verdict(speeds[0].ns_per_call(), sharing(&speeds), check)
}

/// What one round took with so many threads.
#[derive(Clone, Copy)]
struct Round {
    /// From the moment all may start until the last has finished.
    wall_ns: u64,
    /// What all threads together were on a CPU: with more threads than free CPUs only this tells whether they disturb
    /// each other.
    busy_ns: u64,
}

/// The median of all rounds with so many threads, by either clock.
struct Speed {
    threads: usize,
    median: Round,
}

impl Speed {
    /// What one call takes the thread that makes it.
    fn ns_per_call(&self) -> f64 {
        self.median.wall_ns as f64 / CALLS as f64
    }

    fn busy_ns_per_call(&self) -> f64 {
        self.median.busy_ns as f64 / (self.threads * CALLS) as f64
    }

    fn calls_per_second(&self) -> f64 {
        (self.threads * CALLS) as f64 / (self.median.wall_ns as f64 / 1e9)
    }
}

/// The program prints a line for every round: threads, and nanoseconds by either clock.
fn speeds(output: &str) -> Result<Vec<Speed>> {
    let mut rounds: BTreeMap<usize, Vec<Round>> = BTreeMap::new();
    for line in output.lines() {
        let (threads, round) = read(line).ok_or_else(|| format!("{SOURCE} said {line:?}"))?;
        rounds.entry(threads).or_default().push(round);
    }
    if !rounds.keys().eq(&THREADS) {
        return Err(format!("{SOURCE} left out a number of threads:\n{output}").into());
    }
    Ok(rounds
        .into_iter()
        .map(|(threads, all)| Speed {
            threads,
            median: Round {
                wall_ns: median(all.iter().map(|round| round.wall_ns)),
                busy_ns: median(all.iter().map(|round| round.busy_ns)),
            },
        })
        .collect())
}

fn read(line: &str) -> Option<(usize, Round)> {
    let mut words = line.split(' ');
    let threads = words.next()?.parse().ok()?;
    let wall_ns = words.next()?.parse().ok()?;
    let busy_ns = words.next()?.parse().ok()?;
    Some((threads, Round { wall_ns, busy_ns }))
}

fn show(speeds: &[Speed]) {
    println!(
        "\nA token from the cache and freeing it, {CALLS} calls per thread and round, {}\n",
        super::machine()
    );
    println!(
        "  {:<8} {:>12} {:>12} {:>18} {:>10}",
        "threads", "ns per call", "on a CPU", "calls per second", "times one"
    );
    for speed in speeds {
        println!(
            "  {:<8} {:>12.0} {:>12.0} {:>18.0} {:>10.2}",
            speed.threads,
            speed.ns_per_call(),
            speed.busy_ns_per_call(),
            speed.calls_per_second(),
            speed.calls_per_second() / speeds[0].calls_per_second()
        );
    }
}

/// The most CPU time that a call takes with any number of threads, in terms of what it takes with one.
fn sharing(speeds: &[Speed]) -> f64 {
    let alone = speeds[0].busy_ns_per_call();
    speeds
        .iter()
        .map(|speed| speed.busy_ns_per_call() / alone)
        .fold(0.0, f64::max)
}

fn verdict(ns: f64, sharing: f64, check: bool) -> Result<()> {
    println!("\n  one thread:    {ns:.0} ns, at most {LIMIT_NS}");
    println!("  other threads: {sharing:.2} times its CPU time, at most {SHARING_LIMIT}");
    if !check {
        return Ok(());
    }
    if ns > LIMIT_NS {
        return Err(
            format!("a token from the cache takes {ns:.0} ns, more than {LIMIT_NS}").into(),
        );
    }
    if sharing > SHARING_LIMIT {
        return Err(format!(
            "beside other threads a token from the cache takes {sharing:.2} times the CPU time, more than {SHARING_LIMIT}"
        )
        .into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_round_of_each_number_of_threads_counts_by_either_clock() {
        let found = speeds(
            "1 20000000 70000000\n2 50000000 80000000\n4 80000000 9\n1 90000000 10000000\n\
             1 40000000 30000000\n",
        )
        .unwrap();
        assert!((found[0].ns_per_call() - 200.0).abs() < 1e-6);
        assert!((found[0].busy_ns_per_call() - 150.0).abs() < 1e-6);
        assert!((found[1].busy_ns_per_call() - 200.0).abs() < 1e-6);
        assert!((found[1].calls_per_second() - 8e6).abs() < 1.0);
    }

    #[test]
    fn a_program_that_leaves_something_out_or_says_something_else_is_an_error() {
        assert!(speeds("1 5 5\n2 5 5\n").is_err());
        assert!(speeds("1 5 5\n2 5 5\n4 5\n").is_err());
        assert!(speeds("1 5 5\n2 5 5\n4 5 5\nno token\n").is_err());
    }

    #[test]
    fn threads_that_disturb_each_other_are_seen_however_many_cpus_there_are() {
        let found = speeds("1 4000 4000\n2 9000 8800\n4 60000 32000\n").unwrap();
        assert!((sharing(&found) - 2.0).abs() < 1e-6);
    }

    #[test]
    fn only_a_check_fails_for_being_slow() {
        assert!(verdict(LIMIT_NS + 1.0, SHARING_LIMIT + 1.0, false).is_ok());
        assert!(verdict(LIMIT_NS + 1.0, 1.0, true).is_err());
        assert!(verdict(LIMIT_NS, SHARING_LIMIT + 0.1, true).is_err());
        assert!(verdict(LIMIT_NS, SHARING_LIMIT, true).is_ok());
    }
}
