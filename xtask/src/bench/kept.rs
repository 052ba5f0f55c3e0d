//! `bench kept`: what a secret costs a C program that allows it to be an hour old, once its client keeps it.

use crate::Result;
use crate::bench::{machine, median, numbers, output, with_secrets};
use crate::workspace::Workspace;

const SOURCE: &str = "benches/c/kept_secret.c";
/// The most that one call may take: starting the operation, taking the secret, freeing both.
const LIMIT_NS: f64 = 300.0;
/// Secrets got in one round.
const CALLS: usize = 200_000;
/// Enough for the median to stand still on a busy machine.
const ROUNDS: usize = 15;

pub fn run(workspace: &Workspace, rounds: Option<usize>, check: bool) -> Result<()> {
    let (emulator, mut command) = with_secrets(workspace, 0, SOURCE)?;
    command.arg(CALLS.to_string());
    command.arg(rounds.unwrap_or(ROUNDS).to_string());
    let printed = output(workspace, emulator.lead(&mut command))?;
    drop(emulator);
    let rounds = printed.lines().map(numbers::<1>);
    let rounds: Vec<u64> = rounds
        .map(|round| round.map(|[ns]| ns))
        .collect::<Result<_>>()?;
    if rounds.is_empty() {
        return Err(format!("{SOURCE} printed nothing").into());
    }
    let per_call = |ns: u64| ns as f64 / CALLS as f64;
    let typical = per_call(median(rounds.iter().copied()));
    let least = per_call(rounds.iter().copied().min().unwrap_or_default());
    println!(
        "\nA secret that is kept, {CALLS} calls a round, {}\n",
        machine()
    );
    println!("  median {typical:.0} ns, least {least:.0} ns, at most {LIMIT_NS}");
    match check && typical > LIMIT_NS {
        true => Err(format!("a kept secret takes {typical:.0} ns, more than {LIMIT_NS}").into()),
        false => Ok(()),
    }
}
